//! Whom to dial, and when again: the back-off of every known peer.
//!
//! Inputs: peers that become known, connections that come, go or fail, the time. Output: peers to
//! dial now.
//!
//! A lasting peer (a bootnode, or one that the operator named) is dialled for ever; others only
//! while there are too few outbound connections. The delay doubles from 200 ms to the peer's own
//! limit and starts over with every connection, so a partition heals by itself soon after it ends.
//!
//! # Invariants
//! At most one dial to a peer is under way, and none to a connected one.
//!
//! # Bounds
//! [`KNOWN_PEERS_MAX`] peers of [`ADDRESSES_PER_PEER_MAX`] addresses.

use crate::limits::{ADDRESSES_PER_PEER_MAX, KNOWN_PEERS_MAX, REDIAL_FIRST_MS};
use serin_state::types::Millis;
use std::collections::BTreeMap;

/// The known peers. `K` names a peer, `A` is an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconnect<K, A> {
    known: BTreeMap<K, Known<A>>,
}

/// How a peer became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Dialled for ever, whatever the number of connections.
    pub lasting: bool,
    /// The longest delay between two attempts, in milliseconds.
    pub delay_max_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known<A> {
    addresses: Vec<A>,
    standing: Standing,
    state: State,
    delay_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting { until: Millis },
    Dialling,
    Connected,
}

impl<K: Ord + Clone, A: PartialEq + Clone> Default for Reconnect<K, A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, A: PartialEq + Clone> Reconnect<K, A> {
    /// Nobody is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { known: BTreeMap::new() }
    }

    /// Learns an address of `peer`. A lasting peer stays lasting.
    pub fn add(&mut self, now: Millis, peer: &K, address: A, standing: Standing) {
        if let Some(known) = self.known.get_mut(peer) {
            known.standing.lasting |= standing.lasting;
            if !known.addresses.contains(&address) {
                known.addresses.insert(0, address);
                known.addresses.truncate(ADDRESSES_PER_PEER_MAX);
            }
            return;
        }
        if self.known.len() >= KNOWN_PEERS_MAX && !self.forget_one() {
            return;
        }
        let state = State::Waiting { until: now };
        let known = Known { addresses: vec![address], standing, state, delay_ms: REDIAL_FIRST_MS };
        self.known.insert(peer.clone(), known);
        assert!(self.known.len() <= KNOWN_PEERS_MAX, "invariant(known): bounded");
    }

    /// Forgets `peer`.
    pub fn remove(&mut self, peer: &K) {
        self.known.remove(peer);
    }

    /// `peer` is connected, whoever dialled.
    pub fn on_connected(&mut self, peer: &K) {
        if let Some(known) = self.known.get_mut(peer) {
            known.state = State::Connected;
            known.delay_ms = REDIAL_FIRST_MS;
        }
    }

    /// The last connection with `peer` ended.
    pub fn on_disconnected(&mut self, now: Millis, peer: &K) {
        if let Some(known) = self.known.get_mut(peer) {
            known.state = State::Waiting { until: now.saturating_add(known.delay_ms) };
        }
    }

    /// A dial to `peer` failed. Nothing where another connection exists.
    pub fn on_failed(&mut self, now: Millis, peer: &K) {
        let Some(known) = self.known.get_mut(peer) else { return };
        if known.state != State::Connected {
            known.state = State::Waiting { until: now.saturating_add(known.delay_ms) };
            known.delay_ms = known.delay_ms.saturating_mul(2).min(known.standing.delay_max_ms);
        }
    }

    /// Makes the next attempt due at once, with the shortest delay after it.
    pub fn retry(&mut self, now: Millis, peer: &K) {
        let Some(known) = self.known.get_mut(peer) else { return };
        known.delay_ms = REDIAL_FIRST_MS;
        if known.state != State::Connected {
            known.state = State::Waiting { until: now };
        }
    }

    /// The peers to dial now: every lasting one that is due, and up to `room` others.
    pub fn due(&mut self, now: Millis, room: usize) -> Vec<(K, Vec<A>)> {
        let mut due = Vec::new();
        let mut room = room;
        for (peer, known) in &mut self.known {
            let State::Waiting { until } = known.state else { continue };
            if until > now || (!known.standing.lasting && room == 0) {
                continue;
            }
            if !known.standing.lasting {
                room = room.saturating_sub(1);
            }
            known.state = State::Dialling;
            due.push((peer.clone(), known.addresses.clone()));
        }
        due
    }

    /// Known peers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Makes room: one that neither lasts nor is connected, the most hopeless first.
    fn forget_one(&mut self) -> bool {
        let idle = |known: &Known<A>| !known.standing.lasting && known.state != State::Connected;
        let victim = self.known.iter().filter(|(_, known)| idle(known));
        let victim = victim.max_by_key(|(_, known)| known.delay_ms).map(|(peer, _)| peer.clone());
        victim.is_some_and(|peer| self.known.remove(&peer).is_some())
    }
}

#[cfg(test)]
mod tests;
