//! Random cases, where each run leaves out most of what could happen.
//!
//! Leaving features out at random finds more than a mixture of everything in every run (Groce and others, "Swarm testing",
//! ISSTA 2012). Every choice is drawn by its own name from the seed, so that a new choice moves no other.
//!
//! The Byzantine weight stays below a third: what fails here fails although the adversary is as weak as the rules ask.

use crate::lab::Case;
use crate::lab::case::{
    Adversary, Attack, Broken, Clock, Fault, Kind, Link, Load, Meddling, Nodes, Rotate, Scope,
};
use serin_consensus::rules::Rules;
use serin_state::mutant::Mutation;
use serin_state::random::Random;

/// What all cases of a campaign share.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Number of validators; drawn where it is not given.
    pub validators: Option<usize>,
    /// The rules.
    pub rules: Rules,
    /// The seeded bug.
    pub mutation: Option<Mutation>,
}

/// Draws of one case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws(pub(super) Random);

impl Draws {
    /// A number below `below`.
    pub(super) fn number(&self, what: &str, index: usize, below: u64) -> u64 {
        self.0.draw(what, u64::try_from(index).unwrap_or(0), 0).below(below)
    }

    /// A number below `below`, where that is small.
    pub(super) fn small(&self, what: &str, index: usize, below: u32) -> u32 {
        u32::try_from(self.number(what, index, u64::from(below))).unwrap_or(0)
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&self, what: &str, index: usize, percent: u32) -> bool {
        self.small(what, index, 100) < percent
    }

    /// One of `items`.
    pub(super) fn pick<T: Copy>(&self, what: &str, index: usize, items: &[T]) -> Option<T> {
        self.0.draw(what, u64::try_from(index).unwrap_or(0), 0).pick(items).copied()
    }

    /// A set of nodes that is neither empty nor full.
    pub(super) fn side(&self, what: &str, index: usize, count: usize) -> Nodes {
        let all = Nodes::all(count).0;
        let drawn = self.0.draw(what, u64::try_from(index).unwrap_or(0), 1).number() & all;
        Nodes(if drawn == 0 || drawn == all { 1 } else { drawn })
    }
}

/// A random case.
#[must_use]
pub fn draw(bounds: &Bounds, seed: u64) -> Case {
    let draws = Draws(Random::from_number(seed));
    let count = bounds
        .validators
        .unwrap_or_else(|| draws.pick("validators", 0, &[4, 4, 4, 4, 5, 7]).unwrap_or(4));
    let mut case = Case::quiet(seed, count, 24_u32.saturating_add(draws.small("slots", 0, 24)));
    case.rules = bounds.rules;
    case.mutation = bounds.mutation;
    if draws.chance("short epochs", 0, 40) {
        case.epoch_slots = 6_u32.saturating_add(draws.small("epoch", 0, 10));
    }
    if draws.chance("rotation", 0, 20) && count > 4 {
        case.epoch_slots = 8;
        let active = u8::try_from(count.saturating_sub(1)).unwrap_or(4);
        case.rotation = Some(Rotate { every_epochs: 1, active });
    }
    case.gst_slot = case.slots.saturating_sub(12);
    case.link = link(&draws);
    add_faults(&mut case, &draws);
    add_adversaries(&mut case, &draws);
    if draws.chance("load", 0, 30) {
        case.load.push(Load { at_ms: 500, count: 10 });
    }
    case
}

fn link(draws: &Draws) -> Link {
    let mut link = Link { delay_ms: 10, ..Link::default() };
    let fits = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    if draws.chance("slow", 0, 30) {
        link.delay_ms = fits(draws.small("delay", 0, 600).saturating_add(10));
    }
    if draws.chance("jitter", 0, 40) {
        link.jitter_ms = fits(draws.small("jitter by", 0, 1_500));
    }
    if draws.chance("loss", 0, 30) {
        link.loss_ppm = draws.small("loss of", 0, 300_000);
    }
    if draws.chance("twice", 0, 15) {
        link.twice_ppm = 100_000;
    }
    if draws.chance("overtaken", 0, 15) {
        link.overtaken_ppm = 200_000;
    }
    link
}

