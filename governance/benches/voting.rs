//! What votes and delegations cost: whatever the voters, the open referenda, and the votes of the delegate.
//!
//! `cargo bench -p serin-governance --bench voting [-- VOTERS]`, by default 1,000,000 voters on one referendum.
//! One line a row: the median over the rounds, the rows read and written (each once) and the bytes written. State is
//! in memory: the time is that of the rules, codecs and overlay, to which a store adds its reads.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "not part of a node")]

use serin_governance::referenda::{self, Enactment, Referenda, ReferendaCall, ReferendaParameters};
use serin_governance::scheduler::{Proposal, Service};
use serin_governance::voting::{self, AccountVote, Conviction, VotingCall};
use serin_governance::{Context, Origin, Parameters, ReferendumIndex, TrackId};
use serin_state::layout::StateKey;
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Hash, Slot};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const ROUNDS: usize = 301;
/// The track on which up to 1,000 are decided at once.
const TRACK: TrackId = TrackId(20);
const EXISTENTIAL_DEPOSIT: Balance = Balance(1_000);

/// A state in memory that remembers which rows were read.
#[derive(Default)]
struct Rows {
    values: BTreeMap<StateKey, Vec<u8>>,
    read: RefCell<BTreeSet<StateKey>>,
    is_counting: bool,
}

impl StateRead for Rows {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        if self.is_counting {
            self.read.borrow_mut().insert(*key);
        }
        self.values.get(key).cloned()
    }
}

/// A chain with referenda being decided, and voters.
struct Chain {
    base: Rows,
    parameters: Parameters,
    now: Slot,
}

fn account(number: usize) -> AccountId {
    AccountId(Hash::of(&number.to_le_bytes()).0)
}

fn aye(index: usize) -> VotingCall {
    let vote = AccountVote::Standard {
        aye: true,
        conviction: Conviction::Locked1x,
        balance: Balance(1_000_000),
    };
    VotingCall::Vote { index: ReferendumIndex(u32::try_from(index).unwrap()), vote, reason: None }
}

fn delegate(to: AccountId) -> VotingCall {
    let (conviction, balance) = (Conviction::Locked3x, Balance(1_000_000));
    VotingCall::Delegate { track: TRACK, to, conviction, balance }
}

fn ask<R: StateRead>(ctx: &mut Context<'_, R>, who: AccountId, call: VotingCall) {
    voting::apply::<Referenda, _>(ctx, Origin::Signed(who), call).unwrap();
}

/// Serves the agenda of the slot: every referendum whose tally changed in the slot before.
fn serve(ctx: &mut Context<'_, &Rows>) {
    let mut service = Service::new(ctx.parameters.scheduler.weight_max);
    while service.next(ctx, &|_| None).is_some() {}
}

impl Chain {
    /// So many referenda, all being decided, and an account that can vote.
    fn new(open: usize) -> Self {
        let referenda = ReferendaParameters::kusama(6_000);
        let parameters = Parameters { referenda, ..Parameters::default() };
        let mut chain = Self { base: Rows::default(), parameters, now: Slot(1) };
        chain.change(|ctx| {
            let rich = account(usize::MAX);
            ctx.ledger().mint(rich, Balance::tokens(1_000_000)).unwrap();
            for index in 0..open {
                let submit = ReferendaCall::Submit {
                    origin: Origin::Track(TRACK),
                    proposal: Proposal::Inline(vec![0]),
                    enactment: Enactment::After(0),
                };
                referenda::apply(ctx, Origin::Signed(rich), submit).unwrap();
                let index = ReferendumIndex(u32::try_from(index).unwrap());
                let deposit = ReferendaCall::PlaceDecisionDeposit { index };
                referenda::apply(ctx, Origin::Signed(rich), deposit).unwrap();
            }
        });
        let track = chain.parameters.referenda.track(TRACK).unwrap();
        let prepared = chain.now.0 + track.prepare_period;
        for slot in [prepared, prepared + 1, prepared + 2] {
            chain.now = Slot(slot);
            chain.change(serve);
        }
        chain
    }

