//! Balances: a table of single operations with reasons, and random sequences against a naive model.
//!
//! The model restates the rules on plain signed numbers and shares no code with the ledger.

mod model;

use super::*;
use crate::layout::StateKey;
use crate::types::{Bound, Nonce};
use std::collections::BTreeMap;

type State = Overlay<BTreeMap<StateKey, Vec<u8>>>;

const DEPOSIT: Balance = Balance(10);
const A: AccountId = AccountId([1; 32]);
const B: AccountId = AccountId([2; 32]);
const STAKING: Reason = Reason(1);
const VOTING: Reason = Reason(2);

fn ledger(state: &mut State) -> Ledger<'_, BTreeMap<StateKey, Vec<u8>>> {
    Ledger::new(state, DEPOSIT)
}

fn with(state: &mut State, id: AccountId, free: u128) {
    ledger(state).mint(id, Balance(free)).unwrap();
}

fn empty() -> State {
    Overlay::new(BTreeMap::new())
}

#[test]
fn a_transfer_moves_the_amount_or_says_why_not() {
    use BalanceError::{BelowExistentialDeposit, TooLittle};
    use Survival::{AllowDeath, KeepAlive};
    let little =
        |spendable, asked| TooLittle { spendable: Balance(spendable), asked: Balance(asked) };
    let below = BelowExistentialDeposit { existential_deposit: DEPOSIT };
    #[rustfmt::skip]
    let cases = [
        // why, A has, B has, amount, survival, dust or error, A after, B after
        ("an ordinary payment",               100, 50, 30, KeepAlive,  Ok(0),  70, 80),
        ("down to the deposit exactly",       100, 50, 90, KeepAlive,  Ok(0),  10, 140),
        ("one below the deposit",             100, 50, 91, KeepAlive,  Err(little(90, 91)), 100, 50),
        ("one below, death allowed",          100, 50, 91, AllowDeath, Ok(9),  0, 141),
        ("everything, death allowed",         100, 50, 100, AllowDeath, Ok(0), 0, 150),
        ("more than there is",                100, 50, 101, AllowDeath, Err(little(100, 101)), 100, 50),
        ("to a new account, enough",          100, 0, 10, KeepAlive,   Ok(0),  90, 10),
        ("to a new account, too little",      100, 0, 9, KeepAlive,    Err(below), 100, 0),
        ("nothing, to a living account",      100, 50, 0, KeepAlive,   Ok(0),  100, 50),
        ("nothing, to a new account",         100, 0, 0, KeepAlive,    Err(below), 100, 0),
    ];
    for (why, a, b, amount, survival, result, a_after, b_after) in cases {
        let mut state = empty();
        with(&mut state, A, a);
        if b > 0 {
            with(&mut state, B, b);
        }
        let mut ledger = ledger(&mut state);
        let moved = ledger.transfer(A, B, Balance(amount), survival);
        assert_eq!(moved.map(|dust| dust.amount().0), result, "{why}");
        assert_eq!(ledger.account(A).free, Balance(a_after), "{why}: payer");
        assert_eq!(ledger.account(B).free, Balance(b_after), "{why}: receiver");
        assert_eq!(ledger.issuance(), Balance(a + b), "{why}: dust stays in the issuance");
    }
}

#[test]
fn a_transfer_to_oneself_moves_nothing_and_needs_the_amount() {
    let mut state = empty();
    with(&mut state, A, 100);
    let mut ledger = ledger(&mut state);
    assert_eq!(ledger.transfer(A, A, Balance(100), Survival::AllowDeath), Ok(Credit::zero()));
    assert!(ledger.transfer(A, A, Balance(101), Survival::AllowDeath).is_err());
    assert_eq!(ledger.account(A).free, Balance(100));
}

