//! What the swarm counts, in the registry that the node publishes.
//!
//! A full queue, a refused message and an offence are no errors of this node, so they are counted instead
//! of logged one by one. Counters only grow.

use crate::peers::Offence;
use libp2p::metrics::Registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// Counters that only grow. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// Handshakes cut for newer ones.
    pub(super) handshakes_cut: Counter,
    /// Gossip messages that found no room on the way to the node.
    pub(super) gossip_dropped: Counter,
    /// Messages of this node that gossip did not take, by reason.
    pub(super) unpublished: Family<Vec<(String, String)>, Counter>,
    /// Offences by kind.
    pub(super) offences: Family<Vec<(String, String)>, Counter>,
    /// Peers banned.
    pub(super) bans: Counter,
}

impl Counters {
    /// Registers new counters.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let counters = Self::default();
        let registry = registry.sub_registry_with_prefix("serin_network");
        let Self { handshakes_cut, gossip_dropped, unpublished, offences, bans } = counters.clone();
        registry.register("handshakes_cut", "Handshakes cut for newer ones", handshakes_cut);
        registry.register("gossip_dropped", "Gossip dropped for want of room", gossip_dropped);
        registry.register("unpublished", "Own messages that gossip did not take", unpublished);
        registry.register("offences", "Offences of peers", offences);
        registry.register("bans", "Peers banned", bans);
        counters
    }

    /// Counts an offence.
    pub(super) fn on_offence(&self, offence: Offence) {
        let label = vec![("kind".to_owned(), format!("{offence:?}"))];
        self.offences.get_or_create(&label).inc();
    }

    /// Counts a message that gossip did not take.
    pub(super) fn on_unpublished(&self, reason: &str) {
        let label = vec![("reason".to_owned(), reason.to_owned())];
        self.unpublished.get_or_create(&label).inc();
    }
}
