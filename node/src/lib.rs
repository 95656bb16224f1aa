//! The node: the runtime (what transactions mean), the core (the node without its sockets), and around
//! them the service, JSON-RPC and the command line.
//!
//! Everything without feature `service` is pure: no clock, no entropy, no socket, no C++.

pub mod chain_spec;
#[cfg(feature = "service")]
pub mod cli;
pub mod core;
pub mod light;
pub mod pipe;
pub mod proof;
pub mod rpc;
pub mod runtime;
#[cfg(feature = "service")]
pub mod service;
