//! Oracles that no case can set off while the code is right: the world itself is broken here.

use super::*;
use crate::lab::{Case, Lab};
use serin_state::store::StoreError;

/// The oracles that fire in a quiet run which `breaks` changed.
fn fired(breaks: impl FnOnce(&mut World<'_>)) -> Vec<&'static str> {
    let case = Case::quiet(1, 4, 8);
    let booted = Lab::default().booted(&case).unwrap();
    let mut world = World::new(&case, RunOptions::default(), &booted);
    breaks(&mut world);
    world.run();
    world.judge.verdict().0.iter().map(|violation| violation.oracle).collect()
}

#[test]
fn a_disk_that_fails_by_itself_is_a_halt() {
    assert_eq!(fired(|_| ()), [""; 0]);
    let full = |world: &mut World<'_>| {
        let disk = world.nodes[1].core.as_mut().unwrap().disk_mut();
        disk.fail_at(disk.commits() + 3, StoreError::Full);
    };
    assert_eq!(fired(full), ["no halt"]);
}

#[test]
fn a_run_that_does_not_come_to_its_end_is_stopped() {
    assert_eq!(fired(|world| world.events_max = 1), ["bounded work"]);
}

#[test]
fn a_node_that_hears_nothing_ends_with_another_head() {
    let case = Case::quiet(1, 4, 30);
    let booted = Lab::default().booted(&case).unwrap();
    let mut world = World::new(&case, RunOptions::default(), &booted);
    world.nodes[1].paused = Some(Vec::new());
    world.run();
    world.judge_end();
    let fired = |name: &str| world.judge.verdict().0.iter().any(|one| one.oracle == name);
    assert!(fired("equal heads"));
}
