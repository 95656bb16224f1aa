//! Proof that a block is final, checked by anybody who knows the voter set; and proof of two votes.
//!
//! A justification holds precommits of one round whose voters together are a supermajority for the target, and
//! the headers that lead from the target up to the blocks of those precommits. Every byte of it matters: votes are
//! sorted by voter and then by target, headers by height and then hash, a vote or header that proves nothing is refused.
//! The supermajority has to stand at the target; it may stand above it too, which proves the target all the same.
//!
//! Bounds: at most two votes a voter, [`ANCESTRY_MAX`] headers, [`Justification::BYTES_MAX`] bytes.

use super::{BlockRef, SignedVote, Stage, VOTERS_MAX, Vote, VoterSet};
use crate::crypto::{Check, Signed, Verifier};
use crate::rules::{EquivocationWeight, FinalityRules};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::Wire;
use serin_state::types::{Hash, Header, PublicKey, Round, SetId, Signature};
use std::collections::{BTreeMap, BTreeSet};

/// Most headers between the target and the blocks of the precommits.
pub const ANCESTRY_MAX: usize = 1_024;

/// A precommit inside a justification: round and set stand outside.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Precommit {
    /// By whom.
    pub voter: PublicKey,
    /// For which block.
    pub target: BlockRef,
    /// Over the vote's payload.
    pub signature: Signature,
}

/// Proof that a block is final.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Justification {
    set: SetId,
    round: Round,
    target: BlockRef,
    precommits: Vec<Precommit>,
    ancestry: Vec<Header>,
}

impl Wire for Justification {
    const BYTES_MAX: usize = 1024 * 1024;
}

/// Why a justification proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JustificationError {
    /// Of another set than the one it is checked with.
    #[error("it is of another voter set")]
    OtherSet,
    /// More votes or headers than it may have.
    #[error("it holds more votes or headers than a proof may")]
    TooLarge,
    /// Votes or headers are not in their order, or one stands in it twice.
    #[error("votes or headers are not sorted, or repeated")]
    NotCanonical,
    /// A vote by somebody outside the set.
    #[error("a vote is not by a member of the set")]
    NotAVoter,
    /// More than two votes of one voter.
    #[error("a voter stands in it more than twice")]
    ThirdVote,
    /// A vote for a block that the headers do not lead to.
    #[error("a vote is for a block that the headers do not lead to from the target")]
    OffTarget,
    /// A header that leads nowhere.
    #[error("a header leads to no vote")]
    UnusedHeader,
    /// A signature does not hold.
    #[error("a signature does not hold")]
    BadSignature,
    /// The weight of the voters is no supermajority.
    #[error("the voters are no supermajority")]
    TooLight,
}

impl Justification {
    /// A proof from votes of one round; `ancestry` is added with [`Justification::with_ancestry`].
    #[must_use]
    pub fn new(set: SetId, round: Round, target: BlockRef, votes: Vec<SignedVote>) -> Self {
        let precommit = |signed: SignedVote| Precommit {
            voter: signed.voter,
            target: signed.vote.target,
            signature: signed.signature,
        };
        let mut precommits: Vec<Precommit> = votes.into_iter().map(precommit).collect();
        precommits.sort_unstable();
        precommits.dedup_by_key(|precommit| (precommit.voter, precommit.target));
        Self { set, round, target, precommits, ancestry: Vec::new() }
    }

    /// Number of the set that voted.
    #[must_use]
    pub const fn set(&self) -> SetId {
        self.set
    }

    /// The round they voted in.
    #[must_use]
    pub const fn round(&self) -> Round {
        self.round
    }

    /// The block that is final.
    #[must_use]
    pub const fn target(&self) -> BlockRef {
        self.target
    }

    /// The votes.
    #[must_use]
    pub fn precommits(&self) -> &[Precommit] {
        &self.precommits
    }

