//! Ways to choose the next case, each to be measured alone beside plain random.
//!
//! | strategy | what it does |
//! |---|---|
//! | random | random swarm |
//! | twins | every (traitor, side of its twin, sides of three partitions one after the other), up to renaming; then sampled |
//! | pct | priorities of nodes that change at d - 1 points: the lowest one is not heard (Burckhardt and others, ASPLOS 2010) |
//! | novelty | a corpus of cases that met new abstract states, changed in one place; a third of the runs is random |
//! | script | attacks of the literature, timed and changed at random |
//! | all | a fifth of each |
//!
//! Invariant: the case of a run depends on the seed, the number of the run and the corpus at the beginning of its batch,
//! never on threads.

use super::script::{SCRIPTS, script};
use super::swarm::{Bounds, Draws, attack, draw, minority};
use crate::lab::Case;
use crate::lab::case::{Adversary, Attack, Broken, Fault, Nodes};
use core::str::FromStr;
use serin_state::random::Random;
use std::collections::BTreeSet;

/// Abstract states that are told apart: beyond them nothing counts as new.
const STATES_MAX: usize = 1 << 21;
/// Cases that a corpus keeps.
const CORPUS_MAX: usize = 512;
/// Parts of a twins schedule, one after the other.
const WINDOWS: usize = 3;

/// A way to choose cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Random swarm.
    Random,
    /// Twins and partitions, enumerated.
    Twins,
    /// Priorities.
    Pct,
    /// A corpus guided by new abstract states.
    Novelty,
    /// Attacks of the literature.
    Script,
    /// A fifth of each.
    All,
}

impl Strategy {
    /// All, as they stand in tables.
    pub const EACH: [Self; 6] =
        [Self::Random, Self::Twins, Self::Pct, Self::Novelty, Self::Script, Self::All];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Twins => "twins",
            Self::Pct => "pct",
            Self::Novelty => "novelty",
            Self::Script => "script",
            Self::All => "all",
        }
    }

    /// Which of them has run `number`.
    const fn of_run(self, number: u64) -> Self {
        match (self, number.rem_euclid(5)) {
            (Self::All, 0) => Self::Random,
            (Self::All, 1) => Self::Twins,
            (Self::All, 2) => Self::Pct,
            (Self::All, 3) => Self::Novelty,
            (Self::All, _) => Self::Script,
            (one, _) => one,
        }
    }

    /// Whether runs have to tell which states they met.
    #[must_use]
    pub const fn is_guided(self) -> bool {
        matches!(self, Self::Novelty | Self::All)
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::EACH.into_iter().find(|strategy| strategy.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::EACH.iter().map(|strategy| strategy.name()).collect();
            format!("there is no strategy {text}; there are {}", names.join(", "))
        })
    }
}

/// Cases that met something new.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    cases: Vec<Case>,
    states: BTreeSet<u64>,
}

impl Corpus {
    /// Notes the states of a run; keeps its case if some are new.
    pub fn note(&mut self, case: &Case, states: &BTreeSet<u64>) {
        let before = self.states.len();
        let room = STATES_MAX.saturating_sub(before);
        self.states.extend(states.iter().take(room));
        if self.states.len() > before && self.cases.len() < CORPUS_MAX {
            self.cases.push(case.clone());
        }
    }

    /// Abstract states that were met.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states.len()
    }
}

/// The case of one run of a campaign.
#[must_use]
pub fn case_of(
    strategy: Strategy,
    bounds: &Bounds,
    corpus: &Corpus,
    (seed, number): (u64, u64),
) -> Case {
    let own = Random::from_number(seed).draw("run", 0, number).number();
    let draws = Draws(Random::from_number(own));
    let turn = if strategy == Strategy::All { number.div_euclid(5) } else { number };
    match strategy.of_run(number) {
        Strategy::Twins => twins(bounds, turn, own),
        Strategy::Pct => pct(bounds, own),
        Strategy::Novelty if !draws.chance("fresh", 0, 33) => {
            let index = usize::try_from(draws.number("corpus", 0, u64::MAX)).unwrap_or(0);
            let known = index.checked_rem(corpus.cases.len()).and_then(|at| corpus.cases.get(at));
            known.map_or_else(|| draw(bounds, own), |case| changed(case, &draws, own))
        }
        Strategy::Script => {
            let count = u64::try_from(SCRIPTS.len()).unwrap_or(1);
            let which = usize::try_from(turn.rem_euclid(count)).unwrap_or(0);
            let case = script(bounds, which, own);
            if draws.chance("as written", 0, 40) { case } else { changed(&case, &draws, own) }
        }
        Strategy::Random | Strategy::Novelty | Strategy::All => draw(bounds, own),
    }
}

