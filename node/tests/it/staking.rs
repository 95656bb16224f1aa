//! Staking through transactions: what the runtime adds to its rules.
//!
//! The rules of the ledger are tested where they are; here are origins, parameters, and the chain without staking.

use crate::world::{World, id};
use serin_consensus::staking::keys::{self, KeysCall, SessionSecrets};
use serin_consensus::staking::ledger::{self, LedgerCall, LedgerError, Payee};
use serin_consensus::staking::{Call as Staking, Error, ParametersError};
use serin_node::runtime::words::Numbers;
use serin_node::runtime::{Call, DispatchError, InvalidTransaction, check_transaction, query};
use serin_state::derive::Seed;
use serin_state::types::{AccountId, Balance, Hash};

const fn stake(call: LedgerCall) -> Call {
    Call::Staking(Staking::Ledger(call))
}

fn words(world: &World, text: &str) -> Call {
    let state = &world.state;
    let numbers = Numbers {
        parameters: query::parameters(state),
        governance: query::governance(state),
        staking: serin_consensus::staking::parameters(state),
    };
    Call::from_words(text, Some(&numbers)).unwrap()
}

#[test]
fn an_account_bonds_and_nominates_by_transactions() {
    let mut world = World::staked();
    let bond = stake(LedgerCall::Bond { amount: Balance::tokens(5), payee: Payee::Stash });
    world.one(4, &bond).result.unwrap();
    world.one(4, &words(&world, "staking.nominate //Alice //Bob")).result.unwrap();
    let expected = [(id(4), Balance::tokens(5), vec![id(0), id(1)])];
    assert_eq!(ledger::nominators(&world.state), expected);
    let refused = world.one(4, &bond).result;
    let error = Error::Ledger(LedgerError::AlreadyBonded);
    assert_eq!(refused, Err(DispatchError::Staking(error)));
}

#[test]
fn staking_is_refused_on_a_chain_of_fixed_validators() {
    let mut world = World::local();
    let calls = [
        stake(LedgerCall::Bond { amount: Balance::tokens(5), payee: Payee::Stash }),
        words(&World::staked(), "system.as_root [system.set_staking election.seats=5]"),
    ];
    for call in calls {
        let result = world.one(0, &call).result;
        assert_eq!(result, Err(DispatchError::Staking(Error::NoStaking)));
    }
}

#[test]
fn root_changes_the_numbers_of_staking_and_their_relations_are_kept() {
    let mut world = World::staked();
    let numbers = |world: &World| serin_consensus::staking::parameters(&world.state).unwrap();
    let call = words(&world, "system.set_staking election.seats=5");
    assert_eq!(world.one(0, &call).result, Err(DispatchError::BadOrigin), "root asks by as_root");
    world.one(0, &Call::as_root(&call)).result.unwrap();
    assert_eq!(numbers(&world).election.seats, 5);

    let cases = [
        ("election.seats=0", ParametersError::Election),
        ("election.seats=2501", ParametersError::Election),
        ("election.nominators_max=25001", ParametersError::Election),
        ("bonding.bonding_eras=0", ParametersError::Bonding),
        ("bonding.unlocking_max=33", ParametersError::Bonding),
        ("bonding.nominations_max=25", ParametersError::Bonding),
        ("eras.sessions_per_era=0", ParametersError::Eras),
        ("eras.history_eras=3", ParametersError::Eras),
        ("eras.ideal_stake=1000000000", ParametersError::Inflation),
        ("eras.inflation_min=100000001", ParametersError::Inflation),
        ("offences.slash_defer_eras=4", ParametersError::Deferral),
        ("pools.max_points_to_balance=0", ParametersError::Pools),
        ("pools.post_unbonding_eras=65", ParametersError::Pools),
    ];
    let before = numbers(&world);
    for (change, error) in cases {
        let call = words(&world, &format!("system.as_root [system.set_staking {change}]"));
        let result = world.one(0, &call).result;
        assert_eq!(result, Err(DispatchError::StakingParameters(error)), "{change}");
        assert_eq!(numbers(&world), before, "{change}");
    }
}

#[test]
fn session_keys_without_their_secrets_stand_in_no_block() {
    let mut world = World::staked();
    let bond = stake(LedgerCall::Bond { amount: Balance::tokens(5), payee: Payee::Stash });
    world.one(4, &bond).result.unwrap();
    let genesis = *world.chain.genesis();
    let sound = set_keys(9, &genesis, id(4));
    let cases = [
        ("another account's proof", set_keys(9, &genesis, id(5))),
        ("another chain's proof", set_keys(9, &Hash::ZERO, id(4))),
        ("in a batch", Call::batch(&[set_keys(9, &genesis, id(5))])),
        ("as root", Call::as_root(&Call::batch(&[set_keys(9, &Hash::ZERO, id(4))]))),
    ];
    for (why, call) in cases {
        let slot = world.next_slot();
        let refused = check_transaction(&world.chain, &world.state, slot, &world.signed(4, &call));
        assert_eq!(refused, Err(InvalidTransaction::Unproven), "{why}");
    }
    assert_eq!(keys::registrations(&world.state, id(4)), []);
    world.one(4, &sound).result.unwrap();
    assert_eq!(keys::registrations(&world.state, id(4)).len(), 1);
    let as_root = Call::as_root(&set_keys(10, &genesis, id(0)));
    assert_eq!(world.one(0, &as_root).result, Err(DispatchError::BadOrigin), "root has no keys");
}

/// Keys derived from `seed`, with the proof for an account.
fn set_keys(seed: u8, genesis: &Hash, account: AccountId) -> Call {
    let secrets = SessionSecrets::of(&Seed::new([seed; 32]));
    let (keys, proof) = secrets.possession(genesis, account);
    let proof = Box::new(proof);
    Call::Staking(Staking::Keys(KeysCall::Set { keys, proof }))
}
