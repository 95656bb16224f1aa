//! `serin node`: the arguments, with Substrate's names where they exist, and the start.
//!
//! Arguments become one `NodeConfig`; nothing is opened or bound here. The shorthands `--dev` and `--alice` mean
//! what they mean in Substrate.

use super::{ChainArguments, CommandError};
use crate::chain_spec::ChainSpec;
use crate::core::History;
use crate::runtime::Protocol;
use crate::service::{Control, NodeConfig, Role, SyncMode};
use clap::Args;
use serin_state::layers::Retention;
use serin_state::types::{Hash, ProtocolVersion};
use std::path::PathBuf;

/// Arguments of `serin node`.
#[expect(clippy::struct_excessive_bools, reason = "one a flag")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin node --dev                        one validator, data in a temporary directory\n  \
    serin node --chain local --alice        a validator of the local preset with Alice's keys\n  \
    serin node --chain spec.json --validator --key-uri \"$(cat secret)\"\n\n\
    A validator signs through a journal in DIR/CHAIN/signer. Never copy it while the node runs, and\n\
    never run two nodes with the same keys.")]
pub(super) struct NodeArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// One process that produces and finalises: --chain dev --alice --tmp, without peers.
    #[arg(long, conflicts_with_all = ["tmp", "base_path"])]
    dev: bool,
    #[command(flatten)]
    who: DevelopmentKeys,
    /// Validate with the session keys derived from this secret: a mnemonic, 0x seed or //Path.
    #[arg(long, value_name = "URI", env = "SERIN_KEY_URI", hide_env_values = true)]
    key_uri: Option<String>,
    /// Name of this node in logs and status. Default: the development key's name, or "serin".
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Keep the data in a temporary directory that is deleted at the end.
    #[arg(long, conflicts_with = "base_path")]
    tmp: bool,
    /// Address to listen on for peers.
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    listen_ip: std::net::IpAddr,
    /// TCP port for peers; 0 takes any free port.
    #[arg(long, value_name = "PORT", default_value_t = 30333)]
    port: u16,
    /// TCP port of JSON-RPC, on 127.0.0.1 only; 0 takes any free port.
    #[arg(long, value_name = "PORT", default_value_t = 9944)]
    rpc_port: u16,
    /// TCP port of the Prometheus metrics, on 127.0.0.1 only; 0 takes any free port.
    #[arg(long, value_name = "PORT", default_value_t = 9615)]
    prometheus_port: u16,
    /// Peers to stay connected with, as multiaddresses that end in /p2p/ID.
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    bootnodes: Vec<String>,
    /// These keys have never signed on this chain: start a new signing journal.
    #[arg(long)]
    new_signer: bool,
    /// Sign WITHOUT the journal, with keys that another process signs with, to make a real equivocation on a testnet.
    /// The validator loses its stake.
    #[arg(long, conflicts_with_all = ["dev", "new_signer"])]
    unsafe_twin: bool,
    /// Newest protocol version to know, for showing upgrades: a node that knows less than the chain has
    /// decided stops at its height. Default: the newest of this release.
    #[arg(long, value_name = "VERSION")]
    protocol_max: Option<u32>,
    /// How to fetch a chain that the database does not hold: every block, or the proof chain and a recent state.
    #[arg(long, value_name = "HOW", default_value = "full")]
    sync: SyncArgument,
    /// With --sync proof: a final block that the chain must contain, from somebody you trust.
    #[arg(long, value_name = "HASH", conflicts_with = "trust_genesis")]
    checkpoint: Option<Hash>,
    /// With --sync proof: trust the chain from genesis on, however old it is.
    #[arg(long)]
    trust_genesis: bool,
    /// Which past values to keep: those of the last 256 final blocks, or all. Default: as the database does, pruned at first.
    #[arg(long, value_name = "WHICH")]
    state: Option<StateArgument>,
    /// How many final blocks to keep; default: all from genesis.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(512..))]
    keep_blocks: Option<u32>,
    /// Take commands from standard input and end when it ends; for launchers.
    #[arg(long, value_name = "WHERE")]
    control: Option<Control>,
}

/// Which past values a node keeps.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StateArgument {
    /// Those of the last 256 final blocks.
    Pruned,
    /// All, from genesis on.
    Archive,
}

/// How a node fetches a chain.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SyncArgument {
    /// Every block from genesis, executed.
    Full,
    /// The proof chain and the state of a recent final block, then blocks.
    Proof,
}

