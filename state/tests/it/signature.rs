//! The signature rule against points that implementations judge differently.
//!
//! The points are built with curve25519-dalek. Beside our verdict stand those of the equation with
//! cofactor (ZIP-215's) and of the batch equation, to show that they accept what we refuse: a node
//! that used one of them would fork from the others.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as B, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use serin_state::types::{Domain, Hash, PublicKey, SecretKey, Signature};
use sha2::{Digest, Sha512};

const DOMAIN: Domain = Domain::Seal;
const GENESIS: Hash = Hash::ZERO;

/// A signature taken apart, so that each part can be bent.
#[derive(Clone, Copy, Debug)]
struct Parts {
    key: [u8; 32],
    nonce: [u8; 32],
    s: [u8; 32],
    statement: u64,
}

impl Parts {
    fn k(&self) -> Scalar {
        let message = DOMAIN.message(&GENESIS, &self.statement.to_le_bytes());
        let hash = Sha512::new().chain_update(self.nonce).chain_update(self.key);
        Scalar::from_bytes_mod_order_wide(&hash.chain_update(message).finalize().into())
    }

    /// Our verdict.
    fn holds(&self) -> bool {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.nonce);
        bytes[32..].copy_from_slice(&self.s);
        let statement = self.statement.to_le_bytes();
        PublicKey(self.key).verify(DOMAIN, &GENESIS, &statement, &Signature(bytes)).is_ok()
    }

    /// `R + kA - sB`: the identity where the equation without cofactor holds, a point of small order
    /// where the one with cofactor does.
    fn rest(&self) -> EdwardsPoint {
        let point = |bytes| CompressedEdwardsY(bytes).decompress().unwrap();
        point(self.nonce) + point(self.key) * self.k() - B * Scalar::from_bytes_mod_order(self.s)
    }

    fn holds_with_cofactor(&self) -> bool {
        self.rest().is_small_order()
    }
}

/// A signature by secret `a`, with points of the torsion group added to the key and to the nonce.
fn bent(statement: u64, key_torsion: usize, nonce_torsion: usize) -> Parts {
    let (a, r) = (Scalar::from(0x5e_c2e7_u64), Scalar::from(0xa_0ce5_u64 + statement));
    let key = (B * a + EIGHT_TORSION[key_torsion]).compress().0;
    let nonce = (B * r + EIGHT_TORSION[nonce_torsion]).compress().0;
    let mut parts = Parts { key, nonce, s: [0; 32], statement };
    parts.s = (r + parts.k() * a).to_bytes();
    parts
}

#[test]
fn the_builder_of_these_tests_makes_signatures_that_hold() {
    for statement in 0..50 {
        assert!(bent(statement, 0, 0).holds());
        assert!(bent(statement, 0, 0).rest().is_identity());
    }
}

#[test]
fn keys_of_small_order_sign_nothing() {
    let mut accepted_elsewhere = 0;
    for key in EIGHT_TORSION {
        for nonce in EIGHT_TORSION {
            for statement in 0..8 {
                let (key, nonce) = (key.compress().0, nonce.compress().0);
                let parts = Parts { key, nonce, s: [0; 32], statement };
                assert!(!parts.holds(), "{parts:?}");
                accepted_elsewhere += u32::from(parts.rest().is_identity());
            }
        }
    }
    // The plain equation takes one in eight: anybody signs anything for these keys.
    assert!(accepted_elsewhere > 50, "only {accepted_elsewhere} of 512 showed the danger");
}

#[test]
fn a_nonce_point_of_small_order_is_refused_with_an_honest_key_too() {
    let a = Scalar::from(77_u64);
    for nonce in EIGHT_TORSION {
        let (key, nonce) = ((B * a).compress().0, nonce.compress().0);
        let mut parts = Parts { key, nonce, s: [0; 32], statement: 1 };
        parts.s = (parts.k() * a).to_bytes();
        assert!(parts.holds_with_cofactor());
        assert!(!parts.holds(), "{parts:?}");
    }
}

#[test]
fn torsion_in_the_nonce_is_refused_where_the_cofactor_would_accept_it() {
    for torsion in 1..8 {
        for statement in 0..20 {
            let parts = bent(statement, 0, torsion);
            assert!(parts.holds_with_cofactor());
            assert!(!parts.holds(), "torsion {torsion}, statement {statement}");
        }
    }
}

