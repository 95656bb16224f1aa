//! Randomness by counter: a value depends on what it is for and on its number, never on what was
//! drawn before.
//!
//! A shared stream would tie every choice to every earlier one, so that one more draw anywhere
//! changes a whole run. Here a value is `BLAKE2b-256(seed, node, sequence, purpose)`, personalised for
//! [`Purpose::Random`]: equal on every machine, in any order, from any thread. It is for simulation,
//! sampling and tie-breaking by whoever knows the seed; it makes no keys.

use crate::types::{Hash, Purpose};

/// Where values are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Random {
    seed: [u8; 32],
}

/// One drawn value. Each way of reading it takes it away, so that no two choices share a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Draw([u8; 32]);

impl Random {
    /// The source with this seed.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The source of a run that is named by a number: the number little-endian, then zeroes.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        let mut seed = [0; 32];
        for (to, from) in seed.iter_mut().zip(number.to_le_bytes()) {
            *to = from;
        }
        Self { seed }
    }

    /// Value number `sequence` that `node` draws for `purpose`.
    ///
    /// `purpose` names the choice (`"link delay"`); `node` and `sequence` are the caller's counters.
    /// Equal arguments give equal values.
    #[must_use]
    pub fn draw(&self, purpose: &str, node: u64, sequence: u64) -> Draw {
        // The purpose stands last: it alone has a length of its own.
        let parts: [&[u8]; 4] =
            [&self.seed, &node.to_le_bytes(), &sequence.to_le_bytes(), purpose.as_bytes()];
        Draw(Hash::personal(Purpose::Random, &parts).0)
    }
}

impl Draw {
    /// All 32 bytes, for a source of its own.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// A number of 64 bits.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// A number below `bound`; zero where `bound` is zero.
    ///
    /// The remainder of a 128-bit value: no number is more likely than another by more than
    /// 2^-64 of its chance, which no run can see.
    #[must_use]
    pub fn below(self, bound: u64) -> u64 {
        let rest = self.wide().checked_rem(u128::from(bound)).unwrap_or(0);
        u64::try_from(rest).unwrap_or(0)
    }

    /// One of `items`, or `None` where there is none.
    #[must_use]
    pub fn pick<T>(self, items: &[T]) -> Option<&T> {
        let count = u64::try_from(items.len()).ok()?;
        items.get(usize::try_from(self.below(count)).ok()?)
    }

    /// True in `ppm` of 1,000,000 cases: never for 0, always from 1,000,000 on.
    #[must_use]
    pub fn chance_ppm(self, ppm: u32) -> bool {
        self.below(1_000_000) < u64::from(ppm)
    }

    fn wide(&self) -> u128 {
        self.0.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests;
