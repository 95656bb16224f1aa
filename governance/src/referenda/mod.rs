//! Referenda: tracks, curves, and the life of a proposal.
//!
//! Kusama's open governance is the model: the rules are those of its runtime, and where they are ours a
//! parameter says so.

use crate::ReferendumIndex;
use borsh::{BorshDeserialize, BorshSerialize};

/// Calls of the module `referenda`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ReferendaCall {
    /// Pays the deposit that lets a referendum be decided. Anyone may.
    PlaceDecisionDeposit {
        /// Which.
        index: ReferendumIndex,
    },
}

/// Why the module `referenda` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum ReferendaError {
    /// The referendum has ended or never was.
    #[error("there is no ongoing referendum of that number")]
    NotOngoing,
}

/// Events of the module `referenda`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ReferendaEvent {
    /// Somebody paid the decision deposit.
    DecisionDepositPlaced {
        /// Which.
        index: ReferendumIndex,
    },
}
