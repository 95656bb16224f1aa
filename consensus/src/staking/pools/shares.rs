//! Points and what they are worth.
//!
//! Pure. Rounded down both ways, so that a member never takes out more than it put in; what rounding leaves belongs to
//! those who stay.

use crate::staking::perbill::mul_div;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Balance;

/// What unbonds until one era: points of members, and the amount where it is free by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The points of members.
    pub points: u128,
    /// What is left of the amount. None while it unbonds: then it is the chunk of the pool's bond.
    pub freed: Option<Balance>,
}

/// The points for `amount` more, where `points` share `balance`.
///
/// The first points are one a unit. Where points are worth nothing, new ones must not be worth nothing too: there
/// are as many of them for every unit as there are old ones.
#[must_use]
pub fn points_for(Balance(amount): Balance, points: u128, Balance(balance): Balance) -> u128 {
    match (points, balance) {
        (0, _) => amount,
        (_, 0) => points.saturating_mul(amount),
        _ => mul_div(amount, points, balance),
    }
}

/// What `part` of `points` is worth, where they share `balance`.
#[must_use]
pub fn balance_of(part: u128, points: u128, Balance(balance): Balance) -> Balance {
    if points == 0 { Balance::ZERO } else { Balance(mul_div(balance, part.min(points), points)) }
}

impl Part {
    /// Takes `points` out, and what they are worth.
    pub(super) fn take(&mut self, points: u128) -> Balance {
        let points = points.min(self.points);
        let freed = self.freed.unwrap_or_default();
        let worth = balance_of(points, self.points, freed);
        self.points = self.points.saturating_sub(points);
        self.freed = Some(freed.saturating_sub(worth));
        worth
    }

    /// Adds what `other` holds, both being free.
    pub(super) fn merge(&mut self, other: Self) {
        self.points = self.points.saturating_add(other.points);
        let sum = self.freed.unwrap_or_default().saturating_add(other.freed.unwrap_or_default());
        self.freed = Some(sum);
    }
}
