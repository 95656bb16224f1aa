//! Valid votes that cannot be counted yet: their round has not begun here, or their block is not
//! known.
//!
//! Inputs: votes whose signature holds. Outputs: the same votes, once round and block are there.
//!
//! Invariants: one slot for each (round, stage, voter) with at most two different votes in it,
//! since two already prove an equivocation and a third says nothing new.
//!
//! Bounds: rounds from the one before the current to [`super::ROUNDS_AHEAD_MAX`] ahead, three
//! stages, two votes: 24 votes a voter.

use crate::finality::{BlockRef, SignedVote, Stage};
use serin_state::types::{PublicKey, Round};
use std::collections::BTreeMap;

/// What became of a vote that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is the first of its slot.
    New,
    /// It is held already.
    Known,
    /// It differs from the vote in the slot: both are held now.
    Second(SignedVote),
    /// The slot is full.
    Third,
}

/// The votes of one slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Slot {
    first: SignedVote,
    second: Option<SignedVote>,
}

/// The votes that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Held(BTreeMap<(Round, Stage, PublicKey), Slot>);

impl Held {
    /// Whether `vote` would be refused or is here; judged before its signature is checked.
    pub(super) fn would_keep(&self, vote: &SignedVote) -> Kept {
        let Some(slot) = self.0.get(&key(vote)) else { return Kept::New };
        if slot.has(vote) {
            return Kept::Known;
        }
        if slot.second.is_some() { Kept::Third } else { Kept::Second(slot.first) }
    }

    /// Keeps `vote`, whose signature holds.
    pub(super) fn keep(&mut self, vote: SignedVote) -> Kept {
        let kept = self.would_keep(&vote);
        match kept {
            Kept::New => {
                self.0.insert(key(&vote), Slot { first: vote, second: None });
            }
            Kept::Second(_) => {
                if let Some(slot) = self.0.get_mut(&key(&vote)) {
                    slot.second = Some(vote);
                }
            }
            Kept::Known | Kept::Third => {}
        }
        kept
    }

    /// Takes the votes of rounds up to `current` whose block `knows` places, in order.
    pub(super) fn take_ready(
        &mut self,
        current: Round,
        knows: impl Fn(&BlockRef) -> bool,
    ) -> Vec<SignedVote> {
        let mut ready = Vec::new();
        self.0.retain(|(round, ..), slot| {
            if *round > current {
                return true;
            }
            let mut waiting = slot.votes();
            waiting.retain(|vote| {
                let known = knows(&vote.vote.target);
                if known {
                    ready.push(*vote);
                }
                !known
            });
            let mut waiting = waiting.into_iter();
            let Some(first) = waiting.next() else { return false };
            *slot = Slot { first, second: waiting.next() };
            true
        });
        ready
    }

    /// Drops the votes of rounds below `round`.
    pub(super) fn forget_before(&mut self, round: Round) {
        self.0.retain(|(held, ..), _| *held >= round);
    }

    /// How many votes are held.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(|slot| slot.votes().len()).sum()
    }
}

impl Slot {
    fn has(&self, vote: &SignedVote) -> bool {
        self.votes().iter().any(|held| held.vote == vote.vote)
    }

    fn votes(&self) -> Vec<SignedVote> {
        std::iter::once(self.first).chain(self.second).collect()
    }
}

const fn key(vote: &SignedVote) -> (Round, Stage, PublicKey) {
    (vote.vote.round, vote.vote.stage, vote.voter)
}
