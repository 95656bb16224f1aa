//! What a run leaves for a court: two conflicting proofs, the blocks, the honest logs, and the truth.
//!
//! Inputs: a finished run. Outputs: plain values. The truth, who was Byzantine, is for judging the verdict only; no
//! procedure is given it.

use super::node::{Entry, vote_key};
use super::plan::{Class, Plan};
use super::world::World;
use serin_consensus::finality::{Justification, VoteEquivocation, VoterSet};
use serin_state::types::{Header, PublicKey};
use std::collections::BTreeSet;

/// What one honest node has to say.
#[derive(Clone, Debug)]
pub(super) struct Testimony {
    /// Its vote key; observers have one that is in no set.
    pub(super) key: PublicKey,
    /// What it saw and sent, in order.
    pub(super) log: Vec<Entry>,
    /// What its voter machine reported.
    pub(super) evidence: Vec<VoteEquivocation>,
}

/// The outcome of a run.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) class: Class,
    /// The set that votes from genesis on.
    pub(super) first_set: VoterSet,
    /// Every block, parents first.
    pub(super) headers: Vec<Header>,
    /// Every valid proof that an honest node made or was shown.
    pub(super) proofs: Vec<Justification>,
    /// Pairs of `proofs` that conflict, by position.
    pub(super) conflicts: Vec<(usize, usize)>,
    pub(super) testimonies: Vec<Testimony>,
    /// Number and vote key of every voter, and whether it is Byzantine.
    pub(super) identities: Vec<(u32, PublicKey, bool)>,
    /// The truth.
    pub(super) byzantine: BTreeSet<PublicKey>,
    /// Blocks that were made final, over all nodes.
    pub(super) finals: usize,
}

impl World {
    /// Pairs of proofs whose blocks conflict.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = (usize, usize)> {
        let place = |proof: &Justification| self.blocks.position(&proof.target().hash);
        let places: Vec<Option<usize>> = self.proofs.iter().map(place).collect();
        let pairs = (0..places.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
        pairs.filter(move |(one, other)| {
            let at = |which: &usize| places.get(*which).copied().flatten();
            at(one).zip(at(other)).is_some_and(|(one, other)| self.blocks.conflict(one, other))
        })
    }
}

impl Case {
    /// What `world` leaves.
    pub(super) fn new(plan: &Plan, world: World) -> Self {
        let conflicts = world.conflicts().collect();
        let finals =
            world.nodes.iter().map(|node| node.finals.len()).fold(0, usize::saturating_add);
        let truth = plan.byzantine.iter().enumerate().filter(|(_, byzantine)| **byzantine);
        let byzantine = truth.map(|(identity, _)| vote_key(identity)).collect();
        let identities = plan
            .byzantine
            .iter()
            .enumerate()
            .map(|(at, byzantine)| (u32::try_from(at).unwrap_or(0), vote_key(at), *byzantine))
            .collect();
        let honest = world.nodes.into_iter().filter(|node| !node.is_byzantine);
        let testimonies = honest
            .map(|node| Testimony {
                key: vote_key(node.identity),
                log: node.log,
                evidence: node.evidence,
            })
            .collect();
        Self {
            class: plan.class,
            first_set: world.blocks.set_after(0).clone(),
            headers: world.blocks.headers().cloned().collect(),
            proofs: world.proofs,
            conflicts,
            testimonies,
            identities,
            byzantine,
            finals,
        }
    }
}
