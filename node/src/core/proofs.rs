//! Proofs for those who believe nothing: statements under the newest final block.
//!
//! Read-only. An answer is made of what is kept: the justification of the final block, states of recent final
//! blocks, blocks with what their transactions did, and the hashes of all headers, which make the path through the
//! mountain range.
//!
//! Bounds: [`HEADERS_MAX`] hashes are read for one path.

use super::rows::{self, StoredBlock};
use super::{Core, Signer};
use crate::proof::{
    Ancestor, Answer, Claim, EventLeaf, EventProof, Place, Question, Start, Statement, Unprovable,
};
use crate::runtime::{OutcomeProof, outcome_leaves};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::Justification;
use serin_consensus::finality::proof_chain::Link;
use serin_state::codec::decode;
use serin_state::layout::{Item, StateKey};
use serin_state::store::Store;
use serin_state::tree::Proof;
use serin_state::tree::list::{ListProof, list_root};
use serin_state::types::{Hash, Header, Height, SignedTransaction};

/// Most ancestors of a final block one of which is proven: two months of blocks at six seconds.
const HEADERS_MAX: u32 = 1 << 20;

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Proves what is asked for under the newest final block.
    ///
    /// # Errors
    /// [`Unprovable`].
    pub fn prove(&self, question: &Question) -> Result<Answer, Unprovable> {
        let last = self.newest_link()?;
        let height = self.finalized().height;
        let block = match question {
            Question::Header { block }
            | Question::Account { block, .. }
            | Question::Transaction { block, .. } => block.unwrap_or(height),
            Question::Event { block, .. } => *block,
        };
        if block > height {
            return Err(Unprovable::NotFinal(block, height));
        }
        let (hash, stored) = self.final_stored(block)?;
        let claim = match question {
            Question::Header { .. } => Claim::Header,
            Question::Account { id, .. } => {
                let state = self.state_proof(&hash, Item::Account(*id).key());
                Claim::Account { id: *id, state: state.ok_or(Unprovable::NoState(block))? }
            }
            Question::Transaction { hash, .. } => transaction(&stored, hash)?,
            Question::Event { transaction, index, .. } => event(&stored, *transaction, *index)?,
        };
        let place =
            if block == height { Place::Final } else { self.ancestor(stored.header, height)? };
        Ok(Answer { last, statement: Statement { place, claim } })
    }

    /// What trust in a final block starts from: its header, and what its state says of voters and rules.
    ///
    /// # Errors
    /// [`Unprovable::NoState`] and [`Unprovable::NoBlock`]; of genesis there is always one ([`Start::genesis`]).
    pub fn start_at(&self, block: Height) -> Result<Start, Unprovable> {
        let (hash, stored) = self.final_stored(block)?;
        let state = self.layers().prove(&hash, &Start::keys()).ok_or(Unprovable::NoState(block))?;
        Ok(Start { header: stored.header, state })
    }

    /// The newest final header with its justification; none where only genesis is final.
    fn newest_link(&self) -> Result<Option<Link>, Unprovable> {
        let finalized = self.finalized();
        if finalized.height == Height::ZERO {
            return Ok(None);
        }
        let bytes = rows::justification(self.layers().store(), finalized.height);
        let justification: Justification =
            decode(&bytes.ok_or(Unprovable::NoJustification)?).map_err(|_| Unprovable::Store)?;
        let (_, stored) = self.final_stored(finalized.height)?;
        Ok(Some(Link { header: stored.header, justification }))
    }

    fn final_stored(&self, height: Height) -> Result<(Hash, StoredBlock), Unprovable> {
        let hash = rows::final_hash(self.layers().store(), height);
        let hash = hash.ok_or(Unprovable::NoBlock(height))?;
        let stored = self.block(&hash).ok_or(Unprovable::NoBlock(height))?;
        Ok((hash, stored))
    }

    fn state_proof(&self, block: &Hash, key: StateKey) -> Option<Proof> {
        self.layers().prove(block, &[key])
    }

    /// The path to a header below the final block at `height`.
    fn ancestor(&self, header: Header, height: Height) -> Result<Place, Unprovable> {
        if height.0 > HEADERS_MAX {
            return Err(Unprovable::TooManyHeaders);
        }
        let store = self.layers().store();
        let hashes = (0..height.0).map(|below| rows::final_hash(store, Height(below)));
        let hashes: Vec<[u8; 32]> = hashes
            .map(|hash| hash.map(|hash| hash.0))
            .collect::<Option<_>>()
            .ok_or(Unprovable::NoHeaders)?;
        let place = usize::try_from(header.height().0).unwrap_or(usize::MAX);
        let path = ListProof::new(&hashes, place).ok_or(Unprovable::NoHeaders)?;
        let peaks = self.state_proof(&self.finalized().hash, Item::Mountain.key());
        let peaks = peaks.ok_or(Unprovable::Store)?;
        Ok(Place::Ancestor(Box::new(Ancestor { header, peaks, path })))
    }
}

/// That `hash` stands in the block.
fn transaction(stored: &StoredBlock, hash: &Hash) -> Result<Claim, Unprovable> {
    let height = stored.header.height();
    let hashes: Vec<Hash> = stored.body.iter().map(SignedTransaction::hash).collect();
    let index = hashes.iter().position(|one| one == hash);
    let index = index.ok_or(Unprovable::NoTransaction(height))?;
    let transaction = stored.body.get(index).ok_or(Unprovable::NoTransaction(height))?.clone();
    check_executed(stored)?;
    let proof = OutcomeProof::new(&hashes, &stored.outcomes, &stored.events, index);
    let proof = Box::new(proof.ok_or(Unprovable::NotExecuted(height))?);
    Ok(Claim::Transaction { transaction: Box::new(transaction), proof })
}

/// That an event stands in the block.
fn event(stored: &StoredBlock, of: Option<u32>, index: u32) -> Result<Claim, Unprovable> {
    let height = stored.header.height();
    check_executed(stored)?;
    let none = Unprovable::NoEvent(height);
    let (leaf, place, events) = match of {
        None => {
            (EventLeaf::Block(stored.events.clone()), stored.outcomes.len(), stored.events.len())
        }
        Some(transaction) => {
            let place = usize::try_from(transaction).map_err(|_| none)?;
            let outcome = stored.outcomes.get(place).ok_or(none)?.clone();
            let events = outcome.events.len();
            (EventLeaf::Transaction(outcome), place, events)
        }
    };
    if usize::try_from(index).map_or(true, |index| index >= events) {
        return Err(none);
    }
    let path = ListProof::new(&outcome_leaves(&stored.outcomes, &stored.events), place);
    Ok(Claim::Event(Box::new(EventProof { leaf, path: path.ok_or(none)?, index })))
}

/// What its transactions did is known, and what happened in the block too.
fn check_executed(stored: &StoredBlock) -> Result<(), Unprovable> {
    let leaves = outcome_leaves(&stored.outcomes, &stored.events);
    let root = list_root(&leaves);
    let executed = root == stored.header.unsealed.outcome_root;
    if executed { Ok(()) } else { Err(Unprovable::NotExecuted(stored.header.height())) }
}
