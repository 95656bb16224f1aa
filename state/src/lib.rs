//! What the chain knows: its vocabulary, and the authenticated store of accounts.
//!
//! ```text
//!   types    codec    ss58  derive  random      what everybody talks about, and its bytes and texts
//!     |        |
//!   layout - overlay - balances                 what lies where, uncommitted changes, money
//!              |
//!      layers - tree - store                    unfinalised blocks, the root over all of it, the disk
//! ```
//!
//! Reading order: [`types`], [`codec`], [`layout`], [`overlay`], [`balances`], then [`tree`],
//! [`layers`] and [`store`]. [`ss58`] and [`derive`](mod@derive) turn text into accounts and secrets,
//! [`random`] numbers choices.
//!
//! Nothing here reads a clock, draws entropy or opens a socket, and nothing but the store of feature
//! `rocksdb` touches a file. The crate knows no transaction's meaning: calls are bytes to it.
//!
//! ```
//! use serin_state::derive::Seed;
//! use serin_state::types::{AccountId, Balance};
//!
//! let alice = AccountId::from(Seed::from_uri("//Alice")?.key().public());
//! assert_eq!(alice.to_string(), "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu");
//! assert_eq!(Balance::parse("12.5")?.to_string(), "12.5 SRN");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a sum that overflows in a test panics there")
)]

pub mod balances;
pub mod codec;
pub mod derive;
pub mod layers;
pub mod layout;
pub mod mutant;
pub mod overlay;
pub mod random;
pub mod ss58;
pub mod store;
pub mod tree;
pub mod types;
