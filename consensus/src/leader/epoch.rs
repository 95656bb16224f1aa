//! What all slots of one epoch share: randomness, authorities and their lottery thresholds.
//!
//! # Inputs and outputs
//! Built from the session state of a parent block ([`super::Session::epoch_for`]); answers who may
//! author a slot. Holds no state that changes.
//!
//! # Invariants
//! 1. There is at least one authority, and as many thresholds as authorities.
//!
//! # Bounds
//! [`super::VALIDATORS_MAX`] authorities; a clone shares the lists. [`EpochCache`] keeps
//! [`EPOCHS_CACHED`] values.

use super::session::EpochPlan;
use super::{Session, lottery};
use crate::params::Params;
use serin_state::types::{Authority, AuthorityIndex, Epoch, Hash, Purpose, Slot};
use std::{collections::BTreeMap, sync::Arc};

/// How many epochs an [`EpochCache`] keeps: two chains on both sides of an epoch's end.
pub const EPOCHS_CACHED: usize = 4;

/// Opens the input of the lottery's VRF; no signed statement of the chain begins with it.
const ALPHA_TAG: &[u8] = b"serin/lottery/1";

/// The data of an epoch as one chain sees it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EpochData {
    epoch: Epoch,
    randomness: Hash,
    authorities: Arc<[Authority]>,
    thresholds: Arc<[u128]>,
}

impl EpochData {
    /// The data of `epoch` with thresholds computed for the chance in `params`.
    ///
    /// Costs a few microseconds for each *distinct* weight: keep the result, see [`EpochCache`].
    ///
    /// # Panics
    /// invariant(authorities): the list is not empty. [`super::Validators`] keeps that.
    #[must_use]
    pub fn new(params: &Params, epoch: Epoch, randomness: Hash, authorities: &[Authority]) -> Self {
        Self::with_chance(&lottery::Chance::of(params), epoch, randomness, authorities)
    }

    fn with_chance(
        chance: &lottery::Chance,
        epoch: Epoch,
        randomness: Hash,
        authorities: &[Authority],
    ) -> Self {
        assert!(!authorities.is_empty(), "invariant(authorities): an epoch has an authority");
        let total = authorities.iter().fold(0_u64, |sum, one| sum.saturating_add(one.weight.0));
        let mut known = BTreeMap::new();
        let thresholds: Arc<[u128]> = authorities
            .iter()
            .map(|authority| {
                *known
                    .entry(authority.weight)
                    .or_insert_with(|| chance.threshold(authority.weight.0, total))
            })
            .collect();
        debug_assert_eq!(thresholds.len(), authorities.len());
        Self { epoch, randomness, authorities: authorities.into(), thresholds }
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Its randomness.
    #[must_use]
    pub const fn randomness(&self) -> Hash {
        self.randomness
    }

    /// Its block producers; an [`AuthorityIndex`] counts in this list.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// The authority at `index`.
    #[must_use]
    pub fn authority(&self, index: AuthorityIndex) -> Option<&Authority> {
        self.authorities.get(usize::try_from(index.0).ok()?)
    }

    /// The authority with this seal key.
    #[must_use]
    pub fn index_of(&self, seal: &serin_state::types::PublicKey) -> Option<AuthorityIndex> {
        let position = self.authorities.iter().position(|authority| authority.seal == *seal)?;
        u32::try_from(position).ok().map(AuthorityIndex)
    }

    /// The authority at `index` leads a slot where its score lies below this.
    #[must_use]
    pub fn threshold(&self, index: AuthorityIndex) -> Option<u128> {
        self.thresholds.get(usize::try_from(index.0).ok()?).copied()
    }

    /// Whether `score` makes the authority at `index` a primary leader.
    #[must_use]
    pub fn is_won(&self, index: AuthorityIndex, score: u128) -> bool {
        self.threshold(index).is_some_and(|threshold| score < threshold)
    }

    /// Who may author `slot` where nobody wins the lottery: a hash of randomness and slot, read as a
    /// little-endian number, modulo the number of authorities. Weights do not count (Kusama).
    ///
    /// The modulo favours low indices by less than `n / 2^256`.
    #[must_use]
    pub fn secondary_author(&self, slot: Slot) -> AuthorityIndex {
        let drawn =
            Hash::personal(Purpose::SecondaryAuthor, &[&self.randomness.0, &slot.0.to_le_bytes()]);
        let count = u64::try_from(self.authorities.len()).unwrap_or(u64::MAX);
        let remainder = drawn.0.iter().rev().fold(0_u64, |rest, byte| {
            // The rest is below the count, which is below 2^32, so this stays below 2^41.
            rest.saturating_mul(256)
                .saturating_add(u64::from(*byte))
                .checked_rem(count)
                .unwrap_or(0)
        });
        AuthorityIndex(u32::try_from(remainder).unwrap_or(0))
    }

    /// The input of the lottery in `slot`: tag, genesis hash, epoch, slot, randomness; integers
    /// little-endian.
    #[must_use]
    pub fn alpha(&self, genesis: &Hash, slot: Slot) -> Vec<u8> {
        [
            ALPHA_TAG,
            &genesis.0,
            &self.epoch.0.to_le_bytes(),
            &slot.0.to_le_bytes(),
            &self.randomness.0,
        ]
        .concat()
    }
}

/// The last few epochs' data under one set of parameters, so that thresholds are computed once a list of validators.
#[derive(Clone, Debug, Default)]
pub struct EpochCache {
    /// What all thresholds begin with.
    chance: Option<lottery::Chance>,
    /// With the root of the list of validators.
    recent: Vec<(Hash, EpochData)>,
}

impl EpochCache {
    /// Knows the epoch of the last block that `session` is after.
    #[must_use]
    pub fn warm(session: &Session, params: &Params) -> Self {
        let mut cache = Self::default();
        cache.epoch_for(session, params, Slot::ZERO);
        cache
    }

    /// What a block at `slot` uses whose parent left `session`: see [`Session::epoch_for`].
    pub fn epoch_for(&mut self, session: &Session, params: &Params, slot: Slot) -> EpochData {
        let plan = session.plan_for(params, slot);
        let root = plan.validators.root();
        let known = self.recent.iter().position(|(list, data)| {
            data.epoch == plan.epoch && data.randomness == plan.randomness && *list == root
        });
        let found = match known {
            Some(position) => self.recent.remove(position),
            None => (root, self.data_of(plan, params, root)),
        };
        let data = found.1.clone();
        self.recent.insert(0, found);
        self.recent.truncate(EPOCHS_CACHED);
        data
    }

    /// Thresholds follow from the list of validators, whatever the epoch.
    fn data_of(&mut self, plan: EpochPlan<'_>, params: &Params, root: Hash) -> EpochData {
        let EpochPlan { epoch, randomness, validators } = plan;
        if let Some((_, known)) = self.recent.iter().find(|(list, _)| *list == root) {
            return EpochData { epoch, randomness, ..known.clone() };
        }
        let chance = self.chance.get_or_insert_with(|| lottery::Chance::of(params));
        EpochData::with_chance(chance, epoch, randomness, validators.authorities())
    }
}

#[cfg(test)]
mod tests;
