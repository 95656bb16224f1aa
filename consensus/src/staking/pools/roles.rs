//! What the roles of a pool may do: nominate, open and close it, and take a commission.
//!
//! A change of commission counts for rewards to come: those that came before are counted first.

use super::members::{check_worth, depositor_minimum};
use super::money::{active, for_stake, known, record, transfer};
use super::{
    ChangeRate, Payee, Pool, PoolError, PoolEvent, PoolId, Roles, State, balance_of, member,
};
use crate::staking::ledger::LedgerCall;
use crate::staking::{Context, Error, Perbill};
use serin_state::layout::{Item, PoolItem};
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

impl Pool {
    fn is_root(&self, who: AccountId) -> bool {
        self.roles.root == Some(who)
    }

    fn is_nominator(&self, who: AccountId) -> bool {
        self.is_root(who) || self.roles.nominator == Some(who)
    }

    /// Whether `who` opens and closes the pool, and removes members of a blocked one.
    pub(super) fn is_bouncer(&self, who: AccountId) -> bool {
        self.is_root(who) || self.roles.bouncer == Some(who)
    }
}

/// What the depositor's points are worth.
fn deposit<R: StateRead>(context: &Context<'_, R>, id: PoolId, pool: &Pool) -> Balance {
    let points = member(context.state, pool.depositor).map_or(0, |member| member.points);
    balance_of(points, pool.points, active(context.state, id))
}

pub(super) fn nominate<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    targets: Vec<AccountId>,
) -> Result<(), Error> {
    let pool = known(context, id)?;
    if !pool.is_nominator(who) {
        return Err(PoolError::NotPermitted.into());
    }
    if deposit(context, id, &pool) < depositor_minimum(context) {
        return Err(PoolError::BelowMinimum.into());
    }
    for_stake(context, id, LedgerCall::Nominate { targets })
}

pub(super) fn chill<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
) -> Result<(), Error> {
    let pool = known(context, id)?;
    let is_poor = deposit(context, id, &pool) < depositor_minimum(context);
    if !is_poor && !pool.is_nominator(who) {
        return Err(PoolError::NotPermitted.into());
    }
    for_stake(context, id, LedgerCall::Chill)
}

pub(super) fn set_state<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    state: State,
) -> Result<(), Error> {
    let mut pool = known(context, id)?;
    if pool.state == State::Destroying || pool.state == state {
        return Err(PoolError::CannotChangeState.into());
    }
    let may_anybody = state == State::Destroying && check_worth(context, id, &pool).is_err();
    if !may_anybody && !pool.is_bouncer(who) {
        return Err(PoolError::NotPermitted.into());
    }
    pool.state = state;
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.event(PoolEvent::StateSet { pool: id, state });
    Ok(())
}

/// A pool, for its root.
fn for_root<R: StateRead>(
    context: &Context<'_, R>,
    who: AccountId,
    id: PoolId,
) -> Result<Pool, Error> {
    let pool = known(context, id)?;
    if pool.is_root(who) { Ok(pool) } else { Err(PoolError::NotPermitted.into()) }
}

pub(super) fn set_roles<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    roles: Roles,
) -> Result<(), Error> {
    for_root(context, who, id)?;
    set_roles_by_root(context, id, roles)
}

/// As the chain's root asks.
pub(super) fn set_roles_by_root<R: StateRead>(
    context: &mut Context<'_, R>,
    id: PoolId,
    roles: Roles,
) -> Result<(), Error> {
    let mut pool = known(context, id)?;
    pool.roles = roles;
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.event(PoolEvent::RolesSet { pool: id });
    Ok(())
}

pub(super) fn set_commission<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    share: Perbill,
    account: AccountId,
) -> Result<(), Error> {
    let (now, most) = (context.now.slot, context.parameters.pools.commission_max);
    change_commission(context, who, id, |pool| {
        pool.commission.set(Payee { share, account }, most, now)
    })
}

pub(super) fn set_commission_max<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    most: Perbill,
) -> Result<(), Error> {
    let global = context.parameters.pools.commission_max;
    change_commission(context, who, id, |pool| pool.commission.promise_most(most, global))
}

pub(super) fn set_change_rate<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    rate: ChangeRate,
) -> Result<(), Error> {
    let now = context.now.slot;
    change_commission(context, who, id, |pool| pool.commission.promise_rate(rate, now))
}

fn change_commission<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
    change: impl FnOnce(&mut Pool) -> Result<(), PoolError>,
) -> Result<(), Error> {
    let mut pool = for_root(context, who, id)?;
    record(context, id, &mut pool);
    change(&mut pool)?;
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.event(PoolEvent::CommissionSet { pool: id, share: pool.commission.share() });
    Ok(())
}

pub(super) fn claim_commission<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    id: PoolId,
) -> Result<(), Error> {
    let mut pool = known(context, id)?;
    let payee = pool.commission.current.ok_or(PoolError::NoCommission)?.account;
    if who != payee && !pool.is_root(who) {
        return Err(PoolError::NotPermitted.into());
    }
    record(context, id, &mut pool);
    let amount = core::mem::take(&mut pool.rewards.commission_pending);
    if amount.is_zero() {
        return Err(PoolError::NothingToClaim.into());
    }
    pool.rewards.commission_claimed = pool.rewards.commission_claimed.saturating_add(amount);
    transfer(context, id.reward_account(), payee, amount)?;
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.event(PoolEvent::CommissionPaid { pool: id, payee, amount });
    Ok(())
}
