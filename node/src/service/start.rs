//! Starting a node: everything is opened, in this order, before anything is said.
//!
//! Database (it tells whether the chain has blocks), vote log, signing journal, core, ports, network, and then
//! the file that says where the node listens. Whatever fails ends the start with one sentence.

use super::control::{self, Control, ControlLine};
use super::event_loop::EventLoop;
use super::journal::{JournalOptions, JournalSigner};
use super::keyring;
use super::metrics::{self, Metrics};
use super::stage::{Joining, Stage};
use super::vote_log::VoteLogFile;
use super::{
    About, Clock, Endpoints, NodeCore, NodeJoin, Participants, Paths, ServiceError, logging,
};
use crate::chain_spec::ChainSpec;
use crate::core::join::Anchor;
use crate::core::{History, StartOptions, check_one_validator, holds_blocks, holds_chain};
use crate::rpc::backend::Backend;
use crate::rpc::server;
use crate::runtime::PROTOCOL_VERSION;
use serin_consensus::crypto::Strict;
use serin_consensus::rules::Rules;
use serin_consensus::staking::keys::SessionSecrets;
use serin_network::swarm::{self, Multiaddr, Registry};
use serin_state::derive::Seed;
use serin_state::layers::Retention;
use serin_state::store::RocksStore;
use serin_state::types::{Hash, ProtocolVersion};
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;

/// Outbound connections to seek among discovered nodes, as Substrate does.
const OUT_PEERS: usize = 8;
/// How long the network may take to end, in seconds; after that the process ends without it.
const END_SECONDS: u64 = 5;

/// Who the node is on the chain.
#[derive(Clone)]
pub enum Role {
    /// It follows.
    Observer,
    /// It produces and votes, with the session keys of this secret.
    Validator(String),
}

impl fmt::Debug for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Observer => "Observer",
            Self::Validator(_) => "Validator(..)",
        })
    }
}

/// How to run a node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The chain.
    pub spec: ChainSpec,
    /// Who the node is.
    pub role: Role,
    /// Its name in logs and status.
    pub name: String,
    /// Where its data lies; `None`: in a temporary directory that is deleted at the end.
    pub base_path: Option<PathBuf>,
    /// Address to listen on for peers.
    pub listen_ip: IpAddr,
    /// Port for peers; 0 takes any free one, and so do the two others.
    pub port: u16,
    /// It listens on the loopback address and dials nobody.
    pub alone: bool,
    /// Port of JSON-RPC.
    pub rpc_port: u16,
    /// Port of the metrics.
    pub prometheus_port: u16,
    /// Peers to stay connected with.
    pub bootnodes: Vec<String>,
    /// The keys have not signed on this chain: a missing or damaged journal is started anew.
    pub new_signer: bool,
    /// It signs without a journal, with keys that another process signs with.
    pub unsafe_twin: bool,
    /// Newest protocol version to know.
    pub knows: ProtocolVersion,
    /// Where commands of a launcher come from.
    pub control: Option<Control>,
    /// How it fetches a chain that its database does not hold.
    pub sync: SyncMode,
    /// Which old blocks it keeps.
    pub history: History,
    /// Which past values it keeps; `None`: as its database does.
    pub retention: Option<Retention>,
}

/// How a node fetches a chain that it does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// Every block from genesis, executed.
    #[default]
    Full,
    /// The proof chain and the state of a recent final block, then blocks.
    Proof {
        /// A block that the chain must contain.
        checkpoint: Option<Hash>,
        /// Genesis is trusted however old it is.
        trust_genesis: bool,
    },
}

/// Runs a node until it is told to end.
///
/// # Errors
/// [`ServiceError`]: it could not start, or had to stop.
pub fn run(config: NodeConfig) -> Result<(), ServiceError> {
    logging::start();
    let refused = |error: std::io::Error| ServiceError::System(error.to_string());
    let temporary = match &config.base_path {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("serin-").tempdir().map_err(refused)?),
    };
    let base = config.base_path.clone();
    let base = base.or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
    let paths = Paths::new(&base.unwrap_or_default(), &config.spec.id);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(refused)?;
    let ended = runtime.block_on(run_node(config, &paths));
    runtime.shutdown_timeout(Duration::from_secs(END_SECONDS));
    ended
}

