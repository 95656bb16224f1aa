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
use crate::lab::{Case, Lab, RunOptions};
use crate::launch::clock::Stopwatch;
use crate::search::replay::to_text;
use crate::search::shrink::{Shrunk, shrink};
use crate::search::strategy::{Corpus, Strategy as Cases, case_of};
use crate::search::swarm::Bounds;
use core::str::FromStr;
use rayon::prelude::*;
use serde::Serialize;
use serin_consensus::rules::Rules;
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
    /// Attacks of the literature and of single parts, timed and changed at random.
    Script,
    /// The random cases of campaigns.
    Random,
    /// One validator twice and partitions, enumerated.
    Twins,
    /// Priorities of nodes.
    Pct,
    /// Changes of cases that met new abstract states.
    Novelty,
}

impl Strategy {
    /// All, as they stand in tables.
    pub const EACH: [Self; 8] = [
        Self::Ledger,
        Self::Staking,
        Self::Swarm,
        Self::Script,
        Self::Random,
        Self::Twins,
        Self::Pct,
        Self::Novelty,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Staking => "staking",
            Self::Swarm => "swarm",
            Self::Script => "script",
            Self::Random => "random",
            Self::Twins => "twins",
            Self::Pct => "pct",
            Self::Novelty => "novelty",
        }
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
    /// The one strategy to look with; where there is none, those that suit the bug take turns.
    pub strategy: Option<Strategy>,
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
    /// The strategy that found it; the first that looked where none did.
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
    /// The run as a replay string, where it is one of the laboratory: shrunk, and seen to give the same hash twice.
    pub replay: Option<String>,
    /// Elements of the shrunk case: faults, adversaries, load, meddled messages.
    pub events: Option<usize>,
    /// Milliseconds that shrinking took.
    pub shrink_millis: Option<u64>,
    /// What other kinds said, where no expected one did.
    pub other: Option<String>,
}

/// One search for one bug.
struct Search {
    runs: u64,
    millis: u64,
    found: Option<Found>,
    other: Option<String>,
}

/// What killed a bug.
#[derive(Clone)]
struct Found {
    strategy: Strategy,
    seed: u64,
    kind: Kind,
    what: String,
    case: Option<Box<Case>>,
}

impl Found {
    /// The run made small, where it is one of the laboratory and gives the same twice.
    fn small(&self) -> Option<Shrunk> {
        let case = self.case.as_deref()?;
        let mut lab = Lab::default();
        let outcome = lab.run_caught(case, RunOptions::default()).ok()?;
        let mut names = outcome.violations.iter().map(|violation| violation.oracle);
        let oracle = names.find(|name| kind_of(name) == Some(self.kind))?;
        let small = shrink(&mut lab, case, oracle, SHRINK_MS).ok()?;
        let again = Lab::default().run_caught(&small.case, STOP).ok()?;
        (again.trace_hash == small.outcome.trace_hash).then_some(small)
    }
}

/// How long a finding may be shrunk, in milliseconds; the last candidate may take longer.
const SHRINK_MS: u64 = 4_000;
/// As a shrinker runs.
const STOP: RunOptions = RunOptions { record: false, novelty: false, stop: true };

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

