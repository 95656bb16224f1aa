//! `serin chain-spec`: makes, shows and checks chain specifications; and finds the one a user means.
//!
//! A specification is checked whenever it is read, so a command never works with one that a node would refuse.
//! Presets are made here with development keys only.

use super::CommandError;
use super::output::{complain, say};
use crate::chain_spec::ChainSpec;
use crate::service::Clock;
use clap::{Args, Subcommand};
use serin_state::types::Millis;
use std::path::PathBuf;

/// When slot 0 of a chain begins that is meant by its name alone: 2026-01-01 00:00 UTC. Fixed, so that nodes
/// that are started by hand agree on the chain.
const NAMED_GENESIS_TIME: Millis = Millis(1_767_225_600_000);

/// What can be done with chain specifications.
#[derive(Debug, Subcommand)]
pub(super) enum SpecCommand {
    /// Print a new specification from a preset.
    New(NewArguments),
    /// Print the specification of a preset or file in full, with its genesis hash.
    Show(FileArguments),
    /// Check a specification; exit code 3 where it cannot be used.
    Check(FileArguments),
    /// Write the final state of a stopped node to a file.
    ExportState(super::fork::ExportArguments),
    /// Print the specification of a new chain that goes on from a final state with other validators.
    ForkFrom(super::fork::ForkArguments),
}

/// Arguments of `chain-spec new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  serin chain-spec new --preset local --validators 7 --slot-ms 500 > chain.json"
)]
pub(super) struct NewArguments {
    /// dev, local or kusama.
    #[arg(long, value_name = "PRESET", default_value = "local")]
    preset: String,
    /// Number of validators, with development keys.
    #[arg(long, value_name = "N")]
    validators: Option<usize>,
    /// Length of a slot in milliseconds.
    #[arg(long, value_name = "MS")]
    slot_ms: Option<u64>,
    /// When slot 0 begins, in milliseconds since the Unix epoch. Default: now.
    #[arg(long, value_name = "MS")]
    genesis_time_ms: Option<u64>,
}

/// Arguments of `chain-spec show` and `check`.
#[derive(Debug, Args)]
pub(super) struct FileArguments {
    /// A preset (dev, local, kusama) or a file.
    chain: String,
}

/// Makes, shows or checks.
pub(super) fn run(command: &SpecCommand) -> Result<(), CommandError> {
    match command {
        SpecCommand::New(arguments) => {
            let mut spec = preset(&arguments.preset, arguments.validators, Clock.now())?;
            if let Some(slot_ms) = arguments.slot_ms {
                spec = spec.with_slot_ms(slot_ms);
            }
            if let Some(genesis_time) = arguments.genesis_time_ms {
                spec.params.genesis_time_ms = Millis(genesis_time);
            }
            spec.check().map_err(|error| CommandError::Usage(error.to_string()))?;
            say(format_args!("{}", spec.to_json()));
            Ok(())
        }
        SpecCommand::Show(arguments) => {
            let spec = load(&arguments.chain)?;
            say(format_args!("{}", spec.to_json()));
            complain(format_args!("genesis hash {}", spec.genesis().hash));
            Ok(())
        }
        SpecCommand::ExportState(arguments) => super::fork::export(arguments),
        SpecCommand::ForkFrom(arguments) => super::fork::fork(arguments),
        SpecCommand::Check(arguments) => {
            let spec =
                load(&arguments.chain).map_err(|error| CommandError::Refuted(error.to_string()))?;
            say(format_args!("{} can be used; genesis hash {}", spec.name, spec.genesis().hash));
            Ok(())
        }
    }
}

fn preset(
    name: &str,
    validators: Option<usize>,
    genesis_time: Millis,
) -> Result<ChainSpec, CommandError> {
    ChainSpec::preset(name, validators, genesis_time)
        .map_err(|error| CommandError::Usage(error.to_string()))
}

/// The specification that `chain` names: a preset, or a file that holds one.
pub(super) fn load(chain: &str) -> Result<ChainSpec, CommandError> {
    if ChainSpec::PRESETS.contains(&chain) {
        return preset(chain, None, NAMED_GENESIS_TIME);
    }
    let path = PathBuf::from(chain);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        CommandError::Start(format!(
            "--chain {chain}: neither a preset ({}) nor a file that can be read: {error}",
            ChainSpec::PRESETS.join(", ")
        ))
    })?;
    ChainSpec::from_json(&text)
        .map_err(|error| CommandError::Start(format!("{}: {error}", path.display())))
}
