//! Makes a failing case small: the same oracle still fires, and unchanged rules still pass.
//!
//! First lists: halves and then single elements are taken out (delta debugging, Zeller and Hildebrandt 2002), as draws are
//! keyed and nothing else moves. Then validators and slots; then numbers are made canonical: no jitter, no loss, equal
//! weights, small sets, round times. Again, until nothing changes or the time is over.
//!
//! Bounds: the milliseconds that are given; every candidate is smaller or rounder than the one before.

use super::campaign::is_changed;
use crate::lab::case::{Adversary, Attack, Broken, Link, Nodes};
use crate::lab::{Case, Lab, Outcome, RunOptions};
use crate::launch::clock::Stopwatch;
use serin_consensus::rules::Rules;

/// A case that was made small.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The case.
    pub case: Case,
    /// What came of it, with its record.
    pub outcome: Outcome,
    /// The oracle that fires.
    pub oracle: &'static str,
    /// Runs that it took.
    pub runs: u64,
    /// Milliseconds that it took.
    pub millis: u64,
}

/// A shrinking under way.
struct Shrinking<'a> {
    lab: &'a mut Lab,
    case: Case,
    oracle: &'static str,
    /// Whether the same case has to pass on unchanged rules.
    is_changed: bool,
    stopwatch: Stopwatch,
    millis: u64,
    runs: u64,
}

/// Makes `case` small, in which `oracle` fires, within about `millis`.
///
/// # Errors
/// A sentence, where the case makes no chain.
pub fn shrink(
    lab: &mut Lab,
    case: &Case,
    oracle: &'static str,
    millis: u64,
) -> Result<Shrunk, String> {
    let is_changed = is_changed(case);
    let stopwatch = Stopwatch::start();
    let case = case.clone();
    let mut shrinking = Shrinking { lab, case, oracle, is_changed, stopwatch, millis, runs: 0 };
    // Where unchanged rules fail as well, that is no reason to keep everything.
    shrinking.is_changed = is_changed && shrinking.passes_unchanged(&shrinking.case.clone());
    loop {
        let before = shrinking.case.clone();
        shrinking.lists();
        shrinking.validators();
        shrinking.slots();
        shrinking.numbers();
        if shrinking.case == before || shrinking.is_over() {
            break;
        }
    }
    let how = RunOptions { record: true, novelty: false, stop: true };
    let outcome = shrinking.lab.run_caught(&shrinking.case, how)?;
    let millis = shrinking.stopwatch.millis();
    Ok(Shrunk { case: shrinking.case, outcome, oracle, runs: shrinking.runs, millis })
}

impl Shrinking<'_> {
    fn is_over(&self) -> bool {
        self.stopwatch.millis() >= self.millis
    }

    /// Takes the candidate if it fails in the same way.
    fn offer(&mut self, candidate: Case) -> bool {
        if candidate == self.case || self.is_over() || candidate.check().is_err() {
            return false;
        }
        let fails =
            self.fails(&candidate) && (!self.is_changed || self.passes_unchanged(&candidate));
        if fails {
            self.case = candidate;
        }
        fails
    }

    fn fails(&mut self, case: &Case) -> bool {
        self.runs = self.runs.saturating_add(1);
        let how = RunOptions { stop: true, ..RunOptions::default() };
        let outcome = self.lab.run_caught(case, how);
        outcome.is_ok_and(|outcome| {
            outcome.violations.iter().any(|violation| violation.oracle == self.oracle)
        })
    }

    fn passes_unchanged(&mut self, case: &Case) -> bool {
        let mut unchanged = case.clone();
        unchanged.rules = Rules::standard();
        unchanged.mutation = None;
        !self.fails(&unchanged)
    }

    fn lists(&mut self) {
        self.list(|case| &mut case.meddling);
        self.list(|case| &mut case.load);
        self.list(|case| &mut case.clocks);
        self.list(|case| &mut case.faults);
        self.list(|case| &mut case.adversaries);
    }

    /// Takes out parts of a list: all, halves, quarters, and so on to single elements.
    fn list<T: Clone>(&mut self, of: impl Fn(&mut Case) -> &mut Vec<T>) {
        let mut width = of(&mut self.case).len();
        while width > 0 {
            let mut start = 0;
            while start < of(&mut self.case).len() && !self.is_over() {
                let mut candidate = self.case.clone();
                let list = of(&mut candidate);
                let end = start.saturating_add(width).min(list.len());
                list.drain(start..end);
                if !self.offer(candidate) {
                    start = end;
                }
            }
            width = width.div_euclid(2);
        }
    }

    fn validators(&mut self) {
        let mut at = self.case.weights.len();
        while at > 0 {
            at = at.saturating_sub(1);
            if self.case.weights.len() > 1 {
                let candidate = without_validator(&self.case, at);
                self.offer(candidate);
            }
        }
    }

    fn slots(&mut self) {
        let fewer = |slots: u32| {
            [slots.div_euclid(2), slots.saturating_mul(3).div_euclid(4), slots.saturating_sub(1)]
        };
        let mut goes_on = true;
        while goes_on && !self.is_over() {
            goes_on = fewer(self.case.slots).into_iter().any(|slots| {
                let mut candidate = self.case.clone();
                candidate.slots = slots;
                candidate.gst_slot = candidate.gst_slot.min(slots);
                self.offer(candidate)
            });
        }
    }

    fn numbers(&mut self) {
        self.change(|case| case.rotation = None);
        self.change(|case| case.epoch_slots = 60);
        self.change(|case| case.link = Link { delay_ms: 10, ..Link::default() });
        self.change(|case| case.link.loss_ppm = 0);
        self.change(|case| case.link.jitter_ms = 0);
        self.change(|case| case.link.twice_ppm = 0);
        self.change(|case| case.link.overtaken_ppm = 0);
        self.change(|case| case.link.bandwidth = 0);
        self.change(|case| case.link.delay_ms = 10);
        self.change(|case| case.weights.fill(1));
        for seed in 0..2 {
            self.change(|case| case.seed = case.seed.min(seed));
        }
        for at in 0..self.case.adversaries.len() {
            self.adversary(at);
        }
        for at in 0..self.case.faults.len() {
            self.fault(at);
        }
    }

    fn change(&mut self, change: impl Fn(&mut Case)) -> bool {
        let mut candidate = self.case.clone();
        change(&mut candidate);
        self.offer(candidate)
    }

    fn adversary(&mut self, at: usize) {
        let nodes: Vec<usize> = self.case.byzantine().iter().collect();
        for node in nodes {
            self.adversary_change(at, |one| one.nodes = Nodes(one.nodes.0 & !Nodes::of(node).0));
        }
        self.adversary_change(at, |one| one.ppm = 1_000_000);
        self.adversary_change(at, |one| one.at_ms = 0);
        for node in 0..self.case.weights.len() {
            self.adversary_change(at, |one| {
                if let Some(side) = side_of(&mut one.kind) {
                    side.0 &= !Nodes::of(node).0;
                }
            });
        }
    }

    fn adversary_change(&mut self, at: usize, change: impl Fn(&mut Adversary)) {
        self.change(|case| {
            if let Some(one) = case.adversaries.get_mut(at) {
                change(one);
            }
        });
    }

    fn fault(&mut self, at: usize) {
        let slot_ms = u32::from(self.case.slot_ms).max(1);
        let round = |ms: u32| ms.div_euclid(slot_ms).saturating_mul(slot_ms);
        for part in [u32::MAX, 2, 1, 2, 2] {
            self.change(|case| {
                if let Some(fault) = case.faults.get_mut(at) {
                    fault.at_ms = round(fault.at_ms.checked_div(part).unwrap_or(0));
                }
            });
        }
        for part in [2, 1, 2, 2] {
            self.change(|case| {
                if let Some(fault) = case.faults.get_mut(at) {
                    fault.lasts_ms = round(fault.lasts_ms.checked_div(part).unwrap_or(0)).max(1);
                }
            });
        }
        for node in 0..self.case.weights.len() {
            self.change(|case| {
                let fault = case.faults.get_mut(at);
                if let Some(Broken::Partition { side } | Broken::OneWay { side }) =
                    fault.map(|fault| &mut fault.what)
                {
                    side.0 &= !Nodes::of(node).0;
                }
            });
        }
    }
}

