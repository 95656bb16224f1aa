//! What proves a double seal, what does not, and what the watch keeps.
//!
//! Proofs are judged with real seals; the watch judges none, so its headers carry zeroes.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use crate::{
    crypto::Strict,
    leader::fixture::{Chain, keys},
};
use serin_state::types::{Announcements, AuthorityIndex, ClaimKind, Signature};

fn chain() -> Chain {
    Chain::of(&[1, 2, 3])
}

/// Headers of one author in one slot that differ by their body.
fn twins(chain: &Chain) -> (PublicKey, Header, Header) {
    let claim = chain.find(ClaimKind::Primary).claim;
    let one = chain.sealed_child(claim);
    let mut unsealed = one.unsealed.clone();
    unsealed.body_root = Hash::of(b"another body");
    let other = chain.seal(unsealed, claim.author);
    (author(claim.author), one, other)
}

fn proof_of(author: PublicKey, one: &Header, other: &Header) -> SealEquivocation {
    SealEquivocation::new(author, Sealed::of(one), Sealed::of(other))
}

fn author(index: AuthorityIndex) -> PublicKey {
    keys(u8::try_from(index.0 + 1).unwrap()).seal.public()
}

#[test]
fn two_headers_of_one_slot_convict_in_either_order() {
    let chain = chain();
    let (author, one, other) = twins(&chain);
    let slot = one.slot();
    let proof = proof_of(author, &one, &other);
    assert_eq!(proof, proof_of(author, &other, &one), "one form");
    assert_eq!(proof.check(&chain.genesis, &Strict), Ok(slot));
    let bytes = encode(&proof);
    assert_eq!(serin_state::codec::decode::<SealEquivocation>(&bytes), Ok(proof));
}

#[test]
fn the_same_validator_at_another_index_on_another_fork_is_convicted_too() {
    let chain = chain();
    let (author, one, mut other) = twins(&chain);
    let claim = other.unsealed.claim.as_mut().unwrap();
    claim.author = AuthorityIndex(77);
    let number = u8::try_from(one.unsealed.claim.unwrap().author.0 + 1).unwrap();
    let statement = other.unsealed.seal_statement();
    other.seal = keys(number).seal.sign(Header::DOMAIN, &chain.genesis, &statement);
    let proof = proof_of(author, &one, &other);
    assert!(proof.check(&chain.genesis, &Strict).is_ok());
}

#[test]
fn headers_that_prove_nothing_are_refused() {
    let chain = chain();
    let (author, one, other) = twins(&chain);
    let good = proof_of(author, &one, &other);
    let claim = one.unsealed.claim.unwrap();
    let number = u8::try_from(claim.author.0 + 1).unwrap();
    let next_slot = {
        let mut unsealed = one.unsealed.clone();
        unsealed.claim.as_mut().unwrap().slot = claim.slot.saturating_add(1);
        chain.seal(unsealed, claim.author)
    };
    let unclaimed = |body: &[u8]| {
        let mut unsealed = one.unsealed.clone();
        (unsealed.claim, unsealed.body_root) = (None, Hash::of(body));
        chain.seal(unsealed, claim.author)
    };
    let stranger = keys(number % 3 + 1).seal.public();
    // Bends a seal so that the order of the hashes stays, and with it the place of the bent one.
    let bent = |in_first: bool| {
        (0..64)
            .map(|byte| {
                let mut proof = good.clone();
                let header = if in_first { &mut proof.first } else { &mut proof.second };
                header.seal.0[byte] ^= 1;
                proof
            })
            .find(|proof| proof.first.hash() < proof.second.hash())
            .unwrap()
    };
    let make = |author, one: Header, other: Header| proof_of(author, &one, &other);
    #[rustfmt::skip]
    let cases = [
        ("one header twice",           make(author, one.clone(), one.clone()), EvidenceError::NotOrdered),
        ("in the wrong order",         SealEquivocation { author, first: good.second, second: good.first }, EvidenceError::NotOrdered),
        ("two slots",                  make(author, one.clone(), next_slot), EvidenceError::OtherSlot),
        ("no slot",                    make(author, unclaimed(b"1"), unclaimed(b"2")), EvidenceError::OtherSlot),
        ("a slot and no slot",         make(author, one.clone(), unclaimed(b"2")), EvidenceError::OtherSlot),
        ("another author",             make(stranger, one.clone(), other.clone()), EvidenceError::BadSeal),
        ("the first seal is bent",     bent(true), EvidenceError::BadSeal),
        ("the second seal is bent",    bent(false), EvidenceError::BadSeal),
        ("an unsealed copy, made by anybody", make(author, one.clone(), Header { seal: Signature([0; 64]), ..one.clone() }), EvidenceError::BadSeal),
    ];
    for (why, proof, refusal) in cases {
        assert_eq!(proof.check(&chain.genesis, &Strict), Err(refusal), "{why}");
    }
    let elsewhere = Hash::of(b"another chain");
    assert_eq!(good.check(&elsewhere, &Strict), Err(EvidenceError::BadSeal), "another chain");
}

