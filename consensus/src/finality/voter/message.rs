//! What voters say to each other beside votes, and what the voter asks its caller to do.
//!
//! Inputs: none. Outputs: none. Plain values: [`VoterStatus`] and [`VoterRequest`] are parts of
//! messages, whose encoding and limits are those of the wire; [`Output`] and [`VoteVerdict`] go to
//! the caller; [`VoterCheckpoint`] goes to disk.
//!
//! Bounds: two bits a voter and round in a status; at most four votes a voter in a checkpoint.

use crate::finality::{BlockRef, Justification, SeenVotes, SignedVote, VoteEquivocation};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{Millis, Round, SetId};

/// A peer, as the caller numbers them. Opaque here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub u64);

/// Where a voter stands: sent to peers on connection and periodically (each `gossip_ms` at best).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VoterStatus {
    /// The set that votes.
    pub set: SetId,
    /// The round it is in, from 1.
    pub round: Round,
    /// Which votes of `round` were seen.
    pub current: SeenVotes,
    /// Which votes of the round before were seen. Empty in the first round.
    pub previous: SeenVotes,
}

/// A request from one voter to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VoterRequest {
    /// The votes of a round that the asker has not seen. Answered with at most
    /// [`VOTES_PER_RESPONSE_MAX`](super::VOTES_PER_RESPONSE_MAX) votes.
    Votes {
        /// Of this set.
        set: SetId,
        /// Of this round.
        round: Round,
        /// What the asker has.
        seen: SeenVotes,
    },
    /// All votes of the last completed round, where it is the asker's or a later one.
    CatchUp {
        /// Of this set.
        set: SetId,
        /// The round the asker is in.
        round: Round,
    },
}

/// What the caller is asked to do, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Write this durably before the outputs after it are carried out. It replaces the one before.
    Checkpoint(VoterCheckpoint),
    /// Gossip this vote of ours. The signer's journal holds it already.
    Broadcast(SignedVote),
    /// Gossip this proof: nobody was heard to send one for the block or a later one.
    BroadcastCommit(Justification),
    /// The target is final. The voter casts no vote until
    /// [`Voter::on_finalized`](super::Voter::on_finalized) is called for it, so that a new set
    /// takes over before anybody votes beyond.
    Finalize(Justification),
    /// Send this request to the peer. It is answered by `on_votes`, `on_catch_up` or
    /// `on_request_failed`.
    Request {
        /// Whom to ask.
        peer: Peer,
        /// What.
        request: VoterRequest,
    },
    /// A valid vote names this block, which is not known here: fetch it. Told once a block and
    /// round.
    WantBlock(BlockRef),
    /// A voter signed two votes for the same set, round and stage. Told once for each of them.
    Evidence(VoteEquivocation),
    /// Call `on_wake` at this time. Replaces the time told before.
    WakeAt(Millis),
}

/// What became of a vote or a proof that a peer sent, and what gossip does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoteVerdict {
    /// Valid and new here, counted or kept until its round or block comes: pass it on.
    Accept,
    /// Of no use here, though its sender may be honest: do not pass it on, do not punish.
    Ignore(IgnoreReason),
    /// No honest node sends this: punish the sender.
    Reject(RejectReason),
}

/// Why a vote or proof is of no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IgnoreReason {
    /// Of another voter set, earlier or later than the next one.
    OtherSet,
    /// Its round is over.
    Past,
    /// Its round lies more than [`ROUNDS_AHEAD_MAX`](super::ROUNDS_AHEAD_MAX) ahead.
    FarAhead,
    /// It was seen before.
    Known,
    /// Two different votes of this voter for the round and stage are known: a third says nothing
    /// new.
    Third,
    /// A hint by a voter who is not the primary of its round, or one after our prevote.
    UselessHint,
    /// Its target is not above what the round or finality stands on.
    BelowBase,
    /// The bounded room for such votes is full.
    NoRoom,
    /// Of the next set, whose voters are not known here yet. Kept, checked when the set takes over.
    NextSet,
}

/// Why a vote or proof can only come from a faulty peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectReason {
    /// Its signer is not in the set.
    NotAVoter,
    /// The signature does not hold.
    BadSignature,
    /// The proof does not prove its target.
    BadProof,
    /// Round 0 does not exist.
    NoSuchRound,
}

/// What a restart needs: the round we were in and the votes of the round before, which give its
/// estimate. Written at the start of every round, before a vote of it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct VoterCheckpoint {
    /// The set.
    pub set: SetId,
    /// The round that was started.
    pub round: Round,
    /// The base of the round before `round`; of no meaning where `round` is 1.
    pub base: BlockRef,
    /// The estimate of the round before, as it was when `round` began; the last final block where
    /// `round` is 1.
    pub estimate: BlockRef,
    /// Votes of the round before `round`: all that were seen when `round` began.
    pub votes: Vec<SignedVote>,
}
