//! Bounties from proposal to payment: who may, which deposits move, and that all money adds up.
//!
//! Every refusal is shown to change nothing, by comparing the whole state.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

use super::*;
use crate::reasons::{BOUNTY_DEPOSIT, CURATOR_DEPOSIT};
use crate::treasury::TreasuryError;
use crate::{Context, Error, Event, Origin, Parameters, TrackId};
use proptest::prelude::*;
use serin_state::balances::Ledger;
use serin_state::codec::encode;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::Overlay;
use serin_state::types::{AccountId, Balance, Slot};
use std::collections::BTreeMap;

type State = Overlay<BTreeMap<StateKey, Vec<u8>>>;

const EXISTENTIAL: Balance = Balance(100);
const POT: u128 = Balance::tokens(1_000_000).0;
const RICH: u128 = Balance::tokens(100).0;
const VALUE: u128 = Balance::tokens(8).0;
const FEE: u128 = Balance::tokens(1).0;
const ANNA: AccountId = AccountId([1; 32]);
const CURATOR: AccountId = AccountId([2; 32]);
const BEN: AccountId = AccountId([3; 32]);
const PEOPLE: [AccountId; 3] = [ANNA, CURATOR, BEN];
const TIPPER: Origin = Origin::Track(TrackId(30));
const TREASURER: Origin = Origin::Track(TrackId(11));
const SPENDER: Origin = Origin::Track(TrackId(32));
const GENERAL_ADMIN: Origin = Origin::Track(TrackId(14));

struct World {
    state: State,
    parameters: Parameters,
    slot: u64,
    events: Vec<Event>,
}

impl World {
    fn new() -> Self {
        let mut state = Overlay::new(BTreeMap::new());
        let mut ledger = Ledger::new(&mut state, EXISTENTIAL);
        ledger.mint(Context::<State>::treasury(), Balance(POT)).unwrap();
        for who in PEOPLE {
            ledger.mint(who, Balance(RICH)).unwrap();
        }
        let bounties =
            BountyParameters { update_period: 100, payout_delay: 10, ..Default::default() };
        let parameters = Parameters { bounties, ..Parameters::default() };
        Self { state, parameters, slot: 5, events: Vec::new() }
    }

    fn run(&mut self, origin: Origin, call: BountyCall) -> Result<(), Error> {
        let mut context =
            Context::new(&mut self.state, &self.parameters, EXISTENTIAL, Slot(self.slot));
        let result = apply(&mut context, origin, call);
        let dust = context.dust.amount();
        assert!(result.is_err() || dust.is_zero(), "nobody ends with dust");
        self.events = context.events;
        result
    }

    /// As the runtime: what a refused call wrote is dropped.
    fn try_run(&mut self, origin: Origin, call: BountyCall) -> Result<(), Error> {
        let before = self.state.clone();
        let result = self.run(origin, call);
        if result.is_err() {
            self.state = before;
        }
        result
    }

    fn free(&mut self, who: AccountId) -> u128 {
        Ledger::new(&mut self.state, EXISTENTIAL).account(who).free.0
    }

    fn held(&mut self, who: AccountId) -> (u128, u128) {
        let account = Ledger::new(&mut self.state, EXISTENTIAL).account(who);
        (account.held_for(BOUNTY_DEPOSIT).0, account.held_for(CURATOR_DEPOSIT).0)
    }

    fn treasury(&mut self) -> u128 {
        self.free(Context::<State>::treasury())
    }

    fn bounty(&mut self, index: u32) -> Option<Bounty> {
        get(&Context::new(&mut self.state, &self.parameters, EXISTENTIAL, Slot(0)), index)
    }

    /// A world whose bounty 0 is so many steps on its way.
    fn after(steps: usize) -> Self {
        let mut world = Self::new();
        for (origin, call) in way().into_iter().take(steps) {
            world.run(origin, call).unwrap();
        }
        world
    }
}

fn propose(value: u128, description: &str) -> BountyCall {
    BountyCall::Propose { value: Balance(value), description: description.to_owned() }
}

