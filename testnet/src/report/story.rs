//! A finding in numbered sentences, and as Markdown.
//!
//! Inputs: a finding with its record. Outputs: sentences in the order of time: who takes part, what is changed, what
//! happens to the network, what each round says, what becomes final, and who is guilty.
//!
//! Bounds: [`EVENTS_TOLD`] events and [`ROUNDS_TOLD`] rounds are told.

use super::clash::Clash;
use super::{Finding, short};
use crate::lab::case::{Attack, Broken, Nodes};
use crate::lab::outcome::Record;
use crate::mutants::source::{place_of_mutation, place_of_rule};
use serin_consensus::finality::Stage;
use std::collections::{BTreeMap, BTreeSet};

/// Events that are told.
const EVENTS_TOLD: usize = 12;
/// Rounds whose votes are told: the last ones.
const ROUNDS_TOLD: usize = 4;

/// What a finding says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// In one line.
    pub title: String,
    /// In order.
    pub sentences: Vec<String>,
    /// What was changed, with its line: a rule or a seeded bug each.
    pub changes: Vec<String>,
    /// The two proofs, and who is guilty of them.
    pub crime: Vec<String>,
}

impl Story {
    /// The story of a finding.
    #[must_use]
    pub fn of(finding: &Finding<'_>) -> Self {
        let mut story = Self {
            title: if finding.outcome.violations.is_empty() {
                "every oracle held".to_owned()
            } else {
                format!("{} does not hold", finding.oracle)
            },
            changes: changes(finding),
            ..Self::default()
        };
        story.sentences.push(cast(finding));
        if story.changes.is_empty() {
            story
                .sentences
                .push("The rules are the standard ones, the code is unchanged.".to_owned());
        } else {
            let changed = story.changes.join("; ");
            story.sentences.push(format!("Changed is: {changed}."));
        }
        let Some(record) = finding.record() else { return story };
        story.sentences.extend(happenings(finding));
        story.sentences.extend(rounds(finding, record));
        story.sentences.extend(finals(finding, record));
        let what = finding.outcome.violations.iter().find(|one| one.oracle == finding.oracle);
        story
            .sentences
            .extend(what.map(|one| format!("So {} is violated: {}.", one.oracle, one.what)));
        if let Some(clash) = Clash::of(record) {
            story.crime = crime(finding, record, &clash);
            story.sentences.push(verdict(finding, record));
        }
        if finding.case.mutation.is_some() || !finding.case.rules.changed().is_empty() {
            story.sentences.push(
                "The same case on the standard rules and the unchanged code violates nothing."
                    .to_owned(),
            );
        }
        story
    }
}

fn changes(finding: &Finding<'_>) -> Vec<String> {
    let place = |place: Option<String>| place.map_or_else(String::new, |at| format!(" ({at})"));
    let rules = finding.case.rules.changed().into_iter().map(|changed| {
        let name = changed.split(['=', ' ']).next().unwrap_or_default();
        let at = place(place_of_rule(name).map(|at| at.to_string()));
        format!("the rule {changed}{at}")
    });
    let mutation = finding.case.mutation.into_iter().map(|mutation| {
        let at = place(place_of_mutation(mutation).map(|at| at.to_string()));
        format!("the code has the bug {mutation}: {}{at}", mutation.what().trim_end_matches('.'))
    });
    rules.chain(mutation).collect()
}

fn cast(finding: &Finding<'_>) -> String {
    let case = finding.case;
    let count = case.weights.len();
    let names = |keep: &dyn Fn(usize) -> bool| {
        let kept = (0..count).filter(|node| keep(*node));
        let names: Vec<String> =
            kept.map(|node| finding.name(u8::try_from(node).unwrap_or(u8::MAX))).collect();
        names.join(", ")
    };
    let first = case.weights.first();
    let weights = if case.weights.iter().all(|weight| Some(weight) == first) {
        "of equal weight".to_owned()
    } else {
        let list: Vec<String> = case.weights.iter().map(u32::to_string).collect();
        format!("of the weights {}", list.join(", "))
    };
    let bad = case.byzantine();
    let bad = if bad.count() == 0 {
        "nobody is Byzantine".to_owned()
    } else {
        let verb = if bad.count() == 1 { "is" } else { "are" };
        format!("{} {verb} Byzantine", names(&|node| bad.has(node)))
    };
    format!("{count} validators {weights} take part: {}; {bad}.", names(&|_| true))
}

