//! Epochs, randomness and voter sets over chains with and without gaps.
//!
//! The oracle keeps every block and computes from the list what a session keeps in constant memory.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use crate::leader::{
    Member,
    fixture::{PARAMS, member, validators},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SEEDS: [Hash; 2] = [Hash([0xa0; 32]), Hash([0xa1; 32])];

fn rules() -> LotteryRules {
    LotteryRules::default()
}

fn genesis() -> Session {
    Session::genesis(validators(&[1, 2]), validators(&[1, 2]), SEEDS)
}

/// A block in `slot` whose output is told apart by `output`.
fn block(slot: u64, kind: ClaimKind, output: u8) -> BlockEntry {
    BlockEntry { slot: Slot(slot), kind, randomness: Hash([output; 32]) }
}

fn primary(slot: u64) -> BlockEntry {
    block(slot, ClaimKind::Primary, u8::try_from(slot % 251).unwrap())
}

fn step(session: &mut Session, entry: BlockEntry) -> Announcements {
    session.on_block(&PARAMS, &rules(), entry, None)
}

/// The randomness announced for the epoch after each one that begins, from the whole list of blocks:
/// the rule of the module written out, with its own copy of the hash.
fn announced_randomness(blocks: &[BlockEntry]) -> Vec<(Epoch, Hash)> {
    let mut announced = Vec::new();
    let (mut epoch, mut following) = (Epoch(0), SEEDS[1]);
    let mut outputs: Vec<Hash> = Vec::new();
    for block in blocks {
        let own = Epoch(block.slot.0 / PARAMS.epoch_slots);
        if own != epoch {
            let mut collected = Hash::ZERO;
            for output in &outputs {
                collected = Hash::personal(Purpose::EpochRandomness, &[&collected.0, &output.0]);
            }
            let next = (own.0 + 1).to_le_bytes();
            following =
                Hash::personal(Purpose::EpochRandomness, &[&following.0, &next, &collected.0]);
            announced.push((Epoch(own.0 + 1), following));
            outputs.clear();
            epoch = own;
        }
        if block.kind == ClaimKind::Primary {
            outputs.push(block.randomness);
        }
    }
    announced
}

fn run(blocks: &[BlockEntry]) -> Vec<(Epoch, Hash)> {
    let mut session = genesis();
    let mut announced = Vec::new();
    for block in blocks {
        if let Some(next) = step(&mut session, *block).next_epoch {
            announced.push((session.epoch().saturating_add(1), next.randomness));
        }
    }
    announced
}

#[test]
fn genesis_gives_two_epochs_and_the_first_announcement_is_the_third() {
    let mut session = genesis();
    assert_eq!(session.epoch_for(&PARAMS, Slot(9)).randomness(), SEEDS[0]);
    assert_eq!(session.epoch_for(&PARAMS, Slot(10)).randomness(), SEEDS[1]);
    assert_eq!(step(&mut session, primary(3)), Announcements::default(), "inside epoch 0");
    let announced = step(&mut session, primary(10)).next_epoch.unwrap();
    assert_eq!(announced.authorities, None, "they do not change");
    assert_eq!(session.epoch_for(&PARAMS, Slot(11)).randomness(), SEEDS[1]);
    assert_eq!(session.epoch_for(&PARAMS, Slot(20)).randomness(), announced.randomness);
    assert_eq!(step(&mut session, primary(11)), Announcements::default(), "inside epoch 1");
    assert_eq!((session.epoch(), session.number()), (Epoch(1), 1));
}

