//! Eras on a chain of blocks: elections, set changes, points, pay and what is refused.
//!
//! Four validators with a bond each, epochs of ten slots, eras of two epochs. Development account 4 nominates.

use crate::world::{GENESIS_TIME, World, id};
use serin_consensus::staking::era::{self, EraCall, EraError, EraEvent, EraInfo};
use serin_consensus::staking::ledger::{self, LedgerCall, Payee, Terms};
use serin_consensus::staking::offence::OffenceEvent;
use serin_consensus::staking::{self, Call as Staking, Error, Perbill, active_era};
use serin_node::chain_spec::{ChainSpec, GenesisNominator};
use serin_node::runtime::invariants::check_election;
use serin_node::runtime::{Call, DispatchError, Event, Executed, InvalidTransaction, query};
use serin_state::types::{AccountId, Balance, Era, Slot, Weight};
use std::collections::BTreeSet;

fn spec() -> ChainSpec {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 10;
    spec
}

fn world() -> World {
    World::new(&spec())
}

fn ledger_call(call: LedgerCall) -> Call {
    Call::Staking(Staking::Ledger(call))
}

fn payout(validator: AccountId, era: u32, page: u32) -> Call {
    Call::Staking(Staking::Era(EraCall::Payout { validator, era: Era(era), page }))
}

fn events(executed: &Executed) -> Vec<EraEvent> {
    let events = executed.block_events.iter();
    events
        .filter_map(|event| {
            let Event::Staking(staking::Event::Era(event)) = event else { return None };
            Some(event.clone())
        })
        .collect()
}

fn info(world: &World, era: u32) -> EraInfo {
    era::era_info(&world.state, Era(era)).unwrap()
}

/// Blocks in slots `first..=last`.
fn run(world: &mut World, first: u64, last: u64) {
    for slot in first..=last {
        world.block_at(Slot(slot), &[]);
    }
}

fn authors(world: &World) -> Vec<AccountId> {
    world.session.current().members().iter().map(|member| member.account).collect()
}

#[test]
fn an_era_is_elected_in_its_predecessors_last_epoch_and_begins_with_the_session_after() {
    let mut world = world();
    let all: Vec<AccountId> = (0..4).map(id).collect();
    assert_eq!((active_era(&world.state), authors(&world)), (Era(0), all.clone()));
    world.block_at(Slot(3), &[]);
    world.one(3, &ledger_call(LedgerCall::Chill)).result.unwrap();
    // Epoch 1 is the last of era 0.
    let elected = world.block_at(Slot(12), &[]);
    let stake = Balance::tokens(3_000_000);
    assert_eq!(events(&elected), [EraEvent::Elected { era: Era(1), validators: 3, stake }]);
    assert_eq!((active_era(&world.state), era::elected_era(&world.state)), (Era(0), Era(1)));
    let announced = elected.announcements.next_epoch.unwrap().authorities.unwrap();
    assert_eq!((announced.len(), elected.announcements.next_set), (3, None));
    assert_eq!(authors(&world), all, "the old set serves to the end of the era");
    run(&mut world, 13, 15);
    let began = world.block_at(Slot(21), &[]);
    let [EraEvent::Ended { era: Era(0), stakers, treasury }, EraEvent::Began { era: Era(1) }] =
        events(&began)[..]
    else {
        panic!("{:?}", events(&began))
    };
    assert_eq!((active_era(&world.state), authors(&world)), (Era(1), all[..3].to_vec()));
    assert_eq!(began.announcements.next_set.unwrap().len(), 3);
    assert_eq!(info(&world, 0).pay, Some(stakers));
    assert!(treasury > Balance::ZERO && stakers > Balance::ZERO);
    assert_eq!(info(&world, 1).start, Slot(21));
    let record = query::session_record(&world.state, 2).unwrap();
    assert_eq!((record.era, record.count), (1, 3));
    assert_eq!(query::session_record(&world.state, 1).unwrap().era, 0);
}

