//! What the node says to the swarm and hears from it.
//!
//! It holds the configuration, the two channels' messages and the reasons for a failed start or a lost
//! connection; it does nothing. Every queue behind it has a bound in `crate::limits`.

use crate::message::{Gossip, Request, Response};
use crate::peers::Offence;
use crate::requests::RequestFailure;
use libp2p::{Multiaddr, PeerId};
use serin_state::types::Hash;
use std::io;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How a node takes part in the network.
#[derive(Clone, Debug)]
pub struct Config {
    /// The chain: in every topic and protocol name.
    pub genesis: Hash,
    /// Seed of the node's Ed25519 identity; its peer id follows from it.
    pub identity_seed: [u8; 32],
    /// Where to listen, as `/ip4/127.0.0.1/tcp/0`; port 0 takes a free one.
    pub listen: Multiaddr,
    /// Nodes that are dialled for ever, as `/ip4/192.0.2.1/tcp/30333/p2p/12D3..`.
    pub bootnodes: Vec<Multiaddr>,
    /// How many outbound connections to seek among discovered nodes. Bootnodes come on top.
    pub out_peers: usize,
    /// How long a gossip message is recognised as seen. Two minutes are usual.
    pub seen_for: Duration,
    /// What the node calls itself, as `serin/0.1.0 (alice)`.
    pub agent: String,
}

impl Config {
    /// A node on loopback with a free port, no bootnodes and usual values.
    #[must_use]
    pub fn local(genesis: Hash, identity_seed: [u8; 32]) -> Self {
        Self {
            genesis,
            identity_seed,
            listen: Multiaddr::empty()
                .with(std::net::Ipv4Addr::LOCALHOST.into())
                .with(libp2p::multiaddr::Protocol::Tcp(0)),
            bootnodes: Vec::new(),
            out_peers: 8,
            seen_for: Duration::from_mins(2),
            agent: "serin".to_owned(),
        }
    }
}

/// A running swarm. Dropping it, or its command channel, ends the task.
#[derive(Debug)]
pub struct Handle {
    /// To the swarm; bounded, so a sender may wait.
    pub commands: mpsc::Sender<Command>,
    /// From the swarm; bounded. `None` once the swarm has ended.
    pub events: mpsc::Receiver<Event>,
    /// This node's peer id.
    pub local_peer: PeerId,
    /// Where it listens, with the real port and without the peer id.
    pub listening: Multiaddr,
    /// The task; ends after [`Command::Shutdown`].
    pub task: JoinHandle<()>,
}

impl Handle {
    /// The address others dial, with the peer id.
    #[must_use]
    pub fn dial_address(&self) -> Multiaddr {
        self.listening.clone().with(libp2p::multiaddr::Protocol::P2p(self.local_peer))
    }
}

/// Why a swarm could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is in use, or the address is not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: Multiaddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address is not of a kind that this node can listen on.
    #[error("cannot listen on {0}: only /ip4/../tcp/.. and /ip6/../tcp/.. are supported")]
    ListenUnsupported(Multiaddr),
    /// A bootnode without `/p2p/` at its end: whoever answers there could not be known.
    #[error("the bootnode {0} must end in /p2p/ and its peer id")]
    BootnodeWithoutPeer(Multiaddr),
    /// A parameter of the gossip protocol is out of range: a bug of this crate.
    #[error("the gossip configuration is inconsistent: {0}")]
    Gossip(String),
    /// The encryption could not be set up: a bug of this crate.
    #[error("the transport could not be set up: {0}")]
    Transport(String),
}

/// Names a gossip message that awaits its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// Names a request of a peer that awaits an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerId(pub u64);

/// What becomes of a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Valid and new: pass it on.
    Accept,
    /// Invalid: drop it; whoever passed it on broke a rule.
    Reject,
    /// Neither: drop it without blame.
    Ignore,
}

