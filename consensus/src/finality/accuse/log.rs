//! The signed votes that one node saw, by set and round: what it answers a challenge with.
//!
//! # Inputs and outputs
//! Votes whose signatures the caller has checked, and headers of the blocks they name; look-ups out.
//!
//! # Invariants
//! 1. At most two votes for one voter, stage and round: what two votes prove, three do not prove better.
//! 2. Hints are not kept: they are never counted, so no question asks for them.
//! 3. What is dropped is a whole round, the oldest first: half a round answers nothing.
//!
//! # Bounds
//! [`LogLimits`] gives the votes, the headers and the age. Rounds are as old as their first vote.

use super::Headers;
use crate::finality::{SignedVote, Stage};
use serin_state::types::{Header, PublicKey, Round, SetId, Slot};
use std::collections::BTreeMap;

/// How much a log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogLimits {
    /// Most votes.
    pub votes_max: usize,
    /// Most headers.
    pub headers_max: usize,
    /// Slots after which a round is forgotten: as long as a culprit's stake can still be reached.
    pub age_slots_max: u64,
}

impl LogLimits {
    /// As much as fits in memory beside other things: about 200 MB of votes, and no limit of age.
    #[must_use]
    pub const fn offline() -> Self {
        Self { votes_max: 1 << 20, headers_max: 1 << 18, age_slots_max: u64::MAX }
    }
}

/// What became of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recorded {
    /// It is the first of its voter in the stage of the round.
    New,
    /// It was there.
    Known,
    /// The voter voted for another block before, with this vote.
    Second(SignedVote),
    /// Two other votes of the voter are there already.
    Third,
    /// A hint, or of a round that is too old: not kept.
    NotKept,
}

/// One or two votes of a voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Cast {
    first: SignedVote,
    second: Option<SignedVote>,
}

/// What was seen of one round.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Seen {
    since: Slot,
    casts: BTreeMap<(Stage, PublicKey), Cast>,
}

/// The votes a node saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteLog {
    limits: LogLimits,
    rounds: BTreeMap<(SetId, Round), Seen>,
    headers: Headers,
    votes: usize,
    /// When the old rounds were last looked for.
    swept: Slot,
}

impl VoteLog {
    /// An empty log.
    #[must_use]
    pub fn new(limits: LogLimits) -> Self {
        Self {
            limits,
            rounds: BTreeMap::new(),
            headers: Headers::default(),
            votes: 0,
            swept: Slot::ZERO,
        }
    }

    /// Keeps a vote that was seen in slot `now` and whose signature holds.
    pub fn record(&mut self, now: Slot, vote: &SignedVote) -> Recorded {
        if vote.vote.stage == Stage::Primary {
            return Recorded::NotKept;
        }
        if now > self.swept {
            self.forget_old(now);
        }
        let place = (vote.vote.set, vote.vote.round);
        let fresh = || Seen { since: now, casts: BTreeMap::new() };
        let seen = self.rounds.entry(place).or_insert_with(fresh);
        let recorded = seen.record(vote);
        if matches!(recorded, Recorded::New | Recorded::Second(_)) {
            self.votes = self.votes.saturating_add(1);
        }
        self.forget_surplus();
        if self.rounds.contains_key(&place) { recorded } else { Recorded::NotKept }
    }

    /// Keeps the header of a block that a vote names, or of one below it. Returns whether it was new.
    pub fn record_header(&mut self, header: &Header) -> bool {
        self.headers.len() < self.limits.headers_max && self.headers.insert(header)
    }

    /// The votes of a round in one stage, sorted by voter; two of a voter stand together.
    pub fn votes(
        &self,
        set: SetId,
        round: Round,
        stage: Stage,
    ) -> impl Iterator<Item = SignedVote> + '_ {
        let casts = self.rounds.get(&(set, round)).into_iter().flat_map(|seen| &seen.casts);
        let of_stage = casts.filter(move |((of, _), _)| *of == stage);
        of_stage.flat_map(|(_, cast)| core::iter::once(cast.first).chain(cast.second))
    }

    /// Every vote, by set, round, stage and voter.
    pub fn iter(&self) -> impl Iterator<Item = SignedVote> + '_ {
        let casts = self.rounds.values().flat_map(|seen| seen.casts.values());
        casts.flat_map(|cast| core::iter::once(cast.first).chain(cast.second))
    }

    /// The rounds of which something is kept, in order.
    pub fn rounds(&self) -> impl Iterator<Item = (SetId, Round)> + '_ {
        self.rounds.keys().copied()
    }

    /// The headers of the blocks that votes name.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// How many votes are kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.votes
    }

    /// Whether no vote is kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.votes == 0
    }

    /// Drops the rounds that were first seen more than the age limit before `now`.
    pub fn forget_old(&mut self, now: Slot) {
        let age_slots_max = self.limits.age_slots_max;
        self.rounds.retain(|_, seen| now.since(seen.since) <= age_slots_max);
        self.swept = self.swept.max(now);
        self.count();
    }

    fn forget_surplus(&mut self) {
        while self.votes > self.limits.votes_max && self.rounds.pop_first().is_some() {
            self.count();
        }
    }

    fn count(&mut self) {
        self.votes = self.rounds.values().map(Seen::len).fold(0, usize::saturating_add);
    }
}

impl Seen {
    fn record(&mut self, vote: &SignedVote) -> Recorded {
        let place = (vote.vote.stage, vote.voter);
        let Some(cast) = self.casts.get_mut(&place) else {
            self.casts.insert(place, Cast { first: *vote, second: None });
            return Recorded::New;
        };
        match cast.second {
            _ if cast.first.vote == vote.vote => Recorded::Known,
            Some(second) if second.vote == vote.vote => Recorded::Known,
            Some(_) => Recorded::Third,
            None => {
                cast.second = Some(*vote);
                Recorded::Second(cast.first)
            }
        }
    }

    fn len(&self) -> usize {
        let both = self.casts.values().filter(|cast| cast.second.is_some()).count();
        self.casts.len().saturating_add(both)
    }
}
