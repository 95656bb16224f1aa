//! The surface of voting: numbers, calls, refusals, events.
//!
//! Refusals and events have the names that pallet-conviction-voting 50 gives them, `class` being our track.
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use super::{AccountVote, Conviction};
use crate::{ReferendumIndex, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{AccountId, Balance};

/// Bytes that the reason given with a vote has at most. It stays in the block's record, not in the state.
pub const REASON_BYTES_MAX: usize = 512;

/// The numbers of voting.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct VotingParameters {
    /// Slots that the tokens of a winner with a conviction of 1x stay locked. Kusama: seven days. At least
    /// the longest enactment period, so that winners live with what they decided.
    pub locking_period_slots: u64,
    /// Votes that an account has on a track at most. Kusama: 512.
    pub votes_max: u32,
    /// Whether one who delegates may vote himself, which takes his weight back from the delegate on that
    /// referendum (Polkadot's RFC-150). Kusama: not yet.
    pub vote_while_delegating: bool,
    /// Whether a delegate who does nothing but abstain lends the capital of the delegators to support
    /// (polkadot-sdk#1605). Kusama: no.
    pub abstention_carries: bool,
}

/// The numbers of Kusama, with slots of six seconds.
impl Default for VotingParameters {
    fn default() -> Self {
        Self {
            locking_period_slots: 100_800,
            votes_max: 512,
            vote_while_delegating: false,
            abstention_carries: false,
        }
    }
}

/// What can be asked of voting. All of it is for a signed origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum VotingCall {
    /// Votes on an ongoing referendum, or changes the vote.
    Vote {
        /// Which.
        index: ReferendumIndex,
        /// What.
        vote: AccountVote,
        /// Why, for all to read in the block: at most [`REASON_BYTES_MAX`] bytes.
        reason: Option<String>,
    },
    /// Takes the sender's vote back; on an ended referendum, frees it for [`VotingCall::Unlock`].
    RemoveVote {
        /// The track; may be left out while the referendum is ongoing.
        track: Option<TrackId>,
        /// Which.
        index: ReferendumIndex,
    },
    /// Takes a vote of somebody else back whose lock has ended, or who has none.
    RemoveOtherVote {
        /// Whose.
        target: AccountId,
        /// The track.
        track: TrackId,
        /// Which.
        index: ReferendumIndex,
    },
    /// Thaws what no vote of `target` on `track` holds any longer. Anyone may ask.
    Unlock {
        /// The track.
        track: TrackId,
        /// Whose tokens.
        target: AccountId,
    },
    /// Lets `to` vote with the sender's weight on one track.
    Delegate {
        /// The track.
        track: TrackId,
        /// Who votes.
        to: AccountId,
        /// The weight, and the lock after the end of the delegation.
        conviction: Conviction,
        /// How much.
        balance: Balance,
    },
    /// Ends a delegation. The lock of its conviction starts now.
    Undelegate {
        /// The track.
        track: TrackId,
    },
    /// [`VotingCall::Delegate`] on every track, or on none.
    DelegateAll {
        /// Who votes.
        to: AccountId,
        /// The weight, and the lock after the end of the delegation.
        conviction: Conviction,
        /// How much, on each track: locks overlap.
        balance: Balance,
    },
    /// [`VotingCall::Undelegate`] on every track on which the sender delegates.
    UndelegateAll,
}

/// Why voting refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum VotingError {
    /// The referendum has ended or never was.
    #[error("there is no ongoing referendum of that number")]
    NotOngoing,
    /// The account has no vote on the referendum.
    #[error("the account has no vote there")]
    NotVoter,
    /// A vote of another on an ongoing referendum cannot be removed.
    #[error("only its voter can take back a vote on an ongoing referendum")]
    NoPermission,
    /// A vote of another whose lock has not ended cannot be removed yet.
    #[error("the lock of this vote has not ended; until then only its voter can take it back")]
    NoPermissionYet,
    /// The account delegates on the track.
    #[error("the account delegates on this track; undelegate first")]
    AlreadyDelegating,
    /// The account has votes on the track.
    #[error("the account has votes on this track; remove them first")]
    AlreadyVoting,
    /// More than the account has.
    #[error("the account has less than that")]
    InsufficientFunds,
    /// The account does not delegate on the track.
    #[error("the account does not delegate here")]
    NotDelegating,
    /// A delegation to oneself.
    #[error("one cannot delegate to oneself")]
    Nonsense,
    /// The account has as many votes on the track as it can.
    #[error("no more votes fit on this track; remove votes on ended referenda first")]
    MaxVotesReached,
    /// The referendum has ended, and then the track must be named.
    #[error("the referendum is not ongoing; name its track")]
    ClassNeeded,
    /// There is no such track.
    #[error("there is no track of that number")]
    BadClass,
    /// A sum of votes would leave 128 bits.
    #[error("a sum of votes would leave its range")]
    Overflow,
    /// The reason given is longer than it can be.
    #[error("a reason has at most 512 bytes")]
    ReasonTooLong,
}

/// What happened to votes and delegations. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum VotingEvent {
    /// An account lets another vote.
    Delegated {
        /// Who.
        who: AccountId,
        /// Who votes.
        target: AccountId,
        /// Where.
        track: TrackId,
    },
    /// An account votes itself again.
    Undelegated {
        /// Who.
        who: AccountId,
        /// Where.
        track: TrackId,
    },
    /// An account has voted, or voted anew.
    Voted {
        /// Who.
        who: AccountId,
        /// What.
        vote: AccountVote,
        /// On which referendum.
        index: ReferendumIndex,
    },
    /// A vote on an ongoing referendum is gone.
    VoteRemoved {
        /// Whose.
        who: AccountId,
        /// What it was.
        vote: AccountVote,
        /// On which referendum.
        index: ReferendumIndex,
    },
    /// The locks of an account on a track are what they need to be.
    VoteUnlocked {
        /// Whose.
        who: AccountId,
        /// Where.
        track: TrackId,
    },
}