/// A header of `slot` whose only content is `mark`. A watch checks nothing, so it needs no seal.
fn header(slot: u64, mark: &[u8]) -> Header {
    let chain = chain();
    let mut unsealed = chain.tip.unsealed.clone();
    let mut claim = chain.find(ClaimKind::Primary).claim;
    claim.slot = Slot(slot);
    (unsealed.claim, unsealed.body_root) = (Some(claim), Hash::of(mark));
    Header { unsealed, seal: Signature([0; 64]) }
}

#[test]
fn the_watch_reports_an_author_and_slot_once() {
    let (one, other) = (PublicKey([1; 32]), PublicKey([2; 32]));
    let mut watch = SealWatch::new();
    assert!(watch.is_empty());
    assert_eq!(watch.on_header(one, &header(5, b"a")), Watched::New);
    assert_eq!(watch.on_header(one, &header(5, b"a")), Watched::Known, "the same again");
    assert_eq!(watch.on_header(other, &header(5, b"b")), Watched::New, "another author");
    assert_eq!(watch.on_header(one, &header(6, b"b")), Watched::New, "another slot");
    let expected = proof_of(one, &header(5, b"a"), &header(5, b"c"));
    assert_eq!(watch.on_header(one, &header(5, b"c")), Watched::Equivocation(Box::new(expected)));
    for mark in [b"a", b"c", b"d"] {
        assert_eq!(watch.on_header(one, &header(5, mark)), Watched::Known, "reported");
    }
    assert_eq!(watch.len(), 3);
}

#[test]
fn the_watch_looks_back_over_its_window_only() {
    let author = PublicKey([1; 32]);
    let mut watch = SealWatch::new();
    assert_eq!(watch.on_header(author, &header(10, b"a")), Watched::New);
    let last = 10 + WATCH_SLOTS - 1;
    assert_eq!(watch.on_header(author, &header(last, b"a")), Watched::New);
    assert_eq!(watch.len(), 2, "slot 10 is the oldest of the window");
    let found = watch.on_header(author, &header(10, b"b"));
    assert!(matches!(found, Watched::Equivocation(_)), "and still watched");
    assert_eq!(watch.on_header(author, &header(last + 1, b"a")), Watched::New);
    assert_eq!(watch.len(), 2, "slot 10 has left");
    assert_eq!(watch.on_header(author, &header(10, b"c")), Watched::Known, "too old to judge");
    assert_eq!(watch.len(), 2);
}

#[test]
fn the_watch_stays_within_its_bounds_and_drops_the_oldest_slots() {
    let mut watch = SealWatch::new();
    let template = header(0, b"a");
    let at = |slot: u64| {
        let mut header = template.clone();
        header.unsealed.claim.as_mut().unwrap().slot = Slot(slot);
        header
    };
    let author = |number: u16| {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_le_bytes());
        PublicKey(key)
    };
    for number in 0..5_000 {
        watch.on_header(author(number), &at(u64::from(number / 10)));
        assert!(watch.len() <= WATCH_HEADERS_MAX);
    }
    assert_eq!(watch.len(), WATCH_HEADERS_MAX);
    let mut latest = at(499);
    latest.unsealed.body_root = Hash::of(b"twin");
    assert!(matches!(watch.on_header(author(4_999), &latest), Watched::Equivocation(_)));
}

#[test]
fn a_proof_about_the_largest_headers_fits_into_a_transaction() {
    let voter = crate::leader::fixture::member(1).voter();
    let long = |mark: &[u8]| {
        let mut header = header(5, mark);
        header.unsealed.announcements =
            Announcements { next_epoch: None, next_set: Some(vec![voter; 2_000]) };
        header
    };
    let proof = proof_of(PublicKey([1; 32]), &long(b"a"), &long(b"b"));
    assert_eq!(proof.check_form(), Ok(Slot(5)));
    assert!(encode(&proof).len() <= SealEquivocation::BYTES_MAX);
}
