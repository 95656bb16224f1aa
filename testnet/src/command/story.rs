//! `serin-testnet story`: what happens on a chain without a network, told line by line with its slots and days.
//!
//! Slots without a block cost nothing, so weeks of a chain take less than a second. A story draws nothing: it tells the same
//! every time.

use super::CommandError;
use clap::{Args, ValueEnum};
use serin_testnet::launch::clock::Stopwatch;
use serin_testnet::mutants::ledger::life::{Life, root_referendum};

/// Which story.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Story {
    /// From its submission to the payment: a referendum of the root track with Kusama's numbers, 16 days.
    RootReferendum,
}

/// Arguments of `story`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet story root-referendum                 16 days with Kusama's numbers, in less than a second\n  \
    serin-testnet story root-referendum --json")]
pub(super) struct StoryArguments {
    /// Which story.
    #[arg(value_enum)]
    story: Story,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Plays and tells it.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &StoryArguments) -> Result<(), CommandError> {
    let stopwatch = Stopwatch::start();
    let life = match arguments.story {
        Story::RootReferendum => root_referendum(),
    };
    let life = life.map_err(CommandError::Refuted)?;
    if arguments.json {
        let line = serde_json::to_string(&life)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        println!("{}", text(&life, stopwatch.millis()));
    }
    Ok(())
}

fn text(life: &Life, millis: u64) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in &life.lines {
        lines.push(format!("{:>7}  {:<12} {}", line.slot, line.time, line.what));
    }
    lines.push(format!("{} slots with {} blocks in {millis} ms", life.slots, life.blocks));
    lines.join("\n")
}
