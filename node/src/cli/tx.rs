//! `serin tx`: signs transfers, hands them in and waits for what becomes of them.
//!
//! Nonces are counted on from the account's, so a list of many transfers from one account is handed in at once.

use super::client::Client;
use super::output::say;
use super::query::{account_id, json};
use super::{CommandError, NodeAddress};
use crate::rpc::api::{ApiClient, BlockSelector};
use crate::rpc::view::{StatusView, TransactionStatusView};
use crate::runtime::{BalancesCall, Call};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, Balance, Hash, Nonce, ProtocolVersion, SecretKey, Slot, Transaction,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How long to wait for one transaction, in questions of [`WAIT_STEP_MS`].
const WAIT_STEPS_MAX: u32 = 1_200;
/// Between two questions, in milliseconds.
const WAIT_STEP_MS: u64 = 100;

/// What can be sent.
#[derive(Debug, Subcommand)]
pub(super) enum TxCommand {
    /// Move tokens: one transfer, or a list from a file.
    Transfer(TransferArguments),
}

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

/// Arguments of `tx transfer`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin tx transfer --from //Alice --to //Bob --amount 1.5\n  \
    serin tx transfer --list payments.csv        lines of: from,to,amount")]
pub(super) struct TransferArguments {
    /// Secret of the sender: a mnemonic, a 0x seed or //Alice.
    #[arg(
        long,
        value_name = "URI",
        env = "SERIN_KEY_URI",
        hide_env_values = true,
        required_unless_present = "list"
    )]
    from: Option<String>,
    /// Address, public key or //Name of the receiver.
    #[arg(long, value_name = "ACCOUNT", required_unless_present = "list")]
    to: Option<String>,
    /// In tokens, such as 12.5.
    #[arg(long, value_name = "TOKENS", required_unless_present = "list")]
    amount: Option<String>,
    /// A file with one transfer a line: from,to,amount.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "amount"])]
    list: Option<PathBuf>,
    /// Paid to the author on top of the fee, in tokens.
    #[arg(long, value_name = "TOKENS", default_value = "0")]
    tip: String,
    /// Nonce of the first transfer. Default: the account's next one.
    #[arg(long, value_name = "N", conflicts_with = "list")]
    nonce: Option<u64>,
    /// How many slots it may wait, at most 4096.
    #[arg(long, value_name = "SLOTS", default_value_t = 256)]
    expires: u64,
    /// What to wait for.
    #[arg(long, value_enum, default_value_t = Wait::Block)]
    wait: Wait,
    #[command(flatten)]
    node: NodeAddress,
    /// Print one JSON object a transfer.
    #[arg(long)]
    json: bool,
}

struct Payment {
    from: SecretKey,
    to: AccountId,
    amount: Balance,
}

/// What became of a transfer. Scripts rely on the names.
#[derive(Debug, Serialize)]
struct SentView {
    hash: String,
    #[serde(flatten)]
    status: TransactionStatusView,
}

/// Sends and waits.
pub(super) fn run(command: &TxCommand) -> Result<(), CommandError> {
    let TxCommand::Transfer(arguments) = command;
    let payments = payments(arguments)?;
    let tip = parse_amount(&arguments.tip)?;
    let client = Client::new(&arguments.node.rpc_url)?;
    let status = client.wait(client.http().status())?;
    let mut nonces: BTreeMap<AccountId, Nonce> = BTreeMap::new();
    let mut hashes = Vec::new();
    for payment in &payments {
        let sender = AccountId(payment.from.public().0);
        let nonce = match (arguments.nonce, nonces.get(&sender)) {
            (Some(given), None) => Nonce(given),
            (_, Some(next)) => *next,
            (None, None) => next_nonce(&client, sender)?,
        };
        let bytes = signed(payment, nonce, tip, &status, arguments.expires)?;
        let hash = client.wait(client.http().submit(format!("0x{}", hex::encode(bytes))))?;
        nonces.insert(sender, nonce.saturating_add(1));
        hashes.push(hash);
    }
    for hash in hashes {
        let view = SentView { status: wait_for(&client, &hash, arguments.wait)?, hash };
        report(arguments, &view)?;
        check_outcome(&client, &view)?;
    }
    Ok(())
}

fn payments(arguments: &TransferArguments) -> Result<Vec<Payment>, CommandError> {
    if let (Some(from), Some(to), Some(amount)) =
        (&arguments.from, &arguments.to, &arguments.amount)
    {
        return Ok(vec![payment(from, to, amount)?]);
    }
    let Some(path) = &arguments.list else {
        return Err(CommandError::Usage("give --from, --to and --amount, or --list".into()));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let at = |error: &CommandError| {
                let line = number.saturating_add(1);
                CommandError::Usage(format!("{} line {line}: {error}", path.display()))
            };
            let [from, to, amount] = fields.as_slice() else {
                return Err(at(&CommandError::Usage("a line is: from,to,amount".into())));
            };
            payment(from, to, amount).map_err(|error| at(&error))
        })
        .collect()
}

fn payment(from: &str, to: &str, amount: &str) -> Result<Payment, CommandError> {
    Ok(Payment {
        from: super::key::secret(from)?,
        to: account_id(to)?,
        amount: parse_amount(amount)?,
    })
}

fn parse_amount(text: &str) -> Result<Balance, CommandError> {
    Balance::parse(text).map_err(|error| CommandError::Usage(format!("{text:?}: {error}")))
}

fn next_nonce(client: &Client, account: AccountId) -> Result<Nonce, CommandError> {
    let view = client.wait(client.http().account(account.to_string(), None))?;
    Ok(Nonce(view.nonce.saturating_add(view.pending)))
}

fn signed(
    payment: &Payment,
    nonce: Nonce,
    tip: Balance,
    status: &StatusView,
    expires: u64,
) -> Result<Vec<u8>, CommandError> {
    let genesis: Hash = status
        .genesis
        .parse()
        .map_err(|_| CommandError::Failed("the node names no genesis hash".into()))?;
    let call = Call::Balances(BalancesCall::Transfer { to: payment.to, amount: payment.amount });
    let transaction = Transaction {
        sender: AccountId(payment.from.public().0),
        nonce,
        last_valid_slot: Slot(status.slot).saturating_add(expires),
        tip,
        call: encode(&call),
    };
    let version = ProtocolVersion(status.version);
    Ok(encode(&transaction.sign(&payment.from, &genesis, version)))
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

/// A call can fail in its block: the fee is paid, and nothing else happens.
fn check_outcome(client: &Client, sent: &SentView) -> Result<(), CommandError> {
    let Some(point) = &sent.status.block else { return Ok(()) };
    let block = client.wait(client.http().block(BlockSelector::Name(point.hash.clone())))?;
    let transactions = block.map(|block| block.transactions).unwrap_or_default();
    let own = transactions.into_iter().find(|transaction| transaction.hash == sent.hash);
    match own.and_then(|transaction| transaction.outcome?.error) {
        None => Ok(()),
        Some(error) => Err(CommandError::Failed(format!(
            "{} failed in block {}, and its fee is paid: {error}",
            sent.hash, point.height
        ))),
    }
}

fn report(arguments: &TransferArguments, view: &SentView) -> Result<(), CommandError> {
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
    Ok(())
}
