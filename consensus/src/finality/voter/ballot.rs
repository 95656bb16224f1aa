//! Our part in the current round: which of our votes are out, and when the round's clock began.
//!
//! Inputs: the time, what the round shows. Outputs: whether a vote is due. No vote is made here.
//!
//! # When votes go out
//! The paper waits two delays T before a prevote and four before a precommit, always. Here the
//! clock of a round starts when it *opens*: when there is a block to vote for that is not final, or
//! another voter voted in it. A round with nothing new stays closed and costs nothing. From then
//! on:
//!
//! | vote | goes out |
//! |---|---|
//! | prevote | at once, if there is something new and no hint is needed (the estimate before is final) or the hint agrees; else after 2 T, or when the round is completable |
//! | precommit | when no child of the GHOST can win (the third rule), or after 4 T, or when the round is completable |
//!
//! Liveness: after the network heals, an honest voter with something new opens its round and votes
//! at once or after 2 T; its prevote opens the round of every other honest voter, who votes at most
//! 2 T later, with or without a block of its own. So within 2 T plus delays all honest prevotes are
//! out, and within 4 T plus delays all precommits, which is the paper's bound counted from the
//! opening. A voter with nothing new owes nobody a vote.
//!
//! Invariants: progress only grows within a round, so there is no precommit before our prevote.

use crate::finality::BlockRef;
use serin_state::types::Millis;

/// How far we are in a round. A refused vote counts as cast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Progress {
    /// Nothing is out.
    #[default]
    Begun,
    /// Our hint is out, or none was due.
    Hinted,
    /// Our prevote is out.
    Prevoted,
    /// Our precommit is out too, or we have no vote in the set.
    Precommitted,
}

/// Our part in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ballot {
    /// What is out of ours.
    pub(super) progress: Progress,
    /// When the round opened.
    pub(super) opened: Option<Millis>,
    /// Another voter's vote of this round was seen.
    pub(super) stirred: bool,
    /// What the primary of this round said.
    pub(super) hint: Option<BlockRef>,
}

impl Ballot {
    /// What an observer has: nothing to cast.
    pub(super) fn observer() -> Self {
        Self { progress: Progress::Precommitted, ..Self::default() }
    }

    /// Whether all our votes of the round are out or barred.
    pub(super) fn done(&self) -> bool {
        self.progress == Progress::Precommitted
    }

    /// Whether `delays` times `gossip_ms` passed since the round opened.
    pub(super) fn waited(&self, now: Millis, delays: u64, gossip_ms: u64) -> bool {
        self.deadline(delays, gossip_ms).is_some_and(|due| now >= due)
    }

    /// When the next of our votes is due by time alone; `None` where it waits for others.
    pub(super) fn next_wake(&self, now: Millis, gossip_ms: u64) -> Option<Millis> {
        let due = match self.progress {
            Progress::Begun | Progress::Hinted => self.deadline(PREVOTE_DELAYS, gossip_ms),
            Progress::Prevoted => self.deadline(PRECOMMIT_DELAYS, gossip_ms),
            Progress::Precommitted => None,
        };
        due.filter(|due| *due > now)
    }

    fn deadline(&self, delays: u64, gossip_ms: u64) -> Option<Millis> {
        self.opened.map(|opened| opened.saturating_add(delays.saturating_mul(gossip_ms)))
    }
}

/// A prevote waits this many gossip delays for the primary's hint (GRANDPA paper, section 3).
pub(super) const PREVOTE_DELAYS: u64 = 2;
/// A precommit waits this many gossip delays for prevotes.
pub(super) const PRECOMMIT_DELAYS: u64 = 4;
