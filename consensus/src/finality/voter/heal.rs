//! Lost votes: statuses, requests for what a peer has and we do not, catching up.
//!
//! Inputs: statuses, requests and responses of peers. Outputs: requests, votes served.
//!
//! Gossip may lose any vote, and a partition loses them in both directions, so two halves can stand
//! in the same round with half the votes each. Statuses show each side what the other has seen;
//! what is missing is pulled. A peer two rounds or more ahead is asked for its last completed round
//! as a whole, and one that is a round ahead is so now and then, once ours is stalled.
//!
//! Invariants: at most one open request a peer; a response that was not asked for changes nothing;
//! a round that was caught up with is never voted in: the voter goes on in the round after it.
//!
//! Bounds: [`REQUESTS_MAX`] open requests, forgotten after [`REQUEST_TIMEOUT_MS`];
//! [`VOTES_PER_RESPONSE_MAX`] votes a response.

use super::intake::check;
use super::{
    Context, Output, Peer, RejectReason, VoteSigner, VoteVerdict, Voter, VoterChain, VoterRequest,
    VoterStatus,
};
use crate::crypto::Verifier;
use crate::finality::{CatchUp, Round, SeenVotes, SignedVote, VoteEquivocation};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::random::Random;
use serin_state::types::{Millis, Round as RoundNumber};
use std::collections::{BTreeMap, BTreeSet};

/// Most requests under way at once.
pub const REQUESTS_MAX: usize = 8;
/// How long an answer may take, in milliseconds.
pub const REQUEST_TIMEOUT_MS: u64 = 5_000;
/// Most votes in a response.
pub const VOTES_PER_RESPONSE_MAX: usize = 1_024;
/// A round that is open for this many gossip delays is stalled: twice the wait for a precommit.
const STALLED_DELAYS: u64 = 8;
/// A peer this many rounds ahead is asked to help us catch up (deployed gadget: the same).
pub const CATCH_UP_DISTANCE: u64 = 2;

/// What was asked of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    Votes,
    CatchUp,
}

/// The open requests: what, and when they are given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Requests(BTreeMap<Peer, (Asked, Millis)>);

impl Requests {
    fn open(&mut self, peer: Peer, asked: Asked, now: Millis) -> bool {
        self.0.retain(|_, (_, until)| *until > now);
        let catching_up = self.0.values().any(|(other, _)| *other == Asked::CatchUp);
        let refused = self.0.contains_key(&peer)
            || self.0.len() >= REQUESTS_MAX
            || (asked == Asked::CatchUp && catching_up);
        if !refused {
            self.0.insert(peer, (asked, now.saturating_add(REQUEST_TIMEOUT_MS)));
        }
        !refused
    }

    fn close(&mut self, peer: Peer, asked: Asked) -> bool {
        let matches = self.0.get(&peer).is_some_and(|(open, _)| *open == asked);
        if matches {
            self.0.remove(&peer);
        }
        matches
    }
}

/// What a peer is asked for at this time.
///
/// Drawn by the time. Statuses come at even intervals: with plain turns, a peer whose interval is a multiple of them would
/// always be asked for the same, and both would wait for ever (found by the laboratory).
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// Votes of the round before go first.
    older_first: bool,
    /// A peer one round ahead is asked for the whole of ours.
    catches_up: bool,
    /// The part of the voters that is asked for in doubt.
    part: u64,
}

impl Turn {
    fn at(now: Millis, gossip_ms: u64) -> Self {
        let number = now.0.checked_div(gossip_ms).unwrap_or(0);
        let draw = Random::from_number(number).draw("turn", 0, 0).number();
        Self { older_first: draw & 1 == 0, catches_up: draw & 2 == 0, part: draw >> 2 }
    }
}

impl<M: Mutant> Voter<M> {
    /// What to tell peers.
    pub fn status(&self) -> VoterStatus {
        VoterStatus {
            set: self.set.id(),
            round: self.current.number(),
            current: self.current.seen(),
            previous: self.previous.as_ref().map(Round::seen).unwrap_or_default(),
        }
    }

