//! The words of the reward for taking part: its numbers, its rows, and what it reports.
//!
//! Stored and committed to by blocks: variants are append-only and fields are pinned by vectors.

use crate::ReferendumIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{AccountId, Balance, Slot};

/// The numbers of the reward. All zero, which is the standard, is no reward.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct ParticipationParameters {
    /// What a vote on a decided referendum earns, in units; zero is off.
    pub reward: Balance,
    /// Capital that such a vote has at least, in units; above zero where there is a reward.
    pub capital_min: Balance,
    /// For how many votes an account is paid in a period; at least 1 where there is a reward.
    pub votes_max: u32,
    /// What a period pays to all together at most, in units; at least one reward.
    pub budget: Balance,
    /// Length of a period in slots; at least 1 where there is a reward.
    pub period_slots: u64,
}

impl ParticipationParameters {
    /// Whether it is off, or its numbers fit together.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let bounded = self.votes_max > 0 && self.period_slots > 0 && !self.capital_min.is_zero();
        self.reward.is_zero() || (bounded && self.reward <= self.budget)
    }
}

/// A period and what it has paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Period {
    /// From 1.
    pub number: u64,
    /// The first slot after it.
    pub ends: Slot,
    /// To all together, in units.
    pub paid: Balance,
}

/// For how many votes an account was paid in the last period in which it was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Taken {
    /// Which period; 0 is none.
    pub period: u64,
    /// For how many votes.
    pub votes: u32,
}

/// What happened. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ParticipationEvent {
    /// An account was paid for a vote.
    Rewarded {
        /// Who.
        who: AccountId,
        /// On which referendum.
        index: ReferendumIndex,
        /// How much, in units.
        amount: Balance,
    },
}
