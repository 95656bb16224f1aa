//! Proof that a voter said two things where it may say one.
//!
//! Two votes for different blocks in one stage of one round by one voter. Votes are compared without
//! their signatures: two signatures on one vote are no offence. Whether the voter was a member of the
//! set is asked where the proof is used.

use super::{SignedVote, Stage};
use crate::crypto::{Check, Signed, Verifier};
use borsh::{BorshDeserialize, BorshSerialize};

/// Two votes of one voter for two blocks in one stage of one round: an offence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct VoteEquivocation {
    /// The vote that was seen first.
    pub first: SignedVote,
    /// The other one.
    pub second: SignedVote,
}

/// Why two votes prove no offence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteEquivocationError {
    /// By two voters, or of two sets, rounds or stages.
    #[error("the votes are not of one voter, set, round and stage")]
    NotTogether,
    /// For one block.
    #[error("both votes are for one block")]
    SameTarget,
    /// Hints are no votes.
    #[error("hints are not counted, so two of them are no offence")]
    Hint,
    /// A signature does not hold.
    #[error("a signature does not hold")]
    BadSignature,
}

impl VoteEquivocation {
    /// Checks that the two votes prove an offence of their voter; whether that was a member is asked elsewhere.
    ///
    /// # Errors
    /// [`VoteEquivocationError`].
    pub fn check<V: Verifier>(&self, verifier: &V) -> Result<(), VoteEquivocationError> {
        let (first, second) = (&self.first, &self.second);
        let place = |signed: &SignedVote| {
            (signed.voter, signed.vote.set, signed.vote.round, signed.vote.stage)
        };
        if place(first) != place(second) {
            return Err(VoteEquivocationError::NotTogether);
        }
        if first.vote.stage == Stage::Primary {
            return Err(VoteEquivocationError::Hint);
        }
        if first.vote.target == second.vote.target {
            return Err(VoteEquivocationError::SameTarget);
        }
        let holds = |signed: &SignedVote| {
            let payload = signed.vote.payload();
            verifier.signature(Check {
                key: signed.voter,
                signed: Signed::Vote(&payload),
                signature: signed.signature,
            })
        };
        if holds(first) && holds(second) {
            Ok(())
        } else {
            Err(VoteEquivocationError::BadSignature)
        }
    }
}
