//! A referendum from its submission to what it does, in blocks: the agenda, the reserved part of a block, stored calls
//! under another protocol version, and who may set numbers.
//!
//! Blocks come only when something is due: empty slots are legal, so days pass in a few blocks. Account 0 makes every
//! block; on the preset `local` it is root as well.

use crate::world::{GENESIS_TIME, World, id, treasury};
use serin_governance::referenda::{Ended, Ongoing, Outcome, ReferendaEvent, Referendum};
use serin_governance::scheduler::SchedulerEvent;
use serin_governance::{Context, Event as GovernanceEvent, ReferendumIndex, scheduler};
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::words::Numbers;
use serin_node::runtime::{
    BalancesEvent, Call, DispatchError, Event, Outcome as Done, ParametersError, SystemEvent,
    Upgrade, query,
};
use serin_state::codec::encode;
use serin_state::overlay::Overlay;
use serin_state::types::{Balance, Hash, Height, Slot};

/// Says a call of account `sender` in the next slot.
fn say(world: &mut World, sender: usize, words: &str) -> Done {
    let call = call(world, words);
    let outcome = world.one(sender, &call);
    assert_eq!(outcome.result, Ok(()), "{words}");
    outcome
}

fn call(world: &World, words: &str) -> Call {
    let (state, treasury) = (&world.state, treasury().to_string());
    let numbers = Numbers {
        parameters: query::parameters(state),
        governance: query::governance(state),
        staking: serin_consensus::staking::parameters(state),
    };
    Call::from_words(&words.replace("TREASURY", &treasury), Some(&numbers)).unwrap()
}

fn ended(world: &World, index: u32) -> Ended {
    match query::referendum(&world.state, ReferendumIndex(index)) {
        Some(Referendum::Ended(ended)) => ended,
        other => panic!("{other:?}"),
    }
}

fn ongoing(world: &World, index: u32) -> Ongoing {
    match query::referendum(&world.state, ReferendumIndex(index)) {
        Some(Referendum::Ongoing(ongoing)) => *ongoing,
        other => panic!("{other:?}"),
    }
}

/// The next slot in which something is due.
fn next_due(world: &World) -> Option<Slot> {
    let parameters = query::governance(&world.state);
    let mut overlay = Overlay::new(&world.state);
    let context = Context::new(&mut overlay, &parameters, Balance(1), world.head.slot());
    scheduler::first_from(&context, world.next_slot())
}

/// Blocks in the slots in which something is due, until nothing is: what happened.
fn run(world: &mut World) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(slot) = next_due(world) {
        events.extend(world.block_at(slot, &[]).block_events);
    }
    events
}

fn stakes(world: &mut World, index: u32) {
    for sender in 1..5 {
        say(world, sender, &format!("voting.vote {index} aye 900,000 1x"));
    }
}

/// Submits with account 1, deposits with account 2, and has four accounts vote for it.
fn propose(world: &mut World, index: u32, track: &str, words: &str) {
    say(world, 1, &format!("referenda.submit {track} [{words}]"));
    say(world, 2, &format!("referenda.place_decision_deposit {index}"));
    stakes(world, index);
}

#[test]
fn the_life_of_a_root_referendum_on_kusamas_numbers_takes_a_few_blocks() {
    let mut world = World::new(&ChainSpec::kusama(4, GENESIS_TIME));
    let before = world.free(id(5));
    let submitted = world.next_slot();
    propose(&mut world, 0, "root", "balances.force_transfer TREASURY //Ferdie 0.5");
    let heights = world.head.height();
    let events = run(&mut world);
    let ended = ended(&world, 0);
    assert_eq!(ended.outcome, Outcome::Approved);
    assert_eq!(world.free(id(5)) - before, Balance::tokens(1).0 / 2, "it was enacted");
    let enacted = Event::Balances(BalancesEvent::Transferred {
        from: treasury(),
        to: id(5),
        amount: Balance(Balance::tokens(1).0 / 2),
    });
    assert!(events.contains(&enacted), "{events:?}");
    let days = world.head.slot().since(submitted) / 14_400;
    assert!((2..=16).contains(&days), "{days} days of confirming and waiting for enactment");
    let blocks = world.head.height().since(heights);
    assert!(blocks <= 12, "{blocks} blocks: one for each thing that was due");
}

