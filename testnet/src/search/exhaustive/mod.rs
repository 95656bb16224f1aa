//! Every run of a small model of finality, over the voter machine that nodes run.
//!
//! # The model
//! Four voters of equal weight, one of them Byzantine. Every tree of up to three blocks on genesis. Two rounds; votes are
//! delivered by phase:
//!
//! | phase | what an honest voter is given | what it may say |
//! |---|---|---|
//! | 0 | any block as the head that it knows | a prevote of round 1 |
//! | 1 | any part of those prevotes | a precommit of round 1, or a prevote that is late |
//! | 2 | any part of the precommits of round 1, and any head | hint and prevote of round 2, if its round 1 is complete |
//! | 3 | the hint of round 2, or none | a prevote of round 2 |
//! | 4 | any part of the prevotes of round 2 | a precommit of round 2 |
//!
//! The Byzantine voter tells each honest one, in each phase and apart from what it tells others: nothing, a vote for any
//! block, or two such votes in either order; it hints at any block where it is the primary of round 2. A vote that is not
//! delivered in its phase never is. Proofs are not passed on; whoever sees all votes may put one together, with the
//! Byzantine voter's vote for any block, with votes of strangers, and with forged ones.
//!
//! # What is checked
//! Agreement: no two conflicting blocks have proofs that [`Justification::verify`] takes. In a comparison, besides: the
//! changed code does in every step of every run what the standard does.
//!
//! # Why it is complete
//! What a voter may be given depends on what others said, not on what they heard. So all runs with the same *board* (who
//! said what in which phase) are, exactly, the product of the local states that each voter can be in. Boards are enumerated,
//! local states are told apart by a hash of the whole machine. Voters with equal roles are interchangeable: of boards that
//! differ by swapping them one is kept. The Byzantine voter is tried as the primary of round 2 and as somebody else; who is
//! the primary of round 1 does not matter, since there are no hints in a first round. Where round 2 begins, of round 1 only
//! estimate, GHOST, completability and final block are kept apart: none of its votes arrives any more.
//!
//! [`Justification::verify`]: serin_consensus::finality::Justification::verify

mod board;
mod machine;
mod proof;
mod story;
#[cfg(test)]
mod tests;
mod tree;

pub use story::Told;

use crate::mutants::Seeded;
use board::{Counts, Exploration};
use machine::Cast;
use rayon::prelude::*;
use serde::Serialize;
use serin_consensus::rules::{FinalityRules, Rules};
use serin_state::mutant::Mutation;
use tree::Tree;

/// What became of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Two conflicting blocks can be proven final.
    Violation,
    /// No run of the model violates agreement.
    Safe,
    /// No step of any run differs from the standard's: the change is none, in this model.
    Equivalent,
    /// No run violates agreement, and some step differs from the standard's.
    Different,
}

/// What came of the search. Scripts rely on the names.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// Runs of the model end in so many different global states, symmetric ones counted once.
    pub states: u128,
    /// Boards: who said what in which phase.
    pub boards: u64,
    /// Different states of one voter.
    pub local_states: u64,
    /// Steps of one voter machine that were carried out.
    pub transitions: u64,
    /// Trees of blocks that were searched in full.
    pub trees: u64,
    /// The shortest counterexample, or the first step that differs.
    pub told: Option<Told>,
}

/// Searches the model under these rules and with this bug.
///
/// The search of a violation ends with the smallest tree that has one.
#[must_use]
pub fn search(rules: &Rules, mutation: Option<Mutation>) -> Report {
    let subject = rules.finality.with_mutant(Seeded(mutation));
    let standard = Rules::standard().finality.with_mutant(Seeded(None));
    let mut report = Report {
        verdict: Verdict::Safe,
        states: 0,
        boards: 0,
        local_states: 0,
        transitions: 0,
        trees: 0,
        told: None,
    };
    for blocks in 1..=tree::BLOCKS_MAX {
        if let Some(told) = search_trees(&mut report, blocks, (subject, None)) {
            report.verdict = Verdict::Violation;
            report.told = Some(told);
            return report;
        }
    }
    if subject == standard {
        return report;
    }
    let mut compared = report.clone();
    for blocks in 1..=tree::BLOCKS_MAX {
        if let Some(told) = search_trees(&mut compared, blocks, (standard, Some(subject))) {
            report.verdict = Verdict::Different;
            report.told = Some(told);
            return report;
        }
    }
    report.verdict = Verdict::Equivalent;
    report
}

type Pair = (FinalityRules<Seeded>, Option<FinalityRules<Seeded>>);

/// Searches all trees of one size; the shortest finding of any.
fn search_trees(report: &mut Report, blocks: usize, (subject, beside): Pair) -> Option<Told> {
    let trees: Vec<Tree> = Tree::all().into_iter().filter(|tree| tree.blocks() == blocks).collect();
    let jobs: Vec<(&Tree, Cast)> =
        trees.iter().flat_map(|tree| Cast::ALL.map(|cast| (tree, cast))).collect();
    let done: Vec<(Counts, Option<Told>)> = jobs
        .par_iter()
        .map(|(tree, cast)| Exploration::run(tree, *cast, subject, beside))
        .collect();
    let mut shortest: Option<Told> = None;
    for (counts, told) in done {
        report.states = report.states.saturating_add(counts.states);
        report.boards = report.boards.saturating_add(counts.boards);
        report.local_states = report.local_states.saturating_add(counts.local_states);
        report.transitions = report.transitions.saturating_add(counts.transitions);
        let shorter = |told: &Told| shortest.as_ref().is_none_or(|best| told.votes < best.votes);
        shortest = told.filter(shorter).or(shortest);
    }
    report.trees = report.trees.saturating_add(u64::try_from(trees.len()).unwrap_or(0));
    shortest
}
