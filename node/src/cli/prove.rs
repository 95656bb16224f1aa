//! `serin query proof`: fetches a proof from a node, checks it, and writes it into a file for others.
//!
//! The file needs nothing but the genesis hash to be believed, see `serin verify-proof`.

use super::output::say;
use super::query::json;
use super::question::{ProvenView, QuestionCommand, proven_text};
use super::untrusted::Server;
use super::{CommandError, NodeAddress};
use crate::light::Light;
use crate::proof::{FILE_ENDING, ProofFile, Question};
use crate::rpc::api::ApiClient;
use clap::Args;
use serin_consensus::crypto::Remembering;
use serin_consensus::finality::proof_chain::Link;
use serin_state::types::Hash;
use std::path::PathBuf;

/// Arguments of `serin query proof`.
#[derive(Debug, Args)]
pub(super) struct ProveArguments {
    #[command(subcommand)]
    what: QuestionCommand,
    /// Where to write the proof. Default: proof.serinproof.
    #[arg(long, value_name = "FILE", global = true)]
    out: Option<PathBuf>,
    /// Genesis hash of the chain. Default: what the node says.
    #[arg(long, value_name = "HASH", global = true)]
    genesis: Option<Hash>,
    #[command(flatten)]
    node: NodeAddress,
    /// Print one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

/// Fetches, checks, writes and says so.
pub(super) fn run(arguments: &ProveArguments) -> Result<(), CommandError> {
    let question = arguments.what.question()?;
    let server = Server::new(&arguments.node.rpc_url)?;
    let genesis = match arguments.genesis {
        Some(genesis) => genesis,
        None => genesis_of(&server)?,
    };
    let file = collect(&server, &genesis, &question)?;
    let bytes = file.to_bytes();
    let proven = file
        .verify(&genesis, &genesis, &Remembering::default())
        .map_err(|error| server.refused(&error))?;
    let out = arguments.out.clone().unwrap_or_else(|| format!("proof.{FILE_ENDING}").into());
    std::fs::write(&out, &bytes).map_err(|error| {
        CommandError::Failed(format!("{} cannot be written: {error}", out.display()))
    })?;
    if arguments.json {
        say(json(&ProvenView::from(&proven))?);
        return Ok(());
    }
    say(proven_text(&proven));
    say(format_args!(
        "written    {} bytes; anybody may check them: serin verify-proof {} --genesis {genesis}",
        bytes.len(),
        out.display()
    ));
    Ok(())
}

fn genesis_of(server: &Server) -> Result<Hash, CommandError> {
    let status = server.client().wait(server.client().http().status())?;
    status.genesis.parse().map_err(|error| server.refused(&error))
}

/// The answer, the links up to its set, and the start: all that the file holds.
fn collect(
    server: &Server,
    genesis: &Hash,
    question: &Question,
) -> Result<ProofFile, CommandError> {
    let start = server.start(None)?;
    let mut light =
        Light::begin(&start, genesis, genesis).map_err(|error| server.refused(&error))?;
    let answer = server.answer(question)?;
    let mut links: Vec<Link> = Vec::new();
    if let Some(last) = answer.last {
        let wanted = last.justification.set();
        while light.set() < wanted {
            let Some(mut fragment) = server.fragment(light.set())? else { break };
            let needed = usize::try_from(wanted.since(light.set())).unwrap_or(usize::MAX);
            fragment.links.truncate(needed);
            light
                .on_fragment(&fragment, &Remembering::default())
                .map_err(|error| server.refused(&error))?;
            links.extend(fragment.links);
        }
        links.push(last);
    }
    Ok(ProofFile { start, links, statement: answer.statement })
}