    /// Does something for good.
    fn change(&mut self, work: impl FnOnce(&mut Context<'_, &Rows>)) {
        let mut state = Overlay::new(&self.base);
        let mut ctx = Context::new(&mut state, &self.parameters, EXISTENTIAL_DEPOSIT, self.now);
        work(&mut ctx);
        for (key, value) in state.into_changes() {
            match value {
                Some(value) => self.base.values.insert(key, value),
                None => self.base.values.remove(&key),
            };
        }
    }

    /// Lets `count` more accounts do something, a thousand a block.
    fn crowd(&mut self, count: usize, call: &VotingCall) {
        for first in (0..count).step_by(1_000) {
            self.change(|ctx| {
                for number in first..(first + 1_000).min(count) {
                    ctx.ledger().mint(account(number), Balance::tokens(1)).unwrap();
                    ask(ctx, account(number), call.clone());
                }
            });
        }
    }

    /// Measures `work` many times on the same state, after `before`.
    fn measure(
        &mut self,
        name: &str,
        before: impl Fn(&mut Context<'_, &Rows>),
        work: impl Fn(&mut Context<'_, &Rows>),
    ) {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let mut state = Overlay::new(&self.base);
            let mut ctx = Context::new(&mut state, &self.parameters, EXISTENTIAL_DEPOSIT, self.now);
            before(&mut ctx);
            ctx.now = Slot(ctx.now.0 + 1);
            let start = Instant::now();
            work(&mut ctx);
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let (rows, bytes) = self.rows(before, work);
        let median: Duration = times.get(ROUNDS / 2).copied().unwrap();
        println!("{name:<58} {median:>9.2?}   {rows:<24} {bytes:>6} bytes written");
    }

    fn rows(
        &mut self,
        before: impl Fn(&mut Context<'_, &Rows>),
        work: impl Fn(&mut Context<'_, &Rows>),
    ) -> (String, usize) {
        // What stands before is laid under the work, so that its rows are not counted.
        let mut state = Overlay::new(&self.base);
        let mut ctx = Context::new(&mut state, &self.parameters, EXISTENTIAL_DEPOSIT, self.now);
        before(&mut ctx);
        let mut base =
            Rows { values: self.base.values.clone(), is_counting: true, ..Rows::default() };
        for (key, value) in state.into_changes() {
            match value {
                Some(value) => base.values.insert(key, value),
                None => base.values.remove(&key),
            };
        }
        let mut state = Overlay::new(&base);
        let next = Slot(self.now.0 + 1);
        let mut ctx = Context::new(&mut state, &self.parameters, EXISTENTIAL_DEPOSIT, next);
        work(&mut ctx);
        let changes = state.into_changes();
        let bytes = changes.values().flatten().map(Vec::len).sum();
        (format!("{} read, {} written", base.read.borrow().len(), changes.len()), bytes)
    }
}

/// A vote, and the next block's look at the referendum.
fn votes(open: usize, voters: usize) {
    let mut chain = Chain::new(open);
    chain.crowd(voters, &aye(0));
    let new = account(voters);
    chain.change(|ctx| ctx.ledger().mint(new, Balance::tokens(1)).unwrap());
    // The crowd has made the first look due; it is taken before anything is measured.
    chain.now = Slot(chain.now.0 + 1);
    chain.change(serve);
    let name = |what: &str| format!("{what}, {open} open, {voters} voters");
    chain.measure(&name("vote"), |_| {}, |ctx| ask(ctx, new, aye(0)));
    let undelegate = || VotingCall::Undelegate { track: TRACK };
    let to = account(0);
    chain.measure(&name("delegate"), |_| {}, |ctx| ask(ctx, new, delegate(to)));
    let after = |ctx: &mut Context<'_, &Rows>| ask(ctx, new, delegate(to));
    chain.measure(&name("undelegate"), after, |ctx| ask(ctx, new, undelegate()));
    chain.measure(&name("next block after a vote"), |ctx| ask(ctx, new, aye(0)), serve);
    chain.measure(&name("next block after nothing"), |_| {}, serve);
}

/// Delegation to one with many votes.
fn delegations(open: usize, cast: usize) {
    let mut chain = Chain::new(open);
    let (to, new) = (account(0), account(1));
    chain.change(|ctx| {
        ctx.ledger().mint(to, Balance::tokens(1)).unwrap();
        ctx.ledger().mint(new, Balance::tokens(1)).unwrap();
        (0..cast).for_each(|index| ask(ctx, to, aye(index)));
    });
    chain.now = Slot(chain.now.0 + 1);
    chain.change(serve);
    let name = |what: &str| format!("{what}, delegate has {cast} votes of {open} open");
    let undelegate = || VotingCall::Undelegate { track: TRACK };
    chain.measure(&name("delegate"), |_| {}, |ctx| ask(ctx, new, delegate(to)));
    let after = |ctx: &mut Context<'_, &Rows>| ask(ctx, new, delegate(to));
    chain.measure(&name("undelegate"), after, |ctx| ask(ctx, new, undelegate()));
    chain.measure(&name("next block"), after, serve);
}

fn main() {
    let voters = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let voters = voters.unwrap_or(1_000_000);
    for (open, cast) in [(64, 1), (64, 64), (512, 1), (512, 64), (512, 512), (1_000, 512)] {
        delegations(open, cast);
    }
    for (open, voters) in [(1, 1), (1_000, 1), (1, voters), (1_000, voters)] {
        votes(open, voters);
    }
}
