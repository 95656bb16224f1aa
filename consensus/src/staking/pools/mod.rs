//! Pools: one bond for many small holders, who share what it earns and what it loses.
//!
//! ```text
//!   member --tokens--> stake account (a bond of the ledger) --unbond, wait--> member
//!                           | nominates                       slash: chunks and active shrink for all
//!                           v
//!                      rewards --> reward account --by points, less commission--> member
//! ```
//! # Rules
//! Those of pallet-nomination-pools 50 with members' tokens moved into the pool. A member holds *points*: at first
//! one a unit, and always a share of what is active. What unbonds has points of its own for each era.
//!
//! # How a slash is passed on
//! Nothing is told to the pool. What is active is read from its bond, and what unbonds from the chunk of the same
//! era: both have shrunk, so every point is worth less. Only when a chunk is free its amount is written down.
//!
//! # Invariants
//! 1. The points of a pool are the sum of its members' points; those of an era, of its members' parts of it.
//! 2. A pool lives until its depositor leaves, who leaves last.
//! 3. Neither account of a pool has a key: nothing leaves them but by these calls, and the bond of the stake
//!    account belongs to the members.
//!
//! # Bounds
//! [`super::PoolNumbers`] bounds pools and members; a pool has a row of unbonding parts of at most the eras that a
//! bond waits and `post_unbonding_eras` more.

mod commission;
mod members;
mod money;
mod roles;
mod shares;
mod surface;
mod unbonding;

pub use commission::{ChangeRate, Commission};
pub use money::{active, counted, leaving, part_worth, pending};
pub use shares::{Part, balance_of, points_for};
pub use surface::{
    Member, Payee, Pool, PoolCall, PoolError, PoolEvent, PoolId, Pools, Rewards, Roles, State,
    Unbonding,
};

use super::{Context, Error, Origin};
use serin_state::layout::{Item, PoolItem};
use serin_state::overlay::{StateRead, read};
use serin_state::types::AccountId;

/// How many pools and members there are.
#[must_use]
pub fn pools(state: &(impl StateRead + ?Sized)) -> Pools {
    read(state, &Item::Pools(PoolItem::Count).key()).unwrap_or_default()
}

/// A pool; `None` for one that never was or is no more.
#[must_use]
pub fn pool(state: &(impl StateRead + ?Sized), id: PoolId) -> Option<Pool> {
    read(state, &Item::Pools(PoolItem::Pool(id.0)).key())
}

/// What `account` has in a pool.
#[must_use]
pub fn member(state: &(impl StateRead + ?Sized), account: AccountId) -> Option<Member> {
    read(state, &Item::Pools(PoolItem::Member(account)).key())
}

/// What unbonds in a pool.
#[must_use]
pub fn unbonding(state: &(impl StateRead + ?Sized), id: PoolId) -> Unbonding {
    read(state, &Item::Pools(PoolItem::Unbonding(id.0)).key()).unwrap_or_default()
}

/// Runs a call.
pub(super) fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: PoolCall,
) -> Result<(), Error> {
    let who = match (&call, origin) {
        // Root may give a pool new roles, as where nobody has them any more.
        (PoolCall::SetRoles { pool, roles }, Origin::Root) => {
            return roles::set_roles_by_root(context, *pool, *roles);
        }
        _ => origin.signed()?,
    };
    match call {
        PoolCall::Create { amount, roles } => members::create(context, who, amount, roles),
        PoolCall::Join { pool, amount } => members::join(context, who, pool, amount),
        PoolCall::BondExtra { amount } => members::bond_extra(context, who, amount),
        PoolCall::Compound => members::compound(context, who),
        PoolCall::Claim { member } => members::claim(context, member),
        PoolCall::Unbond { member, points } => unbonding::unbond(context, who, member, points),
        PoolCall::Withdraw { member } => unbonding::withdraw(context, who, member),
        PoolCall::Nominate { pool, targets } => roles::nominate(context, who, pool, targets),
        PoolCall::Chill { pool } => roles::chill(context, who, pool),
        PoolCall::SetState { pool, state } => roles::set_state(context, who, pool, state),
        PoolCall::SetRoles { pool, roles } => roles::set_roles(context, who, pool, roles),
        PoolCall::SetCommission { pool, share, payee } => {
            roles::set_commission(context, who, pool, share, payee)
        }
        PoolCall::SetCommissionMax { pool, most } => {
            roles::set_commission_max(context, who, pool, most)
        }
        PoolCall::SetChangeRate { pool, rate } => roles::set_change_rate(context, who, pool, rate),
        PoolCall::ClaimCommission { pool } => roles::claim_commission(context, who, pool),
    }
}

#[cfg(test)]
mod tests;
