//! Shares of amounts against plain fractions.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use proptest::prelude::*;

#[test]
fn known_shares() {
    #[rustfmt::skip]
    let ratios = [
        (1, 3, 333_333_333, "rounded down"),
        (2, 3, 666_666_666, "rounded down, though nearer to the next"),
        (3, 4, 750_000_000, "exact"),
        (5, 4, BILLION, "never above one"),
        (0, 7, 0, "nothing"),
        (0, 0, BILLION, "of nothing: one, as sp-arithmetic has it"),
        (u128::MAX - 1, u128::MAX, 999_999_999, "beyond 128 bits on the way"),
    ];
    for (part, whole, parts, why) in ratios {
        assert_eq!(Perbill::from_rational(part, whole).parts(), parts, "{why}");
    }
    let half = Perbill::from_percent(50);
    assert_eq!((half.of(Balance(3)), half.of_floor(Balance(3))), (Balance(1), Balance(1)), "a tie");
    let most = Perbill::from_parts(500_000_001);
    assert_eq!((most.of(Balance(3)), most.of_floor(Balance(3))), (Balance(2), Balance(1)));
    assert_eq!(Perbill::ONE.of(Balance(u128::MAX)), Balance(u128::MAX));
    assert_eq!(Perbill::from_percent(75).square().parts(), 562_500_000, "three of four, squared");
}

proptest! {
    #[test]
    fn a_share_and_its_rest_are_the_whole(parts in 0..=BILLION, amount: u128) {
        let share = Perbill::from_parts(parts);
        let floor = share.of_floor(Balance(amount)).0;
        let rest = share.rest().of_floor(Balance(amount)).0;
        prop_assert!(floor + rest == amount || floor + rest + 1 == amount);
        let near = share.of(Balance(amount)).0;
        prop_assert!(near == floor || near == floor + 1);
        prop_assert!(near <= amount, "a slash takes no more than there is");
    }

    #[test]
    fn products_divide_exactly(a: u128, b: u64, c in 1_u128..) {
        // a = q c + r, so a b / c = q b + r b / c.
        let (b, whole) = (u128::from(b), a / c);
        let small = a % c;
        let expected = whole.checked_mul(b).and_then(|high| {
            let low = match small.checked_mul(b) {
                Some(product) => product / c,
                None => return None,
            };
            high.checked_add(low)
        });
        if let Some(expected) = expected {
            prop_assert_eq!(mul_div(a, b, c), expected);
        }
    }

    #[test]
    fn a_product_over_one_factor_is_the_other(a: u128, b in 1_u128..) {
        prop_assert_eq!(mul_div(a, b, b), a);
        prop_assert_eq!(mul_div(b, a, b), a);
    }
}

/// The product in two halves, the upper first, from products of 64 bits.
fn product(a: u128, b: u128) -> (u128, u128) {
    let limbs = |value: u128| (value >> 64, value & LIMB);
    let ((a_high, a_low), (b_high, b_low)) = (limbs(a), limbs(b));
    let (low, cross, other) = (a_low * b_low, a_high * b_low, a_low * b_high);
    let middle = (low >> 64) + (cross & LIMB) + (other & LIMB);
    let high = a_high * b_high + (cross >> 64) + (other >> 64) + (middle >> 64);
    (high, ((middle & LIMB) << 64) | (low & LIMB))
}

proptest! {
    #[test]
    fn a_quotient_times_its_divisor_is_next_below_the_product(
        a: u128,
        b: u64,
        c in 1_u128..,
        shifts in (0_u32..128, 0_u32..64, 0_u32..128),
    ) {
        // Of all lengths, and with long runs of ones, where an estimate is most wrong.
        for (a, b, c) in [(a, b, c), (!0, !0, !0 << 64 | c >> 64), (!0 << 64, b | !0 << 32, !0)] {
            let (a, b, c) = (a >> shifts.0, u128::from(b >> shifts.1), (c >> shifts.2).max(1));
            let a = a % c;
            let quotient = mul_div(a, b, c);
            prop_assert!(product(quotient, c) <= product(a, b));
            prop_assert!(product(quotient + 1, c) > product(a, b));
        }
    }
}

#[test]
fn shares_print_as_percent() {
    let cases =
        [(0, "0 %"), (562_500_000, "56.25 %"), (1_000_000_000, "100 %"), (1, "0.0000001 %")];
    for (parts, text) in cases {
        assert_eq!(Perbill::from_parts(parts).to_string(), text);
    }
}
