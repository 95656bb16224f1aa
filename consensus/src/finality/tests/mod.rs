//! Tests of votes, rounds and proofs; the voter over rounds has its own.
//!
//! Names such as S13 in comments are bugs that implementations of this protocol had. The test that a
//! bug is named at fails where it is put back.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test; overflow panics")]

mod against_model;
mod catch_up;
pub(in crate::finality) mod drawing;
mod foreign;
mod justification;
mod model;
mod proof_chain;
mod round;
mod vote;
mod voter_set;
mod wire;
