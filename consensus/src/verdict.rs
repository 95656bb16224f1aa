//! What a node does with something a peer sent that it refused.
//!
//! Each error enum of a machine maps its variants to one of these in one `verdict()` match, so that
//! the reaction to a refusal is decided in one place and read in one place.

/// The reaction to a refused header, block, vote or proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Keep it aside, within bounds, and try again when something changes.
    Retry,
    /// Drop it; the sender is not to blame.
    Ignore,
    /// Drop it and lower the sender's score: honest nodes never send this.
    Punish,
}
