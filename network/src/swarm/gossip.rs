//! Gossip: the parameters of gossipsub, and how a message is named.
//!
//! Messages are anonymous: votes, blocks and transactions carry their own signatures, and libp2p's
//! would only cost 100 bytes each. Without an author there is no sequence number either, so a message
//! must be named by its content: with libp2p's default name all anonymous messages of all peers are
//! one message, and only the first in two minutes passes.

use super::api::StartError;
use crate::limits::GOSSIP_QUEUE_MAX;
use crate::name::Topic;
use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, IdentTopic, IdentityTransform, Message, MessageAuthenticity,
    MessageId, PeerScoreParams, PeerScoreThresholds, TopicHash, TopicScoreParams, ValidationMode,
    WhitelistSubscriptionFilter,
};
use serin_state::types::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The gossip behaviour: knows our three topics and no others.
pub(super) type Gossipsub = Behaviour<IdentityTransform, WhitelistSubscriptionFilter>;

/// The name of a message: the first 20 bytes of BLAKE2b-256 over topic name, a zero byte, and data.
#[must_use]
pub fn content_id(topic: &str, data: &[u8]) -> [u8; 20] {
    let hash = Hash::of(&[topic.as_bytes(), &[0], data].concat());
    let mut id = [0; 20];
    for (to, from) in id.iter_mut().zip(hash.0) {
        *to = from;
    }
    id
}

/// The topic with this hash; gossipsub is told to use names as hashes.
pub(super) fn topic_hash(topic: Topic, genesis: &Hash) -> TopicHash {
    IdentTopic::new(topic.name(genesis)).hash()
}

/// The behaviour, subscribed to every topic.
pub(super) fn behaviour(genesis: &Hash, seen_for: Duration) -> Result<Gossipsub, StartError> {
    let wrong = |error: &dyn ToString| StartError::Gossip(error.to_string());
    let config = config(genesis, seen_for).map_err(|error| wrong(&error))?;
    let topics = Topic::ALL.map(|topic| topic_hash(topic, genesis));
    let filter = WhitelistSubscriptionFilter(topics.into_iter().collect());
    let anonymous = MessageAuthenticity::Anonymous;
    let mut gossip = Behaviour::new_with_subscription_filter(anonymous, config, filter)
        .map_err(|error| wrong(&error))?;
    gossip.with_peer_score(scores(genesis), thresholds()).map_err(|error| wrong(&error))?;
    for topic in Topic::ALL {
        let topic = IdentTopic::new(topic.name(genesis));
        gossip.subscribe(&topic).map_err(|error| wrong(&error))?;
    }
    Ok(gossip)
}

fn config(
    genesis: &Hash,
    seen_for: Duration,
) -> Result<libp2p::gossipsub::Config, libp2p::gossipsub::ConfigBuilderError> {
    let mut builder = ConfigBuilder::default();
    builder
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message: &Message| {
            MessageId::new(&content_id(message.topic.as_str(), &message.data))
        })
        // For up to 100 validators and slots of a second or more: facts of the field, halved.
        .mesh_n(6)
        .mesh_n_low(4)
        .mesh_n_high(9)
        .mesh_outbound_min(2)
        .gossip_lazy(6)
        .heartbeat_interval(Duration::from_millis(700))
        .history_length(6)
        .history_gossip(3)
        .duplicate_cache_time(seen_for)
        // What this node made goes to every peer, so that one bad mesh cannot swallow it.
        .flood_publish(true)
        .connection_handler_queue_len(GOSSIP_QUEUE_MAX)
        .max_publish_messages(512);
    let mut frame_max = 0;
    for topic in Topic::ALL {
        builder.max_transmit_size_for_topic(topic.bytes_max(), topic_hash(topic, genesis));
        frame_max = topic.bytes_max().max(frame_max);
    }
    // A frame may carry the largest message and some control data beside it.
    builder.max_transmit_size(frame_max.saturating_add(64 * 1024)).build()
}

/// Only what gossipsub alone sees counts here: broken promises, grafts against the back-off, messages
/// that we rejected. Being slow to deliver costs nothing: on a small network it would cost everybody.
fn scores(genesis: &Hash) -> PeerScoreParams {
    let of_topic = TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.1,
        time_in_mesh_quantum: Duration::from_secs(1),
        time_in_mesh_cap: 60.0,
        first_message_deliveries_weight: 0.1,
        first_message_deliveries_decay: 0.9,
        first_message_deliveries_cap: 60.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        // The best a peer can earn on three topics is 36, so one rejected message silences it for
        // minutes and two make us deaf to it; the ban is decided elsewhere.
        invalid_message_deliveries_weight: -150.0,
        invalid_message_deliveries_decay: 0.99,
        ..TopicScoreParams::default()
    };
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    PeerScoreParams {
        topics: Topic::ALL
            .map(|topic| (topic_hash(topic, genesis), of_topic.clone()))
            .into_iter()
            .collect(),
        topic_score_cap: 36.0,
        // A local network shares one address: without this its nodes silence each other.
        ip_colocation_factor_whitelist: loopback.into_iter().collect(),
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: 0.9,
        ..PeerScoreParams::default()
    }
}

/// Derived from the scores above: 36 at best, -150 after one rejected message, -600 after two.
fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -100.0,
        publish_threshold: -110.0,
        graylist_threshold: -300.0,
        accept_px_threshold: 1_000.0,
        opportunistic_graft_threshold: 1.0,
    }
}
