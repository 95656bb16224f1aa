//! What a block does besides its transactions, and why an importer refuses one.
//!
//! Every field of a header that execution fills is changed once and must be refused for the right
//! reason; epochs, the ring of hashes and the multiplier are followed over blocks.

use crate::world::{World, id};
use serin_node::runtime::{
    BLOCK_HASHES, BlockBuilder, BlockError, Call, Event, FeeMultiplier, InvalidTransaction,
    SystemEvent, query, session,
};
use serin_state::codec::encode;
use serin_state::layout::Item;
use serin_state::tree::list::list_root;
use serin_state::types::{
    Announcements, Balance, ClaimKind, Epoch, Hash, Header, Height, Nonce, ProtocolVersion, Slot,
};

#[test]
fn a_block_that_is_not_what_its_header_says_is_refused() {
    type Change = fn(&mut Header);
    let world = World::local();
    let body = [world.signed(1, &Call::transfer(id(2), Balance(7)))];
    let good = world.header(Slot(1), &world.build(Slot(1), &body).unwrap());
    assert!(world.execute(&good, &body).is_ok());
    let (expected, claimed) = (ProtocolVersion(1), ProtocolVersion(2));
    #[rustfmt::skip]
    let cases: [(&str, Change, BlockError); 4] = [
        ("body", |h| h.unsealed.body_root.0[0] ^= 1, BlockError::BodyRoot),
        ("outcomes", |h| h.unsealed.outcome_root.0[0] ^= 1, BlockError::OutcomeRoot),
        ("version", |h| h.unsealed.version = ProtocolVersion(2), BlockError::WrongVersion { expected, claimed }),
        ("announcements", |h| h.unsealed.announcements.next_set = Some(Vec::new()), BlockError::Announcements),
    ];
    for (why, change, error) in cases {
        let mut header = good.clone();
        change(&mut header);
        assert_eq!(world.execute(&header, &body).unwrap_err(), error, "{why}");
    }
    assert_eq!(world.execute(&good, &[]).unwrap_err(), BlockError::BodyRoot, "a missing body");
}

#[test]
fn a_block_with_an_impossible_transaction_is_refused_with_its_place() {
    let world = World::local();
    let first = world.signed(1, &Call::transfer(id(2), Balance(7)));
    let body = [first.clone(), first];
    let empty = world.build(Slot(1), &[]).unwrap();
    let mut header = world.header(Slot(1), &empty);
    header.unsealed.body_root = serin_node::runtime::body_root(&[body[0].hash(), body[1].hash()]);
    let error = InvalidTransaction::Stale { expected: Nonce(1), got: Nonce(0) };
    assert_eq!(
        world.execute(&header, &body).unwrap_err(),
        BlockError::Transaction { index: 1, error }
    );
}

#[test]
fn a_node_stops_at_a_version_that_it_does_not_know() {
    let mut world = World::local();
    let version = ProtocolVersion(3);
    world.state.insert(Item::Version.key(), encode(&version));
    let claim = world.claim(Slot(1), 0, ClaimKind::Primary);
    let context = world.context(Slot(1), &claim);
    let error = BlockBuilder::begin(&world.state, &context).unwrap_err();
    assert_eq!(error, BlockError::UnknownVersion { version });
}

#[test]
fn the_same_block_gives_the_same_result() {
    let world = World::local();
    let body: Vec<_> = (0..6)
        .map(|sender| world.signed(sender, &Call::transfer(id(7), Balance::tokens(1))))
        .collect();
    let first = world.build(Slot(9), &body).unwrap();
    assert_eq!(first, world.clone().build(Slot(9), &body).unwrap());
    let reversed: Vec<_> = body.into_iter().rev().collect();
    assert_ne!(first.body_root, world.build(Slot(9), &reversed).unwrap().body_root);
}

#[test]
fn the_state_remembers_the_headers_before_it() {
    let mut world = World::local();
    let mut hashes = vec![world.head.hash()];
    for _ in 0..20 {
        world.block_at(world.next_slot(), &[]);
        hashes.push(world.head.hash());
    }
    let head = world.head.height();
    for (height, hash) in (0_u32..).zip(&hashes).take(20) {
        assert_eq!(query::block_hash(&world.state, head, Height(height)), Some(*hash));
    }
    assert_eq!(query::block_hash(&world.state, head, head), None, "a state cannot hold its own");
    let before: Vec<&[u8; 32]> = hashes.iter().take(20).map(Hash::as_bytes).collect();
    assert_eq!(query::mountain(&world.state).root(), list_root(&before));
    // One round of the ring later, genesis is forgotten.
    let far = Height(BLOCK_HASHES + 1);
    assert_eq!(query::block_hash(&world.state, far, Height(0)), None);
    assert!(query::block_hash(&world.state, Height(BLOCK_HASHES), Height(0)).is_some());
}

#[test]
fn the_first_block_of_an_epoch_announces_the_next() {
    let mut world = World::local();
    let slots = world.chain.params().epoch_slots;
    let executed = world.block_at(Slot(slots - 1), &[]);
    assert_eq!(executed.announcements, Announcements::default());
    assert_eq!(executed.block_events, []);
    let executed = world.block_at(Slot(slots), &[]);
    let next = executed.announcements.next_epoch.unwrap();
    assert_eq!(next.authorities, None, "nothing rotates on this chain");
    assert_eq!(executed.announcements.next_set, None);
    let began = SystemEvent::EpochBegan { epoch: Epoch(1), session: 1 };
    assert_eq!(executed.block_events, [Event::System(began)]);
    let epoch = session(&world.state).epoch_for(world.chain.params(), Slot(2 * slots));
    assert_eq!(epoch.randomness(), next.randomness, "what is announced is what will be used");
    // Nine empty epochs later the chain goes on without anybody's help.
    let executed = world.block_at(Slot(10 * slots + 5), &[]);
    assert!(executed.announcements.next_epoch.is_some());
    let began = SystemEvent::EpochBegan { epoch: Epoch(10), session: 2 };
    assert_eq!(executed.block_events, [Event::System(began)]);
}

#[test]
fn idle_blocks_lower_the_price_and_the_bound_ends_it() {
    let mut world = World::local();
    world.block_at(world.next_slot(), &[]);
    let multiplier = query::fee_multiplier(&world.state);
    // A quarter below target, times 75 millionths: 1 - 18.75e-6 + 18.75e-6²/2.
    assert_eq!(multiplier, FeeMultiplier(999_981_250));
    world.state.insert(Item::FeeMultiplier.key(), encode(&FeeMultiplier(100_000_001)));
    world.block_at(world.next_slot(), &[]);
    assert_eq!(query::fee_multiplier(&world.state), FeeMultiplier(100_000_000));
}

#[test]
fn the_author_of_another_authority_is_paid() {
    let world = World::local();
    let body = [world.signed(5, &Call::transfer(id(4), Balance(7)))];
    for author in 0..4 {
        let claim = world.claim(Slot(1), author, ClaimKind::Secondary);
        let context = world.context(Slot(1), &claim);
        let mut builder = BlockBuilder::begin(&world.state, &context).unwrap();
        builder.apply(&body[0]).unwrap();
        let mut after = world.clone();
        after.take(builder.finish().changes);
        let paid: Vec<usize> =
            (0..4).filter(|index| after.free(id(*index)) > world.free(id(*index))).collect();
        assert_eq!(paid, [author as usize]);
    }
}
