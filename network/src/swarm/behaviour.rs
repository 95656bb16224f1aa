//! All behaviours of the swarm as one.
//!
//! Which protocols run on a connection, with their limits, is decided here once; what their events lead to
//! is decided in `drive`.

use super::admission::{Admission, Clock};
use super::api::{Config, StartError};
use super::codec::WireCodec;
use super::discovery::{self, Discovery};
use super::gossip::{self, Gossipsub};
use crate::limits::{
    PING_INTERVAL_MS, PING_TIMEOUT_MS, REQUEST_TIMEOUT_MS, STREAMS_PER_PROTOCOL_MAX,
};
use crate::message::{
    BlocksRequest, BlocksResponse, FinalityRequest, FinalityResponse, StateRequest, StateResponse,
    Status,
};
use crate::name::{Protocol, identify_version};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, identify, ping};
use serin_state::codec::Wire;
use serin_state::types::Hash;
use std::time::Duration;

/// One request protocol.
pub(super) type Exchange<Q, A> = request_response::Behaviour<WireCodec<Q, A>>;

/// Everything the swarm does. `admission` stands first, so that nobody else sees a refused peer.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) admission: Admission,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
    pub(super) discovery: Discovery,
    pub(super) gossip: Gossipsub,
    pub(super) status: Exchange<Status, Status>,
    pub(super) blocks: Exchange<BlocksRequest, BlocksResponse>,
    pub(super) finality: Exchange<FinalityRequest, FinalityResponse>,
    pub(super) state: Exchange<StateRequest, StateResponse>,
}

impl Behaviour {
    pub(super) fn new(
        config: &Config,
        keypair: &Keypair,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let genesis = &config.genesis;
        let public = keypair.public();
        let local = public.to_peer_id();
        let identify = identify::Config::new(identify_version(genesis), public)
            .with_agent_version(config.agent.clone());
        let ping = ping::Config::new()
            .with_interval(Duration::from_millis(PING_INTERVAL_MS))
            .with_timeout(Duration::from_millis(PING_TIMEOUT_MS));
        Ok(Self {
            admission: Admission::new(clock),
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping),
            discovery: discovery::behaviour(genesis, local),
            gossip: gossip::behaviour(genesis, config.seen_for)?,
            status: exchange(Protocol::Status, genesis),
            blocks: exchange(Protocol::Blocks, genesis),
            finality: exchange(Protocol::Finality, genesis),
            state: exchange(Protocol::State, genesis),
        })
    }
}

fn exchange<Q: Wire + Send + 'static, A: Wire + Send + 'static>(
    protocol: Protocol,
    genesis: &Hash,
) -> Exchange<Q, A> {
    let name = StreamProtocol::try_from_owned(protocol.name(genesis)).ok();
    assert!(name.is_some(), "invariant(names): every protocol name begins with a slash");
    let config = request_response::Config::default()
        .with_request_timeout(Duration::from_millis(REQUEST_TIMEOUT_MS))
        .with_max_concurrent_streams(STREAMS_PER_PROTOCOL_MAX);
    let names = name.into_iter().map(|name| (name, ProtocolSupport::Full));
    request_response::Behaviour::with_codec(WireCodec::default(), names, config)
}
