//! Fixed-point operations against schoolbook identities.
//!
//! A sum and its difference, a quotient and its remainder, products beside those of wide integers.

use super::*;
use proptest::prelude::*;

fn number(digits: [u64; 4]) -> Fixed {
    Fixed(digits)
}

proptest! {
    #[test]
    fn a_sum_less_one_part_is_the_other(a: [u64; 4], b: [u64; 4]) {
        let half = |digits: [u64; 4]| number([digits[0] >> 1, digits[1], digits[2], digits[3]]);
        let (a, b) = (half(a), half(b));
        prop_assert_eq!(a.plus(b).minus(b), a);
        prop_assert_eq!(a.plus(b), b.plus(a));
        prop_assert_eq!(a.minus(a.plus(b)), Fixed::ZERO);
    }

    #[test]
    fn a_quotient_times_the_divisor_leaves_less_than_the_divisor(a: [u64; 4], divisor in 1_u64..) {
        let a = number(a);
        let rest = a.minus(a.over(divisor).times(divisor));
        prop_assert!(rest < Fixed::smallest(divisor));
        prop_assert!(a.over(divisor).times(divisor) <= a);
    }

    #[test]
    fn products_with_whole_numbers_and_with_numbers_agree(a: [u64; 4], factor: u32) {
        let a = number([a[0] >> 32, a[1], a[2], a[3]]);
        prop_assert_eq!(a.by(number([u64::from(factor), 0, 0, 0])), a.times(u64::from(factor)));
    }

    #[test]
    fn products_of_fractions_agree_with_wide_integers(a: u128, b: u128) {
        // Fractions of 64 bits: the product has 128 and is exact.
        let (a, b) = (a as u64, b as u64);
        let exact = u128::from(a) * u128::from(b);
        let product = number([0, a, 0, 0]).by(number([0, b, 0, 0]));
        prop_assert_eq!(product, number([0, (exact >> 64) as u64, exact as u64, 0]));
        prop_assert_eq!(product.top_fraction(), exact);
    }

    #[test]
    fn products_commute_and_round_down(a: [u64; 4], b: [u64; 4]) {
        let small = |digits: [u64; 4]| number([digits[0] >> 33, digits[1], digits[2], digits[3]]);
        let (a, b) = (small(a), small(b));
        prop_assert_eq!(a.by(b), b.by(a));
        // (a + 1 unit) b - a b lies within one unit of b units.
        let raised = a.plus(Fixed::smallest(1)).by(b).minus(a.by(b));
        prop_assert!(raised <= Fixed::smallest(b.0[0].saturating_add(1)));
        prop_assert!(raised >= Fixed::smallest(b.0[0]));
    }

    #[test]
    fn halving_is_division_by_two(a: [u64; 4], count in 0_u32..40) {
        prop_assert_eq!(number(a).halved(count), number(a).over(1 << count));
    }
}

#[test]
fn a_difference_below_zero_is_zero() {
    assert_eq!(Fixed::ZERO.minus(Fixed::smallest(1)), Fixed::ZERO);
    assert_eq!(Fixed::ONE.minus(Fixed::smallest(1)), Fixed([0, u64::MAX, u64::MAX, u64::MAX]));
}

#[test]
#[should_panic(expected = "invariant(fixed)")]
fn leaving_the_range_stops() {
    let _ = Fixed([u64::MAX; 4]).plus(Fixed::ONE);
}
