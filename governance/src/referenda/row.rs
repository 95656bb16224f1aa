//! What the state keeps of a referendum.
//!
//! The tally of an ongoing one lies with the votes ([`crate::voting::ballots`]), so that a delegation
//! changes many in one write; it moves in here when the referendum ends.

use super::{Outcome, Phase};
use crate::deposits::Deposit;
use crate::scheduler::{Address, Proposal};
use crate::tally::Tally;
use crate::{Context, Origin, ReferendumIndex, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::Slot;

/// When an approved call is to run, if the track's delay allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Enactment {
    /// At a slot.
    At(Slot),
    /// So many slots after approval.
    After(u64),
}

impl Enactment {
    /// The slot, for a referendum approved at `now`.
    #[must_use]
    pub const fn slot(self, now: Slot) -> Slot {
        match self {
            Self::At(slot) => slot,
            Self::After(slots) => now.saturating_add(slots),
        }
    }
}

/// A referendum, ongoing or ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Referendum {
    /// It can be voted on.
    Ongoing(Box<Ongoing>),
    /// It is over.
    Ended(Ended),
}

/// A referendum that can be voted on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ongoing {
    /// On which track.
    pub track: TrackId,
    /// With whose powers the call is to run.
    pub origin: Origin,
    /// The call.
    pub proposal: Proposal,
    /// When it is to run.
    pub enactment: Enactment,
    /// When it was submitted.
    pub submitted: Slot,
    /// Who submitted it, and what that cost.
    pub submission_deposit: Deposit,
    /// Who paid for the decision.
    pub decision_deposit: Option<Deposit>,
    /// Where it stands; never an end.
    pub phase: Phase,
    /// Its alarm. A vote has it looked at earlier, without touching this.
    pub alarm: Option<Address>,
    /// The slot in which that alarm was set.
    pub alarm_set: Slot,
}

/// A referendum that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// When.
    pub at: Slot,
    /// On which track it was.
    pub track: TrackId,
    /// How the votes stood.
    pub tally: Tally,
    /// What can still come back for its submission, or stays held for ever.
    pub submission_deposit: Option<Deposit>,
    /// What can still come back for its decision.
    pub decision_deposit: Option<Deposit>,
}

/// The referendum of a number.
#[must_use]
pub fn get<R: StateRead>(
    context: &Context<'_, R>,
    ReferendumIndex(index): ReferendumIndex,
) -> Option<Referendum> {
    context.read(Item::Referendum(index))
}

/// The referendum of a number, where it is ongoing.
pub(super) fn ongoing<R: StateRead>(
    context: &Context<'_, R>,
    index: ReferendumIndex,
) -> Option<Ongoing> {
    match get(context, index)? {
        Referendum::Ongoing(ongoing) => Some(*ongoing),
        Referendum::Ended(_) => None,
    }
}

pub(super) fn store<R: StateRead>(
    context: &mut Context<'_, R>,
    ReferendumIndex(index): ReferendumIndex,
    referendum: &Referendum,
) {
    context.write(Item::Referendum(index), referendum);
}
