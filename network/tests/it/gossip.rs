//! Gossip between honest nodes, and what happens to the others.

use crate::net::{Node, mesh};
use crate::raw::Raw;
use crate::sample::{self, GENESIS};
use serin_network::limits::{EVENTS_MAX, LIST_BYTES_MAX};
use serin_network::message::Gossip;
use serin_network::name::Topic;
use serin_network::peers::Offence;
use serin_network::swarm::{Command, Departure, Event, PeerId, Verdict};
use std::time::Duration;

fn list(nonce: u64) -> Gossip {
    Gossip::Transactions(sample::list(nonce))
}

async fn banned(node: &mut Node, who: PeerId) -> Offence {
    node.until("ban", |event| match event {
        Event::PeerBanned { peer, offence } if peer == who => Some(offence),
        _ => None,
    })
    .await
}

async fn departed(node: &mut Node, who: PeerId) -> Departure {
    node.until("departure", |event| match event {
        Event::PeerDisconnected { peer, reason } if peer == who => Some(reason),
        _ => None,
    })
    .await
}

/// Publishes markers until `to` hears one: right after connecting nobody may have subscribed yet, and
/// gossip does not repeat itself.
async fn warm(from: &Node, to: &mut Node) {
    for attempt in 0..200 {
        let marker = list(1_000_000 + attempt);
        from.send(Command::Publish(marker)).await;
        if tokio::time::timeout(Duration::from_millis(100), to.gossip()).await.is_ok() {
            return;
        }
    }
    panic!("{} never heard {}", to.id(), from.id());
}

