//! What is on record after a run, read as naively as possible: votes by round, blocks by their parents, sets by chain.
//!
//! This is the checker's own view. It shares no code with the procedure under test nor with the voter: members, weights,
//! signed bytes and thresholds are written anew from the paper (sections 2.2 and 4.1) and from the format of votes.
//!
//! Inputs: a [`Case`]. Outputs: answers about it. Bounds: those of the case; each answer is a plain scan.

use super::case::Case;
use super::parties::quorum;
use crate::sim::crypto::SimVerifier;
use serin_consensus::crypto::{Check, Signed, Verifier};
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage};
use serin_state::types::{Hash, Height, PublicKey, Round, SetId};
use std::collections::{BTreeMap, BTreeSet};

/// Members of a set and their weights.
pub(super) type Members = BTreeMap<PublicKey, u64>;

/// The votes of one round in one stage: the blocks each voter voted for.
pub(super) type Ballot = BTreeMap<PublicKey, BTreeSet<BlockRef>>;

/// How a ballot stands to a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Weight of those who voted for it or above, and for nothing else.
    pub(super) supporting: u64,
    /// Weight of those who voted elsewhere, once.
    pub(super) against: u64,
    /// Weight of those who voted for several blocks.
    pub(super) equivocating: u64,
}

/// What is on record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    parents: BTreeMap<Hash, (Height, Hash)>,
    announced: BTreeMap<Hash, Members>,
    first: (SetId, Members),
    ballots: BTreeMap<(SetId, Round, Stage), Ballot>,
}

/// The 53 bytes that a vote signs: stage, hash, height, round, set, integers little-endian.
pub(super) fn is_signed(vote: &SignedVote) -> bool {
    let stage = match vote.vote.stage {
        Stage::Prevote => 0_u8,
        Stage::Precommit => 1,
        Stage::Primary => 2,
    };
    let mut bytes = vec![stage];
    bytes.extend(vote.vote.target.hash.0);
    bytes.extend(vote.vote.target.height.0.to_le_bytes());
    bytes.extend(vote.vote.round.0.to_le_bytes());
    bytes.extend(vote.vote.set.0.to_le_bytes());
    let Ok(payload) = <[u8; 53]>::try_from(bytes) else { return false };
    let signed = Signed::Vote(&payload);
    SimVerifier.signature(Check { key: vote.voter, signed, signature: vote.signature })
}

impl Record {
    /// From all honest logs and all proofs of the case.
    pub(super) fn new(case: &Case) -> Self {
        let members = |voters: &[serin_state::types::Voter]| {
            voters.iter().map(|voter| (voter.key, voter.weight.0)).collect()
        };
        let mut record = Self {
            parents: BTreeMap::new(),
            announced: BTreeMap::new(),
            first: (case.first_set.id(), members(case.first_set.voters())),
            ballots: BTreeMap::new(),
        };
        for header in &case.headers {
            let hash = header.hash();
            record.parents.insert(hash, (header.height(), header.parent()));
            if let Some(voters) = &header.unsealed.announcements.next_set {
                record.announced.insert(hash, members(voters));
            }
        }
        for entry in case.testimonies.iter().flat_map(|testimony| &testimony.log) {
            record.add(&entry.vote);
        }
        for vote in case.proofs.iter().flat_map(Justification::votes) {
            record.add(&vote);
        }
        record
    }

    /// Adds a vote, if it is signed.
    pub(super) fn add(&mut self, vote: &SignedVote) {
        if is_signed(vote) {
            let place = (vote.vote.set, vote.vote.round, vote.vote.stage);
            let ballot = self.ballots.entry(place).or_default();
            ballot.entry(vote.voter).or_default().insert(vote.vote.target);
        }
    }

    /// The block and its ancestors, highest first.
    fn chain(&self, block: &BlockRef) -> Vec<Hash> {
        let mut chain = Vec::new();
        let mut at = block.hash;
        while let Some((_, parent)) = self.parents.get(&at) {
            chain.push(at);
            at = *parent;
        }
        chain
    }

