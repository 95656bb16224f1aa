//! Judges a verdict by what is on record and by the truth.
//!
//! Everything is recomputed from raw votes and headers through [`Record`]; nothing of the procedure under test is used but
//! the types in which its verdict is written. What is checked:
//!
//! 1. The set is the last one that votes on both chains, and its members and their weights are those on the chain.
//! 2. Nobody is named twice, and all together weigh at least f + 1; at least 2 q - n where one round decided.
//! 3. An equivocation is two signed votes of the culprit for two blocks in one set, round and stage, prevotes or precommits.
//! 4. A challenge rests on a proof that is valid, is about its block, and obliges the culprit by a signed vote; and all
//!    votes on record together are no answer to it.
//! 5. The culprit is Byzantine. This alone looks at the truth.

use super::case::Case;
use super::record::{Members, Record, is_signed, limits, weigh};
use serin_consensus::finality::accuse::{
    CHALLENGE_WINDOW_SLOTS, Conflict, Culprit, Offence, Question, Summons, Verdict,
};
use serin_consensus::finality::{Justification, SignedVote, Stage};
use serin_state::types::{PublicKey, Round};
use std::collections::{BTreeMap, BTreeSet};

/// Checks a verdict on `conflict`.
pub(super) fn check(
    case: &Case,
    record: &Record,
    conflict: &Conflict,
    verdict: &Verdict,
) -> Result<u64, String> {
    let (one, other) = (conflict.first.target(), conflict.second.target());
    if !record.conflict(&one, &other) {
        return Err(format!("{one:?} and {other:?} lie on one chain"));
    }
    let (set, members) = record.common_set(&one, &other);
    let named: Members =
        conflict.common.set.voters().iter().map(|voter| (voter.key, voter.weight.0)).collect();
    if verdict.set != set || conflict.common.set.id() != set || named != members {
        return Err(format!("the last common set is {}, not {}", set.shown(), verdict.set.shown()));
    }
    for proof in [&conflict.first, &conflict.second] {
        check_proof(record, &members, proof)?;
    }
    let culprits: BTreeSet<PublicKey> =
        verdict.culprits.iter().map(|culprit| culprit.voter).collect();
    if culprits.len() != verdict.culprits.len() {
        return Err("a culprit is named twice".to_owned());
    }
    for culprit in &verdict.culprits {
        check_culprit(record, &members, culprit)
            .map_err(|why| format!("{:?} is accused though {why}", culprit.voter))?;
        if !case.byzantine.contains(&culprit.voter) {
            return Err(format!("{:?} is honest, and accused", culprit.voter));
        }
    }
    let weight = weigh(&members, &culprits);
    let (faulty, threshold) = limits(&members);
    let total = weigh(&members, members.keys());
    let one_round = conflict.first.round() == conflict.second.round();
    let least = if one_round {
        threshold.saturating_mul(2).saturating_sub(total)
    } else {
        faulty.saturating_add(1)
    };
    if weight < least || verdict.promised.0 > least || verdict.weight().0 != weight {
        return Err(format!("the culprits weigh {weight}, at least {least} is promised"));
    }
    Ok(weight)
}

/// A supermajority of members precommitted for the target or above it, or for two blocks.
fn check_proof(record: &Record, members: &Members, proof: &Justification) -> Result<(), String> {
    let mut ballot: BTreeMap<PublicKey, BTreeSet<_>> = BTreeMap::new();
    for vote in proof.votes() {
        let of_round = (vote.vote.set, vote.vote.round, vote.vote.stage)
            == (proof.set(), proof.round(), Stage::Precommit);
        if !of_round || !is_signed(&vote) {
            return Err("a proof holds a vote that is not signed for its round".to_owned());
        }
        ballot.entry(vote.voter).or_default().insert(vote.vote.target);
    }
    let count = record.count(members, &ballot, &proof.target());
    let (_, threshold) = limits(members);
    if count.supporting.saturating_add(count.equivocating) >= threshold {
        Ok(())
    } else {
        Err("a proof is no supermajority for its block".to_owned())
    }
}

fn check_culprit(record: &Record, members: &Members, culprit: &Culprit) -> Result<(), String> {
    if members.get(&culprit.voter) != Some(&culprit.weight.0) {
        return Err("it is no member with this weight".to_owned());
    }
    match &culprit.proof {
        Offence::Equivocation(proof) => {
            let (one, other) = (&proof.first, &proof.second);
            let place = |vote: &SignedVote| (vote.vote.set, vote.vote.round, vote.vote.stage);
            let is_guilty = one.voter == culprit.voter
                && other.voter == culprit.voter
                && place(one) == place(other)
                && one.vote.stage != Stage::Primary
                && one.vote.target != other.vote.target
                && is_signed(one)
                && is_signed(other);
            if is_guilty {
                Ok(())
            } else {
                Err("its two votes do not exclude each other".to_owned())
            }
        }
        Offence::Unanswered { vote, summons, .. } => {
            if vote.voter != culprit.voter || !is_signed(vote) {
                return Err("the vote is not its own".to_owned());
            }
            check_summons(record, members, summons)?;
            check_silence(record, members, (vote, summons))
        }
    }
}

fn check_summons(record: &Record, members: &Members, summons: &Summons) -> Result<(), String> {
    let challenge = &summons.challenge.challenge;
    let proof = &summons.justification;
    if (challenge.set, challenge.block) != (proof.set(), proof.target()) {
        return Err("the challenge is not about the block of its proof".to_owned());
    }
    if challenge.until.0.saturating_sub(challenge.asked.0) < CHALLENGE_WINDOW_SLOTS {
        return Err("there was no time to answer".to_owned());
    }
    check_proof(record, members, proof)
}

/// The vote obliges, and nothing on record would have been an answer.
fn check_silence(
    record: &Record,
    members: &Members,
    (vote, summons): (&SignedVote, &Summons),
) -> Result<(), String> {
    let challenge = &summons.challenge.challenge;
    let block = challenge.block;
    let decided = summons.justification.round();
    let is_above = record.is_above(&block, &vote.vote.target);
    let belongs = (vote.vote.set, vote.vote.round) == (challenge.set, challenge.round);
    let ballot = |round: Round, stage: Stage| record.ballot(challenge.set, round, stage);
    let (is_obliged, is_answered) = match challenge.question {
        Question::Estimate => {
            let before = Round(vote.vote.round.0.saturating_sub(1));
            let refuted = [Stage::Prevote, Stage::Precommit]
                .into_iter()
                .any(|stage| !record.is_possible(members, &ballot(before, stage), &block));
            let obliged =
                vote.vote.stage != Stage::Primary && vote.vote.round > decided && !is_above;
            (obliged, refuted)
        }
        Question::Prevotes => {
            let count = record.count(members, &ballot(decided, Stage::Prevote), &block);
            let support = count.supporting.saturating_add(count.equivocating);
            let obliged =
                vote.vote.stage == Stage::Precommit && vote.vote.round == decided && is_above;
            (obliged, support >= limits(members).1)
        }
    };
    if !belongs || !is_obliged {
        return Err("its vote does not oblige it to answer".to_owned());
    }
    if is_answered {
        return Err("the votes on record are an answer".to_owned());
    }
    Ok(())
}
