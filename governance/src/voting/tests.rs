//! Voting against a naive model, and every refusal.
//!
//! `world` has accounts, a clock and polls that do nothing but remember; `properties` compares with a recount;
//! `refusals` is the table of bad input, `vectors` of encodings; `locks` and `delegation` are stories; `pages` says where
//! tallies are; `cost` counts rows.

#![expect(clippy::arithmetic_side_effects, reason = "tests count small numbers and fail loudly")]

mod cost;
mod delegation;
mod locks;
mod pages;
mod properties;
mod refusals;
mod vectors;
mod world;
