//! Their side: the mock runtime driven by the same actions, and read into the same view.
//!
//! Calls go through dispatch, so that a refused one leaves no trace, as in a block.

use super::action::{ACCOUNTS, Action, Ballot, Deed, Named, Who};
use super::mock::{
    Preimage, RuntimeCall, RuntimeEvent, RuntimeOrigin, Scheduler, System, TREASURY, Test,
};
use super::view::{AccountView, Shown, View, Votes};
use super::{mock, ours, tracks};
use codec::{Decode, Encode};
use frame_support::traits::schedule::DispatchTime;
use frame_support::traits::{Bounded, OnInitialize, QueryPreimage};
use pallet_conviction_voting as published_voting;
use pallet_preimage::RequestStatus;
use pallet_referenda::{Deposit as TheirDeposit, ReferendumInfo};
use serin_governance::deposits::Deposit;
use serin_governance::preimages::{PreimageEvent, Status};
use serin_governance::referenda::{Outcome, ReferendaEvent};
use serin_governance::scheduler::{Address, Proposal, SchedulerEvent, TaskName};
use serin_governance::tally::Tally;
use serin_governance::voting::{AccountVote, Delegation, Power, PriorLock, VotingEvent};
use serin_governance::{Event, ReferendumIndex, TrackId};
use serin_state::types::{Balance, Hash, Slot};
use sp_runtime::traits::Dispatchable;
use sp_runtime::{BoundedVec, DispatchError};
use std::cell::RefCell;
use std::sync::OnceLock;

type Bound = Bounded<RuntimeCall, sp_runtime::traits::BlakeTwo256>;

/// The call of a deed, if it has one.
fn call_of(deed: Deed) -> Option<RuntimeCall> {
    Some(match deed {
        Deed::Remark(number) => {
            RuntimeCall::System(frame_system::Call::remark { remark: vec![number; 3] })
        }
        Deed::Cancel(index) => RuntimeCall::Referenda(pallet_referenda::Call::cancel { index }),
        Deed::Kill(index) => RuntimeCall::Referenda(pallet_referenda::Call::kill { index }),
        Deed::Note(number) => {
            RuntimeCall::Preimage(pallet_preimage::Call::note_preimage { bytes: document(number) })
        }
        Deed::Nonsense => return None,
    })
}

/// The bytes of a deed, on both sides.
pub(crate) fn bytes(deed: Deed) -> Vec<u8> {
    call_of(deed).map_or_else(|| vec![255, 1, 2], |call| call.encode())
}

/// A document that explains something.
pub(crate) fn document(number: u8) -> Vec<u8> {
    vec![b'd', b'o', b'c', number, number]
}

/// The deed that bytes ask for; `None` where they are no call.
pub(crate) fn decoded(bytes: &[u8]) -> Option<Deed> {
    match RuntimeCall::decode(&mut &*bytes).ok()? {
        RuntimeCall::System(frame_system::Call::remark { remark }) => Some(Deed::Remark(remark[0])),
        RuntimeCall::Referenda(pallet_referenda::Call::cancel { index }) => {
            Some(Deed::Cancel(index))
        }
        RuntimeCall::Referenda(pallet_referenda::Call::kill { index }) => Some(Deed::Kill(index)),
        RuntimeCall::Preimage(pallet_preimage::Call::note_preimage { bytes }) => {
            Some(Deed::Note(bytes[3]))
        }
        other => panic!("not a deed: {other:?}"),
    }
}

/// All bytes of which the status is compared: their hashes and lengths.
pub(crate) fn known() -> &'static [(Hash, u32)] {
    static KNOWN: OnceLock<Vec<(Hash, u32)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let deeds = (0..3).map(Deed::Remark).chain((0..3).map(Deed::Note)).chain([Deed::Nonsense]);
        let deeds = deeds.chain((0..4).map(Deed::Cancel)).chain((0..4).map(Deed::Kill));
        let all = (0..3).map(document).chain(deeds.map(bytes));
        all.map(|bytes| (Hash::of(&bytes), u32::try_from(bytes.len()).unwrap())).collect()
    })
}

