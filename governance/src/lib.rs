//! Governance: what stake decides, and what happens then.
//!
//! ```text
//!   proposal -> referendum (phases) -> outcome: call bytes and an origin
//!                   ^                          |
//!        votes with conviction,                v
//!        delegation, tally            the runtime dispatches it
//! ```
//!
//! # What lives here
//! - [`context`]: what a module works on; [`Origin`]: with whose powers.
//! - [`Parameters`], [`Call`], [`Error`], [`Event`]: one enum or struct of each, a part a module.
//!
//! # What never will
//! This crate knows no consensus: a passed referendum leaves it as encoded call bytes and an origin,
//! and the runtime in `node` dispatches them. It reads no clock and draws no entropy; periods count
//! slots. Votes lock tokens by freezes of [`serin_state::balances`], which overlap what staking holds,
//! so staked tokens vote.

pub mod bounties;
pub mod collective;
pub mod context;
pub mod curve;
pub mod deposits;
mod describe;
mod dispatch;
pub mod insight;
mod origin;
pub mod participation;
pub mod preimages;
mod presets;
pub mod reasons;
pub mod referenda;
pub mod scheduler;
mod surface;
pub mod tally;
pub mod treasury;
pub mod voting;
pub mod whitelist;

pub use context::Context;
pub use dispatch::{dispatch, weigh};
pub use origin::{Origin, ReferendumIndex, TrackId};
pub use presets::{LOCAL_SPEED, ParametersError, TRACKS_MAX};
pub use surface::{Call, Error, Event, Parameters};
