//! What a node is asked to prove, and what it answers.
//!
//! The answer stands under the newest final block that the node has a justification of: its header, the justification,
//! and the statement, all of one moment. Whoever asks adds the links up to its voter set.

use super::{Fact, Statement, StatementProof};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_consensus::finality::proof_chain::Link;
use serin_state::codec::Wire;
use serin_state::types::{AccountId, Hash, Height};

/// What is to be proven. Heights are those of final blocks; `None` is the newest one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// That a block is final.
    Header {
        /// The block.
        block: Option<Height>,
    },
    /// What an account holds after a block.
    Account {
        /// Whose.
        id: AccountId,
        /// After which block.
        block: Option<Height>,
    },
    /// That a transaction stands in a block, and what became of it.
    Transaction {
        /// The transaction.
        hash: Hash,
        /// Its block.
        block: Option<Height>,
    },
    /// That something happened in a block.
    Event {
        /// In which block.
        block: Height,
        /// Place of the transaction in the block, from zero; `None`: an event of the block itself.
        transaction: Option<u32>,
        /// Place among the events there, from zero.
        index: u32,
    },
}

impl Question {
    /// Whether a proven statement is what was asked for, where the newest final block is at height `last`.
    #[must_use]
    pub fn is_answered_by(&self, statement: &StatementProof, last: Height) -> bool {
        let height = statement.header.height();
        match (self, &statement.fact) {
            (Self::Header { block }, Fact::Header) => height == block.unwrap_or(last),
            (Self::Account { id, block }, Fact::Account(found, _)) => {
                id == found && height == block.unwrap_or(last)
            }
            (Self::Transaction { hash, block }, Fact::Transaction { hash: found, .. }) => {
                hash == found && block.is_none_or(|block| block == height)
            }
            (Self::Event { block, transaction, index }, Fact::Event { .. }) => {
                let asked = (transaction.map(u64::from), *index);
                height == *block && statement.fact.place() == Some(asked)
            }
            (
                Self::Header { .. }
                | Self::Account { .. }
                | Self::Transaction { .. }
                | Self::Event { .. },
                _,
            ) => false,
        }
    }
}

/// What a node proves.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// The newest final header with its justification; `None` where nothing but genesis is final.
    pub last: Option<Link>,
    /// Under that header.
    pub statement: Statement,
}

impl Wire for Answer {
    const BYTES_MAX: usize = 1 + Link::BYTES_MAX + Statement::BYTES_MAX;
}

/// Why a node cannot prove what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprovable {
    /// A node that has just joined has no justification of its own final block yet.
    #[error(
        "the node has no justification of its final block yet: ask again when the next is final"
    )]
    NoJustification,
    /// Above the final block.
    #[error("block {0} is not final yet: the final block is {1}")]
    NotFinal(Height, Height),
    /// The block is not kept.
    #[error("the node does not keep block {0}: ask one with an older history")]
    NoBlock(Height),
    /// The state is not kept.
    #[error(
        "the node does not keep the state after block {0}: states of the last 256 final blocks are proven"
    )]
    NoState(Height),
    /// Hashes of earlier headers are missing, as after joining by proof.
    #[error(
        "the node does not know the headers before its first block yet: ask again when its history is filled"
    )]
    NoHeaders,
    /// So many headers are not hashed for one answer.
    #[error("the final block has too many ancestors for this node to prove one of them")]
    TooManyHeaders,
    /// The block does not hold the transaction.
    #[error("block {0} does not hold the transaction")]
    NoTransaction(Height),
    /// Which block is not known.
    #[error("the node does not remember the block of this transaction: name it with --block")]
    WhichBlock,
    /// What transactions did is not known of blocks from before the node joined.
    #[error("the node has not executed block {0}, so it does not know what happened in it")]
    NotExecuted(Height),
    /// No such event.
    #[error("block {0} has no event at this place")]
    NoEvent(Height),
    /// The database failed.
    #[error("the database of the node has failed")]
    Store,
}
