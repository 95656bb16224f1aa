//! One voter alone: what it says to each vote and proof, and when it votes itself.
//!
//! The voter is node 3 of four with weight 1 each; the others speak as the test wants.

use super::chain::{TestChain, genesis};
use super::net::{self, Journal, Settings, Sham, set_of, sham_sign};
use crate::finality::voter::{
    Context, IgnoreReason, NEXT_SET_VOTES_MAX, Output, Peer, REQUEST_TIMEOUT_MS, REQUESTS_MAX,
    RejectReason, VoteVerdict, Voter, VoterCheckpoint, VoterRequest, VoterStatus,
};
use crate::finality::{BlockRef, CatchUp, Justification, SeenVotes, SignedVote, Stage, Vote};
use crate::rules::VoteTarget;
use serin_state::codec;
use serin_state::types::{Hash, Height, Millis, PublicKey, Round, SetId, Signature};
use std::collections::BTreeSet;

/// Keys in the order of the set, one on: node 0 is the primary of round 1, node 1 of round 2, and
/// the voter, node 3, of neither. Others are strangers.
fn key(node: usize) -> PublicKey {
    let set = set_of(1, 0..4);
    if node < 4 { set.get((node + 1) % 4).unwrap().key } else { net::key(node) }
}

struct One {
    chain: TestChain,
    voter: Voter,
    journal: Journal,
    now: u64,
}

impl One {
    fn new() -> Self {
        let journal = Journal { key: Some(key(3)), ..Journal::default() };
        let config = Settings::seed(0).config();
        let voter = Voter::new(config, set_of(1, 0..4), genesis(), journal.key);
        Self { chain: TestChain::new(), voter, journal, now: 10_000 }
    }

    fn call<R>(
        &mut self,
        call: impl FnOnce(&mut Voter, &mut Context<'_, TestChain, Journal, Sham>) -> R,
    ) -> R {
        let now = Millis(self.now);
        let (chain, signer) = (&self.chain, &mut self.journal);
        call(&mut self.voter, &mut Context { chain, signer, verifier: &Sham, now })
    }

    fn hear(&mut self, vote: SignedVote) -> (VoteVerdict, Vec<Output>) {
        self.call(|voter, context| voter.on_vote(context, vote))
    }

    fn blocks(&mut self) -> Vec<Output> {
        self.call(Voter::on_block)
    }

    fn wait(&mut self, ms: u64) -> Vec<Output> {
        self.now += ms;
        self.call(Voter::on_wake)
    }

    fn finalized(&mut self, block: BlockRef) -> Vec<Output> {
        self.chain.finalize(block, 100);
        self.call(|voter, context| voter.on_finalized(context, block, None))
    }
}

fn by(node: usize, round: u64, stage: Stage, target: BlockRef) -> SignedVote {
    of_set(1, key(node), round, stage, target)
}

fn of_set(set: u64, voter: PublicKey, round: u64, stage: Stage, target: BlockRef) -> SignedVote {
    let vote = Vote { set: SetId(set), round: Round(round), stage, target };
    SignedVote { vote, voter, signature: sham_sign(&voter, &vote.payload()) }
}

fn said(outputs: &[Output]) -> Vec<(Stage, BlockRef)> {
    let vote = |output: &Output| {
        let Output::Broadcast(signed) = output else { return None };
        Some((signed.vote.stage, signed.vote.target))
    };
    outputs.iter().filter_map(vote).collect()
}

use Stage::{Precommit, Prevote, Primary};

#[test]
fn every_vote_gets_its_verdict_cheap_checks_first() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let other = one.chain.grow(genesis(), 2);
    let third = one.chain.grow(genesis(), 3);
    let unknown = BlockRef { hash: Hash::of(b"unknown"), height: Height(1) };
    let forged = |vote: SignedVote| SignedVote { signature: Signature([7; 64]), ..vote };
    let ignore = VoteVerdict::Ignore;
    let reject = VoteVerdict::Reject;
    let accept = VoteVerdict::Accept;
    let table = [
        (
            forged(of_set(9, key(0), 1, Prevote, block)),
            ignore(IgnoreReason::OtherSet),
            "another set",
        ),
        (
            forged(of_set(2, key(9), 1, Prevote, block)),
            ignore(IgnoreReason::NextSet),
            "next set, kept",
        ),
        (
            forged(of_set(2, key(9), 1, Prevote, other)),
            ignore(IgnoreReason::Known),
            "one slot a voter",
        ),
        (
            forged(of_set(2, key(9), 4, Prevote, block)),
            ignore(IgnoreReason::FarAhead),
            "next set, late round",
        ),
        (forged(by(0, 0, Prevote, block)), reject(RejectReason::NoSuchRound), "rounds begin at 1"),
        (forged(by(0, 4, Prevote, block)), ignore(IgnoreReason::FarAhead), "three rounds ahead"),
        (forged(by(9, 1, Prevote, block)), reject(RejectReason::NotAVoter), "before the signature"),
        (forged(by(0, 1, Prevote, block)), reject(RejectReason::BadSignature), "forged"),
        (by(0, 1, Prevote, block), accept, "valid"),
        (
            forged(by(0, 1, Prevote, block)),
            ignore(IgnoreReason::Known),
            "seen, whatever the signature",
        ),
        (by(0, 1, Prevote, other), accept, "the second makes an equivocation"),
        (forged(by(0, 1, Prevote, third)), ignore(IgnoreReason::Third), "a third says nothing new"),
        (by(1, 3, Precommit, block), accept, "two rounds ahead: kept"),
        (by(1, 3, Precommit, block), ignore(IgnoreReason::Known), "kept already"),
        (by(1, 1, Prevote, unknown), accept, "its block is not here: kept"),
        (by(1, 1, Prevote, unknown), ignore(IgnoreReason::Known), "kept already"),
    ];
    for (vote, expected, why) in table {
        assert_eq!(one.hear(vote).0, expected, "{why}");
    }
    assert_eq!(one.voter.votes_held(), 3);
}

