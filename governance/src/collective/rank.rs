//! Ranks, the votes that they have, and how many members each has: pure.
//!
//! Inputs: ranks. Outputs: votes. Invariants: a rank is 0 to 9.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The standing of a member: 0, a candidate, to 9, as many as Kusama's fellowship has.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Rank(pub u8);

impl Rank {
    /// What a new member has.
    pub const LOWEST: Self = Self(0);
    /// What no promotion goes beyond.
    pub const HIGHEST: Self = Self(9);

    /// The next rank up; `None` above the highest.
    #[must_use]
    pub fn up(self) -> Option<Self> {
        (self < Self::HIGHEST).then(|| Self(self.0.saturating_add(1)))
    }

    /// The next rank down; `None` below the lowest.
    #[must_use]
    pub fn down(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// How many votes the rank has where at least `least` is asked for: (r + 1)(r + 2) / 2 with r the ranks
    /// above it, none below it.
    #[must_use]
    pub fn votes(self, least: Self) -> u32 {
        let Some(above) = self.0.checked_sub(least.0) else {
            return 0;
        };
        let above = u32::from(above);
        above.saturating_add(1).saturating_mul(above.saturating_add(2)).div_euclid(2)
    }
}

/// How many members each rank has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Roll(pub [u32; 10]);

impl Roll {
    /// All members.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The votes of all members where at least `least` is asked for.
    #[must_use]
    pub fn votes(&self, least: Rank) -> u32 {
        let ranks = (0_u8..).map(Rank).zip(&self.0);
        ranks.fold(0, |sum, (rank, count)| {
            sum.saturating_add(rank.votes(least).saturating_mul(*count))
        })
    }

    /// With one member moved; `None` is outside the collective.
    #[must_use]
    pub fn moved(mut self, from: Option<Rank>, to: Option<Rank>) -> Self {
        if let Some(count) = from.and_then(|rank| self.0.get_mut(usize::from(rank.0))) {
            assert!(*count > 0, "invariant(roll): a member is counted at its rank");
            *count = count.saturating_sub(1);
        }
        if let Some(count) = to.and_then(|rank| self.0.get_mut(usize::from(rank.0))) {
            *count = count.saturating_add(1);
        }
        self
    }
}
