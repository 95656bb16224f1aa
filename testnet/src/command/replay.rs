//! `serin-testnet replay`: one case by its string: the same run, with the same trace hash, anywhere.
//!
//! The run is made twice in one process, the second time on another thread: where the two differ, the program is broken.
//! Exit code 3 where the run violates something.

use super::CommandError;
use clap::Args;
use serde::Serialize;
use serin_testnet::lab::outcome::Traced;
use serin_testnet::lab::{Case, Outcome, RunOptions, Violation, run as run_case};
use serin_testnet::report::{Finding, markdown, page};
use serin_testnet::search::replay::from_text;
use std::path::{Path, PathBuf};

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// What a campaign printed, or a file with it in its first line.
    #[arg(value_name = "STRING|FILE")]
    replay: String,
    /// Write the run as one HTML page, and as Markdown beside it.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Summary {
    trace_hash: String,
    slots: u64,
    steps: u64,
    best: u32,
    finalized: u32,
    events: usize,
    violations: Vec<Violation>,
}

/// What is written about a case beside its outcome.
pub(super) struct Written<'a> {
    pub(super) oracle: &'a str,
    pub(super) replay: &'a str,
    pub(super) shrunk: &'a str,
}

/// Runs and reports.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &ReplayArguments) -> Result<(), CommandError> {
    let text = read(&arguments.replay)?;
    let case = from_text(&text).map_err(CommandError::Usage)?;
    let outcome = twice(&case)?;
    let oracle = outcome.violations.first().map_or("nothing", |violation| violation.oracle);
    if let Some(path) = &arguments.html {
        let written = Written { oracle, replay: &text, shrunk: "" };
        write_reports(path, &case, &outcome, &written)?;
    }
    let summary = Summary {
        trace_hash: format!("{:016x}", outcome.trace_hash),
        slots: outcome.slots,
        steps: outcome.steps,
        best: outcome.best,
        finalized: outcome.finalized,
        events: case.elements(),
        violations: outcome.violations.clone(),
    };
    if arguments.json {
        let line = serde_json::to_string(&summary)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        let finding = Finding { case: &case, outcome: &outcome, oracle, replay: &text, shrunk: "" };
        println!("{}", markdown(&finding));
    }
    match outcome.violations.first() {
        None => Ok(()),
        Some(violation) => Err(CommandError::Refuted(format!(
            "{} does not hold: {}",
            violation.oracle, violation.what
        ))),
    }
}

fn read(argument: &str) -> Result<String, CommandError> {
    let path = Path::new(argument);
    if argument.starts_with("serin1:") || !path.exists() {
        return Ok(argument.trim().to_owned());
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::Usage(format!("cannot read {argument}: {error}")))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn twice(case: &Case) -> Result<Outcome, CommandError> {
    let options = RunOptions { record: true, novelty: false, stop: true };
    let first = run_case(case, options).map_err(CommandError::Usage)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    let again = pool.install(|| run_case(case, options));
    let again = again.map_err(CommandError::Usage)?;
    if again.trace_hash != first.trace_hash {
        return Err(CommandError::Failed(parted(&first, &again)));
    }
    Ok(first)
}

/// Says where two runs of one case part.
fn parted(first: &Outcome, again: &Outcome) -> String {
    let (one, two) = (first.record.as_deref(), again.record.as_deref());
    let event = |event: Option<Traced>| match event {
        Some(event) => event.to_string(),
        None => "nothing more happens".to_owned(),
    };
    match one.zip(two).and_then(|(one, two)| one.parted(two)) {
        Some((one, two)) => format!(
            "two runs of one case differ: in the first {}, in the second {}. This is a bug of serin-testnet or of the node",
            event(one),
            event(two)
        ),
        None => "two runs of one case differ, after the events that are recorded".to_owned(),
    }
}

/// Writes the page, and the Markdown beside it.
pub(super) fn write_reports(
    path: &Path,
    case: &Case,
    outcome: &Outcome,
    written: &Written<'_>,
) -> Result<(), CommandError> {
    let finding = Finding {
        case,
        outcome,
        oracle: written.oracle,
        replay: written.replay,
        shrunk: written.shrunk,
    };
    let save = |path: &Path, text: String| {
        std::fs::write(path, text).map_err(|error| {
            CommandError::Failed(format!("cannot write {}: {error}", path.display()))
        })
    };
    save(path, page(&finding))?;
    save(&path.with_extension("md"), markdown(&finding))
}
