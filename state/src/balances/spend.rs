//! What an account has, what of it is bound, and what it may spend.
//!
//! Pure questions to one account; the rules are stated in `balances`.

use super::bound;
use crate::types::{Account, Balance, Reason};

/// Whether an operation may end the account that pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// At least the existential deposit stays in `free`.
    KeepAlive,
    /// The account may go below the existential deposit and be reaped. One with holds or freezes has
    /// to live nevertheless.
    AllowDeath,
}

impl Account {
    /// The sum of the holds. They are part of the issuance, so the sum is in range.
    #[must_use]
    pub fn held(&self) -> Balance {
        self.holds.iter().fold(Balance::ZERO, |sum, hold| sum.saturating_add(hold.amount))
    }

    /// The largest freeze.
    #[must_use]
    pub fn frozen(&self) -> Balance {
        self.freezes.iter().map(|freeze| freeze.amount).max().unwrap_or_default()
    }

    /// Free and held.
    #[must_use]
    pub fn total(&self) -> Balance {
        self.free.saturating_add(self.held())
    }

    /// What is held for `reason`.
    #[must_use]
    pub fn held_for(&self, reason: Reason) -> Balance {
        bound::get(&self.holds, reason)
    }

    /// What is frozen for `reason`.
    #[must_use]
    pub fn frozen_for(&self, reason: Reason) -> Balance {
        bound::get(&self.freezes, reason)
    }

    /// True while the account lives (see the module).
    #[must_use]
    pub fn is_alive(&self, existential_deposit: Balance) -> bool {
        self.must_live() || self.free >= existential_deposit.max(Balance(1))
    }

    /// What may be spent (see the module).
    #[must_use]
    pub fn spendable(&self, existential_deposit: Balance, survival: Survival) -> Balance {
        let bound_by_freeze = self.frozen().saturating_sub(self.held());
        let stays = match survival {
            Survival::AllowDeath if !self.must_live() => bound_by_freeze,
            Survival::AllowDeath | Survival::KeepAlive => bound_by_freeze.max(existential_deposit),
        };
        self.free.saturating_sub(stays)
    }

    fn must_live(&self) -> bool {
        !self.holds.is_empty() || !self.freezes.is_empty()
    }
}
