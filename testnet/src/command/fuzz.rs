//! `serin-testnet fuzz`: thousands of runs of the laboratory, until one violates something.
//!
//! What fails is made small, explained and given as a replay string; exit code 3. A campaign that passes has to have seen
//! everything on its list, or it shows nothing: exit code 3 as well, where it was long enough.

use super::CommandError;
use super::replay::{Written, write_reports};
use clap::Args;
use serde::Serialize;
use serin_consensus::rules::Rules;
use serin_state::mutant::Mutation;
use serin_testnet::lab::case::NODES_MAX;
use serin_testnet::lab::outcome::Reached;
use serin_testnet::lab::{Lab, Violation};
use serin_testnet::search::campaign::{Options, Ran, Report, campaign};
use serin_testnet::search::replay::to_text;
use serin_testnet::search::shrink::shrink;
use serin_testnet::search::strategy::Strategy;
use serin_testnet::search::swarm::Bounds;
use std::io::Write;
use std::path::PathBuf;

/// Runs of a strategy that looks everywhere after which everything on the list has to have been seen.
const COMPLETE_RUNS_MIN: u64 = 5_000;
/// Milliseconds for making a case small.
const SHRINK_MS: u64 = 5_000;

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet fuzz --seconds 60                                            the standard rules\n  \
    serin-testnet fuzz --rule finality.threshold=1/2 --seconds 20 --html out.html\n  \
    serin-testnet fuzz --mutant GF10 --strategy twins --runs 10000 --json\n  \
    serin-testnet fuzz --grid finality.threshold=1/2,4/7,2/3 --runs 500        shares of failing runs")]
