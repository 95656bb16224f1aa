//! Blocks whose parent is not here yet, and announcements whose transactions are not.
//!
//! # Bounds
//! At most [`ORPHANS_MAX`] blocks, [`ORPHANS_PER_PEER_MAX`] of one peer; the highest are dropped first, since those
//! are wanted last. At most [`PARTIALS_MAX`] announcements.

use super::input::{MessageId, Peer};
use crate::runtime::Verified;
use serin_network::message::BlockAnnouncement;
use serin_state::types::{Hash, Header, Height, SignedTransaction};
use std::collections::BTreeMap;

/// Most blocks without a parent.
pub(super) const ORPHANS_MAX: usize = 512;
/// Most of them from one peer.
const ORPHANS_PER_PEER_MAX: usize = 256;
/// Most announcements that wait for transactions.
pub(super) const PARTIALS_MAX: usize = 64;

/// A block on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Incoming {
    pub(super) from: Option<Peer>,
    pub(super) message: Option<MessageId>,
    pub(super) header: Header,
    pub(super) hash: Hash,
    pub(super) body: Vec<Verified<SignedTransaction>>,
    pub(super) justification: Option<Vec<u8>>,
}

/// Blocks that wait for their parents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Orphans {
    waiting: BTreeMap<(Height, Hash), Incoming>,
}

impl Orphans {
    /// Keeps a block, if there is room; the verdict of its message is given already.
    pub(super) fn insert(&mut self, mut block: Incoming) {
        block.message = None;
        let of_peer = self.waiting.values().filter(|other| other.from == block.from).count();
        if of_peer >= ORPHANS_PER_PEER_MAX {
            return;
        }
        self.waiting.insert((block.header.height(), block.hash), block);
        if self.waiting.len() > ORPHANS_MAX {
            self.waiting.pop_last();
        }
    }

    /// Takes the children of a block that came in.
    pub(super) fn take_children(&mut self, parent: &Hash, height: Height) -> Vec<Incoming> {
        let Some(next) = height.next() else { return Vec::new() };
        let range = (next, Hash::ZERO)..=(next, Hash([0xff; 32]));
        let found = self.waiting.range(range).filter(|(_, block)| block.header.parent() == *parent);
        let keys: Vec<_> = found.map(|(key, _)| *key).collect();
        keys.into_iter().filter_map(|key| self.waiting.remove(&key)).collect()
    }

    /// Whether the block waits here.
    pub(super) fn contains(&self, hash: &Hash, height: Height) -> bool {
        self.waiting.contains_key(&(height, *hash))
    }

    /// Forgets blocks at or below a height that is final.
    pub(super) fn forget_to(&mut self, height: Height) {
        self.waiting.retain(|(at, _), _| *at > height);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// An announcement some of whose transactions were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Partial {
    pub(super) from: Peer,
    pub(super) message: MessageId,
    pub(super) announcement: Box<BlockAnnouncement>,
    pub(super) found: Vec<Option<Verified<SignedTransaction>>>,
}
