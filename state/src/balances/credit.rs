//! Tokens between two accounts, as a value that must be booked.
//!
//! Only the ledger makes one of other than nothing, so no code can invent money by adding a number.

use super::BalanceError;
use crate::types::Balance;

/// Tokens taken from an account and not yet given to another. Not to be dropped: book it with
/// [`super::Ledger::deposit`] or [`super::Ledger::burn_credit`], or issuance no longer equals the sum.
#[must_use = "tokens that are not booked are lost, and the issuance is wrong"]
#[derive(Debug, PartialEq, Eq)]
pub struct Credit(pub(super) Balance);

/// A deposit that was refused, and the tokens, which go elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Undeposited {
    /// Why.
    pub error: BalanceError,
    /// What was to be deposited.
    pub credit: Credit,
}

impl Credit {
    /// Nothing, to merge others into.
    pub const fn zero() -> Self {
        Self(Balance::ZERO)
    }

    /// How much.
    #[must_use]
    pub const fn amount(&self) -> Balance {
        self.0
    }

    /// Adds `other`. Both were part of the issuance, so their sum is in range.
    pub fn merge(&mut self, Self(other): Self) {
        self.0 = self.0.saturating_add(other);
    }

    /// Takes up to `amount` out.
    pub fn split(&mut self, amount: Balance) -> Self {
        let part = amount.min(self.0);
        self.0 = self.0.saturating_sub(part);
        Self(part)
    }
}
