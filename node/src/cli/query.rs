//! `serin query`: accounts, blocks and the status of a running node, for people or as JSON.
//!
//! Answers are those of JSON-RPC: `--json` prints them as they came, the text for people shows the same numbers
//! with their units.

pub(super) mod gov;
mod pools;
pub(super) mod power;
mod staking;
pub(super) mod treasury;

use super::client::Client;
use super::output::say;
use super::{CommandError, NodeAddress};
use crate::rpc::api::{ApiClient, BlockSelector};
use crate::rpc::view::{AccountView, BlockView, StatusView, TransactionView, UpgradeView};
use crate::runtime::words::parse_account;
use clap::{Args, Subcommand};
use serde::Serialize;
use serin_state::types::{AccountId, Balance};

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(super) enum QueryCommand {
    /// Balances and nonce of an account.
    Account(AccountArguments),
    /// A block with its transactions and their outcomes.
    Block(BlockArguments),
    /// What the node holds for final, with the proof: for serin accuse.
    Finality(super::accuse::FinalityArguments),
    /// How referenda stand, and how power is spread.
    Gov(gov::GovArguments),
    /// Pools, and what an account has in its pool.
    Pools(pools::PoolsArguments),
    /// Validators, what they earn, the next election; or the stake of an account.
    Staking(staking::StakingArguments),
    /// How the node does: head, finality, peers, what it waits for.
    Status(Output),
    /// A proof in a file, for those who believe no node.
    Proof(super::prove::ProveArguments),
}

/// Arguments of `query account`.
#[derive(Debug, Args)]
pub(super) struct AccountArguments {
    /// SS58 address, public key in hexadecimal, or a development account such as //Alice.
    account: String,
    /// After which block: best, final, or a height (an archive knows every one, others the last 256 final ones).
    #[arg(long, value_name = "BLOCK", default_value = "best")]
    at: String,
    #[command(flatten)]
    output: Output,
}

/// Arguments of `query block`.
#[derive(Debug, Args)]
pub(super) struct BlockArguments {
    /// Height, hash, best or final.
    #[arg(default_value = "best")]
    block: String,
    #[command(flatten)]
    output: Output,
}

/// How to answer.
#[derive(Debug, Args)]
pub(super) struct Output {
    #[command(flatten)]
    node: NodeAddress,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

impl Output {
    /// Which node to ask.
    pub(super) fn rpc_url(&self) -> &str {
        &self.node.rpc_url
    }
}

/// Asks and prints.
pub(super) fn run(command: &QueryCommand) -> Result<(), CommandError> {
    match command {
        QueryCommand::Account(arguments) => {
            let id = account_id(&arguments.account)?;
            let client = Client::new(&arguments.output.node.rpc_url)?;
            let at = Some(arguments.at.clone());
            let view = client.wait(client.http().account(id.to_string(), at))?;
            print(&arguments.output, &view, account_text)
        }
        QueryCommand::Block(arguments) => {
            let client = Client::new(&arguments.output.node.rpc_url)?;
            let which = arguments.block.parse().map_or_else(
                |_| BlockSelector::Name(arguments.block.clone()),
                BlockSelector::Height,
            );
            let view = client.wait(client.http().block(which))?.ok_or_else(|| {
                CommandError::Failed(format!("the node has no block {}", arguments.block))
            })?;
            print(&arguments.output, &view, block_text)
        }
        QueryCommand::Proof(arguments) => super::prove::run(arguments),
        QueryCommand::Finality(arguments) => super::accuse::query_finality(arguments),
        QueryCommand::Gov(arguments) => gov::run(arguments),
        QueryCommand::Pools(arguments) => pools::run(arguments),
        QueryCommand::Staking(arguments) => staking::run(arguments),
        QueryCommand::Status(output) => {
            let client = Client::new(&output.node.rpc_url)?;
            let view = client.wait(client.http().status())?;
            print(output, &view, status_text)
        }
    }
}

/// An account as users name it: an address, a key, or the derivation path of a development account.
pub(super) fn account_id(text: &str) -> Result<AccountId, CommandError> {
    parse_account(text)
        .map_err(|error| CommandError::Usage(format!("{text:?} is no account: {error}")))
}

fn print<V: Serialize>(
    output: &Output,
    view: &V,
    text: fn(&V) -> String,
) -> Result<(), CommandError> {
    if output.json {
        say(format_args!("{}", json(view)?));
    } else {
        say(format_args!("{}", text(view)));
    }
    Ok(())
}

/// One line of JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, CommandError> {
    serde_json::to_string(value)
        .map_err(|error| CommandError::Failed(format!("the answer cannot be shown: {error}")))
}

