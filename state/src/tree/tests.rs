//! Tests of this folder, by behaviour.
//!
//! Oracles are restated here from the definition and share no code with what they judge.
