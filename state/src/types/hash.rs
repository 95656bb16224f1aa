//! Hashes: BLAKE2b with 32 bytes of output, and its personalised form.
//!
//! Content that names itself (headers, transactions) is hashed plainly, so that any BLAKE2b
//! implementation finds the same name. Nodes of Merkle structures, storage keys and values derived
//! by the lottery use BLAKE2b's personalisation, so that a hash of one purpose is never one of another.

use blake2::digest::{Digest, FixedOutput, Update, consts::U32};
use blake2::{Blake2b256, Blake2bMac};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// A BLAKE2b-256 hash. Shown as `0x` and 64 hexadecimal digits.
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
pub struct Hash(pub [u8; 32]);

/// What a personalised hash is for. The tag is BLAKE2b's 16-byte personalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A leaf of the state tree: key and value.
    StateLeaf,
    /// An inner node of the state tree: left and right child.
    StateNode,
    /// Where a value lies in the state store.
    StorageKey,
    /// A leaf of a Merkle list (body, outcomes, sessions).
    ListLeaf,
    /// An inner node of a Merkle list.
    ListNode,
    /// The lottery: does this output win the slot.
    LotteryScore,
    /// The lottery: what this output adds to the randomness.
    LotteryRandomness,
    /// The randomness of an epoch.
    EpochRandomness,
    /// The author of a secondary slot.
    SecondaryAuthor,
    /// The address of an account without a key (a module, a pool, a bounty).
    ModuleAccount,
    /// The rolling hash over inputs and effects of a core.
    Trace,
    /// A value drawn from a counter-based random source.
    Random,
}

impl Purpose {
    /// Every purpose, for tests that must not forget one.
    pub const ALL: [Self; 12] = [
        Self::StateLeaf,
        Self::StateNode,
        Self::StorageKey,
        Self::ListLeaf,
        Self::ListNode,
        Self::LotteryScore,
        Self::LotteryRandomness,
        Self::EpochRandomness,
        Self::SecondaryAuthor,
        Self::ModuleAccount,
        Self::Trace,
        Self::Random,
    ];

    /// The personalisation: 16 bytes, padded with zeroes.
    #[must_use]
    pub const fn tag(self) -> &'static [u8; 16] {
        match self {
            Self::StateLeaf => b"serin:state-leaf",
            Self::StateNode => b"serin:state-node",
            Self::StorageKey => b"serin:storagekey",
            Self::ListLeaf => b"serin:list-leaf\0",
            Self::ListNode => b"serin:list-node\0",
            Self::LotteryScore => b"serin:lot-score\0",
            Self::LotteryRandomness => b"serin:lot-random",
            Self::EpochRandomness => b"serin:epoch-rand",
            Self::SecondaryAuthor => b"serin:secondary\0",
            Self::ModuleAccount => b"serin:module-acc",
            Self::Trace => b"serin:trace\0\0\0\0\0",
            Self::Random => b"serin:random\0\0\0\0",
        }
    }
}

impl Hash {
    /// Thirty-two zero bytes: the root of an empty tree, the parent of genesis.
    pub const ZERO: Self = Self([0; 32]);

    /// Plain BLAKE2b-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Blake2b256::digest(bytes).into())
    }

    /// BLAKE2b-256 of the concatenated `parts`, personalised for `purpose`.
    ///
    /// The parts are not delimited: callers pass fixed-length parts and at most one of variable length.
    #[must_use]
    pub fn personal(purpose: Purpose, parts: &[&[u8]]) -> Self {
        let Ok(mut hasher) =
            Blake2bMac::<U32>::new_with_salt_and_personal(None, &[], purpose.tag())
        else {
            // Only a salt or tag above 16 bytes is refused, and both lengths are fixed above.
            return Self::ZERO;
        };
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize_fixed().into())
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "0x{}", hex::encode(self.0))
    }
}

/// Short, for logs and failed assertions: the first four bytes.
impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(formatter, "0x{}..", hex::encode([a, b, c, d]))
    }
}

/// A text is not 32 bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits, with or without 0x before them")]
pub struct HashParseError;

impl FromStr for Hash {
    type Err = HashParseError;

    fn from_str(text: &str) -> Result<Self, HashParseError> {
        let mut bytes = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| HashParseError)?;
        Ok(Self(bytes))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for Hash {
    type Error = HashParseError;

    fn try_from(text: String) -> Result<Self, HashParseError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