#[test]
fn freezes_overlap_each_other_and_the_holds() {
    #[rustfmt::skip]
    let cases = [
        // why, held, frozen for two reasons, spendable if it must live, spendable if it may die
        ("nothing bound",                      0, [0, 0],     90, 100),
        ("a freeze below the deposit",         0, [5, 0],     90, 90),
        ("the larger freeze counts",           0, [30, 60],   40, 40),
        ("a hold covers the freeze",          60, [50, 60],   30, 30),
        ("a hold covers part of the freeze",  40, [70, 0],    30, 30),
        ("all frozen",                         0, [100, 100], 0, 0),
    ];
    for (why, held, frozen, alive, dead) in cases {
        let mut state = empty();
        with(&mut state, A, 100);
        let mut ledger = ledger(&mut state);
        ledger.hold(A, STAKING, Balance(held)).unwrap();
        for (reason, amount) in [STAKING, VOTING].into_iter().zip(frozen) {
            assert_eq!(ledger.set_freeze(A, reason, Balance(amount)), Ok(Credit::zero()), "{why}");
        }
        assert_eq!(ledger.spendable(A, Survival::KeepAlive), Balance(alive), "{why}: must live");
        assert_eq!(ledger.spendable(A, Survival::AllowDeath), Balance(dead), "{why}: may die");
    }
}

#[test]
fn a_slash_may_leave_the_freeze_above_the_total_and_it_then_binds_all() {
    let mut state = empty();
    with(&mut state, A, 100);
    let mut ledger = ledger(&mut state);
    ledger.hold(A, STAKING, Balance(90)).unwrap();
    assert_eq!(ledger.set_freeze(A, VOTING, Balance(100)), Ok(Credit::zero()));
    let taken = ledger.slash(A, STAKING, Balance(1_000));
    assert_eq!(taken.amount(), Balance(90), "no more than is held");
    assert_eq!(ledger.account(A).frozen(), Balance(100));
    assert_eq!(ledger.account(A).total(), Balance(10));
    assert_eq!(ledger.spendable(A, Survival::AllowDeath), Balance(0));
    let raised = ledger.set_freeze(A, VOTING, Balance(101));
    assert!(matches!(raised, Err(BalanceError::FreezeAboveTotal { .. })), "not higher still");
    assert_eq!(ledger.set_freeze(A, VOTING, Balance(60)), Ok(Credit::zero()), "lower is allowed");
    ledger.burn_credit(taken);
    assert_eq!(ledger.issuance(), Balance(10));
}

#[test]
fn the_nonce_of_an_account_that_signed_outlives_it() {
    let mut state = empty();
    with(&mut state, A, 100);
    with(&mut state, B, 100);
    let mut ledger = ledger(&mut state);
    ledger.inc_nonce(A).unwrap();
    for id in [A, B] {
        let dust = ledger.withdraw(id, Balance(95), Survival::AllowDeath).unwrap();
        assert_eq!(dust.amount(), Balance(100), "amount and dust");
        ledger.burn_credit(dust);
    }
    assert_eq!(ledger.account(A), Account { nonce: Nonce(1), ..Account::default() });
    ledger.mint(A, Balance(50)).unwrap();
    assert_eq!(ledger.account(A).nonce, Nonce(1), "reborn, and nothing can be replayed");
    let changes = state.into_changes();
    assert_eq!(changes.get(&Item::Account(B).key()), Some(&None), "no trace of the other");
}

#[test]
fn held_tokens_change_hands_free_or_held() {
    let mut state = empty();
    with(&mut state, A, 100);
    with(&mut state, B, 100);
    let mut ledger = ledger(&mut state);
    ledger.hold(A, STAKING, Balance(60)).unwrap();
    let zero = Ok(Credit::zero());
    assert_eq!(ledger.transfer_on_hold((A, B), STAKING, Balance(20), Arrival::Held), zero);
    assert_eq!(ledger.transfer_on_hold((A, B), STAKING, Balance(5), Arrival::Free), zero);
    assert_eq!(ledger.account(A).held_for(STAKING), Balance(35));
    assert_eq!(ledger.account(B).held_for(STAKING), Balance(20));
    assert_eq!(ledger.account(B).free, Balance(105));
    let nobody = AccountId([9; 32]);
    let refused = ledger.transfer_on_hold((A, nobody), STAKING, Balance(20), Arrival::Held);
    assert_eq!(refused, Err(BalanceError::NoAccount));
    let refused = ledger.transfer_on_hold((A, B), VOTING, Balance(1), Arrival::Held);
    let none = BalanceError::TooLittleHeld { held: Balance(0), asked: Balance(1) };
    assert_eq!(refused, Err(none), "another reason holds nothing");
}

