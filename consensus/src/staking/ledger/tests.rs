//! The ledger: what calls do, what is refused and changes nothing, and that bonds are what is held, whatever happens.
//!
//! Units are small: the existential deposit is 10, nominators bond 100, candidates 200.

mod intentions;
mod property;
mod slashes;

use super::*;
use crate::staking::reasons::BONDED;
use crate::staking::{Event, Moment, Parameters, Perbill};
use serin_state::balances::Ledger;
use serin_state::layout::StateKey;
use serin_state::overlay::Overlay;
use serin_state::types::{Account, Balance, Era, Slot};
use std::collections::BTreeMap;

const DEPOSIT: Balance = Balance(10);
const BONDING: u32 = 28;

/// Account number `index`.
const fn id(index: u8) -> AccountId {
    AccountId([index; 32])
}

/// A state with accounts of 1,000 units each, and when it is.
struct Stage {
    state: Overlay<BTreeMap<StateKey, Vec<u8>>>,
    parameters: Parameters,
    now: Moment,
}

impl Stage {
    fn new(accounts: u8) -> Self {
        let mut state = Overlay::new(BTreeMap::new());
        for index in 1..=accounts {
            Ledger::new(&mut state, DEPOSIT).mint(id(index), Balance(1_000)).unwrap();
        }
        let mut parameters = Parameters::kusama(6_000);
        parameters.bonding.min_nominator_bond = Balance(100);
        parameters.bonding.min_validator_bond = Balance(200);
        Self { state, parameters, now: Moment::default() }
    }

    fn in_era(&mut self, era: u32) -> &mut Self {
        self.now = Moment { slot: Slot(0), session: 0, era: Era(era), elected: Era(era) };
        self
    }

