//! Many runs: until enough violations were convicted, and as many runs without one stayed quiet.
//!
//! # Inputs and outputs
//! [`Options`] in; a [`Report`] out, and progress on the way. A run is named by its class and its seed; `class:seed` is
//! the replay string.
//!
//! # Invariants
//! The report depends on the options alone, not on the number of threads: runs are judged in batches and counted in order.
//!
//! # Bounds
//! At most [`ATTEMPTS_FACTOR`] attempts a violation; a batch of outcomes in memory.

use super::judge::{Outcome, Sight, judge};
use super::plan::Class;
use rayon::prelude::*;
use serde::Serialize;
use serin_state::random::Random;
use std::collections::{BTreeMap, BTreeSet};

/// Attempts for each violation that is asked for.
const ATTEMPTS_FACTOR: u64 = 4;
/// Runs of a batch.
const BATCH: u64 = 256;
/// Runs from which on everything has to have been seen.
pub const COMPLETE_RUNS_MIN: u64 = 1_000;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Violations to convict, and runs without one.
    pub runs: u64,
    /// Seed of all seeds.
    pub seed: u64,
    /// Threads.
    pub jobs: usize,
}

/// Counts of a class. Scripts rely on the names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassReport {
    /// Runs.
    pub runs: u64,
    /// Runs with a violation.
    pub violations: u64,
    /// Pairs of proofs that were convicted.
    pub convicted: u64,
    /// Pairs on one chain that were refused.
    pub refused: u64,
    /// Blocks that nodes made final.
    pub finals: u64,
}

/// What came of a campaign. Scripts rely on the names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By class.
    pub classes: BTreeMap<&'static str, ClassReport>,
    /// Runs with a violation, all convicted.
    pub violations: u64,
    /// Runs in which nothing may go wrong.
    pub peaceful: u64,
    /// How often each thing was seen, in runs.
    pub seen: BTreeMap<String, u64>,
    /// What was not seen.
    pub unseen: Vec<String>,
    /// Replay string and reason of the first run that failed.
    pub failure: Option<(String, String)>,
}

/// A run by its replay string, `class:seed`.
#[must_use]
pub fn parse_replay(text: &str) -> Option<(Class, u64)> {
    let (name, seed) = text.split_once(':')?;
    let mut classes = Class::ATTACKS.into_iter().chain(Class::PEACEFUL);
    let class = classes.find(|class| class.name() == name)?;
    Some((class, seed.parse().ok()?))
}

/// The seed of run number `turn` of a campaign.
fn seed_of(options: &Options, turn: u64) -> u64 {
    Random::from_number(options.seed).draw("run", 0, turn).number()
}

/// Runs until there are enough violations and peaceful runs, or one fails. `progress` is told both counts.
///
/// # Errors
/// A sentence where the threads cannot be started.
pub fn campaign(options: &Options, mut progress: impl FnMut(u64, u64)) -> Result<Report, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build();
    let pool = pool.map_err(|error| format!("no threads: {error}"))?;
    let mut report = Report::default();
    let mut seen: BTreeMap<Sight, u64> = BTreeMap::new();
    let attempts = options.runs.saturating_mul(ATTEMPTS_FACTOR);
    let mut turn = 0_u64;
    while report.failure.is_none() && report.violations < options.runs && turn < attempts {
        let batch = batch_of(options, &Class::ATTACKS, turn, options.runs);
        turn = turn.saturating_add(u64::try_from(batch.len()).unwrap_or(BATCH));
        count(&mut report, &mut seen, judge_all(&pool, batch));
        progress(report.violations, report.peaceful);
    }
    let mut turn = 0_u64;
    while report.failure.is_none() && report.peaceful < options.runs {
        let left = options.runs.saturating_sub(report.peaceful);
        let batch = batch_of(options, &Class::PEACEFUL, turn, left);
        turn = turn.saturating_add(u64::try_from(batch.len()).unwrap_or(BATCH));
        count(&mut report, &mut seen, judge_all(&pool, batch));
        progress(report.violations, report.peaceful);
    }
    let unseen: Vec<Sight> = Sight::all().into_iter().filter(|at| !seen.contains_key(at)).collect();
    report.unseen = unseen.into_iter().map(Sight::name).collect();
    report.seen = seen.into_iter().map(|(sight, runs)| (sight.name(), runs)).collect();
    Ok(report)
}

/// Classes take turns.
fn batch_of(options: &Options, classes: &[Class], turn: u64, left: u64) -> Vec<(Class, u64)> {
    let skipped = usize::try_from(turn).unwrap_or(0).checked_rem(classes.len()).unwrap_or(0);
    let size = usize::try_from(BATCH.min(left.max(1))).unwrap_or(1);
    let named = classes.iter().cycle().skip(skipped).zip(turn..);
    named.take(size).map(|(class, turn)| (*class, seed_of(options, turn))).collect()
}

fn judge_all(pool: &rayon::ThreadPool, batch: Vec<(Class, u64)>) -> Vec<(Class, u64, Outcome)> {
    let judged = |(class, seed): (Class, u64)| (class, seed, judge(class, seed));
    pool.install(|| batch.into_par_iter().map(judged).collect())
}

fn count(report: &mut Report, seen: &mut BTreeMap<Sight, u64>, judged: Vec<(Class, u64, Outcome)>) {
    for (class, seed, outcome) in judged {
        let of_class = report.classes.entry(class.name()).or_default();
        of_class.runs = of_class.runs.saturating_add(1);
        of_class.violations = of_class.violations.saturating_add(u64::from(outcome.is_violation));
        of_class.convicted = of_class.convicted.saturating_add(outcome.convicted);
        of_class.refused = of_class.refused.saturating_add(outcome.refused);
        of_class.finals = of_class.finals.saturating_add(outcome.finals);
        report.violations = report.violations.saturating_add(u64::from(outcome.is_violation));
        report.peaceful = report.peaceful.saturating_add(u64::from(class.is_peaceful()));
        let sights: BTreeSet<Sight> = outcome.sights;
        for sight in sights {
            let runs = seen.entry(sight).or_default();
            *runs = runs.saturating_add(1);
        }
        if let (Some(why), None) = (outcome.failure, &report.failure) {
            report.failure = Some((format!("{}:{seed}", class.name()), why));
        }
    }
}
