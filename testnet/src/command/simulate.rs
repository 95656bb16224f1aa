//! `serin-testnet sim`: the node's core in virtual time, from one seed.
//!
//! Without a topology file the network has four validators and links without faults; `--faults` draws crashes, power cuts,
//! partitions and pauses from the seed.

use super::CommandError;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serin_consensus::leader::VALIDATORS_MAX;
use serin_state::mutant::Mutation;
use serin_testnet::scenario::{NODES_MAX, Scenario, parse};
use serin_testnet::sim::{Options, Report, TWIN_EVERY_SLOTS, run as simulate};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Slots of a run where none are named.
const SLOTS: u64 = 1_000;

/// Least delay of links in runs with traffic, in milliseconds: a twin can only be seen while blocks are not final at once.
const TRAFFIC_DELAY_MS: u64 = 40;

/// How many validators each nominator names.
const NOMINATIONS: usize = 24;

/// Arguments of `sim`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin-testnet sim --seed 7 --validators 4 --slots 1000\n  \
    serin-testnet sim --seed 7 --faults --loss-ppm 20000 --delay-ms 50\n  \
    serin-testnet sim --slots 2000 --epoch-slots 20 --traffic 2\n  \
    serin-testnet sim --validators 1000 --views 4 --nominators 12500 --epoch-slots 20 --slots 150\n  \
    serin-testnet sim --topology partition.toml --json")]
pub(super) struct SimArguments {
    /// Seed of everything random: the same seed gives the same trace hash.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of validators.
    #[arg(long, value_name = "N", default_value_t = 4, conflicts_with = "topology")]
    validators: usize,
    /// Step validators with equal views once: run so many nodes for all of them.
    #[arg(long, value_name = "N", conflicts_with = "topology")]
    views: Option<usize>,
    /// Accounts that nominate from the start, 24 validators each.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "topology")]
    nominators: usize,
    /// How many slots to run.
    #[arg(long, value_name = "K", default_value_t = SLOTS)]
    slots: u64,
    /// A description of nodes, links, events and expectations in TOML.
    #[arg(long, value_name = "FILE")]
    topology: Option<PathBuf>,
    /// Threads that the nodes are spread over; the result does not depend on it.
    #[arg(long, value_name = "T", default_value_t = 1)]
    threads: usize,
    /// Transfers handed in every slot.
    #[arg(long, value_name = "N", default_value_t = 0)]
    transfers: u32,
    /// Calls of every module handed in every slot: stake, pools, votes, proposals, the treasury; and now and then a validator
    /// that seals twice.
    #[arg(long, value_name = "N", default_value_t = 0)]
    traffic: u32,
    /// Slots in an epoch, instead of the preset's.
    #[arg(long, value_name = "N", conflicts_with = "topology")]
    epoch_slots: Option<u64>,
    /// Draw crashes, power cuts, partitions and pauses from the seed.
    #[arg(long)]
    faults: bool,
    /// Least delay of every link, in milliseconds.
    #[arg(long, value_name = "MS", conflicts_with = "topology")]
    delay_ms: Option<u64>,
    /// Messages lost on every link, in parts per million.
    #[arg(long, value_name = "PPM", conflicts_with = "topology")]
    loss_ppm: Option<u32>,
    /// Change a consensus rule, as finality.threshold=1/2; `serin-testnet rules` lists them.
    #[arg(long = "rule", value_name = "NAME=VALUE")]
    rules: Vec<String>,
    /// Put a seeded bug into the code of every node, by its name, as GF01.
    #[arg(long, value_name = "NAME")]
    mutation: Option<Mutation>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs and reports; exit code 3 where an invariant or expectation did not hold.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &SimArguments) -> Result<(), CommandError> {
    let options = options(arguments)?;
    let bar = progress(options.slots);
    let report = simulate(&options, |slot| bar.set_position(slot)).map_err(CommandError::Usage)?;
    bar.finish_and_clear();
    if arguments.json {
        let line = serde_json::to_string(&report)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
    } else {
        println!("{}", text(&report));
    }
    if report.violations.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Refuted(format!("{} violations", report.violations.len())))
    }
}

/// The network that is described by the arguments alone.
fn of_validators(arguments: &SimArguments) -> Result<Scenario, CommandError> {
    let usage = |text: &str| Err(CommandError::Usage(text.to_owned()));
    let count = arguments.validators;
    if arguments.views.is_some_and(|views| !(1..=count).contains(&views)) {
        return usage("there are 1 to as many views as validators");
    }
    if !(1..=VALIDATORS_MAX).contains(&count) {
        return usage("a chain has 1 to 2,048 validators");
    }
    if arguments.views.unwrap_or(count) > NODES_MAX {
        return usage("the simulator runs 1 to 1,000 nodes; give --views to run fewer");
    }
    let scenario = Scenario {
        views: arguments.views,
        nominators: arguments.nominators,
        nominations: NOMINATIONS,
        ..Scenario::of_validators(1)
    };
    Ok(scenario.with_validators(count))
}

fn options(arguments: &SimArguments) -> Result<Options, CommandError> {
    let mut scenario = match &arguments.topology {
        Some(path) => {
            let usage = |error: String| CommandError::Usage(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
            parse(&text).map_err(|error| usage(error.to_string()))?
        }
        None => of_validators(arguments)?,
    };
    scenario.rules = super::rules::changed(scenario.rules, &arguments.rules)?;
    scenario.epoch_slots = arguments.epoch_slots.or(scenario.epoch_slots);
    let of_traffic = if arguments.traffic > 0 { TRAFFIC_DELAY_MS } else { 0 };
    scenario.link.delay_ms = arguments.delay_ms.unwrap_or(scenario.link.delay_ms.max(of_traffic));
    scenario.link.loss_ppm = arguments.loss_ppm.unwrap_or(scenario.link.loss_ppm);
    Ok(Options {
        seed: arguments.seed,
        slots: arguments.slots,
        threads: arguments.threads.max(1),
        transfers_per_slot: arguments.transfers,
        traffic_per_slot: arguments.traffic,
        twin_every_slots: TWIN_EVERY_SLOTS,
        faults: arguments.faults,
        mutation: arguments.mutation,
        scenario,
    })
}

/// A bar on a terminal; nothing elsewhere, since a run ends with its report.
fn progress(slots: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} slots, {per_sec}, {eta} left");
    ProgressBar::new(slots).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn text(report: &Report) -> String {
    let mut lines = vec![
        format!("trace hash {}", report.trace_hash),
        format!("validators {}, {} nodes stepped", report.validators, report.nodes),
        format!("slots      {} ({} a second)", report.slots, report.slots_per_s),
        format!("best       {}", report.best),
        format!("final      {}", report.finalized),
    ];
    lines.extend(report.events.iter().map(|(name, count)| format!("{count:>10} {name}")));
    if report.violations.is_empty() {
        lines.push("every invariant held".to_owned());
    }
    lines.extend(report.violations.iter().map(|violation| format!("VIOLATION  {violation}")));
    lines.join("\n")
}
