//! Stories of one round: who votes for what, and what that decides.

use super::against_model::answers;
use super::drawing::{Drawing, ROUND, plain_keys, set_of, unsigned, vote};
use crate::finality::{
    BlockRef, IgnoredVote, Imported, Round, SeenVotes, SignedVote, Stage, VoteEquivocation,
};
use crate::rules::{EquivocationWeight, Estimate, FinalityRules, Threshold};
use serin_state::types::{Hash, PublicKey, Round as RoundNumber, SetId, VoteWeight};
use std::sync::Arc;

fn round_of(chain: &Drawing, weights: &[u64], base: &str, rules: &FinalityRules) -> Round {
    let set = Arc::new(set_of(&plain_keys(weights.len()), weights));
    Round::new(&set, ROUND, chain.block(base), rules)
}

fn by(voter: usize, stage: Stage, target: BlockRef) -> SignedVote {
    unsigned(plain_keys(voter + 1)[voter], vote(stage, target), 1)
}

/// Plays lines `prevote 0 1 A: answers` and compares the answers after each line: GHOST, estimate, final
/// block, then `done` where the round is completable and `!` where no child of the GHOST can win.
fn check_rules(rules: FinalityRules, chains: &str, weights: &[u64], story: &str) {
    let chain = Drawing::new(chains);
    let mut round = round_of(&chain, weights, "0", &rules);
    for (number, line) in story.lines().enumerate() {
        let (votes, expected) = line.trim().split_once(": ").unwrap();
        let words: Vec<&str> = votes.split_whitespace().collect();
        let [stage, voters @ .., target] = &words[..] else { panic!("line {number}: {line}") };
        let stage = if *stage == "prevote" { Stage::Prevote } else { Stage::Precommit };
        for voter in voters {
            round.import(&chain, by(voter.parse().unwrap(), stage, chain.block(target)));
        }
        let got = answers(&round);
        let name = |block| chain.name(block);
        let shown = format!(
            "{} {} {}{}{}",
            name(got.ghost),
            name(got.estimate),
            name(got.finalized),
            if got.completable { " done" } else { "" },
            if got.no_child_can_win { " !" } else { "" },
        );
        assert_eq!(shown, expected, "line {number}: {line}");
    }
}

fn check(chains: &str, weights: &[u64], story: &str) {
    check_rules(FinalityRules::default(), chains, weights, story);
}

#[test]
fn four_voters_agree_in_two_stages() {
    check(
        "0 A B",
        &[1, 1, 1, 1],
        "prevote 0 1 A: - - -
         prevote 2 A: A A - !
         precommit 0 1 A: A A - !
         precommit 2 A: A A A done !
         prevote 3 B: A A A done !
         precommit 3 B: A A A done !",
    );
}

#[test]
fn a_fork_is_decided_at_its_last_common_block() {
    // S6, S7: the GHOST climbs where two chains part, by weight, and stops where none has enough.
    check(
        "0 A B C D, B E F",
        &[1, 1, 1, 1],
        "prevote 0 D: - - -
         prevote 1 F: - - -
         prevote 2 D: B B -
         prevote 3 D: D D - !
         precommit 0 1 F: D D - !
         precommit 2 D: D D B done !
         precommit 3 C: D C B done !",
    );
}

#[test]
fn a_supermajority_is_more_than_two_thirds_of_the_weight() {
    // S1: three voters tolerate nobody, six one, seven two.
    check("0 A", &[1, 1, 1], "prevote 0 1 A: - - -\nprevote 2 A: A A - !");
    check("0 A", &[1; 6], "prevote 0 1 2 3 A: - - -\nprevote 4 A: A A - !");
    check("0 A", &[1; 7], "prevote 0 1 2 3 A: - - -\nprevote 4 A: A A - !");
    check("0 A", &[5, 1, 1], "prevote 0 A: A A - !");
    check("0 A, 0 B", &[2, 1, 1], "prevote 1 2 A: - - -\nprevote 0 B: 0 0 -");
}

#[test]
fn an_equivocator_counts_for_every_block() {
    // S2: with its first vote alone there would be no supermajority at A.
    check(
        "0 A, 0 B",
        &[1, 1, 1, 1],
        "prevote 0 1 A: - - -
         prevote 2 B: 0 0 -
         prevote 2 A: A A - !
         precommit 0 1 A: A A - !
         precommit 2 B: A A 0 done !
         precommit 2 A: A A A done !",
    );
}

