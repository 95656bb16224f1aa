//! How the stake of voters is spread over the winners.
//!
//! Filled voter by voter ([`Spread::push`], [`Spread::close_voter`]); the stake of every voter is spent to the last
//! unit, unless all its shares were rounded to nothing, which takes a stake of fewer units than winners.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices and ranges are made here; a voter spends a stake below 2^64, and there are at most 2^16 voters, \
              so that all sums stay below 2^80"
)]

use super::normalise::normalise;
use std::ops::Range;

/// What a voter spends, and where its shares stand.
#[derive(Clone, Debug)]
pub(super) struct Spender {
    /// The voter's stake.
    pub stake: u128,
    /// Its shares in [`Spread::candidates`] and [`Spread::weights`].
    pub shares: Range<usize>,
}

/// Shares of voters in winners.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    /// By ballot, in the order of the electorate.
    pub spenders: Vec<Spender>,
    /// By share: the candidate, by index.
    pub candidates: Vec<usize>,
    /// By share: the stake.
    pub weights: Vec<u128>,
    /// By candidate: the stake behind it.
    pub backed: Vec<u128>,
}

impl Spread {
    /// Nothing spread yet.
    pub(super) fn new(candidates: usize, voters: usize, edges: usize) -> Self {
        Self {
            spenders: Vec::with_capacity(voters),
            candidates: Vec::with_capacity(edges),
            weights: Vec::with_capacity(edges),
            backed: vec![0; candidates],
        }
    }

    /// Adds a share of the voter that is being filled; one of nothing is left out.
    pub(super) fn push(&mut self, candidate: usize, weight: u128) {
        if weight > 0 {
            self.candidates.push(candidate);
            self.weights.push(weight);
            self.backed[candidate] += weight;
        }
    }

    /// Ends the voter that is being filled: its shares are made to sum up to its stake.
    pub(super) fn close_voter(&mut self, stake: u128) {
        let first = self.spenders.last().map_or(0, |last| last.shares.end);
        let shares = first..self.weights.len();
        self.spenders.push(Spender { stake, shares: shares.clone() });
        self.spend_all(shares, stake);
    }

    /// Makes shares sum up to `stake`.
    pub(super) fn spend_all(&mut self, shares: Range<usize>, stake: u128) {
        for share in shares.clone() {
            self.backed[self.candidates[share]] -= self.weights[share];
        }
        normalise(&mut self.weights[shares.clone()], stake);
        for share in shares {
            self.backed[self.candidates[share]] += self.weights[share];
        }
    }
}