/// What is done to the network and by whom, from the case itself.
fn happenings(finding: &Finding<'_>) -> Vec<String> {
    let case = finding.case;
    let names = |nodes: Nodes| {
        let own = nodes.iter().filter(|node| *node < case.weights.len());
        let names: Vec<String> =
            own.map(|node| finding.name(u8::try_from(node).unwrap_or(u8::MAX))).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    };
    let attacks = case.adversaries.iter().map(|one| attack(&names(one.nodes), one.kind, &names));
    let faults = case.faults.iter().map(|fault| {
        let (from, to) =
            (seconds(fault.at_ms), seconds(fault.at_ms.saturating_add(fault.lasts_ms)));
        let of = |node: u8| finding.name(node);
        let what = match fault.what {
            Broken::Crash { node } => format!("{} is down, its disk intact", of(node)),
            Broken::PowerLoss { node, step } => {
                format!("{} is down: its power failed at write {step}", of(node))
            }
            Broken::PowerLossAfter { node, step } => {
                format!("{} is down: its power failed right after write {step}", of(node))
            }
            Broken::DiskFull { node } => format!("{} is down: its disk is full", of(node)),
            Broken::Pause { node } => format!("{} stands still", of(node)),
            Broken::Replace { node } => {
                format!("{} is gone; then another joins in its place with an empty disk", of(node))
            }
            Broken::Busy { node, check_ms, execute_ms } => format!(
                "{} takes {check_ms} ms for a check and {execute_ms} ms for a block",
                of(node)
            ),
            Broken::Partition { side } => {
                format!("nothing passes between {} and the others", names(side))
            }
            Broken::OneWay { side } => format!("the others hear nothing of {}", names(side)),
        };
        format!("From {from} to {to} s {what}.")
    });
    attacks.chain(faults).take(EVENTS_TOLD).collect()
}

fn attack(who: &str, kind: Attack, names: &dyn Fn(Nodes) -> String) -> String {
    let what = match kind {
        Attack::Twins { side } => {
            format!(
                "runs twice with the same keys: one hears and tells {}, the other the rest",
                names(side)
            )
        }
        Attack::SealTwice { side } => {
            format!("seals two blocks a slot, and shows the second one to {}", names(side))
        }
        Attack::VoteTwice { side } => {
            format!("votes twice, and shows the second vote to {}", names(side))
        }
        Attack::SplitVotes { side } => format!("shows its votes to {} only", names(side)),
        Attack::Withhold { what, from } => format!("keeps every {what:?} from {}", names(from)),
        Attack::VoteLow
        | Attack::Late { .. }
        | Attack::Early { .. }
        | Attack::LieRound { .. }
        | Attack::LieSet { .. }
        | Attack::LongRange { .. }
        | Attack::StaleKeys
        | Attack::Grind
        | Attack::Spam { .. }
        | Attack::Censor
        | Attack::Forge { .. }
        | Attack::Pretend { .. }
        | Attack::WrongBody
        | Attack::Silent
        | Attack::Wedge { .. }
        | Attack::Mutate { .. } => format!("breaks the rules like this: {kind:?}"),
    };
    format!("{who} {what}.")
}

/// Seconds with one digit behind the point.
fn seconds(ms: u32) -> String {
    format!("{}.{}", ms.div_euclid(1_000), ms.rem_euclid(1_000).div_euclid(100))
}

