//! Leaving a pool: points become a part of what unbonds, and that is paid once it is free.
//!
//! What unbonds until an era is one chunk of the pool's bond. Chunks that are due are freed by [`settle`], which
//! writes down how much each of them still was. Long after that parts are merged, so that their row stays short.

use super::members::depositor_minimum;
use super::money::{active, for_stake, membership, pay, record, transfer};
use super::{
    Member, Part, Pool, PoolError, PoolEvent, PoolId, State, Unbonding, balance_of, points_for,
    pools, unbonding,
};
use crate::staking::ledger::{LedgerCall, bond_of, nominations};
use crate::staking::{Context, Error};
use serin_state::balances::Survival;
use serin_state::layout::{Item, PoolItem};
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era};

pub(super) fn unbond<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    account: AccountId,
    points: u128,
) -> Result<(), Error> {
    if points == 0 {
        return Err(PoolError::Zero.into());
    }
    // Its points are about to change: what they have earned is paid first.
    pay(context, account, account)?;
    let (mut member, mut pool) = membership(context, account)?;
    let id = member.pool;
    check_unbond(context, (who, account), &pool, &member, points)?;
    let before = active(context.state, id);
    let amount = balance_of(points, pool.points, before);
    pool.points = pool.points.saturating_sub(points);
    member.points = member.points.saturating_sub(points);
    if !amount.is_zero() {
        let (era, points) = free(context, id, amount)?;
        member.add(era, points);
        let limit = context.parameters.bonding.unlocking_max;
        if u32::try_from(member.unbonding.len()).unwrap_or(u32::MAX) > limit {
            return Err(PoolError::NoMoreParts.into());
        }
        let amount = before.saturating_sub(active(context.state, id));
        context.event(PoolEvent::Unbonded { pool: id, member: account, amount, era });
    }
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.write(Item::Pools(PoolItem::Member(account)), &member);
    Ok(())
}

impl Member {
    /// Adds points of what unbonds until `era`, which is not before any other.
    fn add(&mut self, era: Era, points: u128) {
        match self.unbonding.last_mut() {
            Some((last, own)) if *last == era => *own = own.saturating_add(points),
            Some(_) | None => self.unbonding.push((era, points)),
        }
    }

    /// Whether it has nothing in the pool.
    fn is_gone(&self) -> bool {
        self.points == 0 && self.unbonding.is_empty()
    }
}

/// Unbonds `amount` of the pool's stake; until when, and how many points of that it makes.
fn free<R: StateRead>(
    context: &mut Context<'_, R>,
    id: PoolId,
    amount: Balance,
) -> Result<(Era, u128), Error> {
    let mut unbonding = settle(context, id)?;
    let stake = id.stake_account();
    let bond = bond_of(context.state, stake).unwrap_or_default();
    let rest = bond.active.saturating_sub(amount);
    // A pool of which too little is left to nominate gives up its nominations.
    let is_nominating = nominations(context.state, stake).is_some();
    if is_nominating && rest < context.parameters.bonding.min_nominator_bond {
        for_stake(context, id, LedgerCall::Chill)?;
    }
    for_stake(context, id, LedgerCall::Unbond { amount })?;
    let after = bond_of(context.state, stake).unwrap_or_default();
    let added = bond.active.saturating_sub(after.active);
    let chunk = after.unlocking.last().copied();
    assert!(chunk.is_some(), "invariant(pools): what was unbonded is the last chunk");
    let era = chunk.map_or(context.now.era, |chunk| chunk.era);
    let there = chunk.map_or(Balance::ZERO, |chunk| chunk.amount.saturating_sub(added));
    if unbonding.parts.last().is_none_or(|(last, _)| *last != era) {
        unbonding.parts.push((era, Part::default()));
    }
    let mut points = 0;
    if let Some((_, part)) = unbonding.parts.last_mut() {
        points = points_for(added, part.points, there);
        part.points = part.points.saturating_add(points);
    }
    context.write(Item::Pools(PoolItem::Unbonding(id.0)), &unbonding);
    Ok((era, points))
}

/// Who may unbond how much of whom.
fn check_unbond<R: StateRead>(
    context: &Context<'_, R>,
    (who, account): (AccountId, AccountId),
    pool: &Pool,
    member: &Member,
    points: u128,
) -> Result<(), PoolError> {
    let rest = member.points.checked_sub(points).ok_or(PoolError::AbovePoints)?;
    let is_depositor = account == pool.depositor;
    let least = if is_depositor {
        depositor_minimum(context)
    } else {
        context.parameters.pools.min_join_bond
    };
    let is_last = pool.state == State::Destroying && pool.members == 1;
    if who != account {
        if rest > 0 {
            return Err(PoolError::PartialByOther);
        }
        if is_depositor {
            return Err(PoolError::DepositorLeavesLast);
        }
        return check_removal(pool, who);
    }
    if rest == 0 && is_depositor && !is_last {
        return Err(PoolError::DepositorLeavesLast);
    }
    let worth = balance_of(rest, pool.points, active(context.state, member.pool));
    if rest > 0 && worth < least && !(is_depositor && is_last) {
        return Err(PoolError::BelowMinimum);
    }
    Ok(())
}