#[test]
fn the_block_of_an_election_takes_no_transactions() {
    let mut world = world();
    world.block_at(Slot(3), &[]);
    let body = [world.signed(4, &Call::transfer(id(5), Balance::tokens(1)))];
    assert_eq!(world.build(Slot(12), &body).err(), Some(InvalidTransaction::BlockFull));
    world.block_at(Slot(12), &[]);
    assert_eq!(world.one(4, &Call::transfer(id(5), Balance::tokens(1))).result, Ok(()));
}

#[test]
fn a_skipped_last_epoch_makes_the_era_longer_and_skips_nobody() {
    let mut world = world();
    world.block_at(Slot(3), &[]);
    // Epochs 1 to 6 have no block: epoch 7 is session 1, the last of the era.
    let elected = world.block_at(Slot(72), &[]);
    assert!(matches!(events(&elected)[..], [EraEvent::Elected { era: Era(1), .. }]));
    // So does epoch 8: the next session begins the era.
    world.block_at(Slot(95), &[]);
    assert_eq!((active_era(&world.state), world.session.number()), (Era(1), 2));
}

#[test]
fn without_candidates_the_set_stays_and_the_next_session_tries_again() {
    let mut world = world();
    world.block_at(Slot(3), &[]);
    for validator in 0..4 {
        world.one(validator, &ledger_call(LedgerCall::Chill)).result.unwrap();
    }
    for epoch in 1..4 {
        let tried = world.block_at(Slot(epoch * 10 + 1), &[]);
        assert_eq!(events(&tried), [EraEvent::NotElected { era: Era(1) }]);
    }
    assert_eq!((active_era(&world.state), authors(&world).len()), (Era(0), 4));
    let terms = Terms { commission: Perbill::from_percent(10), blocked: false };
    world.one(2, &ledger_call(LedgerCall::Validate { terms })).result.unwrap();
    world.block_at(Slot(41), &[]);
    world.block_at(Slot(51), &[]);
    assert_eq!((active_era(&world.state), authors(&world)), (Era(1), vec![id(2)]));
    let paid = era::era_info(&world.state, Era(0)).unwrap().pay.unwrap();
    assert!(paid > Balance::ZERO);
}

/// A world in era 2, where account 4 has nominated validators 0 and 1 before era 1, and nobody else does.
fn nominated(page: u32) -> World {
    let mut spec = spec();
    if let Some(staking) = &mut spec.staking {
        staking.parameters.eras.exposure_page = page;
        staking.parameters.eras.history_eras = 4;
        staking.parameters.election.balancing_rounds = 20;
    }
    let mut world = World::new(&spec);
    world.block_at(Slot(1), &[]);
    for nominator in 4..6 {
        let bond = LedgerCall::Bond { amount: Balance::tokens(600_000), payee: Payee::Stash };
        world.one(nominator, &ledger_call(bond)).result.unwrap();
        let targets = vec![id(0), id(1)];
        world.one(nominator, &ledger_call(LedgerCall::Nominate { targets })).result.unwrap();
    }
    world.block_at(Slot(10), &[]);
    check_election(&world.state).unwrap();
    run(&mut world, 20, 29);
    run(&mut world, 40, 41);
    world
}

#[test]
fn exposures_are_the_bonds_of_the_election_and_later_bonds_change_nothing() {
    let mut world = nominated(512);
    assert_eq!(active_era(&world.state), Era(1));
    let of = |world: &World, validator| era::exposure(&world.state, Era(1), id(validator)).unwrap();
    let totals: Vec<Balance> = (0..4).map(|validator| of(&world, validator).total).collect();
    // 1,200,000 of two nominators on two validators with a million each, balanced: 1,600,000 each.
    let ideal = [1_600_000, 1_600_000, 1_000_000, 1_000_000].map(Balance::tokens);
    for (total, ideal) in totals.iter().zip(ideal) {
        let off = total.saturating_sub(ideal).max(ideal.saturating_sub(*total));
        assert!(off < Balance::tokens(1), "{total} of {ideal}");
    }
    assert_eq!(totals[0].saturating_add(totals[1]), Balance::tokens(3_200_000));
    let before = of(&world, 0);
    world
        .one(0, &ledger_call(LedgerCall::BondExtra { amount: Balance::tokens(5) }))
        .result
        .unwrap();
    assert_eq!((of(&world, 0).own, of(&world, 0).total), (before.own, before.total));
    assert_eq!(info(&world, 1).stake, Balance::tokens(5_200_000));
}