#[test]
fn every_primary_output_of_an_epoch_changes_the_randomness_two_epochs_later() {
    // Ten primaries in epoch 1; the first block of epoch 2 announces R(3).
    let blocks: Vec<BlockEntry> = (10..=20).map(primary).collect();
    let before = run(&blocks);
    assert_eq!(before.len(), 2, "epochs 1 and 2 begin");
    for flipped in 0..10 {
        let mut changed = blocks.clone();
        changed[flipped].randomness.0[flipped] ^= 1;
        let after = run(&changed);
        assert_eq!(after[0], before[0], "R(2) was known before");
        assert_ne!(after[1], before[1], "output {flipped} must count in R(3)");
    }
    let mut swapped = blocks.clone();
    let output = swapped[0].randomness;
    swapped[0].randomness = swapped[1].randomness;
    swapped[1].randomness = output;
    assert_ne!(run(&swapped)[1], before[1], "the order counts");
    let mut fewer = blocks.clone();
    fewer.remove(4);
    assert_ne!(run(&fewer)[1], before[1], "a withheld block counts");
    // What comes in epoch 2 changes R(4) and not R(3).
    let mut later = blocks;
    later[10].randomness = Hash::ZERO;
    assert_eq!(run(&later), before, "the block that announces adds to the next epoch");
}

#[test]
fn outputs_of_secondary_blocks_add_nothing() {
    let blocks: Vec<BlockEntry> =
        (1..=30).map(|slot| block(slot, ClaimKind::Secondary, 7)).collect();
    let mut changed = blocks.clone();
    for block in &mut changed {
        block.randomness = Hash([9; 32]);
    }
    assert_eq!(run(&blocks), run(&changed));
}

#[test]
fn other_rules_take_other_outputs_into_the_randomness() {
    let announced = |randomness: RandomnessSource, blocks: &[BlockEntry]| {
        let rules = LotteryRules { randomness, ..rules() };
        let mut session = genesis();
        for block in blocks {
            session.on_block(&PARAMS, &rules, *block, None);
        }
        session.on_block(&PARAMS, &rules, primary(10), None).next_epoch.unwrap().randomness
    };
    let epoch = |first: u8, second: u8, secondary: u8| {
        [
            block(1, ClaimKind::Primary, first),
            block(2, ClaimKind::Secondary, secondary),
            block(3, ClaimKind::Primary, second),
        ]
    };
    #[rustfmt::skip]
    let table = [
        (RandomnessSource::EveryPrimary, true,  true,  false),
        (RandomnessSource::Nothing,      false, false, false),
        (RandomnessSource::LastPrimary,  false, true,  false),
        (RandomnessSource::EveryBlock,   true,  true,  true),
    ];
    for (rule, first, second, secondary) in table {
        let usual = announced(rule, &epoch(1, 2, 3));
        assert_eq!(announced(rule, &epoch(9, 2, 3)) != usual, first, "{rule:?}, the first primary");
        assert_eq!(announced(rule, &epoch(1, 9, 3)) != usual, second, "{rule:?}, the last primary");
        assert_eq!(announced(rule, &epoch(1, 2, 9)) != usual, secondary, "{rule:?}, a secondary");
    }
}

#[test]
fn under_the_rule_nothing_randomness_is_a_chain_everybody_can_compute() {
    let rules = LotteryRules { randomness: RandomnessSource::Nothing, ..rules() };
    let announce = |output: u8| {
        let mut session = genesis();
        session.on_block(&PARAMS, &rules, block(10, ClaimKind::Primary, output), None);
        session.on_block(&PARAMS, &rules, block(20, ClaimKind::Primary, output), None)
    };
    assert_eq!(announce(1), announce(2));
    assert_ne!(announce(1).next_epoch.unwrap().randomness, run(&[primary(10), primary(20)])[1].1);
}

#[test]
fn after_skipped_epochs_the_last_announced_data_serves_with_the_epoch_of_the_slot() {
    let mut session = genesis();
    step(&mut session, primary(5));
    // Epochs 1 to 6 have no block; slot 73 lies in epoch 7.
    let data = session.epoch_for(&PARAMS, Slot(73));
    assert_eq!((data.epoch(), data.randomness()), (Epoch(7), SEEDS[1]));
    assert!(session.begins_epoch(&PARAMS, Slot(73)));
    let announced = step(&mut session, primary(73)).next_epoch.unwrap();
    assert_eq!(
        announced_randomness(&[primary(5), primary(73)]),
        [(Epoch(8), announced.randomness)]
    );
    assert_eq!((session.epoch(), session.number()), (Epoch(7), 1), "one session, seven epochs on");
    assert_eq!(session.epoch_for(&PARAMS, Slot(79)).randomness(), SEEDS[1], "the rest of epoch 7");
    let next = session.epoch_for(&PARAMS, Slot(80));
    assert_eq!((next.epoch(), next.randomness()), (Epoch(8), announced.randomness));
    // Another gap right away.
    let far = session.epoch_for(&PARAMS, Slot(1_000));
    assert_eq!((far.epoch(), far.randomness()), (Epoch(100), announced.randomness));
}

