//! The laboratory: one case in, one outcome out; and campaigns of them.
//!
//! ```text
//! case -> world (full cores, virtual time, faults) -> outcome
//!            ^        |
//!        attack     check (oracles)
//! ```
//! # Invariants
//! 1. Equal cases give equal outcomes, whatever ran before and on whatever thread.
//! 2. Every draw is keyed by (seed, purpose, node or link, number there).
//!
//! Reading order: `case`, `outcome`, `world`, `crate::check`.

pub mod case;
pub mod outcome;
mod run;
mod world;

#[cfg(test)]
mod tests;

pub use case::Case;
pub use outcome::{Outcome, RunOptions, Violation};
pub use run::{Lab, run};
pub(crate) use world::mix;
