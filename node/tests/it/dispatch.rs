//! What calls do: who may, what fails and how, and what a failed call costs.
//!
//! Amounts are worked out here, not read from the ledger. Account 0 is the root account and the
//! author of every block, account 40 and above have nothing at genesis.

use crate::world::{World, id, treasury};
use serin_node::runtime::{
    BalancesCall, BalancesError, BalancesEvent, Call, DispatchError, Event, Parameters,
    ParametersError, SystemCall, SystemEvent, query,
};
use serin_state::codec::encode;
use serin_state::types::{Balance, Hash, Nonce, Transaction};

const DEPOSIT: u128 = 333_333_333;

fn remark(byte: u8) -> Call {
    Call::System(SystemCall::RemarkWithEvent { bytes: vec![byte] })
}

fn transferred(from: usize, to: usize, amount: u128) -> Event {
    let (from, to, amount) = (id(from), id(to), Balance(amount));
    Event::Balances(BalancesEvent::Transferred { from, to, amount })
}

#[test]
fn a_call_that_fails_says_why_does_nothing_and_is_paid() {
    use BalancesCall as Money;
    use BalancesError as Refused;
    use DispatchError as Error;
    let million = Balance::tokens(1_000_000);
    let mut bad = Parameters::kusama(1_000);
    bad.reserved_ppm = 1_000_000;
    let set =
        |parameters| Call::System(SystemCall::SetParameters { parameters: Box::new(parameters) });
    let mint = Call::Balances(Money::Mint { to: id(1), amount: Balance(u128::MAX) });
    let force = Call::Balances(Money::ForceTransfer { from: id(1), to: id(0), amount: Balance(1) });
    #[rustfmt::skip]
    let cases: [(&str, usize, Call, DispatchError); 13] = [
        ("more than there is", 1, Call::transfer(id(2), Balance(u128::MAX)), Error::Balances(Refused::TooLittle)),
        ("all of it, and the fee is gone already", 1, Call::transfer(id(2), million), Error::Balances(Refused::TooLittle)),
        ("a new account below the deposit", 1, Call::transfer(id(40), Balance(DEPOSIT - 1)), Error::Balances(Refused::BelowExistentialDeposit)),
        ("keeping alive, and all of it", 1,
            Call::Balances(Money::TransferKeepAlive { to: id(2), amount: Balance(million.0 - DEPOSIT) }), Error::Balances(Refused::TooLittle)),
        ("minting is root's", 1, mint.clone(), Error::BadOrigin),
        ("forcing is root's", 1, force, Error::BadOrigin),
        ("parameters are root's", 1, set(Parameters::kusama(1_000)), Error::BadOrigin),
        ("another account as root", 1, Call::as_root(&remark(1)), Error::BadOrigin),
        ("the root account without asking for its powers", 0, mint.clone(), Error::BadOrigin),
        ("root in root", 0, Call::as_root(&Call::as_root(&remark(1))), Error::BadOrigin),
        ("root has no account to send from", 0, Call::as_root(&Call::transfer(id(1), Balance(1))), Error::BadOrigin),
        ("more than any balance", 0, Call::as_root(&mint), Error::Balances(Refused::Overflow)),
        ("parameters that do not fit together", 0, Call::as_root(&set(bad)), Error::Parameters(ParametersError::Reserved)),
    ];
    for (why, sender, call, error) in cases {
        let mut world = World::local();
        let before = world.free(id(sender));
        let outcome = world.one(sender, &call);
        assert_eq!(outcome.result, Err(error), "{why}");
        assert_eq!(outcome.events, [], "{why}: nothing happened");
        assert!(!error.to_string().is_empty());
        let account = world.account(id(sender));
        assert_eq!(account.nonce, Nonce(1), "{why}: the nonce counts");
        // Alice is the author as well and gets her share back.
        let paid = before - account.free.0;
        let back = if sender == 0 { outcome.fee.0 - outcome.fee.0 * 4 / 5 } else { 0 };
        assert_eq!(paid, outcome.fee.0 - back, "{why}: the fee is paid and nothing else");
    }
}

