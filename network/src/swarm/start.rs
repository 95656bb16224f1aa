//! Starting a swarm: listen first, then drive.
//!
//! A port that is taken is found before anything else runs, since TCP's port reuse would let two nodes share
//! it in silence. What is returned listens already.

use super::admission::Clock;
use super::api::{Config, Handle, StartError};
use super::behaviour::Behaviour;
use super::counters::Counters;
use super::drive::{Channels, Drive};
use super::identity;
use super::transport::{ip_of, split_peer, transport};
use crate::limits::{COMMANDS_MAX, EVENTS_MAX};
use futures::StreamExt;
use libp2p::core::transport::TransportError;
use libp2p::metrics::{Metrics, Registry};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{Config as SwarmConfig, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm};
use std::time::Duration;
use tokio::sync::mpsc;

/// Connections end when a side wants it or a ping is lost, never because nothing was said.
const IDLE: Duration = Duration::from_hours(365 * 24);

/// Starts a node's swarm on the current tokio runtime and waits until it listens. Its metrics join
/// `registry`.
///
/// # Errors
/// [`StartError`]; nothing is left running then.
pub async fn start(config: Config, registry: &mut Registry) -> Result<Handle, StartError> {
    let clock = Clock::start();
    let counters = Counters::register(registry);
    let keypair = identity::keypair(&config.identity_seed);
    let local_peer = keypair.public().to_peer_id();
    let bootnodes = bootnodes(&config.bootnodes)?;
    let behaviour = Behaviour::new(&config, &keypair, clock)?;
    let transport = transport(&keypair, counters.handshakes_cut.clone(), registry)?;
    let swarm_config = SwarmConfig::with_tokio_executor().with_idle_connection_timeout(IDLE);
    let mut swarm = Swarm::new(transport, behaviour, local_peer, swarm_config);
    let listening = listen(&mut swarm, &config.listen).await?;

    let (commands, commands_out) = mpsc::channel(COMMANDS_MAX);
    let (events_in, events) = mpsc::channel(EVENTS_MAX);
    let channels = Channels { commands: commands_out, events: events_in };
    let mut drive = Drive::new(swarm, clock, &config, channels, (counters, Metrics::new(registry)));
    for (address, peer) in bootnodes {
        drive.add_lasting(peer, address);
    }
    let task = tokio::spawn(drive.run());
    Ok(Handle { commands, events, local_peer, listening, task })
}

fn bootnodes(addresses: &[Multiaddr]) -> Result<Vec<(Multiaddr, PeerId)>, StartError> {
    let split = |address: &Multiaddr| {
        split_peer(address).ok_or_else(|| StartError::BootnodeWithoutPeer(address.clone()))
    };
    addresses.iter().map(split).collect()
}

/// Whether the port is free. libp2p shares listening ports (`SO_REUSEPORT`), so that two nodes on one
/// port would both start and each get half of the connections.
fn check_free(address: &Multiaddr) -> std::io::Result<()> {
    let port = address.iter().find_map(|part| {
        if let Protocol::Tcp(port) = part { Some(port).filter(|port| *port != 0) } else { None }
    });
    match ip_of(address).zip(port) {
        Some(socket) => std::net::TcpListener::bind(socket).map(drop),
        None => Ok(()),
    }
}

/// Listens and waits for the real address.
async fn listen(
    swarm: &mut Swarm<Behaviour>,
    address: &Multiaddr,
) -> Result<Multiaddr, StartError> {
    let failed = |source| StartError::Listen { address: address.clone(), source };
    check_free(address).map_err(failed)?;
    match swarm.listen_on(address.clone()) {
        Ok(_) => {}
        Err(TransportError::MultiaddrNotSupported(address)) => {
            return Err(StartError::ListenUnsupported(address));
        }
        Err(TransportError::Other(source)) => return Err(failed(source)),
    }
    loop {
        let event = swarm.select_next_some().await;
        if let SwarmEvent::NewListenAddr { address, .. } = event {
            return Ok(address);
        } else if let SwarmEvent::ListenerClosed { reason: Err(source), .. } = event {
            return Err(failed(source));
        }
    }
}
