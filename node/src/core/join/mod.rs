//! Joining late: the proof chain, then the state of a recent final block, then the node as it always runs.
//!
//! ```text
//!   Looking ---- a peer serves a sync point ----> Proving ---- it is final ----> Fetching ---> Done
//!      ^                                             |                              |
//!      +------ nobody serves the point any more -----+------------------------------+
//! ```
//!
//! # What it does
//! A [`Join`] stands where the core will stand, and takes the same inputs and gives the same effects. It
//! believes nothing that is not proven: links of the proof chain one by one from genesis, the point by a
//! justification of the last set, values by range proofs against the state root of the point's header.
//! When it is done its store opens as a core whose final block is the point.
//!
//! # Trust
//! The proof chain can be forged with keys that were withdrawn long ago, so it proves nothing by itself on a
//! chain older than the time for which stake stays bound (design section 5). There the user names a block
//! that the chain must contain, or says that genesis is enough: [`Anchor`].
//!
//! # Invariants
//! 1. No row of the state is written that no range proof covered.
//! 2. A crash at any instant leaves a store with which joining goes on, or one that is done.
//! 3. What a peer sends that is not proven is never used, and the peer is named.
//!
//! # Bounds
//! [`IN_FLIGHT_MAX`] answers of a few megabytes at a time, one voter set, [`FAILURES_MAX`] remembered failures.

mod anchor;
mod fetch;
mod machine;
mod point;
mod prove;
mod rows;
mod servers;

pub use anchor::{Anchor, NeedsAnchor};
pub use machine::{Join, JoinStage, JoinView};
pub use point::{POINT_HEADERS_MAX, POINT_HEIGHTS, SyncPoint};
pub use rows::is_pending;
pub use servers::{FAILURES_MAX, Failure};

use serin_consensus::finality::JustificationError;
use serin_consensus::finality::proof_chain::ProofError;
use serin_state::tree::RangeError;

/// Requests for values under way, over all peers.
pub const IN_FLIGHT_MAX: usize = 16;

/// Why an answer of a peer is refused. All are the peer's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Not an encoding of what was asked for.
    #[error("the answer is not an encoding of what was asked for")]
    Malformed,
    /// A link of the proof chain does not hold.
    #[error("a link of the proof chain does not hold: {0}")]
    Chain(#[from] ProofError),
    /// The proof of a sync point is not one.
    #[error("the proof of the sync point does not hold: {0}")]
    BadPoint(&'static str),
    /// The justification of a sync point does not hold.
    #[error("the justification of the sync point does not hold: {0}")]
    Justification(JustificationError),
    /// Values are not what the state holds.
    #[error("values do not belong to the state: {0}")]
    Range(#[from] RangeError),
    /// An answer about another range than was asked for.
    #[error("the answer is about other keys than were asked for")]
    OtherRange,
}
