//! The network as others meet it: the pinned wire, and real swarms on loopback.
//!
//! `wire` needs no IO. The others run swarms of this crate, and hostile ones made of libp2p's own
//! parts, over TCP with free ports. They wait for events with deadlines and never sleep.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![cfg_attr(
    feature = "libp2p",
    expect(
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::wildcard_enum_match_arm,
        reason = "a test may fail by panicking, and waits for one event among many"
    )
)]

mod sample;
mod wire;

#[cfg(feature = "libp2p")]
mod gossip;
#[cfg(feature = "libp2p")]
mod hostile;
#[cfg(feature = "libp2p")]
mod net;
#[cfg(feature = "libp2p")]
mod partition;
#[cfg(feature = "libp2p")]
mod raw;
#[cfg(feature = "libp2p")]
mod requests;
