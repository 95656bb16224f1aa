//! Whether a node makes final what it has heard enough precommits for, at once; and takes a block in with its parent.
//!
//! Inputs: votes that an honest node hears in their own round, its own votes, and the node afterwards. Outputs: violations.
//! A vote counts here where nothing excuses the node from counting it: it is signed, of the node's round, for a block above
//! its final one that it keeps and that lies on the chain of the final one. Whoever said two of them counts for every block
//! (GRANDPA paper, section 2.2). As in finality-grandpa, a block is final where the prevotes lead to it too. It is judged where
//! less than a third of the weight is Byzantine: beyond that, blocks that exclude each other may both have enough.
//!
//! Whoever said more than two votes in a stage does not count: a node looks at the first two that it hears, and where their blocks
//! are unknown it cannot show them to others, and waits.
//!
//! Bounds: the votes of one round a node.

use super::Judge;
use super::archive::{total, weight_of};
use super::proof::quorum;
use crate::sim::world::SimCore;
use serin_consensus::finality::{BlockRef, SignedVote, Stage};
use serin_consensus::rules::Rules;
use serin_state::types::{Header, Height, PublicKey, SetId, Voter};
use std::collections::{BTreeMap, BTreeSet};

/// A stage of a round.
pub(super) type Place = (SetId, u64, Stage);

/// What each voter said.
type Said = BTreeMap<PublicKey, BTreeSet<BlockRef>>;

/// The votes of the round that a node is in: those that it heard, and its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    place: (SetId, u64),
    prevotes: Said,
    precommits: Said,
}

impl Heard {
    fn add(&mut self, signed: &SignedVote) {
        let vote = signed.vote;
        let place = (vote.set, vote.round.0);
        if place > self.place {
            *self = Self { place, ..Self::default() };
        }
        let said = match vote.stage {
            Stage::Prevote => &mut self.prevotes,
            Stage::Precommit => &mut self.precommits,
            Stage::Primary => return,
        };
        if place == self.place {
            said.entry(signed.voter).or_default().insert(vote.target);
        }
    }
}

impl Judge {
    /// An honest node is done with an input, by which its head moved or not.
    pub fn on_done(&mut self, node: usize, moved: bool, core: &SimCore) {
        if moved {
            self.on_moved(node, core);
        }
        if core.orphans_len() > 0
            && let Some(hash) = core.forgotten_orphan()
        {
            let what =
                format!("node {node} lets block {hash:?} wait for its parent, which is here");
            self.violate("prompt import", what, Vec::new());
        }
    }

    /// An honest node says a vote of its own.
    pub(crate) fn on_own_vote(&mut self, node: usize, signed: &SignedVote) {
        self.round_of.entry(node).or_default().add(signed);
    }

    /// An honest node has heard a vote in its round, and is done with it.
    pub(super) fn judge_promptness(&mut self, node: usize, signed: &SignedVote, core: &SimCore) {
        let (last, target) = (core.finalized(), signed.vote.target);
        let on_chain = self.archive.descends(&target.hash, &last.hash, last.height) == Some(true);
        let standard = self.case.rules.finality == Rules::standard().finality;
        if !standard || !on_chain || !self.case.is_honest_enough() {
            return;
        }
        self.round_of.entry(node).or_default().add(signed);
        if let Some(block) = self.decided(node, signed.vote.set, core) {
            let what = format!(
                "node {node} heard a supermajority precommit to block {} in round {}, and its final block is {}",
                block.height, signed.vote.round.0, last.height
            );
            self.violate("prompt finality", what, Vec::new());
        }
    }

    /// A block above the final one that enough are for.
    fn decided(&self, node: usize, set: SetId, core: &SimCore) -> Option<BlockRef> {
        let heard = self.round_of.get(&node)?;
        let mut sets = self.archive.sets(set);
        let (members, None) = (sets.next()?, sets.next()) else { return None };
        let last = core.finalized().height;
        let above = heard.precommits.values().flatten().filter(|block| block.height > last);
        above.copied().find(|block| {
            let enough = |stage, said: &Said| {
                let place = (heard.place.0, heard.place.1, stage);
                self.is_enough((place, said), members, block, core)
            };
            enough(Stage::Precommit, &heard.precommits)
                && enough(Stage::Prevote, &heard.prevotes)
                && core.layers().contains(&block.hash)
                && !self.announces_below(block, last)
        })
    }

    /// Whether a supermajority is for a block, with votes for blocks that the node keeps.
    fn is_enough(
        &self,
        (place, said): (Place, &Said),
        members: &[Voter],
        block: &BlockRef,
        core: &SimCore,
    ) -> bool {
        let is_for = |vote: &BlockRef| {
            vote.height >= block.height
                && core.layers().contains(&vote.hash)
                && self.archive.descends(&vote.hash, &block.hash, block.height) == Some(true)
        };
        let few =
            |voter: &PublicKey| self.said_by.get(&(place, *voter)).is_none_or(|votes| *votes <= 2);
        let supporters = said.iter().filter(|(voter, blocks)| {
            few(voter) && (blocks.len() > 1 || blocks.iter().any(is_for))
        });
        let weight =
            supporters.fold(0_u64, |sum, (voter, _)| sum.saturating_add(weight_of(members, voter)));
        weight >= quorum(total(members), self.case.rules.finality.threshold)
    }

    /// Whether a block between the final one and this one announces a set: nobody votes beyond it before it is final.
    fn announces_below(&self, block: &BlockRef, last: Height) -> bool {
        let mut at = self.header(&block.hash).map(Header::parent);
        while let Some(header) = at.and_then(|hash| self.header(&hash)) {
            if header.height() <= last {
                return false;
            }
            if header.unsealed.announcements.next_set.is_some() {
                return true;
            }
            at = Some(header.parent());
        }
        false
    }
}
