//! Votes with conviction, delegation, and the locks they bring.
//!
//! Kusama's open governance is the model (pallet-conviction-voting 50): the rules are those of its runtime,
//! refusals come in its order, and where a rule is ours a parameter of [`VotingParameters`] says so. Better
//! than there: a delegation costs the same however many votes the delegate has (`delegation`), one
//! call delegates on all tracks, and a vote can say why.
//!
//! # What lives here
//! - `vote`: what a vote is and weighs; [`crate::tally`]: what votes add up to.
//! - [`ballots`]: where the tallies of ongoing referenda are; [`Polls`]: what is asked of `referenda`.
//! - `record`: what an account does on a track; `locks`: what it must keep for it.
//! - `cast`, `delegation`: the calls; `calls`: who may make them.
//!
//! # Invariants
//! 1. The tally of an ongoing referendum is the sum of the votes on it and of the power they carry
//!    ([`recount`] counts it anew).
//! 2. The freeze of an account for its votes is the largest of what its tracks need, and covers every vote on
//!    an ongoing referendum, every delegation, and every lock of a winner until its end.
//! 3. A refused call has changed nothing.

pub mod ballots;
mod calls;
mod cast;
mod delegation;
mod locks;
mod pages;
mod polls;
mod record;
pub mod recount;
mod surface;
mod vote;

pub use calls::apply;
pub use locks::locks;
pub use polls::{Completed, Polls};
pub use record::{Cast, Delegation, PriorLock, Record};
pub use surface::{REASON_BYTES_MAX, VotingCall, VotingError, VotingEvent, VotingParameters};
pub use vote::{AccountVote, Conviction, Power, Side, UnknownConviction};

#[cfg(test)]
mod tests;
