//! The lottery's function against the published vectors, and every way a proof may be bent.
//!
//! Vectors: RFC 9381 appendix B.4 (examples 19 to 21), in `tests/vectors/vrf_ell2.json`. The drafts
//! of the RFC carry other challenges for the same points; those proofs must be refused.

use super::*;
use curve25519_dalek::{constants::EIGHT_TORSION, traits::IsIdentity};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    sk: String,
    pk: String,
    alpha: String,
    x: String,
    h: String,
    k: String,
    u: String,
    v: String,
    pi: String,
    beta: String,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../tests/vectors/vrf_ell2.json");
    let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 3, "examples 19, 20 and 21");
    vectors
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn sample() -> (LotterySecret, Vec<u8>, LotteryProof) {
    let secret = LotterySecret::from_seed(&[7; 32]);
    let alpha = b"a slot of an epoch".to_vec();
    let proof = secret.prove(&alpha);
    (secret, alpha, proof)
}

/// A proof for `key` with a Gamma of the caller's choice: what a cheating holder of `scalar` can do.
fn prove_with(
    scalar: &Scalar,
    key: &CompressedEdwardsY,
    alpha: &[u8],
    torsion: &EdwardsPoint,
    k: Scalar,
) -> LotteryProof {
    let h_point = map_to_curve(key, alpha);
    let gamma = (h_point * scalar + torsion).compress();
    let (u, v) = (EdwardsPoint::mul_base(&k).compress(), (h_point * k).compress());
    let c = challenge(&[*key, h_point.compress(), gamma, u, v]);
    join(&gamma, &c, &(k + scalar_of(&c) * scalar))
}

#[test]
fn every_published_value_of_the_vectors_is_found() {
    for vector in vectors() {
        let name = &vector.name;
        let secret = LotterySecret::from_seed(&bytes(&vector.sk));
        let alpha = hex::decode(&vector.alpha).unwrap();
        assert_eq!(secret.public().0, bytes(&vector.pk), "{name}: public key");
        assert_eq!(secret.scalar, Scalar::from_bytes_mod_order(bytes(&vector.x)), "{name}: x");
        let h_point = map_to_curve(&CompressedEdwardsY(secret.public().0), &alpha);
        assert_eq!(h_point.compress().0, bytes(&vector.h), "{name}: H");
        let k = secret.nonce(&h_point.compress());
        let wide: [u8; 64] = Sha512::new()
            .chain_update(secret.nonce_prefix)
            .chain_update(h_point.compress().0)
            .finalize()
            .into();
        // Some copies print k before the reduction (64 bytes), some after it (32 bytes).
        let printed = hex::decode(&vector.k).unwrap();
        assert!(printed == wide || printed == k.as_bytes(), "{name}: k");
        assert_eq!(EdwardsPoint::mul_base(&k).compress().0, bytes(&vector.u), "{name}: U");
        assert_eq!((h_point * k).compress().0, bytes(&vector.v), "{name}: V");
        let proof = secret.prove(&alpha);
        assert_eq!(proof.0, bytes(&vector.pi), "{name}: pi");
        let beta = LotteryOutput(bytes(&vector.beta));
        assert_eq!(verify(&secret.public(), &alpha, &proof), Ok(beta), "{name}: beta");
        assert_eq!(output(&proof), Ok(beta), "{name}: beta without a check");
    }
}

#[test]
fn the_map_lands_in_the_prime_order_group() {
    for number in 0_u64..64 {
        let point = map_to_curve(&CompressedEdwardsY([3; 32]), &number.to_le_bytes());
        assert!(point.is_torsion_free() && !point.is_identity(), "input {number}");
    }
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let (secret, alpha, proof) = sample();
    assert!(verify(&secret.public(), &alpha, &proof).is_ok());
    for bit in 0..proof.0.len() * 8 {
        let mut bent = proof;
        bent.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&secret.public(), &alpha, &bent), Err(BadProof), "bit {bit}");
    }
}

#[test]
fn a_proof_holds_for_its_key_and_input_only() {
    let (secret, alpha, proof) = sample();
    let other = LotterySecret::from_seed(&[8; 32]).public();
    assert_eq!(verify(&other, &alpha, &proof), Err(BadProof), "another key");
    assert_eq!(verify(&secret.public(), &alpha[1..], &proof), Err(BadProof), "another input");
    assert_eq!(verify(&secret.public(), b"", &proof), Err(BadProof), "no input");
}

