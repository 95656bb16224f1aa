//! The words of session keys: what is stored, what can be asked, refused and reported.
//!
//! Stored and signed: variants are append-only and fields are pinned by vectors.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, LotteryProof, LotteryPublicKey, PublicKey, Signature};

/// The three keys of a validator, never shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct KeySet {
    /// Seals headers.
    pub seal: PublicKey,
    /// Plays the lottery.
    pub lottery: LotteryPublicKey,
    /// Signs finality votes.
    pub vote: PublicKey,
}

impl KeySet {
    /// Each key with its purpose.
    #[must_use]
    pub const fn purposes(&self) -> [([u8; 32], KeyKind); 3] {
        [
            (self.seal.0, KeyKind::Seal),
            (self.lottery.0, KeyKind::Lottery),
            (self.vote.0, KeyKind::Vote),
        ]
    }
}

/// That somebody holds the secrets of three keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Possession {
    /// The seal key's signature over account and keys.
    pub seal: Signature,
    /// The lottery key's proof for account and keys.
    pub lottery: LotteryProof,
    /// The vote key's signature over account and keys.
    pub vote: Signature,
}

/// What a session key is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum KeyKind {
    /// Sealing.
    Seal,
    /// The lottery.
    Lottery,
    /// Voting.
    Vote,
}

/// Whose key it is, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct KeyOwner {
    /// Whose.
    pub account: AccountId,
    /// For what.
    pub kind: KeyKind,
}

/// Keys that were set, and when they serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Registration {
    /// The first session in which they seal and vote.
    pub signing_from: u64,
    /// The first session in which they play the lottery.
    pub lottery_from: u64,
    /// The keys; none from there on where they were purged.
    pub keys: Option<KeySet>,
}

/// What can be asked about the session keys of the account that signs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum KeysCall {
    /// Sets new keys.
    Set {
        /// Which.
        keys: KeySet,
        /// That the account holds their secrets. A transaction in which it does not hold stands in no block.
        proof: Box<Possession>,
    },
    /// Sets none: the account serves no longer once that is in force.
    Purge,
}

/// Why session keys are refused. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum KeysError {
    /// One key for two purposes.
    #[error("seal, lottery and vote key must be three different keys")]
    Shared,
    /// A key of another account, or for another purpose.
    #[error("a key is registered for another account or another purpose: make new ones")]
    Taken,
    /// There are none.
    #[error("the account has no session keys")]
    NoKeys,
}

/// What happened to session keys. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum KeysEvent {
    /// Keys were set.
    Set {
        /// Whose.
        account: AccountId,
        /// Which.
        keys: KeySet,
        /// The first session in which they seal and vote; the lottery follows in the next.
        session: u64,
    },
    /// The account will have none.
    Purged {
        /// Whose.
        account: AccountId,
        /// The first session without.
        session: u64,
    },
}

impl fmt::Display for KeysEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { account, keys, session } => write!(
                formatter,
                "keys.set by {account} from session {session} on: seal key {}, lottery key {}, vote key {}",
                keys.seal, keys.lottery, keys.vote
            ),
            Self::Purged { account, session } => {
                write!(formatter, "keys.purged by {account} from session {session} on")
            }
        }
    }
}
