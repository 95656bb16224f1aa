//! Upgrades: who schedules them, when they hold, what differs then, and what becomes of the old version's transactions.
//!
//! Account 0 is root and makes every block. Epochs have four slots, so an upgrade needs eight blocks.

use crate::world::{GENESIS_TIME, World, id, key, treasury};
use serin_consensus::crypto::Strict;
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::{
    BadCall, BalancesCall, BalancesEvent, BlockError, Call, DispatchError, Event,
    InvalidTransaction, Protocol, Readiness, SystemCall, SystemEvent, Upgrade, UpgradeError,
    Verified, check_transaction, query,
};
use serin_state::codec::encode;
use serin_state::types::{Balance, Height, Nonce, ProtocolVersion, Slot};

const V1: ProtocolVersion = ProtocolVersion(1);
const V2: ProtocolVersion = ProtocolVersion(2);

fn world() -> World {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 4;
    World::new(&spec)
}

fn schedule(version: u32, height: u32) -> Call {
    let (version, height) = (ProtocolVersion(version), Height(height));
    Call::System(SystemCall::ScheduleUpgrade { version, height })
}

fn stop() -> Call {
    Call::System(SystemCall::StopUpgrade)
}

fn burn() -> Call {
    Call::Balances(BalancesCall::Burn { amount: Balance(1_000_000) })
}

/// Blocks without transactions up to `height`.
fn blocks_to(world: &mut World, height: u32) -> Vec<Event> {
    let mut events = Vec::new();
    while world.head.height() < Height(height) {
        events.extend(world.block_at(world.next_slot(), &[]).block_events);
    }
    events
}

/// A block with a transfer that tips a token, by account 1.
fn tip(world: &mut World) -> (Balance, Balance) {
    let mut transaction = world.plain(1, Nonce::ZERO, encode(&Call::transfer(id(2), Balance(7))));
    transaction.nonce = world.account(id(1)).nonce;
    transaction.tip = Balance::tokens(1);
    let transaction = world.verified(1, transaction);
    let executed = world.block_at(world.next_slot(), &[transaction]);
    let fee = executed.outcomes[0].fee;
    let last = executed.block_events.last().cloned();
    let Some(Event::Balances(BalancesEvent::FeesShared { to_treasury, .. })) = last else {
        panic!("{last:?}")
    };
    (fee, to_treasury)
}

#[test]
fn an_upgrade_holds_from_its_height_on_and_changes_its_rules_there() {
    let mut world = world();
    let outcome = world.one(0, &Call::as_root(&schedule(2, 9)));
    let scheduled = SystemEvent::UpgradeScheduled { version: V2, height: Height(9) };
    assert!(outcome.events.contains(&Event::System(scheduled)), "{outcome:?}");
    let upgrade = Upgrade { version: V2, height: Height(9), referendum: None };
    assert_eq!(Upgrade::pending(&world.state), Some(upgrade));

    let (fee, to_treasury) = tip(&mut world);
    assert_eq!(to_treasury.0, fee.0 * 8 / 10, "in version 1 the tip is the author's");

    let before = blocks_to(&mut world, 7);
    let upgraded = Event::System(SystemEvent::Upgraded { version: V2 });
    assert!(!before.contains(&upgraded));
    assert_eq!(blocks_to(&mut world, 8).last(), Some(&upgraded), "the block before tells it");
    assert_eq!(world.head.unsealed.version, V1, "block 8 follows version 1");
    assert_eq!((query::version(&world.state), Upgrade::pending(&world.state)), (V2, None));
    assert_eq!(query::upgrade(&world.state), Some(upgrade), "a node that stops can say why");

    let (fee, to_treasury) = tip(&mut world);
    assert_eq!(world.head.unsealed.version, V2, "block 9 follows version 2");
    let paid = fee.0 + Balance::tokens(1).0;
    assert_eq!(to_treasury.0, paid * 8 / 10, "in version 2 the tip is shared as fees are");

    let issuance = query::issuance(&world.state);
    let outcome = world.one(1, &burn());
    assert_eq!(outcome.result, Ok(()));
    let lost = issuance.0 - query::issuance(&world.state).0;
    assert_eq!(lost, 1_000_000, "version 2 brings a call");
}

#[test]
fn a_call_of_a_later_version_is_no_call_before_it() {
    let world = world();
    let hidden = Call::batch(&[Call::transfer(id(2), Balance(7)), burn()]);
    let as_root = Call::as_root(&burn());
    for (why, call) in [("plain", burn()), ("in a batch", hidden), ("as root", as_root)] {
        let transaction = world.signed(0, &call);
        let refused = check_transaction(&world.chain, &world.state, Slot(1), &transaction);
        let expected = InvalidTransaction::BadCall(BadCall::Malformed);
        assert_eq!(refused, Err(expected), "{why}");
        let error = world.build(Slot(1), &[transaction]).unwrap_err();
        assert_eq!(error, expected, "{why}: nor does a block hold it");
    }
    assert_eq!(Call::decode(&encode(&burn()), Protocol::V1), Err(BadCall::Malformed));
    assert_eq!(Call::decode(&encode(&burn()), Protocol::V2), Ok(burn()));
}

