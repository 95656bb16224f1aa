//! The validators of an epoch: its block producers and its finality voters, checked once.
//!
//! Where they come from (genesis, a rotation by specification, an election) is not known here; everything
//! after [`Validators::new`] may rely on what it checks.

use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{Authority, Voter};
use std::collections::BTreeSet;

/// Most authorities, and most voters, of an epoch: both lists must fit into one header's
/// announcements (72 and 40 bytes each; a header has at most 256 KiB).
pub const VALIDATORS_MAX: usize = 2_048;

/// The total weight of a list stays below this.
const WEIGHT_TOTAL_LIMIT: u64 = 1 << 62;

/// Why lists cannot be the validators of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorsError {
    /// A list is empty.
    #[error("there must be at least one authority and one voter")]
    Empty,
    /// A list is longer than [`VALIDATORS_MAX`].
    #[error("there are more than {VALIDATORS_MAX} authorities or voters")]
    TooMany,
    /// A weight is zero.
    #[error("every weight must be at least 1")]
    WeightZero,
    /// The weights of a list reach 2^62.
    #[error("the total weight must stay below 2^62")]
    WeightTotal,
    /// A key stands twice, or serves two purposes.
    #[error("a key may be used once and for one purpose")]
    KeyRepeated,
}

/// Block producers and finality voters that take their turn together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Validators {
    authorities: Vec<Authority>,
    voters: Vec<Voter>,
}

impl Validators {
    /// Checks and joins the two lists. Their orders are kept: an authority's index, and the order of
    /// a round's primaries, count in them.
    ///
    /// # Errors
    /// See [`ValidatorsError`].
    pub fn new(authorities: Vec<Authority>, voters: Vec<Voter>) -> Result<Self, ValidatorsError> {
        check_length(authorities.len())?;
        check_length(voters.len())?;
        check_weights(authorities.iter().map(|authority| authority.weight.0))?;
        check_weights(voters.iter().map(|voter| voter.weight.0))?;
        let keys: BTreeSet<[u8; 32]> = authorities
            .iter()
            .flat_map(|authority| [authority.seal.0, authority.lottery.0])
            .chain(voters.iter().map(|voter| voter.key.0))
            .collect();
        let expected = authorities.len().saturating_mul(2).saturating_add(voters.len());
        if keys.len() != expected {
            return Err(ValidatorsError::KeyRepeated);
        }
        Ok(Self { authorities, voters })
    }

    /// The block producers.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// The finality voters.
    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        &self.voters
    }
}

fn check_length(length: usize) -> Result<(), ValidatorsError> {
    match length {
        0 => Err(ValidatorsError::Empty),
        1..=VALIDATORS_MAX => Ok(()),
        _ => Err(ValidatorsError::TooMany),
    }
}

fn check_weights(weights: impl Iterator<Item = u64>) -> Result<(), ValidatorsError> {
    let mut total = 0_u64;
    for weight in weights {
        if weight == 0 {
            return Err(ValidatorsError::WeightZero);
        }
        total = total.checked_add(weight).ok_or(ValidatorsError::WeightTotal)?;
    }
    if total < WEIGHT_TOTAL_LIMIT { Ok(()) } else { Err(ValidatorsError::WeightTotal) }
}

#[cfg(test)]
mod tests;
