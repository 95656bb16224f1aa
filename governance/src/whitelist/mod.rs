//! The whitelist: calls for which the collective vouches, so that a short referendum may enact them.
//!
//! ```text
//!              vote aye (opens a poll)        ayes reach the threshold
//!  (nothing) -------------------------> poll --------------------------> whitelisted
//!      ^                                 | ended, cleared by anyone         |    |
//!      +---------------------------------+       remove: root               |    | dispatch: root or
//!      +--------------------------------------------------------------------+    | whitelisted_caller
//!      ^                                                                         v
//!      +--------------------------------------------- once, as root, in the next slot
//! ```
//!
//! Members of the rank that is asked for vote on the hash of a call. The poll passes at the vote with which
//! the ayes reach a share of all the votes that members have by then: silence counts as no, so there is no
//! last minute to wait for. Root may whitelist at once.
//!
//! # Invariants
//! 1. A hash is polled or whitelisted, never both, and a whitelisted one is dispatched at most once.
//! 2. A member counts once in a poll, with what its rank had when it voted.
//! 3. A poll opens on bytes that are noted, so that members can read what they vote on, and asks for them
//!    once, until the poll fails or the call leaves the list.
//!
//! # Bounds
//! At most [`WhitelistParameters::polls_max`] polls are open; one holds a vote of each member at most.
//!
//! # Source
//! pallet-whitelist 50 and the fellowship of Kusama's relay chain, whose poll is a referendum of its own; this
//! shorter one is ours.

mod calls;
mod poll;
mod surface;

pub use calls::{apply, is_whitelisted, poll};
pub use poll::{Ballot, Poll};
pub use surface::{WhitelistCall, WhitelistError, WhitelistEvent, WhitelistParameters};

#[cfg(test)]
mod tests;
