//! The collective's numbers, calls, refusals and events.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use super::Rank;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::AccountId;

/// The numbers of the collective.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct CollectiveParameters {
    /// Most members of all ranks. A poll keeps a vote of each, so it bounds the row of a poll.
    pub members_max: u32,
}

impl Default for CollectiveParameters {
    /// Our own number: Kusama's fellowship has no bound.
    fn default() -> Self {
        Self { members_max: 100 }
    }
}

/// Calls of the module `collective`. Root or the track `fellowship_admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum CollectiveCall {
    /// Takes somebody in, at the lowest rank.
    Add {
        /// Who.
        who: AccountId,
    },
    /// Moves a member one rank up.
    Promote {
        /// Who.
        who: AccountId,
    },
    /// Moves a member one rank down; one of the lowest is a member no more.
    Demote {
        /// Who.
        who: AccountId,
    },
    /// Ends a membership of any rank.
    Remove {
        /// Who.
        who: AccountId,
    },
}

/// Why the module `collective` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum CollectiveError {
    /// The account is a member.
    #[error("the account is a member already; promote it instead")]
    AlreadyMember,
    /// The account is no member.
    #[error("the account is no member of the collective")]
    NotMember,
    /// There is no rank above the highest.
    #[error("the member has the highest rank already")]
    HighestRank,
    /// As many members as there may be.
    #[error("the collective has as many members as it may; remove one first")]
    Full,
}

/// Events of the module `collective`. Append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum CollectiveEvent {
    /// Somebody is a member, at the lowest rank.
    Added {
        /// Who.
        who: AccountId,
    },
    /// A member has another rank.
    Ranked {
        /// Who.
        who: AccountId,
        /// The rank now.
        rank: Rank,
    },
    /// Somebody is a member no more.
    Removed {
        /// Who.
        who: AccountId,
    },
}
