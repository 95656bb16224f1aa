//! Random calls against a naive model: bonds are what is held, issuance is kept, nothing is both withdrawn and slashed.
//!
//! The model keeps amounts alone and none of the ledger's rows.

#![allow(clippy::arithmetic_side_effects, reason = "sums of small amounts in a model")]

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Call(u8, LedgerCall),
    Slash(u8, u128, u32),
    NextEra(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![0_u128..30, 0_u128..1_200];
    let who = 1_u8..=5;
    let call = prop_oneof![
        amount
            .clone()
            .prop_map(|amount| LedgerCall::Bond { amount: Balance(amount), payee: Payee::Staked }),
        amount.clone().prop_map(extra),
        amount.clone().prop_map(unbond),
        amount.clone().prop_map(rebond),
        Just(LedgerCall::Withdraw),
        Just(LedgerCall::Chill),
        Just(LedgerCall::Validate { terms: terms(10, false) }),
        proptest::collection::vec(1_u8..=5, 0..4).prop_map(|targets| nominate(&targets)),
        (1_u8..=5).prop_map(|other| LedgerCall::Reap { account: id(other) }),
        (1_u8..=5).prop_map(|other| LedgerCall::ChillOther { account: id(other) }),
        (1_u8..=5).prop_map(|other| LedgerCall::Kick { nominators: vec![id(other)] }),
    ];
    prop_oneof![
        12 => (who.clone(), call).prop_map(|(who, call)| Step::Call(who, call)),
        1 => (who, amount, 0_u32..40).prop_map(|(who, amount, era)| Step::Slash(who, amount, era)),
        2 => (0_u32..20).prop_map(Step::NextEra),
    ]
}

/// What must hold of every account and roster, told from the rows.
fn check(stage: &Stage) {
    for who in 1..=5 {
        let (total, active, chunks) = stage.row(who);
        assert_eq!(total, active + chunks.iter().map(|chunk| chunk.0).sum::<u128>());
        assert!(chunks.iter().all(|chunk| chunk.0 > 0) && chunks.is_sorted_by(|a, b| a.1 < b.1));
        let member = |kind: Kind| kind.members(&stage.state).contains(&id(who));
        let is_candidate = candidate(&stage.state, id(who)).is_some();
        let targets = nominations(&stage.state, id(who)).map(|row| row.targets.len());
        assert_eq!(member(Kind::Candidates), is_candidate);
        assert_eq!(member(Kind::Nominators), targets.is_some());
        assert!(!(is_candidate && targets.is_some()) && targets != Some(0));
        let bonded = bond_of(&stage.state, id(who)).is_some();
        assert!(bonded || (!is_candidate && targets.is_none()));
    }
}

proptest! {
    #[test]
    fn random_traffic_keeps_money_rows_and_rosters_together(
        steps in proptest::collection::vec(step(), 1..80)
    ) {
        let mut stage = Stage::new(5);
        let (mut era, mut slashed) = (0, [0_u128; 6]);
        for step in steps {
            match step {
                Step::Call(who, call) => {
                    let before = stage.state.clone().into_changes();
                    if stage.run(who, call).is_err() {
                        prop_assert_eq!(stage.state.clone().into_changes(), before);
                    }
                }
                Step::Slash(who, amount, of) => {
                    slashed[usize::from(who)] += stage.within(|context| {
                        let credit = slash(context, id(who), Balance(amount), Era(of));
                        let taken = credit.amount().0;
                        context.accounts().burn_credit(credit);
                        taken
                    });
                }
                Step::NextEra(more) => era += more,
            }
            stage.in_era(era);
            check(&stage);
        }
        for who in 1..=5 {
            let left = 1_000 - slashed[usize::from(who)];
            prop_assert_eq!(stage.account(who).total(), Balance(left), "no unit comes or goes otherwise");
        }
    }
}
