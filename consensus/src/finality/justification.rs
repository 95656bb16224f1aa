//! Proof that a block is final, checked by anybody who knows the voter set.
//!
//! A justification holds precommits of one round whose voters together are a supermajority for the
//! target, and the headers that lead from the target up to the blocks of those precommits. The
//! supermajority has to stand at the target; it may stand above it too, which proves the target all the
//! same. Two votes of one voter are an equivocation, which counts for every block (GRANDPA paper, section
//! 2.2): they need not lead to the target, and no header is there for them.
//!
//! Every byte matters: votes are sorted by voter and then by target, headers by height and then by hash,
//! nothing stands in it twice, and a vote or header that proves nothing is refused.
//!
//! Bounds: at most two votes a voter, [`ANCESTRY_MAX`] headers, `BYTES_MAX` bytes.

use super::{BlockRef, SignedVote, Stage, Vote, VoterSet};
use crate::crypto::{Check, Signed, Verifier};
use crate::rules::{EquivocationWeight, FinalityRules};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::Wire;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{Hash, Header, Height, PublicKey, Round, SetId, Signature};
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

impl From<SignedVote> for Precommit {
    fn from(signed: SignedVote) -> Self {
        Self { voter: signed.voter, target: signed.vote.target, signature: signed.signature }
    }
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
    /// Three votes of one voter, or two where an equivocation does not count for every block.
    #[error("a voter stands in it more often than votes count")]
    TooManyOfOne,
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
    /// A proof from votes of one round, put in order; headers are added with
    /// [`Justification::with_ancestry`].
    #[must_use]
    pub fn new(set: SetId, round: Round, target: BlockRef, votes: Vec<SignedVote>) -> Self {
        Self::of(set, round, target, votes.into_iter().map(Precommit::from).collect())
    }