#[test]
fn a_refused_deposit_hands_the_tokens_back() {
    let mut state = empty();
    with(&mut state, A, 100);
    let mut ledger = ledger(&mut state);
    let fee = ledger.withdraw(A, Balance(3), Survival::KeepAlive).unwrap();
    let refused = ledger.deposit(B, fee).unwrap_err();
    assert_eq!(refused.credit.amount(), Balance(3));
    ledger.burn_credit(refused.credit);
    assert_eq!(ledger.issuance(), Balance(97));
    assert_eq!(ledger.deposit(B, Credit::zero()), Ok(()), "nothing is always taken");
    assert!(!ledger.account(B).is_alive(DEPOSIT));
}

#[test]
fn burning_destroys_the_amount_and_hands_back_the_dust_alone() {
    for (why, amount, dust, left) in [
        ("an ordinary one", 40, 0, 60),
        ("down to nothing", 100, 0, 0),
        ("below the deposit", 95, 5, 0),
    ] {
        let mut state = empty();
        with(&mut state, A, 100);
        let mut ledger = ledger(&mut state);
        let credit = ledger.burn(A, Balance(amount), Survival::AllowDeath).unwrap();
        assert_eq!(credit.amount(), Balance(dust), "{why}");
        assert_eq!(ledger.account(A).free, Balance(left), "{why}");
        assert_eq!(ledger.issuance(), Balance(100 - amount), "{why}: dust is not burnt yet");
        ledger.burn_credit(credit);
        assert_eq!(ledger.issuance(), Balance(left), "{why}");
    }
}

#[test]
fn limits_are_refused_and_not_wrapped() {
    let mut state = empty();
    with(&mut state, A, u128::MAX - 5);
    let mut ledger = ledger(&mut state);
    assert_eq!(ledger.mint(A, Balance(6)), Err(BalanceError::Overflow));
    assert_eq!(ledger.mint(B, Balance(20)), Err(BalanceError::Overflow));
    for reason in 0..16 {
        ledger.hold(A, Reason(reason), Balance(1)).unwrap();
        assert_eq!(ledger.set_freeze(A, Reason(reason), Balance(1)), Ok(Credit::zero()));
    }
    assert_eq!(ledger.hold(A, Reason(99), Balance(1)), Err(BalanceError::TooManyReasons));
    let refused = ledger.set_freeze(A, Reason(99), Balance(1));
    assert_eq!(refused, Err(BalanceError::TooManyReasons));
    assert_eq!(ledger.hold(A, Reason(3), Balance(1)), Ok(()), "an old reason still has room");
    let mut last = ledger.account(A);
    last.nonce = Nonce(u64::MAX);
    ledger.store(A, &last);
    assert_eq!(ledger.inc_nonce(A), Err(BalanceError::LastNonce));
}

#[test]
fn an_account_without_a_deposit_can_be_neither_held_from_nor_frozen() {
    let mut state = empty();
    let mut ledger = ledger(&mut state);
    let none = BalanceError::TooLittle { spendable: Balance(0), asked: Balance(1) };
    assert_eq!(ledger.hold(A, STAKING, Balance(1)), Err(none));
    assert_eq!(ledger.set_freeze(A, VOTING, Balance(0)), Err(BalanceError::NoAccount));
    assert_eq!(ledger.thaw(A, VOTING), Credit::zero());
    assert_eq!(ledger.slash(A, STAKING, Balance(5)), Credit::zero());
}
