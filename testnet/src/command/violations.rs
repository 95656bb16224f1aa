//! `serin-testnet violations`: thousands of attacks on finality, and whether the guilty are named and nobody else.
//!
//! Exit code 3 where a run fails, or where a long enough campaign did not see everything that it has to see. A failure is
//! printed with its replay string.

use super::CommandError;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serin_testnet::byzantine::{COMPLETE_RUNS_MIN, Options, Report, campaign, judge, parse_replay};
use serin_testnet::launch::clock::Stopwatch;
use std::io::IsTerminal;

/// Arguments of `violations`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet violations                            10,000 violations, 10,000 runs without\n  \
    serin-testnet violations --runs 500 --seed 7 --json\n  \
    serin-testnet violations --replay overruled:46      one run of a campaign again")]
pub(super) struct ViolationsArguments {
    /// How many violations to convict, and how many runs without one.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    runs: u64,
    /// Seed of everything random.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; the report does not depend on it. By default, as many as there are cores.
    #[arg(long, value_name = "J", default_value_t = 0)]
    jobs: usize,
    /// One run by its replay string.
    #[arg(long, value_name = "CLASS:SEED", conflicts_with_all = ["runs", "seed", "jobs"])]
    replay: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs and reports.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &ViolationsArguments) -> Result<(), CommandError> {
    if let Some(replay) = &arguments.replay {
        return run_again(replay);
    }
    let options = Options { runs: arguments.runs, seed: arguments.seed, jobs: arguments.jobs };
    let bar = progress(options.runs.saturating_mul(2));
    let stopwatch = Stopwatch::start();
    let report = campaign(&options, |violations, peaceful| {
        bar.set_position(violations.saturating_add(peaceful));
    });
    let report = report.map_err(CommandError::Failed)?;
    bar.finish_and_clear();
    if arguments.json {
        let line = serde_json::to_string(&report)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        println!("{}", text(&report, stopwatch.millis()));
    }
    verdict(&options, &report)
}

/// Whether the campaign shows what it is for.
fn verdict(options: &Options, report: &Report) -> Result<(), CommandError> {
    if let Some((replay, why)) = &report.failure {
        return Err(CommandError::Refuted(format!("{why}; run it again with --replay {replay}")));
    }
    if report.violations < options.runs {
        return Err(CommandError::Refuted(format!(
            "only {} of {} violations came about",
            report.violations, options.runs
        )));
    }
    if options.runs >= COMPLETE_RUNS_MIN && !report.unseen.is_empty() {
        let unseen = report.unseen.join(", ");
        return Err(CommandError::Refuted(format!(
            "the campaign is vacuous: never seen: {unseen}"
        )));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn run_again(replay: &str) -> Result<(), CommandError> {
    let parsed = parse_replay(replay).ok_or_else(|| {
        CommandError::Usage(format!("'{replay}' is no replay string; it looks like twins:17"))
    });
    let (class, seed) = parsed?;
    let outcome = judge(class, seed);
    println!("{replay}: {} pairs convicted, {} refused", outcome.convicted, outcome.refused);
    for sight in &outcome.sights {
        println!("  {}", sight.name());
    }
    outcome.failure.map_or(Ok(()), |why| Err(CommandError::Refuted(why)))
}

/// A bar on a terminal; nothing elsewhere, since a campaign ends with its report.
fn progress(runs: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {per_sec}, {eta} left");
    ProgressBar::new(runs).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn text(report: &Report, millis: u64) -> String {
    let runs = report.classes.values().fold(0_u64, |sum, class| sum.saturating_add(class.runs));
    let a_second = runs.saturating_mul(1_000).checked_div(millis).unwrap_or(runs);
    let mut lines = vec![format!(
        "{} violations, every one convicted; {} runs without one, nobody accused; {runs} runs in {} s ({a_second} a second)",
        report.violations,
        report.peaceful,
        millis.div_euclid(1_000),
    )];
    for (name, class) in &report.classes {
        lines.push(format!(
            "  {name:16} {:6} runs {:6} violations {:6} pairs convicted {:6} refused {:7} blocks final",
            class.runs, class.violations, class.convicted, class.refused, class.finals
        ));
    }
    lines.push("seen, in runs:".to_owned());
    lines.extend(report.seen.iter().map(|(name, runs)| format!("  {name:44} {runs:6}")));
    lines.extend(report.unseen.iter().map(|name| format!("  {name:44}  never")));
    if let Some((replay, why)) = &report.failure {
        lines.push(format!("FAILED {replay}: {why}"));
    }
    lines.join("\n")
}
