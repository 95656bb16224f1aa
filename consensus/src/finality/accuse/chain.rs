//! Two chains of set changes: the last set that both have in common, and what conflicts in it.
//!
//! ```text
//! trusted set 0 --N0--> set 1 --N1--> set 2 ... --> justification      one record
//!               --N0--> set 1 --N1'-> set 2' ... -> justification      the other
//!                              ^ both by set 1, each the first change on its chain: they conflict
//! ```
//! Where one record ends in the last common set, its own justification stands against the other's change, or
//! against the other's own. If that lies on one chain, there is no violation: what a set makes final below a change
//! and what later sets make final above it agree.
//!
//! # Invariants
//! A set is believed only from a header that the set before it made final.
//!
//! # Bounds
//! [`SET_CHANGES_MAX`] changes a record; only common changes are checked, each once.

use super::{Court, Headers};
use crate::crypto::Verifier;
use crate::finality::proof_chain::{Link, ProofError, Trust};
use crate::finality::{BlockRef, Justification, VoterSet};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{Hash, Header, Height};

/// Most set changes in a record.
pub const SET_CHANGES_MAX: usize = 65_536;

/// A block that changes the set, and its justification by the set before.
pub type SetChange = Link;

/// What somebody holds for final: the changes of the set since the trusted one, and a justification by the last.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FinalityRecord {
    /// From the trusted set on, in order.
    pub changes: Vec<SetChange>,
    /// By the last set.
    pub justification: Justification,
    /// Headers from the justified block down to where the other record's chain parts from it, at least.
    pub headers: Vec<Header>,
}

/// A set that needs no proof, such as that of genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedSet {
    /// The set.
    pub set: VoterSet,
    /// Height of the block that it began with.
    pub start: Height,
}

/// Two justifications of one set that conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The last common set, and where it began.
    pub common: TrustedSet,
    /// Of the first record.
    pub first: Justification,
    /// Of the second.
    pub second: Justification,
    /// The headers of both records.
    pub headers: Headers,
}

/// Why two records show no conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Too long.
    #[error("a record holds more than {SET_CHANGES_MAX} set changes")]
    TooLong,
    /// A common change proves nothing.
    #[error("set change {position} proves nothing: {error}")]
    Change {
        /// Position of the change in the records.
        position: usize,
        /// Why.
        error: ProofError,
    },
}

/// Finds the last common set of two records and the two justifications by it that are to be accused. Whether they
/// conflict, and hold, is checked where the accusation begins.
///
/// # Errors
/// [`ChainError`] of a common change.
pub fn last_common_conflict<V: Verifier>(
    court: &Court<'_, V>,
    trusted: TrustedSet,
    first: &FinalityRecord,
    second: &FinalityRecord,
) -> Result<Conflict, ChainError> {
    if first.changes.len().max(second.changes.len()) > SET_CHANGES_MAX {
        return Err(ChainError::TooLong);
    }
    let header = BlockRef { hash: Hash::ZERO, height: trusted.start };
    let mut trust = Trust { header, voters: trusted.set };
    let mut pairs = first.changes.iter().zip(&second.changes).enumerate();
    let mut shared = 0_usize;
    for (position, (one, _)) in pairs.by_ref().take_while(|(_, (a, b))| a.header == b.header) {
        let followed = trust.follow(one, &court.rules, court.verifier);
        followed.map_err(|error| ChainError::Change { position, error })?;
        shared = position.saturating_add(1);
    }
    let of = |record: &FinalityRecord| {
        let change = record.changes.get(shared);
        change.map_or(&record.justification, |change| &change.justification).clone()
    };
    let mut headers = Headers::default();
    for record in [first, second] {
        let announcing = record.changes.iter().map(|change| &change.header);
        headers.extend(&Headers::new(record.headers.iter().chain(announcing)));
    }
    let common = TrustedSet { set: trust.voters, start: trust.header.height };
    Ok(Conflict { common, first: of(first), second: of(second), headers })
}
