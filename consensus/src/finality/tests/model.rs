//! The round as the paper defines it, without a thought for speed.
//!
//! A set of votes, and every question answered from the definitions over all blocks (GRANDPA paper,
//! section 2.2 and 2.3), with a threshold q for the supermajority, n - f by the standard rule. Nothing is shared with the code.

use crate::finality::{Ancestry, BlockRef};
use std::collections::{BTreeMap, BTreeSet};

/// Votes by voter: a set of targets.
type Votes = BTreeMap<usize, BTreeSet<BlockRef>>;

#[derive(Clone, Debug)]
pub(super) struct Model<'a, C> {
    pub(super) chain: &'a C,
    pub(super) base: BlockRef,
    /// Every block at or above the base.
    pub(super) blocks: Vec<BlockRef>,
    pub(super) weights: Vec<u64>,
    /// q: the weight that is a supermajority, n - f by the standard rule.
    pub(super) quorum: u64,
    pub(super) prevotes: Votes,
    pub(super) precommits: Votes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) ghost: Option<BlockRef>,
    pub(super) estimate: Option<BlockRef>,
    pub(super) completable: bool,
    pub(super) finalized: Option<BlockRef>,
    pub(super) no_child_can_win: bool,
}

impl<C: Ancestry> Model<'_, C> {
    fn total(&self) -> u64 {
        self.weights.iter().sum()
    }

    /// n - q: what a supermajority can do without, f by the standard rule.
    pub(super) fn faulty_max(&self) -> u64 {
        self.total() - self.quorum
    }

    fn sum(&self, votes: &Votes, counts: impl Fn(&BTreeSet<BlockRef>) -> bool) -> u64 {
        votes
            .iter()
            .filter(|(_, targets)| counts(targets))
            .map(|(voter, _)| self.weights[*voter])
            .sum()
    }

    pub(super) fn equivocating(&self, votes: &Votes) -> u64 {
        self.sum(votes, |targets| targets.len() > 1)
    }

    /// Weight for `block`: who voted for it or above it, and every equivocator.
    fn support(&self, votes: &Votes, block: &BlockRef) -> u64 {
        let above = |target: &BlockRef| self.chain.is_descendant(&block.hash, &target.hash);
        self.sum(votes, |targets| targets.len() > 1 || targets.iter().any(above))
    }

    /// g(S).
    fn ghost(&self, votes: &Votes) -> Option<BlockRef> {
        let singles = |block: &BlockRef| self.support(votes, block) > self.equivocating(votes);
        let wins = |block: &&BlockRef| self.support(votes, block) >= self.quorum;
        if self.sum(votes, |_| true) < self.quorum {
            return None;
        }
        // With equivocators alone every block would win: what nobody else is for does not.
        let winners = self.blocks.iter().filter(wins).filter(|block| singles(block));
        let best = winners.max_by_key(|block| (block.height, core::cmp::Reverse(block.hash)));
        Some(best.copied().unwrap_or(self.base))
    }

    /// Whether votes that may still come can give `block` a supermajority, of which `support` voters
    /// with single votes are in favour.
    fn possible(&self, votes: &Votes, support: u64) -> bool {
        let equivocating = self.equivocating(votes);
        let against = self.sum(votes, |targets| targets.len() == 1) - support;
        if equivocating <= self.faulty_max() {
            against + equivocating <= 2 * self.faulty_max()
        } else {
            against <= self.faulty_max()
        }
    }

    fn block_possible(&self, votes: &Votes, block: &BlockRef) -> bool {
        self.possible(votes, self.support(votes, block) - self.equivocating(votes))
    }

    fn child_possible(&self, votes: &Votes, block: &BlockRef) -> bool {
        let is_child = |other: &&BlockRef| {
            self.chain.is_descendant(&block.hash, &other.hash)
                && other.height == block.height.next().unwrap()
        };
        // A child nobody has seen counts too.
        self.possible(votes, 0)
            || self.blocks.iter().filter(is_child).any(|child| self.block_possible(votes, child))
    }

    pub(super) fn answers(&self) -> Answers {
        let ghost = self.ghost(&self.prevotes);
        let on_chain = |test: &dyn Fn(&BlockRef) -> bool| {
            let ghost = ghost?;
            let chain = self
                .blocks
                .iter()
                .filter(|block| self.chain.is_descendant(&block.hash, &ghost.hash));
            chain.filter(|block| test(block)).max_by_key(|block| block.height).copied()
        };
        let estimate = on_chain(&|block| self.block_possible(&self.precommits, block));
        let finalized = on_chain(&|block| self.support(&self.precommits, block) >= self.quorum);
        let heard = self.sum(&self.precommits, |_| true) >= self.quorum;
        let cannot_rise = ghost.is_some_and(|ghost| {
            estimate != Some(ghost) || !self.child_possible(&self.precommits, &ghost)
        });
        let no_child_can_win =
            ghost.is_some_and(|ghost| !self.child_possible(&self.prevotes, &ghost));
        Answers { ghost, estimate, completable: heard && cannot_rise, finalized, no_child_can_win }
    }
}
