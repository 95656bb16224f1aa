//! A justification as JSON, checked by the verifier that the node uses.
//!
//! It holds what a proof of the field holds, names its voters by key alone (each with weight 1) and
//! has no headers, so single votes are for the target itself. A real justification of Polkadot is one.
//!
//! Bounds: those of [`Justification`] and of [`VoterSet`]; the caller bounds the text.

use super::{BlockRef, Justification, JustificationError, Precommit, VoterSet, VoterSetError};
use crate::{crypto::Verifier, rules::FinalityRules};
use serde::{Deserialize, Serialize};
use serin_state::types::{Hash, Height, PublicKey, Round, SetId, Signature, VoteWeight, Voter};

/// Votes from a file. Hashes, keys and signatures are hexadecimal, with or without `0x` before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignProof {
    /// The round the votes were cast in.
    pub round: Round,
    /// Number of the voter set.
    pub set_id: SetId,
    /// Keys of the whole set, each with weight 1.
    pub authorities: Vec<PublicKey>,
    /// The block that is said to be final.
    pub target_hash: Hash,
    /// Its height.
    pub target_height: Height,
    /// The votes, in any order.
    pub precommits: Vec<ForeignPrecommit>,
}

/// One vote of a [`ForeignProof`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPrecommit {
    /// The block that is voted for.
    pub target_hash: Hash,
    /// Its height.
    pub target_height: Height,
    /// By whom.
    pub voter: PublicKey,
    /// Over the payload of the vote.
    pub signature: Signature,
}

/// Why a [`ForeignProof`] proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignProofError {
    /// The authorities are no voter set.
    #[error("the authorities are no voter set: {0}")]
    Set(#[from] VoterSetError),
    /// The votes are no proof.
    #[error(transparent)]
    Proof(#[from] JustificationError),
}

impl ForeignProof {
    /// Checks the votes as [`Justification::verify`] does, under the standard rules.
    ///
    /// # Errors
    /// [`ForeignProofError`].
    pub fn verify<V: Verifier>(&self, verifier: &V) -> Result<(), ForeignProofError> {
        let voter = |key: &PublicKey| Voter { key: *key, weight: VoteWeight(1) };
        let voters: Vec<Voter> = self.authorities.iter().map(voter).collect();
        let set = VoterSet::new(self.set_id, &voters)?;
        let precommit = |vote: &ForeignPrecommit| Precommit {
            voter: vote.voter,
            target: BlockRef { hash: vote.target_hash, height: vote.target_height },
            signature: vote.signature,
        };
        let target = BlockRef { hash: self.target_hash, height: self.target_height };
        let precommits = self.precommits.iter().map(precommit).collect();
        let proof = Justification::of(self.set_id, self.round, target, precommits);
        Ok(proof.verify(&set, &FinalityRules::default(), verifier)?)
    }
}
