//! What honest voters say, held against what was said before: the two lemmas on which agreement rests.
//!
//! Inputs: every vote that was said in public or in an answer. Outputs: violations, at the end of a run.
//!
//! 1. A precommit of an honest voter is for a block that a supermajority of the prevotes of its round supports (GRANDPA paper,
//!    section 3: it is the GHOST).
//! 2. What a supermajority of the precommits of a round supports, every honest vote of a later round of the set supports too
//!    (lemma 4.2: the estimate of a round is never below what may be final in it).
//!
//! Both hold where less than a third of the weight is Byzantine; a violation of agreement needs one of them to fail, but shows in
//! far fewer runs. They are judged on the rules of finality as they are, and one set at a time.
//!
//! Bounds: the votes that the judge remembers.

use super::Judge;
use super::archive::{total, weight_of};
use super::proof::quorum;
use crate::sim::crypto::SimVerifier;
use serin_consensus::crypto::{Check, Signed, Verifier};
use serin_consensus::finality::{BlockRef, SignedVote, Stage};
use serin_consensus::rules::Rules;
use serin_state::types::{PublicKey, SetId, Voter};
use std::collections::{BTreeMap, BTreeSet};

/// What each voter said in one stage of one round.
type Said = BTreeMap<PublicKey, BTreeSet<BlockRef>>;

impl Judge {
    /// Judges the votes of the run.
    pub(super) fn judge_votes(&mut self) {
        let standard = Rules::standard().finality;
        if !self.case.is_honest_enough() || self.case.rules.finality != standard {
            return;
        }
        let mut said: BTreeMap<(SetId, u64, bool), Said> = BTreeMap::new();
        for signed in &self.votes {
            let vote = signed.vote;
            if vote.stage != Stage::Primary && is_signed(signed) {
                let place = (vote.set, vote.round.0, vote.stage == Stage::Precommit);
                let blocks = said.entry(place).or_default().entry(signed.voter).or_default();
                blocks.insert(vote.target);
            }
        }
        let sets: BTreeSet<SetId> = said.keys().map(|(set, ..)| *set).collect();
        let found = sets.into_iter().find_map(|set| self.fault_in(set, &said));
        if let Some(what) = found {
            self.violate("explained votes", what, Vec::new());
        }
    }

    fn fault_in(&self, set: SetId, said: &BTreeMap<(SetId, u64, bool), Said>) -> Option<String> {
        let mut sets = self.archive.sets(set);
        let (members, None) = (sets.next()?, sets.next()) else { return None };
        let nobody = Said::new();
        let mut locked: Vec<(u64, BlockRef)> = Vec::new();
        let rounds: BTreeSet<u64> =
            said.keys().filter(|(of, ..)| *of == set).map(|(_, round, _)| *round).collect();
        for round in rounds {
            let prevotes = said.get(&(set, round, false)).unwrap_or(&nobody);
            let precommits = said.get(&(set, round, true)).unwrap_or(&nobody);
            for (stage, votes) in [("prevote", prevotes), ("precommit", precommits)] {
                for (validator, block) in self.honest(votes, members) {
                    let off =
                        locked.iter().find(|(_, lock)| self.supports(&block, lock) == Some(false));
                    if let Some((earlier, lock)) = off {
                        return Some(format!(
                            "the {stage} of validator {validator} in round {round} for block {} is not for block {} that was decided in round {earlier}",
                            block.height, lock.height
                        ));
                    }
                }
            }
            for (validator, block) in self.honest(precommits, members) {
                if self.weight_for(prevotes, members, &block)? < self.quorum_of(members) {
                    return Some(format!(
                        "validator {validator} precommits to block {} in round {round}, which too few prevoted for",
                        block.height
                    ));
                }
            }
            let blocks: BTreeSet<BlockRef> = precommits.values().flatten().copied().collect();
            let decided = blocks.into_iter().filter(|block| {
                let weight = self.weight_for(precommits, members, block);
                weight.is_some_and(|weight| weight >= self.quorum_of(members))
            });
            for block in decided {
                self.lock(&mut locked, (round, block));
            }
        }
        None
    }

    /// Adds a decision. Whoever supports a block supports its ancestors too, so of a chain only the highest is kept.
    fn lock(&self, locked: &mut Vec<(u64, BlockRef)>, new: (u64, BlockRef)) {
        if locked.iter().any(|(_, lock)| self.supports(lock, &new.1) == Some(true)) {
            return;
        }
        locked.retain(|(_, lock)| self.supports(&new.1, lock) != Some(true));
        locked.push(new);
    }

    fn quorum_of(&self, members: &[Voter]) -> u64 {
        quorum(total(members), self.case.rules.finality.threshold)
    }

    /// The votes of honest members, one of each.
    fn honest<'a>(
        &'a self,
        said: &'a Said,
        members: &'a [Voter],
    ) -> impl Iterator<Item = (usize, BlockRef)> + 'a {
        let of_one = |(voter, blocks): (&'a PublicKey, &'a BTreeSet<BlockRef>)| {
            let validator = *self.voters.get(voter)?;
            let honest = !self.byzantine.has(validator) && weight_of(members, voter) > 0;
            Some((validator, *blocks.first().filter(|_| honest)?))
        };
        said.iter().filter_map(of_one)
    }

    /// Weight of the members that support a block, equivocators among them; `None` where a header is missing.
    fn weight_for(&self, said: &Said, members: &[Voter], block: &BlockRef) -> Option<u64> {
        let mut sum = 0_u64;
        for (voter, blocks) in said {
            let mut supports = blocks.len() > 1;
            for vote in blocks.iter().filter(|_| blocks.len() == 1) {
                supports = self.supports(vote, block)?;
            }
            if supports {
                sum = sum.saturating_add(weight_of(members, voter));
            }
        }
        Some(sum)
    }

    /// Whether a vote for one block is one for another, at or below it; `None` where a header is missing.
    fn supports(&self, vote: &BlockRef, block: &BlockRef) -> Option<bool> {
        if vote.height < block.height {
            return Some(false);
        }
        self.archive.descends(&vote.hash, &block.hash, block.height)
    }
}

fn is_signed(signed: &SignedVote) -> bool {
    let payload = signed.vote.payload();
    let by = Signed::Vote(&payload);
    let check = Check { key: signed.voter, signed: by, signature: signed.signature };
    SimVerifier.signatures(&[check]) == [true]
}
