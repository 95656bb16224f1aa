//! Whole lives over the storage: votes, alarms, queue, enactment, deposits.
//!
//! Accounts have a million units each; the electorate is four of them.

use super::chain::{CAROL, RICH, call_of};
use super::{ALICE, BOB, Chain};
use crate::curve::{Curve, Ppb, Range};
use crate::preimages::PreimageCall;
use crate::reasons::REFERENDUM_DEPOSIT;
use crate::referenda::{
    Enactment, Ongoing, Outcome, Phase, ReferendaCall, ReferendaEvent, ReferendaParameters,
    Referendum, Subject, Track, get, queue,
};
use crate::scheduler::{Proposal, SchedulerCall, SchedulerEvent, TaskName};
use crate::voting::{AccountVote, Conviction, VotingCall};
use crate::{Context, Event, Origin, Parameters, ReferendumIndex, TrackId};
use serin_state::types::{AccountId, Balance, Hash, Slot};

pub(crate) fn track(id: u16, max_deciding: u32) -> Track {
    let range = |floor, ceil| Range { floor: Ppb::percent(floor), ceil: Ppb::percent(ceil) };
    Track {
        id: TrackId(id),
        name: "test".to_owned(),
        subject: Subject::Here,
        max_deciding,
        decision_deposit: Balance(100),
        prepare_period: 4,
        decision_period: 20,
        confirm_period: 3,
        min_enactment_period: 5,
        min_approval: Curve::linear(Ppb::ONE, range(50, 100)),
        min_support: Curve::linear(Ppb::ONE, range(0, 50)),
    }
}

pub(crate) fn parameters() -> Parameters {
    let referenda = ReferendaParameters {
        submission_deposit: Balance(20),
        max_queued: 2,
        undeciding_timeout: 30,
        exact_alarms: true,
        pushed_out_may_return: false,
        tracks: vec![track(0, 1), track(20, 2), track(21, 2), track(30, 2)],
    };
    let mut parameters = Parameters { referenda, ..Parameters::default() };
    parameters.preimages.deposit_base = Balance(30);
    parameters.preimages.deposit_byte = Balance(1);
    parameters
}

pub(crate) fn submit(chain: &mut Chain, track: u16, proposal: Proposal) -> ReferendumIndex {
    let origin = if track == 0 { Origin::Root } else { Origin::Track(TrackId(track)) };
    let call = ReferendaCall::Submit { origin, proposal, enactment: Enactment::After(0) };
    chain.call(Origin::Signed(ALICE), call).unwrap();
    match chain.events.last() {
        Some(Event::Referenda(ReferendaEvent::Submitted { index, .. })) => *index,
        other => panic!("not submitted: {other:?}"),
    }
}

pub(crate) fn deposit(chain: &mut Chain, index: ReferendumIndex) {
    chain.call(Origin::Signed(BOB), ReferendaCall::PlaceDecisionDeposit { index }).unwrap();
}

pub(crate) fn vote(chain: &mut Chain, who: AccountId, index: ReferendumIndex, votes: (bool, u128)) {
    let (aye, balance) = (votes.0, Balance(votes.1));
    let vote = AccountVote::Standard { aye, conviction: Conviction::Locked1x, balance };
    let call = VotingCall::Vote { index, vote, reason: None };
    chain.call(Origin::Signed(who), call).unwrap();
}

pub(crate) fn ended(chain: &mut Chain, index: ReferendumIndex) -> (Outcome, u64) {
    match chain.with(|context| get(context, index)).unwrap() {
        Referendum::Ended(ended) => (ended.outcome, ended.at.0),
        Referendum::Ongoing(ongoing) => panic!("still {ongoing:?}"),
    }
}

fn ongoing(chain: &mut Chain, index: ReferendumIndex) -> Ongoing {
    match chain.with(|context| get(context, index)).unwrap() {
        Referendum::Ongoing(ongoing) => *ongoing,
        Referendum::Ended(ended) => panic!("already {ended:?}"),
    }
}