    /// The votes as they were sent.
    pub fn votes(&self) -> impl Iterator<Item = SignedVote> + '_ {
        self.precommits.iter().map(|precommit| SignedVote {
            vote: self.vote(precommit),
            voter: precommit.voter,
            signature: precommit.signature,
        })
    }

    const fn vote(&self, precommit: &Precommit) -> Vote {
        Vote { set: self.set, round: self.round, stage: Stage::Precommit, target: precommit.target }
    }

    /// Adds the headers that lead from the target to the blocks of the votes; `header` finds one by hash.
    ///
    /// A vote whose way to the target is not found, such as an equivocator's on another fork, is left
    /// out: what remains still has to be a supermajority, which [`Justification::verify`] says.
    #[must_use]
    pub fn with_ancestry(mut self, header: impl Fn(&Hash) -> Option<Header>) -> Self {
        let mut found: BTreeMap<Hash, Header> = BTreeMap::new();
        let target = self.target;
        self.precommits.retain(|precommit| {
            let way = way_down(target, precommit.target, &header);
            let is_found = way.is_some();
            found.extend(way.into_iter().flatten());
            is_found
        });
        let mut ancestry: Vec<(Hash, Header)> = found.into_iter().collect();
        ancestry.sort_unstable_by_key(|(hash, header)| (header.height(), *hash));
        self.ancestry = ancestry.into_iter().map(|(_, header)| header).collect();
        self
    }

    /// Checks everything: members, order, ways to the target, signatures, weight.
    ///
    /// # Errors
    /// The first thing that is wrong, cheap checks first.
    pub fn verify<V: Verifier>(
        &self,
        set: &VoterSet,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), JustificationError> {
        if self.set != set.id() {
            return Err(JustificationError::OtherSet);
        }
        if self.precommits.len() > VOTERS_MAX.saturating_mul(2) || self.ancestry.len() > ANCESTRY_MAX {
            return Err(JustificationError::TooLarge);
        }
        self.check_order()?;
        self.check_ways()?;
        if self.weight(set, rules)? < set.threshold(rules).0 {
            return Err(JustificationError::TooLight);
        }
        self.check_signatures(verifier)
    }

    fn check_order(&self) -> Result<(), JustificationError> {
        let place = |precommit: &Precommit| (precommit.voter, precommit.target);
        let votes_sorted = self.precommits.is_sorted_by(|one, next| place(one) < place(next));
        let heights = self.ancestry.iter().map(|header| (header.height(), header.hash()));
        let headers_sorted = heights.is_sorted_by(|one, next| one < next);
        if votes_sorted && headers_sorted { Ok(()) } else { Err(JustificationError::NotCanonical) }
    }

    /// Every vote leads down to the target, and every header lies on such a way.
    fn check_ways(&self) -> Result<(), JustificationError> {
        let headers: BTreeMap<Hash, &Header> =
            self.ancestry.iter().map(|header| (header.hash(), header)).collect();
        let mut used: BTreeSet<Hash> = BTreeSet::new();
        for precommit in &self.precommits {
            let mut block = precommit.target;
            while block != self.target && !used.contains(&block.hash) {
                let header = headers.get(&block.hash).ok_or(JustificationError::OffTarget)?;
                if header.height() != block.height || block.height <= self.target.height {
                    return Err(JustificationError::OffTarget);
                }
                used.insert(block.hash);
                let height = block.height.previous().ok_or(JustificationError::OffTarget)?;
                block = BlockRef { hash: header.parent(), height };
            }
            let placed = headers.get(&block.hash).is_none_or(|h| h.height() == block.height);
            if !placed {
                return Err(JustificationError::OffTarget);
            }
        }
        if used.len() == headers.len() { Ok(()) } else { Err(JustificationError::UnusedHeader) }
    }

    /// Weight of the voters, each once.
    fn weight(&self, set: &VoterSet, rules: &FinalityRules) -> Result<u64, JustificationError> {
        let mut weight = 0_u64;
        let mut last: (Option<PublicKey>, u32) = (None, 0);
        for precommit in &self.precommits {
            let index = set.index_of(&precommit.voter).ok_or(JustificationError::NotAVoter)?;
            if last.0 == Some(precommit.voter) {
                last.1 = last.1.saturating_add(1);
                if last.1 > 2 || rules.equivocation == EquivocationWeight::FirstVote {
                    return Err(JustificationError::ThirdVote);
                }
                continue;
            }
            last = (Some(precommit.voter), 1);
            weight = weight.saturating_add(set.get(index).map_or(0, |voter| voter.weight.0));
        }
        Ok(weight)
    }

    fn check_signatures<V: Verifier>(&self, verifier: &V) -> Result<(), JustificationError> {
        let payloads: Vec<_> =
            self.precommits.iter().map(|precommit| self.vote(precommit).payload()).collect();
        let check = |(precommit, payload)| {
            let precommit: &Precommit = precommit;
            Check { key: precommit.voter, signed: Signed::Vote(payload), signature: precommit.signature }
        };
        let checks: Vec<Check<'_>> = self.precommits.iter().zip(&payloads).map(check).collect();
        let hold = verifier.signatures(&checks).into_iter().all(|holds| holds);
        if hold { Ok(()) } else { Err(JustificationError::BadSignature) }
    }
}

/// The headers from `from` down to just above `target`; `None` where the way is not found.
fn way_down(
    target: BlockRef,
    from: BlockRef,
    header: &impl Fn(&Hash) -> Option<Header>,
) -> Option<Vec<(Hash, Header)>> {
    let mut way = Vec::new();
    let mut block = from;
    while block != target {
        if block.height <= target.height || way.len() > ANCESTRY_MAX {
            return None;
        }
        let found = header(&block.hash)?;
        let parent = BlockRef { hash: found.parent(), height: block.height.previous()? };
        way.push((block.hash, found));
        block = parent;
    }
    Some(way)
}

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
        if holds(first) && holds(second) { Ok(()) } else { Err(VoteEquivocationError::BadSignature) }
    }
}
