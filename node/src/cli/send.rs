//! Signing calls, handing them in, and waiting for what becomes of them: the way of every command that sends.
//!
//! Nonces are counted on from the account's. A call that fails in its block is told with the block and the reason, and
//! ends the command with exit code 1.

use super::client::Client;
use super::output::say;
use super::query::json;
use super::{CommandError, NodeAddress};
use crate::rpc::api::{ApiClient, BlockSelector};
use crate::rpc::view::{StatusView, TransactionStatusView};
use crate::runtime::Call;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, Balance, Hash, Nonce, ProtocolVersion, SecretKey, Slot, Transaction,
};
use std::collections::BTreeMap;

/// How long to wait for one transaction, in questions of [`WAIT_STEP_MS`].
const WAIT_STEPS_MAX: u32 = 1_200;
/// Between two questions, in milliseconds.
const WAIT_STEP_MS: u64 = 100;

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wait {
    /// Until the node has taken it.
    None,
    /// Until it is in a block.
    Block,
    /// Until it is final.
    Final,
}

/// How to send.
#[derive(Debug, Args)]
pub(super) struct SendArguments {
    /// Paid on top of the fee, in tokens.
    #[arg(long, value_name = "TOKENS", default_value = "0")]
    tip: String,
    /// Nonce of the first transaction. Default: the account's next one.
    #[arg(long, value_name = "N")]
    nonce: Option<u64>,
    /// How many slots it may wait, at most 4096.
    #[arg(long, value_name = "SLOTS", default_value_t = 256)]
    expires: u64,
    /// What to wait for.
    #[arg(long, value_enum, default_value_t = Wait::Block)]
    wait: Wait,
    #[command(flatten)]
    node: NodeAddress,
    /// Print one JSON object a transaction.
    #[arg(long)]
    json: bool,
}

impl SendArguments {
    /// Which node to ask.
    pub(super) fn rpc_url(&self) -> &str {
        &self.node.rpc_url
    }
}

/// A call and who signs it.
pub(super) struct Order {
    /// Secret of the sender.
    pub(super) from: SecretKey,
    /// What to do.
    pub(super) call: Call,
}

/// What became of a transaction. Scripts rely on the names.
#[derive(Debug, Serialize)]
struct SentView {
    hash: String,
    #[serde(flatten)]
    status: TransactionStatusView,
    /// What happened in its block.
    events: Vec<String>,
}

/// Sends all of `orders`, then waits for each.
pub(super) fn send(
    client: &Client,
    arguments: &SendArguments,
    orders: &[Order],
) -> Result<(), CommandError> {
    let tip = parse_amount(&arguments.tip)?;
    let status = client.wait(client.http().status())?;
    let mut nonces: BTreeMap<AccountId, Nonce> = BTreeMap::new();
    let mut hashes = Vec::new();
    for order in orders {
        let sender = AccountId(order.from.public().0);
        let nonce = match (arguments.nonce, nonces.get(&sender)) {
            (Some(given), None) => Nonce(given),
            (_, Some(next)) => *next,
            (None, None) => next_nonce(client, sender)?,
        };
        let bytes = signed(order, (nonce, tip), &status, arguments.expires)?;
        let hash = client.wait(client.http().submit(format!("0x{}", hex::encode(bytes))))?;
        nonces.insert(sender, nonce.saturating_add(1));
        hashes.push(hash);
    }
    for hash in hashes {
        let status = wait_for(client, &hash, arguments.wait)?;
        let (events, failure) = outcome(client, &hash, &status)?;
        let view = SentView { hash, status, events };
        report(arguments, &view)?;
        failure.map_or(Ok(()), |sentence| Err(CommandError::Failed(sentence)))?;
    }
    Ok(())
}

/// An amount in tokens.
pub(super) fn parse_amount(text: &str) -> Result<Balance, CommandError> {
    Balance::parse(text).map_err(|error| CommandError::Usage(format!("{text:?}: {error}")))
}

fn next_nonce(client: &Client, account: AccountId) -> Result<Nonce, CommandError> {
    let view = client.wait(client.http().account(account.to_string(), None))?;
    Ok(Nonce(view.nonce.saturating_add(view.pending)))
}

fn signed(
    order: &Order,
    (nonce, tip): (Nonce, Balance),
    status: &StatusView,
    expires: u64,
) -> Result<Vec<u8>, CommandError> {
    let genesis: Hash = status
        .genesis
        .parse()
        .map_err(|_| CommandError::Failed("the node names no genesis hash".into()))?;
    let transaction = Transaction {
        sender: AccountId(order.from.public().0),
        nonce,
        last_valid_slot: Slot(status.slot).saturating_add(expires),
        tip,
        call: encode(&order.call),
    };
    let version = ProtocolVersion(status.version);
    Ok(encode(&transaction.sign(&order.from, &genesis, version)))
}

fn wait_for(
    client: &Client,
    hash: &str,
    wait: Wait,
) -> Result<TransactionStatusView, CommandError> {
    for _ in 0..WAIT_STEPS_MAX {
        let view = client.wait(client.http().transaction_status(hash.to_owned()))?;
        let reached = match (wait, view.state.as_str()) {
            (_, "dropped") => {
                let reason = view.reason.unwrap_or_default();
                return Err(CommandError::Failed(format!("{hash} was dropped: {reason}")));
            }
            (Wait::None, _) | (_, "final") | (Wait::Block, "in_block") => true,
            (Wait::Block | Wait::Final, _) => false,
        };
        if reached {
            return Ok(view);
        }
        client.pause(WAIT_STEP_MS);
    }
    Err(CommandError::Failed(format!("{hash} is still waiting after two minutes")))
}

/// What happened in the block, and the sentence for a call that failed: the fee is paid, and nothing else is done.
fn outcome(
    client: &Client,
    hash: &str,
    status: &TransactionStatusView,
) -> Result<(Vec<String>, Option<String>), CommandError> {
    let Some(point) = &status.block else { return Ok((Vec::new(), None)) };
    let block = client.wait(client.http().block(BlockSelector::Name(point.hash.clone())))?;
    let transactions = block.map(|block| block.transactions).unwrap_or_default();
    let own = transactions.into_iter().find(|transaction| transaction.hash == hash);
    let outcome = own.and_then(|transaction| transaction.outcome);
    let failure = outcome.as_ref().and_then(|outcome| outcome.error.as_ref()).map(|error| {
        format!("{hash} failed in block {}, and its fee is paid: {error}", point.height)
    });
    Ok((outcome.map(|outcome| outcome.events).unwrap_or_default(), failure))
}

fn report(arguments: &SendArguments, view: &SentView) -> Result<(), CommandError> {
    if arguments.json {
        say(format_args!("{}", json(view)?));
        return Ok(());
    }
    match &view.status.block {
        Some(block) => {
            say(format_args!(
                "{} {} in block {} {}",
                view.hash, view.status.state, block.height, block.hash
            ));
        }
        None => say(format_args!("{} {}", view.hash, view.status.state)),
    }
    for event in &view.events {
        say(format_args!("  {event}"));
    }
    Ok(())
}
