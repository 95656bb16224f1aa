//! How stake is spread, as numbers for people: nothing here changes anything or is part of any rule.
//!
//! Integers only; sums of any size are scaled down together, which changes shares by less than a billionth.

use super::Perbill;
use serin_state::types::Balance;

/// Bits that a sum may have so that products with counts stay in 128.
const SUM_BITS: u32 = 88;

/// The Gini coefficient: 0 where all have the same, near 1 where one has all. 0 of nothing.
#[must_use]
pub fn gini(amounts: &[Balance]) -> Perbill {
    let mut amounts = scaled(amounts);
    amounts.sort_unstable();
    let (mut sum, mut ranked) = (0_u128, 0_u128);
    for (rank, amount) in (1_u128..).zip(&amounts) {
        sum = sum.saturating_add(*amount);
        ranked = ranked.saturating_add(rank.saturating_mul(*amount));
    }
    if sum == 0 {
        return Perbill::ZERO;
    }
    let count = u128::try_from(amounts.len()).unwrap_or(u128::MAX);
    let above =
        ranked.saturating_mul(2).saturating_sub(count.saturating_add(1).saturating_mul(sum));
    Perbill::from_rational(above, count.saturating_mul(sum))
}

/// The Nakamoto coefficient: how few of them have more than `numerator / denominator` of all together. 0 of nothing.
#[must_use]
pub fn nakamoto(amounts: &[Balance], numerator: u128, denominator: u128) -> u32 {
    let mut amounts = scaled(amounts);
    amounts.sort_unstable_by(|one, other| other.cmp(one));
    let all = amounts.iter().fold(0_u128, |sum, amount| sum.saturating_add(*amount));
    let limit = all.saturating_mul(numerator);
    let (mut sum, mut count) = (0_u128, 0_u32);
    for amount in amounts {
        if sum.saturating_mul(denominator) > limit {
            break;
        }
        sum = sum.saturating_add(amount);
        count = count.saturating_add(1);
    }
    if all == 0 { 0 } else { count }
}

/// The amounts, all shifted by the same number of bits so that their sum has [`SUM_BITS`].
fn scaled(amounts: &[Balance]) -> Vec<u128> {
    let sum = amounts.iter().fold(0_u128, |sum, amount| sum.saturating_add(amount.0));
    let bits = u128::BITS.saturating_sub(sum.leading_zeros());
    let shift = bits.saturating_sub(SUM_BITS);
    amounts.iter().map(|amount| amount.0.checked_shr(shift).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_those_of_textbooks() {
        const MAX: u128 = u128::MAX / 4;
        let cases: [(&str, &[u128], u32, u32, u32); 7] = [
            ("nobody", &[], 0, 0, 0),
            ("nothing", &[0, 0], 0, 0, 0),
            ("one", &[7], 0, 1, 1),
            ("four alike: two are more than a third, three more than two thirds", &[5; 4], 0, 2, 3),
            ("one has all", &[0, 0, 0, 9], 750_000_000, 1, 1),
            ("1, 2, 3, 4", &[3, 1, 4, 2], 250_000_000, 1, 2),
            ("huge amounts", &[MAX, MAX, MAX], 0, 2, 3),
        ];
        for (why, amounts, expected, third, two_thirds) in cases {
            let amounts: Vec<Balance> = amounts.iter().map(|amount| Balance(*amount)).collect();
            assert_eq!(gini(&amounts), Perbill::from_parts(expected), "{why}");
            assert_eq!(nakamoto(&amounts, 1, 3), third, "{why}");
            assert_eq!(nakamoto(&amounts, 2, 3), two_thirds, "{why}");
        }
    }
}
