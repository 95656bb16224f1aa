//! Epochs and voter sets as the state of a chain holds them, one step a block.
//!
//! The small [`SessionHead`] lies in state under `Item::Session` and changes with most blocks; the two lists that it names by their roots lie beside it
//! and are written only where they change. So every fork has its own. Block production goes
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
//! Two lists of at most [`super::VALIDATORS_MAX`] members; a clone shares them, and equality compares roots.

use super::{EpochData, Member, Validators};
use crate::{
    params::Params,
    rules::{LotteryRules, RandomnessSource},
};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{
    Announcements, Authority, AuthorityIndex, ClaimKind, Epoch, Hash, NextEpoch, Purpose, SetId,
    Slot, Voter,
};

/// What changes with every block: everything but the lists themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SessionHead {
    epoch: Epoch,
    number: u64,
    set_changes: u64,
    collected: Hash,
    /// Of this epoch and the next.
    randomness: [Hash; 2],
    /// Roots of the validators of this epoch and the next.
    roots: [Hash; 2],
}

impl SessionHead {
    /// Epochs with blocks so far, less one: genesis is session 0.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The number of the voter set announced last, on the chain with this genesis hash.
    #[must_use]
    pub const fn set_id(&self, genesis: &Hash) -> SetId {
        SetId::first(genesis).saturating_add(self.set_changes)
    }
}

/// Epoch and voter set after a block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    head: SessionHead,
    current: Validators,
    next: Validators,
}

/// Randomness and validators that serve an epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct EpochPlan<'a> {
    pub(super) epoch: Epoch,
    pub(super) randomness: Hash,
    pub(super) validators: &'a Validators,
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
    pub fn genesis(current: Validators, next: Validators, randomness: [Hash; 2]) -> Self {
        let head = SessionHead {
            epoch: Epoch::ZERO,
            number: 0,
            set_changes: 0,
            collected: Hash::ZERO,
            randomness,
            roots: [current.root(), next.root()],
        };
        Self { head, current, next }
    }

    /// Joins what lies apart in state; `None` where the lists are not those that `head` names.
    #[must_use]
    pub fn join(head: SessionHead, current: Validators, next: Validators) -> Option<Self> {
        let roots = [current.root(), next.root()];
        (head.roots == roots).then_some(Self { head, current, next })
    }

    /// The part that changes with every block.
    #[must_use]
    pub const fn head(&self) -> &SessionHead {
        &self.head
    }

    /// The epoch of the last block.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.head.epoch
    }

    /// Epochs with blocks so far, less one: genesis is session 0.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.head.number
    }

    /// The block producers of this epoch.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        self.current.authorities()
    }

    /// The finality voters announced last. They vote on what follows the block that announced
    /// them, once it is final.
    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        self.current.voters()
    }

    /// The number of that voter set on the chain with this genesis hash.
    #[must_use]
    pub const fn set_id(&self, genesis: &Hash) -> SetId {
        self.head.set_id(genesis)
    }

    /// How many voter sets were announced since genesis.
    #[must_use]
    pub const fn set_changes(&self) -> u64 {
        self.head.set_changes
    }

    /// This epoch's authorities and voters.
    #[must_use]
    pub const fn current(&self) -> &Validators {
        &self.current
    }

    /// Those announced for the epoch after this one.
    #[must_use]
    pub const fn next(&self) -> &Validators {
        &self.next
    }

    /// Whether a child block at `slot` is the first of its epoch. Only then does
    /// [`Session::on_block`] look at the successor it is given.
    #[must_use]
    pub fn begins_epoch(&self, params: &Params, slot: Slot) -> bool {
        params.epoch_of(slot) > self.head.epoch
    }

    /// Which data a child block at `slot` uses.
    ///
    /// Total: for a slot in an epoch before the last block's, which no valid child has, it is the
    /// data of the last block's epoch.
    #[must_use]
    pub fn epoch_for(&self, params: &Params, slot: Slot) -> EpochData {
        let plan = self.plan_for(params, slot);
        EpochData::new(params, plan.epoch, plan.randomness, plan.validators.authorities())
    }

    /// The validator at `author` in the list that a child block at `slot` uses.
    #[must_use]
    pub fn member_at(
        &self,
        params: &Params,
        slot: Slot,
        author: AuthorityIndex,
    ) -> Option<&Member> {
        let list = self.plan_for(params, slot).validators.members();
        list.get(usize::try_from(author.0).ok()?)
    }

    pub(super) fn plan_for(&self, params: &Params, slot: Slot) -> EpochPlan<'_> {
        let [this, following] = self.head.randomness;
        let epoch = params.epoch_of(slot);
        if epoch > self.head.epoch {
            EpochPlan { epoch, randomness: following, validators: &self.next }
        } else {
            EpochPlan { epoch: self.head.epoch, randomness: this, validators: &self.current }
        }
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
        // rule(lottery.randomness)
        let (counts, before) = match rules.randomness {
            RandomnessSource::EveryPrimary => {
                (block.kind == ClaimKind::Primary, self.head.collected)
            }
            RandomnessSource::LastPrimary => (block.kind == ClaimKind::Primary, Hash::ZERO),
            RandomnessSource::EveryBlock => (true, self.head.collected),
            RandomnessSource::Nothing => (false, self.head.collected),
        };
        let before = if rules.mutant.has(Mutation::BP07) { Hash::ZERO } else { before };
        if counts && !(begins && rules.mutant.has(Mutation::BP08)) {
            let parts: [&[u8]; 2] = [&before.0, &block.randomness.0];
            self.head.collected = Hash::personal(Purpose::EpochRandomness, &parts);
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
        assert!(epoch > self.head.epoch, "invariant(epoch): epochs only grow");
        let following = epoch.saturating_add(1);
        let [_, begun] = self.head.randomness;
        let randomness = Hash::personal(
            Purpose::EpochRandomness,
            &[&begun.0, &following.0.to_le_bytes(), &self.head.collected.0],
        );
        let validators = successor.unwrap_or_else(|| self.next.clone());
        let begun_list = core::mem::replace(&mut self.next, validators);
        let ended = core::mem::replace(&mut self.current, begun_list);
        self.head.roots = [self.current.root(), self.next.root()];
        self.head.randomness = [begun, randomness];
        self.head.epoch = epoch;
        self.head.number = self.head.number.saturating_add(1);
        self.head.collected = Hash::ZERO;

        let next_set = (ended.voters() != self.voters()).then(|| {
            let changes = u64::from(!mutant.has(Mutation::AS02));
            self.head.set_changes = self.head.set_changes.saturating_add(changes);
            self.voters().to_vec()
        });
        let changed = self.next.authorities() != self.authorities();
        let authorities = changed.then(|| self.next.authorities().to_vec());
        Announcements { next_epoch: Some(NextEpoch { randomness, authorities }), next_set }
    }
}

#[cfg(test)]
mod tests;
