//! Finality: rounds of votes that make a block and all before it irreversible.
//!
//! ```text
//! vote -> graph -> round -> voter (rounds over time, our own votes)
//!                    |
//!                    +--> justification, catch_up (what others check)
//! ```
//! Follows the GRANDPA paper (arXiv 2007.01560) with the threshold n - f by weight, f = floor((n - 1) / 3).

pub mod accuse;
mod ancestry;
mod catch_up;
mod equivocation;
mod foreign;
mod graph;
mod justification;
pub mod proof_chain;
mod round;
mod seen;
#[cfg(test)]
mod tests;
mod vote;
pub mod voter;
mod voter_set;

pub use ancestry::Ancestry;
pub use catch_up::{CatchUp, CatchUpError};
pub use equivocation::{VoteEquivocation, VoteEquivocationError};
pub use foreign::{ForeignPrecommit, ForeignProof, ForeignProofError};
pub use justification::{ANCESTRY_MAX, Justification, JustificationError, Precommit};
pub use round::{IgnoredVote, Imported, Round};
pub use seen::SeenVotes;
pub use vote::{BlockRef, SignedVote, Stage, Vote};
pub use voter_set::{TOTAL_WEIGHT_MAX, VOTERS_MAX, VoterSet, VoterSetError};