#[test]
fn a_round_is_completable_only_with_a_supermajority_of_precommits() {
    check(
        "0 A B C",
        &[1, 1, 1, 1],
        "prevote 0 1 2 B: B B - !
         precommit 0 1 0: B B - !
         precommit 2 B: B B 0 done !
         precommit 3 0: B 0 0 done !",
    );
    // S3: with six voters, three are enough against A and five are the supermajority.
    check(
        "0 A, 0 B",
        &[1, 1, 1, 1, 1, 1],
        "prevote 0 1 2 3 4 A: A A - !
         precommit 0 1 B: A A - !
         precommit 2 0: A 0 - !
         precommit 3 0: A 0 - !
         precommit 4 0: A 0 0 done !",
    );
}

#[test]
fn who_may_still_equivocate_keeps_a_block_possible() {
    // S4: two are against A, but one of them may still turn out to vote for it too.
    check(
        "0 A B, A C",
        &[1, 1, 1, 1],
        "prevote 0 1 2 B: B B - !
         precommit 0 1 C: B B - !
         precommit 2 B: B B A done !
         precommit 1 B: B B A done !
         precommit 3 B: B B B done !",
    );
    // Once the one that may lie was seen lying, two votes against are one too many.
    check(
        "0 A B, A C",
        &[1, 1, 1, 1],
        "prevote 0 1 2 B: B B - !
         precommit 0 C: B B - !
         precommit 0 B: B B - !
         precommit 1 C: B B - !
         precommit 2 C: B A A done !",
    );
}

#[test]
fn no_child_can_win_as_soon_as_those_who_are_left_are_too_few() {
    check(
        "0 A B",
        &[1, 1, 1, 1, 1, 1, 1],
        "prevote 0 1 2 3 A: - - -
         prevote 4 B: A A -
         prevote 5 A: A A - !",
    );
    check(
        "0 A B",
        &[1, 1, 1, 1, 1, 1, 1],
        "prevote 0 1 2 B: - - -
         prevote 3 A: - - -
         prevote 4 A: A A -
         prevote 5 A: A A -
         prevote 6 A: A A -",
    );
    check(
        "0 A B",
        &[1, 1, 1, 1, 1, 1, 1],
        "prevote 0 1 B: - - -
         prevote 2 3 4 A: A A -
         prevote 5 A: A A -
         prevote 6 A: A A - !",
    );
}

#[test]
fn votes_that_do_not_count_say_why() {
    // S14, S16, S25.
    let mut chain = Drawing::new("0 A B C, 0 X");
    let mut round = round_of(&chain, &[1, 1, 1, 1], "A", &FinalityRules::default());
    let (a, b, c) = (chain.block("A"), chain.block("B"), chain.block("C"));
    let good = by(0, Stage::Prevote, b);
    let of_vote = |change: &dyn Fn(&mut SignedVote)| {
        let mut signed = by(1, Stage::Prevote, b);
        change(&mut signed);
        signed
    };
    let gone = chain.block("X");
    chain.forget("X");
    let ignored = Imported::Ignored;
    let first = by(2, Stage::Prevote, a);
    let second = by(2, Stage::Prevote, c);
    let both = Imported::Equivocation(VoteEquivocation { first, second });
    #[rustfmt::skip]
    let rows = [
        (good, Imported::New, "the first vote of a voter"),
        (good, Imported::Known, "the same again"),
        (unsigned(good.voter, good.vote, 9), Imported::Known, "another signature on the same vote (S25)"),
        (of_vote(&|v| v.voter = PublicKey([99; 32])), ignored(IgnoredVote::NotAVoter), "not in the set (S14)"),
        (of_vote(&|v| v.vote.set = SetId(1)), ignored(IgnoredVote::NotOfThisRound), "of another set"),
        (of_vote(&|v| v.vote.round = RoundNumber(4)), ignored(IgnoredVote::NotOfThisRound), "of another round"),
        (of_vote(&|v| v.vote.stage = Stage::Primary), ignored(IgnoredVote::NotOfThisRound), "a hint is no vote"),
        (of_vote(&|v| v.vote.target = chain.block("0")), ignored(IgnoredVote::OffBase), "below the base (S16)"),
        (of_vote(&|v| v.vote.target = gone), ignored(IgnoredVote::OffBase), "a block nobody here knows"),
        (of_vote(&|v| v.vote.target.height = c.height), ignored(IgnoredVote::OffBase), "a block at a wrong height"),
        (first, Imported::New, "at the base itself"),
        (second, both, "two votes of one voter"),
        (first, Imported::Known, "the first of two again"),
        (unsigned(second.voter, second.vote, 9), Imported::Known, "the second of two again"),
        (by(2, Stage::Prevote, b), ignored(IgnoredVote::Third), "a third says nothing new"),
        (by(2, Stage::Precommit, b), Imported::New, "the other stage is apart"),
    ];
    for (signed, expected, why) in rows {
        let before = round.clone();
        assert_eq!(round.import(&chain, signed), expected, "{why}");
        let counts = matches!(expected, Imported::New | Imported::Equivocation(_));
        assert_eq!(round != before, counts, "{why}: changes the round or not");
    }
    assert_eq!(round.voted(Stage::Prevote), VoteWeight(2));
    assert_eq!(round.voted(Stage::Precommit), VoteWeight(1));
    assert_eq!(round.voted(Stage::Primary), VoteWeight(0));
    assert_eq!(round.equivocations(), [VoteEquivocation { first, second }]);
    assert_eq!((round.set(), round.number(), round.base()), (super::drawing::SET, ROUND, a));
}

