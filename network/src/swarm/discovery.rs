//! Discovery: Kademlia finds peers, and stores nothing for anybody.
//!
//! The protocol name carries the genesis hash, so that networks do not mix. Records of others are refused:
//! the table of peers is all that is kept, with a bound of its own.

use crate::name::discovery_name;
use libp2p::kad::{Behaviour, Config, Mode, StoreInserts, store::MemoryStore};
use libp2p::{PeerId, StreamProtocol};
use serin_state::types::Hash;
use std::time::Duration;

/// The discovery behaviour.
pub(super) type Discovery = Behaviour<MemoryStore>;

/// A table under the chain's own protocol name.
pub(super) fn behaviour(genesis: &Hash, local: PeerId) -> Discovery {
    let name = StreamProtocol::try_from_owned(discovery_name(genesis));
    let mut config = Config::new(name.unwrap_or(StreamProtocol::new("/serin/kad/1")));
    config
        // Records of others are never kept: filtered, and nobody here accepts them.
        .set_record_filtering(StoreInserts::FilterBoth)
        .set_replication_interval(None)
        .set_publication_interval(None)
        .set_provider_publication_interval(None)
        .set_query_timeout(Duration::from_secs(20))
        .set_periodic_bootstrap_interval(Some(Duration::from_secs(30)));
    let mut discovery = Behaviour::with_config(local, MemoryStore::new(local), config);
    // Whoever listens answers. libp2p would wait for proof of a public address, and on a machine of
    // its own a network never has one.
    discovery.set_mode(Some(Mode::Server));
    discovery
}
