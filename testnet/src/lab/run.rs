//! Runs cases, and keeps what cases share: the booted nodes of a chain, which are cloned and not built again.
//!
//! Inputs: a case. Outputs: an outcome. Invariant: what is kept never changes an outcome; a fresh [`Lab`] gives the same.
//!
//! Bounds: [`KEPT_MAX`] chains are kept.

use super::case::Case;
use super::outcome::{Outcome, RunOptions, Violation};
use super::world::World;
use crate::mutants::{Seeded, SimStore};
use crate::sim::crypto::{SimSigner, SimVerifier, session_keys};
use crate::sim::executions::Shared;
use crate::sim::world::SimCore;
use serin_node::chain_spec::{ChainSpec, Rotation};
use serin_node::core::{Core, Executions, StartOptions};
use serin_state::codec::encode;
use serin_state::types::Millis;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Chains whose booted nodes are kept.
const KEPT_MAX: usize = 256;
/// Seeds share this many geneses, each with its own first lottery.
const GENESES: u64 = 16;
/// Length of a slot of the specifications that are kept, in milliseconds.
const SLOT_MS: u64 = 1_000;
/// When slot 0 begins, in milliseconds since the Unix epoch.
const GENESIS_MS: u64 = 1_000_000_000_000;

/// A chain before its first slot.
#[derive(Debug)]
pub(super) struct Booted {
    pub(super) spec: ChainSpec,
    pub(super) cores: Vec<SimCore>,
    /// What the cores share, as do those that start again later.
    pub(super) executions: Option<Arc<dyn Executions>>,
}

/// Runs cases one after the other; each thread has its own.
#[derive(Debug)]
pub struct Lab {
    kept: BTreeMap<Vec<u8>, Arc<Booted>>,
    /// Of the right code. With a seeded bug nodes may execute differently, so each does for itself.
    executions: Option<Arc<dyn Executions>>,
    /// The simulator's specification for a number of validators, whose development keys take long.
    specs: BTreeMap<usize, ChainSpec>,
}

/// Runs one case.
///
/// # Errors
/// A sentence, where the case makes no chain.
pub fn run(case: &Case, options: RunOptions) -> Result<Outcome, String> {
    Lab::default().run(case, options)
}

impl Default for Lab {
    fn default() -> Self {
        let executions = Some(Shared::keeper());
        Self { kept: BTreeMap::new(), executions, specs: BTreeMap::new() }
    }
}

impl Lab {
    /// A laboratory in which every node executes every block itself.
    #[cfg(test)]
    pub(super) fn without_sharing() -> Self {
        Self { executions: None, ..Self::default() }
    }

    /// Runs one case.
    ///
    /// # Errors
    /// A sentence, where the case makes no chain.
    pub fn run(&mut self, case: &Case, options: RunOptions) -> Result<Outcome, String> {
        case.check()?;
        let booted = self.booted(case)?;
        let mut world = World::new(case, options, &booted);
        world.run();
        Ok(finish(world))
    }

    /// Runs one case; a panic of a node is a violation, where the build unwinds (profile `lab`).
    ///
    /// # Errors
    /// A sentence, where the case makes no chain.
    pub fn run_caught(&mut self, case: &Case, options: RunOptions) -> Result<Outcome, String> {
        let run = std::panic::AssertUnwindSafe(|| self.run(case, options));
        match std::panic::catch_unwind(run) {
            Ok(outcome) => outcome,
            Err(payload) => {
                let text = payload.downcast_ref::<String>().cloned();
                let text = text.or_else(|| Some((*payload.downcast_ref::<&str>()?).to_owned()));
                let what = text.unwrap_or_else(|| "without words".to_owned());
                let culprits = Vec::new();
                let violation = Violation { oracle: "no panic", what, culprits };
                Ok(Outcome { violations: vec![violation], ..Outcome::default() })
            }
        }
    }

    /// The chain of a case before its first slot.
    pub(super) fn booted(&mut self, case: &Case) -> Result<Arc<Booted>, String> {
        let mutation = case.mutation.map(serin_state::mutant::Mutation::name);
        let variant = case.seed.rem_euclid(GENESES);
        let shape = (&case.weights, case.slot_ms, case.epoch_slots, case.rotation);
        let key = encode(&(shape, &case.rules, mutation, variant));
        if let Some(found) = self.kept.get(&key) {
            return Ok(Arc::clone(found));
        }
        let booted = Arc::new(self.boot(case, variant)?);
        if self.kept.len() >= KEPT_MAX {
            self.kept.pop_first();
        }
        self.kept.insert(key, Arc::clone(&booted));
        Ok(booted)
    }

    fn boot(&mut self, case: &Case, variant: u64) -> Result<Booted, String> {
        let spec = self.spec_of(case, variant)?;
        let mutant = Seeded(case.mutation);
        let executions = self.executions.clone().filter(|_| case.mutation.is_none());
        let mut cores = Vec::new();
        for number in 0..case.weights.len() {
            let store = SimStore::default().with_mutant(mutant);
            let signer =
                SimSigner::validator(u32::try_from(number).unwrap_or(u32::MAX)).with_mutant(mutant);
            let options = StartOptions::default();
            let core = Core::start(spec.clone(), store, signer, SimVerifier, options);
            let core =
                core.map_err(|error| format!("the chain of the case cannot start: {error}"))?;
            cores.push(match &executions {
                Some(executions) => core.sharing(executions),
                None => core,
            });
        }
        Ok(Booted { spec, cores, executions })
    }

    /// The chain of a case: small, and with the simulator's keys.
    fn spec_of(&mut self, case: &Case, variant: u64) -> Result<ChainSpec, String> {
        let count = case.weights.len();
        let base = self.specs.entry(count).or_insert_with(|| base_spec(count));
        let mut spec = base.clone().with_slot_ms(u64::from(case.slot_ms));
        spec.id = format!("lab-{variant}");
        spec.params.epoch_slots = u64::from(case.epoch_slots);
        spec.rules = case.rules;
        spec.rotation = case.rotation.map(|rotate| Rotation {
            every_epochs: u64::from(rotate.every_epochs),
            active: u32::from(rotate.active),
        });
        spec.check().map_err(|error| error.to_string())?;
        Ok(spec)
    }
}

/// The simulator's specification for so many validators: development keys are slow to make.
fn base_spec(validators: usize) -> ChainSpec {
    let mut spec = ChainSpec::local(validators, SLOT_MS, Millis(GENESIS_MS));
    for (number, validator) in spec.validators.iter_mut().enumerate() {
        let keys = session_keys(u32::try_from(number).unwrap_or(u32::MAX));
        validator.seal = keys.seal;
        validator.lottery = keys.lottery;
        validator.vote = keys.vote;
    }
    spec
}

fn finish(mut world: World<'_>) -> Outcome {
    world.judge_end();
    let honest = world.honest_cores();
    let best = honest.iter().map(|(_, core)| core.head().height.0).min().unwrap_or(0);
    let finalized = honest.iter().map(|(_, core)| core.finalized().height.0).min().unwrap_or(0);
    let conflict = world.judge.take_conflict();
    let mut record = world.recorded();
    if let Some(record) = &mut record {
        record.conflict = conflict;
    }
    let (violations, _) = world.judge.verdict();
    Outcome {
        violations: violations.to_vec(),
        reached: world.reached,
        trace_hash: world.trace_hash(),
        steps: world.steps,
        states: core::mem::take(&mut world.states),
        slots: u64::from(world.case.slots),
        best,
        finalized,
        record,
    }
}
