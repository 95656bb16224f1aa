//! What has been signed last: the high marks of a journal, and what they admit.
//!
//! Seals strictly grow by slot, votes by set, round and stage, and the very bytes that were signed may be signed again.
//! Bounds: one seal, and the votes of one round: three at most.

use super::Record;
use crate::core::SealRefused;
use serin_consensus::finality::{Stage, Vote};
use serin_state::types::{Round, SetId, Slot};

/// What has been signed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) seal: Option<(Slot, [u8; 32])>,
    /// The votes of the last round that was voted in, in the order of signing: three at most.
    pub(super) votes: Vec<Vote>,
}

/// What the journal says to a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is later than all that was signed.
    New,
    /// It was signed before.
    Known,
    /// This other vote was signed in its place.
    Other(Vote),
    /// A later vote was signed.
    Passed,
}

impl Marks {
    pub(super) fn note(&mut self, record: &Record) {
        match record {
            Record::Opened { .. } => {}
            Record::Sealed { slot, statement } => self.seal = Some((*slot, *statement)),
            Record::Voted(vote) => {
                self.votes.retain(|old| (old.set, old.round) == (vote.set, vote.round));
                self.votes.push(*vote);
            }
        }
    }

    /// Whether a seal may be signed, and whether it is new to the journal.
    pub(super) fn admits_seal(
        &self,
        slot: Slot,
        statement: &[u8; 32],
    ) -> Result<bool, SealRefused> {
        match &self.seal {
            Some((last, signed)) if *last == slot && signed == statement => Ok(false),
            Some((last, _)) if *last >= slot => Err(SealRefused::AlreadySigned),
            Some(_) | None => Ok(true),
        }
    }

    pub(super) fn admission(&self, vote: &Vote) -> Admission {
        if let Some(same) = self.votes.iter().find(|old| place(old) == place(vote)) {
            return if same == vote { Admission::Known } else { Admission::Other(*same) };
        }
        match self.votes.last() {
            Some(last) if place(last) > place(vote) => Admission::Passed,
            Some(_) | None => Admission::New,
        }
    }
}

/// Where a vote stands in the order in which a voter signs: the hint opens a round.
const fn place(vote: &Vote) -> (SetId, Round, u8) {
    let stage = match vote.stage {
        Stage::Primary => 0,
        Stage::Prevote => 1,
        Stage::Precommit => 2,
    };
    (vote.set, vote.round, stage)
}