fn free(chain: &mut Chain, who: AccountId) -> u128 {
    chain.with(|context| context.ledger().account(who).free.0)
}

fn held(chain: &mut Chain, who: AccountId) -> u128 {
    chain.with(|context| context.ledger().account(who).held_for(REFERENDUM_DEPOSIT).0)
}

#[test]
fn without_a_deposit_it_times_out_and_without_votes_it_is_rejected() {
    let mut chain = Chain::new(parameters());
    let first = submit(&mut chain, 0, call_of(1));
    let second = submit(&mut chain, 0, call_of(1));
    deposit(&mut chain, second);
    assert_eq!(free(&mut chain, BOB), RICH.0 - 100);
    chain.advance(40);
    assert_eq!(ended(&mut chain, first), (Outcome::TimedOut, 31));
    assert_eq!(ended(&mut chain, second), (Outcome::Rejected, 25));
    let refund = ReferendaCall::RefundDecisionDeposit { index: second };
    chain.call(Origin::Signed(ALICE), refund).unwrap();
    assert_eq!(free(&mut chain, BOB), RICH.0);
    assert!(chain.enacted.is_empty(), "nothing was approved");
}

#[test]
fn approved_it_is_enacted_once_with_the_powers_of_its_track_and_pays_back() {
    let mut chain = Chain::new(parameters());
    let index = submit(&mut chain, 30, call_of(7));
    deposit(&mut chain, index);
    vote(&mut chain, CAROL, index, (true, 900_000));
    chain.advance(40);
    // Support of 22.5 % of the electorate passes 11 slots into the decision, which began in slot 5.
    assert_eq!(ended(&mut chain, index), (Outcome::Approved, 19));
    let [(slot, due)] = chain.enacted.as_slice() else { panic!("enacted {:?}", chain.enacted) };
    assert_eq!((slot.0, due.origin), (24, Origin::Track(TrackId(30))));
    assert_eq!(
        (due.bytes.as_slice(), due.name),
        ([7].as_slice(), Some(TaskName::enactment(index)))
    );
    for call in [
        ReferendaCall::RefundDecisionDeposit { index },
        ReferendaCall::RefundSubmissionDeposit { index },
    ] {
        chain.call(Origin::Signed(CAROL), call).unwrap();
    }
    assert_eq!((free(&mut chain, ALICE), free(&mut chain, BOB)), (RICH.0, RICH.0));
}

#[test]
fn a_late_no_aborts_the_confirmation_and_after_the_period_ends_it() {
    let mut chain = Chain::new(parameters());
    let index = submit(&mut chain, 30, call_of(7));
    deposit(&mut chain, index);
    chain.advance(10);
    vote(&mut chain, CAROL, index, (true, 900_000));
    chain.advance(18);
    let confirming = Phase::Confirming { since: Slot(5), until: Slot(19) };
    assert_eq!(ongoing(&mut chain, index).phase, confirming);
    // In the last slot before approval: the vote counts from the next slot on, which is the one that decides.
    vote(&mut chain, BOB, index, (false, 900_000));
    chain.advance(19);
    assert_eq!(ongoing(&mut chain, index).phase, Phase::Deciding { since: Slot(5) });
    // Half of the votes are for it: enough in the very last slot, and so it confirms beyond the end.
    chain.advance(26);
    let confirming = Phase::Confirming { since: Slot(5), until: Slot(28) };
    assert_eq!(ongoing(&mut chain, index).phase, confirming);
    vote(&mut chain, BOB, index, (false, 950_000));
    chain.advance(27);
    assert_eq!(ended(&mut chain, index), (Outcome::Rejected, 27));
    assert!(chain.enacted.is_empty());
}

