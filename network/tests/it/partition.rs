//! Links that are cut and mended, and peers that find each other.

use crate::net::{Node, mesh, within};
use crate::sample;
use serin_network::message::Gossip;
use serin_network::swarm::{Command, Departure, Event};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_peer_is_cut_and_refused_and_an_allowed_one_is_back_within_two_seconds() {
    let mut nodes = mesh(2).await;
    let (mut b, mut a) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    // `b` dials `a`, and only `a` blocks: the refusal must hold against inbound connections too.
    a.send(Command::Block(b.id())).await;
    let (id, what) = (b.id(), "cut");
    let reason = a
        .until(what, |event| match event {
            Event::PeerDisconnected { peer, reason } if peer == id => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, Departure::Blocked);
    b.until(what, |event| matches!(event, Event::PeerDisconnected { .. }).then_some(())).await;
    // `b` comes back again and again, and is refused each time.
    within("refused attempts", async {
        while b.metric("libp2p_swarm_connections_established_total") < 1
            || a.metric("libp2p_swarm_connections_incoming_total") < 4
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(a.peer(b.id()).await.unwrap().address.is_none());

    let begun = Instant::now();
    a.send(Command::Allow(b.id())).await;
    a.connected(b.id()).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_comes_back_at_its_address_is_found_again() {
    let mut a = Node::start(1, &[]).await;
    let b = Node::start(2, &[]).await;
    let listening = b.handle.listening.clone();
    a.send(Command::AddPeer(b.address())).await;
    a.connected(b.id()).await;
    let id = b.id();
    b.send(Command::Shutdown).await;
    a.until("end", |event| matches!(event, Event::PeerDisconnected { .. }).then_some(())).await;
    within("end of the task", b.handle.task).await.unwrap();
    let mut config = serin_network::swarm::Config::local(sample::GENESIS, [2; 32]);
    config.listen = listening;
    let again = Node::start_with(config).await;
    a.connected(id).await;
    assert_eq!(again.id(), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_know_one_bootnode_find_each_other() {
    let boot = Node::start(1, &[]).await;
    let mut nodes = Vec::new();
    for seed in 2..6 {
        nodes.push(Node::start(seed, &[boot.address()]).await);
    }
    for node in &nodes {
        within("four peers each", async {
            loop {
                let peers = node.peers().await;
                if peers.iter().filter(|peer| peer.address.is_some()).count() == 4 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_handle_ends_the_swarm() {
    let node = Node::start(1, &[]).await;
    let serin_network::swarm::Handle { commands, events, task, .. } = node.handle;
    drop((commands, events));
    within("end", task).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_nodes_of_one_address_hear_each_other() {
    let boot = Node::start(1, &[]).await;
    let mut nodes = Vec::new();
    for seed in 2..=64 {
        nodes.push(Node::start(seed, &[boot.address()]).await);
    }
    for node in &nodes {
        within("four peers for each", async {
            while node.peers().await.iter().filter(|peer| peer.address.is_some()).count() < 4 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    // Markers go out until everybody has heard one: the meshes are still forming at first.
    let begun = Instant::now();
    let mut waiting: Vec<Node> = nodes;
    for nonce in 0.. {
        boot.send(Command::Publish(Gossip::Transactions(sample::list(nonce)))).await;
        let heard = waiting
            .iter_mut()
            .map(|node| tokio::time::timeout(Duration::from_millis(300), node.gossip()));
        let heard = futures::future::join_all(heard).await;
        if heard.iter().all(Result::is_ok) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "not heard everywhere by {nonce}");
    }
    for node in &mut waiting {
        assert_eq!(node.metric("serin_network_bans_total"), 0);
    }
}
