//! The blocks of one run, and what of them a node has.
//!
//! All nodes share one list of blocks; a node's view is a set of positions in it and the block that is final there. A
//! block knows its ancestors as a set of positions, so that questions about chains cost a few instructions.
//!
//! # Invariants
//! 1. A block stands behind its parent: of two shared ancestors the one further behind is the higher one.
//! 2. A view holds the ancestors of its final block and descendants of it, nothing else.
//!
//! # Bounds
//! At most [`BLOCKS_MAX`] blocks a run.

use serin_consensus::finality::voter::VoterChain;
use serin_consensus::finality::{Ancestry, BlockRef, VoterSet};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, Signature, UnsealedHeader,
};
use std::collections::BTreeMap;

/// Most blocks of a run: the width of a set of positions.
pub(super) const BLOCKS_MAX: usize = 128;

/// Positions in the list.
pub(super) type Positions = u128;

/// One block.
#[derive(Clone, Debug)]
struct Block {
    header: Header,
    name: BlockRef,
    parent: usize,
    /// Itself and everything below.
    chain: Positions,
    /// The set that votes once this block is final.
    set: VoterSet,
    announces: bool,
}

/// All blocks of a run; the first one is genesis.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    genesis: Block,
    /// Genesis included.
    list: Vec<Block>,
    by_hash: BTreeMap<Hash, usize>,
}

/// What a node has.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    known: Positions,
    /// Position of the final block.
    last: usize,
}

/// The blocks as one node sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) blocks: &'a Blocks,
    pub(super) view: View,
}

fn bit(position: usize) -> Positions {
    1_u128.rotate_left(u32::try_from(position).unwrap_or(0))
}

fn header(parent: Hash, height: Height, tag: u64, set: Option<&VoterSet>) -> Header {
    let next_set = set.map(|set| set.voters().to_vec());
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(1),
        parent,
        height,
        claim: None,
        body_root: Hash::of(&tag.to_le_bytes()),
        state_root: Hash::ZERO,
        outcome_root: Hash::ZERO,
        announcements: Announcements { next_epoch: None, next_set },
    };
    Header { unsealed, seal: Signature([0; 64]) }
}

impl Blocks {
    /// Genesis alone, from which `set` votes.
    pub(super) fn new(set: VoterSet) -> Self {
        let header = header(Hash::ZERO, Height::ZERO, 0, None);
        let name = BlockRef { hash: header.hash(), height: Height::ZERO };
        let genesis = Block { header, name, parent: 0, chain: bit(0), set, announces: false };
        let list = vec![genesis.clone()];
        Self { genesis, list, by_hash: BTreeMap::from([(name.hash, 0)]) }
    }

    /// Whether another block may be made.
    pub(super) fn has_room(&self) -> bool {
        self.list.len() < BLOCKS_MAX
    }

    /// A new block on `parent`, which announces `set` if one is given.
    pub(super) fn grow(&mut self, parent: usize, set: Option<VoterSet>) -> usize {
        let position = self.list.len();
        assert!(position < BLOCKS_MAX, "invariant(blocks): the caller asked for room");
        let below = self.at(parent);
        let height = below.name.height.saturating_add(1);
        let tag = u64::try_from(position).unwrap_or(u64::MAX);
        let header = header(below.name.hash, height, tag, set.as_ref());
        let name = BlockRef { hash: header.hash(), height };
        let announces = set.is_some();
        let set = set.unwrap_or_else(|| below.set.clone());
        let chain = below.chain | bit(position);
        self.list.push(Block { header, name, parent, chain, set, announces });
        self.by_hash.insert(name.hash, position);
        position
    }

    fn at(&self, position: usize) -> &Block {
        self.list.get(position).unwrap_or(&self.genesis)
    }

    /// Position of a block of the run.
    pub(super) fn position(&self, hash: &Hash) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    /// Hash and height.
    pub(super) fn name(&self, position: usize) -> BlockRef {
        self.at(position).name
    }

    /// Position of the parent; genesis is its own.
    pub(super) fn parent(&self, position: usize) -> usize {
        self.at(position).parent
    }

    /// The set that votes once the block is final.
    pub(super) fn set_after(&self, position: usize) -> &VoterSet {
        &self.at(position).set
    }

    /// Whether the block announces a set.
    pub(super) fn announces(&self, position: usize) -> bool {
        self.at(position).announces
    }

