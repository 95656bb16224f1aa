//! Coming into a pool, adding to it and being paid.
//!
//! What comes in is bonded at once. A pool that was slashed so much that its points are worth next to nothing takes
//! no tokens: its points would outgrow their numbers.

use super::money::{active, for_stake, known, membership, pay, record, transfer};
use super::{
    Commission, Member, Pool, PoolError, PoolEvent, PoolId, Rewards, Roles, State, member,
    points_for, pools,
};
use crate::staking::ledger::{self, LedgerCall};
use crate::staking::{Context, Error};
use serin_state::layout::{Item, PoolItem};
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// The least that a depositor keeps in its pool: what makes a pool, and lets it nominate.
pub(super) fn depositor_minimum<R: StateRead>(context: &Context<'_, R>) -> Balance {
    let numbers = context.parameters;
    numbers.pools.min_create_bond.max(numbers.bonding.min_nominator_bond)
}

pub(super) fn create<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
    roles: Roles,
) -> Result<(), Error> {
    if member(context.state, who).is_some() {
        return Err(PoolError::AlreadyMember.into());
    }
    if amount < depositor_minimum(context) || amount.is_zero() {
        return Err(PoolError::BelowMinimum.into());
    }
    let mut count = pools(context.state);
    if count.living >= context.parameters.pools.pools_max {
        return Err(PoolError::TooManyPools.into());
    }
    let id = PoolId(count.next);
    count.next = count.next.checked_add(1).ok_or(PoolError::TooManyPools)?;
    count.living = count.living.saturating_add(1);
    context.write(Item::Pools(PoolItem::Count), &count);
    // Both accounts live by an existential deposit of their own.
    let deposit = context.existential_deposit;
    transfer(context, who, id.reward_account(), deposit)?;
    transfer(context, who, id.stake_account(), deposit)?;
    let pool = Pool {
        depositor: who,
        roles,
        state: State::Open,
        points: 0,
        members: 0,
        commission: Commission::default(),
        rewards: Rewards::default(),
    };
    context.event(PoolEvent::Created { pool: id, depositor: who });
    enter(context, who, id, pool, amount)
}

pub(super) fn join<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    amount: Balance,
) -> Result<(), Error> {
    if member(context.state, who).is_some() {
        return Err(PoolError::AlreadyMember.into());
    }
    if amount < context.parameters.pools.min_join_bond || amount.is_zero() {
        return Err(PoolError::BelowMinimum.into());
    }
    let mut pool = known(context, id)?;
    if pool.state != State::Open {
        return Err(PoolError::NotOpen.into());
    }
    check_worth(context, id, &pool)?;
    record(context, id, &mut pool);
    enter(context, who, id, pool, amount)
}

/// Makes `who` a member of a pool whose rewards are counted.
fn enter<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    mut pool: Pool,
    amount: Balance,
) -> Result<(), Error> {
    let mut count = pools(context.state);
    if count.members >= context.parameters.pools.members_max {
        return Err(PoolError::TooManyMembers.into());
    }
    count.members = count.members.saturating_add(1);
    if !context.mutated(Mutation::ST16) {
        pool.members = pool.members.saturating_add(1);
    }
    context.write(Item::Pools(PoolItem::Count), &count);
    let counter = pool.rewards.counter;
    let member = Member { pool: id, points: 0, counter, unbonding: Vec::new() };
    add(context, who, member, pool, amount)
}

pub(super) fn bond_extra<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    if amount.is_zero() {
        return Err(PoolError::Zero.into());
    }
    // Its points are about to change: what they have earned is paid first.
    pay(context, who, who)?;
    let (member, pool) = membership(context, who)?;
    check_worth(context, member.pool, &pool)?;
    add(context, who, member, pool, amount)
}

pub(super) fn compound<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
) -> Result<(), Error> {
    let amount = pay(context, who, who)?;
    if amount.is_zero() {
        return Err(PoolError::NothingToClaim.into());
    }
    let (member, pool) = membership(context, who)?;
    check_worth(context, member.pool, &pool)?;
    add(context, who, member, pool, amount)
}

pub(super) fn claim<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
) -> Result<(), Error> {
    if pay(context, who, who)?.is_zero() {
        return Err(PoolError::NothingToClaim.into());
    }
    Ok(())
}

/// Moves `amount` into the pool, bonds it, and writes the points and both rows.
fn add<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    mut member: Member,
    mut pool: Pool,
    amount: Balance,
) -> Result<(), Error> {
    let id = member.pool;
    let points = points_for(amount, pool.points, active(context.state, id));
    transfer(context, who, id.stake_account(), amount)?;
    if ledger::bond_of(context.state, id.stake_account()).is_some() {
        for_stake(context, id, LedgerCall::BondExtra { amount })?;
    } else {
        let payee = ledger::Payee::Account(id.reward_account());
        for_stake(context, id, LedgerCall::Bond { amount, payee })?;
    }
    pool.points = pool.points.saturating_add(points);
    member.points = member.points.saturating_add(points);
    assert!(member.points <= pool.points, "invariant(pools): a member's points are the pool's");
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.write(Item::Pools(PoolItem::Member(who)), &member);
    context.event(PoolEvent::Bonded { pool: id, member: who, amount });
    Ok(())
}

/// That a point is worth enough for new ones to be made, in a pool that goes on.
pub(super) fn check_worth<R: StateRead>(
    context: &Context<'_, R>,
    id: PoolId,
    pool: &Pool,
) -> Result<(), PoolError> {
    if pool.state == State::Destroying {
        return Err(PoolError::NotOpen);
    }
    let most = u128::from(context.parameters.pools.max_points_to_balance);
    match pool.points.checked_div(active(context.state, id).0) {
        Some(ratio) if ratio < most => Ok(()),
        Some(_) | None => Err(PoolError::PointsTooCheap),
    }
}
