//! What can be asked of the scheduler, why it refuses, what it reports, and its numbers.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use super::agenda::{Address, Task, TaskName, Work, cancel_named, place};
use crate::{Context, Error, Origin};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::overlay::StateRead;
use serin_state::types::{Hash, Slot, Weight};

/// Numbers of the module.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct SchedulerParameters {
    /// Most tasks of one slot.
    pub items_max: u32,
    /// Most weight that scheduled calls may take of a block, in picoseconds.
    pub weight_max: Weight,
    /// Where a slot is full: how many later ones are tried for a task. Zero as on Kusama, where the task
    /// is lost: an alarm never rings, a passed referendum is not enacted.
    pub later_slots_max: u32,
}

impl Default for SchedulerParameters {
    /// Kusama's 50 tasks a slot, half a second a block; a task finds no room only where 65 slots are full.
    fn default() -> Self {
        Self { items_max: 50, weight_max: Weight(500_000_000_000), later_slots_max: 64 }
    }
}

impl SchedulerParameters {
    /// True where a slot has room for a task, and a block weight for a call.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.items_max > 0 && self.weight_max > Weight(0)
    }
}

/// An encoded call, or the hash under which it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Proposal {
    /// The call itself, of at most [`Proposal::INLINE_BYTES_MAX`] bytes.
    Inline(Vec<u8>),
    /// A preimage, which must be there when the call is due.
    Lookup {
        /// Of the bytes.
        hash: Hash,
        /// How many bytes.
        len: u32,
    },
}

impl Proposal {
    /// What may stand in the proposal itself, in bytes.
    pub const INLINE_BYTES_MAX: usize = 128;

    /// True where the bytes are few enough to stand in the proposal.
    #[must_use]
    pub const fn is_bounded(&self) -> bool {
        match self {
            Self::Inline(bytes) => bytes.len() <= Self::INLINE_BYTES_MAX,
            Self::Lookup { .. } => true,
        }
    }
}

/// Calls of the module `scheduler`. Root only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum SchedulerCall {
    /// Has a call dispatched by root at a slot.
    Schedule {
        /// By which it can be cancelled.
        name: TaskName,
        /// When, later than now.
        slot: Slot,
        /// The lower, the sooner within its slot.
        priority: u8,
        /// The call.
        proposal: Proposal,
    },
    /// Takes a named task from the agenda, for example the enactment of a referendum that passed.
    Cancel {
        /// Which.
        name: TaskName,
    },
}

/// Why the module `scheduler` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum SchedulerError {
    /// The slot is not later than now.
    #[error("a task is scheduled for a later slot than now")]
    InPast,
    /// The slot, and those tried after it, have as many tasks as they may.
    #[error("the slot has as many tasks as it may; name another")]
    Full,
    /// A task of that name is scheduled.
    #[error("a task of that name is scheduled already")]
    NameTaken,
    /// No task of that name or at that place.
    #[error("no such task is scheduled")]
    NotFound,
    /// The call is too long to stand in the proposal.
    #[error("a call of more than 128 bytes is noted as a preimage first")]
    TooLong,
}

/// Events of the module `scheduler`. Append-only. Alarms of referenda make none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum SchedulerEvent {
    /// A call is on the agenda.
    Scheduled {
        /// Where.
        address: Address,
    },
    /// A call is off the agenda.
    Cancelled {
        /// Where it was.
        address: Address,
    },
    /// A call was dispatched.
    Dispatched {
        /// Where it was.
        address: Address,
        /// What it was called.
        name: Option<TaskName>,
        /// False where the call was refused; its own event says why.
        succeeded: bool,
    },
    /// The bytes of a call were missing, of another length, or no call. It is dropped.
    CallUnavailable {
        /// Where it was.
        address: Address,
        /// What it was called.
        name: Option<TaskName>,
    },
    /// A call is heavier than a whole block allows. It is dropped.
    PermanentlyOverweight {
        /// Where it was.
        address: Address,
        /// What it was called.
        name: Option<TaskName>,
    },
    /// Not everything that was due fitted this block; the next goes on from this slot.
    AgendaIncomplete {
        /// The first slot with something left.
        slot: Slot,
    },
}

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] and those of [`SchedulerError`].
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: SchedulerCall,
) -> Result<(), Error> {
    if origin != Origin::Root {
        return Err(Error::BadOrigin);
    }
    match call {
        SchedulerCall::Schedule { name, slot, priority, proposal } => {
            if !proposal.is_bounded() {
                return Err(SchedulerError::TooLong.into());
            }
            let work = Work::Call { origin, proposal };
            place(context, slot, Task { name: Some(name), priority, work })?;
            Ok(())
        }
        SchedulerCall::Cancel { name } => Ok(cancel_named(context, name)?),
    }
}
