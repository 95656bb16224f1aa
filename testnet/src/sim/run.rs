//! One run: a scenario, a seed, a number of slots; and what came of it.
//!
//! Everything is scheduled before or between slots by virtual time; real time is read only to tell how fast a run was.

use super::check::Violation;
use super::crypto::session_keys;
use super::event::Happening;
use super::fault;
use super::world::World;
use crate::launch::clock::Stopwatch;
use crate::mutants::Seeded;
use crate::scenario::Scenario;
use serde::Serialize;
use serin_node::chain_spec::ChainSpec;
use serin_state::mutant::Mutation;
use serin_state::random::Random;
use serin_state::types::Millis;
use std::collections::BTreeMap;

/// Slots between two looks into the final states.
const STATE_EVERY_SLOTS: u64 = 2_048;
/// Slots between two validators that seal twice, where nothing else is asked for.
pub const TWIN_EVERY_SLOTS: u64 = 64;
/// How long after a secondary author's block it seals again, in milliseconds: longer than the block travels, and shorter than
/// the votes on it do, on links of 40 ms.
const TWIN_AFTER_MS: u64 = 60;
/// Slots between two looks into the final states, in runs with traffic.
const TRAFFIC_STATE_EVERY_SLOTS: u64 = 16;
/// Unfinalised blocks at the end of a run above which finality counts as stuck.
const LAG_MAX: u32 = 16;
/// A run whose last part is at least so many slots without faults is judged for liveness.
const QUIET_SLOTS_MIN: u64 = 64;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of everything random.
    pub seed: u64,
    /// How many slots.
    pub slots: u64,
    /// Threads that nodes are spread over.
    pub threads: usize,
    /// Transfers handed in every slot.
    pub transfers_per_slot: u32,
    /// Calls of every module handed in every slot; with them, a validator seals twice now and then.
    pub traffic_per_slot: u32,
    /// Slots between two validators that seal twice, in runs with traffic.
    pub twin_every_slots: u64,
    /// Random crashes, power cuts, partitions and pauses.
    pub faults: bool,
    /// The bug that the code of every node has, if any.
    pub mutation: Option<Mutation>,
    /// What the network consists of and what happens.
    pub scenario: Scenario,
}

/// What came of a run. Scripts rely on the names.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The hash over everything that went into and came out of every core.
    pub trace_hash: String,
    /// Validators of the chain at the start.
    pub validators: usize,
    /// Nodes that were stepped; fewer than validators where those with equal views were stepped once.
    pub nodes: usize,
    /// Slots that passed.
    pub slots: u64,
    /// Slots a second of real time.
    pub slots_per_s: u64,
    /// Lowest best height.
    pub best: u32,
    /// Lowest final height.
    pub finalized: u32,
    /// How often each event happened in final blocks of the first node.
    pub events: BTreeMap<String, u64>,
    /// What did not hold: invariant and sentence.
    pub violations: Vec<String>,
}