#[test]
fn hints_count_from_the_primary_before_the_prevote_only() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let set = set_of(1, 0..4);
    for node in 0..4 {
        let verdict = one.hear(by(node, 1, Primary, block)).0;
        let expected = if set.primary(Round(1)) == key(node) {
            VoteVerdict::Accept
        } else {
            VoteVerdict::Ignore(IgnoreReason::UselessHint)
        };
        assert_eq!(verdict, expected, "node {node}");
    }
}

#[test]
fn two_votes_are_told_once_also_while_their_block_is_missing() {
    let mut one = One::new();
    let parent = one.chain.grow(genesis(), 1);
    let header = super::chain::header(parent, 2);
    let missing = super::chain::reference(&header);
    let (verdict, outputs) = one.hear(by(0, 1, Prevote, missing));
    assert_eq!(verdict, VoteVerdict::Accept);
    assert!(outputs.contains(&Output::WantBlock(missing)));
    let gone = BlockRef { hash: Hash::of(b"gone"), height: Height(2) };
    let outputs = one.hear(by(0, 1, Prevote, gone)).1;
    let told = |outputs: &[Output]| {
        outputs.iter().filter(|output| matches!(output, Output::Evidence(_))).count()
    };
    assert_eq!(told(&outputs), 1);
    one.chain.insert(&header);
    assert_eq!(told(&one.blocks()), 0);
    assert_eq!(told(&one.hear(by(0, 1, Prevote, parent)).1), 0, "told once a round and stage");
}

#[test]
fn a_prevote_leaves_with_the_block_and_a_precommit_with_the_third_prevote() {
    let mut one = One::new();
    assert_eq!(said(&one.blocks()), [], "nothing to vote for");
    let block = one.chain.grow(genesis(), 1);
    assert_eq!(said(&one.blocks()), [(Prevote, block)]);
    assert_eq!(said(&one.hear(by(0, 1, Prevote, block)).1), []);
    assert_eq!(said(&one.hear(by(1, 1, Prevote, block)).1), [(Precommit, block)]);
}

#[test]
fn without_the_block_a_prevote_waits_twice_the_gossip_delay() {
    let mut one = One::new();
    let unknown = BlockRef { hash: Hash::of(b"unknown"), height: Height(1) };
    let outputs = one.hear(by(0, 1, Prevote, unknown)).1;
    assert_eq!(said(&outputs), []);
    assert_eq!(outputs.last(), Some(&Output::WakeAt(Millis(10_200))));
    assert_eq!(said(&one.wait(199)), []);
    assert_eq!(said(&one.wait(1)), [(Prevote, genesis())]);
    assert_eq!(one.voter.next_wake(Millis(one.now)), Some(Millis(10_400)));
}

#[test]
fn split_prevotes_are_precommitted_after_four_gossip_delays() {
    let mut one = One::new();
    let low = one.chain.grow(genesis(), 1);
    let high = one.chain.grow(low, 2);
    assert_eq!(said(&one.blocks()), [(Prevote, high)]);
    one.hear(by(0, 1, Prevote, high));
    // Two of three for the higher block: the fourth vote may still decide for it.
    assert_eq!(said(&one.hear(by(1, 1, Prevote, low)).1), []);
    assert_eq!(said(&one.wait(399)), []);
    assert_eq!(said(&one.wait(1)), [(Precommit, low)]);
}

/// Brings the voter into round 2, whose estimate is `fork` and whose prevotes in round 1 went to
/// `left`, with a longer chain on `fork` that does not hold `left`. Returns (fork, left, head of
/// the longer chain).
fn split(one: &mut One) -> (BlockRef, BlockRef, BlockRef) {
    let low = one.chain.grow(genesis(), 1);
    let step = one.chain.grow(low, 2);
    let fork = one.chain.grow(step, 2);
    let left = one.chain.grow(fork, 3);
    assert_eq!(said(&one.blocks()), [(Prevote, left)]);
    one.hear(by(0, 1, Prevote, left));
    assert_eq!(said(&one.hear(by(1, 1, Prevote, left)).1), [(Precommit, left)]);
    let middle = one.chain.grow(fork, 4);
    let right = one.chain.grow(middle, 5);
    one.hear(by(0, 1, Precommit, genesis()));
    one.hear(by(1, 1, Precommit, low));
    let outputs = one.hear(by(2, 1, Precommit, fork)).1;
    let a_final = outputs
        .iter()
        .any(|output| matches!(output, Output::Finalize(proof) if proof.target() == low));
    assert!(a_final, "{outputs:?}");
    assert_eq!(said(&one.finalized(low)), []);
    assert_eq!(one.voter.round_number(), Round(2));
    (fork, left, right)
}