/// Runs the strategies on code without a bug: how many runs there were, and what fired, which is a false alarm.
#[must_use]
pub fn baseline(options: &Options) -> (u64, Vec<String>) {
    let jobs = u64::try_from(options.jobs).unwrap_or(1);
    let one = |job: u64| {
        let stopwatch = Stopwatch::start();
        let mut lab = Lab::default();
        let (mut runs, mut round, mut alarms) = (0_u64, 0_u64, Vec::new());
        while stopwatch.millis() < options.seconds.saturating_mul(1_000) {
            for strategy in strategies(options, None) {
                let number = round.saturating_mul(jobs).saturating_add(job);
                let nothing = Corpus::default();
                let trial = Trial::draw(options, strategy, (number, Seeded(None)), &nothing);
                let found = trial.run(&mut lab, None).into_iter();
                let case = trial.case().map(|case| to_text(&case)).unwrap_or_default();
                let seed = trial.seed;
                alarms.extend(
                    found.map(|(kind, what)| format!("{strategy:?} {seed}: {kind}: {what} {case}")),
                );
                runs = runs.saturating_add(1);
            }
            round = round.saturating_add(1);
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
    let searches: Vec<Search> =
        (0..options.repeats).map(|turn| search(options, entry, turn)).collect();
    let killed: Vec<&Search> = searches.iter().filter(|search| search.found.is_some()).collect();
    let median = |of: fn(&Search) -> u64| {
        let mut all: Vec<u64> = killed.iter().map(|search| of(search)).collect();
        all.sort_unstable();
        all.get(all.len().div_euclid(2)).copied()
    };
    let first = killed.first().and_then(|search| search.found.clone());
    let small = first.as_ref().and_then(Found::small);
    let looked = strategies(options, Some(entry)).first().copied().unwrap_or(Strategy::Swarm);
    Score {
        mutation: entry.mutation.name(),
        what: entry.mutation.what(),
        source: entry.source,
        tier: entry.tier,
        expected: entry.kinds.iter().map(|kind| kind.name()).collect(),
        strategy: first.as_ref().map_or(looked, |found| found.strategy),
        killed: u64::try_from(killed.len()).unwrap_or(0),
        runs: median(|search| search.runs).or_else(|| searches.first().map(|one| one.runs)),
        millis: median(|search| search.millis),
        kind: first.as_ref().map(|found| found.kind.name()),
        seed: first.as_ref().map(|found| found.seed),
        events: small.as_ref().map(|small| small.case.elements()),
        shrink_millis: small.as_ref().map(|small| small.millis),
        replay: small.map(|small| to_text(&small.case)),
        finding: first.map(|found| found.what),
        other: searches.iter().find_map(|search| search.other.clone()),
    }
}

/// The strategies that suit a bug, or that the standard code is run with, in the order of their turns.
fn strategies(options: &Options, entry: Option<&Entry>) -> Vec<Strategy> {
    if let Some(strategy) = options.strategy {
        return vec![strategy];
    }
    let Some(name) = entry.map(|entry| entry.mutation.name()) else {
        return vec![Strategy::Ledger, Strategy::Staking, Strategy::Script, Strategy::Swarm];
    };
    if name.starts_with("LG") || name.starts_with("GV") {
        vec![Strategy::Ledger]
    } else if name.starts_with("ST") {
        vec![Strategy::Staking]
    } else {
        vec![Strategy::Script, Strategy::Swarm]
    }
}

fn search(options: &Options, entry: &Entry, turn: u64) -> Search {
    let stopwatch = Stopwatch::start();
    let mut lab = Lab::default();
    let mutant = Seeded(Some(entry.mutation));
    let mut corpus = Corpus::default();
    let mut search = Search { runs: 0, millis: 0, found: None, other: None };
    let limit = options.seconds.saturating_mul(1_000);
    let strategies = strategies(options, Some(entry));
    // Each strategy has numbers of its own, without gaps.
    let mut turns = (0_u64..).flat_map(|round| strategies.iter().map(move |one| (round, *one)));
    while search.found.is_none() && stopwatch.millis() < limit {
        let Some((round, strategy)) = turns.next() else { break };
        let number = turn.saturating_mul(RUNS_OF_A_TURN).saturating_add(round);
        search.runs = search.runs.saturating_add(1);
        let trial = Trial::draw(options, strategy, (number, mutant), &corpus);
        // Drawn before the corpus grows, so that it is the same case.
        let standard = Trial::draw(options, strategy, (number, Seeded(None)), &corpus);
        let noted = (strategy == Strategy::Novelty).then_some(&mut corpus);
        for (kind, what) in trial.run(&mut lab, noted) {
            // What fires on the code without the bug too is not the bug's.
            let mut own = || standard.run(&mut lab, None).iter().all(|one| one.0 != kind);
            if entry.kinds.contains(&kind) && own() {
                let (seed, case) = (trial.seed, trial.case());
                search.found = Some(Found { strategy, seed, kind, what, case });
                break;
            }
            search.other.get_or_insert_with(|| format!("{kind}: {what}"));
        }
    }
    search.millis = stopwatch.millis();
    search
}

/// Runs of one repetition: those of the next one have other numbers.
const RUNS_OF_A_TURN: u64 = 1 << 32;

/// One run.
struct Trial {
    seed: u64,
    mutant: Seeded,
    what: What,
}

/// What a run runs.
enum What {
    Ledger,
    Staking,
    Lab(Box<Case>),
}

impl Trial {
    fn draw(
        options: &Options,
        strategy: Strategy,
        (number, mutant): (u64, Seeded),
        corpus: &Corpus,
    ) -> Self {
        let seed = Random::from_number(options.seed).draw("trial", 0, number).number();
        let bounds = Bounds { validators: None, rules: Rules::standard(), mutation: mutant.0 };
        let of = |strategy| {
            let mut case = case_of(strategy, &bounds, corpus, (options.seed, number));
            // Few chains, since each has to be begun before it can be cloned.
            case.seed &= !0xe;
            case
        };
        let case = match strategy {
            Strategy::Ledger => return Self { seed, mutant, what: What::Ledger },
            Strategy::Staking => return Self { seed, mutant, what: What::Staking },
            Strategy::Swarm => Case { mutation: mutant.0, ..cases::draw(seed) },
            // Strategies take turns: every script has its own.
            Strategy::Script => of(Cases::Script),
            Strategy::Random => of(Cases::Random),
            Strategy::Twins => of(Cases::Twins),
            Strategy::Pct => of(Cases::Pct),
            Strategy::Novelty => of(Cases::Novelty),
        };
        Self { seed, mutant, what: What::Lab(Box::new(case)) }
    }

    /// The run, where it is one of the laboratory.
    fn case(&self) -> Option<Box<Case>> {
        match &self.what {
            What::Lab(case) => Some(case.clone()),
            What::Ledger | What::Staking => None,
        }
    }

    /// What did not hold; the states that were met are noted where there is a corpus.
    fn run(&self, lab: &mut Lab, corpus: Option<&mut Corpus>) -> Vec<(Kind, String)> {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let case = match &self.what {
                What::Ledger => return ledger::play(self.mutant, self.seed).into_iter().collect(),
                What::Staking => return staking::play(self.mutant, self.seed),
                What::Lab(case) => case,
            };
            let how = RunOptions { novelty: corpus.is_some(), ..RunOptions::default() };
            let outcome = lab.run(case, how).unwrap_or_default();
            if let Some(corpus) = corpus {
                corpus.note(case, &outcome.states);
            }
            let violations = outcome.violations;
            let found = |one: crate::lab::Violation| Some((kind_of(one.oracle)?, one.what));
            violations.into_iter().filter_map(found).collect()
        }));
        ran.unwrap_or_else(|panic| {
            *lab = Lab::default();
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            vec![(Kind::Crash, text.unwrap_or_else(|| "a node panicked".to_owned()))]
        })
    }
}

/// The kind of an oracle of the laboratory.
fn kind_of(oracle: &str) -> Option<Kind> {
    Some(match oracle {
        "agreement" | "accountable safety" | "explained votes" => Kind::Agreement,
        "monotone finality" => Kind::Monotone,
        "valid proof" => Kind::Proof,
        "no honest culprit" | "no honest node is punished" => Kind::Honest,
        "liveness" | "prompt finality" | "prompt import" | "chain growth" | "equal heads" => {
            Kind::Liveness
        }
        "valid block" | "equal roots" | "chain quality" => Kind::Block,
        "best head" => Kind::Head,
        "reported evidence" => Kind::Evidence,
        "served" => Kind::Service,
        "money" => Kind::Money,
        "nonces" => Kind::Nonce,
        "bounded memory" | "bounded work" => Kind::Bounds,
        "no halt" | "restart" | "no panic" => Kind::Crash,
        _ => return None,
    })
}
