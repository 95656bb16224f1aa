//! The network: what nodes say to each other, how much of it a peer may say, and the sockets.
//!
//! ```text
//!   message, bitmap, name, limits      the wire: types, strict decoding, sizes     (pure)
//!   peers, budget, caps, requests,     scores, bans, budgets, caps, timeouts,
//!   reconnect                          back-off                                    (pure)
//!   swarm/                             libp2p: the only code that knows sockets    (feature libp2p)
//! ```
//! Read in this order: [`message`] (all that is ever said), [`limits`] (how much of it), [`peers`]
//! (what happens to those who say something else), then `swarm`. `network/README.md` specifies the
//! wire for clients in other languages.
//!
//! The pure part builds without tokio and libp2p; the node's core and the simulator use only that.

pub mod bitmap;
pub mod budget;
pub mod caps;
pub mod limits;
pub mod message;
pub mod name;
pub mod peers;
pub mod reconnect;
pub mod requests;
#[cfg(feature = "libp2p")]
pub mod swarm;
