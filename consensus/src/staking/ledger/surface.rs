//! The words of the ledger: what is stored for an account, what can be asked, refused and reported.
//!
//! Stored and signed: variants are append-only and fields are pinned by vectors.

use crate::staking::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Balance, Era};

/// Most nominators that one call kicks.
pub const KICKS_MAX: usize = 64;

/// What an account has bonded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Bond {
    /// All of it: what is held in the account.
    pub total: Balance,
    /// What counts in the next election.
    pub active: Balance,
    /// What unbonds, in ascending order of eras.
    pub unlocking: Vec<Chunk>,
}

/// Part of a bond that was unbonded and is not free yet. It can be slashed until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Chunk {
    /// How much, not zero.
    pub amount: Balance,
    /// The first era in which it may be withdrawn.
    pub era: Era,
}

/// Where rewards go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Payee {
    /// To what is bonded, on top.
    Staked,
    /// To the free tokens of the account that bonded.
    Stash,
    /// To another account.
    Account(AccountId),
    /// Nowhere: they are not paid.
    None,
}

/// On which terms somebody validates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Terms {
    /// What a validator takes of its rewards before they are shared.
    pub commission: Perbill,
    /// Whether nobody may nominate it anew.
    pub blocked: bool,
}

/// Somebody who wants to be elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Candidate {
    /// On which terms.
    pub terms: Terms,
    /// Its place in the roster.
    pub place: u32,
}

/// Whom somebody wants to see elected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Nominations {
    /// 1 to 24 different accounts, as they were named.
    pub targets: Vec<AccountId>,
    /// The era in which they were named.
    pub since: Era,
    /// The place of the nominator in the roster.
    pub place: u32,
}

/// What can be asked of the ledger. All are for the account that signs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum LedgerCall {
    /// Bonds free tokens for the first time.
    Bond {
        /// How much.
        amount: Balance,
        /// Where rewards go.
        payee: Payee,
    },
    /// Bonds more.
    BondExtra {
        /// How much.
        amount: Balance,
    },
    /// Begins to free tokens: they count no longer, and can be withdrawn after the bonding duration.
    Unbond {
        /// How much of what is active. A rest below the existential deposit goes with it.
        amount: Balance,
    },
    /// Bonds tokens again that unbond, the newest first.
    Rebond {
        /// How much.
        amount: Balance,
    },
    /// Frees what has waited long enough.
    Withdraw,
    /// Nominates, from the next election on, in place of whatever the account did.
    Nominate {
        /// Whom: 1 to 24 different candidates.
        targets: Vec<AccountId>,
    },
    /// Wants to be elected, from the next election on, in place of whatever the account did.
    Validate {
        /// On which terms.
        terms: Terms,
    },
    /// Neither validates nor nominates, from the next election on.
    Chill,
    /// Chills another, whose active stake is below the minimum, where the roster is nearly full.
    ChillOther {
        /// Whom.
        account: AccountId,
    },
    /// Takes the sender off the nominations of others.
    Kick {
        /// Whose, at most [`KICKS_MAX`].
        nominators: Vec<AccountId>,
    },
    /// Says where rewards go from now on.
    SetPayee {
        /// Where.
        payee: Payee,
    },
    /// Ends a bond that slashes left below the existential deposit. By anybody.
    Reap {
        /// Whose.
        account: AccountId,
    },
}

