//! Our side: the modules of governance over a state in memory, and what a step shows of them.
//!
//! Proposals are the bytes of the other side's calls, so that hashes and lengths are the same; what is
//! dispatched is read back from them.

use super::action::{ACCOUNTS, Action, Ballot, Deed, Named, Who};
use super::mock::TREASURY;
use super::view::{AccountView, Shown, View};
use super::{peer, tracks};
use serin_governance::preimages::{PreimageCall, len};
use serin_governance::referenda::{
    Enactment, Phase, Referenda, ReferendaCall, Referendum, alarm_of, deciding_count, get, queue,
};
use serin_governance::scheduler::{Proposal, SchedulerCall, SchedulerEvent, Service, TaskName};
use serin_governance::voting::{AccountVote, Conviction, Record, VotingCall, ballots, locks};
use serin_governance::{
    Call, Context, Error, Event, Origin, Parameters, ReferendumIndex, TrackId, preimages,
    referenda, scheduler, voting,
};
use serin_state::balances::{Credit, Survival};
use serin_state::layout::StateKey;
use serin_state::overlay::Overlay;
use serin_state::types::{AccountId, Balance, Hash, Slot, Weight};
use std::collections::BTreeMap;

type Base = BTreeMap<StateKey, Vec<u8>>;

/// The account of a number.
pub(crate) fn account(number: u64) -> AccountId {
    if number == TREASURY {
        return Context::<Base>::treasury();
    }
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    AccountId(bytes)
}

/// Our chain.
pub(crate) struct Ours {
    state: Overlay<Base>,
    parameters: Parameters,
    now: Slot,
    events: Vec<Event>,
}

impl Ours {
    pub(crate) fn new() -> Self {
        let mut ours = Self {
            state: Overlay::new(Base::new()),
            parameters: tracks::ours(),
            now: Slot(1),
            events: Vec::new(),
        };
        for (who, amount) in ACCOUNTS.into_iter().chain([(TREASURY, super::TREASURY_STARTS_WITH)]) {
            ours.with(|context| {
                context.ledger().mint(account(who), Balance(amount.into())).unwrap();
            });
        }
        ours
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Context<'_, Base>) -> T) -> T {
        let mut context = Context::new(&mut self.state, &self.parameters, Balance(1), self.now);
        let result = act(&mut context);
        let dust = std::mem::replace(&mut context.dust, Credit::zero());
        assert!(dust.amount().is_zero(), "no account of a sequence is reaped");
        context.ledger().burn_credit(dust);
        self.events.append(&mut context.events);
        result
    }

    /// Takes an action and returns the name of the refusal, if any.
    pub(crate) fn act(&mut self, action: &Action) -> Result<(), String> {
        if let Action::Advance(blocks) = action {
            for _ in 0..*blocks {
                self.block();
            }
            return Ok(());
        }
        if let Action::Transfer { from, to, amount } = *action {
            let (from, to, amount) = (account(from), account(to), Balance(amount.into()));
            let moved = self.with(|context| {
                context.ledger().transfer(from, to, amount, Survival::KeepAlive).map(|dust| {
                    context.take_dust(dust);
                })
            });
            return moved.map_err(|_| "TooLittle".to_owned());
        }
        let (origin, call) = self.call_of(action);
        self.dispatch(origin, call).map_err(|error| name(&error))
    }

    fn dispatch(&mut self, origin: Origin, call: Call) -> Result<(), Error> {
        self.state.begin();
        let before = self.events.len();
        let result = self.with(|context| match call {
            Call::Voting(call) => voting::apply::<Referenda, _>(context, origin, call),
            Call::Referenda(call) => referenda::apply(context, origin, call),
            Call::Preimages(call) => preimages::apply(context, origin, call),
            Call::Scheduler(call) => scheduler::apply(context, origin, call),
            other => panic!("not compared: {other:?}"),
        });
        if result.is_ok() {
            self.state.keep();
        } else {
            assert_eq!(self.events.len(), before, "a refused call reports nothing");
            self.state.discard();
        }
        result
    }

    fn block(&mut self) {
        self.now = self.now.next().unwrap();
        let mut service = Service::new(self.parameters.scheduler.weight_max);
        let weigh = |bytes: &[u8]| peer::decoded(bytes).map(|_| Weight(1_000_000));
        while let Some(due) = self.with(|context| service.next(context, &weigh)) {
            let succeeded = match peer::decoded(&due.bytes).unwrap() {
                Deed::Remark(_) => true,
                Deed::Cancel(index) => self.dispatch(due.origin, cancel(index)).is_ok(),
                Deed::Kill(index) => self.dispatch(due.origin, kill(index)).is_ok(),
                Deed::Note(document) => {
                    let bytes = peer::document(document);
                    let call = Call::Preimages(PreimageCall::Note { bytes });
                    self.dispatch(due.origin, call).is_ok()
                }
                Deed::Nonsense => unreachable!("nonsense does not decode"),
            };
            self.with(|context| service.done(context, &due, succeeded, due.weight));
        }
    }

