//! Connections that come and go, and whom to dial next.
//!
//! Known peers are dialled for ever with a back-off, so that a partition heals by itself. The reason of the last
//! departure of a peer is kept for displays, within a bound.

use super::Drive;
use crate::limits::{DEPARTURES_MAX, REDIAL_LOCAL_MAX_MS, REDIAL_MAX_MS};
use crate::name::identify_version;
use crate::peers::Offence;
use crate::reconnect::Standing;
use crate::requests::RequestFailure;
use crate::swarm::admission::Refusal;
use crate::swarm::api::{Departure, Event};
use crate::swarm::behaviour::BehaviourEvent;
use crate::swarm::transport::ip_of;
use libp2p::core::ConnectedPoint;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{DialError, ListenError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify, kad, ping};
use serin_state::types::Millis;
use std::net::IpAddr;

/// A connected peer.
pub(super) struct PeerState {
    pub(super) address: Multiaddr,
    pub(super) outbound: bool,
    pub(super) since: Millis,
    pub(super) agent: Option<String>,
}

impl PeerState {
    pub(super) fn ip(&self) -> Option<IpAddr> {
        ip_of(&self.address)
    }
}

impl Drive {
    /// Dials `peer` for ever.
    pub(in crate::swarm) fn add_lasting(&mut self, peer: PeerId, address: Multiaddr) {
        if peer == *self.swarm.local_peer_id() {
            return;
        }
        let now = self.now();
        let standing = Standing { lasting: true, delay_max_ms: delay_max_ms(&address) };
        self.swarm.behaviour_mut().discovery.add_address(&peer, address.clone());
        self.reconnect.add(now, &peer, address, standing);
        if self.peers.contains_key(&peer) {
            self.reconnect.on_connected(&peer);
        }
        self.dial_due(now);
    }

    pub(super) fn dial_due(&mut self, now: Millis) {
        let outbound = self.peers.values().filter(|peer| peer.outbound).count();
        let room = self.out_peers.saturating_sub(outbound);
        for (peer, addresses) in self.reconnect.due(now, room) {
            let options = DialOpts::peer_id(peer)
                .addresses(addresses)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                // From the listening port the system may refuse the same pair again for a minute.
                .allocate_new_port()
                .build();
            if let Err(error) = self.swarm.dial(options) {
                self.on_dial_error(peer, &error);
            }
        }
    }

    /// Ends every connection with `peer`, for `reason`.
    pub(super) fn cut(&mut self, peer: PeerId, reason: Departure) {
        if self.swarm.disconnect_peer_id(peer).is_ok() {
            self.leaving.entry(peer).or_insert(reason);
        } else {
            self.note_departure(peer, reason);
        }
    }

