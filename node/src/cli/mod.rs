//! The command line of `serin`: its arguments, and what a command ends with.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed
//! while running, 2 wrong usage, 3 an expectation did not hold, 4 could not start.

mod accuse;
mod client;
mod export;
mod fork;
mod gov;
mod key;
mod light;
mod output;
mod pools;
mod proof;
mod prove;
mod purge;
mod query;
mod question;
mod revert;
mod run;
mod send;
mod spec;
mod staking;
mod stopped;
mod tx;
mod untrusted;

use clap::{Args, Parser, Subcommand};
use output::complain;
use std::path::PathBuf;
use std::process::ExitCode;

/// The Serin node and its tools.
#[derive(Debug, Parser)]
#[command(
    name = "serin",
    version,
    about = "A proof-of-stake chain in the family of Kusama: the node and its tools",
    after_help = "Examples:\n  \
        serin node --dev                      one process that produces and finalises\n  \
        serin key inspect //Alice             the address of a development account\n  \
        serin tx transfer --from //Alice --to //Bob --amount 1.5\n  \
        serin query status\n\n\
        A network of several nodes on this machine is started by serin-testnet."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node until SIGINT or SIGTERM.
    Node(Box<run::NodeArguments>),
    /// Make and look at keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Make, show and check chain specifications.
    #[command(subcommand)]
    ChainSpec(spec::SpecCommand),
    /// Send transactions.
    #[command(subcommand)]
    Tx(tx::TxCommand),
    /// Propose, vote, delegate.
    #[command(subcommand)]
    Gov(Box<gov::GovCommand>),
    /// Bond, nominate, validate.
    #[command(subcommand)]
    Staking(Box<staking::StakingCommand>),
    /// Share one bond: create and join pools.
    #[command(subcommand)]
    Pools(Box<pools::PoolsCommand>),
    /// Ask a running node.
    #[command(subcommand)]
    Query(query::QueryCommand),
    /// Delete the database of a chain. Keys and the signing journal stay.
    PurgeChain(purge::PurgeArguments),
    /// Find out who is guilty where two blocks are final that exclude each other.
    Accuse(accuse::AccuseArguments),
    /// Print the votes that a node saw, from its base path.
    ExportVotes(accuse::ExportArguments),
    /// Write final blocks of a stopped node to a file.
    ExportBlocks(export::ExportArguments),
    /// Take blocks of a file into a stopped node's database, with all checks.
    ImportBlocks(export::ImportArguments),
    /// Take final blocks back on a stopped node's database.
    Revert(revert::RevertArguments),
    /// Check a proof without a node.
    VerifyProof(proof::ProofArguments),
    /// Follow finality by proofs alone, over nodes that are not believed.
    Light(Box<light::LightArguments>),
}

/// Where the data of a chain lies.
#[derive(Clone, Debug, Args)]
struct ChainArguments {
    /// The chain: a preset (dev, local, kusama) or a chain specification file.
    #[arg(long, value_name = "CHAIN", default_value = "local")]
    chain: String,
    /// Directory of all data; each chain has a folder of its own in it.
    #[arg(short = 'd', long, value_name = "DIR")]
    base_path: Option<PathBuf>,
}

/// Which node to ask.
#[derive(Clone, Debug, Args)]
struct NodeAddress {
    /// JSON-RPC address of the node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9944", global = true)]
    rpc_url: String,
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
    /// What was expected or to be proven does not hold: exit code 3.
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
#[must_use]
pub fn main() -> ExitCode {
    crate::pipe::end_with_the_reader();
    let done = match Arguments::parse().command {
        Command::Node(arguments) => run::run(*arguments),
        Command::Key(command) => key::run(&command),
        Command::ChainSpec(command) => spec::run(&command),
        Command::Tx(command) => tx::run(&command),
        Command::Gov(command) => gov::run(&command),
        Command::Staking(command) => staking::run(&command),
        Command::Pools(command) => pools::run(&command),
        Command::Query(command) => query::run(&command),
        Command::PurgeChain(arguments) => purge::run(&arguments),
        Command::ExportBlocks(arguments) => export::export(&arguments),
        Command::ImportBlocks(arguments) => export::import(&arguments),
        Command::Revert(arguments) => revert::run(&arguments),
        Command::Accuse(arguments) => accuse::run(&arguments),
        Command::ExportVotes(arguments) => accuse::export(&arguments),
        Command::VerifyProof(arguments) => proof::run(&arguments),
        Command::Light(arguments) => light::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("serin: {error}"));
            ExitCode::from(error.code())
        }
    }
}
