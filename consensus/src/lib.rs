//! Who may produce a block, which chain is best, what is final. Pure: no clock, no entropy, no IO.
//!
//! ```text
//!   slot -> leader::claim_slot -> header -> leader::check_header -> chain::BlockTree -> head
//!                                                 |                       |   ^
//!                                       evidence::SealWatch               v   | finalize
//!                                                                    finality (rounds of votes)
//! ```
//!
//! # Reading order
//! 1. [`params`] and [`rules`]: the numbers and the choices that genesis commits to.
//! 2. [`leader`]: the lottery, claims, the check of a header, epochs and sessions.
//! 3. [`chain`]: the tree of blocks above the final one and its head.
//! 4. [`finality`]: votes, rounds, justifications.
//! 5. [`evidence`]: proof that an author sealed two headers for one slot.
//!
//! # Absences
//! Nothing here reads a clock, a random source or a socket, and nothing iterates over a hash map;
//! keys are used through the traits [`crypto::Verifier`] and [`leader::Prover`] only.

pub mod chain;
pub mod crypto;
pub mod evidence;
pub mod finality;
pub mod leader;
pub mod params;
pub mod rules;
pub mod verdict;

pub use verdict::Verdict;