fn ask(fee: u128) -> BountyCall {
    BountyCall::ProposeCurator { index: 0, curator: CURATOR, fee: Balance(fee) }
}

/// Proposed, funded, offered, active, pending.
fn way() -> [(Origin, BountyCall); 5] {
    [
        (Origin::Signed(ANNA), propose(VALUE, "a wallet")),
        (TIPPER, BountyCall::Approve { index: 0 }),
        (TIPPER, ask(FEE)),
        (Origin::Signed(CURATOR), BountyCall::AcceptCurator { index: 0 }),
        (Origin::Signed(CURATOR), BountyCall::Award { index: 0, beneficiary: BEN }),
    ]
}

#[test]
fn a_bounty_goes_from_proposal_to_payment_and_every_deposit_comes_back() {
    let mut world = World::after(1);
    let bond = 333_333_333 * (1_000 + 8);
    assert_eq!(world.held(ANNA), (bond, 0), "ten QUID and a cent a byte");
    world = World::after(2);
    assert_eq!(world.held(ANNA), (0, 0));
    assert_eq!((world.treasury(), world.free(account(0))), (POT - VALUE, VALUE));
    world = World::after(4);
    assert_eq!(world.held(CURATOR), (0, 333_333_333 * 500), "half the fee, at most 500 cents");
    world = World::after(5);
    world.slot = 15;
    world.run(Origin::Signed(ANNA), BountyCall::Claim { index: 0 }).unwrap();
    let (payout, fee) = (Balance(VALUE - FEE), Balance(FEE));
    assert_eq!(world.events, [BountyEvent::Claimed { index: 0, payout, fee }.into()]);
    assert_eq!(PEOPLE.map(|who| world.held(who)), [(0, 0); 3]);
    assert_eq!(PEOPLE.map(|who| world.free(who)), [RICH, RICH + FEE, RICH + VALUE - FEE]);
    assert_eq!((world.treasury(), world.free(account(0))), (POT - VALUE, 0));
    assert_eq!(world.bounty(0), None, "it is paid once");
}

#[test]
fn a_curators_deposit_is_half_the_fee_within_its_bounds() {
    let parameters = BountyParameters::default();
    let cents = |count: u128| Balance(333_333_333 * count);
    #[rustfmt::skip]
    let cases = [
        ("no fee asks for the least",     cents(0),     cents(10)),
        ("half of it is the least",       cents(20),    cents(10)),
        ("half",                          cents(21),    Balance(cents(21).0 / 2)),
        ("half of it is the most",        cents(1_000), cents(500)),
        ("more asks for the most",        cents(1_001), cents(500)),
        ("beyond all numbers",            Balance(u128::MAX), cents(500)),
    ];
    for (why, fee, deposit) in cases {
        assert_eq!(parameters.curator_deposit(fee), deposit, "{why}");
    }
}

