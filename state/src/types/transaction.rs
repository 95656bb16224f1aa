//! A transaction: who wants which call, until when, for what tip.
//!
//! The call is carried as bytes, so that this crate needs no module of the runtime and a node can
//! pass on calls of a protocol version it does not know.

use super::{
    AccountId, BadSignature, Balance, Domain, Hash, Nonce, ProtocolVersion, PublicKey, SecretKey,
    Signature, Slot,
};
use crate::codec::{Wire, encode};
use borsh::{BorshDeserialize, BorshSerialize};

/// How far ahead of the current slot a transaction may expire, in slots.
pub const EXPIRY_SLOTS_MAX: u64 = 4_096;

/// What a sender asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// Who asks and pays.
    pub sender: AccountId,
    /// How many transactions the sender has sent before this one.
    pub nonce: Nonce,
    /// The last slot in which a block may hold it, at most [`EXPIRY_SLOTS_MAX`] ahead.
    pub last_valid_slot: Slot,
    /// Paid to the author on top of the fee.
    pub tip: Balance,
    /// The encoded call.
    pub call: Vec<u8>,
}

/// Proof that the sender asked. One kind today; an enum so that others can follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum TransactionSignature {
    /// Ed25519 by the key whose 32 bytes are the account.
    Ed25519(Signature),
}

/// A transaction with its signature: the wire form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SignedTransaction {
    /// What is asked.
    pub transaction: Transaction,
    /// Covers genesis, protocol version and every field above.
    pub signature: TransactionSignature,
}

impl Transaction {
    /// What the sender signs inside [`Domain::Transaction`]: protocol version and fields.
    #[must_use]
    pub fn statement(&self, version: ProtocolVersion) -> Vec<u8> {
        encode(&(version, self))
    }

    /// Signs with an Ed25519 key.
    #[must_use]
    pub fn sign(
        self,
        key: &SecretKey,
        genesis: &Hash,
        version: ProtocolVersion,
    ) -> SignedTransaction {
        let signature = key.sign(Domain::Transaction, genesis, &self.statement(version));
        SignedTransaction { transaction: self, signature: TransactionSignature::Ed25519(signature) }
    }
}

impl SignedTransaction {
    /// The name of the transaction: plain BLAKE2b-256 over its encoding, signature included.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&encode(self))
    }

    /// Checks the signature for the chain with hash `genesis` under protocol `version`.
    ///
    /// # Errors
    /// [`BadSignature`] where it does not hold.
    pub fn verify(&self, genesis: &Hash, version: ProtocolVersion) -> Result<(), BadSignature> {
        let TransactionSignature::Ed25519(signature) = &self.signature;
        let key = PublicKey(self.transaction.sender.0);
        key.verify(Domain::Transaction, genesis, &self.transaction.statement(version), signature)
    }
}

impl Wire for SignedTransaction {
    const BYTES_MAX: usize = 64 * 1024;
}
