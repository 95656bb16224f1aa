//! What JSON-RPC answers about pools. Scripts rely on the names.
//!
//! Shares are in parts per billion, amounts and points decimal strings in the smallest unit, accounts addresses.

use serde::{Deserialize, Serialize};

/// `staking_pools`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolsView {
    /// The era of the head.
    pub era: u32,
    /// How many pools there are.
    pub living: u32,
    /// How many there may be.
    pub pools_max: u32,
    /// How many members all pools have together.
    pub members: u32,
    /// How many there may be.
    pub members_max: u32,
    /// Least bond of a member.
    pub min_join_bond: String,
    /// Least bond of whoever creates a pool.
    pub min_create_bond: String,
    /// Most commission of a pool.
    pub commission_max_ppb: u32,
    /// The pools, by number; the first 256 of them.
    pub pools: Vec<PoolView>,
}

/// A pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolView {
    /// Its number.
    pub pool: u32,
    /// `open`, `blocked` or `destroying`.
    pub state: String,
    /// Who created it, and leaves it last.
    pub depositor: String,
    /// Who may do everything with it; null: nobody.
    pub root: Option<String>,
    /// Who nominates.
    pub nominator: Option<String>,
    /// Who opens, blocks and ends it.
    pub bouncer: Option<String>,
    /// Its members.
    pub members: u32,
    /// What is active, and counts in the next election.
    pub active: String,
    /// All points of that.
    pub points: String,
    /// What unbonds or waits to be withdrawn.
    pub leaving: String,
    /// What is taken of rewards.
    pub commission_ppb: u32,
    /// Who gets it.
    pub commission_payee: Option<String>,
    /// The highest that was promised.
    pub commission_most_ppb: Option<u32>,
    /// Commission that can be claimed.
    pub commission_pending: String,
    /// The account with its bond.
    pub stake_account: String,
    /// The account that its rewards come to.
    pub reward_account: String,
    /// Whom it nominates.
    pub targets: Vec<String>,
}

/// `staking_poolMember`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolMemberView {
    /// Who.
    pub account: String,
    /// In which pool.
    pub pool: u32,
    /// The era of the head.
    pub era: u32,
    /// Its points of what is active.
    pub points: String,
    /// What they are worth.
    pub worth: String,
    /// Which part of what is active in the pool that is.
    pub share_ppb: u32,
    /// The rewards that it can claim.
    pub pending: String,
    /// What unbonds.
    pub unbonding: Vec<PoolPartView>,
}

/// A part of a member that unbonds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolPartView {
    /// The first era in which it may be withdrawn.
    pub era: u32,
    /// Points of that era.
    pub points: String,
    /// What they are worth now.
    pub worth: String,
}
