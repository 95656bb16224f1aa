//! `serin-testnet up`: from arguments to a network.
//!
//! Without `--dir` each network is a new one in the folder for temporary files; with it, the network goes on from
//! what lies there. Results are one line, or one JSON object.

use super::CommandError;
use clap::Args;
use serin_node::chain_spec::ChainSpec;
use serin_testnet::launch::condition::Condition;
use serin_testnet::launch::network::Setup;
use serin_testnet::launch::up::{Summary, Watch, up as run};
use serin_testnet::launch::{LaunchError, clock, default_folder, node_program};
use serin_testnet::scenario::{Scenario, parse};
use std::path::PathBuf;

/// Arguments of `up`.
#[derive(Debug, Args)]
pub(super) struct UpArguments {
    /// Number of validators.
    #[arg(long, value_name = "N", default_value_t = 4, conflicts_with = "topology")]
    validators: usize,
    /// Chain preset: local or kusama.
    #[arg(long, value_name = "PRESET", conflicts_with = "topology")]
    preset: Option<String>,
    /// Change a consensus rule, as finality.threshold=1/2; `serin-testnet rules` lists them.
    #[arg(long = "rule", value_name = "NAME=VALUE")]
    rules: Vec<String>,
    /// Length of a slot in milliseconds.
    #[arg(long, value_name = "MS")]
    slot_ms: Option<u64>,
    /// A description of nodes, events and expectations in TOML.
    #[arg(long, value_name = "FILE")]
    topology: Option<PathBuf>,
    /// Folder of the network; it is kept, and goes on from there the next time.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// End when this holds on every running node: best, finalized or session, as 'finalized>=20'.
    #[arg(long, value_name = "COND")]
    until: Option<Condition>,
    /// Give up after this many seconds from the start of the first node, with exit code 3.
    #[arg(long, value_name = "S")]
    timeout: Option<u64>,
    /// Print one summary object at the end.
    #[arg(long)]
    json: bool,
}

/// Starts a network and watches it.
pub(super) fn up(arguments: &UpArguments) -> Result<(), CommandError> {
    let scenario = scenario(arguments)?;
    let spec = chain_spec(&scenario)?;
    let folder = match &arguments.dir {
        Some(dir) => dir.clone(),
        None => fresh_default_folder()?,
    };
    let start_error = |error: LaunchError| CommandError::Start(error.to_string());
    let program = node_program().map_err(start_error)?;
    let setup = Setup { folder, program, scenario, spec };
    let watch = Watch {
        until: arguments.until,
        timeout_ms: arguments.timeout.map(|seconds| seconds.saturating_mul(1_000)),
    };
    let summary = run(&setup, watch).map_err(start_error)?;
    report(arguments, &summary)?;
    if summary.reached {
        Ok(())
    } else {
        Err(CommandError::Refuted("what was expected did not come".to_owned()))
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn report(arguments: &UpArguments, summary: &Summary) -> Result<(), CommandError> {
    if arguments.json {
        let line = serde_json::to_string(summary)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
        return Ok(());
    }
    let shown = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
    println!(
        "best {}, final {}, first block after {}, first final after {}, block to finality {} (median)",
        summary.best,
        summary.finalized,
        shown(summary.first_block_ms),
        shown(summary.first_final_ms),
        shown(summary.finality_lag_ms_p50)
    );
    Ok(())
}

fn scenario(arguments: &UpArguments) -> Result<Scenario, CommandError> {
    let mut scenario = if let Some(path) = &arguments.topology {
        let usage = |error: String| CommandError::Usage(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
        parse(&text).map_err(|error| usage(error.to_string()))?
    } else {
        if !(1..=100).contains(&arguments.validators) {
            return Err(CommandError::Usage(
                "one machine runs 1 to 100 validators; the simulator runs more".to_owned(),
            ));
        }
        Scenario::of_validators(arguments.validators)
    };
    if let Some(preset) = &arguments.preset {
        preset.clone_into(&mut scenario.preset);
    }
    scenario.rules = super::rules::changed(scenario.rules, &arguments.rules)?;
    if arguments.slot_ms.is_some() {
        scenario.slot_ms = arguments.slot_ms;
    }
    Ok(scenario)
}

fn chain_spec(scenario: &Scenario) -> Result<ChainSpec, CommandError> {
    scenario
        .chain_spec(serin_state::types::Millis(clock::unix_millis()))
        .map_err(|error| CommandError::Usage(error.to_string()))
}

/// Without --dir every network is a new one: what an earlier one left is removed.
fn fresh_default_folder() -> Result<PathBuf, CommandError> {
    let folder = default_folder();
    if serin_testnet::launch::remote::ask(&folder, &serin_testnet::launch::remote::Request::Status)
        .is_ok()
    {
        let error = LaunchError::AlreadyRunning { folder };
        return Err(CommandError::Start(error.to_string()));
    }
    match std::fs::remove_dir_all(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(CommandError::Start(format!("{}: {error}", folder.display())));
        }
    }
    Ok(folder)
}
