//! What a peer has on its account: points for offences, and bans that last.
//!
//! Inputs: an offence of a peer, the time. Outputs: [`Sentence`].
//!
//! Every punishment has a reason from one list, [`Offence`]. Points fade linearly; at
//! [`BAN_POINTS`] the peer is banned, by its identity and, once several peers of one address are
//! banned, by address too. Nothing that the peer does shortens a ban: it does not fade, and it
//! survives the connection. Good behaviour earns nothing, so nobody can save up for an attack.
//!
//! # Invariants
//! 1. A banned peer stays banned until the ban's own end.
//! 2. Loopback is never banned by address: a local network shares it.
//!
//! # Bounds
//! [`SCORES_MAX`] scores and [`BANS_MAX`] bans; the one touched least recently, or the ban that ends
//! first, makes room.

use crate::limits::{
    ADDRESS_BAN_PEERS, BAN_MS, BAN_POINTS, BANS_MAX, POINT_DECAY_MS, SCORES_MAX, WEAK_POINTS_MAX,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Millis;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What a peer did that no honest peer does, or does seldom.
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
pub enum Offence {
    /// Bytes that are no message of their topic or protocol.
    #[error("sent bytes that are no message")]
    Malformed,
    /// More bytes than the topic or protocol allows.
    #[error("sent a message above its size limit")]
    Oversized,
    /// Its status names another chain.
    #[error("belongs to another genesis")]
    OtherGenesis,
    /// A header with a wrong claim or seal, or a block with a wrong root.
    #[error("sent an invalid block")]
    InvalidBlock,
    /// A block of a slot that has not come, beyond what clocks may differ.
    #[error("sent a block of the future")]
    FutureBlock,
    /// A vote with a wrong signature.
    #[error("sent a vote with a wrong signature")]
    InvalidVote,
    /// A vote of somebody who is not in its set.
    #[error("sent a vote of an unknown voter")]
    UnknownVoter,
    /// A justification, commit or catch-up that proves nothing.
    #[error("sent an invalid proof of finality")]
    InvalidProof,
    /// A transaction with a wrong signature.
    #[error("sent a transaction with a wrong signature")]
    InvalidTransaction,
    /// A response that does not answer the request.
    #[error("gave an answer that does not fit the question")]
    WrongAnswer,
    /// No response in time, or a broken one.
    #[error("did not answer in time")]
    NoAnswer,
    /// More messages than its budget.
    #[error("sent more messages than its budget")]
    Flood,
}

impl Offence {
    /// Every offence, for tests that must not forget one.
    pub const ALL: [Self; 12] = [
        Self::Malformed,
        Self::Oversized,
        Self::OtherGenesis,
        Self::InvalidBlock,
        Self::FutureBlock,
        Self::InvalidVote,
        Self::UnknownVoter,
        Self::InvalidProof,
        Self::InvalidTransaction,
        Self::WrongAnswer,
        Self::NoAnswer,
        Self::Flood,
    ];

    /// Points. 100 bans at once: no correct node does this, since it checks before it passes on. 50
    /// bans at the second time within five minutes.
    #[must_use]
    pub const fn points(self) -> u32 {
        match self {
            Self::OtherGenesis | Self::InvalidBlock | Self::InvalidProof | Self::Oversized => 100,
            Self::Malformed | Self::InvalidVote | Self::InvalidTransaction | Self::WrongAnswer => {
                50
            }
            Self::FutureBlock => 10,
            Self::UnknownVoter | Self::NoAnswer => 5,
            Self::Flood => 1,
        }
    }

    /// True where an honest peer can be guilty through no fault of its code: it was paused, its clock or
    /// its set lags, its line is slow. Such offences alone never ban: they stop at
    /// [`WEAK_POINTS_MAX`], and only weigh on a peer that does worse.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::FutureBlock | Self::UnknownVoter | Self::NoAnswer)
    }
}

/// What follows from an offence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentence {
    /// The peer stays, with this many points.
    Noted {
        /// Below [`BAN_POINTS`].
        points: u32,
    },
    /// The peer is banned: cut it and refuse it.
    Banned {
        /// Until when.
        until: Millis,
    },
}

/// Why a peer is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// When it ends.
    pub until: Millis,
    /// The offence that filled the measure.
    pub offence: Offence,
}

