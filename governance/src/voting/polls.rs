//! What voting asks of whoever conducts the referenda.
//!
//! Voting owns the tallies ([`super::ballots`]): `referenda` opens one with a referendum and closes it
//! with its end, and reads it when a decision is due. So a referendum is ongoing, for voting, exactly
//! while its tally is open, and only two questions and one notice are left.
//!
//! # Bounds
//! An implementation of [`Polls::on_tallies_changed`] has to touch a number of rows that does not depend
//! on how many referenda are named, such as one row of all that is to be looked at in the next slot:
//! the cost of a delegation rests on it.

use crate::{Context, ReferendumIndex, TrackId};
use serin_state::overlay::StateRead;
use serin_state::types::Slot;

/// How a referendum ended that was decided. One that was cancelled, killed or timed out was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed {
    /// When. Locks count from here.
    pub ended: Slot,
    /// Which way.
    pub approved: bool,
}

/// The referenda, as voting sees them.
pub trait Polls {
    /// All tracks, in ascending order.
    fn tracks<R: StateRead>(ctx: &Context<'_, R>) -> Vec<TrackId>;

    /// How a referendum that is not ongoing was decided; `None` where it never was.
    fn completed<R: StateRead>(ctx: &Context<'_, R>, index: ReferendumIndex) -> Option<Completed>;

    /// The tallies of these have changed or been looked at for change: each is to be looked at in the next
    /// slot, as pallet-referenda does by setting its alarm. They are ongoing, on one track, ascending, and
    /// each stands once.
    fn on_tallies_changed<R: StateRead>(
        ctx: &mut Context<'_, R>,
        track: TrackId,
        indices: &[ReferendumIndex],
    );
}