    /// A peer's status: asks it for what we lack.
    pub fn on_peer_status(&mut self, now: Millis, peer: Peer, status: &VoterStatus) -> Vec<Output> {
        if status.set != self.set.id() {
            return Vec::new();
        }
        let current = self.current.number();
        let turn = Turn::at(now, self.config.gossip_ms);
        let far = status.round.since(current) >= CATCH_UP_DISTANCE;
        // Where finality passed our round while we were away, its votes count no more, and those ahead may wait for
        // ours: then it is the whole round that helps (found by the laboratory).
        let behind = status.round > current && turn.catches_up && self.is_stalled(now);
        let (asked, request) = if (far || behind) && !self.mutated(Mutation::GF55) {
            (Asked::CatchUp, VoterRequest::CatchUp { set: status.set, round: current })
        } else if let Some((round, seen)) = self.lacking(turn, now, status) {
            (Asked::Votes, VoterRequest::Votes { set: status.set, round, seen })
        } else {
            return Vec::new();
        };
        if !self.requests.open(peer, asked, now) {
            return Vec::new();
        }
        vec![Output::Request { peer, request }]
    }

    /// A round of which the peer has seen votes that we lack, and what we have of it. The two rounds take turns: votes
    /// below the base of one are never counted, however often they come, and the other would wait for ever (found by
    /// the laboratory). Bitmaps show one vote a voter and stage, and nothing of the round before the last: where the
    /// peer got further with the same bitmaps, or nobody gets further, it is asked all the same,
    /// and for votes that we have too: it may have the other vote of an equivocator that neither of
    /// us knows for one (found by the laboratory).
    fn lacking(
        &self,
        turn: Turn,
        now: Millis,
        status: &VoterStatus,
    ) -> Option<(RoundNumber, SeenVotes)> {
        let theirs = |round: RoundNumber| {
            if round == status.round {
                Some(&status.current)
            } else if Some(round) == status.round.previous() {
                Some(&status.previous)
            } else {
                None
            }
        };
        let lacks = |round: &Round<M>| {
            theirs(round.number()).is_some_and(|theirs| theirs.has_more_than(&round.seen()))
        };
        let number = self.current.number();
        let ahead = status.round > number;
        let stalled = status.round == number && self.is_stalled(now);
        if self.mutated(Mutation::GF54) {
            return None;
        }
        let ask = |round: &Round<M>| {
            let seen = round.seen();
            let seen = match (lacks(round), ahead || stalled) {
                (true, _) => seen,
                (false, true) => seen.forgetting(turn.part),
                (false, false) => return None,
            };
            Some((round.number(), seen))
        };
        let (older, current) = (self.previous.as_ref(), Some(&self.current));
        let [first, second] = if turn.older_first { [older, current] } else { [current, older] };
        first.and_then(ask).or_else(|| second.and_then(ask))
    }

    /// Whether the round has been open for so long that it should be over.
    fn is_stalled(&self, now: Millis) -> bool {
        self.ballot.waited(now, STALLED_DELAYS, self.config.gossip_ms)
    }

    /// The votes a peer asked for: those we have of the round and it does not, and both votes of
    /// every equivocator.
    pub fn serve_votes(&self, request: &VoterRequest) -> Vec<SignedVote> {
        let VoterRequest::Votes { set, round, seen } = request else { return Vec::new() };
        if *set != self.set.id() {
            return Vec::new();
        }
        let Some(round) = self.round(*round) else { return Vec::new() };
        let mut votes = round.votes_beyond(seen);
        // A bitmap does not show which of an equivocator's votes the peer has: it gets both.
        let both = |proof: VoteEquivocation| [proof.first, proof.second];
        votes.extend(round.equivocations().into_iter().flat_map(both));
        votes.truncate(VOTES_PER_RESPONSE_MAX);
        votes
    }

