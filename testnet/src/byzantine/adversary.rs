//! What Byzantine voters that run no machine say: they hear each honest vote at once and sign what the plan wants.
//!
//! Inputs: votes that honest nodes just sent. Outputs: votes to one side of the network. A Byzantine voter signs anything
//! with its own key, and with no other: signatures come from [`SimSigner`], whose keys are those it was made with.
//!
//! Bounds: per side, set, round and stage one answer, or one for each different honest vote under `EchoAll`.

use super::node::vote_key;
use super::plan::{Choice, Plan, Row};
use super::world::{Event, Message, World};
use crate::sim::crypto::SimSigner;
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage, Vote, VoterSet};
use serin_state::types::{PublicKey, Round, SetId};
use std::collections::{BTreeMap, BTreeSet};

/// Where something was answered: side, set, round, stage, and under `EchoAll` the block.
type Place = (usize, SetId, Round, Stage, Option<BlockRef>);

/// The Byzantine voters of a run.
#[derive(Debug)]
pub(super) struct Adversary {
    /// Their identities and fresh signers.
    signers: Vec<(usize, SimSigner)>,
    rows: Vec<Row>,
    row_before_fork: Option<Row>,
    row_after: Row,
    answered: BTreeSet<Place>,
    /// The first set and round of side 1 after the split.
    started: Option<(SetId, Round)>,
    /// The first block of side 0 after the split.
    pub(super) bait: Option<usize>,
    /// The head of the fork of side 1, once it was made.
    pub(super) fork: Option<usize>,
    /// Side 1 has its fork.
    pub(super) has_forked: bool,
    /// Honest precommits after the split.
    precommits: Vec<SignedVote>,
    /// The block below both sides.
    pub(super) base: usize,
}

