//! Starting a network of real processes on this machine, watching it, and doing things to it.
//!
//! ```text
//! up ------> network ------> process (one node)
//!  |  \          \
//! screen remote   rpc
//! ```
//! Ports are free ones that the system gives; nothing needs root; nodes end with the launcher,
//! however it ends.

pub mod clock;
pub mod condition;
pub mod network;
pub mod process;
pub mod remote;
pub mod rpc;
pub mod screen;
pub mod transfers;
pub mod up;

use std::path::{Path, PathBuf};

/// Why a network cannot be started or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: String,
    },
    /// The node's program is not beside this one.
    #[error("there is no serin beside {0}; build both with: cargo build --workspace --release")]
    NoProgram(PathBuf),
    /// The system does not start the process.
    #[error("{node} cannot be started: {error}")]
    Spawn {
        /// The node.
        node: String,
        /// What the system said.
        error: String,
    },
    /// A node ended before it listened.
    #[error("{node} could not start: {end}\n{cure}")]
    Start {
        /// The node.
        node: String,
        /// How it ended, with the last lines of its log.
        end: String,
        /// What most likely helps.
        cure: String,
    },
    /// The chain file of an earlier network is not readable.
    #[error(
        "the folder holds a network of another version: {error}; delete it or name another --dir"
    )]
    OldChain {
        /// What is wrong with it.
        error: String,
    },
    /// A launcher is running in that folder.
    #[error("a network is running in {folder}; end it with: serin-testnet down, or give another --dir", folder = folder.display())]
    AlreadyRunning {
        /// The folder.
        folder: PathBuf,
    },
    /// No launcher is running in that folder.
    #[error("no network is running in {folder}; start one with: serin-testnet up, or name its --dir", folder = folder.display())]
    NotRunning {
        /// The folder.
        folder: PathBuf,
    },
    /// A name that no node has.
    #[error("no node is named {name:?}; there are {names}")]
    NoSuchNode {
        /// The name.
        name: String,
        /// All names.
        names: String,
    },
    /// It has no keys to sign with.
    #[error("{name} does not validate: only a validator can have a twin")]
    NoKeys {
        /// Its name.
        name: String,
    },
    /// The running launcher refused.
    #[error("{0}")]
    Refused(String),
    /// The description asks for something that processes cannot do.
    #[error("{0}")]
    Unsupported(String),
}

impl LaunchError {
    /// A failure with a file.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), error: error.to_string() }
    }
}

/// Where a network lies if no folder is named: one a user, in the directory for temporary files.
#[must_use]
pub fn default_folder() -> PathBuf {
    let user = nix::unistd::Uid::current();
    std::env::temp_dir().join(format!("serin-testnet-{user}"))
}

/// The node's program: `serin` beside this one.
///
/// # Errors
/// [`LaunchError::NoProgram`] where it is not there.
pub fn node_program() -> Result<PathBuf, LaunchError> {
    let own = std::env::current_exe().unwrap_or_default();
    // Tests run from a folder below the programs.
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join("serin")).find(|program| program.is_file());
    found.ok_or(LaunchError::NoProgram(own))
}
