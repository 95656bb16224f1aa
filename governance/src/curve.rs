//! How much is asked of a referendum as its decision period passes: curves that fall.
//!
//! ```text
//!  threshold   linear            stepped           reciprocal k/(x+s) + t
//!   ceil  |\                 |---                |.
//!         | \                |   ---             | .
//!         |  \               |      ---          |   .
//!  floor  |   `-----         |         ---       |       .  .  .
//!         +---------> x      +-----------> x     +--------------> x
//! ```
//!
//! x is the share of the decision period that has passed, y the share of votes or of the electorate.
//! Thresholds equal those of pallet-referenda 50 bit for bit: every operation is an integer one with the
//! same rounding. [`Curve::delay`], the inverse, is exactly minimal, which the published one is not.
//!
//! # Invariants
//! A sound curve never rises. [`Curve::delay`] relies on it, and a test walks every curve of Kusama.

mod fixed;

pub use fixed::{AboveOne, Fixed, Ppb};

use borsh::{BorshDeserialize, BorshSerialize};
use fixed::Round;
use serde::{Deserialize, Serialize};

/// What is asked at each share of the decision period.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Curve {
    /// From `ceil` at the start straight down to `floor` at `length`, and `floor` from there on.
    Linear {
        /// Where the floor is reached.
        length: Ppb,
        /// The least.
        floor: Ppb,
        /// The most.
        ceil: Ppb,
    },
    /// `begin`, less one `step` after each `period`, and never less than `end`.
    Stepped {
        /// At the start.
        begin: Ppb,
        /// The least.
        end: Ppb,
        /// How far each step goes down.
        step: Ppb,
        /// How long each step is.
        period: Ppb,
    },
    /// `factor / (x + x_offset) + y_offset`.
    Reciprocal {
        /// k, at least zero.
        factor: Fixed,
        /// s, at least zero.
        x_offset: Fixed,
        /// t, of any sign.
        y_offset: Fixed,
    },
}

/// Between which shares a curve falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// At the end of the period.
    pub floor: Ppb,
    /// At its start, at least `floor`.
    pub ceil: Ppb,
}

/// A point that a curve goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// The share of the period.
    pub delay: Ppb,
    /// What is asked there.
    pub level: Ppb,
}

impl Curve {
    /// A straight line over the first `length` of the period.
    #[must_use]
    pub const fn linear(length: Ppb, range: Range) -> Self {
        Self::Linear { length, floor: range.floor, ceil: range.ceil }
    }

    /// The reciprocal that starts at the ceil, ends at the floor and goes through a point; `None` where
    /// the numbers leave their range, which a range of zero makes them do.
    ///
    /// pallet-referenda 50, `make_reciprocal`: the factor is found by halving its range 30 times.
    #[must_use]
    pub fn reciprocal(through: Through, range: Range) -> Option<Self> {
        let mut below = Candidate { factor: Fixed::ZERO, error: i64::MAX };
        let mut above = Candidate { factor: Fixed::ONE, error: i64::MAX };
        let level = Fixed::from(through.level);
        while above.factor.minus(below.factor)?.0 > 1 {
            let factor = below.factor.plus(above.factor)?.over(TWO, Round::NearestLow)?;
            let reached = Self::of_factor(factor, range)?.threshold(through.delay);
            let error = Fixed::from(reached).minus(level)?.0;
            if error > 0 {
                above = Candidate { factor, error };
            } else {
                below = Candidate { factor, error: error.checked_neg()? };
            }
        }
        let best = if below.error < above.error { below } else { above };
        Self::of_factor(best.factor, range)
    }

    /// The reciprocal with this factor through both ends of `range`: `x_offset` is the positive root of
    /// `d s^2 + d s - k`, with d the range's height.
    fn of_factor(factor: Fixed, range: Range) -> Option<Self> {
        let (floor, ceil) = (Fixed::from(range.floor), Fixed::from(range.ceil));
        let height = ceil.minus(floor)?;
        let negative = Fixed::ZERO.minus(factor)?;
        let square = height.times(height)?.minus(FOUR.times(height)?.times(negative)?)?;
        let root = Fixed::ZERO.minus(height)?.plus(square.root()?)?;
        let x_offset = root.over(TWO.times(height)?, Round::NearestLow)?;
        let at_end = factor.over(Fixed::ONE.plus(x_offset)?, Round::NearestLow)?;
        Some(Self::Reciprocal { factor, x_offset, y_offset: floor.minus(at_end)? })
    }

