//! Offences from evidence to what is taken, on four and seven validators with nominators; and what is refused.
//!
//! Exposures are given by a table here, so that nothing depends on how elections are held.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use crate::crypto::Strict;
use crate::evidence::{SealEquivocation, Sealed};
use crate::finality::{SignedVote, Stage, Vote, VoteEquivocation};
use crate::leader::Validators;
use crate::leader::fixture::{Chain, PARAMS, keys, validators};
use crate::leader::membership::{SessionRecord, prove_membership};
use crate::staking::ledger::{self, LedgerCall, Payee, bond_of};
use crate::staking::{Error, Moment, Origin, Parameters, Perbill};
use serin_state::balances::Ledger;
use serin_state::layout::StateKey;
use serin_state::overlay::Overlay;
use serin_state::types::{
    AuthorityIndex, ClaimKind, Epoch, Hash, SecretKey, SetId, Slot, VoteWeight,
};
use std::collections::BTreeMap;

type Base = BTreeMap<StateKey, Vec<u8>>;

/// What every validator, and each of its two nominators, has bonded and exposed.
const STAKE: Balance = Balance(1_000_000);
const DEPOSIT: Balance = Balance(1_000);

const fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

/// Validator `n` has the nominators `100 + n`, alone on page 0, and `200 + n`, alone on page 1.
struct Table;

impl Exposures for Table {
    fn page<R: StateRead>(
        _context: &Context<'_, R>,
        _era: Era,
        AccountId([number, ..]): AccountId,
        page: u32,
    ) -> Option<Vec<(AccountId, Balance)>> {
        match page {
            0 => Some(vec![(account(number), STAKE), (account(100 + number), STAKE)]),
            1 => Some(vec![(account(200 + number), STAKE)]),
            _ => None,
        }
    }
}

struct World {
    chain: Chain,
    validators: Validators,
    parameters: Parameters,
    state: Overlay<Base>,
    era: Era,
    events: Vec<OffenceEvent>,
}