/// Why the ledger refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum LedgerError {
    /// The account has bonded before.
    #[error("the account has a bond: bond extra adds to it")]
    AlreadyBonded,
    /// The account has not bonded.
    #[error("the account has no bond: bond tokens first")]
    NotBonded,
    /// Less than the least bond for what the account does.
    #[error(
        "the active stake is or would be below the minimum for what the account does: bond more, or chill first"
    )]
    BelowMinimum,
    /// Nothing was asked for.
    #[error("the amount must be above zero")]
    Zero,
    /// More than is active.
    #[error("more was to be unbonded than is active")]
    AboveActive,
    /// Nothing unbonds.
    #[error("nothing unbonds")]
    NothingUnbonds,
    /// More than unbonds.
    #[error("more was to be bonded again than unbonds")]
    AboveUnbonding,
    /// As many chunks unbond as may.
    #[error("as many parts unbond as one account may have: wait until one can be withdrawn")]
    NoMoreChunks,
    /// Nothing has waited long enough.
    #[error("nothing can be withdrawn yet")]
    NothingToWithdraw,
    /// No target.
    #[error("name at least one target")]
    NoTargets,
    /// Too many targets.
    #[error("too many targets are named")]
    TooManyTargets,
    /// A target stands twice.
    #[error("a target is named twice")]
    DuplicateTarget,
    /// A target is no candidate.
    #[error("a target does not validate")]
    UnknownTarget,
    /// A target takes no new nominations.
    #[error("a target takes no new nominations")]
    BlockedTarget,
    /// Below the minimum.
    #[error("the commission is below the minimum")]
    CommissionTooLow,
    /// The roster of candidates is full.
    #[error("there are as many candidates as there may be")]
    TooManyCandidates,
    /// The roster of nominators is full.
    #[error("there are as many nominators as there may be")]
    TooManyNominators,
    /// The account does neither, has stake enough, or the roster has room.
    #[error(
        "another may be chilled only where its roster is nearly full and its active stake below the minimum"
    )]
    CannotChillOther,
    /// More than [`KICKS_MAX`].
    #[error("at most {KICKS_MAX} nominators are kicked at once")]
    TooManyKicks,
    /// Only candidates kick.
    #[error("the account does not validate")]
    NotCandidate,
    /// The account neither validates nor nominates.
    #[error("the account neither validates nor nominates")]
    NotStaking,
    /// The bond is worth keeping.
    #[error("the bond reaches the existential deposit: it cannot be reaped")]
    NotReapable,
    /// A slash is due and not taken from everybody yet: what is owed comes before what is withdrawn.
    #[error(
        "a slash that is due is being taken, a part a block: nothing is withdrawn until it is finished, try again a few blocks later"
    )]
    SlashDue,
}

/// What happened to a bond or an intention. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum LedgerEvent {
    /// Tokens were bonded, or bonded again.
    Bonded {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Tokens unbond.
    Unbonded {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
        /// The first era in which they may be withdrawn.
        era: Era,
    },
    /// Tokens are free again.
    Withdrawn {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// The bond of an account has ended.
    Ended {
        /// Whose.
        account: AccountId,
    },
    /// Somebody nominates.
    Nominated {
        /// Who.
        account: AccountId,
        /// How many.
        targets: u32,
    },
    /// Somebody wants to be elected, or has changed the terms.
    TermsSet {
        /// Who.
        account: AccountId,
        /// The terms.
        terms: Terms,
    },
    /// Somebody neither validates nor nominates any more.
    Chilled {
        /// Who.
        account: AccountId,
    },
    /// A candidate is taken off somebody's nominations.
    Kicked {
        /// Whose.
        nominator: AccountId,
        /// Who.
        candidate: AccountId,
    },
    /// Rewards go elsewhere.
    PayeeSet {
        /// Whose.
        account: AccountId,
        /// Where.
        payee: Payee,
    },
    /// Tokens were taken as a punishment.
    Slashed {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
}

impl fmt::Display for Payee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staked => formatter.write_str("staked"),
            Self::Stash => formatter.write_str("stash"),
            Self::Account(account) => account.fmt(formatter),
            Self::None => formatter.write_str("none"),
        }
    }
}

impl fmt::Display for LedgerEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bonded { account, amount } => {
                write!(formatter, "staking.bonded {amount} of {account}")
            }
            Self::Unbonded { account, amount, era } => {
                write!(formatter, "staking.unbonded {amount} of {account} until era {era}")
            }
            Self::Withdrawn { account, amount } => {
                write!(formatter, "staking.withdrawn {amount} by {account}")
            }
            Self::Ended { account } => write!(formatter, "staking.ended the bond of {account}"),
            Self::Nominated { account, targets } => {
                write!(formatter, "staking.nominated {targets} by {account}")
            }
            Self::TermsSet { account, terms: Terms { commission, blocked } } => {
                let closed = if *blocked { ", takes no new nominations" } else { "" };
                write!(formatter, "staking.terms_set {commission} by {account}{closed}")
            }
            Self::Chilled { account } => write!(formatter, "staking.chilled {account}"),
            Self::Kicked { nominator, candidate } => {
                write!(formatter, "staking.kicked {nominator} by {candidate}")
            }
            Self::PayeeSet { account, payee } => {
                write!(formatter, "staking.payee_set to {payee} by {account}")
            }
            Self::Slashed { account, amount } => {
                write!(formatter, "staking.slashed {amount} of {account}")
            }
        }
    }
}
