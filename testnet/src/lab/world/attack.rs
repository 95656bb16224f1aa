//! What adversaries do to messages: a layer between a full core and the network, with the keys of its node.
//!
//! Inputs: what a Byzantine node's core lets out. Outputs: what really leaves it, for whom, and when. Every occasion has a
//! number of its node, and whether the attack happens is drawn for that number alone. Attacks go on after GST.
//!
//! Bounds: at most [`COPIES_MAX`] copies of a message.

use super::super::case::{Adversary, Attack, Nodes, Pretence, Scope};
use super::World;
use super::link::kind_of_gossip;
use crate::sim::crypto::{seal_as, vote_as};
use serin_consensus::finality::{BlockRef, CatchUp, SignedVote, Stage, Vote};
use serin_network::message::{BlockAnnouncement, FinalityGossip, FinalityResponse, Gossip};
use serin_network::message::{Request, Response, Status};
use serin_state::codec::decode;
use serin_state::random::Draw;
use serin_state::types::{Hash, Height, Round, SetId};
use std::sync::Arc;

/// How much later the vote that helps leaves, in milliseconds: links may overtake less than that.
const WEDGE_MS: u64 = 1_000;
/// Most copies of a message.
const COPIES_MAX: u8 = 8;

/// A message on its way out.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    pub(super) gossip: Arc<Gossip>,
    pub(super) to: Nodes,
    pub(super) later: u64,
}

