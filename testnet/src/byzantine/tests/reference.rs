//! The procedure of the paper's theorem 4.1 once more, in its plainest form, over everything on record.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test; overflow panics")]

use super::super::record::{Members, Record, limits, weigh};
use serin_consensus::finality::{BlockRef, Justification, Stage};
use serin_state::types::{PublicKey, Round, SetId};
use std::collections::BTreeSet;

/// Which branches the procedure took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    OneRound,
    Precommits,
    Prevotes,
    NoEstimate,
    NoPrevotes,
}

/// Who is guilty of two conflicting proofs of one set.
pub(super) fn accuse(
    record: &Record,
    set: (SetId, &Members),
    one: &Justification,
    other: &Justification,
) -> (Ending, BTreeSet<PublicKey>) {
    let (id, members) = set;
    let (first, second) = if one.round() <= other.round() { (one, other) } else { (other, one) };
    let block = first.target();
    let equivocators = record.equivocators(id);
    let with = |asked: BTreeSet<PublicKey>| asked.union(&equivocators).copied().collect();
    if first.round() == second.round() {
        return (Ending::OneRound, equivocators);
    }
    let mut round = second.round();
    let mut asked: BTreeSet<PublicKey> =
        off(record, &block, second.round(), (id, Stage::Precommit));
    loop {
        let before = Round(round.0 - 1);
        let shows =
            |stage: Stage| !record.is_possible(members, &record.ballot(id, before, stage), &block);
        let stage = match (shows(Stage::Precommit), shows(Stage::Prevote)) {
            (true, _) => Stage::Precommit,
            (false, true) => Stage::Prevote,
            (false, false) => return (Ending::NoEstimate, with(asked)),
        };
        if before == first.round() {
            if stage == Stage::Precommit {
                return (Ending::Precommits, equivocators);
            }
            let prevotes = record.ballot(id, before, Stage::Prevote);
            let count = record.count(members, &prevotes, &block);
            if count.supporting + count.equivocating >= limits(members).1 {
                return (Ending::Prevotes, equivocators);
            }
            let for_it = |vote: &serin_consensus::finality::SignedVote| {
                record.is_above(&block, &vote.vote.target).then_some(vote.voter)
            };
            let asked = first.votes().filter_map(|vote| for_it(&vote)).collect();
            return (Ending::NoPrevotes, with(asked));
        }
        asked = off(record, &block, before, (id, stage));
        round = before;
    }
}

/// Who voted in the round, once, off the block.
fn off(
    record: &Record,
    block: &BlockRef,
    round: Round,
    (set, stage): (SetId, Stage),
) -> BTreeSet<PublicKey> {
    let ballot = record.ballot(set, round, stage);
    let single = ballot.iter().filter(|(_, targets)| targets.len() == 1);
    let off = single.filter(|(_, targets)| targets.iter().all(|at| !record.is_above(block, at)));
    off.map(|(voter, _)| *voter).collect()
}

/// The weight that two thirds rules promise: f + 1.
pub(super) fn promised(members: &Members, guilty: &BTreeSet<PublicKey>) -> (u64, u64) {
    (weigh(members, guilty), limits(members).0 + 1)
}