#[test]
fn a_round_shows_which_votes_it_has_and_serves_what_is_lacking() {
    let chain = Drawing::new("0 A B");
    let (a, b) = (chain.block("A"), chain.block("B"));
    let mut round = round_of(&chain, &[1; 10], "0", &FinalityRules::default());
    assert_eq!(round.seen(), SeenVotes::default());
    let votes = [
        by(0, Stage::Prevote, a),
        by(9, Stage::Prevote, a),
        by(9, Stage::Prevote, b),
        by(3, Stage::Precommit, b),
    ];
    for signed in votes {
        round.import(&chain, signed);
    }
    let seen = round.seen();
    assert_eq!((seen.prevotes(), seen.precommits()), (&[1_u8, 2][..], &[8_u8][..]));
    assert_eq!(round.votes(), votes);
    let of =
        |stage, voter: usize| round.votes_of(stage, &plain_keys(10)[voter]).collect::<Vec<_>>();
    assert_eq!(of(Stage::Prevote, 9), votes[1..3]);
    assert_eq!(of(Stage::Precommit, 9), []);
    assert_eq!(of(Stage::Primary, 9), []);
    assert_eq!(round.votes_of(Stage::Prevote, &PublicKey([77; 32])).count(), 0);

    let mut peer = SeenVotes::default();
    assert_eq!(round.votes_beyond(&peer), votes);
    assert!(seen.has_more_than(&peer) && !peer.has_more_than(&seen));
    peer.insert(Stage::Prevote, 9);
    peer.insert(Stage::Precommit, 4);
    peer.insert(Stage::Primary, 1);
    peer.insert(Stage::Prevote, crate::finality::VOTERS_MAX);
    assert_eq!(round.votes_beyond(&peer), [votes[0], votes[3]]);
    assert!(peer.contains(Stage::Precommit, 4) && !peer.contains(Stage::Primary, 1));
    assert!(!peer.contains(Stage::Prevote, crate::finality::VOTERS_MAX));
    assert!(peer.has_more_than(&seen), "a precommit of 4");
    let both = SeenVotes::from_bits(vec![1, 3], vec![8]);
    assert!(both.has_more_than(&seen) && !seen.has_more_than(&both), "a bit more in one byte");
    let bits = SeenVotes::from_bits(vec![1, 2, 0, 0], vec![8]);
    assert_eq!(bits, seen, "zeroes at the end are no other set");
    let cut = SeenVotes::from_bits(vec![1; 100_000], Vec::new());
    assert_eq!(cut.prevotes().len(), crate::finality::VOTERS_MAX / 8);
}

#[test]
fn more_equivocators_than_f_leave_the_answers_defined() {
    // Two of four lie: both chains have a supermajority. The higher block is taken.
    check(
        "0 A, 0 B C",
        &[1, 1, 1, 1],
        "prevote 0 A: - - -
         prevote 1 C: - - -
         prevote 2 A: 0 0 -
         prevote 2 C: 0 0 -
         prevote 3 A: A A - !
         prevote 3 C: C C - !
         precommit 0 A: C C - !
         precommit 1 C: C C - !
         precommit 2 A: C C 0 done !
         precommit 3 A: C 0 0 done !
         precommit 2 C: C 0 0 done !
         precommit 3 C: C C C done !",
    );
    // All lie: every block has a supermajority, and nobody speaks for one. The base is taken.
    check(
        "0 A, 0 B",
        &[1, 1, 1],
        "prevote 0 1 2 A: A A - !
         prevote 0 1 2 B: 0 0 -",
    );
}

#[test]
fn of_two_ghosts_at_one_height_the_lower_hash_is_taken() {
    let chain = Drawing::new("0 A, 0 B");
    let (a, b) = (chain.block("A"), chain.block("B"));
    let mut round = round_of(&chain, &[1; 4], "0", &FinalityRules::default());
    for (voter, target) in [(0, a), (1, b), (2, a), (2, b), (3, a), (3, b)] {
        round.import(&chain, by(voter, Stage::Prevote, target));
    }
    assert_eq!(round.prevote_ghost(), Some(if a.hash < b.hash { a } else { b }));
}

