//! Who decides: weights by voter, turnout, and how concentrated the power is.
//!
//! Pure functions over what accounts have said ([`crate::voting::Record`]), for the RPC and for labs. No
//! decision rests on them.
//!
//! # Bounds
//! All is n log n in the number of voters but the power index, which tries 2^20 coalitions at most
//! (`power`).

mod power;

pub use power::{EXACT_MAX, INDIVIDUALS_MAX, Power, SAMPLES, power};

use crate::ReferendumIndex;
use crate::curve::Ppb;
use crate::tally::Tally;
use crate::voting::{self, AccountVote, Record};
use core::num::NonZeroU32;
use serde::Serialize;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeMap;

/// What one voter adds to a referendum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// Who.
    pub who: AccountId,
    /// What it votes.
    pub vote: AccountVote,
    /// What its own tokens add to the tally.
    pub direct: Tally,
    /// What those who delegated to it add; nothing where the vote carries nothing.
    pub delegated: Tally,
    /// Delegated power that the vote carries or, where it splits, would carry.
    pub lent: voting::Power,
    /// How many delegated to it and have no vote of their own there.
    pub delegators: u32,
}

impl Voice {
    /// Votes for and against, its own and those lent to it.
    #[must_use]
    pub fn votes(&self) -> Balance {
        let sides = [self.direct.ayes, self.direct.nays, self.delegated.ayes, self.delegated.nays];
        sides.into_iter().fold(Balance::ZERO, Balance::saturating_add)
    }
}

/// All voices on a referendum, the heaviest first.
///
/// `records` are those of all accounts on the referendum's track; `abstention_carries` is the chain's parameter.
#[must_use]
pub fn voices(
    records: &BTreeMap<AccountId, Record>,
    index: ReferendumIndex,
    abstention_carries: bool,
) -> Vec<Voice> {
    let mut lent: BTreeMap<AccountId, (voting::Power, u32)> = BTreeMap::new();
    for record in records.values().filter(|record| record.cast(index).is_none()) {
        if let Some(delegation) = record.delegation {
            let (power, delegators) = lent.entry(delegation.target).or_default();
            *power = power.saturating_add(delegation.power());
            *delegators = delegators.saturating_add(1);
        }
    }
    let casts = records.iter().filter_map(|(who, record)| Some((*who, record.cast(index)?)));
    let voice = |(who, cast): (AccountId, &voting::Cast)| {
        let (power, delegators) = lent.get(&who).copied().unwrap_or_default();
        let side = cast.vote.carries(abstention_carries);
        Voice {
            who,
            vote: cast.vote,
            direct: Tally::of(&cast.vote),
            delegated: side.map_or(Tally::EMPTY, |side| Tally::EMPTY.raised(side, power)),
            lent: power,
            delegators,
        }
    };
    let mut voices: Vec<Voice> = casts.map(voice).collect();
    voices.sort_by_key(|voice| (core::cmp::Reverse(voice.votes()), voice.who));
    voices
}

/// How many of those who could take part did, by stake and by head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Turnout {
    /// Tokens that take part: in votes of any kind, and delegated to who votes in a way that carries.
    pub capital: Balance,
    /// That as a share of the electorate, in parts per billion.
    pub by_stake: Ppb,
    /// Accounts that take part, by a vote or by a delegation that is carried.
    pub heads: u32,
    /// That as a share of the accounts that could, in parts per billion.
    pub by_head: Ppb,
    /// Accounts among them that vote themselves.
    pub voters: u32,
}

impl Turnout {
    /// The turnout of `voices`, of an electorate that has so many tokens and accounts.
    #[must_use]
    pub fn of(
        voices: &[Voice],
        abstention_carries: bool,
        (electorate, holders): (Balance, u32),
    ) -> Self {
        let (mut capital, mut heads) = (Balance::ZERO, 0_u32);
        for voice in voices {
            capital = capital.saturating_add(voice.vote.balance());
            heads = heads.saturating_add(1);
            if voice.vote.carries(abstention_carries).is_some() {
                capital = capital.saturating_add(voice.lent.capital);
                heads = heads.saturating_add(voice.delegators);
            }
        }
        let share = |part: u128, whole: u128| {
            if whole == 0 { Ppb::ZERO } else { Ppb::ratio(part, whole) }
        };
        Self {
            capital,
            by_stake: share(capital.0, electorate.0),
            heads,
            by_head: share(heads.into(), holders.into()),
            voters: u32::try_from(voices.len()).unwrap_or(u32::MAX),
        }
    }
}

