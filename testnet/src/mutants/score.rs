//! The score: which seeded bugs are found, by which oracle, how soon, and which survive.
//!
//! ```text
//! strategy, seed -> a run of the mutated code -> what did not hold -> of an expected kind? killed
//! ```
//! A bug counts as killed where an oracle of a kind fires that the table expects. A survivor says why: what the strategies
//! do not make, or what the oracles do not see.
//!
//! Bounds: the time of each bug; runs are of bounded length.

use super::table::{Entry, Kind, TABLE};
use super::{Seeded, cases, ledger, staking};
use crate::lab::{Lab, RunOptions};
use crate::launch::clock::Stopwatch;
use rayon::prelude::*;
use serde::Serialize;
use serin_state::random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How to look for a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Drawn calls on the runtime alone.
    Ledger,
    /// Drawn calls of every module on full cores.
    Staking,
    /// Drawn cases of the laboratory, each with few kinds of trouble.
    Swarm,
}

/// How long to look.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seconds for each bug and repetition.
    pub seconds: u64,
    /// How often each bug is looked for, with seeds of its own; the median counts.
    pub repeats: u64,
    /// Seed of all seeds.
    pub seed: u64,
    /// Threads.
    pub jobs: usize,
}

/// What became of one bug. Scripts rely on the names.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// Its name.
    pub mutation: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// 1 easy to 4 deep.
    pub tier: u8,
    /// Kinds of oracles that may kill it.
    pub expected: Vec<&'static str>,
    /// The strategy that looked.
    pub strategy: Strategy,
    /// How many of the repetitions killed it.
    pub killed: u64,
    /// Runs until then, the median of the repetitions that did; of all where none did.
    pub runs: Option<u64>,
    /// Milliseconds until then, the median.
    pub millis: Option<u64>,
    /// The kind of oracle that did.
    pub kind: Option<&'static str>,
    /// What it said.
    pub finding: Option<String>,
    /// The seed of the run.
    pub seed: Option<u64>,
    /// What other kinds said, where no expected one did.
    pub other: Option<String>,
}

/// One search for one bug.
struct Search {
    runs: u64,
    millis: u64,
    found: Option<(u64, Kind, String)>,
    other: Option<String>,
}

/// Looks for every bug whose name begins with one of `names`, or for all where there is none.
///
/// # Errors
/// A sentence where the threads cannot be started.
pub fn score(
    options: &Options,
    names: &[String],
    progress: impl Fn(&Score) + Sync,
) -> Result<Vec<Score>, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build();
    let pool = pool.map_err(|error| format!("no threads: {error}"))?;
    let asked = |entry: &&Entry| {
        names.is_empty() || names.iter().any(|name| entry.mutation.name().starts_with(name))
    };
    let entries: Vec<&Entry> = TABLE.iter().filter(asked).collect();
    // What panics in a node is a finding; its text is told with it.
    std::panic::set_hook(Box::new(|_| {}));
    let one = |entry: &&Entry| {
        let score = score_one(options, entry);
        progress(&score);
        score
    };
    let scores = pool.install(|| entries.par_iter().map(one).collect());
    drop(std::panic::take_hook());
    Ok(scores)
}

/// Runs both strategies on code without a bug: how many runs there were, and what fired, which is a false alarm.
#[must_use]
pub fn baseline(options: &Options) -> (u64, Vec<String>) {
    let seeds = Random::from_number(options.seed);
    let jobs = u64::try_from(options.jobs).unwrap_or(1);
    let strategies = [Strategy::Ledger, Strategy::Staking, Strategy::Swarm];
    let one = |job: u64| {
        let stopwatch = Stopwatch::start();
        let mut lab = Lab::default();
        let (mut runs, mut alarms) = (0_u64, Vec::new());
        while stopwatch.millis() < options.seconds.saturating_mul(1_000) {
            let seed = seeds.draw("baseline", job, runs).number();
            for strategy in strategies {
                let found = run(&mut lab, strategy, Seeded(None), seed).into_iter();
                alarms.extend(
                    found.map(|(kind, what)| format!("{strategy:?} {seed}: {kind}: {what}")),
                );
                runs = runs.saturating_add(1);
            }
        }
        (runs, alarms)
    };
    let all: Vec<(u64, Vec<String>)> = (0..jobs).into_par_iter().map(one).collect();
    all.into_iter().fold((0, Vec::new()), |(runs, mut alarms), (more, found)| {
        alarms.extend(found);
        (runs.saturating_add(more), alarms)
    })
}

