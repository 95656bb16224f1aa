//! Money that leaves the treasury: by whose powers, how much, when, and that none is made or lost.
//!
//! Every refusal is shown to change nothing, by comparing the whole state.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

use super::*;
use crate::{Context, Error, Event, Origin, Parameters, TrackId};
use proptest::prelude::*;
use serin_state::balances::Ledger;
use serin_state::layout::StateKey;
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Slot};
use std::collections::BTreeMap;

type State = Overlay<BTreeMap<StateKey, Vec<u8>>>;

const DEPOSIT: Balance = Balance(100);
const POT: Balance = Balance::tokens(1_000_000);
const ANNA: AccountId = AccountId([1; 32]);
const BEN: AccountId = AccountId([2; 32]);
const SMALL_TIPPER: Origin = Origin::Track(TrackId(30));
const TREASURER: Origin = Origin::Track(TrackId(11));
const GENERAL_ADMIN: Origin = Origin::Track(TrackId(14));

fn parameters() -> Parameters {
    let treasury = TreasuryParameters {
        spend_period: 100,
        payout_period: 1_000,
        ..TreasuryParameters::default()
    };
    Parameters { treasury, ..Parameters::default() }
}

fn funded() -> State {
    let mut state = Overlay::new(BTreeMap::new());
    let mut ledger = Ledger::new(&mut state, DEPOSIT);
    ledger.mint(AccountId::of_module(b"treasury"), POT).unwrap();
    ledger.mint(ANNA, Balance(1_000)).unwrap();
    state
}

fn run(
    state: &mut State,
    parameters: &Parameters,
    (slot, spent): (u64, Balance),
    (origin, call): (Origin, TreasuryCall),
) -> (Result<(), Error>, Vec<Event>, Balance) {
    let mut context = Context::new(state, parameters, DEPOSIT, Slot(slot));
    context.spent = spent;
    let result = apply(&mut context, origin, call);
    assert!(context.dust.amount().is_zero(), "the treasury and beneficiaries live");
    (result, context.events, context.spent)
}

fn free(state: &mut State, who: AccountId) -> Balance {
    Ledger::new(state, DEPOSIT).account(who).free
}

fn spend(amount: u128) -> TreasuryCall {
    TreasuryCall::Spend { amount: Balance(amount), beneficiary: BEN, valid_from: None }
}

#[test]
fn a_spend_is_approved_and_paid_once_when_anybody_asks() {
    let (mut state, parameters) = (funded(), parameters());
    let limit = parameters.treasury.limit_of(TrackId(30));
    let (approved, events, _) =
        run(&mut state, &parameters, (5, Balance::ZERO), (SMALL_TIPPER, spend(limit.0)));
    assert_eq!(approved, Ok(()));
    assert_eq!(
        events,
        [TreasuryEvent::Approved { index: 0, amount: limit, beneficiary: BEN }.into()]
    );
    assert_eq!(free(&mut state, BEN), Balance::ZERO, "approved is not paid");
    let payout = || (Origin::Signed(ANNA), TreasuryCall::Payout { index: 0 });
    assert_eq!(run(&mut state, &parameters, (6, Balance::ZERO), payout()).0, Ok(()));
    assert_eq!(free(&mut state, BEN), limit);
    let again = run(&mut state, &parameters, (7, Balance::ZERO), payout()).0;
    assert_eq!(again, Err(TreasuryError::UnknownSpend.into()));
}

