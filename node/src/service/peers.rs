//! Who is connected: libp2p's names for peers and the core's, and what the service knows beside the core.
//!
//! Invariant: the core's number of a peer is never given out twice, so what comes late for a lost peer
//! reaches nobody else.

use super::{FinalityLag, Participants};
use crate::core::Peer;
use serin_network::swarm::PeerId;
use serin_state::types::Millis;
use std::collections::BTreeMap;

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAbout {
    /// libp2p's name for it.
    pub id: PeerId,
    /// The address it is connected by.
    pub address: String,
    /// Since when.
    pub since: Millis,
}

/// What the service knows beside the core.
#[derive(Debug, Default)]
pub struct About {
    /// Name of the node.
    pub name: String,
    /// It has the keys of a validator.
    pub is_validator: bool,
    /// Connected peers, by the core's number.
    pub peers: BTreeMap<Peer, PeerAbout>,
    /// Who has voted or delegated, as far as this node has seen.
    pub participants: Participants,
    /// How long blocks take to finality.
    pub lag: FinalityLag,
}

impl About {
    /// libp2p's name of a connected peer.
    pub(super) fn id(&self, number: Peer) -> Option<PeerId> {
        self.peers.get(&number).map(|peer| peer.id)
    }
}

/// The core's numbers of connected peers.
#[derive(Debug, Default)]
pub(super) struct PeerNumbers {
    numbers: BTreeMap<PeerId, Peer>,
    next: u64,
}

impl PeerNumbers {
    /// A new number for a peer that came.
    pub(super) fn enter(&mut self, id: PeerId) -> Peer {
        let number = Peer(self.next);
        self.next = self.next.saturating_add(1);
        self.numbers.insert(id, number);
        number
    }

    /// The number of a peer that went.
    pub(super) fn leave(&mut self, id: &PeerId) -> Option<Peer> {
        self.numbers.remove(id)
    }

    /// The number of a connected peer.
    pub(super) fn of(&self, id: &PeerId) -> Option<Peer> {
        self.numbers.get(id).copied()
    }
}