#[test]
fn a_page_is_paid_once_by_anybody_and_money_comes_only_from_the_eras_pay() {
    let mut world = nominated(1);
    run(&mut world, 50, 50);
    run(&mut world, 60, 61);
    assert_eq!(active_era(&world.state), Era(2));
    let era = info(&world, 1);
    let pay = era.pay.unwrap();
    let exposure = era::exposure(&world.state, Era(1), id(0)).unwrap();
    assert_eq!((era.points, exposure.points), (12 * 20, 12 * 20), "the test's author is number 0");
    assert_eq!((exposure.nominators, exposure.pages(era.page)), (2, 2));
    let before = (query::issuance(&world.state), world.free(id(4)), world.free(id(5)));
    let bonded = ledger::bond_of(&world.state, id(0)).unwrap().active;
    world.one(2, &payout(id(0), 1, 0)).result.unwrap();
    let middle = query::issuance(&world.state);
    world.one(3, &payout(id(0), 1, 1)).result.unwrap();
    let after = query::issuance(&world.state);
    assert!(before.0 < middle && middle < after);
    // Commission of ten percent, the rest by stake. A share is cut to a billionth of the whole.
    let commission = pay.0 / 10;
    let cut = pay.0 / 1_000_000_000 + 2;
    let part = |stake: Balance| {
        (pay.0 - commission) / 1_000_000 * (stake.0 * 1_000_000 / exposure.total.0)
    };
    let close = |got: u128, expected: u128| got.abs_diff(expected) < cut + pay.0 / 500_000;
    let mut all = 0;
    for (account, had, page) in [(4, before.1, 0), (5, before.2, 1)] {
        let nominators = era::exposure_page(&world.state, Era(1), id(0), page);
        assert_eq!((nominators.len(), nominators[0].0), (1, id(account)));
        let got = world.free(id(account)) - had;
        assert!(close(got, part(nominators[0].1)), "{account} got {got}");
        all += got;
    }
    let own = ledger::bond_of(&world.state, id(0)).unwrap().active.saturating_sub(bonded).0;
    assert!(close(own, part(exposure.own) + commission), "{own}");
    all += own;
    let minted = after.saturating_sub(before.0);
    assert_eq!(minted, Balance(all), "what is minted is what arrives");
    assert!(minted <= pay && pay.saturating_sub(minted).0 <= 5 * cut, "{minted} of {pay}");
    // Refused, and nothing is minted.
    let cases = [
        ("twice", payout(id(0), 1, 0), EraError::AlreadyPaid),
        ("twice", payout(id(0), 1, 1), EraError::AlreadyPaid),
        ("no such page", payout(id(0), 1, 2), EraError::NoSuchPage),
        ("no block", payout(id(1), 1, 0), EraError::NothingEarned),
        ("a nominator", payout(id(4), 1, 0), EraError::NotElected),
        ("it goes on", payout(id(0), 2, 0), EraError::NotEnded),
        ("to come", payout(id(0), 3, 0), EraError::NotEnded),
    ];
    for (why, call, error) in cases {
        let outcome = world.one(2, &call);
        assert_eq!(outcome.result, Err(DispatchError::Staking(Error::Era(error))), "{why}");
        assert_eq!(outcome.events, [], "{why}");
    }
}

