//! The votes of a completed round, for a voter that is behind.
//!
//! It is checked as far as that is possible without its blocks: members, signatures, and that a supermajority
//! voted in both stages. Whether the round is completable is found by importing the votes into a round.
//!
//! Bounds: at most two votes a voter and stage, [`CatchUp::BYTES_MAX`] bytes.

use super::{BlockRef, SignedVote, Stage, VoterSet};
use crate::crypto::{Check, Signed, Verifier};
use crate::rules::FinalityRules;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::Wire;
use serin_state::types::{Round, SetId};
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
    /// Its prevotes and precommits.
    pub votes: Vec<SignedVote>,
}

impl Wire for CatchUp {
    const BYTES_MAX: usize = 1024 * 1024;
}

/// Why a catch-up is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatchUpError {
    /// Of another set, or a vote of another set or round.
    #[error("it is not of one round of the set")]
    OtherRound,
    /// More than two votes of a voter in a stage.
    #[error("it holds more than two votes of a voter")]
    TooMany,
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
    /// Checks what can be checked without the blocks.
    ///
    /// # Errors
    /// [`CatchUpError`], cheap checks first.
    pub fn verify<V: Verifier>(
        &self,
        set: &VoterSet,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), CatchUpError> {
        if self.set != set.id() {
            return Err(CatchUpError::OtherRound);
        }
        if self.votes.len() > set.len().saturating_mul(4) {
            return Err(CatchUpError::TooMany);
        }
        for signed in &self.votes {
            if signed.vote.set != self.set || signed.vote.round != self.round {
                return Err(CatchUpError::OtherRound);
            }
            if !set.contains(&signed.voter) {
                return Err(CatchUpError::NotAVoter);
            }
        }
        for stage in [Stage::Prevote, Stage::Precommit] {
            if self.weight(set, stage) < set.threshold(rules).0 {
                return Err(CatchUpError::TooLight);
            }
        }
        let payloads: Vec<_> = self.votes.iter().map(|signed| signed.vote.payload()).collect();
        let check = |(signed, payload)| {
            let signed: &SignedVote = signed;
            Check { key: signed.voter, signed: Signed::Vote(payload), signature: signed.signature }
        };
        let checks: Vec<Check<'_>> = self.votes.iter().zip(&payloads).map(check).collect();
        let hold = verifier.signatures(&checks).into_iter().all(|holds| holds);
        if hold { Ok(()) } else { Err(CatchUpError::BadSignature) }
    }

    fn weight(&self, set: &VoterSet, stage: Stage) -> u64 {
        let of_stage = self.votes.iter().filter(|signed| signed.vote.stage == stage);
        let voters: BTreeSet<usize> =
            of_stage.filter_map(|signed| set.index_of(&signed.voter)).collect();
        let weights = voters.into_iter().filter_map(|index| set.get(index));
        weights.fold(0, |sum, voter| sum.saturating_add(voter.weight.0))
    }
}