    pub(super) fn on_connection(&mut self, event: SwarmEvent<BehaviourEvent>) {
        if let SwarmEvent::ConnectionEstablished { peer_id, endpoint, num_established, .. } = event
        {
            if num_established.get() == 1 {
                self.on_connected(peer_id, &endpoint);
            }
        } else if let SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } = event {
            self.on_disconnected(peer_id);
        } else if let SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } = event
        {
            self.on_dial_error(peer, &error);
        } else if let SwarmEvent::IncomingConnectionError { peer_id: Some(peer), error, .. } = event
        {
            if let ListenError::Denied { cause } = error
                && let Some(Refusal(reason)) = cause.downcast_ref::<Refusal>()
            {
                self.note_departure(peer, *reason);
            }
        } else if let SwarmEvent::NewListenAddr { address, .. } = event {
            self.tell(Event::Listening(address));
        }
    }

    fn on_connected(&mut self, peer: PeerId, endpoint: &ConnectedPoint) {
        let address = endpoint.get_remote_address().clone();
        let outbound = endpoint.is_dialer();
        let state =
            PeerState { address: address.clone(), outbound, since: self.now(), agent: None };
        let before = self.peers.insert(peer, state);
        assert!(before.is_none(), "invariant(peers): one first connection");
        self.leaving.remove(&peer);
        self.reconnect.on_connected(&peer);
        self.tell(Event::PeerConnected { peer, address, outbound });
    }

    fn on_disconnected(&mut self, peer: PeerId) {
        let reason = self.leaving.remove(&peer).unwrap_or(Departure::Lost);
        let now = self.now();
        self.peers.remove(&peer);
        self.reconnect.on_disconnected(now, &peer);
        self.end_requests_to(peer, RequestFailure::Disconnected);
        self.note_departure(peer, reason);
        self.tell(Event::PeerDisconnected { peer, reason });
    }

    fn on_dial_error(&mut self, peer: PeerId, error: &DialError) {
        // Another dial to it is under way or has succeeded.
        if matches!(error, DialError::DialPeerConditionFalse(_)) {
            if self.swarm.is_connected(&peer) {
                self.reconnect.on_connected(&peer);
            }
            return;
        }
        let now = self.now();
        self.reconnect.on_failed(now, &peer);
        self.note_departure(peer, dial_departure(error));
    }

    fn note_departure(&mut self, peer: PeerId, reason: Departure) {
        self.departures.insert(peer, reason);
        if self.departures.len() > DEPARTURES_MAX {
            let gone = self.departures.keys().find(|peer| !self.peers.contains_key(peer)).copied();
            if let Some(gone) = gone {
                self.departures.remove(&gone);
            }
        }
    }

    pub(super) fn on_ping(&mut self, event: &ping::Event) {
        // A peer that does not speak ping is let be; one that is silent is not.
        if let Err(ping::Failure::Timeout) = event.result {
            self.cut(event.peer, Departure::Silent);
        }
    }

    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else { return };
        let ours = identify_version(&self.genesis);
        if info.protocol_version.starts_with("/serin/") && info.protocol_version != ours {
            self.punish(peer_id, Offence::OtherGenesis);
            return;
        }
        let Some(state) = self.peers.get_mut(&peer_id) else { return };
        state.agent = Some(info.agent_version.chars().take(64).collect());
        // Only addresses that it was seen at are believed: else it could send us dialling anybody.
        let seen = state.ip();
        let believed: Vec<Multiaddr> = info
            .listen_addrs
            .into_iter()
            .filter(|address| ip_of(address) == seen)
            .take(4)
            .collect();
        for address in believed {
            self.swarm.behaviour_mut().discovery.add_address(&peer_id, address.clone());
            self.on_candidate(peer_id, address);
        }
    }

    pub(super) fn on_discovery(&mut self, event: kad::Event) {
        if let kad::Event::RoutingUpdated { peer, addresses, .. } = event {
            for address in addresses.into_vec() {
                self.on_candidate(peer, address);
            }
        }
    }

    fn on_candidate(&mut self, peer: PeerId, address: Multiaddr) {
        let plain =
            crate::swarm::transport::split_peer(&address).map_or(address, |(plain, _)| plain);
        let now = self.now();
        let standing = Standing { lasting: false, delay_max_ms: delay_max_ms(&plain) };
        self.reconnect.add(now, &peer, plain, standing);
        if self.peers.contains_key(&peer) {
            self.reconnect.on_connected(&peer);
        }
    }
}

fn delay_max_ms(address: &Multiaddr) -> u64 {
    let local = ip_of(address).is_some_and(|ip| ip.is_loopback());
    if local { REDIAL_LOCAL_MAX_MS } else { REDIAL_MAX_MS }
}

fn dial_departure(error: &DialError) -> Departure {
    match error {
        DialError::Denied { cause } => {
            cause.downcast_ref::<Refusal>().map_or(Departure::Closed, |refusal| refusal.0)
        }
        DialError::WrongPeerId { .. } | DialError::LocalPeerId { .. } => Departure::OtherIdentity,
        DialError::NoAddresses
        | DialError::DialPeerConditionFalse(_)
        | DialError::Aborted
        | DialError::Transport(_) => Departure::Unreachable,
    }
}
