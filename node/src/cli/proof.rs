//! `serin verify-proof`: checks a proof file, or votes from a file, by the code that the node uses.
//!
//! A proof file needs nothing but the genesis hash (`crate::proof`). A file of votes names round, set, authorities,
//! target and precommits; real justifications of Polkadot have the same 53-byte payload and are accepted too.

use super::CommandError;
use super::output::say;
use super::query::json;
use super::question::{ProvenView, proven_text};
use crate::proof::{FILE_BYTES_MAX, ProofFile};
use clap::Args;
use serin_consensus::crypto::Remembering;
use serin_consensus::finality::ForeignProof;
use serin_state::types::Hash;
use std::path::{Path, PathBuf};

/// Largest file of votes, in bytes.
const VOTES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Arguments of `serin verify-proof`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin query proof account //Alice --out alice.serinproof\n  \
    serin verify-proof alice.serinproof --genesis 0x4c1d..\n\n\
    Exit code 0: proven; 3: refused, and why; 2: the question makes no sense.")]
pub(super) struct ProofArguments {
    /// A proof file, as serin query proof writes it.
    #[arg(
        value_name = "FILE",
        required_unless_present = "votes",
        conflicts_with = "votes",
        requires = "genesis"
    )]
    file: Option<PathBuf>,
    /// Genesis hash of the chain: the one thing that has to be trusted.
    #[arg(long, value_name = "HASH")]
    genesis: Option<Hash>,
    /// A final block that is trusted too, where the file starts there and not at genesis.
    #[arg(long, value_name = "HASH", requires = "genesis")]
    checkpoint: Option<Hash>,
    /// JSON with `round, set_id, authorities, target_hash, target_height, precommits`.
    #[arg(long, value_name = "VOTES")]
    votes: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Checks and says so; exit code 3 where the proof does not hold.
pub(super) fn run(arguments: &ProofArguments) -> Result<(), CommandError> {
    match (&arguments.file, &arguments.genesis, &arguments.votes) {
        (Some(file), Some(genesis), None) => verify_file(arguments, file, genesis),
        (None, _, Some(votes)) => verify_votes(votes),
        (_, _, _) => Err(CommandError::Usage(
            "give a proof file with --genesis HASH, or votes with --votes FILE".to_owned(),
        )),
    }
}

fn verify_file(
    arguments: &ProofArguments,
    file: &Path,
    genesis: &Hash,
) -> Result<(), CommandError> {
    let bytes = read(file, FILE_BYTES_MAX)?;
    let trusted = arguments.checkpoint.unwrap_or(*genesis);
    let refused = |error| CommandError::Refuted(format!("refused: {}: {error}", file.display()));
    let proof = ProofFile::from_bytes(&bytes).map_err(refused)?;
    let proven = proof.verify(&trusted, genesis, &Remembering::default()).map_err(refused)?;
    if arguments.json {
        say(json(&ProvenView::from(&proven))?);
    } else {
        say(format_args!("accepted"));
        say(proven_text(&proven));
    }
    Ok(())
}

fn verify_votes(path: &Path) -> Result<(), CommandError> {
    let bytes = read(path, VOTES_BYTES_MAX)?;
    let proof: ForeignProof =
        serde_json::from_slice(&bytes).map_err(|error| unreadable(path, &error))?;
    proof
        .verify(&Remembering::default())
        .map_err(|error| CommandError::Refuted(format!("refused: {error}")))?;
    say(format_args!(
        "accepted: block {} {} is final in round {} of set {}",
        proof.target_height, proof.target_hash, proof.round, proof.set_id
    ));
    Ok(())
}

/// The bytes of a file, which is not read where it is too long.
fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CommandError> {
    let bytes = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > bytes_max) {
        let why = format!("{bytes} bytes, and at most {bytes_max} are read");
        return Err(unreadable(path, &why));
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(format!("{}: {error}", path.display()))
}
