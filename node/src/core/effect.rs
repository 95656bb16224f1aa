//! What a node asks of the world, in the order in which the world may see it.
//!
//! What must survive a crash is durable before the effect that reveals it is pushed.

use super::input::{AnswerId, MessageId, Peer, Ticket};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::evidence::SealEquivocation;
use serin_consensus::finality::{BlockRef, VoteEquivocation};
use serin_network::message::{Gossip, Request, Response};
use serin_network::peers::Offence;
use serin_state::types::{Hash, Millis};

/// What becomes of a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Validation {
    /// Valid and new: pass it on.
    Accept,
    /// No honest node sends it.
    Reject,
    /// Neither.
    Ignore,
}

/// Something for the world to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send to every peer that follows the topic.
    Gossip(Gossip),
    /// Say what becomes of a message.
    Validate(MessageId, Validation),
    /// Ask a peer. Every request ends in one [`super::Input::Response`].
    Request {
        /// Whom.
        peer: Peer,
        /// Number of the request, unique in this core.
        id: u64,
        /// What.
        request: Request,
    },
    /// Answer a peer's request.
    Respond(AnswerId, Response),
    /// Call with [`super::Input::Wake`] at this time; replaces the time asked for before.
    WakeAt(Millis),
    /// A peer did what no honest node does, or too often what few do.
    Punish(Peer, Offence),
    /// The answer to a local submission.
    Reply(Ticket, Result<Hash, SubmitError>),
    /// News for local subscribers.
    Notify(Notification),
    /// The node must stop: nothing it would say is sure.
    Halt(String),
}

/// Why a transaction is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It cannot be in a block.
    #[error("{0}")]
    Invalid(String),
    /// It waits already.
    #[error("the transaction is in the pool already")]
    Duplicate,
    /// Another one of the sender with this nonce waits, and pays as much.
    #[error(
        "another transaction with this nonce waits; a replacement must pay at least a tenth more"
    )]
    Underpriced,
    /// The sender has too many waiting, or this one comes too far after them.
    #[error(
        "the sender has too many transactions waiting, or too many are missing before this one"
    )]
    SenderFull,
    /// The pool is full of transactions that pay more.
    #[error("the pool is full; a higher tip gets in")]
    PoolFull,
}

/// News.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// The head changed.
    Head {
        /// The new head.
        head: BlockRef,
        /// Blocks that are no longer on the best chain, highest first.
        retracted: Vec<BlockRef>,
        /// Blocks that are now, lowest first.
        enacted: Vec<BlockRef>,
    },
    /// Blocks became final, lowest first.
    Finalized(Vec<BlockRef>),
    /// A transaction waits.
    Pooled(Hash),
    /// A transaction no longer waits, and is in no block of the best chain.
    Dropped(Hash, String),
    /// An author sealed two blocks for one slot.
    SealEquivocation(Box<SealEquivocation>),
    /// A voter voted twice.
    VoteEquivocation(Box<VoteEquivocation>),
    /// This node does not know a protocol version that was decided: a sentence.
    Outdated(String),
    /// Another voter set took over.
    SetChanged {
        /// Changes since genesis.
        changes: u64,
        /// How many voters it has.
        voters: usize,
    },
    /// Joining went a step on, in a sentence.
    Joining(String),
    /// A peer failed while this node joined, and how.
    PeerFailed(Peer, String),
}
