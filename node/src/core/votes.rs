//! The voter's place in the node: votes and proofs go in, finality comes out.
//!
//! What the voter asks for is carried out in order, in a loop: finalising a block leads to further outputs. Bodies are
//! made durable before a vote for them is signed.

use super::durable::Durable;
use super::sync::Purpose;
use super::wanted::Source;
use super::{Core, Effect, MessageId, Notification, Peer, Signer, Validation, rows};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::voter::{
    Context, Output, Peer as VoterPeer, RejectReason, VoteVerdict, VoterCheckpoint, VoterRequest,
};
use serin_consensus::finality::{BlockRef, CatchUp, Justification, SignedVote, VoterSet};
use serin_consensus::rules::SetChange;
use serin_consensus::staking::offence::Evidence;
use serin_network::message::{FinalityGossip, FinalityRequest, Gossip, Request};
use serin_network::peers::Offence;
use serin_state::codec::{decode, encode};
use serin_state::mutant::Mutation;
use serin_state::store::{Batch, Column, Durability, Store};
use serin_state::types::{Millis, SignedTransaction};
use std::collections::VecDeque;
use std::sync::Arc;

/// Of the justifications that no set change needs, one every so many heights is kept for ever (Polkadot PR 445).
const JUSTIFICATION_EVERY: u32 = 512;