#[test]
fn other_rules_change_what_decides() {
    let first = FinalityRules { equivocation: EquivocationWeight::FirstVote, ..Default::default() };
    check_rules(
        first,
        "0 A, 0 B",
        &[1, 1, 1, 1],
        "prevote 0 1 A: - - -
         prevote 2 B: 0 0 -
         prevote 2 A: 0 0 -
         prevote 3 A: A A - !",
    );
    // Three precommits for less than B leave it impossible: what is left is below, or what the rule says.
    for (estimate, left) in
        [(Estimate::Possible, "0"), (Estimate::Ghost, "B"), (Estimate::Base, "0")]
    {
        let rules = FinalityRules { estimate, ..Default::default() };
        let story = format!(
            "prevote 0 1 2 3 B: B {} - !\nprecommit 0 1 2 0: B {left} 0{} !",
            if estimate == Estimate::Base { "0" } else { "B" },
            " done"
        );
        check_rules(rules, "0 A B", &[1; 4], &story);
    }
    let half = Threshold::AtLeast { numerator: 1, denominator: 2 };
    let half = FinalityRules { threshold: half, ..Default::default() };
    check_rules(half, "0 A", &[1; 4], "prevote 0 A: - - -\nprevote 1 A: A A -");
    let all = Threshold::AtLeast { numerator: 1, denominator: 1 };
    let all = FinalityRules { threshold: all, ..Default::default() };
    check_rules(
        all,
        "0 A, 0 B",
        &[1; 3],
        "prevote 0 1 A: - - -
         prevote 2 A: A A - !
         precommit 0 A: A A - !
         precommit 1 0: A 0 - !
         precommit 2 A: A 0 0 done !",
    );
}

#[test]
fn votes_for_chains_that_lost_count_against_what_follows() {
    let mut chain = Drawing::new("0 A B C, A X Y");
    let mut round = round_of(&chain, &[1; 4], "0", &FinalityRules::default());
    round.import(&chain, by(0, Stage::Prevote, chain.block("Y")));
    chain.forget("X");
    chain.forget("Y");
    for (voter, ghost) in [(1, "-"), (2, "A"), (3, "C")] {
        round.import(&chain, by(voter, Stage::Prevote, chain.block("C")));
        assert_eq!(chain.name(round.prevote_ghost()), ghost, "after the prevote of {voter}");
    }
    for voter in 0..4 {
        round.import(&chain, by(voter, Stage::Precommit, chain.block("B")));
    }
    assert_eq!(chain.name(round.finalized()), "B");
    assert!(round.completable());
}

#[test]
fn a_thousand_voters_for_a_thousand_targets_cost_no_more_than_votes() {
    // Everybody names a block of its own on one long chain, where all of them are compared.
    struct Line(std::cell::Cell<u64>);
    fn block(height: u32) -> BlockRef {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&height.to_be_bytes());
        BlockRef { hash: Hash(hash), height: serin_state::types::Height(height) }
    }
    fn height(hash: &Hash) -> u32 {
        u32::from_be_bytes(hash.0[..4].try_into().unwrap())
    }
    impl crate::finality::Ancestry for Line {
        fn height(&self, hash: &Hash) -> Option<serin_state::types::Height> {
            Some(serin_state::types::Height(height(hash)))
        }
        fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
            self.0.set(self.0.get() + 1);
            Some(block(height(one).min(height(other))))
        }
        fn ancestor_at(&self, hash: &Hash, at: serin_state::types::Height) -> Option<BlockRef> {
            self.0.set(self.0.get() + 1);
            (at.0 <= height(hash)).then(|| block(at.0))
        }
    }
    let chain = Line(std::cell::Cell::new(0));
    let key = |voter: u32| {
        let mut key = [7; 32];
        key[..4].copy_from_slice(&voter.to_be_bytes());
        PublicKey(key)
    };
    let keys: Vec<PublicKey> = (0..1_000).map(key).collect();
    let set = Arc::new(set_of(&keys, &[1; 1_000]));
    let mut round = Round::new(&set, ROUND, block(0), &FinalityRules::default());
    for stage in [Stage::Prevote, Stage::Precommit] {
        for voter in 0..1_000_u32 {
            // Highest first: each new target goes below all others.
            let signed = unsigned(key(voter), vote(stage, block(1_000 - voter)), 1);
            assert_eq!(round.import(&chain, signed), Imported::New);
        }
    }
    // 667 of 1,000 voted for the block at height 334 or above it.
    assert_eq!(round.finalized(), Some(block(334)));
    assert!(chain.0.get() < 20_000, "the chain was asked {} times", chain.0.get());
}
