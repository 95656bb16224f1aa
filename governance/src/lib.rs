//! Governance: what stake decides, and what happens then. Nothing lives here yet but this page.
//!
//! ```text
//!   proposal -> referendum (phases) -> outcome: call bytes and an origin
//!                   ^                          |
//!        votes with conviction,                v
//!        delegation, tally            the runtime dispatches it
//! ```
//!
//! # What will live here
//! - `call`, `error`, `event`: what can be asked of governance, why it refuses, what it reports.
//! - `params`: the tracks of Kusama's OpenGov and their curves of approval and support, in integers.
//! - `proposal` and `referendum`: one referendum as a pure step over (phase, input).
//! - `vote`, `delegation`, `tally`: conviction, locks, and a tally that always equals a recount.
//! - `enactment`: approved calls waiting for their slot, as data.
//! - `treasury`: spending periods, bounties, and what is burnt.
//!
//! # What never will
//! This crate knows no consensus: a passed referendum leaves it as encoded call bytes and an origin,
//! and the runtime in `node` dispatches them. It reads no clock and draws no entropy; periods count
//! slots. Votes lock tokens by freezes of [`serin_state::balances`], which overlap what staking holds,
//! so staked tokens vote.