#[test]
fn a_chain_whose_first_block_comes_late_starts_with_the_second_seed() {
    let mut session = genesis();
    let data = session.epoch_for(&PARAMS, Slot(12_345));
    assert_eq!((data.epoch(), data.randomness()), (Epoch(1_234), SEEDS[1]));
    assert!(step(&mut session, primary(12_345)).next_epoch.is_some());
    assert_eq!((session.epoch(), session.number()), (Epoch(1_234), 1));
}

#[test]
fn the_last_slot_there_is_does_not_overflow() {
    let mut session = genesis();
    let entry = BlockEntry { slot: Slot(u64::MAX), ..primary(1) };
    assert!(step(&mut session, entry).next_epoch.is_some());
    assert_eq!(session.epoch(), Epoch(u64::MAX / 10));
}

#[test]
fn a_set_is_announced_an_epoch_ahead_and_its_voters_begin_with_its_first_block() {
    let (old, new) = (validators(&[1, 2]), validators(&[3, 4, 5]));
    let genesis_hash = Hash([9; 32]);
    let mut session = genesis();
    let first = SetId::first(&genesis_hash);
    assert_eq!(session.set_id(&genesis_hash), first);
    // The first block of epoch 1 is given the validators of epoch 2.
    let announced = session.on_block(&PARAMS, &rules(), primary(10), Some(new.clone()));
    let next = announced.next_epoch.unwrap();
    assert_eq!(next.authorities.as_deref(), Some(new.authorities()));
    assert_eq!(announced.next_set, None, "epoch 1 votes as epoch 0 did");
    assert_eq!(session.voters(), old.voters());
    assert_eq!((session.current(), session.next()), (&old, &new));
    assert_eq!(session.epoch_for(&PARAMS, Slot(19)).authorities(), old.authorities());
    assert_eq!(session.epoch_for(&PARAMS, Slot(20)).authorities(), new.authorities());
    // Inside an epoch a successor is not looked at.
    let inside = session.on_block(&PARAMS, &rules(), primary(11), Some(old.clone()));
    assert_eq!((inside, session.next()), (Announcements::default(), &new));
    // The first block of epoch 2 begins the set.
    let announced = step(&mut session, primary(20));
    assert_eq!(announced.next_set.as_deref(), Some(new.voters()));
    assert_eq!(announced.next_epoch.unwrap().authorities, None, "epoch 3 keeps them");
    assert_eq!(session.voters(), new.voters());
    assert_eq!(session.set_id(&genesis_hash), first.saturating_add(1));
    // Nothing changes again.
    let announced = step(&mut session, primary(30));
    assert_eq!((announced.next_set, session.set_id(&genesis_hash).shown()), (None, 1));
}

#[test]
fn authorities_may_change_without_a_change_of_voters() {
    let old = validators(&[1, 2]);
    let with_old_vote = |(number, old): (u8, &Member)| Member { vote: old.vote, ..member(number) };
    let mixed = (3..).zip(old.members()).map(with_old_vote).collect();
    let mixed = Validators::new(mixed).unwrap();
    let mut session = genesis();
    let announced = session.on_block(&PARAMS, &rules(), primary(10), Some(mixed.clone()));
    assert_eq!(announced.next_epoch.unwrap().authorities.as_deref(), Some(mixed.authorities()));
    let announced = step(&mut session, primary(20));
    assert_eq!(announced.next_set, None);
    assert_eq!(session.set_id(&Hash::ZERO), SetId::first(&Hash::ZERO));
    assert_eq!(session.authorities(), mixed.authorities());
}

