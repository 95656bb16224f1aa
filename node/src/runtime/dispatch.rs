//! Running a call: the right module, calls inside calls, and what is left over.
//!
//! # Inputs and outputs
//! A call with an origin goes in; changes in the overlay, events and dust come out. The caller has
//! opened a frame and keeps or drops all of it together with the dust: a call that fails has done nothing.
//!
//! # Bounds
//! Calls nest at most [`NESTING_MAX`] levels, checked by weight before and by depth again here.

use super::{
    Call, Chain, DispatchError, Event, NESTING_MAX, SystemCall, SystemEvent, check::Prices,
    origin::check_signed,
};
use serin_governance::{Origin, ReferendumIndex};
use serin_state::balances::{Credit, Ledger};
use serin_state::mutant::Mutation;
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Height, Slot};

/// What all calls of a block share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) chain: &'a Chain,
    pub(super) prices: &'a Prices,
    pub(super) governance: &'a serin_governance::Parameters,
    /// None on a chain of fixed validators.
    pub(super) staking: Option<&'a serin_consensus::staking::Parameters>,
    /// Epochs with blocks before the block's.
    pub(super) session: u64,
    pub(super) slot: Slot,
    pub(super) height: Height,
}

/// What a call runs on, and what it leaves behind.
#[derive(Debug)]
pub(super) struct Dispatch<'a, R> {
    pub(super) setting: Setting<'a>,
    /// The referendum that asks, where one does.
    pub(super) referendum: Option<ReferendumIndex>,
    pub(super) state: &'a mut Overlay<R>,
    pub(super) events: Vec<Event>,
    pub(super) dust: Credit,
    /// What governance has spent of the treasury in this dispatch: limits hold for all of it.
    pub(super) spent: Balance,
    path: Vec<u32>,
}

/// What a call did.
#[derive(Debug)]
pub(super) struct Dispatched {
    pub(super) result: Result<(), DispatchError>,
    pub(super) events: Vec<Event>,
    pub(super) dust: Credit,
}

impl<'a, R: StateRead> Dispatch<'a, R> {
    pub(super) const fn new(
        setting: Setting<'a>,
        referendum: Option<ReferendumIndex>,
        state: &'a mut Overlay<R>,
    ) -> Self {
        Self {
            setting,
            referendum,
            state,
            events: Vec::new(),
            dust: Credit::zero(),
            spent: Balance::ZERO,
            path: Vec::new(),
        }
    }

    /// Runs the encoded call in a frame of its own, and drops all of it where the call fails.
    pub(super) fn run(mut self, origin: Origin, bytes: &[u8]) -> Dispatched {
        self.state.begin();
        let result = self.call(origin, bytes, NESTING_MAX);
        if result.is_ok() {
            self.state.keep();
            return Dispatched { result, events: self.events, dust: self.dust };
        }
        if self.state.mutated(Mutation::LG06) {
            self.state.keep();
        } else {
            self.state.discard();
        }
        let batch = (!self.path.is_empty())
            .then_some(Event::System(SystemEvent::BatchFailed { path: self.path }));
        Dispatched { result, events: batch.into_iter().collect(), dust: Credit::zero() }
    }

    fn call(
        &mut self,
        origin: Origin,
        bytes: &[u8],
        levels_left: usize,
    ) -> Result<(), DispatchError> {
        let protocol = self.setting.prices.protocol;
        let call = Call::decode(bytes, protocol).map_err(|_| DispatchError::BadCall)?;
        match call {
            Call::System(SystemCall::AsRoot { call }) => {
                let origin = self.check_root_account(origin)?;
                self.event(Event::System(SystemEvent::RootUsed));
                self.call(origin, &call, inside(levels_left)?)
            }
            Call::System(SystemCall::Batch { calls }) => {
                self.batch(origin, &calls, inside(levels_left)?)
            }
            Call::System(call) => self.system(origin, call),
            Call::Balances(call) => self.balances(origin, &call),
            Call::Governance(call) => self.governance(origin, call),
            Call::Staking(call) => self.staking(origin, call),
        }
    }

    fn batch(
        &mut self,
        origin: Origin,
        calls: &[Vec<u8>],
        levels_left: usize,
    ) -> Result<(), DispatchError> {
        for (index, bytes) in (0_u32..).zip(calls) {
            self.path.push(index);
            // Where it fails the whole transaction does, and the path stays as it is.
            self.call(origin, bytes, levels_left)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Root, where the specification's root account asks.
    fn check_root_account(&self, origin: Origin) -> Result<Origin, DispatchError> {
        let account = check_signed(origin)?;
        if self.setting.chain.root() == Some(account) {
            Ok(Origin::Root)
        } else {
            Err(DispatchError::BadOrigin)
        }
    }

    pub(super) fn ledger(&mut self) -> Ledger<'_, R> {
        Ledger::new(self.state, self.setting.prices.parameters.existential_deposit)
    }

    pub(super) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Keeps the dust of `account` for the treasury.
    pub(super) fn take_dust(&mut self, account: AccountId, dust: Credit) {
        let amount = dust.amount();
        if !amount.is_zero() {
            self.event(Event::Balances(super::BalancesEvent::DustTaken { account, amount }));
        }
        self.dust.merge(dust);
    }
}

fn inside(levels_left: usize) -> Result<usize, DispatchError> {
    levels_left.checked_sub(1).ok_or(DispatchError::BadCall)
}