pub(super) struct FuzzArguments {
    /// Most runs.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// Seconds; 60 where neither runs nor seconds are given.
    #[arg(long, value_name = "S")]
    seconds: Option<u64>,
    /// Threads; what is run does not depend on it. By default, as many as there are cores.
    #[arg(long, value_name = "J", default_value_t = 0)]
    jobs: usize,
    /// A part of the runs: i of n, from 1. What novelty guides depends on the runs that the part has seen
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// How cases are chosen: random, twins, pct, novelty, script, all.
    #[arg(long, value_name = "X", default_value = "all")]
    strategy: Strategy,
    /// Seed of everything random.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of the first run, as an earlier campaign printed it, to go on there.
    #[arg(long, value_name = "N", default_value_t = 0)]
    resume: u64,
    /// Number of validators; drawn where it is not given.
    #[arg(long, value_name = "N")]
    validators: Option<usize>,
    /// Change a consensus rule; `serin-testnet rules` lists them.
    #[arg(long = "rule", value_name = "NAME=VALUE")]
    rules: Vec<String>,
    /// Put a seeded bug into the code of every node, by its name, as GF01.
    #[arg(long, value_name = "NAME")]
    mutant: Option<Mutation>,
    /// Try each value of a rule, and print the share of runs that fail with its 95 % interval.
    #[arg(long, value_name = "NAME=V,V,..", conflicts_with = "html")]
    grid: Option<String>,
    /// Write the finding as one HTML page, and as Markdown beside it.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a line for each run, with seed, commit and rules.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the replay string of the finding into this folder, as a regression file.
    #[arg(long, value_name = "DIR")]
    regressions: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
struct Summary {
    runs: u64,
    runs_per_s: u64,
    steps: u64,
    states: usize,
    next: u64,
    reached: Reached,
    missing: Vec<&'static str>,
    violations: Vec<Found>,
}

/// A finding as scripts read it.
#[derive(Debug, Serialize)]
struct Found {
    oracle: &'static str,
    what: String,
    rule: Vec<String>,
    mutant: Option<String>,
    run: u64,
    replay: String,
    trace_hash: String,
    events: usize,
    slots: u32,
    validators: usize,
    culprits: Vec<u8>,
    shrink_ms: u64,
}

/// Runs and reports.
pub(super) fn run(arguments: &FuzzArguments) -> Result<(), CommandError> {
    let options = options(arguments)?;
    if let Some(grid) = &arguments.grid {
        return sweep(&options, grid);
    }
    let mut csv = arguments.csv.as_ref().map(|path| csv_file(path)).transpose()?;
    let bar = super::progress_of_runs(arguments.runs);
    let report = campaign(&options, |report, ran| {
        bar.set_position(report.runs);
        if let Some(file) = &mut csv {
            let line = csv_line(&options, ran);
            let _written = writeln!(file, "{line}").is_ok();
        }
    });
    let report = report.map_err(CommandError::Failed)?;
    bar.finish_and_clear();
    conclude(arguments, &options, &report)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn conclude(
    arguments: &FuzzArguments,
    options: &Options,
    report: &Report,
) -> Result<(), CommandError> {
    let looks_everywhere = options.strategy == Strategy::All
        && options.bounds.mutation.is_none()
        && options.bounds.validators.is_none();
    let missing = if looks_everywhere && report.runs >= COMPLETE_RUNS_MIN {
        report.reached.missing()
    } else {
        Vec::new()
    };
    let finding = report.worst().map(|found| explain(arguments, found)).transpose()?;
    let summary = Summary {
        runs: report.runs,
        runs_per_s: report.runs.saturating_mul(1_000).checked_div(report.millis).unwrap_or(0),
        steps: report.steps,
        states: report.states,
        next: report.next,
        reached: report.reached,
        missing,
        violations: finding.into_iter().collect(),
    };
    if arguments.json {
        let line = serde_json::to_string(&summary)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        println!("{}", text(&summary));
    }
    if let Some(found) = summary.violations.first() {
        return Err(CommandError::Refuted(format!(
            "{} does not hold: {}",
            found.oracle, found.what
        )));
    }
    if !summary.missing.is_empty() {
        let missing = summary.missing.join(", ");
        return Err(CommandError::Refuted(format!(
            "the campaign is vacuous: never seen: {missing}"
        )));
    }
    Ok(())
}

/// Makes a failing run small, and writes its reports.
fn explain(
    arguments: &FuzzArguments,
    (ran, oracle): (&Ran, &'static str),
) -> Result<Found, CommandError> {
    let shrunk =
        shrink(&mut Lab::default(), &ran.case, oracle, SHRINK_MS).map_err(CommandError::Failed)?;
    let replay = to_text(&shrunk.case);
    let how = format!(
        "Run {} of the campaign with seed {}, made small in {} runs: {} instead of {}, {} instead of {}, {} instead of {}.",
        ran.number,
        arguments.seed,
        shrunk.runs,
        several(shrunk.case.elements(), "event"),
        ran.case.elements(),
        several(shrunk.case.slots, "slot"),
        ran.case.slots,
        several(shrunk.case.weights.len(), "validator"),
        ran.case.weights.len(),
    );
    if let Some(path) = &arguments.html {
        let written = Written { oracle, replay: &replay, shrunk: &how };
        write_reports(path, &shrunk.case, &shrunk.outcome, &written)?;
    }
    if let Some(folder) = &arguments.regressions {
        let name = format!("{:016x}.txt", shrunk.outcome.trace_hash);
        let text = format!("{replay}\n{oracle}\n# {how}\n");
        std::fs::write(folder.join(name), text).map_err(|error| {
            CommandError::Failed(format!("cannot write into {}: {error}", folder.display()))
        })?;
    }
    let is_it = |violation: &&Violation| violation.oracle == oracle;
    let violation = shrunk.outcome.violations.iter().find(is_it);
    let found = Found {
        oracle,
        what: violation.map_or_else(String::new, |violation| violation.what.clone()),
        rule: shrunk.case.rules.changed(),
        mutant: shrunk.case.mutation.map(|mutation| mutation.to_string()),
        run: ran.number,
        replay,
        trace_hash: format!("{:016x}", shrunk.outcome.trace_hash),
        events: shrunk.case.elements(),
        slots: shrunk.case.slots,
        validators: shrunk.case.weights.len(),
        culprits: violation.map_or_else(Vec::new, |violation| violation.culprits.clone()),
        shrink_ms: shrunk.millis,
    };
    Ok(found)
}

/// A number of things.
fn several(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn text(summary: &Summary) -> String {
    let mut lines = vec![format!(
        "{} runs, {} a second; {} inputs; {} abstract states; the next run is {}",
        summary.runs, summary.runs_per_s, summary.steps, summary.states, summary.next
    )];
    let counts = summary.reached.counts();
    lines.extend(counts.into_iter().map(|(name, count)| format!("  {name:24}{count:12}")));
    for found in &summary.violations {
        lines.push(format!("VIOLATION of {}: {}", found.oracle, found.what));
        lines.push(format!(
            "  made small in {} ms: {}, {}, {}",
            found.shrink_ms,
            several(found.validators, "validator"),
            several(found.slots, "slot"),
            several(found.events, "event")
        ));
        lines.push(format!("  serin-testnet replay {}", found.replay));
    }
    lines.join("\n")
}

fn options(arguments: &FuzzArguments) -> Result<Options, CommandError> {
    let rules = super::rules::changed(Rules::standard(), &arguments.rules)?;
    if arguments.validators.is_some_and(|count| !(1..=NODES_MAX).contains(&count)) {
        return Err(CommandError::Usage(format!("a case has 1 to {NODES_MAX} validators")));
    }
    let seconds = match (arguments.seconds, arguments.runs) {
        (None, None) => Some(60),
        (seconds, _) => seconds,
    };
    Ok(Options {
        strategy: arguments.strategy,
        bounds: Bounds { validators: arguments.validators, rules, mutation: arguments.mutant },
        seed: arguments.seed,
        first: arguments.resume,
        runs: arguments.runs.unwrap_or(u64::MAX),
        millis: seconds.map_or(u64::MAX, |seconds| seconds.saturating_mul(1_000)),
        shard: shard(arguments.shard.as_deref())?,
        jobs: arguments.jobs,
        goes_on: false,
    })
}

fn shard(text: Option<&str>) -> Result<(u64, u64), CommandError> {
    let Some(text) = text else { return Ok((0, 1)) };
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let valid = parts.filter(|(i, n): &(u64, u64)| *i >= 1 && i <= n);
    valid.map(|(i, n)| (i.saturating_sub(1), n)).ok_or_else(|| {
        CommandError::Usage(format!("'{text}' is no shard; it looks like 1/4, the first of four"))
    })
}

/// Each value of a rule: the share of failing runs, with Wilson's 95 % interval.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn sweep(options: &Options, grid: &str) -> Result<(), CommandError> {
    let usage = || CommandError::Usage(format!("'{grid}' is no grid; it looks like NAME=V,V"));
    let (name, values) = grid.split_once('=').ok_or_else(usage)?;
    println!("{name},runs,failed,share_ppm,low_ppm,high_ppm,seed,commit");
    for value in values.split(',') {
        let mut options = *options;
        options.goes_on = true;
        options.bounds.rules =
            super::rules::changed(options.bounds.rules, &[format!("{name}={value}")])?;
        let mut failed = 0_u64;
        let report = campaign(&options, |_, ran| {
            failed = failed.saturating_add(u64::from(!ran.outcome.violations.is_empty()));
        });
        let runs = report.map_err(CommandError::Failed)?.runs;
        let (low, high) = wilson(failed, runs);
        let share = failed.saturating_mul(1_000_000).checked_div(runs).unwrap_or(0);
        println!("{value},{runs},{failed},{share},{low},{high},{},{}", options.seed, commit());
    }
    Ok(())
}

/// Wilson's interval at 1.96 standard deviations, in parts per million; integers are exact enough.
fn wilson(failed: u64, runs: u64) -> (u64, u64) {
    let (x, n) = (u128::from(failed), u128::from(runs.max(1)));
    // In millionths: z squared is 3.8416.
    let z2 = 3_841_600_u128;
    let million = 1_000_000_u128;
    let divisor = n.saturating_mul(million).saturating_add(z2);
    let middle = x.saturating_mul(million).saturating_add(z2.div_euclid(2));
    // z * sqrt(x (n - x) / n + z^2 / 4), in millionths.
    let variance = x.saturating_mul(n.saturating_sub(x)).saturating_mul(million).div_euclid(n);
    let under = variance.saturating_add(z2.div_euclid(4)).saturating_mul(z2);
    let spread = under.isqrt();
    let share = |part: u128| {
        u64::try_from(part.saturating_mul(million).div_euclid(divisor).min(million)).unwrap_or(0)
    };
    (share(middle.saturating_sub(spread)), share(middle.saturating_add(spread)))
}

fn csv_file(path: &std::path::Path) -> Result<std::io::BufWriter<std::fs::File>, CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::Failed(format!("cannot write {}: {error}", path.display()))
    };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    writeln!(file, "run,seed,commit,strategy,rules,mutant,validators,slots,elements,steps,finalized,trace_hash,oracle")
        .map_err(failed)?;
    Ok(file)
}

fn csv_line(options: &Options, ran: &Ran) -> String {
    let rules = options.bounds.rules.changed().join(" ");
    let mutant = ran.case.mutation.map_or("", Mutation::name);
    let oracle = ran.outcome.violations.first().map_or("", |violation| violation.oracle);
    format!(
        "{},{},{},{},{rules},{mutant},{},{},{},{},{},{:016x},{oracle}",
        ran.number,
        options.seed,
        commit(),
        options.strategy.name(),
        ran.case.weights.len(),
        ran.case.slots,
        ran.case.elements(),
        ran.outcome.steps,
        ran.outcome.finalized,
        ran.outcome.trace_hash,
    )
}

/// The commit that the program was built from, where the build said so; otherwise its version.
const fn commit() -> &'static str {
    match option_env!("SERIN_COMMIT") {
        Some(commit) => commit,
        None => env!("CARGO_PKG_VERSION"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_their_share_and_shrink_with_runs() {
        for (failed, runs, low, high) in
            [(0, 100, 0, 36_995), (50, 100, 403_832, 596_168), (100, 100, 963_005, 1_000_000)]
        {
            let (is_low, is_high) = wilson(failed, runs);
            assert!(
                is_low.abs_diff(low) < 100 && is_high.abs_diff(high) < 100,
                "{is_low} {is_high}"
            );
        }
        let (low, high) = wilson(500, 1_000);
        assert!(low > 403_832 && high < 596_168);
    }

    #[test]
    fn shards_are_read_from_one() {
        assert_eq!(shard(None).unwrap(), (0, 1));
        assert_eq!(shard(Some("2/4")).unwrap(), (1, 4));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0"] {
            assert!(shard(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
