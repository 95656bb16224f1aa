//! What one account does on one track: votes, or a delegation, and what is left of earlier ones.
//!
//! # Invariants
//! 1. Votes are sorted by referendum, none twice, at most `votes_max`.
//! 2. Without `vote_while_delegating` an account that delegates has no votes.
//! 3. `received` is the sum of the power of all delegations to the account; `retracted` is, by referendum, the
//!    part of it whose owners have voted there themselves, and never more.
//!
//! # Bounds
//! With 512 votes a record has at most 28 kB.

use super::{AccountVote, Conviction, Power};
use crate::{Context, ReferendumIndex, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Slot};

/// A vote, and where the tally is that it counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Cast {
    /// On which referendum.
    pub index: ReferendumIndex,
    /// The page of the tally, which stays for as long as the referendum is ongoing.
    pub page: u32,
    /// What.
    pub vote: AccountVote,
}

/// That another votes with this account's weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Delegation {
    /// Who votes.
    pub target: AccountId,
    /// The weight, and the lock after the end.
    pub conviction: Conviction,
    /// How much.
    pub balance: Balance,
}

/// Locks of votes and delegations that are gone, as one: the largest amount until the latest end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PriorLock {
    /// Until then.
    pub until: Slot,
    /// How much.
    pub amount: Balance,
}

/// All that an account does on a track.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// Its votes, ascending by referendum; also on ended ones, until they are removed.
    pub votes: Vec<Cast>,
    /// Who votes for it.
    pub delegation: Option<Delegation>,
    /// What others have delegated to it.
    pub received: Power,
    /// What of that counts nowhere, because its owner has voted there himself; ascending by referendum.
    pub retracted: Vec<(ReferendumIndex, Power)>,
    /// What earlier votes still lock.
    pub prior: PriorLock,
}

impl PriorLock {
    /// Adds a lock: the merged one may hold more, and longer, than either did.
    pub fn accumulate(&mut self, until: Slot, amount: Balance) {
        self.until = self.until.max(until);
        self.amount = self.amount.max(amount);
    }

    /// Forgets a lock that has ended.
    pub fn expire(&mut self, now: Slot) {
        if now >= self.until {
            *self = Self::default();
        }
    }
}

impl Record {
    /// The record of `who` on `track`; an empty one where there is none.
    #[must_use]
    pub fn read<R: StateRead>(ctx: &Context<'_, R>, who: AccountId, track: TrackId) -> Self {
        ctx.read(Item::Voting(who, track.0)).unwrap_or_default()
    }

    /// Stores the record; an empty one is no row.
    pub(super) fn write<R: StateRead>(
        &self,
        ctx: &mut Context<'_, R>,
        who: AccountId,
        track: TrackId,
    ) {
        let is_sorted = self.votes.windows(2).all(|pair| match pair {
            [first, second] => first.index < second.index,
            _ => false,
        });
        assert!(is_sorted, "invariant(voting): one vote a referendum, in order");
        let item = Item::Voting(who, track.0);
        if *self == Self::default() {
            ctx.delete(item);
        } else {
            ctx.write(item, self);
        }
    }

    /// True for one who delegates as published: such an account has no votes, and removing one it does
    /// not have succeeds.
    pub(super) fn is_published_delegator<R: StateRead>(&self, ctx: &Context<'_, R>) -> bool {
        let may_do_both = ctx.parameters.voting.vote_while_delegating;
        self.delegation.is_some() && self.votes.is_empty() && !may_do_both
    }

    /// Where the vote on `index` is, or would be.
    pub(super) fn position(&self, index: ReferendumIndex) -> Result<usize, usize> {
        self.votes.binary_search_by_key(&index, |cast| cast.index)
    }

    /// The vote on `index`.
    #[must_use]
    pub fn cast(&self, index: ReferendumIndex) -> Option<&Cast> {
        self.position(index).ok().and_then(|at| self.votes.get(at))
    }

    /// The delegated power that a vote on `index` carries.
    #[must_use]
    pub fn carried(&self, index: ReferendumIndex) -> Power {
        self.received.saturating_sub(self.retracted(index))
    }

    /// What must stay in the account for this track: the largest of its votes, of its delegation and of
    /// what earlier ones left. Never the sum.
    #[must_use]
    pub fn locked(&self) -> Balance {
        let votes = self.votes.iter().map(|cast| cast.vote.balance());
        let delegated = self.delegation.map_or(Balance::ZERO, |delegation| delegation.balance);
        votes.fold(self.prior.amount.max(delegated), Balance::max)
    }

    fn retracted(&self, index: ReferendumIndex) -> Power {
        let found = self.retracted.binary_search_by_key(&index, |(index, _)| *index).ok();
        found.and_then(|at| self.retracted.get(at)).map_or(Power::ZERO, |(_, power)| *power)
    }

    /// Takes `power` out of what a vote on `index` carries; false where no more fit beside `max` others.
    pub(super) fn retract(&mut self, index: ReferendumIndex, power: Power, max: usize) -> bool {
        match self.retracted.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => {
                if let Some((_, sum)) = self.retracted.get_mut(at) {
                    *sum = sum.saturating_add(power);
                }
            }
            Err(_) if power.is_zero() => {}
            Err(_) if self.retracted.len() >= max => return false,
            Err(at) => self.retracted.insert(at, (index, power)),
        }
        true
    }

    /// Puts `power` back into what a vote on `index` carries.
    pub(super) fn restore(&mut self, index: ReferendumIndex, power: Power) {
        if let Ok(at) = self.retracted.binary_search_by_key(&index, |(index, _)| *index)
            && let Some((_, sum)) = self.retracted.get_mut(at)
        {
            *sum = sum.saturating_sub(power);
            if sum.is_zero() {
                self.retracted.remove(at);
            }
        }
    }
}
