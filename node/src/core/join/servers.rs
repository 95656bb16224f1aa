//! Peers while joining: what each serves, whom to ask next, and who failed how.
//!
//! Inputs: statuses, ends of requests. Outputs: a peer to ask. Bounds: one entry a connected peer, and
//! [`FAILURES_MAX`] failures.

use crate::core::Peer;
use serin_consensus::finality::BlockRef;
use serin_network::message::Status;
use serin_state::types::{Height, Millis, SetId};
use std::collections::{BTreeMap, VecDeque};

/// Failures of peers that are remembered, for people.
pub const FAILURES_MAX: usize = 16;
/// Requests for values that one peer has under way.
const PER_PEER_MAX: usize = 2;
/// How long a peer rests after a request that it did not answer.
const REST_MS: u64 = 2_000;

/// A peer that failed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Who.
    pub peer: Peer,
    /// In a sentence.
    pub how: String,
}

/// What is known of a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Server {
    told: bool,
    finalized: Height,
    set: SetId,
    points: Vec<BlockRef>,
    busy: usize,
    rests_until: Millis,
}

/// All connected peers.
#[derive(Clone, Debug, Default)]
pub(super) struct Servers {
    known: BTreeMap<Peer, Server>,
    failures: VecDeque<Failure>,
    /// Whose turn it was last.
    last: Option<Peer>,
}

impl Servers {
    pub(super) fn enter(&mut self, peer: Peer) {
        self.known.insert(peer, Server::default());
    }

    pub(super) fn leave(&mut self, peer: Peer) {
        self.known.remove(&peer);
    }

    pub(super) fn all(&self) -> Vec<Peer> {
        self.known.keys().copied().collect()
    }

    pub(super) fn on_status(&mut self, peer: Peer, status: &Status) {
        if let Some(server) = self.known.get_mut(&peer) {
            server.told = true;
            server.finalized = status.finalized.height;
            server.set = status.set;
            server.points.clone_from(&status.points);
        }
    }

    /// The highest point that a peer which does not rest claims to serve.
    pub(super) fn best_point(&self, now: Millis) -> Option<BlockRef> {
        let awake = self.known.values().filter(|server| server.rests_until <= now);
        awake.flat_map(|server| server.points.iter().copied()).max_by_key(|point| point.height)
    }

    /// Whether somebody claims to serve the point, resting or not.
    pub(super) fn serves(&self, point: &BlockRef) -> bool {
        self.known.values().any(|server| server.points.contains(point))
    }

    /// Whether all peers, at least one of them, told of chains that end below `height` without points.
    pub(super) fn all_below(&self, height: Height) -> bool {
        let told = self.known.values().filter(|server| server.told);
        let mut count = 0_usize;
        for server in told {
            if server.finalized >= height || !server.points.is_empty() {
                return false;
            }
            count = count.saturating_add(1);
        }
        count > 0 && count == self.known.len()
    }

    /// A peer to ask about `point`, in turn; it is busy from now on.
    pub(super) fn take(&mut self, now: Millis, point: &BlockRef) -> Option<Peer> {
        let free = |(peer, server): (&Peer, &Server)| {
            let serves = server.points.contains(point);
            (serves && server.rests_until <= now && server.busy < PER_PEER_MAX).then_some(*peer)
        };
        let after: Vec<Peer> = self.known.iter().filter_map(free).collect();
        let next = after.iter().find(|peer| Some(**peer) > self.last).or_else(|| after.first());
        let peer = *next?;
        self.last = Some(peer);
        if let Some(server) = self.known.get_mut(&peer) {
            server.busy = server.busy.saturating_add(1);
        }
        Some(peer)
    }

    /// A request to the peer ended.
    pub(super) fn give_back(&mut self, peer: Peer) {
        if let Some(server) = self.known.get_mut(&peer) {
            server.busy = server.busy.saturating_sub(1);
        }
    }

    /// The peer does not serve the point, whatever it told.
    pub(super) fn forget_point(&mut self, peer: Peer, point: &BlockRef) {
        if let Some(server) = self.known.get_mut(&peer) {
            server.points.retain(|served| served != point);
        }
    }

    /// The peer failed: it is not asked for a while, and what it served is in doubt.
    pub(super) fn fail(&mut self, now: Millis, peer: Peer, how: String) {
        if let Some(server) = self.known.get_mut(&peer) {
            server.rests_until = now.saturating_add(REST_MS);
        }
        self.failures.push_back(Failure { peer, how });
        if self.failures.len() > FAILURES_MAX {
            self.failures.pop_front();
        }
    }

    /// The peer lied: nothing more is asked of it.
    pub(super) fn drop_peer(&mut self, now: Millis, peer: Peer, how: String) {
        self.fail(now, peer, how);
        self.known.remove(&peer);
    }

    pub(super) fn failures(&self) -> Vec<Failure> {
        self.failures.iter().cloned().collect()
    }

    /// When the first resting peer may be asked again.
    pub(super) fn next_wake(&self, now: Millis) -> Option<Millis> {
        self.known.values().map(|server| server.rests_until).filter(|at| *at > now).min()
    }
}
