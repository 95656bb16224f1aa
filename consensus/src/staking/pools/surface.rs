//! The words of pools: what is stored, what can be asked, refused and reported.
//!
//! Stored and signed: variants are append-only and fields are pinned by vectors.

use super::{ChangeRate, Commission, Part};
use crate::staking::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Balance, Era};

/// The number of a pool. Numbers are never used again.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct PoolId(pub u32);

impl PoolId {
    /// The account that holds the pool's bond, and what is free of it for members who left.
    #[must_use]
    pub fn stake_account(self) -> AccountId {
        AccountId::of_module(&[b"pool stake ".as_slice(), &self.0.to_le_bytes()].concat())
    }

    /// The account to which the pool's rewards go.
    #[must_use]
    pub fn reward_account(self) -> AccountId {
        AccountId::of_module(&[b"pool reward ".as_slice(), &self.0.to_le_bytes()].concat())
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Pools {
    /// The number of the next pool.
    pub next: u32,
    /// How many pools live.
    pub living: u32,
    /// How many members all pools have together.
    pub members: u32,
}

/// Who may do what with a pool. Nobody where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Roles {
    /// Sets roles and commission, and may do all that the others may.
    pub root: Option<AccountId>,
    /// Nominates.
    pub nominator: Option<AccountId>,
    /// Opens, blocks and ends the pool, and removes members of a blocked one.
    pub bouncer: Option<AccountId>,
}

/// Whom a pool takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum State {
    /// Anybody joins.
    Open,
    /// Nobody joins; root and bouncer may remove members.
    Blocked,
    /// Nobody joins, anybody may remove any member, and the depositor leaves last. For ever.
    Destroying,
}

/// What has come in for members and what has gone out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Rewards {
    /// What one point has earned since the pool began, in units by 10^18.
    pub counter: u128,
    /// All that ever came in and is in the counter or the commission.
    pub recorded: Balance,
    /// What members have claimed.
    pub claimed: Balance,
    /// Commission that was not claimed yet.
    pub commission_pending: Balance,
    /// Commission that was claimed.
    pub commission_claimed: Balance,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Pool {
    /// Who created it, and leaves it last.
    pub depositor: AccountId,
    /// Who may do what.
    pub roles: Roles,
    /// Whom it takes.
    pub state: State,
    /// The points of all members, of what is active.
    pub points: u128,
    /// How many members, with those of whom all unbonds.
    pub members: u32,
    /// What is taken from rewards.
    pub commission: Commission,
    /// The rewards.
    pub rewards: Rewards,
}

/// What somebody has in a pool. An account is in one pool at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// In which.
    pub pool: PoolId,
    /// Points of what is active.
    pub points: u128,
    /// The counter of the pool when rewards were last paid.
    pub counter: u128,
    /// Points of what unbonds, by the era in which it can be withdrawn; in ascending order, none zero.
    pub unbonding: Vec<(Era, u128)>,
}

/// What unbonds in a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Unbonding {
    /// What can be withdrawn since long, of all eras before those in `parts`.
    pub merged: Part,
    /// By the era in which it can be withdrawn, in ascending order.
    pub parts: Vec<(Era, Part)>,
}

/// What can be asked of pools.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PoolCall {
    /// Creates a pool with a first bond. Costs two existential deposits besides, which come back at its end.
    Create {
        /// The depositor's bond.
        amount: Balance,
        /// Who may do what.
        roles: Roles,
    },
    /// Joins a pool.
    Join {
        /// Which.
        pool: PoolId,
        /// With how much.
        amount: Balance,
    },
    /// Adds to what the sender has in its pool.
    BondExtra {
        /// How much.
        amount: Balance,
    },
    /// Adds the sender's rewards to what it has in its pool.
    Compound,
    /// Pays a member its rewards. By anybody.
    Claim {
        /// Whom.
        member: AccountId,
    },
    /// Begins to free what a member has. By the member; of all of it by root and bouncer of a blocked pool, and by
    /// anybody where the pool is destroyed.
    Unbond {
        /// Whose.
        member: AccountId,
        /// How many points.
        points: u128,
    },
    /// Pays a member what has waited long enough. By those who may unbond for it.
    Withdraw {
        /// Whom.
        member: AccountId,
    },
    /// Nominates for the pool. By root and nominator.
    Nominate {
        /// For which.
        pool: PoolId,
        /// Whom.
        targets: Vec<AccountId>,
    },
    /// Nominates nobody for the pool. By root and nominator; by anybody where the depositor's bond is too small.
    Chill {
        /// For which.
        pool: PoolId,
    },
    /// Opens, blocks or ends a pool. By root and bouncer; to end one whose points are worth too little, by anybody.
    SetState {
        /// Which.
        pool: PoolId,
        /// What it becomes.
        state: State,
    },
    /// Gives all roles anew. By the pool's root, and by that of the chain.
    SetRoles {
        /// Of which.
        pool: PoolId,
        /// To whom.
        roles: Roles,
    },
    /// Sets what is taken from rewards to come. By root.
    SetCommission {
        /// Of which.
        pool: PoolId,
        /// How much.
        share: Perbill,
        /// Who gets it.
        payee: AccountId,
    },
    /// Promises a highest commission, never to be raised. By root.
    SetCommissionMax {
        /// Of which.
        pool: PoolId,
        /// How much.
        most: Perbill,
    },
    /// Promises how fast the commission rises at most, never faster. By root.
    SetChangeRate {
        /// Of which.
        pool: PoolId,
        /// How fast.
        rate: ChangeRate,
    },
    /// Pays the commission to its payee. By root and payee.
    ClaimCommission {
        /// Of which.
        pool: PoolId,
    },
}

