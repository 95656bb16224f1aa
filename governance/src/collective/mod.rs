//! The collective: members with a rank, who are set by governance and vouch for calls.
//!
//! ```text
//!   add            promote          promote
//!  -----> rank 0 ----------> 1 ... ----------> 9
//!  <-----        <----------     <----------
//!  demote          demote           demote          remove: from any rank
//! ```
//!
//! Members are added, promoted, demoted and removed by root or the track `fellowship_admin`. What they vote
//! on stands in [`crate::whitelist`]. A member at least of the rank that a poll asks for has
//! `(r + 1)(r + 2) / 2` votes in it, with r the ranks above that (Kusama's relay chain: `Geometric`).
//!
//! # Invariants
//! [`Roll`] counts the members of each rank, so what all votes together are is never counted anew.
//!
//! # Bounds
//! A call reads and writes two rows; members are at most [`CollectiveParameters::members_max`].

mod calls;
mod rank;
mod surface;

pub use calls::{apply, roll, standing};
pub use rank::{Rank, Roll};
pub use surface::{CollectiveCall, CollectiveError, CollectiveEvent, CollectiveParameters};

#[cfg(test)]
mod tests;