#[test]
fn an_old_era_cannot_be_claimed_and_is_forgotten_in_parts() {
    let mut world = nominated(1);
    for epoch in 6..20 {
        run(&mut world, epoch * 10, epoch * 10);
    }
    let active = active_era(&world.state).0;
    assert!(active >= 7, "{active}");
    let too_old = DispatchError::Staking(Error::Era(EraError::TooOld));
    assert_eq!(world.one(2, &payout(id(0), active - 5, 0)).result, Err(too_old));
    assert_eq!(world.one(2, &payout(id(0), active - 4, 0)).result, Ok(()));
    let oldest = era::oldest_era(&world.state).0;
    assert_eq!(oldest, active - 4);
    assert!((0..oldest).all(|era| era::era_info(&world.state, Era(era)).is_none()));
    assert!((0..oldest).all(|era| era::exposure(&world.state, Era(era), id(0)).is_none()));
}

#[test]
fn a_chain_that_starts_late_is_paid_from_its_first_block_on() {
    // What era 0 pays, and for how many slots, where the first block stands in this slot.
    let pay = |first: u64| {
        let mut world = world();
        world.block_at(Slot(first), &[]);
        while active_era(&world.state) == Era(0) {
            world.block_at(world.head.slot().saturating_add(10), &[]);
        }
        assert_eq!(info(&world, 0).start, Slot(first));
        (info(&world, 0).pay.unwrap().0, world.head.slot().0 - first)
    };
    let (early, late) = (pay(3), pay(10_003));
    // The first block of the late chain begins session 1: epochs without blocks are none.
    assert_eq!((early.1, late.1), (20, 10));
    assert!(early.0.abs_diff(late.0 * 2) < 100, "{early:?} and {late:?}");
    // A year has 31,557,600 slots of a second, and at most a tenth is minted in it.
    let issuance = query::issuance(&world().state).0;
    assert!(early.0 > 0 && early.0 <= issuance / 10 * 20 / 31_557_600, "{early:?}");
}

