//! What the launcher shows while a network runs: a live table on a terminal, plain lines elsewhere.
//!
//! Everything goes to standard error; standard output is kept for JSON.

use super::network::Seen;
use super::process::State;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// Between two plain lines, in milliseconds.
const PLAIN_EVERY_MS: u64 = 2_000;

/// Where progress goes.
#[derive(Debug)]
pub struct Screen {
    table: Option<Table>,
    told_ms: Option<u64>,
    told: String,
}

#[derive(Debug)]
struct Table {
    bars: MultiProgress,
    head: ProgressBar,
    rows: Vec<ProgressBar>,
}

impl Screen {
    /// A live table for `nodes` rows where standard error is a terminal, plain lines elsewhere.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        let table = std::io::stderr().is_terminal().then(|| Table::new(nodes));
        Self { table, told_ms: None, told: String::new() }
    }

    /// Says something that happened.
    #[expect(clippy::print_stderr, reason = "this is the launcher's voice")]
    pub fn say(&self, line: &str) {
        match &self.table {
            // A terminal that went away has nobody to tell.
            Some(table) => drop(table.bars.println(line)),
            None => eprintln!("{line}"),
        }
    }

    /// Shows the network as it was seen `millis` after the start.
    pub fn show(&mut self, millis: u64, seen: &[Seen]) {
        if let Some(table) = &self.table {
            table.show(millis, seen);
            return;
        }
        let line = summary(seen);
        let due = self.told_ms.is_none_or(|told| millis.saturating_sub(told) >= PLAIN_EVERY_MS);
        if due && line != self.told {
            self.say(&format!("{} {line}", seconds(millis)));
            self.told_ms = Some(millis);
            self.told = line;
        }
    }

    /// Leaves the table as it is and shows no more.
    pub fn end(&mut self) {
        if let Some(table) = self.table.take() {
            table.head.finish();
            table.rows.iter().for_each(ProgressBar::finish);
        }
    }
}

impl Table {
    fn new(nodes: usize) -> Self {
        let bars = MultiProgress::new();
        let style = ProgressStyle::with_template("{msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = || bars.add(ProgressBar::no_length().with_style(style.clone()));
        let head = bar();
        let rows = (0..nodes).map(|_| bar()).collect();
        Self { bars, head, rows }
    }

    fn show(&self, millis: u64, seen: &[Seen]) {
        let slot = seen.iter().find_map(|node| node.status.as_ref());
        let leader = slot.map_or_else(String::new, |status| {
            let leader = status.secondary_leader.as_deref().unwrap_or("nobody");
            format!("   slot {} epoch {} in turn: {leader}", status.slot, status.epoch)
        });
        self.head.set_message(format!(
            "{}{leader}\nnode            state    peers   best  final    lag  memory",
            seconds(millis)
        ));
        for (bar, node) in self.rows.iter().zip(seen) {
            bar.set_message(row(node));
        }
    }
}

fn row(node: &Seen) -> String {
    let state = match node.state {
        State::Running => "running",
        State::Paused => "paused",
        State::Dead => "dead",
    };
    let memory = node.rss_mb.map_or_else(|| "-".to_owned(), |mb| format!("{mb} MB"));
    match &node.status {
        Some(status) => {
            let lag = status.best.height.saturating_sub(status.finalized.height);
            format!(
                "{:<15} {state:<8} {:>5} {:>6} {:>6} {lag:>6}  {memory}",
                node.name,
                status.peers.len(),
                status.best.height,
                status.finalized.height
            )
        }
        None => format!(
            "{:<15} {state:<8} {:>5} {:>6} {:>6} {:>6}  {memory}",
            node.name, "-", "-", "-", "-"
        ),
    }
}

fn summary(seen: &[Seen]) -> String {
    let node = |node: &Seen| match (&node.status, node.state) {
        (Some(status), _) => format!(
            "{} {}/{} ({} peers)",
            node.name,
            status.finalized.height,
            status.best.height,
            status.peers.len()
        ),
        (None, State::Paused) => format!("{} paused", node.name),
        (None, State::Dead) => format!("{} dead", node.name),
        (None, State::Running) => format!("{} starting", node.name),
    };
    if seen.len() <= 8 {
        let nodes: Vec<String> = seen.iter().map(node).collect();
        return format!("final/best: {}", nodes.join(", "));
    }
    let heights = |of: fn(&serin_node::rpc::view::StatusView) -> u32| {
        let values = seen.iter().filter_map(|node| node.status.as_ref()).map(of);
        values.clone().min().zip(values.max())
    };
    let range = |bounds: Option<(u32, u32)>| {
        bounds.map_or_else(|| "-".to_owned(), |(low, high)| format!("{low}..{high}"))
    };
    format!(
        "{} nodes, final {}, best {}",
        seen.len(),
        range(heights(|status| status.finalized.height)),
        range(heights(|status| status.best.height))
    )
}

fn seconds(millis: u64) -> String {
    let whole = millis.checked_div(1_000).unwrap_or(0);
    let tenth = millis.checked_rem(1_000).and_then(|rest| rest.checked_div(100)).unwrap_or(0);
    format!("{whole:>4}.{tenth}s")
}
