//! What an output of the lottery means: a score, a share of randomness, and who has won.
//!
//! An authority of weight w out of W leads a slot where its score, uniform in 128 bits, lies below
//! `T = 2^128 (1 - (1 - c)^(w / W))`. The form makes splitting a stake pointless: a slot stays without
//! a primary leader with chance `1 - c` however W is divided.
//!
//! # How the threshold is computed
//! In integers only, since nodes that round differently fork. With 192 bits after the point,
//! `L = -ln(1 - c)` by the series of the inverse hyperbolic tangent, `t = L w / W`, then
//! `1 - exp(-t)` by the exponential series; both after taking out powers of two.
//!
//! # Error
//! `T <= exact < T + 1 + 2^-46`: the result is the exact value rounded down, or one below that. For
//! w = W it is exactly `floor(2^128 c)`. It grows strictly with w. The proof stands at `MARGIN`; the tests
//! compare with exact rational arithmetic and with values computed elsewhere to 120 digits.

use super::fixed::Fixed;
use crate::{crypto::LotteryOutput, params::Params};
use serin_state::types::{Hash, Purpose};

/// The lottery value of an output: uniform in 128 bits, the lower the better.
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

/// Taken off before rounding down, in units of 2^-192, so that the result is never above the exact
/// value.
///
/// Each operation of [`Fixed`] rounds down, so each errs by less than one unit.
/// - A logarithm: z <= 1/3, so the error of a power is below 1 + 1/3 + 1/9 + ... = 1.5, that of a term
///   below 2.5; z^2 <= 1/9 leaves at most 62 terms; doubled, the sum errs by less than 320.
/// - L is one logarithm and at most 32 times that of 2: below 10,600. t = L w / W with L < 23: below
///   10,630. What is left of t after taking out ln 2 at most 33 times: below 10,630 to either side.
/// - exp: its slope is at most 1 there; at most 60 terms err by less than 3 each: below 10,900.
///
/// 2^16 bounds it six times over. Twice it is 2^-175, or 2^-47 units of the threshold.
const MARGIN: u64 = 1 << 16;

/// The chance that a slot has a primary leader, prepared for thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    numerator: u32,
    denominator: u32,
    /// -ln(1 - c).
    rate: Fixed,
    ln_two: Fixed,
}

impl Chance {
    /// The chance in `params`, which [`Params::check`] accepts.
    #[must_use]
    pub fn of(params: &Params) -> Self {
        Self::new(params.primary_numerator, params.primary_denominator)
    }

    /// The chance `numerator / denominator`, strictly between 0 and 1.
    ///
    /// # Panics
    /// invariant(chance): it lies strictly between 0 and 1. [`Params::check`] keeps that.
    #[must_use]
    pub fn new(numerator: u32, denominator: u32) -> Self {
        assert!(
            0 < numerator && numerator < denominator,
            "invariant(chance): a slot's chance lies between 0 and 1"
        );
        let ln_two = ln_ratio(2, 1);
        let rate = rate(u64::from(numerator), u64::from(denominator), ln_two);
        Self { numerator, denominator, rate, ln_two }
    }

    /// The score below which an authority of `weight` out of `total` leads a slot; see the module for
    /// its error. All scores at weight 0 lose; a weight above the total counts as the total.
    ///
    /// # Units
    /// Weights below 2^62 in any one unit; the result in units of 2^-128.
    #[must_use]
    pub fn threshold(&self, weight: u64, total: u64) -> u128 {
        if weight == 0 {
            return 0;
        }
        if weight >= total {
            return self.exact();
        }
        let share = Fixed::ONE.times(weight).over(total);
        let exponent = self.rate.by(share);
        let lost = negative_exp(exponent, self.ln_two);
        // `lost` is rounded up by the margin, so `won` is rounded down.
        let won = Fixed::ONE.minus(lost.plus(Fixed::smallest(MARGIN)));
        won.top_fraction().min(self.exact())
    }

    /// floor(2^128 c), by division in two steps of 64 bits.
    fn exact(&self) -> u128 {
        let denominator = u128::from(self.denominator);
        let digits = |remainder: u128| {
            let shifted = remainder << 64;
            let digit = shifted.checked_div(denominator).unwrap_or(0);
            (digit, shifted.checked_rem(denominator).unwrap_or(0))
        };
        // A remainder is below the denominator, so a digit is below 2^64.
        let (high, rest) = digits(u128::from(self.numerator));
        let (low, _) = digits(rest);
        (high << 64) | low
    }
}

/// -ln(1 - n/d): 1 - n/d = m / 2^k with m in (1/2, 1], so it is k ln 2 - ln m.
fn rate(numerator: u64, denominator: u64, ln_two: Fixed) -> Fixed {
    let mut rest = denominator.saturating_sub(numerator);
    let mut halvings = 0_u64;
    // The rest is at least 1 and both are below 2^32, so this ends within 32 steps.
    while rest.saturating_mul(2) <= denominator {
        rest = rest.saturating_mul(2);
        halvings = halvings.saturating_add(1);
    }
    ln_two.times(halvings).plus(ln_ratio(denominator, rest))
}

/// ln(a / b) for b <= a <= 2b, both below 2^33: twice the inverse hyperbolic tangent of
/// z = (a - b) / (a + b) <= 1/3, whose series is z + z^3/3 + z^5/5 + ...
fn ln_ratio(a: u64, b: u64) -> Fixed {
    let (top, bottom) = (a.saturating_sub(b), a.saturating_add(b));
    let mut power = Fixed::ONE.times(top).over(bottom);
    let mut sum = Fixed::ZERO;
    let mut odd = 1_u64;
    while power != Fixed::ZERO {
        sum = sum.plus(power.over(odd));
        power = power.times(top).over(bottom).times(top).over(bottom);
        odd = odd.saturating_add(2);
    }
    sum.times(2)
}

/// exp(-t) for 0 <= t < 2^5: t = k ln 2 + s with s below ln 2, so it is exp(-s) / 2^k.
fn negative_exp(t: Fixed, ln_two: Fixed) -> Fixed {
    let (mut rest, mut halvings) = (t, 0_u32);
    while rest >= ln_two {
        rest = rest.minus(ln_two);
        halvings = halvings.saturating_add(1);
    }
    // exp(-s) = (1 - s + s^2/2! - ...): even terms and odd terms apart, since nothing is negative.
    let (mut even, mut odd) = (Fixed::ONE, Fixed::ZERO);
    let (mut term, mut number) = (Fixed::ONE, 0_u64);
    while term != Fixed::ZERO {
        number = number.saturating_add(1);
        term = term.by(rest).over(number);
        if number.is_multiple_of(2) {
            even = even.plus(term);
        } else {
            odd = odd.plus(term);
        }
    }
    even.minus(odd).halved(halvings)
}

#[cfg(test)]
mod tests;
