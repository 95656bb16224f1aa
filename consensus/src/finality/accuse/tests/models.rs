//! Random violations by voters of whom the honest ones follow the paper, each on a view of its own.
//!
//! In every round an honest voter sees some of the votes of the round before, whatever the adversary likes it to see;
//! if they complete that round it prevotes for a block on its side above its estimate, sees some prevotes, and
//! precommits their GHOST if that is not below the estimate. The others vote for anything, several times. Whatever is
//! then final on two chains has to yield enough guilty, none of them honest.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test; overflow panics")]

use super::Story;
use crate::finality::accuse::{LogLimits, VoteLog};
use crate::finality::tests::drawing::{SET, signed};
use crate::finality::{BlockRef, Justification, Round, SignedVote, Stage, Vote};
use crate::rules::FinalityRules;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serin_state::types::{Round as RoundNumber, Slot};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `left` and `right` of a fork at `A`, and a third way.
const CHAIN: &str = "0 A B C D, A X Y Z, B M N";
const LEFT: [&str; 6] = ["0", "A", "B", "C", "D", "C"];
const RIGHT: [&str; 6] = ["0", "A", "X", "Y", "Z", "X"];
const MIDDLE: [&str; 6] = ["0", "A", "B", "M", "N", "N"];
const ROUNDS: u64 = 4;

/// Numbers that decide, one after the other.
struct Dice<'a>(core::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % bound
    }
}

struct World<'a> {
    story: &'a Story,
    faulty: &'a [bool],
    dice: Dice<'a>,
    /// All votes ever cast.
    cast: Vec<SignedVote>,
    logs: Vec<VoteLog>,
}

impl World<'_> {
    fn chain_of(&mut self, voter: usize) -> [&'static str; 6] {
        match (voter + self.dice.below(8) / 7) % 3 {
            0 => LEFT,
            1 => RIGHT,
            _ => MIDDLE,
        }
    }

    fn vote(&self, voter: usize, round: u64, stage: Stage, target: BlockRef) -> SignedVote {
        let vote = Vote { set: SET, round: RoundNumber(round), stage, target };
        signed(&self.story.secrets[voter], vote)
    }

    /// Counts some of the votes of a round, more of those on the voter's side, and logs them.
    fn see(&mut self, voter: usize, view: &mut Round, stage: Stage, side: &[&str]) {
        let of_stage =
            |vote: &&SignedVote| (vote.vote.round, vote.vote.stage) == (view.number(), stage);
        let votes: Vec<SignedVote> = self.cast.iter().filter(of_stage).copied().collect();
        for vote in votes {
            let ours = side.iter().any(|name| self.story.drawing.block(name) == vote.vote.target);
            if self.dice.below(16) < if ours { 15 } else { 4 } {
                view.import(&self.story.drawing, vote);
                self.logs[voter].record(Slot(vote.vote.round.0), &vote);
            }
        }
    }

    fn play(&mut self) {
        let count = self.faulty.len();
        let rules = FinalityRules::default();
        let set = Arc::new(self.story.set.clone());
        let base = self.story.drawing.block("0");
        let fresh = |round: u64| Round::new(&set, RoundNumber(round), base, &rules);
        for round in 1..=ROUNDS {
            self.disturb(round);
            let mut voting = Vec::new();
            for voter in (0..count).filter(|voter| !self.faulty[*voter]) {
                let side = self.chain_of(voter);
                let mut before = fresh(round - 1);
                self.see(voter, &mut before, Stage::Prevote, &side);
                self.see(voter, &mut before, Stage::Precommit, &side);
                let estimate = if round == 1 { Some(base) } else { before.estimate() };
                let Some(estimate) = estimate.filter(|_| round == 1 || before.completable()) else {
                    continue;
                };
                let blocks = side.map(|name| self.story.drawing.block(name));
                let above: Vec<_> =
                    blocks.into_iter().filter(|b| self.above(&estimate, b)).collect();
                let target =
                    if above.is_empty() { estimate } else { above[self.dice.below(above.len())] };
                voting.push((voter, side, estimate));
                let vote = self.vote(voter, round, Stage::Prevote, target);
                self.cast.push(vote);
            }
            for (voter, side, estimate) in voting {
                let mut now = fresh(round);
                self.see(voter, &mut now, Stage::Prevote, &side);
                if let Some(ghost) = now.prevote_ghost().filter(|g| self.above(&estimate, g)) {
                    let vote = self.vote(voter, round, Stage::Precommit, ghost);
                    self.cast.push(vote);
                }
            }
        }
    }

    /// The faulty vote for this and that.
    fn disturb(&mut self, round: u64) {
        for voter in (0..self.faulty.len()).filter(|voter| self.faulty[*voter]) {
            for stage in [Stage::Prevote, Stage::Precommit] {
                for chain in [LEFT, RIGHT, MIDDLE] {
                    if self.dice.below(8) < 7 {
                        let target = self.story.drawing.block(chain[self.dice.below(6)]);
                        let vote = self.vote(voter, round, stage, target);
                        self.cast.push(vote);
                    }
                }
            }
        }
    }

    fn above(&self, base: &BlockRef, block: &BlockRef) -> bool {
        use crate::finality::Ancestry;
        self.story.drawing.is_descendant(&base.hash, &block.hash)
    }

    /// Every justification of a round that the votes allow, one vote a voter.
    fn justifications(&self) -> Vec<Justification> {
        let mut all = Vec::new();
        let names: BTreeSet<&str> = LEFT.into_iter().chain(RIGHT).chain(MIDDLE).collect();
        for round in 1..=ROUNDS {
            for target in names.iter().map(|name| self.story.drawing.block(name)) {
                let mut voted = BTreeSet::new();
                let votes = self.cast.iter().filter(|vote| {
                    (vote.vote.round.0, vote.vote.stage) == (round, Stage::Precommit)
                        && self.above(&target, &vote.vote.target)
                        && voted.insert(vote.voter)
                });
                let votes = votes.copied().collect();
                let proof = Justification::new(SET, RoundNumber(round), target, votes)
                    .with_ancestry(|hash| self.story.drawing.header(hash));
                let court = Story::court();
                if proof.verify(&self.story.set, &court.rules, court.verifier).is_ok() {
                    all.push(proof);
                }
            }
        }
        all
    }
}

