//! Accounts: the 32-byte id and what the store keeps for it.
//!
//! People see an id as an SS58 address (`crate::ss58`); what may be done with the amounts of an account
//! stands in `crate::balances`.

use super::{Balance, Hash, Nonce, PublicKey, Purpose};
use crate::ss58::{self, AddressError};
use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// An account: 32 opaque bytes, an Ed25519 public key or the tagged hash of something without a key.
/// Shown and read as an SS58 address.
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
pub struct AccountId(pub [u8; 32]);

impl AccountId {
    /// The account of something without a key, such as `treasury`: nobody can sign for it.
    #[must_use]
    pub fn of_module(name: &[u8]) -> Self {
        Self(Hash::personal(Purpose::ModuleAccount, &[name]).0)
    }
}

/// The account that signs with a key is named by the key.
impl From<PublicKey> for AccountId {
    fn from(key: PublicKey) -> Self {
        Self(key.0)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&ss58::encode(self))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&ss58::encode(self))
    }
}

impl FromStr for AccountId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        ss58::parse(text)
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        ss58::encode(&account)
    }
}

impl TryFrom<String> for AccountId {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        ss58::parse(&text)
    }
}

/// Why an amount is held or frozen. Open: each module brings its own numbers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Reason(pub u16);

/// How many holds, and how many freezes, one account can have.
pub const REASONS_MAX: usize = 16;

/// An amount bound for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Bound {
    /// Why.
    pub reason: Reason,
    /// How much, never zero.
    pub amount: Balance,
}

/// What the store keeps for an account.
///
/// Holds add up and are set apart from `free`; freezes overlap each other and the holds (the largest
/// counts) and only forbid spending. Both lists are sorted by reason, without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Transactions sent. Stays for ever once it is not zero.
    pub nonce: Nonce,
    /// What is not held.
    pub free: Balance,
    /// Amounts set apart, by reason.
    pub holds: Vec<Bound>,
    /// Amounts that must stay in the account, by reason; the largest counts.
    pub freezes: Vec<Bound>,
}
