//! Random transfers against a naive model: balances, fees, dust and issuance, to the last unit.
//!
//! The model restates the rules on plain numbers and knows nothing of ledgers, overlays or credits.

use crate::world::{World, id, treasury};
use proptest::prelude::*;
use serin_node::runtime::{BalancesCall, Call, query};
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeMap;

const DEPOSIT: u128 = 333_333_333;
const PEOPLE: usize = 9;

#[derive(Clone, Debug)]
enum Kind {
    Plain,
    KeepAlive,
    All,
}

#[derive(Clone, Debug)]
struct Step {
    from: usize,
    to: usize,
    kind: Kind,
    /// Eighths of what the sender has, and units on top: reaches the edges often.
    eighths: u128,
    units: i64,
    tip: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let kind =
        prop_oneof![3 => Just(Kind::Plain), 2 => Just(Kind::KeepAlive), 1 => Just(Kind::All)];
    let edge =
        prop_oneof![Just(0), Just(-333_333_333), Just(-333_333_332), Just(333_333_333), -5_i64..5];
    let tip = prop_oneof![2 => Just(0_u64), 1 => 0..2_000_000_000_u64];
    (0..PEOPLE, 0..PEOPLE, kind, 0..=8_u128, edge, tip).prop_map(
        |(from, to, kind, eighths, units, tip)| Step { from, to, kind, eighths, units, tip },
    )
}

/// Free balances by account.
#[derive(Debug, Default)]
struct Model(BTreeMap<AccountId, u128>);

impl Model {
    fn has(&self, who: AccountId) -> u128 {
        self.0.get(&who).copied().unwrap_or(0)
    }

    /// What a transfer sends, or `None` where it fails; and dust.
    fn transfer(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: u128,
        keep: bool,
    ) -> Option<u128> {
        let (has, stays) = (self.has(from), if keep { DEPOSIT } else { 0 });
        if amount > has.saturating_sub(stays) {
            return None;
        }
        if from == to {
            return Some(0);
        }
        if self.has(to) + amount < DEPOSIT {
            return None;
        }
        *self.0.entry(to).or_default() += amount;
        let rest = has - amount;
        let dust = if rest < DEPOSIT { rest } else { 0 };
        self.0.insert(from, rest - dust);
        Some(dust)
    }
}

fn call(step: &Step, amount: u128) -> Call {
    let (to, amount) = (id(step.to), Balance(amount));
    Call::Balances(match step.kind {
        Kind::Plain => BalancesCall::Transfer { to, amount },
        Kind::KeepAlive => BalancesCall::TransferKeepAlive { to, amount },
        Kind::All => BalancesCall::TransferAll { to, keep_alive: false },
    })
}

fn run(steps: &[Step]) {
    let mut world = World::local();
    let spec = world.chain.spec().clone();
    let mut model = Model(spec.balances.iter().map(|(who, amount)| (*who, amount.0)).collect());
    for step in steps {
        let (from, to, author) = (id(step.from), id(step.to), id(0));
        let wanted = (model.has(from) * step.eighths / 8).saturating_add_signed(step.units.into());
        let plain = world.plain(
            step.from,
            world.account(from).nonce,
            serin_state::codec::encode(&call(step, wanted)),
        );
        let tip = u128::from(step.tip);
        let transaction = world
            .verified(step.from, serin_state::types::Transaction { tip: Balance(tip), ..plain });
        let slot = world.next_slot();
        let Ok(built) = world.build(slot, std::slice::from_ref(&transaction)) else {
            // Refused only where the model says that it cannot pay.
            assert!(model.has(from) < DEPOSIT + 2_000_000_000 + 10_u128.pow(10), "{step:?}");
            world.block_at(slot, &[]);
            continue;
        };
        let (fee, ok) = (built.outcomes[0].fee.0, built.outcomes[0].result.is_ok());
        assert!(model.has(from) >= DEPOSIT + fee + tip, "a fee never ends an account");
        *model.0.get_mut(&from).unwrap() -= fee + tip;
        let (amount, keep) = match step.kind {
            Kind::Plain => (wanted, false),
            Kind::KeepAlive => (wanted, true),
            Kind::All => (model.has(from), false),
        };
        let dust = model.transfer(from, to, amount, keep);
        assert_eq!(dust.is_some(), ok, "{step:?}: {:?}", built.outcomes[0].result);
        let for_treasury = fee * 4 / 5;
        let for_author = fee - for_treasury + tip;
        let mut left = dust.unwrap_or(0) + for_treasury;
        if model.has(author) + for_author >= DEPOSIT {
            *model.0.entry(author).or_default() += for_author;
        } else {
            left += for_author;
        }
        *model.0.entry(treasury()).or_default() += left;
        world.block_at(slot, &[transaction]);
        compare(&world, &model, step);
    }
}

fn compare(world: &World, model: &Model, step: &Step) {
    for who in (0..PEOPLE).map(id).chain([treasury()]) {
        assert_eq!(world.free(who), model.has(who), "{who} after {step:?}");
    }
    let sum: u128 = model.0.values().sum();
    assert_eq!(query::issuance(&world.state).0, sum, "nothing made, nothing lost");
}

#[test]
fn random_transfers_end_as_a_naive_model_says() {
    let mut config = ProptestConfig::with_cases(60);
    config.failure_persistence = None;
    proptest!(config, |(steps in proptest::collection::vec(step(), 1..25))| run(&steps));
}
