//! Commands to a running launcher: a socket in the network's folder, one line of JSON each way.
//!
//! The launcher answers between two looks at the network, one request at a time. A socket that nobody listens on was
//! left behind by a launcher that was killed, and is replaced.

use super::LaunchError;
use crate::scenario::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest line either side reads, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// What can be asked of a running network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub enum Request {
    /// What every node does.
    Status,
    /// `kill -9` of a node.
    Kill {
        /// Its name.
        node: String,
    },
    /// Stop a node where it stands.
    Pause {
        /// Its name.
        node: String,
    },
    /// Let it go on.
    Resume {
        /// Its name.
        node: String,
    },
    /// Start a node again on its data; kills it first if it runs.
    Restart {
        /// Its name.
        node: String,
    },
    /// Start a second process with the keys of a node, which signs without a journal.
    Twin {
        /// The node's name.
        node: String,
    },
    /// Cut the links between groups.
    Partition {
        /// Names of the nodes of each group.
        groups: Vec<Vec<String>>,
    },
    /// Mend all links.
    Heal,
    /// End the network.
    Down,
}

impl Request {
    /// The action it asks for; nothing for `Status`, `Twin` and `Down`.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        match self.clone() {
            Self::Kill { node } => Some(Action::Kill(node)),
            Self::Pause { node } => Some(Action::Pause(node)),
            Self::Resume { node } => Some(Action::Resume(node)),
            Self::Restart { node } => Some(Action::Restart(node)),
            Self::Partition { groups } => Some(Action::Partition(groups)),
            Self::Heal => Some(Action::Heal),
            Self::Status | Self::Down | Self::Twin { .. } => None,
        }
    }
}

/// What the launcher answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What was asked for; null where there is nothing to say.
    pub result: Value,
    /// Why not, in a sentence.
    pub error: Option<String>,
}

/// The launcher's end.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

fn socket_path(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

impl Socket {
    /// Begins to listen in the network's folder.
    ///
    /// # Errors
    /// [`LaunchError::AlreadyRunning`] where another launcher answers there.
    pub fn open(folder: &Path) -> Result<Self, LaunchError> {
        let path = socket_path(folder);
        if UnixStream::connect(&path).is_ok() {
            return Err(LaunchError::AlreadyRunning { folder: folder.to_owned() });
        }
        let failed = |error: std::io::Error| LaunchError::file(&path, &error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        // What a launcher that was killed left behind; nobody answers there.
        drop(std::fs::remove_file(&path));
        let listener = UnixListener::bind(&path).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener, path })
    }

    /// Answers every request that waits.
    pub fn serve(&self, mut answer: impl FnMut(&Request) -> Result<Value, String>) {
        while let Ok((stream, _)) = self.listener.accept() {
            // A client that went away gets no answer.
            drop(serve_one(&stream, &mut answer));
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

fn serve_one(
    stream: &UnixStream,
    answer: &mut impl FnMut(&Request) -> Result<Value, String>,
) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    let line = read_line(stream)?;
    let reply = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match answer(&request) {
            Ok(result) => Reply { result, error: None },
            Err(error) => Reply { result: Value::Null, error: Some(error) },
        },
        Err(error) => Reply { result: Value::Null, error: Some(error.to_string()) },
    };
    write_line(stream, &reply)
}

/// Asks the launcher of the network in `folder`.
///
/// # Errors
/// [`LaunchError::NotRunning`] where none answers, [`LaunchError::Refused`] where it refuses.
pub fn ask(folder: &Path, request: &Request) -> Result<Value, LaunchError> {
    let not_running = |_| LaunchError::NotRunning { folder: folder.to_owned() };
    let stream = UnixStream::connect(socket_path(folder)).map_err(not_running)?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(not_running)?;
    write_line(&stream, request).map_err(not_running)?;
    let line = read_line(&stream).map_err(not_running)?;
    let reply: Reply = serde_json::from_str(&line)
        .map_err(|error| LaunchError::Refused(format!("unexpected answer: {error}")))?;
    reply.error.map_or(Ok(reply.result), |error| Err(LaunchError::Refused(error)))
}

fn read_line(stream: &UnixStream) -> std::io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut line)?;
    Ok(line)
}

fn write_line(mut stream: &UnixStream, value: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_string(value).map_err(std::io::Error::other)?;
    line.push('\n');
    stream.write_all(line.as_bytes())
}
