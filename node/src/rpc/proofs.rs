//! What JSON-RPC answers to those who believe nothing: encoded proofs in hexadecimal.
//!
//! The bytes are those of `crate::proof` and of the proof chain; whoever asks decodes and checks them. Errors are
//! sentences about what this node cannot prove.

use super::backend::{Node, TransactionStatus};
use crate::proof::{Question, Start, Unprovable};

use crate::runtime::Chain;
use borsh::BorshSerialize;
use serin_state::codec::encode;
use serin_state::types::{Hash, SetId};

/// `proof_start` of a final block.
pub(super) fn start_at(node: &Node<'_>, hash: &Hash) -> Result<String, String> {
    let core = node.core;
    let height = core.block(hash).map(|block| block.header.height());
    let height = height.filter(|height| core.hash_of(*height) == Some(*hash));
    let height = height.ok_or_else(|| format!("the node knows no final block {hash}"))?;
    if height > core.finalized().height {
        return Err(format!("block {hash} is not final yet"));
    }
    core.start_at(height).map(|start| hexadecimal(&start)).map_err(|error| error.to_string())
}

/// `proof_start` of the genesis block, in a thread of its own.
pub(super) async fn start_of_genesis(chain: Chain) -> Result<String, String> {
    let start = tokio::task::spawn_blocking(move || {
        Start::genesis(chain.spec()).map(|start| hexadecimal(&start))
    });
    let start = start.await.ok().flatten();
    start.ok_or_else(|| "the specification of this chain makes no genesis block".to_owned())
}

/// `proof_fragment`.
pub(super) fn fragment(node: &Node<'_>, set: u64) -> Option<String> {
    let set = SetId::first(node.core.chain().genesis()).saturating_add(set);
    node.core.fragment(set).map(|bytes| format!("0x{}", hex::encode(bytes)))
}

/// `proof_answer`.
pub(super) fn answer(node: &Node<'_>, question: Question) -> Result<String, String> {
    let question = with_block(node, question).map_err(|error| error.to_string())?;
    let answer = node.core.prove(&question).map_err(|error| error.to_string())?;
    Ok(hexadecimal(&answer))
}

/// Names the block of a transaction that the node remembers.
fn with_block(node: &Node<'_>, question: Question) -> Result<Question, Unprovable> {
    let Question::Transaction { hash, block: None } = question else { return Ok(question) };
    match node.transactions.status(&hash) {
        TransactionStatus::InBlock(height, _) | TransactionStatus::Final(height, _) => {
            Ok(Question::Transaction { hash, block: Some(height) })
        }
        TransactionStatus::Pooled | TransactionStatus::Dropped(_) | TransactionStatus::Unknown => {
            Err(Unprovable::WhichBlock)
        }
    }
}

fn hexadecimal(value: &impl BorshSerialize) -> String {
    format!("0x{}", hex::encode(encode(value)))
}