#[test]
fn what_may_not_be_spent_is_refused_and_nothing_changes() {
    let later = |slot| TreasuryCall::Spend {
        amount: Balance(5_000),
        beneficiary: BEN,
        valid_from: Some(Slot(slot)),
    };
    let parameters = parameters();
    let limit = parameters.treasury.limit_of(TrackId(30)).0;
    let mut state = funded();
    run(&mut state, &parameters, (10, Balance::ZERO), (TREASURER, later(50))).0.unwrap();
    let none = Balance::ZERO;
    let signed = Origin::Signed(ANNA);
    #[rustfmt::skip]
    let cases = [
        ("an account may not spend",             20, none,           signed,        spend(1),                             Error::BadOrigin),
        ("a track without a limit may not",      20, none,           GENERAL_ADMIN, spend(1),                             Error::BadOrigin),
        ("nothing",                              20, none,           SMALL_TIPPER,  spend(0),                             TreasuryError::Zero.into()),
        ("one above the limit",                  20, none,           SMALL_TIPPER,  spend(limit + 1),                     TreasuryError::OverLimit.into()),
        ("one above it with the same dispatch",  20, Balance(1),     SMALL_TIPPER,  spend(limit),                         TreasuryError::OverLimit.into()),
        ("a sum beyond all numbers",             20, Balance(u128::MAX), SMALL_TIPPER,  spend(limit),                         TreasuryError::OverLimit.into()),
        ("a tip above the limit",                20, none,           SMALL_TIPPER,  TreasuryCall::Tip { amount: Balance(limit + 1), beneficiary: BEN }, TreasuryError::OverLimit.into()),
        ("a tip by a track that spends",         20, none,           Origin::Track(TrackId(32)), TreasuryCall::Tip { amount: Balance(500), beneficiary: BEN }, Error::BadOrigin),
        ("a tip by an account",                  20, none,           signed,        TreasuryCall::Tip { amount: Balance(500), beneficiary: BEN }, Error::BadOrigin),
        ("a tip of more than there is",          20, none,           Origin::Root,  TreasuryCall::Tip { amount: Balance(POT.0 + 1), beneficiary: BEN }, TreasuryError::TreasuryTooPoor.into()),
        ("a tip below the existential deposit",  20, none,           SMALL_TIPPER,  TreasuryCall::Tip { amount: Balance(99), beneficiary: BEN }, Error::Ledger),
        ("a slot after which there is none",     20, none,           Origin::Root,  later(u64::MAX),                      TreasuryError::BeginsTooLate.into()),
        ("a payout too early",                   49, none,           signed,        TreasuryCall::Payout { index: 0 },    TreasuryError::TooEarly.into()),
        ("a payout too late",                    1_050, none,        signed,        TreasuryCall::Payout { index: 0 },    TreasuryError::Expired.into()),
        ("a payout nobody approved",             60, none,           signed,        TreasuryCall::Payout { index: 1 },    TreasuryError::UnknownSpend.into()),
        ("a payout asked for by a track",        60, none,           TREASURER,     TreasuryCall::Payout { index: 0 },    Error::BadOrigin),
        ("a spend taken back by an account",     60, none,           signed,        TreasuryCall::Void { index: 0 },      Error::BadOrigin),
        ("a spend taken back by another track",  60, none,           SMALL_TIPPER,  TreasuryCall::Void { index: 0 },      Error::BadOrigin),
        ("one that is not there",                60, none,           TREASURER,     TreasuryCall::Void { index: 9 },      TreasuryError::UnknownSpend.into()),
        ("a spend cleared before it expired",    1_049, none,        signed,        TreasuryCall::Clear { index: 0 },     TreasuryError::NotExpired.into()),
    ];
    for (why, slot, spent, origin, call, expected) in cases {
        let before = state.clone().into_changes();
        let (result, events, after) = run(&mut state, &parameters, (slot, spent), (origin, call));
        assert_eq!(result, Err(expected), "{why}");
        assert_eq!((events, after), (Vec::new(), spent), "{why}");
        assert_eq!(state.clone().into_changes(), before, "{why}: nothing changed");
    }
}

#[test]
fn a_spend_can_be_taken_back_and_an_expired_one_cleared() {
    let (mut state, parameters) = (funded(), parameters());
    for _ in 0..2 {
        run(&mut state, &parameters, (5, Balance::ZERO), (TREASURER, spend(500))).0.unwrap();
    }
    let none = Balance::ZERO;
    assert_eq!(
        run(&mut state, &parameters, (6, none), (TREASURER, TreasuryCall::Void { index: 0 })).0,
        Ok(())
    );
    let clear = (Origin::Signed(ANNA), TreasuryCall::Clear { index: 1 });
    assert_eq!(run(&mut state, &parameters, (1_005, none), clear).0, Ok(()));
    for index in 0..2 {
        let payout = (Origin::Signed(ANNA), TreasuryCall::Payout { index });
        let result = run(&mut state, &parameters, (7, none), payout).0;
        assert_eq!(result, Err(TreasuryError::UnknownSpend.into()), "{index}");
    }
}

