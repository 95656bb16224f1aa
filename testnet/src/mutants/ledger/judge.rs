//! What has to hold after every block, from books that are kept here and not read from the code under test.
//!
//! - nonce: each account's nonce is the number of its transactions that were carried out, and none runs twice;
//! - money: the accounts sum up to the issuance, none lives below the existential deposit, a call that failed moved nothing;
//! - governance: tallies equal a recount, deposits what is held; what was approved had passed and is enacted no sooner than
//!   the track says; decisions fit on their track and free their room; locks last as long as conviction promised; no
//!   payment is made twice or beyond its track.

use super::chain::{Chain, Made, treasury};
use super::script::{Step, after};
use super::turnout::Turnout;
use crate::mutants::table::Kind;
use serin_governance::participation::ParticipationEvent;
use serin_governance::reasons::VOTES;
use serin_governance::referenda::{ReferendaEvent, Rules, Shares};
use serin_governance::scheduler::SchedulerEvent;
use serin_governance::tally::Tally;
use serin_governance::treasury::TreasuryEvent;
use serin_governance::voting::{AccountVote, Conviction, VotingCall, VotingEvent};
use serin_governance::{Call as Governance, Event as GovernanceEvent, ReferendumIndex, TrackId};
use serin_node::runtime::invariants::{Dump, Violation, check_state};
use serin_node::runtime::{BalancesEvent, Call, Event, query};
use serin_state::layout::Item;
use serin_state::overlay::read;
use serin_state::types::{AccountId, Balance, Hash, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// Slots after which the room of an ended decision has to be free.
const FREE_SLOTS: u64 = 90;
/// Blocks between two looks at the whole state.
const STATE_EVERY: u64 = 8;

/// What did not hold, and of which kind it is.
type Found = (Kind, String);

/// The books.
#[derive(Debug)]
pub(super) struct Judge {
    parameters: serin_governance::Parameters,
    carried_out: BTreeMap<AccountId, u64>,
    hashes: BTreeSet<Hash>,
    /// Track of each referendum that is being decided, and since when.
    deciding: BTreeMap<ReferendumIndex, (TrackId, Slot)>,
    approved: BTreeMap<ReferendumIndex, (TrackId, Slot)>,
    votes: BTreeMap<(ReferendumIndex, AccountId), AccountVote>,
    delegations: BTreeMap<(AccountId, TrackId), (Conviction, Balance)>,
    /// Who has to keep how much frozen until when.
    promises: Vec<(AccountId, Balance, Slot)>,
    paid: BTreeSet<u32>,
    turnout: Turnout,
    /// Since when more room is taken on a track than decisions are known.
    crowded: BTreeMap<TrackId, Slot>,
}

fn governance(what: String) -> Found {
    (Kind::Governance, what)
}

impl Judge {
    pub(super) fn new(chain: &Chain) -> Self {
        Self {
            parameters: query::governance(chain.dump()),
            carried_out: BTreeMap::new(),
            hashes: BTreeSet::new(),
            deciding: BTreeMap::new(),
            approved: BTreeMap::new(),
            votes: BTreeMap::new(),
            delegations: BTreeMap::new(),
            promises: Vec::new(),
            paid: BTreeSet::new(),
            turnout: Turnout::default(),
            crowded: BTreeMap::new(),
        }
    }

    /// Looks at a block that was just made, on a state that was `before`.
    pub(super) fn look(
        &mut self,
        chain: &Chain,
        before: &Dump,
        (number, step): (u64, &Step),
        made: &Made,
    ) -> Result<(), Found> {
        self.check_nonces(chain, step, made)?;
        if number.is_multiple_of(STATE_EVERY) {
            check_state(chain.dump()).map_err(|violation| of_state(&violation))?;
        }
        check_lives(chain)?;
        check_failure(chain, before, step, made)?;
        let inside = made.outcome.as_ref().map_or(&[][..], |outcome| &outcome.events);
        for event in made.events.iter().chain(inside) {
            if let Event::Governance(event) = event {
                self.on_event(chain, before, (step, made), event)?;
            }
        }
        let cancelled = inside.iter().any(|event| {
            let ended =
                ReferendaEvent::Cancelled { index: ReferendumIndex(0), tally: Tally::EMPTY };
            matches!(event, Event::Governance(GovernanceEvent::Referenda(found))
                if core::mem::discriminant(found) == core::mem::discriminant(&ended))
        });
        if cancelled {
            return Err(governance("an ordinary account cancelled a referendum".to_owned()));
        }
        self.check_spending(made)?;
        self.check_room(chain)?;
        self.check_promises(chain)
    }

    fn check_nonces(&mut self, chain: &Chain, step: &Step, made: &Made) -> Result<(), Found> {
        if made.outcome.is_ok() {
            let count = self.carried_out.entry(step.sender).or_default();
            let (expected, got) = (*count, step.transaction.transaction.nonce.0);
            *count = count.saturating_add(1);
            if got != expected {
                let what = format!("nonce {got} was carried out where {expected} was next");
                return Err((Kind::Nonce, what));
            }
            if !self.hashes.insert(step.transaction.hash()) {
                return Err((Kind::Nonce, "a transaction was carried out twice".to_owned()));
            }
        }
        for account in &chain.accounts {
            let nonce = query::account(chain.dump(), *account).nonce.0;
            let expected = self.carried_out.get(account).copied().unwrap_or(0);
            if nonce != expected {
                let what = format!("{account} has nonce {nonce} after {expected} transactions");
                return Err((Kind::Nonce, what));
            }
        }
        Ok(())
    }

    fn on_event(
        &mut self,
        chain: &Chain,
        before: &Dump,
        (step, made): (&Step, &Made),
        event: &GovernanceEvent,
    ) -> Result<(), Found> {
        match event {
            GovernanceEvent::Referenda(event) => self.on_referendum(chain, before, made, event),
            GovernanceEvent::Voting(event) => {
                self.on_voting(chain, step, event);
                Ok(())
            }
            GovernanceEvent::Scheduler(SchedulerEvent::Dispatched { name, .. }) => {
                let index = name.and_then(serin_governance::scheduler::TaskName::referendum);
                let approved = index.and_then(|index| self.approved.get(&index));
                let Some((track, at)) = approved else { return Ok(()) };
                let delay = self.track(*track).map_or(0, |track| track.min_enactment_period.max(1));
                if chain.slot() < after(*at, delay) {
                    let what = format!("approved in slot {at}, enacted in {}", chain.slot());
                    return Err(governance(what));
                }
                Ok(())
            }
            GovernanceEvent::Treasury(TreasuryEvent::Paid { index }) => {
                if self.paid.insert(*index) {
                    return Ok(());
                }
                Err(governance(format!("payment {index} was made twice")))
            }
            GovernanceEvent::Participation(ParticipationEvent::Rewarded { who, index, amount }) => {
                let rule = &self.parameters.participation;
                let paid = (*who, *index, *amount);
                self.turnout.enter(rule, chain.slot(), paid).map_err(governance)
            }
            GovernanceEvent::Scheduler(_)
            | GovernanceEvent::Treasury(_)
            | GovernanceEvent::Preimages(_)
            | GovernanceEvent::Collective(_)
            | GovernanceEvent::Bounties(_)
            | GovernanceEvent::Whitelist(_) => Ok(()),
        }
    }

    fn track(&self, id: TrackId) -> Option<&serin_governance::referenda::Track> {
        self.parameters.referenda.track(id)
    }

    fn on_referendum(
        &mut self,
        chain: &Chain,
        before: &Dump,
        made: &Made,
        event: &ReferendaEvent,
    ) -> Result<(), Found> {
        let now = chain.slot();
        match event {
            ReferendaEvent::DecisionStarted { index, track, .. } => {
                self.deciding.insert(*index, (*track, now));
                let count = self.deciding.values().filter(|(other, _)| other == track).count();
                let max = self.track(*track).map_or(0, |track| track.max_deciding);
                if u32::try_from(count).unwrap_or(u32::MAX) > max {
                    let what = format!("{count} referenda are decided on a track for {max}");
                    return Err(governance(what));
                }
            }
            ReferendaEvent::Confirmed { index, tally }
            | ReferendaEvent::Rejected { index, tally } => {
                let approved = matches!(event, ReferendaEvent::Confirmed { .. });
                let Some((track, since)) = self.deciding.remove(index) else { return Ok(()) };
                let passes = self.is_passing(before, made, (track, since, now), *tally);
                if passes.is_some_and(|passes| passes != approved) {
                    let what = format!("referendum {} ended against its votes {tally}", index.0);
                    return Err(governance(what));
                }
                if approved {
                    self.approved.insert(*index, (track, now));
                }
                self.promise(*index, approved, now);
            }
            ReferendaEvent::TimedOut { index, .. }
            | ReferendaEvent::Cancelled { index, .. }
            | ReferendaEvent::Killed { index, .. } => {
                self.deciding.remove(index);
            }
            ReferendaEvent::Submitted { .. }
            | ReferendaEvent::DecisionDepositPlaced { .. }
            | ReferendaEvent::DecisionDepositRefunded { .. }
            | ReferendaEvent::DepositSlashed { .. }
            | ReferendaEvent::ConfirmStarted { .. }
            | ReferendaEvent::ConfirmAborted { .. }
            | ReferendaEvent::SubmissionDepositRefunded { .. }
            | ReferendaEvent::MetadataSet { .. }
            | ReferendaEvent::MetadataCleared { .. }
            | ReferendaEvent::NotScheduled { .. } => {}
        }
        Ok(())
    }

    /// Whether the tally is over both bars; `None` where the electorate may have changed within the block.
    fn is_passing(
        &self,
        before: &Dump,
        made: &Made,
        (track, since, now): (TrackId, Slot, Slot),
        tally: Tally,
    ) -> Option<bool> {
        let moves = |event: &Event| {
            matches!(
                event,
                Event::Governance(
                    GovernanceEvent::Treasury(_)
                        | GovernanceEvent::Referenda(ReferendaEvent::DepositSlashed { .. })
                )
            )
        };
        if made.events.iter().any(moves) {
            return None;
        }
        let issuance: Balance = read(before, &Item::Issuance.key())?;
        let electorate = issuance.saturating_sub(query::account(before, treasury()).total());
        let shares = Shares { approval: tally.approval(), support: tally.support(electorate) };
        let parameters = &self.parameters.referenda;
        let rules = Rules {
            track: parameters.track(track)?,
            submitted: since,
            undeciding_timeout: parameters.undeciding_timeout,
            exact_alarms: parameters.exact_alarms,
        };
        Some(rules.is_passing(now, since, shares))
    }

    /// What those have promised who won with conviction.
    fn promise(&mut self, index: ReferendumIndex, approved: bool, now: Slot) {
        let period = self.parameters.voting.locking_period_slots;
        let from = (index, AccountId([0; 32]))..=(index, AccountId([0xff; 32]));
        for ((_, who), vote) in self.votes.range(from) {
            if let AccountVote::Standard { aye, conviction, balance } = vote
                && *aye == approved
                && conviction.lock_periods() > 0
            {
                let until = after(now, period.saturating_mul(conviction.lock_periods()));
                self.promises.push((*who, *balance, until));
            }
        }
    }

    fn on_voting(&mut self, chain: &Chain, step: &Step, event: &VotingEvent) {
        match event {
            VotingEvent::Voted { who, vote, index } => {
                self.votes.insert((*index, *who), *vote);
            }
            VotingEvent::VoteRemoved { who, index, .. } => {
                self.votes.remove(&(*index, *who));
            }
            VotingEvent::Delegated { who, track, .. } => {
                if let Call::Governance(Governance::Voting(VotingCall::Delegate {
                    conviction,
                    balance,
                    ..
                })) = &step.call
                {
                    self.delegations.insert((*who, *track), (*conviction, *balance));
                }
            }
            VotingEvent::Undelegated { who, track } => {
                if let Some((conviction, balance)) = self.delegations.remove(&(*who, *track)) {
                    let period = self.parameters.voting.locking_period_slots;
                    let slots = period.saturating_mul(conviction.lock_periods());
                    self.promises.push((*who, balance, after(chain.slot(), slots)));
                }
            }
            VotingEvent::VoteUnlocked { .. } => {}
        }
    }

    /// What one dispatch of the small tipper spends.
    fn check_spending(&self, made: &Made) -> Result<(), Found> {
        let mut dispatched = Vec::new();
        let mut sum = Balance::ZERO;
        for event in &made.events {
            match event {
                Event::Governance(GovernanceEvent::Scheduler(SchedulerEvent::Dispatched {
                    name,
                    ..
                })) => dispatched.push(*name),
                Event::Governance(GovernanceEvent::Treasury(
                    TreasuryEvent::Tipped { amount, .. } | TreasuryEvent::Approved { amount, .. },
                )) => sum = sum.saturating_add(*amount),
                Event::System(_)
                | Event::Balances(_)
                | Event::Staking(_)
                | Event::Governance(_) => {}
            }
        }
        let [Some(name)] = dispatched[..] else { return Ok(()) };
        let track = name.referendum().and_then(|index| self.approved.get(&index));
        let limit = track.map(|(track, _)| self.parameters.treasury.limit_of(*track));
        match limit {
            Some(limit) if !limit.is_zero() && sum > limit => {
                Err(governance(format!("a dispatch spent {sum}, its track may spend {limit}")))
            }
            _ => Ok(()),
        }
    }

    fn check_room(&mut self, chain: &Chain) -> Result<(), Found> {
        let now = chain.slot();
        for track in &self.parameters.referenda.tracks {
            let item = Item::DecidingCount(track.id.0);
            let taken: u32 = read(chain.dump(), &item.key()).unwrap_or_default();
            let known = self.deciding.values().filter(|(other, _)| *other == track.id).count();
            if usize::try_from(taken).unwrap_or(usize::MAX) <= known {
                self.crowded.remove(&track.id);
                continue;
            }
            let since = *self.crowded.entry(track.id).or_insert(now);
            if now.since(since) > FREE_SLOTS {
                return Err(governance(format!("a decision on {} frees no room", track.name)));
            }
        }
        Ok(())
    }

    fn check_promises(&mut self, chain: &Chain) -> Result<(), Found> {
        let now = chain.slot();
        self.promises.retain(|(_, _, until)| *until > now);
        for (who, amount, until) in &self.promises {
            let frozen = query::account(chain.dump(), *who).frozen_for(VOTES);
            if frozen < *amount {
                let what = format!("{who} has {frozen} locked and promised {amount} to {until}");
                return Err(governance(what));
            }
        }
        Ok(())
    }
}

/// The kind of what the runtime's own invariants find.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else is damage of the state")]
fn of_state(violation: &Violation) -> Found {
    let kind = match violation {
        Violation::Issuance { .. } | Violation::Reasons(_) | Violation::Empty(_) => Kind::Money,
        Violation::Tally { .. } | Violation::Locks { .. } | Violation::Deposits { .. } => {
            Kind::Governance
        }
        Violation::NonceFell(_) => Kind::Nonce,
        _ => Kind::Crash,
    };
    (kind, violation.to_string())
}

/// Nobody lives below the existential deposit by nothing but that.
fn check_lives(chain: &Chain) -> Result<(), Found> {
    let deposit = query::parameters(chain.dump()).existential_deposit;
    for account in &chain.accounts {
        let found = query::account(chain.dump(), *account);
        let bound = !found.holds.is_empty() || !found.freezes.is_empty();
        if !found.free.is_zero() && found.free < deposit && !bound {
            return Err((Kind::Money, format!("{account} lives with {}", found.free)));
        }
    }
    Ok(())
}

/// A call that failed moved nothing of those who have no part in fees.
fn check_failure(chain: &Chain, before: &Dump, step: &Step, made: &Made) -> Result<(), Found> {
    let failed = made.outcome.as_ref().is_ok_and(|outcome| outcome.result.is_err());
    let mut author = None;
    for event in &made.events {
        match event {
            Event::Balances(BalancesEvent::FeesShared { author: found, .. }) => {
                author = Some(*found);
            }
            Event::Governance(GovernanceEvent::Treasury(_)) => return Ok(()),
            Event::System(_) | Event::Balances(_) | Event::Governance(_) | Event::Staking(_) => {}
        }
    }
    let others = chain.accounts.iter().filter(|one| **one != step.sender && Some(**one) != author);
    for account in others.filter(|_| failed) {
        let (was, is) = (query::account(before, *account), query::account(chain.dump(), *account));
        if was.free != is.free {
            let what = format!("a call that failed gave {account} {} for {}", is.free, was.free);
            return Err((Kind::Money, what));
        }
    }
    Ok(())
}
