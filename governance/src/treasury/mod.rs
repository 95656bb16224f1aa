//! The treasury: income, spending periods, payouts, what is burnt.
//!
//! Kusama's open governance is the model: the rules are those of its runtime, and where they are ours a
//! parameter says so.

use borsh::{BorshDeserialize, BorshSerialize};

/// Calls of the module `treasury`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum TreasuryCall {
    /// Pays an approved spend. Anyone may ask.
    Payout {
        /// Which spend.
        index: u32,
    },
}

/// Why the module `treasury` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum TreasuryError {
    /// No such spend was approved.
    #[error("there is no approved spend of that number")]
    UnknownSpend,
}

/// Events of the module `treasury`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum TreasuryEvent {
    /// A spend was paid.
    Paid {
        /// Which spend.
        index: u32,
    },
}
