//! Signing of votes, after the bodies that they are about are durable.
//!
//! The signer's journal outlives a loss of power, and repeats its vote after it. Were the body of the block lost with the
//! power, the vote would name a block that nobody has, and where a third of the weight is hit at once, no round could ever be
//! completed again. So bodies are synced before a vote is signed, not only before it leaves.
//!
//! So is the beginning of the round that the vote is of: the journal repeats votes of its last round alone, so a voter must not
//! come back in the round before it.
//!
//! Inputs: votes to sign. Outputs: signatures, and one synced commit where bodies waited or a round begins. Bounds: two commits
//! a vote.

use super::import::Unsynced;
use super::rows;
use serin_consensus::finality::voter::{LogWrite, Refused, VoteSigner, VoterCheckpoint};
use serin_consensus::finality::{SignedVote, Vote, VoterSet};
use serin_state::codec::encode;
use serin_state::layers::Layers;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::store::{Batch, Column, Durability, Store};
use serin_state::types::{Hash, Header, PublicKey, Signature};

/// A signer of votes, and the store whose bodies are synced first.
#[derive(Debug)]
pub(super) struct Durable<'a, S: Store, K> {
    pub(super) signer: &'a mut K,
    pub(super) layers: &'a mut Layers<S>,
    pub(super) unsynced: &'a mut Unsynced,
}

impl<S: Store, K: VoteSigner> VoteSigner for Durable<'_, S, K> {
    fn enter_set(&mut self, set: &VoterSet) {
        self.signer.enter_set(set);
    }

    fn vote_key(&self) -> Option<PublicKey> {
        self.signer.vote_key()
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        if self.unsynced.0 && !self.layers.store().mutant().has(Mutation::PS02) {
            let mut batch = Batch::default();
            batch.put(Column::Meta, b"synced".to_vec(), vote.target.hash.0);
            if self.layers.store_mut().commit(batch, Durability::Synced).is_err() {
                return Err(Refused::Barred);
            }
            self.unsynced.0 = false;
        }
        self.signer.sign_vote(vote)
    }

    fn log_counted(
        &mut self,
        votes: &[SignedVote],
        header: &dyn Fn(&Hash) -> Option<Header>,
        write: LogWrite,
    ) -> bool {
        self.signer.log_counted(votes, header, write)
    }

    fn enter_round(&mut self, checkpoint: &VoterCheckpoint) -> bool {
        if self.layers.store().mutant().has(Mutation::PS05) {
            return true;
        }
        let mut batch = Batch::default();
        batch.put(Column::Meta, rows::CHECKPOINT, encode(checkpoint));
        let written = self.layers.store_mut().commit(batch, Durability::Synced).is_ok();
        if written {
            self.unsynced.0 = false;
        }
        written
    }
}
