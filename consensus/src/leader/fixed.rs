//! Unsigned fixed-point numbers with 64 bits before the point and 192 after it.
//!
//! Just what the lottery's threshold needs. Every operation rounds down, so it errs by less than one
//! unit of 2^-192 in a known direction.
//!
//! # Bounds
//! Callers keep values below 2^64: the threshold's stay below 2^62 times 32. Leaving the range is our
//! own bug and stops with an assertion instead of forking the chain.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "long arithmetic on 64-bit digits inside u128: each step's bound stands beside it"
)]

/// Digits of 64 bits, the most significant first, so that the derived order is that of the numbers.
/// The first stands before the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed([u64; 4]);

const DIGITS: usize = 4;

impl Fixed {
    pub(super) const ZERO: Self = Self([0; DIGITS]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0]);

    /// `units` of 2^-192.
    pub(super) const fn smallest(units: u64) -> Self {
        Self([0, 0, 0, units])
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let mut sum = [0; DIGITS];
        let mut carry = 0_u128;
        for ((to, a), b) in sum.iter_mut().zip(self.0).zip(other.0).rev() {
            // At most 2 (2^64 - 1) + 1.
            let digit = u128::from(a) + u128::from(b) + carry;
            *to = digit as u64;
            carry = digit >> 64;
        }
        assert!(carry == 0, "invariant(fixed): a sum stays below 2^64");
        Self(sum)
    }

    /// `self - other`, or zero where that is negative.
    pub(super) fn minus(self, other: Self) -> Self {
        let mut difference = [0; DIGITS];
        let mut borrow = false;
        for ((to, a), b) in difference.iter_mut().zip(self.0).zip(other.0).rev() {
            let (digit, first) = a.overflowing_sub(b);
            let (digit, second) = digit.overflowing_sub(u64::from(borrow));
            *to = digit;
            borrow = first || second;
        }
        if borrow { Self::ZERO } else { Self(difference) }
    }

    pub(super) fn times(self, factor: u64) -> Self {
        let mut product = [0; DIGITS];
        let mut carry = 0_u128;
        for (to, a) in product.iter_mut().zip(self.0).rev() {
            // At most (2^64 - 1)^2 + 2^64 - 1, below 2^128.
            let digit = u128::from(a) * u128::from(factor) + carry;
            *to = digit as u64;
            carry = digit >> 64;
        }
        assert!(carry == 0, "invariant(fixed): a product stays below 2^64");
        Self(product)
    }

    /// `self / divisor` for a divisor above zero, rounded down.
    pub(super) fn over(self, divisor: u64) -> Self {
        assert!(divisor > 0, "invariant(fixed): nothing is divided by zero");
        let divisor = u128::from(divisor);
        let mut quotient = [0; DIGITS];
        let mut rest = 0_u128;
        for (to, a) in quotient.iter_mut().zip(self.0) {
            // The rest is below the divisor, so the digit is below 2^64.
            let digits = (rest << 64) | u128::from(a);
            *to = (digits / divisor) as u64;
            rest = digits % divisor;
        }
        Self(quotient)
    }

    /// `self * other`, rounded down.
    pub(super) fn by(self, other: Self) -> Self {
        let mut wide = [0_u64; DIGITS * 2];
        for (i, a) in self.0.into_iter().enumerate().rev() {
            let mut carry = 0_u128;
            for (j, b) in other.0.into_iter().enumerate().rev() {
                // Digit i + j + 1 of eight; at most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
                let Some(to) = wide.get_mut(i + j + 1) else { continue };
                let digit = u128::from(a) * u128::from(b) + u128::from(*to) + carry;
                *to = digit as u64;
                carry = digit >> 64;
            }
            if let Some(to) = wide.get_mut(i) {
                *to = carry as u64;
            }
        }
        let [over, a, b, c, d, ..] = wide;
        assert!(over == 0, "invariant(fixed): a product stays below 2^64");
        Self([a, b, c, d])
    }

    /// `self / 2^count`, rounded down.
    pub(super) fn halved(self, count: u32) -> Self {
        let mut value = self;
        for _ in 0..count {
            value = value.over(2);
        }
        value
    }

    /// floor(2^128 self) for a value below 1.
    pub(super) fn top_fraction(self) -> u128 {
        let [whole, high, low, _] = self.0;
        assert!(whole == 0, "invariant(fixed): a chance is below 1");
        (u128::from(high) << 64) | u128::from(low)
    }
}

#[cfg(test)]
mod tests;
