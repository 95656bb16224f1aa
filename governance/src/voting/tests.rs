//! Voting against a naive model, and every refusal.
//!
//! `world` has accounts, a clock and polls that do nothing but remember; `properties` compares with a recount;
//! `refusals` is the table of bad input; `locks` and `delegation` are stories; `cost` counts rows.

#![expect(clippy::arithmetic_side_effects, reason = "tests count small numbers and fail loudly")]

mod cost;
mod delegation;
mod locks;
mod properties;
mod refusals;
mod world;