    fn call_of(&self, action: &Action) -> (Origin, Call) {
        match *action {
            Action::Advance(_) | Action::Transfer { .. } => unreachable!("not a call"),
            Action::Submit { who, powers, deed, named, at, delay } => {
                let enactment = if at {
                    Enactment::At(Slot(self.now.0 + delay))
                } else {
                    Enactment::After(delay)
                };
                let (origin, proposal) = (origin(powers), proposal(deed, named));
                let call = ReferendaCall::Submit { origin, proposal, enactment };
                (self::origin(who), Call::Referenda(call))
            }
            Action::PlaceDecisionDeposit { who, index } => {
                let index = ReferendumIndex(index);
                (origin(who), Call::Referenda(ReferendaCall::PlaceDecisionDeposit { index }))
            }
            Action::RefundDecisionDeposit { who, index } => {
                let index = ReferendumIndex(index);
                (origin(who), Call::Referenda(ReferendaCall::RefundDecisionDeposit { index }))
            }
            Action::RefundSubmissionDeposit { who, index } => {
                let index = ReferendumIndex(index);
                (origin(who), Call::Referenda(ReferendaCall::RefundSubmissionDeposit { index }))
            }
            Action::Cancel { who, index } => (origin(who), cancel(index)),
            Action::Kill { who, index } => (origin(who), kill(index)),
            Action::SetMetadata { who, index, document } => {
                let hash = document.map(|document| Hash::of(&peer::document(document)));
                let index = ReferendumIndex(index);
                (origin(who), Call::Referenda(ReferendaCall::SetMetadata { index, hash }))
            }
            Action::NoteDocument { who, document } => (
                origin(who),
                Call::Preimages(PreimageCall::Note { bytes: peer::document(document) }),
            ),
            Action::NoteDeed { who, deed } => {
                (origin(who), Call::Preimages(PreimageCall::Note { bytes: peer::bytes(deed) }))
            }
            Action::Unnote { who, document } => {
                let hash = Hash::of(&peer::document(document));
                (origin(who), Call::Preimages(PreimageCall::Unnote { hash }))
            }
            Action::UnnoteDeed { who, deed } => {
                let hash = Hash::of(&peer::bytes(deed));
                (origin(who), Call::Preimages(PreimageCall::Unnote { hash }))
            }
            Action::Request { who, document } => {
                let hash = Hash::of(&peer::document(document));
                (origin(who), Call::Preimages(PreimageCall::Request { hash }))
            }
            Action::Unrequest { who, document } => {
                let hash = Hash::of(&peer::document(document));
                (origin(who), Call::Preimages(PreimageCall::Unrequest { hash }))
            }
            Action::CancelNamed { who, index } => {
                let name = TaskName::enactment(ReferendumIndex(index));
                (origin(who), Call::Scheduler(SchedulerCall::Cancel { name }))
            }
            _ => voting_call(action),
        }
    }

    /// All that a step shows, and the events since the last look.
    pub(crate) fn view(&mut self, referenda: u32) -> View {
        let events = std::mem::take(&mut self.events);
        let events = events.into_iter().filter_map(shown).collect();
        self.with(|context| View {
            events,
            referenda: (0..referenda).map(|index| referendum(context, index)).collect(),
            queues: tracks::IDS.map(|id| queue(context, TrackId(id)).0).to_vec(),
            deciding: tracks::IDS.map(|id| deciding_count(context, TrackId(id))).to_vec(),
            enactments: (0..referenda)
                .map(|index| {
                    let name = TaskName::enactment(ReferendumIndex(index));
                    scheduler::named(context, name).map(|address| address.slot.0)
                })
                .collect(),
            preimages: peer::known()
                .iter()
                .map(|(hash, _)| {
                    let hash = *hash;
                    let status = context.read(serin_state::layout::Item::PreimageStatus(hash));
                    (status, len(context, hash))
                })
                .collect(),
            accounts: ACCOUNTS
                .into_iter()
                .map(|(who, _)| who)
                .chain([TREASURY])
                .map(|who| account_view(context, account(who)))
                .collect(),
        })
    }
}

fn account_view(context: &mut Context<'_, Base>, who: AccountId) -> AccountView {
    let account = context.ledger().account(who);
    AccountView {
        free: account.free.0,
        held: account.held().0,
        frozen: account.frozen().0,
        locks: locks(context, who),
        votes: tracks::IDS
            .into_iter()
            .map(|id| {
                let record = Record::read(context, who, TrackId(id));
                let votes = record.votes.iter().map(|cast| (cast.index, cast.vote)).collect();
                (votes, record.delegation, record.received, record.prior)
            })
            .collect(),
    }
}