#[test]
fn more_ayes_jump_the_queue_and_the_least_fall_out() {
    let mut chain = Chain::new(parameters());
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|n| submit(&mut chain, 0, call_of(n)));
    vote(&mut chain, ALICE, third, (true, 30));
    vote(&mut chain, ALICE, fourth, (true, 40));
    for index in [first, second, third, fourth] {
        deposit(&mut chain, index);
    }
    chain.advance(6);
    let waiting = |chain: &mut Chain| {
        let queue = chain.with(|context| queue(context, TrackId(0)));
        queue.0.into_iter().map(|(index, _)| index).collect::<Vec<_>>()
    };
    // One is decided, two wait, and the one without ayes is pushed out.
    assert_eq!(ongoing(&mut chain, first).phase, Phase::Deciding { since: Slot(5) });
    assert_eq!(waiting(&mut chain), [third, fourth]);
    vote(&mut chain, ALICE, third, (true, 50));
    chain.advance(7);
    assert_eq!(waiting(&mut chain), [fourth, third]);
    // As published it can come back only over somebody with fewer ayes.
    vote(&mut chain, ALICE, second, (true, 45));
    chain.advance(8);
    assert_eq!(waiting(&mut chain), [second, third]);
    assert_eq!(ongoing(&mut chain, fourth).phase, Phase::Queued);
    // The first is rejected in slot 25; the one with most ayes follows in the next.
    chain.advance(26);
    assert_eq!(ongoing(&mut chain, third).phase, Phase::Deciding { since: Slot(26) });
    // The one that fell out is in no queue, and no time ends it.
    chain.advance(300);
    assert_eq!(ongoing(&mut chain, fourth).phase, Phase::Queued);
}

#[test]
fn pushed_out_of_the_queue_it_may_return_where_the_parameters_say_so() {
    let mut parameters = parameters();
    parameters.referenda.pushed_out_may_return = true;
    let mut chain = Chain::new(parameters);
    let [_, second, third, fourth] = [1, 2, 3, 4].map(|n| {
        let index = submit(&mut chain, 0, call_of(n));
        vote(&mut chain, ALICE, index, (true, 10 * u128::from(n)));
        deposit(&mut chain, index);
        index
    });
    chain.advance(6);
    assert_eq!(ongoing(&mut chain, second).phase, Phase::Preparing, "pushed out");
    // The first is approved in slot 28: at the timeout in slot 31 there is room to wait again.
    chain.advance(31);
    assert_eq!(ongoing(&mut chain, second).phase, Phase::Queued);
    chain.advance(100);
    for index in [second, third, fourth] {
        assert_eq!(ended(&mut chain, index).0, Outcome::Approved, "{index:?} had its decision");
    }
}

#[test]
fn cancelled_it_pays_back_and_killed_it_pays_the_treasury() {
    let mut chain = Chain::new(parameters());
    let [cancelled, killed] = [1, 2].map(|n| submit(&mut chain, 30, call_of(n)));
    for index in [cancelled, killed] {
        deposit(&mut chain, index);
    }
    chain.advance(6);
    let canceller = Origin::Track(TrackId::REFERENDUM_CANCELLER);
    chain.call(canceller, ReferendaCall::Cancel { index: cancelled }).unwrap();
    let killer = Origin::Track(TrackId::REFERENDUM_KILLER);
    chain.call(killer, ReferendaCall::Kill { index: killed }).unwrap();
    assert_eq!(ended(&mut chain, cancelled), (Outcome::Cancelled, 6));
    assert_eq!(ended(&mut chain, killed), (Outcome::Killed, 6));
    assert_eq!(free(&mut chain, Context::<super::chain::Base>::treasury()), RICH.0 + 120);
    chain.call(Origin::Root, ReferendaCall::RefundSubmissionDeposit { index: cancelled }).unwrap();
    chain.call(Origin::Root, ReferendaCall::RefundDecisionDeposit { index: cancelled }).unwrap();
    assert_eq!((held(&mut chain, ALICE), held(&mut chain, BOB)), (0, 0));
    assert_eq!(free(&mut chain, ALICE) + free(&mut chain, BOB), 2 * RICH.0 - 120);
    chain.advance(60);
    assert_eq!(ended(&mut chain, cancelled), (Outcome::Cancelled, 6), "an end is the end");
}

