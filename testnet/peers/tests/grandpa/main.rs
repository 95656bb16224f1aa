//! Rounds of votes beside finality-grandpa 0.16.3, the gadget that is deployed, unchanged.
//!
//! Its rounds are closed to the outside, so two doors that are open are used: an observing voter that is
//! handed all votes of a round and tells what it makes of a completable one, and the check of a commit, which
//! names the highest block with a supermajority. No difference up to f equivocators in each stage; beyond f
//! the paper says nothing, and the last test counts where the two choose differently.

mod case;
mod peer;

use case::{Case, Stages};
use serin_consensus::crypto::{Check, LotteryOutput, Verifier};
use serin_consensus::finality::{BlockRef, Imported, Justification, Round, Stage};
use serin_consensus::rules::FinalityRules;
use serin_state::types::{LotteryProof, LotteryPublicKey};

/// The seed of all cases, printed with the result.
const SEED: u64 = 0x5e81_0002;

/// Takes every signature: neither side looks at them here.
struct Unsigned;

impl Verifier for Unsigned {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        vec![true; checks.len()]
    }

    fn lottery(&self, _: &LotteryPublicKey, _: &[u8], _: &LotteryProof) -> Option<LotteryOutput> {
        None
    }
}

/// Our round after all votes of the case.
fn ours(case: &Case) -> Round {
    let mut round = Round::new(&case.set, case::ROUND, case.base(), &FinalityRules::default());
    for (voter, stage, target) in &case.votes {
        let imported = round.import(&case.tree, case.signed(*voter, *stage, *target));
        assert!(!matches!(imported, Imported::Ignored(_)), "every vote of a case counts");
    }
    round
}

/// What both sides say of a completable round.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    ghost: Option<BlockRef>,
    estimate: Option<BlockRef>,
    finalized: Option<BlockRef>,
}

fn answers(case: &Case) -> Option<Answers> {
    let round = ours(case);
    round.completable().then(|| Answers {
        ghost: round.prevote_ghost(),
        estimate: round.estimate(),
        finalized: round.finalized(),
    })
}

fn peer_answers(case: &Case) -> Option<Answers> {
    let state = peer::completed(case)?;
    let block = |block: Option<(_, u32)>| block.map(|(hash, _)| case.tree.reference(&hash));
    Some(Answers {
        ghost: block(state.prevote_ghost),
        estimate: block(state.estimate),
        finalized: block(state.finalized),
    })
}

#[test]
fn completable_rounds_have_equal_answers() {
    let (mut completable, mut final_above_base, mut equivocating) = (0_u64, 0_u64, 0_u64);
    let count = serin_peers::inputs(5_000);
    for number in 0..count {
        let case = Case::new(SEED, number, Stages::BoundedBoth);
        let ours = answers(&case);
        assert_eq!(ours, peer_answers(&case), "case {number}, seed {SEED:#x}: {case:?}");
        equivocating += u64::from(case.equivocating(Stage::Precommit) > 0);
        let Some(ours) = ours else { continue };
        completable += 1;
        final_above_base += u64::from(ours.finalized.is_some_and(|block| block != case.base()));
    }
    println!(
        "{count} random vote sets (seed {SEED:#x}): no difference; {completable} completable, \
         {final_above_base} final above their base, {equivocating} with equivocators"
    );
    assert!(completable * 3 > count && final_above_base * 4 > count, "the cases say something");
    assert!(equivocating * 4 > count, "and lie");
}