#[test]
fn a_wrong_call_is_refused_and_nothing_changes() {
    use BountyCall as Call;
    let anna = Origin::Signed(ANNA);
    let curator = Origin::Signed(CURATOR);
    let long = "x".repeat(DESCRIPTION_BYTES_MAX + 1);
    let (approve, accept, unassign) = (
        Call::Approve { index: 0 },
        Call::AcceptCurator { index: 0 },
        Call::UnassignCurator { index: 0 },
    );
    let (claim, close, extend) =
        (Call::Claim { index: 0 }, Call::Close { index: 0 }, Call::Extend { index: 0 });
    let award = Call::Award { index: 0, beneficiary: BEN };
    let wrong: Error = BountyError::WrongStage.into();
    let above = propose(POT / 2, "all");
    #[rustfmt::skip]
    let cases: Vec<(&str, usize, u64, Origin, Call, Error)> = vec![
        ("a track cannot pay a deposit",       0, 5,   TIPPER,        propose(VALUE, "a"),  Error::BadOrigin),
        ("no text",                            0, 5,   anna,          propose(VALUE, ""),   BountyError::Description.into()),
        ("too much text",                      0, 5,   anna,          propose(VALUE, &long), BountyError::Description.into()),
        ("worth one less than the least",      0, 5,   anna,          propose(333_333_333 * 200 - 1, "a"), BountyError::ValueTooSmall.into()),
        ("a proposer who cannot pay",          0, 5,   Origin::Signed(AccountId([9; 32])), propose(VALUE, "a"), Error::TooLittle),
        ("one that nobody proposed",           0, 5,   TREASURER,     approve.clone(),      BountyError::Unknown.into()),
        ("approved by an account",             1, 5,   anna,          approve.clone(),      Error::BadOrigin),
        ("approved by a track that spends nothing", 1, 5, GENERAL_ADMIN, approve.clone(),   Error::BadOrigin),
        ("approved twice",                     2, 5,   TREASURER,     approve.clone(),      wrong),
        ("a curator before it is funded",      1, 5,   TIPPER,        ask(FEE),             wrong),
        ("a curator by an account",            2, 5,   anna,          ask(FEE),             Error::BadOrigin),
        ("a curator by a track that spends nothing", 2, 5, GENERAL_ADMIN, ask(FEE),         Error::BadOrigin),
        ("a fee of all its value",             2, 5,   TIPPER,        ask(VALUE),           BountyError::FeeTooLarge.into()),
        ("a second curator",                   4, 5,   TIPPER,        ask(FEE),             wrong),
        ("accepted before anyone was asked",   2, 5,   curator,       accept.clone(),       wrong),
        ("accepted by somebody else",          3, 5,   anna,          accept.clone(),       BountyError::NotCurator.into()),
        ("accepted by a track",                3, 5,   TIPPER,        accept,               Error::BadOrigin),
        ("unassigned without a curator",       2, 5,   TREASURER,     unassign.clone(),     wrong),
        ("an offer withdrawn by somebody else", 3, 500, anna,         unassign.clone(),     Error::BadOrigin),
        ("taken by anyone in the last slot",   4, 105, anna,          unassign.clone(),     BountyError::TooEarly.into()),
        ("taken by a track that may not",      4, 500, SPENDER,       unassign.clone(),     Error::BadOrigin),
        ("given back after the award",         5, 5,   curator,       unassign,             Error::BadOrigin),
        ("awarded by somebody else",           4, 5,   anna,          award.clone(),        BountyError::NotCurator.into()),
        ("awarded before acceptance",          3, 5,   curator,       award.clone(),        wrong),
        ("awarded twice",                      5, 5,   curator,       award,                wrong),
        ("claimed before it is awarded",       4, 5,   anna,          claim.clone(),        wrong),
        ("claimed one slot early",             5, 14,  anna,          claim.clone(),        BountyError::TooEarly.into()),
        ("claimed by a track",                 5, 15,  TREASURER,     claim,                Error::BadOrigin),
        ("closed by an account",               2, 5,   anna,          close.clone(),        Error::BadOrigin),
        ("closed by a track that only spends", 2, 5,   SPENDER,       close.clone(),        Error::BadOrigin),
        ("closed after its award",             5, 5,   TREASURER,     close,                BountyError::Awarded.into()),
        ("extended by somebody else",          4, 5,   anna,          extend.clone(),       BountyError::NotCurator.into()),
        ("extended after the award",           5, 5,   curator,       extend,               wrong),
    ];
    for (why, steps, slot, origin, call, expected) in cases {
        let mut world = World::after(steps);
        world.slot = slot;
        let before = world.state.clone().into_changes();
        assert_eq!(world.run(origin, call), Err(expected), "{why}");
        assert_eq!(world.events, Vec::new(), "{why}");
        assert_eq!(world.state.clone().into_changes(), before, "{why}: nothing changed");
    }
    let mut world = World::new();
    world.run(anna, above).unwrap();
    let before = world.state.clone().into_changes();
    let refused = world.run(TIPPER, BountyCall::Approve { index: 0 });
    assert_eq!(refused, Err(TreasuryError::OverLimit.into()), "above the track's limit");
    assert_eq!(world.state.into_changes(), before);
}

