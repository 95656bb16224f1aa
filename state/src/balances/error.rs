//! Why an operation on balances was refused.
//!
//! A refused operation has changed nothing. The texts are for the sender of a transaction. Refusals are
//! part of a transaction's outcome, so their encoding is part of the protocol: variants are only added.

use crate::types::Balance;
use borsh::{BorshDeserialize, BorshSerialize};

/// Why an operation on balances was refused. Nothing was changed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum BalanceError {
    /// The payer cannot spend that much.
    #[error("{spendable} can be spent, {asked} were asked for")]
    TooLittle {
        /// What it could spend under the survival asked for.
        spendable: Balance,
        /// What was asked.
        asked: Balance,
    },
    /// Less is held for the reason than was asked.
    #[error("{held} are held for this reason, {asked} were asked for")]
    TooLittleHeld {
        /// What is held for the reason.
        held: Balance,
        /// What was asked.
        asked: Balance,
    },
    /// The receiver would not reach the existential deposit.
    #[error(
        "the receiving account would stay below the existential deposit of {existential_deposit}"
    )]
    BelowExistentialDeposit {
        /// The least free amount of a living account.
        existential_deposit: Balance,
    },
    /// Only a living account can be held from, frozen, or receive held tokens.
    #[error("the account does not exist")]
    NoAccount,
    /// The account has [`crate::types::REASONS_MAX`] holds or freezes.
    #[error("the account has no room for another hold or freeze")]
    TooManyReasons,
    /// A freeze can be raised up to what the account has, and no further.
    #[error("the account has {total}, and {asked} were to be frozen")]
    FreezeAboveTotal {
        /// Free and held.
        total: Balance,
        /// The freeze asked for.
        asked: Balance,
    },
    /// The issuance would leave 128 bits.
    #[error("the total issuance would leave its range")]
    Overflow,
    /// The account has sent 2^64 - 1 transactions.
    #[error("the account has used its last nonce")]
    LastNonce,
}