#[test]
fn a_share_is_burnt_once_a_period() {
    let (mut state, mut parameters) = (funded(), parameters());
    parameters.treasury.burn_ppm = 10_000;
    let treasury = AccountId::of_module(b"treasury");
    let mut burnt = Vec::new();
    for slot in [0, 5, 99, 100, 101, 199, 450, 451] {
        let mut context = Context::new(&mut state, &parameters, DEPOSIT, Slot(slot));
        end_period(&mut context);
        burnt.push(context.events.len());
    }
    assert_eq!(burnt, [0, 0, 0, 1, 0, 0, 1, 0], "periods without blocks burn nothing of their own");
    let spendable = POT.0 - DEPOSIT.0;
    let once = spendable - spendable / 100;
    let twice = once - once / 100;
    assert_eq!(free(&mut state, treasury), Balance(twice + DEPOSIT.0));
    let issuance = Ledger::new(&mut state, DEPOSIT).issuance();
    assert_eq!(issuance, Balance(twice + DEPOSIT.0 + 1_000), "what is burnt left the issuance");
}

#[test]
fn another_length_by_vote_holds_from_the_next_period_on() {
    let (mut state, mut parameters) = (funded(), parameters());
    parameters.treasury.burn_ppm = 10_000;
    let mut burnt = Vec::new();
    for (slot, length) in [
        (40, 100),
        (139, 100),
        (140, 1_000),
        (1_139, 1_000),
        (1_140, 1_000),
        (2_139, 10),
        (2_140, 10),
    ] {
        parameters.treasury.spend_period = length;
        let mut context = Context::new(&mut state, &parameters, DEPOSIT, Slot(slot));
        end_period(&mut context);
        burnt.push(context.events.len());
    }
    assert_eq!(burnt, [0, 0, 1, 0, 1, 0, 1], "the first block begins a period and burns nothing");
}

#[test]
fn tippers_and_the_treasurer_may_tip_up_to_their_limit() {
    for track in [11, 30, 31] {
        let (mut state, parameters) = (funded(), parameters());
        let amount = parameters.treasury.limit_of(TrackId(track));
        let origin = Origin::Track(TrackId(track));
        let tip = TreasuryCall::Tip { amount, beneficiary: BEN };
        assert_eq!(run(&mut state, &parameters, (5, Balance::ZERO), (origin, tip)).0, Ok(()));
        assert_eq!(free(&mut state, BEN), amount, "track {track}");
    }
}

#[test]
fn the_documents_show_the_table_of_the_code() {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(&limits_table()),
        "write this into governance/README.md:\n{}",
        limits_table()
    );
}

proptest! {
    /// After any calls the accounts sum up to the issuance, and the treasury has what it had less what was paid and burnt.
    #[test]
    fn money_adds_up(
        steps in prop::collection::vec((0_u8..6, 0_u128..2_000_000_000_000_000, 0_u32..6, 1_u64..300), 1..60),
    ) {
        let (mut state, mut parameters) = (funded(), parameters());
        parameters.treasury.burn_ppm = 3_000;
        let (mut slot, mut paid, mut burnt) = (0, 0_u128, 0_u128);
        for (kind, amount, index, wait) in steps {
            slot += wait;
            let origin = [SMALL_TIPPER, TREASURER, Origin::Root, Origin::Signed(ANNA)][usize::from(kind) % 4];
            let call = match kind {
                0 | 1 => spend(amount),
                2 => TreasuryCall::Tip { amount: Balance(amount), beneficiary: ANNA },
                3 => TreasuryCall::Payout { index },
                4 => TreasuryCall::Void { index },
                _ => TreasuryCall::Clear { index },
            };
            let before = free(&mut state, ANNA).0 + free(&mut state, BEN).0;
            let origin = if matches!(kind, 3 | 5) { Origin::Signed(ANNA) } else { origin };
            let (_, events, _) = run(&mut state, &parameters, (slot, Balance::ZERO), (origin, call));
            drop(events);
            paid += free(&mut state, ANNA).0 + free(&mut state, BEN).0 - before;
            let issuance = Ledger::new(&mut state, DEPOSIT).issuance().0;
            let mut context = Context::new(&mut state, &parameters, DEPOSIT, Slot(slot));
            end_period(&mut context);
            burnt += issuance - Ledger::new(&mut state, DEPOSIT).issuance().0;
        }
        let treasury = free(&mut state, AccountId::of_module(b"treasury")).0;
        prop_assert_eq!(treasury, POT.0 - paid - burnt);
        let sum = treasury + free(&mut state, ANNA).0 + free(&mut state, BEN).0;
        prop_assert_eq!(sum, Ledger::new(&mut state, DEPOSIT).issuance().0);
        prop_assert!(state.get(&StateKey([0; 32])).is_none());
    }
}