fn add_faults(case: &mut Case, draws: &Draws) {
    let count = case.weights.len();
    let quiet_ms = case.gst_slot.saturating_mul(u32::from(case.slot_ms));
    let faults = usize::try_from(draws.small("faults", 0, 4)).unwrap_or(0);
    for index in 0..faults {
        let node = u8::try_from(draws.small("fault node", index, 64)).unwrap_or(0);
        let node = node.checked_rem(u8::try_from(count).unwrap_or(1)).unwrap_or(0);
        let step = u16::try_from(draws.small("fault step", index, 12)).unwrap_or(0);
        let side = draws.side("fault side", index, count);
        let what = match draws.small("fault kind", index, 10) {
            0 => Broken::Crash { node },
            1 => Broken::PowerLoss { node, step },
            2 => Broken::PowerLossAfter { node, step },
            3 => Broken::DiskFull { node },
            4 => Broken::Pause { node },
            5 => Broken::OneWay { side },
            _ => Broken::Partition { side },
        };
        let at_ms = draws.small("fault time", index, quiet_ms.max(1));
        let lasts_ms = draws.small("fault length", index, 14_000).saturating_add(500);
        case.faults.push(Fault { at_ms, lasts_ms, what });
    }
    if draws.chance("replaced", 0, 12) {
        let bound = u32::try_from(count).unwrap_or(1);
        let node = u8::try_from(draws.small("replaced node", 0, bound)).unwrap_or(0);
        let at_ms = draws.small("replaced at", 0, quiet_ms.max(1));
        let lasts_ms = draws.small("replaced for", 0, 14_000).saturating_add(500);
        case.faults.push(Fault { at_ms, lasts_ms, what: Broken::Replace { node } });
    }
    if draws.chance("clock", 0, 10) {
        let by_ms = i32::try_from(draws.small("clock by", 0, 3_000)).unwrap_or(0);
        case.clocks.push(Clock { node: 0, at_ms: 2_000, by_ms });
    }
    let meddled = if draws.chance("meddling", 0, 20) { 4 } else { 0 };
    for index in 0..meddled {
        let fits = |what: &str| {
            let bound = u32::try_from(count).unwrap_or(1);
            u8::try_from(draws.small(what, index, bound)).unwrap_or(0)
        };
        case.meddling.push(Meddling {
            from: fits("meddling from"),
            to: fits("meddling to"),
            number: draws.small("meddling number", index, 60),
            delay_ms: draws.chance("meddling late", index, 50).then_some(3_000),
        });
    }
}

/// Validators whose weight together stays below a third, drawn.
pub(super) fn minority(case: &Case, draws: &Draws) -> Nodes {
    let total =
        case.weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(u64::from(*weight)));
    let mut weight = 0_u64;
    let mut nodes = Nodes::default();
    let count = case.weights.len();
    let from = usize::try_from(draws.number("first traitor", 0, 64)).unwrap_or(0);
    for turn in 0..count {
        let node = from.saturating_add(turn).checked_rem(count).unwrap_or(0);
        let more = weight.saturating_add(case.weights.get(node).map_or(0, |one| u64::from(*one)));
        if more.saturating_mul(3) < total {
            weight = more;
            nodes = Nodes(nodes.0 | Nodes::of(node).0);
        }
    }
    nodes
}

fn add_adversaries(case: &mut Case, draws: &Draws) {
    if !draws.chance("adversaries", 0, 70) {
        return;
    }
    let nodes = minority(case, draws);
    if nodes.count() == 0 {
        return;
    }
    let kinds = usize::try_from(draws.small("attacks", 0, 3)).unwrap_or(0).saturating_add(1);
    for index in 0..kinds {
        let ppm =
            draws.pick("attack share", index, &[1_000_000, 500_000, 100_000]).unwrap_or(1_000_000);
        let kind = attack(draws, index, case.weights.len());
        case.adversaries.push(Adversary { nodes, at_ms: 0, ppm, kind });
    }
}

/// One of the attacks.
pub(super) fn attack(draws: &Draws, index: usize, count: usize) -> Attack {
    let side = draws.side("attack side", index, count);
    let what =
        draws.pick("attack on", index, &[Kind::Block, Kind::Prevote, Kind::Precommit, Kind::Proof]);
    let what = what.unwrap_or(Kind::Block);
    let by_ms = u16::try_from(draws.small("attack by", index, 2_500)).unwrap_or(0);
    let by = u8::try_from(draws.small("attack far", index, 3).saturating_add(1)).unwrap_or(1);
    match draws.small("attack kind", index, 21) {
        0..=2 => Attack::Twins { side },
        3..=4 => Attack::VoteTwice { side },
        5 => Attack::SealTwice { side },
        6 => Attack::VoteLow,
        7 => Attack::Withhold { what, from: side },
        8 => Attack::Late { what, by_ms },
        9 => Attack::Early { by_ms },
        10 => Attack::SplitVotes { side },
        11 => Attack::LieRound { by },
        12 => Attack::LieSet { by },
        13 => Attack::LongRange { depth: by },
        14 => Attack::StaleKeys,
        15 => Attack::Grind,
        16 => Attack::Spam { copies: by },
        17 => Attack::Censor,
        18 => Attack::Mutate { scope: Scope::Small },
        19 => Attack::Mutate { scope: Scope::Any },
        _ => Attack::Mutate { scope: Scope::Future },
    }
}
