//! Silent sockets, other chains, wrong configurations.

use crate::net::{Node, within};
use crate::sample::GENESIS;
use prometheus_client::registry::Registry;
use serin_network::limits::PENDING_PER_ADDRESS_MAX;
use serin_network::peers::Offence;
use serin_network::swarm::{self, Config, Departure, Event, Multiaddr, StartError};
use serin_state::types::Hash;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio::time::Instant;

fn socket_of(address: &Multiaddr) -> SocketAddr {
    let parts: Vec<String> = address.to_string().split('/').map(ToOwned::to_owned).collect();
    format!("{}:{}", parts[2], parts[4]).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_silent_sockets_do_not_keep_an_honest_peer_out() {
    let mut node = Node::start(1, &[]).await;
    let target = socket_of(&node.handle.listening);
    let silent: Vec<TcpStream> = tokio::task::spawn_blocking(move || {
        (0..500).map(|_| TcpStream::connect(target).unwrap()).collect()
    })
    .await
    .unwrap();
    // All have been accepted once so many were cut.
    let cut = 500 - u64::try_from(PENDING_PER_ADDRESS_MAX).unwrap();
    within("cuts", async {
        while node.metric("serin_network_handshakes_cut_total") < cut {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let begun = Instant::now();
    let honest = Node::start(2, &[node.address()]).await;
    node.connected(honest.id()).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?} from the same address");
    assert_eq!(silent.len(), 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_another_genesis_is_told_apart_and_kept_out() {
    let mut node = Node::start(1, &[]).await;
    let mut config = Config::local(Hash([8; 32]), [2; 32]);
    config.bootnodes = vec![node.address()];
    let mut other = Node::start_with(config).await;
    let id = other.id();
    let reason = node
        .until("departure", |event| match event {
            Event::PeerDisconnected { peer, reason } if peer == id => Some(reason),
            _ => None,
        })
        .await;
    // Whoever is told first cuts; the other side then sees a closed line and is refused later.
    let ours = [Departure::Banned(Offence::OtherGenesis), Departure::Lost];
    assert!(ours.contains(&reason), "{reason:?}");
    other
        .until("departure", |event| match event {
            Event::PeerDisconnected { .. } => Some(()),
            _ => None,
        })
        .await;
    let (ours, theirs) = (node.peer(id).await.unwrap(), other.peer(node.id()).await.unwrap());
    let banned = Some(Departure::Banned(Offence::OtherGenesis));
    assert!(ours.last_departure == banned || theirs.last_departure == banned);
    assert!(ours.address.is_none() && theirs.address.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_a_clear_error() {
    let node = Node::start(1, &[]).await;
    let mut config = Config::local(GENESIS, [2; 32]);
    config.listen = node.handle.listening.clone();
    let error = swarm::start(config, &mut Registry::default()).await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cannot listen on /ip4/127.0.0.1/tcp/"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_addresses_are_clear_errors() {
    let mut config = Config::local(GENESIS, [2; 32]);
    config.bootnodes = vec!["/ip4/127.0.0.1/tcp/30333".parse().unwrap()];
    let error = swarm::start(config, &mut Registry::default()).await.unwrap_err();
    assert!(matches!(error, StartError::BootnodeWithoutPeer(_)), "{error:?}");
    let mut config = Config::local(GENESIS, [2; 32]);
    config.listen = "/memory/1".parse().unwrap();
    let error = swarm::start(config, &mut Registry::default()).await.unwrap_err();
    assert!(matches!(error, StartError::ListenUnsupported(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_at_a_bootnodes_address_is_named_as_such() {
    let node = Node::start(1, &[]).await;
    let expected = swarm::peer_id(&[9; 32]);
    let wrong: Multiaddr = format!("{}/p2p/{expected}", node.handle.listening).parse().unwrap();
    let other = Node::start(2, &[wrong]).await;
    within("reason", async {
        while other.peer(expected).await.and_then(|info| info.last_departure)
            != Some(Departure::OtherIdentity)
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
