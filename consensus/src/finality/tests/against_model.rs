//! Random trees, voters and votes: the round answers as the definitions do, after every vote.

use super::drawing::{Drawing, ROUND, plain_keys, set_of, unsigned, vote};
use super::model::{Answers, Model};
use crate::finality::{Ancestry, BlockRef, IgnoredVote, Imported, Round, SignedVote, Stage};
use crate::rules::{EquivocationWeight, FinalityRules, Threshold};
use serin_state::random::{Draw, Random};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cases of the comparison; each is about 12 votes.
const CASES: u64 = 20_000;

pub(super) fn answers(round: &Round) -> Answers {
    Answers {
        ghost: round.prevote_ghost(),
        estimate: round.estimate(),
        completable: round.completable(),
        finalized: round.finalized(),
        no_child_can_win: round.no_child_can_win(),
    }
}

/// Draws of one case, by purpose and number.
struct Dice {
    random: Random,
    case: u64,
    next: u64,
}

impl Dice {
    fn draw(&mut self, purpose: &str) -> Draw {
        self.next += 1;
        self.random.draw(purpose, self.case, self.next)
    }

    fn below(&mut self, purpose: &str, bound: usize) -> usize {
        usize::try_from(self.draw(purpose).below(u64::try_from(bound).unwrap())).unwrap()
    }
}

/// A tree of at most 13 blocks: each grows on one of the last four, so that chains are long and part.
fn tree(dice: &mut Dice) -> (Drawing, Vec<BlockRef>) {
    let count = 2 + dice.below("blocks", 12);
    let grow = |block: usize| format!("{} {block}", block - 1 - dice.below("parent", 4.min(block)));
    let text = (1..count).map(grow).collect::<Vec<_>>().join(",");
    let drawing = Drawing::new(&text);
    let blocks = (0..count).map(|block| drawing.block(&block.to_string())).collect();
    (drawing, blocks)
}

/// The votes of one case: mostly near one favoured block, with equivocators up to f in three cases
/// of four, and anything in the fourth.
fn votes(dice: &mut Dice, blocks: &[BlockRef], weights: &[u64]) -> Vec<(usize, Stage, BlockRef)> {
    let total: u64 = weights.iter().sum();
    let bounded = dice.below("bounded", 4) > 0;
    let mut spare = [(total - 1) / 3; 2];
    let mut votes = Vec::new();
    let favourite = dice.below("favourite", blocks.len());
    for (place, stage) in [Stage::Prevote, Stage::Precommit].into_iter().enumerate() {
        for (voter, weight) in weights.iter().enumerate() {
            if dice.below("silent", 8) == 0 {
                continue;
            }
            let wants = dice.below("twice", if bounded { 4 } else { 2 }) == 0;
            let twice = wants && (!bounded || *weight <= spare[place]);
            spare[place] -= if twice && bounded { *weight } else { 0 };
            for second in [false, true].into_iter().take(if twice { 2 } else { 1 }) {
                let near = !second && dice.below("near", 4) > 0;
                let block = if near { favourite } else { dice.below("target", blocks.len()) };
                votes.push((voter, stage, blocks[block]));
            }
        }
    }
    // Prevotes mostly come first, as in a network.
    for index in (1..votes.len()).rev() {
        if dice.below("swap", 3) == 0 {
            votes.swap(index, dice.below("with", index + 1));
        }
    }
    votes
}

/// How many states were compared.
#[derive(Debug, Default)]
struct Compared {
    states: u64,
    completable: u64,
    beyond: u64,
}

/// Compares round and model after every vote of `cases` cases. Where only first votes count, the model
/// hears only those, so that it knows no equivocator.
fn compare(seed: u64, cases: u64, rules: &FinalityRules) -> Compared {
    let mut compared = Compared::default();
    let first_only = rules.equivocation == EquivocationWeight::FirstVote;
    for case in 0..cases {
        let mut dice = Dice { random: Random::from_number(seed), case, next: 0 };
        let (chain, blocks) = tree(&mut dice);
        let count = 1 + dice.below("voters", 10);
        let even = dice.below("even", 2) == 0;
        let weights: Vec<u64> =
            (0..count).map(|_| if even { 1 } else { 1 + dice.draw("weight").below(7) }).collect();
        let keys = plain_keys(count);
        let set = Arc::new(set_of(&keys, &weights));
        let base = blocks[dice.below("base", blocks.len().min(3))];
        let mut round = Round::new(&set, ROUND, base, rules);
        let above = |block: &&BlockRef| chain.is_descendant(&base.hash, &block.hash);
        let mut model = Model {
            chain: &chain,
            base,
            blocks: blocks.iter().filter(above).copied().collect(),
            weights: weights.clone(),
            quorum: quorum(&weights, rules),
            prevotes: BTreeMap::new(),
            precommits: BTreeMap::new(),
        };
        for (voter, stage, target) in votes(&mut dice, &blocks, &weights) {
            let imported = round.import(&chain, unsigned(keys[voter], vote(stage, target), 1));
            if above(&&target) {
                let prevotes = stage == Stage::Prevote;
                let all = if prevotes { &mut model.prevotes } else { &mut model.precommits };
                let of_voter = all.entry(voter).or_default();
                if !first_only || of_voter.is_empty() {
                    of_voter.insert(target);
                }
            } else {
                let off = Imported::Ignored(IgnoredVote::OffBase);
                assert_eq!(imported, off, "seed {seed}, case {case}");
            }
            let what = format!("seed {seed}, case {case}: {stage:?} of {voter}, {weights:?}");
            assert_eq!(answers(&round), model.answers(), "{what}");
            compared.states += 1;
            compared.completable += u64::from(round.completable());
            let most =
                model.equivocating(&model.prevotes).max(model.equivocating(&model.precommits));
            compared.beyond += u64::from(most > model.faulty_max());
        }
    }
    println!("seed {seed}, {rules:?}: {compared:?}, no difference");
    assert!(compared.completable > 0, "the cases say something: {compared:?}");
    compared
}

