//! The tree of blocks above the final one: insert, finalise, and what that changes.
//!
//! ```text
//!            +-- b2 --- b3      head: most primary blocks, then longest, then lower lottery value
//!   final ---+
//!            +-- c2             dropped when b2 is final
//! ```
//!
//! # Inputs and outputs
//! [`BlockTree::insert`] and [`BlockTree::finalize`] return what changed: blocks that left and joined
//! the best chain, blocks that became final, blocks that lost.
//!
//! # Invariants
//! 1. Every block of the tree descends from the final block, which is in the tree.
//! 2. The head is the best of all blocks; it has no children.
//! 3. Nothing ever moves the final block other than to one of its descendants.
//!
//! # Bounds
//! At most [`BLOCKS_MAX`] blocks. A full tree refuses; [`BlockTree::drop_highest_leaf`] makes room
//! where there are forks, and where there are none, finality lags by [`BLOCKS_MAX`] blocks and the
//! node has to stop importing until it moves. Finding an ancestor takes O(log n) steps;
//! finality costs what it finalises and drops.

use super::order::{Rank, Standing, rank};
use crate::{finality::BlockRef, rules::ChainRules, verdict::Verdict};
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{ClaimKind, Hash, Height, Slot};
use std::collections::BTreeMap;

/// Most blocks of a tree, the final one included: twice the 4,096 above which state layers are
/// merged. A block takes about 300 bytes here.
pub const BLOCKS_MAX: usize = 8_192;

/// A block as the tree sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TreeBlock {
    /// Its name.
    pub hash: Hash,
    /// Its parent.
    pub parent: Hash,
    /// One above the parent's.
    pub height: Height,
    /// Above the parent's.
    pub slot: Slot,
    /// Primary blocks add one to the weight of a chain.
    pub kind: ClaimKind,
    /// Its lottery value.
    pub score: u128,
}

impl TreeBlock {
    /// Hash and height.
    #[must_use]
    pub const fn reference(&self) -> BlockRef {
        BlockRef { hash: self.hash, height: self.height }
    }
}

/// How the best chain changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadChange {
    /// Left the best chain, from the old head downwards.
    pub retracted: Vec<BlockRef>,
    /// Joined it, upwards to the new head.
    pub enacted: Vec<BlockRef>,
}

/// What a new final block changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Became final, upwards.
    pub finalized: Vec<BlockRef>,
    /// Were removed because they do not descend from the final block, in order of insertion.
    pub dropped: Vec<BlockRef>,
    /// Where the old head was among the dropped.
    pub head_change: Option<HeadChange>,
}

/// Why the tree did not take a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The block is in the tree.
    #[error("the block is in the tree")]
    Known,
    /// The parent is not in the tree: not known yet, or it does not descend from the final block.
    #[error("the parent is not in the tree")]
    UnknownParent,
    /// The block to make final is not in the tree.
    #[error("the block is not in the tree")]
    UnknownBlock,
    /// The height is not one above the parent's, or the slot not above it.
    #[error("height or slot do not follow the parent's")]
    NotNext,
    /// There are [`BLOCKS_MAX`] blocks.
    #[error("the tree is full: finality lags too far")]
    Full,
}

impl TreeError {
    /// The one place that maps refusals to reactions.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::UnknownParent | Self::UnknownBlock | Self::Full => Verdict::Retry,
            Self::Known => Verdict::Ignore,
            Self::NotNext => Verdict::Punish,
        }
    }
}

/// A block that made room for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The block.
    pub block: BlockRef,
    /// Where it was the head: what is now.
    pub head_change: Option<HeadChange>,
}

/// A block in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) block: TreeBlock,
    /// Primary blocks from the block that the tree began with up to this one.
    primaries: u64,
    /// How many blocks were inserted before it.
    sequence: u64,
    /// In order of insertion.
    pub(super) children: Vec<Hash>,
    /// An ancestor further down, at [`super::walk::skip_height`], where the tree had one.
    pub(super) skip: Option<BlockRef>,
}

