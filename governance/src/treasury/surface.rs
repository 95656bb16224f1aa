//! The treasury's numbers, calls, refusals and events.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use crate::TrackId;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{AccountId, Balance, Slot};

/// What one dispatch with the powers of a track may spend.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct SpendLimit {
    /// The track.
    pub track: TrackId,
    /// In units.
    pub amount: Balance,
}

/// The numbers of the treasury.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct TreasuryParameters {
    /// How often a share is burnt, in slots. At least 1. Kusama: 6 days.
    pub spend_period: u64,
    /// How long an approved spend can be paid out, in slots. Kusama: 90 days.
    pub payout_period: u64,
    /// Share of what is left that is burnt at the end of a period, in parts per million. Kusama: 0.
    pub burn_ppm: u32,
    /// Which tracks may spend, and how much in one dispatch. Root may spend anything.
    pub limits: Vec<SpendLimit>,
}

impl TreasuryParameters {
    /// As on Kusama, for slots of so many milliseconds, with all periods so many times shorter.
    #[must_use]
    pub fn faster(slot_ms: u64, speed: u64) -> Self {
        const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
        let slot_ms = slot_ms.max(1).saturating_mul(speed.max(1));
        Self {
            spend_period: DAY_MS.saturating_mul(6).div_ceil(slot_ms),
            payout_period: DAY_MS.saturating_mul(90).div_ceil(slot_ms),
            burn_ppm: 0,
            limits: super::track_limits(),
        }
    }

    /// What one dispatch with the powers of a track may spend; zero for tracks that may not.
    #[must_use]
    pub fn limit_of(&self, track: TrackId) -> Balance {
        let limit = self.limits.iter().find(|limit| limit.track == track);
        limit.map_or(Balance::ZERO, |limit| limit.amount)
    }
}

impl Default for TreasuryParameters {
    fn default() -> Self {
        Self::faster(1_000, 5_040)
    }
}

/// An approved spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Spend {
    /// How much, in units.
    pub amount: Balance,
    /// For whom.
    pub beneficiary: AccountId,
    /// The first slot in which it can be paid.
    pub valid_from: Slot,
    /// The first slot in which it no longer can.
    pub expires: Slot,
}

/// Calls of the module `treasury`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum TreasuryCall {
    /// Pays an approved spend. Anyone may ask.
    Payout {
        /// Which spend.
        index: u32,
    },
    /// Approves a spend. For root and spending tracks, up to their limit.
    Spend {
        /// How much.
        amount: Balance,
        /// For whom.
        beneficiary: AccountId,
        /// Not before this slot; `None`: from now on.
        valid_from: Option<Slot>,
    },
    /// Pays at once. For root, the treasurer and the tipper tracks, up to their limit.
    Tip {
        /// How much.
        amount: Balance,
        /// For whom.
        beneficiary: AccountId,
    },
    /// Takes an approval back. For root and the treasurer.
    Void {
        /// Which spend.
        index: u32,
    },
    /// Removes a spend that has expired. Anyone may.
    Clear {
        /// Which spend.
        index: u32,
    },
}

/// Why the module `treasury` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum TreasuryError {
    /// No such spend was approved, or it was paid.
    #[error("there is no approved spend of that number")]
    UnknownSpend,
    /// More than one dispatch with these powers may spend.
    #[error("this is more than the track may spend; a larger spend needs a larger track")]
    OverLimit,
    /// Nothing.
    #[error("a spend is more than nothing")]
    Zero,
    /// It begins after it would have ended.
    #[error("the spend would expire before it can be paid")]
    BeginsTooLate,
    /// It can be paid later.
    #[error("the spend cannot be paid yet")]
    TooEarly,
    /// It can no longer be paid.
    #[error("the spend has expired")]
    Expired,
    /// It can still be paid.
    #[error("the spend has not expired")]
    NotExpired,
    /// The treasury has less.
    #[error("the treasury has too little for this")]
    TreasuryTooPoor,
}

/// Events of the module `treasury`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum TreasuryEvent {
    /// A spend was paid.
    Paid {
        /// Which spend.
        index: u32,
    },
    /// A spend was approved.
    Approved {
        /// Its number.
        index: u32,
        /// How much.
        amount: Balance,
        /// For whom.
        beneficiary: AccountId,
    },
    /// Somebody got a tip.
    Tipped {
        /// How much.
        amount: Balance,
        /// Who.
        beneficiary: AccountId,
    },
    /// An approval was taken back.
    Voided {
        /// Which spend.
        index: u32,
    },
    /// A spend expired and is gone.
    Cleared {
        /// Which spend.
        index: u32,
    },
    /// Block event: a period ended, and a share was burnt.
    Burnt {
        /// How much.
        amount: Balance,
    },
}