/// The set of nodes that an attack names, if it names one.
const fn side_of(kind: &mut Attack) -> Option<&mut Nodes> {
    match kind {
        Attack::Twins { side }
        | Attack::SealTwice { side }
        | Attack::VoteTwice { side }
        | Attack::SplitVotes { side }
        | Attack::Wedge { side }
        | Attack::Withhold { from: side, .. } => Some(side),
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
        | Attack::Mutate { .. } => None,
    }
}

/// The set without a node, those above it renumbered.
fn without(nodes: Nodes, node: usize) -> Nodes {
    let renumbered = nodes.iter().filter(|one| *one != node).map(|one| {
        let one = if one > node { one.saturating_sub(1) } else { one };
        Nodes::of(one).0
    });
    Nodes(renumbered.fold(0, |all, one| all | one))
}

/// The case without a validator, and without what it did.
fn without_validator(case: &Case, node: usize) -> Case {
    let mut less = case.clone();
    if node < less.weights.len() {
        less.weights.remove(node);
    }
    let moved = |one: u8| {
        let one = usize::from(one);
        let one = if one > node { one.saturating_sub(1) } else { one };
        u8::try_from(one).unwrap_or(u8::MAX)
    };
    let is_gone = |one: u8| usize::from(one) == node;
    less.clocks.retain(|clock| !is_gone(clock.node));
    for clock in &mut less.clocks {
        clock.node = moved(clock.node);
    }
    less.meddling.retain(|one| !is_gone(one.from) && !is_gone(one.to));
    for one in &mut less.meddling {
        (one.from, one.to) = (moved(one.from), moved(one.to));
    }
    for one in &mut less.adversaries {
        one.nodes = without(one.nodes, node);
        if let Some(side) = side_of(&mut one.kind) {
            *side = without(*side, node);
        }
    }
    less.adversaries.retain(|one| one.nodes.count() > 0);
    less.faults.retain(|fault| node_of(fault.what) != Some(node));
    for fault in &mut less.faults {
        match &mut fault.what {
            Broken::Crash { node: one }
            | Broken::PowerLoss { node: one, .. }
            | Broken::PowerLossAfter { node: one, .. }
            | Broken::DiskFull { node: one }
            | Broken::Pause { node: one }
            | Broken::Busy { node: one, .. }
            | Broken::Replace { node: one } => *one = moved(*one),
            Broken::Partition { side } | Broken::OneWay { side } => *side = without(*side, node),
        }
    }
    less
}

fn node_of(what: Broken) -> Option<usize> {
    match what {
        Broken::Crash { node }
        | Broken::PowerLoss { node, .. }
        | Broken::PowerLossAfter { node, .. }
        | Broken::DiskFull { node }
        | Broken::Pause { node }
        | Broken::Busy { node, .. }
        | Broken::Replace { node } => Some(usize::from(node)),
        Broken::Partition { .. } | Broken::OneWay { .. } => None,
    }
}
