//! The threshold against two oracles that share nothing with it: exact rational arithmetic on whole
//! numbers of any length, and a table computed elsewhere to 130 digits.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use core::cmp::Ordering;
use proptest::prelude::*;

/// A whole number of any length; digits of 32 bits, the least significant first.
#[derive(Clone, Debug)]
struct Natural(Vec<u32>);

impl Natural {
    fn of(mut number: u128) -> Self {
        let mut digits = Vec::new();
        while number > 0 {
            digits.push((number & 0xffff_ffff) as u32);
            number >>= 32;
        }
        Self(digits)
    }

    fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0_u32; self.0.len() + other.0.len() + 1];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0_u64;
            for (j, b) in other.0.iter().enumerate() {
                let sum = u64::from(*a) * u64::from(*b) + u64::from(digits[i + j]) + carry;
                digits[i + j] = (sum & 0xffff_ffff) as u32;
                carry = sum >> 32;
            }
            digits[i + other.0.len()] = carry as u32;
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self(digits)
    }

    fn power(&self, exponent: u64) -> Self {
        (0..exponent).fold(Self::of(1), |product, _| product.times(self))
    }

    fn compare(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

/// Whether `value <= 2^128 (1 - ((d - n) / d)^(w / W))`, decided without rounding: both sides of
/// `2^128 - value >= 2^128 ((d - n) / d)^(w / W)` to the power W, times d^w.
fn is_at_most_exact(value: u128, (n, d): (u32, u32), (w, total): (u64, u64)) -> bool {
    let complement = Natural::of(u128::MAX - value).plus_one();
    let left = complement.power(total).times(&Natural::of(u128::from(d)).power(w));
    let full = Natural::of(u128::MAX).plus_one();
    let right = full.power(total).times(&Natural::of(u128::from(d - n)).power(w));
    left.compare(&right) != Ordering::Less
}

impl Natural {
    fn plus_one(mut self) -> Self {
        for digit in &mut self.0 {
            let (sum, over) = digit.overflowing_add(1);
            *digit = sum;
            if !over {
                return self;
            }
        }
        self.0.push(1);
        self
    }
}

#[test]
fn thresholds_lie_within_the_stated_bound_of_the_exact_value() {
    let chances = [
        (1, 4),
        (1, 2),
        (3, 4),
        (1, 3),
        (99, 100),
        (1, 4_294_967_295),
        (4_294_967_294, 4_294_967_295),
    ];
    for chance in chances {
        let prepared = Chance::new(chance.0, chance.1);
        for total in [2, 3, 4, 7, 16, 31] {
            for weight in 1..total {
                let found = prepared.threshold(weight, total);
                let share = (weight, total);
                assert!(
                    is_at_most_exact(found, chance, share),
                    "{chance:?} {share:?}: above exact"
                );
                let above = found.checked_add(2).unwrap();
                assert!(!is_at_most_exact(above, chance, share), "{chance:?} {share:?}: too low");
            }
        }
    }
}

#[test]
fn thresholds_equal_the_table_computed_elsewhere_or_lie_one_below() {
    let table = include_str!("../../../tests/vectors/lottery_thresholds.txt");
    let (mut rows, mut equal) = (0, 0);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<u128> = line.split(' ').map(|column| column.parse().unwrap()).collect();
        let [n, d, w, total, exact] = columns[..] else { panic!("{line}") };
        let chance = Chance::new(n.try_into().unwrap(), d.try_into().unwrap());
        let found = chance.threshold(w.try_into().unwrap(), total.try_into().unwrap());
        assert!(found == exact || found + 1 == exact, "{line}: found {found}");
        rows += 1;
        equal += usize::from(found == exact);
    }
    assert_eq!(rows, 300);
    // One below happens only where the exact value is a whole number: roots that come out even.
    assert!(equal >= rows - 4, "{equal} of {rows}");
}

#[test]
fn the_whole_weight_has_exactly_the_chance_of_a_slot() {
    #[rustfmt::skip]
    let cases: [(&str, u32, u32, u128); 4] = [
        ("a quarter",                1, 4, 1 << 126),
        ("a half",                   1, 2, 1 << 127),
        ("a third, rounded down",    1, 3, u128::MAX / 3),
        ("the smallest chance",      1, u32::MAX, u128::MAX / u128::from(u32::MAX)),
    ];
    for (why, n, d, expected) in cases {
        let chance = Chance::new(n, d);
        for total in [1, 2, 1_000, (1 << 62) - 1] {
            assert_eq!(chance.threshold(total, total), expected, "{why}");
            assert_eq!(chance.threshold(total + 1, total), expected, "{why}: never above");
        }
        assert_eq!(chance.threshold(0, 5), 0, "{why}: no weight, no win");
    }
}

#[test]
fn thresholds_that_chains_rely_on_are_pinned() {
    // Any change of these forks every chain. The last two are exact powers of two less the one that
    // the margin takes.
    #[rustfmt::skip]
    let cases = [
        ("Kusama: one of 1,000",     (1, 4), (1, 1_000), 97_879_056_834_605_839_312_553_012_850_435_774),
        ("one of four",              (1, 4), (1, 4), 23_613_942_797_549_567_334_967_771_302_384_163_429),
        ("half of three quarters",   (3, 4), (1, 2),     (1_u128 << 127) - 1),
        ("a third of seven eighths", (7, 8), (1, 3),     (1 << 127) - 1),
    ];
    for (why, (n, d), (weight, total), expected) in cases {
        assert_eq!(Chance::new(n, d).threshold(weight, total), expected, "{why}");
    }
}

#[test]
fn the_sum_of_logarithms_does_not_depend_on_how_weight_is_split() {
    // Three of four equal shares and one of four leave a slot empty as often as the whole does:
    // (1 - p1) (1 - p3) = 1 - c, here to 2^-125.
    let chance = Chance::new(1, 4);
    let stays_empty = |weight| u128::MAX - chance.threshold(weight, 4);
    let (one, three) = (stays_empty(1), stays_empty(3));
    let product = (one >> 64) * (three >> 64);
    let whole = stays_empty(4);
    assert!(product.abs_diff(whole) < 1 << 66, "{product} and {whole}");
}

#[test]
fn score_and_randomness_of_an_output_are_apart() {
    let output = LotteryOutput([5; 64]);
    let bytes: [u8; 16] = randomness(&output).0[..16].try_into().unwrap();
    assert_ne!(score(&output), u128::from_le_bytes(bytes));
    assert_eq!(score(&output), {
        let hash = Hash::personal(Purpose::LotteryScore, &[&[5; 64]]);
        u128::from_le_bytes(hash.0[..16].try_into().unwrap())
    });
}

proptest! {
    #[test]
    fn a_threshold_grows_strictly_with_weight(
        chance in (1_u32..u32::MAX).prop_flat_map(|n| (Just(n), n + 1..=u32::MAX)),
        total in 2_u64..(1 << 62),
        pick: u64,
    ) {
        let prepared = Chance::new(chance.0, chance.1);
        let weight = pick % total;
        prop_assert!(prepared.threshold(weight, total) < prepared.threshold(weight + 1, total));
    }

    #[test]
    fn small_rationals_lie_within_the_bound(
        (n, d) in (1_u32..5_000).prop_flat_map(|n| (Just(n), n + 1..=10_000)),
        (w, total) in (1_u64..20).prop_flat_map(|w| (Just(w), w + 1..=24)),
    ) {
        let found = Chance::new(n, d).threshold(w, total);
        prop_assert!(is_at_most_exact(found, (n, d), (w, total)));
        prop_assert!(!is_at_most_exact(found + 2, (n, d), (w, total)));
    }
}
