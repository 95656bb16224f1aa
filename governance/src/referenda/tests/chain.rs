//! A chain of governance alone: calls, slots, and what the scheduler hands out.

use crate::referenda::Referenda;
use crate::scheduler::{Due, Proposal, Service};
use crate::{
    Call, Context, Error, Event, Origin, Parameters, collective, preimages, referenda, scheduler,
    voting, whitelist,
};
use serin_state::layout::StateKey;
use serin_state::overlay::Overlay;
use serin_state::types::{AccountId, Balance, Slot, Weight};
use std::collections::BTreeMap;

pub(crate) const ALICE: AccountId = AccountId([1; 32]);
pub(crate) const BOB: AccountId = AccountId([2; 32]);
pub(crate) const CAROL: AccountId = AccountId([3; 32]);
/// What each account starts with.
pub(crate) const RICH: Balance = Balance(1_000_000);

pub(crate) type Base = BTreeMap<StateKey, Vec<u8>>;
pub(crate) type State = Overlay<Base>;

/// The state, the clock and what came out.
pub(crate) struct Chain {
    pub(crate) state: State,
    pub(crate) parameters: Parameters,
    pub(crate) now: Slot,
    pub(crate) events: Vec<Event>,
    /// Calls that were dispatched, with their slots.
    pub(crate) enacted: Vec<(Slot, Due)>,
}

impl Chain {
    pub(crate) fn new(parameters: Parameters) -> Self {
        let mut chain = Self {
            state: Overlay::new(BTreeMap::new()),
            parameters,
            now: Slot(1),
            events: Vec::new(),
            enacted: Vec::new(),
        };
        let treasury = Context::<Base>::treasury();
        for who in [ALICE, BOB, CAROL, AccountId([4; 32]), treasury] {
            chain.with(|context| context.ledger().mint(who, RICH).unwrap());
        }
        chain
    }

    pub(crate) fn with<T>(&mut self, act: impl FnOnce(&mut Context<'_, Base>) -> T) -> T {
        let mut context = Context::new(&mut self.state, &self.parameters, Balance(10), self.now);
        let result = act(&mut context);
        let dust = core::mem::replace(&mut context.dust, serin_state::balances::Credit::zero());
        context.ledger().burn_credit(dust);
        self.events.append(&mut context.events);
        result
    }

    /// Runs a call; a refused one leaves no trace.
    pub(crate) fn call(&mut self, origin: Origin, call: impl Into<Call>) -> Result<(), Error> {
        self.state.begin();
        let events = self.events.len();
        let result = self.run(origin, call.into());
        if result.is_ok() {
            self.state.keep();
        } else {
            assert_eq!(self.events.len(), events, "a refused call reports nothing");
            self.state.discard();
        }
        result
    }

    /// Runs a call without a frame around it.
    pub(crate) fn run(&mut self, origin: Origin, call: Call) -> Result<(), Error> {
        self.with(|context| match call {
            Call::Referenda(call) => referenda::apply(context, origin, call),
            Call::Preimages(call) => preimages::apply(context, origin, call),
            Call::Scheduler(call) => scheduler::apply(context, origin, call),
            Call::Collective(call) => collective::apply(context, origin, call),
            Call::Whitelist(call) => whitelist::apply(context, origin, call),
            Call::Bounties(call) => crate::bounties::apply(context, origin, call),
            Call::Voting(call) => voting::apply::<Referenda, _>(context, origin, call),
            Call::Treasury(call) => panic!("not a call of these modules: {call:?}"),
        })
    }

    /// Makes a block in a later slot. A call of one byte weighs as much as the byte says, in microseconds;
    /// none other is a call.
    pub(crate) fn block(&mut self, slot: u64) {
        assert!(Slot(slot) > self.now, "slots go on");
        self.now = Slot(slot);
        let mut service = Service::new(self.parameters.scheduler.weight_max);
        let weigh = |bytes: &[u8]| match bytes {
            [byte, ..] if *byte < 200 => Some(Weight(u64::from(*byte) * 1_000_000)),
            _ => None,
        };
        while let Some(due) = self.with(|context| service.next(context, &weigh)) {
            self.with(|context| service.done(context, &due, true, due.weight));
            self.enacted.push((self.now, due));
        }
    }

    /// Makes the blocks that matter up to and with this slot: one in each slot in which something is due, as
    /// if all others had stayed empty. Returns how many.
    pub(crate) fn jump(&mut self, slot: u64) -> u32 {
        let mut blocks = 0;
        while self.now < Slot(slot) {
            let next = self.now.saturating_add(1);
            let due = self.with(|context| scheduler::first_from(context, next));
            self.block(due.map_or(slot, |due| due.0.min(slot)));
            blocks += 1;
        }
        blocks
    }

    /// Makes a block in each slot up to and with this one.
    pub(crate) fn advance(&mut self, slot: u64) {
        while self.now < Slot(slot) {
            self.block(self.now.0 + 1);
        }
    }
}

impl From<referenda::ReferendaCall> for Call {
    fn from(call: referenda::ReferendaCall) -> Self {
        Self::Referenda(call)
    }
}

impl From<preimages::PreimageCall> for Call {
    fn from(call: preimages::PreimageCall) -> Self {
        Self::Preimages(call)
    }
}

impl From<voting::VotingCall> for Call {
    fn from(call: voting::VotingCall) -> Self {
        Self::Voting(call)
    }
}

impl From<scheduler::SchedulerCall> for Call {
    fn from(call: scheduler::SchedulerCall) -> Self {
        Self::Scheduler(call)
    }
}

impl From<collective::CollectiveCall> for Call {
    fn from(call: collective::CollectiveCall) -> Self {
        Self::Collective(call)
    }
}

impl From<whitelist::WhitelistCall> for Call {
    fn from(call: whitelist::WhitelistCall) -> Self {
        Self::Whitelist(call)
    }
}

/// A call that weighs as much as it says, in microseconds.
pub(crate) fn call_of(weight: u8) -> Proposal {
    Proposal::Inline(vec![weight])
}
