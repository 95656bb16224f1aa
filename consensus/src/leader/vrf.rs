//! The verifiable random function of the slot lottery: ECVRF-EDWARDS25519-SHA512-ELL2 of RFC 9381.
//!
//! A proof is 80 bytes: the point Gamma (32), the challenge c (16), the response s (32). For one key
//! and one input there are many proofs (the prover may choose its nonce) but one output, so only the
//! output may decide anything. The names in the code are those of RFC 9381 section 5.
//!
//! # Refused
//! Keys and points in a form other than their canonical one, keys of small order, responses not below
//! the group order. A Gamma with a torsion component gives the same output as without, since the
//! output is taken after clearing the cofactor.
//!
//! # Keys
//! A lottery key is never one that signs: Ed25519 and this function would draw equal nonces from one
//! seed, and one signature over a 32-byte curve point would then give the secret away.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::many_single_char_names,
    reason = "arithmetic of curve points and scalars cannot overflow; the letters are the RFC's"
)]

use crate::crypto::LotteryOutput;
use core::fmt;
use curve25519_dalek::{
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::{Scalar, clamp_integer},
    traits::VartimeMultiscalarMul,
};
use serin_state::types::{LotteryProof, LotteryPublicKey};
use sha2::{Digest, Sha512};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Number of the cipher suite.
const SUITE: u8 = 0x04;
/// Domain separation of the map to the curve: a fixed text and the suite.
const MAP_DOMAIN: &[u8] = b"ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_\x04";
/// Opens the hash of the challenge.
const CHALLENGE_FRONT: u8 = 0x02;
/// Opens the hash of the output.
const OUTPUT_FRONT: u8 = 0x03;
/// Closes both.
const BACK: u8 = 0x00;

/// A proof that does not hold, for whatever reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lottery proof does not hold")]
pub struct BadProof;

/// A secret lottery key. Wiped from memory when dropped, never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct LotterySecret {
    /// The secret scalar x.
    scalar: Scalar,
    /// The second half of the seed's hash: what nonces are drawn from.
    nonce_prefix: [u8; 32],
    #[zeroize(skip)]
    public: LotteryPublicKey,
}

impl LotterySecret {
    /// The key with this 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let hash: Zeroizing<[u8; 64]> = Zeroizing::new(Sha512::digest(seed).into());
        let (scalar_half, prefix_half) = hash.split_at(32);
        let mut scalar_bytes = Zeroizing::new([0; 32]);
        scalar_bytes.copy_from_slice(scalar_half);
        let mut nonce_prefix = [0; 32];
        nonce_prefix.copy_from_slice(prefix_half);
        // Every point that x multiplies here lies in the prime-order group, so x modulo its order is
        // as good as x.
        let scalar = Scalar::from_bytes_mod_order(clamp_integer(*scalar_bytes));
        let public = LotteryPublicKey(EdwardsPoint::mul_base(&scalar).compress().0);
        Self { scalar, nonce_prefix, public }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> LotteryPublicKey {
        self.public
    }

    /// The proof for `alpha` (section 5.1).
    #[must_use]
    pub fn prove(&self, alpha: &[u8]) -> LotteryProof {
        let key = CompressedEdwardsY(self.public.0);
        let h_point = map_to_curve(&key, alpha);
        let h = h_point.compress();
        let gamma = (h_point * self.scalar).compress();
        let k = Zeroizing::new(self.nonce(&h));
        let u = EdwardsPoint::mul_base(&k).compress();
        let v = (h_point * *k).compress();
        let c = challenge(&[key, h, gamma, u, v]);
        let s = *k + scalar_of(&c) * self.scalar;
        join(&gamma, &c, &s)
    }

    /// The nonce of RFC 8032, as section 5.4.2.2 has it.
    fn nonce(&self, h: &CompressedEdwardsY) -> Scalar {
        let hash = Sha512::new().chain_update(self.nonce_prefix).chain_update(h.as_bytes());
        let wide: Zeroizing<[u8; 64]> = Zeroizing::new(hash.finalize().into());
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

impl fmt::Debug for LotterySecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LotterySecret of {:?}", self.public)
    }
}

impl super::Prover for LotterySecret {
    fn prove(&self, alpha: &[u8]) -> LotteryProof {
        self.prove(alpha)
    }
}

