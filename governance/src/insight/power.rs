//! Banzhaf's index: how often a voter's change of mind changes the outcome, if all sides were equally likely.
//!
//! A coalition wins with more than half of all weight. For up to [`EXACT_MAX`] voters every coalition is tried,
//! in integers. Beyond that it is an estimate, and says so: the [`INDIVIDUALS_MAX`] heaviest are drawn
//! [`SAMPLES`] times, all others are taken to vote half for and half against. The draws depend on nothing but a
//! fixed seed, so that every node gives the same estimate; its error is about half a percent of all coalitions.

use crate::curve::Ppb;
use serde::Serialize;
use serin_state::random::Random;
use serin_state::types::Balance;

/// Up to so many voters the index is exact: 2^20 coalitions.
pub const EXACT_MAX: usize = 20;
/// So many of the heaviest have an index of their own in an estimate.
pub const INDIVIDUALS_MAX: usize = 64;
/// Coalitions drawn for an estimate.
pub const SAMPLES: u64 = 16_384;

/// The power index of the heaviest voters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Power {
    /// For each, heaviest first: its share of all changes of outcome, in parts per billion.
    pub shares: Vec<Ppb>,
    /// True where every coalition was tried; else see [`SAMPLES`].
    pub is_exact: bool,
}

/// Banzhaf's index of `weights`, heaviest first. Weights of zero have none and are left out.
#[must_use]
pub fn power(weights: &[Balance]) -> Power {
    let mut sorted: Vec<u128> = weights.iter().map(|weight| weight.0).collect();
    sorted.retain(|weight| *weight > 0);
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let is_exact = sorted.len() <= EXACT_MAX;
    let others = if is_exact { Vec::new() } else { split(&mut sorted) };
    let sum = |weights: &[u128]| weights.iter().fold(0_u128, |sum, w| sum.saturating_add(*w));
    let (individuals, rest) = (sum(&sorted), sum(&others));
    let mut game = Game {
        // More than half of all, of which the others give half of theirs.
        bar: individuals.saturating_add(rest) / 2,
        base: rest / 2,
        changes: vec![0; sorted.len()],
        weights: sorted,
    };
    if is_exact {
        for coalition in 0..1_u64.checked_shl(count(&game.weights)).unwrap_or_default() {
            game.play(coalition);
        }
    } else {
        let random = Random::from_number(0);
        for number in 0..SAMPLES {
            game.play(random.draw("power index", 0, number).number());
        }
    }
    Power { shares: game.shares(), is_exact }
}

/// Takes all but the heaviest out of a descending list.
fn split(sorted: &mut Vec<u128>) -> Vec<u128> {
    if sorted.len() > INDIVIDUALS_MAX { sorted.split_off(INDIVIDUALS_MAX) } else { Vec::new() }
}

fn count(weights: &[u128]) -> u32 {
    u32::try_from(weights.len()).unwrap_or(u32::MAX)
}

/// A weighted vote, and how often each voter has changed its outcome so far.
struct Game {
    weights: Vec<u128>,
    base: u128,
    bar: u128,
    changes: Vec<u64>,
}

impl Game {
    /// Counts who changes the outcome of one coalition, whose members are the bits set.
    fn play(&mut self, coalition: u64) {
        let is_member = |at: u32| coalition.checked_shr(at).unwrap_or_default() & 1 == 1;
        let members = (0_u32..).zip(&self.weights).filter(|(at, _)| is_member(*at));
        let sum = members.fold(self.base, |sum, (_, weight)| sum.saturating_add(*weight));
        for ((at, weight), changes) in (0_u32..).zip(&self.weights).zip(&mut self.changes) {
            let other = if is_member(at) {
                sum.saturating_sub(*weight)
            } else {
                sum.saturating_add(*weight)
            };
            if (sum > self.bar) != (other > self.bar) {
                *changes = changes.saturating_add(1);
            }
        }
    }

    fn shares(&self) -> Vec<Ppb> {
        let all = self.changes.iter().fold(0_u64, |sum, changes| sum.saturating_add(*changes));
        let share = |changes: &u64| {
            if all == 0 { Ppb::ZERO } else { Ppb::ratio((*changes).into(), all.into()) }
        };
        self.changes.iter().map(share).collect()
    }
}