impl World<'_> {
    /// Notes that a node acts against the rules.
    pub(super) fn act(&mut self, index: usize, what: &'static str) {
        self.reached.attack = self.reached.attack.saturating_add(1);
        self.record_event(Some(index), || format!("sends {what}"));
    }

    /// Draws for an occasion of a node.
    pub(super) fn occasion(&mut self, index: usize, purpose: &str) -> Draw {
        let Some(node) = self.nodes.get_mut(index) else { return self.random.draw(purpose, 0, 0) };
        node.acts = node.acts.saturating_add(1);
        let acts = node.acts;
        self.random.draw(purpose, u64::try_from(index).unwrap_or(0), acts)
    }

    /// The adversaries that own a node and have begun.
    pub(super) fn adversaries_of(&self, index: usize) -> impl Iterator<Item = Adversary> + use<> {
        let now = self.millis();
        let validator = self.nodes.get(index).map_or(usize::MAX, |node| node.validator);
        let begun: Vec<Adversary> = self
            .case
            .adversaries
            .iter()
            .filter(|one| one.nodes.has(validator) && one.at_ms <= now)
            .copied()
            .collect();
        begun.into_iter()
    }

    /// The first attack of a node of some kind that happens this time.
    pub(super) fn attack_of<T>(
        &mut self,
        index: usize,
        pick: impl Fn(Attack) -> Option<T>,
    ) -> Option<T> {
        for adversary in self.adversaries_of(index) {
            if let Some(found) = pick(adversary.kind)
                && self.occasion(index, "attack").chance_ppm(adversary.ppm)
            {
                return Some(found);
            }
        }
        None
    }

    /// Lets the gossip of a Byzantine node out, changed.
    pub(super) fn attack(&mut self, index: usize, gossip: Gossip) {
        let all = Nodes::all(self.nodes.len());
        let mut leaving = vec![Leaving { gossip: Arc::new(gossip), to: all, later: 0 }];
        for adversary in self.adversaries_of(index) {
            if !self.occasion(index, "attack").chance_ppm(adversary.ppm) {
                continue;
            }
            let before = core::mem::take(&mut leaving);
            for one in before {
                self.apply(index, adversary.kind, one, &mut leaving);
            }
        }
        for one in leaving {
            self.tell(index, &one.gossip, one.to, one.later);
        }
    }

    fn apply(&mut self, index: usize, attack: Attack, one: Leaving, out: &mut Vec<Leaving>) {
        let kind = kind_of_gossip(&one.gossip);
        let mut one = one;
        match attack {
            Attack::VoteTwice { side } => self.vote_again(index, side, &mut one, out),
            Attack::VoteLow => self.change_vote(index, &mut one, |world, vote, _| {
                world.another_target(&vote.target, true).map(|target| Vote { target, ..vote })
            }),
            Attack::LieSet { by } => self.change_vote(index, &mut one, |_, vote, _| {
                let set = SetId(vote.set.0.wrapping_add(u64::from(by)));
                Some(Vote { set, ..vote })
            }),
            Attack::Mutate { scope } => self.mutate(index, scope, &mut one),
            Attack::Withhold { what, from } if what == kind => {
                self.act(index, "nothing where it should");
                one.to = Nodes(one.to.0 & !from.0);
            }
            Attack::Late { what, by_ms } if what == kind => {
                self.act(index, "a message late");
                one.later = one.later.saturating_add(u64::from(by_ms));
            }
            Attack::SplitVotes { side } if is_vote(&one.gossip) => {
                self.act(index, "its votes to one side");
                one.to = Nodes(one.to.0 & side.0);
            }
            Attack::SealTwice { side } if is_block(&one.gossip) => {
                one.to = Nodes(one.to.0 & !side.0);
            }
            Attack::Grind => {
                if let Gossip::Block(block) = &*one.gossip
                    && block.header.hash().0.first().is_some_and(|byte| byte & 1 == 1)
                {
                    self.act(index, "no block where the lottery suits others");
                    one.to = Nodes(0);
                }
            }
            Attack::Spam { copies } => {
                self.act(index, "a message again and again");
                for turn in 0..copies.min(COPIES_MAX) {
                    let later = u64::from(turn).saturating_mul(3).saturating_add(1);
                    out.push(Leaving { later, ..one.clone() });
                }
            }
            Attack::Censor if kind == super::super::case::Kind::Transaction => {
                self.act(index, "no transactions");
                one.to = Nodes(0);
            }
            Attack::Twins { .. }
            | Attack::SealTwice { .. }
            | Attack::Withhold { .. }
            | Attack::Late { .. }
            | Attack::Early { .. }
            | Attack::SplitVotes { .. }
            | Attack::LieRound { .. }
            | Attack::LongRange { .. }
            | Attack::StaleKeys
            | Attack::Forge { .. }
            | Attack::WrongBody
            | Attack::Censor => {}
            Attack::Pretend { what } => self.pretend(index, what, &mut one, out),
            Attack::Silent => one.to = Nodes(0),
            Attack::Wedge { side } => self.wedge(index, side, &mut one, out),
        }
        if one.to.0 != 0 {
            out.push(one);
        }
    }

    fn vote_again(&mut self, index: usize, side: Nodes, one: &mut Leaving, out: &mut Vec<Leaving>) {
        let Gossip::Finality(FinalityGossip::Vote(signed)) = &*one.gossip else { return };
        let vote = signed.vote;
        let Some(target) = self.another_target(&vote.target, false) else { return };
        let Some(validator) = self.validator_of(index) else { return };
        self.act(index, "a second vote");
        let second = vote_as(validator, Vote { target, ..vote });
        let gossip = Arc::new(Gossip::Finality(FinalityGossip::Vote(second)));
        out.push(Leaving { gossip, to: Nodes(one.to.0 & side.0), later: one.later });
        one.to = Nodes(one.to.0 & !side.0);
    }

    /// Two votes of which the one that does not help comes first.
    fn wedge(&mut self, index: usize, side: Nodes, one: &mut Leaving, out: &mut Vec<Leaving>) {
        let Gossip::Finality(FinalityGossip::Vote(signed)) = &*one.gossip else { return };
        let vote = signed.vote;
        let Some(target) = self.parent_of(index, &vote.target) else { return };
        let Some(validator) = self.validator_of(index) else { return };
        let low = vote_as(validator, Vote { target, ..vote });
        let gossip = Arc::new(Gossip::Finality(FinalityGossip::Vote(low)));
        let to = match vote.stage {
            Stage::Primary => return,
            Stage::Prevote => Nodes(one.to.0 & !side.0),
            Stage::Precommit => one.to,
        };
        self.act(index, "a vote for the parent first");
        out.push(Leaving { gossip, to, later: one.later });
        match vote.stage {
            Stage::Primary | Stage::Prevote => one.to = Nodes(one.to.0 & side.0),
            Stage::Precommit => one.later = one.later.saturating_add(WEDGE_MS),
        }
    }

    fn parent_of(&self, index: usize, block: &BlockRef) -> Option<BlockRef> {
        let core = self.nodes.get(index)?.core.as_ref()?;
        let hash = core.block(&block.hash)?.header.parent();
        Some(BlockRef { hash, height: block.height.saturating_sub(1) })
    }

    fn change_vote(
        &mut self,
        index: usize,
        one: &mut Leaving,
        change: impl Fn(&mut Self, Vote, Draw) -> Option<Vote>,
    ) {
        let Gossip::Finality(FinalityGossip::Vote(signed)) = &*one.gossip else { return };
        let SignedVote { vote, .. } = *signed;
        let draw = self.occasion(index, "vote");
        let Some(validator) = self.validator_of(index) else { return };
        if let Some(changed) = change(self, vote, draw) {
            self.act(index, "a changed vote");
            let changed = vote_as(validator, changed);
            one.gossip = Arc::new(Gossip::Finality(FinalityGossip::Vote(changed)));
        }
    }

    pub(super) fn validator_of(&self, index: usize) -> Option<u32> {
        u32::try_from(self.nodes.get(index)?.validator).ok()
    }

    /// A block other than this one that somebody made lately: its rival, or one below it.
    fn another_target(&self, target: &BlockRef, below: bool) -> Option<BlockRef> {
        let rival = self
            .targets
            .iter()
            .rev()
            .find(|block| !below && block.height == target.height && block.hash != target.hash);
        let lower = self.targets.iter().rev().find(|block| block.height < target.height);
        rival.or(lower).copied()
    }

    fn mutate(&mut self, index: usize, scope: Scope, one: &mut Leaving) {
        let field = self.occasion(index, "field").below(4);
        match &*one.gossip {
            Gossip::Finality(FinalityGossip::Vote(_)) => {
                self.change_vote(index, one, |_, vote, draw| {
                    Some(mutated_vote(vote, scope, field, draw))
                });
            }
            Gossip::Block(block) => {
                let Some(validator) = self.validator_of(index) else { return };
                let amount = shift(scope, self.occasion(index, "amount"));
                let block = self.mutated_block(validator, block, field, amount);
                self.act(index, "a changed block");
                one.gossip = Arc::new(Gossip::Block(Box::new(block)));
            }
            Gossip::Finality(FinalityGossip::Commit(bytes)) => {
                let mut bytes = bytes.clone();
                let place =
                    self.occasion(index, "byte").below(u64::try_from(bytes.len()).unwrap_or(1));
                if let Some(byte) = bytes.get_mut(usize::try_from(place).unwrap_or(0)) {
                    *byte = byte.wrapping_add(1);
                }
                self.act(index, "a changed proof");
                one.gossip = Arc::new(Gossip::Finality(FinalityGossip::Commit(bytes)));
            }
            Gossip::Transactions(_) => {}
        }
    }

    /// A block with one wrong field: sealed again, except where the seal itself is the field.
    fn mutated_block(
        &self,
        validator: u32,
        block: &BlockAnnouncement,
        field: u64,
        amount: u64,
    ) -> BlockAnnouncement {
        let mut block = block.clone();
        let flip = |hash: &mut Hash| {
            if let Some(byte) = hash.0.first_mut() {
                *byte = byte.wrapping_add(1);
            }
        };
        let unsealed = &mut block.header.unsealed;
        match field {
            0 => flip(&mut unsealed.state_root),
            1 => flip(&mut unsealed.outcome_root),
            2 => {
                if let Some(claim) = unsealed.claim.as_mut() {
                    claim.slot = claim.slot.saturating_add(amount);
                }
            }
            _ => {
                if let Some(byte) = block.header.seal.0.first_mut() {
                    *byte = byte.wrapping_add(1);
                }
                return block;
            }
        }
        let statement = block.header.unsealed.seal_statement();
        block.header.seal = seal_as(validator, &self.genesis, &statement);
        block
    }

    /// What a Byzantine node asks.
    pub(super) fn asked(&mut self, index: usize, mut request: Request) -> Request {
        if !self.is_honest(index)
            && let Request::Status(status) = &mut request
        {
            self.lie(index, status);
        }
        request
    }

    /// What a Byzantine node answers.
    pub(super) fn answered(&mut self, index: usize, mut response: Response) -> Response {
        if !self.is_honest(index) {
            self.falsify(index, &mut response);
        }
        self.note_answer(&response);
        response
    }

    /// Votes that leave in answers count as said.
    fn note_answer(&mut self, response: &Response) {
        let Response::Finality(response) = response else { return };
        let votes = match response {
            FinalityResponse::Votes(votes) => votes.clone(),
            FinalityResponse::CatchUp(Some(bytes)) => {
                decode::<CatchUp>(bytes).map(|caught| caught.votes).unwrap_or_default()
            }
            FinalityResponse::CatchUp(None)
            | FinalityResponse::Justification(_)
            | FinalityResponse::Chain(_)
            | FinalityResponse::LoggedVotes(_) => Vec::new(),
        };
        for vote in &votes {
            self.judge.on_vote(vote);
        }
    }

    fn falsify(&mut self, index: usize, response: &mut Response) {
        self.pretend_answer(index, response);
        match response {
            Response::Status(status) => self.lie(index, status),
            Response::Finality(FinalityResponse::Votes(votes)) => {
                let votes_too = self.attack_of(index, |kind| {
                    matches!(kind, Attack::SplitVotes { .. } | Attack::Withhold { .. })
                        .then_some(())
                });
                let own = self.validator_of(index).map(crate::sim::crypto::session_keys);
                if votes_too.is_some()
                    && let Some(keys) = own
                {
                    votes.retain(|vote| vote.voter != keys.vote);
                }
            }
            Response::Finality(_) | Response::Blocks(_) | Response::State(_) => {}
        }
    }

    fn lie(&mut self, index: usize, status: &mut Status) {
        let by = self.attack_of(index, |kind| {
            if let Attack::LieRound { by } = kind {
                return Some((u64::from(by), 0));
            }
            if let Attack::Pretend { what } = kind {
                // Whoever is to ask has to believe that there is something to ask for.
                let asked_for = [(Pretence::Answers, (1, 0)), (Pretence::CatchUp, (3, 0))];
                return asked_for.into_iter().find(|(one, _)| *one == what).map(|(_, by)| by);
            }
            if let Attack::LieSet { by } = kind { Some((0, u64::from(by))) } else { None }
        });
        if let Some((rounds, sets)) = by {
            self.act(index, "a status that is not true");
            status.round = Round(status.round.0.saturating_add(rounds));
            status.set = SetId(status.set.0.wrapping_add(sets));
        }
    }
}

