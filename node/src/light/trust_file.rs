//! What is proven, as a small file: the next run goes on from it.
//!
//! ```text
//!   8 bytes "serinlt" 1 | genesis, name, rules, timing, header, set number, voters | BLAKE2b-256 over all before
//! ```
//! The file is trusted: whoever can write it decides what the client believes. The hash at the end finds a torn write.

use super::Light;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::finality::proof_chain::Trust;
use serin_consensus::finality::{BlockRef, VoterSet};
use serin_consensus::params::Params;
use serin_consensus::rules::FinalityRules;
use serin_state::codec::{Wire, decode, encode};
use serin_state::types::{Hash, Header, SetId, Voter};

/// Largest trust file, in bytes.
pub const TRUST_BYTES_MAX: usize = 1024 * 1024;

/// What every trust file begins with: a name and the version of the format.
const MAGIC: [u8; 8] = *b"serinlt\x01";

/// The file's contents.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct TrustFile {
    genesis: Hash,
    name: String,
    rules: FinalityRules,
    params: Params,
    header: Header,
    set: SetId,
    voters: Vec<Voter>,
}

impl Wire for TrustFile {
    const BYTES_MAX: usize = TRUST_BYTES_MAX;
}

/// Why a file is not what a light client left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustFileError {
    /// It is no trust file of this format, or damaged.
    #[error("it is no trust file, or it is damaged: delete it to begin from a trusted hash again")]
    Damaged,
    /// It is of another chain.
    #[error("it is of the chain with genesis block {0}")]
    OtherChain(Hash),
}

impl Light {
    /// What is proven, as a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let file = TrustFile {
            genesis: self.genesis,
            name: self.name.clone(),
            rules: self.rules,
            params: self.params,
            header: self.header.clone(),
            set: self.trust.set(),
            voters: self.trust.voters.voters().to_vec(),
        };
        let mut bytes = [&MAGIC[..], &encode(&file)].concat();
        let hash = Hash::of(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    /// Goes on from a file of the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`TrustFileError`].
    pub fn from_bytes(bytes: &[u8], genesis: &Hash) -> Result<Self, TrustFileError> {
        let damaged = TrustFileError::Damaged;
        let (whole, hash) = bytes.split_last_chunk::<32>().ok_or(damaged)?;
        if bytes.len() > TRUST_BYTES_MAX || Hash::of(whole).0 != *hash {
            return Err(damaged);
        }
        let body = whole.strip_prefix(&MAGIC).ok_or(damaged)?;
        let file: TrustFile = decode(body).map_err(|_| damaged)?;
        if file.genesis != *genesis {
            return Err(TrustFileError::OtherChain(file.genesis));
        }
        let voters = VoterSet::new(file.set, &file.voters).map_err(|_| damaged)?;
        let block = BlockRef { hash: file.header.hash(), height: file.header.height() };
        Ok(Self {
            genesis: file.genesis,
            name: file.name,
            rules: file.rules,
            params: file.params,
            trust: Trust::checkpoint(block, voters),
            header: file.header,
        })
    }
}
