//! Who has voted or delegated, who is in the collective and what it votes on, as far as this node has seen: the state keeps votes by account, and accounts lie hashed,
//! so it cannot be asked for all voters of a referendum.
//!
//! Inputs: blocks of the best chain, and at the start the last of those that the node holds. A name here decides nothing:
//! what an account votes is always read from the state. Bounds: [`PARTICIPANTS_MAX`] names, [`SCAN_BLOCKS`] blocks.

use super::NodeCore;
use crate::core::StoredBlock;
use crate::runtime::Event;
use serin_governance::Event as GovernanceEvent;
use serin_governance::collective::CollectiveEvent;
use serin_governance::voting::VotingEvent;
use serin_governance::whitelist::WhitelistEvent;
use serin_state::types::{AccountId, Hash, Height};
use std::collections::BTreeSet;

/// Most names that are kept; later ones are not.
pub const PARTICIPANTS_MAX: usize = 65_536;
/// Blocks below the head that are looked into at the start.
const SCAN_BLOCKS: u32 = 8_192;

/// The names.
#[derive(Clone, Debug, Default)]
pub struct Participants {
    voters: BTreeSet<AccountId>,
    members: BTreeSet<AccountId>,
    polls: BTreeSet<Hash>,
}

impl Participants {
    /// Those of the blocks that a node holds.
    #[must_use]
    pub fn of(core: &NodeCore) -> Self {
        let mut participants = Self::default();
        let head = core.head().height;
        for height in head.saturating_sub(SCAN_BLOCKS).0..=head.0 {
            let block = core.hash_of(Height(height)).and_then(|hash| core.block(&hash));
            if let Some(block) = block {
                participants.note(&block);
            }
        }
        participants
    }

    /// Notes who takes part in a block.
    pub fn note(&mut self, block: &StoredBlock) {
        let of_outcomes = block.outcomes.iter().flat_map(|outcome| &outcome.events);
        for event in of_outcomes.chain(&block.events) {
            if let Event::Governance(event) = event {
                self.note_event(event);
            }
        }
    }

    fn note_event(&mut self, event: &GovernanceEvent) {
        let kept = [self.voters.len(), self.members.len(), self.polls.len()];
        if kept.iter().any(|kept| *kept >= PARTICIPANTS_MAX) {
            return;
        }
        match event {
            GovernanceEvent::Voting(event) => self.voters.extend(names(event)),
            GovernanceEvent::Collective(
                CollectiveEvent::Added { who } | CollectiveEvent::Ranked { who, .. },
            ) => {
                self.members.insert(*who);
            }
            GovernanceEvent::Whitelist(
                WhitelistEvent::Opened { hash, .. } | WhitelistEvent::Whitelisted { hash },
            ) => {
                self.polls.insert(*hash);
            }
            GovernanceEvent::Whitelist(
                WhitelistEvent::Removed { hash }
                | WhitelistEvent::Cleared { hash }
                | WhitelistEvent::Dispatched { hash },
            ) => {
                self.polls.remove(hash);
            }
            GovernanceEvent::Collective(CollectiveEvent::Removed { .. })
            | GovernanceEvent::Whitelist(WhitelistEvent::Voted { .. })
            | GovernanceEvent::Preimages(_)
            | GovernanceEvent::Referenda(_)
            | GovernanceEvent::Scheduler(_)
            | GovernanceEvent::Treasury(_)
            | GovernanceEvent::Participation(_)
            | GovernanceEvent::Bounties(_) => {}
        }
    }

    /// Names of all that have voted or delegated, or were delegated to.
    pub fn iter(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.voters.iter().copied()
    }

    /// Names of those who are, or were, in the collective.
    pub fn members(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.members.iter().copied()
    }

    /// Hashes of calls that the collective has had polls on.
    pub fn polls(&self) -> impl Iterator<Item = Hash> + '_ {
        self.polls.iter().copied()
    }
}

fn names(event: &VotingEvent) -> Vec<AccountId> {
    match event {
        VotingEvent::Delegated { who, target, .. } => vec![*who, *target],
        VotingEvent::Voted { who, .. } => vec![*who],
        VotingEvent::Undelegated { .. }
        | VotingEvent::VoteRemoved { .. }
        | VotingEvent::VoteUnlocked { .. } => Vec::new(),
    }
}