fn is_vote(gossip: &Gossip) -> bool {
    matches!(gossip, Gossip::Finality(FinalityGossip::Vote(_)))
}

fn is_block(gossip: &Gossip) -> bool {
    matches!(gossip, Gossip::Block(_))
}

/// By how much a field changes.
fn shift(scope: Scope, draw: Draw) -> u64 {
    match scope {
        Scope::Small => 1,
        Scope::Any => draw.number(),
        Scope::Future => draw.below(1_000).saturating_add(2),
    }
}

fn mutated_vote(vote: Vote, scope: Scope, field: u64, draw: Draw) -> Vote {
    let by = shift(scope, draw);
    match field {
        0 => Vote { round: Round(vote.round.0.wrapping_add(by)), ..vote },
        1 => Vote { set: SetId(vote.set.0.wrapping_add(by)), ..vote },
        2 => {
            let by = u32::try_from(by & 0xffff).unwrap_or(1);
            let height = Height(vote.target.height.0.wrapping_add(by));
            Vote { target: BlockRef { height, ..vote.target }, ..vote }
        }
        _ => {
            let stage = match vote.stage {
                Stage::Prevote | Stage::Primary => Stage::Precommit,
                Stage::Precommit => Stage::Prevote,
            };
            Vote { stage, ..vote }
        }
    }
}
