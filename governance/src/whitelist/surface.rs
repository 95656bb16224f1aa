//! The whitelist's numbers, calls, refusals and events.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use crate::collective::Rank;
use crate::curve::Ppb;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{AccountId, Hash, Slot};

/// The numbers of the whitelist.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct WhitelistParameters {
    /// The least rank that votes. Kusama: 3.
    pub rank_min: Rank,
    /// The share of all votes of these members that must be for a call.
    pub threshold: Ppb,
    /// How long a poll is open, in slots. Kusama's fellowship decides for 7 days.
    pub poll_period: u64,
    /// Most polls open at once.
    pub polls_max: u32,
}

impl WhitelistParameters {
    /// For slots of so many milliseconds, with the period so many times shorter.
    #[must_use]
    pub fn faster(slot_ms: u64, speed: u64) -> Self {
        const WEEK_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
        let slot_ms = slot_ms.max(1).saturating_mul(speed.max(1));
        Self {
            rank_min: Rank(3),
            threshold: Ppb::percent(50),
            poll_period: WEEK_MS.div_ceil(slot_ms),
            polls_max: 10,
        }
    }

    /// True where members can vote, and silence alone decides nothing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.rank_min <= Rank::HIGHEST
            && (Ppb::from_parts(1)..=Ppb::ONE).contains(&self.threshold)
            && self.polls_max <= 100
    }
}

impl Default for WhitelistParameters {
    fn default() -> Self {
        Self::faster(1_000, 5_040)
    }
}

/// Calls of the module `whitelist`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum WhitelistCall {
    /// Says whether the collective should vouch for a call; the first aye opens the poll. Members of the
    /// rank that is asked for.
    Vote {
        /// Of the encoded call.
        hash: Hash,
        /// For it.
        aye: bool,
    },
    /// Removes a poll that has ended. Anyone may.
    Clear {
        /// Of the encoded call.
        hash: Hash,
    },
    /// Whitelists a call without a poll. Root only.
    Add {
        /// Of the encoded call.
        hash: Hash,
    },
    /// Takes a call from the list. Root only.
    Remove {
        /// Of the encoded call.
        hash: Hash,
    },
    /// Has a whitelisted call run as root in the next slot, once. Root or the track `whitelisted_caller`.
    Dispatch {
        /// Of the encoded call, which is noted as a preimage.
        hash: Hash,
    },
}

/// Why the module `whitelist` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum WhitelistError {
    /// The account is no member, or of too low a rank.
    #[error("only members of the collective of the rank asked for may vote on the whitelist")]
    RankTooLow,
    /// There is no poll on that hash.
    #[error("there is no poll on that hash; an aye opens one")]
    NoPoll,
    /// The poll has ended.
    #[error("the poll has ended; clear it, then an aye opens another")]
    Ended,
    /// The poll is open.
    #[error("the poll is still open")]
    Open,
    /// As many polls as there may be.
    #[error("as many polls are open as may be; clear those that have ended")]
    TooManyPolls,
    /// As many ballots as there may be, of members and of those who no longer are.
    #[error("the poll has as many ballots as it may; wait until it ends and open another")]
    TooManyBallots,
    /// The call is whitelisted.
    #[error("the call is whitelisted already")]
    AlreadyWhitelisted,
    /// The call is not whitelisted.
    #[error("the call is not whitelisted; the collective must vouch for its hash first")]
    NotWhitelisted,
    /// The bytes of the call are not there.
    #[error("no bytes with that hash are noted; note the call first")]
    NotNoted,
}

/// Events of the module `whitelist`. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum WhitelistEvent {
    /// A poll is open.
    Opened {
        /// Of the encoded call.
        hash: Hash,
        /// The first slot in which nobody can vote any more.
        end: Slot,
    },
    /// A member voted.
    Voted {
        /// Of the encoded call.
        hash: Hash,
        /// Who.
        who: AccountId,
        /// For it.
        aye: bool,
        /// With how many votes.
        votes: u32,
    },
    /// A poll that had ended is gone.
    Cleared {
        /// Of the encoded call.
        hash: Hash,
    },
    /// The call may be dispatched.
    Whitelisted {
        /// Of the encoded call.
        hash: Hash,
    },
    /// The call may be dispatched no more.
    Removed {
        /// Of the encoded call.
        hash: Hash,
    },
    /// The call runs as root in the next slot.
    Dispatched {
        /// Of the encoded call.
        hash: Hash,
    },
}