/// Substrate's shorthands for the keys of development accounts.
#[derive(Debug, Args)]
#[group(required = false, multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "one a flag, and the group allows one of them")]
struct DevelopmentKeys {
    /// Validate with the keys of //Alice.
    #[arg(long)]
    alice: bool,
    /// Validate with the keys of //Bob.
    #[arg(long)]
    bob: bool,
    /// Validate with the keys of //Charlie.
    #[arg(long)]
    charlie: bool,
    /// Validate with the keys of //Dave.
    #[arg(long)]
    dave: bool,
    /// Validate with the keys of //Eve.
    #[arg(long)]
    eve: bool,
    /// Validate with the keys of //Ferdie.
    #[arg(long)]
    ferdie: bool,
}

impl DevelopmentKeys {
    fn name(&self) -> Option<&'static str> {
        let names = [
            (self.alice, "Alice"),
            (self.bob, "Bob"),
            (self.charlie, "Charlie"),
            (self.dave, "Dave"),
            (self.eve, "Eve"),
            (self.ferdie, "Ferdie"),
        ];
        names.into_iter().find_map(|(chosen, name)| chosen.then_some(name))
    }
}

/// Runs a node until it is told to end.
pub(super) fn run(arguments: NodeArguments) -> Result<(), CommandError> {
    let config = configure(arguments)?;
    crate::service::run(config).map_err(|error| {
        if error.is_start() {
            CommandError::Start(error.to_string())
        } else {
            CommandError::Failed(error.to_string())
        }
    })
}

fn configure(arguments: NodeArguments) -> Result<NodeConfig, CommandError> {
    let mut who = arguments.who.name();
    let mut chain = arguments.chain.chain;
    if arguments.dev {
        "dev".clone_into(&mut chain);
        who = who.or(Some("Alice"));
    }
    if who.is_some() && arguments.key_uri.is_some() {
        return Err(CommandError::Usage("give --key-uri or a development key, not both".into()));
    }
    let spec = super::spec::load(&chain)?;
    let knows = knows(arguments.protocol_max)?;
    let key_uri = arguments.key_uri.or_else(|| who.map(|name| format!("//{name}")));
    let sync = match arguments.sync {
        SyncArgument::Proof => SyncMode::Proof {
            checkpoint: arguments.checkpoint,
            trust_genesis: arguments.trust_genesis,
        },
        SyncArgument::Full if arguments.checkpoint.is_some() || arguments.trust_genesis => {
            return Err(CommandError::Usage(
                "--checkpoint and --trust-genesis belong to --sync proof".into(),
            ));
        }
        SyncArgument::Full => SyncMode::Full,
    };
    let name = arguments.name.or_else(|| who.map(str::to_lowercase));
    Ok(NodeConfig {
        bootnodes: bootnodes(&spec, arguments.bootnodes),
        spec,
        role: key_uri.map_or(Role::Observer, Role::Validator),
        name: name.unwrap_or_else(|| "serin".to_owned()),
        base_path: if arguments.dev || arguments.tmp {
            None
        } else {
            Some(arguments.chain.base_path.map_or_else(default_base_path, Ok)?)
        },
        listen_ip: arguments.listen_ip,
        port: if arguments.dev { 0 } else { arguments.port },
        alone: arguments.dev,
        rpc_port: arguments.rpc_port,
        prometheus_port: arguments.prometheus_port,
        new_signer: arguments.new_signer,
        unsafe_twin: arguments.unsafe_twin,
        knows,
        control: arguments.control,
        sync,
        retention: arguments.state.map(|which| match which {
            StateArgument::Archive => Retention::Archive,
            StateArgument::Pruned => Retention::Pruned,
        }),
        history: arguments.keep_blocks.map_or(History::All, History::Last),
    })
}

/// The newest protocol version that the node may know.
fn knows(protocol_max: Option<u32>) -> Result<ProtocolVersion, CommandError> {
    let newest = Protocol::NEWEST.version();
    let Some(number) = protocol_max else { return Ok(newest) };
    Protocol::of(ProtocolVersion(number)).map(Protocol::version).ok_or_else(|| {
        CommandError::Usage(format!("--protocol-max {number}: this release knows 1 to {newest}"))
    })
}

fn bootnodes(spec: &ChainSpec, given: Vec<String>) -> Vec<String> {
    if given.is_empty() { spec.bootnodes.clone() } else { given }
}

/// `$XDG_DATA_HOME/serin`, or `~/.local/share/serin`.
pub(super) fn default_base_path() -> Result<PathBuf, CommandError> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .map(|data| data.join("serin"))
        .ok_or_else(|| CommandError::Start("HOME is not set: give --base-path DIR".into()))
}
