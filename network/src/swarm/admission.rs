//! Who may connect: bans, blocks and caps, asked before the handshake and again once the peer is
//! known.
//!
//! # Invariants
//! No connection with a banned or blocked peer is ever established.

use super::api::Departure;
use super::transport::ip_of;
use crate::caps::{Established, Full};
use crate::limits::ESTABLISHED_PER_PEER_MAX;
use crate::peers::{Offence, Peers};
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use serin_state::types::Millis;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};
use tokio::time::Instant;

/// Time since the swarm started. The one place of this crate where time comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> Millis {
        Millis(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// Why a connection is refused. Travels inside libp2p's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {0}")]
pub(super) struct Refusal(pub(super) Departure);

/// The behaviour that lets connections in.
#[derive(Debug)]
pub(super) struct Admission {
    clock: Clock,
    /// Scores and bans.
    pub(super) peers: Peers<PeerId>,
    /// Whom the operator blocked.
    pub(super) blocked: BTreeSet<PeerId>,
    established: Established<ConnectionId>,
    of_peer: BTreeMap<PeerId, usize>,
}

impl Admission {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            peers: Peers::new(),
            blocked: BTreeSet::new(),
            established: Established::new(),
            of_peer: BTreeMap::new(),
        }
    }

    /// Whether `peer` may be connected at all.
    pub(super) fn check_peer(&self, peer: &PeerId) -> Result<(), Refusal> {
        if self.blocked.contains(peer) {
            return Err(Refusal(Departure::Blocked));
        }
        let ban = self.peers.ban_of(self.clock.now(), peer);
        ban.map_or(Ok(()), |ban| Err(banned(ban.offence)))
    }

    fn check_address(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let ban = address.and_then(|address| self.peers.address_ban(now, address));
        ban.map_or(Ok(()), |ban| Err(banned(ban.offence)))
    }

    fn check(&self, peer: &PeerId, address: &Multiaddr, inbound: bool) -> Result<(), Refusal> {
        self.check_peer(peer)?;
        if self.of_peer.get(peer).is_some_and(|count| *count >= ESTABLISHED_PER_PEER_MAX) {
            return Err(Refusal(Departure::Full(Full::Peer)));
        }
        let checked = self.established.check(ip_of(address), inbound);
        checked.map_err(|full| Refusal(Departure::Full(full)))
    }

    fn on_established(&mut self, id: ConnectionId, peer: PeerId, endpoint: &ConnectedPoint) {
        let address = ip_of(endpoint.get_remote_address());
        self.established.insert(id, address, endpoint.is_listener());
        let count = self.of_peer.entry(peer).or_default();
        *count = count.saturating_add(1);
    }

    fn on_closed(&mut self, id: ConnectionId, peer: &PeerId, remaining: usize) {
        self.established.remove(&id);
        if remaining == 0 {
            self.of_peer.remove(peer);
        } else {
            self.of_peer.insert(*peer, remaining);
        }
    }
}

const fn banned(offence: Offence) -> Refusal {
    Refusal(Departure::Banned(offence))
}

impl NetworkBehaviour for Admission {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.check_address(ip_of(remote)).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.check(&peer, remote, true).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if let Some(peer) = peer {
            self.check_peer(&peer).map_err(ConnectionDenied::new)?;
        }
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.check(&peer, address, false).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(event) = event {
            self.on_established(event.connection_id, event.peer_id, event.endpoint);
        } else if let FromSwarm::ConnectionClosed(event) = event {
            self.on_closed(event.connection_id, &event.peer_id, event.remaining_established);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}
