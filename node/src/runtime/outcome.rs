//! What became of each transaction, the root over all of it, and proofs of single ones.
//!
//! The outcome root is a Merkle list: one encoded outcome a transaction, in order, and the encoded list of
//! the block's own events last. The body root is a Merkle list over the transactions' hashes. So
//! whoever has a header can be shown what a transaction did, with two paths and nothing else.

use super::{DispatchError, Event};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::{Wire, encode};
use serin_state::tree::list::{ListProof, ListProofError, list_root};
use serin_state::types::{Balance, Hash, UnsealedHeader, Weight};

/// What a transaction did and cost.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Outcome {
    /// Whether its call succeeded. One that failed changed nothing but was paid for.
    pub result: Result<(), DispatchError>,
    /// What was paid, without the tip.
    pub fee: Balance,
    /// What it weighed.
    pub weight: Weight,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Wire for Outcome {
    /// A transaction of 64 KiB holds fewer than 2,000 calls, of at most two events of 82 bytes each.
    const BYTES_MAX: usize = 512 * 1024;
}

/// The root over the outcomes of a block and its own events.
#[must_use]
pub fn outcome_root(outcomes: &[Outcome], block_events: &[Event]) -> Hash {
    list_root(&outcome_leaves(outcomes, block_events))
}

/// What the outcome root is the root over: the encoded outcomes in order, and the block's own events last.
#[must_use]
pub fn outcome_leaves(outcomes: &[Outcome], block_events: &[Event]) -> Vec<Vec<u8>> {
    let mut leaves: Vec<Vec<u8>> = outcomes.iter().map(encode).collect();
    leaves.push(encode(block_events));
    leaves
}

/// That a transaction stands in a block, and what it did there.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OutcomeProof {
    /// What it did.
    pub outcome: Outcome,
    /// From the transaction's hash to the header's body root.
    pub body: ListProof,
    /// From the outcome to the header's outcome root.
    pub outcomes: ListProof,
}

impl Wire for OutcomeProof {
    const BYTES_MAX: usize = Outcome::BYTES_MAX + 2 * ListProof::BYTES_MAX;
}

/// Why a proof of an outcome is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeProofError {
    /// The transaction does not stand there.
    #[error("the transaction is not in the block: {0}")]
    Body(ListProofError),
    /// The outcome does not stand there.
    #[error("the outcome is not of the block: {0}")]
    Outcome(ListProofError),
    /// The two paths lead to different places.
    #[error("the outcome is that of another transaction")]
    OtherPlace,
}

impl OutcomeProof {
    /// The proof for the transaction at `index` of a block with these transaction hashes, outcomes and
    /// events; `None` where there is none.
    #[must_use]
    pub fn new(
        transactions: &[Hash],
        outcomes: &[Outcome],
        block_events: &[Event],
        index: usize,
    ) -> Option<Self> {
        let hashes: Vec<&[u8; 32]> = transactions.iter().map(Hash::as_bytes).collect();
        Some(Self {
            outcome: outcomes.get(index)?.clone(),
            body: ListProof::new(&hashes, index)?,
            outcomes: ListProof::new(&outcome_leaves(outcomes, block_events), index)?,
        })
    }

    /// What the transaction with hash `transaction` did in the block of `header`.
    ///
    /// # Errors
    /// [`OutcomeProofError`].
    pub fn verify(
        &self,
        header: &UnsealedHeader,
        transaction: &Hash,
    ) -> Result<&Outcome, OutcomeProofError> {
        // The block's own events stand last in the longer list, where no transaction has a place.
        if self.body.index != self.outcomes.index {
            return Err(OutcomeProofError::OtherPlace);
        }
        self.body
            .verify(&header.body_root, transaction.as_bytes())
            .map_err(OutcomeProofError::Body)?;
        self.outcomes
            .verify(&header.outcome_root, &encode(&self.outcome))
            .map_err(OutcomeProofError::Outcome)?;
        Ok(&self.outcome)
    }
}
