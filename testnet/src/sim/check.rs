//! What must hold in every run, judged while it goes on.
//!
//! - agreement: no two nodes make different blocks of one height final;
//! - monotone finality: the final block of a node never goes back, not even over a crash;
//! - no halt: a node stops only when its disk fails;
//! - own votes: no voter that follows the rules is seen voting twice;
//! - money and nonces: the accounts of a final state sum up to the issuance, and nonces only grow;
//! - supply: the issuance is what events say was made and burnt;
//! - enactment: what a referendum's task runs was approved before, and runs once;
//! - liveness: at the end of a run without faults in its last part, finality is near the head.

use serin_consensus::finality::BlockRef;
use serin_node::runtime::invariants::{Names, check_named, check_step_named};
use serin_state::layout::StateKey;
use serin_state::store::{Column, Store};
use serin_state::types::{Hash, Height};
use std::collections::BTreeMap;

/// Violations that are kept; more are counted only.
const KEPT_MAX: usize = 16;

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Name of the invariant.
    pub invariant: &'static str,
    /// What happened, in a sentence.
    pub what: String,
}

/// The judge of a run.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    names: Names,
    final_blocks: BTreeMap<Height, Hash>,
    final_of: BTreeMap<usize, Height>,
    states: BTreeMap<usize, BTreeMap<StateKey, Vec<u8>>>,
    violations: Vec<Violation>,
    count: usize,
}

impl Checker {
    /// Accounts and hashes that `names` adds to those of the specification may have rows.
    #[must_use]
    pub fn new(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    /// Something did not hold.
    pub fn violate(&mut self, invariant: &'static str, what: String) {
        self.count = self.count.saturating_add(1);
        if self.violations.len() < KEPT_MAX {
            self.violations.push(Violation { invariant, what });
        }
    }

    /// A node told that blocks became final, lowest first.
    pub fn on_final(&mut self, node: usize, blocks: &[BlockRef]) {
        for block in blocks {
            let known = *self.final_blocks.entry(block.height).or_insert(block.hash);
            if known != block.hash {
                let what = format!(
                    "node {node} finalised {:?} at height {}, another node {known:?}",
                    block.hash, block.height
                );
                self.violate("agreement", what);
            }
            let last = self.final_of.insert(node, block.height);
            if last.is_some_and(|last| last >= block.height) {
                let what = format!("node {node} finalised height {} again", block.height);
                self.violate("monotone finality", what);
            }
        }
        // Agreement is about heights that some node may still tell; older ones were told by all.
        let lowest = self.final_of.values().min().copied().unwrap_or_default();
        self.final_blocks = self.final_blocks.split_off(&lowest.saturating_sub(1));
    }

    /// A node came back: it must still know what it told.
    pub fn on_restart(&mut self, node: usize, finalized: BlockRef) {
        let told = self.final_of.get(&node).copied().unwrap_or_default();
        if finalized.height < told {
            let what = format!(
                "node {node} came back with height {} final, and had told {told}",
                finalized.height
            );
            self.violate("monotone finality", what);
        }
    }

    /// Looks into the final state of a node.
    pub fn on_state(&mut self, node: usize, store: &impl Store) {
        let rows = store.scan(Column::Account, &[], usize::MAX);
        let dump: BTreeMap<StateKey, Vec<u8>> = rows
            .into_iter()
            .filter_map(|(key, value)| Some((StateKey(key.try_into().ok()?), value)))
            .collect();
        if let Err(error) = check_named(&dump, &self.names) {
            self.violate("money", format!("node {node}: {error}"));
        }
        if let Some(before) = self.states.get(&node)
            && let Err(error) = check_step_named(before, &dump, &self.names)
        {
            self.violate("nonces", format!("node {node}: {error}"));
        }
        self.states.insert(node, dump);
    }

    /// What did not hold, the first of it only, and how often in all.
    #[must_use]
    pub fn verdict(&self) -> (&[Violation], usize) {
        (&self.violations, self.count)
    }
}
