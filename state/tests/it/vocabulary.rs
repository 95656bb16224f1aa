//! What the types of the vocabulary promise beside their bytes: what is signed, named and counted.
//!
//! Each signed thing is changed field by field; no change may leave the signature valid.

use crate::sample;
use serin_state::types::*;

/// Bends one field.
type Change<T> = fn(&mut T);

const VERSION: ProtocolVersion = ProtocolVersion(3);

#[test]
fn a_transaction_signature_covers_every_field_the_chain_and_the_version() {
    let (key, genesis) = (SecretKey::from_seed(&[1; 32]), Hash::of(b"here"));
    let sender = AccountId::from(key.public());
    let signed = Transaction { sender, ..sample::transaction() }.sign(&key, &genesis, VERSION);
    assert_eq!(signed.verify(&genesis, VERSION), Ok(()));

    #[rustfmt::skip]
    let changes: [(&str, Change<Transaction>); 6] = [
        ("sender",          |t| t.sender.0[0] ^= 1),
        ("nonce",           |t| t.nonce.0 += 1),
        ("last valid slot", |t| t.last_valid_slot.0 += 1),
        ("tip",             |t| t.tip.0 += 1),
        ("a byte of call",  |t| t.call[0] ^= 1),
        ("end of call",     |t| t.call.push(0)),
    ];
    for (why, change) in changes {
        let mut bent = signed.clone();
        change(&mut bent.transaction);
        assert_eq!(bent.verify(&genesis, VERSION), Err(BadSignature), "{why}");
        assert_ne!(bent.hash(), signed.hash(), "{why}: the name covers it too");
    }
    assert_eq!(signed.verify(&Hash::of(b"there"), VERSION), Err(BadSignature), "another chain");
    assert_eq!(signed.verify(&genesis, ProtocolVersion(4)), Err(BadSignature), "another version");
}

#[test]
fn a_seal_covers_every_field_of_the_header_and_the_name_covers_the_seal() {
    #[rustfmt::skip]
    let changes: [(&str, Change<UnsealedHeader>); 9] = [
        ("version",      |h| h.version.0 += 1),
        ("parent",       |h| h.parent.0[0] ^= 1),
        ("height",       |h| h.height.0 += 1),
        ("claim",        |h| h.claim = None),
        ("body root",    |h| h.body_root.0[0] ^= 1),
        ("state root",   |h| h.state_root.0[0] ^= 1),
        ("outcome root", |h| h.outcome_root.0[0] ^= 1),
        ("next epoch",   |h| h.announcements.next_epoch = None),
        ("next set",     |h| h.announcements.next_set = None),
    ];
    let header = sample::header();
    for (why, change) in changes {
        let mut bent = header.clone();
        change(&mut bent.unsealed);
        assert_ne!(bent.unsealed.seal_statement(), header.unsealed.seal_statement(), "{why}");
        assert_ne!(bent.hash(), header.hash(), "{why}");
    }
    let resealed = Header { seal: Signature([9; 64]), ..header.clone() };
    assert_eq!(resealed.unsealed.seal_statement(), header.unsealed.seal_statement());
    assert_ne!(resealed.hash(), header.hash());
}

#[test]
fn genesis_counts_as_slot_zero() {
    assert_eq!(sample::genesis_header().slot(), Slot::ZERO);
    assert_eq!(sample::header().slot(), sample::claim(ClaimKind::Primary).slot);
}

#[test]
fn voter_sets_of_two_chains_share_no_number() {
    let first = SetId::first(&Hash([1, 2, 3, 4, 5, 6, 7, 8].repeat(4).try_into().unwrap()));
    assert_eq!(first, SetId(0x0403_0201_0000_0000), "the first four bytes, little-endian");
    assert_eq!(first.next().map(SetId::shown), Some(1));
    assert_eq!(first.shown(), 0);
}

#[test]
fn counters_stop_at_their_ends_and_never_wrap() {
    assert_eq!(Height(u32::MAX).next(), None);
    assert_eq!(Height::ZERO.previous(), None);
    assert_eq!(Slot(u64::MAX).saturating_add(1), Slot(u64::MAX));
    assert_eq!(Slot(5).saturating_sub(6), Slot::ZERO);
    assert_eq!(Slot(5).since(Slot(9)), 0);
    assert_eq!(Slot(9).since(Slot(5)), 4);
    assert_eq!(Balance(u128::MAX).checked_add(Balance(1)), None);
    assert_eq!(Balance::ZERO.checked_sub(Balance(1)), None);
    assert_eq!(Balance::tokens(u128::MAX), Balance(u128::MAX));
}