impl Adversary {
    /// The Byzantine voters of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let identities = plan.byzantine.iter().enumerate().filter(|(_, byzantine)| **byzantine);
        let signer = |(identity, _)| {
            let number = u32::try_from(identity).unwrap_or(u32::MAX);
            (identity, SimSigner::validator(number))
        };
        Self {
            signers: identities.map(signer).collect(),
            rows: plan.rows.clone(),
            row_before_fork: plan.row_before_fork,
            row_after: plan.row_after,
            answered: BTreeSet::new(),
            started: None,
            bait: None,
            fork: None,
            precommits: Vec::new(),
            has_forked: false,
            base: 0,
        }
    }

    /// A vote by each Byzantine member of `set`.
    pub(super) fn sign(&self, set: &VoterSet, vote: Vote) -> Vec<SignedVote> {
        let mut signed = Vec::new();
        for (identity, signer) in &self.signers {
            let voter = vote_key(*identity);
            // A copy without marks: nothing bars it from a second vote.
            if let (true, Ok(signature)) = (set.contains(&voter), signer.clone().sign_vote(&vote)) {
                signed.push(SignedVote { vote, voter, signature });
            }
        }
        signed
    }

    /// Answers the votes that honest nodes sent since the last call.
    pub(super) fn react(&mut self, world: &mut World) {
        for (node, heard) in core::mem::take(&mut world.heard) {
            let Some((side, set)) =
                world.nodes.get(node).map(|node| (node.group, node.voter.set().clone()))
            else {
                continue;
            };
            let vote = heard.vote;
            if vote.stage == Stage::Primary || vote.set != set.id() {
                continue;
            }
            self.note(heard);
            let choice = self.choice(side, &vote);
            let each = (choice == Choice::EchoAll).then_some(vote.target);
            if self.answered.insert((side, vote.set, vote.round, vote.stage, each))
                && let Some(target) = self.target(world, choice, vote.target)
            {
                let votes = self.sign(&set, Vote { target, ..vote });
                let votes = if choice == Choice::Half {
                    let low = Vote { target: world.blocks.name(self.base), ..vote };
                    let high = high_only(&set, votes);
                    let low = self.sign(&set, low);
                    let is_low = |vote: &&SignedVote| high.iter().all(|at| at.voter != vote.voter);
                    let low: Vec<SignedVote> = low.iter().filter(is_low).copied().collect();
                    high.into_iter().chain(low).collect()
                } else if side == 0 && self.keeps_to_half(&vote) {
                    high_only(&set, votes)
                } else {
                    votes
                };
                tell(world, side, &votes);
            }
        }
    }

    /// Remembers precommits for the bait.
    fn note(&mut self, heard: SignedVote) {
        if self.bait.is_some() && heard.vote.stage == Stage::Precommit {
            self.precommits.push(heard);
        }
    }

    /// Whether some Byzantine voters say something else to side 1, in the first round.
    fn keeps_to_half(&self, vote: &Vote) -> bool {
        let first = self.rows.first().map(|row| row.precommit);
        let is_first =
            self.started.is_none_or(|(set, round)| (set, round) >= (vote.set, vote.round));
        first == Some(Choice::Half) && vote.stage == Stage::Precommit && is_first
    }

    fn choice(&mut self, side: usize, vote: &Vote) -> Choice {
        if side == 0 || self.bait.is_none() {
            return Choice::Echo;
        }
        let (set, first) = *self.started.get_or_insert((vote.set, vote.round));
        let index = usize::try_from(vote.round.since(first)).unwrap_or(usize::MAX);
        let listed = self.rows.get(index).filter(|_| vote.set == set).copied();
        let before = self.row_before_fork.filter(|_| !self.has_forked);
        let row = before.or(listed).unwrap_or(self.row_after);
        match vote.stage {
            Stage::Prevote => row.prevote,
            Stage::Precommit => row.precommit,
            Stage::Primary => Choice::Withhold,
        }
    }

    fn target(&self, world: &World, choice: Choice, heard: BlockRef) -> Option<BlockRef> {
        let position = world.blocks.position(&heard.hash)?;
        match choice {
            Choice::Echo | Choice::EchoAll | Choice::Half => Some(heard),
            Choice::Parent => Some(world.blocks.name(world.blocks.parent(position))),
            Choice::Base => Some(world.blocks.name(self.base)),
            Choice::Bait => self.bait.map(|bait| world.blocks.name(bait)),
            Choice::Withhold => None,
        }
    }

    /// Prevotes for the bait in the first round of side 1, after its precommits.
    pub(super) fn prevote_late(&self, world: &mut World, set: &VoterSet) {
        let (Some((id, round)), Some(bait)) = (self.started, self.bait) else { return };
        if id == set.id() {
            let target = world.blocks.name(bait);
            let vote = Vote { set: id, round, stage: Stage::Prevote, target };
            let votes = self.sign(set, vote);
            tell(world, 1, &votes);
        }
    }

    /// The first round of side 1 after the split.
    pub(super) fn started_round(&self) -> Option<Round> {
        self.started.map(|(_, round)| round)
    }

    /// A proof for the bait in the first round of side 1: the votes that the sides heard together.
    pub(super) fn joined_proof(&self, world: &World, set: &VoterSet) -> Option<Justification> {
        let (round, bait) = (self.started_round()?, self.bait?);
        let target = world.blocks.name(bait);
        let vote = Vote { set: set.id(), round, stage: Stage::Precommit, target };
        let heard = self.precommits.iter().filter(|heard| heard.vote == vote);
        let mut votes: BTreeMap<PublicKey, SignedVote> =
            heard.map(|heard| (heard.voter, *heard)).collect();
        votes.extend(
            high_only(set, self.sign(set, vote)).into_iter().map(|vote| (vote.voter, vote)),
        );
        Some(Justification::new(set.id(), round, target, votes.into_values().collect()))
    }

    /// A proof for `block` that Byzantine voters alone sign.
    pub(super) fn lone_proof(
        &self,
        world: &World,
        set: &VoterSet,
        round: Round,
        block: usize,
    ) -> Justification {
        let target = world.blocks.name(block);
        let vote = Vote { set: set.id(), round, stage: Stage::Precommit, target };
        Justification::new(set.id(), round, target, self.sign(set, vote))
    }
}

/// The votes without those of the first voters that weigh at most f together.
fn high_only(set: &VoterSet, votes: Vec<SignedVote>) -> Vec<SignedVote> {
    let low_max = set.faulty_max().0;
    let mut low = 0_u64;
    let mut high = Vec::new();
    for vote in votes {
        let voter = set.index_of(&vote.voter).and_then(|at| set.get(at));
        let weight = voter.map_or(0, |voter| voter.weight.0);
        if low.saturating_add(weight) <= low_max {
            low = low.saturating_add(weight);
        } else {
            high.push(vote);
        }
    }
    high
}

/// Sends votes to every node of a side.
fn tell(world: &mut World, side: usize, votes: &[SignedVote]) {
    let members: Vec<usize> = world.members(side).collect();
    for (at, vote) in votes.iter().enumerate() {
        for to in &members {
            let ms = u64::try_from(at.wrapping_add(*to).rem_euclid(4)).unwrap_or(0);
            let message = Message::Vote(*vote);
            world.after(ms.saturating_add(1), Event::Deliver { from: *to, to: *to, message });
        }
    }
}