#[test]
fn an_upgrade_that_may_not_be_is_refused_and_nothing_changes() {
    let too_soon = UpgradeError::TooSoon { earliest: Height(9) };
    let not_next = UpgradeError::NotNext { next: V2 };
    let cases = [
        ("not root", 1, schedule(2, 100), DispatchError::BadOrigin),
        ("root without its powers", 0, schedule(2, 100), DispatchError::BadOrigin),
        ("stopping is root's as well", 1, stop(), DispatchError::BadOrigin),
        ("one block too soon", 0, Call::as_root(&schedule(2, 8)), too_soon.into()),
        ("in the past", 0, Call::as_root(&schedule(2, 0)), too_soon.into()),
        ("the present version", 0, Call::as_root(&schedule(1, 100)), not_next.into()),
        ("a version is left out", 0, Call::as_root(&schedule(3, 100)), not_next.into()),
        ("nothing to stop", 0, Call::as_root(&stop()), UpgradeError::NonePending.into()),
    ];
    for (why, sender, call, error) in cases {
        let mut world = world();
        let outcome = world.one(sender, &call);
        assert_eq!(outcome.result, Err(error), "{why}");
        assert_eq!((query::upgrade(&world.state), outcome.events), (None, vec![]), "{why}");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn an_upgrade_that_is_stopped_does_not_come_and_another_one_may() {
    let mut world = world();
    world.one(0, &Call::as_root(&schedule(2, 9)));
    let outcome = world.one(0, &Call::as_root(&stop()));
    let stopped = SystemEvent::UpgradeStopped { version: V2, height: Height(9) };
    assert!(outcome.events.contains(&Event::System(stopped)), "{outcome:?}");
    blocks_to(&mut world, 12);
    assert_eq!(query::version(&world.state), V1);
    world.one(0, &Call::as_root(&schedule(2, 30)));
    world.one(0, &Call::as_root(&schedule(2, 22)));
    blocks_to(&mut world, 21);
    assert_eq!(query::version(&world.state), V2, "the height that was set last counts");
    let again = world.one(0, &Call::as_root(&stop()));
    assert_eq!(again.result, Err(UpgradeError::NonePending.into()), "what is done is done");
}

#[test]
fn a_version_beyond_this_code_stops_it() {
    let mut world = world();
    world.one(0, &Call::as_root(&schedule(2, 9)));
    blocks_to(&mut world, 8);
    world.one(0, &Call::as_root(&schedule(3, 40)));
    blocks_to(&mut world, 39);
    let claim = world.claim(world.next_slot(), 0, serin_state::types::ClaimKind::Primary);
    let context = world.context(world.next_slot(), &claim);
    let error = serin_node::runtime::BlockBuilder::begin(&world.state, &context).unwrap_err();
    assert_eq!(error, BlockError::UnknownVersion { version: ProtocolVersion(3) });
    let transaction = world.plain(1, Nonce::ZERO, encode(&Call::transfer(id(2), Balance(7))));
    let refused = check_transaction(
        &world.chain,
        &world.state,
        world.next_slot(),
        &world.verified(1, transaction),
    );
    assert_eq!(refused, Err(InvalidTransaction::UnknownVersion { version: ProtocolVersion(3) }));
}

#[test]
fn a_transaction_for_another_version_is_refused_by_name() {
    let mut world = world();
    world.one(0, &Call::as_root(&schedule(2, 9)));
    let transaction = world.plain(1, Nonce::ZERO, encode(&Call::transfer(id(2), Balance(7))));
    let genesis = *world.chain.genesis();
    let signed = |version| transaction.clone().sign(&key(1), &genesis, version);
    let near = |version, current| {
        Verified::check_near(&Strict, signed(version), &genesis, current).map(|one| one.version())
    };
    assert_eq!((near(V1, V1), near(V2, V1), near(V1, V2)), (Ok(V1), Ok(V2), Ok(V1)));
    assert!(near(ProtocolVersion(4), V2).is_err(), "not beside it");
    blocks_to(&mut world, 8);
    let old = Verified::check_near(&Strict, signed(V1), &genesis, V2).unwrap();
    let refused = check_transaction(&world.chain, &world.state, Slot(9), &old).unwrap_err();
    assert_eq!(refused, InvalidTransaction::WrongVersion { signed: V1, current: V2 });
    assert_eq!(refused.to_string(), "signed for protocol version 1, and the chain has version 2");
}

#[test]
fn headers_tell_what_authors_know_and_the_state_counts_it() {
    let mut world = world();
    let everybody = || (0..4).map(id);
    assert_eq!(Readiness::of(&world.state, everybody(), V2).ready, 0, "nobody has made a block");
    world.block_at(Slot(1), &[]);
    let readiness = Readiness::of(&world.state, everybody(), V2);
    assert_eq!(readiness, Readiness { ready: 1, validators: 4 }, "account 0 made one");
    assert_eq!(Readiness::of(&world.state, everybody(), ProtocolVersion(3)).ready, 0);
    assert_eq!(query::knows(&world.state, treasury()), None);
}
