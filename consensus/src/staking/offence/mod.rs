//! Offences: what is punished, how it is proven, what it costs.
//!
//! ```text
//! two seals, two votes -> Report -> judged -> Offence of its place -> share of each offender -> Slash of the era
//!                                                                        |                        |
//!                                                                        v                        v
//!                                                          disabled for the era        queue -> taken, or cancelled
//! ```
//! Anybody may bring evidence. It proves itself: an honest validator, whose journal never signs twice, cannot be named.
//!
//! Who was not there at all offends by that, too: it is named at the end of the era, and chilled by parameter ([`offline()`]).
//!
//! # Reading order
//! 1. [`Evidence`], [`Report`]: what is brought and how it is judged.
//! 2. [`record`]: who offended together, and what each loses for an era.
//! 3. [`slash`]: taking it. 4. [`Disabled`]: who authors no more in this era.
//!
//! # Invariants
//! 1. A validator loses for an era the largest share of its offences in it, once.
//! 2. Every slash is finished before the stake that it takes from can be withdrawn: reports are refused once
//!    `bonding_eras` have passed, and a slash waits fewer.

mod calls;
mod disabled;
mod evidence;
mod fraction;
mod offline;
pub mod record;
pub mod slash;
mod surface;

pub use calls::{Judged, apply, check_report, is_worth_it};
pub use disabled::{Disabled, Disabling, disabled_max};
pub use evidence::{Evidence, Grounds, Place, Report};
pub use fraction::slash_fraction;
pub use offline::{offline, on_era_end};
pub use surface::{OffenceCall, OffenceError, OffenceEvent};

use super::Context;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::{AccountId, Balance, Era};

/// The disabled validators, and the era for which they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct DisabledIn {
    era: Era,
    disabled: Disabled,
}

/// Who may not author in `era`. The list of an era that has ended disables nobody.
#[must_use]
pub fn disabled(state: &(impl StateRead + ?Sized), era: Era) -> Disabled {
    let known: Option<DisabledIn> = read(state, &Item::Disabled.key());
    known.filter(|known| known.era == era).unwrap_or_default().disabled
}

/// Who answers for a validator in an era, and with how much.
pub trait Exposures {
    /// A page of the exposure: the validator's own stake on the first, nominators on all. `None` after the last page.
    fn page<R: StateRead>(
        context: &Context<'_, R>,
        era: Era,
        account: AccountId,
        page: u32,
    ) -> Option<Vec<(AccountId, Balance)>>;
}

/// What every block does for offences: a step of a due slash, and some rows that are no longer needed.
pub fn on_block<E: Exposures, R: StateRead>(context: &mut Context<'_, R>) {
    slash::work::<E, R>(context);
    record::forget(context);
}

#[cfg(test)]
mod tests;
