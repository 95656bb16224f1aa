//! Counters and ids, each with a type of its own so that mixing two of them does not compile.
//!
//! There are no conversions between them. Arithmetic is checked or saturating and says which;
//! nothing here wraps.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! counter {
    ($(#[$meta:meta])* $name:ident, $inner:ty) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            BorshSerialize, BorshDeserialize, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The first value.
            pub const ZERO: Self = Self(0);

            /// The value one above, or `None` at the end of the range.
            #[must_use]
            pub const fn next(self) -> Option<Self> {
                match self.0.checked_add(1) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The value one below, or `None` for zero.
            #[must_use]
            pub const fn previous(self) -> Option<Self> {
                match self.0.checked_sub(1) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// `self + count`, stopping at the end of the range.
            #[must_use]
            pub const fn saturating_add(self, count: $inner) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// `self - count`, stopping at zero.
            #[must_use]
            pub const fn saturating_sub(self, count: $inner) -> Self {
                Self(self.0.saturating_sub(count))
            }

            /// How far `self` lies above `earlier`; zero if it does not.
            #[must_use]
            pub const fn since(self, earlier: Self) -> $inner {
                self.0.saturating_sub(earlier.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

counter! {
    /// Position of a block on its chain; genesis is 0. 32 bits, so that a vote has the field's
    /// 53-byte layout.
    Height, u32
}
counter! {
    /// Number of a time slot: `(now - genesis time) / slot length`. Every period of the chain
    /// counts slots.
    Slot, u64
}
counter! {
    /// Number of an epoch: `slot / epoch length`.
    Epoch, u64
}
counter! {
    /// Number of an era of staking: so many epochs with blocks, under one elected set and its exposures.
    Era, u32
}
counter! {
    /// A round of the finality protocol, from 1 within each voter set.
    Round, u64
}
counter! {
    /// Number of a finality voter set. Starts at `(first 4 bytes of the genesis hash) << 32`, so
    /// that votes of another network are no evidence here, and grows by one a change.
    SetId, u64
}
counter! {
    /// Milliseconds: a point in time counted from the Unix epoch, or a length where the name says so.
    Millis, u64
}
counter! {
    /// How many transactions an account has sent.
    Nonce, u64
}
counter! {
    /// Position of a validator in the authority list of its epoch.
    AuthorityIndex, u32
}
counter! {
    /// Version of the protocol rules a block was made under.
    ProtocolVersion, u32
}
counter! {
    /// Cost of executing something, in picoseconds of a reference core.
    Weight, u64
}
counter! {
    /// Voting power of a validator, at least 1. The total of a set stays below 2^62.
    VoteWeight, u64
}

impl SetId {
    /// The first set of the chain with this genesis hash.
    #[must_use]
    pub const fn first(genesis: &super::Hash) -> Self {
        let [a, b, c, d, ..] = genesis.0;
        Self(u64::from_le_bytes([0, 0, 0, 0, a, b, c, d]))
    }

    /// The number people are shown: how many changes there were since genesis.
    #[must_use]
    pub const fn shown(self) -> u64 {
        self.0 & 0xffff_ffff
    }
}
