//! The checker is worth something only if it refuses what is wrong: one verdict, tampered with in every way.

use super::super::checker::check;
use super::super::plan::Class;
use super::{Case, Record, Ruling, violations};
use crate::sim::crypto::SimSigner;
use serin_consensus::finality::Vote;
use serin_consensus::finality::accuse::{Culprit, Offence, Question, Verdict};
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::finality::{SignedVote, Stage, VoteEquivocation};
use serin_state::types::{Round, SetId, Signature, VoteWeight};
use std::sync::Arc;

struct Sample {
    case: Case,
    record: Record,
    ruling: Ruling,
}

/// A violation whose verdict holds and has a proof of the wanted kind.
fn sample(class: Class, wanted: fn(&Offence) -> bool) -> Sample {
    let found = violations(class, 60).into_iter().find(|(_, _, _, ruling)| {
        ruling.online.culprits.iter().any(|culprit| wanted(&culprit.proof))
    });
    let (seed, case, record, ruling) = found.expect("some seed shows it");
    let held = check(&case, &record, &ruling.conflict, &ruling.online);
    assert!(held.is_ok(), "{} seed {seed}: {held:?}", class.name());
    Sample { case, record, ruling }
}

const fn is_equivocation(proof: &Offence) -> bool {
    matches!(proof, Offence::Equivocation(_))
}

const fn is_unanswered(proof: &Offence) -> bool {
    matches!(proof, Offence::Unanswered { .. })
}

/// Asserts that the tampered verdict is refused, and with a reason that names what was done.
fn refused(sample: &Sample, tamper: impl FnOnce(&mut Verdict), expected: &str) {
    let mut verdict = sample.ruling.online.clone();
    tamper(&mut verdict);
    let refusal = check(&sample.case, &sample.record, &sample.ruling.conflict, &verdict);
    let why = refusal.expect_err(expected);
    assert!(why.contains(expected), "{why}, not: {expected}");
}

fn first_of(verdict: &mut Verdict, wanted: fn(&Offence) -> bool) -> &mut Culprit {
    verdict.culprits.iter_mut().find(|culprit| wanted(&culprit.proof)).unwrap()
}

type Tamper = fn(&mut VoteEquivocation);

fn equivocation(culprit: &mut Culprit) -> &mut VoteEquivocation {
    match &mut culprit.proof {
        Offence::Equivocation(proof) => proof,
        Offence::Unanswered { .. } => panic!("another kind of proof"),
    }
}

#[test]
fn verdicts_of_too_little_weight_or_about_others_are_refused() {
    let sample = sample(Class::Twins, is_equivocation);
    refused(&sample, |verdict| verdict.culprits.clear(), "at least");
    refused(&sample, |verdict| verdict.culprits.truncate(1), "at least");
    refused(&sample, |verdict| verdict.promised = VoteWeight(u64::MAX), "at least");
    refused(&sample, |verdict| verdict.set = SetId(verdict.set.0 + 1), "last common set");
    refused(
        &sample,
        |verdict| {
            let again = verdict.culprits[0].clone();
            verdict.culprits.push(again);
        },
        "named twice",
    );
    refused(&sample, |verdict| verdict.culprits[0].weight = VoteWeight(77), "no member");
    let honest = sample.case.identities.iter().find(|(_, _, byzantine)| !byzantine).unwrap().1;
    refused(&sample, |verdict| verdict.culprits[0].voter = honest, "is accused though");
}

#[test]
fn equivocations_that_are_none_are_refused() {
    let sample = sample(Class::Splitters, is_equivocation);
    let tampers: [(&str, Tamper); 6] = [
        ("one vote twice", |proof| proof.second = proof.first),
        ("of two rounds", |proof| proof.second.vote.round = Round(proof.first.vote.round.0 + 1)),
        ("of two stages", |proof| {
            let other = match proof.first.vote.stage {
                Stage::Prevote => Stage::Precommit,
                Stage::Precommit | Stage::Primary => Stage::Prevote,
            };
            proof.second.vote.stage = other;
        }),
        ("hints", |proof| {
            proof.first.vote.stage = Stage::Primary;
            proof.second.vote.stage = Stage::Primary;
        }),
        ("not signed", |proof| proof.first.signature = Signature([1; 64])),
        ("of another set", |proof| proof.second.vote.set = SetId(1)),
    ];
    for (why, tamper) in tampers {
        println!("{why}");
        let change =
            |verdict: &mut Verdict| tamper(equivocation(first_of(verdict, is_equivocation)));
        refused(&sample, change, "do not exclude each other");
    }
}

#[test]
fn challenges_that_bind_nobody_are_refused() {
    let sample = sample(Class::Unanswered, is_unanswered);
    let with = |verdict: &mut Verdict, tamper: &dyn Fn(&mut SignedVote)| {
        if let Offence::Unanswered { vote, .. } = &mut first_of(verdict, is_unanswered).proof {
            tamper(vote);
        }
    };
    refused(&sample, |v| with(v, &|vote| vote.signature = Signature([1; 64])), "not its own");
    refused(&sample, |v| with(v, &|vote| vote.vote.round = Round(99)), "not its own");
    let about =
        |verdict: &mut Verdict,
         tamper: &dyn Fn(&mut serin_consensus::finality::accuse::Challenge)| {
            if let Offence::Unanswered { summons, .. } = &mut first_of(verdict, is_unanswered).proof
            {
                tamper(&mut Arc::make_mut(summons).challenge.challenge);
            }
        };
    refused(&sample, |v| about(v, &|asked| asked.set = SetId(1)), "not about the block");
    refused(&sample, |v| about(v, &|asked| asked.block.height.0 += 1), "not about the block");
    refused(&sample, |v| about(v, &|asked| asked.until = asked.asked), "no time to answer");
    refused(&sample, |v| about(v, &|asked| asked.round = Round(99)), "does not oblige");
    let other = |asked: &mut serin_consensus::finality::accuse::Challenge| {
        asked.question = match asked.question {
            Question::Estimate => Question::Prevotes,
            Question::Prevotes => Question::Estimate,
        };
    };
    refused(&sample, |v| about(v, &other), "does not oblige");
}

/// Honest voters asked the same way would be framed if their logs were not read.
#[test]
fn a_challenge_that_logs_answer_is_refused() {
    let sample = sample(Class::Unanswered, is_unanswered);
    let round_before = |verdict: &Verdict| {
        let vote = verdict.culprits.iter().find_map(|culprit| match &culprit.proof {
            Offence::Unanswered { vote, summons, .. } => {
                Some((**vote, summons.challenge.challenge))
            }
            Offence::Equivocation(_) => None,
        });
        vote.unwrap()
    };
    let (vote, asked) = round_before(&sample.ruling.online);
    let before = match asked.question {
        Question::Estimate => Round(vote.vote.round.0 - 1),
        Question::Prevotes => vote.vote.round,
    };
    // Everybody prevoted off the block, or for it, as the question wants.
    let mut record = sample.record.clone();
    let target = match asked.question {
        Question::Estimate => vote.vote.target,
        Question::Prevotes => asked.block,
    };
    for (identity, voter, _) in &sample.case.identities {
        let vote = Vote { set: asked.set, round: before, stage: Stage::Prevote, target };
        let signature = SimSigner::validator(*identity).sign_vote(&vote).unwrap();
        record.add(&SignedVote { vote, voter: *voter, signature });
    }
    let refusal = check(&sample.case, &record, &sample.ruling.conflict, &sample.ruling.online);
    let why = refusal.unwrap_err();
    assert!(why.contains("votes on record are an answer"), "{why}");
}
