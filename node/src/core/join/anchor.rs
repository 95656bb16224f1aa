//! From where trust starts: genesis while the chain is young, a block that the user names, or the user's word.
//!
//! Stake that was withdrawn can no longer be punished, so whoever held it once could sign another history. A proof
//! chain is therefore worth something only from a point younger than the time for which stake stays bound.

use serin_consensus::params::Params;
use serin_state::types::{Hash, Slot};

/// What joining relies on besides genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// Nothing: the chain is younger than the bonding duration, or the user said that genesis is enough.
    Genesis,
    /// The proof chain must contain this block: one that announces a voter set, or the sync point.
    Checkpoint(Hash),
}

/// The chain is too old to be trusted from genesis alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the chain is {age} slots old, and stake is bound for {bonding} only: keys withdrawn since could sign another history. \
     Give --checkpoint HASH, a block from somebody you trust (serin query status of theirs shows one), or --trust-genesis"
)]
pub struct NeedsAnchor {
    /// Slots since genesis.
    pub age: u64,
    /// For how many slots stake stays bound.
    pub bonding: u64,
}

impl Anchor {
    /// The anchor for a node that starts to join in slot `now`.
    ///
    /// # Errors
    /// [`NeedsAnchor`], where the chain is older than the bonding duration and the user said nothing.
    pub fn choose(
        params: &Params,
        now: Slot,
        checkpoint: Option<Hash>,
        trust_genesis: bool,
    ) -> Result<Self, NeedsAnchor> {
        match checkpoint {
            Some(hash) => Ok(Self::Checkpoint(hash)),
            None if trust_genesis || now.0 <= params.bonding_slots => Ok(Self::Genesis),
            None => Err(NeedsAnchor { age: now.0, bonding: params.bonding_slots }),
        }
    }

    /// Whether `hash` is the block that was named.
    #[must_use]
    pub fn is(&self, hash: &Hash) -> bool {
        match self {
            Self::Genesis => false,
            Self::Checkpoint(named) => named == hash,
        }
    }
}