/// One twin and partitions in three windows: schedule number `turn`, beyond the last of them a drawn one.
///
/// With equal weights validators are interchangeable, so a partition is told by how many are on the side of the first
/// validator besides it; which, is drawn. The case with the same numbers on all sides comes once.
fn twins(bounds: &Bounds, turn: u64, seed: u64) -> Case {
    let draws = Draws(Random::from_number(seed));
    let mut case = Case::quiet(seed, bounds.validators.unwrap_or(4), 32);
    case.rules = bounds.rules;
    case.mutation = bounds.mutation;
    case.gst_slot = 22;
    let count = case.weights.len();
    // Base `count` digits: the sizes of the twin's side and of the three partitions; 0 is none.
    let mut rest = turn;
    let base = u64::try_from(count).unwrap_or(4).max(2);
    let mut sizes = Vec::new();
    for _ in 0..=WINDOWS {
        sizes.push(usize::try_from(rest.rem_euclid(base)).unwrap_or(0));
        rest = rest.div_euclid(base);
    }
    let side = |what: usize, size: usize| {
        let start = usize::try_from(draws.number("side start", what, 64)).unwrap_or(0);
        let nodes = (0..size).map(|turn| {
            start.saturating_add(turn).checked_rem(count).map_or(Nodes::default(), Nodes::of)
        });
        Nodes(nodes.fold(0, |all, one| all | one.0))
    };
    let mut sizes = sizes.into_iter().enumerate();
    if let Some((what, size)) = sizes.next().filter(|(_, size)| *size > 0) {
        let kind = Attack::Twins { side: side(what, size) };
        let nodes = minority(&case, &draws);
        case.adversaries.push(Adversary { nodes, at_ms: 0, ppm: 1_000_000, kind });
    }
    for (what, size) in sizes.filter(|(_, size)| *size > 0) {
        let window = u32::try_from(what).unwrap_or(1);
        let at_ms = window.saturating_mul(6_000).saturating_sub(4_000);
        let what = Broken::Partition { side: side(what, size) };
        case.faults.push(Fault { at_ms, lasts_ms: 6_000, what });
    }
    case
}

/// Priorities of nodes: the lowest is not heard until the next point of change.
fn pct(bounds: &Bounds, seed: u64) -> Case {
    let draws = Draws(Random::from_number(seed));
    let mut case = draw(bounds, seed);
    case.faults.clear();
    let points = usize::try_from(draws.small("depth", 0, 4)).unwrap_or(0).saturating_add(2);
    let quiet_ms = case.gst_slot.saturating_mul(u32::from(case.slot_ms)).max(1);
    let mut times: Vec<u32> =
        (0..points).map(|index| draws.small("change", index, quiet_ms)).collect();
    times.push(quiet_ms);
    times.sort_unstable();
    let spans: Vec<(u32, u32)> = times.iter().copied().zip(times.iter().copied().skip(1)).collect();
    for (index, (at_ms, until)) in spans.into_iter().enumerate() {
        let count = u64::try_from(case.weights.len()).unwrap_or(1);
        let low = usize::try_from(draws.number("lowest", index, count)).unwrap_or(0);
        let what = if draws.chance("deaf", index, 50) {
            Broken::Partition { side: Nodes::of(low) }
        } else {
            Broken::OneWay { side: Nodes::of(low) }
        };
        case.faults.push(Fault { at_ms, lasts_ms: until.saturating_sub(at_ms), what });
    }
    case
}

/// A case that differs in one to three places.
fn changed(case: &Case, draws: &Draws, seed: u64) -> Case {
    let mut next = case.clone();
    next.seed = seed;
    let count = next.weights.len();
    let changes = usize::try_from(draws.small("changes", 0, 3)).unwrap_or(0).saturating_add(1);
    let quiet_ms = next.gst_slot.saturating_mul(u32::from(next.slot_ms)).max(1);
    for index in 0..changes {
        let drawn = usize::try_from(draws.number("place", index, u64::MAX)).unwrap_or(0);
        let place = |len: usize| drawn.checked_rem(len).unwrap_or(0);
        match draws.small("change kind", index, 7) {
            0 => {
                let side = draws.side("new side", index, count);
                let at_ms = draws.small("new time", index, quiet_ms);
                let lasts_ms = draws.small("new length", index, 12_000).saturating_add(500);
                next.faults.push(Fault { at_ms, lasts_ms, what: Broken::Partition { side } });
            }
            1 if !next.faults.is_empty() => {
                let place = place(next.faults.len());
                next.faults.remove(place);
            }
            2 => {
                let nodes = if next.byzantine().count() > 0 {
                    next.byzantine()
                } else {
                    minority(&next, draws)
                };
                let kind = attack(draws, index, count);
                if nodes.count() > 0 {
                    next.adversaries.push(Adversary { nodes, at_ms: 0, ppm: 1_000_000, kind });
                }
            }
            3 if !next.adversaries.is_empty() => {
                let place = place(next.adversaries.len());
                next.adversaries.remove(place);
            }
            4 => {
                let at = place(next.faults.len());
                let at_ms = draws.small("moved", index, quiet_ms);
                if let Some(fault) = next.faults.get_mut(at) {
                    fault.at_ms = at_ms;
                }
            }
            5 => {
                let jitter = draws.small("new jitter", index, 1_500);
                next.link.jitter_ms = u16::try_from(jitter).unwrap_or(0);
            }
            _ => next.link.loss_ppm = draws.small("new loss", index, 250_000),
        }
    }
    next.faults.truncate(12);
    next.adversaries.truncate(6);
    next
}
