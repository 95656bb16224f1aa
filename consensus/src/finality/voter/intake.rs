//! What is believed: votes and proofs of peers, cheapest check first.
//!
//! Inputs: votes and proofs from untrusted peers. Outputs: a verdict for gossip each, and what they
//! set off.
//!
//! Order for a vote: set, round, membership, seen before, room; the signature comes last. Gossip
//! remembers the ids of what it dropped, so an early vote is kept here and accepted, never dropped
//! to be sent again.
//!
//! Bounds: a vote costs one look-up before and one signature check after the cheap checks; a third
//! vote of a voter for a stage costs no signature check.

use super::ballot::Progress;
use super::held::Kept;
use super::{
    Context, IgnoreReason, NEXT_SET_VOTES_MAX, Output, ROUNDS_AHEAD_MAX, RejectReason, VoteSigner,
    VoteVerdict, Voter, VoterChain,
};
use crate::crypto::{Check, Signed, Verifier};
use crate::finality::{Imported, Justification, Round, SignedVote, Stage, Vote, VoteEquivocation};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::Round as RoundNumber;

impl<M: Mutant> Voter<M> {
    /// A vote from gossip.
    pub fn on_vote<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        vote: SignedVote,
    ) -> (VoteVerdict, Vec<Output>) {
        let mut out = Vec::new();
        if let Err(verdict) = self.screen(context.chain, &vote) {
            return (verdict, out);
        }
        let payload = vote.vote.payload_by(self.config.rules.mutant);
        let holds = context.verifier.signature(check(&vote, &payload));
        if !holds && !self.mutated(Mutation::GF40) {
            return (VoteVerdict::Reject(RejectReason::BadSignature), out);
        }
        self.admit(context.chain, vote, &mut out);
        self.step(context, &mut out);
        (VoteVerdict::Accept, out)
    }

    /// The checks before the signature.
    pub(super) fn screen<C: VoterChain>(
        &mut self,
        chain: &C,
        signed: &SignedVote,
    ) -> Result<(), VoteVerdict> {
        let vote = &signed.vote;
        if Some(vote.set) == self.set.id().next() {
            return Err(VoteVerdict::Ignore(self.keep_for_next_set(*signed)));
        }
        if vote.set != self.set.id() {
            return Err(VoteVerdict::Ignore(IgnoreReason::OtherSet));
        }
        if vote.round == RoundNumber::ZERO {
            return Err(VoteVerdict::Reject(RejectReason::NoSuchRound));
        }
        let current = self.current.number();
        if vote.round < current.saturating_sub(1) {
            return Err(VoteVerdict::Ignore(IgnoreReason::Past));
        }
        if vote.round > current.saturating_add(ROUNDS_AHEAD_MAX) {
            return Err(VoteVerdict::Ignore(IgnoreReason::FarAhead));
        }
        if !self.set.contains(&signed.voter) {
            return Err(VoteVerdict::Reject(RejectReason::NotAVoter));
        }
        self.screen_repeated(signed).map_err(VoteVerdict::Ignore)?;
        if self.off_base(chain, vote) && !self.is_second(signed) {
            return Err(VoteVerdict::Ignore(IgnoreReason::BelowBase));
        }
        Ok(())
    }

    /// Whether another vote of the voter is counted in the round and stage: then this one proves an equivocation, wherever
    /// its block is. A round that began upon a lower block counts it, and both have to come to one end.
    fn is_second(&self, signed: &SignedVote) -> bool {
        let vote = &signed.vote;
        self.round(vote.round).is_some_and(|round| {
            round.votes_of(vote.stage, &signed.voter).any(|counted| counted.vote != *vote)
        })
    }

    /// Whether the round would not count the vote, as far as its block is known.
    fn off_base<C: VoterChain>(&self, chain: &C, vote: &Vote) -> bool {
        self.round(vote.round).is_some_and(|round| {
            let base = round.base();
            vote.target.height < base.height
                || (chain.knows(&vote.target)
                    && !chain.is_descendant(&base.hash, &vote.target.hash))
        })
    }

    /// Refuses what was seen before, and hints that come too late.
    fn screen_repeated(&self, signed: &SignedVote) -> Result<(), IgnoreReason> {
        let vote = &signed.vote;
        if vote.stage == Stage::Primary {
            let known = vote.round == self.current.number() && self.ballot.hint.is_some();
            let late = known || self.ballot.progress >= Progress::Prevoted;
            let current = self.current.number();
            let useless = vote.round < current || (vote.round == current && late);
            if useless || self.set.primary(vote.round) != signed.voter {
                return Err(IgnoreReason::UselessHint);
            }
        }
        let counted = self.round(vote.round).map_or(Kept::New, |round| repeated(round, signed));
        for kept in [counted, self.held.would_keep(signed)] {
            match kept {
                Kept::Known => return Err(IgnoreReason::Known),
                Kept::Third => return Err(IgnoreReason::Third),
                Kept::New | Kept::Second(_) => {}
            }
        }
        Ok(())
    }

    /// Takes in a vote that passed [`Voter::screen`] and whose signature holds.
    pub(super) fn admit<C: VoterChain>(
        &mut self,
        chain: &C,
        signed: SignedVote,
        out: &mut Vec<Output>,
    ) {
        let target = signed.vote.target;
        let known = chain.knows(&target);
        if signed.vote.round <= self.current.number() {
            if known {
                self.count(chain, signed, out);
            }
            if self.count_equivocator(chain, signed, out) || known {
                return;
            }
            self.ballot.stirred |= signed.vote.round == self.current.number();
        }
        match self.held.keep(signed) {
            Kept::New if !known => out.push(Output::WantBlock(target)),
            Kept::Second(first) => self.tell(&VoteEquivocation { first, second: signed }, out),
            Kept::New | Kept::Known | Kept::Third => {}
        }
    }

    /// Counts a vote whose block is known in its round.
    pub(super) fn count<C: VoterChain>(
        &mut self,
        chain: &C,
        signed: SignedVote,
        out: &mut Vec<Output>,
    ) {
        let vote = &signed.vote;
        if vote.round == self.current.number() && Some(signed.voter) != self.key {
            self.ballot.stirred = true;
            if vote.stage == Stage::Primary && self.set.primary(vote.round) == signed.voter {
                self.ballot.hint.get_or_insert(vote.target);
            }
        }
        let Some(round) = self.round_mut(vote.round) else { return };
        match round.import(chain, signed) {
            Imported::New => self.unlogged.push(signed),
            Imported::Equivocation(proof) => {
                self.unlogged.push(signed);
                self.tell(&proof, out);
            }
            Imported::Known | Imported::Ignored(_) => {}
        }
    }

    /// Counts a voter as an equivocator by this vote and another one, though the block of one of them is not known: it may
    /// be of a fork that lost and is gone everywhere, and the round would wait for it for ever (found by the laboratory).
    fn count_equivocator<C: VoterChain>(
        &mut self,
        chain: &C,
        signed: SignedVote,
        out: &mut Vec<Output>,
    ) -> bool {
        let vote = signed.vote;
        let held = match self.held.would_keep(&signed) {
            Kept::Second(first) => Some(first),
            Kept::New | Kept::Known | Kept::Third => None,
        };
        let Some(round) = self.round_mut(vote.round) else { return false };
        let counted: Vec<SignedVote> = round.votes_of(vote.stage, &signed.voter).collect();
        let differs = |one: &&SignedVote| one.vote != vote;
        let Some(first) = held.or_else(|| counted.iter().find(differs).copied()) else {
            return false;
        };
        let proof = VoteEquivocation { first, second: signed };
        if !round.import_equivocation(chain, &proof) {
            return false;
        }
        let fresh = [first, signed].into_iter().filter(|one| !counted.contains(one));
        self.unlogged.extend(fresh);
        self.tell(&proof, out);
        true
    }

    /// Counts the held votes whose round and block are there.
    pub(super) fn release<C: VoterChain>(&mut self, chain: &C, out: &mut Vec<Output>) {
        let current = self.current.number();
        for vote in self.held.take_ready(current, |block| chain.knows(block)) {
            self.count(chain, vote, out);
            self.count_equivocator(chain, vote, out);
        }
    }

    /// Tells an equivocation, once for each voter, round and stage.
    fn tell(&mut self, proof: &VoteEquivocation, out: &mut Vec<Output>) {
        let vote = &proof.first.vote;
        let offence = vote.stage != Stage::Primary && !self.mutated(Mutation::EV02);
        if offence && self.told.insert((vote.round, vote.stage, proof.first.voter)) {
            out.push(Output::Evidence(*proof));
        }
    }

    /// Keeps a vote of the set after this one. Its voter cannot be judged yet, nor its signature.
    fn keep_for_next_set(&mut self, signed: SignedVote) -> IgnoreReason {
        let rounds = RoundNumber(1)..=RoundNumber(1).saturating_add(ROUNDS_AHEAD_MAX);
        if !rounds.contains(&signed.vote.round) {
            return IgnoreReason::FarAhead;
        }
        let full = self.next_set.len() >= NEXT_SET_VOTES_MAX;
        let slot = (signed.vote.round, signed.vote.stage, signed.voter);
        if self.next_set.contains_key(&slot) {
            return IgnoreReason::Known;
        }
        if full {
            return IgnoreReason::NoRoom;
        }
        self.next_set.insert(slot, signed);
        IgnoreReason::NextSet
    }

    /// A proof of finality from gossip or in answer to a request.
    pub fn on_commit<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        proof: &Justification,
    ) -> (VoteVerdict, Vec<Output>) {
        let mut out = Vec::new();
        if proof.set() != self.set.id() && !self.mutated(Mutation::AS06) {
            return (VoteVerdict::Ignore(IgnoreReason::OtherSet), out);
        }
        let waiting = self.waiting_proof.as_ref().map(|proof| proof.target().height);
        let known = self.commit_seen.max(waiting);
        if Some(proof.target().height) <= known {
            return (VoteVerdict::Ignore(IgnoreReason::Known), out);
        }
        if proof.verify(&self.set, &self.config.rules, context.verifier).is_err() {
            return (VoteVerdict::Reject(RejectReason::BadProof), out);
        }
        let target = proof.target();
        if context.chain.knows(&target) && self.limited(context.chain, target) != target {
            return (VoteVerdict::Reject(RejectReason::BadProof), out);
        }
        self.commit_seen = Some(target.height);
        for vote in proof.votes() {
            if self.screen(context.chain, &vote).is_ok() {
                self.admit(context.chain, vote, &mut out);
            }
        }
        if proof.target().height <= self.last_final.height {
            self.step(context, &mut out);
            return (VoteVerdict::Accept, out);
        }
        if !context.chain.knows(&proof.target()) {
            out.push(Output::WantBlock(proof.target()));
        }
        self.waiting_proof = Some(proof.clone());
        self.step(context, &mut out);
        (VoteVerdict::Accept, out)
    }
}

/// One signature to check.
pub(super) const fn check<'a>(
    signed: &SignedVote,
    payload: &'a [u8; serin_state::types::VOTE_PAYLOAD_BYTES],
) -> Check<'a> {
    Check { key: signed.voter, signed: Signed::Vote(payload), signature: signed.signature }
}

/// Whether a round knows the vote.
fn repeated<M: Mutant>(round: &Round<M>, signed: &SignedVote) -> Kept {
    let mut of_voter = round.votes_of(signed.vote.stage, &signed.voter);
    match (of_voter.next(), of_voter.next()) {
        (None, _) => Kept::New,
        (Some(first), _) if first.vote == signed.vote => Kept::Known,
        (Some(first), None) => Kept::Second(first),
        (Some(_), Some(second)) if second.vote == signed.vote => Kept::Known,
        (Some(_), Some(_)) => Kept::Third,
    }
}
