//! A poll of the collective: pure.
//!
//! Inputs: ballots. Outputs: sums. Invariants: an account has one ballot at most. Bounds: as many ballots as
//! the collective has members, and as many more as were replaced by new members while the poll was open.

use crate::curve::Ppb;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{AccountId, Slot};

/// What a member said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Ballot {
    /// Who.
    pub who: AccountId,
    /// For the call.
    pub aye: bool,
    /// How many votes the member's rank had then.
    pub votes: u32,
}

/// Whether the collective vouches for a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Poll {
    /// The first slot in which nobody can vote any more.
    pub end: Slot,
    /// In the order of the first vote of each.
    pub ballots: Vec<Ballot>,
}

impl Poll {
    /// A poll without a vote.
    #[must_use]
    pub const fn until(end: Slot) -> Self {
        Self { end, ballots: Vec::new() }
    }

    /// Puts a ballot in, in place of the account's earlier one. False where there are `ballots_max` others.
    #[must_use]
    pub fn put(&mut self, ballot: Ballot, ballots_max: u32) -> bool {
        if let Some(earlier) = self.ballots.iter_mut().find(|earlier| earlier.who == ballot.who) {
            *earlier = ballot;
            return true;
        }
        let count = u32::try_from(self.ballots.len()).unwrap_or(u32::MAX);
        if count >= ballots_max {
            return false;
        }
        self.ballots.push(ballot);
        true
    }

    /// The votes for the call.
    #[must_use]
    pub fn ayes(&self) -> u32 {
        let ayes = self.ballots.iter().filter(|ballot| ballot.aye);
        ayes.fold(0, |sum, ballot| sum.saturating_add(ballot.votes))
    }

    /// True where the ayes are at least `threshold` of `all` votes, and there are any.
    #[must_use]
    pub fn is_passed(&self, threshold: Ppb, all: u32) -> bool {
        let ayes = self.ayes();
        let (have, whole) = (u64::from(ayes), u64::from(Ppb::ONE.parts()));
        let need = u64::from(all).saturating_mul(threshold.parts().into());
        ayes > 0 && have.saturating_mul(whole) >= need
    }
}
