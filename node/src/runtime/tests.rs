//! Prices: fees, the multiplier and the relations of parameters, against numbers worked out by hand.
//!
//! What needs a chain (calls, blocks, proofs) is tested over the public interface in `tests/it`.
//! Here are the formulas alone, at their edges.

use super::fee::{Usage, adjust, fee, treasury_part};
use super::{FeeMultiplier, Parameters, ParametersError, weight};
use serin_state::types::{Balance, Weight};

fn usage(weight: u64, bytes: u64) -> Usage {
    Usage { weight: Weight(weight), bytes }
}

#[test]
fn a_fee_is_base_and_bytes_and_weight_times_the_multiplier_rounded_up() {
    let parameters = Parameters::kusama(6_000);
    let one = FeeMultiplier::ONE;
    #[rustfmt::skip]
    let cases = [
        (usage(0, 0), one, 33_333_333, "the base alone"),
        (usage(0, 200), one, 33_333_333 + 200 * 3_333_333, "and bytes"),
        (usage(100_000_000, 0), one, 33_333_333 + 100 * 300_000, "and a hundred microseconds"),
        (usage(1, 0), one, 33_333_333 + 1, "a part of a unit is a unit"),
        (usage(0, 0), FeeMultiplier(2_000_000_000), 66_666_666, "twice as full for long"),
        (usage(0, 0), FeeMultiplier(100_000_000), 3_333_334, "a tenth, rounded up"),
        (usage(u64::MAX, u64::MAX), one, 61_489_146_297_473_702_959_681_613, "nothing wraps"),
    ];
    for (used, multiplier, expected, why) in cases {
        assert_eq!(fee(&parameters, multiplier, &used), Balance(expected), "{why}");
    }
    let dear = Parameters { byte_fee: Balance(u128::MAX), ..parameters };
    assert!(fee(&dear, one, &usage(1, 2)) > Balance(u128::MAX / 2_000_000_000), "it saturates");
}

#[test]
fn the_multiplier_follows_fullness() {
    let parameters = Parameters::kusama(6_000);
    let limit = parameters.ordinary_limit();
    let one = FeeMultiplier::ONE;
    let part = |percent: u64| usage(limit.weight.0 / 100 * percent, 0);
    let cases = [
        (part(25), one, 1_000_000_000, "at the target it stays"),
        (part(0), one, 999_981_250, "empty: 1 - 18.75 millionths"),
        (part(100), one, 1_000_056_251, "full: 1 + 56.25 millionths and half their square"),
        (usage(0, limit.bytes), one, 1_000_056_251, "full of bytes counts as full"),
        (usage(u64::MAX, u64::MAX), one, 1_000_056_251, "never more than full"),
        (part(0), FeeMultiplier(100_000_000), 100_000_000, "the lower bound"),
        (part(100), FeeMultiplier(1_000_000_000_000), 1_000_000_000_000, "the upper bound"),
        (part(0), FeeMultiplier(1), 100_000_000, "below the bound by new parameters"),
    ];
    for (used, before, expected, why) in cases {
        let after = adjust(&parameters, before, &used);
        assert_eq!(after.0, expected, "{why}");
    }
}

#[test]
fn a_day_of_full_blocks_raises_the_price_as_kusamas_does() {
    // 14,400 blocks at d = 56.25 millionths: e^0.81 = 2.2479.
    let parameters = Parameters::kusama(6_000);
    let full = parameters.ordinary_limit();
    let after = (0..14_400).fold(FeeMultiplier::ONE, |m, _| adjust(&parameters, m, &full));
    assert!((2_247_000_000..2_249_000_000).contains(&after.0), "{after:?}");
}

#[test]
fn the_treasurys_part_is_exact() {
    let mut parameters = Parameters::kusama(6_000);
    let cases = [(800_000, 7, 5), (0, 9, 0), (1_000_000, 9, 9), (333_333, 1_000_001, 333_333)];
    for (share, fees, expected) in cases {
        parameters.treasury_share_ppm = share;
        assert_eq!(treasury_part(&parameters, Balance(fees)), Balance(expected), "{share} {fees}");
    }
    parameters.treasury_share_ppm = 1_000_000;
    assert_eq!(treasury_part(&parameters, Balance(u128::MAX)), Balance(u128::MAX));
}

#[test]
fn parameters_hold_their_relations() {
    type Change = fn(&mut Parameters);
    use ParametersError as Error;
    assert_eq!(Parameters::kusama(50).check(), Ok(()), "the shortest slots");
    #[rustfmt::skip]
    let cases: [(Change, Error); 13] = [
        (|p| p.existential_deposit = Balance::ZERO, Error::ExistentialDepositZero),
        (|p| p.treasury_share_ppm = 1_000_001, Error::TreasuryShare),
        (|p| p.reserved_ppm = 1_000_000, Error::Reserved),
        (|p| p.fullness_target_ppm = 0, Error::FullnessTarget),
        (|p| p.fullness_target_ppm = 1_000_000, Error::FullnessTarget),
        (|p| p.multiplier_speed_ppm = 100_001, Error::MultiplierSpeed),
        (|p| p.multiplier_min_ppb = 0, Error::MultiplierBounds),
        (|p| p.multiplier_min_ppb = 1_000_000_001, Error::MultiplierBounds),
        (|p| p.multiplier_max_ppb = 999_999_999, Error::MultiplierBounds),
        (|p| p.block_bytes_max = 87_000, Error::BytesTooFew),
        (|p| p.block_bytes_max = 4 << 20, Error::BytesTooMany),
        (|p| p.block_weight_max = Weight(1_000_000_000), Error::WeightTooLittle),
        (|p| p.byte_fee = Balance(u128::MAX), Error::FeeTooHigh),
    ];
    for (change, error) in cases {
        let mut parameters = Parameters::kusama(6_000);
        change(&mut parameters);
        assert_eq!(parameters.check(), Err(error));
    }
}

#[test]
fn a_quarter_of_a_block_is_reserved() {
    let parameters = Parameters::kusama(6_000);
    assert_eq!(parameters.block_weight_max, Weight(2_000_000_000_000), "two seconds of six");
    assert_eq!(parameters.ordinary_weight_max(), Weight(1_500_000_000_000));
    assert_eq!(parameters.ordinary_bytes_max() * 4, parameters.block_bytes_max * 3);
    let transfers = parameters.ordinary_weight_max().0 / (weight::TRANSACTION.0 + 40_000_000);
    assert_eq!(transfers, 15_000, "transfers in a block of six seconds");
}
