//! Votes in the name of others, proofs that prove nothing, and answers that are not true.
//!
//! Inputs: what a Byzantine node says and answers. Outputs: more of it. A traitor has its own keys and those of the other
//! traitors; what it says in the name of somebody else carries a signature that does not hold.
//!
//! Bounds: one false vote a validator for each of its own, one false proof for each of its precommits.

use super::super::case::{Attack, Pretence};
use super::World;
use super::attack::Leaving;
use crate::sim::crypto::{session_keys, vote_as};
use serin_consensus::finality::{BlockRef, CatchUp, Justification, SignedVote, Stage, Vote};
use serin_network::message::{BlocksResponse, FinalityGossip, FinalityResponse, Gossip, Response};
use serin_state::codec::encode;
use serin_state::types::{Round, SetId};
use std::sync::Arc;

/// Numbers of validators that there are not.
const STRANGERS: core::ops::Range<u32> = 900..904;

impl World<'_> {
    /// Says more than the message that is on its way out.
    pub(super) fn pretend(
        &mut self,
        index: usize,
        what: Pretence,
        one: &mut Leaving,
        out: &mut Vec<Leaving>,
    ) {
        let said = match &*one.gossip {
            Gossip::Finality(FinalityGossip::Vote(signed)) => self.said(index, what, &signed.vote),
            Gossip::Finality(FinalityGossip::Commit(bytes)) if what == Pretence::LongProof => {
                if let Some(longer) = self.longer(index, bytes) {
                    self.act(index, "a proof with a header too many");
                    one.gossip = Arc::new(Gossip::Finality(FinalityGossip::Commit(longer)));
                }
                Vec::new()
            }
            Gossip::Finality(FinalityGossip::Commit(_))
            | Gossip::Block(_)
            | Gossip::Transactions(_) => Vec::new(),
        };
        for message in said {
            self.act(index, "what is not true");
            let gossip = Arc::new(Gossip::Finality(message));
            out.push(Leaving { gossip, to: one.to, later: one.later });
        }
    }

    fn said(&self, index: usize, what: Pretence, vote: &Vote) -> Vec<FinalityGossip> {
        let Some(head) = self.head_of(index) else { return Vec::new() };
        let proof = |voters: Vec<u32>| {
            let vote = Vote { target: head, ..*vote };
            let votes = voters.into_iter().map(|voter| vote_as(voter, vote)).collect();
            let proof = Justification::new(vote.set, vote.round, head, votes);
            FinalityGossip::Commit(encode(&proof))
        };
        let traitors: Vec<u32> =
            self.byzantine.iter().filter_map(|at| u32::try_from(at).ok()).collect();
        match what {
            Pretence::Votes => {
                self.in_all_names(index, *vote).into_iter().map(FinalityGossip::Vote).collect()
            }
            Pretence::NextSet => {
                let set = SetId(vote.set.0.wrapping_add(1));
                let next = Vote { set, round: Round(1), target: head, ..*vote };
                self.in_all_names(index, next).into_iter().map(FinalityGossip::Vote).collect()
            }
            Pretence::LightProof if vote.stage == Stage::Precommit => {
                // One of them may not be of the set, and a stranger makes a proof void.
                let without = |one: u32| traitors.iter().copied().filter(move |at| *at != one);
                let fewer = traitors.iter().map(|one| proof(without(*one).collect()));
                let fewer: Vec<_> = fewer.filter(|_| traitors.len() > 1).collect();
                fewer.into_iter().chain([proof(traitors.clone())]).collect()
            }
            Pretence::StrangersProof if vote.stage == Stage::Precommit => {
                vec![proof(traitors.into_iter().chain(STRANGERS).collect())]
            }
            Pretence::LightProof
            | Pretence::StrangersProof
            | Pretence::LongProof
            | Pretence::Answers
            | Pretence::CatchUp => Vec::new(),
        }
    }

    /// The vote in the name of everybody else, signed by nobody.
    fn in_all_names(&self, index: usize, vote: Vote) -> Vec<SignedVote> {
        let Some(own) = self.validator_of(index) else { return Vec::new() };
        let SignedVote { signature, .. } = vote_as(own, vote);
        let others = (0..self.case.weights.len()).filter_map(|at| u32::try_from(at).ok());
        let others = others.filter(|other| *other != own);
        others
            .map(|other| SignedVote { vote, voter: session_keys(other).vote, signature })
            .collect()
    }

    /// A proof with the header of the head of a Byzantine node besides.
    fn longer(&self, index: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        let core = self.nodes.get(index)?.core.as_ref()?;
        let header = core.block(&core.head().hash)?.header;
        // The headers stand at the end of a proof: their count, and here there are none.
        let rest = bytes.strip_suffix(&0_u32.to_le_bytes())?;
        Some([rest, &1_u32.to_le_bytes(), &encode(&header)].concat())
    }

    fn head_of(&self, index: usize) -> Option<BlockRef> {
        Some(self.nodes.get(index)?.core.as_ref()?.head())
    }

    /// Changes what a Byzantine node answers.
    pub(super) fn pretend_answer(&mut self, index: usize, response: &mut Response) {
        match response {
            Response::Finality(FinalityResponse::Votes(votes)) => {
                if self.pretends(index, Pretence::Answers)
                    && let Some((mut prevotes, mut precommits)) = self.made_up(index, 0)
                {
                    self.act(index, "votes that nobody cast");
                    votes.append(&mut prevotes);
                    votes.append(&mut precommits);
                }
            }
            Response::Finality(FinalityResponse::CatchUp(caught)) => {
                if self.pretends(index, Pretence::CatchUp)
                    && let Some(catch_up) = self.catch_up_made_up(index)
                {
                    self.act(index, "a round that never was");
                    *caught = Some(catch_up);
                }
            }
            Response::Blocks(blocks) => {
                let wrong = |kind| matches!(kind, Attack::WrongBody).then_some(());
                let longer = self.pretends(index, Pretence::LongProof);
                let wrong = self.attack_of(index, wrong).is_some();
                let BlocksResponse::Range(blocks) = blocks else { return };
                for block in blocks {
                    if let (true, Some(body)) = (wrong, block.body.as_mut())
                        && body.pop().is_some()
                    {
                        self.act(index, "a block with another body");
                    }
                    let proof = block.justification.as_ref().filter(|_| longer);
                    if let Some(proof) = proof.and_then(|proof| self.longer(index, proof)) {
                        self.act(index, "a proof with a header too many");
                        block.justification = Some(proof);
                    }
                }
            }
            Response::Finality(FinalityResponse::Justification(Some(proof))) => {
                if self.pretends(index, Pretence::LongProof)
                    && let Some(longer) = self.longer(index, proof)
                {
                    self.act(index, "a proof with a header too many");
                    *proof = longer;
                }
            }
            Response::Finality(
                FinalityResponse::Justification(None)
                | FinalityResponse::Chain(_)
                | FinalityResponse::LoggedVotes(_),
            )
            | Response::Status(_)
            | Response::State(_) => {}
        }
    }

    fn pretends(&mut self, index: usize, what: Pretence) -> bool {
        let is_it = |kind| {
            let found = matches!(kind, Attack::Pretend { what: other } if other == what);
            found.then_some(())
        };
        self.attack_of(index, is_it).is_some()
    }

    /// Votes of everybody for the head in a round that is `ahead` of the node's own.
    fn made_up(&self, index: usize, ahead: u64) -> Option<(Vec<SignedVote>, Vec<SignedVote>)> {
        let core = self.nodes.get(index)?.core.as_ref()?;
        let view = core.finality();
        let round = Round(view.round.0.saturating_add(ahead));
        let of = |stage| {
            let vote = Vote { set: view.set, round, stage, target: core.head() };
            self.in_all_names(index, vote)
        };
        Some((of(Stage::Prevote), of(Stage::Precommit)))
    }

    fn catch_up_made_up(&self, index: usize) -> Option<Vec<u8>> {
        let core = self.nodes.get(index)?.core.as_ref()?;
        let (prevotes, precommits) = self.made_up(index, 3)?;
        let first = prevotes.first()?.vote;
        let votes = [prevotes, precommits].concat();
        Some(encode(&CatchUp::new(first.set, first.round, core.finalized(), votes)))
    }
}