#[test]
fn an_enactment_can_be_cancelled_by_its_name() {
    let mut chain = Chain::new(parameters());
    let index = submit(&mut chain, 30, call_of(7));
    deposit(&mut chain, index);
    vote(&mut chain, CAROL, index, (true, 900_000));
    chain.advance(20);
    let name = TaskName::enactment(index);
    chain.call(Origin::Root, SchedulerCall::Cancel { name }).unwrap();
    chain.advance(60);
    assert_eq!(ended(&mut chain, index).0, Outcome::Approved);
    assert!(chain.enacted.is_empty());
}

/// What becomes of an approved proposal whose bytes are not there as it says.
#[test]
fn a_proposal_without_its_bytes_is_dropped_with_an_event() {
    struct Case {
        why: &'static str,
        noted: Option<Vec<u8>>,
        proposal: Proposal,
    }
    let lookup = |bytes: &[u8], len| Proposal::Lookup { hash: Hash::of(bytes), len };
    #[rustfmt::skip]
    let cases = [
        Case { why: "nobody noted them",        noted: None,               proposal: lookup(&[7], 1) },
        Case { why: "they are no call",         noted: Some(vec![250, 1]), proposal: lookup(&[250, 1], 2) },
        Case { why: "the length is another",    noted: Some(vec![7, 7]),   proposal: lookup(&[7, 7], 3) },
        Case { why: "inline bytes are no call", noted: None,               proposal: Proposal::Inline(vec![250]) },
    ];
    for Case { why, noted, proposal } in cases {
        let mut chain = Chain::new(parameters());
        let index = submit(&mut chain, 30, proposal);
        deposit(&mut chain, index);
        vote(&mut chain, CAROL, index, (true, 900_000));
        // Noted after submission: what is there then is compared only when the call is due.
        if let Some(bytes) = noted {
            chain.call(Origin::Signed(ALICE), PreimageCall::Note { bytes }).unwrap();
        }
        chain.advance(40);
        let unavailable = |event: &&Event| {
            matches!(event, Event::Scheduler(SchedulerEvent::CallUnavailable { .. }))
        };
        assert_eq!(chain.events.iter().filter(unavailable).count(), 1, "{why}");
        assert!(chain.enacted.is_empty(), "{why}");
        let asked =
            |event: &&Event| matches!(event, Event::Scheduler(SchedulerEvent::Dispatched { .. }));
        assert_eq!(chain.events.iter().filter(asked).count(), 0, "{why}");
    }
}

#[test]
fn bytes_of_a_passed_proposal_stay_until_it_is_enacted() {
    let mut chain = Chain::new(parameters());
    let bytes = vec![7; 300];
    let (hash, len) = (Hash::of(&bytes), 300);
    chain.call(Origin::Signed(ALICE), PreimageCall::Note { bytes }).unwrap();
    let index = submit(&mut chain, 30, Proposal::Lookup { hash, len });
    deposit(&mut chain, index);
    vote(&mut chain, CAROL, index, (true, 900_000));
    chain.advance(20);
    // Asked for by the enactment: the deposit goes back, the bytes stay.
    chain.call(Origin::Signed(ALICE), PreimageCall::Unnote { hash }).unwrap();
    assert_eq!(chain.with(|context| crate::preimages::len(context, hash)), Some(300));
    chain.advance(30);
    assert_eq!(chain.enacted.len(), 1);
    assert_eq!(chain.with(|context| crate::preimages::len(context, hash)), None);
    assert_eq!(free(&mut chain, ALICE), RICH.0 - 20);
}

