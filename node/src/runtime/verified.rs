//! A transaction whose signature holds, as a type: only a check makes one.
//!
//! What is needed of it again and again is computed once: its hash and its length.

use super::{BATCH_CALLS_MAX, Call, NESTING_MAX, Protocol, SystemCall};
use core::ops::Deref;
use serin_consensus::crypto::{Check, Signed, Strict, Verifier};
use serin_consensus::staking::{Call as Staking, keys::KeysCall, offence::OffenceCall};
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, BadSignature, Domain, Hash, ProtocolVersion, PublicKey, SignedTransaction,
    TransactionSignature,
};

/// A value whose signature was checked for a chain and a protocol version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verified<T> {
    value: T,
    hash: Hash,
    bytes: usize,
    version: ProtocolVersion,
    /// Whether the proofs inside its call hold.
    is_proven: bool,
}

impl Verified<SignedTransaction> {
    /// Checks the signature for the chain with hash `genesis` under protocol `version`.
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold.
    pub fn check(
        transaction: SignedTransaction,
        genesis: &Hash,
        version: ProtocolVersion,
    ) -> Result<Self, BadSignature> {
        Self::check_with(&Strict, transaction, genesis, version)
    }

    /// As [`Verified::check`] for `current`, and where the signature does not hold for it, for the versions
    /// beside it: those that a sender may have signed for, or a peer may have come to. What was found stands in
    /// [`Verified::version`], and the state refuses another than its own by name.
    ///
    /// # Errors
    /// [`BadSignature`] where it holds for none of the three.
    pub fn check_near<V: Verifier>(
        verifier: &V,
        value: SignedTransaction,
        genesis: &Hash,
        current: ProtocolVersion,
    ) -> Result<Self, BadSignature> {
        let beside = [Some(current), current.next(), current.previous()];
        let mut versions = beside.into_iter().flatten();
        let signed = versions.find(|version| holds(verifier, &value, genesis, *version));
        signed.map(|version| Self::of(verifier, value, genesis, version)).ok_or(BadSignature)
    }

    /// As [`Verified::check`], by the scheme of `verifier`.
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold.
    pub fn check_with<V: Verifier>(
        verifier: &V,
        value: SignedTransaction,
        genesis: &Hash,
        version: ProtocolVersion,
    ) -> Result<Self, BadSignature> {
        if holds(verifier, &value, genesis, version) {
            Ok(Self::of(verifier, value, genesis, version))
        } else {
            Err(BadSignature)
        }
    }

    fn of<V: Verifier>(
        verifier: &V,
        value: SignedTransaction,
        genesis: &Hash,
        version: ProtocolVersion,
    ) -> Self {
        let encoded = encode(&value);
        let prover = Prover { verifier, genesis, sender: value.transaction.sender };
        let is_proven = prover.holds(&value.transaction.call, NESTING_MAX);
        Self { hash: Hash::of(&encoded), bytes: encoded.len(), value, version, is_proven }
    }
}

/// Checks the proofs that calls carry: like the signature, they need no state.
struct Prover<'a, V> {
    verifier: &'a V,
    genesis: &'a Hash,
    sender: AccountId,
}

impl<V: Verifier> Prover<'_, V> {
    /// Whether every proof in the encoded call and in calls inside it holds. What is no call has none.
    fn holds(&self, bytes: &[u8], levels_left: usize) -> bool {
        match Call::decode(bytes, Protocol::NEWEST) {
            Ok(Call::System(SystemCall::AsRoot { call })) => self.hold([call].iter(), levels_left),
            Ok(Call::System(SystemCall::Batch { calls })) => self.hold(calls.iter(), levels_left),
            Ok(Call::Staking(Staking::Keys(KeysCall::Set { keys, proof }))) => {
                keys.is_possessed(self.verifier, self.genesis, self.sender, &proof)
            }
            Ok(Call::Staking(Staking::Offence(OffenceCall::Report { report }))) => {
                report.evidence.check(self.genesis, self.verifier).is_ok()
            }
            Ok(Call::System(_) | Call::Balances(_) | Call::Governance(_) | Call::Staking(_))
            | Err(_) => true,
        }
    }

    /// Where calls stand too deep or are too many the transaction is refused for that.
    fn hold<'b>(
        &self,
        mut calls: impl ExactSizeIterator<Item = &'b Vec<u8>>,
        levels_left: usize,
    ) -> bool {
        let Some(levels_left) = levels_left.checked_sub(1) else { return true };
        calls.len() > BATCH_CALLS_MAX || calls.all(|call| self.holds(call, levels_left))
    }
}

fn holds<V: Verifier>(
    verifier: &V,
    value: &SignedTransaction,
    genesis: &Hash,
    version: ProtocolVersion,
) -> bool {
    let TransactionSignature::Ed25519(signature) = value.signature;
    let statement = value.transaction.statement(version);
    let signed = Signed::Statement { domain: Domain::Transaction, genesis, statement: &statement };
    let key = PublicKey(value.transaction.sender.0);
    verifier.signature(Check { key, signed, signature })
}

impl<T> Verified<T> {
    /// The name of the value: BLAKE2b-256 over its encoding.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// Length of its encoding.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the proofs inside its call hold: that whoever sets session keys has their secrets, that evidence is signed.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// The protocol version it was signed for.
    #[must_use]
    pub const fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// The value, on its way to where the check no longer matters.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