async fn publish_once(from: &Node, to: &mut Node, message: &Gossip) {
    from.send(Command::Publish(message.clone())).await;
    while to.gossip().await.1 != *message {}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_of_four_says_reaches_the_others() {
    let mut nodes = mesh(4).await;
    let mut first = nodes.remove(0);
    let messages = [
        Gossip::Block(Box::new(sample::announcement())),
        Gossip::Finality(sample::gossip_vote()),
        list(1),
    ];
    for node in &mut nodes {
        warm(&first, node).await;
    }
    for message in &messages {
        first.send(Command::Publish(message.clone())).await;
        for node in &mut nodes {
            while node.gossip().await.1 != *message {}
        }
    }
    nodes[0].send(Command::Publish(list(7))).await;
    while first.gossip().await.1 != list(7) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_messages_of_two_peers_are_not_taken_for_one() {
    let mut nodes = mesh(3).await;
    let mut receiver = nodes.pop().unwrap();
    warm(&nodes[0], &mut receiver).await;
    warm(&nodes[1], &mut receiver).await;
    for (nonce, sender) in [(1, 0), (2, 1), (3, 0), (4, 1)] {
        publish_once(&nodes[sender], &mut receiver, &list(nonce)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_passed_on_before_it_is_found_valid() {
    // one -> two -> three in a line; three is not connected with one.
    let one = Node::start(1, &[]).await;
    let mut config = serin_network::swarm::Config::local(GENESIS, [2; 32]);
    config.out_peers = 0;
    config.bootnodes = vec![one.address()];
    let mut two = Node::start_with(config).await;
    two.connected(one.id()).await;
    let mut config = serin_network::swarm::Config::local(GENESIS, [3; 32]);
    config.out_peers = 0;
    config.bootnodes = vec![two.address()];
    let mut three = Node::start_with(config).await;
    three.connected(two.id()).await;
    three.send(Command::Block(one.id())).await;
    one.send(Command::Block(three.id())).await;

    warm(&two, &mut three).await;
    warm(&one, &mut two).await;
    for (nonce, verdict) in [(50, Verdict::Ignore), (51, Verdict::Reject), (52, Verdict::Accept)] {
        let message = list(nonce);
        one.send(Command::Publish(message.clone())).await;
        let id = two
            .until("gossip", |event| match event {
                Event::Gossip { id, message: heard, .. } if heard == message => Some(id),
                _ => None,
            })
            .await;
        two.send(Command::Validate { id, verdict }).await;
    }
    // Only the accepted one arrives; the order of one topic over one stream is kept. Markers of the
    // warm-up may still be under way.
    let arrived = loop {
        let message = three.gossip().await.1;
        if [list(50), list(51), list(52)].contains(&message) {
            break message;
        }
    };
    assert_eq!(arrived, list(52));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_every_topic_ends_in_a_ban_that_outlasts_reconnecting() {
    let mut node = Node::start(1, &[]).await;
    for topic in Topic::ALL {
        let mut raw = Raw::new();
        raw.join(&node.address()).await;
        raw.publish(topic, b"no message".to_vec());
        raw.publish(topic, b"no message either".to_vec());
        let id = raw.id();
        let offence = raw.beside(banned(&mut node, id)).await;
        assert_eq!(offence, Offence::Malformed, "{topic:?}");
        let reason = raw.beside(departed(&mut node, id)).await;
        assert_eq!(reason, Departure::Banned(Offence::Malformed));
        while raw.swarm.is_connected(&node.id()) {
            raw.until("end", |_, _| Some(())).await;
        }
        for attempt in 0..3 {
            assert!(!raw.dial(&node.address()).await, "attempt {attempt} after the ban");
        }
        let info = node.peer(id).await.unwrap();
        assert_eq!(info.address, None);
        assert_eq!(info.last_departure, Some(Departure::Banned(Offence::Malformed)));
    }
    assert_eq!(node.metric("serin_network_bans_total"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_strike_costs_points_and_not_the_connection() {
    let mut node = Node::start(1, &[]).await;
    let mut raw = Raw::new();
    raw.join(&node.address()).await;
    raw.publish(Topic::Votes, b"no vote".to_vec());
    let id = raw.id();
    raw.publish(Topic::Transactions, list(1).to_bytes());
    // Sent after the garbage on the same stream, so the garbage was judged when this arrives.
    let heard = raw.beside(node.gossip()).await;
    assert_eq!(heard, (id, list(1)));
    let info = node.peer(id).await.unwrap();
    assert_eq!((info.points, info.address.is_some()), (50, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_above_its_topics_limit_never_reaches_the_node() {
    let mut node = Node::start(1, &[]).await;
    let mut raw = Raw::new();
    raw.join(&node.address()).await;
    raw.publish(Topic::Transactions, vec![1; LIST_BYTES_MAX + 1]);
    raw.publish(Topic::Transactions, list(9).to_bytes());
    let heard = raw.beside(node.gossip()).await;
    assert_eq!(heard.1, list(9), "the first thing that is heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_behind_drops_gossip_and_stays_alive() {
    let node = Node::start(1, &[]).await;
    let mut raw = Raw::new();
    raw.join(&node.address()).await;
    let many = u64::try_from(EVENTS_MAX).unwrap() + 512;
    for nonce in 0..many {
        // The publisher has a bounded queue too: what it refuses is not what is measured here.
        let topic = libp2p::gossipsub::IdentTopic::new(Topic::Votes.name(&GENESIS));
        let mut vote = sample::vote();
        vote.vote.round.0 = nonce;
        let message = Gossip::Finality(serin_network::message::FinalityGossip::Vote(vote));
        while raw.swarm.behaviour_mut().gossip.publish(topic.clone(), message.to_bytes()).is_err() {
            raw.beside(tokio::task::yield_now()).await;
        }
        if nonce % 64 == 0 {
            raw.beside(node.peers()).await;
        }
    }
    raw.beside(crate::net::within("drops", async {
        while node.metric("serin_network_gossip_dropped_total") == 0 {
            node.peers().await;
        }
    }))
    .await;
    // The length, and not what can be taken out: the swarm goes on filling what is drained.
    let kept = node.handle.events.len();
    assert!(kept <= EVENTS_MAX, "{kept} events were kept");
    assert_eq!(node.peers().await.len(), 1, "it answers and has kept its peer");
}
