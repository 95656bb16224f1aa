//! The life of bytes, told as text: who notes, who asks, who takes back, and what is known then.
//!
//! The whole machine is two tables; the property walks it at random against counts kept by hand.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong in a test panics there"
)]

use super::{PreimageCall, PreimageError, PreimageEvent, Status};
use crate::reasons::PREIMAGE_DEPOSIT;
use crate::referenda::tests::chain::{ALICE, BOB, Chain};
use crate::{Error, Event, Origin, Parameters};
use serin_state::layout::Item;
use serin_state::types::{Balance, Hash};

const BYTES: [u8; 4] = [1, 2, 3, 4];

fn chain() -> Chain {
    let mut parameters = Parameters::default();
    parameters.preimages.deposit_base = Balance(100);
    parameters.preimages.deposit_byte = Balance(10);
    Chain::new(parameters)
}

/// One line: `who call -> what is known, deposit of Alice, whether the bytes are there`.
#[track_caller]
fn check(story: &str) {
    let mut chain = chain();
    let hash = Hash::of(&BYTES);
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (left, expected) = line.split_once("->").unwrap();
        let words: Vec<&str> = left.split_whitespace().collect();
        let origin = match words[0] {
            "alice" => Origin::Signed(ALICE),
            "bob" => Origin::Signed(BOB),
            _ => Origin::Root,
        };
        let call = match words[1] {
            "note" => PreimageCall::Note { bytes: BYTES.to_vec() },
            "unnote" => PreimageCall::Unnote { hash },
            "request" => PreimageCall::Request { hash },
            _ => PreimageCall::Unrequest { hash },
        };
        chain.events.clear();
        let refused = match chain.call(origin, call) {
            Ok(()) => String::new(),
            Err(Error::Preimages(error)) => format!("{error:?} "),
            Err(error) => format!("{error:?} "),
        };
        let status: Option<Status> = chain.with(|context| context.read(Item::PreimageStatus(hash)));
        let known = match status {
            None => "nothing".to_owned(),
            Some(Status::Unrequested { .. }) => "unrequested".to_owned(),
            Some(Status::Requested { count, .. }) => format!("requested({count})"),
        };
        let held =
            chain.with(|context| context.ledger().account(ALICE).held_for(PREIMAGE_DEPOSIT).0);
        let there = chain.with(|context| super::bytes(context, hash)) == Some(BYTES.to_vec());
        let cleared = chain.events.contains(&Event::from(PreimageEvent::Cleared { hash }));
        let said = format!(
            "{refused}{known} {held}{}{}",
            if there { " there" } else { "" },
            if cleared { " cleared" } else { "" }
        );
        assert_eq!(said, expected.trim(), "at: {line}");
        let len = chain.with(|context| super::len(context, hash));
        assert_eq!(len.is_some(), there, "the length is known exactly while the bytes are there");
    }
}

#[test]
fn noted_bytes_cost_a_deposit_and_go_with_it() {
    check(
        "alice note   -> unrequested 140 there
         bob   note   -> AlreadyNoted unrequested 140 there
         bob   unnote -> NotAuthorized unrequested 140 there
         alice unnote -> nothing 0 cleared
         alice unnote -> NotNoted nothing 0",
    );
}

#[test]
fn requested_bytes_stay_when_their_deposit_goes_back() {
    check(
        "alice note      -> unrequested 140 there
         root  request   -> requested(1) 140 there
         root  request   -> requested(2) 140 there
         alice unnote    -> requested(2) 0 there
         alice unnote    -> NotAuthorized requested(2) 0 there
         root  unrequest -> requested(1) 0 there
         root  unrequest -> nothing 0 cleared",
    );
}

#[test]
fn with_the_deposit_still_there_the_last_request_leaves_the_bytes() {
    check(
        "alice note      -> unrequested 140 there
         root  request   -> requested(1) 140 there
         root  unrequest -> unrequested 140 there
         root  unrequest -> NotRequested unrequested 140 there",
    );
}

#[test]
fn bytes_that_were_asked_for_come_without_a_deposit() {
    check(
        "root  request   -> requested(1) 0
         alice note      -> requested(1) 0 there
         alice unnote    -> NotAuthorized requested(1) 0 there
         root  unrequest -> nothing 0 cleared",
    );
    check(
        "root  request   -> requested(1) 0
         root  unrequest -> nothing 0",
    );
}

#[test]
fn root_notes_without_a_deposit_and_that_counts_as_asking() {
    check(
        "root note   -> requested(1) 0 there
         bob  unnote -> NotAuthorized requested(1) 0 there
         root unnote -> nothing 0 cleared",
    );
    check(
        "alice note   -> unrequested 140 there
         root  note   -> requested(1) 140 there
         root  unnote -> requested(1) 0 there",
    );
}

#[test]
fn bytes_may_be_as_many_as_the_parameter_says_and_no_more() {
    let mut chain = chain();
    let most = usize::try_from(chain.parameters.preimages.bytes_max).unwrap();
    let note = |len| PreimageCall::Note { bytes: vec![0; len] };
    assert_eq!(
        chain.call(Origin::Signed(ALICE), note(most + 1)),
        Err(PreimageError::TooBig.into())
    );
    chain.call(Origin::Signed(ALICE), note(most)).unwrap();
    chain.call(Origin::Signed(BOB), note(0)).unwrap();
}

#[test]
fn the_encoding_of_a_status_does_not_change() {
    let deposit = crate::deposits::Deposit { who: ALICE, amount: Balance(140) };
    let unrequested = Status::Unrequested { deposit, len: 4 };
    let requested = Status::Requested { deposit: None, count: 2, len: Some(4) };
    let bytes = |status: &Status| hex::encode(serin_state::codec::encode(status));
    let deposit = format!("{}8c{}", "01".repeat(32), "00".repeat(15));
    assert_eq!(bytes(&unrequested), format!("00{deposit}04000000"));
    assert_eq!(bytes(&requested), "0100020000000104000000");
}