fn primary_of(round: u64) -> usize {
    let set = set_of(1, 0..4);
    (0..4).find(|node| set.primary(Round(round)) == key(*node)).unwrap()
}

#[test]
fn without_a_hint_the_best_chain_above_the_estimate_is_voted_for_after_two_delays() {
    let mut one = One::new();
    let (_, _, y) = split(&mut one);
    assert_ne!(primary_of(2), 3, "the story needs another primary");
    assert_eq!(said(&one.wait(199)), []);
    assert_eq!(said(&one.wait(1)), [(Prevote, y)]);
}

#[test]
fn a_hint_between_estimate_and_ghost_moves_the_prevote_at_once() {
    let mut one = One::new();
    let (_, d, _) = split(&mut one);
    assert_eq!(said(&one.hear(by(primary_of(2), 2, Primary, d)).1), [(Prevote, d)]);
}

#[test]
fn a_hint_at_our_estimate_agrees_and_one_off_the_ghost_is_not_followed() {
    let mut one = One::new();
    let (fork, _, right) = split(&mut one);
    let said_at_once = said(&one.hear(by(primary_of(2), 2, Primary, fork)).1);
    assert_eq!(said_at_once, [(Prevote, right)]);
    for why in ["off the chain of the GHOST", "above the GHOST", "below the estimate"] {
        let mut one = One::new();
        let (_, left, right) = split(&mut one);
        let hint = match why {
            "above the GHOST" => one.chain.grow(left, 9),
            "below the estimate" => one.voter.last_final(),
            _ => right,
        };
        let said_at_once = said(&one.hear(by(primary_of(2), 2, Primary, hint)).1);
        assert_eq!(said_at_once, [], "{why}");
        let best = one.chain.best(&one.voter.last_final()).unwrap();
        assert_eq!(said(&one.wait(200)), [(Prevote, best)]);
    }
}

#[test]
fn a_round_that_is_completable_waits_for_the_estimate_of_the_one_before() {
    let mut one = One::new();
    let (fork, _, right) = split(&mut one);
    let low = one.voter.last_final();
    assert_eq!(said(&one.wait(200)), [(Prevote, right)]);
    one.hear(by(0, 2, Prevote, right));
    assert_eq!(said(&one.hear(by(1, 2, Prevote, right)).1), [(Precommit, right)]);
    one.hear(by(0, 2, Precommit, low));
    let outputs = one.hear(by(1, 2, Precommit, low)).1;
    assert!(one.voter.current.completable(), "no child of the GHOST can win");
    assert_eq!((said(&outputs), one.voter.round_number()), (Vec::new(), Round(2)), "{fork:?}");
    // A proof of a later round, so that its votes do not count in ours.
    let votes = (0..3).map(|node| by(node, 9, Precommit, fork)).collect();
    let final_fork = Justification::new(SetId(1), Round(9), fork, votes);
    one.call(|voter, context| voter.on_commit(context, &final_fork));
    one.finalized(fork);
    assert_eq!(one.voter.round_number(), Round(3));
}

#[test]
fn a_lag_behind_the_head_never_lowers_the_target_below_the_base() {
    let mut one = One::new();
    one.voter.config.rules.vote_target = VoteTarget::BehindAndThreeQuarters;
    let table = [
        (10, 10, 10, "nothing above the base"),
        (10, 11, 10, "two behind would be below"),
        (10, 12, 10, "two behind is the base"),
        (10, 13, 11, "three quarters of one, rounded up"),
        (10, 16, 13, "of four"),
        (10, 22, 18, "of ten"),
    ];
    for (base, head, expected, why) in table {
        assert_eq!(one.voter.lowered(Height(base), Height(head)), Height(expected), "{why}");
    }
}

#[test]
fn who_cannot_prevote_does_not_precommit() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    one.chain.blind = true;
    for (node, precommit) in [(0, block), (1, block), (2, genesis())] {
        one.hear(by(node, 1, Prevote, block));
        one.hear(by(node, 1, Precommit, precommit));
    }
    assert!(one.voter.current.completable() && one.voter.paused.is_none());
    one.wait(1_000);
    assert!(one.journal.signed.is_empty(), "{:?}", one.journal.signed);
}