/// That `who` may act for a member that is not itself.
fn check_removal(pool: &Pool, who: AccountId) -> Result<(), PoolError> {
    let is_kicked = pool.state == State::Blocked && pool.is_bouncer(who);
    if is_kicked || pool.state == State::Destroying { Ok(()) } else { Err(PoolError::NotPermitted) }
}

pub(super) fn withdraw<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    account: AccountId,
) -> Result<(), Error> {
    let (mut member, mut pool) = membership(context, account)?;
    if who != account {
        check_removal(&pool, who)?;
    }
    let id = member.pool;
    let era = context.now.era;
    let due = member.unbonding.iter().take_while(|(until, _)| *until <= era).count();
    if due == 0 && !member.is_gone() {
        return Err(PoolError::NothingToWithdraw.into());
    }
    let mut unbonding = settle(context, id)?;
    let mut amount = Balance::ZERO;
    for (until, points) in member.unbonding.drain(..due) {
        amount = amount.saturating_add(unbonding.part(until).take(points));
    }
    unbonding.parts.retain(|(_, part)| part.points > 0);
    context.write(Item::Pools(PoolItem::Unbonding(id.0)), &unbonding);
    if !amount.is_zero() {
        transfer(context, id.stake_account(), account, amount)?;
        context.event(PoolEvent::Withdrawn { pool: id, member: account, amount });
    }
    if !member.is_gone() {
        context.write(Item::Pools(PoolItem::Member(account)), &member);
        return Ok(());
    }
    context.delete(Item::Pools(PoolItem::Member(account)));
    context.event(PoolEvent::Left { pool: id, member: account });
    pool.members = pool.members.saturating_sub(1);
    let mut count = pools(context.state);
    count.members = count.members.saturating_sub(1);
    context.write(Item::Pools(PoolItem::Count), &count);
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    if account == pool.depositor { dissolve(context, id, pool) } else { Ok(()) }
}

impl Unbonding {
    /// The part that can be withdrawn in `era`, which is free.
    fn part(&mut self, era: Era) -> &mut Part {
        let known = self.parts.iter_mut().find(|(until, _)| *until == era);
        known.map_or(&mut self.merged, |(_, part)| part)
    }
}

/// Frees what is due of the pool's bond, and merges what has been free for long.
fn settle<R: StateRead>(context: &mut Context<'_, R>, id: PoolId) -> Result<Unbonding, Error> {
    let era = context.now.era;
    let mut unbonding = unbonding(context.state, id);
    let bond = bond_of(context.state, id.stake_account()).unwrap_or_default();
    for (until, part) in &mut unbonding.parts {
        if *until <= era && part.freed.is_none() {
            let chunk = bond.unlocking.iter().find(|chunk| chunk.era == *until);
            part.freed = Some(chunk.map_or(Balance::ZERO, |chunk| chunk.amount));
        }
    }
    if bond.unlocking.first().is_some_and(|chunk| chunk.era <= era) {
        for_stake(context, id, LedgerCall::Withdraw)?;
    }
    let window = context.parameters.pools.post_unbonding_eras;
    let old = unbonding.parts.iter().take_while(|(until, _)| until.saturating_add(window) <= era);
    let old = old.count();
    for (_, part) in unbonding.parts.drain(..old) {
        unbonding.merged.merge(part);
    }
    context.write(Item::Pools(PoolItem::Unbonding(id.0)), &unbonding);
    Ok(unbonding)
}

/// Ends a pool that the depositor has left, the last of all: commission to its payee, the rest to the depositor.
fn dissolve<R: StateRead>(
    context: &mut Context<'_, R>,
    id: PoolId,
    mut pool: Pool,
) -> Result<(), Error> {
    assert_eq!(pool.members, 0, "invariant(pools): the depositor leaves last");
    record(context, id, &mut pool);
    let commission = pool.rewards.commission_pending;
    if let (Some(payee), false) = (pool.commission.current, commission.is_zero()) {
        transfer(context, id.reward_account(), payee.account, commission)?;
        let (pool, payee, amount) = (id, payee.account, commission);
        context.event(PoolEvent::CommissionPaid { pool, payee, amount });
    }
    if bond_of(context.state, id.stake_account()).is_some() {
        // Slashed to next to nothing before it was unbonded: what is left goes with the rest.
        for_stake(context, id, LedgerCall::Withdraw)?;
    }
    for account in [id.reward_account(), id.stake_account()] {
        let rest = context.accounts().account(account).free;
        let moved =
            context.accounts().transfer(account, pool.depositor, rest, Survival::AllowDeath)?;
        context.take_dust(moved);
    }
    context.delete(Item::Pools(PoolItem::Pool(id.0)));
    context.delete(Item::Pools(PoolItem::Unbonding(id.0)));
    let mut count = pools(context.state);
    count.living = count.living.saturating_sub(1);
    context.write(Item::Pools(PoolItem::Count), &count);
    context.event(PoolEvent::Dissolved { pool: id });
    Ok(())
}
