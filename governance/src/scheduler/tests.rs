//! The scheduler over a small chain: order, budget, room, names, and slots without blocks.
//!
//! A call of one byte weighs as many microseconds as the byte says; serving an agenda takes two, a task three.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what goes wrong in a test panics there"
)]

use super::{
    Address, Proposal, SchedulerCall, SchedulerError, SchedulerEvent, Task, TaskName, Work, agenda,
    calendar, cancel, first_from, look_next, named, place,
};
use crate::referenda::tests::chain::{Chain, call_of};
use crate::{Event, Origin, Parameters, ReferendumIndex, TrackId};
use proptest::prelude::*;
use serin_state::types::{Slot, Weight};
use std::collections::BTreeSet;

const MICROSECOND: u64 = 1_000_000;

fn chain(weight_us: u64) -> Chain {
    let mut parameters = Parameters::default();
    parameters.scheduler.weight_max = Weight(weight_us * MICROSECOND);
    parameters.scheduler.items_max = 3;
    parameters.scheduler.later_slots_max = 2;
    Chain::new(parameters)
}

fn call(weight: u8, priority: u8) -> Task {
    let work = Work::Call { origin: Origin::Root, proposal: call_of(weight) };
    Task { name: None, priority, work }
}

fn put(chain: &mut Chain, slot: u64, task: Task) -> Result<Address, SchedulerError> {
    chain.with(|context| place(context, Slot(slot), task))
}

/// Weights of the calls that ran, with the slots of their blocks.
fn ran(chain: &Chain) -> Vec<(u64, u8)> {
    chain.enacted.iter().map(|(slot, due)| (slot.0, due.bytes[0])).collect()
}

fn incomplete(chain: &Chain) -> Vec<u64> {
    let slot = |event: &Event| match event {
        Event::Scheduler(SchedulerEvent::AgendaIncomplete { slot }) => Some(slot.0),
        _ => None,
    };
    chain.events.iter().filter_map(slot).collect()
}

#[test]
fn tasks_run_by_slot_then_priority_then_place() {
    let mut chain = chain(1_000);
    for (slot, weight, priority) in [(9, 1, 5), (8, 2, 9), (8, 3, 1), (8, 4, 1), (7, 5, 200)] {
        put(&mut chain, slot, call(weight, priority)).unwrap();
    }
    chain.block(6);
    assert_eq!(ran(&chain), [], "nothing is due");
    // One block after empty slots serves them all, in their order.
    chain.block(40);
    assert_eq!(ran(&chain), [(40, 5), (40, 3), (40, 4), (40, 2), (40, 1)]);
    assert_eq!(chain.with(|context| first_from(context, Slot::ZERO)), None);
}

#[test]
fn what_does_not_fit_stays_and_comes_first_in_the_next_block() {
    // An agenda 2, each task 3: 100 leaves room for 60 and 20, not for the second 60.
    let mut chain = chain(100);
    for (slot, weight) in [(5, 60), (5, 61), (5, 20), (6, 1)] {
        put(&mut chain, slot, call(weight, 1)).unwrap();
    }
    chain.block(5);
    assert_eq!((ran(&chain), incomplete(&chain)), (vec![(5, 60), (5, 20)], vec![5]));
    chain.block(6);
    assert_eq!(ran(&chain)[2..], [(6, 61), (6, 1)]);
    assert_eq!(incomplete(&chain), [5], "then all is done");
    assert_eq!(chain.with(|context| first_from(context, Slot::ZERO)), None);
}

#[test]
fn a_call_heavier_than_a_block_is_dropped_and_holds_up_nothing() {
    let mut chain = chain(100);
    let name = TaskName([1; 32]);
    let heavy = Task { name: Some(name), ..call(150, 1) };
    put(&mut chain, 5, heavy).unwrap();
    put(&mut chain, 5, call(10, 1)).unwrap();
    chain.block(5);
    assert_eq!(ran(&chain), [(5, 10)]);
    let address = Address { slot: Slot(5), index: 0 };
    let dropped = SchedulerEvent::PermanentlyOverweight { address, name: Some(name) };
    assert!(chain.events.contains(&dropped.into()), "{:?}", chain.events);
    assert_eq!(chain.with(|context| named(context, name)), None);
}

#[test]
fn a_full_slot_passes_a_task_on_and_a_hole_is_filled() {
    let mut chain = chain(100);
    let addresses: Vec<(u64, u32)> = (1..=10)
        .map_while(|weight| put(&mut chain, 5, call(weight, 1)).ok())
        .map(|address| (address.slot.0, address.index))
        .collect();
    let slots = [5, 6, 7].into_iter().flat_map(|slot| (0..3).map(move |index| (slot, index)));
    assert_eq!(addresses, slots.collect::<Vec<_>>());
    assert_eq!(put(&mut chain, 5, call(1, 1)), Err(SchedulerError::Full));
    let hole = Address { slot: Slot(6), index: 1 };
    chain.with(|context| cancel(context, hole)).unwrap();
    assert_eq!(put(&mut chain, 5, call(1, 1)), Ok(hole));
    assert_eq!(
        chain.with(|context| cancel(context, Address { slot: Slot(6), index: 9 })),
        Err(SchedulerError::NotFound)
    );
}