#[test]
fn a_ghost_below_the_estimate_is_not_precommitted_however_long_it_takes() {
    let mut one = One::new();
    let (_, _, right) = split(&mut one);
    let low = one.voter.last_final();
    assert_eq!(said(&one.wait(200)), [(Prevote, right)]);
    one.hear(by(0, 2, Prevote, low));
    assert_eq!(said(&one.hear(by(1, 2, Prevote, low)).1), []);
    assert_eq!(one.voter.current.prevote_ghost(), Some(low));
    assert_eq!(said(&one.wait(10_000)), []);
    // The fourth prevote lifts the GHOST.
    assert_eq!(said(&one.hear(by(2, 2, Prevote, right)).1), []);
    one.hear(by(1, 2, Prevote, right));
    assert_eq!(one.voter.current.prevote_ghost(), Some(right));
    assert_eq!(one.journal.signed.last_key_value().unwrap().1.vote.target, right);
}

/// Brings the voter into round 2 with an estimate on a chain that loses to `other`, which round 9 made final.
fn lose(one: &mut One) -> (BlockRef, BlockRef) {
    let (fork, ..) = split(one);
    let low = one.voter.last_final();
    let other = one.chain.grow(low, 7);
    assert!(other.height < fork.height);
    let votes = (0..3).map(|node| by(node, 9, Precommit, other)).collect();
    let proof = Justification::new(SetId(1), Round(9), other, votes);
    one.call(|voter, context| voter.on_commit(context, &proof));
    assert_eq!(said(&one.finalized(other)), []);
    let next = one.chain.grow(other, 8);
    assert_eq!(said(&one.blocks()), [], "no vote that the votes of round 1 cannot explain");
    (low, next)
}

#[test]
fn an_estimate_that_lost_to_finality_silences_us_until_missing_votes_lower_it() {
    let mut one = One::new();
    let (low, next) = lose(&mut one);
    assert_eq!(said(&one.wait(10_000)), []);
    // Voter 2 precommitted for two blocks: with it three of four do not want the estimate.
    let outputs = one.hear(by(2, 1, Precommit, low)).1;
    assert_eq!(said(&outputs), [(Prevote, next)], "without waiting for a hint");
}

#[test]
fn an_estimate_that_lost_to_finality_holds_nobody_up() {
    let mut one = One::new();
    let (_, next) = lose(&mut one);
    for node in 0..3 {
        one.hear(by(node, 2, Prevote, next));
    }
    for node in 0..3 {
        one.hear(by(node, 2, Precommit, next));
    }
    one.finalized(next);
    assert_eq!(one.voter.round_number(), Round(3), "without our votes");
    let newest = one.chain.grow(next, 9);
    assert_eq!(said(&one.blocks()), [(Prevote, newest)]);
}

/// The GHOST lies off a block that is final and was the estimate: whoever votes for it would have to explain a
/// vote that nothing explains, however many others are faulty.
#[test]
fn a_ghost_off_a_final_estimate_is_not_precommitted() {
    let mut one = One::new();
    let (fork, _, right) = split(&mut one);
    let low = one.voter.last_final();
    assert_eq!(said(&one.wait(200)), [(Prevote, right)]);
    let votes = (0..3).map(|node| by(node, 9, Precommit, fork)).collect();
    let proof = Justification::new(SetId(1), Round(9), fork, votes);
    one.call(|voter, context| voter.on_commit(context, &proof));
    assert_eq!(said(&one.finalized(fork)), []);
    let beside = one.chain.grow(low, 7);
    for node in 0..3 {
        assert_eq!(said(&one.hear(by(node, 2, Prevote, beside)).1), []);
    }
    assert_eq!(said(&one.wait(10_000)), []);
}

#[test]
fn nobody_votes_beyond_an_announcement_that_is_not_final() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let announcing = one.chain.grow(block, 2);
    one.chain.announcing.insert(announcing);
    let beyond = one.chain.grow(announcing, 3);
    assert_eq!(said(&one.blocks()), [(Prevote, announcing)]);
    for node in [0, 1] {
        one.hear(by(node, 1, Prevote, beyond));
    }
    // Should others, more than the faulty ones, go beyond, our precommit does not.
    let outputs = one.hear(by(2, 1, Prevote, beyond)).1;
    assert_eq!(one.voter.current.prevote_ghost(), Some(beyond));
    assert_eq!(said(&outputs), [(Precommit, announcing)]);
}

/// A proof by the set for a block beyond the one that ends it is void (design, section 5).
#[test]
fn what_a_set_says_beyond_its_end_makes_nothing_final() {
    let finalises = |outputs: &[Output], beyond: BlockRef| {
        let is_it =
            |output: &Output| matches!(output, Output::Finalize(proof) if proof.target() == beyond);
        outputs.iter().any(is_it)
    };
    let set_up = |one: &mut One| {
        let announcing = one.chain.grow(genesis(), 1);
        one.chain.announcing.insert(announcing);
        one.chain.grow(announcing, 2)
    };
    let proof = |beyond| {
        let votes = (0..3).map(|node| by(node, 1, Precommit, beyond)).collect();
        Justification::new(SetId(1), Round(1), beyond, votes)
    };

    let mut one = One::new();
    let beyond = set_up(&mut one);
    let (verdict, outputs) = one.call(|voter, context| voter.on_commit(context, &proof(beyond)));
    assert_eq!(verdict, VoteVerdict::Reject(RejectReason::BadProof));
    assert!(!finalises(&outputs, beyond));

    let mut late = One::new();
    let beyond = set_up(&mut late);
    let header = late.chain.forget(beyond);
    late.call(|voter, context| voter.on_commit(context, &proof(beyond)));
    late.chain.insert(&header);
    assert!(!finalises(&late.blocks(), beyond), "its block came later");

    let mut round = One::new();
    let beyond = set_up(&mut round);
    round.blocks();
    for stage in [Prevote, Precommit] {
        for node in 0..3 {
            let outputs = round.hear(by(node, 1, stage, beyond)).1;
            assert!(!finalises(&outputs, beyond), "by votes");
        }
    }
}

