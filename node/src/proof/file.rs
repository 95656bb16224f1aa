//! The proof as a file, and the check that needs nothing but it and the genesis hash.
//!
//! ```text
//!   8 bytes "serinpf" 1 | start | links: count, one after the other | statement | BLAKE2b-256 over all before
//! ```
//! The hash at the end tells a damaged file from a forged one; it proves nothing. What proves is found again after any
//! change: the start by its hash, links by signatures, the statement by paths.
//!
//! Bounds: [`FILE_BYTES_MAX`] bytes; the length is judged before anything is decoded.

use super::start::{Start, StartError};
use super::statement::{Statement, StatementError, StatementProof};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::proof_chain::{Link, ProofError};
use serin_state::codec::{Wire, decode, encode};
use serin_state::types::{Hash, Slot};

/// Largest proof file, in bytes: 4,000 changes of a set of 100 validators, or 500 of 1,000.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How the names of proof files end.
pub const FILE_ENDING: &str = "serinproof";

/// What every proof file begins with: a name and the version of the format.
const MAGIC: [u8; 8] = *b"serinpf\x01";
/// Length of the hash at the end.
const HASH_BYTES: usize = 32;

/// Everything that is needed to believe a statement.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProofFile {
    /// From the trusted hash to the voters.
    pub start: Start,
    /// One a change of sets. The last may announce none; its header is the final one of the statement. Without
    /// links that is the header of the start.
    pub links: Vec<Link>,
    /// What is proven.
    pub statement: Statement,
}

impl Wire for ProofFile {
    const BYTES_MAX: usize = FILE_BYTES_MAX;
}

/// What a proof file proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Hash of the chain's genesis block.
    pub genesis: Hash,
    /// The chain's name, for people.
    pub chain: String,
    /// The block from which on everything is proven.
    pub start: BlockRef,
    /// The slot of that block.
    pub start_slot: Slot,
    /// Changes of the voter set since genesis.
    pub sets: u64,
    /// The final block under which the statement stands.
    pub last: BlockRef,
    /// The slot of that block.
    pub last_slot: Slot,
    /// For how many slots stake stays bound.
    pub bonding_slots: u64,
    /// The statement.
    pub statement: StatementProof,
}

/// Why a proof file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many bytes.
    #[error("it has {bytes} bytes, and a proof file has at most {FILE_BYTES_MAX}")]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// It does not begin as a proof file of this format.
    #[error("it is no proof file of this format")]
    NotAProof,
    /// The hash at its end is another: bytes are missing, added or changed.
    #[error("it is damaged: the hash at its end does not fit")]
    Damaged,
    /// Whole, but no encoding.
    #[error("its bytes are not the encoding of a proof")]
    Malformed,
    /// The start does not follow from the trusted hash.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A link does not hold.
    #[error("link {index} of its chain of voter sets does not hold: {error}")]
    Link {
        /// Place of the link, from zero.
        index: usize,
        /// What is wrong with it.
        error: ProofError,
    },
    /// The statement does not hold.
    #[error("its statement does not hold: {0}")]
    Statement(#[from] StatementError),
}

impl ProofFile {
    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &encode(self)].concat();
        let hash = Hash::of(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    /// Reads a file, without believing it.
    ///
    /// # Errors
    /// [`Refusal::TooLong`], [`Refusal::NotAProof`], [`Refusal::Damaged`] and [`Refusal::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(Refusal::TooLong { bytes: bytes.len() });
        }
        if !bytes.starts_with(&MAGIC) {
            return Err(Refusal::NotAProof);
        }
        let (whole, hash) = bytes.split_last_chunk::<HASH_BYTES>().ok_or(Refusal::Damaged)?;
        if Hash::of(whole).0 != *hash {
            return Err(Refusal::Damaged);
        }
        let body = whole.strip_prefix(&MAGIC).ok_or(Refusal::Damaged)?;
        decode(body).map_err(|_| Refusal::Malformed)
    }

    /// Checks that everything follows from the hash `trusted` of a final block (genesis, or a checkpoint) of the chain
    /// with hash `genesis`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify<V: Verifier>(
        &self,
        trusted: &Hash,
        genesis: &Hash,
        verifier: &V,
    ) -> Result<Proven, Refusal> {
        let ground = self.start.verify(trusted, genesis)?;
        let (start, start_slot) = (ground.trust.header, ground.header.slot());
        let mut trust = ground.trust;
        for (index, link) in self.links.iter().enumerate() {
            let is_last = index.saturating_add(1) == self.links.len();
            let followed = if is_last {
                trust.advance(link, &ground.rules, verifier)
            } else {
                trust.follow(link, &ground.rules, verifier)
            };
            followed.map_err(|error| Refusal::Link { index, error })?;
        }
        let last = self.links.last().map_or(&self.start.header, |link| &link.header);
        assert!(
            trust.header.hash == last.hash(),
            "invariant(proof): links lead to the last header"
        );
        let statement = self.statement.verify(last)?;
        Ok(Proven {
            genesis: *genesis,
            chain: ground.name,
            start,
            start_slot,
            sets: trust.set().shown(),
            last: trust.header,
            last_slot: last.slot(),
            bonding_slots: ground.params.bonding_slots,
            statement,
        })
    }
}

/// Checks the bytes of a proof file from genesis on.
///
/// # Errors
/// [`Refusal`].
pub fn verify<V: Verifier>(bytes: &[u8], genesis: &Hash, verifier: &V) -> Result<Proven, Refusal> {
    ProofFile::from_bytes(bytes)?.verify(genesis, genesis, verifier)
}