/// Takes an action and returns the name of the refusal, if any.
pub(crate) fn act(action: &Action) -> Result<(), String> {
    if let Action::Advance(blocks) = action {
        for _ in 0..*blocks {
            System::set_block_number(System::block_number() + 1);
            Scheduler::on_initialize(System::block_number());
        }
        return Ok(());
    }
    let (origin, call) = call(action);
    call.dispatch(origin).map(|_| ()).map_err(|error| name(error.error))
}

fn name(error: DispatchError) -> String {
    match error {
        DispatchError::Module(error) => {
            let name = error.message.unwrap();
            match name {
                "InsufficientBalance" | "LiquidityRestrictions" | "Expendability" => "TooLittle",
                "PreimageStoredWithDifferentLength" => "PreimageLengthDiffers",
                name => name,
            }
            .to_owned()
        }
        DispatchError::ConsumerRemaining | DispatchError::Token(_) => "TooLittle".to_owned(),
        DispatchError::BadOrigin => "BadOrigin".to_owned(),
        other => format!("{other:?}"),
    }
}

fn call(action: &Action) -> (RuntimeOrigin, RuntimeCall) {
    use pallet_preimage::Call as PreimageCall;
    use pallet_referenda::Call as ReferendaCall;
    let hash = |bytes: Vec<u8>| sp_io::hashing::blake2_256(&bytes).into();
    match *action {
        Action::Advance(_) => unreachable!("not a call"),
        Action::Transfer { from, to, amount } => {
            let call = pallet_balances::Call::transfer_keep_alive { dest: to, value: amount };
            (RuntimeOrigin::signed(from), call.into())
        }
        Action::Submit { who, powers, deed, named, at, delay } => {
            let moment = if at {
                DispatchTime::At(System::block_number() + delay)
            } else {
                DispatchTime::After(delay)
            };
            let call = ReferendaCall::submit {
                proposal_origin: Box::new(origin(powers).caller),
                proposal: proposal(deed, named),
                enactment_moment: moment,
            };
            (origin(who), call.into())
        }
        Action::PlaceDecisionDeposit { who, index } => {
            (origin(who), ReferendaCall::place_decision_deposit { index }.into())
        }
        Action::RefundDecisionDeposit { who, index } => {
            (origin(who), ReferendaCall::refund_decision_deposit { index }.into())
        }
        Action::RefundSubmissionDeposit { who, index } => {
            (origin(who), ReferendaCall::refund_submission_deposit { index }.into())
        }
        Action::Cancel { who, index } => (origin(who), ReferendaCall::cancel { index }.into()),
        Action::Kill { who, index } => (origin(who), ReferendaCall::kill { index }.into()),
        Action::SetMetadata { who, index, document: number } => {
            let maybe_hash = number.map(|number| hash(document(number)));
            (origin(who), ReferendaCall::set_metadata { index, maybe_hash }.into())
        }
        Action::NoteDocument { who, document: number } => {
            (origin(who), PreimageCall::note_preimage { bytes: document(number) }.into())
        }
        Action::NoteDeed { who, deed } => {
            (origin(who), PreimageCall::note_preimage { bytes: bytes(deed) }.into())
        }
        Action::Unnote { who, document: number } => {
            (origin(who), PreimageCall::unnote_preimage { hash: hash(document(number)) }.into())
        }
        Action::UnnoteDeed { who, deed } => {
            (origin(who), PreimageCall::unnote_preimage { hash: hash(bytes(deed)) }.into())
        }
        Action::Request { who, document: number } => {
            (origin(who), PreimageCall::request_preimage { hash: hash(document(number)) }.into())
        }
        Action::Unrequest { who, document: number } => {
            (origin(who), PreimageCall::unrequest_preimage { hash: hash(document(number)) }.into())
        }
        Action::CancelNamed { who, index } => {
            (origin(who), pallet_scheduler::Call::cancel_named { id: task(index) }.into())
        }
        _ => voting_call(action),
    }
}

