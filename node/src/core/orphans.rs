//! Blocks whose parent is not here yet, and announcements whose transactions are not.
//!
//! # Bounds
//! At most [`ORPHANS_MAX`] blocks of [`ORPHAN_BYTES_MAX`] bytes, half of that of one peer; the highest are dropped first,
//! since those are wanted last. At most [`PARTIALS_MAX`] announcements.

use super::input::{MessageId, Peer};
use crate::runtime::Verified;
use serin_consensus::leader::CheckedClaim;
use serin_network::message::BlockAnnouncement;
use serin_state::types::{Hash, Header, Height, Millis, SignedTransaction};
use std::collections::BTreeMap;

/// Most blocks without a parent.
pub(super) const ORPHANS_MAX: usize = 512;
/// Most bytes of their bodies and proofs.
pub(super) const ORPHAN_BYTES_MAX: usize = 32 * 1024 * 1024;
/// One peer may fill one part of so many.
const PEER_PART: usize = 2;
/// What a header and the place in the map take, roughly.
const HEADER_BYTES: usize = 1_024;
/// Most announcements that wait for transactions.
pub(super) const PARTIALS_MAX: usize = 64;

/// A block on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Incoming {
    pub(super) from: Option<Peer>,
    pub(super) message: Option<MessageId>,
    pub(super) header: Header,
    pub(super) hash: Hash,
    /// What its claim means, where the header was checked already.
    pub(super) claim: Option<CheckedClaim>,
    pub(super) body: Vec<Verified<SignedTransaction>>,
    pub(super) justification: Option<Vec<u8>>,
}

/// Blocks that wait for their parents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Orphans {
    waiting: BTreeMap<(Height, Hash), Incoming>,
    bytes: usize,
}

impl Orphans {
    /// Keeps a block, if there is room; the verdict of its message is given already.
    pub(super) fn insert(&mut self, mut block: Incoming) {
        block.message = None;
        let key = (block.header.height(), block.hash);
        if self.waiting.contains_key(&key) {
            return;
        }
        let bytes = bytes_of(&block);
        let of_peer = self.waiting.values().filter(|other| other.from == block.from);
        let (blocks, held) = of_peer.fold((0_usize, bytes), |(blocks, held), other| {
            (blocks.saturating_add(1), held.saturating_add(bytes_of(other)))
        });
        if blocks >= ORPHANS_MAX.div_euclid(PEER_PART)
            || held > ORPHAN_BYTES_MAX.div_euclid(PEER_PART)
        {
            return;
        }
        self.waiting.insert(key, block);
        self.bytes = self.bytes.saturating_add(bytes);
        while self.waiting.len() > ORPHANS_MAX || self.bytes > ORPHAN_BYTES_MAX {
            let Some((_, highest)) = self.waiting.pop_last() else { break };
            self.bytes = self.bytes.saturating_sub(bytes_of(&highest));
        }
    }

    /// Takes the children of a block that came in.
    pub(super) fn take_children(&mut self, parent: &Hash, height: Height) -> Vec<Incoming> {
        let Some(next) = height.next() else { return Vec::new() };
        let range = (next, Hash::ZERO)..=(next, Hash([0xff; 32]));
        let found = self.waiting.range(range).filter(|(_, block)| block.header.parent() == *parent);
        let keys: Vec<_> = found.map(|(key, _)| *key).collect();
        let taken: Vec<_> = keys.into_iter().filter_map(|key| self.waiting.remove(&key)).collect();
        self.bytes = self.bytes.saturating_sub(taken.iter().map(bytes_of).sum());
        taken
    }

    /// The lowest block that waits for a parent of this kind, one height below it.
    pub(super) fn child_of(&self, is_parent: impl Fn(&Hash, Height) -> bool) -> Option<Hash> {
        let mut waiting = self.waiting.iter();
        let found = waiting.find(|((height, _), block)| {
            height.previous().is_some_and(|below| is_parent(&block.header.parent(), below))
        });
        found.map(|((_, hash), _)| *hash)
    }

    /// Whether the block waits here.
    pub(super) fn contains(&self, hash: &Hash, height: Height) -> bool {
        self.waiting.contains_key(&(height, *hash))
    }

    /// Forgets blocks at or below a height that is final.
    pub(super) fn forget_to(&mut self, height: Height) {
        self.waiting.retain(|(at, _), _| *at > height);
        self.bytes = self.waiting.values().map(bytes_of).sum();
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// What a block takes in memory, roughly.
fn bytes_of(block: &Incoming) -> usize {
    let body: usize = block.body.iter().map(Verified::bytes).sum();
    let proof = block.justification.as_ref().map_or(0, Vec::len);
    HEADER_BYTES.saturating_add(body).saturating_add(proof)
}

/// An announcement some of whose transactions were asked for. Whoever passed it on may hold them back, so others are asked
/// after a while.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Partial {
    pub(super) from: Peer,
    pub(super) message: MessageId,
    pub(super) announcement: Box<BlockAnnouncement>,
    pub(super) claim: CheckedClaim,
    /// Who was asked last, and when the next one is.
    pub(super) asked: Peer,
    pub(super) next_at: Option<Millis>,
    /// How many were asked.
    pub(super) tries: u8,
    pub(super) found: Vec<Option<Verified<SignedTransaction>>>,
}

impl Partial {
    /// Positions of the transactions that are not here.
    pub(super) fn missing(&self) -> Vec<u32> {
        let places = self.found.iter().enumerate().filter(|(_, one)| one.is_none());
        places.filter_map(|(position, _)| u32::try_from(position).ok()).collect()
    }
}
