//! A peer made of libp2p's own parts that sends what it likes: the attacker, and at the same time
//! somebody else's implementation of yamux, gossip and request framing.

use crate::net::within;
use crate::sample::GENESIS;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity, MessageId, ValidationMode};
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, identify, noise, tcp, yamux};
use serin_network::name::{Protocol, Topic, identify_version};
use serin_network::swarm::content_id;
use std::io;

/// Writes bytes as they are.
#[derive(Clone, Default)]
pub(crate) struct Bytes;

impl Codec for Bytes {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = vec![0; 4];
        io.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.take(100_000).read_to_end(&mut bytes).await?;
        if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        v: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&v).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        v: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&v).await
    }
}

#[derive(NetworkBehaviour)]
pub(crate) struct Parts {
    pub(crate) identify: identify::Behaviour,
    pub(crate) gossip: gossipsub::Behaviour,
    pub(crate) status: request_response::Behaviour<Bytes>,
    pub(crate) blocks: request_response::Behaviour<Bytes>,
    pub(crate) finality: request_response::Behaviour<Bytes>,
    pub(crate) state: request_response::Behaviour<Bytes>,
}

pub(crate) struct Raw {
    pub(crate) swarm: Swarm<Parts>,
}

fn exchange(protocol: Protocol) -> request_response::Behaviour<Bytes> {
    let name = StreamProtocol::try_from_owned(protocol.name(&GENESIS)).unwrap();
    request_response::Behaviour::new(
        [(name, ProtocolSupport::Full)],
        request_response::Config::default(),
    )
}

fn gossip() -> gossipsub::Behaviour {
    let config = gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .message_id_fn(|message| MessageId::new(&content_id(message.topic.as_str(), &message.data)))
        .max_transmit_size(8 * 1024 * 1024)
        .build()
        .unwrap();
    let mut gossip = gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config).unwrap();
    for topic in Topic::ALL {
        gossip.subscribe(&IdentTopic::new(topic.name(&GENESIS))).unwrap();
    }
    gossip
}

impl Raw {
    pub(crate) fn new() -> Self {
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|key| Parts {
                identify: identify::Behaviour::new(identify::Config::new(
                    identify_version(&GENESIS),
                    key.public(),
                )),
                gossip: gossip(),
                status: exchange(Protocol::Status),
                blocks: exchange(Protocol::Blocks),
                finality: exchange(Protocol::Finality),
                state: exchange(Protocol::State),
            })
            .unwrap()
            .build();
        Self { swarm }
    }

    pub(crate) fn id(&self) -> PeerId {
        *self.swarm.local_peer_id()
    }

    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&mut Swarm<Parts>, SwarmEvent<PartsEvent>) -> Option<T>,
    ) -> T {
        within(what, async {
            loop {
                let event = self.swarm.select_next_some().await;
                if let Some(found) = wanted(&mut self.swarm, event) {
                    return found;
                }
            }
        })
        .await
    }

    /// Connects; false where the connection was refused or cut at once.
    pub(crate) async fn dial(&mut self, address: &Multiaddr) -> bool {
        self.swarm.dial(address.clone()).unwrap();
        self.until("outcome of the dial", |_, event| match event {
            // Identify comes only over a connection that both sides let in.
            SwarmEvent::Behaviour(PartsEvent::Identify(identify::Event::Received { .. })) => {
                Some(true)
            }
            SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => {
                Some(false)
            }
            _ => None,
        })
        .await
    }

    /// Connects and waits until the other side listens to every topic.
    pub(crate) async fn join(&mut self, address: &Multiaddr) {
        self.swarm.dial(address.clone()).unwrap();
        let mut topics = 0;
        self.until("subscriptions", |_, event| {
            if let SwarmEvent::Behaviour(PartsEvent::Gossip(gossipsub::Event::Subscribed {
                ..
            })) = event
            {
                topics += 1;
            }
            (topics == Topic::ALL.len()).then_some(())
        })
        .await;
    }

    pub(crate) fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        let topic = IdentTopic::new(topic.name(&GENESIS));
        self.swarm.behaviour_mut().gossip.publish(topic, bytes).unwrap();
    }

    pub(crate) fn exchange(
        &mut self,
        protocol: Protocol,
    ) -> &mut request_response::Behaviour<Bytes> {
        let parts = self.swarm.behaviour_mut();
        match protocol {
            Protocol::Status => &mut parts.status,
            Protocol::Blocks => &mut parts.blocks,
            Protocol::Finality => &mut parts.finality,
            Protocol::State => &mut parts.state,
        }
    }

    /// Keeps the swarm going while `other` is waited for.
    pub(crate) async fn beside<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                found = &mut other => return found,
                _ = self.swarm.select_next_some() => {}
            }
        }
    }
}
