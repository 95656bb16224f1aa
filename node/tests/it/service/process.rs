//! Nodes as processes: start, log lines, questions over HTTP, commands, the end.
//!
//! Every wait has a deadline, and every node is killed when its value is dropped.
#![allow(clippy::disallowed_methods, reason = "deadlines of real processes need the real clock")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// For anything that a node does on a loaded machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// The time, for deadlines and measurements.
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since the Unix epoch, for a chain that begins now.
pub(super) fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) errors: String,
}

/// Runs `serin` with these arguments until it ends.
pub(super) fn serin(arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_serin"))
        .args(arguments)
        .env_remove("SERIN_KEY_URI")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A chain specification file with slots of 200 ms, made by the program itself.
pub(super) fn chain_file(folder: &Path, validators: usize, genesis_time_ms: u64) -> String {
    let (validators, time) = (validators.to_string(), genesis_time_ms.to_string());
    let made = serin(&[
        "chain-spec",
        "new",
        "--preset",
        "local",
        "--validators",
        &validators,
        "--slot-ms",
        "200",
        "--genesis-time-ms",
        &time,
    ]);
    assert_eq!(made.code, Some(0), "{}", made.errors);
    let file = folder.join(format!("chain-{time}.json"));
    std::fs::write(&file, made.output).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The answer to GET at `http://host:port/path`.
pub(super) fn get(url: &str) -> String {
    let (socket, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {socket}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(super) struct RunningNode {
    child: Child,
    log: Receiver<String>,
    said: Vec<String>,
    pub(super) rpc: String,
    pub(super) address: String,
}

impl RunningNode {
    /// Starts a node on free ports of loopback and waits until it listens everywhere.
    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, Stdio::null())
    }

    /// As [`RunningNode::start`], for a node that takes commands from its standard input.
    pub(super) fn start_controlled(arguments: &[&str]) -> Self {
        Self::start_with(arguments, Stdio::piped())
    }

    /// Sends a line to a node that takes commands.
    pub(super) fn tell(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").and_then(|()| input.flush()).unwrap();
    }

    fn start_with(arguments: &[&str], input: Stdio) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
        command
            .args(["node", "--rpc-port", "0", "--prometheus-port", "0"])
            .args(arguments)
            .env_remove("SERIN_KEY_URI")
            .env_remove("RUST_LOG")
            .stdin(input)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = child.stderr.take().unwrap();
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let (rpc, address) = (String::new(), String::new());
        let mut node = Self { child, log, said: Vec::new(), rpc, address };
        let line = node.wait_for_line("runs rpc=");
        let quoted: Vec<&str> = line.split('"').collect();
        (node.rpc, node.address) = (quoted[1].to_owned(), quoted[3].to_owned());
        node
    }

    pub(super) fn wait_for_line(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| {
                panic!("no line with {part:?}; the node said:\n{}", self.said.join("\n"))
            });
            self.said.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    pub(super) fn call(&self, method: &str, parameters: &Value) -> Value {
        let answer = self.call_as(method, parameters, None);
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// One JSON-RPC call over HTTP; the body of the answer.
    pub(super) fn call_as(&self, method: &str, parameters: &Value, host: Option<&str>) -> String {
        let socket = self.rpc.strip_prefix("http://").unwrap();
        let question =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).to_string();
        let mut stream = TcpStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = host.unwrap_or(socket);
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{question}",
            question.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    pub(super) fn status(&self) -> Value {
        self.call("system_status", &json!([]))["result"].clone()
    }

    /// Asks for the status until `holds` is true of it.
    pub(super) fn wait_until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if holds(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "{what} did not come: {status}");
        }
    }

    pub(super) fn wait_final(&self, height: u64) -> Value {
        self.wait_until("finality", |status| status["final"]["height"].as_u64() >= Some(height))
    }

    /// Sends a signal and waits for the end: the exit code.
    pub(super) fn end(mut self, signal: nix::sys::signal::Signal) -> Option<i32> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end: {}", self.said.join("\n")),
            }
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