#[test]
fn what_rounds_leave_behind_is_forgotten() {
    let mut one = One::new();
    let mut parent = genesis();
    for round in 1..=20 {
        let block = one.chain.grow(parent, round);
        one.blocks();
        let tag = Hash::of(&round.to_le_bytes());
        let unknown = BlockRef { hash: tag, height: block.height };
        one.hear(by(2, round, Prevote, unknown));
        let other = one.chain.grow(parent, round + 1_000);
        one.hear(by(2, round, Precommit, other));
        one.hear(by(2, round, Precommit, block));
        for (node, stage) in [(0, Prevote), (1, Prevote), (0, Precommit), (1, Precommit)] {
            one.hear(by(node, round, stage, block));
        }
        one.finalized(block);
        parent = block;
        assert_eq!(one.voter.round_number(), Round(round + 1));
        assert!(
            one.voter.votes_held() <= 2 && (1..=3).contains(&one.voter.told.len()),
            "round {round}"
        );
    }
}

#[test]
fn nothing_is_cast_between_finality_and_its_answer() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    one.blocks();
    for (node, stage) in [(0, Prevote), (1, Prevote), (0, Precommit)] {
        one.hear(by(node, 1, stage, block));
    }
    let outputs = one.hear(by(1, 1, Precommit, block)).1;
    assert!(matches!(outputs.first(), Some(Output::Finalize(proof)) if proof.target() == block));
    let next = one.chain.grow(block, 2);
    assert_eq!(said(&one.blocks()), []);
    assert_eq!(said(&one.wait(5_000)), []);
    let outputs = one.finalized(block);
    assert_eq!(said(&outputs), [(Prevote, next)]);
    let checkpoint = outputs.iter().position(|output| matches!(output, Output::Checkpoint(_)));
    let vote = outputs.iter().position(|output| matches!(output, Output::Broadcast(_)));
    assert!(checkpoint.is_some() && checkpoint < vote, "the checkpoint stands before the vote");
}

fn proof_of(block: BlockRef, voters: std::ops::Range<usize>) -> Justification {
    let votes = voters.map(|node| by(node, 1, Precommit, block)).collect();
    Justification::new(SetId(1), Round(1), block, votes)
}

#[test]
fn proofs_get_their_verdict_and_wait_for_their_block() {
    let mut one = One::new();
    let header = super::chain::header(genesis(), 1);
    let block = super::chain::reference(&header);
    let commit = |one: &mut One, proof: &Justification| {
        one.call(|voter, context| voter.on_commit(context, proof))
    };
    let light = proof_of(block, 0..2);
    assert_eq!(commit(&mut one, &light).0, VoteVerdict::Reject(RejectReason::BadProof));
    let other = Justification::new(SetId(7), Round(1), block, Vec::new());
    assert_eq!(commit(&mut one, &other).0, VoteVerdict::Ignore(IgnoreReason::OtherSet));
    let (verdict, outputs) = commit(&mut one, &proof_of(block, 0..3));
    assert_eq!(verdict, VoteVerdict::Accept);
    assert!(outputs.contains(&Output::WantBlock(block)) && said(&outputs).is_empty());
    assert_eq!(
        commit(&mut one, &proof_of(block, 0..3)).0,
        VoteVerdict::Ignore(IgnoreReason::Known)
    );
    one.chain.insert(&header);
    let outputs = one.blocks();
    assert!(matches!(outputs.first(), Some(Output::Finalize(proof)) if proof.target() == block));
    let next = one.chain.grow(block, 2);
    let outputs = one.blocks();
    assert!(said(&outputs).is_empty(), "paused until it is final: {next:?}");
    assert!(!outputs.iter().any(|output| matches!(output, Output::Finalize(_))), "asked once");
    // Never backwards: another proof for it or below changes nothing.
    one.finalized(block);
    assert_eq!(one.voter.last_final(), block);
    let genesis_proof = proof_of(genesis(), 0..3);
    let (_, outputs) = commit(&mut one, &genesis_proof);
    assert!(!outputs.iter().any(|output| matches!(output, Output::Finalize(_))));
}

