//! Books of staking, from the events of final blocks and who made them: rewards, withdrawals, slashes, disabling.
//!
//! - a page is paid once, after its era's end, and a validator's pages never more than its part of the era's pay;
//! - nothing is withdrawn that was not unbonded a bonding duration before;
//! - a slash that was cancelled is not taken;
//! - a third of the validators at most is disabled, and whoever is makes no block in the rest of its era.
//!
//! The rules are written anew from their words. Rebonding and slashes only lower what may be withdrawn, so the books are an
//! upper bound.

use serin_consensus::staking::Event;
use serin_consensus::staking::Parameters;
use serin_consensus::staking::era::EraEvent;
use serin_consensus::staking::ledger::LedgerEvent;
use serin_consensus::staking::offence::OffenceEvent;
use serin_state::types::{AccountId, Balance, Era};
use std::collections::{BTreeMap, BTreeSet};

/// The books.
#[derive(Clone, Debug, Default)]
pub(super) struct Stakes {
    era: Era,
    elected: Era,
    /// Seats of the era, as its election said.
    seats: BTreeMap<Era, u32>,
    /// Blocks by era and author.
    blocks: BTreeMap<Era, BTreeMap<AccountId, u128>>,
    /// What each ended era pays to stakers.
    pay: BTreeMap<Era, Balance>,
    paid: BTreeMap<(Era, AccountId), Balance>,
    pages: BTreeSet<(Era, AccountId, u32)>,
    unbonded: BTreeMap<AccountId, Vec<(Era, Balance)>>,
    withdrawn: BTreeMap<AccountId, Balance>,
    cancelled: BTreeSet<(Era, AccountId)>,
    disabled: BTreeSet<AccountId>,
}

impl Stakes {
    /// A block of `author` begins, before its events. A sentence where it may not be.
    pub(super) fn author(&self, author: AccountId) -> Option<String> {
        let is_out = self.disabled.contains(&author);
        is_out.then(|| format!("{author} is disabled in era {} and made a block", self.era))
    }

    /// Counts the block of `author`, after its events.
    pub(super) fn count(&mut self, author: AccountId) {
        let blocks = self.blocks.entry(self.era).or_default().entry(author).or_default();
        *blocks = blocks.saturating_add(1);
    }

    /// Enters an event; a sentence for a rule that it breaks.
    pub(super) fn on_event(&mut self, numbers: &Parameters, event: &Event) -> Option<String> {
        match event {
            Event::Era(event) => self.on_era(event),
            Event::Ledger(LedgerEvent::Unbonded { account, amount, era }) => {
                let least = self.elected.saturating_add(numbers.bonding.bonding_eras);
                self.unbonded.entry(*account).or_default().push((*era, *amount));
                (*era < least)
                    .then(|| format!("{account} unbonds until era {era}, and {least} is the first"))
            }
            Event::Ledger(LedgerEvent::Withdrawn { account, amount }) => {
                self.on_withdrawn(*account, *amount)
            }
            Event::Offence(event) => self.on_offence(event),
            Event::Ledger(_) | Event::Keys(_) | Event::Pools(_) => None,
        }
    }

    fn on_withdrawn(&mut self, account: AccountId, amount: Balance) -> Option<String> {
        let sum = self.withdrawn.entry(account).or_default();
        *sum = sum.saturating_add(amount);
        let due = self.unbonded.get(&account).into_iter().flatten();
        let due = due.filter(|(era, _)| *era <= self.era).map(|(_, amount)| *amount);
        let due = due.fold(Balance::ZERO, Balance::saturating_add);
        (*sum > due).then(|| format!("{account} has withdrawn {sum} of {due} that were due"))
    }

    fn on_era(&mut self, event: &EraEvent) -> Option<String> {
        match *event {
            EraEvent::Elected { era, validators, .. } => {
                self.elected = era;
                self.seats.insert(era, validators);
                None
            }
            EraEvent::Began { era } => {
                self.era = era;
                self.disabled.clear();
                None
            }
            EraEvent::Ended { era, stakers, .. } => {
                self.pay.insert(era, stakers);
                None
            }
            EraEvent::Paid { era, validator, page, to_validator, to_nominators } => {
                let sum = self.paid.entry((era, validator)).or_default();
                *sum = sum.saturating_add(to_validator).saturating_add(to_nominators);
                let sum = *sum;
                let Some(pay) = self.pay.get(&era).copied() else {
                    return Some(format!("era {era} paid before its end"));
                };
                if !self.pages.insert((era, validator, page)) {
                    return Some(format!("page {page} of {validator} in era {era} was paid twice"));
                }
                let most = self.part(era, validator, pay);
                (sum > most).then(|| format!("{validator} was paid {sum} for era {era}, of {most}"))
            }
            EraEvent::NotElected { .. } => None,
        }
    }

    /// What a validator and its nominators earn at most: the era's pay by the share of blocks.
    fn part(&self, era: Era, validator: AccountId, pay: Balance) -> Balance {
        let blocks = self.blocks.get(&era);
        let own = blocks.and_then(|all| all.get(&validator)).copied().unwrap_or(0);
        let all: u128 = blocks.map_or(0, |all| all.values().sum());
        Balance(pay.0.saturating_mul(own).checked_div(all).unwrap_or(0))
    }

    fn on_offence(&mut self, event: &OffenceEvent) -> Option<String> {
        match *event {
            OffenceEvent::SlashCancelled { era, account } => {
                self.cancelled.insert((era, account));
                None
            }
            OffenceEvent::SlashReported { era, account, .. } => {
                // A worse offence costs what exceeds the share that was cancelled.
                self.cancelled.remove(&(era, account));
                None
            }
            OffenceEvent::Slashed { era, account, .. } => self
                .cancelled
                .contains(&(era, account))
                .then(|| format!("the slash of {account} for era {era} was cancelled and taken")),
            OffenceEvent::Disabled { account, in_place_of } => {
                if let Some(other) = in_place_of {
                    self.disabled.remove(&other);
                }
                self.disabled.insert(account);
                let seats = self.seats.get(&self.era).copied()?;
                let most = seats.saturating_sub(1).div_euclid(3);
                let count = u32::try_from(self.disabled.len()).unwrap_or(u32::MAX);
                (count > most).then(|| format!("{count} of {seats} validators are disabled"))
            }
            OffenceEvent::Reported { .. }
            | OffenceEvent::ReporterPaid { .. }
            | OffenceEvent::Offline { .. } => None,
        }
    }
}
