//! What may be a set of validators, and what may not: one row for each reason.
//!
//! The bounds are tested at their edges.

use super::*;
use crate::leader::fixture::member;
use serin_state::types::{PublicKey, VoteWeight};

#[test]
fn lists_are_refused_for_one_reason_each() {
    let weighted = |number, weight| Member { weight: VoteWeight(weight), ..member(number) };
    let seal_is_lottery = Member { seal: PublicKey(member(1).lottery.0), ..member(1) };
    let seal_is_vote = Member { seal: member(1).vote, ..member(1) };
    let others_vote = Member { vote: member(1).vote, ..member(2) };
    let others_account = Member { account: member(1).account, ..member(2) };
    let half = 1 << 61;
    #[rustfmt::skip]
    let cases = [
        ("one",                           vec![member(1)], Ok(())),
        ("one account with two nodes",    vec![member(1), others_account], Ok(())),
        ("the largest total",             vec![weighted(1, half), weighted(2, half - 1)], Ok(())),
        ("nobody",                        vec![], Err(ValidatorsError::Empty)),
        ("no weight",                     vec![weighted(1, 0)], Err(ValidatorsError::WeightZero)),
        ("the total reaches 2^62",        vec![weighted(1, half), weighted(2, half)], Err(ValidatorsError::WeightTotal)),
        ("the total leaves 64 bits",      vec![weighted(1, u64::MAX), weighted(2, u64::MAX)], Err(ValidatorsError::WeightTotal)),
        ("a validator twice",             vec![member(1), member(1)], Err(ValidatorsError::KeyRepeated)),
        ("the vote key of another",       vec![member(1), others_vote], Err(ValidatorsError::KeyRepeated)),
        ("one key seals and draws",       vec![seal_is_lottery], Err(ValidatorsError::KeyRepeated)),
        ("one key seals and votes",       vec![seal_is_vote], Err(ValidatorsError::KeyRepeated)),
    ];
    for (why, members, expected) in cases {
        assert_eq!(Validators::new(members).map(|_| ()), expected, "{why}");
    }
}

#[test]
fn a_list_is_told_by_everything_in_it_and_by_its_order() {
    let list = |members: &[Member]| Validators::new(members.to_vec()).unwrap();
    let base = list(&[member(1), member(2)]);
    assert_eq!(base, list(&[member(1), member(2)]));
    let one = member(1);
    #[rustfmt::skip]
    let others = [
        ("order",   vec![member(2), one]),
        ("length",  vec![one]),
        ("account", vec![Member { account: AccountId([9; 32]), ..one }, member(2)]),
        ("seal",    vec![Member { seal: member(9).seal, ..one }, member(2)]),
        ("lottery", vec![Member { lottery: member(9).lottery, ..one }, member(2)]),
        ("vote",    vec![Member { vote: member(9).vote, ..one }, member(2)]),
        ("weight",  vec![Member { weight: VoteWeight(2), ..one }, member(2)]),
    ];
    for (what, members) in others {
        assert_ne!(base, list(&members), "{what}");
    }
}

#[test]
fn the_length_is_bounded() {
    // Keys need not be points here, so that the longest lists are quick to make.
    let key = |list: u8, number: usize| {
        let mut key = [list; 32];
        key[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
        key
    };
    let list = |count: usize| -> Vec<Member> {
        let one = |number| Member {
            account: AccountId([1; 32]),
            seal: PublicKey(key(1, number)),
            lottery: LotteryPublicKey(key(2, number)),
            vote: PublicKey(key(3, number)),
            weight: VoteWeight(1),
        };
        (0..count).map(one).collect()
    };
    let most = VALIDATORS_MAX;
    assert!(Validators::new(list(most)).is_ok());
    assert_eq!(Validators::new(list(most + 1)), Err(ValidatorsError::TooMany));
    // Both lists at their longest leave room for the rest of a header.
    let bytes = most
        * (borsh::to_vec(&member(1).authority()).unwrap().len()
            + borsh::to_vec(&member(1).voter()).unwrap().len());
    let header = <serin_state::types::Header as serin_state::codec::Wire>::BYTES_MAX;
    assert!(bytes + 4_096 < header, "{bytes} of {header} bytes");
}