#[test]
fn a_proof_is_sent_within_the_gossip_delay_unless_one_was_seen() {
    for seen in [false, true] {
        let mut one = One::new();
        let block = one.chain.grow(genesis(), 1);
        one.blocks();
        for (node, stage) in [(0, Prevote), (1, Prevote), (0, Precommit), (1, Precommit)] {
            one.hear(by(node, 1, stage, block));
        }
        let mut outputs = one.finalized(block);
        if seen {
            outputs.extend(
                one.call(|voter, context| voter.on_commit(context, &proof_of(block, 0..3))).1,
            );
        }
        outputs.extend(one.wait(100));
        let sent = outputs.iter().any(|output| matches!(output, Output::BroadcastCommit(_)));
        assert_eq!(sent, !seen);
    }
}

#[test]
fn responses_nobody_asked_for_change_nothing() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let before = one.voter.digest();
    let votes = [by(0, 1, Prevote, block)];
    let (fault, outputs) = one.call(|voter, context| voter.on_votes(context, Peer(1), &votes));
    assert_eq!((fault, outputs.len(), one.voter.digest()), (Ok(()), 0, before));
}

#[test]
fn a_forged_vote_in_a_response_is_the_fault_of_the_peer_and_the_others_count() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let mut ahead = One::new();
    ahead.chain = one.chain.clone();
    ahead.hear(by(0, 1, Prevote, block));
    let status = ahead.voter.status();
    one.voter.on_peer_status(Millis(one.now), Peer(1), &status);
    let forged = SignedVote { signature: Signature([0; 64]), ..by(1, 1, Prevote, block) };
    let votes = [forged, by(0, 1, Prevote, block)];
    let (fault, outputs) = one.call(|voter, context| voter.on_votes(context, Peer(1), &votes));
    assert_eq!(fault, Err(RejectReason::BadSignature));
    assert_eq!(said(&outputs), [(Prevote, block)], "the valid vote opened the round");
}

#[test]
fn a_peer_is_served_what_it_lacks_and_both_votes_of_a_liar() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let other = one.chain.grow(genesis(), 2);
    let (first, second) = (by(0, 1, Prevote, block), by(0, 1, Prevote, other));
    let (seen, unseen) = (by(1, 1, Prevote, block), by(2, 1, Precommit, block));
    for vote in [first, seen] {
        one.hear(vote);
    }
    let has = one.voter.status().current;
    for vote in [second, unseen] {
        one.hear(vote);
    }
    let request = |set, round| VoterRequest::Votes { set, round, seen: has.clone() };
    let mut served = one.voter.serve_votes(&request(SetId(1), Round(1)));
    served.retain(|vote| vote.voter != key(3));
    served.sort_unstable();
    let mut expected = [first, second, unseen];
    expected.sort_unstable();
    assert_eq!(served, expected);
    assert_eq!(one.voter.serve_votes(&request(SetId(2), Round(1))), []);
    assert_eq!(one.voter.serve_votes(&request(SetId(1), Round(9))), []);
    let request = VoterRequest::CatchUp { set: SetId(1), round: Round(1) };
    assert_eq!(one.voter.serve_catch_up(&request), None, "no round is complete");
}

#[test]
fn requests_are_bounded_and_forgotten_in_time() {
    let mut one = One::new();
    let mut ahead = One::new();
    let block = ahead.chain.grow(genesis(), 1);
    ahead.hear(by(0, 1, Prevote, block));
    let status = ahead.voter.status();
    let mut asked = 0;
    for peer in 0..100 {
        let outputs = one.voter.on_peer_status(Millis(one.now), Peer(peer), &status);
        asked += outputs.len();
        let repeated = one.voter.on_peer_status(Millis(one.now), Peer(peer), &status);
        assert_eq!(repeated, [], "one request a peer");
    }
    assert_eq!(asked, REQUESTS_MAX);
    one.voter.on_request_failed(Peer(0));
    let again = one.voter.on_peer_status(Millis(one.now), Peer(0), &status);
    assert!(matches!(
        again.as_slice(),
        [Output::Request { peer: Peer(0), request: VoterRequest::Votes { round: Round(1), .. } }]
    ));
    let later = Millis(one.now + REQUEST_TIMEOUT_MS);
    assert_eq!(one.voter.on_peer_status(later, Peer(99), &status).len(), 1);
}

#[test]
fn both_rounds_are_asked_for_at_whatever_interval_statuses_come() {
    let mut one = One::new();
    split(&mut one);
    let all = || SeenVotes::from_bits(vec![0b1111], vec![0b1111]);
    let VoterStatus { set, round, current, previous } = one.voter.status();
    let ahead = round.next().unwrap();
    let cases = [
        ("of each the peer has more", VoterStatus { set, round, current: all(), previous: all() }),
        (
            "the peer is ahead by the other votes of an equivocator",
            VoterStatus { set, round: ahead, current: SeenVotes::default(), previous: current },
        ),
    ];
    assert_ne!(previous, all(), "the story needs a vote that is missing");
    for (why, status) in cases {
        for delays in 1..=40 {
            let mut asked = BTreeSet::new();
            for turn in 0..32 {
                let now = Millis(one.now + turn * delays * 100);
                for output in one.voter.on_peer_status(now, Peer(1), &status) {
                    if let Output::Request { request: VoterRequest::Votes { round, .. }, .. } =
                        output
                    {
                        asked.insert(round);
                    }
                }
                one.voter.on_request_failed(Peer(1));
            }
            assert_eq!(asked, BTreeSet::from([Round(1), Round(2)]), "{why}, {delays} delays");
        }
    }
}

