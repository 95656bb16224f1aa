//! `serin light`: follows finality over JSON-RPC without believing the node that answers.
//!
//! Several nodes may be named: one whose answer does not hold is named and the next is asked. What is proven is kept in a file,
//! so that the next start goes on from it; only a start from a hash, or from an old file, asks for the user's word.

use super::CommandError;
use super::output::{complain, say};
use super::query::json;
use super::question::{FactView, QuestionCommand, fact_text};
use super::untrusted::Server;
use crate::light::Light;
use crate::proof::{Question, StatementProof};
use crate::service::Clock;
use clap::Args;
use serin_state::types::Hash;
use std::path::{Path, PathBuf};

/// Arguments of `serin light`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin light --genesis 0x4c1d..                         every new final block, proven\n  \
    serin light --genesis 0x4c1d.. account //Alice         a balance, proven\n  \
    serin light --genesis 0x4c1d.. --trust-file chain.trust --once\n\n\
    Exit code 0: proven; 3: no answer held; 1: no node answers.")]
pub(super) struct LightArguments {
    /// What to prove. Default: every new final block.
    #[command(subcommand)]
    what: Option<QuestionCommand>,
    /// Genesis hash of the chain.
    #[arg(long, value_name = "HASH")]
    genesis: Hash,
    /// JSON-RPC addresses of nodes; none is believed.
    #[arg(
        long = "rpc-url",
        visible_alias = "rpc",
        value_name = "URL",
        default_value = "http://127.0.0.1:9944"
    )]
    rpc_urls: Vec<String>,
    /// Begin at this final block instead of genesis: its hash, from somebody you trust.
    #[arg(long, value_name = "HASH")]
    checkpoint: Option<Hash>,
    /// Begin even where the trusted block is older than stake stays bound.
    #[arg(long)]
    trust_genesis: bool,
    /// Keep what is proven in this file, and go on from it.
    #[arg(long, value_name = "FILE")]
    trust_file: Option<PathBuf>,
    /// End when the newest final block is proven.
    #[arg(long)]
    once: bool,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Follows, and answers the question if there is one.
pub(super) fn run(arguments: &LightArguments) -> Result<(), CommandError> {
    let servers: Vec<Server> =
        arguments.rpc_urls.iter().map(|url| Server::new(url)).collect::<Result<_, _>>()?;
    let mut light = begin(arguments, &servers)?;
    let now = light.params().slot_at(Clock.now());
    if let Err(error) = light.check_age(now)
        && !arguments.trust_genesis
    {
        return Err(CommandError::Usage(error.to_string()));
    }
    let question = match &arguments.what {
        Some(what) => what.question()?,
        None => Question::Header { block: None },
    };
    let mut shown = false;
    loop {
        let (moved, proof) =
            first_that_holds(&servers, |server| server.ask(&mut light, &question))?;
        if moved {
            keep(arguments.trust_file.as_deref(), &light)?;
        }
        if moved || !shown {
            print(arguments, &proof)?;
            shown = true;
        }
        if arguments.once || arguments.what.is_some() {
            return Ok(());
        }
        if let Some(server) = servers.first() {
            server.client().pause(light.params().slot_ms.clamp(100, 6_000));
        }
    }
}

/// Goes on from the trust file, or begins at the checkpoint or at genesis.
fn begin(arguments: &LightArguments, servers: &[Server]) -> Result<Light, CommandError> {
    let genesis = arguments.genesis;
    if let (Some(path), None) = (&arguments.trust_file, arguments.checkpoint)
        && path.exists()
    {
        let usage = |error: &dyn std::fmt::Display| {
            CommandError::Usage(format!("{}: {error}", path.display()))
        };
        let bytes = std::fs::read(path).map_err(|error| usage(&error))?;
        return Light::from_bytes(&bytes, &genesis).map_err(|error| usage(&error));
    }
    let trusted = arguments.checkpoint.unwrap_or(genesis);
    first_that_holds(servers, |server| {
        let start = server.start(arguments.checkpoint)?;
        Light::begin(&start, &trusted, &genesis).map_err(|error| server.refused(&error))
    })
}

/// Asks one node after the other; those that fail are named.
fn first_that_holds<T>(
    servers: &[Server],
    mut ask: impl FnMut(&Server) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let mut last = CommandError::Usage("no node is named: give --rpc-url URL".to_owned());
    for server in servers {
        match ask(server) {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                if servers.len() > 1 {
                    complain(format_args!("{}: {error}", server.url()));
                }
                last = error;
            }
        }
    }
    Err(last)
}

/// Writes what is proven beside the old file, and puts it in its place.
fn keep(path: Option<&Path>, light: &Light) -> Result<(), CommandError> {
    let Some(path) = path else { return Ok(()) };
    let new = path.with_extension("new");
    let written = std::fs::write(&new, light.to_bytes()).and_then(|()| std::fs::rename(&new, path));
    written.map_err(|error| {
        CommandError::Failed(format!("{} cannot be written: {error}", path.display()))
    })
}

fn print(arguments: &LightArguments, proof: &StatementProof) -> Result<(), CommandError> {
    if arguments.json {
        say(json(&FactView::from(proof))?);
    } else if arguments.what.is_some() {
        say(fact_text(proof));
    } else {
        say(format_args!("final      {} {}", proof.header.height(), proof.hash));
    }
    Ok(())
}
