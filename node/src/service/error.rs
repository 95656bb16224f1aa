//! Why a node cannot start or cannot go on, as sentences for the operator.
//!
//! A start that fails ends with exit code 4, a failure while running with 1.

use super::journal::JournalError;
use super::vote_log::VoteLogError;
use crate::core::{StartError, TwoValidators};
use serin_state::store::StoreError;
use std::path::{Path, PathBuf};

/// Why a node ends other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The system gives no threads or timers.
    #[error("the system refuses to start the node: {0}")]
    System(String),
    /// A file or folder cannot be used.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: String,
    },
    /// A port is taken.
    #[error(
        "{what} cannot listen on port {port}: {error}. Another node may be running; {flag} chooses another port, 0 any free one"
    )]
    Port {
        /// Who wanted it.
        what: &'static str,
        /// The port.
        port: u16,
        /// What the system said.
        error: String,
        /// The argument that changes it.
        flag: &'static str,
    },
    /// The secret of `--key-uri` is none, or belongs to no validator of the chain.
    #[error("--key-uri: {0}")]
    Key(String),
    /// It holds the keys of two validators.
    #[error("{error}. Keys that were made while it ran lie in {path}, one generation a line")]
    TwoValidators {
        /// Which.
        error: TwoValidators,
        /// Where.
        path: PathBuf,
    },
    /// The network cannot be set up.
    #[error("{0}")]
    Network(String),
    /// The database cannot be opened.
    #[error("{0}")]
    Database(String),
    /// The database does not belong to this chain, or its content does not check.
    #[error("{0}")]
    Chain(#[from] StartError),
    /// The signing journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The vote log cannot be used.
    #[error(transparent)]
    VoteLog(#[from] VoteLogError),
    /// The node had to stop: nothing that it would say is sure.
    #[error("the node stopped: {0}")]
    Halted(String),
    /// Joining cannot begin as asked.
    #[error("{0}")]
    Sync(String),
    /// The database failed while running.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl ServiceError {
    /// A failure with a file.
    #[must_use]
    pub fn file(path: &Path, error: &impl std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), error: error.to_string() }
    }

    /// Whether the node never ran.
    #[must_use]
    pub const fn is_start(&self) -> bool {
        !matches!(self, Self::Halted(_) | Self::Store(_))
    }
}
