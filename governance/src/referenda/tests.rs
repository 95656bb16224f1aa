//! Referenda over their storage: a small chain with one block in some of the slots.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "what goes wrong in a test panics there"
)]

mod bad;
pub(crate) mod chain;
mod insight;
pub(crate) mod life;
mod presets;
mod property;
mod queue;
mod story;

use chain::{ALICE, BOB, Chain};
