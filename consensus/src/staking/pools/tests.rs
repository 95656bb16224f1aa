//! Pools: money by hand, refusals, promises, and random traffic that never makes or loses a unit.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

mod promises;
mod traffic;

use super::*;
use crate::staking::ledger::{self, LedgerCall, LedgerError, Terms, bond_of, nominations};
use crate::staking::{Event, Moment, Parameters, Perbill};
use serin_state::balances::Ledger;
use serin_state::overlay::Overlay;
use serin_state::types::{Balance, Era, Slot};
use std::collections::BTreeMap;

type Base = BTreeMap<serin_state::layout::StateKey, Vec<u8>>;

const DEPOSIT: Balance = Balance(10);
const FIRST: PoolId = PoolId(0);
/// Creates the first pool and has all roles in it.
const OWNER: u8 = 1;

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn parameters() -> Parameters {
    let mut parameters = Parameters::kusama(6_000);
    parameters.bonding.bonding_eras = 4;
    parameters.bonding.min_nominator_bond = Balance(50);
    parameters.bonding.min_validator_bond = Balance(100);
    parameters.pools.min_create_bond = Balance(100);
    parameters.pools.min_join_bond = Balance(20);
    parameters
}

/// A chain with pools, at some era.
struct Chain {
    state: Overlay<Base>,
    parameters: Parameters,
    now: Moment,
}

impl Chain {
    /// Accounts 1 to 9 with 10,000 units each; 9 validates.
    fn new() -> Self {
        let mut state = Overlay::new(Base::new());
        for number in 1..=9 {
            Ledger::new(&mut state, DEPOSIT).mint(account(number), Balance(10_000)).unwrap();
        }
        let now = Moment { slot: Slot(0), session: 0, era: Era(0), elected: Era(0) };
        let mut chain = Self { state, parameters: parameters(), now };
        let terms = Terms { commission: Perbill::from_percent(10), blocked: false };
        let payee = ledger::Payee::Staked;
        for call in
            [LedgerCall::Bond { amount: Balance(500), payee }, LedgerCall::Validate { terms }]
        {
            chain.act(|context| ledger::apply(context, Origin::Signed(account(9)), call)).unwrap();
        }
        chain
    }

    /// With the pool of [`OWNER`], who has bonded `amount`.
    fn with_pool(amount: u128) -> Self {
        let mut chain = Self::new();
        let owner = Some(account(OWNER));
        let roles = Roles { root: owner, nominator: owner, bouncer: owner };
        chain.ok(OWNER, PoolCall::Create { amount: Balance(amount), roles });
        chain
    }