    /// Whether `block` is `base` or descends from it; no, if its height is not what its header says.
    pub(super) fn is_above(&self, base: &BlockRef, block: &BlockRef) -> bool {
        let height = |block: &BlockRef| self.parents.get(&block.hash).map(|(height, _)| *height);
        if height(block) != Some(block.height) || height(base) != Some(base.height) {
            return false;
        }
        let mut at = block.hash;
        while let Some((height, parent)) = self.parents.get(&at) {
            if *height <= base.height {
                return at == base.hash;
            }
            at = *parent;
        }
        false
    }

    /// Whether neither block descends from the other.
    pub(super) fn conflict(&self, one: &BlockRef, other: &BlockRef) -> bool {
        !self.is_above(one, other) && !self.is_above(other, one)
    }

    /// The last set that votes on both chains: the one after the last block that they share.
    pub(super) fn common_set(&self, one: &BlockRef, other: &BlockRef) -> (SetId, Members) {
        let others: BTreeSet<Hash> = self.chain(other).into_iter().collect();
        let shared = self.chain(one).into_iter().filter(|hash| others.contains(hash));
        let mut announced: Vec<&Members> =
            shared.filter_map(|hash| self.announced.get(&hash)).collect();
        let changes = u64::try_from(announced.len()).unwrap_or(0);
        // Highest first.
        announced.truncate(1);
        let members =
            announced.first().map_or_else(|| self.first.1.clone(), |last| (*last).clone());
        (SetId(self.first.0.0.saturating_add(changes)), members)
    }

    /// Whether a block below `block` and above the last one that both chains share changes the set.
    pub(super) fn is_beyond_change(&self, block: &BlockRef, other: &BlockRef) -> bool {
        let others: BTreeSet<Hash> = self.chain(other).into_iter().collect();
        let own = self.chain(block).into_iter().skip(1);
        own.filter(|hash| !others.contains(hash)).any(|hash| self.announced.contains_key(&hash))
    }

    /// The sets that voted.
    pub(super) fn sets(&self) -> BTreeSet<SetId> {
        self.ballots.keys().map(|(set, _, _)| *set).collect()
    }

    /// The votes of a round.
    pub(super) fn ballot(&self, set: SetId, round: Round, stage: Stage) -> Ballot {
        self.ballots.get(&(set, round, stage)).cloned().unwrap_or_default()
    }

    /// Weighs a ballot.
    pub(super) fn count(&self, members: &Members, ballot: &Ballot, block: &BlockRef) -> Count {
        let mut count = Count::default();
        for (voter, targets) in ballot {
            let weight = members.get(voter).copied().unwrap_or(0);
            let mut of_voter = targets.iter();
            let sum = match (of_voter.next(), of_voter.next()) {
                (Some(_), Some(_)) => &mut count.equivocating,
                (Some(one), None) if self.is_above(block, one) => &mut count.supporting,
                (Some(one), None) if self.parents.contains_key(&one.hash) => &mut count.against,
                (_, _) => continue,
            };
            *sum = sum.saturating_add(weight);
        }
        count
    }

    /// Whether all that is on record of a round leaves it open that `block` became final in it.
    pub(super) fn is_possible(&self, members: &Members, ballot: &Ballot, block: &BlockRef) -> bool {
        let (faulty, _) = limits(members);
        let count = self.count(members, ballot, block);
        count.against.saturating_add(count.equivocating) <= faulty.saturating_mul(2)
    }

    /// Who voted for two blocks in one stage of a round of the set, at any time.
    pub(super) fn equivocators(&self, set: SetId) -> BTreeSet<PublicKey> {
        let of_set = self
            .ballots
            .iter()
            .filter(|((of, _, stage), _)| *of == set && *stage != Stage::Primary);
        let guilty = of_set.flat_map(|(_, ballot)| ballot.iter());
        guilty.filter(|(_, targets)| targets.len() > 1).map(|(voter, _)| *voter).collect()
    }
}

/// f and n - f of a set.
pub(super) fn limits(members: &Members) -> (u64, u64) {
    let weights: Vec<u64> = members.values().copied().collect();
    quorum(&weights)
}

/// Weight of these members together.
pub(super) fn weigh<'a>(members: &Members, voters: impl IntoIterator<Item = &'a PublicKey>) -> u64 {
    let weights = voters.into_iter().map(|voter| members.get(voter).copied().unwrap_or(0));
    weights.fold(0, u64::saturating_add)
}
