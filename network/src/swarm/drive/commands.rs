//! What the node wants, carried out.
//!
//! One match over the commands of `api`; each arm is a call into the part that owns the matter. A command never
//! waits: what cannot be done now is counted and dropped, or answered with a failure.

use super::Drive;
use crate::swarm::api::{Command, Departure, PeerInfo};
use crate::swarm::transport::split_peer;
use libp2p::PeerId;
use std::collections::BTreeSet;

impl Drive {
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Publish(message) => self.publish(&message),
            Command::Validate { id, verdict } => self.validate(id, verdict),
            Command::Request { peer, id, request } => self.ask(peer, id, request),
            Command::Respond { id, response } => self.respond(id, response),
            Command::Decline(id) => {
                self.answers.remove(&id);
            }
            Command::Punish { peer, offence } => self.punish(peer, offence),
            Command::Disconnect(peer) => self.cut(peer, Departure::Closed),
            Command::AddPeer(address) => {
                if let Some((address, peer)) = split_peer(&address) {
                    self.add_lasting(peer, address);
                } else {
                    tracing::warn!(%address, "an address to dial must end in /p2p/ and an id");
                }
            }
            Command::Block(peer) => {
                self.swarm.behaviour_mut().admission.blocked.insert(peer);
                self.cut(peer, Departure::Blocked);
            }
            Command::Allow(peer) => {
                self.swarm.behaviour_mut().admission.blocked.remove(&peer);
                let now = self.now();
                self.reconnect.retry(now, &peer);
                self.dial_due(now);
            }
            // Nobody may be waiting for the answer any more.
            Command::Peers(reply) => drop(reply.send(self.peer_infos())),
            // `run` ends before it gets here.
            Command::Shutdown => {}
        }
    }

    fn peer_infos(&self) -> Vec<PeerInfo> {
        let known: BTreeSet<PeerId> =
            self.peers.keys().chain(self.departures.keys()).copied().collect();
        known.into_iter().map(|peer| self.peer_info(peer)).collect()
    }

    fn peer_info(&self, peer: PeerId) -> PeerInfo {
        let now = self.now();
        let state = self.peers.get(&peer);
        PeerInfo {
            peer,
            address: state.map(|state| state.address.clone()),
            outbound: state.is_some_and(|state| state.outbound),
            connected_ms: state.map_or(0, |state| now.since(state.since)),
            agent: state.and_then(|state| state.agent.clone()),
            points: self.swarm.behaviour().admission.peers.points(now, &peer),
            last_departure: self.departures.get(&peer).copied(),
        }
    }
}
