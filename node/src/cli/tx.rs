//! `serin tx`: signs transfers, hands them in and waits for what becomes of them.
//!
//! Nonces are counted on from the account's, so a list of many transfers from one account is handed in at once. The
//! sending itself is [`super::send`]'s.

use super::CommandError;
use super::client::Client;
use super::output::say;
use super::query::account_id;
use super::send::{Order, SendArguments, parse_amount, send};
use crate::rpc::api::ApiClient;
use crate::runtime::words::{USAGE, WordsError};
use crate::runtime::{BalancesCall, Call};
use clap::{Args, Subcommand};
use serin_state::types::{AccountId, Balance, SecretKey};
use std::path::PathBuf;

/// What can be sent.
#[derive(Debug, Subcommand)]
pub(super) enum TxCommand {
    /// Move tokens: one transfer, or a list from a file.
    Transfer(TransferArguments),
    /// Send any call, said in words.
    Call(CallArguments),
}

/// Arguments of `tx call`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    serin tx call --from //Alice balances.transfer //Bob 1.5\n  \
    serin tx call --from //Alice system.as_root [system.schedule_upgrade 2 500]\n\n\
    Calls inside calls stand in brackets; 0x and digits are an encoded call; \"help\" lists all calls.")]
pub(super) struct CallArguments {
    /// Secret of the sender: a mnemonic, a 0x seed or //Alice.
    #[arg(long, value_name = "URI", env = "SERIN_KEY_URI", hide_env_values = true)]
    from: String,
    #[command(flatten)]
    send: SendArguments,
    /// The call and its arguments.
    #[arg(required = true, value_name = "WORD")]
    call: Vec<String>,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "amount", "nonce"])]
    list: Option<PathBuf>,
    #[command(flatten)]
    send: SendArguments,
}

struct Payment {
    from: SecretKey,
    to: AccountId,
    amount: Balance,
}

/// Sends and waits.
pub(super) fn run(command: &TxCommand) -> Result<(), CommandError> {
    match command {
        TxCommand::Transfer(arguments) => transfer(arguments),
        TxCommand::Call(arguments) => call(arguments),
    }
}

fn call(arguments: &CallArguments) -> Result<(), CommandError> {
    let words = arguments.call.join(" ");
    if words == "help" {
        for (name, usage) in USAGE {
            say(format_args!("{name} {usage}"));
        }
        return Ok(());
    }
    let from = super::key::secret(&arguments.from)?;
    let client = Client::new(arguments.send.rpc_url())?;
    let order = Order { from, call: call_of(&client, &words)? };
    send(&client, &arguments.send, &[order])
}

/// The call that the user said; where it changes some numbers, the node is asked for the others.
pub(super) fn call_of(client: &Client, words: &str) -> Result<Call, CommandError> {
    let mut said = Call::from_words(words, None);
    if matches!(said, Err(WordsError::NoNumbers(_))) {
        let numbers = client.wait(client.http().parameters())?;
        said = Call::from_words(words, Some(&numbers));
    }
    said.map_err(|error| CommandError::Usage(error.to_string()))
}

fn transfer(arguments: &TransferArguments) -> Result<(), CommandError> {
    let order = |Payment { from, to, amount }| {
        let call = Call::Balances(BalancesCall::Transfer { to, amount });
        Order { from, call }
    };
    let orders: Vec<Order> = payments(arguments)?.into_iter().map(order).collect();
    send(&Client::new(arguments.send.rpc_url())?, &arguments.send, &orders)
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