/// The blocks above the final one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlockTree<M = Standard> {
    rules: ChainRules<M>,
    pub(super) nodes: BTreeMap<Hash, Node>,
    order: BTreeMap<u64, Hash>,
    inserted: u64,
    root: BlockRef,
    head: BlockRef,
}

impl<M: Mutant> BlockTree<M> {
    /// A tree of the final block alone.
    #[must_use]
    pub fn new(rules: ChainRules<M>, root: TreeBlock) -> Self {
        let reference = root.reference();
        let node =
            Node { block: root, primaries: 0, sequence: 0, children: Vec::new(), skip: None };
        Self {
            rules,
            nodes: BTreeMap::from([(root.hash, node)]),
            order: BTreeMap::from([(0, root.hash)]),
            inserted: 1,
            root: reference,
            head: reference,
        }
    }

    /// The seeded bug in here: none outside the simulator.
    #[must_use]
    pub const fn mutant(&self) -> M {
        self.rules.mutant
    }

    /// The final block.
    #[must_use]
    pub const fn root(&self) -> BlockRef {
        self.root
    }

    /// The best block.
    #[must_use]
    pub const fn head(&self) -> BlockRef {
        self.head
    }

    /// How many blocks there are, the final one included: never zero.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "the final block is always there")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the block is in the tree.
    #[must_use]
    pub fn contains(&self, hash: &Hash) -> bool {
        self.nodes.contains_key(hash)
    }

    /// A block of the tree.
    #[must_use]
    pub fn get(&self, hash: &Hash) -> Option<&TreeBlock> {
        self.nodes.get(hash).map(|node| &node.block)
    }

    /// The children of a block, in order of insertion.
    #[must_use]
    pub fn children(&self, hash: &Hash) -> &[Hash] {
        self.nodes.get(hash).map_or(&[], |node| &node.children)
    }

    /// All blocks in order of insertion: parents before children.
    pub fn iter(&self) -> impl Iterator<Item = &TreeBlock> {
        self.order.values().filter_map(|hash| self.get(hash))
    }

    /// The blocks without children, in order of insertion.
    pub fn leaves(&self) -> impl Iterator<Item = &TreeBlock> {
        self.iter().filter(|block| self.children(&block.hash).is_empty())
    }

    /// Adds a block; `Some` where it is the new head.
    ///
    /// # Errors
    /// See [`TreeError`]; nothing changes.
    pub fn insert(&mut self, block: TreeBlock) -> Result<Option<HeadChange>, TreeError> {
        if self.contains(&block.hash) {
            return Err(TreeError::Known);
        }
        let parent = self.nodes.get(&block.parent).ok_or(TreeError::UnknownParent)?;
        let follows =
            parent.block.height.next() == Some(block.height) && block.slot > parent.block.slot;
        if !follows {
            return Err(TreeError::NotNext);
        }
        if self.nodes.len() >= BLOCKS_MAX {
            return Err(TreeError::Full);
        }
        let won = u64::from(block.kind == ClaimKind::Primary);
        let primaries = parent.primaries.saturating_add(won);
        let skip = self.ancestor_at(&block.parent, super::walk::skip_height(block.height));
        let node = Node { block, primaries, sequence: self.inserted, children: Vec::new(), skip };
        self.order.insert(self.inserted, block.hash);
        self.inserted = self.inserted.saturating_add(1);
        self.nodes.insert(block.hash, node);
        if let Some(parent) = self.nodes.get_mut(&block.parent) {
            parent.children.push(block.hash);
        }
        let better = self.rank_of(&block.hash) > self.rank_of(&self.head.hash);
        Ok(better.then(|| self.set_head(block.reference())))
    }

