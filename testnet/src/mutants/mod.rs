//! Seeded bugs in the code of the node, chosen at run time: what the consensus lab measures itself by.
//!
//! ```text
//! state::mutant::Mutation    names, and what the changed line does
//!        |
//! Seeded in the simulator's store -> state, runtime, governance; rules of the voter, tree and lottery
//!        |
//! table   where each bug comes from, and which oracle has to find it
//! ```
//! A bug exists only where a store says so, and only the simulator's store can: [`Seeded`] is defined in this crate, and
//! `serin-node` does not depend on it.

mod cases;
pub mod ledger;
pub mod score;
pub mod source;
pub mod staking;
pub mod table;

#[cfg(test)]
mod tests;

use serin_state::mutant::{Mutant, Mutation};
use serin_state::store::FaultyStore;

/// The simulator's disk, under code that may have a bug.
pub type SimStore = FaultyStore<Seeded>;

/// The bug that was chosen, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seeded(pub Option<Mutation>);

impl Mutant for Seeded {
    #[inline]
    fn has(self, mutation: Mutation) -> bool {
        self.0 == Some(mutation)
    }
}