/// What the node wants of the swarm.
#[derive(Debug)]
pub enum Command {
    /// Gossip a message of this node.
    Publish(Gossip),
    /// Say what becomes of a message that came in [`Event::Gossip`].
    Validate {
        /// Which message.
        id: MessageId,
        /// What becomes of it.
        verdict: Verdict,
    },
    /// Ask a connected peer. Every request ends in one [`Event::Response`].
    Request {
        /// Whom.
        peer: PeerId,
        /// Chosen by the node, unique among those under way.
        id: u64,
        /// What.
        request: Request,
    },
    /// Answer [`Event::Request`].
    Respond {
        /// Which request.
        id: AnswerId,
        /// Of the protocol on which it was asked.
        response: Response,
    },
    /// Refuse to answer [`Event::Request`]; the peer sees a closed stream.
    Decline(AnswerId),
    /// Book an offence; the swarm bans and cuts the peer when the measure is full.
    Punish {
        /// Who.
        peer: PeerId,
        /// What they did.
        offence: Offence,
    },
    /// Cut the connections with a peer. It may come back.
    Disconnect(PeerId),
    /// Dial a peer now and for ever, as a bootnode. Must end in `/p2p/` and the peer id.
    AddPeer(Multiaddr),
    /// Cut a peer and refuse it until [`Command::Allow`]: a partition of a test network.
    Block(PeerId),
    /// End of [`Command::Block`]; known peers are dialled at once.
    Allow(PeerId),
    /// Every peer that is connected or was lately.
    Peers(oneshot::Sender<Vec<PeerInfo>>),
    /// End the task.
    Shutdown,
}

/// What the swarm tells the node. For each peer `PeerConnected` comes first and `PeerDisconnected`
/// last.
#[derive(Debug)]
pub enum Event {
    /// The first connection with a peer.
    PeerConnected {
        /// Who.
        peer: PeerId,
        /// From where, or where it was dialled.
        address: Multiaddr,
        /// True where this node dialled.
        outbound: bool,
    },
    /// The last connection with a peer ended.
    PeerDisconnected {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: Departure,
    },
    /// A well-formed gossip message; it goes no further before [`Command::Validate`].
    Gossip {
        /// Names it for the verdict.
        id: MessageId,
        /// Who passed it on, not who made it.
        peer: PeerId,
        /// The message.
        message: Gossip,
    },
    /// A peer asks something within its budget.
    Request {
        /// Who.
        peer: PeerId,
        /// Names it for [`Command::Respond`] or [`Command::Decline`].
        id: AnswerId,
        /// What.
        request: Request,
    },
    /// The end of a [`Command::Request`].
    Response {
        /// Who was asked.
        peer: PeerId,
        /// The node's id of the request.
        id: u64,
        /// An answer of the kind that was asked for, or why there is none.
        result: Result<Response, RequestFailure>,
    },
    /// A peer was banned; `PeerDisconnected` follows if it was connected.
    PeerBanned {
        /// Who.
        peer: PeerId,
        /// For what.
        offence: Offence,
    },
    /// One more address this node listens on.
    Listening(Multiaddr),
}

/// Why a connection ended or could not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Departure {
    /// The peer closed it, or the line broke.
    #[error("the connection was lost")]
    Lost,
    /// The peer gave no sign of life.
    #[error("the peer gave no sign of life")]
    Silent,
    /// It is banned.
    #[error("banned: it {0}")]
    Banned(Offence),
    /// The operator blocked it.
    #[error("blocked by the operator")]
    Blocked,
    /// This node closed it on request.
    #[error("closed by this node")]
    Closed,
    /// Nobody answers at its addresses.
    #[error("nobody answers at its address")]
    Unreachable,
    /// Somebody else answers at its address.
    #[error("another peer answers at its address")]
    OtherIdentity,
    /// A cap on connections was reached.
    #[error("{0}")]
    Full(crate::caps::Full),
}

/// A peer, for status displays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// Who.
    pub peer: PeerId,
    /// Where it is connected; `None` where it is not.
    pub address: Option<Multiaddr>,
    /// True where this node dialled.
    pub outbound: bool,
    /// How long it has been connected, in milliseconds.
    pub connected_ms: u64,
    /// What it is called, once it said so.
    pub agent: Option<String>,
    /// Its points, see [`crate::peers`].
    pub points: u32,
    /// Why it was last disconnected or could not be reached.
    pub last_departure: Option<Departure>,
}
