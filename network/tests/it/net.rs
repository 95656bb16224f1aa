//! Swarms of this crate on loopback, and waiting for what they say.

use crate::sample::GENESIS;
use prometheus_client::registry::Registry;
use serin_network::message::Gossip;
use serin_network::swarm::{
    self, Command, Config, Event, Handle, Multiaddr, PeerId, PeerInfo, Verdict,
};
use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;

/// No test waits longer for one event.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Node {
    pub(crate) handle: Handle,
    pub(crate) registry: Registry,
}

/// `future`, or a failure that says what was waited for.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("no {what} in time"))
}

impl Node {
    pub(crate) async fn start(seed: u8, bootnodes: &[Multiaddr]) -> Self {
        let mut config = Config::local(GENESIS, [seed; 32]);
        config.bootnodes = bootnodes.to_vec();
        Self::start_with(config).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let mut registry = Registry::default();
        let handle = swarm::start(config, &mut registry).await.unwrap();
        Self { handle, registry }
    }

    pub(crate) fn id(&self) -> PeerId {
        self.handle.local_peer
    }

    pub(crate) fn address(&self) -> Multiaddr {
        self.handle.dial_address()
    }

    pub(crate) async fn send(&self, command: Command) {
        self.handle.commands.send(command).await.unwrap();
    }

    /// The first event that `wanted` takes; others are dropped.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(Event) -> Option<T>,
    ) -> T {
        within(what, async {
            loop {
                let event = self.handle.events.recv().await.expect("the swarm runs");
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        })
        .await
    }

    pub(crate) async fn connected(&mut self, to: PeerId) {
        self.until("connection", |event| match event {
            Event::PeerConnected { peer, .. } if peer == to => Some(()),
            _ => None,
        })
        .await;
    }

    /// The next gossip message, accepted.
    pub(crate) async fn gossip(&mut self) -> (PeerId, Gossip) {
        let (id, peer, message) = self
            .until("gossip", |event| match event {
                Event::Gossip { id, peer, message } => Some((id, peer, message)),
                _ => None,
            })
            .await;
        self.send(Command::Validate { id, verdict: Verdict::Accept }).await;
        (peer, message)
    }

    pub(crate) async fn peers(&self) -> Vec<PeerInfo> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Peers(reply)).await;
        within("peers", answer).await.unwrap()
    }

    pub(crate) async fn peer(&self, peer: PeerId) -> Option<PeerInfo> {
        self.peers().await.into_iter().find(|info| info.peer == peer)
    }

    /// The value of one line of the metrics, 0 where it is absent.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
    }
}

/// `count` nodes, each of which dials the ones before it, all connected with all.
pub(crate) async fn mesh(count: u8) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for seed in 1..=count {
        let before: Vec<Multiaddr> = nodes.iter().map(Node::address).collect();
        let mut node = Node::start(seed, &before).await;
        for other in &mut nodes {
            node_pair(&mut node, other).await;
        }
        nodes.push(node);
    }
    nodes
}

async fn node_pair(one: &mut Node, other: &mut Node) {
    other.connected(one.id()).await;
    let (peer, what) = (other.id(), "connection the other way");
    within(what, async {
        while one.peer(peer).await.is_none_or(|info| info.address.is_none()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