#[test]
fn transfers_move_what_they_say() {
    let mut world = World::local();
    let million = Balance::tokens(1_000_000).0;
    let outcome = world.one(1, &Call::transfer(id(40), Balance(DEPOSIT)));
    assert_eq!(outcome.events, [transferred(1, 40, DEPOSIT)]);
    assert_eq!(world.free(id(40)), DEPOSIT, "a new account with exactly the deposit lives");
    assert_eq!(world.free(id(1)), million - DEPOSIT - outcome.fee.0);

    let before = world.free(id(2));
    let outcome = world.one(2, &Call::transfer(id(2), Balance(5)));
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(world.free(id(2)), before - outcome.fee.0, "to oneself moves nothing");
}

#[test]
fn sending_all_ends_the_account_or_keeps_it() {
    for (keep_alive, left) in [(false, 0), (true, DEPOSIT)] {
        let mut world = World::local();
        let call = Call::Balances(BalancesCall::TransferAll { to: id(2), keep_alive });
        let outcome = world.one(1, &call);
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(world.free(id(1)), left, "keep alive: {keep_alive}");
        assert_eq!(world.account(id(1)).nonce, Nonce(1), "an ended account keeps its nonce");
    }
}

#[test]
fn dust_goes_to_the_treasury() {
    let mut world = World::local();
    let probe = world.signed(1, &Call::transfer(id(2), Balance(1)));
    let fee = world.build(world.next_slot(), &[probe]).unwrap().outcomes[0].fee.0;
    let (all, dust) = (world.free(id(1)) - fee, DEPOSIT - 1);
    let before = world.free(treasury());
    let outcome = world.one(1, &Call::transfer(id(2), Balance(all - dust)));
    let taken = BalancesEvent::DustTaken { account: id(1), amount: Balance(dust) };
    assert_eq!(outcome.events, [transferred(1, 2, all - dust), Event::Balances(taken)]);
    assert_eq!(world.free(id(1)), 0);
    assert_eq!(world.free(treasury()) - before, dust + outcome.fee.0 * 4 / 5);
}

#[test]
fn fees_are_shared_and_tips_are_the_authors() {
    let mut world = World::local();
    let call = encode(&Call::transfer(id(2), Balance(7)));
    let plain = world.plain(1, Nonce::ZERO, call);
    let tip = 1_000_000_007;
    let transaction = world.verified(1, Transaction { tip: Balance(tip), ..plain });
    let (author, before) = (world.free(id(0)), world.free(treasury()));
    let executed = world.block_at(world.next_slot(), &[transaction]);
    let fee = executed.outcomes[0].fee.0;
    let to_treasury = fee * 4 / 5;
    assert_eq!(world.free(treasury()) - before, to_treasury);
    assert_eq!(world.free(id(0)) - author, fee - to_treasury + tip);
    let shared = BalancesEvent::FeesShared {
        author: id(0),
        to_author: Balance(fee - to_treasury + tip),
        to_treasury: Balance(to_treasury),
        burnt: Balance::ZERO,
    };
    assert_eq!(executed.block_events, [Event::Balances(shared)]);
}

#[test]
fn what_nobody_can_take_is_burnt() {
    let mut spec = serin_node::chain_spec::ChainSpec::local(4, 1_000, crate::world::GENESIS_TIME);
    let gone = [id(0), treasury()];
    spec.staking = None;
    spec.balances.retain(|(account, _)| !gone.contains(account));
    // The fee of a remark is below this deposit, so neither author nor treasury would live with it.
    spec.parameters.existential_deposit = Balance::tokens(1);
    let mut world = World::new(&spec);
    let before = query::issuance(&world.state).0;
    let outcome = world.one(1, &Call::System(SystemCall::Remark { bytes: Vec::new() }));
    assert_eq!(query::issuance(&world.state).0, before - outcome.fee.0);
}

