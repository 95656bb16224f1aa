//! Random traffic: points, parts and units are kept, whatever is called.

use super::*;
use proptest::prelude::*;

/// A step of random traffic: who, what of [`TRAFFIC`], how much.
type Step = (u8, u8, u128);

const TRAFFIC: u8 = 10;

fn act(chain: &mut Chain, (who, what, amount): Step) {
    let member_of = account(1 + u8::try_from(amount % 6).unwrap());
    let points = member(&chain.state, account(who)).map_or(0, |one| one.points);
    let part = points.min(amount % 700);
    let call = match what {
        0 => PoolCall::Join { pool: FIRST, amount: Balance(amount) },
        1 => PoolCall::BondExtra { amount: Balance(amount) },
        2 => PoolCall::Unbond { member: account(who), points: part },
        3 => PoolCall::Unbond { member: account(who), points },
        4 => PoolCall::Withdraw { member: member_of },
        5 => PoolCall::Claim { member: member_of },
        6 => PoolCall::Compound,
        7 => {
            let of = if amount % 2 == 0 {
                Era(chain.now.era.0.saturating_sub(2))
            } else {
                chain.now.era
            };
            chain.slash(amount, of);
            return;
        }
        8 => {
            chain.reward(amount);
            return;
        }
        _ => {
            let era = chain.now.era.0 + 1;
            chain.at(era);
            return;
        }
    };
    let before = chain.issuance();
    let done = chain.call(who, call.clone());
    match done {
        Ok(_) => assert!(before - chain.issuance() <= DEPOSIT.0, "only dust goes: {call:?}"),
        Err(Error::Pools(_) | Error::TooLittle) => {}
        Err(other) => panic!("{call:?}: {other}"),
    }
}

proptest! {
    #[test]
    fn random_traffic_keeps_points_and_units(
        steps in prop::collection::vec((1_u8..7, 0..TRAFFIC, 0_u128..900), 1..120),
    ) {
        let mut chain = Chain::with_pool(500);
        let share = Perbill::from_percent(7);
        chain.ok(OWNER, PoolCall::SetCommission { pool: FIRST, share, payee: account(8) });
        for step in steps {
            act(&mut chain, step);
            chain.check();
        }
    }

    #[test]
    fn in_and_out_again_never_gains(
        first in 100_u128..5_000,
        second in 20_u128..5_000,
        slash in 0_u128..3_000,
        third in 20_u128..5_000,
    ) {
        let mut chain = Chain::with_pool(first);
        chain.join(2, second);
        chain.slash(slash.min(u128::midpoint(first, second)), Era(0));
        chain.join(3, third);
        let points = member(&chain.state, account(3)).unwrap().points;
        let before = active(&chain.state, FIRST).0;
        chain.unbond(3, points);
        chain.at(4);
        let out = chain.withdraw(3);
        prop_assert!(out <= third && third - out <= 1, "{} of {}", out, third);
        prop_assert_eq!(active(&chain.state, FIRST).0 + out, before);
    }

    #[test]
    fn points_are_worth_what_was_paid_rounded_down(
        amount in 1_u128..1_000_000,
        points in 1_u128..1_000_000_000,
        balance in 1_u128..1_000_000_000,
    ) {
        let new = points_for(Balance(amount), points, Balance(balance));
        let worth = balance_of(new, points + new, Balance(balance + amount));
        prop_assert!(worth.0 <= amount);
    }
}
