//! Tests of the pure node over its public interface: no clock, no socket, no C++.

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
mod invalid;
mod invariant;
mod model;
mod proof;
mod rotation;
mod vectors;
mod world;
