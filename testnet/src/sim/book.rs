//! What happened in final blocks, counted by the names of events, and what the events say together.
//!
//! - supply: the issuance is what it was at genesis with everything that events say was made, and without what they say was
//!   burnt;
//! - enactment: what a referendum's task runs was approved before, and runs once.
//!
//! Inputs: the final blocks of one node, in order. Nothing here is read from the code that did it.

use super::stakes::Stakes;
use super::world::World;
use borsh::BorshDeserialize;
use serin_consensus::finality::BlockRef;
use serin_consensus::staking::era::EraEvent;
use serin_consensus::staking::{Event as Staking, Parameters};
use serin_governance::Event as Governance;
use serin_governance::referenda::ReferendaEvent;
use serin_governance::scheduler::{SchedulerEvent, TaskName};
use serin_governance::treasury::TreasuryEvent;
use serin_node::core::StoredBlock;
use serin_node::runtime::invariants::{Dump, check_election};
use serin_node::runtime::{BalancesEvent, Event};
use serin_state::layout::{Item, StateKey};
use serin_state::store::{Column, Store};
use serin_state::types::{AccountId, Balance, Height};
use std::collections::{BTreeMap, BTreeSet};

/// The books.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// How often each event happened.
    pub(super) seen: BTreeMap<String, u64>,
    /// Up to and with which block.
    pub(super) height: Height,
    made: u128,
    burnt: u128,
    approved: BTreeSet<u32>,
    enacted: BTreeSet<u32>,
    stakes: Stakes,
}

impl Book {
    /// Enters a block of `author`: which rules it breaks, and a sentence each. `numbers` are those of staking.
    pub(super) fn enter(
        &mut self,
        block: &StoredBlock,
        (author, numbers): (Option<AccountId>, Option<&Parameters>),
    ) -> Vec<(&'static str, String)> {
        self.height = block.header.height();
        // The first block of an era is anybody's again.
        let begins =
            |event: &Event| matches!(event, Event::Staking(Staking::Era(EraEvent::Began { .. })));
        let same_era = !block.events.iter().any(begins);
        let author_of_era = author.filter(|_| same_era);
        let disabled = author_of_era.and_then(|author| self.stakes.author(author));
        let of_calls = block.outcomes.iter().flat_map(|outcome| &outcome.events);
        for error in block.outcomes.iter().filter_map(|outcome| outcome.result.as_ref().err()) {
            self.count(&format!("refused: {error}"), 1);
        }
        let mut broken: Vec<(&'static str, String)> =
            disabled.into_iter().map(|what| ("staking", what)).collect();
        // What a block does by itself comes first: it begins its era before its calls.
        for event in block.events.iter().chain(of_calls) {
            broken.extend(self.on_event(event).map(|what| ("enactment", what)));
            if let (Event::Staking(event), Some(numbers)) = (event, numbers) {
                broken.extend(self.stakes.on_event(numbers, event).map(|what| ("staking", what)));
            }
        }
        if let Some(author) = author {
            self.stakes.count(author);
        }
        broken
    }

    fn count(&mut self, name: &str, times: u64) {
        if times > 0 {
            let count = self.seen.entry(name.to_owned()).or_default();
            *count = count.saturating_add(times);
        }
    }

    fn on_event(&mut self, event: &Event) -> Option<String> {
        let text = event.to_string();
        self.count(text.split(' ').next().unwrap_or_default(), 1);
        match event {
            Event::Balances(event) => self.on_balances(event),
            Event::Staking(Staking::Era(EraEvent::Ended { treasury, .. })) => self.make(*treasury),
            Event::Staking(Staking::Era(EraEvent::Paid {
                to_validator, to_nominators, ..
            })) => {
                self.make(to_validator.saturating_add(*to_nominators));
            }
            Event::Governance(Governance::Treasury(TreasuryEvent::Burnt { amount })) => {
                self.burn(*amount);
            }
            Event::Governance(Governance::Referenda(ReferendaEvent::Confirmed {
                index, ..
            })) => {
                self.approved.insert(index.0);
            }
            Event::Governance(Governance::Scheduler(SchedulerEvent::Dispatched {
                name, ..
            })) => {
                let index = name.and_then(TaskName::referendum)?.0;
                if !self.approved.contains(&index) {
                    return Some(format!("referendum {index} was enacted and never approved"));
                }
                if !self.enacted.insert(index) {
                    return Some(format!("referendum {index} was enacted twice"));
                }
            }
            Event::System(_) | Event::Governance(_) | Event::Staking(_) => {}
        }
        None
    }

    const fn make(&mut self, amount: Balance) {
        self.made = self.made.saturating_add(amount.0);
    }

    const fn burn(&mut self, amount: Balance) {
        self.burnt = self.burnt.saturating_add(amount.0);
    }

    const fn on_balances(&mut self, event: &BalancesEvent) {
        match event {
            BalancesEvent::Minted { amount, .. } => self.make(*amount),
            BalancesEvent::Burnt { amount, .. }
            | BalancesEvent::FeesShared { burnt: amount, .. } => {
                self.burn(*amount);
            }
            BalancesEvent::Transferred { .. } | BalancesEvent::DustTaken { .. } => {}
        }
    }

    /// What the issuance has to be after the last block, from what it was at genesis.
    pub(super) const fn issuance(&self, genesis: Balance) -> Balance {
        Balance(genesis.0.saturating_add(self.made).saturating_sub(self.burnt))
    }
}

impl World {
    /// Enters what became final on the first node.
    pub(super) fn keep_book(&mut self, blocks: &[BlockRef]) {
        let Some(core) = self.nodes.first().and_then(|node| node.core.as_ref()) else { return };
        let kept: Vec<StoredBlock> =
            blocks.iter().filter_map(|one| core.block(&one.hash)).collect();
        let numbers = self.spec.staking.as_ref().map(|stake| stake.parameters);
        for block in kept {
            let author = self.nodes.first().and_then(|node| node.core.as_ref()?.author_of(&block));
            for (invariant, what) in self.book.enter(&block, (author, numbers.as_ref())) {
                self.checker.violate(invariant, what);
            }
            let elected = |event: &Event| {
                matches!(event, Event::Staking(Staking::Era(EraEvent::Elected { .. })))
            };
            if block.events.iter().any(elected) {
                self.check_election(block.header.height());
            }
        }
    }