fn voting_call(action: &Action) -> (RuntimeOrigin, RuntimeCall) {
    use pallet_conviction_voting::Call as VotingCall;
    let (who, call) = match *action {
        Action::Vote { who, index, ballot } => {
            (who, VotingCall::vote { poll_index: index, vote: vote(ballot) })
        }
        Action::RemoveVote { who, track, index } => {
            (who, VotingCall::remove_vote { class: track, index })
        }
        Action::RemoveOtherVote { who, target, track, index } => {
            (who, VotingCall::remove_other_vote { target, class: track, index })
        }
        Action::Unlock { who, track, target } => (who, VotingCall::unlock { class: track, target }),
        Action::Delegate { who, track, to, conviction, balance } => {
            let conviction = published_voting::Conviction::try_from(conviction).unwrap();
            (who, VotingCall::delegate { class: track, to, conviction, balance })
        }
        Action::Undelegate { who, track } => (who, VotingCall::undelegate { class: track }),
        _ => unreachable!("not a call of voting"),
    };
    (origin(who), call.into())
}

fn vote(ballot: Ballot) -> published_voting::AccountVote<u64> {
    match ballot {
        Ballot::Standard { aye, conviction, balance } => {
            let conviction = published_voting::Conviction::try_from(conviction).unwrap();
            let vote = published_voting::Vote { aye, conviction };
            published_voting::AccountVote::Standard { vote, balance }
        }
        Ballot::Split { aye, nay } => published_voting::AccountVote::Split { aye, nay },
        Ballot::Abstain { aye, nay, abstain } => {
            published_voting::AccountVote::SplitAbstain { aye, nay, abstain }
        }
    }
}

fn origin(who: Who) -> RuntimeOrigin {
    match who {
        Who::Account(number) => RuntimeOrigin::signed(number),
        Who::Root => RuntimeOrigin::root(),
        Who::Track(id) => mock::powers::Origin::Track(id).into(),
    }
}

fn proposal(deed: Deed, named: Named) -> Bound {
    let bytes = bytes(deed);
    let hash = sp_io::hashing::blake2_256(&bytes).into();
    let len = u32::try_from(bytes.len()).unwrap();
    match named {
        Named::Inline => Bounded::Inline(BoundedVec::try_from(bytes).unwrap()),
        Named::Lookup => Bounded::Lookup { hash, len },
        Named::WrongLength => Bounded::Lookup { hash, len: len + 1 },
    }
}

/// The name of an enactment in their scheduler.
fn task(index: u32) -> [u8; 32] {
    (*b"assembly", "enactment", index).using_encoded(sp_io::hashing::blake2_256)
}

thread_local! {
    /// Names of tasks met so far.
    static NAMES: RefCell<Vec<[u8; 32]>> = const { RefCell::new(Vec::new()) };
}

fn enactment(name: [u8; 32]) -> TaskName {
    let index = NAMES.with_borrow_mut(|names| {
        loop {
            if let Some(index) = names.iter().position(|known| *known == name) {
                return index;
            }
            names.push(task(u32::try_from(names.len()).unwrap()));
            assert!(names.len() < 10_000, "a task that is no enactment");
        }
    });
    TaskName::enactment(ReferendumIndex(u32::try_from(index).unwrap()))
}

/// All that a step shows, and the events since the last look.
pub(crate) fn view(referenda: u32) -> View {
    let events = System::events().into_iter().filter_map(|record| event(record.event)).collect();
    System::reset_events();
    View {
        events,
        referenda: (0..referenda).map(referendum).collect(),
        queues: tracks::IDS
            .map(|id| {
                let queue = pallet_referenda::TrackQueue::<Test>::get(id);
                let entry = |(index, ayes): &(u32, u64)| (ReferendumIndex(*index), amount(*ayes));
                queue.iter().map(entry).collect()
            })
            .to_vec(),
        deciding: tracks::IDS.map(pallet_referenda::DecidingCount::<Test>::get).to_vec(),
        enactments: (0..referenda)
            .map(|index| pallet_scheduler::Lookup::<Test>::get(task(index)).map(|(when, _)| when))
            .collect(),
        preimages: known().iter().map(|(hash, len)| preimage(*hash, *len)).collect(),
        accounts: ACCOUNTS.into_iter().map(|(who, _)| who).chain([TREASURY]).map(account).collect(),
    }
}