#[test]
fn a_voter_whose_round_is_stalled_joins_those_a_round_ahead() {
    let mut ahead = One::new();
    split(&mut ahead);
    let status = ahead.voter.status();
    let mut one = One::new();
    one.chain = ahead.chain.clone();
    one.blocks();
    let asked = |one: &mut One, from: u64| {
        (0..32).find_map(|turn| {
            let now = Millis(one.now + from + turn * 20);
            let outputs = one.voter.on_peer_status(now, Peer(1), &status);
            let [Output::Request { request, .. }] = &outputs[..] else { return None };
            if matches!(request, VoterRequest::CatchUp { .. }) {
                return Some(request.clone());
            }
            one.voter.on_request_failed(Peer(1));
            None
        })
    };
    assert_eq!(asked(&mut one, 0), None, "its votes may do");
    let request = asked(&mut one, 1_000).expect("the round is stalled");
    let caught_up = ahead.voter.serve_catch_up(&request).expect("the peer completed the round");
    let (fault, _) = one.call(|voter, context| voter.on_catch_up(context, Peer(1), caught_up));
    assert_eq!((fault, one.voter.round_number()), (Ok(()), Round(2)));
}

#[test]
fn a_flood_for_the_next_set_stays_bounded() {
    let mut one = One::new();
    for number in 0..u32::try_from(NEXT_SET_VOTES_MAX).unwrap() + 100 {
        let stranger = PublicKey(Hash::of(&number.to_le_bytes()).0);
        one.hear(of_set(2, stranger, 1, Prevote, genesis()));
    }
    assert_eq!(one.voter.votes_held(), NEXT_SET_VOTES_MAX);
    let verdict = one.hear(of_set(2, key(0), 1, Prevote, genesis())).0;
    assert_eq!(verdict, VoteVerdict::Ignore(IgnoreReason::NoRoom));
}

#[test]
fn early_votes_for_the_next_set_count_once_it_takes_over() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let next = one.chain.grow(block, 2);
    for node in [0, 1] {
        one.hear(of_set(2, key(node), 1, Prevote, next));
    }
    let forged =
        SignedVote { signature: Signature([0; 64]), ..of_set(2, key(2), 1, Prevote, next) };
    one.hear(forged);
    one.chain.finalize(block, 100);
    let set = set_of(2, 0..4);
    let outputs = one.call(|voter, context| voter.on_finalized(context, block, Some(set)));
    // Our prevote and two early ones are a supermajority; the forged one is gone.
    assert_eq!(said(&outputs), [(Prevote, next), (Precommit, next)]);
    assert_eq!(one.voter.votes_held(), 0);
    assert_eq!(one.hear(by(0, 1, Prevote, block)).0, VoteVerdict::Ignore(IgnoreReason::OtherSet));
}

#[test]
fn a_restart_has_the_estimate_and_repeats_its_vote() {
    let mut one = One::new();
    let (b, _, y) = split(&mut one);
    let checkpoint = one.voter.checkpoint();
    assert_eq!(checkpoint.base, genesis());
    assert!(checkpoint.estimate.height >= b.height, "as it was when the round began");
    let bytes = codec::encode(&checkpoint);
    assert_eq!(codec::decode_bounded::<VoterCheckpoint>(&bytes, 1 << 20), Ok(checkpoint.clone()));
    assert_eq!(said(&one.wait(200)), [(Prevote, y)]);
    // The chain looks different after the restart: the vote that was cast is sent all the same.
    let z = one.chain.grow(y, 6);
    let fresh = Voter::new(
        Settings::seed(0).config(),
        set_of(1, 0..4),
        one.voter.last_final(),
        Some(key(3)),
    );
    one.voter = fresh.resumed(&checkpoint, &one.chain);
    assert_eq!(one.voter.round_number(), Round(2));
    one.blocks();
    assert_eq!(said(&one.wait(200)), [(Prevote, y)], "not {z:?}");
}

#[test]
fn a_restart_without_the_block_of_its_estimate_waits_for_it() {
    let mut one = One::new();
    let (_, left, right) = split(&mut one);
    let checkpoint = one.voter.checkpoint();
    assert_eq!(checkpoint.estimate, left);
    let header = one.chain.forget(left);
    let fresh = Voter::new(
        Settings::seed(0).config(),
        set_of(1, 0..4),
        one.voter.last_final(),
        Some(key(3)),
    );
    one.voter = fresh.resumed(&checkpoint, &one.chain);
    one.blocks();
    assert_eq!(
        said(&one.wait(1_000)),
        [],
        "another chain may be voted for only below the estimate"
    );
    one.chain.insert(&header);
    let mut outputs = one.blocks();
    outputs.extend(one.wait(200));
    assert_eq!(said(&outputs), [(Prevote, right)], "the votes of the round before lower it");
}