/// Calls the voter with everything it is given each time.
macro_rules! with_voter {
    ($core:expr, $now:expr, |$voter:ident, $context:ident| $body:expr) => {{
        let mut signer = Durable {
            signer: &mut $core.signer,
            layers: &mut $core.layers,
            unsynced: &mut $core.unsynced,
        };
        let mut context = Context {
            chain: &$core.blocks,
            signer: &mut signer,
            verifier: &$core.verifier,
            now: $now,
        };
        let $context = &mut context;
        let $voter = &mut $core.voter;
        $body
    }};
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    pub(super) fn on_finality(
        &mut self,
        now: Millis,
        from: Peer,
        id: MessageId,
        message: FinalityGossip,
    ) {
        let (verdict, outputs) = match message {
            FinalityGossip::Vote(vote) => {
                with_voter!(self, now, |voter, context| voter.on_vote(context, vote))
            }
            FinalityGossip::Commit(bytes) => match decode::<Justification>(&bytes) {
                Ok(proof) => {
                    with_voter!(self, now, |voter, context| voter.on_commit(context, &proof))
                }
                Err(_) => (VoteVerdict::Reject(RejectReason::BadProof), Vec::new()),
            },
        };
        let validation = match verdict {
            VoteVerdict::Accept => Validation::Accept,
            VoteVerdict::Ignore(_) => Validation::Ignore,
            VoteVerdict::Reject(reason) => {
                self.punish(from, offence_of(reason));
                Validation::Reject
            }
        };
        self.effects.push(Effect::Validate(id, validation));
        self.carry_out(now, Some(from), outputs);
    }

    pub(super) fn wake_voter(&mut self, now: Millis) {
        let outputs = with_voter!(self, now, |voter, context| voter.on_wake(context));
        self.carry_out(now, None, outputs);
    }

    pub(super) fn tell_voter_of_blocks(&mut self, now: Millis) {
        let outputs = with_voter!(self, now, |voter, context| voter.on_block(context));
        self.carry_out(now, None, outputs);
    }

    /// Under the rule that a set takes over where the block is imported that announces it: the last one announced on
    /// the best chain begins.
    pub(super) fn enact_at_import(&mut self, now: Millis) {
        match self.chain.rules().finality.set_change {
            SetChange::AtFinality if !self.mutated(Mutation::AS01) => return,
            SetChange::AtFinality | SetChange::AtImport => {}
        }
        let (root, head) = (self.blocks.tree.root(), self.blocks.tree.head());
        let Some(session) = self.blocks.executed.get(&head.hash).map(|b| Arc::clone(&b.session))
        else {
            return;
        };
        let set_id = session.set_id(self.chain.genesis());
        let next = (set_id > self.voter.set().id()).then(|| session.voters());
        let Some(set) = next.and_then(|voters| VoterSet::new(set_id, voters).ok()) else { return };
        let outputs =
            with_voter!(self, now, |voter, context| voter.on_finalized(context, root, Some(set)));
        self.carry_out(now, None, outputs);
    }

    /// A proof that came with a synced block.
    pub(super) fn import_justification(
        &mut self,
        now: Millis,
        from: Option<Peer>,
        bytes: Option<Vec<u8>>,
    ) {
        let Some(bytes) = bytes else { return };
        let (verdict, outputs) = match decode::<Justification>(&bytes) {
            Ok(proof) => with_voter!(self, now, |voter, context| voter.on_commit(context, &proof)),
            Err(_) => (VoteVerdict::Reject(RejectReason::BadProof), Vec::new()),
        };
        if let (VoteVerdict::Reject(reason), Some(peer)) = (verdict, from) {
            self.punish(peer, offence_of(reason));
        }
        self.carry_out(now, from, outputs);
    }

    pub(super) fn on_votes(&mut self, now: Millis, from: Peer, votes: &[SignedVote]) {
        let peer = VoterPeer(from.0);
        let (result, outputs) =
            with_voter!(self, now, |voter, context| voter.on_votes(context, peer, votes));
        if let Err(reason) = result {
            self.punish(from, offence_of(reason));
        }
        self.carry_out(now, Some(from), outputs);
    }

    pub(super) fn on_catch_up(&mut self, now: Millis, from: Peer, bytes: Option<&[u8]>) {
        let peer = VoterPeer(from.0);
        let Some(bytes) = bytes else {
            self.voter.on_request_failed(peer);
            return;
        };
        let (result, outputs) = if let Ok(catch_up) = decode::<CatchUp>(bytes) {
            with_voter!(self, now, |voter, context| voter.on_catch_up(context, peer, catch_up))
        } else {
            self.voter.on_request_failed(peer);
            (Err(RejectReason::BadProof), Vec::new())
        };
        if let Err(reason) = result {
            self.punish(from, offence_of(reason));
        }
        self.carry_out(now, Some(from), outputs);
    }

    /// Does what the voter asks for. `from` is whom to ask for blocks that are not here.
    pub(super) fn carry_out(&mut self, now: Millis, from: Option<Peer>, outputs: Vec<Output>) {
        let mut waiting: VecDeque<Output> = outputs.into();
        while let Some(output) = waiting.pop_front() {
            match output {
                Output::Checkpoint(checkpoint) => {
                    self.keep_checkpoint(&checkpoint);
                }
                Output::Broadcast(vote) => {
                    let vote = FinalityGossip::Vote(vote);
                    self.effects.push(Effect::Gossip(Gossip::Finality(vote)));
                }
                Output::BroadcastCommit(proof) => {
                    let commit = FinalityGossip::Commit(encode(&proof));
                    self.effects.push(Effect::Gossip(Gossip::Finality(commit)));
                }
                Output::Finalize(proof) => {
                    let more = self.finalise(now, &proof);
                    waiting.extend(more);
                }
                Output::Request { peer, request } => self.ask_voter(Peer(peer.0), request),
                Output::WantBlock(block) => self.want(now, from, block),
                Output::Evidence(evidence) => {
                    self.reports.keep(Evidence::Votes(Box::new(evidence)));
                    self.tell(Notification::VoteEquivocation(Box::new(evidence)));
                }
                Output::WakeAt(_) => {}
            }
        }
    }

    /// Writes where the voter is, unless it is further by now, or wrote it before it voted there.
    fn keep_checkpoint(&mut self, checkpoint: &VoterCheckpoint) {
        let is_passed =
            checkpoint.set == self.voter.set().id() && checkpoint.round < self.voter.round_number();
        let row = encode(checkpoint);
        let written = self.layers.store().get(Column::Meta, rows::CHECKPOINT);
        if is_passed || written.as_ref() == Some(&row) || self.mutated(Mutation::PS05) {
            return;
        }
        let mut batch = Batch::default();
        batch.put(Column::Meta, rows::CHECKPOINT, row);
        self.commit_synced(batch);
    }

    /// Remembers a block that a vote names, and asks whoever sent the vote for it.
    fn want(&mut self, now: Millis, from: Option<Peer>, block: BlockRef) {
        if !self.lacks(&block.hash) || !self.wanted.insert(block.hash, block.height, Source::Signed)
        {
            return;
        }
        if let Some(peer) = from {
            self.ask_for_ancestors(now, peer, block.hash, block.height);
        }
    }

    fn ask_voter(&mut self, peer: Peer, request: VoterRequest) {
        let request = match request {
            VoterRequest::Votes { set, round, seen } => FinalityRequest::MissingVotes {
                set,
                round,
                have: super::serve::to_wire(&seen, self.voter.set().len()),
            },
            VoterRequest::CatchUp { set, round } => FinalityRequest::CatchUp { set, round },
        };
        if !self.ask(peer, Request::Finality(request), Purpose::Votes) {
            self.voter.on_request_failed(VoterPeer(peer.0));
        }
    }

    fn commit_synced(&mut self, batch: Batch) {
        // A failure is remembered by the store, and nothing leaves after it.
        drop(self.layers.store_mut().commit(batch, Durability::Synced));
        self.unsynced.0 = false;
    }

    /// Makes the target of a proof final, with everything below it, in one synced batch.
    fn finalise(&mut self, now: Millis, proof: &Justification) -> Vec<Output> {
        let target = proof.target();
        let root = self.blocks.tree.root();
        if target.height <= root.height || !self.blocks.tree.contains(&target.hash) {
            return Vec::new();
        }
        let path = self.blocks.tree.path(&root.hash, &target.hash).unwrap_or_default();
        let path: Vec<BlockRef> =
            path.into_iter().filter(|block| block.height > root.height).collect();
        let of = if self.mutated(Mutation::AS04) { self.blocks.tree.head() } else { target };
        let Some(session) = self.blocks.executed.get(&of.hash).map(|b| Arc::clone(&b.session))
        else {
            return Vec::new();
        };
        let set_id = session.set_id(self.chain.genesis());
        let changes_set = set_id != self.voter.set().id();
        let lost = self.lost_transactions(&target);
        let mut batch = self.final_rows(&path, proof, changes_set);
        self.point_rows(&mut batch, &path, proof);
        self.prune_rows(&mut batch, target.height);
        if self.layers.finalize(&target.hash, batch).is_err() {
            return Vec::new();
        }
        self.unsynced.0 = false;
        self.pin_point(&path);
        self.drop_forks(&target, &path);
        for transaction in lost {
            self.give_back(transaction);
        }
        self.tell(Notification::Finalized(path));
        let enacts = changes_set && !self.mutated(Mutation::AS03);
        let new_set = enacts.then(|| VoterSet::new(set_id, session.voters()).ok()).flatten();
        if let Some(set) = &new_set {
            let (changes, voters) = (set_id.shown(), set.len());
            self.tell(Notification::SetChanged { changes, voters });
        }
        with_voter!(self, now, |voter, context| voter.on_finalized(context, target, new_set))
    }

    /// Transactions of the best chain's blocks that do not become final with `target`, if it lies on another one. Their
    /// rows are gone when the head moves.
    fn lost_transactions(&self, target: &BlockRef) -> Vec<SignedTransaction> {
        let tree = &self.blocks.tree;
        let head = tree.head();
        let Some(fork) = tree.common_ancestor(&target.hash, &head.hash) else { return Vec::new() };
        if fork == *target {
            return Vec::new();
        }
        let path = tree.path(&fork.hash, &head.hash).unwrap_or_default();
        let lost = path.iter().filter(|block| block.height > fork.height);
        lost.flat_map(|block| self.body_of(&block.hash)).collect()
    }

    /// The rows that finality adds: blocks by height, and the proof, which replaces the newest one before it unless that
    /// one is kept for ever.
    fn final_rows(&mut self, path: &[BlockRef], proof: &Justification, changes_set: bool) -> Batch {
        let target = proof.target();
        let mut batch = Batch::default();
        for block in path {
            if !self.mutated(Mutation::PS07) {
                rows::put_final(&mut batch, &block.hash, block.height);
            }
        }
        if let Some(before) = self.newest_proof.take() {
            rows::delete_justification(&mut batch, before);
        }
        rows::put_justification(&mut batch, target.height, encode(proof));
        let interval = |height: u32| height.checked_div(JUSTIFICATION_EVERY);
        let crossed = interval(target.height.0) != interval(self.blocks.tree.root().height.0);
        if !changes_set && !crossed {
            self.newest_proof = Some(target.height);
        }
        rows::put_newest_proof(&mut batch, self.newest_proof);
        let links = changes_set && !self.mutated(Mutation::AS09);
        if links && let Some(block) = self.blocks.executed.get(&target.hash) {
            let lean = proof.lean(self.voter.set(), &self.chain.rules().finality);
            rows::put_link(&mut batch, &block.header, &lean);
        }
        let dropped = self.blocks.tree.iter().filter(|block| {
            block.height > self.blocks.tree.root().height
                && !self.blocks.tree.is_descendant(&target.hash, &block.hash)
                && !path.iter().any(|kept| kept.hash == block.hash)
        });
        let dropped = dropped.filter(|_| !self.mutated(Mutation::PS09));
        for block in dropped {
            rows::delete_block(&mut batch, &block.hash, block.height);
        }
        batch
    }

    fn drop_forks(&mut self, target: &BlockRef, path: &[BlockRef]) {
        let root = self.blocks.tree.root();
        let before = core::iter::once(root).chain(path.iter().copied());
        for block in before.filter(|block| block.hash != target.hash) {
            if let Some(executed) = self.blocks.executed.remove(&block.hash) {
                self.blocks.note_final(block, executed.header);
            }
        }
        if let Ok(pruned) = self.blocks.tree.finalize(&target.hash) {
            for block in &pruned.dropped {
                self.blocks.executed.remove(&block.hash);
            }
            if let Some(change) = pruned.head_change {
                self.on_head_change(change);
            }
        }
        self.orphans.forget_to(target.height);
        let root = target.height;
        self.partials.retain(|_, partial| partial.announcement.header.height() > root);
    }
}

const fn offence_of(reason: RejectReason) -> Offence {
    match reason {
        RejectReason::NotAVoter => Offence::UnknownVoter,
        RejectReason::BadSignature => Offence::InvalidVote,
        RejectReason::BadProof | RejectReason::NoSuchRound => Offence::InvalidProof,
    }
}
