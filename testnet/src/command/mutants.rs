//! `serin-testnet mutants`: seeded bugs in the code of the node, looked for one by one.
//!
//! Exit code 3 where one survives that the table does not name as a survivor.

use super::CommandError;
use clap::Args;
use serin_testnet::mutants::score::{Options, Score, Strategy, baseline, score};

/// Arguments of `mutants`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet mutants --seconds 5\n  \
    serin-testnet mutants GF AS --seconds 20 --repeats 3 --json")]
pub(super) struct MutantsArguments {
    /// Areas or names: GF, GF05; all where none is given.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Seconds for each bug and repetition.
    #[arg(long, value_name = "S", default_value_t = 5)]
    seconds: u64,
    /// How often each is looked for.
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeats: u64,
    /// Seed of all seeds.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, value_name = "N", default_value_t = 4)]
    jobs: usize,
    /// Look with one strategy alone: ledger, staking, swarm, script, random, twins, pct, novelty.
    #[arg(long, value_name = "NAME")]
    strategy: Option<Strategy>,
    /// Run the code without a bug instead: whatever fires is a false alarm.
    #[arg(long)]
    standard: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks for the bugs.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &MutantsArguments) -> Result<(), CommandError> {
    let options = Options {
        seconds: arguments.seconds,
        repeats: arguments.repeats.max(1),
        seed: arguments.seed,
        jobs: arguments.jobs.max(1),
        strategy: arguments.strategy,
    };
    if arguments.standard {
        return standard(&options);
    }
    let names: Vec<String> = arguments.names.iter().map(|name| name.to_uppercase()).collect();
    let json = arguments.json;
    let scores = score(&options, &names, |score| {
        if !json {
            println!("{}", line(score));
        }
    });
    let scores = scores.map_err(CommandError::Failed)?;
    if json {
        let text = serde_json::to_string(&scores)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{text}");
    }
    let alive: Vec<&str> =
        scores.iter().filter(|score| score.killed == 0).map(|score| score.mutation).collect();
    if !json {
        println!("{} of {} killed", scores.len().saturating_sub(alive.len()), scores.len());
    }
    if alive.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Refuted(format!("these survive: {}", alive.join(", "))))
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn standard(options: &Options) -> Result<(), CommandError> {
    let (runs, alarms) = baseline(options);
    for alarm in &alarms {
        println!("{alarm}");
    }
    println!("{runs} runs, {} false alarms", alarms.len());
    if alarms.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Refuted(format!("{} false alarms", alarms.len())))
    }
}

fn line(score: &Score) -> String {
    let (name, runs) = (score.mutation, score.runs.unwrap_or(0));
    if let (Some(kind), Some(millis)) = (score.kind, score.millis) {
        let finding = score.finding.as_deref().unwrap_or_default();
        let strategy = score.strategy.name();
        return format!(
            "{name} killed by {kind:<10} {strategy:<6} runs {runs:<5} {millis:>6} ms  {finding}"
        );
    }
    let other = score.other.as_deref().unwrap_or("nothing was seen");
    format!("{name} alive after {runs} runs: {} ({other})", score.what)
}
