//! Bad input of staking: every refusal by name, with a reason, and nothing has changed but what the sender paid. That of
//! governance stands in `governance.rs`.
//!
//! One table a module, on one chain in its seventh era (`stage.rs`), run as transactions of blocks. The state after a block with the
//! refused call has the root of the state after the same block without it, once the accounts that pay and are paid the fee
//! and the fee multiplier are put back; and each table says that it names every refusal its module has, but those that need a chain of their own.
//!
//! Evidence that the state refuses stands in no block by itself (it would be free of fees), so it is dispatched in batches too.

pub(crate) mod evidence;
mod governance;
pub(crate) mod stage;

use crate::world::{World, id, treasury};
use borsh::BorshDeserialize;
use evidence::Brought;
use serin_consensus::staking::era::{EraCall, EraError};
use serin_consensus::staking::keys::{KeysCall, KeysError, SessionSecrets};
use serin_consensus::staking::ledger::{LedgerCall, LedgerError, Payee, Terms};
use serin_consensus::staking::offence::{OffenceCall, OffenceError};
use serin_consensus::staking::pools::{ChangeRate, PoolCall, PoolError, PoolId, Roles, State};
use serin_consensus::staking::{Call as Staking, Error, Perbill};
use serin_node::runtime::{
    Call, DispatchError, Event, InvalidTransaction, SystemEvent, check_transaction,
};
use serin_state::derive::Seed;
use serin_state::layout::Item;
use serin_state::overlay::Changes;
use serin_state::tree::{NoPages, Tree};
use serin_state::types::{AccountId, Balance, Era, Hash};
use stage::{ERA, POOL, Stage};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Why, who asks, for what, and what the answer is.
type Case = (&'static str, usize, Call, Error);

fn root(state: &serin_node::runtime::invariants::Dump) -> Hash {
    let rows: Changes = state.iter().map(|(key, value)| (*key, Some(value.clone()))).collect();
    Tree::empty().update(&NoPages, &rows).unwrap().root()
}

/// Runs `call` in a block of `sender` and checks that it is refused with `error` and that nothing else has happened.
fn refused(world: &World, (why, sender, call, error): &Case) {
    refused_as(world, (why, *sender), call, DispatchError::from(*error));
}

/// The same of any module.
fn refused_as(world: &World, (why, sender): (&str, usize), call: &Call, error: DispatchError) {
    let slot = world.next_slot();
    let mut without = world.clone();
    without.block_at(slot, &[]);
    let transaction = world.signed(sender, call);
    let mut with = world.clone();
    let outcome = with.block_at(slot, &[transaction]).outcomes.remove(0);
    assert_eq!(outcome.result, Err(error), "{why}");
    let of_batches =
        |event: &Event| matches!(event, Event::System(SystemEvent::BatchFailed { .. }));
    assert!(outcome.events.iter().all(of_batches), "{why}: {:?}", outcome.events);

    let payer = id(sender);
    let (before, after) = (without.account(payer), with.account(payer));
    assert_eq!(after.nonce, before.nonce.next().unwrap(), "{why}");
    if payer != id(0) {
        assert_eq!(before.free.saturating_sub(after.free), outcome.fee, "{why}: the fee is paid");
    }
    assert_eq!((&before.holds, &before.freezes), (&after.holds, &after.freezes), "{why}");
    let paid = [payer, id(0), treasury()].map(Item::Account);
    for item in paid.into_iter().chain([Item::FeeMultiplier]) {
        let row = without.state.get(&item.key()).cloned();
        match row {
            Some(row) => with.state.insert(item.key(), row),
            None => with.state.remove(&item.key()),
        };
    }
    assert_eq!(root(&with.state), root(&without.state), "{why}: nothing has changed");
}

/// Every refusal that encodes to one byte is one of `named`, or one of `elsewhere`.
fn are_all_named<T>(named: &[Vec<u8>], elsewhere: &[(T, &str)])
where
    T: BorshDeserialize + borsh::BorshSerialize + Debug,
{
    let mut seen: BTreeSet<Vec<u8>> = named.iter().cloned().collect();
    seen.extend(elsewhere.iter().map(|(error, _)| borsh::to_vec(error).unwrap()));
    for byte in 0..=u8::MAX {
        let Ok(error) = T::try_from_slice(&[byte]) else { break };
        assert!(seen.contains(&vec![byte]), "{error:?} has no case");
    }
}

fn run<T>(cases: &[Case], of: impl Fn(&Error) -> Option<T>, elsewhere: &[(T, &str)])
where
    T: BorshDeserialize + borsh::BorshSerialize + Debug,
{
    let stage = Stage::new();
    for case in cases {
        refused(&stage.world, case);
    }
    let named = cases.iter().filter_map(|(_, _, _, error)| of(error));
    let named: Vec<Vec<u8>> = named.map(|error| borsh::to_vec(&error).unwrap()).collect();
    are_all_named(&named, elsewhere);
}

const fn ledger(call: LedgerCall) -> Call {
    Call::Staking(Staking::Ledger(call))
}

const fn pools(call: PoolCall) -> Call {
    Call::Staking(Staking::Pools(call))
}

fn nominate(targets: &[usize]) -> Call {
    ledger(LedgerCall::Nominate { targets: targets.iter().map(|index| id(*index)).collect() })
}

fn validate(percent: u32) -> Call {
    let terms = Terms { commission: Perbill::from_percent(percent), blocked: false };
    ledger(LedgerCall::Validate { terms })
}

#[test]
fn what_the_ledger_refuses_changes_nothing() {
    use LedgerError as E;
    let bond = |amount| ledger(LedgerCall::Bond { amount, payee: Payee::Stash });
    let extra = |amount| ledger(LedgerCall::BondExtra { amount });
    let unbond = |amount| ledger(LedgerCall::Unbond { amount });
    let rebond = |amount| ledger(LedgerCall::Rebond { amount });
    let chill_other = |who| ledger(LedgerCall::ChillOther { account: id(who) });
    let kick = |count: usize| ledger(LedgerCall::Kick { nominators: vec![id(4); count] });
    let withdraw = || ledger(LedgerCall::Withdraw);
    let payee = || ledger(LedgerCall::SetPayee { payee: Payee::None });
    let reap = |who| ledger(LedgerCall::Reap { account: id(who) });
    let (token, all) = (Balance::tokens, Balance(u128::MAX));
    let many: Vec<usize> = (0..25).collect();
    #[rustfmt::skip]
    let cases = [
        ("root has no bond",                     0, Call::as_root(&bond(token(5))), Error::BadOrigin),
        ("it has a bond",                        4, bond(token(5)), E::AlreadyBonded.into()),
        ("below the existential deposit",       10, bond(Balance(1)), E::BelowMinimum.into()),
        ("nothing",                             10, bond(Balance::ZERO), E::BelowMinimum.into()),
        ("more than there is",                  10, bond(all), Error::TooLittle),
        ("all: the existential deposit stays",  10, bond(token(1_000_000)), Error::TooLittle),
        ("more of no bond",                     10, extra(token(1)), E::NotBonded.into()),
        ("nothing more",                         4, extra(Balance::ZERO), E::Zero.into()),
        ("more than is free",                    4, extra(all), Error::TooLittle),
        ("of no bond",                          10, unbond(token(1)), E::NotBonded.into()),
        ("nothing is unbonded",                  4, unbond(Balance::ZERO), E::Zero.into()),
        ("more than is active",                  4, unbond(all), E::AboveActive.into()),
        ("a candidate below the least bond",     2, unbond(token(1_000_000)), E::BelowMinimum.into()),
        ("a nominator below the least bond",     4, unbond(token(600_000)), E::BelowMinimum.into()),
        ("as many parts unbond as may",          5, unbond(token(1)), E::NoMoreChunks.into()),
        ("of no bond",                          10, rebond(token(1)), E::NotBonded.into()),
        ("nothing is bonded again",              5, rebond(Balance::ZERO), E::Zero.into()),
        ("more than unbonds",                    5, rebond(all), E::AboveUnbonding.into()),
        ("nothing unbonds",                      4, rebond(token(1)), E::NothingUnbonds.into()),
        ("no bond to withdraw from",            10, withdraw(), E::NotBonded.into()),
        ("too early",                            5, withdraw(), E::NothingToWithdraw.into()),
        ("nothing unbonds",                      4, withdraw(), E::NothingToWithdraw.into()),
        ("no bond to nominate with",            10, nominate(&[0]), E::NotBonded.into()),
        ("nobody",                               4, nominate(&[]), E::NoTargets.into()),
        ("twenty-five",                          4, nominate(&many), E::TooManyTargets.into()),
        ("twice",                                4, nominate(&[0, 2, 0]), E::DuplicateTarget.into()),
        ("no candidate",                         4, nominate(&[0, 10]), E::UnknownTarget.into()),
        ("one that has chilled",                 4, nominate(&[1]), E::UnknownTarget.into()),
        ("one that takes no new nominations",    4, nominate(&[3]), E::BlockedTarget.into()),
        ("too little to nominate",               6, nominate(&[0]), E::BelowMinimum.into()),
        ("no room for a nominator",              5, nominate(&[0]), E::TooManyNominators.into()),
        ("no bond to validate with",            10, validate(10), E::NotBonded.into()),
        ("too little to validate",               6, validate(10), E::BelowMinimum.into()),
        ("a commission of nine",                 2, validate(9), E::CommissionTooLow.into()),
        ("no room for a candidate",              5, validate(10), E::TooManyCandidates.into()),
        ("no bond to chill",                    10, ledger(LedgerCall::Chill), E::NotBonded.into()),
        ("neither",                              5, ledger(LedgerCall::Chill), E::NotStaking.into()),
        ("another with stake enough",            5, chill_other(2), E::CannotChillOther.into()),
        ("another without a bond",               5, chill_other(10), E::NotBonded.into()),
        ("sixty-five",                           2, kick(65), E::TooManyKicks.into()),
        ("nobody",                               2, kick(0), E::NoTargets.into()),
        ("by no candidate",                      4, kick(1), E::NotCandidate.into()),
        ("no bond to be paid for",              10, payee(), E::NotBonded.into()),
        ("a bond worth keeping",                10, reap(4), E::NotReapable.into()),
        ("no bond",                              4, reap(10), E::NotBonded.into()),
    ];
    let of = |error: &Error| if let Error::Ledger(error) = error { Some(*error) } else { None };
    let elsewhere = [(
        E::SlashDue,
        "offence::tests::nobody_withdraws_between_the_pages_of_a_slash_that_is_due",
    )];
    run(&cases, of, &elsewhere);
}

#[test]
fn what_is_no_reward_is_not_paid_and_changes_nothing() {
    use EraError as E;
    let payout = |validator, era: u32, page| {
        let (validator, era) = (id(validator), Era(era));
        Call::Staking(Staking::Era(EraCall::Payout { validator, era, page }))
    };
    #[rustfmt::skip]
    let cases = [
        ("root claims nothing",   0, Call::as_root(&payout(0, ERA - 1, 1)), Error::BadOrigin),
        ("claimed before",        4, payout(0, ERA - 1, 0), E::AlreadyPaid.into()),
        ("the era goes on",       4, payout(0, ERA, 0), E::NotEnded.into()),
        ("the era is to come",    4, payout(0, ERA + 1, 0), E::NotEnded.into()),
        ("an era that never was", 4, payout(0, u32::MAX, 0), E::NotEnded.into()),
        ("five eras ago",         4, payout(0, ERA - 5, 0), E::TooOld.into()),
        ("no block",              4, payout(2, ERA - 1, 0), E::NothingEarned.into()),
        ("no such page",          4, payout(0, ERA - 1, 9), E::NoSuchPage.into()),
        ("the last of all pages", 4, payout(0, ERA - 1, u32::MAX), E::NoSuchPage.into()),
        ("it had chilled",        4, payout(1, ERA - 1, 0), E::NotElected.into()),
        ("a nominator",           4, payout(4, ERA - 1, 0), E::NotElected.into()),
        ("nobody",                4, payout(30, ERA - 1, 0), E::NotElected.into()),
    ];
    let of = |error: &Error| if let Error::Era(error) = error { Some(*error) } else { None };
    run(&cases, of, &[]);
}

#[test]
fn session_keys_that_are_refused_change_nothing() {
    use KeysError as E;
    let stage = Stage::new();
    let genesis = *stage.world.chain.genesis();
    let set = |secrets: &SessionSecrets, account: AccountId| {
        let (keys, proof) = secrets.possession(&genesis, account);
        Call::Staking(Staking::Keys(KeysCall::Set { keys, proof: Box::new(proof) }))
    };
    let development = |index| {
        let uri = serin_node::chain_spec::development_uri(index);
        SessionSecrets::of(&Seed::from_uri(&uri).unwrap())
    };
    let purge = || Call::Staking(Staking::Keys(KeysCall::Purge));
    #[rustfmt::skip]
    let cases = [
        ("root has no keys",         0, Call::as_root(&set(&development(9), id(0))), Error::BadOrigin),
        ("without a bond",          10, set(&development(10), id(10)), LedgerError::NotBonded.into()),
        ("another validator's",      4, set(&development(2), id(4)), E::Taken.into()),
        ("one key for two purposes", 4, stage::shared_keys(&genesis, id(4)), E::Shared.into()),
        ("there are none",           4, purge(), E::NoKeys.into()),
    ];
    let of = |error: &Error| if let Error::Keys(error) = error { Some(*error) } else { None };
    run(&cases, of, &[]);
}

#[test]
fn what_pools_refuse_changes_nothing() {
    use PoolError as E;
    let (pool, unknown, token) = (POOL, PoolId(9), Balance::tokens);
    let roles = Roles::default();
    let create = |amount| pools(PoolCall::Create { amount, roles });
    let join = |pool, amount| pools(PoolCall::Join { pool, amount });
    let unbond = |who, tokens: u128| {
        pools(PoolCall::Unbond { member: id(who), points: Balance::tokens(tokens).0 })
    };
    let nominate = |targets: &[usize]| {
        let targets = targets.iter().map(|index| id(*index)).collect();
        pools(PoolCall::Nominate { pool, targets })
    };
    let state = |state| pools(PoolCall::SetState { pool, state });
    let percent = Perbill::from_percent;
    let commission =
        |share| pools(PoolCall::SetCommission { pool, share: percent(share), payee: id(7) });
    let most = |share| pools(PoolCall::SetCommissionMax { pool, most: percent(share) });
    let rate = ChangeRate { rise_max: Perbill::ONE, delay_slots: 1 };
    #[rustfmt::skip]
    let cases = [
        ("root joins no pool",         0, Call::as_root(&join(pool, token(5))), Error::BadOrigin),
        ("in a pool",                  8, create(token(5)), E::AlreadyMember.into()),
        ("a small deposit",           10, create(Balance(1)), E::BelowMinimum.into()),
        ("as many pools as may be",   10, create(token(5)), E::TooManyPools.into()),
        ("no such pool",              10, join(unknown, token(5)), E::UnknownPool.into()),
        ("in a pool",                  8, join(pool, token(5)), E::AlreadyMember.into()),
        ("a small bond",              10, join(pool, Balance(1)), E::BelowMinimum.into()),
        ("more than there is",         8, pools(PoolCall::BondExtra { amount: Balance(u128::MAX / 2) }), Error::TooLittle),
        ("no room for a member",      10, join(pool, token(5)), E::TooManyMembers.into()),
        ("in none",                   10, pools(PoolCall::BondExtra { amount: token(5) }), E::NotMember.into()),
        ("nothing",                    8, pools(PoolCall::BondExtra { amount: token(0) }), E::Zero.into()),
        ("nothing earned",             8, pools(PoolCall::Compound), E::NothingToClaim.into()),
        ("nothing earned",            10, pools(PoolCall::Claim { member: id(8) }), E::NothingToClaim.into()),
        ("no member",                 10, pools(PoolCall::Claim { member: id(11) }), E::NotMember.into()),
        ("more points than it has",    8, unbond(8, 1_000), E::AbovePoints.into()),
        ("a part of another's",        7, unbond(8, 1), E::PartialByOther.into()),
        ("another, in an open pool",   7, unbond(8, 90), E::NotPermitted.into()),
        ("the depositor first",        7, unbond(7, 100), E::DepositorLeavesLast.into()),
        ("as many parts as may be",    8, unbond(8, 1), E::NoMoreParts.into()),
        ("nothing unbonds",            7, pools(PoolCall::Withdraw { member: id(7) }), E::NothingToWithdraw.into()),
        ("another's, in an open pool", 7, pools(PoolCall::Withdraw { member: id(8) }), E::NotPermitted.into()),
        ("no role",                    8, nominate(&[0]), E::NotPermitted.into()),
        ("an unknown target",          7, nominate(&[10]), LedgerError::UnknownTarget.into()),
        ("a target twice",             7, nominate(&[0, 0]), LedgerError::DuplicateTarget.into()),
        ("no role",                    8, pools(PoolCall::Chill { pool }), E::NotPermitted.into()),
        ("no role",                    8, state(State::Blocked), E::NotPermitted.into()),
        ("it is open",                 7, state(State::Open), E::CannotChangeState.into()),
        ("no role",                    8, pools(PoolCall::SetRoles { pool, roles }), E::NotPermitted.into()),
        ("above what the chain allows", 7, most(11), E::CommissionAboveGlobal.into()),
        ("above the promise of five",  7, commission(6), E::CommissionAboveMax.into()),
        ("from four by three",         7, commission(7), E::CommissionTooFast.into()),
        ("a weaker promise",           7, most(7), E::PromiseNotStricter.into()),
        ("a weaker promise",           7, pools(PoolCall::SetChangeRate { pool, rate }), E::PromiseNotStricter.into()),
        ("nothing to claim",           7, pools(PoolCall::ClaimCommission { pool }), E::NothingToClaim.into()),
    ];
    let of = |error: &Error| if let Error::Pools(error) = error { Some(*error) } else { None };
    let elsewhere = [
        (E::NotOpen, "pools::tests::who_may_remove_whom_depends_on_the_state"),
        (E::PointsTooCheap, "pools::tests::a_pool_whose_points_are_worth_little_..."),
        (E::NoCommission, "pools::tests::what_pools_refuse"),
    ];
    run(&cases, of, &elsewhere);
}

#[test]
fn evidence_that_proves_nothing_changes_nothing() {
    use OffenceError as E;
    let stage = Stage::new();
    let brought = Brought::of(&stage);
    let cancel = |era| {
        Call::Staking(Staking::Offence(OffenceCall::Cancel { era: Era(era), account: id(2) }))
    };
    #[rustfmt::skip]
    let refusals = [
        ("repeated",                          brought.again(), E::Known),
        ("the same slot, other headers",      brought.same_slot(), E::Known),
        ("expired: six eras ago",             brought.expired(), E::Expired),
        ("a session that is to come",         brought.of_session(1_000), E::UnknownSession),
        ("a session that never will be",      brought.of_session(u64::MAX), E::UnknownSession),
        ("a slot of another session",         brought.of_slot(3), E::OtherSession),
        ("votes of another set",              brought.of_set(99), E::OtherSession),
        ("somebody else is named",            brought.of_another(), E::NotAMember),
        ("the account is forged",             brought.forged_account(), E::NotAMember),
        ("it has left the set",               brought.of_who_left(), E::NotAMember),
        ("it never was in any set",           brought.of_a_stranger(), E::NotAMember),
        ("a vote key does not seal",          brought.of_the_other_key(), E::NotAMember),
    ];
    for (why, report, error) in &refusals {
        let alone = stage.world.signed(4, report);
        let slot = stage.world.next_slot();
        let checked = check_transaction(&stage.world.chain, &stage.world.state, slot, &alone);
        assert_eq!(checked, Err(InvalidTransaction::Evidence(*error)), "{why}: in no block");
        assert_eq!(
            stage.world.build(slot, &[alone]),
            Err(InvalidTransaction::Evidence(*error)),
            "{why}"
        );
    }
    let mut cases: Vec<Case> = refusals
        .iter()
        .map(|(why, report, error)| {
            (*why, 4, Call::batch(core::slice::from_ref(report)), (*error).into())
        })
        .collect();
    let as_root = Call::as_root(&brought.good());
    cases.push(("root brings nothing", 0, as_root, Error::BadOrigin));
    cases.push(("not the sender's to cancel", 4, cancel(ERA), Error::BadOrigin));
    cases.push(("no slash of that era", 0, Call::as_root(&cancel(1)), E::NothingToCancel.into()));
    let of = |error: &Error| if let Error::Offence(error) = error { Some(*error) } else { None };
    run(&cases, of, &[(E::NoOffence, "evidence_whose_signatures_do_not_hold_stands_in_no_block")]);
}

#[test]
fn evidence_whose_signatures_do_not_hold_stands_in_no_block() {
    let stage = Stage::new();
    let (world, brought) = (&stage.world, Brought::of(&stage));
    let good = brought.good();
    let cases = [
        ("a seal is forged", brought.forged_seal()),
        ("a vote is forged", brought.forged_vote()),
        ("of another chain", brought.of_another_chain()),
        ("of another chain, in a batch", Call::batch(&[brought.of_another_chain()])),
        (
            "of another chain, behind a good one",
            Call::batch(&[good.clone(), brought.forged_seal()]),
        ),
        ("one header twice", brought.one_header_twice()),
        ("one vote twice", brought.one_vote_twice()),
        ("two stages of a round", brought.two_stages()),
    ];
    for (why, call) in cases {
        let (slot, transaction) = (world.next_slot(), world.signed(4, &call));
        let checked = check_transaction(&world.chain, &world.state, slot, &transaction);
        assert_eq!(checked, Err(InvalidTransaction::Unproven), "{why}");
        assert_eq!(world.build(slot, &[transaction]), Err(InvalidTransaction::Unproven), "{why}");
    }
    // The same rules take what is sound: it is free where it raises what somebody loses, also for an account that is not there.
    let mut world = stage.world.clone();
    let second = evidence::report(&brought.seals(3, stage.known.0 + 1));
    let sound = [
        ("an equal share again", 4, good, false),
        ("a second offender in the slot", 30, second, true),
    ];
    for (why, sender, call, is_free) in sound {
        let outcome = world.one(sender, &call);
        assert_eq!(outcome.result, Ok(()), "{why}");
        assert_eq!(outcome.fee == Balance::ZERO, is_free, "{why}");
    }
}
