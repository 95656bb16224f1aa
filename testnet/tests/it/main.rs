//! Networks of real processes: killed, cut, loaded, and audited. One binary; each test has a folder and ports of its own.
//!
//! They need the node's program beside the test's, which a release build of the workspace makes. The dev selection builds
//! no node: there they say so and pass.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "what goes wrong in a test panics there, and a skipped one says so"
)]

mod governance;
mod joining;
mod journal;
mod load;
mod network;
mod refusals;
mod running;
mod staking;
mod traffic;
