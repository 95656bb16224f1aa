//! Proofs that travel: one file that proves a statement to anybody who knows the genesis hash.
//!
//! ```text
//!   genesis hash == hash of the start's header -- state proof --> voters, rules, timing      start
//!        set 0 ---- link ---- set 1 ---- link ---- set n                                     links
//!        last link: a final header -- state root --> ancestor, account                       statement
//!                                  -- body root, outcome root --> transaction, event
//! ```
//! Light clients follow the same links one fragment at a time (`crate::light`), and nodes that join by proof
//! check them with the same code (`serin_consensus::finality::proof_chain`).
//!
//! # Reading order
//! `start` (from a hash to voters), `statement` (what is said under a final header), `file` (all of it as bytes),
//! `question` (what a node is asked for).
//!
//! # Invariants
//! 1. What [`verify`] returns follows from the given hash and from signatures of voters that follow from it.
//! 2. Every byte of a file counts: it ends with a hash over all before, and without it nothing but
//!    what is said changes what is accepted.
//!
//! # Bounds
//! [`FILE_BYTES_MAX`] bytes and one signature check for each 132 of them; one voter set in memory beside the file.

mod file;
mod question;
mod start;
mod statement;

pub use file::{FILE_BYTES_MAX, FILE_ENDING, ProofFile, Proven, Refusal, verify};
pub use question::{Answer, Question, Unprovable};
pub use start::{Ground, Start, StartError};
pub use statement::{
    Ancestor, Claim, EventLeaf, EventProof, Fact, Place, Statement, StatementError, StatementProof,
};
