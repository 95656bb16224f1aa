//! `serin accuse` and `serin export-votes`: who is guilty where two blocks are final that exclude each other.
//!
//! Offline from files that nodes export, and online with running nodes as further witnesses. The trusted voters are those
//! of the chain specification, never those of a file. Exit code 0: the guilty are named; 3: there is no violation;
//! 2: a file cannot be used.
//!
//! Bounds: files as [`VoteFile`] bounds them; one question a round and node.

use super::client::Client;
use super::output::{complain, say};
use super::query::json;
use super::{ChainArguments, CommandError, NodeAddress};
use crate::chain_spec::ChainSpec;
use crate::core::genesis_set;
use crate::rpc::api::ApiClient;
use crate::service::{Paths, vote_log};
use clap::Args;
use serde::Serialize;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::accuse::{
    AccuseError, Case, Challenge, Conflict, Court, Culprit, Evidence, FILE_BYTES_MAX,
    FinalityRecord, Offence, Question, TrustedSet, Verdict, VoteFile, VoteLog, accuse_asking,
    check_culprit, last_common_conflict,
};
use serin_state::codec::encode;
use serin_state::types::{PublicKey, SecretKey};
use std::path::{Path, PathBuf};

/// Arguments of `accuse`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
        serin query finality --rpc-url http://127.0.0.1:9944 > A.json\n  \
        serin query finality --rpc-url http://127.0.0.1:9945 > B.json\n  \
        serin accuse A.json B.json --log C.json --rpc http://127.0.0.1:9946 --chain chain.json\n\n\
        Exit codes: 0 the guilty are named, 2 a file cannot be used, 3 there is no violation.")]
pub(super) struct AccuseArguments {
    /// What one node holds for final, as `serin query finality` prints it.
    first: PathBuf,
    /// What another node holds for final.
    second: PathBuf,
    /// Votes that a node saw, as `serin export-votes` prints them. May be given several times.
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// JSON-RPC address of a node to ask for its votes. May be given several times.
    #[arg(long, value_name = "URL")]
    rpc: Vec<String>,
    /// Who signs challenges that nobody answers. Default: a key made for this run.
    #[arg(long, value_name = "SECRET")]
    challenger: Option<String>,
    /// The chain: a preset (dev, local, kusama) or a chain specification file.
    #[arg(long, value_name = "CHAIN", default_value = "local")]
    chain: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Arguments of `export-votes`.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// Leave out rounds before this one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    from_round: u64,
    /// Leave out rounds after this one.
    #[arg(long, value_name = "N", default_value_t = u64::MAX)]
    to_round: u64,
}

/// Arguments of `query finality`.
#[derive(Debug, Args)]
pub(super) struct FinalityArguments {
    /// The first justification at this height or above. Default: the newest.
    #[arg(long, value_name = "HEIGHT")]
    at: Option<u32>,
    #[command(flatten)]
    node: NodeAddress,
}

/// `query finality`: prints what the node holds for final, for `accuse`.
pub(super) fn query_finality(arguments: &FinalityArguments) -> Result<(), CommandError> {
    let client = Client::new(&arguments.node.rpc_url)?;
    let file = client.wait(client.http().finality_record(arguments.at))?;
    let file = file.ok_or_else(|| {
        CommandError::Failed("the node has no justification at this height or above".into())
    })?;
    say(file.to_json());
    Ok(())
}

/// `export-votes`: prints the vote log of a node's base path. The node may be running.
pub(super) fn export(arguments: &ExportArguments) -> Result<(), CommandError> {
    let base = match &arguments.chain.base_path {
        Some(base) => base.clone(),
        None => super::run::default_base_path()?,
    };
    let spec = super::spec::load(&arguments.chain.chain)?;
    let folder = Paths::new(&base, &spec.id).votes();
    if !folder.exists() {
        return Err(CommandError::Usage(format!(
            "there is no vote log at {}; --base-path names the node's",
            folder.display()
        )));
    }
    let genesis = spec.genesis().hash;
    let rounds = arguments.from_round..=arguments.to_round;
    let log = vote_log::read(&folder, &genesis, |vote| rounds.contains(&vote.round.0))
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    complain(format_args!("{} votes of {} rounds", log.len(), log.rounds().count()));
    say(VoteFile::new(genesis, &log, None).to_json());
    Ok(())
}

