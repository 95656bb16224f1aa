//! Tests of the crate through its public face: what crosses the wire, and which signatures hold.
//!
//! One binary, so that it is linked once. Vectors lie in `tests/vectors`; `SERIN_BLESS=1` writes
//! those of the wire anew, which changes the protocol and belongs in a commit of its own.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong in a test panics there"
)]

mod sample;
mod signature;
mod vocabulary;
mod wire;
