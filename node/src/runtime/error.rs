//! Why a call fails, why a transaction cannot be in a block, why a block is refused.
//!
//! Three kinds that are never mixed: a [`DispatchError`] is part of a valid block and is paid for; an
//! [`InvalidTransaction`] can stand in no block, now or ever; a [`BlockError`] is a peer's fault.

use super::{BadCall, ParametersError, UpgradeError};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::Verdict;
use serin_state::balances::BalanceError;
use serin_state::types::{AccountId, Balance, Nonce, ProtocolVersion, Slot};

/// Why a call failed. Part of its outcome; append-only, pinned by vectors.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum DispatchError {
    /// The origin does not have the powers that the call asks for.
    #[error("the sender may not do this")]
    BadOrigin,
    /// The ledger refused.
    #[error("balances: {0}")]
    Balances(BalancesError),
    /// Relations of new parameters do not hold.
    #[error("parameters: {0}")]
    Parameters(ParametersError),
    /// Bytes inside the call are not a call. Found before the block where they come from a transaction.
    #[error("the call holds bytes that are not a call")]
    BadCall,
    /// An upgrade is not scheduled or stopped.
    #[error("upgrade: {0}")]
    Upgrade(UpgradeError),
    /// Relations of new numbers of governance do not hold.
    #[error("governance: {0}")]
    GovernanceParameters(serin_governance::ParametersError),
    /// Governance refused.
    #[error("{0}")]
    Governance(serin_governance::Error),
    /// Relations of new numbers of staking do not hold.
    #[error("staking: {0}")]
    StakingParameters(serin_consensus::staking::ParametersError),
    /// Staking refused.
    #[error("staking: {0}")]
    Staking(serin_consensus::staking::Error),
}

impl From<serin_consensus::staking::Error> for DispatchError {
    fn from(error: serin_consensus::staking::Error) -> Self {
        if error == serin_consensus::staking::Error::BadOrigin {
            return Self::BadOrigin;
        }
        Self::Staking(error)
    }
}

impl From<serin_governance::Error> for DispatchError {
    fn from(error: serin_governance::Error) -> Self {
        if error == serin_governance::Error::BadOrigin {
            return Self::BadOrigin;
        }
        Self::Governance(error)
    }
}

impl From<UpgradeError> for DispatchError {
    fn from(error: UpgradeError) -> Self {
        Self::Upgrade(error)
    }
}

/// Why the ledger refused, without the amounts: those follow from the state.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum BalancesError {
    /// The payer cannot spend that much.
    #[error("the account cannot spend that much")]
    TooLittle,
    /// Less is held for the reason than was asked.
    #[error("less is held than was asked for")]
    TooLittleHeld,
    /// The receiver would stay below the existential deposit.
    #[error("the receiving account would stay below the existential deposit")]
    BelowExistentialDeposit,
    /// The account does not exist.
    #[error("the account does not exist")]
    NoAccount,
    /// No room for another hold or freeze.
    #[error("the account has no room for another hold or freeze")]
    TooManyReasons,
    /// A freeze above what the account has.
    #[error("more was to be frozen than the account has")]
    FreezeAboveTotal,
    /// The issuance would leave 128 bits.
    #[error("the total issuance would leave its range")]
    Overflow,
    /// The account has used its last nonce.
    #[error("the account has used its last nonce")]
    LastNonce,
}

impl From<BalanceError> for BalancesError {
    fn from(error: BalanceError) -> Self {
        match error {
            BalanceError::TooLittle { .. } => Self::TooLittle,
            BalanceError::TooLittleHeld { .. } => Self::TooLittleHeld,
            BalanceError::BelowExistentialDeposit { .. } => Self::BelowExistentialDeposit,
            BalanceError::NoAccount => Self::NoAccount,
            BalanceError::TooManyReasons => Self::TooManyReasons,
            BalanceError::FreezeAboveTotal { .. } => Self::FreezeAboveTotal,
            BalanceError::Overflow => Self::Overflow,
            BalanceError::LastNonce => Self::LastNonce,
        }
    }
}

impl From<BalanceError> for DispatchError {
    fn from(error: BalanceError) -> Self {
        Self::Balances(error.into())
    }
}

