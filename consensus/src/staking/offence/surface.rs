//! What can be asked about offences, why it is refused, and what happens.
//!
//! Variants are append-only: they are signed, stored and committed to by blocks.

use super::{Place, Report};
use crate::staking::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Balance, Era};

/// Calls about offences.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum OffenceCall {
    /// Brings evidence. As a transaction of its own it is free where it raises what somebody loses.
    Report {
        /// The evidence and where it belongs.
        report: Box<Report>,
    },
    /// Cancels what is not taken yet of a validator's slash. For root and the staking administrators.
    Cancel {
        /// The era of the offence.
        era: Era,
        /// The validator.
        account: AccountId,
    },
}

/// Why a call about offences is refused. Nothing has changed then.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum OffenceError {
    /// The two statements, or their signatures, prove nothing.
    #[error("the two signatures prove no offence")]
    NoOffence,
    /// The session is not known: it never was, or it is too long ago.
    #[error("the session is not known, or is longer ago than stake is bound")]
    UnknownSession,
    /// The offence does not fall into the session that the report names.
    #[error("the offence does not belong to the session that the report names")]
    OtherSession,
    /// The offender did not hold the key in that session.
    #[error("the offender is not shown to have held the key in that session")]
    NotAMember,
    /// Stake of that era may be gone.
    #[error("the offence is longer ago than stake is bound")]
    Expired,
    /// The offender is known for this slot or round.
    #[error("this offence is known")]
    Known,
    /// Nothing of the slash is left to cancel.
    #[error("there is no slash of this validator and era that is still to be taken")]
    NothingToCancel,
}

/// What happened to an offender.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum OffenceEvent {
    /// An offence was shown.
    Reported {
        /// Of whom.
        account: AccountId,
        /// Where.
        place: Place,
        /// In which era.
        era: Era,
    },
    /// What a validator loses for an era has risen.
    SlashReported {
        /// The era of the offence.
        era: Era,
        /// The validator.
        account: AccountId,
        /// Of its exposure.
        share: Perbill,
        /// The era in which it is taken.
        due: Option<Era>,
    },
    /// A validator authors no more in this era.
    Disabled {
        /// Which.
        account: AccountId,
        /// Who is enabled again in its place.
        in_place_of: Option<AccountId>,
    },
    /// A slash was taken of everybody in the exposure.
    Slashed {
        /// The era of the offence.
        era: Era,
        /// The validator.
        account: AccountId,
        /// Up to this share.
        share: Perbill,
        /// How much in all, in units.
        amount: Balance,
    },
    /// A reporter received its part.
    ReporterPaid {
        /// Who.
        reporter: AccountId,
        /// In units.
        amount: Balance,
    },
    /// A slash was cancelled before it was taken.
    SlashCancelled {
        /// The era of the offence.
        era: Era,
        /// The validator.
        account: AccountId,
    },
    /// A validator made no block in an era in which it should have made many.
    Offline {
        /// The era.
        era: Era,
        /// The validator.
        account: AccountId,
        /// Whether it was a candidate until now and is none any more.
        chilled: bool,
    },
}

impl fmt::Display for OffenceEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported { account, place, era } => {
                write!(formatter, "staking.offence_reported {account} in {place}, era {era}")
            }
            Self::SlashReported { era, account, share, due } => {
                write!(formatter, "staking.slash_reported {account} loses {share} of era {era}")?;
                due.map_or(Ok(()), |due| write!(formatter, ", in era {due}"))
            }
            Self::Disabled { account, in_place_of } => {
                write!(formatter, "staking.disabled {account} in this era")?;
                in_place_of.map_or(Ok(()), |other| write!(formatter, ", and {other} does again"))
            }
            Self::Slashed { era, account, amount, .. } => {
                write!(
                    formatter,
                    "staking.slash_taken {amount} of {account} and its nominators, era {era}"
                )
            }
            Self::ReporterPaid { reporter, amount } => {
                write!(formatter, "staking.reporter_paid {amount} to {reporter}")
            }
            Self::SlashCancelled { era, account } => {
                write!(formatter, "staking.slash_cancelled {account} of era {era}")
            }
            Self::Offline { era, account, chilled } => {
                let chilled = if *chilled { " and is chilled" } else { "" };
                write!(formatter, "{account} was offline in era {era}{chilled}")
            }
        }
    }
}
