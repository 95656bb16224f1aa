//! Attacks of the literature as cases, for a start: a search changes them on.
//!
//! Each is written for the number of validators that a campaign has; its sides are halves of the network. Equal numbers
//! and seeds give equal cases.

use super::swarm::{Bounds, Draws, minority};
use crate::lab::Case;
use crate::lab::case::{
    Adversary, Attack, Broken, Fault, Forgery, Kind, Load, Nodes, Pretence, Rotate,
};
use serin_state::random::Random;

/// Names of the scripts, and where they come from.
pub const SCRIPTS: [(&str, &str); 21] = [
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
    (
        "forged blocks",
        "BABE: every rule of a claim broken alone; Prysm, August 2020: blocks from the future",
    ),
    ("false votes", "votes, answers and proofs in the names of others, towards one that is behind"),
    (
        "power cut",
        "Kusama, July 2020, substrate 3298: everybody loses power at once, again and again",
    ),
    (
        "needed traitor",
        "finality-grandpa 5, 34, 36: the votes of an equivocator are needed, as one is away",
    ),
    (
        "late silence",
        "kagome 429: a traitor helps until one that was away is needed, and then is silent",
    ),
    ("wrong bodies", "smoldot all_forks: a good block with another body, while links lose blocks"),
    ("set changes", "substrate 7321: sets change every few blocks, while one is away"),
    ("collusion", "polkadot-sdk 8872: traitors in the majority prove what is beyond their set"),
    ("false announcements", "BABE: the first block of an epoch says what does not come"),
    (
        "wedge",
        "finality-grandpa 33515ff, 39: a proof needs both precommits of an equivocator for ever",
    ),
    (
        "overload",
        "sc-consensus-slots: blocks that take longer than their slots, and votes that wait",
    ),
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
        9 => {
            let side = Nodes::of(0);
            case.faults.push(Fault { at_ms, lasts_ms: 9_000, what: Broken::OneWay { side } });
            case.adversaries.push(attack(Attack::Withhold { what: Kind::Proof, from: half }));
        }
        _ => directed(&mut case, number, &draws, nodes),
    }
    case
}

/// Cases that are about one part of a node each: what is attacked is drawn, and one honest node is away for a while.
fn directed(case: &mut Case, number: usize, draws: &Draws, traitors: Nodes) {
    let count = case.weights.len();
    let attack = |kind: Attack| Adversary { nodes: traitors, at_ms: 0, ppm: 1_000_000, kind };
    let honest: Vec<usize> = (0..count).filter(|node| !traitors.has(*node)).collect();
    let away = draws.pick("away", 0, &honest).unwrap_or(0);
    let at_ms = draws.small("away from", 0, 9_000).saturating_add(1_000);
    let alone = |lasts_ms: u32| Fault {
        at_ms,
        lasts_ms,
        what: Broken::Partition { side: Nodes::of(away) },
    };
    case.slots = 54;
    case.load.push(Load { at_ms: 700, count: 40 });
    if draws.chance("short epochs", 0, 50) {
        case.epoch_slots = 5;
    }
    match number {
        10 => {
            case.epoch_slots = 5;
            for what in FORGERIES {
                case.adversaries.push(attack(Attack::Forge { what }));
            }
        }
        11 => {
            pretences(case, draws, traitors);
            case.faults.push(alone(5_000));
            rotate(case, draws);
        }
        12 => power_cuts(case, draws),
        13 => {
            told_twice(case, draws, attack);
            case.faults.push(alone(14_000));
        }
        14 => {
            case.adversaries.push(Adversary { at_ms: 20_000, ..attack(Attack::Silent) });
            case.faults.push(alone(12_000));
        }
        15 => {
            case.link.loss_ppm = 250_000;
            case.link.jitter_ms = 700;
            if draws.chance("traitor", 0, 70) {
                case.adversaries.push(attack(Attack::WrongBody));
            }
            case.faults.push(alone(5_000));
        }
        16 => {
            rotate(case, draws);
            case.faults.push(alone(8_000));
            // What it heard of finality just now may not be synced.
            let what = Broken::PowerLoss { node: u8::try_from(away).unwrap_or(0), step: 0 };
            let later = draws.small("power after", 0, 1_200).saturating_add(8_020);
            case.faults.push(Fault { at_ms: at_ms.saturating_add(later), lasts_ms: 200, what });
        }
        17 => collude(case, draws, Nodes(Nodes::all(count).0 & !Nodes::of(away).0)),
        18 => {
            case.epoch_slots = 5;
            rotate(case, draws);
            for what in [Forgery::Set, Forgery::Epoch] {
                case.adversaries.push(attack(Attack::Forge { what }));
            }
        }
        20 => overload(case, draws),
        _ => {
            uneven(case, draws);
            let side = draws.side("wedge", 0, count);
            case.adversaries.push(attack(Attack::Wedge { side }));
        }
    }
}