#[test]
fn torsion_in_the_key_is_judged_by_the_equation_without_cofactor_alone() {
    let (mut held, mut refused) = (0, 0);
    for torsion in 1..8 {
        for statement in 0..40 {
            let parts = bent(statement, torsion, 0);
            assert!(parts.holds_with_cofactor());
            assert_eq!(parts.holds(), parts.rest().is_identity(), "statement {statement}");
            if parts.holds() { held += 1 } else { refused += 1 }
        }
    }
    assert!(held > 20 && refused > 150, "both verdicts must occur: {held} and {refused}");
}

#[test]
fn the_batch_equation_would_depend_on_its_coefficients() {
    // Two signatures, each refused alone, whose torsion cancels for some coefficients only.
    let mut pairs = (0..40).map(|n| bent(n, 1, 0)).filter(|parts| !parts.holds());
    let (first, second) = (pairs.next().unwrap(), pairs.next().unwrap());
    let accepts = |z1: u64, z2: u64| {
        (first.rest() * Scalar::from(z1) + second.rest() * Scalar::from(z2)).is_identity()
    };
    let verdicts: Vec<bool> =
        (1..9).flat_map(|a| (1..9).map(move |b| (a, b))).map(|(a, b)| accepts(a, b)).collect();
    assert!(verdicts.contains(&true) && verdicts.contains(&false), "{verdicts:?}");
    assert!(!first.holds() && !second.holds(), "and ours does not");
}

#[test]
fn non_canonical_points_are_refused_as_key_and_as_nonce() {
    let good = bent(3, 0, 0);
    let mut points = 0;
    // p + y for the y from 0 to 18 that still fit 255 bits, with either sign, and the two encodings
    // of x = 0 with the sign set.
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, sign);
            let Some(point) = CompressedEdwardsY(bytes).decompress() else { continue };
            points += 1;
            assert_ne!(point.compress().0, bytes, "the library reads it as another's encoding");
            for s in [[0; 32], good.s] {
                assert!(!Parts { key: bytes, s, ..good }.holds());
                assert!(!Parts { nonce: bytes, s, ..good }.holds());
                assert!(!Parts { key: bytes, nonce: bytes, s, ..good }.holds());
            }
        }
    }
    assert!(points > 10, "{points} non-canonical encodings are points");
    for (low, high) in [(1, 0x80), (0xec, 0xff)] {
        let mut bytes = [if low == 1 { 0 } else { 0xff }; 32];
        (bytes[0], bytes[31]) = (low, high);
        assert!(!Parts { key: bytes, ..good }.holds(), "x = 0 with the sign set");
        assert!(!Parts { nonce: bytes, ..good }.holds(), "x = 0 with the sign set");
    }
}

#[test]
fn s_at_or_above_the_group_order_is_refused() {
    let good = bent(5, 0, 0);
    // L, little-endian: 2^252 + 27742317777372353535851937790883648493.
    let order: [u8; 32] =
        hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
            .unwrap()
            .try_into()
            .unwrap();
    let mut s = good.s;
    for times in 1..8 {
        let mut carry = 0_u16;
        for (byte, add) in s.iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        let parts = Parts { s, ..good };
        assert!(parts.rest().is_identity(), "the equation itself cannot tell");
        assert!(!parts.holds(), "s + {times} L");
    }
    assert!(!Parts { s: order, ..good }.holds());
    assert!(!Parts { s: [0xff; 32], ..good }.holds());
}

#[test]
fn every_bit_of_a_signature_counts() {
    let key = SecretKey::from_seed(&[9; 32]);
    let signature = key.sign(DOMAIN, &GENESIS, b"statement");
    assert!(key.public().verify(DOMAIN, &GENESIS, b"statement", &signature).is_ok());
    for bit in 0..512 {
        let mut bent = signature;
        bent.0[bit / 8] ^= 1 << (bit % 8);
        assert!(key.public().verify(DOMAIN, &GENESIS, b"statement", &bent).is_err(), "bit {bit}");
    }
}

#[test]
fn the_signatures_are_those_of_rfc_8032() {
    // Section 7.1, test 1: the seed and its public key; the message there is empty, and ours never is.
    let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = SecretKey::from_seed(&seed.unwrap().try_into().unwrap());
    let public = "0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(key.public().to_string(), public);
}
