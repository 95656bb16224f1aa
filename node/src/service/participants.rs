//! Who has voted or delegated, as far as this node has seen: the state keeps votes by account, and accounts lie hashed,
//! so it cannot be asked for all voters of a referendum.
//!
//! Inputs: blocks of the best chain, and at the start the last of those that the node holds. A name here decides nothing:
//! what an account votes is always read from the state. Bounds: [`PARTICIPANTS_MAX`] names, [`SCAN_BLOCKS`] blocks.

use super::NodeCore;
use crate::core::StoredBlock;
use crate::runtime::Event;
use serin_governance::Event as GovernanceEvent;
use serin_governance::voting::VotingEvent;
use serin_state::types::{AccountId, Height};
use std::collections::BTreeSet;

/// Most names that are kept; later ones are not.
pub const PARTICIPANTS_MAX: usize = 65_536;
/// Blocks below the head that are looked into at the start.
const SCAN_BLOCKS: u32 = 8_192;

/// The names.
#[derive(Clone, Debug, Default)]
pub struct Participants(BTreeSet<AccountId>);

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

    /// Notes who has voted or delegated in a block.
    pub fn note(&mut self, block: &StoredBlock) {
        let of_outcomes = block.outcomes.iter().flat_map(|outcome| &outcome.events);
        for event in of_outcomes.chain(&block.events) {
            if let Event::Governance(GovernanceEvent::Voting(event)) = event
                && self.0.len() < PARTICIPANTS_MAX
            {
                self.0.extend(names(event));
            }
        }
    }

    /// All names.
    pub fn iter(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.0.iter().copied()
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
