//! How much an era pays: Kusama's inflation curve, in integers.
//!
//! With x the staked share of all tokens, a year's inflation for stakers is `min + (max - min) * adjustment`, where the adjustment is `x / ideal`
//! up to the ideal share, and halves for every `falloff` above it. The treasury gets what the highest inflation would pay beyond that. Shares
//! are in parts of 10^18 and each step rounds as Kusama's does (polkadot-runtime-common, `relay_era_payout`; pallet-staking-reward-fn 25), so
//! that results are equal to the unit; `testnet/peers` compares them.
//!
//! The power of two is the Taylor series of `exp(-(x - ideal) / falloff * ln 2)`: 300 terms at most, each rounded down.
//! A falloff below one percent leaves nothing above the ideal, as there; neither do 64 halvings, where theirs leaves a few parts of rounding.

use crate::staking::{EraNumbers, perbill::mul_div};
use serin_state::types::Balance;

/// All, in parts.
const ONE: u128 = 1_000_000_000_000_000_000;
/// The natural logarithm of two, in parts.
const LN2: u128 = 693_147_180_559_945_309;
/// Milliseconds of a year of 365.25 days.
const YEAR_MS: u128 = 31_557_600_000;
/// Terms of the series.
const TERMS: u128 = 300;
/// After so many halvings less than a part is left, and terms might not fit.
const HALVINGS: u128 = 64;
/// Of a billion, in parts.
const BILLIONTH: u128 = 1_000_000_000;

/// What an era pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EraPay {
    /// To validators and nominators, if everybody claims it.
    pub stakers: Balance,
    /// To the treasury.
    pub treasury: Balance,
}

/// What an era of `elapsed_ms` pays where `staked` of `issuance` was at stake.
#[must_use]
pub fn era_pay(
    numbers: &EraNumbers,
    staked: Balance,
    issuance: Balance,
    elapsed_ms: u64,
) -> EraPay {
    let parts =
        |share: crate::staking::Perbill| u128::from(share.parts()).saturating_mul(BILLIONTH);
    let (least, most) = (parts(numbers.inflation_min), parts(numbers.inflation_max));
    let elapsed = elapsed_ms.min(numbers.paid_ms_max);
    let period = ratio(elapsed.into(), YEAR_MS);
    let share = ratio(staked.0, issuance.0);
    let adjusted = adjustment(share, parts(numbers.ideal_stake), parts(numbers.falloff));
    let rate = least.saturating_add(product(most.saturating_sub(least), adjusted));
    let highest = of(product(period, most), issuance);
    let stakers = of(product(period, rate.min(ONE)), issuance);
    EraPay { stakers, treasury: highest.saturating_sub(stakers) }
}

/// How near inflation is to its highest, in parts of 10^18: all where the staked share is ideal.
#[must_use]
pub fn adjustment(share: u128, ideal: u128, falloff: u128) -> u128 {
    if share < ideal {
        return ratio(share, ideal);
    }
    if falloff < ONE.div_euclid(100) {
        return 0;
    }
    let over = share.min(ONE).saturating_sub(ideal);
    if over > falloff.saturating_mul(HALVINGS) {
        return 0;
    }
    let rate = mul_div(LN2, ONE, falloff);
    // At most 10^18 * 70 * 10^18: below 2^127.
    let step = over.saturating_mul(rate);
    let (mut positive, mut negative) = (ONE, 0_u128);
    let mut term = ONE;
    for k in 1..TERMS {
        // Three divisions, each rounded down, are one by the product; it is below 3 * 10^38.
        term = mul_div(term, step, k.saturating_mul(ONE).saturating_mul(ONE));
        if term == 0 {
            break;
        }
        let sum = if k.rem_euclid(2) == 0 { &mut positive } else { &mut negative };
        *sum = sum.saturating_add(term);
    }
    positive.saturating_sub(negative).min(ONE)
}

/// `part / whole` in parts, rounded down, at most one; one where `whole` is zero.
fn ratio(part: u128, whole: u128) -> u128 {
    if part >= whole { ONE } else { mul_div(part, ONE, whole) }
}

/// The product of two shares, rounded down.
fn product(one: u128, other: u128) -> u128 {
    // Both are at most 10^18.
    one.saturating_mul(other).div_euclid(ONE)
}

/// The share of `amount`, rounded to the nearest unit, down where two are as near.
fn of(share: u128, Balance(amount): Balance) -> Balance {
    let (high, low) = (amount.div_euclid(ONE), amount.rem_euclid(ONE));
    let rest = low.saturating_mul(share);
    let up = u128::from(rest.rem_euclid(ONE) > ONE.div_euclid(2));
    let whole = high.saturating_mul(share).saturating_add(rest.div_euclid(ONE));
    Balance(whole.saturating_add(up))
}

#[cfg(test)]
mod tests;
