//! The votes of one stage of a round, weighed: GHOST, and what can still win.
//!
//! Votes are kept by target. The weight of a block is that of the single votes at it or above it, and of every
//! equivocator, whose votes count for every block (GRANDPA paper, section 2.2). Along the chain of one target
//! this weight only changes where another target's chain leaves it, so questions cost O(k^2) for k targets.

use super::{Ancestry, BlockRef};
use std::collections::BTreeMap;

/// Weights of one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tally {
    /// Single votes by target.
    singles: BTreeMap<BlockRef, u64>,
    /// Sum of `singles`.
    single_weight: u64,
    /// Of voters with two different votes.
    equivocating: u64,
}

/// What decides in a set: total weight, and the weight that is a supermajority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Quorum {
    pub(super) total: u64,
    pub(super) threshold: u64,
}

impl Tally {
    /// Counts a first vote.
    pub(super) fn add(&mut self, target: BlockRef, weight: u64) {
        let entry = self.singles.entry(target).or_default();
        *entry = entry.saturating_add(weight);
        self.single_weight = self.single_weight.saturating_add(weight);
    }

    /// A voter whose single vote was for `target` voted again.
    pub(super) fn equivocate(&mut self, target: BlockRef, weight: u64) {
        if let Some(entry) = self.singles.get_mut(&target) {
            *entry = entry.saturating_sub(weight);
            if *entry == 0 {
                self.singles.remove(&target);
            }
        }
        self.single_weight = self.single_weight.saturating_sub(weight);
        self.equivocating = self.equivocating.saturating_add(weight);
    }

    /// Weight of everybody who voted.
    pub(super) const fn voted(&self) -> u64 {
        self.single_weight.saturating_add(self.equivocating)
    }

    /// How far up the chain of `target` single votes reach: heights where they leave it, highest first,
    /// with the weight that leaves there.
    fn supports<C: Ancestry>(&self, chain: &C, target: &BlockRef) -> Vec<(BlockRef, u64)> {
        let shared = |(other, weight): (&BlockRef, &u64)| {
            chain.common_ancestor(&target.hash, &other.hash).map(|block| (block, *weight))
        };
        let mut supports: Vec<_> = self.singles.iter().filter_map(shared).collect();
        supports.sort_unstable_by_key(|(block, _)| core::cmp::Reverse(block.height));
        supports
    }

    /// The highest block on the chain of `target` with a supermajority, equivocators included.
    pub(super) fn highest_with_quorum<C: Ancestry>(
        &self,
        chain: &C,
        quorum: Quorum,
        target: &BlockRef,
    ) -> Option<BlockRef> {
        let mut weight = self.equivocating;
        if weight >= quorum.threshold {
            return Some(*target);
        }
        for (block, support) in self.supports(chain, target) {
            weight = weight.saturating_add(support);
            if weight >= quorum.threshold {
                return Some(block);
            }
        }
        None
    }

    /// g(S): the highest block with a supermajority. Of two such blocks on different chains, which
    /// takes more than f equivocators, the higher one and then the lower hash.
    pub(super) fn ghost<C: Ancestry>(&self, chain: &C, quorum: Quorum) -> Option<BlockRef> {
        if self.voted() < quorum.threshold {
            return None;
        }
        let candidates = self.singles.keys();
        let blocks =
            candidates.filter_map(|target| self.highest_with_quorum(chain, quorum, target));
        blocks.max_by_key(|block| (block.height, core::cmp::Reverse(block.hash)))
    }

    /// Whether a block against which `against` single votes stand can still get a supermajority.
    ///
    /// With at most n - q equivocators (q the threshold) this is `against + equivocating <= 2 (n - q)`: of
    /// those against, as many may still equivocate as the set tolerates beyond the known ones.
    const fn possible(&self, quorum: Quorum, against: u64) -> bool {
        let slack = quorum.total.saturating_sub(quorum.threshold);
        let may_equivocate = slack.saturating_sub(self.equivocating);
        let turned = if against < may_equivocate { against } else { may_equivocate };
        quorum.total.saturating_sub(against).saturating_add(turned) >= quorum.threshold
    }

    /// The highest block from `base` to `top`, `top` included, that can still get a supermajority.
    pub(super) fn highest_possible<C: Ancestry>(
        &self,
        chain: &C,
        quorum: Quorum,
        top: &BlockRef,
    ) -> Option<BlockRef> {
        let mut against = self.single_weight;
        let mut supports = self.supports(chain, top).into_iter().peekable();
        let mut block = *top;
        loop {
            while let Some((_, weight)) =
                supports.next_if(|(support, _)| support.height >= block.height)
            {
                against = against.saturating_sub(weight);
            }
            if self.possible(quorum, against) {
                return Some(block);
            }
            block = supports.peek()?.0;
        }
    }

    /// Whether some child of `block`, seen or not, can still get a supermajority.
    pub(super) fn child_possible<C: Ancestry>(
        &self,
        chain: &C,
        quorum: Quorum,
        block: &BlockRef,
    ) -> bool {
        let Some(height) = block.height.next() else { return false };
        let mut children: BTreeMap<BlockRef, u64> = BTreeMap::new();
        for (target, weight) in &self.singles {
            if chain.is_descendant(&block.hash, &target.hash)
                && let Some(child) = chain.ancestor_at(&target.hash, height)
            {
                let entry = children.entry(child).or_default();
                *entry = entry.saturating_add(*weight);
            }
        }
        let best = children.values().max().copied().unwrap_or(0);
        self.possible(quorum, self.single_weight.saturating_sub(best))
    }
}