    fn act<T>(
        &mut self,
        action: impl FnOnce(&mut Context<'_, Base>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.state.begin();
        let mut context = Context::new(&mut self.state, &self.parameters, DEPOSIT, self.now);
        let done = action(&mut context);
        let dust = context.dust;
        if done.is_ok() {
            Ledger::new(&mut self.state, DEPOSIT).burn_credit(dust);
            self.state.keep();
        } else {
            Ledger::new(&mut self.state, DEPOSIT).burn_credit(dust);
            self.state.discard();
        }
        done
    }

    fn call(&mut self, who: u8, call: PoolCall) -> Result<Vec<Event>, Error> {
        self.act(|context| {
            apply(context, Origin::Signed(account(who)), call)?;
            Ok(context.events.clone())
        })
    }

    fn ok(&mut self, who: u8, call: PoolCall) -> Vec<Event> {
        self.call(who, call).unwrap()
    }

    fn join(&mut self, who: u8, amount: u128) {
        self.ok(who, PoolCall::Join { pool: FIRST, amount: Balance(amount) });
    }

    fn unbond(&mut self, who: u8, points: u128) {
        self.ok(who, PoolCall::Unbond { member: account(who), points });
    }

    fn withdraw(&mut self, who: u8) -> u128 {
        let before = self.free(account(who));
        let member = member(&self.state, account(who)).unwrap();
        let due = member.unbonding.iter().filter(|(era, _)| *era <= self.now.era);
        let worth = |(era, points): &(Era, u128)| part_worth(&self.state, FIRST, *era, *points).0;
        let expected: u128 = due.map(worth).sum();
        let left = leaving(&self.state, FIRST);
        self.ok(who, PoolCall::Withdraw { member: account(who) });
        let paid = self.free(account(who)) - before;
        if pool(&self.state, FIRST).is_some() {
            assert_eq!(paid, expected, "what its parts were said to be worth");
            assert_eq!(leaving(&self.state, FIRST).0 + paid, left.0, "and as much less waits");
        }
        paid
    }

    fn claim(&mut self, who: u8) -> u128 {
        let before = self.free(account(who));
        self.ok(who, PoolCall::Claim { member: account(who) });
        self.free(account(who)) - before
    }

    fn reward(&mut self, amount: u128) {
        let rewards = FIRST.reward_account();
        Ledger::new(&mut self.state, DEPOSIT).mint(rewards, Balance(amount)).unwrap();
    }

    fn slash(&mut self, amount: u128, era: Era) {
        self.act(|context| {
            let taken = ledger::slash(context, FIRST.stake_account(), Balance(amount), era);
            context.take_dust(taken);
            Ok(())
        })
        .unwrap();
    }

    fn free(&mut self, who: AccountId) -> u128 {
        Ledger::new(&mut self.state, DEPOSIT).account(who).free.0
    }

    fn pool(&self) -> Pool {
        pool(&self.state, FIRST).unwrap()
    }

    fn issuance(&mut self) -> u128 {
        Ledger::new(&mut self.state, DEPOSIT).issuance().0
    }

    fn at(&mut self, era: u32) {
        self.now.era = Era(era);
        self.now.elected = Era(era);
    }

    /// What must hold after every call.
    fn check(&mut self) {
        let members: Vec<Member> =
            (1..=9).filter_map(|number| member(&self.state, account(number))).collect();
        assert_eq!(pools(&self.state).members, u32::try_from(members.len()).unwrap());
        let accounts: Vec<AccountId> = (1..=9).map(account).collect();
        let all = accounts.into_iter().chain([FIRST.stake_account(), FIRST.reward_account()]);
        let total: u128 =
            all.map(|who| Ledger::new(&mut self.state, DEPOSIT).account(who).total().0).sum();
        assert_eq!(total, self.issuance(), "every unit is in an account");
        let Some(pool) = pool(&self.state, FIRST) else {
            assert_eq!((members.len(), pools(&self.state).living), (0, 0));
            return;
        };
        assert_eq!(pool.members, u32::try_from(members.len()).unwrap());
        assert_eq!(pool.points, members.iter().map(|one| one.points).sum::<u128>());
        let unbonding = unbonding(&self.state, FIRST);
        let bond = bond_of(&self.state, FIRST.stake_account()).unwrap_or_default();
        let mut freed = unbonding.merged.freed.unwrap_or_default().0;
        let mut points = unbonding.merged.points;
        for (era, part) in &unbonding.parts {
            let of_era = members.iter().flat_map(|one| &one.unbonding).filter(|(at, _)| at == era);
            assert_eq!(part.points, of_era.map(|(_, points)| points).sum::<u128>(), "{era:?}");
            let chunk = bond.unlocking.iter().find(|chunk| chunk.era == *era);
            assert!(part.freed.is_none() || chunk.is_none(), "{era:?} is free or unbonds");
            freed += part.freed.unwrap_or_default().0;
            points += part.points;
        }
        let all = members.iter().flat_map(|one| &one.unbonding).map(|(_, points)| points);
        assert_eq!(points, all.sum::<u128>(), "parts that are merged too");
        let free = self.free(FIRST.stake_account());
        assert!(free >= DEPOSIT.0 + freed, "what is free is there: {free} of {freed}");
        let mut copy = self.state.clone();
        let context = Context::new(&mut copy, &self.parameters, DEPOSIT, self.now);
        let owed: u128 = (1..=9)
            .filter_map(|number| pending(&context, account(number)))
            .map(|amount| amount.0)
            .sum();
        let rewards = self.free(FIRST.reward_account());
        let rewards = rewards - DEPOSIT.0;
        assert!(owed + pool.rewards.commission_pending.0 <= rewards, "rewards are there");
    }
}

fn refused(error: PoolError) -> Result<Vec<Event>, Error> {
    Err(Error::Pools(error))
}

#[test]
fn a_pool_lives_from_its_deposit_to_the_last_withdrawal() {
    let mut chain = Chain::new();
    let before = chain.issuance();
    let roles = Roles { root: Some(account(OWNER)), ..Roles::default() };
    chain.ok(OWNER, PoolCall::Create { amount: Balance(100), roles });
    assert_eq!(chain.free(account(OWNER)), 10_000 - 100 - 20, "and a deposit for each account");
    chain.join(2, 300);
    assert_eq!(active(&chain.state, FIRST), Balance(400));
    chain.ok(OWNER, PoolCall::Nominate { pool: FIRST, targets: vec![account(9)] });
    assert!(nominations(&chain.state, FIRST.stake_account()).is_some());

    chain.at(3);
    chain.unbond(2, 300);
    chain.check();
    chain.at(6);
    let early = chain.call(2, PoolCall::Withdraw { member: account(2) });
    assert_eq!(early, refused(PoolError::NothingToWithdraw));
    chain.at(7);
    assert_eq!(chain.withdraw(2), 300, "after four eras");
    assert_eq!(member(&chain.state, account(2)), None);

    chain.ok(OWNER, PoolCall::SetState { pool: FIRST, state: State::Destroying });
    chain.unbond(OWNER, 100);
    assert!(nominations(&chain.state, FIRST.stake_account()).is_none(), "too little to nominate");
    chain.at(11);
    chain.withdraw(OWNER);
    assert_eq!(chain.free(account(OWNER)), 10_000, "deposits and all came back");
    assert_eq!((chain.issuance(), pool(&chain.state, FIRST)), (before, None));
    assert_eq!(bond_of(&chain.state, FIRST.stake_account()), None);
    assert_eq!(pools(&chain.state), Pools { next: 1, living: 0, members: 0 });
    chain.check();
}

#[test]
fn rewards_go_by_points_and_by_when_one_joined() {
    let mut chain = Chain::with_pool(100);
    chain.join(2, 300);
    chain.reward(40);
    chain.join(3, 400);
    chain.reward(80);
    // 1: 10 + 10, 2: 30 + 30, 3: 0 + 40.
    assert_eq!([OWNER, 2, 3].map(|who| chain.claim(who)), [20, 60, 40]);
    let again = chain.call(2, PoolCall::Claim { member: account(2) });
    assert_eq!(again, refused(PoolError::NothingToClaim));
    chain.reward(8);
    chain.ok(2, PoolCall::Compound);
    assert_eq!(member(&chain.state, account(2)).unwrap().points, 303, "three of eight, bonded");
    let before = chain.free(account(3));
    chain.unbond(3, 100);
    assert_eq!(chain.free(account(3)) - before, 4, "what was earned is paid before points change");
    chain.check();
}

#[test]
fn a_commission_is_taken_of_rewards_to_come() {
    let mut chain = Chain::with_pool(100);
    let set = |percent| PoolCall::SetCommission {
        pool: FIRST,
        share: Perbill::from_percent(percent),
        payee: account(8),
    };
    chain.reward(50);
    chain.ok(OWNER, set(10));
    chain.reward(100);
    assert_eq!(chain.claim(OWNER), 50 + 90);
    let claim = PoolCall::ClaimCommission { pool: FIRST };
    assert_eq!(chain.call(7, claim.clone()), refused(PoolError::NotPermitted));
    let before = chain.free(account(8));
    chain.ok(8, claim.clone());
    assert_eq!(chain.free(account(8)) - before, 10);
    assert_eq!(chain.call(8, claim), refused(PoolError::NothingToClaim));
    assert_eq!(chain.call(OWNER, set(11)), refused(PoolError::CommissionAboveGlobal));
    assert_eq!(chain.call(2, set(1)), refused(PoolError::NotPermitted));
    chain.check();
}

#[test]
fn a_lower_bound_of_the_chain_holds_for_commissions_that_were_set_before() {
    let mut chain = Chain::with_pool(100);
    let set = |percent| PoolCall::SetCommission {
        pool: FIRST,
        share: Perbill::from_percent(percent),
        payee: account(8),
    };
    chain.ok(OWNER, set(10));
    chain.parameters.pools.commission_max = Perbill::from_percent(4);
    chain.reward(100);
    assert_eq!(chain.claim(OWNER), 96);
    assert_eq!(chain.call(OWNER, set(5)), refused(PoolError::CommissionAboveGlobal));
    chain.ok(OWNER, set(4));
    chain.check();
}

#[test]
fn a_slash_is_borne_by_what_is_active_and_what_unbonds() {
    let mut chain = Chain::with_pool(100);
    chain.join(2, 300);
    chain.join(3, 400);
    chain.at(2);
    chain.unbond(3, 400);
    // Exposed in era 2: 400 active and 400 that unbond. A quarter of all goes.
    chain.slash(200, Era(2));
    assert_eq!(active(&chain.state, FIRST), Balance(300));
    chain.check();
    chain.join(4, 300);
    let joined = member(&chain.state, account(4)).unwrap();
    assert_eq!(joined.points, 400, "a point is worth three quarters of a unit");
    chain.at(6);
    assert_eq!(chain.withdraw(3), 300, "three quarters of 400");
    chain.unbond(2, 300);
    chain.unbond(4, 400);
    chain.at(10);
    assert_eq!([chain.withdraw(2), chain.withdraw(4)], [225, 300]);
    chain.check();
}

#[test]
fn what_was_freed_is_not_slashed_and_old_parts_are_merged() {
    let mut chain = Chain::with_pool(100);
    for (who, era) in [(2, 0), (3, 1), (4, 2)] {
        chain.at(era);
        chain.join(who, 100);
        chain.unbond(who, 100);
        chain.check();
    }
    chain.at(5);
    chain.join(5, 100);
    chain.unbond(5, 50);
    let parts = unbonding(&chain.state, FIRST);
    assert_eq!(parts.parts[0], (Era(4), Part { points: 100, freed: Some(Balance(100)) }));
    assert_eq!(parts.parts[2], (Era(6), Part { points: 100, freed: None }));
    chain.slash(1_000, Era(5));
    chain.at(9);
    assert_eq!(chain.withdraw(2), 100);
    let parts = unbonding(&chain.state, FIRST);
    assert_eq!(parts.merged, Part { points: 100, freed: Some(Balance(100)) }, "eras 4 and 5");
    assert_eq!(chain.withdraw(3), 100);
    chain.unbond(5, 50);
    assert_eq!(chain.withdraw(4), 0, "all that was bonded or unbonding is gone");
    assert_eq!(chain.withdraw(5), 0);
    chain.check();
}

#[test]
fn what_pools_refuse() {
    let mut chain = Chain::with_pool(200);
    chain.join(2, 100);
    let id = FIRST;
    let roles = Roles::default();
    let unknown = PoolId(7);
    let me = |points| PoolCall::Unbond { member: account(2), points };
    #[rustfmt::skip]
    let cases = [
        ("a member creates", 2, PoolCall::Create { amount: Balance(500), roles }, PoolError::AlreadyMember),
        ("a small deposit", 3, PoolCall::Create { amount: Balance(99), roles }, PoolError::BelowMinimum),
        ("no such pool", 3, PoolCall::Join { pool: unknown, amount: Balance(50) }, PoolError::UnknownPool),
        ("twice in a pool", 2, PoolCall::Join { pool: id, amount: Balance(50) }, PoolError::AlreadyMember),
        ("a small bond", 3, PoolCall::Join { pool: id, amount: Balance(19) }, PoolError::BelowMinimum),
        ("nothing more", 2, PoolCall::BondExtra { amount: Balance(0) }, PoolError::Zero),
        ("not in a pool", 3, PoolCall::BondExtra { amount: Balance(5) }, PoolError::NotMember),
        ("no rewards", 2, PoolCall::Compound, PoolError::NothingToClaim),
        ("no points", 2, me(0), PoolError::Zero),
        ("more than all", 2, me(101), PoolError::AbovePoints),
        ("a rest below the minimum", 2, me(81), PoolError::BelowMinimum),
        ("a part of another", OWNER, me(50), PoolError::PartialByOther),
        ("another, in an open pool", OWNER, me(100), PoolError::NotPermitted),
        ("the depositor, first", OWNER, PoolCall::Unbond { member: account(OWNER), points: 200 },
         PoolError::DepositorLeavesLast),
        ("the depositor's rest", OWNER, PoolCall::Unbond { member: account(OWNER), points: 101 },
         PoolError::BelowMinimum),
        ("nothing is due", 2, PoolCall::Withdraw { member: account(2) }, PoolError::NothingToWithdraw),
        ("no role to nominate", 2, PoolCall::Nominate { pool: id, targets: vec![account(9)] },
         PoolError::NotPermitted),
        ("no role to chill", 2, PoolCall::Chill { pool: id }, PoolError::NotPermitted),
        ("no role to block", 2, PoolCall::SetState { pool: id, state: State::Blocked }, PoolError::NotPermitted),
        ("open as it is", OWNER, PoolCall::SetState { pool: id, state: State::Open },
         PoolError::CannotChangeState),
        ("no role to give roles", 2, PoolCall::SetRoles { pool: id, roles }, PoolError::NotPermitted),
        ("no commission", OWNER, PoolCall::ClaimCommission { pool: id }, PoolError::NoCommission),
    ];
    for (why, who, call, error) in cases {
        let before = chain.pool();
        assert_eq!(chain.call(who, call), refused(error), "{why}");
        assert_eq!(chain.pool(), before, "{why}");
    }
    let nobody = chain.call(OWNER, PoolCall::Nominate { pool: id, targets: vec![account(2)] });
    assert_eq!(nobody, Err(Error::Ledger(LedgerError::UnknownTarget)), "as the ledger refuses");
    let other = chain.act(|context| apply(context, Origin::Other, PoolCall::Compound));
    assert_eq!(other, Err(Error::BadOrigin));
    chain.parameters.pools.pools_max = 1;
    chain.parameters.pools.members_max = 2;
    let call = PoolCall::Create { amount: Balance(500), roles };
    assert_eq!(chain.call(3, call), refused(PoolError::TooManyPools));
    let call = PoolCall::Join { pool: id, amount: Balance(50) };
    assert_eq!(chain.call(3, call), refused(PoolError::TooManyMembers));
}

#[test]
fn who_may_remove_whom_depends_on_the_state() {
    let mut chain = Chain::with_pool(200);
    for who in [2, 3, 4] {
        chain.join(who, 100);
    }
    let remove = |who| PoolCall::Unbond { member: account(who), points: 100 };
    chain.ok(OWNER, PoolCall::SetState { pool: FIRST, state: State::Blocked });
    let join = PoolCall::Join { pool: FIRST, amount: Balance(50) };
    assert_eq!(chain.call(5, join.clone()), refused(PoolError::NotOpen));
    assert_eq!(chain.call(3, remove(2)), refused(PoolError::NotPermitted));
    chain.ok(OWNER, remove(2));
    chain.ok(3, PoolCall::BondExtra { amount: Balance(5) });
    chain.unbond(3, 5);
    chain.ok(OWNER, PoolCall::SetState { pool: FIRST, state: State::Destroying });
    let more = PoolCall::BondExtra { amount: Balance(5) };
    assert_eq!(chain.call(3, more), refused(PoolError::NotOpen));
    let open = PoolCall::SetState { pool: FIRST, state: State::Open };
    assert_eq!(chain.call(OWNER, open), refused(PoolError::CannotChangeState));
    chain.ok(8, remove(3));
    let depositor = PoolCall::Unbond { member: account(OWNER), points: 200 };
    assert_eq!(chain.call(8, depositor.clone()), refused(PoolError::DepositorLeavesLast));
    assert_eq!(chain.call(OWNER, depositor.clone()), refused(PoolError::DepositorLeavesLast));
    chain.unbond(4, 100);
    chain.at(4);
    for member in [2, 3, 4].map(account) {
        chain.ok(8, PoolCall::Withdraw { member });
    }
    chain.ok(OWNER, depositor);
    chain.check();
}

#[test]
fn a_pool_whose_points_are_worth_little_takes_nobody_and_anybody_ends_it() {
    let mut chain = Chain::with_pool(1_000);
    chain.slash(899, Era(0));
    chain.join(2, 20);
    chain.slash(21, Era(0));
    let join = PoolCall::Join { pool: FIRST, amount: Balance(50) };
    assert_eq!(chain.call(3, join), refused(PoolError::PointsTooCheap));
    let open = PoolCall::SetState { pool: FIRST, state: State::Blocked };
    assert_eq!(chain.call(3, open), refused(PoolError::NotPermitted));
    chain.ok(3, PoolCall::SetState { pool: FIRST, state: State::Destroying });
    chain.ok(3, PoolCall::Unbond { member: account(2), points: 198 });
    chain.check();
}

#[test]
fn a_pool_that_lost_all_can_still_be_left() {
    let mut chain = Chain::with_pool(100);
    chain.join(2, 100);
    chain.slash(200, Era(0));
    chain.unbond(2, 100);
    assert_eq!(chain.withdraw(2), 0);
    chain.ok(OWNER, PoolCall::SetState { pool: FIRST, state: State::Destroying });
    chain.unbond(OWNER, 100);
    chain.withdraw(OWNER);
    assert_eq!(chain.free(account(OWNER)), 10_000 - 100, "the deposits came back");
    assert_eq!(bond_of(&chain.state, FIRST.stake_account()), None);
    chain.check();
}

#[test]
fn the_root_of_the_chain_gives_roles() {
    let mut chain = Chain::with_pool(100);
    let roles = Roles { root: Some(account(5)), ..Roles::default() };
    chain
        .act(|context| apply(context, Origin::Root, PoolCall::SetRoles { pool: FIRST, roles }))
        .unwrap();
    assert_eq!(chain.pool().roles, roles);
    let call = PoolCall::SetRoles { pool: FIRST, roles: Roles::default() };
    assert_eq!(chain.call(OWNER, call.clone()), refused(PoolError::NotPermitted));
    chain.ok(5, call);
}
