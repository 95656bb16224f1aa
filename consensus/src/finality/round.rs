//! One round of voting as a pure machine: votes in, what they decide out.
//!
//! # Inputs and outputs
//! Votes whose signatures were checked and whose blocks are known. Outputs are answers: the prevote
//! GHOST, the estimate, whether the round is completable, what is final in it (GRANDPA paper, sections 2 and 3).
//!
//! # Invariants
//! 1. The answers depend on which votes were counted, not on their order. A third vote of a voter is not
//!    counted: what two votes prove, three do not prove better.
//! 2. Votes are compared without their signatures: a second signature on one vote is no equivocation.
//! 3. One formula says what can still win, for the estimate and for completability.
//! 4. GHOSTs only rise, final blocks only rise, what cannot win never can again, as long as at most f of
//!    the weight equivocates. The estimate of a completable round only falls.
//!
//! # Beyond f equivocators
//! The paper says nothing there, and no two blocks are safe from each other. Answers stay defined: an
//! equivocator counts for every block, of two GHOSTs the higher and then the lower hash is taken, and
//! nobody is expected to equivocate who did not.
//!
//! # Bounds
//! At most two votes a voter and stage, so at most n targets a stage for n voters: an equivocator's second
//! target is not placed. A vote costs O(targets) and asks the chain only where its target is new.

use super::graph::{Quorum, VoteGraph};
use super::{
    Ancestry, BlockRef, CatchUp, Justification, SeenVotes, SignedVote, Stage, VoteEquivocation,
    VoterSet,
};
use crate::rules::{EquivocationWeight, Estimate, FinalityRules};
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{PublicKey, Round as RoundNumber, SetId, VoteWeight};
use std::sync::Arc;

/// What became of a vote.
#[expect(clippy::large_enum_variant, reason = "matched where it is returned, never stored")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Imported {
    /// It counts now.
    New,
    /// It was known.
    Known,
    /// The voter voted for another block before: both votes together prove it. Told for the first pair only.
    Equivocation(VoteEquivocation),
    /// It does not count.
    Ignored(IgnoredVote),
}

/// Why a vote does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IgnoredVote {
    /// Of another set or round, or a hint, which is never counted.
    NotOfThisRound,
    /// Its signer is not in the set.
    NotAVoter,
    /// Its target does not descend from the base of the round, or is not known.
    OffBase,
    /// Two different votes of the voter are known already.
    Third,
}

/// The votes of one voter in one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Cast {
    #[default]
    Nothing,
    One(SignedVote),
    Two(SignedVote, SignedVote),
}