#[test]
fn supermajorities_stand_at_the_same_block() {
    let (mut found, mut proofs) = (0_u64, 0_u64);
    let count = serin_peers::inputs(5_000);
    for number in 0..count {
        let case = Case::new(SEED + 1, number, Stages::BoundedBoth);
        let votes = case.precommits();
        // The peer takes the lowest target for the base, and nothing where not all descend from it.
        let Some(base) = case.lowest_common_target() else { continue };
        let rules = FinalityRules::default();
        let mut round = Round::new(&case.set, case::ROUND, base, &rules);
        for (voter, target) in &votes {
            round.import(&case.tree, case.signed(*voter, Stage::Prevote, *target));
        }
        for block in case.tree.blocks() {
            let accepted = peer::commits(&case, block);
            let is_ghost = round.prevote_ghost() == Some(block);
            assert_eq!(accepted, is_ghost, "case {number}, seed {SEED:#x}: {block:?} of {case:?}");
            if !accepted {
                continue;
            }
            found += 1;
            // What proves a block there proves it here, all votes and the headers added.
            let signed = votes.iter().map(|(voter, at)| case.signed(*voter, Stage::Precommit, *at));
            let proof = Justification::new(case::SET, case::ROUND, block, signed.collect());
            let proof = proof.with_ancestry(|hash| case.tree.header(hash));
            assert_eq!(
                proof.verify(&case.set, &rules, &Unsigned),
                Ok(()),
                "case {number}: {case:?}"
            );
            proofs += u64::from(!proof.ancestry().is_empty());
        }
    }
    println!("{found} supermajorities, {proofs} with headers (seed {SEED:#x}): no difference");
    assert!(found * 4 > count && proofs > 0, "the cases say something: {found}");
}

#[test]
fn the_peer_refuses_a_proof_of_ours_for_two_reasons_only() {
    let (mut taken, mut higher, mut apart) = (0_u64, 0_u64, 0_u64);
    for number in 0..serin_peers::inputs(5_000) {
        let case = Case::new(SEED + 2, number, Stages::BoundedBoth);
        let Some(proof) = ours(&case).justification(&case.tree) else { continue };
        let precommits: Vec<_> =
            proof.votes().map(|signed| (case.voter(&signed.voter), signed.vote.target)).collect();
        if peer::takes(&case, &precommits, proof.target()) {
            taken += 1;
            continue;
        }
        let lowest = precommits.iter().map(|(_, at)| *at).min_by_key(|at| at.height).unwrap();
        if precommits.iter().all(|(_, at)| case.tree.descends(&lowest, at)) {
            // The supermajority stands above the target, where too few prevotes were: the peer wants the
            // highest such block for the target.
            let rules = FinalityRules::default();
            let mut same = Round::new(&case.set, case::ROUND, lowest, &rules);
            for (voter, target) in &precommits {
                same.import(&case.tree, case.signed(*voter, Stage::Prevote, *target));
            }
            let highest = same.prevote_ghost().unwrap();
            assert!(highest.height > proof.target().height, "case {number}: {case:?}");
            higher += 1;
        } else {
            // No vote is below all others, as the peer wants it: an equivocator spoke elsewhere, or
            // nobody voted for the target itself and the votes above it part.
            apart += 1;
        }
    }
    println!(
        "{taken} proofs taken; refused {higher} that prove more, {apart} without a lowest vote"
    );
    assert!(taken > apart && taken > 10 * higher, "most are taken");
}

#[test]
fn beyond_f_equivocators_the_choice_is_ours() {
    let (mut beyond, mut differ, mut ghosts) = (0_u64, 0_u64, 0_u64);
    for number in 0..serin_peers::inputs(5_000) {
        let case = Case::new(SEED + 3, number, Stages::Unbounded);
        let most = case.equivocating(Stage::Prevote).max(case.equivocating(Stage::Precommit));
        let (ours, theirs) = (answers(&case), peer_answers(&case));
        if most <= case.set.faulty_max().0 {
            assert_eq!(ours, theirs, "case {number}, seed {SEED:#x}: {case:?}");
            continue;
        }
        beyond += 1;
        differ += u64::from(ours != theirs);
        if let (Some(ours), Some(theirs)) = (&ours, &theirs) {
            ghosts += u64::from(ours.ghost != theirs.ghost);
        }
    }
    println!(
        "{beyond} cases beyond f: {differ} differ, {ghosts} of them in the GHOST (seed {SEED:#x})"
    );
    assert!(beyond > 100, "the cases say something");
}
