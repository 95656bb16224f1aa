//! What one step shows of a side: everything that the comparison compares.
//!
//! Both sides fill it, each from its own storage; where a type of ours says it all, theirs is read into it.

use serin_governance::deposits::Deposit;
use serin_governance::preimages::Status;
use serin_governance::referenda::Outcome;
use serin_governance::tally::Tally;
use serin_governance::voting::{AccountVote, Delegation, Power, PriorLock};
use serin_governance::{Event, ReferendumIndex, TrackId};
use serin_state::types::Balance;

/// What an account does on one track.
pub(crate) type Votes = (Vec<(ReferendumIndex, AccountVote)>, Option<Delegation>, Power, PriorLock);

/// A referendum.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Ongoing {
        track: TrackId,
        submitted: u64,
        is_queued: bool,
        /// Since when it is being decided, and until when it confirms.
        deciding: Option<(u64, Option<u64>)>,
        alarm: Option<u64>,
        deposits: (Option<Deposit>, Option<Deposit>),
        tally: Tally,
    },
    Ended {
        outcome: Outcome,
        at: u64,
        deposits: (Option<Deposit>, Option<Deposit>),
    },
}

/// An account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AccountView {
    pub(crate) free: u128,
    pub(crate) held: u128,
    pub(crate) frozen: u128,
    pub(crate) locks: Vec<(TrackId, Balance)>,
    pub(crate) votes: Vec<Votes>,
}

/// A side after a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) events: Vec<Event>,
    pub(crate) referenda: Vec<Option<Shown>>,
    pub(crate) queues: Vec<Vec<(ReferendumIndex, Balance)>>,
    pub(crate) deciding: Vec<u32>,
    pub(crate) enactments: Vec<Option<u64>>,
    pub(crate) preimages: Vec<(Option<Status>, Option<u32>)>,
    pub(crate) accounts: Vec<AccountView>,
}

impl View {
    /// Kinds of events of this step.
    pub(crate) fn met(&self) -> impl Iterator<Item = String> {
        let full = super::tracks::MAX_QUEUED as usize;
        let queues = self.queues.iter().filter_map(move |queue| match queue.len() {
            0 => None,
            waiting if waiting < full => Some("a queue".to_owned()),
            _ => Some("a full queue".to_owned()),
        });
        let events = self.events.iter().map(|event| {
            let text = format!("{event:?}");
            let mut words = text.split(['(', ' ']);
            format!("{} {}", words.next().unwrap(), words.next().unwrap())
        });
        events.chain(queues)
    }

    /// The first part in which the sides differ.
    pub(crate) fn difference(&self, theirs: &Self) -> Option<String> {
        fn of<T: std::fmt::Debug + PartialEq>(what: &str, ours: &T, theirs: &T) -> Option<String> {
            (ours != theirs).then(|| format!("{what}\n  ours   {ours:?}\n  theirs {theirs:?}"))
        }
        of("events", &self.events, &theirs.events)
            .or_else(|| {
                let pairs = self.referenda.iter().zip(&theirs.referenda).enumerate();
                pairs.into_iter().find_map(|(index, (ours, theirs))| {
                    of(&format!("referendum {index}"), ours, theirs)
                })
            })
            .or_else(|| of("queues", &self.queues, &theirs.queues))
            .or_else(|| of("deciding counts", &self.deciding, &theirs.deciding))
            .or_else(|| of("enactments", &self.enactments, &theirs.enactments))
            .or_else(|| of("preimages", &self.preimages, &theirs.preimages))
            .or_else(|| {
                let pairs = self.accounts.iter().zip(&theirs.accounts).enumerate();
                pairs.into_iter().find_map(|(place, (ours, theirs))| {
                    of(&format!("account at {place}"), ours, theirs)
                })
            })
    }
}
