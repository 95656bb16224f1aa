//! `serin-testnet search`: every run of a small model, over the voter machine itself.
//!
//! Exit code 3 where a run violates agreement; the shortest such run is told.

use super::CommandError;
use clap::Args;
use serin_consensus::rules::Rules;
use serin_state::mutant::Mutation;
use serin_testnet::launch::clock::Stopwatch;
use serin_testnet::search::exhaustive::{Report, Verdict, search};

/// Arguments of `search`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet search                                  the standard rules: no run violates agreement\n  \
    serin-testnet search --rule finality.threshold=1/2    the shortest run that does\n  \
    serin-testnet search --mutant GF03                    a seeded bug: found, or proven to change nothing here")]
pub(super) struct SearchArguments {
    /// Change a consensus rule; `serin-testnet rules` lists them.
    #[arg(long = "rule", value_name = "NAME=VALUE")]
    rules: Vec<String>,
    /// Put a seeded bug into the code of every voter, by its name, as GF01.
    #[arg(long, value_name = "NAME")]
    mutant: Option<Mutation>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Searches and reports.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &SearchArguments) -> Result<(), CommandError> {
    let rules = super::rules::changed(Rules::standard(), &arguments.rules)?;
    let stopwatch = Stopwatch::start();
    let report = search(&rules, arguments.mutant);
    if arguments.json {
        let line = serde_json::to_string(&report)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        println!("{}", text(&report, stopwatch.millis()));
    }
    if report.verdict == Verdict::Violation {
        return Err(CommandError::Refuted("two conflicting blocks can be final".to_owned()));
    }
    Ok(())
}

fn text(report: &Report, millis: u64) -> String {
    let verdict = match report.verdict {
        Verdict::Violation => "VIOLATION: two conflicting blocks can be proven final",
        Verdict::Safe => "safe: no run of the model violates agreement",
        Verdict::Equivalent => "equivalent: no step of any run differs from the standard's",
        Verdict::Different => {
            "safe, and not the standard: no run violates agreement, some steps differ"
        }
    };
    let mut lines = vec![
        verdict.to_owned(),
        format!(
            "complete over {} trees of blocks: {} global states on {} boards, {} local states, {} steps; {}.{:03} s",
            report.trees,
            report.states,
            report.boards,
            report.local_states,
            report.transitions,
            millis.div_euclid(1_000),
            millis.rem_euclid(1_000),
        ),
    ];
    if let Some(told) = &report.told {
        let sentences = told.sentences.iter().zip(1_u32..);
        lines.extend(sentences.map(|(sentence, number)| format!("{number:3}. {sentence}")));
    }
    lines.join("\n")
}
