//! What can be said under a final header: which block, and what about it.
//!
//! A [`Statement`] is two steps. The [`Place`] leads from the final header to the one that is spoken of: the same, or
//! an ancestor, whose hash stands in the Merkle mountain range that the final state holds. The [`Claim`] is about
//! that block: its header alone, an account after it, a transaction or an event in it.
//!
//! Every path has one form, so each byte counts. What is said itself is no proof: another account that the state does
//! not hold either, or another event of the same list, is another true statement.

use crate::runtime::{Event, Outcome, OutcomeProof, OutcomeProofError};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::{DecodeError, Wire, decode, decode_bounded, encode};
use serin_state::layout::{Item, StateKey};
use serin_state::tree::list::{ListProof, ListProofError, Mountain};
use serin_state::tree::{Proof, ProofError};
use serin_state::types::{Account, AccountId, Hash, Header, SignedTransaction};

/// Something that is true of the chain, with the paths that show it under a final header.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Statement {
    /// Of which block.
    pub place: Place,
    /// What is said of it.
    pub claim: Claim,
}

impl Wire for Statement {
    /// A proof of state, a header and an outcome are far below it.
    const BYTES_MAX: usize = 8 * 1024 * 1024;
}

/// Which block is spoken of.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Place {
    /// The final block itself.
    Final,
    /// A block before it.
    Ancestor(Box<Ancestor>),
}

/// A header before the final one, through the mountain range in the final state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ancestor {
    /// The header.
    pub header: Header,
    /// The peaks, under the final state root.
    pub peaks: Proof,
    /// From the header's hash to the root over the peaks.
    pub path: ListProof,
}

/// What is said of a block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Claim {
    /// That it is final.
    Header,
    /// What an account holds after it, or that it does not exist.
    Account {
        /// Whose.
        id: AccountId,
        /// Under its state root.
        state: Proof,
    },
    /// That a transaction stands in it, and what became of it.
    Transaction {
        /// The transaction.
        transaction: Box<SignedTransaction>,
        /// Under its body root and outcome root.
        proof: Box<OutcomeProof>,
    },
    /// That something happened in it.
    Event(Box<EventProof>),
}

/// That an event stands in a block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EventProof {
    /// The events among which it stands.
    pub leaf: EventLeaf,
    /// From them to the header's outcome root.
    pub path: ListProof,
    /// Its place among them, from zero.
    pub index: u32,
}

/// A leaf under the outcome root.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum EventLeaf {
    /// Of the transaction at the place of the path.
    Transaction(Outcome),
    /// The block's own events: the last leaf.
    Block(Vec<Event>),
}

/// What a statement proves of its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It is final.
    Header,
    /// An account after it; `None`: it does not exist.
    Account(AccountId, Option<Account>),
    /// A transaction, its place in the block, and what became of it.
    Transaction {
        /// Its hash.
        hash: Hash,
        /// The transaction.
        transaction: Box<SignedTransaction>,
        /// Its place in the block, from zero.
        index: u64,
        /// What it did.
        outcome: Box<Outcome>,
    },
    /// An event.
    Event {
        /// Place of its transaction in the block, from zero; `None`: of the block itself.
        transaction: Option<u64>,
        /// Its place among the events there, from zero.
        index: u32,
        /// What happened.
        event: Event,
    },
}

/// A proven statement: a block, and what is true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementProof {
    /// The block that is spoken of.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// What is true of it.
    pub fact: Fact,
}

/// Why a statement proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The peaks of headers are not those of the final state.
    #[error("the list of earlier headers does not belong to the final state: {0}")]
    Peaks(ProofError),
    /// The state holds no peaks.
    #[error("the final state holds no list of earlier headers")]
    NoPeaks,
    /// The header does not stand in the list.
    #[error("the header is not an ancestor of the final block: {0}")]
    Ancestor(ListProofError),
    /// It stands there, at another height than it says.
    #[error("the header stands at another height than its own")]
    OtherHeight,
    /// The account is not that of the state.
    #[error("the account does not belong to the state: {0}")]
    Account(ProofError),
    /// What stands at the account's key is no account.
    #[error("the state holds no account at the account's key: {0}")]
    NoAccount(DecodeError),
    /// The transaction or its outcome does not stand in the block.
    #[error(transparent)]
    Outcome(#[from] OutcomeProofError),
    /// The events do not stand in the block.
    #[error("the events are not of the block: {0}")]
    Event(ListProofError),
    /// Events of a transaction at the place of the block's own, or the other way round.
    #[error("the events stand at a place where others stand")]
    EventPlace,
    /// The list of events ends before the place.
    #[error("there is no event at this place")]
    NoEvent,
}

