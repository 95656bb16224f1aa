//! Votes of one round from bytes, two a vote: who and where. Their order must not matter.
//!
//! Four voters of equal weight, eight blocks in a tree of two children each. Third votes are left out: which two of three
//! are counted depends on the order, and two prove as much.

use crate::sim::crypto::{session_keys, vote_as};
use serin_consensus::finality::{Ancestry, BlockRef, Round, SignedVote, Stage, Vote, VoterSet};
use serin_consensus::rules::Rules;
use serin_state::types::{Hash, Height, Round as Number, SetId, VoteWeight, Voter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Blocks of the tree: block i has the parent (i - 1) / 2.
const BLOCKS: u8 = 8;
const VOTES_MAX: usize = 64;

struct Tree;

fn hash(block: u8) -> Hash {
    Hash([block; 32])
}

fn parent(block: u8) -> Option<u8> {
    block.checked_sub(1).map(|above| above.div_euclid(2))
}

fn block_ref(block: u8) -> BlockRef {
    let height = core::iter::successors(Some(block), |one| parent(*one)).count();
    let height = u32::try_from(height).unwrap_or(0).saturating_sub(1);
    BlockRef { height: Height(height), hash: hash(block) }
}

/// The block and its ancestors, up to the root.
fn line(block: &Hash) -> Vec<u8> {
    let known = (0..BLOCKS).find(|one| hash(*one) == *block);
    core::iter::successors(known, |one| parent(*one)).collect()
}

impl Ancestry for Tree {
    fn height(&self, block: &Hash) -> Option<Height> {
        line(block).first().map(|one| block_ref(*one).height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let other = line(other);
        line(one).into_iter().find(|block| other.contains(block)).map(block_ref)
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        line(block).into_iter().map(block_ref).find(|one| one.height == height)
    }
}

pub(super) fn run(bytes: &[u8]) {
    let voters: Vec<Voter> =
        (0..4).map(|one| Voter { key: session_keys(one).vote, weight: VoteWeight(1) }).collect();
    let Ok(set) = VoterSet::new(SetId(1), &voters) else { return };
    let set = Arc::new(set);
    let votes = votes(bytes);
    let count = |votes: &mut dyn Iterator<Item = &SignedVote>| {
        let mut round = Round::new(&set, Number(1), block_ref(0), &Rules::standard().finality);
        for vote in votes {
            round.import(&Tree, *vote);
        }
        let decided = (round.prevote_ghost(), round.estimate(), round.finalized());
        (decided, round.completable())
    };
    let forth = count(&mut votes.iter());
    let back = count(&mut votes.iter().rev());
    assert_eq!(forth, back, "the order of votes decides nothing");
}

/// At most two votes of each voter and stage.
fn votes(bytes: &[u8]) -> Vec<SignedVote> {
    let mut seen: BTreeMap<(u32, bool), Vec<u8>> = BTreeMap::new();
    let mut votes = Vec::new();
    for pair in bytes.chunks_exact(2).take(VOTES_MAX) {
        let [who, at] = pair else { continue };
        let (voter, prevotes, block) = (u32::from(who & 3), who & 4 == 0, at.rem_euclid(BLOCKS));
        let said = seen.entry((voter, prevotes)).or_default();
        if said.contains(&block) || said.len() == 2 {
            continue;
        }
        said.push(block);
        let stage = if prevotes { Stage::Prevote } else { Stage::Precommit };
        let vote = Vote { set: SetId(1), round: Number(1), stage, target: block_ref(block) };
        votes.push(vote_as(voter, vote));
    }
    votes
}
