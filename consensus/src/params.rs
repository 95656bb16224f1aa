//! The numbers of consensus, with their units and relations. Part of the chain specification.
//!
//! Time is counted in slots from genesis; which slot and epoch it is follows from a clock's time and
//! these numbers alone. Everything may rely on the relations that [`Params::check`] has checked.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{Epoch, Millis, Slot};

/// Timing and lottery of a chain. [`Params::check`] holds for every value in use.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// When slot 0 began, in milliseconds since the Unix epoch.
    pub genesis_time_ms: Millis,
    /// Length of a slot, in milliseconds. At least 50.
    pub slot_ms: u64,
    /// Slots in an epoch. At least 2.
    pub epoch_slots: u64,
    /// Chance that a slot has a primary leader at all: numerator, below the denominator, not 0.
    pub primary_numerator: u32,
    /// Its denominator. Kusama: 1 of 4.
    pub primary_denominator: u32,
    /// How long into a slot a secondary author waits for a primary block, in milliseconds; below
    /// `slot_ms`. Kusama: 0.
    pub secondary_delay_ms: u64,
    /// How long after the start of a finality round votes wait for the network, in milliseconds:
    /// a prevote twice this, a precommit four times, unless the round needs no waiting.
    pub gossip_ms: u64,
    /// For how many slots stake stays bound after it was withdrawn, so that its owner can be punished: as
    /// long votes are kept, and so old may a block be from which a node that joins trusts. Not 0.
    /// Kusama: 28 eras of 6 epochs.
    pub bonding_slots: u64,
}

/// Which relation of [`Params`] does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// `slot_ms` is below 50.
    #[error("slot_ms must be at least 50")]
    SlotTooShort,
    /// `epoch_slots` is below 2.
    #[error("epoch_slots must be at least 2")]
    EpochTooShort,
    /// The primary chance is not strictly between 0 and 1.
    #[error("primary_numerator must be above 0 and below primary_denominator")]
    PrimaryOutOfRange,
    /// `secondary_delay_ms` reaches the end of the slot.
    #[error("secondary_delay_ms must be below slot_ms")]
    SecondaryTooLate,
    /// `gossip_ms` is zero.
    #[error("gossip_ms must be at least 1")]
    GossipZero,
    /// `bonding_slots` is zero.
    #[error("bonding_slots must be at least 1")]
    BondingZero,
}

impl Params {
    /// Checks the relations named at the fields.
    ///
    /// # Errors
    /// The first relation that does not hold.
    pub const fn check(&self) -> Result<(), ParamsError> {
        if self.slot_ms < 50 {
            return Err(ParamsError::SlotTooShort);
        }
        if self.epoch_slots < 2 {
            return Err(ParamsError::EpochTooShort);
        }
        if self.primary_numerator == 0 || self.primary_numerator >= self.primary_denominator {
            return Err(ParamsError::PrimaryOutOfRange);
        }
        if self.secondary_delay_ms >= self.slot_ms {
            return Err(ParamsError::SecondaryTooLate);
        }
        if self.gossip_ms == 0 {
            return Err(ParamsError::GossipZero);
        }
        if self.bonding_slots == 0 {
            return Err(ParamsError::BondingZero);
        }
        Ok(())
    }

    /// The slot at `now`; slot 0 before genesis time.
    #[must_use]
    pub const fn slot_at(&self, now: Millis) -> Slot {
        match now.0.saturating_sub(self.genesis_time_ms.0).checked_div(self.slot_ms) {
            Some(slot) => Slot(slot),
            None => Slot(0),
        }
    }

    /// When `slot` begins.
    #[must_use]
    pub const fn slot_start(&self, slot: Slot) -> Millis {
        Millis(self.genesis_time_ms.0.saturating_add(slot.0.saturating_mul(self.slot_ms)))
    }

    /// The epoch of `slot`: from the slot alone, never from the parent block, so that nobody can
    /// delay it (substrate issue 3586).
    #[must_use]
    pub const fn epoch_of(&self, slot: Slot) -> Epoch {
        match slot.0.checked_div(self.epoch_slots) {
            Some(epoch) => Epoch(epoch),
            None => Epoch(0),
        }
    }

    /// The first slot of `epoch`.
    #[must_use]
    pub const fn epoch_start(&self, epoch: Epoch) -> Slot {
        Slot(epoch.0.saturating_mul(self.epoch_slots))
    }
}

#[cfg(test)]
mod tests;
