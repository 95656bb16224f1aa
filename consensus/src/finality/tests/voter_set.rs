//! Which lists are voter sets, and how much weight decides in them.

use super::drawing::{SET, plain_keys, set_of};
use crate::finality::{TOTAL_WEIGHT_MAX, VOTERS_MAX, VoterSet, VoterSetError};
use crate::rules::{FinalityRules, Threshold};
use serin_state::types::{PublicKey, Round, VoteWeight, Voter};

fn voter(number: u8, weight: u64) -> Voter {
    Voter { key: PublicKey([number; 32]), weight: VoteWeight(weight) }
}

#[test]
fn lists_that_are_no_voter_sets_are_refused() {
    let many = |count: usize| {
        let key = |number: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
            Voter { key: PublicKey(key), weight: VoteWeight(1) }
        };
        (0..count).map(key).collect::<Vec<_>>()
    };
    #[rustfmt::skip]
    let rows = [
        (vec![], Err(VoterSetError::Empty), "nobody"),
        (many(VOTERS_MAX), Ok(4_096), "the largest"),
        (many(VOTERS_MAX + 1), Err(VoterSetError::TooMany), "one more"),
        (vec![voter(1, 1), voter(2, 1), voter(1, 2)], Err(VoterSetError::SameKey), "a key twice, apart"),
        (vec![voter(1, 1), voter(2, 0)], Err(VoterSetError::NoWeight), "weight zero"),
        (vec![voter(1, TOTAL_WEIGHT_MAX - 2), voter(2, 1)], Ok(TOTAL_WEIGHT_MAX - 1), "the largest total"),
        (vec![voter(1, TOTAL_WEIGHT_MAX - 1), voter(2, 1)], Err(VoterSetError::TotalTooLarge), "one more"),
        (vec![voter(1, u64::MAX), voter(2, u64::MAX)], Err(VoterSetError::TotalTooLarge), "overflow"),
        (vec![voter(1, u64::MAX), voter(2, 2), voter(3, u64::MAX)], Err(VoterSetError::TotalTooLarge), "wraps to 0"),
    ];
    for (voters, expected, why) in rows {
        assert_eq!(VoterSet::new(SET, &voters).map(|set| set.total().0), expected, "{why}");
    }
}

#[test]
fn voters_stand_by_key_whatever_order_they_came_in() {
    let set = VoterSet::new(SET, &[voter(9, 2), voter(1, 3), voter(4, 5)]).unwrap();
    assert_eq!(set.voters(), [voter(1, 3), voter(4, 5), voter(9, 2)]);
    assert_eq!((set.len(), set.is_empty(), set.id()), (3, false, SET));
    for (index, voter) in set.voters().iter().enumerate() {
        assert_eq!(set.index_of(&voter.key), Some(index));
        assert_eq!(set.get(index), Some(voter));
        assert!(set.contains(&voter.key));
    }
    assert_eq!((set.index_of(&PublicKey([5; 32])), set.get(3)), (None, None));
    assert!(!set.contains(&PublicKey([5; 32])));
}

#[test]
fn primaries_take_turns() {
    let set = set_of(&plain_keys(3), &[1, 1, 1]);
    let primaries: Vec<u8> = (0..6).map(|round| set.primary(Round(round)).0[0]).collect();
    assert_eq!(primaries, [1, 2, 3, 1, 2, 3]);
    // 2^64 - 1 is divisible by 3.
    assert_eq!(set.primary(Round(u64::MAX)).0[0], 1);
}

#[test]
fn the_supermajority_is_the_total_less_what_may_be_faulty() {
    // S1: not floor(2 n / 3), and not the paper's (n + f + 1) / 2 where n is a multiple of three.
    #[rustfmt::skip]
    let rows = [
        (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 1, 3), (5, 1, 4), (6, 1, 5), (7, 2, 5),
        (100, 33, 67), (102, 33, 69), (1_000, 333, 667),
        (TOTAL_WEIGHT_MAX - 1, 1_537_228_672_809_129_300, 3_074_457_345_618_258_603),
    ];
    for (total, faulty, threshold) in rows {
        let set = set_of(&plain_keys(1), &[total]);
        assert_eq!(set.faulty_max(), VoteWeight(faulty), "f of {total}");
        let standard = set.threshold(&FinalityRules::default());
        assert_eq!(standard, VoteWeight(threshold), "n - f of {total}");
    }
    let paper = FinalityRules { threshold: Threshold::Paper, ..Default::default() };
    for (total, threshold) in [(1, 1), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (102, 68)] {
        let set = set_of(&plain_keys(1), &[total]);
        assert_eq!(set.threshold(&paper), VoteWeight(threshold), "(n + f + 1) / 2 of {total}");
    }
    let share = |numerator, denominator| {
        let threshold = Threshold::AtLeast { numerator, denominator };
        let rules = FinalityRules { threshold, ..Default::default() };
        set_of(&plain_keys(1), &[10]).threshold(&rules).0
    };
    #[rustfmt::skip]
    let rows = [
        (1, 2, 5, "half"), (2, 3, 7, "rounded up"), (1, 1, 10, "everybody"), (0, 1, 1, "at least 1"),
        (5, 1, 10, "at most all"), (1, 0, 10, "a denominator of zero counts as 1"),
    ];
    for (numerator, denominator, expected, why) in rows {
        assert_eq!(share(numerator, denominator), expected, "{why}");
    }
}
