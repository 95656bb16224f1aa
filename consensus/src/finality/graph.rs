//! The votes of one stage of a round as a tree of the blocks that matter, weighed.
//!
//! Kept are the base of the round, every target, and where the chains of two targets part. Each block
//! carries the weight of the single votes for it and for what descends from it; along an edge the weight
//! does not change. The votes of an equivocator count for every block (GRANDPA paper, section 2.2), so
//! their weight stands apart.
//!
//! # Inputs and outputs
//! Votes in; GHOST, and which block can still win, out.
//!
//! # Invariants
//! 1. The weight of a block is its own single votes and the sum over its children: `single_weight`
//!    at the base.
//! 2. Two children of a block have no ancestor in common above it.
//!
//! # Bounds
//! At most two blocks a placed target, and the base. A vote costs the depth of its target in this
//! tree; the chain is asked only where a target is new, twice for each block on the way to its place.

use super::{Ancestry, BlockRef};
use serin_state::mutant::{Mutant, Mutation};
use std::collections::BTreeMap;

/// What decides in a set: total weight, and the weight that is a supermajority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Quorum<M> {
    pub(super) total: u64,
    pub(super) threshold: u64,
    pub(super) mutant: M,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Node {
    parent: Option<BlockRef>,
    /// By the first block on the way to them: no two share it.
    children: BTreeMap<BlockRef, BlockRef>,
    /// Single votes for the block and for what descends from it.
    weight: u64,
}

/// Weights of one stage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct VoteGraph {
    base: BlockRef,
    nodes: BTreeMap<BlockRef, Node>,
    /// Of voters with one vote.
    single_weight: u64,
    /// Of voters with two different votes.
    equivocating: u64,
}

impl VoteGraph {
    pub(super) fn new(base: BlockRef) -> Self {
        let nodes = BTreeMap::from([(base, Node::default())]);
        Self { base, nodes, single_weight: 0, equivocating: 0 }
    }

    /// Counts the first vote of a voter, for `target`, which descends from the base.
    pub(super) fn add<C: Ancestry>(&mut self, chain: &C, target: BlockRef, weight: u64) {
        self.place(chain, target);
        self.single_weight = self.single_weight.saturating_add(weight);
        self.weigh(target, |sum| sum.saturating_add(weight));
    }

    /// A voter whose single vote was for `target` voted for another block too.
    pub(super) fn equivocate(&mut self, target: BlockRef, weight: u64) {
        assert!(weight <= self.single_weight, "invariant(votes): a second vote follows a first");
        self.single_weight = self.single_weight.saturating_sub(weight);
        self.equivocating = self.equivocating.saturating_add(weight);
        self.weigh(target, |sum| sum.saturating_sub(weight));
    }

    /// Weight of everybody who voted.
    pub(super) const fn voted(&self) -> u64 {
        self.single_weight.saturating_add(self.equivocating)
    }

    /// g(S): the highest block with a supermajority.
    ///
    /// Up to f equivocators there is one such chain. Beyond, of two blocks on different chains the
    /// higher one is taken and then the lower hash, among the blocks that single votes support; the
    /// base where there is none.
    pub(super) fn ghost<M: Mutant>(&self, quorum: Quorum<M>) -> Option<BlockRef> {
        if self.voted() < quorum.threshold {
            return None;
        }
        let wins = |node: &Node| node.weight > 0 && self.has_quorum(quorum, node.weight);
        let winners = self.nodes.iter().filter(|(_, node)| wins(node)).map(|(block, _)| *block);
        let best = winners.max_by_key(|block| (block.height, core::cmp::Reverse(block.hash)));
        Some(best.unwrap_or(self.base))
    }

    /// The highest block on the chain of `top`, which was placed, with a supermajority.
    pub(super) fn highest_with_quorum<M: Mutant>(
        &self,
        quorum: Quorum<M>,
        top: &BlockRef,
    ) -> Option<BlockRef> {
        let mut down = self.down_from(*top);
        down.find(|(_, node)| self.has_quorum(quorum, node.weight)).map(|(block, _)| block)
    }

    /// The highest block on the chain of `top`, which was placed, that can still get a supermajority.
    /// At the latest the base, which no vote is against.
    pub(super) fn highest_possible<M: Mutant>(
        &self,
        quorum: Quorum<M>,
        top: &BlockRef,
    ) -> Option<BlockRef> {
        if quorum.mutant.has(Mutation::GF46) {
            return Some(*top);
        }
        let mut down = self.down_from(*top);
        down.find(|(_, node)| self.possible(quorum, node.weight)).map(|(block, _)| block)
    }

    /// Whether some child of `block`, which was placed, can still get a supermajority; a child that
    /// nobody voted for is one of them.
    pub(super) fn child_possible<M: Mutant>(&self, quorum: Quorum<M>, block: &BlockRef) -> bool {
        if quorum.mutant.has(Mutation::GF11) {
            return false;
        }
        let children = self.nodes.get(block).into_iter().flat_map(|node| node.children.values());
        self.possible(quorum, children.map(|child| self.weight(child)).max().unwrap_or(0))
    }