    /// Makes a block and all its ancestors final, and drops what does not descend from it.
    ///
    /// # Errors
    /// [`TreeError::UnknownBlock`]; nothing changes. A block below the final one is never in the tree.
    pub fn finalize(&mut self, hash: &Hash) -> Result<Pruned, TreeError> {
        let root = self.get(hash).ok_or(TreeError::UnknownBlock)?.reference();
        let finalized = self.path(&self.root.hash, hash).unwrap_or_default();
        if finalized.is_empty() {
            return Ok(Pruned::default());
        }
        let best = if self.rules.mutant.has(Mutation::FC01) {
            self.head
        } else {
            self.best_containing(hash).unwrap_or(root)
        };
        let head_change = (best != self.head).then(|| self.set_head(best));
        let dropped = self.remove_beside(&finalized);
        for block in [self.root].iter().chain(&finalized).filter(|block| **block != root) {
            self.remove(&block.hash);
        }
        self.root = root;
        assert!(self.contains(&self.head.hash), "invariant(head): the head is in the tree");
        assert!(self.contains(&self.root.hash), "invariant(final): the final block is in the tree");
        Ok(Pruned { finalized, dropped, head_change })
    }

    /// Makes room in a full tree for a block at `height` on `parent`: drops the highest block without children,
    /// if it lies above `height`. So a full tree holds the lowest blocks of all forks: finality has to come to those
    /// first, and a fork that somebody makes as long as he likes keeps no other one out.
    ///
    /// Nothing where there is none. A parent lies below its child, so it is never dropped.
    pub fn drop_highest_leaf(&mut self, height: Height) -> Option<Dropped> {
        let highest = self.leaves().filter(|leaf| leaf.height > height);
        let leaf = highest.max_by_key(|leaf| leaf.height)?.reference();
        let head_change = (leaf == self.head).then(|| {
            let others = self.nodes.keys().filter(|hash| **hash != leaf.hash);
            let best = others.max_by_key(|hash| self.rank_of(hash)).copied();
            let best = best.and_then(|hash| self.get(&hash)).map(TreeBlock::reference);
            self.set_head(best.unwrap_or(self.root))
        });
        self.remove(&leaf.hash);
        assert!(self.contains(&self.head.hash), "invariant(head): the head is in the tree");
        Some(Dropped { block: leaf, head_change })
    }

    /// Removes all blocks that branch off from the root or from `path`, which rises from the root,
    /// below its last block. Returns them in order of insertion.
    fn remove_beside(&mut self, path: &[BlockRef]) -> Vec<BlockRef> {
        let mut open = Vec::new();
        let mut below = self.root.hash;
        for on_path in path {
            let beside = |child: &&Hash| **child != on_path.hash;
            open.extend(self.children(&below).iter().filter(beside).copied());
            below = on_path.hash;
        }
        let mut removed = BTreeMap::new();
        while let Some(hash) = open.pop() {
            if let Some(node) = self.nodes.get(&hash) {
                removed.insert(node.sequence, node.block.reference());
                open.extend_from_slice(&node.children);
            }
        }
        for block in removed.values() {
            self.remove(&block.hash);
        }
        removed.into_values().collect()
    }

    fn remove(&mut self, hash: &Hash) {
        if let Some(node) = self.nodes.remove(hash) {
            self.order.remove(&node.sequence);
            if let Some(parent) = self.nodes.get_mut(&node.block.parent) {
                parent.children.retain(|child| child != hash);
            }
        }
    }

    pub(super) fn rank_of(&self, hash: &Hash) -> Option<Rank> {
        let node = self.nodes.get(hash)?;
        let standing = Standing {
            primaries: node.primaries,
            height: node.block.height,
            score: node.block.score,
            hash: node.block.hash,
            sequence: node.sequence,
        };
        Some(rank(&self.rules, &standing))
    }

    fn set_head(&mut self, head: BlockRef) -> HeadChange {
        let old = core::mem::replace(&mut self.head, head);
        if self.get(&head.hash).is_some_and(|block| block.parent == old.hash) {
            return HeadChange { retracted: Vec::new(), enacted: vec![head] };
        }
        let fork = self.common_ancestor(&old.hash, &head.hash).unwrap_or(self.root);
        let mut retracted = self.path(&fork.hash, &old.hash).unwrap_or_default();
        retracted.reverse();
        let enacted = self.path(&fork.hash, &head.hash).unwrap_or_default();
        HeadChange { retracted, enacted }
    }
}

#[cfg(test)]
mod tests;
