//! Requests that await an answer: to whom, what, until when.
//!
//! Inputs: a request that goes out, an answer, a peer that went, the time. Outputs: the request that
//! an answer belongs to, and those whose time is over.
//!
//! # Invariants
//! Every request ends exactly once: answered, failed, or out of time.
//!
//! # Bounds
//! [`IN_FLIGHT_MAX`] in all, [`IN_FLIGHT_PER_PEER_MAX`] to one peer.

use crate::limits::{IN_FLIGHT_MAX, IN_FLIGHT_PER_PEER_MAX, REQUEST_TIMEOUT_MS};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Millis;
use std::collections::BTreeMap;

/// Why a request has no answer.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    thiserror::Error,
)]
pub enum RequestFailure {
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The peer is not connected, or went before it answered.
    #[error("the peer is not connected")]
    Disconnected,
    /// The peer does not speak the protocol.
    #[error("the peer does not speak the protocol")]
    Unsupported,
    /// The answer is too long, malformed, or of another kind than the question.
    #[error("the answer is not what was asked for")]
    WrongAnswer,
    /// The peer closed the stream: it has no time or refuses.
    #[error("the peer refused")]
    Refused,
    /// Too many requests are under way here.
    #[error("too many requests are under way")]
    TooMany,
}

/// A request under way: `Q` is what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight<K, Q> {
    /// Who was asked.
    pub peer: K,
    /// What.
    pub question: Q,
    /// When waiting ends.
    pub deadline: Millis,
}

/// The requests under way, by the id that the asking side gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests<K, Q> {
    by_id: BTreeMap<u64, InFlight<K, Q>>,
}

impl<K: Ord + Clone, Q> Default for Requests<K, Q> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, Q> Requests<K, Q> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_id: BTreeMap::new() }
    }

    /// Books a request to `peer`.
    ///
    /// # Errors
    /// [`RequestFailure::TooMany`] at either bound, or where `id` is in use.
    pub fn insert(
        &mut self,
        now: Millis,
        id: u64,
        peer: K,
        question: Q,
    ) -> Result<(), RequestFailure> {
        let to_peer = self.by_id.values().filter(|one| one.peer == peer).count();
        if self.by_id.len() >= IN_FLIGHT_MAX
            || to_peer >= IN_FLIGHT_PER_PEER_MAX
            || self.by_id.contains_key(&id)
        {
            return Err(RequestFailure::TooMany);
        }
        let deadline = now.saturating_add(REQUEST_TIMEOUT_MS);
        self.by_id.insert(id, InFlight { peer, question, deadline });
        Ok(())
    }

    /// Ends the request `id`; `None` where it has ended already.
    pub fn take(&mut self, id: u64) -> Option<InFlight<K, Q>> {
        self.by_id.remove(&id)
    }

    /// Ends every request whose time is over.
    pub fn expire(&mut self, now: Millis) -> Vec<(u64, InFlight<K, Q>)> {
        self.by_id.extract_if(.., |_, one| one.deadline <= now).collect()
    }

    /// Ends every request to `peer`.
    pub fn take_peer(&mut self, peer: &K) -> Vec<(u64, InFlight<K, Q>)> {
        self.by_id.extract_if(.., |_, one| one.peer == *peer).collect()
    }

    /// When the next request runs out of time.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        self.by_id.values().map(|one| one.deadline).min()
    }

    /// Requests under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

#[cfg(test)]
mod tests;