    /// All votes of our last completed round, for a peer that is behind it or in it.
    pub fn serve_catch_up(&self, request: &VoterRequest) -> Option<CatchUp> {
        let VoterRequest::CatchUp { set, round } = request else { return None };
        let last =
            if self.current.completable() { Some(&self.current) } else { self.previous.as_ref() };
        let last = last.filter(|last| last.completable() && last.number() >= *round)?;
        (*set == self.set.id()).then(|| last.catch_up())
    }

    /// The votes that were asked of a peer. `Err` with the fault where the peer sent what no honest
    /// one sends; the votes before it count.
    pub fn on_votes<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        peer: Peer,
        votes: &[SignedVote],
    ) -> (Result<(), RejectReason>, Vec<Output>) {
        let mut out = Vec::new();
        if !self.requests.close(peer, Asked::Votes) {
            return (Ok(()), out);
        }
        let mut fault = Ok(());
        let mut screened = Vec::new();
        for vote in votes.iter().take(VOTES_PER_RESPONSE_MAX) {
            match self.screen(context.chain, vote) {
                Ok(()) => {
                    screened.push((*vote, vote.vote.payload_by(self.config.rules.mutant)));
                }
                Err(VoteVerdict::Reject(reason)) => fault = Err(reason),
                Err(VoteVerdict::Ignore(_) | VoteVerdict::Accept) => {}
            }
        }
        let checks: Vec<_> = screened.iter().map(|(vote, payload)| check(vote, payload)).collect();
        let valid = context.verifier.signatures(&checks);
        for ((vote, _), valid) in screened.iter().zip(valid) {
            if valid || self.mutated(Mutation::GF39) {
                self.admit(context.chain, *vote, &mut out);
            } else {
                fault = Err(RejectReason::BadSignature);
            }
        }
        self.step(context, &mut out);
        (fault, out)
    }

    /// The completed round that was asked of a peer.
    pub fn on_catch_up<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
        peer: Peer,
        catch_up: CatchUp,
    ) -> (Result<(), RejectReason>, Vec<Output>) {
        let mut out = Vec::new();
        if !self.requests.close(peer, Asked::CatchUp) || catch_up.set != self.set.id() {
            return (Ok(()), out);
        }
        if catch_up.verify(&self.set, &self.config.rules, context.verifier).is_err()
            && !self.mutated(Mutation::GF38)
        {
            return (Err(RejectReason::BadProof), out);
        }
        let targets: BTreeSet<_> = catch_up.votes.iter().map(|vote| vote.vote.target).collect();
        let unknown = targets.into_iter().filter(|target| !context.chain.knows(target));
        out.extend(unknown.map(Output::WantBlock));
        self.waiting_catch_up = Some(catch_up);
        self.resume_catch_up(context.chain, &mut out);
        self.step(context, &mut out);
        (Ok(()), out)
    }

    /// Joins the round after the one that was caught up with, once its blocks are known.
    pub(super) fn resume_catch_up<C: VoterChain>(&mut self, chain: &C, out: &mut Vec<Output>) {
        let Some(catch_up) = self.waiting_catch_up.take() else { return };
        let (number, next) = (catch_up.round, catch_up.round.next());
        let Some(next) = next.filter(|_| number >= self.current.number()) else { return };
        let base = if chain.knows(&catch_up.base) { catch_up.base } else { self.last_final };
        let mut round = self.round_at(number, base);
        for vote in &catch_up.votes {
            if chain.knows(&vote.vote.target) {
                round.import(chain, *vote);
            }
        }
        // Votes are sorted by stage and voter. Who voted twice counts, whether those blocks are known or not.
        for (first, second) in catch_up.votes.iter().zip(catch_up.votes.iter().skip(1)) {
            round.import_equivocation(chain, &VoteEquivocation { first: *first, second: *second });
        }
        if !round.completable() {
            self.waiting_catch_up = Some(catch_up);
            return;
        }
        self.unlogged.extend(round.votes());
        self.current = round;
        self.start_round(next, out);
        self.release(chain, out);
    }

    /// The peer did not answer, or is gone.
    pub fn on_request_failed(&mut self, peer: Peer) {
        self.requests.0.remove(&peer);
    }
}
