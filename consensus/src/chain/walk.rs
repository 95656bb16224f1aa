//! Walking the tree: ancestors, paths, the best head above a block.
//!
//! Every block points to its parent and to one ancestor further down, at a height that depends on
//! its own height alone. Taking the far pointer whenever it does not overshoot finds any ancestor in
//! O(log n) steps. Pointers below the final block lead nowhere, but no walk follows them: what is
//! looked for lies at or above it.

use super::{BlockTree, TreeBlock, tree::Node};
use crate::finality::BlockRef;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{Hash, Height};

/// The height of the far ancestor of a block at `height`: for an even height clear the lowest set
/// bit; for an odd one, clear the two lowest set bits of the height below and add one.
pub(super) const fn skip_height(height: Height) -> Height {
    const fn clear_lowest_bit(number: u32) -> u32 {
        number & number.wrapping_sub(1)
    }
    match height.0 {
        0 | 1 => Height::ZERO,
        even if even.is_multiple_of(2) => Height(clear_lowest_bit(even)),
        odd => Height(clear_lowest_bit(clear_lowest_bit(odd.wrapping_sub(1))).saturating_add(1)),
    }
}

/// The next block on the way from `node` down to its ancestor at `height`.
pub(super) fn step_down(node: &Node, height: Height) -> Hash {
    match node.skip {
        Some(skip) if skip.height >= height => skip.hash,
        _ => node.block.parent,
    }
}

impl<M: Mutant> BlockTree<M> {
    /// The ancestor of `block` at `height`, `block` itself included; `None` where that lies above
    /// it, below the final block, or `block` is not in the tree.
    #[must_use]
    pub fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        if height < self.root().height {
            return None;
        }
        let mut node = self.nodes.get(block)?;
        if node.block.height < height {
            return None;
        }
        while node.block.height > height {
            node = self.nodes.get(&step_down(node, height))?;
        }
        Some(node.block.reference())
    }

    /// Whether `block` is `base` or descends from it; both must be in the tree.
    #[must_use]
    pub fn is_descendant(&self, base: &Hash, block: &Hash) -> bool {
        self.get(base).is_some_and(|base| {
            self.ancestor_at(block, base.height).is_some_and(|found| found.hash == base.hash)
        })
    }

    /// The highest block that both are or descend from; `None` where one is not in the tree.
    #[must_use]
    pub fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        if one == other {
            return self.get(one).map(TreeBlock::reference);
        }
        let lower = self.get(one)?.height.min(self.get(other)?.height);
        let (mut high, mut low) = (lower, self.root().height);
        // The ancestors are equal up to some height and differ above it: search that height.
        while low < high {
            let middle = Height(high.0.saturating_sub(high.since(low).div_euclid(2)));
            if self.ancestor_at(one, middle) == self.ancestor_at(other, middle) {
                low = middle;
            } else {
                high = middle.saturating_sub(1);
            }
        }
        self.ancestor_at(one, low)
    }

    /// The blocks above `base` up to `block`, upwards; empty where they are the same, `None` where
    /// `block` does not descend from `base`.
    #[must_use]
    pub fn path(&self, base: &Hash, block: &Hash) -> Option<Vec<BlockRef>> {
        if !self.is_descendant(base, block) {
            return None;
        }
        let mut path = Vec::new();
        let mut hash = *block;
        while hash != *base {
            let node = self.nodes.get(&hash)?;
            path.push(node.block.reference());
            hash = node.block.parent;
        }
        path.reverse();
        Some(path)
    }

    /// The best head among the descendants of `block`, `block` included; `None` where it is not in
    /// the tree.
    #[must_use]
    pub fn best_containing(&self, block: &Hash) -> Option<BlockRef> {
        let above = self.is_descendant(block, &self.head().hash);
        if above || self.mutant().has(Mutation::FC06) {
            return Some(self.head());
        }
        let mut best = self.get(block)?.reference();
        let mut open = vec![*block];
        while let Some(hash) = open.pop() {
            let node = self.nodes.get(&hash)?;
            if self.rank_of(&hash) > self.rank_of(&best.hash) {
                best = node.block.reference();
            }
            open.extend_from_slice(&node.children);
        }
        Some(best)
    }
}
