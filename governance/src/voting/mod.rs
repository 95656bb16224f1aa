//! Votes with conviction, delegation, and the locks they bring.
//!
//! Kusama's open governance is the model: the rules are those of its runtime, and where they are ours a
//! parameter says so.

pub mod ballots;
mod polls;
mod vote;

pub use polls::{Completed, Polls};
pub use vote::{AccountVote, Conviction, Power, Side, UnknownConviction};

use crate::TrackId;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::AccountId;

/// Calls of the module `voting`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum VotingCall {
    /// Thaws what no vote of `target` on `track` holds any longer. Anyone may ask.
    Unlock {
        /// The track.
        track: TrackId,
        /// Whose tokens.
        target: AccountId,
    },
}

/// Why the module `voting` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum VotingError {
    /// The account has no vote on the referendum.
    #[error("the account has no vote there")]
    NotVoter,
}

/// Events of the module `voting`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum VotingEvent {
    /// Tokens of an account are less locked than before.
    Unlocked {
        /// The track.
        track: TrackId,
        /// Whose tokens.
        target: AccountId,
    },
}
