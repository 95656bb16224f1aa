//! Staking: who may produce and finalise, what they earn, what they lose.
//!
//! Nominated proof of stake with Kusama's rules and numbers. Pure: it works on the overlay of a block, as every
//! module of the runtime does.

pub mod perbill;