/// An amount of the smallest unit as tokens; anything else as it is.
fn tokens(amount: &str) -> String {
    amount.parse().map_or_else(|_| amount.to_owned(), |units| Balance(units).to_string())
}

fn account_text(view: &AccountView) -> String {
    let mut lines = vec![
        format!("address    {}", view.address),
        format!("public key {}", view.public_key),
        format!("free       {}", tokens(&view.free)),
        format!("held       {}", tokens(&view.held)),
        format!("frozen     {}", tokens(&view.frozen)),
        format!("spendable  {}", tokens(&view.spendable)),
        format!("nonce      {}", view.nonce),
        format!("after      block {} {}", view.at.height, view.at.hash),
    ];
    if !view.exists {
        lines.push(
            "The account does not exist: nothing was ever sent to it, or it was reaped.".into(),
        );
    }
    lines.join("\n")
}

fn block_text(view: &BlockView) -> String {
    let author = view.author.as_deref().unwrap_or("nobody");
    let mut lines = vec![
        format!("block      {} {}", view.height, view.hash),
        format!("parent     {}", view.parent),
        format!("slot       {} ({} by {author})", view.slot, view.kind),
        format!("final      {}", if view.finalized { "yes" } else { "not yet" }),
        format!("state root {}", view.state_root),
        format!("version    {}", view.version),
    ];
    if view.new_epoch {
        lines.push("announces  the next epoch".into());
    }
    if let Some(voters) = view.new_set {
        lines.push(format!("announces  a set of {voters} voters"));
    }
    lines.push(format!("{} transactions", view.transactions.len()));
    lines.extend(view.transactions.iter().map(transaction_text));
    lines.extend(view.events.iter().map(|event| format!("  event {event}")));
    lines.join("\n")
}

fn transaction_text(view: &TransactionView) -> String {
    let head = format!("  {} {} from {} nonce {}", view.hash, view.call, view.sender, view.nonce);
    let Some(outcome) = &view.outcome else { return head };
    let result = outcome.error.as_deref().unwrap_or("ok");
    let mut lines = vec![head, format!("    {result}, fee {}", tokens(&outcome.fee))];
    lines.extend(outcome.events.iter().map(|event| format!("    event {event}")));
    lines.join("\n")
}

/// An upgrade in a line.
pub(super) fn upgrade_text(view: &UpgradeView) -> String {
    let by = view.referendum.map_or_else(|| "root".to_owned(), |by| format!("referendum {by}"));
    let when = if view.pending { "pending" } else { "done" };
    format!(
        "upgrade    {when}: version {} from block {} on, by {by}; {} of {} validators know it",
        view.version, view.height, view.ready, view.validators
    )
}

fn status_text(view: &StatusView) -> String {
    let mut lines = vec![
        format!(
            "node       {} ({}) on {}, protocol {}",
            view.name, view.role, view.chain, view.version
        ),
        format!("genesis    {}", view.genesis),
        format!("best       {} {}", view.best.height, view.best.hash),
        format!("final      {} {}", view.finalized.height, view.finalized.hash),
        format!("slot       {} of {} ms, epoch {}", view.slot, view.slot_ms, view.epoch),
        format!("voters     {} in set {}, round {}", view.set.voters, view.set.id, view.set.round),
        format!("pool       {} transactions", view.pool),
        format!("sync       {}: {}", view.sync.state, view.sync.reason),
        format!(
            "keeps      blocks from {} on, states from {} on",
            view.oldest_block, view.oldest_state
        ),
    ];
    let points: Vec<String> =
        view.sync_points.iter().map(|point| point.height.to_string()).collect();
    if !points.is_empty() {
        lines.push(format!("serves     the state of block {}", points.join(" and ")));
    }
    if let Some(block) = &view.checkpoint {
        lines.push(format!(
            "checkpoint {} (block {}, for --checkpoint of others)",
            block.hash, block.height
        ));
    }
    for failure in &view.sync.failures {
        let peer = failure.peer.as_deref().unwrap_or("a peer that has gone");
        lines.push(format!("failed     {peer}: {}", failure.how));
    }
    lines.extend(view.upgrade.as_ref().map(upgrade_text));
    lines.push(format!("peers      {}", view.peers.len()));
    lines.extend(view.peers.iter().map(|peer| format!("  {} {}", peer.id, peer.address)));
    if view.root_origin {
        lines.push("WARNING    this chain has a root account that may do everything".into());
    }
    if !view.standard_rules {
        lines.push("WARNING    this chain does not follow the standard rules".into());
    }
    lines.join("\n")
}