#[test]
fn a_rotation_of_two_sessions_changes_sets_every_second_epoch_even_over_gaps() {
    let sets = [validators(&[1, 2]), validators(&[3, 4])];
    let at = |session: u64| sets[usize::try_from(session / 2 % 2).unwrap()].clone();
    let mut session = Session::genesis(at(0), at(1), SEEDS);
    let mut changes = Vec::new();
    let mut serving = Vec::new();
    // Epochs 4 to 8 have no block.
    for slot in [3, 12, 25, 31, 95, 104, 110, 129] {
        let successor = session.begins_epoch(&PARAMS, Slot(slot)).then(|| at(session.number() + 2));
        let announced = session.on_block(&PARAMS, &rules(), primary(slot), successor);
        if announced.next_set.is_some() {
            changes.push(slot);
        }
        serving.push(sets.iter().position(|set| set == session.current()).unwrap());
    }
    assert_eq!(serving, [0, 0, 1, 1, 0, 0, 1, 1], "two sessions each, none skipped");
    assert_eq!(changes, [25, 95, 110], "each begins with the first block of its epoch");
    assert_eq!(session.number(), 7);
}

#[test]
fn a_session_survives_its_encoding() {
    let mut session = genesis();
    for slot in [3, 12, 25] {
        step(&mut session, primary(slot));
    }
    let bytes = borsh::to_vec(session.head()).unwrap();
    // Three numbers and five hashes, however long the lists are.
    assert_eq!(bytes.len(), 3 * 8 + 5 * 32);
    let head = SessionHead::try_from_slice(&bytes).unwrap();
    let [current, next] = [session.current(), session.next()].map(Validators::clone);
    assert_eq!(Session::join(head, current.clone(), next).unwrap(), session);
    assert_eq!(Session::join(head, current, validators(&[7])), None, "a list it does not name");
    assert!(SessionHead::try_from_slice(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn forks_keep_their_own_sessions() {
    let mut one = genesis();
    step(&mut one, primary(10));
    let mut other = one.clone();
    step(&mut one, primary(11));
    step(&mut other, primary(12));
    let (of_one, of_other) = (step(&mut one, primary(20)), step(&mut other, primary(20)));
    assert_ne!(of_one, of_other, "the same slot on two forks announces two values");
}

fn blocks() -> impl Strategy<Value = Vec<BlockEntry>> {
    let one = (1_u64..30, any::<bool>(), any::<[u8; 32]>());
    prop::collection::vec(one, 1..60).prop_map(|steps| {
        let mut slot = 0;
        let entry = |(gap, won, output): (u64, bool, [u8; 32])| {
            // Mostly neighbouring slots, now and then a gap over epochs.
            slot += if gap < 24 { 1 + gap % 3 } else { gap * 2 };
            let kind = if won { ClaimKind::Primary } else { ClaimKind::Secondary };
            BlockEntry { slot: Slot(slot), kind, randomness: Hash(output) }
        };
        steps.into_iter().map(entry).collect()
    })
}

proptest! {
    #[test]
    fn announcements_equal_what_the_list_of_blocks_says(blocks in blocks()) {
        prop_assert_eq!(run(&blocks), announced_randomness(&blocks));
    }

    #[test]
    fn any_flipped_primary_output_before_the_last_announcement_changes_it(
        blocks in blocks(), pick: prop::sample::Index, bit in 0_usize..256,
    ) {
        let announced = run(&blocks);
        let index = pick.index(blocks.len());
        let mut changed = blocks.clone();
        changed[index].randomness.0[bit / 8] ^= 1 << (bit % 8);
        let epoch = blocks[index].slot.0 / 10;
        let last = blocks.last().unwrap().slot.0 / 10;
        let counts = blocks[index].kind == ClaimKind::Primary && epoch < last;
        prop_assert_eq!(run(&changed) != announced, counts);
    }

    #[test]
    fn no_randomness_serves_twice(blocks in blocks()) {
        let announced = run(&blocks);
        let distinct: BTreeSet<Hash> = announced.iter().map(|(_, randomness)| *randomness).collect();
        prop_assert_eq!(distinct.len(), announced.len());
    }
}
