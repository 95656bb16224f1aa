//! A chain with nothing on it but accounts, a clock and referenda that end when a test says so.

use crate::tally::Tally;
use crate::voting::{
    AccountVote, Completed, Conviction, Polls, Record, VotingCall, VotingEvent, apply, ballots,
    recount,
};
use crate::{Context, Error, Event, Origin, Parameters, ReferendumIndex, TrackId, reasons};
use serin_state::balances::Ledger;
use serin_state::layout::StateKey;
use serin_state::overlay::{Changes, Overlay, StateRead, read};
use serin_state::types::{AccountId, Balance, Slot};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(super) const TRACKS: [TrackId; 3] = [TrackId(0), TrackId(1), TrackId(30)];
pub(super) const EXISTENTIAL_DEPOSIT: Balance = Balance(10);
/// What every account starts with.
pub(super) const ENDOWMENT: u128 = 1_000_000;

/// A state that remembers which rows were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    rows: Rc<BTreeMap<StateKey, Vec<u8>>>,
    read: Rc<RefCell<BTreeSet<StateKey>>>,
}

impl StateRead for Counted {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        self.read.borrow_mut().insert(*key);
        self.rows.get(key).cloned()
    }
}

/// Referenda whose outcome lies in the state, and a list of those told to be looked at.
#[derive(Debug)]
pub(super) struct Told;

impl Told {
    fn outcome(index: ReferendumIndex) -> StateKey {
        let mut key = [0xee; 32];
        key[..4].copy_from_slice(&index.0.to_le_bytes());
        StateKey(key)
    }
}

/// The one row that remembers what is to be looked at in the next slot.
const NOTICE: StateKey = StateKey([0xdd; 32]);

impl Polls for Told {
    fn tracks<R: StateRead>(_: &Context<'_, R>) -> Vec<TrackId> {
        TRACKS.to_vec()
    }

    fn completed<R: StateRead>(ctx: &Context<'_, R>, index: ReferendumIndex) -> Option<Completed> {
        let (ended, approved) = read(ctx.state, &Self::outcome(index))?;
        Some(Completed { ended, approved })
    }

    fn on_tallies_changed<R: StateRead>(
        ctx: &mut Context<'_, R>,
        track: TrackId,
        indices: &[ReferendumIndex],
    ) {
        assert!(TRACKS.contains(&track));
        assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "ascending, each once");
        assert!(!indices.is_empty());
        let mut told: Vec<ReferendumIndex> = read(ctx.state, &NOTICE).unwrap_or_default();
        told.extend(indices);
        ctx.state.write(NOTICE, &told);
    }
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) state: Overlay<Counted>,
    base: Counted,
    pub(super) parameters: Parameters,
    pub(super) now: Slot,
    next: u32,
}

pub(super) fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

/// An account of which there may be millions.
pub(super) fn numbered(number: u32) -> AccountId {
    let mut id = [0xaa; 32];
    id[..4].copy_from_slice(&number.to_le_bytes());
    AccountId(id)
}

pub(super) fn standard(aye: bool, conviction: Conviction, balance: u128) -> AccountVote {
    AccountVote::Standard { aye, conviction, balance: Balance(balance) }
}

pub(super) fn aye(balance: u128) -> AccountVote {
    standard(true, Conviction::Locked1x, balance)
}

pub(super) fn vote(index: u32, vote: AccountVote) -> VotingCall {
    VotingCall::Vote { index: ReferendumIndex(index), vote, reason: None }
}

pub(super) fn delegate(track: TrackId, to: u8, balance: u128) -> VotingCall {
    let conviction = Conviction::Locked1x;
    VotingCall::Delegate { track, to: account(to), conviction, balance: Balance(balance) }
}

impl World {
    /// A chain with eight endowed accounts and a locking period of 100 slots.
    pub(super) fn new() -> Self {
        let mut parameters = Parameters::default();
        parameters.voting.locking_period_slots = 100;
        parameters.voting.votes_max = 4;
        let base = Counted::default();
        let state = Overlay::new(base.clone());
        let mut world = Self { state, base, parameters, now: Slot(1000), next: 0 };
        for number in 0..8 {
            world.endow(account(number), ENDOWMENT);
        }
        world
    }

