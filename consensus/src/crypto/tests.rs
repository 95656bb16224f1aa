//! The strict verifier: every check is judged alone, and each kind of statement for itself.
//!
//! What makes a single signature or proof valid is tested where keys and the lottery are.

use super::*;
use crate::leader::vrf::LotterySecret;
use serin_state::types::SecretKey;

#[test]
fn each_check_has_its_own_verdict_in_order() {
    let key = SecretKey::from_seed(&[1; 32]);
    let (genesis, other) = (Hash::of(b"chain"), Hash::of(b"other"));
    let payload = [7; VOTE_PAYLOAD_BYTES];
    let seal = key.sign(Domain::Seal, &genesis, b"header");
    let vote = key.sign_vote(&payload);
    let statement = |domain, genesis, statement| Signed::Statement { domain, genesis, statement };
    let stranger = SecretKey::from_seed(&[2; 32]).public();
    let own = key.public();
    #[rustfmt::skip]
    let cases = [
        ("a seal",                       own, statement(Domain::Seal, &genesis, b"header"),          seal, true),
        ("another statement",            own, statement(Domain::Seal, &genesis, b"Header"),          seal, false),
        ("another chain",                own, statement(Domain::Seal, &other, b"header"),            seal, false),
        ("another domain",               own, statement(Domain::Transaction, &genesis, b"header"),   seal, false),
        ("another key",                  stranger, statement(Domain::Seal, &genesis, b"header"),     seal, false),
        ("a vote",                       own, Signed::Vote(&payload),                                vote, true),
        ("a seal in place of a vote",    own, Signed::Vote(&payload),                                seal, false),
        ("a vote in place of a seal",    own, statement(Domain::Seal, &genesis, &payload),           vote, false),
        ("a vote again",                 own, Signed::Vote(&payload),                                vote, true),
    ];
    let checks: Vec<Check<'_>> = cases
        .iter()
        .map(|(_, key, signed, signature, _)| Check {
            key: *key,
            signed: *signed,
            signature: *signature,
        })
        .collect();
    let verdicts = Strict.signatures(&checks);
    assert_eq!(verdicts.len(), cases.len());
    for ((why, .., expected), (check, verdict)) in cases.iter().zip(checks.iter().zip(verdicts)) {
        assert_eq!(verdict, *expected, "{why}");
        assert_eq!(Strict.signature(*check), *expected, "{why}, alone");
    }
    assert_eq!(Strict.signatures(&[]), [false; 0]);
    let remembering = Remembering::default();
    for round in ["first", "again"] {
        assert_eq!(remembering.signatures(&checks), Strict.signatures(&checks), "{round}");
    }
}

#[test]
fn a_lottery_proof_gives_its_output_or_nothing() {
    let secret = LotterySecret::from_seed(&[3; 32]);
    let proof = secret.prove(b"slot");
    let output = Strict.lottery(&secret.public(), b"slot", &proof);
    assert_eq!(output, vrf::output(&proof).ok());
    assert!(output.is_some());
    assert_eq!(Strict.lottery(&secret.public(), b"another", &proof), None);
}

#[test]
fn remembered_keys_are_bounded_and_never_change_a_verdict() {
    let remembering = Remembering::default();
    let payload = [7; VOTE_PAYLOAD_BYTES];
    let secrets: Vec<SecretKey> = (0..3).map(|seed| SecretKey::from_seed(&[seed; 32])).collect();
    let good = |key: &SecretKey| Check {
        key: key.public(),
        signed: Signed::Vote(&payload),
        signature: key.sign_vote(&payload),
    };
    // Most of these are no keys: a bad one is remembered as bad, and filling the memory forgets all.
    for number in 0..u16::try_from(KNOWN_KEYS_MAX).unwrap() + 100 {
        let mut bytes = [0xff; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        let check = Check { key: PublicKey(bytes), ..good(&secrets[0]) };
        assert_eq!(remembering.signature(check), Strict.signature(check), "{number}");
        assert!(remembering.keys.borrow().len() <= KNOWN_KEYS_MAX);
        if number % 512 == 0 {
            for secret in &secrets {
                assert!(remembering.signature(good(secret)), "after {number}");
            }
        }
    }
    let swapped = Check { signature: secrets[1].sign_vote(&payload), ..good(&secrets[0]) };
    assert!(!remembering.signature(swapped), "the signature of another remembered key");
}
