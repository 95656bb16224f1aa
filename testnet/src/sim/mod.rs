//! The simulator: the node's own core in virtual time, from one seed.
//!
//! ```text
//! scenario, seed -> World: queue of events -> Core::on_input -> effects -> queue
//!                     |                                            |
//!                   faults                                       check
//! ```
//! # Invariants
//! 1. Randomness is drawn by (seed, purpose, node, sequence): taking one event away moves no other.
//! 2. Events at one time are worked off node by node; nodes share nothing, so the number of threads changes nothing.
//! 3. The trace hash covers every input and effect of every core, and nothing else.

mod action;
mod book;
pub mod check;
pub mod crypto;
mod event;
pub(crate) mod executions;
mod fault;
mod joining;
pub(crate) mod load;
pub mod run;
mod stakes;
mod view;
pub(crate) mod world;

#[cfg(test)]
mod tests;

pub use run::{Options, Report, TWIN_EVERY_SLOTS, run};
