//! Hashes against Python's `hashlib.blake2b`, and purposes that never meet.
//!
//! The pinned values were computed with `digest_size=32` and `person=` the tag.

use super::*;
use crate::types::AccountId;
use std::collections::BTreeSet;

#[test]
fn hashes_are_those_of_another_implementation() {
    #[rustfmt::skip]
    let cases = [
        ("plain", Hash::of(b"abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
        ("personalised", Hash::personal(Purpose::StateLeaf, &[b"a", b"b"]), "8bb8214a057b777cefc53513513d2000866bfeffcace276f320b9e501262ef78"),
        ("a padded tag, nothing hashed", Hash::personal(Purpose::Trace, &[]), "1fc844d9de9bdd0a92fb556c86514c24b973483897fb95aa7779acb4ad4ee359"),
        ("a module's account", Hash(AccountId::of_module(b"treasury").0), "3dc350d66135522ffe2f9e23f74887d0ae40022501faf9d3d136c22826963313"),
    ];
    for (why, hash, expected) in cases {
        assert_eq!(hex::encode(hash.0), expected, "{why}");
    }
}

#[test]
fn no_two_purposes_hash_alike_and_none_hashes_plainly() {
    let mut hashes = BTreeSet::from([Hash::of(b"same")]);
    for purpose in Purpose::ALL {
        assert!(hashes.insert(Hash::personal(purpose, &[b"same"])), "{purpose:?}");
        assert!(purpose.tag().starts_with(b"serin:"), "{purpose:?}");
    }
    assert_eq!(hashes.len(), Purpose::ALL.len() + 1);
}

#[test]
fn a_hash_is_read_back_from_its_text_and_nothing_else_is() {
    let hash = Hash::of(b"abc");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert_eq!(hash.to_string()[2..].parse(), Ok(hash), "0x may be left out");
    assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
    for (why, text) in [("empty", ""), ("short", "0x12"), ("twice 0x", "0x0x12"), ("sign", "-1")] {
        assert_eq!(text.parse::<Hash>(), Err(HashParseError), "{why}");
    }
}
