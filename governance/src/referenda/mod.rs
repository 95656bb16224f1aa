//! Referenda: tracks, curves, and the life of a proposal.
//!
//! ```text
//!                        no deposit by the timeout
//!  submit -> Preparing ------------------------------------------> timed out
//!              | deposit and prepare period
//!              |   no room: Queued (by ayes) --+
//!              v                               | room
//!           Deciding <-------------------------+
//!            |  ^  | passing       not passing at the end of the period
//!            |  |  +-------> Confirming ---------------------------> rejected
//!            |  +------------'    | passing for the whole confirm period
//!            v    knocked out     v
//!         rejected            approved -> enacted after its delay
//!
//!  any of these, by the powers of root or of a track: cancelled (deposits back), killed (deposits lost)
//! ```
//!
//! [`step`] is the whole machine and pure; the calls and alarms around it read and write. Nothing scans:
//! each referendum has one alarm, at the first slot in which time alone can change it, and each change of a
//! tally has it looked at in the next slot.
//!
//! # Invariants
//! 1. `invariant(referenda)`: a tally is open exactly while its referendum is ongoing.
//! 2. What was approved is scheduled once, and nothing else is.
//! 3. The deposits held are those in the rows.
//!
//! # Reading order
//! [`Track`], [`step`], the queue, the calls, [`mod@insight`].
//!
//! # Source
//! pallet-referenda 50, whose phases, tallies, deposits, events and refusals `testnet/peers` compares step
//! for step.

mod calls;
pub mod insight;
mod presets;
mod queue;
mod row;
mod service;
mod step;
mod surface;
mod track;

pub use calls::apply;
pub use queue::Queue;
pub use row::{Enactment, Ended, Ongoing, Referendum, get};
pub use service::{ALARM_WEIGHT, Referenda, alarm_of, deciding_count, queue};
pub(crate) use service::{Bell, fewer_deciding, nudge};
pub use step::{Effect, Input, Outcome, Phase, Rules, Shares, Step, step};
pub use surface::{ReferendaCall, ReferendaError, ReferendaEvent};
pub use track::{ReferendaParameters, Subject, Track, TracksError};

#[cfg(test)]
pub(crate) mod tests;