#[test]
fn keys_of_small_order_are_refused_even_where_the_equations_hold() {
    for (number, torsion) in EIGHT_TORSION.iter().enumerate() {
        let key = torsion.compress();
        // With Y of small order and x = 0, Gamma is the identity for every input: an output that
        // everybody knows. Nonces are tried until c clears the torsion, so both equations hold.
        for nonce in 1_u64..200 {
            let k = Scalar::from(nonce);
            let proof = prove_with(&Scalar::ZERO, &key, b"slot", &EdwardsPoint::default(), k);
            let result = verify(&LotteryPublicKey(key.0), b"slot", &proof);
            assert_eq!(result, Err(BadProof), "torsion point {number}, nonce {nonce}");
        }
    }
}

#[test]
fn encodings_that_are_not_canonical_are_refused() {
    // The field prime is 2^255 - 19, so y + p fits into 255 bits for y below 19.
    let mut above_prime = [0xff_u8; 32];
    above_prime[31] = 0x7f;
    #[rustfmt::skip]
    let cases: [(&str, [u8; 32]); 4] = [
        ("y = p + 1, which reduces to the identity",  { let mut y = above_prime; y[0] = 0xee; y }),
        ("y = p, which reduces to a point of order 4", { let mut y = above_prime; y[0] = 0xed; y }),
        ("the identity with the sign of x set",        { let mut y = [0; 32]; y[0] = 1; y[31] = 0x80; y }),
        ("y = 2^255 - 1, on the curve or not",         above_prime),
    ];
    let (secret, alpha, proof) = sample();
    for (why, encoding) in cases {
        assert!(decompress_canonical(&CompressedEdwardsY(encoding)).is_err(), "point: {why}");
        let key = LotteryPublicKey(encoding);
        assert_eq!(verify(&key, &alpha, &proof), Err(BadProof), "key: {why}");
        let mut bent = proof;
        bent.0[..32].copy_from_slice(&encoding);
        assert_eq!(verify(&secret.public(), &alpha, &bent), Err(BadProof), "Gamma: {why}");
        assert_eq!(output(&bent), Err(BadProof), "output: {why}");
    }
}

#[test]
fn a_non_canonical_gamma_with_the_right_equations_is_refused() {
    // Gamma = identity is what x = 0 gives; its second encoding decompresses to the same point, so
    // only the check of the form stands between one proof and two.
    let identity = EdwardsPoint::default().compress();
    let mut second = [0xff_u8; 32];
    (second[0], second[31]) = (0xee, 0x7f);
    let second = CompressedEdwardsY(second);
    assert_eq!(second.decompress().unwrap().compress(), identity);
    assert!(decompress_canonical(&identity).is_ok());
    assert_eq!(decompress_canonical(&second), Err(BadProof));
}

