//! A network that runs for one test: started by the launcher's own command, watched over JSON-RPC.

use serde_json::Value;
use serin_node::rpc::view::StatusView;
use serin_testnet::launch::clock::{Stopwatch, pause};
use serin_testnet::launch::process::Endpoints;
use serin_testnet::launch::remote::{Request, ask};
use serin_testnet::launch::{node_program, rpc};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// How long anything may take before a test fails.
const PATIENCE_MS: u64 = 60_000;

pub(crate) struct Running {
    launcher: Child,
    folder: tempfile::TempDir,
}

/// Whether there is a node to start; in release its absence is a failure.
pub(crate) fn has_node() -> bool {
    let program = node_program();
    if cfg!(debug_assertions) && program.is_err() {
        println!("no serin beside this test: built by cargo build --workspace --release");
        return false;
    }
    assert!(program.is_ok(), "{}", program.unwrap_err());
    true
}

/// The launcher's command with arguments.
pub(crate) fn launcher(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin-testnet"));
    command.args(arguments);
    command
}

impl Running {
    /// Four validators with 200 ms slots, and whatever else the description says.
    pub(crate) fn start(description: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let topology = folder.path().join("topology.toml");
        std::fs::write(&topology, description).unwrap();
        let launcher = launcher(&["up", "--topology"])
            .arg(&topology)
            .arg("--dir")
            .arg(folder.path().join("net"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { launcher, folder }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    pub(crate) fn node_folder(&self, node: &str) -> PathBuf {
        self.folder().join(node).join("local")
    }

    pub(crate) fn ask(&self, request: &Request) -> Value {
        ask(&self.folder(), request).unwrap()
    }

    pub(crate) fn kill(&self, node: &str) {
        self.ask(&Request::Kill { node: node.into() });
    }

    pub(crate) fn restart(&self, node: &str) {
        self.ask(&Request::Restart { node: node.into() });
    }

    /// Where a node listens, once it does.
    pub(crate) fn url(&self, node: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.node_folder(node).join("endpoints.json")).ok()?;
        serde_json::from_str::<Endpoints>(&text).ok().map(|endpoints| endpoints.rpc)
    }

    pub(crate) fn status(&self, node: &str) -> Option<StatusView> {
        rpc::status(&self.url(node)?).ok()
    }

    pub(crate) fn finalized(&self, node: &str) -> u32 {
        self.status(node).map_or(0, |status| status.finalized.height)
    }

    pub(crate) fn best(&self, node: &str) -> u32 {
        self.status(node).map_or(0, |status| status.best.height)
    }

    /// What `serin` with these words says, asking Alice's node.
    pub(crate) fn output(&self, words: &str) -> Output {
        self.output_of("alice", words)
    }

    /// What `serin` with these words says, asking this node.
    pub(crate) fn output_of(&self, node: &str, words: &str) -> Output {
        let url = self.url(node).unwrap();
        let mut command = Command::new(node_program().unwrap());
        command.args(words.split(' ')).args(["--rpc-url", &url]);
        command.output().unwrap()
    }

    /// Runs `serin`, which must succeed.
    pub(crate) fn serin(&self, words: &str) -> String {
        let output = self.output(words);
        let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "serin {words}: {err}");
        String::from_utf8_lossy(out).into_owned()
    }

    /// Runs `serin` with `--json` and reads what it prints.
    pub(crate) fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.serin(&format!("{words} --json"))).unwrap()
    }

    /// Waits until `holds`, and fails with `what` when that takes too long.
    pub(crate) fn wait(&self, what: &str, holds: impl FnMut(&Self) -> bool) {
        self.wait_ms(PATIENCE_MS, what, holds);
    }

    /// As [`Running::wait`], with a patience of its own.
    pub(crate) fn wait_ms(
        &self,
        patience_ms: u64,
        what: &str,
        mut holds: impl FnMut(&Self) -> bool,
    ) {
        let stopwatch = Stopwatch::start();
        while !holds(self) {
            assert!(stopwatch.millis() < patience_ms, "not in {patience_ms} ms: {what}");
            pause(50);
        }
    }

    /// Waits until every one of `nodes` has finalised `more` blocks beyond what any has now.
    pub(crate) fn wait_for_finality(&self, nodes: &[&str], more: u32) {
        let from = nodes.iter().map(|node| self.finalized(node)).max().unwrap_or(0);
        self.wait("finality goes on", |net| {
            nodes.iter().all(|node| net.finalized(node) >= from + more)
        });
    }

    /// Hash and state root of the block at a height, as a node tells.
    pub(crate) fn block(&self, node: &str, height: u32) -> (String, String) {
        let block = rpc::block(&self.url(node).unwrap(), u64::from(height)).unwrap().unwrap();
        assert!(block.finalized, "{node}: block {height} is final");
        (block.hash, block.state_root)
    }

    /// All nodes have the same final block and state at the lowest of their final heights.
    pub(crate) fn assert_equal_roots(&self, nodes: &[&str]) {
        let height = nodes.iter().map(|node| self.finalized(node)).min().unwrap();
        let first = self.block(nodes[0], height);
        for node in nodes {
            assert_eq!(self.block(node, height), first, "{node} at {height}");
        }
    }

    /// Process ids of all nodes.
    pub(crate) fn pids(&self, nodes: &[&str]) -> Vec<u32> {
        let pid = |node: &&str| {
            let path = self.node_folder(node).join("endpoints.json");
            let text = std::fs::read_to_string(path).unwrap();
            serde_json::from_str::<Endpoints>(&text).unwrap().pid
        };
        nodes.iter().map(pid).collect()
    }

    /// Ends the launcher as `kill -9`.
    pub(crate) fn kill_launcher(&mut self) {
        self.launcher.kill().unwrap();
        self.launcher.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if ask(&self.folder(), &Request::Down).is_err() {
            drop(self.launcher.kill());
        }
        drop(self.launcher.wait());
    }
}

pub(crate) const NODES: [&str; 4] = ["alice", "bob", "charlie", "dave"];
pub(crate) const FOUR: &str = "validators = 4\nslot_ms = 200\n";

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            // A file that the database removes meanwhile was not needed any more.
            drop(std::fs::copy(entry.path(), target));
        }
    }
}