/// Runs.
///
/// # Errors
/// A sentence, where the scenario makes no chain.
pub fn run(options: &Options, mut progress: impl FnMut(u64)) -> Result<Report, String> {
    let spec = simulated_spec(&options.scenario)?;
    let slot_ms = spec.params.slot_ms;
    let genesis_ms = spec.params.genesis_time_ms.0;
    let secondary_ms = spec.params.secondary_delay_ms;
    let names: Vec<String> = options.scenario.nodes.iter().map(|node| node.name.clone()).collect();
    let mutant = Seeded(options.mutation);
    let mut world =
        World::new(options.scenario.clone(), spec, options.seed, options.threads, mutant)?;
    let at = |millis: u64| genesis_ms.saturating_add(millis);
    for event in &options.scenario.events {
        world.schedule(at(event.at.millis(slot_ms)), Happening::Act(event.action.clone()));
    }
    for (number, expectation) in options.scenario.expectations.iter().enumerate() {
        world.schedule(at(expectation.at.millis(slot_ms)), Happening::Judge(number));
    }
    if options.faults {
        let random = Random::from_number(options.seed);
        for (millis, happening) in fault::draw(&random, &names, options.slots, slot_ms) {
            world.schedule(at(millis), happening);
        }
    }
    let stopwatch = Stopwatch::start();
    for slot in 0..options.slots {
        if options.transfers_per_slot > 0 {
            let middle = slot.saturating_mul(slot_ms).saturating_add(slot_ms.div_euclid(2));
            world.schedule(at(middle), Happening::Load(options.transfers_per_slot));
        }
        if options.traffic_per_slot > 0 {
            let middle = slot.saturating_mul(slot_ms).saturating_add(slot_ms.div_euclid(2));
            world.schedule(at(middle), Happening::Traffic(options.traffic_per_slot));
            let every = options.twin_every_slots.max(1);
            if slot.rem_euclid(every) == every.saturating_sub(1) {
                // After a secondary author's block has come, and before it is final.
                let early = slot
                    .saturating_mul(slot_ms)
                    .saturating_add(secondary_ms)
                    .saturating_add(TWIN_AFTER_MS);
                world.schedule(at(early), Happening::Twin);
            }
        }
        let end = at(slot.saturating_add(1).saturating_mul(slot_ms));
        while world.step(end.saturating_sub(1)) {}
        let every = if options.traffic_per_slot > 0 {
            TRAFFIC_STATE_EVERY_SLOTS
        } else {
            STATE_EVERY_SLOTS
        };
        if slot.rem_euclid(every) == every.saturating_sub(1) {
            world.check_states();
        }
        progress(slot);
    }
    world.check_states();
    judge_liveness(&mut world, options);
    let millis = stopwatch.millis().max(1);
    Ok(report(&world, options, millis))
}

fn judge_liveness(world: &mut World, options: &Options) {
    let quiet = if options.faults { options.slots.div_euclid(4) } else { options.slots };
    if quiet < QUIET_SLOTS_MIN || !options.scenario.events.is_empty() {
        return;
    }
    let stuck: Vec<String> = world
        .cores()
        .filter(|(_, core)| core.head().height.since(core.finalized().height) > LAG_MAX)
        .map(|(node, core)| {
            let finality = core.finality();
            format!(
                "node {node}: best {}, final {}, round {} of set {}",
                core.head().height,
                core.finalized().height,
                finality.round,
                finality.set.shown()
            )
        })
        .collect();
    for what in stuck {
        world.checker.violate("liveness", what);
    }
}

fn report(world: &World, options: &Options, millis: u64) -> Report {
    let (violations, count) = world.checker.verdict();
    let show = |violation: &Violation| format!("{}: {}", violation.invariant, violation.what);
    let mut shown: Vec<String> = violations.iter().map(show).collect();
    if count > shown.len() {
        shown.push(format!("and {} more", count.saturating_sub(shown.len())));
    }
    Report {
        trace_hash: world.trace_hash().to_string(),
        validators: world.spec.validators.len(),
        nodes: world.nodes.len(),
        slots: options.slots,
        slots_per_s: options.slots.saturating_mul(1_000).checked_div(millis).unwrap_or(0),
        best: world.cores().map(|(_, core)| core.head().height.0).min().unwrap_or(0),
        finalized: world.cores().map(|(_, core)| core.finalized().height.0).min().unwrap_or(0),
        events: world.book.seen.clone(),
        violations: shown,
    }
}

/// The chain of a scenario, with the simulator's keys in place of the validators'.
pub(crate) fn simulated_spec(scenario: &Scenario) -> Result<ChainSpec, String> {
    let genesis_time = Millis(1_000_000_000_000);
    let mut spec = scenario.chain_spec(genesis_time).map_err(|error| error.to_string())?;
    for (number, validator) in spec.validators.iter_mut().enumerate() {
        let keys = session_keys(u32::try_from(number).unwrap_or(u32::MAX));
        validator.seal = keys.seal;
        validator.lottery = keys.lottery;
        validator.vote = keys.vote;
    }
    spec.check().map_err(|error| error.to_string())?;
    Ok(spec)
}
