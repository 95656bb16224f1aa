//! Who can be shown to have been in a session, and who cannot.
//!
//! Every member of lists of several lengths is proven, and every other member, place, length and root is refused.

use super::*;
use crate::leader::fixture::{member, validators};
use proptest::prelude::*;

fn record_of(validators: &Validators) -> SessionRecord {
    SessionRecord {
        epoch: Epoch(7),
        era: 3,
        set_changes: 2,
        start: Slot(71),
        count: u32::try_from(validators.members().len()).unwrap(),
        root: validators.root(),
    }
}

#[test]
fn every_member_of_a_list_is_proven_and_nobody_else() {
    for length in 1..=9_u8 {
        let list = validators(&(1..=length).collect::<Vec<_>>());
        let record = record_of(&list);
        for index in 0..length {
            let proven = prove_membership(&list, AuthorityIndex(index.into())).unwrap();
            assert_eq!(proven.index(), AuthorityIndex(index.into()));
            assert_eq!(proven.member, member(index + 1));
            assert_eq!(check_membership(&record, &proven), Ok(()));
            let stranger = Membership { member: member(20), ..proven.clone() };
            assert!(check_membership(&record, &stranger).is_err(), "{index} of {length}");
            let mut elsewhere = proven.clone();
            elsewhere.proof.index = (u64::from(index) + 1) % u64::from(length);
            assert_eq!(check_membership(&record, &elsewhere).is_ok(), length == 1);
        }
        assert_eq!(prove_membership(&list, AuthorityIndex(length.into())), None);
    }
}

#[test]
fn a_proof_is_of_one_session_and_one_length() {
    let list = validators(&[1, 2, 3]);
    let record = record_of(&list);
    let proven = prove_membership(&list, AuthorityIndex(1)).unwrap();
    let other = record_of(&validators(&[1, 2, 4]));
    assert_eq!(check_membership(&other, &proven), Err(ListProofError::WrongRoot));
    let longer = SessionRecord { count: 4, ..record };
    assert_eq!(check_membership(&longer, &proven), Err(ListProofError::WrongRoot));
}

#[test]
fn a_record_has_one_encoding() {
    let record = SessionRecord { root: Hash([0xaa; 32]), ..record_of(&validators(&[1])) };
    let expected = "0700000000000000\
                    03000000\
                    0200000000000000\
                    4700000000000000\
                    01000000"
        .to_owned()
        + &"aa".repeat(32);
    assert_eq!(hex::encode(borsh::to_vec(&record).unwrap()), expected);
    let proven = prove_membership(&validators(&[1, 2]), AuthorityIndex(0)).unwrap();
    assert!(encode(&proven).len() <= Membership::BYTES_MAX);
}

proptest! {
    #[test]
    fn a_flipped_bit_anywhere_is_refused(bit in 0_usize..8 * 200) {
        let list = validators(&[1, 2, 3, 4, 5]);
        let proven = prove_membership(&list, AuthorityIndex(2)).unwrap();
        let mut bytes = encode(&proven);
        let place = (bit / 8).checked_rem(bytes.len()).unwrap();
        bytes[place] ^= 1 << (bit % 8);
        if let Ok(changed) = Membership::try_from_slice(&bytes) {
            prop_assert!(check_membership(&record_of(&list), &changed).is_err());
        }
    }
}