#[test]
fn empty_slots_are_as_good_as_blocks() {
    // One chain has a block in every slot, the other only where something is due.
    let build = |every: bool| {
        let mut world = World::new(&ChainSpec::local(4, 1_000, GENESIS_TIME));
        propose(&mut world, 0, "root", "balances.force_transfer TREASURY //Ferdie 0.5");
        while let Some(slot) = next_due(&world) {
            let next = if every { world.next_slot() } else { slot };
            world.block_at(next, &[]);
        }
        (ended(&world, 0), world.account(id(5)).free, world.head.height())
    };
    let (every, few) = (build(true), build(false));
    assert_eq!((every.0, every.1), (few.0, few.1));
    assert!(few.2 < every.2, "{:?} and {:?}", few.2, every.2);
}

#[test]
fn a_vote_schedules_an_upgrade_in_its_own_name() {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 4;
    let mut world = World::new(&spec);
    propose(&mut world, 0, "root", "system.schedule_upgrade 2 500");
    run(&mut world);
    let referendum = Some(ReferendumIndex(0));
    let upgrade = Upgrade { version: 2.version(), height: Height(500), referendum };
    assert_eq!(Upgrade::pending(&world.state), Some(upgrade));
    propose(&mut world, 1, "root", "system.stop_upgrade");
    run(&mut world);
    assert_eq!(Upgrade::pending(&world.state), None);
}

/// A version by its number.
trait Version {
    fn version(self) -> serin_state::types::ProtocolVersion;
}

impl Version for u32 {
    fn version(self) -> serin_state::types::ProtocolVersion {
        serin_state::types::ProtocolVersion(self)
    }
}

#[test]
fn a_stored_call_of_a_later_version_fails_cleanly_and_works_once_it_is_there() {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 4;
    let mut world = World::new(&spec);
    // Root has nothing to burn: in version 2 the call is known and refuses the origin.
    propose(&mut world, 0, "root", "balances.burn 1");
    let unavailable = |event: &Event| {
        let unavailable = matches!(
            event,
            Event::Governance(GovernanceEvent::Scheduler(SchedulerEvent::CallUnavailable { .. }))
        );
        unavailable
    };
    let events = run(&mut world);
    assert_eq!(events.iter().filter(|event| unavailable(event)).count(), 1, "{events:?}");
    assert_eq!(ended(&world, 0).outcome, Outcome::Approved);
    let height = world.head.height().0 + 10;
    say(&mut world, 0, &format!("system.as_root [system.schedule_upgrade 2 {height}]"));
    while world.head.height().0 < height {
        world.block_at(world.next_slot(), &[]);
    }
    propose(&mut world, 1, "root", "balances.burn 1");
    let events = run(&mut world);
    let failed = SystemEvent::DueCallFailed { error: DispatchError::BadOrigin };
    assert!(events.contains(&Event::System(failed)), "{events:?}");
    assert!(!events.iter().any(unavailable));
}

#[test]
fn the_root_track_sets_numbers_and_no_other_track_does() {
    let mut world = World::local();
    propose(&mut world, 0, "root", "system.set_parameters base_fee=7");
    run(&mut world);
    let refused = SystemEvent::DueCallFailed { error: DispatchError::BadOrigin };
    let others = [
        ("general_admin", "system.set_parameters base_fee=8"),
        ("treasurer", "balances.mint //Bob 5"),
    ];
    for (index, (track, words)) in (1..).zip(others) {
        propose(&mut world, index, track, words);
        let events = run(&mut world);
        assert!(events.contains(&Event::System(refused.clone())), "{track}: {events:?}");
        assert_eq!(ended(&world, index).outcome, Outcome::Approved);
    }
    assert_eq!(query::parameters(&world.state).base_fee, Balance(7));
    let call = call(&world, "system.set_governance voting.votes_max=9");
    let bytes = encode(&call);
    assert!(bytes.len() > 128, "too long to stand in a proposal");
    let (hash, length) = (Hash::of(&bytes), bytes.len());
    say(&mut world, 1, &format!("preimages.note [0x{}]", hex::encode(&bytes)));
    say(&mut world, 1, &format!("referenda.submit_preimage root {hash} {length}"));
    say(&mut world, 2, "referenda.place_decision_deposit 3");
    stakes(&mut world, 3);
    run(&mut world);
    assert_eq!(query::governance(&world.state).voting.votes_max, 9);
}

