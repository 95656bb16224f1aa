//! With whose powers a call runs.
//!
//! A signed transaction brings its sender. A referendum that passed brings the powers of its track. Root
//! stands for genesis, tests, the root track and the specification's root account.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::AccountId;

/// Number of a track, as on Kusama: 0 is `root`, 34 is `big_spender`.
#[derive(
    Clone,
    Copy,
    Debug,
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
#[serde(transparent)]
pub struct TrackId(pub u16);

impl TrackId {
    /// The track whose outcomes run as root.
    pub const ROOT: Self = Self(0);
    /// The track that may dispatch what the collective vouches for.
    pub const WHITELISTED_CALLER: Self = Self(1);
    /// The track that may set the members of the collective.
    pub const FELLOWSHIP_ADMIN: Self = Self(13);
    /// The track that may cancel referenda.
    pub const REFERENDUM_CANCELLER: Self = Self(20);
    /// The track that may kill referenda.
    pub const REFERENDUM_KILLER: Self = Self(21);
}

/// Number of a referendum, from 0, in the order of submission.
#[derive(
    Clone,
    Copy,
    Debug,
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
#[serde(transparent)]
pub struct ReferendumIndex(pub u32);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Origin {
    /// The sender of a transaction.
    Signed(AccountId),
    /// Everything is allowed.
    Root,
    /// A referendum that passed on a track other than `root`.
    Track(TrackId),
}
