//! The votes of one round and stage, weighed for and against a block.
//!
//! # Inputs and outputs
//! Votes of members; weights, who is against, who equivocates, out.
//!
//! # Invariants
//! 1. Each voter counts once: single for, single against, equivocating, or, where its block cannot be placed,
//!    not at all.
//! 2. The formula is the voter's own (`VoteGraph`): as long as at most n - q equivocate, a block is impossible
//!    iff those against it and the equivocators together weigh more than 2 (n - q).
//!
//! # Bounds
//! Linear in the votes; each target is placed once.

use super::{Headers, Place};
use crate::finality::{BlockRef, SignedVote, VoteEquivocation, VoterSet};
use crate::rules::{EquivocationWeight, FinalityRules};
use serin_state::types::PublicKey;
use std::collections::BTreeMap;

/// One or two votes of each voter, for different blocks, in one stage of one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ballots(BTreeMap<PublicKey, (SignedVote, Option<SignedVote>)>);

impl Ballots {
    /// Adds a vote. The same vote again, and a third one, change nothing.
    pub(super) fn add(&mut self, vote: SignedVote) {
        let Some((first, second)) = self.0.get_mut(&vote.voter) else {
            self.0.insert(vote.voter, (vote, None));
            return;
        };
        if first.vote != vote.vote && second.is_none() {
            *second = Some(vote);
        }
    }

    /// Both votes of everybody who voted for two blocks.
    pub(super) fn equivocations(&self) -> impl Iterator<Item = VoteEquivocation> + '_ {
        let both = |(first, second): &(SignedVote, Option<SignedVote>)| {
            second.map(|second| VoteEquivocation { first: *first, second })
        };
        self.0.values().filter_map(both)
    }

    /// All votes, by voter.
    pub(super) fn iter(&self) -> impl Iterator<Item = SignedVote> + '_ {
        self.0.values().flat_map(|(first, second)| core::iter::once(*first).chain(*second))
    }

    /// Weighs the votes with regard to `block`.
    pub(super) fn tally(&self, set: &VoterSet, headers: &Headers, block: &BlockRef) -> Tally {
        let mut placed: BTreeMap<BlockRef, Place> = BTreeMap::new();
        let mut tally = Tally::default();
        for (voter, (vote, second)) in &self.0 {
            let weight = weight_of(set, voter);
            if second.is_some() {
                tally.equivocating = tally.equivocating.saturating_add(weight);
                continue;
            }
            let target = vote.vote.target;
            match placed.entry(target).or_insert_with(|| headers.place(block, &target)) {
                Place::Above => {
                    tally.supporting = tally.supporting.saturating_add(weight);
                    tally.supporters.push(*vote);
                }
                Place::Off => {
                    tally.against = tally.against.saturating_add(weight);
                    tally.opponents.push(*vote);
                }
                Place::Unknown => {}
            }
        }
        assert!(
            tally.supporting.saturating_add(tally.against).saturating_add(tally.equivocating)
                <= set.total().0,
            "invariant(votes): each voter is counted once"
        );
        tally
    }
}

/// Votes with regard to one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) supporters: Vec<SignedVote>,
    pub(super) opponents: Vec<SignedVote>,
    supporting: u64,
    against: u64,
    equivocating: u64,
}

impl Tally {
    /// Whether more than n - q equivocate, which no round survives.
    pub(super) const fn too_many_equivocate(&self, quorum: &Quorum) -> bool {
        self.equivocating > quorum.spare()
    }

    /// Whether the votes show that the block cannot get a supermajority, or show enough guilty at once.
    pub(super) const fn impossible(&self, quorum: &Quorum) -> bool {
        self.too_many_equivocate(quorum)
            || self.against.saturating_add(self.equivocating) > quorum.spare().saturating_mul(2)
    }

    /// Whether the votes are a supermajority for the block.
    pub(super) const fn supported(&self, quorum: &Quorum) -> bool {
        self.supporting.saturating_add(self.equivocating) >= quorum.threshold
    }
}

/// Total weight n and supermajority q of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quorum {
    total: u64,
    threshold: u64,
}

impl Quorum {
    pub(super) fn new(set: &VoterSet, rules: &FinalityRules) -> Self {
        Self { total: set.total().0, threshold: set.threshold(rules).0 }
    }

    /// n - q: what may be faulty.
    pub(super) const fn spare(&self) -> u64 {
        self.total.saturating_sub(self.threshold)
    }

    /// 2 q - n: what two supermajorities have in common.
    pub(super) const fn shared(&self) -> u64 {
        self.threshold.saturating_sub(self.spare())
    }

    /// Whether two supermajorities share more than may be faulty: 3 q > 2 n. Below, nothing is promised from
    /// one round to the next.
    pub(super) const fn binds_rounds(&self) -> bool {
        self.shared() > self.spare()
    }
}

/// The weight of culprits that the procedure promises: the smaller of 2 q - n, what two supermajorities of one
/// round share, and n - q + 1, what a supermajority shares with the votes that let a later round go elsewhere.
/// Both are at least f + 1 for q = n - f, and the second is f + 1.
#[must_use]
pub fn accountable_weight(set: &VoterSet, rules: &FinalityRules) -> u64 {
    let quorum = Quorum::new(set, rules);
    quorum.shared().min(quorum.spare().saturating_add(1))
}

/// Whether the rules allow to follow guilt from one round to the next.
pub(super) fn follows_rounds(quorum: &Quorum, rules: &FinalityRules) -> bool {
    let standard = FinalityRules::default();
    let rounds = |rules: &FinalityRules| {
        (rules.estimate, rules.prevote_base, rules.precommit_bound, rules.round_start)
    };
    rules.equivocation == EquivocationWeight::EveryBlock
        && rounds(rules) == rounds(&standard)
        && quorum.binds_rounds()
}

pub(super) fn weight_of(set: &VoterSet, voter: &PublicKey) -> u64 {
    set.index_of(voter).and_then(|index| set.get(index)).map_or(0, |voter| voter.weight.0)
}
