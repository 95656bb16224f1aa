//! A finding in words: who was given what and said what, phase by phase.
//!
//! A board says who said what; for each voter the cheapest way is taken on which it says just that.

use super::board::{Columns, deliverable, gifts};
use super::machine::{Given, Line, Local, Machine, PHASES, Role};
use super::tree::{At, letter};
use serde::Serialize;
use serin_consensus::finality::Stage;
use serin_state::types::Hash;
use std::collections::BTreeMap;

/// A finding.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// The tree of blocks on genesis.
    pub tree: &'static str,
    /// Honest votes, and deliveries of votes.
    pub votes: usize,
    /// What happens, in order.
    pub sentences: Vec<String>,
}

/// The way of one voter: what it was given in each phase.
#[derive(Clone, Debug)]
struct Way {
    local: Local,
    given: Vec<Given>,
    cost: usize,
}

/// How the columns of a board come about, and what they prove.
pub(super) fn of_violation(
    machine: &Machine<'_>,
    columns: &Columns,
    blocks: [(u64, At); 2],
) -> Told {
    let roles = machine.cast.roles();
    let ways: Vec<Option<Way>> = roles
        .iter()
        .enumerate()
        .map(|(voter, role)| way(machine, columns, (voter, *role)))
        .collect();
    let mut sentences = vec![format!(
        "Four voters of equal weight; Dave is Byzantine. The tree on genesis is {}.",
        machine.tree.name
    )];
    let mut votes = 0_usize;
    for phase in 0..PHASES {
        for (voter, way) in ways.iter().enumerate() {
            let given = way.as_ref().and_then(|way| way.given.get(phase)).cloned();
            let said = columns.get(voter).and_then(|column| column.get(phase));
            let said: &[Line] = said.map_or(&[], Vec::as_slice);
            let given = given.unwrap_or_default();
            votes = votes.saturating_add(said.len()).saturating_add(weight(&given));
            sentences.extend(sentence(name(voter), &given, said));
        }
    }
    let proofs: Vec<String> =
        blocks.iter().map(|(round, at)| format!("{} in round {round}", letter(*at))).collect();
    sentences.push(format!(
        "With Dave's precommits there are proofs for {}: they conflict, and honest voters rely on either.",
        proofs.join(" and for ")
    ));
    Told { tree: machine.tree.name, votes, sentences }
}

/// A step in which two machines answer differently.
pub(super) fn of_difference(
    machine: &Machine<'_>,
    role: Role,
    phase: usize,
    given: &Given,
) -> Told {
    let primary = if role.me == super::machine::PRIMARY { ", the primary of round 2," } else { "" };
    let mut sentences =
        vec![format!("The changed code answers differently for the first time in phase {phase}.")];
    sentences.extend(sentence(&format!("An honest voter{primary}"), given, &[]));
    Told { tree: machine.tree.name, votes: weight(given), sentences }
}

fn weight(given: &Given) -> usize {
    given.heard.len().saturating_add(given.lies.len())
}

/// The cheapest way on which a voter says what its column says.
fn way(machine: &Machine<'_>, columns: &Columns, (voter, role): (usize, Role)) -> Option<Way> {
    let start = Way { local: machine.start(role), given: Vec::new(), cost: 0 };
    let mut ways = vec![start];
    for phase in 0..PHASES {
        let said = columns.get(voter)?.get(phase)?;
        let mut heard = deliverable(columns, voter, phase);
        heard.sort_unstable();
        let mut next: BTreeMap<Hash, Way> = BTreeMap::new();
        for way in &ways {
            if phase > 2 && !way.local.is_in_second_round() {
                let mut on = way.clone();
                on.given.push(Given::default());
                next.insert(on.local.key(phase, &[]), on);
                continue;
            }
            for given in gifts(machine, phase, &heard) {
                let step = machine.step(phase, role, &way.local, &given);
                if step.said != *said {
                    continue;
                }
                let cost = way.cost.saturating_add(weight(&given));
                let key = step.local.key(phase, &step.said);
                if next.get(&key).is_none_or(|known| cost < known.cost) {
                    let given = way.given.iter().cloned().chain([given]).collect();
                    next.insert(key, Way { local: step.local, given, cost });
                }
            }
        }
        ways = next.into_values().collect();
    }
    ways.into_iter().min_by_key(|way| way.cost)
}

fn sentence(name: &str, given: &Given, said: &[Line]) -> Option<String> {
    let list = |lines: &[Line]| lines.iter().map(show).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if let (Some(head), false) = (given.head, said.is_empty()) {
        parts.push(format!("takes {} for its head", letter(head)));
    }
    if !given.heard.is_empty() {
        parts.push(format!("hears of others {}", list(&given.heard)));
    }
    if !given.lies.is_empty() {
        parts.push(format!("is told by Dave {}", list(&given.lies)));
    }
    if !said.is_empty() {
        parts.push(format!("says {}", list(said)));
    }
    if parts.is_empty() { None } else { Some(format!("{name} {}.", parts.join(", "))) }
}

fn show((round, stage, at): &Line) -> String {
    let what = match stage {
        Stage::Primary => "hint",
        Stage::Prevote => "prevote",
        Stage::Precommit => "precommit",
    };
    format!("{what} {round} for {}", letter(*at))
}

const fn name(voter: usize) -> &'static str {
    match voter {
        0 => "Alice",
        1 => "Bob",
        _ => "Carol",
    }
}