/// Plays one world. Returns how many conflicts there were, and how many culprits were silent.
fn play(weights: &[u64], faulty: &[bool], dice: &[u8]) -> (usize, usize) {
    let story = Story::new(CHAIN, weights);
    let logs = vec![VoteLog::new(LogLimits::offline()); weights.len()];
    let mut world =
        World { story: &story, faulty, dice: Dice(dice.iter()), cast: Vec::new(), logs };
    world.play();
    let honest: Vec<VoteLog> = world
        .logs
        .iter()
        .enumerate()
        .filter(|(voter, _)| !faulty[*voter])
        .map(|(_, log)| log.clone())
        .collect();
    let justifications = world.justifications();
    let (mut conflicts, mut silent) = (0, 0);
    for (position, first) in justifications.iter().enumerate() {
        for second in &justifications[position + 1..] {
            let (low, high) = (first.target(), second.target());
            if world.above(&low, &high) || world.above(&high, &low) {
                continue;
            }
            conflicts += 1;
            let verdict = story.accuse(first, second, &honest).unwrap();
            let guilty = story.guilty(&verdict);
            for culprit in guilty.split(' ') {
                let voter: usize = culprit[..1].parse().unwrap();
                assert!(faulty[voter], "{guilty}: {voter} is honest; {weights:?} {faulty:?}");
                silent += usize::from(culprit.contains('s'));
            }
        }
    }
    (conflicts, silent)
}

#[test]
fn random_violations_have_enough_guilty_and_no_honest_one() {
    let worlds = prop::collection::vec((1_u64..6, prop::bool::weighted(0.5)), 4..9)
        .prop_flat_map(|voters| (Just(voters), prop::collection::vec(any::<u8>(), 4_000)));
    let (mut conflicts, mut silent, mut violated) = (0, 0, 0);
    let mut runner = TestRunner::new(Config::with_cases(400));
    let played = std::cell::RefCell::new((&mut conflicts, &mut silent, &mut violated));
    runner
        .run(&worlds, |(voters, dice)| {
            let (weights, faulty): (Vec<u64>, Vec<bool>) = voters.into_iter().unzip();
            let (found, quiet) = play(&weights, &faulty, &dice);
            let mut counts = played.borrow_mut();
            *counts.0 += found;
            *counts.1 += quiet;
            *counts.2 += usize::from(found > 0);
            Ok(())
        })
        .unwrap();
    println!("{violated} violated worlds, {conflicts} conflicts, {silent} silent culprits");
    assert!(violated > 40 && silent > 0, "{violated} {conflicts} {silent}");
}