    /// Whether a block has a supermajority that single votes of `support` are for.
    fn has_quorum<M: Mutant>(&self, quorum: Quorum<M>, support: u64) -> bool {
        let everywhere = match quorum.mutant {
            mutant if mutant.has(Mutation::GF05) => self.equivocating.saturating_mul(2),
            mutant if mutant.has(Mutation::GF06) => 0,
            _ => self.equivocating,
        };
        let weight = support.saturating_add(everywhere);
        weight > quorum.threshold
            || (weight == quorum.threshold && !quorum.mutant.has(Mutation::GF48))
    }

    /// Whether a block can still get a supermajority that single votes of `support` are for.
    ///
    /// Everybody who was not heard may vote for it, and of those against it as many may still
    /// equivocate as the set tolerates beyond the known ones: n - q for the threshold q. As long as
    /// there are not more equivocators than that, this is `against + equivocating <= 2 (n - q)`, where
    /// those against are the single votes for other chains or lower blocks; 2 f for q = n - f. Beyond,
    /// nobody else is expected to equivocate.
    fn possible<M: Mutant>(&self, quorum: Quorum<M>, support: u64) -> bool {
        let against = self.single_weight.saturating_sub(support);
        let tolerated = quorum.total.saturating_sub(quorum.threshold);
        let may_equivocate = if quorum.mutant.has(Mutation::GF10) {
            0
        } else {
            tolerated.saturating_sub(self.equivocating)
        };
        let reachable = quorum.total.saturating_sub(against).saturating_add(may_equivocate);
        reachable >= quorum.threshold
    }

    /// Gives `block`, which descends from the base, its place.
    ///
    /// Blocks of chains that lost to finality are dropped and the chain cannot place them any more: they
    /// share with others what is known here.
    pub(super) fn place<C: Ancestry>(&mut self, chain: &C, block: BlockRef) {
        let mut below = self.base;
        while !self.nodes.contains_key(&block) {
            let step = first_step(chain, &below, block);
            let child = self.nodes.get(&below).and_then(|node| node.children.get(&step)).copied();
            below = match child {
                None => {
                    self.attach(below, step, block);
                    block
                }
                Some(child) if chain.ancestor_at(&block.hash, child.height) == Some(child) => child,
                Some(child) => {
                    let shared = chain.common_ancestor(&child.hash, &block.hash).unwrap_or(step);
                    let upper = first_step(chain, &shared, child);
                    self.attach(below, step, shared);
                    self.move_up(child, shared, upper);
                    shared
                }
            };
        }
    }

    /// Gives the first block of `way` its place: the blocks after it are its ancestors, down to the base.
    ///
    /// Where its chain lost to finality, the chain cannot tell any more what it stands on, and whoever counted votes for
    /// it before still can: on the base it would hide which of its ancestors may win.
    pub(super) fn place_on(&mut self, chain: &impl Ancestry, way: &[BlockRef]) {
        let knows = |block: &BlockRef| {
            self.nodes.contains_key(block) || chain.height(&block.hash) == Some(block.height)
        };
        let Some(known) = way.iter().position(knows) else { return };
        let (above, below) = way.split_at(known);
        let Some(mut top) = below.first().copied() else { return };
        self.place(chain, top);
        for block in above.iter().rev() {
            self.attach(top, *block, *block);
            top = *block;
        }
    }

    /// A block that was placed, and its ancestors among the blocks here, down to the base.
    pub(super) fn way_down(&self, from: BlockRef) -> Vec<BlockRef> {
        self.down_from(from).map(|(block, _)| block).collect()
    }

    /// Puts `block` on `parent`, in place of a child with the same first step.
    fn attach(&mut self, parent: BlockRef, step: BlockRef, block: BlockRef) {
        if let Some(node) = self.nodes.get_mut(&parent) {
            node.children.insert(step, block);
        }
        self.nodes.insert(block, Node { parent: Some(parent), ..Node::default() });
    }

    /// Puts `child` on `middle`, where all its weight is from now on too.
    fn move_up(&mut self, child: BlockRef, middle: BlockRef, step: BlockRef) {
        let weight = self.weight(&child);
        if let Some(node) = self.nodes.get_mut(&middle) {
            node.weight = weight;
            node.children.insert(step, child);
        }
        if let Some(node) = self.nodes.get_mut(&child) {
            node.parent = Some(middle);
        }
    }

    fn weigh(&mut self, target: BlockRef, change: impl Fn(u64) -> u64) {
        let mut next = Some(target);
        while let Some(node) = next.and_then(|block| self.nodes.get_mut(&block)) {
            node.weight = change(node.weight);
            next = node.parent;
        }
        assert_eq!(
            self.weight(&self.base),
            self.single_weight,
            "invariant(votes): all are counted"
        );
    }

    fn down_from(&self, top: BlockRef) -> impl Iterator<Item = (BlockRef, &Node)> {
        let mut next = Some(top);
        core::iter::from_fn(move || {
            let block = next?;
            let node = self.nodes.get(&block)?;
            next = node.parent;
            Some((block, node))
        })
    }

    fn weight(&self, block: &BlockRef) -> u64 {
        self.nodes.get(block).map_or(0, |node| node.weight)
    }
}

/// The block after `below` on the way to `block`; `block` itself where the chain does not know.
fn first_step<C: Ancestry>(chain: &C, below: &BlockRef, block: BlockRef) -> BlockRef {
    let height = below.height.next();
    height.and_then(|height| chain.ancestor_at(&block.hash, height)).unwrap_or(block)
}
