//! Money of pools: what is active, what came in, and paying it out.
//!
//! Rewards are counted as a sum for one point since the pool began, so that paying one member touches no other. The
//! counter is brought up to date ([`record`]) before points change and before anybody is paid.

use super::{Member, Pool, PoolError, PoolEvent, PoolId, balance_of, member, pool, unbonding};
use crate::staking::ledger::{self, LedgerCall, bond_of};
use crate::staking::perbill::mul_div;
use crate::staking::{Context, Error, Origin, Perbill};
use serin_state::balances::Survival;
use serin_state::layout::{Item, PoolItem};
use serin_state::overlay::StateRead;
use serin_state::types::{Account, AccountId, Balance, Era};

/// One, in the counter of rewards.
const ONE: u128 = 1_000_000_000_000_000_000;

/// What of a pool's bond is active: what its points share.
#[must_use]
pub fn active(state: &(impl StateRead + ?Sized), id: PoolId) -> Balance {
    bond_of(state, id.stake_account()).map_or(Balance::ZERO, |bond| bond.active)
}

/// What of a pool unbonds or waits to be withdrawn.
#[must_use]
pub fn leaving(state: &(impl StateRead + ?Sized), id: PoolId) -> Balance {
    let bond = bond_of(state, id.stake_account()).unwrap_or_default();
    let unbonding = unbonding(state, id);
    let parts = unbonding.parts.iter().map(|(_, part)| part).chain([&unbonding.merged]);
    let freed = parts.filter_map(|part| part.freed);
    bond.unlocking
        .iter()
        .map(|chunk| chunk.amount)
        .chain(freed)
        .fold(Balance::ZERO, Balance::saturating_add)
}

/// What `points` of the part that unbonds until `era` are worth now.
#[must_use]
pub fn part_worth(
    state: &(impl StateRead + ?Sized),
    id: PoolId,
    era: Era,
    points: u128,
) -> Balance {
    let unbonding = unbonding(state, id);
    let known = unbonding.parts.iter().find(|(until, _)| *until == era);
    let part = known.map_or(&unbonding.merged, |(_, part)| part);
    let amount = part.freed.unwrap_or_else(|| {
        // Not free yet: the chunk of the pool's bond, with what slashes have left of it.
        let bond = bond_of(state, id.stake_account()).unwrap_or_default();
        let chunk = bond.unlocking.iter().find(|chunk| chunk.era == era);
        chunk.map_or(Balance::ZERO, |chunk| chunk.amount)
    });
    balance_of(points, part.points, amount)
}

/// The rewards that `account` would be paid now; `None` for one that is in no pool.
#[must_use]
pub fn pending<R: StateRead>(context: &Context<'_, R>, account: AccountId) -> Option<Balance> {
    let member = member(context.state, account)?;
    Some(owed(&counted(context, member.pool)?, &member))
}

/// A pool with everything counted that has come in for it; `None` where there is none. Changes nothing.
#[must_use]
pub fn counted<R: StateRead>(context: &Context<'_, R>, id: PoolId) -> Option<Pool> {
    let mut pool = pool(context.state, id)?;
    let rewards: Account = context.read(Item::Account(id.reward_account())).unwrap_or_default();
    let free = rewards.free.saturating_sub(context.existential_deposit);
    pool.count(free, context.parameters.pools.commission_max);
    Some(pool)
}

pub(super) fn known<R: StateRead>(context: &Context<'_, R>, id: PoolId) -> Result<Pool, Error> {
    pool(context.state, id).ok_or(Error::Pools(PoolError::UnknownPool))
}

/// A member and its pool.
pub(super) fn membership<R: StateRead>(
    context: &Context<'_, R>,
    who: AccountId,
) -> Result<(Member, Pool), Error> {
    let member = member(context.state, who).ok_or(PoolError::NotMember)?;
    let pool = known(context, member.pool)?;
    Ok((member, pool))
}

impl Pool {
    /// Counts what came in, where `balance` is there to be paid and the chain allows a commission of `most`.
    fn count(&mut self, balance: Balance, most: Perbill) {
        let rewards = &mut self.rewards;
        let ever =
            balance.saturating_add(rewards.claimed).saturating_add(rewards.commission_claimed);
        let came = ever.saturating_sub(rewards.recorded);
        let commission = self.commission.share().min(most).of(came);
        rewards.recorded = rewards.recorded.saturating_add(came);
        rewards.commission_pending = rewards.commission_pending.saturating_add(commission);
        if self.points > 0 {
            let each = mul_div(came.saturating_sub(commission).0, ONE, self.points);
            rewards.counter = rewards.counter.saturating_add(each);
        }
    }
}

/// Counts what came in since the last time.
pub(super) fn record<R: StateRead>(context: &mut Context<'_, R>, id: PoolId, pool: &mut Pool) {
    let free = context.accounts().account(id.reward_account()).free;
    let most = context.parameters.pools.commission_max;
    pool.count(free.saturating_sub(context.existential_deposit), most);
}

fn owed(pool: &Pool, member: &Member) -> Balance {
    let each = pool.rewards.counter.saturating_sub(member.counter);
    Balance(mul_div(each, member.points, ONE))
}

/// Pays a member its rewards into `to`, and writes both rows; how much it was.
pub(super) fn pay<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    to: AccountId,
) -> Result<Balance, Error> {
    let (mut member, mut pool) = membership(context, who)?;
    let id = member.pool;
    record(context, id, &mut pool);
    let amount = owed(&pool, &member);
    member.counter = pool.rewards.counter;
    pool.rewards.claimed = pool.rewards.claimed.saturating_add(amount);
    if !amount.is_zero() {
        transfer(context, id.reward_account(), to, amount)?;
        context.event(PoolEvent::Paid { pool: id, member: who, amount });
    }
    context.write(Item::Pools(PoolItem::Pool(id.0)), &pool);
    context.write(Item::Pools(PoolItem::Member(who)), &member);
    Ok(amount)
}

/// Moves tokens of or to a pool; the payer stays alive.
pub(super) fn transfer<R: StateRead>(
    context: &mut Context<'_, R>,
    from: AccountId,
    to: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    let dust = context.accounts().transfer(from, to, amount, Survival::KeepAlive)?;
    context.take_dust(dust);
    Ok(())
}

/// Runs a call of the ledger for the pool's bond.
pub(super) fn for_stake<R: StateRead>(
    context: &mut Context<'_, R>,
    id: PoolId,
    call: LedgerCall,
) -> Result<(), Error> {
    ledger::apply(context, Origin::Signed(id.stake_account()), call)
}
