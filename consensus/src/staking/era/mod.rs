//! Eras: who serves for how long, what stands behind them, what they have done and what they earn.
//!
//! ```text
//!   turn      first block of a session: an era ends, begins, or its successor is elected
//!   exposure  the rows of an era: written at its election, deleted when nobody can claim or be slashed
//!   curve     what an era pays             reward    paying it, page by page
//! ```
//! An era is `sessions_per_era` epochs with blocks. Its set is elected in the first block of the last of them, from bonds as they are then, and authors
//! from the first epoch of the next era on; its voters begin to vote when that era's first block is final.

pub mod curve;
mod exposure;
mod reward;
mod surface;
mod turn;

pub use exposure::{
    Backing, ROWS_PRUNED, Rows, era_info, exposure, exposure_page, items, note_author, oldest_era,
    prune, seated, seats,
};
pub(super) use reward::apply;
pub use reward::{PagePay, page_pay};
pub use surface::{EraCall, EraError, EraEvent, EraInfo, Exposure, Seat};
pub use turn::{SessionTurn, Turned, begin_session, found, preview};

use super::active_era;
use serin_state::overlay::StateRead;
use serin_state::types::Era;

/// The newest era with an elected set: the active one, or the one after it.
#[must_use]
pub fn elected_era(state: &(impl StateRead + ?Sized)) -> Era {
    let active = active_era(state);
    let next = active.saturating_add(1);
    if era_info(state, next).is_some() { next } else { active }
}
