//! What JSON-RPC answers about pools, read from the state after the head.
//!
//! What points are worth is asked of the pools themselves. Runs inside the event loop, so what is listed is bounded.

use super::super::backend::Node;
use super::super::view::pools::{PoolMemberView, PoolPartView, PoolView, PoolsView};
use super::staking::{Look, units, within};
use serin_consensus::staking::Perbill;
use serin_consensus::staking::ledger;
use serin_consensus::staking::pools::{self, PoolId, State};
use serin_state::types::{AccountId, Era};

/// Pools that one answer lists.
const POOLS_SHOWN: usize = 256;
/// Numbers of pools that one answer looks at: those of pools that ended are never used again.
const NUMBERS_MAX: u32 = 16_384;

/// `staking_pools`.
pub(crate) fn overview(node: &Node<'_>) -> Result<PoolsView, String> {
    within(node, |context| {
        let count = pools::pools(&*context.state);
        let numbers = context.parameters.pools;
        let ids = (0..count.next.min(NUMBERS_MAX)).map(PoolId);
        PoolsView {
            era: context.now.era.0,
            living: count.living,
            pools_max: numbers.pools_max,
            members: count.members,
            members_max: numbers.members_max,
            min_join_bond: units(numbers.min_join_bond),
            min_create_bond: units(
                numbers.min_create_bond.max(context.parameters.bonding.min_nominator_bond),
            ),
            commission_max_ppb: numbers.commission_max.parts(),
            pools: ids.filter_map(|id| pool_view(context, id)).take(POOLS_SHOWN).collect(),
        }
    })
}

fn pool_view(context: &Look<'_, '_>, id: PoolId) -> Option<PoolView> {
    let pool = pools::counted(context, id)?;
    let stake = id.stake_account();
    let name = |account: Option<AccountId>| account.map(|account| account.to_string());
    let targets = ledger::nominations(&*context.state, stake).map(|row| row.targets);
    let most = context.parameters.pools.commission_max;
    let state = match pool.state {
        State::Open => "open",
        State::Blocked => "blocked",
        State::Destroying => "destroying",
    };
    Some(PoolView {
        pool: id.0,
        state: state.to_owned(),
        depositor: pool.depositor.to_string(),
        root: name(pool.roles.root),
        nominator: name(pool.roles.nominator),
        bouncer: name(pool.roles.bouncer),
        members: pool.members,
        active: units(pools::active(&*context.state, id)),
        points: pool.points.to_string(),
        leaving: units(pools::leaving(&*context.state, id)),
        commission_ppb: pool.commission.share().min(most).parts(),
        commission_payee: name(pool.commission.current.map(|payee| payee.account)),
        commission_most_ppb: pool.commission.most.map(Perbill::parts),
        commission_pending: units(pool.rewards.commission_pending),
        stake_account: stake.to_string(),
        reward_account: id.reward_account().to_string(),
        targets: targets.unwrap_or_default().iter().map(AccountId::to_string).collect(),
    })
}

/// `staking_poolMember`; `None` for an account that is in no pool.
pub(crate) fn member(
    node: &Node<'_>,
    account: AccountId,
) -> Result<Option<PoolMemberView>, String> {
    within(node, |context| member_view(context, account))
}

fn member_view(context: &Look<'_, '_>, account: AccountId) -> Option<PoolMemberView> {
    let state = &*context.state;
    let member = pools::member(state, account)?;
    let pool = pools::pool(state, member.pool)?;
    let part = |(era, points): &(Era, u128)| PoolPartView {
        era: era.0,
        points: points.to_string(),
        worth: units(pools::part_worth(state, member.pool, *era, *points)),
    };
    let share = match member.points {
        0 => Perbill::ZERO,
        points => Perbill::from_rational(points, pool.points),
    };
    Some(PoolMemberView {
        account: account.to_string(),
        pool: member.pool.0,
        era: context.now.era.0,
        points: member.points.to_string(),
        worth: units(pools::balance_of(
            member.points,
            pool.points,
            pools::active(state, member.pool),
        )),
        share_ppb: share.parts(),
        pending: units(pools::pending(context, account).unwrap_or_default()),
        unbonding: member.unbonding.iter().map(part).collect(),
    })
}
