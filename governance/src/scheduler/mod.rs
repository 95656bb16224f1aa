//! The scheduler: what is to happen at a slot, and what is due now.
//!
//! ```text
//!   slot 40: [alarm 3 | enact 1 | -- | look at 7, 9]  an agenda, by priority and then by place
//!   slot 57: [fewer deciding on track 30]
//!        ^
//!   calendar: a tree of bitmaps that finds the first agenda at or after a slot in 15 reads
//! ```
//!
//! Slots without a block are legal: what was due in one is served in the next block, in slot order, and
//! nothing walks over the slots between. Each block serves as many tasks as fit its [`Service`] budget;
//! the rest of an agenda stays and comes first in the next block.
//!
//! Alarms of referenda run here at once. Calls leave as [`Due`]: the runtime dispatches them and tells
//! [`Service::done`].
//!
//! # Invariants
//! 1. `invariant(calendar)`: a slot is marked exactly where it has an agenda.
//! 2. A name belongs to at most one task.
//! 3. A task runs at most once.
//!
//! # Bounds
//! [`SchedulerParameters::items_max`] tasks a slot; a bounded number of later slots is tried where one is
//! full; weight a block.
//!
//! # Source
//! pallet-scheduler 51 without retries and periodic tasks. `testnet/peers` compares every agenda step for
//! step. Two differences: a task of which the bytes cannot be had leaves the agenda (the published one
//! keeps the dead entry for ever), and a task that is put off keeps its name until it has run.

mod agenda;
mod calendar;
mod service;
mod surface;

pub use agenda::{Address, Task, TaskName, Work, agenda, cancel, cancel_named, named, place};
pub(crate) use agenda::{alarms_next, is_looked_at, look_next, look_no_more, place_next};
pub use calendar::first_from;
pub use service::{AGENDA_WEIGHT, Due, Service, TASK_WEIGHT};
pub use surface::{
    Proposal, SchedulerCall, SchedulerError, SchedulerEvent, SchedulerParameters, apply,
};

#[cfg(test)]
mod tests;