/// Why pools refuse. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum PoolError {
    /// No such pool.
    #[error("there is no such pool")]
    UnknownPool,
    /// The account is in no pool.
    #[error("the account is in no pool")]
    NotMember,
    /// The account is in a pool.
    #[error("the account is in a pool: leave it first")]
    AlreadyMember,
    /// There are as many as there may be.
    #[error("there are as many pools as there may be: join one")]
    TooManyPools,
    /// There are as many as there may be.
    #[error("the pools have as many members as they may")]
    TooManyMembers,
    /// The pool takes nobody.
    #[error("the pool is not open")]
    NotOpen,
    /// Points are worth too little.
    #[error("the pool was slashed so much that it takes no more tokens")]
    PointsTooCheap,
    /// Less than the least bond.
    #[error("the bond is or would be below the minimum")]
    BelowMinimum,
    /// Nothing was asked for.
    #[error("the amount must be above zero")]
    Zero,
    /// More points than the member has.
    #[error("the member has fewer points than that")]
    AbovePoints,
    /// Not for the sender to do.
    #[error("the account has no role in the pool that may do this")]
    NotPermitted,
    /// Others may remove a member with all its points only.
    #[error("only the member itself may unbond a part")]
    PartialByOther,
    /// The depositor leaves last.
    #[error("the depositor leaves last, from a pool that is being destroyed")]
    DepositorLeavesLast,
    /// A pool that is destroyed stays so.
    #[error("the pool is being destroyed, or is in that state")]
    CannotChangeState,
    /// As many parts unbond as may.
    #[error("as many parts unbond as one member may have: withdraw one first")]
    NoMoreParts,
    /// Nothing has waited long enough.
    #[error("nothing can be withdrawn yet")]
    NothingToWithdraw,
    /// No rewards, or no commission.
    #[error("there is nothing to claim")]
    NothingToClaim,
    /// Above what the chain allows.
    #[error("the commission is above what the chain allows")]
    CommissionAboveGlobal,
    /// Above the pool's promise.
    #[error("the commission is above what the pool has promised")]
    CommissionAboveMax,
    /// Too fast.
    #[error("the commission rises faster than the pool has promised")]
    CommissionTooFast,
    /// A promise is only made stricter.
    #[error("a promise about commission can be made stricter only")]
    PromiseNotStricter,
    /// Nobody is to get it.
    #[error("the pool has no commission")]
    NoCommission,
}

/// What happened to a pool. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PoolEvent {
    /// There is a new one.
    Created {
        /// Its number.
        pool: PoolId,
        /// Who created it.
        depositor: AccountId,
    },
    /// Somebody joined, or added to its bond.
    Bonded {
        /// Where.
        pool: PoolId,
        /// Who.
        member: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A member was paid its rewards.
    Paid {
        /// Where.
        pool: PoolId,
        /// Who.
        member: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A member frees a part.
    Unbonded {
        /// Where.
        pool: PoolId,
        /// Who.
        member: AccountId,
        /// How much it is now; slashes may take of it.
        amount: Balance,
        /// The first era in which it may be withdrawn.
        era: Era,
    },
    /// A member was paid what it had unbonded.
    Withdrawn {
        /// Where.
        pool: PoolId,
        /// Who.
        member: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A member has nothing in it any more.
    Left {
        /// Where.
        pool: PoolId,
        /// Who.
        member: AccountId,
    },
    /// It is no more.
    Dissolved {
        /// Which.
        pool: PoolId,
    },
    /// It is open, blocked or being destroyed now.
    StateSet {
        /// Which.
        pool: PoolId,
        /// What it is.
        state: State,
    },
    /// Others have roles in it.
    RolesSet {
        /// Which.
        pool: PoolId,
    },
    /// Its commission or a promise about it is another.
    CommissionSet {
        /// Which.
        pool: PoolId,
        /// What is taken.
        share: Perbill,
    },
    /// Its commission was paid.
    CommissionPaid {
        /// Which.
        pool: PoolId,
        /// To whom.
        payee: AccountId,
        /// How much.
        amount: Balance,
    },
}

/// Who gets the commission, and how much of rewards it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Payee {
    /// How much, not zero.
    pub share: Perbill,
    /// Who.
    pub account: AccountId,
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Destroying => "destroying",
        })
    }
}

impl fmt::Display for PoolEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created { pool, depositor } => {
                write!(formatter, "pools.created {pool} by {depositor}")
            }
            Self::Bonded { pool, member, amount } => {
                write!(formatter, "pools.bonded {amount} of {member} in {pool}")
            }
            Self::Paid { pool, member, amount } => {
                write!(formatter, "pools.paid {amount} to {member} by {pool}")
            }
            Self::Unbonded { pool, member, amount, era } => {
                write!(formatter, "pools.unbonded {amount} of {member} in {pool} until era {era}")
            }
            Self::Withdrawn { pool, member, amount } => {
                write!(formatter, "pools.withdrawn {amount} by {member} from {pool}")
            }
            Self::Left { pool, member } => write!(formatter, "pools.left {pool} by {member}"),
            Self::Dissolved { pool } => write!(formatter, "pools.dissolved {pool}"),
            Self::StateSet { pool, state } => {
                write!(formatter, "pools.state_set {pool} to {state}")
            }
            Self::RolesSet { pool } => write!(formatter, "pools.roles_set of {pool}"),
            Self::CommissionSet { pool, share } => {
                write!(formatter, "pools.commission_set of {pool} to {share}")
            }
            Self::CommissionPaid { pool, payee, amount } => {
                write!(formatter, "pools.commission_paid {amount} to {payee} by {pool}")
            }
        }
    }
}
