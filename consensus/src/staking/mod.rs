//! Staking: who may produce and finalise, what they earn, what they lose.
//!
//! ```text
//!   ledger: bond, nominate, validate ---> candidates and voters, a bounded roster of each
//!   keys:   three keys an account         |
//!                                         v
//!                        election -> era -> exposures, points, rewards, offences
//! ```
//!
//! # What lives here
//! - [`context`]: what a module works on; [`Origin`]: with whose powers a call comes.
//! - [`Parameters`], [`Call`], [`Error`], [`Event`]: one enum or struct of each, a part a module.
//! - [`offence`]: evidence, what it costs, who is disabled.
//! - [`ledger`]: bonded tokens, chunks that unbond, nominations and candidacies.
//! - [`pools`]: one bond for many small holders.
//! - [`election`]: who gets a seat, and whose stake stands behind it; pure.
//! - [`keys`]: session keys, and when they serve.
//!
//! # What never will
//! No clock, no entropy, no float. Bonded tokens are *held* in the account of their owner, so that they
//! vote in governance; they leave it by a withdrawal or by a slash only.

pub mod context;
mod dispatch;
pub mod election;
pub mod era;
pub mod insight;
pub mod keys;
pub mod ledger;
pub mod offence;
mod origin;
pub mod parameters;
pub mod perbill;
pub mod pools;
pub mod reasons;
mod surface;

pub use context::{Context, Moment};
pub use dispatch::{dispatch, weigh};
pub use origin::Origin;
pub use parameters::{
    BondingNumbers, ElectionNumbers, EraNumbers, OffenceNumbers, Parameters, ParametersError,
    PoolNumbers,
};
pub use perbill::Perbill;
pub use surface::{Call, Error, Event};

use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::Era;

/// The numbers in force; `None` on a chain whose validators are those of its specification for ever.
#[must_use]
pub fn parameters(state: &(impl StateRead + ?Sized)) -> Option<Parameters> {
    read(state, &Item::Staking.key())
}

/// The era of the block of `state`: its validators author and vote, its exposures answer for them.
#[must_use]
pub fn active_era(state: &(impl StateRead + ?Sized)) -> Era {
    read(state, &Item::ActiveEra.key()).unwrap_or_default()
}
