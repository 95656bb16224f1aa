//! What our votes say, and when one round follows another.
//!
//! Inputs: the rounds, the chain, the time. Outputs: our votes, proofs of finality, the start of
//! the next round.
//!
//! Invariants: a vote descends from the base of its round and stays at or below the vote limit;
//! without a prevote there is no precommit; nothing is cast while a `Finalize` waits for its
//! answer.
//!
//! Bounds: one call casts at most three votes a round, and starts a round only after the one before
//! was completed by others' votes, which are held for at most [`super::ROUNDS_AHEAD_MAX`] rounds
//! ahead.

use super::ballot::{PRECOMMIT_DELAYS, PREVOTE_DELAYS, Progress};
use super::{Context, LogWrite, Output, Refused, VoteSigner, Voter, VoterChain};
use crate::crypto::Verifier;
use crate::finality::{BlockRef, Round, SignedVote, Stage, Vote};
use crate::rules::{PrecommitBound, PrevoteBase, RoundStart, SetChange, Switch, VoteTarget};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::Height;

/// What the round before leaves to the current one: its estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Legacy {
    /// Final, or the set has just begun: no hint is needed.
    Settled(BlockRef),
    /// Not final yet.
    Open(BlockRef),
    /// On a chain that lost to finality, as far as the votes that were seen tell.
    Lost,
}

