//! Bounties: money of the treasury for work that a curator looks after.
//!
//! ```text
//!   proposed --approve--> funded --propose curator--> offered --accept--> active --award--> pending --claim--> paid
//!                           ^                            |                  |                  |
//!                           +------- unassign -----------+------------------+------------------+
//! ```
//!
//! As pallet-bounties, but that an approved bounty is funded at once: there is no queue that waits for the end of a
//! spend period. Who proposes one pays a deposit for it, back when it is approved and lost when it is rejected. A curator
//! pays one as well, which goes with claim and resignation back, and to the treasury when others take the bounty away.
//! Approving asks for a track that may spend the whole value; rejecting and closing for root or the treasurer.
//!
//! # Invariants
//! 1. A bounty's money lies in an account of its own without a key, from approval until it is claimed or closed.
//! 2. What is held for [`crate::reasons::BOUNTY_DEPOSIT`] and [`crate::reasons::CURATOR_DEPOSIT`] is what rows say.
//! 3. A bounty is paid at most once: its row goes with the payment.
//!
//! # Bounds
//! Every call reads and writes a fixed number of rows, and at most [`DESCRIPTION_BYTES_MAX`] bytes of text.

mod calls;
mod curators;
mod surface;

#[cfg(test)]
mod tests;

pub use calls::{account, apply, get};
pub use surface::{
    Bounty, BountyCall, BountyError, BountyEvent, BountyParameters, BountyStatus,
    DESCRIPTION_BYTES_MAX,
};
