//! One node as a process: start, signals, control lines, its log and where it listens.
//!
//! The launcher holds the node's standard input, so the node ends with the launcher however that
//! ends. Output goes to a log file in the node's folder.

use super::LaunchError;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Lines of a log that are shown with a failure.
const LOG_LINES_SHOWN: usize = 12;

/// Where a node listens, as it wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Endpoints {
    /// Process id of the writer.
    pub pid: u32,
    /// JSON-RPC.
    pub rpc: String,
    /// Prometheus metrics.
    pub prometheus: String,
    /// libp2p peer id.
    pub peer_id: String,
    /// Multiaddress with the peer id.
    pub address: String,
}

/// What a node is started with.
#[derive(Clone, Debug)]
pub struct NodePlan {
    /// Its name; also its folder below the network's.
    pub name: String,
    /// Secret of its session keys, for validators.
    pub key_uri: Option<String>,
    /// Id of the chain: its folder below the node's.
    pub chain_id: String,
    /// The chain specification file.
    pub chain_file: PathBuf,
    /// The node's folder.
    pub folder: PathBuf,
    /// The node's program.
    pub program: PathBuf,
    /// Further arguments.
    pub extra: Vec<String>,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Runs, or is starting.
    Running,
    /// Stopped by a signal where it stands.
    Paused,
    /// Ended.
    Dead,
}

/// A node and its process.
#[derive(Debug)]
pub struct NodeProcess {
    plan: NodePlan,
    child: Option<Child>,
    state: State,
    endpoints: Option<Endpoints>,
}

impl NodeProcess {
    /// Starts the process; where it listens is known later.
    ///
    /// # Errors
    /// [`LaunchError`], naming the node, where the system refuses.
    pub fn start(plan: NodePlan) -> Result<Self, LaunchError> {
        let mut node = Self::dead(plan);
        node.spawn()?;
        Ok(node)
    }

    /// A node that is not started yet.
    #[must_use]
    pub const fn dead(plan: NodePlan) -> Self {
        Self { plan, child: None, state: State::Dead, endpoints: None }
    }

    /// Starts a node that is dead again, on the same data.
    ///
    /// # Errors
    /// As [`NodeProcess::start`].
    pub fn spawn(&mut self) -> Result<(), LaunchError> {
        let failed = |error: &std::io::Error| LaunchError::Spawn {
            node: self.plan.name.clone(),
            error: error.to_string(),
        };
        fs::create_dir_all(&self.plan.folder).map_err(|error| failed(&error))?;
        drop(fs::remove_file(self.endpoints_file()));
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(|error| failed(&error))?;
        let log_again = log.try_clone().map_err(|error| failed(&error))?;
        let mut command = Command::new(&self.plan.program);
        command
            .args(["node", "--control", "stdin", "--listen-ip", "127.0.0.1"])
            .args(["--port", "0", "--rpc-port", "0", "--prometheus-port", "0"])
            .args(["--name", &self.plan.name])
            .arg("--chain")
            .arg(&self.plan.chain_file)
            .arg("--base-path")
            .arg(&self.plan.folder)
            .args(&self.plan.extra)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(log_again)
            .process_group(0);
        if let Some(uri) = &self.plan.key_uri {
            command.args(["--key-uri", uri]);
        }
        self.child = Some(command.spawn().map_err(|error| failed(&error))?);
        self.state = State::Running;
        self.endpoints = None;
        Ok(())
    }

    /// What it was started with.
    #[must_use]
    pub const fn plan(&self) -> &NodePlan {
        &self.plan
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// What the process does.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Process id, while there is a process.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The file with everything the node printed.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.plan.folder.join("log")
    }

    /// Folder of the node's data of its chain.
    #[must_use]
    pub fn chain_folder(&self) -> PathBuf {
        self.plan.folder.join(&self.plan.chain_id)
    }

    fn endpoints_file(&self) -> PathBuf {
        self.chain_folder().join("endpoints.json")
    }

    /// Where the node listens, once it does.
    pub fn endpoints(&mut self) -> Option<&Endpoints> {
        if self.endpoints.is_none() {
            let pid = self.pid()?;
            let read = read_endpoints(&self.endpoints_file())?;
            self.endpoints = (read.pid == pid).then_some(read);
        }
        self.endpoints.as_ref()
    }

    /// Where the node listens, if it was asked before.
    #[must_use]
    pub const fn known_endpoints(&self) -> Option<&Endpoints> {
        self.endpoints.as_ref()
    }

    /// Notices an end that nobody asked for.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        self.state = State::Dead;
        self.endpoints = None;
        Some(status)
    }

    /// Sends one control line; a node that has ended does not hear it.
    pub fn tell(&mut self, line: &str) {
        if let Some(input) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            // A broken pipe means that the node has ended, which `ended` reports.
            drop(writeln!(input, "{line}").and_then(|()| input.flush()));
        }
    }

    /// Ends the process at once, as `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
        self.state = State::Dead;
        self.endpoints = None;
    }

    /// Stops the process where it stands.
    pub fn pause(&mut self) {
        if self.state == State::Running && self.signal(Signal::SIGSTOP) {
            self.state = State::Paused;
        }
    }

    /// Lets a stopped process go on.
    pub fn resume(&mut self) {
        if self.state == State::Paused && self.signal(Signal::SIGCONT) {
            self.state = State::Running;
        }
    }

    /// Asks the process to end; it is waited for with [`NodeProcess::ended`].
    pub fn ask_to_end(&mut self) {
        self.resume();
        self.signal(Signal::SIGTERM);
    }

    fn signal(&self, signal: Signal) -> bool {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok());
        pid.is_some_and(|pid| kill(Pid::from_raw(pid), signal).is_ok())
    }

    /// Resident memory in MiB, where the system tells.
    #[must_use]
    pub fn rss_mb(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        kib.checked_div(1_024)
    }

    /// The last lines of its log.
    #[must_use]
    pub fn last_log_lines(&self) -> String {
        let log = fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let first = lines.len().saturating_sub(LOG_LINES_SHOWN);
        lines.get(first..).unwrap_or_default().join("\n")
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_endpoints(path: &Path) -> Option<Endpoints> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