fn score_one(options: &Options, entry: &Entry) -> Score {
    let strategy = strategy_of(entry);
    let searches: Vec<Search> =
        (0..options.repeats).map(|turn| search(options, entry, strategy, turn)).collect();
    let killed: Vec<&Search> = searches.iter().filter(|search| search.found.is_some()).collect();
    let median = |of: fn(&Search) -> u64| {
        let mut all: Vec<u64> = killed.iter().map(|search| of(search)).collect();
        all.sort_unstable();
        all.get(all.len().div_euclid(2)).copied()
    };
    let first = killed.first().and_then(|search| search.found.clone());
    Score {
        mutation: entry.mutation.name(),
        what: entry.mutation.what(),
        source: entry.source,
        tier: entry.tier,
        expected: entry.kinds.iter().map(|kind| kind.name()).collect(),
        strategy,
        killed: u64::try_from(killed.len()).unwrap_or(0),
        runs: median(|search| search.runs).or_else(|| searches.first().map(|one| one.runs)),
        millis: median(|search| search.millis),
        kind: first.as_ref().map(|(_, kind, _)| kind.name()),
        seed: first.as_ref().map(|(seed, _, _)| *seed),
        finding: first.map(|(_, _, what)| what),
        other: searches.iter().find_map(|search| search.other.clone()),
    }
}

fn strategy_of(entry: &Entry) -> Strategy {
    let name = entry.mutation.name();
    if name.starts_with("LG") || name.starts_with("GV") {
        Strategy::Ledger
    } else if name.starts_with("ST") {
        Strategy::Staking
    } else {
        Strategy::Swarm
    }
}

fn search(options: &Options, entry: &Entry, strategy: Strategy, turn: u64) -> Search {
    let stopwatch = Stopwatch::start();
    let seeds = Random::from_number(options.seed);
    let mut lab = Lab::default();
    let mutant = Seeded(Some(entry.mutation));
    let mut search = Search { runs: 0, millis: 0, found: None, other: None };
    let limit = options.seconds.saturating_mul(1_000);
    while search.found.is_none() && stopwatch.millis() < limit {
        let seed = seeds.draw("mutant", turn, search.runs).number();
        search.runs = search.runs.saturating_add(1);
        let violations = run(&mut lab, strategy, mutant, seed);
        for (kind, what) in violations {
            // What fires on the code without the bug too is not the bug's.
            let mut own =
                || run(&mut lab, strategy, Seeded(None), seed).iter().all(|one| one.0 != kind);
            if entry.kinds.contains(&kind) && own() {
                search.found = Some((seed, kind, what));
                break;
            }
            search.other.get_or_insert_with(|| format!("{kind}: {what}"));
        }
    }
    search.millis = stopwatch.millis();
    search
}

/// What did not hold in one run of the mutated code.
fn run(lab: &mut Lab, strategy: Strategy, mutant: Seeded, seed: u64) -> Vec<(Kind, String)> {
    let ran = catch_unwind(AssertUnwindSafe(|| match strategy {
        Strategy::Ledger => ledger::play(mutant, seed).into_iter().collect(),
        Strategy::Staking => staking::play(mutant, seed),
        Strategy::Swarm => {
            let mut case = cases::draw(seed);
            case.mutation = mutant.0;
            let outcome = lab.run(&case, RunOptions::default());
            let violations = outcome.map(|outcome| outcome.violations).unwrap_or_default();
            let found = |one: crate::lab::Violation| Some((kind_of(one.oracle)?, one.what));
            violations.into_iter().filter_map(found).collect()
        }
    }));
    ran.unwrap_or_else(|panic| {
        *lab = Lab::default();
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        vec![(Kind::Crash, text.unwrap_or_else(|| "a node panicked".to_owned()))]
    })
}

/// The kind of an oracle of the laboratory.
fn kind_of(oracle: &str) -> Option<Kind> {
    Some(match oracle {
        "agreement" | "accountable safety" => Kind::Agreement,
        "monotone finality" => Kind::Monotone,
        "valid proof" => Kind::Proof,
        "no honest culprit" | "no honest node is punished" => Kind::Honest,
        "liveness" | "chain growth" => Kind::Liveness,
        "valid block" | "equal roots" | "chain quality" => Kind::Block,
        "best head" => Kind::Head,
        "reported evidence" => Kind::Evidence,
        "money" => Kind::Money,
        "nonces" => Kind::Nonce,
        "bounded memory" | "bounded work" => Kind::Bounds,
        "no halt" | "restart" | "no panic" => Kind::Crash,
        _ => return None,
    })
}