/// Some nodes, or all, take long for what they are sent.
fn overload(case: &mut Case, draws: &Draws) {
    let count = case.weights.len();
    let all = draws.chance("all busy", 0, 50);
    for node in 0..count {
        let fits =
            |what: &str, below: u32| u16::try_from(draws.small(what, node, below)).unwrap_or(0);
        let (check_ms, execute_ms) = (fits("check takes", 60), fits("block takes", 900));
        if (all || draws.chance("busy", node, 40))
            && let Ok(node) = u8::try_from(node)
        {
            let what = Broken::Busy { node, check_ms, execute_ms };
            case.faults.push(Fault { at_ms: 500, lasts_ms: 20_000, what });
        }
    }
}

/// All but one prove what their set has no say about.
fn collude(case: &mut Case, draws: &Draws, nodes: Nodes) {
    rotate(case, draws);
    case.link.delay_ms = 300;
    let late = Attack::Late { what: Kind::Precommit, by_ms: 2_500 };
    let proof = Attack::Pretend { what: Pretence::LightProof };
    for (kind, ppm) in [(late, 500_000), (proof, 1_000_000)] {
        case.adversaries.push(Adversary { nodes, at_ms: 0, ppm, kind });
    }
}

/// Traitors whose weight is needed vote twice; some also vote low or seal twice.
fn told_twice(case: &mut Case, draws: &Draws, attack: impl Fn(Attack) -> Adversary) {
    let count = case.weights.len();
    let side = draws.side("told twice", 0, count);
    uneven(case, draws);
    if draws.chance("low", 0, 50) {
        case.adversaries.push(attack(Attack::VoteLow));
    }
    case.adversaries.push(attack(Attack::VoteTwice { side }));
    if draws.chance("seals too", 0, 50) {
        case.adversaries.push(attack(Attack::SealTwice { side }));
    }
}

/// Everything that may be pretended, one after the other, on slow links.
fn pretences(case: &mut Case, draws: &Draws, nodes: Nodes) {
    let start = usize::try_from(draws.number("pretence", 0, 64)).unwrap_or(0);
    for turn in 0..PRETENCES.len() {
        let place = start.saturating_add(turn).checked_rem(PRETENCES.len());
        let Some(what) = place.and_then(|place| PRETENCES.get(place)) else { continue };
        let at_ms = u32::try_from(turn).unwrap_or(0).saturating_mul(4_000);
        let kind = Attack::Pretend { what: *what };
        case.adversaries.push(Adversary { nodes, at_ms, ppm: 500_000, kind });
    }
    uneven(case, draws);
}

/// Links that are slow or uneven, so that finality lags some blocks behind.
fn uneven(case: &mut Case, draws: &Draws) {
    case.link.delay_ms = draws.pick("slow", 0, &[20, 150, 450]).unwrap_or(20);
    case.link.jitter_ms = u16::try_from(draws.small("uneven", 0, 900)).unwrap_or(0);
}

/// Sets that change with every epoch of five slots.
fn rotate(case: &mut Case, draws: &Draws) {
    if draws.chance("sets", 0, 60) {
        case.epoch_slots = 5;
        let active = u8::try_from(case.weights.len().saturating_sub(1)).unwrap_or(3).max(1);
        case.rotation = Some(Rotate { every_epochs: 1, active });
    }
}

/// Short losses of power: of everybody at once, or of one after the other.
fn power_cuts(case: &mut Case, draws: &Draws) {
    let count = u32::try_from(case.weights.len()).unwrap_or(1);
    let together = draws.chance("together", 0, 50);
    // On slow links a node votes seldom, and what it wrote since its last vote is not synced.
    let delay_ms = draws.small("slow", 0, 500).saturating_add(10);
    case.link.delay_ms = u16::try_from(delay_ms).unwrap_or(10);
    for cut in 0..12_usize {
        // Soon after a slot began: its block is out, and not all of it is synced.
        let slot = draws.small("cut slot", cut, 22).saturating_mul(1_000);
        let at_ms = draws.small("cut at", cut, 600).saturating_add(slot);
        let lasts_ms = draws.small("cut for", cut, 400).saturating_add(50);
        let step = u16::try_from(draws.small("cut step", cut, 4)).unwrap_or(0);
        let one = draws.small("cut node", cut, count);
        let nodes = if together { 0..count } else { one..one.saturating_add(1) };
        for node in nodes.filter_map(|node| u8::try_from(node).ok()) {
            let what = if draws.chance("after", cut, 50) {
                Broken::PowerLossAfter { node, step }
            } else {
                Broken::PowerLoss { node, step: 0 }
            };
            case.faults.push(Fault { at_ms, lasts_ms, what });
        }
    }
}

/// What may be wrong with a block.
const FORGERIES: [Forgery; 8] = [
    Forgery::NotWon,
    Forgery::HiddenWin,
    Forgery::OthersTurn,
    Forgery::Future,
    Forgery::Seal,
    Forgery::State,
    Forgery::Outcomes,
    Forgery::Epoch,
];

/// What may be pretended.
const PRETENCES: [Pretence; 7] = [
    Pretence::Votes,
    Pretence::NextSet,
    Pretence::Answers,
    Pretence::CatchUp,
    Pretence::LightProof,
    Pretence::StrangersProof,
    Pretence::LongProof,
];
