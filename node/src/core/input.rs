//! What happens to a node: its whole surface, as a closed list.
//!
//! Messages come decoded; transactions come with their signatures checked. Peers and messages are opaque numbers that
//! whoever drives the core gives out and never reuses.

use crate::runtime::Verified;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_network::message::{BlockAnnouncement, FinalityGossip, Request, Response};
use serin_network::requests::RequestFailure;
use serin_state::types::SignedTransaction;

/// A connected peer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Peer(pub u64);

/// A gossip message that waits for a verdict.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct MessageId(pub u64);

/// A request of a peer that waits for an answer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct AnswerId(pub u64);

/// A local submission that waits for an answer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Ticket(pub u64);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The time came that [`super::Effect::WakeAt`] asked for, or any other.
    Wake,
    /// A peer is there now.
    PeerConnected(Peer),
    /// It is gone.
    PeerDisconnected(Peer),
    /// A block was announced.
    Announcement {
        /// By whom it was passed on.
        from: Peer,
        /// Waits for [`super::Effect::Validate`].
        id: MessageId,
        /// The announcement.
        announcement: Box<BlockAnnouncement>,
    },
    /// A vote or a proof of finality was gossiped.
    Finality {
        /// By whom it was passed on.
        from: Peer,
        /// Waits for [`super::Effect::Validate`].
        id: MessageId,
        /// The message.
        message: FinalityGossip,
    },
    /// Transactions were gossiped; every signature holds.
    Transactions {
        /// By whom they were passed on.
        from: Peer,
        /// Waits for [`super::Effect::Validate`].
        id: MessageId,
        /// The transactions.
        list: Vec<Verified<SignedTransaction>>,
    },
    /// A local client hands in a transaction whose signature holds.
    Submit {
        /// Waits for [`super::Effect::Reply`].
        ticket: Ticket,
        /// The transaction.
        transaction: Box<Verified<SignedTransaction>>,
    },
    /// A peer asks.
    Request {
        /// Who.
        from: Peer,
        /// Waits for [`super::Effect::Respond`].
        id: AnswerId,
        /// What.
        request: Request,
    },
    /// A request of this node ended.
    Response {
        /// Who was asked.
        from: Peer,
        /// Number of the request in [`super::Effect::Request`].
        id: u64,
        /// The answer, of the kind that was asked for, or why there is none.
        result: Result<Response, RequestFailure>,
    },
}
