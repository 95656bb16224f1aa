//! Who is guilty, and why, in a form that a stranger can check.
//!
//! Two kinds of proof: two votes that exclude each other, or a vote that obliged its voter to an answer which
//! nobody gave. Bounds: one culprit a voter of the set.

use super::{Summons, accountable_weight};
use crate::finality::{SignedVote, VoteEquivocation, VoterSet};
use crate::rules::FinalityRules;
use serin_state::types::{Header, PublicKey, SetId, VoteWeight};
use std::sync::Arc;

/// What every check needs: the chain, its rules, and how signatures are checked.
#[derive(Clone, Copy, Debug)]
pub struct Court<'a, V> {
    /// Hash of genesis, which challenges are bound to.
    pub genesis: serin_state::types::Hash,
    /// The rules of the chain.
    pub rules: FinalityRules,
    /// The signature check.
    pub verifier: &'a V,
}

/// Why a voter is guilty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It voted for two blocks in one stage of one round.
    Equivocation(Box<VoteEquivocation>),
    /// Its vote obliged it to an answer, and nobody gave one.
    Unanswered {
        /// The vote.
        vote: Box<SignedVote>,
        /// The headers that show how the block of the vote stands to the block of the challenge: from the former
        /// down to just above the height of the latter.
        way: Vec<Header>,
        /// The challenge.
        summons: Arc<Summons>,
    },
}

/// A guilty voter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Its key.
    pub voter: PublicKey,
    /// Its weight in the set.
    pub weight: VoteWeight,
    /// Proof.
    pub proof: Offence,
}

/// How an accusation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The set whose voters are guilty.
    pub set: SetId,
    /// By key, each once.
    pub culprits: Vec<Culprit>,
    /// The least weight that the procedure promises: f + 1 by the standard rules.
    pub promised: VoteWeight,
}

impl Verdict {
    /// The guilty of `set`, sorted by key.
    pub(super) fn new(set: &VoterSet, rules: &FinalityRules, mut culprits: Vec<Culprit>) -> Self {
        culprits.sort_by_key(|culprit| culprit.voter);
        let promised = VoteWeight(accountable_weight(set, rules));
        Self { set: set.id(), culprits, promised }
    }

    /// Weight of all culprits.
    #[must_use]
    pub fn weight(&self) -> VoteWeight {
        let weights = self.culprits.iter().map(|culprit| culprit.weight.0);
        VoteWeight(weights.fold(0, u64::saturating_add))
    }
}
