//! What a module of staking works on while a block is executed.
//!
//! The runtime makes one [`Context`] for a call or a hook, over the overlay of the block. Modules read and
//! write their items through it, move money through its ledger of accounts, and report events; the runtime
//! keeps or drops all of it together.

use super::{Event, Parameters};
use serin_state::balances::{Credit, Ledger};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::{Overlay, StateRead, read};
use serin_state::types::{AccountId, Balance, Era, Slot};

/// When a block is, by all clocks of staking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Its slot.
    pub slot: Slot,
    /// Its session: epochs with blocks before it; genesis is session 0.
    pub session: u64,
    /// Its era.
    pub era: Era,
    /// The last era whose validators are elected: this one, or the next. What is bonded may be exposed in it.
    pub elected: Era,
}

/// State, rules, time and what comes out, for one call or hook.
#[derive(Debug)]
pub struct Context<'a, R> {
    /// The state of the block so far.
    pub state: &'a mut Overlay<R>,
    /// The numbers in force.
    pub parameters: &'a Parameters,
    /// Least free amount of a living account, in units.
    pub existential_deposit: Balance,
    /// When the block is.
    pub now: Moment,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What reaped accounts left, and what nobody could take; the runtime books it.
    pub dust: Credit,
}

impl<'a, R: StateRead> Context<'a, R> {
    /// A context without events.
    pub const fn new(
        state: &'a mut Overlay<R>,
        parameters: &'a Parameters,
        existential_deposit: Balance,
        now: Moment,
    ) -> Self {
        Self {
            state,
            parameters,
            existential_deposit,
            now,
            events: Vec::new(),
            dust: Credit::zero(),
        }
    }

    /// The accounts.
    pub const fn accounts(&mut self) -> Ledger<'_, R> {
        Ledger::new(self.state, self.existential_deposit)
    }

    /// Reads the value of an item; `None` where there is none.
    #[must_use]
    pub fn read<T: borsh::BorshDeserialize>(&self, item: Item) -> Option<T> {
        read(self.state, &item.key())
    }

    /// Sets the value of an item.
    pub fn write<T: borsh::BorshSerialize>(&mut self, item: Item, value: &T) {
        self.state.write(item.key(), value);
    }

    /// Removes an item.
    pub fn delete(&mut self, item: Item) {
        self.state.delete(item.key());
    }

    /// Whether this seeded bug is in here: never outside the simulator.
    #[must_use]
    pub fn mutated(&self, mutation: Mutation) -> bool {
        self.state.mutated(mutation)
    }

    /// Reports an event.
    pub fn event(&mut self, event: impl Into<Event>) {
        self.events.push(event.into());
    }

    /// Keeps what an account left when it was reaped.
    pub fn take_dust(&mut self, credit: Credit) {
        self.dust.merge(credit);
    }

    /// The account of the treasury: slashes, and its share of every era's payout.
    #[must_use]
    pub fn treasury() -> AccountId {
        AccountId::of_module(b"treasury")
    }
}