impl<M: Mutant> Voter<M> {
    /// Does all that can be done now: counts held votes, finalises, votes, starts rounds.
    pub(super) fn step<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        out: &mut Vec<Output>,
    ) {
        while self.paused.is_none() {
            if self.finalize(context, out) {
                break;
            }
            self.find_estimate(context.chain);
            self.open(context);
            let voted = self.cast(context, out);
            if !voted && !self.advance(context, out) {
                break;
            }
        }
        self.log_counted(context, LogWrite::Buffered);
        self.send_commit(context.now, out);
        out.extend(self.next_wake(context.now).map(Output::WakeAt));
    }

    /// GRANDPA paper, section 3: what the estimate of the round before asks of this one.
    ///
    /// An estimate that lost to finality asks us to be silent: a vote off it could not be explained by votes of
    /// the round before (lemma 4.3, see `accuse`), should the finality that it lost to be a violation. It holds
    /// nobody up: either votes that we missed lower it, or the round is completed by those who saw them
    /// (substrate stalled on it for good).
    fn legacy<C: VoterChain>(&self, chain: &C) -> Legacy {
        let Some(previous) = &self.previous else { return Legacy::Settled(self.last_final) };
        let falls = previous.completable() && !self.mutated(Mutation::GF52);
        let estimate = if falls { previous.estimate() } else { None };
        let estimate = estimate.unwrap_or(self.estimate);
        if estimate.height > self.last_final.height && chain.knows(&estimate) {
            Legacy::Open(estimate)
        } else if chain.is_descendant(&estimate.hash, &self.last_final.hash) {
            Legacy::Settled(estimate)
        } else {
            Legacy::Lost
        }
    }

    /// What a prevote descends from.
    fn base(&self, legacy: Legacy) -> BlockRef {
        match legacy {
            Legacy::Open(_) if self.mutated(Mutation::GF44) => self.last_final,
            // rule(finality.prevote_base)
            Legacy::Open(estimate) => match self.config.rules.prevote_base {
                PrevoteBase::Estimate => estimate,
                PrevoteBase::Final => self.last_final,
            },
            Legacy::Settled(_) | Legacy::Lost => self.last_final,
        }
    }

    /// After a restart: whether the block of the estimate came, or finality passed it.
    fn find_estimate<C: VoterChain>(&mut self, chain: &C) {
        self.estimate_missing = self.estimate_missing
            && self.estimate.height > self.last_final.height
            && !chain.knows(&self.estimate);
    }

    /// Starts the clock of the round once there is something in it for us or for others.
    fn open<C: VoterChain, S, V>(&mut self, context: &Context<'_, C, S, V>) {
        if self.ballot.opened.is_none()
            && (self.ballot.stirred || self.something_new(context.chain).is_some())
        {
            self.ballot.opened = Some(context.now);
        }
    }

    /// The block to vote for, where it is not final.
    fn something_new<C: VoterChain>(&self, chain: &C) -> Option<BlockRef> {
        let base = self.base(self.legacy(chain));
        self.target(chain, base).filter(|target| target.height > self.last_final.height)
    }

    /// Casts the next vote of ours that is due. Returns whether one was cast or barred.
    fn cast<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        out: &mut Vec<Output>,
    ) -> bool {
        if self.estimate_missing {
            return false;
        }
        let legacy = self.legacy(context.chain);
        if legacy == Legacy::Lost {
            return false;
        }
        match self.ballot.progress {
            Progress::Begun => {
                self.ballot.progress = Progress::Hinted;
                // rule(finality.hint)
                let hints = self.is_primary() && self.config.rules.hint == Switch::On;
                if let (Legacy::Open(estimate), true) = (legacy, hints) {
                    self.ballot.hint = Some(estimate);
                    self.sign(context, Stage::Primary, estimate, out);
                }
                true
            }
            Progress::Hinted => {
                let Some(target) = self.due_prevote(context, legacy) else { return false };
                self.ballot.progress = Progress::Prevoted;
                self.sign(context, Stage::Prevote, target, out);
                true
            }
            Progress::Prevoted => {
                let Some(target) = self.due_precommit(context, legacy) else { return false };
                self.ballot.progress = Progress::Precommitted;
                self.sign(context, Stage::Precommit, target, out);
                true
            }
            Progress::Precommitted => false,
        }
    }

    /// The target of our prevote, once it is due; see the table in `ballot.rs`.
    fn due_prevote<C: VoterChain, S, V>(
        &self,
        context: &Context<'_, C, S, V>,
        legacy: Legacy,
    ) -> Option<BlockRef> {
        self.ballot.opened?;
        let waited = self.ballot.waited(context.now, PREVOTE_DELAYS, self.config.gossip_ms);
        let agreed = match legacy {
            Legacy::Settled(_) => true,
            Legacy::Lost => false,
            Legacy::Open(estimate) => self.ballot.hint.is_some_and(|hint| {
                hint == estimate || self.hint_counts(context.chain, hint, estimate)
            }),
        };
        let early = agreed && self.something_new(context.chain).is_some();
        if !waited && !early && !self.current.completable() {
            return None;
        }
        let base = match (legacy, self.ballot.hint) {
            (Legacy::Open(estimate), Some(hint))
                if self.hint_counts(context.chain, hint, estimate) =>
            {
                hint
            }
            _ => self.base(legacy),
        };
        self.target(context.chain, base)
    }

    /// GRANDPA paper, section 3: the hint replaces our estimate iff g(V of the round before) >=
    /// hint > estimate.
    fn hint_counts<C: VoterChain>(&self, chain: &C, hint: BlockRef, estimate: BlockRef) -> bool {
        let ghost = self.previous.as_ref().and_then(Round::prevote_ghost);
        hint != estimate
            && (chain.is_descendant(&estimate.hash, &hint.hash) || self.mutated(Mutation::GF09))
            && ghost.is_some_and(|ghost| chain.is_descendant(&hint.hash, &ghost.hash))
    }

    /// What to prevote for on the best chain that contains `base`. `None` where no chain is known:
    /// then there is no prevote, and no precommit either.
    fn target<C: VoterChain>(&self, chain: &C, base: BlockRef) -> Option<BlockRef> {
        let head = chain.best_containing(&base)?;
        let height = self.lowered(base.height, head.height);
        let target = chain.ancestor_at(&head.hash, height)?;
        Some(self.limited(chain, target))
    }

    /// `target`, or a block below it that announces a set and is not final: nobody votes beyond that.
    pub(super) fn limited<C: VoterChain>(&self, chain: &C, target: BlockRef) -> BlockRef {
        // rule(finality.set_change)
        match self.config.rules.set_change {
            SetChange::AtFinality => chain.vote_limit(&target),
            SetChange::AtImport => target,
        }
    }

    /// The height that the rules let us vote for; never below `base` (substrate 4150).
    pub(super) fn lowered(&self, base: Height, head: Height) -> Height {
        // rule(finality.vote_target)
        match self.config.rules.vote_target {
            VoteTarget::Head => head,
            VoteTarget::BehindAndThreeQuarters => {
                let behind = head.saturating_sub(2).max(base);
                let unfinal = behind.since(base);
                let part = unfinal.saturating_mul(3).saturating_add(2).div_euclid(4);
                base.saturating_add(part.min(unfinal))
            }
        }
    }

    /// The target of our precommit, once it is due: the GHOST of the prevotes, if it is not below
    /// the estimate before.
    fn due_precommit<C: VoterChain, S, V>(
        &self,
        context: &Context<'_, C, S, V>,
        legacy: Legacy,
    ) -> Option<BlockRef> {
        let ghost = self.current.prevote_ghost()?;
        let behind = match legacy {
            Legacy::Open(estimate) | Legacy::Settled(estimate) => {
                // All that counts here descends from the base.
                estimate.height > self.current.base().height
                    && !context.chain.is_descendant(&estimate.hash, &ghost.hash)
            }
            Legacy::Lost => true,
        };
        // rule(finality.third_precommit_rule)
        let third =
            self.config.rules.third_precommit_rule == Switch::On && self.current.no_child_can_win();
        let due = third
            || self.current.completable()
            || self.ballot.waited(context.now, PRECOMMIT_DELAYS, self.config.gossip_ms);
        // rule(finality.precommit_bound)
        let behind = match self.config.rules.precommit_bound {
            PrecommitBound::Estimate => behind && !self.mutated(Mutation::GF08),
            PrecommitBound::Nothing => false,
        };
        if due && !behind && self.mutated(Mutation::GF42) {
            return self.target(context.chain, ghost);
        }
        (due && !behind).then(|| self.limited(context.chain, ghost))
    }

    /// Signs, counts and sends a vote of ours. A refused one is left out, or the one that was cast
    /// is sent again.
    fn sign<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        stage: Stage,
        target: BlockRef,
        out: &mut Vec<Output>,
    ) {
        let Some(voter) = self.key else { return };
        if !self.log_counted(context, LogWrite::Durable) {
            return;
        }
        if self.unwritten && !context.signer.enter_round(&self.checkpoint()) {
            return;
        }
        self.unwritten = false;
        let vote = Vote { set: self.set.id(), round: self.current.number(), stage, target };
        let signed = match context.signer.sign_vote(&vote) {
            Ok(signature) => SignedVote { vote, voter, signature },
            Err(Refused::Voted(signed))
                if signed.voter == voter && (Vote { target, ..signed.vote }) == vote =>
            {
                *signed
            }
            Err(Refused::Voted(_) | Refused::Barred) => return,
        };
        out.push(Output::Broadcast(signed));
        if stage != Stage::Primary {
            self.admit(context.chain, signed, out);
        }
    }

    /// Hands the votes that were counted since the last time to the log. `false` where they must be durable and
    /// are not: then no vote that rests on them may be signed.
    fn log_counted<C: VoterChain, S: VoteSigner, V>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        write: LogWrite,
    ) -> bool {
        let chain = context.chain;
        let logged = context.signer.log_counted(&self.unlogged, &|hash| chain.header(hash), write);
        self.unlogged.clear();
        logged
    }

    /// Starts the next round where the rules allow it.
    fn advance<C: VoterChain, S, V>(
        &mut self,
        context: &Context<'_, C, S, V>,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(next) = self.current.number().next() else { return false };
        let ready = match self.legacy(context.chain) {
            Legacy::Settled(_) => self.ballot.done(),
            Legacy::Lost => true,
            Legacy::Open(_) if self.mutated(Mutation::GF22) => self.ballot.done(),
            // rule(finality.round_start)
            Legacy::Open(_) => match self.config.rules.round_start {
                RoundStart::EstimateFinal => false,
                RoundStart::Completable => self.ballot.done(),
            },
        };
        if !ready || !self.current.completable() {
            return false;
        }
        self.start_round(next, out);
        self.release(context.chain, out);
        true
    }
}
