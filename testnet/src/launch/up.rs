//! `serin-testnet up`: start, watch, carry out what the description says, and end with a summary.
//!
//! The loop looks at every node, tells what it saw, carries out what is due, and judges the condition. It ends for one of
//! four reasons: reached, out of time, told to, or a node that cannot start.

use super::condition::{Condition, Subject};
use super::network::{Network, Seen, Setup};
use super::process::State;
use super::remote::{Request, Socket};
use super::screen::Screen;
use super::transfers::Transfers;
use super::{LaunchError, clock};
use crate::scenario::{Action, Expectation, Measure, Scenario};
use serde::Serialize;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Between two looks at the network, in milliseconds.
const LOOK_EVERY_MS: u64 = 100;
/// How long a node may take until it listens, in milliseconds.
const START_MS_MAX: u64 = 60_000;

/// What to wait for, and how to tell.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// End when this holds on every running node.
    pub until: Option<Condition>,
    /// Give up after this many milliseconds from the start of the first node.
    pub timeout_ms: Option<u64>,
}

/// One node in the summary. Scripts rely on the names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeSummary {
    /// Its name.
    pub name: String,
    /// Connected peers.
    pub peers: usize,
    /// Height of its head.
    pub best: u64,
    /// Height of its final block.
    pub finalized: u64,
    /// Resident memory in MiB.
    pub rss_mb: u64,
}

/// The end of a run. Scripts rely on the names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What was waited for holds, and every expectation held.
    pub reached: bool,
    /// Lowest best height over the running nodes.
    pub best: u64,
    /// Lowest final height over the running nodes.
    pub finalized: u64,
    /// From the start of the first node to the first block anywhere, in milliseconds.
    pub first_block_ms: Option<u64>,
    /// From the start of the first node to the first final block anywhere, in milliseconds.
    pub first_final_ms: Option<u64>,
    /// Import to finality: the median node's median, in milliseconds.
    pub finality_lag_ms_p50: Option<u64>,
    /// Import to finality: the worst node's 99th percentile, in milliseconds.
    pub finality_lag_ms_p99: Option<u64>,
    /// The nodes.
    pub nodes: Vec<NodeSummary>,
}

struct Run {
    network: Network,
    scenario: Scenario,
    slot_ms: u64,
    watch: Watch,
    stopwatch: clock::Stopwatch,
    screen: Screen,
    next_event: usize,
    next_expectation: usize,
    transfers: Transfers,
    first_block_ms: Option<u64>,
    first_final_ms: Option<u64>,
    failed: Vec<String>,
    seen: Vec<Seen>,
    down: bool,
}

/// Runs a network until what is waited for holds, the time is over, or it is told to end.
///
/// # Errors
/// [`LaunchError`] where it cannot be started; a node that ends before it listens is one.
pub fn up(setup: &Setup, watch: Watch) -> Result<Summary, LaunchError> {
    refuse_unreal(&setup.scenario)?;
    let socket = Socket::open(&setup.folder)?;
    let asked_to_end = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&asked_to_end))
            .map_err(|error| LaunchError::file(&setup.folder, &error))?;
    }
    let slot_ms = setup.spec.params.slot_ms;
    let mut scenario = setup.scenario.clone();
    scenario.events.sort_by_key(|event| event.at.millis(slot_ms));
    scenario.expectations.sort_by_key(|expectation| expectation.at.millis(slot_ms));
    let stopwatch = clock::Stopwatch::start();
    let network = Network::start(setup)?;
    let mut run = Run {
        screen: Screen::new(network.nodes().len()),
        transfers: Transfers::new(),
        network,
        scenario,
        slot_ms,
        watch,
        stopwatch,
        next_event: 0,
        next_expectation: 0,
        first_block_ms: None,
        first_final_ms: None,
        failed: Vec::new(),
        seen: Vec::new(),
        down: false,
    };
    let reached = run.watch_until_the_end(&socket, &asked_to_end);
    let summary = reached.map(|reached| run.summary(reached));
    run.screen.end();
    for failure in &run.failed {
        run.screen.say(failure);
    }
    run.network.end();
    summary
}

