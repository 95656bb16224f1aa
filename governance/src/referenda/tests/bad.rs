//! Bad input: every refusal by its name, and nothing changed.
//!
//! The chain has an ongoing referendum 0 with its deposit, an ended one 1 whose deposits are refunded, and an
//! ongoing one 2 without deposit.

use super::chain::{CAROL, call_of};
use super::life::{deposit, parameters, submit};
use super::{ALICE, BOB, Chain};
use crate::preimages::{PreimageCall, PreimageError};
use crate::referenda::{Enactment, ReferendaCall, ReferendaError};
use crate::scheduler::{Proposal, SchedulerCall, SchedulerError, TaskName};
use crate::{Call, Error, Origin, ReferendumIndex, TrackId};
use serin_state::types::{AccountId, Hash, Slot};

fn prepared() -> Chain {
    let mut chain = Chain::new(parameters());
    let [first, second, _] = [1, 2, 3].map(|n| submit(&mut chain, 30, call_of(n)));
    deposit(&mut chain, first);
    deposit(&mut chain, second);
    for call in [
        ReferendaCall::Cancel { index: second },
        ReferendaCall::RefundDecisionDeposit { index: second },
        ReferendaCall::RefundSubmissionDeposit { index: second },
    ] {
        chain.call(Origin::Root, call).unwrap();
    }
    chain.call(Origin::Signed(ALICE), PreimageCall::Note { bytes: vec![9, 9] }).unwrap();
    let (slot, proposal) = (Slot(90), call_of(1));
    let schedule = SchedulerCall::Schedule { name: NAME, slot, priority: 1, proposal };
    chain.call(Origin::Root, schedule).unwrap();
    chain
}

const NAME: TaskName = TaskName([5; 32]);
const POOR: AccountId = AccountId([77; 32]);

