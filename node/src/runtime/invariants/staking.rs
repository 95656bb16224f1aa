//! What holds of staking after every block: bonds are held, rosters and rows name each other, chunks are in order.
//!
//! Bonds are looked for at the accounts of the specification and at all members of the rosters. Everything is read
//! from the rows themselves, page by page, not through the functions that write them.

use super::{Dump, Violation};
use serin_consensus::staking::keys::{KeyOwner, registrations};
use serin_consensus::staking::ledger::{Bond, Candidate, Kind, Nominations};
use serin_consensus::staking::offence::record;
use serin_consensus::staking::pools::{self, Member, Pool, PoolId};
use serin_consensus::staking::reasons::BONDED;
use serin_state::layout::{Item, PoolItem, StateKey};
use serin_state::overlay::read;
use serin_state::types::{Account, AccountId, Balance, Era};
use std::collections::BTreeSet;

/// Eras whose offences are looked for, from the first that is kept: more than any preset keeps.
const ERAS_LOOKED_AT: u32 = 64;

/// Rows of staking, read once.
pub(super) struct Rows {
    pub(super) keys: Vec<StateKey>,
    accounts: BTreeSet<AccountId>,
    rosters: [Vec<AccountId>; 2],
    pools: Vec<PoolId>,
}

impl Rows {
    /// Every key that staking may have in `state`.
    pub(super) fn of(state: &Dump, accounts: &[AccountId]) -> Self {
        let rosters = [Kind::Candidates, Kind::Nominators].map(|kind| kind.members(state));
        let pools: Vec<PoolId> = (0..pools::pools(state).next).map(PoolId).collect();
        let pooled: Vec<AccountId> = pools.iter().map(|pool| pool.stake_account()).collect();
        let accounts: BTreeSet<AccountId> =
            rosters.iter().flatten().chain(accounts).chain(&pooled).copied().collect();
        let mut items = vec![Item::Staking, Item::ActiveEra, Item::Pools(PoolItem::Count)];
        items.extend([Item::Disabled, Item::SlashWork, Item::SlashesDone, Item::OffencesKept]);
        let first: Era = read(state, &Item::OffencesKept.key()).unwrap_or_default();
        let eras = (0..ERAS_LOOKED_AT).map(|later| first.saturating_add(later));
        items.extend(eras.flat_map(|era| record::items_of(state, era)));
        for pool in &pools {
            items.extend([PoolItem::Pool(pool.0), PoolItem::Unbonding(pool.0)].map(Item::Pools));
        }
        for (kind, members) in (0_u8..).zip(&rosters) {
            items.push(Item::RosterLength(kind));
            let most = u32::try_from(members.len()).unwrap_or(u32::MAX);
            items.extend((0..most).map(|page| Item::Roster(kind, page)));
        }
        for account in &accounts {
            items.extend([Item::Bond(*account), Item::Payee(*account)]);
            items.extend([Item::Candidate(*account), Item::Nominator(*account)]);
            items.push(Item::SessionKeys(*account));
            items.push(Item::Pools(PoolItem::Member(*account)));
            let named = registrations(state, *account).into_iter().filter_map(|one| one.keys);
            let keys = named.flat_map(|keys| keys.purposes());
            items.extend(keys.map(|(key, _)| Item::KeyOwner(key)));
        }
        let keys = items.iter().map(Item::key).collect();
        Self { keys, accounts, rosters, pools }
    }

    /// Checks bonds against accounts, and rows against rosters.
    pub(super) fn check(&self, state: &Dump) -> Result<(), Violation> {
        for account in &self.accounts {
            check_bond(state, *account)?;
            check_keys(state, *account)?;
        }
        for pool in &self.pools {
            self.check_pool(state, *pool)?;
        }
        let [candidates, nominators] = &self.rosters;
        let listed: BTreeSet<&AccountId> = candidates.iter().chain(nominators).collect();
        if listed.len() != candidates.len().saturating_add(nominators.len()) {
            return Err(Violation::Roster(
                candidates.first().or(nominators.first()).copied().unwrap_or_default(),
            ));
        }
        for account in &self.accounts {
            let account = *account;
            let candidate: Option<Candidate> = read(state, &Item::Candidate(account).key());
            let nominator: Option<Nominations> = read(state, &Item::Nominator(account).key());
            let is_placed = place_in(candidates, account) == candidate.map(|row| row.place)
                && place_in(nominators, account) == nominator.as_ref().map(|row| row.place);
            let bond: Option<Bond> = read(state, &Item::Bond(account).key());
            let stakes = candidate.is_some() || nominator.is_some();
            let names = nominator.map_or(1, |row| row.targets.len());
            if !is_placed || (stakes && bond.is_none()) || !(1..=24).contains(&names) {
                return Err(Violation::Roster(account));
            }
        }
        Ok(())
    }

    /// The points of a pool are those of its members.
    fn check_pool(&self, state: &Dump, id: PoolId) -> Result<(), Violation> {
        let row = |account: &AccountId| -> Option<Member> {
            read(state, &Item::Pools(PoolItem::Member(*account)).key())
        };
        let members = self.accounts.iter().filter_map(row).filter(|member| member.pool == id);
        let (count, points) = members.fold((0_u32, 0_u128), |(count, points), member| {
            (count.saturating_add(1), points.saturating_add(member.points))
        });
        let pool: Option<Pool> = read(state, &Item::Pools(PoolItem::Pool(id.0)).key());
        if pool.map_or((0, 0), |pool| (pool.members, pool.points)) != (count, points) {
            return Err(Violation::Pool(id));
        }
        Ok(())
    }
}

fn place_in(roster: &[AccountId], account: AccountId) -> Option<u32> {
    let place = roster.iter().position(|member| *member == account)?;
    u32::try_from(place).ok()
}

/// Every key that an account has registered is its own, for one purpose.
fn check_keys(state: &Dump, account: AccountId) -> Result<(), Violation> {
    let named = registrations(state, account).into_iter().filter_map(|one| one.keys);
    for (key, kind) in named.flat_map(|keys| keys.purposes()) {
        let owner: Option<KeyOwner> = read(state, &Item::KeyOwner(key).key());
        if owner != Some(KeyOwner { account, kind }) {
            return Err(Violation::Keys(account));
        }
    }
    Ok(())
}

/// The row of a bond counts what is held, and its parts make the total.
fn check_bond(state: &Dump, account: AccountId) -> Result<(), Violation> {
    let row: Option<Bond> = read(state, &Item::Bond(account).key());
    let bond = row.unwrap_or_default();
    let holder: Account = read(state, &Item::Account(account).key()).unwrap_or_default();
    let held = holder.held_for(BONDED);
    let chunks = bond.unlocking.iter().map(|chunk| chunk.amount);
    let stated = chunks.fold(bond.active, |sum: Balance, amount| sum.saturating_add(amount));
    let ascend = bond.unlocking.iter().zip(bond.unlocking.iter().skip(1));
    let ordered = ascend.into_iter().all(|(one, next)| one.era < next.era)
        && bond.unlocking.iter().all(|chunk| !chunk.amount.is_zero());
    if held != bond.total || stated != bond.total || !ordered {
        return Err(Violation::Bond { account, held, stated });
    }
    Ok(())
}
