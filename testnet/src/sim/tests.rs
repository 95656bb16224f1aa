//! Runs that must come out the same, and invariants that must hold in them.

use super::run::{Options, TWIN_EVERY_SLOTS, run, simulated_spec};
use crate::scenario::{Scenario, parse};
use rayon::prelude::*;
use std::collections::BTreeMap;

fn options(seed: u64, validators: usize, slots: u64) -> Options {
    Options {
        mutation: None,
        seed,
        slots,
        threads: 1,
        transfers_per_slot: 2,
        traffic_per_slot: 0,
        twin_every_slots: TWIN_EVERY_SLOTS,
        faults: false,
        scenario: Scenario::of_validators(validators),
    }
}

#[test]
fn four_validators_finalise_close_to_the_head() {
    let report = run(&options(1, 4, 100), |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.best >= 90, "{report:?}");
    assert!(report.finalized >= 85, "{report:?}");
}

#[test]
fn one_validator_produces_and_finalises_alone() {
    let report = run(&options(1, 1, 64), |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.finalized >= 60, "{report:?}");
}

#[test]
fn validators_with_equal_views_are_stepped_once_and_each_seals_and_votes() {
    let mut shared = options(4, 1, 66);
    shared.transfers_per_slot = 0;
    shared.scenario = Scenario {
        views: Some(3),
        nominators: 60,
        epoch_slots: Some(10),
        ..Scenario::of_validators(1)
    }
    .with_validators(24);
    let report = run(&shared, |_| {}).unwrap();
    assert_eq!((report.validators, report.nodes), (24, 3));
    assert_eq!(report.violations, Vec::<String>::new());
    // Three nodes' votes alone would make nothing final.
    assert!(report.finalized >= 60, "{report:?}");
    assert_eq!(report.events["staking.era_ended"], 3);
}

#[test]
fn those_who_share_a_view_go_on_voting_as_the_set_changes() {
    let mut shared = options(4, 1, 66);
    let scenario = parse(
        "validators = 12\nviews = 3\nepoch_slots = 6\nrotation_epochs = 1\nrotation_active = 7",
    );
    shared.scenario = scenario.unwrap();
    let report = run(&shared, |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.finalized >= 60, "{report:?}");
}

#[test]
fn the_same_seed_gives_the_same_trace_for_any_number_of_threads() {
    let mut faulty = options(7, 4, 200);
    faulty.faults = true;
    faulty.scenario.link.delay_ms = 20;
    faulty.scenario.link.jitter_ms = 30;
    let first = run(&faulty, |_| {}).unwrap();
    faulty.threads = 3;
    let second = run(&faulty, |_| {}).unwrap();
    assert_eq!(first.trace_hash, second.trace_hash);
    faulty.seed = 8;
    assert_ne!(run(&faulty, |_| {}).unwrap().trace_hash, first.trace_hash);
}

#[test]
fn crashes_partitions_and_loss_break_nothing() {
    for seed in 0..12 {
        let mut faulty = options(seed, 4, 400);
        faulty.faults = true;
        faulty.scenario.link.delay_ms = 10;
        faulty.scenario.link.jitter_ms = 40;
        faulty.scenario.link.loss_ppm = 20_000;
        let report = run(&faulty, |_| {}).unwrap();
        assert_eq!(report.violations, Vec::<String>::new(), "seed {seed}: {report:?}");
    }
}

#[test]
fn a_partition_in_halves_finalises_nothing_new_and_heals_by_itself() {
    let scenario = parse(
        r#"
        validators = 4
        [[event]]
        at = "20slots"
        partition = [["alice", "bob"], ["charlie", "dave"]]
        [[expect]]
        at = "24slots"
        what = "finalized"
        at_most = 24
        [[expect]]
        at = "60slots"
        what = "finalized"
        at_most = 24
        [[event]]
        at = "60slots"
        heal = true
        [[expect]]
        at = "90slots"
        what = "finalized"
        at_least = 60
        "#,
    )
    .unwrap();
    let mut halves = options(3, 4, 95);
    halves.scenario = scenario;
    let report = run(&halves, |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new(), "{report:?}");
}

#[test]
fn sets_that_rotate_keep_finalising_over_crashes_and_partitions() {
    for seed in 0..4 {
        let mut rotating = options(seed, 6, 600);
        rotating.faults = true;
        rotating.scenario.epoch_slots = Some(10);
        rotating.scenario.rotation_epochs = Some(2);
        rotating.scenario.rotation_active = Some(4);
        rotating.scenario.link.delay_ms = 20;
        let report = run(&rotating, |_| {}).unwrap();
        assert_eq!(report.violations, Vec::<String>::new(), "seed {seed}: {report:?}");
    }
}

