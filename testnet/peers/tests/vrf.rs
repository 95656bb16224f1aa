//! The lottery's function beside vrf-rfc9381, an implementation of RFC 9381 by others.
//!
//! Equal keys, proofs and outputs on all vectors and on random inputs; equal verdicts on bent proofs.
//! Where the two differ, a test names the difference and who is stricter.

use serde::Deserialize;
use serin_consensus::leader::vrf::{self, LotterySecret};
use serin_state::types::{Hash, LotteryProof, LotteryPublicKey, Purpose};
use vrf_rfc9381::{
    Proof as _, Prover as _, Verifier as _,
    ec::edwards25519::{
        EdVrfProof,
        elligator2::{EdVrfEdwards25519Ell2PublicKey, EdVrfEdwards25519Ell2SecretKey},
    },
};

/// The seed of all random inputs, printed with the first difference.
const SEED: u64 = 0x5e81_0001;

/// The number `index` of the random hashes for `purpose`.
fn random(purpose: &str, index: u64) -> [u8; 32] {
    let parts: [&[u8]; 3] = [&SEED.to_le_bytes(), &index.to_le_bytes(), purpose.as_bytes()];
    Hash::personal(Purpose::Random, &parts).0
}

/// An input of 0 to 255 bytes.
fn input(index: u64) -> Vec<u8> {
    let length = usize::from(random("length", index)[0]);
    (0..8).flat_map(|part| random("input", index * 8 + part)).take(length).collect()
}

/// Proof and output of the peer.
fn peer(seed: &[u8; 32], alpha: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let secret = EdVrfEdwards25519Ell2SecretKey::from_slice(seed).unwrap();
    let proof = secret.prove(alpha).unwrap();
    let bytes = proof.encode_to_pi();
    let output = secret.verifier().verify(alpha, proof).unwrap();
    (bytes, output.to_vec())
}

/// The peer's verdict on bytes.
fn peer_verifies(key: &LotteryPublicKey, alpha: &[u8], proof: &LotteryProof) -> Option<Vec<u8>> {
    let key = EdVrfEdwards25519Ell2PublicKey::from_slice(&key.0).ok()?;
    let proof = EdVrfProof::decode_pi(&proof.0).ok()?;
    key.verify(alpha, proof).ok().map(|output| output.to_vec())
}

fn compare(why: &str, seed: &[u8; 32], alpha: &[u8]) -> (LotterySecret, LotteryProof) {
    let secret = LotterySecret::from_seed(seed);
    let proof = secret.prove(alpha);
    let output = vrf::verify(&secret.public(), alpha, &proof).unwrap();
    let (peer_proof, peer_output) = peer(seed, alpha);
    assert_eq!(proof.0[..], peer_proof[..], "{why}: proof (seed {SEED:#x})");
    assert_eq!(output.0[..], peer_output[..], "{why}: output (seed {SEED:#x})");
    let judged = peer_verifies(&secret.public(), alpha, &proof);
    assert_eq!(judged.as_deref(), Some(&output.0[..]), "{why}: our proof, judged by the peer");
    (secret, proof)
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    sk: String,
    alpha: String,
    pi: String,
    beta: String,
}

#[test]
fn both_give_the_published_vectors() {
    let text = include_str!("../../../consensus/tests/vectors/vrf_ell2.json");
    let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let seed: [u8; 32] = hex::decode(vector.sk).unwrap().try_into().unwrap();
        let alpha = hex::decode(vector.alpha).unwrap();
        let (_, proof) = compare(&vector.name, &seed, &alpha);
        assert_eq!(hex::encode(proof.0), vector.pi, "{}", vector.name);
        assert_eq!(hex::encode(vrf::output(&proof).unwrap().0), vector.beta, "{}", vector.name);
    }
}

#[test]
fn both_agree_on_random_keys_inputs_and_bent_proofs() {
    let count = serin_peers::inputs(500);
    let mut refused = 0;
    for index in 0..count {
        let why = format!("input {index}");
        let alpha = input(index);
        let (secret, proof) = compare(&why, &random("key", index), &alpha);
        // One flipped bit in key, input or proof: the verdicts must be equal, and a refusal.
        let [kind, low, high, ..] = random("bent", index);
        let place = usize::from(low) + usize::from(high) * 256;
        let (mut key, mut alpha, mut proof) = (secret.public(), alpha, proof);
        match kind % 8 {
            0 => key.0[place % 32] ^= 1 << (kind >> 5),
            1 if !alpha.is_empty() => {
                let length = alpha.len();
                alpha[place % length] ^= 1 << (kind >> 5);
            }
            _ => proof.0[place % 80] ^= 1 << (kind >> 5),
        }
        let ours = vrf::verify(&key, &alpha, &proof).ok().map(|output| output.0.to_vec());
        assert_eq!(ours, peer_verifies(&key, &alpha, &proof), "{why}: bent (seed {SEED:#x})");
        refused += u64::from(ours.is_none());
    }
    assert_eq!(refused, count, "every bent proof is refused by both");
    println!("{count} random inputs, {count} bent ones: no difference (seed {SEED:#x})");
}

#[test]
fn the_peer_takes_a_response_above_the_group_order_and_we_do_not() {
    // RFC 9381 section 5.4.4, step 8: s at or above the order is invalid. The peer reduces it.
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let (secret, mut proof) = compare("honest", &random("key", 0), b"slot");
    let mut carry = 0_u16;
    for (byte, add) in proof.0[48..].iter_mut().zip(order.unwrap()) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert!(peer_verifies(&secret.public(), b"slot", &proof).is_some());
    assert!(vrf::verify(&secret.public(), b"slot", &proof).is_err());
}

#[test]
fn both_refuse_keys_of_small_order() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let (_, proof) = compare("honest", &random("key", 1), b"slot");
    for key in [identity, [0; 32]] {
        let key = LotteryPublicKey(key);
        assert!(peer_verifies(&key, b"slot", &proof).is_none());
        assert!(vrf::verify(&key, b"slot", &proof).is_err());
    }
}
