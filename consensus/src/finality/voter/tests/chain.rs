//! A block tree for tests: the blocks a node has.
//!
//! The best chain is the longest, then the one with the lower hash, so that all nodes with the same
//! blocks agree. What lost to finality is gone; final blocks are kept as far down as the story
//! wants.

use super::super::VoterChain;
use crate::finality::{Ancestry, BlockRef};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, Signature, UnsealedHeader,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub(super) struct TestChain {
    headers: BTreeMap<Hash, Header>,
    pub(super) announcing: BTreeSet<BlockRef>,
    pub(super) last_final: BlockRef,
    /// No chain is found.
    pub(super) blind: bool,
}

fn make(parent: Hash, height: Height, tag: u64) -> Header {
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(2),
        parent,
        height,
        claim: None,
        body_root: Hash::of(&tag.to_le_bytes()),
        state_root: Hash::ZERO,
        outcome_root: Hash::ZERO,
        announcements: Announcements { next_epoch: None, next_set: None },
    };
    Header { unsealed, seal: Signature([0; 64]) }
}

/// A block on `parent`; blocks with other tags are others.
pub(super) fn header(parent: BlockRef, tag: u64) -> Header {
    make(parent.hash, parent.height.next().unwrap(), tag)
}

pub(super) fn reference(header: &Header) -> BlockRef {
    BlockRef { hash: header.hash(), height: header.height() }
}

pub(super) fn genesis() -> BlockRef {
    reference(&make(Hash::ZERO, Height::ZERO, 0))
}

impl TestChain {
    pub(super) fn new() -> Self {
        let genesis = make(Hash::ZERO, Height::ZERO, 0);
        Self {
            last_final: reference(&genesis),
            headers: BTreeMap::from([(genesis.hash(), genesis)]),
            announcing: BTreeSet::new(),
            blind: false,
        }
    }

    pub(super) fn contains(&self, block: &BlockRef) -> bool {
        self.headers.contains_key(&block.hash)
    }

    /// Adds a block; false where its parent is missing.
    pub(super) fn insert(&mut self, header: &Header) -> bool {
        let follows = self.headers.contains_key(&header.parent());
        if follows {
            self.headers.insert(header.hash(), header.clone());
        }
        follows
    }

    /// Adds a block on `parent` and names it.
    pub(super) fn grow(&mut self, parent: BlockRef, tag: u64) -> BlockRef {
        let header = header(parent, tag);
        assert!(self.insert(&header));
        reference(&header)
    }

    /// Loses a block.
    pub(super) fn forget(&mut self, block: BlockRef) -> Header {
        self.headers.remove(&block.hash).unwrap()
    }

    pub(super) fn descends(&self, base: &BlockRef, block: &BlockRef) -> bool {
        self.ancestor_at(&block.hash, base.height).as_ref() == Some(base)
    }

    /// Drops what lost, and final blocks more than `keep` below `block`.
    pub(super) fn finalize(&mut self, block: BlockRef, keep: u32) {
        self.last_final = block;
        let lowest = block.height.saturating_sub(keep);
        let stays = |header: &Header| {
            let one = reference(header);
            header.height() >= lowest
                && (self.descends(&block, &one) || self.descends(&one, &block))
        };
        let headers = self.headers.iter().filter(|(_, header)| stays(header));
        self.headers = headers.map(|(hash, header)| (*hash, header.clone())).collect();
    }

    /// The longest chain above `base`, then the lower hash.
    pub(super) fn best(&self, base: &BlockRef) -> Option<BlockRef> {
        let heads = self.headers.values().map(reference).filter(|block| self.descends(base, block));
        heads.max_by_key(|block| (block.height, core::cmp::Reverse(block.hash)))
    }

    /// Every block, parents first.
    pub(super) fn headers_in_order(&self) -> Vec<Header> {
        let mut headers: Vec<_> = self.headers.values().cloned().collect();
        headers.sort_by_key(Header::height);
        headers
    }
}

impl Ancestry for TestChain {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.headers.get(block).map(Header::height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let mut height = self.height(one)?.min(self.height(other)?);
        loop {
            let (left, right) = (self.ancestor_at(one, height)?, self.ancestor_at(other, height)?);
            if left == right {
                return Some(left);
            }
            height = height.previous()?;
        }
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let mut header = self.headers.get(block)?;
        while header.height() > height {
            header = self.headers.get(&header.parent())?;
        }
        (header.height() == height).then(|| reference(header))
    }
}

impl VoterChain for TestChain {
    fn knows(&self, block: &BlockRef) -> bool {
        self.height(&block.hash) == Some(block.height)
    }

    fn best_containing(&self, base: &BlockRef) -> Option<BlockRef> {
        if self.blind { None } else { self.best(base) }
    }

    fn vote_limit(&self, target: &BlockRef) -> BlockRef {
        let announced = self
            .announcing
            .iter()
            .filter(|block| block.height > self.last_final.height && self.descends(block, target));
        announced.min_by_key(|block| block.height).copied().unwrap_or(*target)
    }

    fn header(&self, hash: &Hash) -> Option<Header> {
        self.headers.get(hash).cloned()
    }
}
