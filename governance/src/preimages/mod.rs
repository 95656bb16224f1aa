//! Preimages: the bytes behind the hash that a referendum names.
//!
//! Kusama's open governance is the model: the rules are those of its runtime, and where they are ours a
//! parameter says so.

use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Hash;

/// Calls of the module `preimages`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PreimageCall {
    /// Takes noted bytes back, and the deposit with them.
    Unnote {
        /// Of the bytes.
        hash: Hash,
    },
}

/// Why the module `preimages` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum PreimageError {
    /// Nothing with that hash is noted.
    #[error("no bytes with that hash are noted")]
    NotNoted,
}

/// Events of the module `preimages`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PreimageEvent {
    /// Bytes are gone.
    Cleared {
        /// Of the bytes.
        hash: Hash,
    },
}
