//! Thresholds and turns of an epoch's authorities.
//!
//! The modulo is computed a second way; shares are counted over thousands of slots.

use super::*;
use crate::leader::{
    fixture::{PARAMS, authority, validators},
    lottery::Chance,
};
use serin_state::types::{PublicKey, VoteWeight};

fn data(numbers: &[u8], randomness: u8) -> EpochData {
    let set = validators(numbers);
    EpochData::new(&PARAMS, Epoch(3), Hash([randomness; 32]), set.authorities())
}

#[test]
fn each_authority_has_the_threshold_of_its_weight() {
    let mut list = vec![authority(1), authority(2), authority(3)];
    for (one, weight) in list.iter_mut().zip([5, 1, 5]) {
        one.weight = VoteWeight(weight);
    }
    let data = EpochData::new(&PARAMS, Epoch(3), Hash::ZERO, &list);
    let chance = Chance::of(&PARAMS);
    for (index, weight) in [(0, 5), (1, 1), (2, 5)] {
        let expected = Some(chance.threshold(weight, 11));
        assert_eq!(data.threshold(AuthorityIndex(index)), expected, "index {index}");
    }
    assert_eq!(data.threshold(AuthorityIndex(3)), None);
    assert_eq!(data.authority(AuthorityIndex(3)), None);
}

#[test]
fn a_score_wins_below_the_threshold_and_not_at_it() {
    let data = data(&[1, 2], 0);
    let author = AuthorityIndex(1);
    let threshold = data.threshold(author).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("the lowest score",    author, 0,             true),
        ("just below",          author, threshold - 1, true),
        ("the threshold",       author, threshold,     false),
        ("the highest score",   author, u128::MAX,     false),
        ("nobody's score",      AuthorityIndex(2), 0,  false),
    ];
    for (why, author, score, expected) in cases {
        assert_eq!(data.is_won(author, score), expected, "{why}");
    }
}

#[test]
fn an_authority_is_found_by_its_seal_key() {
    let data = data(&[5, 6, 7], 0);
    for (index, number) in [(0, 5), (1, 6), (2, 7)] {
        let found = data.index_of(&authority(number).seal);
        assert_eq!(found, Some(AuthorityIndex(index)));
        assert_eq!(data.authority(AuthorityIndex(index)), Some(&authority(number)));
    }
    assert_eq!(data.index_of(&PublicKey([9; 32])), None);
}

#[test]
fn the_turn_is_the_hash_as_a_number_modulo_the_count() {
    for numbers in [vec![1], vec![1, 2, 3], (1..=7).collect()] {
        let data = data(&numbers, 5);
        for slot in (0..200).map(Slot) {
            let parts: [&[u8]; 2] = [&[5; 32], &slot.0.to_le_bytes()];
            let Hash(bytes) = Hash::personal(Purpose::SecondaryAuthor, &parts);
            // Another way to the remainder: powers of 256 from the least significant byte up.
            let count = u64::try_from(numbers.len()).unwrap();
            let (mut power, mut rest) = (1 % count, 0);
            for byte in bytes {
                rest = (rest + power * u64::from(byte)) % count;
                power = power * 256 % count;
            }
            assert_eq!(u64::from(data.secondary_author(slot).0), rest, "slot {slot}");
        }
    }
}

#[test]
fn turns_are_even_and_differ_between_epochs() {
    let (one, other) = (data(&[1, 2, 3, 4], 1), data(&[1, 2, 3, 4], 2));
    let mut turns = [0_u32; 4];
    let mut equal = 0;
    for slot in (0..4_000).map(Slot) {
        turns[usize::try_from(one.secondary_author(slot).0).unwrap()] += 1;
        equal += u32::from(one.secondary_author(slot) == other.secondary_author(slot));
    }
    for count in turns {
        assert!((900..1_100).contains(&count), "{turns:?}: a quarter each");
    }
    assert!((850..1_150).contains(&equal), "{equal} of 4,000 equal: as by chance");
}

#[test]
fn primaries_come_as_often_as_the_chance_says() {
    // Scores drawn for four authorities: P(no primary) = 1/2 in PARAMS, whatever their number.
    let data = data(&[1, 2, 3, 4], 0);
    let mut empty = 0;
    for slot in 0_u64..4_000 {
        let won = (0_u32..4).any(|index| {
            let parts: [&[u8]; 2] = [&slot.to_le_bytes(), &index.to_le_bytes()];
            let drawn = Hash::personal(Purpose::Random, &parts);
            let score = u128::from_le_bytes(drawn.0[..16].try_into().unwrap());
            score < data.threshold(AuthorityIndex(index)).unwrap()
        });
        empty += u32::from(!won);
    }
    assert!((1_900..2_100).contains(&empty), "{empty} of 4,000 slots without a primary");
}

#[test]
fn the_cache_gives_what_the_session_gives() {
    let seeds = [Hash([1; 32]), Hash([2; 32])];
    let session = Session::genesis(validators(&[1, 2]), validators(&[3]), seeds);
    // Equal randomness and other authorities: a fork with another election.
    let fork = Session::genesis(validators(&[1, 4]), validators(&[5]), seeds);
    // Equal authorities and other randomness: a fork with another block.
    let sibling = Session::genesis(validators(&[1, 2]), validators(&[3]), [seeds[1], seeds[0]]);
    let mut cache = EpochCache::default();
    for round in 0..3 {
        for slot in [1, 5, 10, 77, 990, 15].map(Slot) {
            for session in [&session, &fork, &sibling] {
                let expected = session.epoch_for(&PARAMS, slot);
                let found = cache.epoch_for(session, &PARAMS, slot);
                assert_eq!(found, expected, "round {round}, slot {slot}");
                assert!(cache.recent.len() <= EPOCHS_CACHED);
            }
        }
    }
}

#[test]
fn the_cache_answers_a_second_question_without_computing() {
    let seeds = [Hash([1; 32]), Hash([2; 32])];
    let session = Session::genesis(validators(&[1, 2]), validators(&[3]), seeds);
    let mut cache = EpochCache::default();
    let first = cache.epoch_for(&session, &PARAMS, Slot(1));
    let second = cache.epoch_for(&session, &PARAMS, Slot(2));
    assert!(Arc::ptr_eq(&first.thresholds, &second.thresholds));
}
