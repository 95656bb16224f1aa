//! Parts per billion: the unit of every share in staking.
//!
//! Kusama computes shares in this unit, so that a result is equal to the last unit only with its roundings
//! (sp-arithmetic 29, `per_things.rs`): a ratio is rounded down; a share of an amount is rounded to the nearest unit,
//! down where two are as near ([`Perbill::of`]), or down ([`Perbill::of_floor`]), as each rule says.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};
use serin_state::types::Balance;

const BILLION: u32 = 1_000_000_000;

/// A share between 0 and 1, in parts per billion.
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
    Serialize,
    Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Perbill(u32);

/// More than a billion parts per billion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share has at most 1000000000 parts per billion")]
pub struct AboveOne;

impl TryFrom<u32> for Perbill {
    type Error = AboveOne;

    fn try_from(parts: u32) -> Result<Self, AboveOne> {
        if parts <= BILLION { Ok(Self(parts)) } else { Err(AboveOne) }
    }
}

impl From<Perbill> for u32 {
    fn from(share: Perbill) -> Self {
        share.0
    }
}

/// Strict: more than one is malformed.
impl BorshDeserialize for Perbill {
    fn deserialize_reader<T: borsh::io::Read>(reader: &mut T) -> borsh::io::Result<Self> {
        let parts = u32::deserialize_reader(reader)?;
        let refused = |error| borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, error);
        Self::try_from(parts).map_err(refused)
    }
}

impl Perbill {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All.
    pub const ONE: Self = Self(BILLION);

    /// `percent` hundredths, at most all.
    #[must_use]
    pub const fn from_percent(percent: u32) -> Self {
        Self::from_parts(percent.saturating_mul(10_000_000))
    }

    /// `parts` billionths, at most all.
    #[must_use]
    pub const fn from_parts(parts: u32) -> Self {
        if parts < BILLION { Self(parts) } else { Self::ONE }
    }

    /// Billionths.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// `part / whole` rounded down, at most one; one where `whole` is zero.
    #[must_use]
    pub fn from_rational(part: u128, whole: u128) -> Self {
        if part >= whole {
            return Self::ONE;
        }
        // The quotient of a fraction below one times a billion is below a billion.
        let parts = mul_div(part, u128::from(BILLION), whole);
        Self(u32::try_from(parts).unwrap_or(BILLION))
    }

    /// The product with itself, rounded down.
    #[must_use]
    pub fn square(self) -> Self {
        let parts = u128::from(self.0);
        let one = u128::from(BILLION);
        Self::from_rational(parts.saturating_mul(parts), one.saturating_mul(one))
    }

    /// The rest to one.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(BILLION.saturating_sub(self.0))
    }

    /// The share of `amount`, rounded to the nearest unit, down where two are as near.
    #[must_use]
    pub fn of(self, amount: Balance) -> Balance {
        let (whole, rest) = self.split(amount);
        let up = rest.saturating_mul(2) > u128::from(BILLION);
        Balance(whole.saturating_add(u128::from(up)))
    }

    /// The share of `amount`, rounded down.
    #[must_use]
    pub fn of_floor(self, amount: Balance) -> Balance {
        Balance(self.split(amount).0)
    }

    /// Whole units of the share of `amount`, and billionths of a unit that are left.
    fn split(self, Balance(amount): Balance) -> (u128, u128) {
        let one = u128::from(BILLION);
        let parts = u128::from(self.0);
        let (high, low) = (amount.div_euclid(one), amount.rem_euclid(one));
        // `low * parts` is below 10^18, and `high * parts` is at most the amount.
        let low = low.saturating_mul(parts);
        (high.saturating_mul(parts).saturating_add(low.div_euclid(one)), low.rem_euclid(one))
    }
}

/// In percent, without noughts at the end: `12.5 %`.
impl fmt::Display for Perbill {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.div_euclid(10_000_000), self.0.rem_euclid(10_000_000));
        let rest = format!("{rest:07}");
        let rest = rest.trim_end_matches('0');
        let point = if rest.is_empty() { "" } else { "." };
        write!(formatter, "{whole}{point}{rest} %")
    }
}

/// `a * b / c` rounded down, for a result that fits; `u128::MAX` where it does not, or `c` is zero.
#[must_use]
pub fn mul_div(a: u128, b: u128, c: u128) -> u128 {
    if let Some(product) = a.checked_mul(b) {
        return product.checked_div(c).unwrap_or(u128::MAX);
    }
    if c == 0 {
        return u128::MAX;
    }
    let (quotient, remainder) = (a.div_euclid(c), a.rem_euclid(c));
    if b <= LIMB {
        let rest = mul_div_limb(remainder, b, c);
        let whole = quotient.checked_mul(b).and_then(|whole| whole.checked_add(rest));
        return whole.unwrap_or(u128::MAX);
    }
    // Long multiplication by the bits of `b`, keeping quotient and remainder: c > remainder always.
    let mut result: (u128, u128) = (0, 0);
    for bit in (0..u128::BITS).rev() {
        let Some(doubled) = twice(result, c) else { return u128::MAX };
        result = doubled;
        if b.checked_shr(bit).unwrap_or(0) & 1 == 1 {
            let Some(more) = plus(result, (quotient, remainder), c) else { return u128::MAX };
            result = more;
        }
    }
    result.0
}

/// The lower half of 128 bits.
const LIMB: u128 = (1 << 64) - 1;

/// `a * b / c` rounded down, for `a < c` and `b` of 64 bits: a step of long division in base 2^64 (Knuth, The Art of
/// Computer Programming, volume 2, 4.3.1, algorithm D).
fn mul_div_limb(a: u128, b: u128, c: u128) -> u128 {
    assert!(a < c && b <= LIMB, "the quotient has 64 bits");
    // Shifted so that the divisor's top bit is set; `a` stays below it.
    let shift = c.leading_zeros();
    let (a, c) = (a.wrapping_shl(shift), c.wrapping_shl(shift));
    let (c_high, c_low) = (c.wrapping_shr(64), c & LIMB);
    // The product in three limbs: `high` is two of them.
    let low = (a & LIMB).wrapping_mul(b);
    let high = a.wrapping_shr(64).wrapping_mul(b).wrapping_add(low.wrapping_shr(64));
    let low = low & LIMB;
    // The estimate from the divisor's upper limb is at most two above the quotient.
    let mut quotient = high.div_euclid(c_high).min(LIMB);
    let mut rest = high.wrapping_sub(quotient.wrapping_mul(c_high));
    while rest <= LIMB && quotient.wrapping_mul(c_low) > (rest.wrapping_shl(64) | low) {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(c_high);
    }
    quotient
}

fn twice(value: (u128, u128), c: u128) -> Option<(u128, u128)> {
    plus(value, value, c)
}

/// The sum of two numbers `quotient * c + remainder`.
fn plus(one: (u128, u128), other: (u128, u128), c: u128) -> Option<(u128, u128)> {
    let quotient = one.0.checked_add(other.0)?;
    // Both remainders are below c, so their sum, taken modulo 2^128 where it overflows, is below 2c.
    let room = c.saturating_sub(one.1);
    if other.1 >= room {
        Some((quotient.checked_add(1)?, other.1.saturating_sub(room)))
    } else {
        Some((quotient, one.1.saturating_add(other.1)))
    }
}

#[cfg(test)]
mod tests;