fn account(who: u64) -> AccountView {
    let data = System::account(who).data;
    let locks = published_voting::ClassLocksFor::<Test>::get(who);
    let mut locks: Vec<(TrackId, Balance)> = locks
        .iter()
        .map(|(class, locked)| (TrackId(*class), amount(*locked)))
        .filter(|(_, locked)| !locked.is_zero())
        .collect();
    locks.sort_unstable();
    AccountView {
        free: data.free.into(),
        held: data.reserved.into(),
        frozen: data.frozen.into(),
        locks,
        votes: tracks::IDS.into_iter().map(|id| votes(who, id)).collect(),
    }
}

fn votes(who: u64, id: u16) -> Votes {
    let power = |power: published_voting::Delegations<u64>| Power {
        votes: amount(power.votes),
        capital: amount(power.capital),
    };
    match published_voting::VotingFor::<Test>::get(who, id) {
        published_voting::Voting::Casting(casting) => {
            let votes = casting.votes.iter();
            let votes = votes.map(|(index, vote)| (ReferendumIndex(*index), read_vote(*vote)));
            (votes.collect(), None, power(casting.delegations), prior(&casting.prior.encode()))
        }
        published_voting::Voting::Delegating(delegating) => {
            let delegation = Delegation {
                target: ours::account(delegating.target),
                conviction: ours::conviction(delegating.conviction.into()),
                balance: amount(delegating.balance),
            };
            let received = power(delegating.delegations);
            (Vec::new(), Some(delegation), received, prior(&delegating.prior.encode()))
        }
    }
}

/// A prior lock: its fields are private, its encoding is not.
fn prior(encoded: &[u8]) -> PriorLock {
    let (until, locked) = <(u64, u64)>::decode(&mut &*encoded).unwrap();
    PriorLock { until: Slot(until), amount: amount(locked) }
}

fn read_vote(vote: published_voting::AccountVote<u64>) -> AccountVote {
    use published_voting::AccountVote as Theirs;
    ours::vote(match vote {
        Theirs::Standard { vote, balance } => {
            Ballot::Standard { aye: vote.aye, conviction: vote.conviction.into(), balance }
        }
        Theirs::Split { aye, nay } => Ballot::Split { aye, nay },
        Theirs::SplitAbstain { aye, nay, abstain } => Ballot::Abstain { aye, nay, abstain },
    })
}

fn preimage(hash: Hash, length: u32) -> (Option<Status>, Option<u32>) {
    let hash = hash.0.into();
    let deposit = |who: u64, len: u32| {
        let price = tracks::PREIMAGE_BASE + tracks::PREIMAGE_BYTE * u64::from(len);
        Deposit { who: ours::account(who), amount: amount(price) }
    };
    let status = pallet_preimage::RequestStatusFor::<Test>::get(hash).map(|status| match status {
        RequestStatus::Unrequested { ticket: (who, _), len } => {
            Status::Unrequested { deposit: deposit(who, len), len }
        }
        RequestStatus::Requested { maybe_ticket, count, maybe_len } => Status::Requested {
            deposit: maybe_ticket.map(|(who, _)| deposit(who, length)),
            count,
            len: maybe_len,
        },
    });
    (status, <Preimage as QueryPreimage>::len(&hash))
}