#[test]
fn pinned_runs_keep_their_trace_in_every_build() {
    // Debug and release run this test, so the same values stand for both. A change of what a node does changes them.
    let pinned = [
        (1, "0x2bc298c21f6dd5f9b17d3f328b69ac96c8138b4bca5b0d5f73e4a0ac8790aeaf"),
        (2, "0x38b663a43325750e07d5efb8860f235e48c49548f8baf884394ae6fb204be245"),
        (3, "0x309dac22f054128b6b9d8783ecaccbcbeff6a96d4d43f2ef6bf01fd7711b4f07"),
    ];
    for (seed, trace_hash) in pinned {
        let mut faulty = options(seed, 4, 150);
        faulty.faults = true;
        let report = run(&faulty, |_| {}).unwrap();
        assert_eq!(report.trace_hash, trace_hash, "seed {seed}");
    }
}

#[test]
fn a_core_is_cloned_and_hashed_and_a_branch_goes_its_own_way() {
    use super::crypto::{SimSigner, SimVerifier};
    use serin_node::core::{Core, Input, StartOptions};
    use serin_state::store::FaultyStore;
    use serin_state::types::Millis;
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    let hash = |core: &Core<_, _, _>| BuildHasherDefault::<DefaultHasher>::default().hash_one(core);
    let start = Millis(1_000_000_000_000);
    let spec = simulated_spec(&Scenario::of_validators(1)).unwrap();
    let (store, signer) = (FaultyStore::new(), SimSigner::validator(0));
    let options = StartOptions { traced: true, ..StartOptions::default() };
    let mut core = Core::start(spec, store, signer, SimVerifier, options).unwrap();
    core.on_input(start, Input::Wake);
    let mut branch = core.clone();
    assert_eq!(hash(&branch), hash(&core));
    branch.on_input(start.saturating_add(1_500), Input::Wake);
    assert_ne!(hash(&branch), hash(&core), "the branch has made a block");
    core.on_input(start.saturating_add(1_500), Input::Wake);
    assert_eq!(hash(&branch), hash(&core), "the same inputs lead to the same state");
}

#[test]
fn a_seeded_bug_changes_what_nodes_do() {
    let standard = run(&options(5, 3, 80), |_| {}).unwrap();
    let mut mutant = options(5, 3, 80);
    mutant.mutation = Some("GF01".parse().unwrap());
    let report = run(&mutant, |_| {}).unwrap();
    assert_ne!(report.trace_hash, standard.trace_hash, "two of three are enough for it");
}

/// Calls of every module on short epochs, over links slow enough for a twin to be seen.
fn traffic(seed: u64, slots: u64) -> Options {
    let mut busy = options(seed, 4, slots);
    (busy.transfers_per_slot, busy.traffic_per_slot) = (0, 3);
    busy.scenario.epoch_slots = Some(10);
    busy.scenario.link.delay_ms = 40;
    busy
}

#[test]
fn twenty_eras_of_stake_votes_and_slashes_keep_every_invariant() {
    let mut seen = BTreeMap::<String, u64>::new();
    let reports = (0..8_u64).into_par_iter().map(|seed| (seed, run(&traffic(seed, 440), |_| {})));
    for (seed, report) in reports.collect::<Vec<_>>() {
        let report = report.unwrap();
        assert_eq!(report.violations, Vec::<String>::new(), "seed {seed}");
        let eras = report.events.get("staking.era_ended").copied().unwrap_or(0);
        assert!(eras >= 20, "seed {seed}: {eras} eras");
        for (name, count) in report.events {
            *seen.entry(name).or_default() += count;
        }
    }
    let missing: Vec<&str> = REACHED.into_iter().filter(|name| !seen.contains_key(*name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{seen:#?}");
}

/// What eight runs of twenty eras have to reach, or they would show nothing.
const REACHED: [&str; 34] = [
    "staking.bonded",
    "staking.unbonded",
    "staking.withdrawn",
    "staking.nominated",
    "staking.chilled",
    "staking.kicked",
    "staking.elected",
    "staking.paid",
    "staking.offence_reported",
    "staking.disabled",
    "staking.slash_taken",
    "staking.slashed",
    "system.set_announced",
    "pools.created",
    "pools.bonded",
    "pools.paid",
    "referenda.decision_started",
    "referenda.confirm_started",
    "referenda.confirmed",
    "referenda.rejected",
    "referenda.timed_out",
    "referenda.cancelled",
    "referenda.killed",
    "referenda.deposit_slashed",
    "scheduler.dispatched",
    "treasury.approved",
    "treasury.paid",
    "treasury.tipped",
    "bounties.funded",
    "bounties.curator_proposed",
    "voting.delegated",
    "voting.vote_removed",
    "collective.added",
    "preimages.noted",
];

#[test]
fn traffic_over_crashes_and_partitions_keeps_every_invariant() {
    for seed in 0..3 {
        let mut faulty = traffic(seed, 400);
        faulty.faults = true;
        faulty.scenario.link.loss_ppm = 10_000;
        let report = run(&faulty, |_| {}).unwrap();
        assert_eq!(report.violations, Vec::<String>::new(), "seed {seed}: {report:?}");
    }
}
