//! The voters of one set, their weights, and how much weight decides.
//!
//! Invariants: sorted by key, no key twice, every weight at least 1, the total below 2^62.
//! Bounds: at most [`VOTERS_MAX`] voters.

use crate::rules::{FinalityRules, Threshold};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{PublicKey, Round, SetId, VoteWeight, Voter};

/// Most voters of a set.
pub const VOTERS_MAX: usize = 4_096;

/// The total weight of a set stays below this, so that sums of three totals fit in 64 bits.
pub const TOTAL_WEIGHT_MAX: u64 = 1 << 62;

/// Why a list is no voter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoterSetError {
    /// Nobody is in it.
    #[error("a voter set has at least one voter")]
    Empty,
    /// Too many.
    #[error("a voter set has at most {VOTERS_MAX} voters")]
    TooMany,
    /// One key twice.
    #[error("a voter stands in the set twice")]
    SameKey,
    /// Weight zero.
    #[error("a voter has weight 0")]
    NoWeight,
    /// The sum is too large.
    #[error("the total weight reaches 2^62")]
    TotalTooLarge,
}

/// A set of voters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VoterSet {
    id: SetId,
    voters: Vec<Voter>,
    total: u64,
}

impl VoterSet {
    /// The set with this number.
    ///
    /// # Errors
    /// [`VoterSetError`].
    pub fn new(id: SetId, voters: &[Voter]) -> Result<Self, VoterSetError> {
        if voters.len() > VOTERS_MAX {
            return Err(VoterSetError::TooMany);
        }
        let mut voters = voters.to_vec();
        voters.sort_unstable_by_key(|voter| voter.key);
        if voters.is_empty() {
            return Err(VoterSetError::Empty);
        }
        let mut total = 0_u64;
        let mut last: Option<PublicKey> = None;
        for voter in &voters {
            if last.replace(voter.key) == Some(voter.key) {
                return Err(VoterSetError::SameKey);
            }
            if voter.weight.0 == 0 {
                return Err(VoterSetError::NoWeight);
            }
            total = total.saturating_add(voter.weight.0);
        }
        if total >= TOTAL_WEIGHT_MAX {
            return Err(VoterSetError::TotalTooLarge);
        }
        Ok(Self { id, voters, total })
    }

    /// Number of the set.
    #[must_use]
    pub const fn id(&self) -> SetId {
        self.id
    }

    /// The voters, sorted by key.
    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        &self.voters
    }

    /// How many voters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.voters.len()
    }

    /// Never: a set has at least one voter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.voters.is_empty()
    }

    /// Sum of all weights, n.
    #[must_use]
    pub const fn total(&self) -> VoteWeight {
        VoteWeight(self.total)
    }

    /// f: the weight that may be faulty, floor((n - 1) / 3) (GRANDPA paper, section 2).
    #[must_use]
    pub const fn faulty_max(&self) -> VoteWeight {
        VoteWeight(self.total.saturating_sub(1).div_euclid(3))
    }

    /// The weight that is a supermajority: n - f by the standard rule.
    #[must_use]
    pub fn threshold<M: Mutant>(&self, rules: &FinalityRules<M>) -> VoteWeight {
        if rules.mutant.has(Mutation::GF01) {
            return VoteWeight(self.total.saturating_mul(2).div_ceil(3));
        }
        if rules.mutant.has(Mutation::GF02) {
            return VoteWeight(self.total.div_ceil(2));
        }
        // rule(finality.threshold)
        match rules.threshold {
            Threshold::TwoThirds => VoteWeight(self.total.saturating_sub(self.faulty_max().0)),
            Threshold::AtLeast { numerator, denominator } => {
                let share = u128::from(self.total).saturating_mul(u128::from(numerator));
                let weight = share.div_ceil(u128::from(denominator.max(1)));
                VoteWeight(u64::try_from(weight).unwrap_or(self.total).clamp(1, self.total))
            }
            Threshold::Paper => {
                let twice = self.total.saturating_add(self.faulty_max().0).saturating_add(1);
                VoteWeight(twice.div_ceil(2))
            }
        }
    }

    /// Position of a voter.
    #[must_use]
    pub fn index_of(&self, key: &PublicKey) -> Option<usize> {
        self.voters.binary_search_by_key(key, |voter| voter.key).ok()
    }

    /// Whether the key is a voter's.
    #[must_use]
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.index_of(key).is_some()
    }

    /// The voter at a position.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Voter> {
        self.voters.get(index)
    }

    /// The voter that may hint at the estimate in `round`: voters take turns by position.
    #[must_use]
    pub fn primary(&self, round: Round) -> PublicKey {
        let count = u64::try_from(self.voters.len()).unwrap_or(1);
        let index = round.0.checked_rem(count).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.voters.get(index)).map_or_else(PublicKey::default, |v| v.key)
    }
}
