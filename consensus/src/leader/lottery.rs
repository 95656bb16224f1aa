//! What an output of the lottery means.

use crate::{crypto::LotteryOutput, params::Params};
use serin_state::types::{Hash, Purpose};

/// The lottery value of an output: uniform in 128 bits.
#[must_use]
pub fn score(output: &LotteryOutput) -> u128 {
    let Hash(bytes) = Hash::personal(Purpose::LotteryScore, &[&output.0]);
    let (low, _) = bytes.split_at(16);
    low.iter().rev().fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// What an output adds to the randomness of a later epoch; says nothing about its score.
#[must_use]
pub fn randomness(output: &LotteryOutput) -> Hash {
    Hash::personal(Purpose::LotteryRandomness, &[&output.0])
}

/// The chance that a slot has a primary leader, prepared for thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    numerator: u32,
    denominator: u32,
}

impl Chance {
    /// The chance in `params`.
    #[must_use]
    pub const fn of(params: &Params) -> Self {
        Self { numerator: params.primary_numerator, denominator: params.primary_denominator }
    }

    /// The score below which an authority of `weight` out of `total` leads a slot.
    #[must_use]
    pub fn threshold(&self, weight: u64, total: u64) -> u128 {
        let chance = u128::from(self.numerator) << 64;
        let chance = chance.checked_div(u128::from(self.denominator)).unwrap_or(0);
        let share = chance.checked_div(u128::from(total)).unwrap_or(0);
        share.saturating_mul(u128::from(weight)) << 64
    }
}