/// How unequal weights are, and how few of them decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Concentration {
    /// Gini's coefficient: nothing where all weigh the same, close to one where one has all.
    pub gini: Ppb,
    /// The least number of accounts with more than a third of the weight.
    pub nakamoto_third: u32,
    /// The least number of accounts with more than half of the weight.
    pub nakamoto_half: u32,
    /// The least number of accounts with more than two thirds of the weight.
    pub nakamoto_two_thirds: u32,
    /// Banzhaf's index of the heaviest accounts.
    pub banzhaf: Power,
}

impl Concentration {
    /// The concentration of `weights`, in any order; zeroes count as accounts without weight.
    #[must_use]
    pub fn of(weights: &[Balance]) -> Self {
        const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
        const THREE: NonZeroU32 = TWO.saturating_add(1);
        Self {
            gini: gini(weights),
            nakamoto_third: nakamoto(weights, (1, THREE)),
            nakamoto_half: nakamoto(weights, (1, TWO)),
            nakamoto_two_thirds: nakamoto(weights, (2, THREE)),
            banzhaf: power(weights),
        }
    }
}

/// Gini's coefficient of `weights`, rounded down; nothing where there is no weight.
///
/// With weights ascending: the sum of `(2 i - n - 1) x_i` over `n` times the sum of `x_i`. Exact while `n`
/// times the sum stays below 2^127; above, the lowest bits of all weights are dropped until it does.
#[must_use]
pub fn gini(weights: &[Balance]) -> Ppb {
    let mut sorted: Vec<u128> = weights.iter().map(|weight| weight.0).collect();
    sorted.sort_unstable();
    let count = u128::try_from(sorted.len()).unwrap_or(u128::MAX);
    let bits = |number: u128| u128::BITS.saturating_sub(number.leading_zeros());
    // Every weight below 2^(127 - 2 bits of n) keeps n times the sum below 2^127.
    let room = (u128::BITS.saturating_sub(1)).saturating_sub(bits(count).saturating_mul(2));
    let largest = bits(sorted.last().copied().unwrap_or_default());
    let shift = largest.saturating_sub(room);
    let (mut above, mut below, mut total) = (0_u128, 0_u128, 0_u128);
    for (rank, weight) in (1_u128..).zip(&sorted) {
        let weight = weight.checked_shr(shift).unwrap_or_default();
        let (twice, middle) = (rank.saturating_mul(2), count.saturating_add(1));
        above = above.saturating_add(twice.saturating_sub(middle).saturating_mul(weight));
        below = below.saturating_add(middle.saturating_sub(twice).saturating_mul(weight));
        total = total.saturating_add(weight);
    }
    let whole = total.saturating_mul(count);
    if whole == 0 { Ppb::ZERO } else { Ppb::ratio(above.saturating_sub(below), whole) }
}

/// The least number of `weights` that are together more than so many parts of so many of all, as 2 of 3; zero
/// where there is no weight.
#[must_use]
pub fn nakamoto(weights: &[Balance], (parts, of): (u32, NonZeroU32)) -> u32 {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let total = sorted.iter().fold(0_u128, |sum, weight| sum.saturating_add(weight.0));
    // For whole numbers, more than a share is more than that rounded down; the whole first, so that it fits.
    let (parts, of) = (u128::from(parts), u128::from(of.get()));
    let whole = total.checked_div(of).unwrap_or_default().saturating_mul(parts);
    let rest = total.checked_rem(of).unwrap_or_default().saturating_mul(parts);
    let bar = whole.saturating_add(rest.checked_div(of).unwrap_or_default());
    let mut sum = 0_u128;
    for (count, weight) in (1_u32..).zip(&sorted) {
        sum = sum.saturating_add(weight.0);
        if sum > bar {
            return count;
        }
    }
    0
}

#[cfg(test)]
mod tests;
