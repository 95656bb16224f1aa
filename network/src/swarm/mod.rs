//! The swarm: libp2p over TCP, driven by one task and two bounded channels.
//!
//! ```text
//!   node --Command--> | drive | <--> behaviour: admission, gossip, requests, identify, ping, discovery
//!   node <--Event---- |       |          transport: tcp > gate (handshakes) > noise > mux (yamux)
//! ```
//! [`start`] listens and returns a [`Handle`]. Everything a peer can do is bounded by the pure
//! modules of this crate; this folder only carries their decisions out.

mod admission;
mod api;
mod behaviour;
mod codec;
mod counters;
mod discovery;
mod drive;
mod gate;
mod gossip;
mod identity;
mod mux;
mod start;
mod transport;

pub use api::{
    AnswerId, Command, Config, Departure, Event, Handle, MessageId, PeerInfo, StartError, Verdict,
};
pub use gossip::content_id;
pub use identity::peer_id;
pub use libp2p::metrics::Registry;
pub use libp2p::{Multiaddr, PeerId};
pub use start::start;
