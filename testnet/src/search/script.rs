//! Attacks of the literature as cases, for a start: a search changes them on.
//!
//! Each is written for the number of validators that a campaign has; its sides are halves of the network. Equal numbers
//! and seeds give equal cases.

use super::swarm::{Bounds, Draws, minority};
use crate::lab::Case;
use crate::lab::case::{Adversary, Attack, Broken, Fault, Kind, Nodes, Rotate};
use serin_state::random::Random;

/// Names of the scripts, and where they come from.
pub const SCRIPTS: [(&str, &str); 10] = [
    ("split", "a partition into halves, nobody Byzantine"),
    ("twins", "Twins (Bano and others, OPODIS 2021): one validator twice, a side each"),
    ("double votes", "equivocating votes to two sides of a partition"),
    ("balancing", "Schwarz-Schilling and others 2022: votes split between two forks"),
    ("withholding", "proposer boost and withheld precommits: one side alone hears them"),
    ("bouncing", "Nakamura 2019: precommits come a round late"),
    ("long range", "Vitalik Buterin 2014: blocks far below the head"),
    ("stale keys", "keys of a set that was left go on voting"),
    ("forgotten votes", "Kusama, July 2020: voters lose power around their votes"),
    ("hidden lock", "Malachite 956: a minority alone knows what may be final"),
];

/// The script with this number, for a campaign.
#[must_use]
pub fn script(bounds: &Bounds, number: usize, seed: u64) -> Case {
    let draws = Draws(Random::from_number(seed));
    let count = bounds.validators.unwrap_or(4);
    let mut case = Case::quiet(seed, count, 36);
    case.rules = bounds.rules;
    case.mutation = bounds.mutation;
    case.gst_slot = 24;
    let half = Nodes::all(count.div_ceil(2));
    let nodes = minority(&case, &draws);
    // Half of the runs begin with it: some rules let the first round decide and no later one.
    let late_ms = 2_000_u32.saturating_add(draws.small("script time", 0, 3_000));
    let at_ms = if draws.chance("script from the start", 0, 50) { 0 } else { late_ms };
    let cut = |side: Nodes| Fault { at_ms, lasts_ms: 16_000, what: Broken::Partition { side } };
    let attack = |kind: Attack| Adversary { nodes, at_ms: 0, ppm: 1_000_000, kind };
    match number {
        0 => case.faults.push(cut(half)),
        1 => {
            case.adversaries.push(attack(Attack::Twins { side: half }));
            case.faults.push(cut(half));
        }
        2 => {
            case.adversaries.push(attack(Attack::VoteTwice { side: half }));
            case.adversaries.push(attack(Attack::SealTwice { side: half }));
            case.faults.push(cut(half));
        }
        3 => {
            case.adversaries.push(attack(Attack::SplitVotes { side: half }));
            case.adversaries.push(attack(Attack::SealTwice { side: half }));
        }
        4 => case.adversaries.push(attack(Attack::Withhold { what: Kind::Precommit, from: half })),
        5 => case.adversaries.push(attack(Attack::Late { what: Kind::Precommit, by_ms: 1_200 })),
        6 => case.adversaries.push(attack(Attack::LongRange { depth: 4 })),
        7 => {
            case.epoch_slots = 8;
            let active = u8::try_from(count.saturating_sub(1)).unwrap_or(3).max(1);
            case.rotation = Some(Rotate { every_epochs: 1, active });
            case.adversaries.push(attack(Attack::StaleKeys));
        }
        8 => {
            for node in 0..count.min(3) {
                let step = u16::try_from(draws.small("script step", node, 8)).unwrap_or(0);
                let node = u8::try_from(node).unwrap_or(0);
                let what = Broken::PowerLossAfter { node, step };
                case.faults.push(Fault { at_ms, lasts_ms: 1_500, what });
            }
        }
        _ => {
            let side = Nodes::of(0);
            case.faults.push(Fault { at_ms, lasts_ms: 9_000, what: Broken::OneWay { side } });
            case.adversaries.push(attack(Attack::Withhold { what: Kind::Proof, from: half }));
        }
    }
    case
}
