//! The votes of a completed round, for a voter that is behind.
//!
//! It is checked as far as that is possible without its blocks: members, signatures, and that a
//! supermajority voted in both stages. Whether the round is completable is found by importing the
//! votes into a [`Round`](super::Round).
//!
//! Bounds: at most two votes a voter and stage, `BYTES_MAX` bytes.

use super::{BlockRef, SignedVote, Stage, VoterSet};
use crate::crypto::{Check, Signed, Verifier};
use crate::rules::FinalityRules;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::Wire;
use serin_state::mutant::Mutant;
use serin_state::types::{PublicKey, Round, SetId};
use std::collections::BTreeSet;

/// A completed round.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct CatchUp {
    /// Number of the set.
    pub set: SetId,
    /// Number of the round.
    pub round: Round,
    /// What its votes descend from.
    pub base: BlockRef,
    /// Its prevotes and precommits, sorted by stage, voter and target.
    pub votes: Vec<SignedVote>,
}

impl Wire for CatchUp {
    const BYTES_MAX: usize = 1024 * 1024;
}

/// Why a catch-up is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatchUpError {
    /// Of another set, or a vote of another set or round, or a hint, which is never counted.
    #[error("it is not of one round of the set")]
    OtherRound,
    /// More than two votes of a voter in a stage, or more than the set can have.
    #[error("it holds more than two votes of a voter in a stage")]
    TooMany,
    /// Votes are not sorted by stage, voter and target, or one stands in it twice.
    #[error("votes are not sorted, or repeated")]
    NotCanonical,
    /// A vote by somebody outside the set.
    #[error("a vote is not by a member of the set")]
    NotAVoter,
    /// Too few voted for the round to be completable.
    #[error("those who voted are no supermajority")]
    TooLight,
    /// A signature does not hold.
    #[error("a signature does not hold")]
    BadSignature,
}

impl CatchUp {
    /// The votes of a round, put in order.
    #[must_use]
    pub fn new(set: SetId, round: Round, base: BlockRef, mut votes: Vec<SignedVote>) -> Self {
        votes.sort_unstable_by_key(place);
        Self { set, round, base, votes }
    }

    /// Checks what can be checked without the blocks.
    ///
    /// # Errors
    /// [`CatchUpError`], cheap checks first.
    pub fn verify<V: Verifier, M: Mutant>(
        &self,
        set: &VoterSet,
        rules: &FinalityRules<M>,
        verifier: &V,
    ) -> Result<(), CatchUpError> {
        self.check_votes(set)?;
        for stage in [Stage::Prevote, Stage::Precommit] {
            if self.weight(set, stage) < set.threshold(rules).0 {
                return Err(CatchUpError::TooLight);
            }
        }
        let payloads: Vec<_> =
            self.votes.iter().map(|signed| signed.vote.payload_by(rules.mutant)).collect();
        let check = |(signed, payload)| {
            let signed: &SignedVote = signed;
            Check { key: signed.voter, signed: Signed::Vote(payload), signature: signed.signature }
        };
        let checks: Vec<Check<'_>> = self.votes.iter().zip(&payloads).map(check).collect();
        let hold = verifier.signatures(&checks).into_iter().all(|holds| holds);
        if hold { Ok(()) } else { Err(CatchUpError::BadSignature) }
    }

    /// Of this round, by members, in order, at most two of each.
    fn check_votes(&self, set: &VoterSet) -> Result<(), CatchUpError> {
        let is_of_round = |signed: &SignedVote| {
            let vote = &signed.vote;
            vote.set == self.set && vote.round == self.round && vote.stage != Stage::Primary
        };
        if self.set != set.id() || !self.votes.iter().all(is_of_round) {
            return Err(CatchUpError::OtherRound);
        }
        if self.votes.len() > set.len().saturating_mul(4) {
            return Err(CatchUpError::TooMany);
        }
        if !self.votes.is_sorted_by(|one, next| place(one) < place(next)) {
            return Err(CatchUpError::NotCanonical);
        }
        let of_one = |one: &SignedVote, next: &SignedVote| {
            (one.vote.stage, one.voter) == (next.vote.stage, next.voter)
        };
        for votes in self.votes.chunk_by(of_one) {
            if !votes.first().is_some_and(|signed| set.contains(&signed.voter)) {
                return Err(CatchUpError::NotAVoter);
            }
            if votes.len() > 2 {
                return Err(CatchUpError::TooMany);
            }
        }
        Ok(())
    }

    fn weight(&self, set: &VoterSet, stage: Stage) -> u64 {
        let of_stage = self.votes.iter().filter(|signed| signed.vote.stage == stage);
        let voters: BTreeSet<usize> =
            of_stage.filter_map(|signed| set.index_of(&signed.voter)).collect();
        let weights = voters.into_iter().filter_map(|index| set.get(index));
        weights.fold(0, |sum, voter| sum.saturating_add(voter.weight.0))
    }
}

/// What votes are sorted by.
const fn place(signed: &SignedVote) -> (Stage, PublicKey, BlockRef) {
    (signed.vote.stage, signed.voter, signed.vote.target)
}
