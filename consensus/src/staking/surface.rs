//! The surface of staking, a part a module: calls, refusals, events.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use super::era::{EraCall, EraError, EraEvent};
use super::keys::{KeysCall, KeysError, KeysEvent};
use super::ledger::{LedgerCall, LedgerError, LedgerEvent};
use super::offence::{OffenceCall, OffenceError, OffenceEvent};
use super::pools::{PoolCall, PoolError, PoolEvent};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::balances::BalanceError;

/// What can be asked of staking.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Call {
    /// Bonds, nominations and candidacies.
    Ledger(LedgerCall),
    /// Session keys.
    Keys(KeysCall),
    /// Evidence and slashes.
    Offence(OffenceCall),
    /// Rewards of eras.
    Era(EraCall),
    /// Pools.
    Pools(PoolCall),
}

/// Why staking refuses. Nothing has changed then.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum Error {
    /// The origin does not have the powers that the call asks for.
    #[error("the origin may not do this")]
    BadOrigin,
    /// The chain keeps the validators of its specification.
    #[error("this chain has no staking: its validators are those of its specification")]
    NoStaking,
    /// The account cannot pay or bond that much and keep its existential deposit.
    #[error("the account has too little for this")]
    TooLittle,
    /// The accounts refused for another reason than too little.
    #[error("the account cannot take the amount")]
    Account,
    /// Bonds, nominations and candidacies.
    #[error("{0}")]
    Ledger(LedgerError),
    /// Session keys.
    #[error("{0}")]
    Keys(KeysError),
    /// Evidence and slashes.
    #[error("{0}")]
    Offence(OffenceError),
    /// Rewards of eras.
    #[error("{0}")]
    Era(EraError),
    /// Pools.
    #[error("{0}")]
    Pools(PoolError),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Event {
    /// To bonds, nominations and candidacies.
    Ledger(LedgerEvent),
    /// To session keys.
    Keys(KeysEvent),
    /// To offenders.
    Offence(OffenceEvent),
    /// To eras: elections, ends, rewards.
    Era(EraEvent),
    /// To pools.
    Pools(PoolEvent),
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(event) => event.fmt(formatter),
            Self::Keys(event) => event.fmt(formatter),
            Self::Offence(event) => event.fmt(formatter),
            Self::Era(event) => event.fmt(formatter),
            Self::Pools(event) => event.fmt(formatter),
        }
    }
}

impl From<BalanceError> for Error {
    fn from(error: BalanceError) -> Self {
        match error {
            BalanceError::TooLittle { .. }
            | BalanceError::TooLittleHeld { .. }
            | BalanceError::FreezeAboveTotal { .. } => Self::TooLittle,
            BalanceError::BelowExistentialDeposit { .. }
            | BalanceError::NoAccount
            | BalanceError::TooManyReasons
            | BalanceError::Overflow
            | BalanceError::LastNonce => Self::Account,
        }
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<LedgerEvent> for Event {
    fn from(event: LedgerEvent) -> Self {
        Self::Ledger(event)
    }
}

impl From<KeysError> for Error {
    fn from(error: KeysError) -> Self {
        Self::Keys(error)
    }
}

impl From<KeysEvent> for Event {
    fn from(event: KeysEvent) -> Self {
        Self::Keys(event)
    }
}

impl From<OffenceError> for Error {
    fn from(error: OffenceError) -> Self {
        Self::Offence(error)
    }
}

impl From<OffenceEvent> for Event {
    fn from(event: OffenceEvent) -> Self {
        Self::Offence(event)
    }
}

impl From<EraError> for Error {
    fn from(error: EraError) -> Self {
        Self::Era(error)
    }
}

impl From<EraEvent> for Event {
    fn from(event: EraEvent) -> Self {
        Self::Era(event)
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Pools(error)
    }
}

impl From<PoolEvent> for Event {
    fn from(event: PoolEvent) -> Self {
        Self::Pools(event)
    }
}