async fn run_node(config: NodeConfig, paths: &Paths) -> Result<(), ServiceError> {
    let control = config.control.map(|Control::Stdin| control::listen());
    let stage = open(&config, paths)?;
    warn_of_powers(&config.spec);
    let rpc = listen(config.rpc_port, "JSON-RPC", "--rpc-port").await?;
    let prometheus = listen(config.prometheus_port, "Prometheus", "--prometheus-port").await?;
    let urls = (url_of(&rpc)?, format!("{}/metrics", url_of(&prometheus)?));

    let genesis = config.spec.genesis().hash;
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let network = start_network(&config, paths, genesis, &mut registry).await?;
    let version = stage.core().map_or(PROTOCOL_VERSION, NodeCore::next_version);
    let (backend, frontend) = Backend::new(genesis, version);
    let rpc = server::start(rpc, backend)
        .map_err(|error| ServiceError::System(format!("JSON-RPC: {error}")))?;
    metrics::serve(prometheus, registry);

    let endpoints = Endpoints {
        pid: std::process::id(),
        rpc: urls.0,
        prometheus: urls.1,
        peer_id: network.local_peer.to_string(),
        address: network.dial_address().to_string(),
    };
    paths.write_endpoints(&endpoints)?;
    tracing::info!(rpc = endpoints.rpc, address = endpoints.address, "{} runs", config.name);
    let is_validator = matches!(config.role, Role::Validator(_));
    let participants = stage.core().map(Participants::of).unwrap_or_default();
    let about = About { name: config.name, is_validator, participants, ..About::default() };
    let event_loop = EventLoop::new(stage, network, frontend, metrics, about);
    let ended = Box::pin(event_loop.run(control)).await;
    paths.remove_endpoints();
    if rpc.stop().is_err() {
        tracing::debug!("JSON-RPC had ended before");
    }
    tracing::info!("the node ends");
    ended
}

/// Opens database, vote log, journal and chain.
fn open(config: &NodeConfig, paths: &Paths) -> Result<Stage, ServiceError> {
    let database = paths.database();
    std::fs::create_dir_all(&database).map_err(|error| ServiceError::file(&database, &error))?;
    let store = RocksStore::open(&database).map_err(|error| {
        ServiceError::Database(format!("{error} (the database in {})", database.display()))
    })?;
    let genesis = config.spec.genesis().hash;
    let params = &config.spec.params;
    let bonded = params.bonding_slots.saturating_mul(params.slot_ms);
    let log = VoteLogFile::open(&paths.votes(), genesis, Duration::from_millis(bonded))?;
    let options = JournalOptions {
        genesis,
        chain_has_blocks: holds_blocks(&store),
        new_signer: config.new_signer,
    };
    let signer = match &config.role {
        Role::Observer => JournalSigner::open(&paths.signer(), None, options)?,
        Role::Validator(uri) if config.unsafe_twin => {
            warn_of_twin();
            JournalSigner::unsafe_twin(secrets(&config.spec, uri)?)
        }
        Role::Validator(uri) => {
            JournalSigner::open(&paths.signer(), Some(secrets(&config.spec, uri)?), options)?
        }
    };
    let signer = signer.with_log(log);
    let (spec, history) = (config.spec.clone(), config.history);
    let options = StartOptions { knows: config.knows, ..StartOptions::default() };
    if !holds_chain(&store)
        && let SyncMode::Proof { checkpoint, trust_genesis } = config.sync
    {
        let slot = spec.params.slot_at(Clock.now());
        let anchor = Anchor::choose(&spec.params, slot, checkpoint, trust_genesis)
            .map_err(|error| ServiceError::Sync(error.to_string()))?;
        let join = NodeJoin::start(spec.clone(), store, Strict, anchor, false)?;
        if config.retention == Some(Retention::Archive) {
            return Err(ServiceError::Sync(
                "--state archive begins at genesis: it goes with --sync full".to_owned(),
            ));
        }
        return Ok(Stage::Joining(Box::new(Joining { join, signer, spec, history, options })));
    }
    let core = NodeCore::start(spec, store, signer, Strict, options)?;
    if let Some(session) = core.session() {
        check_one_validator(&session, &core.signer().seals(), None).map_err(|error| {
            ServiceError::TwoValidators { error, path: keyring::file(&paths.signer()) }
        })?;
    }
    let mut core = core.with_history(history);
    if let Some(retention) = config.retention {
        core.retain(retention).map_err(|error| ServiceError::Sync(format!("--state: {error}")))?;
    }
    Ok(Stage::Running(Box::new(core)))
}

