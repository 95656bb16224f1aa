//! `serin key`: makes secrets and shows what belongs to one.
//!
//! A secret is a mnemonic, a seed as `0x` and 64 digits, or a derivation path such as `//Alice` from
//! the development phrase. Session keys are derived from it; nothing is written to a file, except by a running node that
//! is asked to make keys of its own.

use super::client::Client;
use super::output::{complain, say};
use super::query::{account_id, json};
use super::{CommandError, NodeAddress};
use crate::rpc::api::ApiClient;
use clap::{Args, Subcommand};
use serde::Serialize;
use serin_consensus::staking::keys::SessionSecrets;
use serin_state::derive::{Seed, mnemonic};
use serin_state::types::{AccountId, SecretKey};
use zeroize::Zeroizing;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a new secret and show it, once.
    Generate(GenerateArguments),
    /// Show the address and the keys that belong to a secret.
    Inspect(InspectArguments),
    /// Make new session keys in a running node, which keeps them. `serin staking set-keys` registers them.
    Rotate(RotateArguments),
}

/// Arguments of `key rotate`.
#[derive(Debug, Args)]
pub(super) struct RotateArguments {
    /// The account that will register them: address, public key or //Name.
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    node: NodeAddress,
}

/// Arguments of `key generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// Number of words.
    #[arg(long, value_name = "N", default_value = "12", value_parser = ["12", "24"])]
    words: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Arguments of `key inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArguments {
    /// A mnemonic in quotes, a 0x seed, or //Alice; - reads it from standard input.
    uri: String,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What belongs to a secret. Scripts rely on the names.
#[derive(Debug, Serialize)]
struct KeyView {
    address: String,
    public_key: String,
    seal: String,
    lottery: String,
    vote: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<String>,
}

/// Makes or shows.
pub(super) fn run(command: &KeyCommand) -> Result<(), CommandError> {
    match command {
        KeyCommand::Generate(arguments) => generate(arguments),
        KeyCommand::Inspect(arguments) => inspect(arguments),
        KeyCommand::Rotate(arguments) => rotate(arguments),
    }
}

/// The account key of a secret.
pub(super) fn secret(uri: &str) -> Result<SecretKey, CommandError> {
    Ok(seed(uri)?.key())
}

fn seed(uri: &str) -> Result<Seed, CommandError> {
    Seed::from_uri(uri).map_err(|error| CommandError::Usage(error.to_string()))
}

/// The session keys of a secret.
pub(super) fn session(uri: &str) -> Result<SessionSecrets, CommandError> {
    Ok(SessionSecrets::of(&seed(uri)?))
}

/// Prints keys and proof alone, for scripts; what to do with them goes to the error stream.
fn rotate(arguments: &RotateArguments) -> Result<(), CommandError> {
    let account = account_id(&arguments.account)?;
    let client = Client::new(&arguments.node.rpc_url)?;
    let made = client.wait(client.http().rotate_keys(account.to_string()))?;
    say(format_args!("{made}"));
    complain(format_args!(
        "the node keeps the new keys; register them: serin staking set-keys --from SECRET --keys {}..",
        made.get(..10).unwrap_or_default()
    ));
    Ok(())
}

fn generate(arguments: &GenerateArguments) -> Result<(), CommandError> {
    let bytes = if arguments.words == "24" { 32 } else { 16 };
    let mut entropy = Zeroizing::new(vec![0; bytes]);
    getrandom::fill(&mut entropy).map_err(|error| {
        CommandError::Failed(format!("the system gives no randomness: {error}"))
    })?;
    let phrase = mnemonic(&entropy).map_err(|error| CommandError::Failed(error.to_string()))?;
    let mut view = view(&phrase)?;
    view.phrase = Some(phrase.to_string());
    print(&view, arguments.json)
}

fn inspect(arguments: &InspectArguments) -> Result<(), CommandError> {
    let mut uri = Zeroizing::new(arguments.uri.clone());
    if uri.as_str() == "-" {
        uri.clear();
        std::io::stdin()
            .read_line(&mut uri)
            .map_err(|error| CommandError::Failed(format!("standard input: {error}")))?;
    }
    print(&view(uri.trim())?, arguments.json)
}

fn view(uri: &str) -> Result<KeyView, CommandError> {
    let seed = seed(uri)?;
    let public = seed.key().public();
    let session = SessionSecrets::of(&seed).keys();
    Ok(KeyView {
        address: AccountId(public.0).to_string(),
        public_key: public.to_string(),
        seal: session.seal.to_string(),
        lottery: session.lottery.to_string(),
        vote: session.vote.to_string(),
        phrase: None,
    })
}

fn print(view: &KeyView, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        say(format_args!("{}", json(view)?));
        return Ok(());
    }
    if let Some(phrase) = &view.phrase {
        say(format_args!("phrase      {phrase}"));
        say(format_args!(
            "            Write it down: it is shown only now, and whoever has it has the account."
        ));
    }
    say(format_args!("address     {}", view.address));
    say(format_args!("public key  {}", view.public_key));
    say(format_args!("seal key    {}", view.seal));
    say(format_args!("lottery key {}", view.lottery));
    say(format_args!("vote key    {}", view.vote));
    Ok(())
}
