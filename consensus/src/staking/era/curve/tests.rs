//! The curve against Kusama's published vector and table, and what holds for all numbers.
//!
//! The differential test over random numbers is in `testnet/peers`.

use super::*;
use crate::staking::{Parameters, Perbill};
use proptest::prelude::*;

const SIX_HOURS: u64 = 6 * 60 * 60 * 1_000;

fn kusama() -> EraNumbers {
    Parameters::kusama(6_000).eras
}

#[test]
fn the_vector_that_kusamas_runtime_publishes_comes_out() {
    let (staked, issuance) =
        (Balance(8_085_567_183_241_128_549), Balance(17_016_510_054_564_053_390));
    let pay = era_pay(&kusama(), staked, issuance, SIX_HOURS);
    assert_eq!(pay.stakers, Balance(844_606_070_970_705));
    assert_eq!(pay.treasury, Balance(320_110_565_207_524));
}

#[test]
fn a_years_inflation_follows_the_table_of_kusamas_curve() {
    let issuance = 1_000_000_000_000_u128;
    // Staked percent, inflation of stakers in hundred-thousandths.
    #[rustfmt::skip]
    let cases = [
        (0, 2_500, "nothing staked"), (10, 3_500, "rising"), (25, 5_000, "rising"), (40, 6_500, "rising"),
        (47, 7_200, "rising"), (50, 7_500, "rising"), (60, 8_500, "rising"), (75, 10_000, "ideal"),
        (80, 6_250, "halved once"), (85, 4_375, "twice"), (90, 3_437, "three times"), (100, 2_734, "five times"),
    ];
    let mut numbers = kusama();
    numbers.paid_ms_max = u64::MAX;
    let year = u64::try_from(YEAR_MS).unwrap();
    for (percent, expected, why) in cases {
        let staked = Balance(issuance.div_euclid(100).saturating_mul(percent));
        let pay = era_pay(&numbers, staked, Balance(issuance), year);
        assert_eq!(pay.stakers.0.div_euclid(10_000_000), expected, "{percent} %: {why}");
        let all = pay.stakers.saturating_add(pay.treasury);
        assert_eq!(all.0, issuance.div_euclid(10), "{percent} %: ten percent in all");
    }
}

#[test]
fn an_era_is_paid_for_its_time_up_to_the_longest() {
    let pay = |elapsed| era_pay(&kusama(), Balance::tokens(7), Balance::tokens(10), elapsed);
    assert_eq!(pay(0), EraPay::default(), "no time, no pay");
    let nine_hours = SIX_HOURS / 2 * 3;
    assert!(pay(SIX_HOURS).stakers < pay(nine_hours).stakers);
    assert_eq!(pay(nine_hours), pay(nine_hours + 1));
    assert_eq!(pay(nine_hours), pay(u64::MAX), "a chain that stood still pays nine hours");
}

#[test]
fn odd_numbers_have_answers() {
    let steep = EraNumbers { falloff: Perbill::from_parts(9_999_999), ..kusama() };
    let all = Balance::tokens(1_000);
    // Below one percent Kusama's function gives up above the ideal: the least inflation is left.
    let least = era_pay(&kusama(), Balance::ZERO, all, SIX_HOURS);
    assert_eq!(era_pay(&steep, all, all, SIX_HOURS), least);
    assert_eq!(era_pay(&kusama(), Balance::ZERO, Balance::ZERO, SIX_HOURS), EraPay::default());
    let most = era_pay(&kusama(), Balance(u128::MAX), Balance(u128::MAX), u64::MAX);
    assert!(most.stakers < most.treasury, "everything staked");
}

proptest! {
    #[test]
    fn stakers_and_treasury_share_the_highest_inflation_whatever_is_staked(
        staked in any::<u128>(), issuance in 1_u128.., elapsed in any::<u64>(),
    ) {
        let pay = era_pay(&kusama(), Balance(staked), Balance(issuance), elapsed);
        let full = era_pay(&kusama(), Balance::ZERO, Balance(issuance), elapsed);
        let sum = |pay: EraPay| pay.stakers.saturating_add(pay.treasury);
        prop_assert_eq!(sum(pay), sum(full));
        prop_assert!(sum(pay).0 <= issuance.div_euclid(10));
    }

    #[test]
    fn the_adjustment_rises_to_the_ideal_and_falls_from_there(
        one in 0..=ONE, other in 0..=ONE, falloff in 10_000_000_000_000_000_u128..=ONE,
    ) {
        let ideal = ONE.div_euclid(4).saturating_mul(3);
        let (low, high) = (one.min(other), one.max(other));
        let at = |share| adjustment(share, ideal, falloff);
        prop_assert!(at(high) <= ONE);
        if high <= ideal {
            prop_assert!(at(low) <= at(high));
        } else if low >= ideal {
            // Rounding of the terms may lift a value by a few parts.
            prop_assert!(at(low).saturating_add(300) >= at(high));
        }
    }
}