impl Statement {
    /// What it proves under the header of a final block.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn verify(&self, last: &Header) -> Result<StatementProof, StatementError> {
        let header = match &self.place {
            Place::Final => last,
            Place::Ancestor(ancestor) => ancestor.verify(last)?,
        };
        let fact = self.claim.verify(header)?;
        Ok(StatementProof { header: header.clone(), hash: header.hash(), fact })
    }
}

impl Fact {
    /// Where an event stands: its transaction, if any, and its place there; `None` for what is no event.
    #[must_use]
    pub const fn place(&self) -> Option<(Option<u64>, u32)> {
        match self {
            Self::Event { transaction, index, .. } => Some((*transaction, *index)),
            Self::Header | Self::Account(..) | Self::Transaction { .. } => None,
        }
    }
}

impl Ancestor {
    fn verify(&self, last: &Header) -> Result<&Header, StatementError> {
        let key = Item::Mountain.key();
        let value = state_value(&self.peaks, last, key).map_err(StatementError::Peaks)?;
        let peaks = value.ok_or(StatementError::NoPeaks)?;
        let mountain: Mountain = decode(&peaks).map_err(|_| StatementError::NoPeaks)?;
        let hash = self.header.hash();
        self.path.verify(&mountain.root(), hash.as_bytes()).map_err(StatementError::Ancestor)?;
        // One item a height, from genesis on.
        if self.path.index == u64::from(self.header.height().0) {
            Ok(&self.header)
        } else {
            Err(StatementError::OtherHeight)
        }
    }
}

impl Claim {
    fn verify(&self, header: &Header) -> Result<Fact, StatementError> {
        match self {
            Self::Header => Ok(Fact::Header),
            Self::Account { id, state } => {
                let key = Item::Account(*id).key();
                let value = state_value(state, header, key).map_err(StatementError::Account)?;
                let account = value.map(|bytes| decode_bounded::<Account>(&bytes, bytes.len()));
                let account = account.transpose().map_err(StatementError::NoAccount)?;
                Ok(Fact::Account(*id, account))
            }
            Self::Transaction { transaction, proof } => {
                let hash = transaction.hash();
                let outcome = proof.verify(&header.unsealed, &hash)?;
                Ok(Fact::Transaction {
                    hash,
                    transaction: transaction.clone(),
                    index: proof.body.index,
                    outcome: Box::new(outcome.clone()),
                })
            }
            Self::Event(proof) => proof.verify(header),
        }
    }
}

impl EventProof {
    fn verify(&self, header: &Header) -> Result<Fact, StatementError> {
        let (bytes, events) = match &self.leaf {
            EventLeaf::Transaction(outcome) => (encode(outcome), &outcome.events),
            EventLeaf::Block(events) => (encode(events), events),
        };
        self.path.verify(&header.unsealed.outcome_root, &bytes).map_err(StatementError::Event)?;
        // The block's own events stand last. The path has shown that the index lies below the count.
        let is_last = self.path.index.saturating_add(1) == self.path.count;
        let transaction = match &self.leaf {
            EventLeaf::Transaction(_) if !is_last => Some(self.path.index),
            EventLeaf::Block(_) if is_last => None,
            EventLeaf::Transaction(_) | EventLeaf::Block(_) => {
                return Err(StatementError::EventPlace);
            }
        };
        let place = usize::try_from(self.index).unwrap_or(usize::MAX);
        let event = events.get(place).ok_or(StatementError::NoEvent)?.clone();
        Ok(Fact::Event { transaction, index: self.index, event })
    }
}

/// What a state proof of one key says under a header's state root.
fn state_value(
    proof: &Proof,
    header: &Header,
    key: StateKey,
) -> Result<Option<Vec<u8>>, ProofError> {
    let answers = proof.verify(&header.unsealed.state_root, &[key])?;
    Ok(answers.into_iter().next().and_then(|(_, value)| value))
}
