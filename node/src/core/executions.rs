//! What executing a block gave, for whoever runs many nodes in one process and lets them share it.
//!
//! Inputs: a block's hash. Outputs: what a node of the same chain and code found when it executed it. The hash names all
//! that decides: the chain by its genesis, the ancestors, the header, and the body by its root, which the core compares
//! first. Invariant: only blocks that are what their headers say are kept. Bounds: the keeper's.
//!
//! A node of its own process has no such keeper, and executes everything itself.

use crate::runtime::Executed;
use serin_state::layers::Prepared;
use serin_state::types::Hash;

/// What executing a block gave: outcomes, session, state.
#[derive(Clone, Debug)]
pub struct Execution {
    pub(super) executed: Executed,
    pub(super) prepared: Prepared,
}

/// Keeps executions for cores of one chain and code; see [`super::Core::sharing`].
pub trait Executions: core::fmt::Debug + Send + Sync {
    /// What is known of a block; `None` has it executed.
    fn of(&self, block: &Hash) -> Option<Execution>;

    /// A core executed a block that is what its header says.
    fn keep(&self, block: Hash, execution: &Execution);
}

impl Execution {
    /// Whether another node found the same.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.prepared.root() == other.prepared.root() && self.executed == other.executed
    }
}
