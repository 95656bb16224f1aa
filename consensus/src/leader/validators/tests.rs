//! What may be a set of validators, and what may not: one row for each reason.
//!
//! The bounds are tested at their edges.

use super::*;
use crate::leader::fixture::{authority, voter};
use serin_state::types::{PublicKey, VoteWeight};

#[test]
fn lists_are_refused_for_one_reason_each() {
    let weighted = |number, weight| Authority { weight: VoteWeight(weight), ..authority(number) };
    let vote_weight = |number, weight| Voter { weight: VoteWeight(weight), ..voter(number) };
    let seal_is_lottery = {
        let one = authority(1);
        Authority { seal: PublicKey(one.lottery.0), ..one }
    };
    let seal_is_vote = Authority { seal: voter(1).key, ..authority(1) };
    let half = 1 << 61;
    #[rustfmt::skip]
    let cases = [
        ("one of each",                   vec![authority(1)], vec![voter(1)], Ok(())),
        ("more authors than voters",      vec![authority(1), authority(2)], vec![voter(3)], Ok(())),
        ("the largest total",             vec![weighted(1, half), weighted(2, half - 1)], vec![voter(1)], Ok(())),
        ("nobody authors",                vec![], vec![voter(1)], Err(ValidatorsError::Empty)),
        ("nobody votes",                  vec![authority(1)], vec![], Err(ValidatorsError::Empty)),
        ("no weight in the lottery",      vec![weighted(1, 0)], vec![voter(1)], Err(ValidatorsError::WeightZero)),
        ("no weight in the vote",         vec![authority(1)], vec![vote_weight(1, 0)], Err(ValidatorsError::WeightZero)),
        ("the total reaches 2^62",        vec![weighted(1, half), weighted(2, half)], vec![voter(1)], Err(ValidatorsError::WeightTotal)),
        ("the total leaves 64 bits",      vec![authority(1)], vec![vote_weight(1, u64::MAX), vote_weight(2, u64::MAX)], Err(ValidatorsError::WeightTotal)),
        ("an author twice",               vec![authority(1), authority(1)], vec![voter(1)], Err(ValidatorsError::KeyRepeated)),
        ("a voter twice",                 vec![authority(1)], vec![voter(1), voter(1)], Err(ValidatorsError::KeyRepeated)),
        ("one key seals and draws",       vec![seal_is_lottery], vec![voter(1)], Err(ValidatorsError::KeyRepeated)),
        ("one key seals and votes",       vec![seal_is_vote], vec![voter(1)], Err(ValidatorsError::KeyRepeated)),
    ];
    for (why, authorities, voters, expected) in cases {
        assert_eq!(Validators::new(authorities, voters).map(|_| ()), expected, "{why}");
    }
}

#[test]
fn the_length_of_both_lists_is_bounded() {
    // Keys need not be points here, so that the longest lists are quick to make.
    let key = |list: u8, number: usize| {
        let mut key = [list; 32];
        key[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
        key
    };
    let authorities = |count: usize| -> Vec<Authority> {
        let one = |number| Authority {
            seal: PublicKey(key(1, number)),
            lottery: serin_state::types::LotteryPublicKey(key(2, number)),
            weight: VoteWeight(1),
        };
        (0..count).map(one).collect()
    };
    let voters = |count: usize| -> Vec<Voter> {
        let one = |number| Voter { key: PublicKey(key(3, number)), weight: VoteWeight(1) };
        (0..count).map(one).collect()
    };
    let most = VALIDATORS_MAX;
    assert!(Validators::new(authorities(most), voters(most)).is_ok());
    let more = most + 1;
    let too_many = Err(ValidatorsError::TooMany);
    assert_eq!(Validators::new(authorities(more), voters(1)), too_many);
    assert_eq!(Validators::new(authorities(1), voters(more)), too_many);
    // Both lists at their longest leave room for the rest of a header.
    let bytes = most
        * (borsh::to_vec(&authority(1)).unwrap().len() + borsh::to_vec(&voter(1)).unwrap().len());
    let header = <serin_state::types::Header as serin_state::codec::Wire>::BYTES_MAX;
    assert!(bytes + 4_096 < header, "{bytes} of {header} bytes");
}
