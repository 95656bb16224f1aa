//! How the machines of this crate check signatures and lottery proofs.
//!
//! A trait, so that the simulator can put a scheme over the same bytes in place of the curves. The
//! real one, [`Strict`], is the only one outside the simulator.

use crate::leader::vrf;
use serin_state::types::{
    BadSignature, Domain, Hash, KnownKey, LotteryProof, LotteryPublicKey, PublicKey, Signature,
    VOTE_PAYLOAD_BYTES,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What an Ed25519 signature was made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed<'a> {
    /// A statement inside a domain, on the chain with this genesis hash.
    Statement {
        /// The domain.
        domain: Domain,
        /// The chain.
        genesis: &'a Hash,
        /// The statement.
        statement: &'a [u8],
    },
    /// The payload of a finality vote.
    Vote(&'a [u8; VOTE_PAYLOAD_BYTES]),
}

/// One signature to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check<'a> {
    /// Who is said to have signed.
    pub key: PublicKey,
    /// What.
    pub signed: Signed<'a>,
    /// The signature.
    pub signature: Signature,
}

/// The 64-byte output of the lottery: unique for key and input, unlike its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotteryOutput(pub [u8; 64]);

/// Checks signatures and proofs; deterministic.
pub trait Verifier {
    /// One verdict for each check, in order. Each is judged alone: no verdict depends on another.
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool>;

    /// The output that `proof` proves for `key` and `alpha`, or `None` where it does not hold.
    fn lottery(
        &self,
        key: &LotteryPublicKey,
        alpha: &[u8],
        proof: &LotteryProof,
    ) -> Option<LotteryOutput>;

    /// One check.
    fn signature(&self, check: Check<'_>) -> bool {
        self.signatures(&[check]).first().copied().unwrap_or(false)
    }
}

/// Ed25519 under the strict rule, and the VRF of RFC 9381.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Strict;

impl Verifier for Strict {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        let valid = |check: &Check<'_>| match check.signed {
            Signed::Statement { domain, genesis, statement } => {
                check.key.verify(domain, genesis, statement, &check.signature).is_ok()
            }
            Signed::Vote(payload) => check.key.verify_vote(payload, &check.signature).is_ok(),
        };
        checks.iter().map(valid).collect()
    }

    fn lottery(
        &self,
        key: &LotteryPublicKey,
        alpha: &[u8],
        proof: &LotteryProof,
    ) -> Option<LotteryOutput> {
        vrf::verify(key, alpha, proof).ok()
    }
}

/// [`Strict`], for those who check many votes of the same voters: keys are decoded once.
///
/// Gives the verdicts of [`Strict`] and no others. Bounds: [`KNOWN_KEYS_MAX`] keys, about 1 MB; then all are forgotten.
#[derive(Clone, Debug, Default)]
pub struct Remembering {
    keys: RefCell<BTreeMap<PublicKey, Result<KnownKey, BadSignature>>>,
}

/// Keys that [`Remembering`] remembers: two of the largest sets.
pub const KNOWN_KEYS_MAX: usize = 4_096;

impl Remembering {
    fn known(&self, key: &PublicKey) -> Result<KnownKey, BadSignature> {
        let mut keys = self.keys.borrow_mut();
        if let Some(known) = keys.get(key) {
            return *known;
        }
        if keys.len() >= KNOWN_KEYS_MAX {
            keys.clear();
        }
        let known = key.known();
        keys.insert(*key, known);
        known
    }
}

impl Verifier for Remembering {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        let valid = |check: &Check<'_>| match check.signed {
            Signed::Statement { .. } => Strict.signature(*check),
            Signed::Vote(payload) => {
                let known = self.known(&check.key);
                known.is_ok_and(|key| key.verify_vote(payload, &check.signature).is_ok())
            }
        };
        checks.iter().map(valid).collect()
    }

    fn lottery(
        &self,
        key: &LotteryPublicKey,
        alpha: &[u8],
        proof: &LotteryProof,
    ) -> Option<LotteryOutput> {
        Strict.lottery(key, alpha, proof)
    }
}

#[cfg(test)]
mod tests;
