//! JSON-RPC: what it answers ([`view`]), the methods, the server, and how handlers ask the node.
//!
//! This folder is the only place that knows JSON-RPC. The views have no dependency on the service, so
//! that launchers and scripts can read them.

pub mod view;

#[cfg(feature = "service")]
pub(crate) mod answer;
#[cfg(feature = "service")]
pub mod api;
#[cfg(feature = "service")]
pub mod backend;
#[cfg(feature = "service")]
mod proofs;
#[cfg(feature = "service")]
pub mod server;