#[test]
fn a_response_at_or_above_the_group_order_is_refused() {
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let (secret, alpha, proof) = sample();
    // s + q is the same number modulo q and still fits into 256 bits.
    let mut raised = proof;
    let mut carry = 0_u16;
    for (byte, add) in raised.0[48..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let reduced = Scalar::from_bytes_mod_order(raised.0[48..].try_into().unwrap());
    assert_eq!(reduced.as_bytes(), &proof.0[48..], "the same response modulo the order");
    assert_eq!(verify(&secret.public(), &alpha, &raised), Err(BadProof));
}

#[test]
fn torsion_in_gamma_never_gives_a_second_output() {
    let (secret, alpha, honest) = sample();
    let key = CompressedEdwardsY(secret.public().0);
    let expected = output(&honest).unwrap();
    let mut accepted = 0;
    for torsion in &EIGHT_TORSION[1..] {
        for nonce in 1_u64..64 {
            let k = Scalar::from(nonce);
            let proof = prove_with(&secret.scalar, &key, &alpha, torsion, k);
            assert_ne!(proof.0[..32], honest.0[..32], "another Gamma");
            if let Ok(found) = verify(&secret.public(), &alpha, &proof) {
                accepted += 1;
                assert_eq!(found, expected, "one output for all proofs");
            }
        }
    }
    // Where c clears the torsion the equations hold: the cofactor in the output is what protects us.
    assert!(
        accepted > 0,
        "the attack must get through the equations for this test to say anything"
    );
}

#[test]
fn another_nonce_gives_another_proof_of_the_same_output() {
    let (secret, alpha, honest) = sample();
    let key = CompressedEdwardsY(secret.public().0);
    let none = EdwardsPoint::default();
    let proof = prove_with(&secret.scalar, &key, &alpha, &none, Scalar::from(5_u8));
    assert_ne!(proof, honest);
    assert_eq!(verify(&secret.public(), &alpha, &proof), Ok(output(&honest).unwrap()));
}

#[test]
fn challenges_of_the_drafts_are_refused() {
    for vector in vectors() {
        let secret = LotterySecret::from_seed(&bytes(&vector.sk));
        let alpha = hex::decode(&vector.alpha).unwrap();
        let key = CompressedEdwardsY(secret.public().0);
        let h_point = map_to_curve(&key, &alpha);
        let gamma = (h_point * secret.scalar).compress();
        let k = secret.nonce(&h_point.compress());
        // Drafts up to 10 hash H, Gamma, U, V without the key.
        let mut hash = Sha512::new().chain_update([SUITE, CHALLENGE_FRONT]);
        let points = [
            h_point.compress(),
            gamma,
            EdwardsPoint::mul_base(&k).compress(),
            (h_point * k).compress(),
        ];
        for point in points {
            hash.update(point.0);
        }
        let wide: [u8; 64] = hash.chain_update([BACK]).finalize().into();
        let c: [u8; 16] = wide[..16].try_into().unwrap();
        let draft = join(&gamma, &c, &(k + scalar_of(&c) * secret.scalar));
        assert_eq!(output(&draft).unwrap().0, bytes::<64>(&vector.beta), "the same output");
        assert_eq!(verify(&secret.public(), &alpha, &draft), Err(BadProof), "{}", vector.name);
    }
}

#[test]
fn one_seed_for_signatures_and_lottery_would_give_the_secret_away() {
    // Why lottery keys are apart: the nonce of an Ed25519 signature over the 32 bytes of H is the
    // nonce of the proof for the same seed.
    let seed = [9; 32];
    let lottery = LotterySecret::from_seed(&seed);
    let h = map_to_curve(&CompressedEdwardsY(lottery.public().0), b"slot").compress();
    let proof = lottery.prove(b"slot");
    let (_, _, c, s_proof) = split(&proof).unwrap();
    // An Ed25519 signature over H by the same seed: R = rB with r = SHA512(prefix, H).
    let r = lottery.nonce(&h);
    let big_r = EdwardsPoint::mul_base(&r).compress();
    let wide: [u8; 64] = Sha512::new()
        .chain_update(big_r.0)
        .chain_update(lottery.public().0)
        .chain_update(h.0)
        .finalize()
        .into();
    let c_signature = Scalar::from_bytes_mod_order_wide(&wide);
    let s_signature = r + c_signature * lottery.scalar;
    let recovered = (s_signature - s_proof) * (c_signature - scalar_of(&c)).invert();
    assert_eq!(recovered, lottery.scalar, "two equations, one unknown");
}

#[test]
fn a_secret_is_never_printed() {
    let secret = LotterySecret::from_seed(&[7; 32]);
    let shown = format!("{secret:?}");
    for hidden in [hex::encode(secret.scalar.as_bytes()), hex::encode(secret.nonce_prefix)] {
        assert!(!shown.contains(&hidden[..8]), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_proven_is_verified(seed: [u8; 32], alpha: Vec<u8>) {
        let secret = LotterySecret::from_seed(&seed);
        let proof = secret.prove(&alpha);
        prop_assert_eq!(proof, secret.prove(&alpha));
        prop_assert_eq!(verify(&secret.public(), &alpha, &proof), output(&proof));
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(key: [u8; 32], alpha: Vec<u8>, low: [u8; 40], high: [u8; 40]) {
        let mut proof = [0; 80];
        proof[..40].copy_from_slice(&low);
        proof[40..].copy_from_slice(&high);
        prop_assert_eq!(verify(&LotteryPublicKey(key), &alpha, &LotteryProof(proof)), Err(BadProof));
    }
}
