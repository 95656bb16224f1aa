//! How a referendum stands: votes for, votes against, and how much takes part.
//!
//! Approval is the share of votes with conviction that are for. Support is the share of the electorate
//! that is for or abstains, token by token; votes against never help a proposal over that bar.
//!
//! # Invariants
//! A tally is the sum of the votes and of the power that they carry; it is changed by what changes and
//! never counted anew (`voting::recount` does, for tests and simulations).

use crate::curve::Ppb;
use crate::voting::{AccountVote, Conviction, Power, Side};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use serin_state::types::Balance;

/// The votes on one referendum.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub struct Tally {
    /// For, with conviction.
    pub ayes: Balance,
    /// Against, with conviction.
    pub nays: Balance,
    /// Tokens for or abstaining.
    pub support: Balance,
}

impl Tally {
    /// No votes.
    pub const EMPTY: Self =
        Self { ayes: Balance::ZERO, nays: Balance::ZERO, support: Balance::ZERO };

    /// The share of votes that are for, rounded down; nothing where there are none.
    #[must_use]
    pub fn approval(&self) -> Ppb {
        let total = self.ayes.saturating_add(self.nays);
        if total.is_zero() { Ppb::ZERO } else { Ppb::ratio(self.ayes.0, total.0) }
    }

    /// The share of `electorate` that supports, rounded down; the whole where there is no electorate.
    #[must_use]
    pub fn support(&self, electorate: Balance) -> Ppb {
        Ppb::ratio(self.support.0, electorate.0)
    }

    /// With `vote` in it; `None` where a sum leaves the range.
    #[must_use]
    pub fn with(self, vote: &AccountVote) -> Option<Self> {
        parts(vote).into_iter().try_fold(self, |sum, (side, power)| {
            let part = Self::EMPTY.raised(side, power);
            Some(Self {
                ayes: sum.ayes.checked_add(part.ayes)?,
                nays: sum.nays.checked_add(part.nays)?,
                support: sum.support.checked_add(part.support)?,
            })
        })
    }

    /// Without `vote`; `None` where it never was in it.
    #[must_use]
    pub fn without(self, vote: &AccountVote) -> Option<Self> {
        parts(vote).into_iter().try_fold(self, |rest, (side, power)| {
            let part = Self::EMPTY.raised(side, power);
            Some(Self {
                ayes: rest.ayes.checked_sub(part.ayes)?,
                nays: rest.nays.checked_sub(part.nays)?,
                support: rest.support.checked_sub(part.support)?,
            })
        })
    }

    /// With delegated power on one side.
    #[must_use]
    pub const fn raised(mut self, side: Side, power: Power) -> Self {
        match side {
            Side::Aye => {
                self.ayes = self.ayes.saturating_add(power.votes);
                self.support = self.support.saturating_add(power.capital);
            }
            Side::Nay => self.nays = self.nays.saturating_add(power.votes),
            Side::Abstain => self.support = self.support.saturating_add(power.capital),
        }
        self
    }

    /// Without delegated power on one side.
    #[must_use]
    pub const fn lowered(mut self, side: Side, power: Power) -> Self {
        match side {
            Side::Aye => {
                self.ayes = self.ayes.saturating_sub(power.votes);
                self.support = self.support.saturating_sub(power.capital);
            }
            Side::Nay => self.nays = self.nays.saturating_sub(power.votes),
            Side::Abstain => self.support = self.support.saturating_sub(power.capital),
        }
        self
    }

    /// One vote alone, without what it carries.
    #[must_use]
    pub fn of(vote: &AccountVote) -> Self {
        let parts = parts(vote).into_iter();
        parts.fold(Self::EMPTY, |sum, (side, power)| sum.raised(side, power))
    }
}

/// The sides of a vote and what stands on each.
fn parts(vote: &AccountVote) -> [(Side, Power); 3] {
    let none = |balance: Balance| Conviction::None.power(balance);
    let (ayes, nays, abstention) = match vote {
        AccountVote::Standard { aye: true, conviction, balance } => {
            (conviction.power(*balance), Power::ZERO, Power::ZERO)
        }
        AccountVote::Standard { aye: false, conviction, balance } => {
            (Power::ZERO, conviction.power(*balance), Power::ZERO)
        }
        AccountVote::Split { aye, nay } => (none(*aye), none(*nay), Power::ZERO),
        AccountVote::SplitAbstain { aye, nay, abstain } => (none(*aye), none(*nay), none(*abstain)),
    };
    [(Side::Aye, ayes), (Side::Nay, nays), (Side::Abstain, abstention)]
}

#[cfg(test)]
mod tests;
