//! What can be proven, as arguments, and how a proven fact is shown, for people or as JSON.
//!
//! Used by `serin query proof`, `serin verify-proof` and `serin light`, so all three say the same of the same fact.

use super::CommandError;
use super::query::account_id;
use crate::proof::{Fact, Proven, Question, StatementProof};
use crate::rpc::view::PointView;
use crate::runtime::Call;
use clap::Subcommand;
use serde::Serialize;
use serin_consensus::finality::BlockRef;
use serin_state::types::{Account, AccountId, Balance, Hash, Height};

/// What is to be proven.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum QuestionCommand {
    /// That a block is final.
    Header {
        /// Its height. Default: the newest final block.
        block: Option<u32>,
    },
    /// What an account holds, or that it does not exist.
    Account {
        /// SS58 address, public key in hexadecimal, or a development account such as //Alice.
        account: String,
        /// After the final block at this height. Default: the newest.
        #[arg(long, value_name = "HEIGHT")]
        at: Option<u32>,
    },
    /// That a transaction stands in a final block, and what became of it.
    Transaction {
        /// Its hash.
        hash: Hash,
        /// Height of its block, where the node does not remember it.
        #[arg(long, value_name = "HEIGHT")]
        block: Option<u32>,
    },
    /// That something happened in a final block.
    Event {
        /// Height of the block.
        block: u32,
        /// Place among the events there, from zero.
        index: u32,
        /// Place of the transaction in the block, from zero. Default: an event of the block itself.
        #[arg(long, value_name = "PLACE")]
        transaction: Option<u32>,
    },
}

impl QuestionCommand {
    /// The question that a node is asked.
    pub(super) fn question(&self) -> Result<Question, CommandError> {
        Ok(match self {
            Self::Header { block } => Question::Header { block: block.map(Height) },
            Self::Account { account, at } => {
                Question::Account { id: account_id(account)?, block: at.map(Height) }
            }
            Self::Transaction { hash, block } => {
                Question::Transaction { hash: *hash, block: block.map(Height) }
            }
            Self::Event { block, index, transaction } => {
                Question::Event { block: Height(*block), transaction: *transaction, index: *index }
            }
        })
    }
}

/// A proven fact as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ProvenView {
    /// Hash of the genesis block.
    genesis: String,
    /// The chain's name.
    chain: String,
    /// The trusted block from which everything is proven.
    start: PointView,
    /// Changes of the voter set since genesis.
    sets: u64,
    /// The final block under which the fact is proven.
    last: PointView,
    /// The fact.
    #[serde(flatten)]
    fact: FactView,
}

/// A block and what is true of it, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct FactView {
    /// The block that is spoken of.
    block: PointView,
    /// Its slot.
    slot: u64,
    /// What is true of it.
    #[serde(flatten)]
    kind: KindView,
}

#[derive(Debug, Serialize)]
#[serde(tag = "proves", rename_all = "snake_case")]
enum KindView {
    Header { state_root: String },
    Account(AccountFactView),
    Transaction(TransactionFactView),
    Event { transaction: Option<u64>, index: u32, event: String },
}

#[derive(Debug, Serialize)]
struct AccountFactView {
    address: String,
    exists: bool,
    free: String,
    held: String,
    frozen: String,
    nonce: u64,
}

#[derive(Debug, Serialize)]
struct TransactionFactView {
    hash: String,
    index: u64,
    sender: String,
    call: String,
    ok: bool,
    error: Option<String>,
    fee: String,
    events: Vec<String>,
}

pub(super) fn point(block: BlockRef) -> PointView {
    PointView { height: block.height.0, hash: block.hash.to_string() }
}

impl From<&Proven> for ProvenView {
    fn from(proven: &Proven) -> Self {
        Self {
            genesis: proven.genesis.to_string(),
            chain: proven.chain.clone(),
            start: point(proven.start),
            sets: proven.sets,
            last: point(proven.last),
            fact: FactView::from(&proven.statement),
        }
    }
}

