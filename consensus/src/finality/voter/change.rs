//! Beginnings and ends: of rounds, of voter sets, of the process.
//!
//! Inputs: final blocks, new sets, the checkpoint of a former life. Outputs: proofs of finality,
//! checkpoints.
//!
//! Invariants: a new set starts at round 1 with nothing of the old one but the proof still to be
//! sent; the last final block only moves to higher blocks; a restart begins in the round it had
//! reached, with the votes that gave its estimate.

use super::ballot::Ballot;
use super::intake::check;
use super::{
    Context, Held, Output, Requests, VoteSigner, Voter, VoterChain, VoterCheckpoint, VoterConfig,
};
use crate::crypto::{Check, LotteryOutput, Verifier};
use crate::finality::{BlockRef, Justification, Round, VoterSet};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{
    Hash, LotteryProof, LotteryPublicKey, Millis, PublicKey, Purpose, Round as RoundNumber,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl<M: Mutant> Voter<M> {
    /// A voter at the beginning of `set`, with `last_final` the block that made it the voting set,
    /// or genesis.
    #[must_use]
    pub fn new(
        config: VoterConfig<M>,
        set: VoterSet,
        last_final: BlockRef,
        key: Option<PublicKey>,
    ) -> Self {
        let set = Arc::new(set);
        let key = key.filter(|key| set.contains(key));
        let current = Round::new(&set, RoundNumber(1), last_final, &config.rules);
        Self {
            config,
            ballot: new_ballot(key),
            key,
            current,
            set,
            last_final,
            estimate: last_final,
            estimate_missing: false,
            unwritten: false,
            previous: None,
            older: None,
            held: Held::default(),
            next_set: BTreeMap::new(),
            told: BTreeSet::new(),
            requests: Requests::default(),
            paused: None,
            commit: None,
            commit_seen: None,
            waiting_proof: None,
            waiting_catch_up: None,
            unlogged: Vec::new(),
        }
    }

    /// The voter after a restart: a [`Voter::new`] with the final block and set of the store, moved
    /// to where the checkpoint was written. `chain` holds what the store kept. A checkpoint of
    /// another set is ignored. Call
    /// `on_wake` next.
    #[must_use]
    pub fn resumed<C: VoterChain>(self, checkpoint: &VoterCheckpoint, chain: &C) -> Self {
        let mut voter = self;
        let Some(before) = checkpoint.round.previous() else { return voter };
        if checkpoint.set != voter.set.id() || before == RoundNumber::ZERO {
            return voter;
        }
        let base = if chain.knows(&checkpoint.base) { checkpoint.base } else { voter.last_final };
        voter.current = voter.round_at(before, base);
        if !voter.mutated(Mutation::GF56) {
            for vote in &checkpoint.votes {
                voter.admit(chain, *vote, &mut Vec::new());
            }
            voter.estimate = checkpoint.estimate;
        }
        voter.estimate_missing = !chain.knows(&voter.estimate);
        voter.begin(checkpoint.round, &mut Vec::new());
        voter
    }

    /// What a restart needs now.
    #[must_use]
    pub fn checkpoint(&self) -> VoterCheckpoint {
        VoterCheckpoint {
            set: self.set.id(),
            round: self.current.number(),
            base: self.previous.as_ref().map_or(self.last_final, Round::base),
            estimate: self.estimate,
            votes: self.previous.as_ref().map(Round::votes).unwrap_or_default(),
        }
    }

    /// Moves to the next round; its estimate is what the current round leaves.
    pub(super) fn start_round(&mut self, number: RoundNumber, out: &mut Vec<Output>) {
        self.estimate = self.current.estimate().unwrap_or(self.last_final);
        self.begin(number, out);
    }

    fn begin(&mut self, number: RoundNumber, out: &mut Vec<Output>) {
        let next = self.round_at(number, self.last_final);
        let ended = core::mem::replace(&mut self.current, next);
        self.older = self.previous.replace(ended);
        self.ballot = new_ballot(self.key);
        self.held.forget_before(number.saturating_sub(1));
        self.told.retain(|(round, ..)| *round >= number.saturating_sub(2));
        self.unwritten = true;
        out.push(Output::Checkpoint(self.checkpoint()));
    }

    /// Makes final what the rounds or a proof say. Returns whether something was.
    pub(super) fn finalize<C: VoterChain, S, V>(
        &mut self,
        context: &Context<'_, C, S, V>,
        out: &mut Vec<Output>,
    ) -> bool {
        let proof = if let Some(proof) = self.proof_at_hand(context.chain) {
            proof
        } else {
            let Some(proof) = self.proof_of_rounds(context.chain) else { return false };
            if let Some(key) = self.key {
                let due = context.now.saturating_add(self.commit_delay(key));
                self.commit = Some((due, proof.clone()));
            }
            proof
        };
        self.paused = Some(proof.target());
        out.push(Output::Finalize(proof));
        true
    }

    /// The proof that waited for its block, if the block is there now. A proof for a block beyond one that changes
    /// the set is void.
    fn proof_at_hand<C: VoterChain>(&mut self, chain: &C) -> Option<Justification> {
        let target = self.waiting_proof.as_ref()?.target();
        if target.height <= self.last_final.height {
            self.waiting_proof = None;
            return None;
        }
        if !chain.knows(&target) {
            return None;
        }
        let proof = self.waiting_proof.take();
        proof.filter(|_| self.limited(chain, target) == target || self.mutated(Mutation::AS07))
    }

    /// The proof of the highest block that a live round made final above the last one. Never a
    /// lower block (substrate finalised backwards).
    fn proof_of_rounds<C: VoterChain>(&self, chain: &C) -> Option<Justification> {
        let live = self.older.iter().chain(&self.previous).chain([&self.current]);
        let above = live
            .filter_map(|round| Some((round.finalized()?, round)))
            .filter(|(block, _)| {
                block.height > self.last_final.height || self.mutated(Mutation::GF20)
            })
            .filter(|(block, _)| chain.knows(block))
            .filter(|(block, _)| self.limited(chain, *block) == *block);
        let (_, round) = above.max_by_key(|(block, _)| block.height)?;
        let proof = round.justification(chain)?.with_ancestry(|hash| chain.header(hash));
        // A vote whose headers are gone here is left out. Without it the proof may be too light for
        // others, and what cannot be shown to others is not final yet.
        proof.verify(&self.set, &self.config.rules, &Counted).is_ok().then_some(proof)
    }

    /// A delay of 0 to T before a proof is sent, so that few voters send it: drawn from key, set
    /// and round.
    fn commit_delay(&self, key: PublicKey) -> u64 {
        let drawn = Hash::personal(
            Purpose::Random,
            &[&key.0, &self.set.id().0.to_le_bytes(), &self.current.number().0.to_le_bytes()],
        );
        let [a, b, c, d, ..] = drawn.0;
        let span = self.config.gossip_ms.saturating_add(1);
        u64::from(u32::from_le_bytes([a, b, c, d])).checked_rem(span).unwrap_or(0)
    }

    /// Sends the proof that waits for its turn, unless somebody else did.
    pub(super) fn send_commit(&mut self, now: Millis, out: &mut Vec<Output>) {
        let Some((due, proof)) = &self.commit else { return };
        if self.commit_seen >= Some(proof.target().height) {
            self.commit = None;
        } else if *due <= now {
            self.commit_seen = Some(proof.target().height);
            out.extend(self.commit.take().map(|(_, proof)| Output::BroadcastCommit(proof)));
        }
    }

    /// When to be woken for what time alone brings.
    #[must_use]
    pub fn next_wake(&self, now: Millis) -> Option<Millis> {
        let commit = self.commit.as_ref().map(|(due, _)| *due);
        let votes = if self.paused.is_none() {
            self.ballot.next_wake(now, self.config.gossip_ms)
        } else {
            None
        };
        commit.into_iter().chain(votes).min()
    }

    /// `block` is final, by a proof of ours or by one that came with sync, and durable. `new_set`
    /// is the set that it announced, which takes over now.
    pub fn on_finalized<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        block: BlockRef,
        new_set: Option<VoterSet>,
    ) -> Vec<Output> {
        let mut out = Vec::new();
        if block.height > self.last_final.height {
            self.last_final = block;
        }
        if self.paused.is_some_and(|paused| paused.height <= block.height) {
            self.paused = None;
        }
        if let Some(set) = new_set.filter(|set| set.id() > self.set.id()) {
            self.change_set(context, set, &mut out);
        }
        self.release(context.chain, &mut out);
        self.step(context, &mut out);
        out
    }

    fn change_set<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        set: VoterSet,
        out: &mut Vec<Output>,
    ) {
        context.signer.enter_set(&set);
        let fresh = Self::new(self.config, set, self.last_final, context.signer.vote_key());
        let old = core::mem::replace(self, fresh);
        self.commit = old.commit;
        self.commit_seen = old.commit_seen;
        self.unlogged = old.unlogged;
        out.push(Output::Checkpoint(self.checkpoint()));
        let mutant = self.config.rules.mutant;
        let early: Vec<_> = old
            .next_set
            .into_values()
            .filter(|vote| self.screen(context.chain, vote).is_ok())
            .map(|vote| (vote, vote.vote.payload_by(mutant)))
            .collect();
        let checks: Vec<_> = early.iter().map(|(vote, payload)| check(vote, payload)).collect();
        let valid = context.verifier.signatures(&checks);
        let counts = |valid: bool| valid || self.mutated(Mutation::AS10);
        let valid: Vec<bool> = valid.into_iter().map(counts).collect();
        for ((vote, _), _) in early.iter().zip(valid).filter(|(_, valid)| *valid) {
            self.admit(context.chain, *vote, out);
        }
    }
}

/// The signatures of counted votes were checked when they came.
struct Counted;

impl Verifier for Counted {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        vec![true; checks.len()]
    }

    fn lottery(&self, _: &LotteryPublicKey, _: &[u8], _: &LotteryProof) -> Option<LotteryOutput> {
        None
    }
}

/// What there is to cast in a new round.
fn new_ballot(key: Option<PublicKey>) -> Ballot {
    if key.is_some() { Ballot::default() } else { Ballot::observer() }
}