/// Checks a proof and returns its output (section 5.3, with validation of the key).
///
/// # Errors
/// [`BadProof`] for anything but a proof of the one output of `key` and `alpha`.
pub fn verify(
    key: &LotteryPublicKey,
    alpha: &[u8],
    proof: &LotteryProof,
) -> Result<LotteryOutput, BadProof> {
    let key = CompressedEdwardsY(key.0);
    let key_point = decompress_canonical(&key)?;
    if key_point.is_small_order() {
        return Err(BadProof);
    }
    let (gamma, gamma_point, c, s) = split(proof)?;
    let h_point = map_to_curve(&key, alpha);
    let c_scalar = scalar_of(&c);
    // U = s B - c Y and V = s H - c Gamma.
    let u = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-c_scalar, &key_point, &s);
    let v = EdwardsPoint::vartime_multiscalar_mul([s, -c_scalar], [h_point, gamma_point]);
    let expected = challenge(&[key, h_point.compress(), gamma, u.compress(), v.compress()]);
    if c == expected { Ok(output_of(&gamma_point)) } else { Err(BadProof) }
}

/// The output that a proof claims (section 5.2). Says nothing about whether the proof holds: for own
/// proofs and for proofs that were checked.
///
/// # Errors
/// [`BadProof`] where the bytes have not the form of a proof.
pub fn output(proof: &LotteryProof) -> Result<LotteryOutput, BadProof> {
    split(proof).map(|(_, gamma, _, _)| output_of(&gamma))
}

/// Maps key and input to a point of the prime-order group (section 5.4.1.2).
fn map_to_curve(key: &CompressedEdwardsY, alpha: &[u8]) -> EdwardsPoint {
    EdwardsPoint::encode_to_curve::<Sha512>(&[key.as_bytes(), alpha], &[MAP_DOMAIN])
}

/// Hashes the five points to the 16-byte challenge (section 5.4.3).
fn challenge(points: &[CompressedEdwardsY; 5]) -> [u8; 16] {
    let mut hash = Sha512::new().chain_update([SUITE, CHALLENGE_FRONT]);
    for point in points {
        hash.update(point.as_bytes());
    }
    let bytes: [u8; 64] = hash.chain_update([BACK]).finalize().into();
    let mut c = [0; 16];
    for (to, from) in c.iter_mut().zip(bytes) {
        *to = from;
    }
    c
}

/// The output of a Gamma: the hash of eight times it (section 5.2).
fn output_of(gamma: &EdwardsPoint) -> LotteryOutput {
    let hash = Sha512::new()
        .chain_update([SUITE, OUTPUT_FRONT])
        .chain_update(gamma.mul_by_cofactor().compress().as_bytes())
        .chain_update([BACK]);
    LotteryOutput(hash.finalize().into())
}

/// The point behind an encoding. Decompression reduces the coordinate, so an encoding above the field
/// prime, or a zero with a sign, is found by writing the point again.
fn decompress_canonical(encoding: &CompressedEdwardsY) -> Result<EdwardsPoint, BadProof> {
    let point = encoding.decompress().ok_or(BadProof)?;
    if point.compress() == *encoding { Ok(point) } else { Err(BadProof) }
}

fn scalar_of(c: &[u8; 16]) -> Scalar {
    Scalar::from(u128::from_le_bytes(*c))
}

fn join(gamma: &CompressedEdwardsY, c: &[u8; 16], s: &Scalar) -> LotteryProof {
    let mut proof = [0; 80];
    let parts = gamma.as_bytes().iter().chain(c).chain(s.as_bytes());
    for (to, from) in proof.iter_mut().zip(parts) {
        *to = *from;
    }
    LotteryProof(proof)
}

/// Gamma as bytes and point, the challenge, the response.
type Parts = (CompressedEdwardsY, EdwardsPoint, [u8; 16], Scalar);

fn split(proof: &LotteryProof) -> Result<Parts, BadProof> {
    let (gamma, rest) = proof.0.split_first_chunk::<32>().ok_or(BadProof)?;
    let (c, rest) = rest.split_first_chunk::<16>().ok_or(BadProof)?;
    let (s, _) = rest.split_first_chunk::<32>().ok_or(BadProof)?;
    let gamma = CompressedEdwardsY(*gamma);
    let gamma_point = decompress_canonical(&gamma)?;
    let s = Option::from(Scalar::from_canonical_bytes(*s)).ok_or(BadProof)?;
    Ok((gamma, gamma_point, *c, s))
}

#[cfg(test)]
mod tests;