impl World {
    /// The validators 1 to `count` in session 4, which is epoch 4 and era 2; their stakes are bonded.
    fn of(count: u8) -> Self {
        let numbers: Vec<u8> = (1..=count).collect();
        let validators = validators(&numbers);
        let mut parameters = Parameters::local(1_000);
        parameters.bonding.min_nominator_bond = Balance(1);
        parameters.bonding.min_validator_bond = Balance(1);
        let chain = Chain::of(&numbers);
        let mut world = Self {
            chain,
            validators,
            parameters,
            state: Overlay::new(Base::new()),
            era: Era(2),
            events: Vec::new(),
        };
        for number in 1..=count {
            for who in [number, 100 + number, 200 + number] {
                world.money(|ledger| ledger.mint(account(who), Balance(10_000_000)).unwrap());
                let call = LedgerCall::Bond { amount: STAKE, payee: Payee::Stash };
                let bond = |context: &mut Context<'_, Base>| {
                    ledger::apply(context, Origin::Signed(account(who)), call).unwrap();
                };
                world.at(bond);
            }
        }
        world.money(|ledger| ledger.mint(Context::<Base>::treasury(), DEPOSIT).unwrap());
        let record = world.record(Epoch(4), 2, 0);
        world.state.write(Item::SessionRecord(4).key(), &record);
        world
    }

    fn record(&self, epoch: Epoch, era: u32, set_changes: u64) -> SessionRecord {
        let count = u32::try_from(self.validators.members().len()).unwrap();
        let (start, root) = (Slot(epoch.0 * 10), self.validators.root());
        SessionRecord { epoch, era, set_changes, start, count, root }
    }

    fn money<T>(&mut self, act: impl FnOnce(&mut Ledger<'_, Base>) -> T) -> T {
        act(&mut Ledger::new(&mut self.state, DEPOSIT))
    }

    fn at<T>(&mut self, act: impl FnOnce(&mut Context<'_, Base>) -> T) -> T {
        let now = Moment { slot: Slot(45), session: 4, era: self.era, elected: self.era };
        let mut context = Context::new(&mut self.state, &self.parameters, DEPOSIT, now);
        let done = act(&mut context);
        let events = core::mem::take(&mut context.events);
        let dust = core::mem::replace(&mut context.dust, serin_state::balances::Credit::zero());
        self.money(|ledger| ledger.burn_credit(dust));
        self.events.extend(events.into_iter().filter_map(|event| match event {
            crate::staking::Event::Offence(event) => Some(event),
            crate::staking::Event::Ledger(_)
            | crate::staking::Event::Keys(_)
            | crate::staking::Event::Era(_)
            | crate::staking::Event::Pools(_) => None,
        }));
        done
    }

    fn call(&mut self, origin: Origin, call: &OffenceCall) -> Result<(), Error> {
        let genesis = self.chain.genesis;
        let grounds = Grounds { genesis: &genesis, params: &PARAMS };
        self.at(|context| apply(context, origin, grounds, call))
    }

    fn report(&mut self, report: Report) -> Result<(), Error> {
        let report = Box::new(report);
        self.call(Origin::Signed(account(77)), &OffenceCall::Report { report })
    }

    fn step(&mut self, era: u32) {
        self.era = Era(era);
        for _ in 0..40 {
            self.at(on_block::<Table, Base>);
        }
    }

    fn bonded(&self, number: u8) -> Balance {
        bond_of(&self.state, account(number)).map_or(Balance::ZERO, |bond| bond.total)
    }

    fn wrap(&self, evidence: Evidence, number: u8) -> Report {
        let place = AuthorityIndex(u32::from(number) - 1);
        let membership = prove_membership(&self.validators, place).unwrap();
        Report { evidence, session: 4, membership, beneficiary: account(77) }
    }

    /// Two seals of validator `number` for `slot`.
    fn seals(&self, number: u8, slot: u64) -> Report {
        let sealed = |mark: &[u8]| {
            let mut unsealed = self.chain.tip.unsealed.clone();
            let mut claim = self.chain.find(ClaimKind::Primary).claim;
            (claim.slot, claim.author) = (Slot(slot), AuthorityIndex(u32::from(number) - 1));
            (unsealed.claim, unsealed.body_root) = (Some(claim), Hash::of(mark));
            Sealed::of(&self.chain.seal(unsealed, claim.author))
        };
        let author = keys(number).seal.public();
        let proof = SealEquivocation::new(author, sealed(b"a"), sealed(b"b"));
        self.wrap(Evidence::Seals(Box::new(proof)), number)
    }

    /// Two votes of validator `number` in `round` of the set that is `changes` after the first.
    fn votes(&self, number: u8, changes: u64, round: u64) -> Report {
        let set = SetId::first(&self.chain.genesis).saturating_add(changes);
        let secret = SecretKey::from_seed(&[number ^ 0x40; 32]);
        let signed = |mark: &[u8]| {
            let target = crate::finality::BlockRef {
                hash: Hash::of(mark),
                height: serin_state::types::Height(5),
            };
            let round = serin_state::types::Round(round);
            let vote = Vote { stage: Stage::Prevote, target, round, set };
            let signature = secret.sign_vote(&vote.payload());
            SignedVote { vote, voter: secret.public(), signature }
        };
        let proof = VoteEquivocation { first: signed(b"a"), second: signed(b"b") };
        self.wrap(Evidence::Votes(Box::new(proof)), number)
    }
}

#[test]
fn one_of_four_loses_nine_sixteenths_and_so_do_its_nominators() {
    let mut world = World::of(4);
    let report = world.seals(2, 42);
    assert_eq!(report.evidence.check(&world.chain.genesis, &Strict), Ok(()), "both seals hold");
    let issuance = world.money(|ledger| ledger.issuance());
    world.report(report).unwrap();
    assert_eq!(world.bonded(2), STAKE, "nothing is taken before the slash is due");
    assert!(disabled(&world.state, Era(2)).contains(&account(2)));
    assert!(!disabled(&world.state, Era(3)).contains(&account(2)), "for the era only");
    world.step(4);
    assert_eq!(world.bonded(2), STAKE, "era 2 + 2 + 1 = 5");
    world.step(5);
    let left = Balance(437_500);
    for who in [2, 102, 202] {
        assert_eq!(world.bonded(who), left, "{who} loses 56.25 %");
    }
    for who in [1, 101, 3] {
        assert_eq!(world.bonded(who), STAKE, "{who} loses nothing");
    }
    let taken = Balance(3 * 562_500);
    let reporter = world.money(|ledger| ledger.account(account(77)).free);
    assert_eq!(reporter, Balance(taken.0 / 10), "a tenth is the reporter's");
    let treasury = world.money(|ledger| ledger.account(Context::<Base>::treasury()).free);
    assert_eq!(treasury, Balance(taken.0 - taken.0 / 10 + DEPOSIT.0));
    assert_eq!(world.money(|ledger| ledger.issuance()), issuance, "nothing is lost");
    let events = world.events.iter().filter(|event| matches!(event, OffenceEvent::Slashed { .. }));
    assert_eq!(events.count(), 1);
}

#[test]
fn an_era_costs_the_largest_share_once() {
    let mut world = World::of(7);
    world.report(world.seals(1, 41)).unwrap();
    world.report(world.seals(1, 42)).unwrap();
    world.report(world.votes(1, 0, 9)).unwrap();
    world.step(5);
    let one = slash_fraction(1, 7);
    assert_eq!(world.bonded(1), STAKE.saturating_sub(one.of(STAKE)), "three offences, one slash");
    // A second offender in slot 42 raises both to the share of two.
    world.era = Era(5);
    world.report(world.seals(2, 42)).unwrap();
    world.step(5);
    let two = slash_fraction(2, 7);
    for who in [1, 101, 2, 202] {
        assert_eq!(world.bonded(who), STAKE.saturating_sub(two.of(STAKE)), "{who}");
    }
    assert_eq!(two, Perbill::from_parts(734_693_877), "6/7 squared");
    assert_eq!(world.report(world.seals(1, 42)), Err(OffenceError::Known.into()));
}

#[test]
fn offences_of_two_kinds_or_in_two_places_are_not_together() {
    let mut world = World::of(7);
    world.report(world.seals(1, 41)).unwrap();
    world.report(world.seals(2, 42)).unwrap();
    world.report(world.votes(3, 0, 41)).unwrap();
    for who in [1, 2, 3] {
        let slash = world.at(|context| record::slash_of(context, Era(2), account(who)).unwrap());
        assert_eq!(slash.share, slash_fraction(1, 7), "{who}");
    }
    world.report(world.votes(4, 0, 41)).unwrap();
    let slash = world.at(|context| record::slash_of(context, Era(2), account(3)).unwrap());
    assert_eq!(slash.share, slash_fraction(2, 7), "two in one round");
}

#[test]
fn a_cancelled_slash_is_not_taken_and_a_rise_costs_the_difference() {
    let mut world = World::of(7);
    world.report(world.seals(1, 41)).unwrap();
    let cancel = OffenceCall::Cancel { era: Era(2), account: account(1) };
    let stranger = world.call(Origin::Signed(account(1)), &cancel);
    assert_eq!(stranger, Err(Error::BadOrigin));
    world.call(Origin::Admin, &cancel).unwrap();
    assert_eq!(world.call(Origin::Root, &cancel), Err(OffenceError::NothingToCancel.into()));
    world.step(5);
    assert_eq!(world.bonded(1), STAKE);
    world.report(world.seals(2, 41)).unwrap();
    world.step(5);
    let (one, two) = (slash_fraction(1, 7), slash_fraction(2, 7));
    let difference = two.of(STAKE).saturating_sub(one.of(STAKE));
    assert_eq!(world.bonded(1), STAKE.saturating_sub(difference));
    assert_eq!(world.bonded(2), STAKE.saturating_sub(two.of(STAKE)));
}

#[test]
fn what_is_due_is_taken_before_anything_else_happens() {
    let mut world = World::of(4);
    world.report(world.seals(2, 42)).unwrap();
    assert!(!world.at(|context| slash::is_due(context)) || world.era > Era(0));
    world.step(4);
    assert!(!world.at(|context| slash::is_due(context)), "due in era 5 only");
    world.era = Era(5);
    assert!(world.at(|context| slash::is_due(context)));
    world.at(on_block::<Table, Base>);
    assert!(world.at(|context| slash::is_due(context)), "one page of two is taken");
    world.at(on_block::<Table, Base>);
    assert!(!world.at(|context| slash::is_due(context)));
    assert_eq!((world.bonded(102), world.bonded(202)), (Balance(437_500), Balance(437_500)));
}

#[test]
fn a_rise_while_a_slash_is_taken_costs_everybody_the_difference_once() {
    let mut world = World::of(7);
    world.report(world.seals(1, 41)).unwrap();
    world.step(4);
    world.era = Era(5);
    world.at(on_block::<Table, Base>);
    let (one, two) = (slash_fraction(1, 7), slash_fraction(2, 7));
    let left = |share: Perbill| STAKE.saturating_sub(share.of(STAKE));
    assert_eq!((world.bonded(101), world.bonded(201)), (left(one), STAKE), "one page of two");
    world.report(world.seals(2, 41)).unwrap();
    world.step(5);
    for who in [1, 101, 201, 2, 102, 202] {
        assert_eq!(world.bonded(who), left(two), "{who}");
    }
    let taken = world.events.iter().filter_map(|event| {
        let OffenceEvent::Slashed { account: who, share, .. } = event else { return None };
        Some((*who, *share))
    });
    let expected = [(account(1), one), (account(1), two), (account(2), two)];
    assert_eq!(taken.collect::<Vec<_>>(), expected);
}

#[test]
fn the_worst_offenders_are_disabled_within_a_third_of_the_validators() {
    let mut world = World::of(7);
    let members = |world: &World| {
        let disabled = disabled(&world.state, Era(2));
        disabled.members().iter().map(|(who, _)| who.0[0]).collect::<Vec<_>>()
    };
    #[rustfmt::skip]
    let steps = [
        (1, 41, vec![1],    "the first of two places"),
        (2, 42, vec![1, 2], "the second"),
        (3, 43, vec![1, 2], "no worse than they are"),
        (3, 42, vec![2, 3], "two in one slot: 2 rises with 3, and 1 is milder"),
        (4, 42, vec![2, 3], "three in one slot lose all, so none is milder"),
    ];
    for (number, slot, expected, why) in steps {
        world.report(world.seals(number, slot)).unwrap();
        assert_eq!(members(&world), expected, "{why}");
    }
}

#[test]
fn nobody_withdraws_between_the_pages_of_a_slash_that_is_due() {
    let mut world = World::of(4);
    // Unbonded in era 2 and free in era 6, in which a slash for era 2 is due with these numbers.
    world.parameters.offences.slash_defer_eras = 3;
    let call = |world: &mut World, who: u8, call: LedgerCall| {
        world.at(|context| ledger::apply(context, Origin::Signed(account(who)), call))
    };
    for who in [202, 103] {
        call(&mut world, who, LedgerCall::Unbond { amount: STAKE }).unwrap();
    }
    world.report(world.seals(2, 42)).unwrap();
    world.step(5);
    world.era = Era(6);
    let owed = Err(Error::Ledger(ledger::LedgerError::SlashDue));
    assert_eq!(call(&mut world, 202, LedgerCall::Withdraw), owed, "before the first page");
    world.at(on_block::<Table, Base>);
    assert_eq!(world.bonded(102), Balance(437_500), "the first page is taken");
    for who in [202, 103] {
        let before = world.state.clone().into_changes();
        assert_eq!(call(&mut world, who, LedgerCall::Withdraw), owed, "{who}");
        assert_eq!(world.state.clone().into_changes(), before, "{who}");
    }
    // As many parts unbond as may: what is due makes no room meanwhile.
    world.parameters.bonding.unlocking_max = 1;
    assert_eq!(call(&mut world, 103, LedgerCall::Rebond { amount: Balance(1_000) }), Ok(()));
    let unbond = LedgerCall::Unbond { amount: Balance(1_000) };
    assert_eq!(call(&mut world, 103, unbond), owed);
    world.at(on_block::<Table, Base>);
    let free = |world: &mut World| world.money(|ledger| ledger.account(account(202)).free);
    let before = free(&mut world);
    call(&mut world, 202, LedgerCall::Withdraw).unwrap();
    assert_eq!(free(&mut world).saturating_sub(before), Balance(437_500), "what the slash left");
    call(&mut world, 103, LedgerCall::Withdraw).unwrap();
}

#[test]
fn reports_that_prove_nothing_change_nothing() {
    let mut world = World::of(4);
    let good = world.seals(2, 42);
    let with = |change: &dyn Fn(&mut Report)| {
        let mut report = good.clone();
        change(&mut report);
        report
    };
    let other = world.votes(3, 0, 1);
    #[rustfmt::skip]
    let cases = [
        ("a session that never was", with(&|report| report.session = 99), OffenceError::UnknownSession),
        ("a slot of another epoch", world.seals(2, 52), OffenceError::OtherSession),
        ("votes of another set", world.votes(2, 1, 1), OffenceError::OtherSession),
        ("somebody else is named", with(&|report| report.membership = other.membership.clone()), OffenceError::NotAMember),
        ("the account is forged", with(&|report| report.membership.member.account = account(3)), OffenceError::NotAMember),
        ("the weight is forged", with(&|report| report.membership.member.weight = VoteWeight(2)), OffenceError::NotAMember),
        ("the place is forged", with(&|report| report.membership.proof.index = 0), OffenceError::NotAMember),
        ("a vote key does not seal", with(&|report| report.evidence = other.evidence.clone()), OffenceError::NotAMember),
    ];
    for (why, report, refusal) in cases {
        let before = world.state.clone().into_changes();
        assert_eq!(world.report(report), Err(refusal.into()), "{why}");
        assert_eq!(world.state.clone().into_changes(), before, "{why}: nothing has changed");
    }
    let origins = [Origin::Root, Origin::Admin, Origin::Other];
    for origin in origins {
        let call = OffenceCall::Report { report: Box::new(good.clone()) };
        assert_eq!(world.call(origin, &call), Err(Error::BadOrigin), "{origin:?}");
    }
    let mut forged = good.clone();
    if let Evidence::Seals(proof) = &mut forged.evidence {
        proof.second.seal.0[0] ^= 1;
    }
    let judged = forged.evidence.check(&world.chain.genesis, &Strict);
    assert_eq!(judged, Err(OffenceError::NoOffence), "a seal is forged");
    world.report(good).unwrap();
}

#[test]
fn evidence_expires_when_the_stake_of_its_era_may_be_free() {
    for (era, expected) in [(5, Ok(())), (6, Err(Error::from(OffenceError::Expired)))] {
        let mut world = World::of(4);
        world.era = Era(era);
        assert_eq!(world.report(world.seals(2, 42)), expected, "era {era}, four eras are bound");
    }
    // The last report that counts is due at once.
    let mut world = World::of(4);
    world.era = Era(5);
    world.report(world.seals(2, 42)).unwrap();
    assert!(disabled(&world.state, Era(5)).members().is_empty(), "of an era that has ended");
    world.step(5);
    assert_eq!(world.bonded(2), Balance(437_500));
}

#[test]
fn rows_of_old_eras_are_forgotten() {
    let mut world = World::of(4);
    for slot in 40..50 {
        world.report(world.seals(2, slot)).unwrap();
    }
    world.step(5);
    let rows = |world: &World| {
        let keys = (40..50).map(|slot| Item::Offence { kind: 0, set: 0, time: slot }.key());
        let slash = Item::Slash(Era(2), account(2)).key();
        keys.chain([slash]).filter(|key| StateRead::get(&world.state, key).is_some()).count()
    };
    assert_eq!(rows(&world), 11);
    world.step(7);
    assert_eq!(rows(&world), 11, "era 2 may be asked about until era 7");
    world.step(8);
    assert_eq!(rows(&world), 0);
    assert!(StateRead::get(&world.state, &Item::OffenceCount(Era(2)).key()).is_none());
    assert!(StateRead::get(&world.state, &Item::OffenceList(Era(2), 0).key()).is_none());
}

#[test]
fn only_a_report_that_raises_a_slash_is_free() {
    let mut world = World::of(7);
    let genesis = world.chain.genesis;
    let free = |world: &mut World, report: &Report| {
        let grounds = Grounds { genesis: &genesis, params: &PARAMS };
        world.at(|context| {
            let judged = check_report(context, grounds, report).unwrap();
            is_worth_it(context, &judged)
        })
    };
    let (first, second) = (world.seals(1, 41), world.seals(1, 42));
    assert!(free(&mut world, &first), "it is new");
    world.report(first).unwrap();
    assert!(!free(&mut world, &second), "an equal share again");
    world.report(world.seals(2, 42)).unwrap();
    assert!(free(&mut world, &second), "now it makes two of them");
}
