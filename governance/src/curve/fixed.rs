//! Fixed-point numbers with nine decimals, and shares in parts per billion.
//!
//! Both are what Kusama computes curves with (`FixedI64` and `Perbill` of sp-arithmetic 29), with the same
//! roundings, bit for bit; `testnet/peers` compares them. A [`Fixed`] is within 64 bits, so that every sum
//! and product here stays far inside the 128 bits it is computed in; what leaves 64 bits is `None`.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "operands are within 64 bits (|x| < 2^63) and the unit is below 2^30: sums stay below 2^65, \
              products below 2^126, and divisors are checked not to be zero"
)]

use borsh::{BorshDeserialize, BorshSerialize, io};
use core::fmt;
use serde::{Deserialize, Serialize};

/// One, in parts per billion and in the unit of [`Fixed`].
const BILLION: u32 = 1_000_000_000;

/// A share of one in parts per billion, never above one.
#[derive(
    Clone,
    Copy,
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
pub struct Ppb(u32);

/// A number of parts above one billion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share is at most 1000000000 parts per billion")]
pub struct AboveOne;

impl Ppb {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const ONE: Self = Self(BILLION);

    /// So many parts per billion; the whole where there are more.
    #[must_use]
    pub const fn from_parts(parts: u32) -> Self {
        if parts > BILLION { Self::ONE } else { Self(parts) }
    }

    /// So many percent; the whole where there are more than 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self::from_parts(percent.saturating_mul(BILLION / 100))
    }

    /// The parts per billion.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// `part / whole`, rounded down; the whole where `part` is larger or `whole` is zero.
    ///
    /// Exact for all 128 bits: the quotient is built bit by bit, and no step leaves the range.
    #[must_use]
    pub fn ratio(part: u128, whole: u128) -> Self {
        if part >= whole {
            return Self::ONE;
        }
        let (mut quotient, mut rest) = (0_u32, 0_u128);
        for bit in (0..u32::BITS).rev() {
            let carry;
            (rest, carry) = add_below(rest, rest, whole);
            quotient = quotient * 2 + u32::from(carry);
            if (BILLION >> bit) & 1 == 1 {
                let carry;
                (rest, carry) = add_below(rest, part, whole);
                quotient += u32::from(carry);
            }
        }
        assert!(quotient < BILLION, "invariant(curve): a part is below its whole");
        Self(quotient)
    }

    /// `part / whole`, rounded to the nearest, down where two are equally near; at most the whole. The
    /// constructors of Kusama's tracks round so. The whole where `whole` is zero.
    #[must_use]
    pub fn ratio_nearest(part: u32, whole: u32) -> Self {
        if part >= whole {
            return Self::ONE;
        }
        let product = u64::from(part) * u64::from(BILLION);
        let (quotient, rest) = (product / u64::from(whole), product % u64::from(whole));
        let up = u64::from(rest > u64::from(whole) / 2);
        Self::from_parts(u32::try_from(quotient + up).unwrap_or(BILLION))
    }

    /// This share of `other`, rounded down.
    #[must_use]
    pub fn of(self, other: Self) -> Self {
        let product = u64::from(self.0) * u64::from(other.0);
        Self::from_parts(u32::try_from(product / u64::from(BILLION)).unwrap_or(BILLION))
    }

    /// This share of a number of slots, rounded up: the first slot at which at least that share of a
    /// period has passed.
    #[must_use]
    pub fn of_slots_up(self, slots: u64) -> u64 {
        let product = u128::from(self.0) * u128::from(slots);
        let up = product.div_ceil(u128::from(BILLION));
        u64::try_from(up).unwrap_or(u64::MAX)
    }

    /// `self + other`, at most the whole.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self::from_parts(self.0.saturating_add(other.0))
    }

    /// `self - other`, at least nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self` so many times, at most the whole.
    #[must_use]
    pub const fn saturating_mul(self, times: u32) -> Self {
        Self::from_parts(self.0.saturating_mul(times))
    }
}

/// `a + b` less `whole` where that is not above it, and whether it was. Both are at most `whole`, and one
/// is below it.
const fn add_below(a: u128, b: u128, whole: u128) -> (u128, bool) {
    let room = whole - b;
    if a >= room { (a - room, true) } else { (a + b, false) }
}

impl TryFrom<u32> for Ppb {
    type Error = AboveOne;

    fn try_from(parts: u32) -> Result<Self, AboveOne> {
        if parts > BILLION { Err(AboveOne) } else { Ok(Self(parts)) }
    }
}

impl From<Ppb> for u32 {
    fn from(share: Ppb) -> Self {
        share.0
    }
}

/// Refuses more than one: what decodes is a share.
impl BorshDeserialize for Ppb {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let parts = u32::deserialize_reader(reader)?;
        Self::try_from(parts).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// In percent with all seven decimals that say something: `50%`, `14.6209%`.
impl fmt::Display for Ppb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / (BILLION / 100), self.0 % (BILLION / 100));
        if rest == 0 {
            return write!(formatter, "{whole}%");
        }
        let digits = format!("{rest:07}");
        write!(formatter, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Ppb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A signed number with nine decimals within 64 bits, in billionths.
#[derive(
    Clone,
    Copy,
    Debug,
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
pub struct Fixed(pub i64);

/// How a quotient between two numbers is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Towards negative infinity.
    Low,
    /// Towards positive infinity.
    High,
    /// To the nearest, towards negative infinity where two are equally near.
    NearestLow,
}

impl Fixed {
    /// One.
    pub const ONE: Self = Self(1_000_000_000);
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, to the nearest.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(other.0);
        quotient(product, i128::from(BILLION), Round::NearestLow)
    }

    /// The quotient.
    pub(super) fn over(self, other: Self, round: Round) -> Option<Self> {
        quotient(i128::from(self.0) * i128::from(BILLION), i128::from(other.0), round)
    }

    /// The square root, rounded down; `None` below zero.
    pub(super) fn root(self) -> Option<Self> {
        let square = u128::try_from(self.0).ok()? * u128::from(BILLION);
        i64::try_from(square.isqrt()).ok().map(Self)
    }

    /// The share, where this is below zero nothing and above one the whole.
    pub(super) fn clamped(self) -> Ppb {
        let parts = self.0.clamp(0, i64::from(BILLION));
        Ppb(u32::try_from(parts).unwrap_or(BILLION))
    }
}

impl From<Ppb> for Fixed {
    fn from(share: Ppb) -> Self {
        Self(i64::from(share.0))
    }
}

/// `dividend / divisor`, or `None` where it leaves 64 bits or the divisor is zero.
fn quotient(dividend: i128, divisor: i128, round: Round) -> Option<Fixed> {
    if divisor == 0 {
        return None;
    }
    // With a positive divisor the rest of Euclid's division is below it and the quotient is rounded low.
    let (dividend, divisor) = if divisor < 0 { (-dividend, -divisor) } else { (dividend, divisor) };
    let (low, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let up = match round {
        Round::Low => false,
        Round::High => rest > 0,
        Round::NearestLow => rest > divisor / 2,
    };
    i64::try_from(low + i128::from(up)).ok().map(Fixed)
}