fn referendum(index: u32) -> Option<Shown> {
    use ReferendumInfo::{Approved, Cancelled, Killed, Ongoing, Rejected, TimedOut};
    let ended = |outcome, at, submission, decision| {
        let deposits = (deposit(submission), deposit(decision));
        Shown::Ended { outcome, at, deposits }
    };
    let now = System::block_number();
    Some(match pallet_referenda::ReferendumInfoFor::<Test>::get(index)? {
        Ongoing(status) => Shown::Ongoing {
            track: TrackId(status.track),
            submitted: status.submitted,
            is_queued: status.in_queue,
            deciding: status.deciding.map(|deciding| (deciding.since, deciding.confirming)),
            // One that rang and changed nothing stands in their row for ever.
            alarm: status.alarm.map(|(when, _)| when).filter(|when| *when > now),
            deposits: (deposit(Some(status.submission_deposit)), deposit(status.decision_deposit)),
            tally: tally(&status.tally),
        },
        Approved(at, submission, decision) => ended(Outcome::Approved, at, submission, decision),
        Rejected(at, submission, decision) => ended(Outcome::Rejected, at, submission, decision),
        Cancelled(at, submission, decision) => ended(Outcome::Cancelled, at, submission, decision),
        TimedOut(at, submission, decision) => ended(Outcome::TimedOut, at, submission, decision),
        Killed(at) => ended(Outcome::Killed, at, None, None),
    })
}

fn deposit(theirs: Option<TheirDeposit<u64, u64>>) -> Option<Deposit> {
    theirs.map(|TheirDeposit { who, amount: paid }| Deposit {
        who: ours::account(who),
        amount: amount(paid),
    })
}

fn tally(tally: &pallet_conviction_voting::TallyOf<Test>) -> Tally {
    Tally { ayes: amount(tally.ayes), nays: amount(tally.nays), support: amount(tally.support) }
}

fn amount(amount: u64) -> Balance {
    Balance(amount.into())
}

fn read_proposal(proposal: Bound) -> Proposal {
    match proposal {
        Bounded::Inline(bytes) => Proposal::Inline(bytes.into_inner()),
        Bounded::Lookup { hash, len } => Proposal::Lookup { hash: Hash(hash.0), len },
        Bounded::Legacy { .. } => unreachable!("nobody proposes in the old form"),
    }
}

/// An event in our words, where both sides have it. Alarms make none of ours.
fn event(event: RuntimeEvent) -> Option<Event> {
    match event {
        RuntimeEvent::Referenda(event) => Some(referenda_event(event).into()),
        RuntimeEvent::Voting(event) => Some(voting_event(event).into()),
        RuntimeEvent::Preimage(event) => Some(
            match event {
                pallet_preimage::Event::Noted { hash } => {
                    PreimageEvent::Noted { hash: Hash(hash.0) }
                }
                pallet_preimage::Event::Requested { hash } => {
                    PreimageEvent::Requested { hash: Hash(hash.0) }
                }
                pallet_preimage::Event::Cleared { hash } => {
                    PreimageEvent::Cleared { hash: Hash(hash.0) }
                }
                other => panic!("unknown event {other:?}"),
            }
            .into(),
        ),
        RuntimeEvent::Scheduler(event) => scheduler_event(event).map(Into::into),
        RuntimeEvent::System(_) | RuntimeEvent::Balances(_) => None,
    }
}

fn scheduler_event(event: pallet_scheduler::Event<Test>) -> Option<SchedulerEvent> {
    let address = |when: u64| Address { slot: Slot(when), index: 0 };
    match event {
        pallet_scheduler::Event::Dispatched { task, id: Some(id), result } => {
            Some(SchedulerEvent::Dispatched {
                address: address(task.0),
                name: Some(enactment(id)),
                succeeded: result.is_ok(),
            })
        }
        pallet_scheduler::Event::CallUnavailable { task, id } => {
            Some(SchedulerEvent::CallUnavailable {
                address: address(task.0),
                name: id.map(enactment),
            })
        }
        pallet_scheduler::Event::Scheduled { .. }
        | pallet_scheduler::Event::Canceled { .. }
        | pallet_scheduler::Event::Dispatched { id: None, .. } => None,
        other => panic!("unknown event {other:?}"),
    }
}