/// Why a transaction cannot be in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidTransaction {
    /// Longer than a transaction may be.
    #[error("the transaction has {bytes} bytes, and at most {bytes_max} are allowed")]
    Oversized {
        /// Its length.
        bytes: usize,
        /// The most there may be.
        bytes_max: usize,
    },
    /// The call cannot be decoded, or is nested too deeply.
    #[error("{0}")]
    BadCall(BadCall),
    /// Signed for another protocol version than the chain has now.
    #[error("signed for protocol version {signed}, and the chain has version {current}")]
    WrongVersion {
        /// Of the signature.
        signed: ProtocolVersion,
        /// Of the state.
        current: ProtocolVersion,
    },
    /// The chain follows a version that this node does not know.
    #[error("the chain follows protocol version {version}, which this node does not know")]
    UnknownVersion {
        /// Of the state.
        version: ProtocolVersion,
    },
    /// Evidence that is of no use: it would be free of fees.
    #[error("{0}")]
    Evidence(serin_consensus::staking::offence::OffenceError),
    /// Its last slot is over.
    #[error("expired: valid until slot {last_valid_slot}, and this is slot {slot}")]
    Expired {
        /// Its last slot.
        last_valid_slot: Slot,
        /// The slot it was to be in.
        slot: Slot,
    },
    /// It would be valid for too long.
    #[error("valid until slot {last_valid_slot}, and at most until {latest} is allowed now")]
    ExpiresTooLate {
        /// Its last slot.
        last_valid_slot: Slot,
        /// The latest that is allowed.
        latest: Slot,
    },
    /// It alone exceeds what a block may hold.
    #[error("the transaction is larger or heavier than a whole block may be")]
    TooHeavy,
    /// The sender's account does not exist.
    #[error("the sending account does not exist")]
    UnknownSender,
    /// The nonce was used before.
    #[error("nonce {got} is used; the next one is {expected}")]
    Stale {
        /// The sender's next nonce.
        expected: Nonce,
        /// The transaction's.
        got: Nonce,
    },
    /// Transactions of the sender are missing before this one.
    #[error("nonce {got} is too early; the next one is {expected}")]
    Future {
        /// The sender's next nonce.
        expected: Nonce,
        /// The transaction's.
        got: Nonce,
    },
    /// The sender cannot pay fee and tip and keep its account.
    #[error("fee and tip are {needed}, and the sender can spend {spendable}")]
    CannotPay {
        /// What the sender may spend and keep its account.
        spendable: Balance,
        /// Fee and tip.
        needed: Balance,
    },
    /// A proof inside its call does not hold.
    #[error(
        "the proof that the sender holds the secrets of the session keys does not hold: it is made for one \
         account on one chain"
    )]
    Unproven,
    /// There is no room left for it in this block.
    #[error("there is no room left in this block")]
    BlockFull,
}

impl InvalidTransaction {
    /// What to do with it: keep it (retry), drop it (ignore), or blame the peer that sent it (punish).
    ///
    /// Only what no honest node ever forwards is a peer's fault.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Future { .. } | Self::BlockFull => Verdict::Retry,
            Self::Oversized { .. } => Verdict::Punish,
            // A peer may know a newer version, another head or other parameters.
            Self::BadCall(_)
            | Self::Unproven
            | Self::WrongVersion { .. }
            | Self::UnknownVersion { .. }
            | Self::Expired { .. }
            | Self::ExpiresTooLate { .. }
            | Self::TooHeavy
            | Self::Evidence(_)
            | Self::UnknownSender
            | Self::Stale { .. }
            | Self::CannotPay { .. } => Verdict::Ignore,
        }
    }
}

/// Why the content of a block does not follow from its parent. Always a fault of its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BlockError {
    /// The state prescribes a version that this node does not know: it has to be upgraded.
    #[error("the chain follows protocol version {version}, which this node does not know")]
    UnknownVersion {
        /// What the state prescribes.
        version: ProtocolVersion,
    },
    /// The header names another version than the parent's state.
    #[error("the header names protocol version {claimed} where the state prescribes {expected}")]
    WrongVersion {
        /// What the state prescribes.
        expected: ProtocolVersion,
        /// What the header names.
        claimed: ProtocolVersion,
    },
    /// The transactions are not those of the header.
    #[error("the transactions do not have the body root of the header")]
    BodyRoot,
    /// A transaction cannot stand where it does.
    #[error("transaction {index}: {error}")]
    Transaction {
        /// Its place, from zero.
        index: usize,
        /// Why.
        error: InvalidTransaction,
    },
    /// The header announces something else than the session after the block.
    #[error("the announcements differ from the session after the block")]
    Announcements,
    /// The author was disabled for an offence.
    #[error("{author} may not author any more in this era")]
    AuthorDisabled {
        /// Who.
        author: AccountId,
    },
    /// The outcomes are others.
    #[error("the outcomes do not have the outcome root of the header")]
    OutcomeRoot,
}
