//! The transport: TCP, the gate, noise, yamux; and what is read from addresses.
//!
//! The gate bounds handshakes before any cryptography is paid for. Addresses are read here and nowhere else,
//! so that an address without a peer id is refused in one place.

use super::api::StartError;
use super::gate::Gate;
use super::mux::Mux;
use crate::limits::HANDSHAKE_TIMEOUT_MS;
use libp2p::core::Transport;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::transport::timeout::TransportTimeout;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::metrics::{BandwidthTransport, Registry};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, noise, tcp};
use prometheus_client::metrics::counter::Counter;
use std::net::IpAddr;
use std::time::Duration;

/// The whole transport for the node with this key.
pub(super) fn transport(
    keypair: &Keypair,
    evicted: Counter,
    registry: &mut Registry,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    let noise =
        noise::Config::new(keypair).map_err(|error| StartError::Transport(error.to_string()))?;
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
    let secured = tcp
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(Mux)
        .map(|(peer, streams), _| (peer, StreamMuxerBox::new(streams)));
    let timeout = Duration::from_millis(HANDSHAKE_TIMEOUT_MS);
    let gated = TransportTimeout::new(Gate::new(secured.boxed(), evicted), timeout);
    let counted = BandwidthTransport::new(gated, registry);
    Ok(counted.map(|(peer, streams), _| (peer, StreamMuxerBox::new(streams))).boxed())
}

/// The IP address that `address` begins with.
pub(super) fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| {
        if let Protocol::Ip4(ip) = part {
            Some(IpAddr::V4(ip))
        } else if let Protocol::Ip6(ip) = part {
            Some(IpAddr::V6(ip))
        } else {
            None
        }
    })
}

/// Splits `/ip4/../tcp/../p2p/ID` into the address and the peer.
pub(super) fn split_peer(address: &Multiaddr) -> Option<(Multiaddr, PeerId)> {
    let mut address = address.clone();
    match address.pop() {
        Some(Protocol::P2p(peer)) if !address.is_empty() => Some((address, peer)),
        Some(_) | None => None,
    }
}