    fn within<T>(
        &mut self,
        act: impl FnOnce(&mut Context<'_, BTreeMap<StateKey, Vec<u8>>>) -> T,
    ) -> T {
        act(&mut Context::new(&mut self.state, &self.parameters, DEPOSIT, self.now))
    }

    fn run(&mut self, who: u8, call: LedgerCall) -> Result<Vec<Event>, Error> {
        self.state.begin();
        let mut context = Context::new(&mut self.state, &self.parameters, DEPOSIT, self.now);
        let done = apply(&mut context, Origin::Signed(id(who)), call);
        let events = context.events;
        if done.is_ok() {
            self.state.keep();
        } else {
            self.state.discard();
        }
        done.map(|()| events)
    }

    fn done(&mut self, who: u8, call: LedgerCall) -> &mut Self {
        let text = format!("{call:?}");
        let result = self.run(who, call);
        assert!(result.is_ok(), "{who} {text}: {result:?}");
        self
    }

    fn bond(&mut self, who: u8, amount: u128) -> &mut Self {
        self.done(who, LedgerCall::Bond { amount: Balance(amount), payee: Payee::Staked })
    }

    fn unbond(&mut self, who: u8, amount: u128) -> &mut Self {
        self.done(who, LedgerCall::Unbond { amount: Balance(amount) })
    }

    fn candidate(&mut self, who: u8) -> &mut Self {
        self.done(who, LedgerCall::Validate { terms: terms(10, false) })
    }

    fn account(&self, who: u8) -> Account {
        read(&self.state, &Item::Account(id(who)).key()).unwrap_or_default()
    }

    fn row(&self, who: u8) -> (u128, u128, Vec<(u128, u32)>) {
        let bond = bond_of(&self.state, id(who)).unwrap_or_default();
        assert_eq!(bond.total, self.account(who).held_for(BONDED), "{who}");
        let chunks = bond.unlocking.iter().map(|chunk| (chunk.amount.0, chunk.era.0));
        (bond.total.0, bond.active.0, chunks.collect())
    }

    /// Every case is refused with its error, and leaves no trace.
    fn refuses(&mut self, cases: &[(&str, u8, LedgerCall, Error)]) {
        let before = self.state.clone().into_changes();
        for (why, who, call, error) in cases {
            assert_eq!(self.run(*who, call.clone()), Err(*error), "{why}");
            assert_eq!(self.state.clone().into_changes(), before, "{why}");
        }
    }
}

const fn terms(percent: u32, blocked: bool) -> Terms {
    Terms { commission: Perbill::from_percent(percent), blocked }
}

const fn extra(amount: u128) -> LedgerCall {
    LedgerCall::BondExtra { amount: Balance(amount) }
}

const fn unbond(amount: u128) -> LedgerCall {
    LedgerCall::Unbond { amount: Balance(amount) }
}

const fn rebond(amount: u128) -> LedgerCall {
    LedgerCall::Rebond { amount: Balance(amount) }
}

fn nominate(targets: &[u8]) -> LedgerCall {
    LedgerCall::Nominate { targets: targets.iter().map(|index| id(*index)).collect() }
}

#[test]
fn a_bond_is_held_and_can_be_added_to() {
    let mut stage = Stage::new(1);
    stage.bond(1, 500).done(1, extra(490));
    assert_eq!(stage.row(1), (990, 990, vec![]));
    assert_eq!(stage.account(1).free, Balance(10));
    assert_eq!(payee_of(&stage.state, id(1)), Payee::Staked);
    stage.done(1, LedgerCall::SetPayee { payee: Payee::Account(id(9)) });
    assert_eq!(payee_of(&stage.state, id(1)), Payee::Account(id(9)));
}

#[test]
fn what_was_unbonded_is_free_after_the_bonding_duration_and_not_an_era_earlier() {
    let mut stage = Stage::new(1);
    stage.bond(1, 900).in_era(3).unbond(1, 200);
    assert_eq!(stage.row(1), (900, 700, vec![(200, 3 + BONDING)]));
    stage.in_era(2 + BONDING).refuses(&[(
        "an era too early",
        1,
        LedgerCall::Withdraw,
        LedgerError::NothingToWithdraw.into(),
    )]);
    stage.in_era(3 + BONDING).done(1, LedgerCall::Withdraw);
    assert_eq!(stage.row(1), (700, 700, vec![]));
    assert_eq!(stage.account(1).free, Balance(300));
}

#[test]
fn stake_unbonded_after_an_election_waits_for_the_era_it_was_elected_in() {
    let mut stage = Stage::new(1);
    stage.bond(1, 900);
    stage.now = Moment { era: Era(5), elected: Era(6), ..Moment::default() };
    stage.unbond(1, 200);
    assert_eq!(stage.row(1).2, [(200, 6 + BONDING)], "era 6 exposes it");
}

#[test]
fn chunks_of_an_era_are_one_and_are_bonded_again_newest_first() {
    let mut stage = Stage::new(1);
    stage.bond(1, 900).unbond(1, 100).unbond(1, 50).in_era(1).unbond(1, 30);
    let chunks = vec![(150, BONDING), (30, 1 + BONDING)];
    assert_eq!(stage.row(1), (900, 720, chunks));
    stage.done(1, rebond(40));
    assert_eq!(stage.row(1), (900, 760, vec![(140, BONDING)]));
    stage.done(1, rebond(140));
    assert_eq!(stage.row(1), (900, 900, vec![]));
}

#[test]
fn a_rest_below_the_existential_deposit_goes_with_what_is_unbonded() {
    let mut stage = Stage::new(1);
    stage.bond(1, 900).unbond(1, 891);
    assert_eq!(stage.row(1), (900, 0, vec![(900, BONDING)]));
    stage.in_era(BONDING).done(1, LedgerCall::Withdraw);
    assert_eq!(bond_of(&stage.state, id(1)), None, "nothing is left, so the bond has ended");
    assert_eq!(stage.account(1).free, Balance(1_000));
    assert!(!stage.state.clone().into_changes().contains_key(&Item::Bond(id(2)).key()));
}

#[test]
fn due_chunks_make_room_for_a_new_one() {
    let mut stage = Stage::new(1);
    stage.bond(1, 900);
    stage.parameters.bonding.unlocking_max = 3;
    for era in 0..3 {
        stage.in_era(era).unbond(1, 10);
    }
    let full = [("no chunk is due", 1, unbond(10), LedgerError::NoMoreChunks.into())];
    stage.in_era(BONDING - 1).refuses(&full);
    stage.in_era(BONDING + 1).unbond(1, 10);
    let chunks = vec![(10, BONDING + 2), (10, 2 * BONDING + 1)];
    assert_eq!(stage.row(1), (880, 860, chunks));
    assert_eq!(stage.account(1).free, Balance(120));
}

#[test]
fn amounts_and_accounts_that_do_not_fit_are_refused() {
    let mut stage = Stage::new(3);
    stage.bond(1, 500).unbond(1, 100).bond(2, 500);
    let bond = |amount| LedgerCall::Bond { amount: Balance(amount), payee: Payee::None };
    let payee = LedgerCall::SetPayee { payee: Payee::None };
    let reap = |who| LedgerCall::Reap { account: id(who) };
    let not_bonded = Error::Ledger(LedgerError::NotBonded);
    stage.refuses(&[
        ("bonded before", 1, bond(100), LedgerError::AlreadyBonded.into()),
        ("below the existential deposit", 3, bond(9), LedgerError::BelowMinimum.into()),
        ("nothing", 3, bond(0), LedgerError::BelowMinimum.into()),
        ("all of it: the deposit stays free", 3, bond(991), Error::TooLittle),
        ("more than there is", 3, bond(u128::MAX), Error::TooLittle),
        ("an account without tokens", 9, bond(100), Error::TooLittle),
        ("more of nothing", 3, extra(1), not_bonded),
        ("extra of nothing", 1, extra(0), LedgerError::Zero.into()),
        ("extra above what is free", 1, extra(491), Error::TooLittle),
        ("unbonding without a bond", 3, unbond(1), not_bonded),
        ("unbonding nothing", 1, unbond(0), LedgerError::Zero.into()),
        ("unbonding more than is active", 1, unbond(401), LedgerError::AboveActive.into()),
        ("bonding nothing again", 1, rebond(0), LedgerError::Zero.into()),
        ("bonding again more than unbonds", 1, rebond(101), LedgerError::AboveUnbonding.into()),
        ("bonding again where nothing unbonds", 2, rebond(1), LedgerError::NothingUnbonds.into()),
        ("bonding again without a bond", 3, rebond(1), not_bonded),
        ("withdrawing too early", 1, LedgerCall::Withdraw, LedgerError::NothingToWithdraw.into()),
        (
            "withdrawing what is active",
            2,
            LedgerCall::Withdraw,
            LedgerError::NothingToWithdraw.into(),
        ),
        ("withdrawing without a bond", 3, LedgerCall::Withdraw, not_bonded),
        ("a payee without a bond", 3, payee, not_bonded),
        ("reaping a bond worth keeping", 3, reap(1), LedgerError::NotReapable.into()),
        ("reaping nothing", 1, reap(3), not_bonded),
    ]);
}

#[test]
fn only_accounts_have_bonds() {
    let mut stage = Stage::new(1);
    let origins = [Origin::Root, Origin::Admin, Origin::Other];
    for origin in origins {
        let done = stage.within(|context| apply(context, origin, LedgerCall::Chill));
        assert_eq!(done, Err(Error::BadOrigin), "{origin:?}");
    }
}

#[test]
fn a_reward_is_bonded_on_top_or_given_back() {
    let mut stage = Stage::new(2);
    stage.bond(1, 500);
    let reward = |stage: &mut Stage, to: u8| {
        stage.within(|context| {
            context.accounts().mint(id(3), Balance(100)).unwrap();
            let taken = context.accounts().withdraw(
                id(3),
                Balance(60),
                serin_state::balances::Survival::KeepAlive,
            );
            let refused = compound(context, id(to), taken.unwrap());
            refused.map_err(|credit| {
                let amount = credit.amount();
                context.accounts().burn_credit(credit);
                amount
            })
        })
    };
    assert_eq!(reward(&mut stage, 1), Ok(()));
    assert_eq!(stage.row(1), (560, 560, vec![]));
    assert_eq!(stage.account(1).free, Balance(500));
    assert_eq!(reward(&mut stage, 2), Err(Balance(60)), "no bond to add to");
}
