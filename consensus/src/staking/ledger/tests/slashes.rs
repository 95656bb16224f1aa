//! Slashes of bonds: which part pays how much, and what is left.
//!
//! Expected numbers are worked out by hand from pallet-staking's rule; the rests below the existential deposit of
//! 10 go with what is taken.

use super::*;
use serin_state::types::Era;

/// Takes `amount` for an offence in `era`; what was taken.
fn take(stage: &mut Stage, amount: u128, era: u32) -> u128 {
    stage.within(|context| {
        let credit = slash(context, id(1), Balance(amount), Era(era));
        let taken = credit.amount().0;
        context.accounts().burn_credit(credit);
        taken
    })
}

/// 900 bonded, of which 100 unbond since era 0, 200 since era 5, 300 since era 9.
fn unbonding() -> Stage {
    let mut stage = Stage::new(1);
    stage.bond(1, 900).unbond(1, 100).in_era(5).unbond(1, 200).in_era(9).unbond(1, 300);
    stage
}

#[test]
fn the_parts_that_were_exposed_pay_in_proportion_and_rounded_up() {
    type Case = (&'static str, u128, u32, u128, u128, &'static [u128]);
    #[rustfmt::skip]
    let cases: [Case; 9] = [
        ("nothing",                              0,    5, 0,   300, &[100, 200, 300]),
        ("era 6: active 300 and the 300 of era 9", 60,  6, 60,  270, &[100, 200, 270]),
        ("rounded up, and never above the amount", 61,  6, 61,  269, &[100, 200, 270]),
        ("era 5: all but what left in era 0",    80,   5, 80,  270, &[100, 180, 270]),
        ("era 0: everything",                    90,   0, 90,  270, &[90, 180, 270]),
        ("above what is exposed: older chunks, newest first", 650, 6, 650, 0, &[100, 150]),
        ("era 10: nothing that unbonds was exposed, the active part pays", 100, 10, 100, 200, &[100, 200, 300]),
        ("era 10, above the active part",        350,  10, 350, 0,   &[100, 200, 250]),
        ("more than there is",                   5_000, 0, 900, 0,   &[]),
    ];
    for (why, amount, era, taken, active, chunks) in cases {
        let mut stage = unbonding();
        assert_eq!(take(&mut stage, amount, era), taken, "{why}");
        let (total, left, unlocking) = stage.row(1);
        let amounts: Vec<u128> = unlocking.iter().map(|chunk| chunk.0).collect();
        assert_eq!((left, amounts.as_slice()), (active, chunks), "{why}");
        assert_eq!(total, 900 - taken, "{why}");
    }
}

#[test]
fn a_rest_below_the_existential_deposit_goes_with_a_slash() {
    let mut stage = Stage::new(1);
    stage.bond(1, 500);
    assert_eq!(take(&mut stage, 495, 0), 500);
    assert_eq!(stage.row(1), (0, 0, vec![]));
    stage.done(2, LedgerCall::Reap { account: id(1) });
    assert_eq!(bond_of(&stage.state, id(1)), None);
    assert_eq!(stage.account(1).free, Balance(500));
}

#[test]
fn who_has_no_bond_loses_nothing() {
    let mut stage = Stage::new(1);
    assert_eq!(take(&mut stage, 100, 0), 0);
    assert_eq!(stage.account(1).free, Balance(1_000));
}

#[test]
fn a_slashed_candidate_may_be_reaped_and_leaves_its_roster() {
    let mut stage = Stage::new(2);
    stage.bond(1, 500).candidate(1);
    assert_eq!(take(&mut stage, 500, 0), 500);
    let events = stage.run(2, LedgerCall::Reap { account: id(1) }).unwrap();
    let chilled = LedgerEvent::Chilled { account: id(1) };
    assert_eq!(events, [chilled.into(), LedgerEvent::Ended { account: id(1) }.into()]);
    assert!(Kind::Candidates.is_empty(&stage.state));
}

#[test]
fn slashed_stake_frees_nothing_that_votes_lock() {
    let mut stage = Stage::new(1);
    stage.bond(1, 500);
    let votes = serin_state::types::Reason(16);
    stage.within(|context| {
        let dust = context.accounts().set_freeze(id(1), votes, Balance(1_000)).unwrap();
        context.take_dust(dust);
    });
    assert_eq!(take(&mut stage, 300, 0), 300);
    assert_eq!(
        stage.account(1).frozen_for(votes),
        Balance(1_000),
        "staked tokens vote, slashed ones bind"
    );
}