fn voting_event(event: published_voting::Event<Test>) -> VotingEvent {
    use published_voting::Event as Theirs;
    let who = ours::account;
    match event {
        Theirs::Delegated(from, target, class) => {
            VotingEvent::Delegated { who: who(from), target: who(target), track: TrackId(class) }
        }
        Theirs::Undelegated(from, class) => {
            VotingEvent::Undelegated { who: who(from), track: TrackId(class) }
        }
        Theirs::Voted { who: voter, vote, poll_index } => VotingEvent::Voted {
            who: who(voter),
            vote: read_vote(vote),
            index: ReferendumIndex(poll_index),
        },
        Theirs::VoteRemoved { who: voter, vote, poll_index } => VotingEvent::VoteRemoved {
            who: who(voter),
            vote: read_vote(vote),
            index: ReferendumIndex(poll_index),
        },
        Theirs::VoteUnlocked { who: voter, class } => {
            VotingEvent::VoteUnlocked { who: who(voter), track: TrackId(class) }
        }
        other => panic!("unknown event {other:?}"),
    }
}

fn referenda_event(event: pallet_referenda::Event<Test>) -> ReferendaEvent {
    use pallet_referenda::Event as Theirs;
    let at = ReferendumIndex;
    let paid = |who: u64, paid: u64| (ours::account(who), amount(paid));
    match event {
        Theirs::Submitted { index, track, proposal } => ReferendaEvent::Submitted {
            index: at(index),
            track: TrackId(track),
            proposal: read_proposal(proposal),
        },
        Theirs::DecisionDepositPlaced { index, who, amount } => {
            let (who, amount) = paid(who, amount);
            ReferendaEvent::DecisionDepositPlaced { index: at(index), who, amount }
        }
        Theirs::DecisionDepositRefunded { index, who, amount } => {
            let (who, amount) = paid(who, amount);
            ReferendaEvent::DecisionDepositRefunded { index: at(index), who, amount }
        }
        Theirs::DepositSlashed { who, amount } => {
            let (who, amount) = paid(who, amount);
            ReferendaEvent::DepositSlashed { who, amount }
        }
        Theirs::DecisionStarted { index, track, tally: votes, .. } => {
            ReferendaEvent::DecisionStarted {
                index: at(index),
                track: TrackId(track),
                tally: tally(&votes),
            }
        }
        Theirs::ConfirmStarted { index } => ReferendaEvent::ConfirmStarted { index: at(index) },
        Theirs::ConfirmAborted { index } => ReferendaEvent::ConfirmAborted { index: at(index) },
        Theirs::Confirmed { index, tally: votes } => {
            ReferendaEvent::Confirmed { index: at(index), tally: tally(&votes) }
        }
        Theirs::Rejected { index, tally: votes } => {
            ReferendaEvent::Rejected { index: at(index), tally: tally(&votes) }
        }
        Theirs::TimedOut { index, tally: votes } => {
            ReferendaEvent::TimedOut { index: at(index), tally: tally(&votes) }
        }
        Theirs::Cancelled { index, tally: votes } => {
            ReferendaEvent::Cancelled { index: at(index), tally: tally(&votes) }
        }
        Theirs::Killed { index, tally: votes } => {
            ReferendaEvent::Killed { index: at(index), tally: tally(&votes) }
        }
        Theirs::SubmissionDepositRefunded { index, who, amount } => {
            let (who, amount) = paid(who, amount);
            ReferendaEvent::SubmissionDepositRefunded { index: at(index), who, amount }
        }
        Theirs::MetadataSet { index, hash } => {
            ReferendaEvent::MetadataSet { index: at(index), hash: Hash(hash.0) }
        }
        Theirs::MetadataCleared { index, hash } => {
            ReferendaEvent::MetadataCleared { index: at(index), hash: Hash(hash.0) }
        }
        other => panic!("unknown event {other:?}"),
    }
}
