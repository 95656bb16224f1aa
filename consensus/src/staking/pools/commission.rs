//! The commission of a pool, and what its root has promised about it.
//!
//! Pure. As pallet-nomination-pools: a promise is only made stricter; a fall is never throttled; a rise is at
//! most `rise_max` at once and comes at least `delay_slots` after the last change.

use super::{Payee, PoolError};
use crate::staking::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Slot;

/// How fast a commission rises at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct ChangeRate {
    /// By how much at once.
    pub rise_max: Perbill,
    /// How long after the last change, in slots.
    pub delay_slots: u64,
}

/// What is taken from rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Commission {
    /// How much and for whom; nothing where there is none.
    pub current: Option<Payee>,
    /// The promised highest.
    pub most: Option<Perbill>,
    /// The promised speed.
    pub rate: Option<ChangeRate>,
    /// When it was last set, or the speed promised.
    pub changed: Option<Slot>,
}

impl Commission {
    /// How much is taken.
    #[must_use]
    pub fn share(&self) -> Perbill {
        self.current.map_or(Perbill::ZERO, |payee| payee.share)
    }

    /// Sets what is taken, in slot `now`; nothing is, where the share is zero.
    pub(super) fn set(
        &mut self,
        payee: Payee,
        global: Perbill,
        now: Slot,
    ) -> Result<(), PoolError> {
        if self.is_too_fast(payee.share, now) {
            return Err(PoolError::CommissionTooFast);
        }
        if payee.share > global {
            return Err(PoolError::CommissionAboveGlobal);
        }
        if self.most.is_some_and(|most| payee.share > most) {
            return Err(PoolError::CommissionAboveMax);
        }
        self.current = Some(payee).filter(|payee| payee.share > Perbill::ZERO);
        self.changed = Some(now);
        Ok(())
    }

    fn is_too_fast(&self, to: Perbill, now: Slot) -> bool {
        let Some(rate) = self.rate else { return false };
        let rise = to.parts().saturating_sub(self.share().parts());
        let waited = self.changed.map_or(u64::MAX, |changed| now.since(changed));
        rise > 0 && (rise > rate.rise_max.parts() || waited < rate.delay_slots)
    }

    /// Promises a highest share, and lowers what is above it.
    pub(super) fn promise_most(&mut self, most: Perbill, global: Perbill) -> Result<(), PoolError> {
        if most > global {
            return Err(PoolError::CommissionAboveGlobal);
        }
        if self.most.is_some_and(|promised| most > promised) {
            return Err(PoolError::PromiseNotStricter);
        }
        self.most = Some(most);
        let lowered = self.current.map(|payee| Payee { share: payee.share.min(most), ..payee });
        self.current = lowered.filter(|payee| payee.share > Perbill::ZERO);
        Ok(())
    }

    /// Promises a speed.
    pub(super) fn promise_rate(&mut self, rate: ChangeRate, now: Slot) -> Result<(), PoolError> {
        let is_looser = |promised: ChangeRate| {
            rate.rise_max > promised.rise_max || rate.delay_slots < promised.delay_slots
        };
        if self.rate.is_some_and(is_looser) {
            return Err(PoolError::PromiseNotStricter);
        }
        if self.rate.is_none() {
            self.changed = Some(now);
        }
        self.rate = Some(rate);
        Ok(())
    }
}
