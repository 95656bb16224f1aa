//! A node that knows less than the chain has decided stops at the height, says why, serves on, and goes on when it is
//! started again by a release that knows the version.
//!
//! Alice knows everything and is root; epochs have 60 slots, so an upgrade needs 120 blocks.

use super::{
    Effect, Input, Keys, Notification, PEER, TestCore, alice, announce, at, block, spec, submit,
    transfer, verdict,
};
use crate::core::{Core, StartOptions, SubmitError, SyncState, Validation};
use crate::runtime::{Call, Readiness, SystemCall, Verified};
use serin_consensus::crypto::Strict;
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::store::FaultyStore;
use serin_state::types::{
    Balance, Height, Nonce, ProtocolVersion, SignedTransaction, Slot, Transaction,
};

const HEIGHT: u32 = 121;
const V1: ProtocolVersion = ProtocolVersion(1);
const V2: ProtocolVersion = ProtocolVersion(2);

fn old_node(store: FaultyStore, knows: ProtocolVersion) -> TestCore {
    let options = StartOptions { traced: true, knows };
    let mut core = Core::start(spec(), store, Keys::of(None), Strict, options).unwrap();
    core.on_input(at(0), Input::PeerConnected(PEER));
    core
}

fn as_root(call: SystemCall) -> Verified<SignedTransaction> {
    let key = Seed::from_uri("//Alice").unwrap().key();
    let transaction = Transaction {
        sender: key.public().into(),
        nonce: Nonce::ZERO,
        last_valid_slot: Slot(100),
        tip: Balance::ZERO,
        call: encode(&Call::as_root(&Call::System(call))),
    };
    let genesis = spec().genesis().hash;
    Verified::check(transaction.sign(&key, &genesis, V1), &genesis, V1).unwrap()
}

fn sentences(effects: &[Effect]) -> Vec<&str> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(Notification::Outdated(sentence)) => Some(sentence.as_str()),
        _ => None,
    });
    told.collect()
}

#[test]
fn an_old_node_warns_stops_serves_and_goes_on_when_it_is_replaced() {
    let (mut alice, mut old) = (alice(), old_node(FaultyStore::new(), V1));
    let schedule = SystemCall::ScheduleUpgrade { version: V2, height: Height(HEIGHT) };
    submit(&mut alice, at(0), as_root(schedule.clone())).unwrap();
    submit(&mut old, at(0), as_root(schedule)).unwrap();
    let mut told = Vec::new();
    let mut blocks = Vec::new();
    for slot in 1..=u64::from(HEIGHT) {
        blocks.push(block(&mut alice, slot));
        let effects = announce(&mut old, slot, blocks[blocks.len() - 1].clone());
        told.extend(sentences(&effects).into_iter().map(|sentence| (slot, sentence.to_owned())));
        let expected =
            if slot < u64::from(HEIGHT) { Validation::Accept } else { Validation::Ignore };
        assert_eq!(verdict(&effects), (Some(expected), None), "slot {slot}: nobody is punished");
    }
    assert_eq!(alice.head().height, Height(HEIGHT), "who knows goes on");
    assert_eq!(old.head().height, Height(HEIGHT - 1), "who does not stops before the height");
    let slots: Vec<u64> = told.iter().map(|(slot, _)| *slot).collect();
    assert_eq!(slots, [1, 120], "told when it is decided, and when it is there");
    let SyncState::Waiting(reason) = old.sync_state(at(121)) else { panic!("it waits") };
    for part in ["block 121", "version 2", "the root account", "up to 1", "stops here"] {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    assert!(old.block(&old.head().hash).is_some(), "it serves what it has");
    assert!(old.account(alice_id(), &old.head().hash).is_some());
    let refused = submit(&mut old, at(121), transfer("//Bob", 0, 5)).unwrap_err();
    assert!(
        matches!(&refused, SubmitError::Invalid(why) if why.contains("version 2")),
        "{refused}"
    );

    let (store, _) = old.into_parts();
    let mut again = old_node(store.clone(), V1);
    let effects = again.on_input(at(121), Input::Wake);
    assert_eq!(again.head().height, Height(HEIGHT - 1));
    assert!(sentences(&effects).is_empty(), "the start has told it");
    let mut new = old_node(store, V2);
    let effects = announce(&mut new, 121, blocks[blocks.len() - 1].clone());
    assert_eq!(verdict(&effects), (Some(Validation::Accept), None));
    assert_eq!(new.head(), alice.head());
}

fn alice_id() -> serin_state::types::AccountId {
    Seed::from_uri("//Alice").unwrap().key().public().into()
}

#[test]
fn what_waits_for_the_old_version_is_dropped_with_the_reason() {
    let mut alice = alice();
    let schedule = SystemCall::ScheduleUpgrade { version: V2, height: Height(HEIGHT) };
    submit(&mut alice, at(0), as_root(schedule)).unwrap();
    for slot in 1..120 {
        block(&mut alice, slot);
    }
    let view = alice.upgrade().unwrap();
    assert_eq!((view.pending, view.readiness), (true, Readiness { ready: 1, validators: 1 }));
    // A nonce is missing before it, so it waits.
    let waiting = late_transfer(1);
    submit(&mut alice, at(119), waiting.clone()).unwrap();
    let effects = alice.on_input(at(120), Input::Wake);
    let dropped = effects.iter().find_map(|effect| match effect {
        Effect::Notify(Notification::Dropped(hash, reason)) => Some((*hash, reason.as_str())),
        _ => None,
    });
    let reason = "signed for protocol version 1, and the chain has version 2";
    assert_eq!(dropped, Some((waiting.hash(), reason)));
    assert_eq!((alice.pool_len(), alice.next_version()), (0, V2));
    assert!(!alice.upgrade().unwrap().pending);
    let refused = submit(&mut alice, at(120), late_transfer(0)).unwrap_err();
    assert_eq!(refused, SubmitError::Invalid(reason.to_owned()));
}

fn late_transfer(nonce: u64) -> Verified<SignedTransaction> {
    let mut transaction = transfer("//Bob", nonce, 5).into_inner().transaction;
    transaction.last_valid_slot = Slot(1_000);
    let (key, genesis) = (Seed::from_uri("//Bob").unwrap().key(), spec().genesis().hash);
    Verified::check(transaction.sign(&key, &genesis, V1), &genesis, V1).unwrap()
}