#[test]
fn bad_calls_are_refused_by_name_and_change_nothing() {
    let at = ReferendumIndex;
    let signed = Origin::Signed;
    let (hash, other) = (Hash::of(&[9, 9]), Hash::of(&[1]));
    let tips = Origin::Track(TrackId(30));
    let submit = |origin, proposal| -> Call {
        ReferendaCall::Submit { origin, proposal, enactment: Enactment::After(0) }.into()
    };
    let schedule = |name, slot, proposal| -> Call {
        SchedulerCall::Schedule { name, slot: Slot(slot), priority: 1, proposal }.into()
    };
    let long = Proposal::Inline(vec![1; 129]);
    let oversized: Call = PreimageCall::Note { bytes: vec![0; 65_537] }.into();
    let of_referenda = |error: ReferendaError| Error::Referenda(error);
    let of_preimages = |error: PreimageError| Error::Preimages(error);
    let of_scheduler = |error: SchedulerError| Error::Scheduler(error);
    #[rustfmt::skip]
    let cases: Vec<(&str, Origin, Call, Error)> = vec![
        ("root has no account to pay with",      Origin::Root,    submit(tips, call_of(1)), Error::BadOrigin),
        ("a track has none either",              tips,            submit(tips, call_of(1)), Error::BadOrigin),
        ("too poor for the deposit",             signed(POOR),    submit(tips, call_of(1)), Error::TooLittle),
        ("powers of nobody",                     signed(ALICE),   submit(Origin::Track(TrackId(5)), call_of(1)), of_referenda(ReferendaError::NoTrack)),
        ("powers of an account",                 signed(ALICE),   submit(signed(BOB), call_of(1)), of_referenda(ReferendaError::NoTrack)),
        ("too long to stand in the proposal",    signed(ALICE),   submit(tips, long.clone()), of_referenda(ReferendaError::ProposalTooLong)),
        ("noted with another length",            signed(ALICE),   submit(tips, Proposal::Lookup { hash, len: 3 }), of_referenda(ReferendaError::PreimageLengthDiffers)),
        ("a deposit paid before",                signed(CAROL),   ReferendaCall::PlaceDecisionDeposit { index: at(0) }.into(), of_referenda(ReferendaError::HasDeposit)),
        ("a deposit for an ended one",           signed(CAROL),   ReferendaCall::PlaceDecisionDeposit { index: at(1) }.into(), of_referenda(ReferendaError::NotOngoing)),
        ("a deposit for one that never was",     signed(CAROL),   ReferendaCall::PlaceDecisionDeposit { index: at(9) }.into(), of_referenda(ReferendaError::NotOngoing)),
        ("too poor to have it decided",          signed(POOR),    ReferendaCall::PlaceDecisionDeposit { index: at(2) }.into(), Error::TooLittle),
        ("a refund while ongoing",               signed(BOB),     ReferendaCall::RefundDecisionDeposit { index: at(0) }.into(), of_referenda(ReferendaError::Unfinished)),
        ("a refund of what was never paid",      signed(BOB),     ReferendaCall::RefundDecisionDeposit { index: at(2) }.into(), of_referenda(ReferendaError::NoDeposit)),
        ("a refund twice",                       signed(BOB),     ReferendaCall::RefundDecisionDeposit { index: at(1) }.into(), of_referenda(ReferendaError::NoDeposit)),
        ("a refund of one that never was",       signed(BOB),     ReferendaCall::RefundDecisionDeposit { index: at(9) }.into(), of_referenda(ReferendaError::BadReferendum)),
        ("a track asks for a refund",            tips,            ReferendaCall::RefundDecisionDeposit { index: at(1) }.into(), Error::BadOrigin),
        ("submission refunded twice",            signed(ALICE),   ReferendaCall::RefundSubmissionDeposit { index: at(1) }.into(), of_referenda(ReferendaError::NoDeposit)),
        ("submission refunded while ongoing",    signed(ALICE),   ReferendaCall::RefundSubmissionDeposit { index: at(0) }.into(), of_referenda(ReferendaError::BadStatus)),
        ("an account cancels",                   signed(ALICE),   ReferendaCall::Cancel { index: at(0) }.into(), Error::BadOrigin),
        ("the killer cancels",                   Origin::Track(TrackId(21)), ReferendaCall::Cancel { index: at(0) }.into(), Error::BadOrigin),
        ("the canceller kills",                  Origin::Track(TrackId(20)), ReferendaCall::Kill { index: at(0) }.into(), Error::BadOrigin),
        ("an ended one is cancelled",            Origin::Root,    ReferendaCall::Cancel { index: at(1) }.into(), of_referenda(ReferendaError::NotOngoing)),
        ("an ended one is killed",               Origin::Root,    ReferendaCall::Kill { index: at(1) }.into(), of_referenda(ReferendaError::NotOngoing)),
        ("another explains it",                  signed(BOB),     ReferendaCall::SetMetadata { index: at(0), hash: Some(hash) }.into(), of_referenda(ReferendaError::NoPermission)),
        ("another takes the explanation away",   signed(BOB),     ReferendaCall::SetMetadata { index: at(0), hash: None }.into(), of_referenda(ReferendaError::NoPermission)),
        ("an explanation that is not there",     signed(ALICE),   ReferendaCall::SetMetadata { index: at(0), hash: Some(other) }.into(), of_referenda(ReferendaError::PreimageNotExist)),
        ("an explanation of an ended one",       signed(ALICE),   ReferendaCall::SetMetadata { index: at(1), hash: Some(hash) }.into(), of_referenda(ReferendaError::NotOngoing)),
        ("the same bytes again",                 signed(BOB),     PreimageCall::Note { bytes: vec![9, 9] }.into(), of_preimages(PreimageError::AlreadyNoted)),
        ("more bytes than a preimage has",       signed(BOB),     oversized, of_preimages(PreimageError::TooBig)),
        ("too poor to note",                     signed(POOR),    PreimageCall::Note { bytes: vec![1] }.into(), Error::TooLittle),
        ("a track notes",                        tips,            PreimageCall::Note { bytes: vec![1] }.into(), Error::BadOrigin),
        ("bytes of another",                     signed(BOB),     PreimageCall::Unnote { hash }.into(), of_preimages(PreimageError::NotAuthorized)),
        ("bytes of nobody",                      signed(BOB),     PreimageCall::Unnote { hash: other }.into(), of_preimages(PreimageError::NotNoted)),
        ("an account asks for bytes",            signed(BOB),     PreimageCall::Request { hash }.into(), Error::BadOrigin),
        ("nothing asks for them",                Origin::Root,    PreimageCall::Unrequest { hash }.into(), of_preimages(PreimageError::NotRequested)),
        ("nothing is known of them",             Origin::Root,    PreimageCall::Unrequest { hash: other }.into(), of_preimages(PreimageError::NotRequested)),
        ("an account schedules",                 signed(ALICE),   schedule(TaskName([1; 32]), 99, call_of(1)), Error::BadOrigin),
        ("a track cancels a task",               tips,            SchedulerCall::Cancel { name: NAME }.into(), Error::BadOrigin),
        ("a name that is taken",                 Origin::Root,    schedule(NAME, 99, call_of(1)), of_scheduler(SchedulerError::NameTaken)),
        ("a slot that is now",                   Origin::Root,    schedule(TaskName([1; 32]), 1, call_of(1)), of_scheduler(SchedulerError::InPast)),
        ("a task too long",                      Origin::Root,    schedule(TaskName([1; 32]), 99, long), of_scheduler(SchedulerError::TooLong)),
        ("a task that is not there",             Origin::Root,    SchedulerCall::Cancel { name: TaskName([1; 32]) }.into(), of_scheduler(SchedulerError::NotFound)),
    ];
    let mut chain = prepared();
    for (why, origin, call, expected) in cases {
        let before = chain.state.clone().into_changes();
        // Without a frame around it: the call itself writes nothing before it refuses.
        let events = chain.events.len();
        let refused = chain.run(origin, call);
        assert_eq!(refused, Err(expected), "{why}");
        assert_eq!(chain.state.clone().into_changes(), before, "{why}: the state changed");
        assert_eq!(chain.events.len(), events, "{why}: an event");
    }
}
