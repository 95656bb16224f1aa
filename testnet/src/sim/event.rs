//! Events of the simulated world, and their order: by time, then by the order in which they were made.
//!
//! A parcel names the lives of its sender and receiver, so that nothing reaches a node that was restarted in between.
//! Events of one time keep the order in which they were made.

use crate::scenario::Action;
use serin_network::message::{Gossip, Request, Response};
use serin_network::requests::RequestFailure;
use std::cmp::Ordering;
use std::sync::Arc;

/// What travels between two nodes.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// A gossip message.
    Gossip(Arc<Gossip>),
    /// A request and its number.
    Request(u64, Request),
    /// The end of request number so-and-so.
    Response(u64, Result<Response, RequestFailure>),
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// The time came that a node asked for.
    Wake(usize),
    /// A parcel arrives.
    Arrival {
        /// At this node, in this life of it.
        to: (usize, u64),
        /// From this node, in that life of it.
        from: (usize, u64),
        /// What.
        parcel: Parcel,
    },
    /// A scenario's or a fault's action.
    Act(Action),
    /// The power of a node fails: what was not synced may be lost.
    PowerLoss(usize),
    /// Transfers are handed in.
    Load(u32),
    /// Calls of every module are handed in.
    Traffic(u32),
    /// The author of the head seals another block for its slot.
    Twin,
    /// An expectation is judged.
    Judge(usize),
}

/// A happening and its time.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) at_ms: u64,
    pub(super) sequence: u64,
    pub(super) happening: Happening,
}

impl Event {
    const fn key(&self) -> (u64, u64) {
        (self.at_ms, self.sequence)
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Earlier is greater, as a heap gives the greatest first.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}
