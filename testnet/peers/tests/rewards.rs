//! The inflation curve against pallet-staking-reward-fn 25 over random numbers, to the part of 10^18, and an era's pay against Kusama's rule
//! written with that function and sp-arithmetic's types; and shares of amounts, rounded down or to the nearest, against sp-arithmetic 29.
//!
//! One seed gives all inputs; it is printed where they differ. Run with `cargo test --features rewards`.
#![allow(clippy::unwrap_used, reason = "a comparison, no part of a node")]

use pallet_staking_reward_fn::compute_inflation;
use serin_consensus::staking::era::curve::{adjustment, era_pay};
use serin_consensus::staking::{Parameters, Perbill};
use serin_peers::inputs;
use serin_state::types::{Balance, Hash};
use sp_arithmetic::Perquintill;

const ONE: u64 = 1_000_000_000_000_000_000;

/// Number `index` of a stream.
fn drawn(index: u64) -> u128 {
    let hash = Hash::of(&index.to_le_bytes());
    u128::from_le_bytes(hash.0[..16].try_into().unwrap())
}

fn share(index: u64) -> u64 {
    u64::try_from(drawn(index) % u128::from(ONE + 1)).unwrap()
}

#[test]
fn the_adjustment_is_equal_for_every_share_ideal_and_falloff() {
    let edges = [0, 1, ONE / 100 - 1, ONE / 100, ONE / 4 * 3, ONE - 1, ONE];
    let all = edges.iter().flat_map(|x| edges.iter().flat_map(|i| edges.map(|f| (*x, *i, f))));
    let random =
        (0..inputs(20_000)).map(|n| (share(3 * n), share(3 * n + 1), share(3 * n + 2) / 8));
    for (x, ideal, falloff) in all.chain(random) {
        let [a, b, c] = [x, ideal, falloff].map(Perquintill::from_parts);
        let theirs = compute_inflation(a, b, c).deconstruct();
        let ours = adjustment(x.into(), ideal.into(), falloff.into());
        if u128::from(x.saturating_sub(ideal)) > u128::from(falloff) * 64 && falloff >= ONE / 100 {
            // A part of 10^18 is left at most; their terms leave a little of their rounding.
            assert!(
                ours == 0 && theirs < 1_000,
                "x {x}, ideal {ideal}, falloff {falloff}: {theirs}"
            );
        } else {
            assert_eq!(ours, u128::from(theirs), "x {x}, ideal {ideal}, falloff {falloff}");
        }
    }
}

/// Kusama's rule (polkadot-runtime-common, `relay_era_payout`), restated.
fn their_pay(staked: u128, issuance: u128, elapsed_ms: u64) -> (u128, u128) {
    let [least, most, ideal, falloff] =
        [25, 100, 750, 50].map(|n| Perquintill::from_rational(n, 1_000_u64));
    let stake = Perquintill::from_rational(staked, issuance);
    let period = Perquintill::from_rational(elapsed_ms, 31_557_600_000);
    let rate = Perquintill::from_parts(
        least.deconstruct()
            + ((most - least) * compute_inflation(stake, ideal, falloff)).deconstruct(),
    );
    let highest = period * most * issuance;
    let stakers = (period * rate) * issuance;
    (stakers, highest.saturating_sub(stakers))
}

#[test]
fn an_eras_pay_is_equal_to_the_unit() {
    let numbers = Parameters::kusama(6_000).eras;
    assert_eq!(numbers.ideal_stake, Perbill::from_percent(75));
    for number in 0..inputs(20_000) {
        let issuance = (drawn(5 * number) >> (8 + drawn(5 * number + 1) % 100)).max(1);
        let staked = drawn(5 * number + 2) % (issuance + issuance / 8 + 1);
        let elapsed =
            u64::try_from(drawn(5 * number + 3) % u128::from(numbers.paid_ms_max)).unwrap();
        let pay = era_pay(&numbers, Balance(staked), Balance(issuance), elapsed);
        let theirs = their_pay(staked, issuance, elapsed);
        assert_eq!(
            (pay.stakers.0, pay.treasury.0),
            theirs,
            "input {number}: {staked} of {issuance}, {elapsed} ms"
        );
    }
}

#[test]
fn shares_are_rounded_as_sp_arithmetic_rounds_them() {
    for number in 0..inputs(20_000) {
        let amount = drawn(4 * number) >> (drawn(4 * number + 1) % 128);
        let part = u32::try_from(drawn(4 * number + 2) % 1_000_000_001).unwrap();
        let whole = drawn(4 * number + 3) >> (drawn(4 * number + 1) / 128 % 128);
        let (ours, theirs) = (Perbill::from_parts(part), sp_arithmetic::Perbill::from_parts(part));
        // To the nearest unit, down where two are as near: slashes. Down: rewards.
        assert_eq!(ours.of(Balance(amount)).0, theirs * amount, "{part} ppb of {amount}");
        assert_eq!(
            ours.of_floor(Balance(amount)).0,
            theirs.mul_floor(amount),
            "{part} of {amount}"
        );
        assert_eq!(ours.square().parts(), theirs.square().deconstruct(), "{part}");
        let ratio = sp_arithmetic::Perbill::from_rational(amount, whole).deconstruct();
        assert_eq!(Perbill::from_rational(amount, whole).parts(), ratio, "{amount} of {whole}");
    }
}