impl Cast {
    fn votes(&self) -> impl Iterator<Item = SignedVote> + use<> {
        let (first, second) = match *self {
            Self::Nothing => (None, None),
            Self::One(vote) => (Some(vote), None),
            Self::Two(first, second) => (Some(first), Some(second)),
        };
        first.into_iter().chain(second)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct StageVotes {
    casts: Vec<Cast>,
    graph: VoteGraph,
}

/// What the votes decide at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Decided {
    prevote_ghost: Option<BlockRef>,
    estimate: Option<BlockRef>,
    completable: bool,
    finalized: Option<BlockRef>,
    no_child_can_win: bool,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Round<M = Standard> {
    set: Arc<VoterSet>,
    rules: FinalityRules<M>,
    quorum: Quorum<M>,
    number: RoundNumber,
    base: BlockRef,
    prevotes: StageVotes,
    precommits: StageVotes,
    decided: Decided,
}

impl<M: Mutant> Round<M> {
    /// A round without votes. Votes below `base` do not count; it is final or the estimate of the round before.
    #[must_use]
    pub fn new(
        set: &Arc<VoterSet>,
        number: RoundNumber,
        base: BlockRef,
        rules: &FinalityRules<M>,
    ) -> Self {
        let stage =
            || StageVotes { casts: vec![Cast::Nothing; set.len()], graph: VoteGraph::new(base) };
        let (total, threshold) = (set.total().0, set.threshold(rules).0);
        let quorum = Quorum { total, threshold, mutant: rules.mutant };
        Self {
            set: Arc::clone(set),
            rules: *rules,
            quorum,
            number,
            base,
            prevotes: stage(),
            precommits: stage(),
            decided: Decided::default(),
        }
    }

    /// Number of the set.
    #[must_use]
    pub fn set(&self) -> SetId {
        self.set.id()
    }

    /// Whether an equivocator counts for its first vote alone.
    fn keeps_first(&self) -> bool {
        // rule(finality.equivocation)
        self.rules.equivocation == EquivocationWeight::FirstVote
            || self.rules.mutant.has(Mutation::GF04)
    }

    /// Number of the round.
    #[must_use]
    pub const fn number(&self) -> RoundNumber {
        self.number
    }

    /// The block that every counted vote descends from.
    #[must_use]
    pub const fn base(&self) -> BlockRef {
        self.base
    }

    /// Counts a vote. The caller has checked its signature and knows its block.
    pub fn import<C: Ancestry>(&mut self, chain: &C, signed: SignedVote) -> Imported {
        let vote = signed.vote;
        if vote.set != self.set.id() || vote.round != self.number {
            return Imported::Ignored(IgnoredVote::NotOfThisRound);
        }
        let Some((index, weight)) = self.voter(&signed) else {
            return Imported::Ignored(IgnoredVote::NotAVoter);
        };
        let keeps_first = self.keeps_first();
        let stage = match vote.stage {
            Stage::Prevote => &mut self.prevotes,
            Stage::Precommit => &mut self.precommits,
            Stage::Primary => return Imported::Ignored(IgnoredVote::NotOfThisRound),
        };
        if !chain.is_descendant(&self.base.hash, &vote.target.hash)
            || chain.height(&vote.target.hash) != Some(vote.target.height)
        {
            return Imported::Ignored(IgnoredVote::OffBase);
        }
        let Some(cast) = stage.casts.get_mut(index) else {
            return Imported::Ignored(IgnoredVote::NotAVoter);
        };
        let imported = match *cast {
            Cast::Nothing => {
                *cast = Cast::One(signed);
                stage.graph.add(chain, vote.target, weight);
                Imported::New
            }
            Cast::One(first) if first.vote.target == vote.target => Imported::Known,
            Cast::One(first) => {
                *cast = Cast::Two(first, signed);
                if !keeps_first {
                    stage.graph.equivocate(first.vote.target, weight);
                }
                Imported::Equivocation(VoteEquivocation { first, second: signed })
            }
            Cast::Two(first, second)
                if first.vote.target == vote.target || second.vote.target == vote.target =>
            {
                Imported::Known
            }
            Cast::Two(..) => Imported::Ignored(IgnoredVote::Third),
        };
        if matches!(imported, Imported::New | Imported::Equivocation(_)) {
            self.decide(chain, vote.stage);
        }
        imported
    }

    /// Counts two different votes of one voter whose blocks need not be known: who equivocates counts for every block, so
    /// where its votes are does not matter. The caller has checked both. `false` where the rules count its first vote
    /// alone, or two votes of it are counted already.
    pub fn import_equivocation<C: Ancestry>(
        &mut self,
        chain: &C,
        proof: &VoteEquivocation,
    ) -> bool {
        let (first, second) = (proof.first, proof.second);
        let place = |signed: &SignedVote| {
            (signed.voter, signed.vote.set, signed.vote.round, signed.vote.stage)
        };
        let is_of_round = (first.vote.set, first.vote.round) == (self.set.id(), self.number);
        if !is_of_round
            || place(&first) != place(&second)
            || first.vote == second.vote
            || self.keeps_first()
        {
            return false;
        }
        let Some((index, weight)) = self.voter(&first) else { return false };
        let base = self.base;
        let stage = match first.vote.stage {
            Stage::Prevote => &mut self.prevotes,
            Stage::Precommit => &mut self.precommits,
            Stage::Primary => return false,
        };
        let Some(cast) = stage.casts.get_mut(index) else { return false };
        match *cast {
            Cast::Nothing => {
                stage.graph.add(chain, base, weight);
                stage.graph.equivocate(base, weight);
                *cast = Cast::Two(first, second);
            }
            Cast::One(known) => {
                let other = if known.vote.target == first.vote.target { second } else { first };
                stage.graph.equivocate(known.vote.target, weight);
                *cast = Cast::Two(known, other);
            }
            Cast::Two(..) => return false,
        }
        self.decide(chain, first.vote.stage);
        true
    }

    fn voter(&self, signed: &SignedVote) -> Option<(usize, u64)> {
        let index = self.set.index_of(&signed.voter)?;
        self.set.get(index).map(|voter| (index, voter.weight.0))
    }

    /// Answers the questions anew that a vote of `stage` may have changed.
    fn decide<C: Ancestry>(&mut self, chain: &C, stage: Stage) {
        let quorum = self.quorum;
        if stage == Stage::Prevote {
            let before = self.decided.prevote_ghost;
            let ghost = self.prevotes.graph.ghost(quorum);
            self.decided.prevote_ghost = ghost;
            self.decided.no_child_can_win =
                ghost.is_some_and(|ghost| !self.prevotes.graph.child_possible(quorum, &ghost));
            if before == ghost {
                return;
            }
        }
        let Some(ghost) = self.decided.prevote_ghost else { return };
        let way = self.prevotes.graph.way_down(ghost);
        let precommits = &mut self.precommits.graph;
        precommits.place_on(chain, &way);
        self.decided.finalized = precommits.highest_with_quorum(quorum, &ghost);
        // GRANDPA paper, section 2.3: E, the last block on the chain of g(V) that may still be final.
        // rule(finality.estimate)
        let estimate = match self.rules.estimate {
            Estimate::Possible => precommits.highest_possible(quorum, &ghost),
            Estimate::Ghost => Some(ghost),
            Estimate::Base => Some(self.base),
        };
        self.decided.estimate = estimate;
        let heard = precommits.voted() >= quorum.threshold || quorum.mutant.has(Mutation::GF07);
        self.decided.completable =
            heard && (estimate != Some(ghost) || !precommits.child_possible(quorum, &ghost));
    }

    /// g(V): the highest block that a supermajority of prevotes supports.
    #[must_use]
    pub const fn prevote_ghost(&self) -> Option<BlockRef> {
        self.decided.prevote_ghost
    }

    /// E: the highest block that this round may still make final. `None` before there is a prevote GHOST.
    #[must_use]
    pub const fn estimate(&self) -> Option<BlockRef> {
        self.decided.estimate
    }

    /// Whether the estimate can no longer rise.
    #[must_use]
    pub const fn completable(&self) -> bool {
        self.decided.completable
    }

    /// The highest block that is final in this round.
    #[must_use]
    pub const fn finalized(&self) -> Option<BlockRef> {
        self.decided.finalized
    }

    /// Whether no child of the prevote GHOST can still get a supermajority of prevotes: the third reason to
    /// precommit (GRANDPA paper, section 3).
    #[must_use]
    pub const fn no_child_can_win(&self) -> bool {
        self.decided.no_child_can_win
    }

    /// The votes of one voter in a stage that count: none, one, or two of an equivocator.
    pub fn votes_of(
        &self,
        stage: Stage,
        voter: &PublicKey,
    ) -> impl Iterator<Item = SignedVote> + use<M> {
        let casts = match stage {
            Stage::Prevote => Some(&self.prevotes.casts),
            Stage::Precommit => Some(&self.precommits.casts),
            Stage::Primary => None,
        };
        let cast = self.set.index_of(voter).and_then(|index| casts?.get(index).copied());
        cast.unwrap_or_default().votes()
    }

    /// Which votes were seen: at least one of the voter in the stage.
    #[must_use]
    pub fn seen(&self) -> SeenVotes {
        let mut seen = SeenVotes::default();
        for (stage, votes) in self.stages() {
            for (index, cast) in votes.casts.iter().enumerate() {
                if *cast != Cast::Nothing {
                    seen.insert(stage, index);
                }
            }
        }
        seen
    }

    const fn stages(&self) -> [(Stage, &StageVotes); 2] {
        [(Stage::Prevote, &self.prevotes), (Stage::Precommit, &self.precommits)]
    }

    /// Weight of everybody who voted in `stage`.
    #[must_use]
    pub const fn voted(&self, stage: Stage) -> VoteWeight {
        match stage {
            Stage::Prevote => VoteWeight(self.prevotes.graph.voted()),
            Stage::Precommit => VoteWeight(self.precommits.graph.voted()),
            Stage::Primary => VoteWeight(0),
        }
    }

    /// All votes that were counted, prevotes first, both of an equivocator.
    #[must_use]
    pub fn votes(&self) -> Vec<SignedVote> {
        self.stages()
            .iter()
            .flat_map(|(_, votes)| votes.casts.iter().flat_map(Cast::votes))
            .collect()
    }

    /// Votes of voters and stages that `seen` does not have.
    #[must_use]
    pub fn votes_beyond(&self, seen: &SeenVotes) -> Vec<SignedVote> {
        let mut beyond = Vec::new();
        for (stage, votes) in self.stages() {
            let casts = votes.casts.iter().enumerate();
            let unseen = casts.filter(|(index, _)| !seen.contains(stage, *index));
            beyond.extend(unseen.flat_map(|(_, cast)| cast.votes()));
        }
        beyond
    }

    /// Both votes of every voter that voted for two blocks, in either stage.
    #[must_use]
    pub fn equivocations(&self) -> Vec<VoteEquivocation> {
        let both = |cast: &Cast| match *cast {
            Cast::Two(first, second) => Some(VoteEquivocation { first, second }),
            Cast::Nothing | Cast::One(_) => None,
        };
        self.stages().iter().flat_map(|(_, votes)| votes.casts.iter().filter_map(both)).collect()
    }

    /// Proof that [`Round::finalized`] is final: the precommits for it and above, and every equivocator's.
    ///
    /// The headers between the target and the precommits' blocks are the caller's to add.
    #[must_use]
    pub fn justification<C: Ancestry>(&self, chain: &C) -> Option<Justification> {
        let target = self.finalized()?;
        let everything = self.rules.equivocation == EquivocationWeight::EveryBlock
            && !self.rules.mutant.has(Mutation::GF26);
        let supports =
            |vote: &SignedVote| chain.is_descendant(&target.hash, &vote.vote.target.hash);
        let of_cast = |cast: &Cast| match *cast {
            Cast::Two(first, second) if everything => (Some(first), Some(second)),
            Cast::One(vote) | Cast::Two(vote, _) if supports(&vote) => (Some(vote), None),
            Cast::One(_) | Cast::Two(..) | Cast::Nothing => (None, None),
        };
        let votes = self.precommits.casts.iter().map(of_cast);
        let votes = votes.flat_map(|(one, two)| one.into_iter().chain(two)).collect();
        Some(Justification::new(self.set.id(), self.number, target, votes))
    }

    /// Everything that makes this round completable, for a voter that is behind.
    #[must_use]
    pub fn catch_up(&self) -> CatchUp {
        CatchUp::new(self.set.id(), self.number, self.base, self.votes())
    }
}