    pub(super) fn endow(&mut self, id: AccountId, units: u128) {
        let mut ledger = Ledger::new(&mut self.state, EXISTENTIAL_DEPOSIT);
        ledger.mint(id, Balance(units)).unwrap();
    }

    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Context<'_, Counted>) -> T,
    ) -> (T, Vec<Event>) {
        let Self { state, parameters, now, .. } = self;
        let mut ctx = Context::new(state, parameters, EXISTENTIAL_DEPOSIT, *now);
        let result = work(&mut ctx);
        let events = ctx.events;
        assert!(ctx.dust.amount().is_zero(), "voting reaps nobody here");
        (result, events)
    }

    /// Opens a referendum.
    pub(super) fn open(&mut self, track: TrackId) -> u32 {
        let index = self.next;
        self.next += 1;
        self.with(|ctx| ballots::open(ctx, track, ReferendumIndex(index)));
        index
    }

    /// Ends a referendum: decided, or `None` for cancelled.
    pub(super) fn end(&mut self, index: u32, approved: Option<bool>) -> Tally {
        let index = ReferendumIndex(index);
        let now = self.now;
        if let Some(approved) = approved {
            self.state.write(Told::outcome(index), &(now, approved));
        }
        self.with(|ctx| ballots::close(ctx, index)).0.unwrap()
    }

    pub(super) fn pass(&mut self, slots: u64) {
        self.now = Slot(self.now.0 + slots);
    }

    pub(super) fn ask(&mut self, who: AccountId, call: VotingCall) -> Result<Vec<Event>, Error> {
        let origin = Origin::Signed(who);
        let (result, events) = self.with(|ctx| apply::<Told, _>(ctx, origin, call));
        result.map(|()| events)
    }

    /// A call of a numbered account that succeeds.
    pub(super) fn must(&mut self, who: u8, call: VotingCall) -> Vec<Event> {
        let shown = format!("{call:?}");
        self.ask(account(who), call).unwrap_or_else(|error| panic!("{shown}: {error}"))
    }

    pub(super) fn tally(&mut self, index: u32) -> Tally {
        self.with(|ctx| ballots::tally(ctx, ReferendumIndex(index))).0.unwrap()
    }

    /// For, against, support.
    pub(super) fn counts(&mut self, index: u32) -> (u128, u128, u128) {
        let tally = self.tally(index);
        (tally.ayes.0, tally.nays.0, tally.support.0)
    }

    pub(super) fn frozen(&mut self, who: u8) -> u128 {
        let ledger = Ledger::new(&mut self.state, EXISTENTIAL_DEPOSIT);
        ledger.account(account(who)).frozen_for(reasons::VOTES).0
    }

    pub(super) fn records(&mut self, track: TrackId) -> BTreeMap<AccountId, Record> {
        let (records, _) = self.with(|ctx| {
            (0..8).map(|n| (account(n), Record::read(ctx, account(n), track))).collect()
        });
        records
    }

    /// The tallies of all ongoing referenda of a track, counted anew; those without votes are empty.
    pub(super) fn recounted(&mut self, track: TrackId) -> Vec<(ReferendumIndex, Tally)> {
        let records = self.records(track);
        let counted = recount::tallies(&records, self.parameters.voting.abstention_carries);
        let counted = counted.unwrap();
        let kept = self.kept(track);
        let anew = |index| counted.get(&index).copied().unwrap_or_default();
        kept.into_iter().map(|(index, _)| (index, anew(index))).collect()
    }

    /// The tallies of all ongoing referenda of a track, as kept.
    pub(super) fn kept(&mut self, track: TrackId) -> Vec<(ReferendumIndex, Tally)> {
        self.with(|ctx| ballots::tallies(ctx, track)).0
    }

    /// All that has changed since the beginning, to compare states.
    pub(super) fn changes(&self) -> Changes {
        self.state.clone().into_changes()
    }

    /// Whose tallies were told to be looked at since the last time this was asked.
    pub(super) fn take_told(&mut self) -> Vec<ReferendumIndex> {
        let told = read(&self.state, &NOTICE).unwrap_or_default();
        self.state.delete(NOTICE);
        told
    }

    /// Makes what has changed the base, so that what follows is read from rows.
    pub(super) fn settle(&mut self) {
        let kept = self.changes().into_iter().filter_map(|(key, value)| Some((key, value?)));
        let mut rows = (*self.base.rows).clone();
        rows.extend(kept);
        self.base = Counted { rows: Rc::new(rows), read: Rc::default() };
        self.state = Overlay::new(self.base.clone());
    }

    /// How many rows `work` reads and how many it writes, each row once.
    pub(super) fn rows(&mut self, work: impl FnOnce(&mut Self)) -> (usize, usize) {
        self.settle();
        work(self);
        (self.base.read.borrow().len(), self.changes().len())
    }
}

pub(super) fn voted(events: &[Event]) -> bool {
    matches!(events, [Event::Voting(VotingEvent::Voted { .. })])
}