#[test]
fn bounties_of_one_batch_are_added_up_and_a_poor_treasury_funds_none() {
    let mut world = World::after(1);
    world.run(Origin::Signed(ANNA), propose(VALUE, "another")).unwrap();
    let mut context = Context::new(&mut world.state, &world.parameters, EXISTENTIAL, Slot(6));
    let first = apply(&mut context, TIPPER, BountyCall::Approve { index: 0 });
    let second = apply(&mut context, TIPPER, BountyCall::Approve { index: 1 });
    assert_eq!((first, second), (Ok(()), Err(TreasuryError::OverLimit.into())));

    let mut world = World::new();
    world.run(Origin::Signed(ANNA), propose(POT + 1, "too much")).unwrap();
    let poor = world.run(Origin::Root, BountyCall::Approve { index: 0 });
    assert_eq!(poor, Err(TreasuryError::TreasuryTooPoor.into()));
}

#[test]
fn who_takes_a_bounty_away_decides_what_the_curator_loses() {
    let deposit = 333_333_333 * 500;
    #[rustfmt::skip]
    let cases = [
        ("an offer declined",                 3, 5,   Origin::Signed(CURATOR), 0),
        ("an offer withdrawn",                3, 5,   TREASURER,               0),
        ("given back",                        4, 5,   Origin::Signed(CURATOR), 0),
        ("taken by the treasurer",            4, 5,   TREASURER,               deposit),
        ("taken by root",                     4, 5,   Origin::Root,            deposit),
        ("taken by anyone after a silence",   4, 106, Origin::Signed(BEN),     deposit),
        ("taken after a wrong award",         5, 5,   TREASURER,               deposit),
    ];
    for (why, steps, slot, origin, lost) in cases {
        let mut world = World::after(steps);
        world.slot = slot;
        world.run(origin, BountyCall::UnassignCurator { index: 0 }).unwrap();
        let slashed = Balance(lost);
        assert_eq!(world.events, [BountyEvent::CuratorUnassigned { index: 0, slashed }.into()]);
        assert_eq!((world.free(CURATOR), world.held(CURATOR)), (RICH - lost, (0, 0)), "{why}");
        assert_eq!(world.treasury(), POT - VALUE + lost, "{why}");
        assert_eq!(
            world.bounty(0).map(|bounty| bounty.status),
            Some(BountyStatus::Funded),
            "{why}"
        );
    }
}

#[test]
fn closing_rejects_a_proposal_and_brings_the_money_of_a_funded_one_back() {
    let bond = 333_333_333 * 1_008;
    #[rustfmt::skip]
    let cases = [(1, RICH - bond, POT + bond), (2, RICH, POT), (3, RICH, POT), (4, RICH, POT)];
    for (steps, proposer, treasury) in cases {
        let mut world = World::after(steps);
        world.run(TREASURER, BountyCall::Close { index: 0 }).unwrap();
        assert_eq!((world.free(ANNA), world.treasury()), (proposer, treasury), "after {steps}");
        assert_eq!((world.free(CURATOR), world.held(CURATOR)), (RICH, (0, 0)), "after {steps}");
        assert_eq!((world.bounty(0), world.free(account(0))), (None, 0), "after {steps}");
    }
}

#[test]
fn an_extension_counts_from_now_and_a_payment_below_the_existential_deposit_is_refused() {
    let mut world = World::after(4);
    world.slot = 90;
    world.run(Origin::Signed(CURATOR), BountyCall::Extend { index: 0 }).unwrap();
    assert_eq!(world.events, [BountyEvent::Extended { index: 0, update_due: Slot(190) }.into()]);

    let mut world = World::after(2);
    world.run(TIPPER, ask(VALUE - 99)).unwrap();
    world.run(Origin::Signed(CURATOR), BountyCall::AcceptCurator { index: 0 }).unwrap();
    let beneficiary = AccountId([9; 32]);
    world.run(Origin::Signed(CURATOR), BountyCall::Award { index: 0, beneficiary }).unwrap();
    world.slot = 20;
    let before = world.state.clone().into_changes();
    assert!(world.try_run(Origin::Signed(ANNA), BountyCall::Claim { index: 0 }).is_err());
    assert_eq!(world.state.into_changes(), before);
}