    /// True where the numbers make a curve that never rises.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Linear { floor, ceil, .. } => floor <= ceil,
            Self::Stepped { begin, end, period, .. } => end <= begin && *period > Ppb::ZERO,
            Self::Reciprocal { factor, x_offset, .. } => {
                *factor >= Fixed::ZERO && *x_offset >= Fixed::ZERO
            }
        }
    }

    /// What is asked at `x`.
    #[must_use]
    pub fn threshold(&self, x: Ppb) -> Ppb {
        match *self {
            Self::Linear { length, floor, ceil } => {
                let passed = Ppb::ratio(x.min(length).parts().into(), length.parts().into());
                ceil.saturating_sub(passed.of(ceil.saturating_sub(floor)))
            }
            Self::Stepped { begin, end, step, period } => {
                let steps = x.parts().checked_div(period.parts()).unwrap_or(u32::MAX);
                begin.saturating_sub(step.saturating_mul(steps)).max(end)
            }
            Self::Reciprocal { factor, x_offset, y_offset } => Fixed::from(x)
                .plus(x_offset)
                .and_then(|divisor| factor.over(divisor, Round::Low))
                .and_then(|height| height.plus(y_offset))
                .map_or(Ppb::ONE, Fixed::clamped),
        }
    }

    /// True where `y` is enough at `x`.
    #[must_use]
    pub fn passing(&self, x: Ppb, y: Ppb) -> bool {
        y >= self.threshold(x)
    }

    /// The smallest x at which `y` is enough; the whole where it never is ([`Curve::passing`] tells).
    ///
    /// Found by halving, 30 thresholds: a curve never rises, so what passes goes on passing.
    #[must_use]
    pub fn delay(&self, y: Ppb) -> Ppb {
        let (mut low, mut high) = (0, Ppb::ONE.parts());
        while low < high {
            let middle = low.midpoint(high);
            if self.passing(Ppb::from_parts(middle), y) {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
        }
        Ppb::from_parts(low)
    }

    /// What pallet-referenda 50 takes for the smallest x at which `y` is enough: up to 551 parts per
    /// billion away from it. Only for a chain that must do as Kusama does, to the block.
    #[must_use]
    pub fn delay_as_published(&self, y: Ppb) -> Ppb {
        match *self {
            Self::Linear { floor, .. } if y < floor => Ppb::ONE,
            Self::Linear { ceil, .. } if y > ceil => Ppb::ZERO,
            Self::Linear { length, floor, ceil } => {
                ratio_up(ceil.saturating_sub(y), ceil.saturating_sub(floor)).of(length)
            }
            Self::Stepped { end, .. } if y < end => Ppb::ONE,
            Self::Stepped { begin, step, period, .. } => {
                let epsilon = Ppb::from_parts(1);
                let drop = begin.saturating_sub(y.min(begin));
                let drop = drop.saturating_add(step.saturating_sub(epsilon));
                period.saturating_mul(drop.parts().checked_div(step.parts()).unwrap_or(u32::MAX))
            }
            Self::Reciprocal { factor, x_offset, y_offset } => Fixed::from(y)
                .minus(y_offset)
                .and_then(|divisor| factor.over(divisor, Round::High))
                .and_then(|term| term.minus(x_offset))
                .filter(|x| (Fixed::ZERO..=Fixed::ONE).contains(x))
                .map_or(Ppb::ONE, Fixed::clamped),
        }
    }
}

const TWO: Fixed = Fixed(2_000_000_000);
const FOUR: Fixed = Fixed(4_000_000_000);

/// A factor tried, and how far from the level asked its curve goes.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    factor: Fixed,
    error: i64,
}

/// `part / whole`, rounded up; the whole where `part` is larger or `whole` is zero.
fn ratio_up(part: Ppb, whole: Ppb) -> Ppb {
    let product = u64::from(part.parts()).saturating_mul(u64::from(Ppb::ONE.parts()));
    let whole = u64::from(whole.parts());
    if whole == 0 {
        return Ppb::ONE;
    }
    u32::try_from(product.div_ceil(whole)).map_or(Ppb::ONE, Ppb::from_parts)
}

#[cfg(test)]
mod tests;