/// With Kusama's numbers and slots of six seconds, a root referendum takes 16 days and more; nothing walks over
/// the empty slots.
#[test]
fn the_life_of_a_root_referendum_of_kusama_takes_a_handful_of_blocks() {
    const DAY: u64 = 14_400;
    let referenda = ReferendaParameters {
        submission_deposit: Balance(20),
        ..ReferendaParameters::kusama(6_000)
    };
    let mut parameters = Parameters { referenda, ..Parameters::default() };
    for track in &mut parameters.referenda.tracks {
        track.decision_deposit = Balance(100);
    }
    let mut chain = Chain::new(parameters);
    let index = submit(&mut chain, 0, call_of(7));
    deposit(&mut chain, index);
    // One unit in four million supports it: too little until the last slot of the fourteen days.
    vote(&mut chain, CAROL, index, (true, 1));
    let blocks = chain.jump(17 * DAY);
    // Prepare two hours, decide 14 days, confirm a day, wait a day.
    let (prepare, decided) = (1 + DAY / 12, 14 * DAY);
    let (outcome, at) = ended(&mut chain, index);
    assert_eq!(outcome, Outcome::Approved);
    let confirmed = prepare + decided + DAY;
    assert!(confirmed - 2 <= at && at <= confirmed, "approved in slot {at}, not by {confirmed}");
    let [(enacted, _)] = chain.enacted.as_slice() else { panic!("enacted {:?}", chain.enacted) };
    assert_eq!(enacted.0, at + DAY);
    assert!(blocks < 20, "{blocks} blocks");
}

#[test]
fn the_encodings_of_rows_and_calls_do_not_change() {
    let encoded = |bytes: Vec<u8>| hex::encode(bytes);
    let amount = |units: u8| format!("{units:02x}{}", "00".repeat(15));
    let tally = crate::tally::Tally { ayes: Balance(1), nays: Balance(2), support: Balance(3) };
    let paid = crate::deposits::Deposit { who: ALICE, amount: Balance(20) };
    let alarm = crate::scheduler::Address { slot: Slot(9), index: 1 };
    let ongoing = Referendum::Ongoing(Box::new(Ongoing {
        track: TrackId(30),
        origin: Origin::Track(TrackId(30)),
        proposal: call_of(7),
        enactment: Enactment::After(5),
        submitted: Slot(1),
        submission_deposit: paid,
        decision_deposit: None,
        phase: Phase::Confirming { since: Slot(5), until: Slot(8) },
        alarm: Some(alarm),
        alarm_set: Slot(3),
    }));
    let ended = Referendum::Ended(crate::referenda::Ended {
        outcome: Outcome::Rejected,
        at: Slot(9),
        track: TrackId(30),
        tally,
        submission_deposit: Some(paid),
        decision_deposit: None,
    });
    let deposit = format!("{}{}", "01".repeat(32), amount(20));
    let slot = |slot: u8| format!("{slot:02x}{}", "00".repeat(7));
    let row = format!(
        "00 1e00 021e00 000100000007 01{} {} {deposit} 00 03{}{} 01{}01000000 {}",
        slot(5),
        slot(1),
        slot(5),
        slot(8),
        slot(9),
        slot(3)
    );
    assert_eq!(encoded(serin_state::codec::encode(&ongoing)), row.replace(' ', ""));
    let row =
        format!("01 01 {} 1e00 {}{}{} 01{deposit} 00", slot(9), amount(1), amount(2), amount(3));
    assert_eq!(encoded(serin_state::codec::encode(&ended)), row.replace(' ', ""));
    let index = ReferendumIndex(258);
    let calls = [
        (ReferendaCall::PlaceDecisionDeposit { index }, "0102010000"),
        (ReferendaCall::RefundDecisionDeposit { index }, "0202010000"),
        (ReferendaCall::Cancel { index }, "0302010000"),
        (ReferendaCall::Kill { index }, "0402010000"),
        (ReferendaCall::RefundSubmissionDeposit { index }, "0502010000"),
        (ReferendaCall::SetMetadata { index, hash: None }, "060201000000"),
    ];
    for (call, bytes) in calls {
        assert_eq!(encoded(serin_state::codec::encode(&call)), bytes, "{call:?}");
    }
}
