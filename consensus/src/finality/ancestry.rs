//! What a round asks about blocks: where one chain leaves another.
//!
//! The core's block tree answers; tests answer from a drawing. Only blocks that are known are asked about: a vote
//! for an unknown block waits with its caller.

use super::BlockRef;
use crate::chain::BlockTree;
use serin_state::mutant::Mutant;
use serin_state::types::{Hash, Height};

/// Places blocks on their chains.
pub trait Ancestry {
    /// Height of a known block.
    fn height(&self, block: &Hash) -> Option<Height>;

    /// The last block that both chains share: `one` itself where `other` descends from it. `None` where either is unknown.
    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef>;

    /// The ancestor of `block` at `height`, `block` itself at its own height; `None` above it or where
    /// the chain is not kept that far down.
    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef>;

    /// Whether `block` is `base` or descends from it; false where either is unknown.
    fn is_descendant(&self, base: &Hash, block: &Hash) -> bool {
        self.common_ancestor(base, block).is_some_and(|common| common.hash == *base)
    }
}

/// Places the blocks at and above the final one.
impl<M: Mutant> Ancestry for BlockTree<M> {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.get(block).map(|block| block.height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        Self::common_ancestor(self, one, other)
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        Self::ancestor_at(self, block, height)
    }
}