/// The supermajority, by its definition.
fn quorum(weights: &[u64], rules: &FinalityRules) -> u64 {
    let total: u64 = weights.iter().sum();
    match rules.threshold {
        Threshold::TwoThirds => total - (total - 1) / 3,
        Threshold::AtLeast { numerator, denominator } => {
            let enough =
                |weight: &u64| weight * u64::from(denominator) >= total * u64::from(numerator);
            (1..=total).find(enough).unwrap()
        }
        Threshold::Paper => {
            (1..=total).find(|weight| 2 * weight > total + (total - 1) / 3).unwrap()
        }
    }
}

#[test]
fn the_round_answers_as_the_definitions_do_after_every_vote() {
    let Compared { states, completable, beyond } = compare(1, CASES, &FinalityRules::default());
    assert!(completable * 20 > states, "the cases say something: {completable} of {states}");
    assert!(beyond * 50 > states, "also beyond f: {beyond} of {states}");
}

#[test]
fn other_rules_are_answered_as_their_definitions_say() {
    let first = FinalityRules { equivocation: EquivocationWeight::FirstVote, ..Default::default() };
    compare(4, CASES / 10, &first);
    for (seed, (numerator, denominator)) in (5..).zip([(1, 2), (3, 5), (4, 5), (1, 1)]) {
        let threshold = Threshold::AtLeast { numerator, denominator };
        compare(seed, CASES / 10, &FinalityRules { threshold, ..FinalityRules::default() });
        compare(seed, CASES / 10, &FinalityRules { threshold, ..first });
    }
}

#[test]
fn the_order_of_votes_does_not_matter() {
    for case in 0..500 {
        let mut dice = Dice { random: Random::from_number(2), case, next: 0 };
        let (chain, blocks) = tree(&mut dice);
        let weights = vec![1; 1 + dice.below("voters", 10)];
        let keys = plain_keys(weights.len());
        let set = Arc::new(set_of(&keys, &weights));
        let mut drawn: Vec<SignedVote> = votes(&mut dice, &blocks, &weights)
            .into_iter()
            .map(|(voter, stage, target)| unsigned(keys[voter], vote(stage, target), 1))
            .collect();
        let play = |drawn: &[SignedVote]| {
            let mut round = Round::new(&set, ROUND, blocks[0], &FinalityRules::default());
            for signed in drawn {
                round.import(&chain, *signed);
            }
            let mut votes = round.votes();
            votes.sort_unstable();
            (answers(&round), votes, round.seen())
        };
        let first = play(&drawn);
        for shuffle in 0..4 {
            for index in (1..drawn.len()).rev() {
                drawn.swap(index, dice.below("shuffle", index + 1));
            }
            assert_eq!(play(&drawn), first, "case {case}, shuffle {shuffle}");
        }
    }
}

#[test]
fn up_to_f_equivocators_what_is_decided_stays_decided() {
    for case in 0..1_000 {
        let mut dice = Dice { random: Random::from_number(3), case, next: 0 };
        let (chain, blocks) = tree(&mut dice);
        let weights = vec![1; 4 + dice.below("voters", 7)];
        let keys = plain_keys(weights.len());
        let set = Arc::new(set_of(&keys, &weights));
        let mut round = Round::new(&set, ROUND, blocks[0], &FinalityRules::default());
        let mut before = answers(&round);
        let mut liars = [0_u64; 2];
        for (voter, stage, target) in votes(&mut dice, &blocks, &weights) {
            let signed = unsigned(keys[voter], vote(stage, target), 1);
            let mut after = round.clone();
            if matches!(after.import(&chain, signed), Imported::Equivocation(_)) {
                let place = usize::from(stage == Stage::Precommit);
                if liars[place] == set.faulty_max().0 {
                    continue;
                }
                liars[place] += 1;
            }
            round = after;
            let now = answers(&round);
            let rises = |before: Option<BlockRef>, now: Option<BlockRef>| {
                before.is_none_or(|before| {
                    now.is_some_and(|now| chain.is_descendant(&before.hash, &now.hash))
                })
            };
            // S17: finality never goes backwards.
            assert!(rises(before.finalized, now.finalized), "case {case}: {before:?} {now:?}");
            assert!(rises(before.ghost, now.ghost), "case {case}: {before:?} {now:?}");
            assert!(rises(now.finalized, now.estimate), "case {case}: {now:?}");
            if before.completable {
                assert!(now.completable, "case {case}: {before:?} {now:?}");
                assert!(rises(now.estimate, before.estimate), "case {case}: {before:?} {now:?}");
            }
            before = now;
        }
    }
}
