//! Tests of the pure node over its public interface: no clock, no socket, no C++; and under feature `service` of
//! the program `serin` from outside.
//!
//! `world.rs` holds the chain in memory that all of them use; every block there is built, executed as
//! an importer does, compared, and checked for the invariants.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "what goes wrong in a test panics there"
)]

mod block;
mod dispatch;
mod elected;
mod eras;
mod governance;
mod invalid;
mod invariant;
mod light;
mod model;
mod net;
mod offences;
mod proof;
mod proof_file;
mod punished;
mod refusals;
mod rotation;
#[cfg(feature = "service")]
mod service;
mod staking;
mod upgrade;
mod vectors;
mod weighted;
mod world;