/// Processes on one machine have the links they have, and sign for one validator each.
fn refuse_unreal(scenario: &Scenario) -> Result<(), LaunchError> {
    let links = scenario.link_between.iter().map(|between| between.link).chain([scenario.link]);
    if links.into_iter().any(|link| link != crate::scenario::Link::default()) {
        return Err(LaunchError::Unsupported(
            "real processes cannot be given delays or losses: run this description with \
             serin-testnet sim"
                .to_owned(),
        ));
    }
    if scenario.views.is_some() {
        return Err(LaunchError::Unsupported(
            "a real process signs for one validator: leave views out, or run this description \
             with serin-testnet sim"
                .to_owned(),
        ));
    }
    Ok(())
}

impl Run {
    fn watch_until_the_end(
        &mut self,
        socket: &Socket,
        asked_to_end: &AtomicBool,
    ) -> Result<bool, LaunchError> {
        self.screen.say(&format!("network in {}", self.network.folder().display()));
        loop {
            self.note_ends()?;
            self.network.introduce();
            self.seen = self.network.look();
            self.note_firsts();
            let millis = self.stopwatch.millis();
            self.screen.show(millis, &self.seen);
            self.carry_out_events(millis)?;
            self.judge_expectations(millis);
            self.serve(socket);
            if self.watch.until.is_some_and(|until| self.holds(until)) && self.all_told() {
                return Ok(self.failed.is_empty());
            }
            if self.down || asked_to_end.load(Ordering::Relaxed) {
                return Ok(self.watch.until.is_none() && self.failed.is_empty());
            }
            if self.watch.timeout_ms.is_some_and(|timeout| millis >= timeout) {
                let waited = self.watch.until.map_or_else(String::new, |until| until.to_string());
                self.failed.push(format!("not reached in {millis} ms: {waited}"));
                return Ok(false);
            }
            clock::pause(LOOK_EVERY_MS);
        }
    }

    /// A node that ends before it ever listened is a failed start; later it is news.
    fn note_ends(&mut self) -> Result<(), LaunchError> {
        let starting = self.stopwatch.millis() < START_MS_MAX
            && self.seen.iter().all(|node| node.status.is_none());
        for (node, end) in self.network.ended() {
            if starting {
                return Err(LaunchError::Start { node, end, cure: cure() });
            }
            self.screen.say(&format!("{node} ended: {end}"));
        }
        Ok(())
    }

    fn note_firsts(&mut self) {
        let now = self.stopwatch.millis();
        let statuses = || self.seen.iter().filter_map(|node| node.status.as_ref());
        if self.first_block_ms.is_none() && statuses().any(|status| status.best.height > 0) {
            self.first_block_ms = Some(now);
        }
        if self.first_final_ms.is_none() && statuses().any(|status| status.finalized.height > 0) {
            self.first_final_ms = Some(now);
        }
    }

    fn carry_out_events(&mut self, millis: u64) -> Result<(), LaunchError> {
        while let Some(event) = self.scenario.events.get(self.next_event) {
            if event.at.millis(self.slot_ms) > millis {
                break;
            }
            let action = event.action.clone();
            self.next_event = self.next_event.saturating_add(1);
            self.act(&action)?;
        }
        Ok(())
    }

    fn act(&mut self, action: &Action) -> Result<(), LaunchError> {
        self.screen.say(&format!("{} ms: {}", self.stopwatch.millis(), describe(action)));
        if let Action::Transfers { count } = action {
            let urls: Vec<String> = self
                .network
                .nodes()
                .iter()
                .filter_map(|node| node.known_endpoints().map(|endpoints| endpoints.rpc.clone()))
                .collect();
            let sent = self.transfers.send(*count, &urls);
            self.screen.say(&format!("{} of {count} transfers taken", sent.taken));
            return Ok(());
        }
        self.network.act(action)
    }

    fn judge_expectations(&mut self, millis: u64) {
        while let Some(expectation) = self.scenario.expectations.get(self.next_expectation) {
            if expectation.at.millis(self.slot_ms) > millis {
                break;
            }
            let (lowest, highest) = self.measured(expectation.what);
            if !met(expectation, lowest, highest) {
                self.failed.push(format!(
                    "expected at {millis} ms: {:?} at least {:?}, at most {:?}; measured {lowest} to {highest}",
                    expectation.what, expectation.at_least, expectation.at_most
                ));
            }
            self.next_expectation = self.next_expectation.saturating_add(1);
        }
    }

    fn all_told(&self) -> bool {
        self.next_event >= self.scenario.events.len()
            && self.next_expectation >= self.scenario.expectations.len()
    }

