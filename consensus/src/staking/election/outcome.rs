//! What an election gives: winners in order, who stands behind each with how much, and how good it is.
//!
//! Kusama hands on a voter's spread as shares in parts per billion and makes stakes of them again. Both roundings are
//! repeated here, so that every stake is equal to the one that Kusama would expose.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices and ranges come from the Spread of the same electorate; stakes are below 2^64 and times a billion \
              below 2^94; stakes that are divided by belong to voters with shares, which are never zero"
)]

use super::normalise::normalise;
use super::{Electorate, TARGETS_MAX, spread::Spread};
use serin_state::types::AccountId;
use std::cmp::Ordering;

const BILLION: u128 = 1_000_000_000;

/// One voter's stake behind a winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backing {
    /// Who.
    pub voter: AccountId,
    /// How much, in scaled stake. Zero is possible where stakes are a few units.
    pub stake: u64,
}

/// A candidate with a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Winner {
    /// Who.
    pub account: AccountId,
    /// The stake behind it as the method ends, before shares are rounded to parts per billion.
    pub backed: u128,
    /// The sum of `backers`, in scaled stake.
    pub support: u128,
    /// Who stands behind it, in the order of the ballots.
    pub backers: Vec<Backing>,
}

/// The result of an election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In the order of their election. A candidate whom nobody backs wins only where seats are left.
    pub winners: Vec<Winner>,
}

/// How good an outcome is: a greater one is better.
///
/// The least support counts first, the more the better; then the sum, the more the better; then the sum of squares,
/// the less the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Score {
    /// The least support of a winner with backers; the largest number where there is none.
    pub minimal_stake: u128,
    /// All supports.
    pub sum_stake: u128,
    /// The squares of all supports; saturates.
    pub sum_stake_squared: u128,
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_minimum = self.minimal_stake.cmp(&other.minimal_stake);
        let by_sum = self.sum_stake.cmp(&other.sum_stake);
        let by_squares = other.sum_stake_squared.cmp(&self.sum_stake_squared);
        by_minimum.then(by_sum).then(by_squares)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Outcome {
    /// How good it is, by its winners with backers.
    #[must_use]
    pub fn score(&self) -> Score {
        let none = Score { minimal_stake: u128::MAX, sum_stake: 0, sum_stake_squared: 0 };
        self.backed().fold(none, |score, winner| Score {
            minimal_stake: score.minimal_stake.min(winner.support),
            sum_stake: score.sum_stake.saturating_add(winner.support),
            sum_stake_squared: score
                .sum_stake_squared
                .saturating_add(winner.support.saturating_mul(winner.support)),
        })
    }

    /// The winners with backers.
    pub(super) fn backed(&self) -> impl Iterator<Item = &Winner> {
        self.winners.iter().filter(|winner| !winner.backers.is_empty())
    }
}

/// Collects who stands behind whom.
pub(super) fn of(electorate: &Electorate, winners: &[usize], spread: &Spread) -> Outcome {
    let mut seats = vec![usize::MAX; electorate.candidates().len()];
    for (seat, candidate) in winners.iter().enumerate() {
        seats[*candidate] = seat;
    }
    let winner = |candidate: &usize| Winner {
        account: electorate.candidates()[*candidate],
        backed: spread.backed[*candidate],
        support: 0,
        backers: Vec::new(),
    };
    let mut winners: Vec<Winner> = winners.iter().map(winner).collect();
    for (ballot, spender) in electorate.ballots().iter().zip(&spread.spenders) {
        let weights = &spread.weights[spender.shares.clone()];
        let candidates = &spread.candidates[spender.shares.clone()];
        let mut places = [0; TARGETS_MAX];
        let mut stakes = [0; TARGETS_MAX];
        let count = rounded(ballot.stake, weights, &mut places, &mut stakes);
        for (place, stake) in places.iter().zip(&stakes).take(count) {
            let winner = &mut winners[seats[candidates[*place]]];
            winner.support += *stake;
            let stake = u64::try_from(*stake).unwrap_or(u64::MAX);
            winner.backers.push(Backing { voter: ballot.voter, stake });
        }
    }
    Outcome { winners }
}

/// The stakes of a voter by way of parts per billion, and which of its shares they belong to; how many there are.
fn rounded(
    stake: u64,
    weights: &[u128],
    places: &mut [usize; TARGETS_MAX],
    stakes: &mut [u128; TARGETS_MAX],
) -> usize {
    let stake = u128::from(stake);
    let mut count = 0;
    for (place, weight) in weights.iter().enumerate() {
        let parts = weight * BILLION / stake;
        if parts > 0 {
            places[count] = place;
            stakes[count] = parts;
            count += 1;
        }
    }
    let stakes = &mut stakes[..count];
    normalise(stakes, BILLION);
    for share in stakes.iter_mut() {
        let product = stake * *share;
        // To the nearest unit, down where two are as near.
        *share = product / BILLION + u128::from(product % BILLION > BILLION / 2);
    }
    normalise(stakes, stake);
    count
}
