//! Balancing: each voter in turn moves its stake to the least backed of its winners, again and again.
//!
//! Keeps the winners and raises the least support (the paper, section 4.2 and appendix A). One voter is balanced by
//! filling up: its shares are taken back, its winners are ordered by what others put behind them, and the stake
//! raises the lowest of them to one level. Equal to `balance` of sp-npos-elections 44.
//!
//! # Bounds
//! At most [`Balancing::iterations`] passes over all shares; nothing is allocated.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices and ranges come from the Spread; stakes are below 2^64, sums of them below 2^80, and a sum times \
              the count of a voter's winners, at most 24, below 2^85"
)]

use super::{TARGETS_MAX, spread::Spread};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How long to balance.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Balancing {
    /// Most passes over all voters.
    pub iterations: u8,
    /// A voter whose winners are closer than this, in units of scaled stake, is left as it is; a pass without any
    /// wider gap is the last.
    pub tolerance: u64,
}

impl Spread {
    /// Balances all voters in their order, until a pass finds no gap above the tolerance.
    pub(super) fn balance(&mut self, balancing: Balancing) {
        let tolerance = u128::from(balancing.tolerance);
        for _ in 0..balancing.iterations {
            let mut widest = 0;
            for spender in 0..self.spenders.len() {
                widest = widest.max(self.balance_voter(spender, tolerance));
            }
            if widest <= tolerance {
                break;
            }
        }
    }

    /// Balances one voter; the gap there was between its winners.
    fn balance_voter(&mut self, spender: usize, tolerance: u128) -> u128 {
        let (stake, shares) = (self.spenders[spender].stake, self.spenders[spender].shares.clone());
        if shares.len() <= 1 {
            return 0;
        }
        let gap = self.gap(spender);
        if gap < tolerance {
            return gap;
        }
        for share in shares.clone() {
            self.backed[self.candidates[share]] -= self.weights[share];
            self.weights[share] = 0;
        }
        let mut order = [0; TARGETS_MAX];
        let order = &mut order[..shares.len()];
        for (place, share) in order.iter_mut().zip(shares.clone()) {
            *place = share;
        }
        order.sort_unstable_by_key(|&share| (self.backed[self.candidates[share]], share));
        self.fill_up(order, stake);
        self.spend_all(shares, stake);
        gap
    }

    /// The distance between the best backed winner that the voter spends on and the least backed one it approves.
    fn gap(&self, spender: usize) -> u128 {
        let (mut highest, mut lowest) = (0, u128::MAX);
        for share in self.spenders[spender].shares.clone() {
            let backed = self.backed[self.candidates[share]];
            lowest = lowest.min(backed);
            if self.weights[share] > 0 {
                highest = highest.max(backed);
            }
        }
        highest.saturating_sub(lowest)
    }

    /// Raises the first of `order`, shares by the stake behind their winners, to the level that `stake` reaches.
    fn fill_up(&mut self, order: &[usize], stake: u128) {
        let (mut below, mut ways, mut top) = (0, 0, 0);
        for share in order {
            let backed = self.backed[self.candidates[*share]];
            // To raise all before it to this one's level must cost no more than there is.
            if (backed * ways).saturating_sub(below) > stake {
                break;
            }
            below += backed;
            ways += 1;
            top = backed;
        }
        assert!(ways > 0, "to raise none costs nothing");
        let each = (stake + below - top * ways) / ways;
        for share in order {
            let backed = &mut self.backed[self.candidates[*share]];
            if ways == 0 {
                break;
            }
            ways -= 1;
            self.weights[*share] = each + top - *backed;
            *backed = each + top;
        }
    }
}