/// The session keys of a secret. On a chain with staking they may be registered later.
fn secrets(spec: &ChainSpec, uri: &str) -> Result<SessionSecrets, ServiceError> {
    let seed = Seed::from_uri(uri).map_err(|error| ServiceError::Key(error.to_string()))?;
    let secrets = SessionSecrets::of(&seed);
    let seal = secrets.seal.public();
    let is_listed = spec.validators.iter().any(|validator| validator.seal == seal);
    if !is_listed && spec.staking.is_none() {
        return Err(ServiceError::Key(format!(
            "its session keys belong to none of the {} validators of chain {}",
            spec.validators.len(),
            spec.id
        )));
    }
    if !is_listed {
        tracing::warn!(
            "the session keys of this secret are of no validator of the specification: they sign once they are \
             registered (serin staking set-keys) and elected"
        );
    }
    Ok(secrets)
}

fn warn_of_twin() {
    for _ in 0..3 {
        tracing::error!(
            "UNSAFE TWIN: this process signs without a journal, with keys that another process may use; \
             on a chain with stake it loses that stake"
        );
    }
}

fn warn_of_powers(spec: &ChainSpec) {
    if let Some(root) = spec.root {
        tracing::warn!("{root} may do everything on this chain: it is for learning and tests");
    }
    if spec.rules != Rules::standard() {
        tracing::warn!("this chain does not follow the standard rules: {:?}", spec.rules);
    }
}

async fn listen(
    port: u16,
    what: &'static str,
    flag: &'static str,
) -> Result<TcpListener, ServiceError> {
    let port_error =
        |error: std::io::Error| ServiceError::Port { what, port, error: error.to_string(), flag };
    server::bind(port).await.map_err(port_error)
}

fn url_of(listener: &TcpListener) -> Result<String, ServiceError> {
    let address = listener.local_addr().map_err(|error| ServiceError::System(error.to_string()))?;
    Ok(format!("http://{address}"))
}

async fn start_network(
    config: &NodeConfig,
    paths: &Paths,
    genesis: Hash,
    registry: &mut Registry,
) -> Result<swarm::Handle, ServiceError> {
    let mut network = swarm::Config::local(genesis, paths.network_seed()?);
    network.agent = format!("serin/{} ({})", env!("CARGO_PKG_VERSION"), config.name);
    network.out_peers = OUT_PEERS;
    if !config.alone {
        let family = if config.listen_ip.is_ipv4() { "ip4" } else { "ip6" };
        network.listen = address(&format!("/{family}/{}/tcp/{}", config.listen_ip, config.port))?;
        network.bootnodes =
            config.bootnodes.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
    }
    swarm::start(network, registry).await.map_err(|error| {
        let swarm::StartError::Listen { source, .. } = error else {
            return ServiceError::Network(error.to_string());
        };
        let (what, flag) = ("The network", "--port");
        ServiceError::Port { what, port: config.port, error: source.to_string(), flag }
    })
}

fn address(text: &str) -> Result<Multiaddr, ServiceError> {
    text.parse().map_err(|error| {
        ServiceError::Network(format!(
            "{text:?} is no address like /ip4/1.2.3.4/tcp/30333/p2p/12D3..: {error}"
        ))
    })
}

/// What the event loop is told by a launcher; pending for ever without one.
pub(super) async fn next_command(
    control: &mut Option<tokio::sync::mpsc::Receiver<ControlLine>>,
) -> ControlLine {
    match control {
        Some(lines) => lines.recv().await.unwrap_or(ControlLine::End),
        None => std::future::pending().await,
    }
}
