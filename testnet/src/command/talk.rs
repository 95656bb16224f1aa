//! Commands to a network that `serin-testnet up` runs elsewhere.
//!
//! They find it by its folder and talk to the launcher through the socket there.

use super::CommandError;
use clap::Args;
use serde_json::Value;
use serin_testnet::launch::remote::{Request, ask};
use serin_testnet::launch::{LaunchError, default_folder};
use std::path::PathBuf;

/// Which network is meant.
#[derive(Debug, Args)]
pub(super) struct FolderArguments {
    /// Folder of the network; the one of `up` without --dir by default.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Which node is meant.
#[derive(Debug, Args)]
pub(super) struct NodeArguments {
    /// Name of the node, such as alice.
    node: String,
    #[command(flatten)]
    folder: FolderArguments,
}

/// Arguments of `partition`.
#[derive(Debug, Args)]
pub(super) struct PartitionArguments {
    /// Two or more groups, each a list of names: alice,bob charlie,dave. A node in no group keeps all links.
    #[arg(required = true, num_args = 2.., value_name = "NAMES")]
    groups: Vec<String>,
    #[command(flatten)]
    folder: FolderArguments,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    #[command(flatten)]
    folder: FolderArguments,
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub(super) struct LogsArguments {
    /// Name of the node, such as alice.
    node: String,
    /// Only the last lines.
    #[arg(long, value_name = "N", default_value_t = 40)]
    lines: usize,
    #[command(flatten)]
    folder: FolderArguments,
}

impl FolderArguments {
    fn path(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(default_folder)
    }

    fn ask(&self, request: &Request) -> Result<Value, CommandError> {
        ask(&self.path(), request).map_err(|error| {
            if matches!(error, LaunchError::NotRunning { .. }) {
                CommandError::Start(error.to_string())
            } else {
                CommandError::Failed(error.to_string())
            }
        })
    }
}

fn done(folder: &FolderArguments, request: &Request) -> Result<(), CommandError> {
    folder.ask(request).map(|_| ())
}

pub(super) fn kill(arguments: NodeArguments) -> Result<(), CommandError> {
    done(&arguments.folder, &Request::Kill { node: arguments.node })
}

pub(super) fn pause(arguments: NodeArguments) -> Result<(), CommandError> {
    done(&arguments.folder, &Request::Pause { node: arguments.node })
}

pub(super) fn resume(arguments: NodeArguments) -> Result<(), CommandError> {
    done(&arguments.folder, &Request::Resume { node: arguments.node })
}

pub(super) fn restart(arguments: NodeArguments) -> Result<(), CommandError> {
    done(&arguments.folder, &Request::Restart { node: arguments.node })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn twin(arguments: NodeArguments) -> Result<(), CommandError> {
    let twin = arguments.folder.ask(&Request::Twin { node: arguments.node })?;
    println!("{} runs; serin-testnet kill ends it", twin.as_str().unwrap_or("the twin"));
    Ok(())
}

pub(super) fn partition(arguments: &PartitionArguments) -> Result<(), CommandError> {
    let names = |group: &String| group.split(',').map(str::to_owned).collect();
    let groups = arguments.groups.iter().map(names).collect();
    done(&arguments.folder, &Request::Partition { groups })
}

pub(super) fn heal(arguments: &FolderArguments) -> Result<(), CommandError> {
    done(arguments, &Request::Heal)
}

pub(super) fn down(arguments: &FolderArguments) -> Result<(), CommandError> {
    done(arguments, &Request::Down)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn status(arguments: &StatusArguments) -> Result<(), CommandError> {
    let nodes = arguments.folder.ask(&Request::Status)?;
    if arguments.json {
        println!("{nodes}");
        return Ok(());
    }
    println!("node            state    peers   best  final  memory");
    for node in nodes.as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let number = |pointer: &str| node.pointer(pointer).map_or_else(|| "-".to_owned(), text);
        let peers = node.pointer("/status/peers").and_then(Value::as_array).map(Vec::len);
        println!(
            "{:<15} {:<8} {:>5} {:>6} {:>6}  {} MB",
            number("/name"),
            number("/state"),
            peers.map_or_else(|| "-".to_owned(), |peers| peers.to_string()),
            number("/status/best/height"),
            number("/status/final/height"),
            number("/rss_mb"),
        );
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn logs(arguments: &LogsArguments) -> Result<(), CommandError> {
    let path = arguments.folder.path().join(&arguments.node).join("log");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        CommandError::Failed(format!("{}: {error}; is there a node of that name?", path.display()))
    })?;
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(arguments.lines);
    for line in lines.get(first..).unwrap_or_default() {
        println!("{line}");
    }
    Ok(())
}