#[test]
fn rows_and_calls_have_these_bytes() {
    let bounty = Bounty {
        value: Balance(3),
        fee: Balance(1),
        bond: None,
        curator_deposit: None,
        status: BountyStatus::Active { curator: AccountId([7; 32]), update_due: Slot(258) },
    };
    let sum = |number: u8| format!("{number:02x}{}", "00".repeat(15));
    let row = format!("{}{}0000{:02x}{}0201{}", sum(3), sum(1), 3, "07".repeat(32), "00".repeat(6));
    assert_eq!(hex::encode(encode(&bounty)), row);
    let call = propose(5, "ab");
    assert_eq!(hex::encode(encode(&call)), format!("00{}020000006162", sum(5)));
    assert_eq!(hex::encode(encode(&BountyCall::Extend { index: 1 })), "0801000000");
}

proptest! {
    /// After any calls, the accounts sum up to the issuance, and what is held is what the rows say.
    #[test]
    fn money_and_deposits_add_up(
        steps in prop::collection::vec((0_u8..9, 0_u8..6, 0_u32..3, 1_u64..60), 1..80),
    ) {
        let mut world = World::new();
        let issuance = POT + 3 * RICH;
        for (kind, who, index, wait) in steps {
            world.slot += wait;
            let signed = Origin::Signed(PEOPLE[usize::from(who) % 3]);
            let vote = [Origin::Root, TREASURER, TIPPER][usize::from(who) % 3];
            let both = if who < 3 { signed } else { vote };
            let (origin, call) = match kind {
                0 => (signed, propose(VALUE + u128::from(who), "work")),
                1 => (vote, BountyCall::Approve { index }),
                2 => (vote, BountyCall::ProposeCurator { index, curator: CURATOR, fee: Balance(FEE * u128::from(who)) }),
                3 => (Origin::Signed(CURATOR), BountyCall::AcceptCurator { index }),
                4 => (both, BountyCall::UnassignCurator { index }),
                5 => (Origin::Signed(CURATOR), BountyCall::Award { index, beneficiary: BEN }),
                6 => (signed, BountyCall::Claim { index }),
                7 => (both, BountyCall::Close { index }),
                _ => (Origin::Signed(CURATOR), BountyCall::Extend { index }),
            };
            // Refused or not, everything adds up.
            let _refused = world.try_run(origin, call).is_err();
            let count: u32 = serin_state::overlay::read(&world.state, &Item::BountyCount.key()).unwrap_or_default();
            let (mut sum, mut bonds, mut deposits) = (world.treasury(), [0; 3], [0; 3]);
            for index in 0..count {
                let pot = world.free(account(index));
                sum += pot;
                let Some(bounty) = world.bounty(index) else {
                    prop_assert_eq!(pot, 0, "an ended bounty has nothing");
                    continue;
                };
                let funded = if bounty.status == BountyStatus::Proposed { 0 } else { bounty.value.0 };
                prop_assert_eq!(pot, funded);
                for (place, person) in PEOPLE.iter().enumerate() {
                    bonds[place] += bounty.bond.filter(|bond| bond.who == *person).map_or(0, |bond| bond.amount.0);
                    deposits[place] += bounty.curator_deposit.filter(|one| one.who == *person).map_or(0, |one| one.amount.0);
                }
            }
            for (place, person) in PEOPLE.into_iter().enumerate() {
                prop_assert_eq!(world.held(person), (bonds[place], deposits[place]));
                sum += world.free(person) + bonds[place] + deposits[place];
            }
            prop_assert_eq!(sum, issuance);
            prop_assert_eq!(Ledger::new(&mut world.state, EXISTENTIAL).issuance().0, issuance);
        }
    }
}