/// Why, who of seven makes the blocks, how many blocks there are, the parameter, who is named, and whether they are chilled.
type Absence = (&'static str, &'static [u32], u64, bool, &'static [usize], bool);

/// One of seven makes no block, or two, or three; the numbers of the table say what follows.
#[test]
fn who_makes_no_block_in_an_era_of_many_is_named_and_by_parameter_chilled() {
    #[rustfmt::skip]
    let cases: [Absence; 7] = [
        ("all are there",                   &[0, 1, 2, 3, 4, 5, 6], 140, true,  &[],        false),
        ("one is not",                      &[0, 1, 2, 4, 5, 6],    140, true,  &[3],       true),
        ("two are a third of seven",        &[0, 1, 4, 5, 6],       140, true,  &[2, 3],    true),
        ("three are more: nobody is chilled", &[0, 4, 5, 6],        140, true,  &[1, 2, 3], false),
        ("Kusama's parameter",              &[0, 1, 2, 4, 5, 6],    140, false, &[3],       false),
        ("nine blocks a seat tell nothing", &[0, 1, 2, 4, 5, 6],     63, true,  &[],        false),
        ("ten do",                          &[0, 1, 2, 4, 5, 6],     70, true,  &[3],       true),
    ];
    for (why, authors, blocks, chills, named, chilled) in cases {
        let mut world = of_seven(chills);
        for slot in 1..=blocks {
            let turn = usize::try_from(slot).unwrap() % authors.len();
            world.block_by(authors[turn], Slot(slot * 140 / blocks));
        }
        let events: Vec<_> = world.block_by(0, Slot(150)).block_events;
        assert_eq!(active_era(&world.state), Era(1), "{why}");
        let found: Vec<(usize, bool)> = events.iter().filter_map(offline).collect();
        let expected: Vec<(usize, bool)> = named.iter().map(|number| (*number, chilled)).collect();
        assert_eq!(found, expected, "{why}");
        for number in 0..7 {
            let is_candidate = ledger::candidate(&world.state, id(number)).is_some();
            assert_eq!(is_candidate, !(chilled && named.contains(&number)), "{why}: {number}");
        }
        let seats = era::seats(&world.state, Era(1)).len();
        assert_eq!(seats, 7, "{why}: era 1 was elected before");
        let bond = ledger::bond_of(&world.state, id(3)).unwrap();
        assert_eq!(bond.active, Balance::tokens(1_000_000), "{why}: it costs nothing");
    }
}

fn offline(event: &Event) -> Option<(usize, bool)> {
    let Event::Staking(staking::Event::Offence(OffenceEvent::Offline { era, account, chilled })) =
        event
    else {
        return None;
    };
    assert_eq!(*era, Era(0));
    let number = (0..7).find(|number| id(*number) == *account).unwrap();
    Some((number, *chilled))
}

/// Seven validators, in eras of two epochs of 75 slots.
fn of_seven(chills: bool) -> World {
    let mut spec = ChainSpec::local(7, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 75;
    spec.staking.as_mut().unwrap().parameters.offences.chill_offline = chills;
    World::new(&spec)
}

#[test]
fn weights_by_stake_are_those_of_the_election_for_the_whole_era() {
    let mut spec = spec();
    if let Some(staking) = &mut spec.staking {
        staking.parameters.eras.weigh_by_stake = true;
        staking.parameters.eras.stake_divisor = 1_000_000_000;
    }
    let mut world = World::new(&spec);
    let weights = |world: &World| {
        let members = world.session.current().members();
        members.iter().map(|one| one.weight.0).collect::<Vec<_>>()
    };
    world.block_at(Slot(1), &[]);
    assert_eq!(weights(&world), [1; 4], "genesis has no election");
    let extra = |tokens| ledger_call(LedgerCall::BondExtra { amount: Balance::tokens(tokens) });
    world.one(2, &extra(500_000)).result.unwrap();
    world.block_at(Slot(10), &[]);
    let began = world.block_at(Slot(20), &[]);
    // A token is 10^12 units, of which a thousand make one of weight.
    let million = 1_000_000_000;
    let expected = [million, million, million * 3 / 2, million];
    assert_eq!(weights(&world), expected);
    let voters = began.announcements.next_set.unwrap();
    assert_eq!(voters.iter().map(|one| one.weight.0).collect::<Vec<_>>(), expected);
    world.one(3, &extra(400_000)).result.unwrap();
    world.block_at(Slot(30), &[]);
    assert_eq!(weights(&world), expected, "the second session of the era");
    world.block_at(Slot(40), &[]);
    assert_eq!(weights(&world), [million, million, million * 3 / 2, million * 7 / 5]);
}

#[test]
fn an_election_counts_those_whom_its_block_has_room_for() {
    // Two milliseconds less 4.8 microseconds for each of four candidates: 7.2 for a nominator with four targets.
    for (milliseconds, expected) in [(300, 400), (2, 275)] {
        let mut spec = spec();
        spec.parameters.block_weight_max = Weight(milliseconds * 1_000_000_000);
        let targets: Vec<AccountId> = spec.validators.iter().map(|one| one.account).collect();
        let staking = spec.staking.as_mut().unwrap();
        for number in 0..400_u32 {
            let mut account = AccountId([9; 32]);
            account.0[..4].copy_from_slice(&number.to_le_bytes());
            spec.balances.push((account, Balance::tokens(20)));
            let (bond, targets) = (Balance::tokens(10), targets.clone());
            staking.nominators.push(GenesisNominator { account, bond, targets });
        }
        spec.check().unwrap();
        let mut world = World::new(&spec);
        let backers = |world: &World, number| {
            let page = |seat| era::exposure_page(&world.state, Era(number), id(seat), 0);
            let all = (0..4).flat_map(page).map(|(account, _)| account);
            all.collect::<BTreeSet<AccountId>>().len()
        };
        assert_eq!(backers(&world, 0), 400, "nobody waits for genesis");
        world.block_at(Slot(1), &[]);
        let elected = world.block_at(Slot(10), &[]);
        assert!(matches!(events(&elected)[..], [EraEvent::Elected { validators: 4, .. }]));
        assert_eq!(backers(&world, 1), expected, "in {milliseconds} ms");
    }
}