impl From<&StatementProof> for FactView {
    fn from(proof: &StatementProof) -> Self {
        let header = &proof.header;
        let block = point(BlockRef { hash: proof.hash, height: header.height() });
        let kind = match &proof.fact {
            Fact::Header => KindView::Header { state_root: header.unsealed.state_root.to_string() },
            Fact::Account(id, account) => KindView::Account(account_view(*id, account.as_ref())),
            Fact::Transaction { hash, transaction, index, outcome } => {
                KindView::Transaction(TransactionFactView {
                    hash: hash.to_string(),
                    index: *index,
                    sender: transaction.transaction.sender.to_string(),
                    call: Call::describe(&transaction.transaction.call),
                    ok: outcome.result.is_ok(),
                    error: outcome.result.as_ref().err().map(ToString::to_string),
                    fee: outcome.fee.0.to_string(),
                    events: outcome.events.iter().map(ToString::to_string).collect(),
                })
            }
            Fact::Event { transaction, index, event } => KindView::Event {
                transaction: *transaction,
                index: *index,
                event: event.to_string(),
            },
        };
        Self { block, slot: header.slot().0, kind }
    }
}

fn account_view(id: AccountId, account: Option<&Account>) -> AccountFactView {
    let exists = account.is_some();
    let account = account.cloned().unwrap_or_default();
    let held = account.holds.iter().fold(Balance::ZERO, |sum, one| sum.saturating_add(one.amount));
    let frozen = account.freezes.iter().map(|one| one.amount).max().unwrap_or_default();
    AccountFactView {
        address: id.to_string(),
        exists,
        free: account.free.0.to_string(),
        held: held.0.to_string(),
        frozen: frozen.0.to_string(),
        nonce: account.nonce.0,
    }
}

/// What a proof file proves, for people.
pub(super) fn proven_text(proven: &Proven) -> String {
    let (start, last) = (proven.start, proven.last);
    let mut lines = vec![
        format!("chain      {} {}", proven.chain, proven.genesis),
        format!("trusted    block {} {}", start.height, start.hash),
        format!("final      block {} {}", last.height, last.hash),
        format!("over       {} changes of the voter set", proven.sets),
        fact_text(&proven.statement),
    ];
    let age = proven.last_slot.since(proven.start_slot);
    if age > proven.bonding_slots {
        lines.push(format!(
            "NOTE       the final block is {age} slots younger than the trusted one, and stake is bound for {} only: \
             keys withdrawn since could sign another history",
            proven.bonding_slots
        ));
    }
    lines.join("\n")
}

/// A block and what is true of it, for people.
pub(super) fn fact_text(proof: &StatementProof) -> String {
    let header = &proof.header;
    let mut lines = vec![format!("block      {} {}", header.height(), proof.hash)];
    match &proof.fact {
        Fact::Header => lines.push(format!("proves     it is final, with slot {}", header.slot())),
        Fact::Account(id, None) => {
            lines.push(format!("proves     account {id} does not exist after it"));
        }
        Fact::Account(id, Some(account)) => {
            let view = account_view(*id, Some(account));
            lines.push(format!("proves     account {id} has after it"));
            let amounts = [("free", view.free), ("held", view.held), ("frozen", view.frozen)];
            lines.extend(amounts.map(|(name, units)| format!("{name:<10} {}", tokens(&units))));
            lines.push(format!("nonce      {}", view.nonce));
        }
        Fact::Transaction { hash, transaction, index, outcome } => {
            let (sender, call) = (transaction.transaction.sender, &transaction.transaction.call);
            lines.push(format!("proves     transaction {hash} stands in it at place {index}"));
            lines.push(format!("call       {} by {sender}", Call::describe(call)));
            let result = outcome.result.as_ref().err().map_or("ok".into(), ToString::to_string);
            lines.push(format!("result     {result}, fee {}", outcome.fee));
            lines.extend(outcome.events.iter().map(|event| format!("event      {event}")));
        }
        Fact::Event { transaction, index, event } => {
            let of = transaction.map_or_else(
                || "of the block itself".to_owned(),
                |place| format!("of the transaction at place {place}"),
            );
            lines.push(format!("proves     event {index} {of} is {event}"));
        }
    }
    lines.join("\n")
}

fn tokens(units: &str) -> String {
    units.parse().map_or_else(|_| units.to_owned(), |units| Balance(units).to_string())
}
