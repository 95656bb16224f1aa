//! Executions that simulated nodes share: what one of them found out about a block, no other works out again.
//!
//! # Invariants
//! 1. One block in [`CHECKED_EVERY`], by its hash, is executed by every node and compared, so that nodes whose states have
//!    parted are still found out.
//! 2. What is shared changes no outcome: it is what the node would have found.
//!
//! # Bounds
//! [`KEPT_MAX`] blocks; the oldest go first.

use serin_node::core::{Execution, Executions};
use serin_state::types::Hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// Blocks that are kept.
const KEPT_MAX: usize = 4_096;
/// Of so many blocks one is executed by every node.
const CHECKED_EVERY: u8 = 8;

/// Executions of the right code: a seeded bug may make nodes differ.
#[derive(Debug, Default)]
pub(crate) struct Shared(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    found: BTreeMap<Hash, Execution>,
    order: VecDeque<Hash>,
}

impl Shared {
    /// A new keeper, as cores take it.
    pub(crate) fn keeper() -> Arc<dyn Executions> {
        Arc::new(Self::default())
    }

    fn known(&self, block: &Hash) -> Option<Execution> {
        // A lock that a panic left behind costs an execution, nothing else.
        self.0.lock().ok()?.found.get(block).cloned()
    }
}

impl Executions for Shared {
    fn of(&self, block: &Hash) -> Option<Execution> {
        if is_checked(block) { None } else { self.known(block) }
    }

    /// # Panics
    /// invariant(executions): whoever executes a block finds the same.
    fn keep(&self, block: Hash, execution: &Execution) {
        if let Some(known) = self.known(&block) {
            assert!(
                known.agrees(execution),
                "invariant(executions): whoever executes a block finds the same"
            );
            return;
        }
        let Ok(mut kept) = self.0.lock() else { return };
        if kept.found.insert(block, execution.clone()).is_none() {
            kept.order.push_back(block);
        }
        if kept.order.len() > KEPT_MAX
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.found.remove(&oldest);
        }
    }
}

fn is_checked(block: &Hash) -> bool {
    block.0.last().is_some_and(|byte| byte.is_multiple_of(CHECKED_EVERY))
}
