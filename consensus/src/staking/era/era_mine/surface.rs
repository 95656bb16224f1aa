//! The words of eras: what is stored, what can be asked, refused and reported.
//!
//! Stored and signed: variants are append-only and fields are pinned by vectors.

use crate::staking::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Balance, Era, Slot, VoteWeight};

/// What is known of an era. Written when its set is elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct EraInfo {
    /// The session that it begins with: the one after its election.
    pub session: u64,
    /// Slot of its first block; slot 0 until then.
    pub start: Slot,
    /// All that stands behind its validators.
    pub stake: Balance,
    /// Nominators on a page of its exposures.
    pub page: u32,
    /// Points of all its validators.
    pub points: u64,
    /// What its validators and their nominators earn together; `None` until it has ended.
    pub pay: Option<Balance>,
}

/// A place among the authorities of an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Seat {
    /// Whose.
    pub account: AccountId,
    /// In the lottery and in finality, all the era long.
    pub weight: VoteWeight,
}

/// What stands behind a validator in an era: for what it earns and what it loses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Exposure {
    /// Its own stake.
    pub own: Balance,
    /// With that of its nominators.
    pub total: Balance,
    /// How many nominators the pages hold.
    pub nominators: u32,
    /// What it takes of its rewards before they are shared.
    pub commission: Perbill,
    /// What it has done.
    pub points: u32,
    /// A bit a page: whether it was paid, the lowest bit of the first byte first.
    pub paid: Vec<u8>,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum EraCall {
    /// Pays a validator and a page of its nominators for an era, once. By anybody.
    Payout {
        /// The validator.
        validator: AccountId,
        /// An era that has ended, of the last `history_eras`.
        era: Era,
        /// Which page of its exposure; the first pays its own stake.
        page: u32,
    },
}

/// Why nothing is paid. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum EraError {
    /// The era goes on, or is to come.
    #[error("the era has not ended: it is paid after its end")]
    NotEnded,
    /// The era is older than the history.
    #[error("the era is too old: rewards are claimed within history_eras eras")]
    TooOld,
    /// The account was not in the set.
    #[error("the account was no validator in that era")]
    NotElected,
    /// No block.
    #[error("the validator earned nothing in that era: it made no block")]
    NothingEarned,
    /// The page is none of the exposure.
    #[error("the exposure of the validator has no such page")]
    NoSuchPage,
    /// Once is enough.
    #[error("this page was paid for this era")]
    AlreadyPaid,
}

/// What happened. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum EraEvent {
    /// A set was elected for the next era.
    Elected {
        /// Which.
        era: Era,
        /// How many seats are taken.
        validators: u32,
        /// All that stands behind them.
        stake: Balance,
    },
    /// Nobody could be elected: the era goes on with its set.
    NotElected {
        /// Which was to come.
        era: Era,
    },
    /// An era began.
    Began {
        /// Which.
        era: Era,
    },
    /// An era ended, and what it pays was set.
    Ended {
        /// Which.
        era: Era,
        /// To validators and nominators, when it is claimed.
        stakers: Balance,
        /// To the treasury, at once.
        treasury: Balance,
    },
    /// A page was paid.
    Paid {
        /// For which era.
        era: Era,
        /// Whose page.
        validator: AccountId,
        /// Which.
        page: u32,
        /// To the validator: commission and its own stake.
        to_validator: Balance,
        /// To the nominators on the page.
        to_nominators: Balance,
    },
}

impl fmt::Display for EraEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elected { era, validators, stake } => {
                write!(formatter, "staking.elected {validators} for era {era}, with {stake}")
            }
            Self::NotElected { era } => write!(formatter, "staking.not_elected for era {era}"),
            Self::Began { era } => write!(formatter, "staking.era_began {era}"),
            Self::Ended { era, stakers, treasury } => write!(
                formatter,
                "staking.era_ended {era}: {stakers} to stakers, {treasury} to the treasury"
            ),
            Self::Paid { era, validator, page, to_validator, to_nominators } => write!(
                formatter,
                "staking.paid page {page} of {validator} for era {era}: {to_validator} to it, {to_nominators} to \
                 nominators"
            ),
        }
    }
}
