//! What will happen, in order: by time, then by the order in which it was put there.
//!
//! Inputs: happenings with a time. Outputs: the earliest one. Invariant: no two events compare equal, so the order is total.
//! Bounds: those of the run; a link that loses nothing holds what was sent and has not arrived.

use serin_network::message::{Gossip, Request, Response};
use serin_network::requests::RequestFailure;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// What travels between two nodes.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// A gossip message, and its number among all of them.
    Gossip(u64, Arc<Gossip>),
    /// A request and its number.
    Request(u64, Box<Request>),
    /// The end of request number so-and-so.
    Response(u64, Result<Box<Response>, RequestFailure>),
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// The time came that a node asked for.
    Wake(usize),
    /// A parcel arrives at a node, in this life of it, from a node in that life of it.
    Arrival { to: (usize, u32), from: (usize, u32), parcel: Parcel, recorded: usize },
    /// A node that takes its time has worked off a parcel that arrived before.
    Worked { to: (usize, u32), from: (usize, u32), parcel: Parcel, recorded: usize },
    /// Fault number so-and-so begins.
    Break(usize),
    /// It ends.
    Mend(usize),
    /// Clock number so-and-so goes wrong.
    Clock(usize),
    /// Transfers are handed in.
    Load,
    /// The network is kind from now on.
    Kind,
    /// A slot has ended.
    Slot,
}

/// A happening and its time.
#[derive(Clone, Debug)]
struct Event {
    at: u64,
    sequence: u64,
    happening: Happening,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Event>,
    sequence: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at: u64, happening: Happening) {
        self.sequence = self.sequence.saturating_add(1);
        self.heap.push(Event { at, sequence: self.sequence, happening });
    }

    /// The earliest event up to `until`.
    pub(super) fn pop(&mut self, until: u64) -> Option<(u64, Happening)> {
        if self.heap.peek()?.at > until {
            return None;
        }
        self.heap.pop().map(|event| (event.at, event.happening))
    }
}

impl Event {
    const fn key(&self) -> (u64, u64) {
        (self.at, self.sequence)
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