fn referendum(context: &Context<'_, Base>, index: u32) -> Option<Shown> {
    let index = ReferendumIndex(index);
    Some(match get(context, index)? {
        Referendum::Ongoing(ongoing) => Shown::Ongoing {
            track: ongoing.track,
            submitted: ongoing.submitted.0,
            is_queued: ongoing.phase == Phase::Queued,
            deciding: match ongoing.phase {
                Phase::Preparing | Phase::Queued => None,
                Phase::Deciding { since } => Some((since.0, None)),
                Phase::Confirming { since, until } => Some((since.0, Some(until.0))),
                Phase::Ended(outcome) => panic!("ended as {outcome:?} and still ongoing"),
            },
            alarm: alarm_of(context, index).map(|slot| slot.0),
            deposits: (Some(ongoing.submission_deposit), ongoing.decision_deposit),
            tally: ballots::tally(context, index).unwrap(),
        },
        Referendum::Ended(ended) => Shown::Ended {
            outcome: ended.outcome,
            at: ended.at.0,
            deposits: (ended.submission_deposit, ended.decision_deposit),
        },
    })
}

/// Events that both sides have. Places in agendas differ: ours has one entry for all tallies of a slot.
fn shown(event: Event) -> Option<Event> {
    match event {
        Event::Scheduler(SchedulerEvent::Scheduled { .. } | SchedulerEvent::Cancelled { .. }) => {
            None
        }
        Event::Scheduler(SchedulerEvent::Dispatched { mut address, name, succeeded }) => {
            address.index = 0;
            Some(SchedulerEvent::Dispatched { address, name, succeeded }.into())
        }
        Event::Scheduler(SchedulerEvent::CallUnavailable { mut address, name }) => {
            address.index = 0;
            Some(SchedulerEvent::CallUnavailable { address, name }.into())
        }
        other => Some(other),
    }
}

fn voting_call(action: &Action) -> (Origin, Call) {
    let (who, call) = match *action {
        Action::Vote { who, index, ballot } => {
            let (index, vote) = (ReferendumIndex(index), vote(ballot));
            (who, VotingCall::Vote { index, vote, reason: None })
        }
        Action::RemoveVote { who, track, index } => {
            let (track, index) = (track.map(TrackId), ReferendumIndex(index));
            (who, VotingCall::RemoveVote { track, index })
        }
        Action::RemoveOtherVote { who, target, track, index } => {
            let (target, track) = (account(target), TrackId(track));
            (who, VotingCall::RemoveOtherVote { target, track, index: ReferendumIndex(index) })
        }
        Action::Unlock { who, track, target } => {
            (who, VotingCall::Unlock { track: TrackId(track), target: account(target) })
        }
        Action::Delegate { who, track, to, conviction, balance } => {
            let call = VotingCall::Delegate {
                track: TrackId(track),
                to: account(to),
                conviction: self::conviction(conviction),
                balance: Balance(balance.into()),
            };
            (who, call)
        }
        Action::Undelegate { who, track } => {
            (who, VotingCall::Undelegate { track: TrackId(track) })
        }
        _ => unreachable!("not a call of voting"),
    };
    (origin(who), Call::Voting(call))
}

pub(crate) fn vote(ballot: Ballot) -> AccountVote {
    let balance = |amount: u64| Balance(amount.into());
    match ballot {
        Ballot::Standard { aye, conviction, balance: amount } => AccountVote::Standard {
            aye,
            conviction: self::conviction(conviction),
            balance: balance(amount),
        },
        Ballot::Split { aye, nay } => AccountVote::Split { aye: balance(aye), nay: balance(nay) },
        Ballot::Abstain { aye, nay, abstain } => AccountVote::SplitAbstain {
            aye: balance(aye),
            nay: balance(nay),
            abstain: balance(abstain),
        },
    }
}

pub(crate) fn conviction(number: u8) -> Conviction {
    Conviction::ALL[usize::from(number)]
}

fn cancel(index: u32) -> Call {
    Call::Referenda(ReferendaCall::Cancel { index: ReferendumIndex(index) })
}

fn kill(index: u32) -> Call {
    Call::Referenda(ReferendaCall::Kill { index: ReferendumIndex(index) })
}

fn origin(who: Who) -> Origin {
    match who {
        Who::Account(number) => Origin::Signed(account(number)),
        Who::Root => Origin::Root,
        Who::Track(id) => Origin::Track(TrackId(id)),
    }
}

fn proposal(deed: Deed, named: Named) -> Proposal {
    let bytes = peer::bytes(deed);
    let len = u32::try_from(bytes.len()).unwrap();
    match named {
        Named::Inline => Proposal::Inline(bytes),
        Named::Lookup => Proposal::Lookup { hash: Hash::of(&bytes), len },
        Named::WrongLength => Proposal::Lookup { hash: Hash::of(&bytes), len: len + 1 },
    }
}

/// What a refusal is called on the other side.
fn name(error: &Error) -> String {
    match error {
        Error::Voting(error) => format!("{error:?}"),
        Error::Referenda(error) => format!("{error:?}"),
        Error::Preimages(error) => format!("{error:?}"),
        Error::Scheduler(error) => format!("{error:?}"),
        other => format!("{other:?}"),
    }
}
