//! Finality: rounds of votes that make a block and all before it irreversible.

mod vote;

pub use vote::{BlockRef, SignedVote, Stage, Vote};