    /// A proof from precommits, put in order.
    pub(super) fn of(
        set: SetId,
        round: Round,
        target: BlockRef,
        mut precommits: Vec<Precommit>,
    ) -> Self {
        precommits.sort_unstable();
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

    /// The headers between the target and the blocks of single votes.
    #[must_use]
    pub fn ancestry(&self) -> &[Header] {
        &self.ancestry
    }

    /// Adds the headers that lead from the target to the blocks of single votes; `header` finds one
    /// by hash.
    ///
    /// A single vote whose way to the target is not found is left out: what remains still has to be
    /// a supermajority, which [`Justification::verify`] says.
    #[must_use]
    pub fn with_ancestry(mut self, header: impl Fn(&Hash) -> Option<Header>) -> Self {
        let mut found: BTreeMap<BlockRef, Header> = BTreeMap::new();
        let mut placed: Vec<Precommit> = Vec::with_capacity(self.precommits.len());
        for votes in of_one_voter(&self.precommits) {
            if let [single] = votes {
                let Some(way) = way_down(self.target, single.target, &header) else { continue };
                found.extend(way);
            }
            placed.extend_from_slice(votes);
        }
        self.precommits = placed;
        let mut ancestry: Vec<(BlockRef, Header)> = found.into_iter().collect();
        ancestry.sort_unstable_by_key(|(block, _)| (block.height, block.hash));
        self.ancestry = ancestry.into_iter().map(|(_, header)| header).collect();
        self
    }

    /// The same proof with no more votes than it takes, for what is kept for ever: single votes for the target itself, the heaviest
    /// first, until they are a supermajority of `set`. As it is, where they are none.
    #[must_use]
    pub fn lean<M: Mutant>(&self, set: &VoterSet, rules: &FinalityRules<M>) -> Self {
        let weight_of = |vote: &Precommit| {
            let voter = set.index_of(&vote.voter).and_then(|index| set.get(index));
            voter.map_or(0, |voter| voter.weight.0)
        };
        let singles = of_one_voter(&self.precommits).filter(|votes| votes.len() == 1).flatten();
        let mut votes: Vec<(u64, Precommit)> = singles
            .filter(|vote| vote.target == self.target)
            .map(|vote| (weight_of(vote), *vote))
            .collect();
        votes.sort_by_key(|(weight, _)| core::cmp::Reverse(*weight));
        let (mut kept, mut weight) = (Vec::new(), 0_u64);
        for (more, vote) in votes {
            if weight >= set.threshold(rules).0 {
                break;
            }
            weight = weight.saturating_add(more);
            kept.push(vote);
        }
        if weight < set.threshold(rules).0 {
            return self.clone();
        }
        Self::of(self.set, self.round, self.target, kept)
    }

    /// Checks everything: members, order, ways to the target, weight, signatures.
    ///
    /// # Errors
    /// The first thing that is wrong, cheap checks first.
    pub fn verify<V: Verifier, M: Mutant>(
        &self,
        set: &VoterSet,
        rules: &FinalityRules<M>,
        verifier: &V,
    ) -> Result<(), JustificationError> {
        if self.set != set.id() {
            return Err(JustificationError::OtherSet);
        }
        let votes_max = set.len().saturating_mul(2);
        if self.precommits.len() > votes_max || self.ancestry.len() > ANCESTRY_MAX {
            return Err(JustificationError::TooLarge);
        }
        let place = |precommit: &Precommit| (precommit.voter, precommit.target);
        if !self.precommits.is_sorted_by(|one, next| place(one) < place(next)) {
            return Err(JustificationError::NotCanonical);
        }
        if self.weight(set, rules)? < set.threshold(rules).0 && !rules.mutant.has(Mutation::GF18) {
            return Err(JustificationError::TooLight);
        }
        self.check_ways(rules.mutant)?;
        if rules.mutant.has(Mutation::GF17) {
            return Ok(());
        }
        self.check_signatures(verifier, rules.mutant)
    }

    /// Weight of the voters, each once.
    fn weight<M: Mutant>(
        &self,
        set: &VoterSet,
        rules: &FinalityRules<M>,
    ) -> Result<u64, JustificationError> {
        let votes_max = match rules.equivocation {
            EquivocationWeight::EveryBlock => 2,
            EquivocationWeight::FirstVote => 1,
        };
        let mut weight = 0_u64;
        for votes in of_one_voter(&self.precommits) {
            let index = votes.first().and_then(|vote| set.index_of(&vote.voter));
            let voter = index.and_then(|index| set.get(index));
            if voter.is_none() && rules.mutant.has(Mutation::GF15) {
                weight = weight.saturating_add(1);
                continue;
            }
            weight = weight.saturating_add(voter.ok_or(JustificationError::NotAVoter)?.weight.0);
            if votes.len() > votes_max {
                return Err(JustificationError::TooManyOfOne);
            }
        }
        assert!(
            weight <= set.total().0 || rules.mutant.has(Mutation::GF15),
            "invariant(votes): each voter is counted once"
        );
        Ok(weight)
    }

    /// Every single vote leads down to the target, and every header lies on such a way.
    fn check_ways<M: Mutant>(&self, mutant: M) -> Result<(), JustificationError> {
        let headers: Vec<(Height, Hash, &Header)> =
            self.ancestry.iter().map(|header| (header.height(), header.hash(), header)).collect();
        if !headers.is_sorted_by(|one, next| (one.0, one.1) < (next.0, next.1)) {
            return Err(JustificationError::NotCanonical);
        }
        let parents: BTreeMap<BlockRef, Hash> = headers
            .into_iter()
            .map(|(height, hash, header)| (BlockRef { hash, height }, header.parent()))
            .collect();
        let mut used: BTreeSet<BlockRef> = BTreeSet::new();
        for votes in of_one_voter(&self.precommits) {
            let single = match votes {
                [single] => single,
                // What equivocators voted for need not lead to the target.
                [first, ..] if mutant.has(Mutation::GF16) => first,
                _ => continue,
            };
            let mut block = single.target;
            while block != self.target && used.insert(block) {
                let hash = *parents.get(&block).ok_or(JustificationError::OffTarget)?;
                let height = block.height.previous().ok_or(JustificationError::OffTarget)?;
                block = BlockRef { hash, height };
            }
        }
        if used.len() == parents.len() || mutant.has(Mutation::GF30) {
            Ok(())
        } else {
            Err(JustificationError::UnusedHeader)
        }
    }

    fn check_signatures<V: Verifier, M: Mutant>(
        &self,
        verifier: &V,
        mutant: M,
    ) -> Result<(), JustificationError> {
        let payloads: Vec<_> = self
            .precommits
            .iter()
            .map(|precommit| self.vote(precommit).payload_by(mutant))
            .collect();
        let check = |(precommit, payload)| {
            let precommit: &Precommit = precommit;
            Check {
                key: precommit.voter,
                signed: Signed::Vote(payload),
                signature: precommit.signature,
            }
        };
        let checks: Vec<Check<'_>> = self.precommits.iter().zip(&payloads).map(check).collect();
        let hold = verifier.signatures(&checks).into_iter().all(|holds| holds);
        if hold { Ok(()) } else { Err(JustificationError::BadSignature) }
    }
}

/// The votes of each voter; they stand together.
fn of_one_voter(precommits: &[Precommit]) -> impl Iterator<Item = &[Precommit]> {
    precommits.chunk_by(|one, next| one.voter == next.voter)
}

/// The headers from `from` down to just above `target`; `None` where the way is not found.
fn way_down(
    target: BlockRef,
    from: BlockRef,
    header: &impl Fn(&Hash) -> Option<Header>,
) -> Option<Vec<(BlockRef, Header)>> {
    let mut way = Vec::new();
    let mut block = from;
    while block != target {
        if block.height <= target.height || way.len() >= ANCESTRY_MAX {
            return None;
        }
        let found = header(&block.hash)?;
        let parent = BlockRef { hash: found.parent(), height: block.height.previous()? };
        way.push((block, found));
        block = parent;
    }
    Some(way)
}