#[test]
fn a_batch_does_all_or_nothing_and_says_where_it_failed() {
    let good = |amount| Call::transfer(id(2), Balance(amount));
    let bad = Call::transfer(id(2), Balance(u128::MAX));
    let mut world = World::local();
    let outcome = world.one(1, &Call::batch(&[good(10), remark(1), good(20)]));
    assert_eq!(outcome.result, Ok(()));
    let remarked = SystemEvent::Remarked { sender: Some(id(1)), hash: Hash::of(&[1]) };
    assert_eq!(
        outcome.events,
        [transferred(1, 2, 10), Event::System(remarked), transferred(1, 2, 20)]
    );

    let cases = [
        ("the last one fails", Call::batch(&[good(1), good(2), bad.clone()]), vec![2]),
        ("the first one fails", Call::batch(&[bad.clone(), good(1)]), vec![0]),
        (
            "one inside a batch inside",
            Call::batch(&[good(1), Call::batch(&[good(1), bad])]),
            vec![1, 1],
        ),
    ];
    for (why, call, path) in cases {
        let before = world.free(id(2));
        let outcome = world.one(1, &call);
        assert_eq!(outcome.result, Err(DispatchError::Balances(BalancesError::TooLittle)), "{why}");
        assert_eq!(outcome.events, [Event::System(SystemEvent::BatchFailed { path })], "{why}");
        assert_eq!(world.free(id(2)), before, "{why}: nothing was sent");
    }
}

#[test]
fn the_root_account_mints_moves_and_sets_parameters() {
    let mut world = World::local();
    let issuance = query::issuance(&world.state).0;
    let mint = Call::Balances(BalancesCall::Mint { to: id(40), amount: Balance::tokens(3) });
    let outcome = world.one(0, &Call::as_root(&mint));
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(outcome.events[0], Event::System(SystemEvent::RootUsed));
    assert_eq!(query::issuance(&world.state).0, issuance + Balance::tokens(3).0);

    let (from, to, amount) = (id(40), id(41), Balance::tokens(2));
    let force = Call::Balances(BalancesCall::ForceTransfer { from, to, amount });
    assert_eq!(world.one(0, &Call::as_root(&force)).result, Ok(()));
    assert_eq!(world.free(id(41)), amount.0);

    let cheap = Parameters { base_fee: Balance::ZERO, ..Parameters::kusama(1_000) };
    let set = Call::System(SystemCall::SetParameters { parameters: Box::new(cheap) });
    let (old, next) = (world.one(1, &remark(1)).fee, world.next_slot());
    let body = [world.signed(0, &Call::as_root(&set)), world.signed(1, &remark(1))];
    let same_block = world.block_at(next, &body).outcomes[1].fee;
    let later = world.one(1, &remark(1)).fee;
    assert!(same_block.0 > later.0 + 30_000_000, "new prices hold from the next block on");
    assert!(old.0 >= same_block.0, "idle blocks lower the multiplier, nothing else changed");
}

#[test]
fn numbers_of_governance_that_make_no_sense_are_refused_and_stay_as_they_were() {
    use serin_governance::ParametersError as Broken;
    let mut world = World::local();
    let before = query::governance(&world.state);
    let mut unsound = vec![(before.clone(), Broken::Scheduler), (before.clone(), Broken::Locking)];
    unsound[0].0.scheduler.items_max = 0;
    unsound[1].0.voting.locking_period_slots = 0;
    for (parameters, broken) in unsound {
        let set = Call::System(SystemCall::SetGovernance { parameters: Box::new(parameters) });
        let outcome = world.one(0, &Call::as_root(&set));
        assert_eq!(outcome.result, Err(DispatchError::GovernanceParameters(broken)));
        assert_eq!(query::governance(&world.state), before, "{broken}");
    }
}

#[test]
fn no_bytes_as_a_call_stop_the_node() {
    use proptest::prelude::*;
    let world = World::local();
    let bytes = proptest::collection::vec(0_u8..12, 0..200);
    proptest!(ProptestConfig::with_cases(300), |(bytes in bytes, root: bool)| {
        let call = if root { encode(&Call::System(SystemCall::AsRoot { call: bytes })) } else { bytes };
        let transaction = world.verified(0, world.plain(0, Nonce::ZERO, call));
        let slot = world.next_slot();
        if let Ok(executed) = world.build(slot, std::slice::from_ref(&transaction)) {
            prop_assert_eq!(executed.outcomes.len(), 1);
            prop_assert_eq!(&world.build(slot, &[transaction]).unwrap(), &executed);
        }
    });
}
