//! The chain as the voter sees it: the block tree above the final block, and the last final blocks below it.
//!
//! Invariant: what lies at or below the tree's root is final and on one chain, so a final block is an ancestor of every
//! unfinalised one. Bounds: the tree's, and the headers of the last final blocks below it.

use serin_consensus::chain::BlockTree;
use serin_consensus::finality::voter::VoterChain;
use serin_consensus::finality::{Ancestry, BlockRef};
use serin_consensus::leader::Session;
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{Hash, Header, Height, ProtocolVersion};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Final blocks below the last one that votes may still name.
pub(super) const FINAL_KEPT: usize = 1_024;

/// An executed block: what its children and voters ask about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Executed {
    pub(super) header: Arc<Header>,
    pub(super) session: Arc<Session>,
    /// Which its children follow.
    pub(super) version: ProtocolVersion,
}

/// All executed blocks that are not final, the final one, and the headers of some before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Blocks<M = Standard> {
    pub(super) tree: BlockTree<M>,
    pub(super) executed: BTreeMap<Hash, Executed>,
    /// Final blocks before the root of the tree, the highest last.
    pub(super) final_before: VecDeque<BlockRef>,
    final_headers: BTreeMap<Hash, Arc<Header>>,
}

impl<M: Mutant> Blocks<M> {
    pub(super) fn new(tree: BlockTree<M>, root: Executed) -> Self {
        let hash = tree.root().hash;
        Self {
            tree,
            executed: BTreeMap::from([(hash, root)]),
            final_before: VecDeque::new(),
            final_headers: BTreeMap::new(),
        }
    }

    /// Remembers a final block that lies below the root.
    pub(super) fn note_final(&mut self, block: BlockRef, header: Arc<Header>) {
        self.final_before.push_back(block);
        self.final_headers.insert(block.hash, header);
        if self.final_before.len() > FINAL_KEPT
            && let Some(oldest) = self.final_before.pop_front()
        {
            self.final_headers.remove(&oldest.hash);
        }
    }

    /// A final block at a height at or below the root's.
    pub(super) fn final_at(&self, height: Height) -> Option<BlockRef> {
        let root = self.tree.root();
        if height == root.height {
            return Some(root);
        }
        let back = usize::try_from(root.height.since(height)).ok()?;
        let index = self.final_before.len().checked_sub(back)?;
        self.final_before.get(index).copied().filter(|block| block.height == height)
    }

    fn final_block(&self, hash: &Hash) -> Option<BlockRef> {
        let height = self.final_headers.get(hash)?.height();
        Some(BlockRef { hash: *hash, height })
    }

    /// Whether the block announces a voter set.
    fn announces_set(&self, hash: &Hash) -> bool {
        let block = self.executed.get(hash);
        block.is_some_and(|block| block.header.unsealed.announcements.next_set.is_some())
    }
}

impl<M: Mutant> Ancestry for Blocks<M> {
    fn height(&self, block: &Hash) -> Option<Height> {
        let open = self.tree.get(block).map(|block| block.height);
        open.or_else(|| self.final_block(block).map(|block| block.height))
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        // Most questions are about the open blocks and the root: one look at the tree.
        if let Some(found) = self.tree.common_ancestor(one, other) {
            return Some(found);
        }
        match (self.final_block(one), self.final_block(other)) {
            (None, None) => None,
            (Some(one), Some(other)) => Some(if one.height <= other.height { one } else { other }),
            (Some(below), None) => self.tree.contains(other).then_some(below),
            (None, Some(below)) => self.tree.contains(one).then_some(below),
        }
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let own = self.height(block)?;
        if height > own {
            return None;
        }
        if height > self.tree.root().height {
            return self.tree.ancestor_at(block, height);
        }
        self.final_at(height)
    }
}

impl<M: Mutant> VoterChain for Blocks<M> {
    fn knows(&self, block: &BlockRef) -> bool {
        self.height(&block.hash) == Some(block.height)
    }

    fn best_containing(&self, base: &BlockRef) -> Option<BlockRef> {
        if self.final_block(&base.hash).is_some() {
            return Some(self.tree.head());
        }
        self.tree.best_containing(&base.hash)
    }

    fn vote_limit(&self, target: &BlockRef) -> BlockRef {
        let root = self.tree.root();
        let path = self.tree.path(&root.hash, &target.hash).unwrap_or_default();
        let unfinal = path.into_iter().filter(|block| block.height > root.height);
        let mut announcing = unfinal.into_iter().filter(|block| self.announces_set(&block.hash));
        let first = match self.tree.mutant() {
            mutant if mutant.has(Mutation::AS05) => None,
            mutant if mutant.has(Mutation::AS08) => announcing.last(),
            _ => announcing.next(),
        };
        first.filter(|limit| limit.height < target.height).unwrap_or(*target)
    }

    fn header(&self, hash: &Hash) -> Option<Header> {
        let open = self.executed.get(hash).map(|block| &block.header);
        open.or_else(|| self.final_headers.get(hash)).map(|header| Header::clone(header))
    }
}
