//! `serin verify-proof`: checks votes from a file, by the code that the node uses.
//!
//! The file names round, set, authorities, target and precommits; real justifications of Polkadot
//! have the same 53-byte payload and are accepted too.

use super::CommandError;
use super::output::say;
use clap::Args;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::ForeignProof;
use std::path::PathBuf;

/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Arguments of `serin verify-proof`.
#[derive(Debug, Args)]
pub(super) struct ProofArguments {
    /// JSON with `round, set_id, authorities, target_hash, target_height, precommits`.
    #[arg(long, value_name = "FILE")]
    votes: PathBuf,
}

/// Checks and says so; exit code 3 where the proof does not hold.
pub(super) fn run(arguments: &ProofArguments) -> Result<(), CommandError> {
    let path = arguments.votes.display();
    let unreadable =
        |error: &dyn std::fmt::Display| CommandError::Usage(format!("{path}: {error}"));
    let bytes = std::fs::metadata(&arguments.votes).map_err(|error| unreadable(&error))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(unreadable(&format!("{bytes} bytes, and at most {FILE_BYTES_MAX} are read")));
    }
    let text = std::fs::read_to_string(&arguments.votes).map_err(|error| unreadable(&error))?;
    let proof: ForeignProof = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    proof.verify(&Strict).map_err(|error| CommandError::Refuted(format!("refused: {error}")))?;
    say(format_args!(
        "accepted: block {} {} is final in round {} of set {}",
        proof.target_height, proof.target_hash, proof.round, proof.set_id
    ));
    Ok(())
}
