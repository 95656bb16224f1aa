//! Many runs on all cores, until time or number is over or one fails.
//!
//! Inputs: a strategy, bounds of cases, a seed. Outputs: counts, what was reached, and the failing case of the lowest number.
//!
//! # Invariants
//! 1. Batches are of one size, whatever the number of threads: which cases are run depends on the seed alone.
//! 2. Where rules or code are changed, a failure counts only if the same case passes unchanged.
//! 3. A shard runs the numbers that are its own modulo the number of shards.
//!
//! Bounds: [`BATCH`] runs a batch.

use super::strategy::{Corpus, Strategy, case_of};
use super::swarm::Bounds;
use crate::check::ORACLES;
use crate::lab::outcome::Reached;
use crate::lab::{Case, Lab, Outcome, RunOptions};
use crate::launch::clock::Stopwatch;
use rayon::prelude::*;
use serin_consensus::rules::Rules;

/// Runs between two looks at the clock.
pub const BATCH: u64 = 64;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How cases are chosen.
    pub strategy: Strategy,
    /// What they share.
    pub bounds: Bounds,
    /// Of everything random.
    pub seed: u64,
    /// Number of the first run, to go on where another campaign ended.
    pub first: u64,
    /// Most runs.
    pub runs: u64,
    /// Milliseconds after which no batch begins.
    pub millis: u64,
    /// Which shard this is, from 0, and how many there are, at least 1.
    pub shard: (u64, u64),
    /// Threads; as many as there are cores where 0.
    pub jobs: usize,
    /// Whether to go on after a failure.
    pub goes_on: bool,
}

/// One run of a campaign.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its number.
    pub number: u64,
    /// Its case.
    pub case: Case,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Runs.
    pub runs: u64,
    /// Number of the first run of this shard that was not begun.
    pub next: u64,
    /// Inputs that nodes worked off.
    pub steps: u64,
    /// Abstract states that were met, where the strategy looks at them.
    pub states: usize,
    /// What was seen.
    pub reached: Reached,
    /// Milliseconds.
    pub millis: u64,
    /// Runs that failed, by number.
    pub failures: Vec<Ran>,
}

/// Failures that are kept where a campaign goes on.
const FAILURES_MAX: usize = 64;

impl Report {
    /// The failure to look at: safety first, as the oracles are listed, and of one oracle the run with the lowest number.
    #[must_use]
    pub fn worst(&self) -> Option<(&Ran, &'static str)> {
        let rank = |name: &str| ORACLES.iter().position(|oracle| oracle.name == name);
        let oracles = |ran: &Ran| -> Vec<&'static str> {
            ran.outcome.violations.iter().map(|violation| violation.oracle).collect()
        };
        let all = self.failures.iter().flat_map(|ran| {
            oracles(ran).into_iter().map(move |oracle| (rank(oracle), ran.number, oracle, ran))
        });
        let worst = all.min_by_key(|(rank, number, ..)| (rank.unwrap_or(usize::MAX), *number));
        worst.map(|(_, _, oracle, ran)| (ran, oracle))
    }
}

/// Runs; `each` is given every run in the order of the numbers.
///
/// # Errors
/// A sentence, where threads cannot be started or a case makes no chain.
pub fn campaign(options: &Options, mut each: impl FnMut(&Report, &Ran)) -> Result<Report, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .build()
        .map_err(|error| error.to_string())?;
    let mut labs: Vec<Lab> = (0..pool.current_num_threads()).map(|_| Lab::default()).collect();
    let stopwatch = Stopwatch::start();
    let mut corpus = Corpus::default();
    let mut report = Report { next: options.first, ..Report::default() };
    while report.runs < options.runs && stopwatch.millis() < options.millis {
        let count = BATCH.min(options.runs.saturating_sub(report.runs));
        let numbers: Vec<u64> = (0..count).map(|at| report.next.saturating_add(at)).collect();
        let batch = pool.install(|| batch(options, &corpus, &mut labs, &numbers))?;
        report.next = report.next.saturating_add(count);
        for ran in batch {
            report.runs = report.runs.saturating_add(1);
            report.steps = report.steps.saturating_add(ran.outcome.steps);
            report.reached.add(&ran.outcome.reached);
            corpus.note(&ran.case, &ran.outcome.states);
            report.millis = stopwatch.millis();
            each(&report, &ran);
            if !ran.outcome.violations.is_empty() && report.failures.len() < FAILURES_MAX {
                report.failures.push(ran);
            }
        }
        if !options.goes_on && !report.failures.is_empty() {
            break;
        }
    }
    report.states = corpus.states();
    report.millis = stopwatch.millis();
    Ok(report)
}

/// Runs the cases with these numbers, spread over the threads, in order.
fn batch(
    options: &Options,
    corpus: &Corpus,
    labs: &mut [Lab],
    numbers: &[u64],
) -> Result<Vec<Ran>, String> {
    let width = numbers.len().div_ceil(labs.len().max(1)).max(1);
    let parts: Result<Vec<Vec<Ran>>, String> = labs
        .par_iter_mut()
        .zip(numbers.par_chunks(width))
        .map(|(lab, numbers)| {
            let run = |number: &u64| one(options, corpus, lab, *number);
            numbers.iter().map(run).collect()
        })
        .collect();
    Ok(parts?.into_iter().flatten().collect())
}

fn one(options: &Options, corpus: &Corpus, lab: &mut Lab, turn: u64) -> Result<Ran, String> {
    let (shard, shards) = options.shard;
    let number = turn.saturating_mul(shards).saturating_add(shard);
    let case = case_of(options.strategy, &options.bounds, corpus, (options.seed, number));
    let how = RunOptions { record: false, novelty: options.strategy.is_guided(), stop: true };
    let mut outcome = lab.run(&case, how)?;
    if !outcome.violations.is_empty() && is_changed(&case) {
        // What fails on unchanged rules too is not the fault of the change.
        let unchanged = Case { rules: Rules::standard(), mutation: None, ..case.clone() };
        let alike = lab.run(&unchanged, RunOptions { stop: true, ..RunOptions::default() })?;
        let fails_alike =
            |oracle: &str| alike.violations.iter().any(|violation| violation.oracle == oracle);
        outcome.violations.retain(|violation| !fails_alike(violation.oracle));
    }
    Ok(Ran { number, case, outcome })
}

/// Whether a case has other rules than the standard ones, or code with a bug.
pub(super) fn is_changed(case: &Case) -> bool {
    case.mutation.is_some() || case.rules != Rules::standard()
}
