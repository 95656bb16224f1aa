//! What can be asked of the module, why it refuses, what it reports, and its numbers.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{Balance, Hash};

/// Numbers of the module.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct PreimageParameters {
    /// What any noted bytes cost, in units.
    pub deposit_base: Balance,
    /// What each byte costs on top, in units.
    pub deposit_byte: Balance,
    /// Most bytes of one preimage. Kusama takes 4 MiB; here a transaction bounds it.
    pub bytes_max: u32,
}

impl Default for PreimageParameters {
    /// The deposits of Kusama's asset hub, and as many bytes as a transaction has.
    fn default() -> Self {
        Self {
            deposit_base: Balance(13_354_666_632),
            deposit_byte: Balance(333_333),
            bytes_max: 65_536,
        }
    }
}

/// Calls of the module `preimages`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PreimageCall {
    /// Keeps bytes under their hash, for a deposit; without one where root says so, or where they were
    /// already asked for.
    Note {
        /// The bytes, usually an encoded call.
        bytes: Vec<u8>,
    },
    /// Takes the deposit of noted bytes back, and the bytes with it unless they are asked for.
    Unnote {
        /// Of the bytes.
        hash: Hash,
    },
    /// Asks for bytes: they stay until as many calls take that back. Root only.
    Request {
        /// Of the bytes.
        hash: Hash,
    },
    /// Takes one request back. Root only.
    Unrequest {
        /// Of the bytes.
        hash: Hash,
    },
}

/// Why the module `preimages` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum PreimageError {
    /// More bytes than a preimage may have.
    #[error("the bytes are more than a preimage may have")]
    TooBig,
    /// Somebody has noted the same bytes.
    #[error("the same bytes are noted already, and need no second deposit")]
    AlreadyNoted,
    /// The bytes were noted by somebody else, or nobody's deposit stands behind them.
    #[error("only who noted the bytes can take them back")]
    NotAuthorized,
    /// Nothing with that hash is noted.
    #[error("no bytes with that hash are noted; note them first")]
    NotNoted,
    /// Nothing asks for that hash.
    #[error("nothing asks for bytes with that hash")]
    NotRequested,
}

/// Events of the module `preimages`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PreimageEvent {
    /// Bytes are kept.
    Noted {
        /// Of the bytes.
        hash: Hash,
    },
    /// Something asks for bytes for the first time.
    Requested {
        /// Of the bytes.
        hash: Hash,
    },
    /// Bytes are gone.
    Cleared {
        /// Of the bytes.
        hash: Hash,
    },
}