    fn serve(&mut self, socket: &Socket) {
        let seen = status_json(&self.seen);
        let mut actions = Vec::new();
        let mut down = false;
        let network = &mut self.network;
        socket.serve(|request| match request {
            Request::Status => Ok(seen.clone()),
            Request::Down => {
                down = true;
                Ok(Value::Null)
            }
            Request::Twin { node } => {
                let twin = network.twin(node).map_err(|error| error.to_string())?;
                actions.push(format!("{twin} signs with the keys of {node}"));
                Ok(Value::String(twin))
            }
            Request::Kill { .. }
            | Request::Pause { .. }
            | Request::Resume { .. }
            | Request::Restart { .. }
            | Request::Partition { .. }
            | Request::Heal => {
                let Some(action) = request.action() else { return Ok(Value::Null) };
                network.act(&action).map_err(|error| error.to_string())?;
                actions.push(describe(&action));
                Ok(Value::Null)
            }
        });
        for action in actions {
            self.screen.say(&format!("{} ms: {action}", self.stopwatch.millis()));
        }
        self.down |= down;
    }

    fn holds(&self, until: Condition) -> bool {
        let measure = match until.subject {
            Subject::Best => Measure::Best,
            Subject::Finalized => Measure::Finalized,
            Subject::Session => Measure::Epoch,
        };
        let (lowest, _) = self.measured(measure);
        until.holds(lowest)
    }

    /// Lowest and highest value over the running nodes; a running node that is silent counts as 0.
    fn measured(&self, what: Measure) -> (u64, u64) {
        let running = self.seen.iter().filter(|node| node.state == State::Running);
        let values = running.map(|node| {
            node.status.as_ref().map_or(0, |status| match what {
                Measure::Best => u64::from(status.best.height),
                Measure::Finalized => u64::from(status.finalized.height),
                Measure::Epoch => status.epoch,
            })
        });
        (values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
    }

    fn summary(&self, reached: bool) -> Summary {
        let statuses = || self.seen.iter().filter_map(|node| node.status.as_ref());
        let mut medians: Vec<u64> = statuses().filter_map(|s| s.finality_lag_ms_p50).collect();
        medians.sort_unstable();
        Summary {
            reached,
            best: self.measured(Measure::Best).0,
            finalized: self.measured(Measure::Finalized).0,
            first_block_ms: self.first_block_ms,
            first_final_ms: self.first_final_ms,
            finality_lag_ms_p50: medians.get(medians.len().div_euclid(2)).copied(),
            finality_lag_ms_p99: statuses().filter_map(|s| s.finality_lag_ms_p99).max(),
            nodes: self.seen.iter().map(node_summary).collect(),
        }
    }
}

const fn met(expectation: &Expectation, lowest: u64, highest: u64) -> bool {
    let low = match expectation.at_least {
        Some(bound) => lowest >= bound,
        None => true,
    };
    let high = match expectation.at_most {
        Some(bound) => highest <= bound,
        None => true,
    };
    low && high
}

fn node_summary(node: &Seen) -> NodeSummary {
    let status = node.status.as_ref();
    NodeSummary {
        name: node.name.clone(),
        peers: status.map_or(0, |status| status.peers.len()),
        best: status.map_or(0, |status| u64::from(status.best.height)),
        finalized: status.map_or(0, |status| u64::from(status.finalized.height)),
        rss_mb: node.rss_mb.unwrap_or(0),
    }
}

fn status_json(seen: &[Seen]) -> Value {
    let node = |node: &Seen| {
        json!({
            "name": node.name,
            "state": match node.state {
                State::Running => "running",
                State::Paused => "paused",
                State::Dead => "dead",
            },
            "rss_mb": node.rss_mb,
            "status": node.status,
        })
    };
    Value::Array(seen.iter().map(node).collect())
}

fn describe(action: &Action) -> String {
    match action {
        Action::Kill(name) => format!("kill {name}"),
        Action::Restart(name) => format!("restart {name}"),
        Action::Pause(name) => format!("pause {name}"),
        Action::Resume(name) => format!("resume {name}"),
        Action::Partition(groups) => {
            let groups: Vec<String> = groups.iter().map(|group| group.join(" ")).collect();
            format!("partition {}", groups.join(" | "))
        }
        Action::Heal => "heal".to_owned(),
        Action::Transfers { count } => format!("{count} transfers"),
    }
}

fn cure() -> String {
    "The last lines of its log say why. A full disk, too few file handles (ulimit -n) or data of \
     another version in the folder are the usual causes; another --dir starts afresh."
        .to_owned()
}
