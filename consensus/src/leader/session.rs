//! Epochs and voter sets as the state of a chain holds them, one step a block.
//!
//! The value lies in state under `Item::Session`, so every fork has its own. Block production goes
//! by epoch and finality by set: two clocks. An epoch's data is announced one epoch ahead; its voters
//! begin with its first block.
//!
//! # Inputs and outputs
//! [`Session::on_block`] takes every block in order and returns what its header must announce;
//! [`Session::epoch_for`] tells which data a child block uses.
//!
//! # Randomness
//! ```text
//! collected = 0                                    at the first block of an epoch
//! collected = H(collected, output)                 for each of its primary blocks, in order
//! R(e + 2)  = H(R(e + 1), e + 2, collected of e)   at the first block of epoch e + 1
//! ```
//! H is BLAKE2b personalised for epoch randomness; its two uses differ in length. The chain of hashes
//! keeps memory constant while every primary output of `e` counts. Genesis gives R(0) and R(1), and
//! counts as the first block of epoch 0.
//!
//! # Skipped epochs
//! The first block after epochs without blocks uses the data last announced with the epoch of its
//! own slot; `e` above is then the last epoch with blocks, and `e + 1` the epoch of that block.
//!
//! # Invariants
//! 1. `epoch` never falls; `number` counts its changes.
//! 2. `set_changes` grows by one exactly where a block announces a voter set.
//!
//! # Bounds
//! Two lists of at most [`super::VALIDATORS_MAX`] entries for this epoch and two for the next.

use super::{EpochData, Validators};
use crate::{
    params::Params,
    rules::{LotteryRules, RandomnessSource},
};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{
    Announcements, Authority, ClaimKind, Epoch, Hash, NextEpoch, Purpose, SetId, Slot, Voter,
};

/// Randomness and validators that serve an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub(super) struct EpochPlan {
    /// The epoch's randomness.
    pub(super) randomness: Hash,
    /// Who authors in it, and who votes from its first block on.
    pub(super) validators: Validators,
}

/// Epoch and voter set after a block.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Session {
    epoch: Epoch,
    number: u64,
    set_changes: u64,
    collected: Hash,
    current: EpochPlan,
    next: EpochPlan,
}

/// What a block adds to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// Its slot, above its parent's.
    pub slot: Slot,
    /// How its author came by the slot.
    pub kind: ClaimKind,
    /// What its lottery output adds to the randomness; counts for primary blocks.
    pub randomness: Hash,
}

impl Session {
    /// The session of the genesis block: epoch 0 of `current`, and `next` announced for epoch 1.
    #[must_use]
    pub const fn genesis(current: Validators, next: Validators, randomness: [Hash; 2]) -> Self {
        let [this, following] = randomness;
        Self {
            epoch: Epoch::ZERO,
            number: 0,
            set_changes: 0,
            collected: Hash::ZERO,
            current: EpochPlan { randomness: this, validators: current },
            next: EpochPlan { randomness: following, validators: next },
        }
    }

    /// The epoch of the last block.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Epochs with blocks so far, less one: genesis is session 0.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The block producers of this epoch.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        self.current.validators.authorities()
    }

    /// The finality voters announced last. They vote on what follows the block that announced
    /// them, once it is final.
    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        self.current.validators.voters()
    }

    /// The number of that voter set on the chain with this genesis hash.
    #[must_use]
    pub const fn set_id(&self, genesis: &Hash) -> SetId {
        SetId::first(genesis).saturating_add(self.set_changes)
    }

    /// This epoch's authorities and voters.
    #[must_use]
    pub const fn current(&self) -> &Validators {
        &self.current.validators
    }

    /// Those announced for the epoch after this one.
    #[must_use]
    pub const fn next(&self) -> &Validators {
        &self.next.validators
    }

    /// Whether a child block at `slot` is the first of its epoch. Only then does
    /// [`Session::on_block`] look at the successor it is given.
    #[must_use]
    pub fn begins_epoch(&self, params: &Params, slot: Slot) -> bool {
        params.epoch_of(slot) > self.epoch
    }

    /// Which data a child block at `slot` uses.
    ///
    /// Total: for a slot in an epoch before the last block's, which no valid child has, it is the
    /// data of the last block's epoch.
    #[must_use]
    pub fn epoch_for(&self, params: &Params, slot: Slot) -> EpochData {
        let (epoch, plan) = self.plan_for(params, slot);
        EpochData::new(params, epoch, plan.randomness, plan.validators.authorities())
    }

    pub(super) fn plan_for(&self, params: &Params, slot: Slot) -> (Epoch, &EpochPlan) {
        let epoch = params.epoch_of(slot);
        if epoch > self.epoch { (epoch, &self.next) } else { (self.epoch, &self.current) }
    }

    /// Moves over one block, and returns what its header must announce.
    ///
    /// Where the block begins epoch `e + 1`, `successor` names the validators of epoch `e + 2` (of
    /// session `self.number() + 2`); `None` keeps those of `e + 1`. Elsewhere it is not looked at.
    pub fn on_block<M: Mutant>(
        &mut self,
        params: &Params,
        rules: &LotteryRules<M>,
        block: BlockEntry,
        successor: Option<Validators>,
    ) -> Announcements {
        let begins = self.begins_epoch(params, block.slot);
        let announcements = if begins {
            self.begin_epoch(params.epoch_of(block.slot), successor, rules.mutant)
        } else {
            Announcements::default()
        };
        match (rules.randomness, block.kind) {
            (RandomnessSource::EveryPrimary, ClaimKind::Primary)
                if begins && rules.mutant.has(Mutation::BP08) => {}
            (RandomnessSource::EveryPrimary, ClaimKind::Primary) => {
                let collected =
                    if rules.mutant.has(Mutation::BP07) { Hash::ZERO } else { self.collected };
                let parts: [&[u8]; 2] = [&collected.0, &block.randomness.0];
                self.collected = Hash::personal(Purpose::EpochRandomness, &parts);
            }
            (RandomnessSource::EveryPrimary, ClaimKind::Secondary)
            | (RandomnessSource::Nothing, ClaimKind::Primary | ClaimKind::Secondary) => {}
        }
        assert_eq!(
            begins,
            announcements.next_epoch.is_some(),
            "invariant(announce): the first block of an epoch announces the next, and only it"
        );
        announcements
    }

    fn begin_epoch<M: Mutant>(
        &mut self,
        epoch: Epoch,
        successor: Option<Validators>,
        mutant: M,
    ) -> Announcements {
        assert!(epoch > self.epoch, "invariant(epoch): epochs only grow");
        let following = epoch.saturating_add(1);
        let randomness = Hash::personal(
            Purpose::EpochRandomness,
            &[&self.next.randomness.0, &following.0.to_le_bytes(), &self.collected.0],
        );
        let validators = successor.unwrap_or_else(|| self.next.validators.clone());
        let plan = EpochPlan { randomness, validators };
        let begun = core::mem::replace(&mut self.next, plan);
        let ended = core::mem::replace(&mut self.current, begun);
        self.epoch = epoch;
        self.number = self.number.saturating_add(1);
        self.collected = Hash::ZERO;

        let next_set = (ended.validators.voters() != self.voters()).then(|| {
            let changes = u64::from(!mutant.has(Mutation::AS02));
            self.set_changes = self.set_changes.saturating_add(changes);
            self.voters().to_vec()
        });
        let changed = self.next.validators.authorities() != self.authorities();
        let authorities = changed.then(|| self.next.validators.authorities().to_vec());
        Announcements { next_epoch: Some(NextEpoch { randomness, authorities }), next_set }
    }
}

#[cfg(test)]
mod tests;