    /// Whether `set` took over on the way to the block, below it.
    pub(super) fn leads_from(&self, set: &VoterSet, position: usize) -> bool {
        let mut at = position;
        while at != 0 {
            at = self.parent(at);
            if self.set_after(at) == set {
                return true;
            }
        }
        false
    }

    /// Whether `block` is `base` or descends from it.
    pub(super) fn descends(&self, base: usize, block: usize) -> bool {
        self.at(block).chain & bit(base) != 0
    }

    /// Whether neither descends from the other.
    pub(super) fn conflict(&self, one: usize, other: usize) -> bool {
        !self.descends(one, other) && !self.descends(other, one)
    }

    /// The last block that both chains share.
    pub(super) fn shared(&self, one: usize, other: usize) -> usize {
        let both = self.at(one).chain & self.at(other).chain;
        usize::try_from(both.checked_ilog2().unwrap_or(0)).unwrap_or(0)
    }

    /// The ancestor so many blocks below, genesis at the latest.
    pub(super) fn below(&self, position: usize, blocks: u64) -> usize {
        (0..blocks).fold(position, |at, _| self.parent(at))
    }

    /// All headers, parents first.
    pub(super) fn headers(&self) -> impl Iterator<Item = &Header> {
        self.list.iter().map(|block| &block.header)
    }
}

impl View {
    /// Genesis alone.
    pub(super) fn new() -> Self {
        Self { known: bit(0), last: 0 }
    }

    /// Position of the final block.
    pub(super) const fn last(self) -> usize {
        self.last
    }

    pub(super) fn has(self, position: usize) -> bool {
        self.known & bit(position) != 0
    }

    /// Adds a block; false where its parent is missing or lost to finality.
    pub(super) fn insert(&mut self, blocks: &Blocks, position: usize) -> bool {
        let parent = blocks.parent(position);
        let follows = self.has(parent) && blocks.descends(self.last, parent);
        if follows {
            self.known |= bit(position);
        }
        follows
    }

    /// Makes a block final that the view has, and drops what lost.
    pub(super) fn finalize(&mut self, blocks: &Blocks, position: usize) {
        assert!(blocks.descends(self.last, position), "invariant(finality): it only rises");
        self.last = position;
        let kept = (0..blocks.list.len())
            .filter(|at| self.has(*at) && !blocks.conflict(*at, position))
            .fold(0, |known, at| known | bit(at));
        self.known = kept;
    }

    /// Every block of the view, parents first.
    pub(super) fn positions(self) -> impl Iterator<Item = usize> {
        (0..BLOCKS_MAX).filter(move |position| self.has(*position))
    }

    /// The longest chain with `base` on it, then the lower hash.
    pub(super) fn best(self, blocks: &Blocks, base: usize) -> usize {
        let heads =
            (base..blocks.list.len()).filter(|at| self.has(*at) && blocks.descends(base, *at));
        let rank = |at: &usize| {
            let name = blocks.name(*at);
            (name.height, core::cmp::Reverse(name.hash))
        };
        heads.max_by_key(rank).unwrap_or(base)
    }
}

impl Seen<'_> {
    fn position(&self, hash: &Hash) -> Option<usize> {
        self.blocks.position(hash).filter(|position| self.view.has(*position))
    }
}

impl Ancestry for Seen<'_> {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.position(block).map(|position| self.blocks.name(position).height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let shared = self.blocks.shared(self.position(one)?, self.position(other)?);
        Some(self.blocks.name(shared))
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let position = self.position(block)?;
        let above = self.blocks.name(position).height.0.checked_sub(height.0)?;
        Some(self.blocks.name(self.blocks.below(position, u64::from(above))))
    }
}

impl VoterChain for Seen<'_> {
    fn knows(&self, block: &BlockRef) -> bool {
        self.height(&block.hash) == Some(block.height)
    }

    fn best_containing(&self, base: &BlockRef) -> Option<BlockRef> {
        let base = self.position(&base.hash)?;
        Some(self.blocks.name(self.view.best(self.blocks, base)))
    }

    fn vote_limit(&self, target: &BlockRef) -> BlockRef {
        let mut limit = *target;
        let Some(mut at) = self.position(&target.hash) else { return limit };
        while at != self.view.last() && self.blocks.descends(self.view.last(), at) {
            if self.blocks.announces(at) {
                limit = self.blocks.name(at);
            }
            at = self.blocks.parent(at);
        }
        limit
    }

    fn header(&self, hash: &Hash) -> Option<Header> {
        self.position(hash).map(|position| self.blocks.at(position).header.clone())
    }
}
