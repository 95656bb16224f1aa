//! Balances have 128 bits and votes 64: what one unit of a vote stands for.
//!
//! A scale is made from the whole issuance, so that the sum of all stakes fits in 64 bits too, which
//! keeps the election fast. On a chain with an issuance below 2^64 units a vote is the balance itself.

use serin_state::types::Balance;

/// How many units of a balance one unit of a vote stands for, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale(u128);

impl Scale {
    /// The finest scale at which `issuance` is a vote. Kusama's rule: the issuance by the largest vote, down, at least 1.
    #[must_use]
    pub fn of_issuance(Balance(issuance): Balance) -> Self {
        Self(issuance.checked_div(u128::from(u64::MAX)).unwrap_or(1).max(1))
    }

    /// The vote of a stake, rounded down.
    #[must_use]
    pub fn vote(self, Balance(stake): Balance) -> u64 {
        let votes = stake.checked_div(self.0).unwrap_or(0);
        u64::try_from(votes).unwrap_or(u64::MAX)
    }

    /// The stake that a sum of votes stands for.
    #[must_use]
    pub const fn balance(self, votes: u128) -> Balance {
        Balance(votes.saturating_mul(self.0))
    }
}