/// Scores and bans. `K` names a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peers<K> {
    scores: BTreeMap<K, Score>,
    bans: BTreeMap<K, Ban>,
    addresses: BTreeMap<IpAddr, AddressRecord<K>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Score {
    points: u32,
    at: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AddressRecord<K> {
    banned_peers: BTreeSet<K>,
    last: Ban,
}

impl<K: Ord + Clone> Default for Peers<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone> Peers<K> {
    /// Nobody has done anything.
    #[must_use]
    pub const fn new() -> Self {
        Self { scores: BTreeMap::new(), bans: BTreeMap::new(), addresses: BTreeMap::new() }
    }

    /// Books `offence` of `peer`, who is connected from `address` where that is known.
    pub fn on_offence(
        &mut self,
        now: Millis,
        peer: &K,
        address: Option<IpAddr>,
        offence: Offence,
    ) -> Sentence {
        if let Some(ban) = self.ban_of(now, peer) {
            return Sentence::Banned { until: ban.until };
        }
        let before = self.points(now, peer);
        let sum = before.saturating_add(offence.points());
        let points = if offence.is_weak() { sum.min(before.max(WEAK_POINTS_MAX)) } else { sum };
        if points < BAN_POINTS {
            self.scores.insert(peer.clone(), Score { points, at: now });
            self.forget_scores();
            return Sentence::Noted { points };
        }
        self.scores.remove(peer);
        let ban = Ban { until: now.saturating_add(BAN_MS), offence };
        self.bans.insert(peer.clone(), ban);
        self.forget_bans();
        if let Some(address) = address.filter(|address| !address.is_loopback()) {
            self.book_address(address, peer, ban);
        }
        assert!(self.bans.len() <= BANS_MAX, "invariant(bans): bounded");
        Sentence::Banned { until: ban.until }
    }

    /// Points of `peer` at `now`, after what has faded.
    #[must_use]
    pub fn points(&self, now: Millis, peer: &K) -> u32 {
        let Some(score) = self.scores.get(peer) else { return 0 };
        let faded = now.since(score.at).checked_div(POINT_DECAY_MS).unwrap_or(0);
        score.points.saturating_sub(u32::try_from(faded).unwrap_or(u32::MAX))
    }

    /// The ban of `peer`, if it is banned at `now`.
    #[must_use]
    pub fn ban_of(&self, now: Millis, peer: &K) -> Option<Ban> {
        self.bans.get(peer).copied().filter(|ban| now < ban.until)
    }

    /// The ban of `address`, if it is banned at `now`.
    #[must_use]
    pub fn address_ban(&self, now: Millis, address: IpAddr) -> Option<Ban> {
        let record = self.addresses.get(&address)?;
        (record.banned_peers.len() >= ADDRESS_BAN_PEERS && now < record.last.until)
            .then_some(record.last)
    }

    /// Everybody who is banned at `now`, with the reason.
    pub fn bans(&self, now: Millis) -> impl Iterator<Item = (&K, Ban)> {
        self.bans.iter().filter(move |(_, ban)| now < ban.until).map(|(peer, ban)| (peer, *ban))
    }

    /// Forgets bans that ended and scores that faded. Called now and then.
    pub fn expire(&mut self, now: Millis) {
        self.bans.retain(|_, ban| now < ban.until);
        self.addresses.retain(|_, record| now < record.last.until);
        let faded: Vec<K> =
            self.scores.keys().filter(|peer| self.points(now, peer) == 0).cloned().collect();
        for peer in faded {
            self.scores.remove(&peer);
        }
    }

    fn book_address(&mut self, address: IpAddr, peer: &K, ban: Ban) {
        let fresh = || AddressRecord { banned_peers: BTreeSet::new(), last: ban };
        let record = self.addresses.entry(address).or_insert_with(fresh);
        record.last = ban;
        // More names than the limit change nothing, so they are not kept.
        if record.banned_peers.len() < ADDRESS_BAN_PEERS {
            record.banned_peers.insert(peer.clone());
        }
        if self.addresses.len() > BANS_MAX {
            let first = self.addresses.iter().min_by_key(|(_, record)| record.last.until);
            if let Some(address) = first.map(|(address, _)| *address) {
                self.addresses.remove(&address);
            }
        }
    }

    fn forget_scores(&mut self) {
        while self.scores.len() > SCORES_MAX {
            let oldest = self.scores.iter().min_by_key(|(_, score)| score.at);
            let Some(peer) = oldest.map(|(peer, _)| peer.clone()) else { return };
            self.scores.remove(&peer);
        }
    }

    fn forget_bans(&mut self) {
        while self.bans.len() > BANS_MAX {
            let first = self.bans.iter().min_by_key(|(_, ban)| ban.until);
            let Some(peer) = first.map(|(peer, _)| peer.clone()) else { return };
            self.bans.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests;