    /// Compares the exposures of a set with the bonds, where its election is the last final block.
    fn check_election(&mut self, height: Height) {
        let Some(core) = self.nodes.first().and_then(|node| node.core.as_ref()) else { return };
        if core.finalized().height != height {
            return;
        }
        let rows = core.layers().store().scan(Column::Account, &[], usize::MAX);
        let rows = rows.into_iter();
        let dump: Dump =
            rows.filter_map(|(key, value)| Some((StateKey(key.try_into().ok()?), value))).collect();
        if let Err(error) = check_election(&dump) {
            self.checker.violate("staking", error.to_string());
        }
    }

    /// Compares the issuance of the first node's final state with what the events of its blocks say.
    pub(super) fn check_supply(&mut self) {
        let Some(core) = self.nodes.first().and_then(|node| node.core.as_ref()) else { return };
        if core.finalized().height != self.book.height {
            return;
        }
        let genesis = self.spec.genesis().changes;
        let key = Item::Issuance.key();
        let read =
            |bytes: Option<&Vec<u8>>| bytes.and_then(|bytes| Balance::try_from_slice(bytes).ok());
        let before = genesis.get(&key).and_then(|value| read(value.as_ref())).unwrap_or_default();
        let row = core.layers().store().get(Column::Account, &key.0);
        let (now, expected) = (read(row.as_ref()).unwrap_or_default(), self.book.issuance(before));
        if now != expected {
            let what = format!("the issuance is {now}, and the events make it {expected}");
            self.checker.violate("supply", what);
        }
    }
}
