//! The blocks of the model: every tree of up to three blocks on genesis, and how a voter sees it.
//!
//! Blocks are named by their position; genesis is 0. Every voter has all blocks; which of them it takes for its head is
//! the search's to choose.
//!
//! Bounds: [`BLOCKS_MAX`] blocks beside genesis.

use serin_consensus::finality::voter::VoterChain;
use serin_consensus::finality::{Ancestry, BlockRef};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, Signature, UnsealedHeader,
};

/// Blocks beside genesis.
pub(super) const BLOCKS_MAX: usize = 3;

/// A block by position.
pub(super) type At = usize;

/// For each tree the parent of each block, from the first on. There are no others up to isomorphism.
const SHAPES: [(&str, &[At]); 7] = [
    ("A", &[0]),
    ("A <- B", &[0, 1]),
    ("A, B", &[0, 0]),
    ("A <- B <- C", &[0, 1, 2]),
    ("A <- B, A <- C", &[0, 1, 1]),
    ("A <- B, C", &[0, 1, 0]),
    ("A, B, C", &[0, 0, 0]),
];

/// A tree of blocks.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) name: &'static str,
    /// Header, name, and positions from the block down to genesis.
    list: Vec<(Header, BlockRef, Vec<At>)>,
}

impl Tree {
    /// Every tree, small ones first.
    pub(super) fn all() -> Vec<Self> {
        SHAPES.iter().map(|(name, parents)| Self::new(name, parents)).collect()
    }

    fn new(name: &'static str, parents: &[At]) -> Self {
        let genesis = header(Hash::ZERO, Height::ZERO, 0);
        let at = BlockRef { hash: genesis.hash(), height: Height::ZERO };
        let mut list = vec![(genesis, at, vec![0])];
        for (index, parent) in parents.iter().enumerate() {
            let position = index.saturating_add(1);
            let (below, way) =
                list.get(*parent).map_or((at, Vec::new()), |(_, below, way)| (*below, way.clone()));
            let made = header(below.hash, below.height.saturating_add(1), position);
            let name = BlockRef { hash: made.hash(), height: made.height() };
            let way = std::iter::once(position).chain(way).collect();
            list.push((made, name, way));
        }
        Self { name, list }
    }

    /// Blocks beside genesis.
    pub(super) fn blocks(&self) -> usize {
        self.list.len().saturating_sub(1)
    }

    /// All positions, genesis first.
    pub(super) fn positions(&self) -> impl Iterator<Item = At> + use<> {
        0..self.list.len()
    }

    /// Hash and height.
    pub(super) fn name(&self, at: At) -> BlockRef {
        self.list
            .get(at)
            .map_or(BlockRef { hash: Hash::ZERO, height: Height::ZERO }, |block| block.1)
    }

    /// Position of a block.
    pub(super) fn position(&self, hash: &Hash) -> Option<At> {
        self.list.iter().position(|(_, name, _)| name.hash == *hash)
    }

    fn way(&self, at: At) -> &[At] {
        self.list.get(at).map_or(&[], |(_, _, way)| way)
    }

    /// Whether `block` is `base` or descends from it.
    pub(super) fn descends(&self, base: At, block: At) -> bool {
        self.way(block).contains(&base)
    }

    /// Whether neither descends from the other.
    pub(super) fn conflict(&self, one: At, other: At) -> bool {
        !self.descends(one, other) && !self.descends(other, one)
    }

    /// The header of a block.
    pub(super) fn header(&self, hash: &Hash) -> Option<Header> {
        self.list.iter().find(|(_, name, _)| name.hash == *hash).map(|block| block.0.clone())
    }
}

/// What people call a block: G for genesis, then letters.
pub(super) const fn letter(at: At) -> &'static str {
    match at {
        0 => "genesis",
        1 => "A",
        2 => "B",
        _ => "C",
    }
}

fn header(parent: Hash, height: Height, tag: At) -> Header {
    let tag = u64::try_from(tag).unwrap_or(u64::MAX);
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(1),
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

/// The tree as a voter sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) tree: &'a Tree,
    /// What it takes for its head.
    pub(super) head: At,
    /// What is final for it.
    pub(super) last: At,
}

impl Ancestry for Sight<'_> {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.tree.position(block).map(|at| self.tree.name(at).height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let (one, other) = (self.tree.position(one)?, self.tree.position(other)?);
        let shared = self.tree.way(one).iter().find(|at| self.tree.descends(**at, other))?;
        Some(self.tree.name(*shared))
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let way = self.tree.way(self.tree.position(block)?);
        way.iter().map(|at| self.tree.name(*at)).find(|name| name.height == height)
    }
}

impl VoterChain for Sight<'_> {
    fn knows(&self, block: &BlockRef) -> bool {
        self.tree
            .position(&block.hash)
            .is_some_and(|at| self.tree.name(at) == *block && !self.tree.conflict(self.last, at))
    }

    fn best_containing(&self, base: &BlockRef) -> Option<BlockRef> {
        let at = self.tree.position(&base.hash)?;
        if self.tree.conflict(self.last, at) {
            return None;
        }
        let head = if self.tree.descends(at, self.head) && !self.tree.conflict(self.last, self.head)
        {
            self.head
        } else {
            at
        };
        Some(self.tree.name(head))
    }

    fn vote_limit(&self, target: &BlockRef) -> BlockRef {
        *target
    }

    fn header(&self, hash: &Hash) -> Option<Header> {
        self.tree.header(hash)
    }
}
