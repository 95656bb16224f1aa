//! The command line of `serin-testnet`: its arguments, and what a command ends with.
//!
//! `up` runs in the foreground; the other commands talk to it through a socket in the network's folder.

mod fuzz;
mod mutants;
mod replay;
mod rules;
mod search;
mod simulate;
mod start;
mod story;
mod talk;
mod violations;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "serin-testnet",
    version,
    about = "A network of serin nodes on this machine, and the simulator",
    after_help = "Examples:\n  \
        serin-testnet up                                   four validators until Ctrl-C\n  \
        serin-testnet up --until 'finalized>=20' --timeout 120 --json\n  \
        serin-testnet kill bob                             kill -9, while up runs elsewhere\n  \
        serin-testnet twin dave                            dave signs twice, and is punished\n  \
        serin-testnet partition alice,bob charlie,dave     and later: serin-testnet heal\n  \
        serin-testnet sim --seed 7 --validators 4 --slots 1000\n  \
        serin-testnet story root-referendum                16 days of a vote, in less than a second"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a network and watch it until Ctrl-C or a condition.
    Up(Box<start::UpArguments>),
    /// What every node of the running network does.
    Status(talk::StatusArguments),
    /// What a node printed.
    Logs(talk::LogsArguments),
    /// End a node at once, as kill -9.
    Kill(talk::NodeArguments),
    /// Stop a node where it stands.
    Pause(talk::NodeArguments),
    /// Let a stopped node go on.
    Resume(talk::NodeArguments),
    /// Start a node again on its data.
    Restart(talk::NodeArguments),
    /// Start a second process with a validator's keys, without its journal: a real equivocation, which costs it its stake.
    Twin(talk::NodeArguments),
    /// Cut the links between groups of nodes.
    Partition(talk::PartitionArguments),
    /// Mend all links.
    Heal(talk::FolderArguments),
    /// End the network.
    Down(talk::FolderArguments),
    /// Look for seeded bugs, and tell which survive.
    Mutants(mutants::MutantsArguments),
    /// Every consensus rule that can be chosen, and the line of code that reads it.
    Rules(rules::RulesArguments),
    /// Search for a run that violates something, make it small, and explain it.
    Fuzz(Box<fuzz::FuzzArguments>),
    /// Run one case again, by its string.
    Replay(replay::ReplayArguments),
    /// Try every run of a small model of finality.
    Search(search::SearchArguments),
    /// Run the node's core in virtual time.
    Sim(Box<simulate::SimArguments>),
    /// Play a story of governance on the chain alone, and tell it with slots, days and tallies.
    Story(story::StoryArguments),
    /// Attack finality with more than a third of the weight, and name the guilty.
    Violations(violations::ViolationsArguments),
}

/// Why a command did not do what was asked, as a sentence for the user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// Failed while running: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Asked for something that makes no sense: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// An expectation or invariant did not hold: exit code 3.
    #[error("{0}")]
    Refuted(String),
    /// Could not start: exit code 4.
    #[error("{0}")]
    Start(String),
}

impl CommandError {
    const fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refuted(_) => 3,
            Self::Start(_) => 4,
        }
    }
}

/// Runs the command that the process was started with.
#[expect(clippy::print_stderr, reason = "a command's last word is for the user")]
pub(crate) fn main() -> ExitCode {
    serin_node::pipe::end_with_the_reader();
    let done = match Arguments::parse().command {
        Command::Up(arguments) => start::up(&arguments),
        Command::Status(arguments) => talk::status(&arguments),
        Command::Logs(arguments) => talk::logs(&arguments),
        Command::Kill(arguments) => talk::kill(arguments),
        Command::Pause(arguments) => talk::pause(arguments),
        Command::Resume(arguments) => talk::resume(arguments),
        Command::Restart(arguments) => talk::restart(arguments),
        Command::Twin(arguments) => talk::twin(arguments),
        Command::Partition(arguments) => talk::partition(&arguments),
        Command::Heal(arguments) => talk::heal(&arguments),
        Command::Down(arguments) => talk::down(&arguments),
        Command::Mutants(arguments) => mutants::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Sim(arguments) => simulate::run(&arguments),
        Command::Story(arguments) => story::run(&arguments),
        Command::Violations(arguments) => violations::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serin-testnet: {error}");
            ExitCode::from(error.code())
        }
    }
}

/// A bar on a terminal, with an end where one is known; nothing elsewhere.
pub(super) fn progress_of_runs(runs: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = runs.map_or_else(ProgressBar::no_length, ProgressBar::new);
    let style = ProgressStyle::with_template("{spinner} {pos} runs, {per_sec}, {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