/// `accuse`.
pub(super) fn run(arguments: &AccuseArguments) -> Result<(), CommandError> {
    let spec = super::spec::load(&arguments.chain)?;
    let trusted = genesis_set(&spec)
        .ok_or_else(|| CommandError::Usage("the chain has no voters at genesis".into()))?;
    let court =
        Court { genesis: spec.genesis().hash, rules: spec.rules.finality, verifier: &Strict };
    let (first, mut logs) = read_record(&court, &arguments.first, &trusted)?;
    let (second, more) = read_record(&court, &arguments.second, &trusted)?;
    logs.extend(more);
    for path in &arguments.log {
        logs.push(read(&court, path)?.log);
    }
    let conflict = last_common_conflict(&court, trusted, &first, &second)
        .map_err(|error| CommandError::Refuted(format!("there is no violation: {error}")))?;
    let verdict = judge(&court, &conflict, arguments, &logs)?;
    for culprit in &verdict.culprits {
        // The checker shares nothing with the procedure: a mistake in one does not pass the other.
        check_culprit(&court, &conflict.common.set, culprit)
            .map_err(|error| CommandError::Failed(format!("a proof does not check: {error}")))?;
    }
    let view = view(&spec, &court, &conflict, &verdict);
    if arguments.json {
        say(json(&view)?);
    } else {
        say(text(&view));
    }
    Ok(())
}

type RealCourt = Court<'static, Strict>;

fn judge(
    court: &RealCourt,
    conflict: &Conflict,
    arguments: &AccuseArguments,
    logs: &[VoteLog],
) -> Result<Verdict, CommandError> {
    let case = Case {
        set: &conflict.common.set,
        first: &conflict.first,
        second: &conflict.second,
        start: conflict.common.start,
        headers: &conflict.headers,
    };
    let mut witnesses = Vec::new();
    for url in &arguments.rpc {
        witnesses.push((url, Client::new(url)?));
    }
    let mut ask = |challenge: &Challenge| {
        let asked = witnesses.iter().filter_map(|(url, client)| {
            let log = ask_node(court, client, challenge);
            log.map_err(|sentence| complain(format_args!("{url}: {sentence}"))).ok()
        });
        asked.collect()
    };
    let challenger = challenger(arguments)?;
    accuse_asking(court, &case, logs, &challenger, &mut ask).map_err(|error| match error {
        AccuseError::MissingHeaders | AccuseError::Answer(_) => {
            CommandError::Usage(error.to_string())
        }
        AccuseError::NoConflict
        | AccuseError::Justification(_)
        | AccuseError::BeyondChange
        | AccuseError::NotAccountable => {
            CommandError::Refuted(format!("nobody is accused: {error}"))
        }
    })
}

fn challenger(arguments: &AccuseArguments) -> Result<SecretKey, CommandError> {
    if let Some(secret) = &arguments.challenger {
        return super::key::secret(secret);
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        CommandError::Failed(format!("the system gives no randomness: {error}"))
    })?;
    Ok(SecretKey::from_seed(&seed))
}

/// The votes that a running node saw of the round that a challenge asks for.
fn ask_node(court: &RealCourt, client: &Client, challenge: &Challenge) -> Result<VoteLog, String> {
    let round = match challenge.question {
        Question::Estimate => challenge.round.saturating_sub(1),
        Question::Prevotes => challenge.round,
    };
    let answer = client.wait(client.http().finality_votes(challenge.set.0, round.0));
    let file = answer.map_err(|error| error.to_string())?;
    let file = file.ok_or_else(|| "the node keeps no log".to_owned())?;
    let evidence = VoteFile::check(court, &file.to_json()).map_err(|error| error.to_string())?;
    Ok(evidence.log)
}

/// A file that holds what is final.
fn read_record(
    court: &RealCourt,
    path: &Path,
    trusted: &TrustedSet,
) -> Result<(FinalityRecord, Vec<VoteLog>), CommandError> {
    let evidence = read(court, path)?;
    let (of, record) = evidence.record.ok_or_else(|| {
        CommandError::Usage(format!(
            "{}: it says nothing about finality; serin query finality prints what is needed",
            path.display()
        ))
    })?;
    if of != *trusted {
        return Err(CommandError::Usage(format!(
            "{}: it begins with other voters than those of the chain's genesis",
            path.display()
        )));
    }
    Ok((record, vec![evidence.log]))
}