/// What was voted for in the rounds around the conflict.
fn rounds(finding: &Finding<'_>, record: &Record) -> Vec<String> {
    type Voters = BTreeMap<(Stage, u32, String), BTreeSet<String>>;
    let mut rounds: BTreeMap<u64, Voters> = BTreeMap::new();
    for said in &record.votes {
        let vote = said.vote.vote;
        let place = (vote.stage, vote.target.height.0, short(&vote.target.hash));
        let name = finding.name(said.node);
        rounds.entry(vote.round.0).or_default().entry(place).or_default().insert(name);
    }
    let of_proofs: Option<BTreeSet<u64>> = Clash::of(record)
        .map(|clash| clash.support(finding, record).into_iter().map(|(round, _)| round).collect());
    let numbers: Vec<u64> = match of_proofs {
        Some(numbers) => numbers.into_iter().collect(),
        None => rounds.keys().rev().take(ROUNDS_TOLD).rev().copied().collect(),
    };
    let mut sentences = Vec::new();
    for number in numbers {
        let Some(voters) = rounds.get(&number) else { continue };
        for stage in [Stage::Primary, Stage::Prevote, Stage::Precommit] {
            let of_stage = voters.iter().filter(|((of, ..), _)| *of == stage);
            let parts: Vec<String> = of_stage
                .map(|((_, height, hash), names)| {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    format!("{} for block {height} ({hash})", names.join(", "))
                })
                .collect();
            if !parts.is_empty() {
                let what = match stage {
                    Stage::Primary => "hints come from",
                    Stage::Prevote => "prevotes come from",
                    Stage::Precommit => "precommits come from",
                };
                sentences.push(format!("In round {number} {what} {}.", parts.join("; from ")));
            }
        }
    }
    sentences
}

/// Who makes the two blocks final, or what is final at the end.
fn finals(finding: &Finding<'_>, record: &Record) -> Vec<String> {
    Clash::of(record).map_or_else(
        || {
            let (lowest, best) = (finding.outcome.finalized, finding.outcome.best);
            vec![format!("At the end the lowest final block is {lowest}, the lowest head {best}.")]
        },
        |clash| clash.sentences(finding),
    )
}

fn crime(finding: &Finding<'_>, record: &Record, clash: &Clash) -> Vec<String> {
    let mut lines = Vec::new();
    for (block, (round, names)) in clash.blocks().into_iter().zip(clash.support(finding, record)) {
        let (height, hash) = (block.height, short(&block.hash));
        lines.push(format!(
            "Proof of block {height} ({hash}), round {round}: precommits of {names}"
        ));
    }
    for culprit in record.conflict.iter().flat_map(|conflict| &conflict.culprits) {
        let honest = if culprit.byzantine { "" } else { " (HONEST)" };
        lines.push(format!(
            "Guilty: {}{honest}, weight {}: {}",
            finding.name(culprit.validator),
            culprit.weight,
            culprit.evidence
        ));
    }
    lines.push(verdict(finding, record));
    lines
}

fn verdict(finding: &Finding<'_>, record: &Record) -> String {
    let culprits = record.conflict.iter().flat_map(|conflict| &conflict.culprits);
    let weight = culprits.clone().fold(0_u64, |sum, one| sum.saturating_add(one.weight));
    let names: Vec<String> = culprits.map(|one| finding.name(one.validator)).collect();
    let promised = record.conflict.as_ref().map_or(0, |conflict| conflict.promised);
    if names.is_empty() {
        let why = if finding.case.mutation.is_some() { "the changed code" } else { "the rule" };
        return format!(
            "Nobody had to break a rule for this: two quorums need not share a voter (2q - n = {promised}), so {why} alone is to blame."
        );
    }
    format!(
        "Guilty: {}, of weight {weight}; the rules promise at least 2q - n = {promised}.",
        names.join(", ")
    )
}

/// The story as Markdown.
#[must_use]
pub fn markdown(finding: &Finding<'_>) -> String {
    let story = Story::of(finding);
    let mut lines = vec![format!("# {}", story.title), String::new()];
    let sentences = story.sentences.iter().zip(1_u32..);
    lines.extend(sentences.map(|(sentence, number)| format!("{number}. {sentence}")));
    if !story.crime.is_empty() {
        lines.extend([String::new(), "## The crime".to_owned(), String::new()]);
        lines.extend(story.crime.iter().map(|line| format!("- {line}")));
    }
    lines.extend([
        String::new(),
        "## Run it again".to_owned(),
        String::new(),
        format!("    serin-testnet replay {}", finding.replay),
        String::new(),
        format!("Trace hash {:016x}. {}", finding.outcome.trace_hash, finding.shrunk),
        String::new(),
    ]);
    lines.join("\n")
}