#[test]
fn equal_histories_have_equal_digests() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let (empty, branch) = (one.voter.digest(), one.voter.clone());
    assert_eq!(branch.digest(), empty);
    one.hear(by(0, 1, Prevote, block));
    assert_ne!(one.voter.digest(), empty);
    assert_eq!(branch.digest(), empty, "the branch stays");
}

#[test]
fn what_was_counted_is_logged_once_and_nothing_else() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let counted =
        [by(0, 1, Prevote, block), by(1, 1, Prevote, block), by(0, 1, Prevote, genesis())];
    let third = by(0, 1, Prevote, one.chain.grow(genesis(), 2));
    let unknown = by(2, 1, Prevote, BlockRef { hash: Hash::of(b"nobody"), height: Height(1) });
    let hint = by(primary_of(1), 1, Primary, genesis());
    for vote in counted.into_iter().chain([third, unknown, hint, counted[0]]) {
        one.hear(vote);
    }
    let ours = one.journal.signed.values().filter(|vote| vote.vote.stage != Primary).copied();
    let mut expected: Vec<SignedVote> = counted.into_iter().chain(ours).collect();
    expected.sort();
    one.journal.logged.sort();
    assert_eq!(one.journal.logged, expected);
}

#[test]
fn without_the_log_no_vote_is_signed() {
    let mut one = One::new();
    one.journal.log_fails = true;
    one.chain.grow(genesis(), 1);
    assert_eq!(said(&one.blocks()), []);
    assert_eq!(one.journal.signed.len(), 0);
}

#[test]
fn a_round_that_was_caught_up_with_is_logged_before_the_next_is_voted_in() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let (peer, now) = (Peer(1), Millis(one.now));
    let mut status = one.voter.status();
    status.round = Round(6);
    assert_eq!(one.voter.on_peer_status(now, peer, &status).len(), 1, "it asks to catch up");
    let of_stage = |stage| (0..3).map(move |node| by(node, 5, stage, block));
    let votes: Vec<_> = of_stage(Prevote).chain(of_stage(Precommit)).collect();
    let catch_up = CatchUp::new(SetId(1), Round(5), genesis(), votes.clone());
    let (caught_up, _) = one.call(|voter, context| voter.on_catch_up(context, peer, catch_up));
    assert_eq!((caught_up, one.voter.round_number()), (Ok(()), Round(6)));
    assert!(votes.iter().all(|vote| one.journal.logged.contains(vote)));
}

#[test]
fn no_vote_of_a_round_is_signed_before_its_beginning_is_durable() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    one.blocks();
    for node in 0..2 {
        one.hear(by(node, 1, Prevote, block));
    }
    one.hear(by(0, 1, Precommit, block));
    one.journal.enter_fails = true;
    one.chain.grow(block, 2);
    let outputs = one.hear(by(1, 1, Precommit, block)).1;
    let is_final = |output: &Output| matches!(output, Output::Finalize(_));
    assert!(outputs.iter().any(is_final), "{outputs:?}");
    assert_eq!(said(&one.finalized(block)), [], "round 2 is not durable");
    assert_eq!(one.voter.round_number(), Round(2));
    assert!(one.journal.signed.keys().all(|(_, round, _)| *round == 1));
}

#[test]
fn an_equivocator_counts_though_its_second_block_is_gone() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let gone = BlockRef { hash: Hash::of(b"gone"), height: Height(1) };
    assert_eq!(said(&one.blocks()), [(Prevote, block)]);
    one.hear(by(0, 1, Prevote, block));
    one.hear(by(2, 1, Prevote, genesis()));
    let outputs = one.hear(by(2, 1, Prevote, gone)).1;
    assert!(outputs.iter().any(|output| matches!(output, Output::Evidence(_))), "{outputs:?}");
    assert_eq!(said(&outputs), [(Precommit, block)], "two for the block, and one for every block");
}

#[test]
fn a_round_is_caught_up_with_though_blocks_of_an_equivocator_are_gone() {
    let mut one = One::new();
    let block = one.chain.grow(genesis(), 1);
    let (peer, now) = (Peer(1), Millis(one.now));
    let mut status = one.voter.status();
    status.round = Round(6);
    assert_eq!(one.voter.on_peer_status(now, peer, &status).len(), 1, "it asks to catch up");
    let gone = |name: &[u8]| BlockRef { hash: Hash::of(name), height: Height(1) };
    let of_stage = |stage| {
        let honest = (0..2).map(move |node| by(node, 5, stage, block));
        honest.chain([b"one", b"two"].map(|name| by(2, 5, stage, gone(name))))
    };
    let votes: Vec<_> = of_stage(Prevote).chain(of_stage(Precommit)).collect();
    let catch_up = CatchUp::new(SetId(1), Round(5), genesis(), votes);
    let (caught_up, _) = one.call(|voter, context| voter.on_catch_up(context, peer, catch_up));
    assert_eq!((caught_up, one.voter.round_number()), (Ok(()), Round(6)));
}