fn read(court: &RealCourt, path: &Path) -> Result<Evidence, CommandError> {
    let unusable =
        |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", path.display()));
    let bytes = std::fs::metadata(path).map_err(|error| unusable(&error))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(unusable(&format!("{bytes} bytes, and at most {FILE_BYTES_MAX} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unusable(&error))?;
    VoteFile::check(court, &text).map_err(|error| unusable(&error))
}

/// What is printed.
#[derive(Debug, Serialize)]
struct VerdictView {
    violation: bool,
    /// Set changes since genesis.
    set: u64,
    total: u64,
    threshold: u64,
    /// What the procedure promises: f + 1 by the standard rules.
    promised: u64,
    /// Of all culprits.
    weight: u64,
    /// Where somebody is guilty by silence: the last slot in which an answer frees all of them.
    answer_until_slot: Option<u64>,
    blocks: Vec<BlockView>,
    culprits: Vec<CulpritView>,
}

#[derive(Debug, Serialize)]
struct BlockView {
    height: u32,
    hash: String,
    round: u64,
}

#[derive(Debug, Serialize)]
struct CulpritView {
    public_key: String,
    /// The validator's account, where the vote key is one of genesis.
    address: Option<String>,
    weight: u64,
    /// `equivocation` or `unanswered`.
    offence: &'static str,
    round: u64,
    /// Encodings in hexadecimal, for `check_culprit`.
    proof: ProofView,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ProofView {
    Equivocation { votes: String },
    Unanswered { vote: String, way: Vec<String>, challenge: String, justification: String },
}

fn view(
    spec: &ChainSpec,
    court: &RealCourt,
    conflict: &Conflict,
    verdict: &Verdict,
) -> VerdictView {
    let set = &conflict.common.set;
    let block = |proof: &serin_consensus::finality::Justification| BlockView {
        height: proof.target().height.0,
        hash: proof.target().hash.to_string(),
        round: proof.round().0,
    };
    let until = verdict.culprits.iter().find_map(|culprit| match &culprit.proof {
        Offence::Unanswered { summons, .. } => Some(summons.challenge.challenge.until.0),
        Offence::Equivocation(_) => None,
    });
    VerdictView {
        violation: true,
        set: verdict.set.shown(),
        total: set.total().0,
        threshold: set.threshold(&court.rules).0,
        promised: verdict.promised.0,
        weight: verdict.weight().0,
        answer_until_slot: until,
        blocks: vec![block(&conflict.first), block(&conflict.second)],
        culprits: verdict.culprits.iter().map(|culprit| culprit_view(spec, culprit)).collect(),
    }
}

fn culprit_view(spec: &ChainSpec, culprit: &Culprit) -> CulpritView {
    let (offence, round, proof) = match &culprit.proof {
        Offence::Equivocation(both) => {
            let votes = hex::encode(encode(both.as_ref()));
            ("equivocation", both.first.vote.round, ProofView::Equivocation { votes })
        }
        Offence::Unanswered { vote, way, summons } => {
            let proof = ProofView::Unanswered {
                vote: hex::encode(encode(vote.as_ref())),
                way: way.iter().map(|header| hex::encode(encode(header))).collect(),
                challenge: hex::encode(encode(&summons.challenge)),
                justification: hex::encode(encode(summons.justification.as_ref())),
            };
            ("unanswered", summons.challenge.challenge.round, proof)
        }
    };
    CulpritView {
        public_key: format!("0x{}", hex::encode(culprit.voter.0)),
        address: account_of(spec, &culprit.voter),
        weight: culprit.weight.0,
        offence,
        round: round.0,
        proof,
    }
}

fn account_of(spec: &ChainSpec, vote_key: &PublicKey) -> Option<String> {
    let validator = spec.validators.iter().find(|validator| validator.vote == *vote_key)?;
    Some(validator.account.to_string())
}

fn text(view: &VerdictView) -> String {
    let mut lines = vec![format!(
        "Set {} made two blocks final that exclude each other. Guilty: weight {} of {}, at least {} is promised.",
        view.set, view.weight, view.total, view.promised
    )];
    for block in &view.blocks {
        lines.push(format!("final    {} {} in round {}", block.height, block.hash, block.round));
    }
    for culprit in &view.culprits {
        let who = culprit.address.as_deref().unwrap_or(&culprit.public_key);
        let what = match &culprit.proof {
            ProofView::Equivocation { .. } => "voted for two blocks in",
            ProofView::Unanswered { .. } => "has no explanation for its vote in",
        };
        lines.push(format!(
            "guilty   {who} (weight {}) {what} round {}",
            culprit.weight, culprit.round
        ));
    }
    if let Some(slot) = view.answer_until_slot {
        lines.push(format!(
            "What has no explanation here may have one in a log that was not given: publish the challenge; an answer until slot {slot} frees all of them."
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