#[test]
fn a_name_is_free_again_once_its_task_has_run_or_is_cancelled() {
    let mut chain = chain(100);
    let name = TaskName([7; 32]);
    let schedule = |slot, weight| SchedulerCall::Schedule {
        name,
        slot: Slot(slot),
        priority: 1,
        proposal: call_of(weight),
    };
    chain.call(Origin::Root, schedule(5, 1)).unwrap();
    let taken = chain.call(Origin::Root, schedule(6, 2));
    assert_eq!(taken, Err(SchedulerError::NameTaken.into()));
    chain.call(Origin::Root, SchedulerCall::Cancel { name }).unwrap();
    chain.call(Origin::Root, schedule(6, 3)).unwrap();
    chain.block(6);
    chain.call(Origin::Root, schedule(8, 4)).unwrap();
    chain.block(8);
    assert_eq!(ran(&chain), [(6, 3), (8, 4)]);
    assert_eq!(chain.enacted[0].1.origin, Origin::Root);
}

/// The cost of a delegation rests on it: however many tallies it changes, the same rows are written.
#[test]
fn looking_at_many_referenda_writes_as_many_rows_as_looking_at_one() {
    let rows = |count: u32| {
        let mut chain = chain(100);
        let before = chain.state.clone().into_changes();
        let indices: Vec<_> = (0..count).map(ReferendumIndex).collect();
        chain.with(|context| {
            look_next(context, &indices, 128);
            look_next(context, &indices, 128);
        });
        let next = chain.now.saturating_add(1);
        let tasks = chain.with(|context| agenda(context, next));
        assert_eq!(tasks, [Some(Task { name: None, priority: 128, work: Work::Look(indices) })]);
        let after = chain.state.into_changes();
        after.iter().filter(|(key, value)| before.get(*key) != Some(*value)).count()
    };
    assert_eq!(rows(512), rows(1));
}

/// Alarms that do not fit a block go on in the next, one referendum after the other.
#[test]
fn looks_that_do_not_fit_a_block_stay_in_their_order() {
    // Two microseconds for the agenda, three for the task, sixty for each alarm: two fit.
    let mut chain = chain(140);
    let indices: Vec<_> = (0..5).map(ReferendumIndex).collect();
    chain.with(|context| look_next(context, &indices, 128));
    let left = |chain: &mut Chain, slot| match chain
        .with(|context| agenda(context, Slot(slot)))
        .as_slice()
    {
        [Some(Task { work: Work::Look(indices), .. })] => indices.len(),
        [] => 0,
        other => unreachable!("not looks: {other:?}"),
    };
    for (block, expected) in [(2, 3), (3, 1), (9, 0)] {
        chain.block(block);
        assert_eq!(left(&mut chain, 2), expected, "after block {block}");
    }
}

#[test]
fn the_encodings_of_what_the_state_keeps_do_not_change() {
    let call = Task {
        name: Some(TaskName::enactment(ReferendumIndex(258))),
        priority: 63,
        work: Work::Call {
            origin: Origin::Track(TrackId(30)),
            proposal: Proposal::Lookup { hash: serin_state::types::Hash([9; 32]), len: 5 },
        },
    };
    let tasks = [
        (
            call,
            format!(
                "01{}000001023f03021e0001{}05000000",
                hex::encode(b"enactment of referendum     "),
                "09".repeat(32)
            ),
        ),
        (
            Task { name: None, priority: 128, work: Work::Alarm(ReferendumIndex(3)) },
            "008000030000 00".replace(' ', ""),
        ),
        (
            Task { name: None, priority: 128, work: Work::Look(vec![ReferendumIndex(3)]) },
            "0080010100000003000000".to_owned(),
        ),
        (
            Task { name: None, priority: 128, work: Work::FewerDeciding(TrackId(30)) },
            "0080021e00".to_owned(),
        ),
    ];
    for (task, bytes) in tasks {
        assert_eq!(hex::encode(serin_state::codec::encode(&task)), bytes, "{task:?}");
    }
}

proptest! {
    #[test]
    fn the_calendar_is_a_sorted_set_of_slots(
        changes in prop::collection::vec((any::<bool>(), prop_oneof![0_u64..600, any::<u64>()]), 1..60),
        probes in prop::collection::vec(prop_oneof![0_u64..600, any::<u64>()], 8),
    ) {
        let mut chain = chain(100);
        let mut model = BTreeSet::new();
        chain.with(|context| {
            for (marks, slot) in changes {
                if marks {
                    calendar::mark(context, Slot(slot));
                    model.insert(slot);
                } else {
                    calendar::unmark(context, Slot(slot));
                    model.remove(&slot);
                }
                for probe in probes.iter().chain([&slot, &0, &u64::MAX]) {
                    let found = first_from(context, Slot(*probe)).map(|slot| slot.0);
                    assert_eq!(found, model.range(probe..).next().copied(), "from {probe}");
                }
            }
        });
    }

    #[test]
    fn agendas_and_calendar_agree_with_a_model(
        tasks in prop::collection::vec((2_u64..40, 1_u8..50, 0_u8..4), 1..30),
        blocks in prop::collection::btree_set(2_u64..60, 1..20),
    ) {
        let mut chain = chain(120);
        let mut placed = 0;
        for (slot, weight, priority) in tasks {
            placed += usize::from(put(&mut chain, slot, call(weight, priority)).is_ok());
        }
        for slot in blocks.into_iter().chain(100..160) {
            chain.block(slot);
        }
        prop_assert_eq!(chain.enacted.len(), placed, "each runs once, none is lost");
        let (slot, none) = chain.with(|context| (first_from(context, Slot::ZERO), agenda(context, Slot(5))));
        prop_assert!(slot.is_none() && none.is_empty());
    }
}
