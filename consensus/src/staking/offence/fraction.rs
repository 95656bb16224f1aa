//! How much of the exposed stake an offence costs.
//!
//! The more validators offend together, the likelier they are one attacker: the share grows with the square of
//! their number, from almost nothing for one of many to all for a third (pallet-babe and pallet-grandpa,
//! `EquivocationOffence::slash_fraction`; the paper on nominated proof of stake, section on accountability).

use crate::staking::perbill::Perbill;

/// The share that each of `offenders` out of `validators` loses: `min(3 k / n, 1)^2`, both steps rounded down.
/// All where there are no validators.
#[must_use]
pub fn slash_fraction(offenders: u32, validators: u32) -> Perbill {
    let together = u128::from(offenders).saturating_mul(3);
    Perbill::from_rational(together, u128::from(validators)).square()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_shares() {
        #[rustfmt::skip]
        let table = [
            (0, 4,    0,             "nobody"),
            (1, 4,    562_500_000,   "one of four: 56.25 %"),
            (2, 4,    1_000_000_000, "half: all"),
            (1, 10,   90_000_000,    "9 %"),
            (1, 100,  900_000,       "0.09 %"),
            (1, 1000, 9_000,         "0.0009 %"),
            (10, 1000, 900_000,      "0.09 %"),
            (100, 1000, 90_000_000,  "9 %"),
            (333, 1000, 998_001_000, "just below a third"),
            (334, 1000, 1_000_000_000, "a third and more: all"),
            (1, 1, 1_000_000_000,    "the only one"),
            (1, 7, 183_673_468,      "3/7 rounded down before it is squared: 0.428571428 squared"),
        ];
        for (offenders, validators, parts, why) in table {
            assert_eq!(slash_fraction(offenders, validators).parts(), parts, "{why}");
        }
    }
}
