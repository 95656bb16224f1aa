//! Validator sets that take turns by chain specification: two clocks, announced one epoch ahead.
//!
//! Five validators, four active, a new set every two epochs with blocks; members are named by their
//! place in the specification.

use crate::world::{GENESIS_TIME, World};
use serin_consensus::leader::membership::{check_membership, prove_membership};
use serin_node::chain_spec::{ChainSpec, Rotation};
use serin_node::runtime::{query, session};
use serin_state::types::{AuthorityIndex, PublicKey, Slot};

fn rotating() -> World {
    let mut spec = ChainSpec::local(5, 1_000, GENESIS_TIME);
    spec.rotation = Some(Rotation { every_epochs: 2, active: 4 });
    spec.params.epoch_slots = 10;
    assert_eq!(spec.check(), Ok(()));
    World::new(&spec)
}

fn seals(world: &World, members: [usize; 4]) -> Vec<PublicKey> {
    members.iter().map(|index| world.chain.spec().validators[*index].seal).collect()
}

#[test]
fn sets_rotate_and_are_announced_one_epoch_ahead() {
    let mut world = rotating();
    // Epoch, who authors in it, whether its first block announces authorities and a voter set.
    let expected = [
        (1, [0, 1, 2, 3], true, false),
        (2, [1, 2, 3, 4], false, true),
        (3, [1, 2, 3, 4], true, false),
        (4, [2, 3, 4, 0], false, true),
        (5, [2, 3, 4, 0], true, false),
    ];
    let genesis = *world.chain.genesis();
    let first_set = session(&world.state).set_id(&genesis);
    let mut sets = 0;
    for (epoch, members, authorities, voters) in expected {
        let executed = world.block_at(Slot(epoch * 10 + 3), &[]);
        let session = session(&world.state);
        let found: Vec<PublicKey> = session.authorities().iter().map(|one| one.seal).collect();
        assert_eq!(found, seals(&world, members), "epoch {epoch}");
        let next = executed.announcements.next_epoch.unwrap();
        assert_eq!(next.authorities.is_some(), authorities, "epoch {epoch}");
        assert_eq!(executed.announcements.next_set.is_some(), voters, "epoch {epoch}");
        sets += u64::from(voters);
        assert_eq!(session.set_id(&genesis), first_set.saturating_add(sets), "epoch {epoch}");
        if let Some(next) = next.authorities {
            assert_eq!(next, session.next().authorities(), "epoch {epoch}");
        }
    }
}

#[test]
fn skipped_epochs_skip_no_set() {
    let mut world = rotating();
    world.block_at(Slot(3), &[]);
    // Epochs 1 to 6 have no block: session 1 is epoch 7.
    world.block_at(Slot(70), &[]);
    let found: Vec<PublicKey> =
        session(&world.state).authorities().iter().map(|one| one.seal).collect();
    assert_eq!(found, seals(&world, [0, 1, 2, 3]));
    let executed = world.block_at(Slot(95), &[]);
    assert_eq!(executed.announcements.next_set.map(|set| set.len()), Some(4));
}

#[test]
fn a_session_is_remembered_for_as_long_as_stake_is_bound_and_its_members_can_be_proven() {
    let mut spec = ChainSpec::local(5, 1_000, GENESIS_TIME);
    spec.rotation = Some(Rotation { every_epochs: 2, active: 4 });
    spec.params.epoch_slots = 10;
    spec.params.bonding_slots = 45;
    let mut world = World::new(&spec);
    let mut lists = vec![world.session.current().clone()];
    // Epochs 8 to 10 have no block.
    for epoch in (1..8).chain(11..16) {
        world.block_at(Slot(epoch * 10 + 2), &[]);
        lists.push(world.session.current().clone());
        let now = epoch * 10 + 2;
        for (number, list) in (0_u64..).zip(&lists) {
            let ended = query::session_record(&world.state, number + 1).map(|next| next.start.0);
            let Some(record) = query::session_record(&world.state, number) else {
                assert!(ended.is_none_or(|end| end + 45 < now), "session {number} is needed");
                continue;
            };
            assert!(ended.is_none_or(|end| end + 45 >= now), "session {number} at slot {now}");
            assert_eq!(record.epoch.0, record.start.0 / 10);
            for index in 0..4 {
                let proven = prove_membership(list, AuthorityIndex(index)).unwrap();
                assert_eq!(check_membership(&record, &proven), Ok(()));
                let other = query::session_record(&world.state, number ^ 2);
                let of_other = other.map(|other| check_membership(&other, &proven));
                assert_ne!(of_other, Some(Ok(())), "sessions {number} and {}", number ^ 2);
            }
        }
    }
    assert_eq!(world.session.number(), 12, "gaps count for nothing");
    assert_eq!(query::session_record(&world.state, 13), None);
}
