//! Ed25519 keys and signatures, and the one rule by which a signature is valid.
//!
//! The rule is `verify_strict` of ed25519-dalek with canonical keys: the equation without cofactor,
//! canonical encodings, no small-order key or nonce point, `s` below the group order. Every path of the node uses it, one signature at a
//! time: batch equations judge torsion differently, and two nodes that judge differently fork.

use super::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// What a signature is for. Two purposes never share a tag, so no signature can be replayed as
/// another kind of statement.
///
/// The vote of the finality protocol stands outside: its payload is the field's 53 bytes, set apart
/// by length and by a first byte (0 to 2) that no tag has. See [`SecretKey::sign_vote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// A transaction, signed by an account.
    Transaction,
    /// A block header, signed by the author of its slot.
    Seal,
    /// Proof that the registrant of session keys holds them.
    SessionKeys,
    /// A question to finality voters about two conflicting justifications, signed by whoever asks.
    Challenge,
}

impl Domain {
    /// Every domain, for tests that must not forget one.
    pub const ALL: [Self; 4] = [Self::Transaction, Self::Seal, Self::SessionKeys, Self::Challenge];

    /// The bytes that open every signed statement of this domain.
    #[must_use]
    pub const fn tag(self) -> &'static [u8] {
        match self {
            Self::Transaction => b"serin/transaction/1",
            Self::Seal => b"serin/seal/1",
            Self::SessionKeys => b"serin/session-keys/1",
            Self::Challenge => b"serin/challenge/1",
        }
    }

    /// What is signed: the tag, the genesis hash of the chain, the statement.
    #[must_use]
    pub fn message(self, genesis: &Hash, statement: &[u8]) -> Vec<u8> {
        [self.tag(), genesis.as_bytes(), statement].concat()
    }
}

/// Length of a finality vote's signed payload, in bytes.
pub const VOTE_PAYLOAD_BYTES: usize = 53;

/// An Ed25519 public key as 32 bytes; whether they are a point is found when a signature is checked.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey(pub [u8; 32]);

/// The public key of the slot lottery (a VRF): never the same key as one that signs.
#[derive(
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct LotteryPublicKey(pub [u8; 32]);

/// An Ed25519 signature, 64 bytes.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct Signature(pub [u8; 64]);

/// A secret Ed25519 key. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

/// A public key whose point is known: checks many signatures without finding it again each time.
///
/// By the same rule as [`PublicKey::verify_vote`]; only the work of decoding the key is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey(VerifyingKey);

/// A signature that does not hold under [`PublicKey::verify`], for whatever reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

impl PublicKey {
    /// Checks `signature` over `statement` in `domain` on the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`BadSignature`] for anything but a valid signature under the strict rule (see the module).
    pub fn verify(
        &self,
        domain: Domain,
        genesis: &Hash,
        statement: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        self.verify_message(&domain.message(genesis, statement), signature)
    }

    /// Checks `signature` over the fixed payload of a finality vote.
    ///
    /// # Errors
    /// [`BadSignature`] as [`PublicKey::verify`].
    pub fn verify_vote(
        &self,
        payload: &[u8; VOTE_PAYLOAD_BYTES],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        self.verify_message(payload, signature)
    }

    fn verify_message(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        self.known()?.verify_message(message, signature)
    }

    /// Finds the point of the key.
    ///
    /// # Errors
    /// [`BadSignature`] where the bytes are no canonical key: then no signature holds under it.
    pub fn known(&self) -> Result<KnownKey, BadSignature> {
        if !self.is_canonical() {
            return Err(BadSignature);
        }
        VerifyingKey::from_bytes(&self.0).map(KnownKey).map_err(|_| BadSignature)
    }

    /// True where the encoded coordinate is below the field's prime 2^255 - 19. The library reduces a
    /// larger one, so that two encodings would name one key. (Of the nonce point it compares bytes.)
    fn is_canonical(&self) -> bool {
        let [lowest, middle @ .., highest] = &self.0;
        let is_top = highest & 0x7f == 0x7f && middle.iter().all(|byte| *byte == 0xff);
        !is_top || *lowest < 0xed
    }
}

impl KnownKey {
    /// Checks `signature` over the fixed payload of a finality vote.
    ///
    /// # Errors
    /// [`BadSignature`] as [`PublicKey::verify_vote`].
    pub fn verify_vote(
        &self,
        payload: &[u8; VOTE_PAYLOAD_BYTES],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        self.verify_message(payload, signature)
    }

    fn verify_message(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).map_err(|_| BadSignature)
    }
}

impl SecretKey {
    /// The key with this 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, for writing the key to a file.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `statement` in `domain` for the chain with hash `genesis`.
    #[must_use]
    pub fn sign(&self, domain: Domain, genesis: &Hash, statement: &[u8]) -> Signature {
        Signature(self.0.sign(&domain.message(genesis, statement)).to_bytes())
    }

    /// Signs the fixed payload of a finality vote.
    #[must_use]
    pub fn sign_vote(&self, payload: &[u8; VOTE_PAYLOAD_BYTES]) -> Signature {
        Signature(self.0.sign(payload).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey of {:?}", self.public())
    }
}

/// A text is not the bytes of a key or signature in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {} hexadecimal digits, with or without 0x before them", bytes.saturating_mul(2))]
pub struct HexParseError {
    /// How many bytes there should be.
    pub bytes: usize,
}

macro_rules! hexadecimal {
    ($($name:ident, $bytes:literal;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "0x{}", hex::encode(self.0))
            }
        }

        /// Short, for logs and failed assertions: the first four bytes.
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [a, b, c, d, ..] = self.0;
                write!(formatter, "0x{}..", hex::encode([a, b, c, d]))
            }
        }

        impl FromStr for $name {
            type Err = HexParseError;

            fn from_str(text: &str) -> Result<Self, HexParseError> {
                let mut bytes = [0; $bytes];
                let digits = text.strip_prefix("0x").unwrap_or(text);
                hex::decode_to_slice(digits, &mut bytes)
                    .map_err(|_| HexParseError { bytes: $bytes })?;
                Ok(Self(bytes))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = HexParseError;

            fn try_from(text: String) -> Result<Self, HexParseError> {
                text.parse()
            }
        }
    )*};
}
hexadecimal! {
    PublicKey, 32;
    LotteryPublicKey, 32;
    Signature, 64;
}

#[cfg(test)]
mod tests;