#[test]
fn numbers_that_contradict_each_other_are_not_set() {
    use serin_governance::ParametersError as Governance;
    let cases = [
        (
            "system.set_parameters reserved_ppm=1000000",
            DispatchError::Parameters(ParametersError::Reserved),
        ),
        (
            "system.set_governance voting.votes_max=0",
            DispatchError::GovernanceParameters(Governance::VotesMax),
        ),
        (
            "system.set_governance scheduler.items_max=0",
            DispatchError::GovernanceParameters(Governance::Scheduler),
        ),
        (
            "system.set_governance referenda.tracks.0.decision_period=0",
            DispatchError::GovernanceParameters(Governance::Tracks),
        ),
        (
            "system.set_governance referenda.tracks.0.id=40",
            DispatchError::GovernanceParameters(Governance::Tracks),
        ),
        (
            "system.set_governance referenda.max_queued=1001",
            DispatchError::GovernanceParameters(Governance::MaxQueued),
        ),
    ];
    for (words, error) in cases {
        let mut world = World::local();
        let before = (query::parameters(&world.state), query::governance(&world.state));
        let call = Call::as_root(&call(&world, words));
        assert_eq!(world.one(0, &call).result, Err(error), "{words}");
        let after = (query::parameters(&world.state), query::governance(&world.state));
        assert_eq!(before, after, "{words}");
    }
}

#[test]
fn a_confirmation_is_aborted_at_the_last_moment_and_a_cancelled_and_a_killed_one_end() {
    use serin_governance::referenda::Phase;
    let mut world = World::local();
    propose(&mut world, 0, "root", "balances.force_transfer TREASURY //Ferdie 0.5");
    let until = loop {
        if let Phase::Confirming { until, .. } = ongoing(&world, 0).phase {
            break until;
        }
        world.block_at(next_due(&world).unwrap(), &[]);
    };
    world.block_at(Slot(until.0 - 3), &[]);
    say(&mut world, 5, "voting.vote 0 nay 900,000 6x not in my name");
    let events = world.block_at(world.next_slot(), &[]).block_events;
    let aborted = ReferendaEvent::ConfirmAborted { index: ReferendumIndex(0) };
    assert!(events.contains(&Event::Governance(GovernanceEvent::Referenda(aborted))), "{events:?}");
    assert!(matches!(ongoing(&world, 0).phase, Phase::Deciding { .. }));

    say(&mut world, 1, "referenda.submit referendum_canceller [referenda.cancel 0]");
    say(&mut world, 2, "referenda.place_decision_deposit 1");
    stakes(&mut world, 1);
    say(&mut world, 1, "referenda.submit root [system.remark spam]");
    say(&mut world, 1, "referenda.submit referendum_killer [referenda.kill 2]");
    say(&mut world, 2, "referenda.place_decision_deposit 3");
    stakes(&mut world, 3);
    let held = world.account(id(1)).held();
    while ended_yet(&world, 0).is_none() || ended_yet(&world, 2).is_none() {
        world.block_at(next_due(&world).unwrap(), &[]);
    }
    assert_eq!(ended(&world, 0).outcome, Outcome::Cancelled);
    assert_eq!(ended(&world, 2).outcome, Outcome::Killed);
    assert!(world.account(id(1)).held() < held, "a killed one's deposit is lost");
    say(&mut world, 4, "referenda.refund_submission_deposit 0");
    say(&mut world, 4, "referenda.refund_decision_deposit 0");
    let again = call(&world, "referenda.refund_decision_deposit 0");
    assert!(world.one(4, &again).result.is_err(), "not twice");
}

fn ended_yet(world: &World, index: u32) -> Option<Ended> {
    match query::referendum(&world.state, ReferendumIndex(index)) {
        Some(Referendum::Ended(ended)) => Some(ended),
        Some(Referendum::Ongoing(_)) | None => None,
    }
}
