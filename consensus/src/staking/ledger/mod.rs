//! What an account has bonded, and what it means to do with it: validate, nominate, or nothing.
//!
//! # Inputs and outputs
//! Calls of accounts ([`LedgerCall`]) change [`Bond`], [`Candidate`] and [`Nominations`] of the sender; elections
//! read them by the rosters ([`candidates`], [`nominators`]); offences take from them by [`slash`].
//!
//! # Rules
//! Those of pallet-staking 50 with stash and controller one account. Where it does less than it was asked (it
//! bonds or frees what there is), Serin refuses: a call does what it says, or nothing.
//!
//! # Invariants
//! 1. `total` = `active` + all chunks = what is held in the account for [`super::reasons::BONDED`].
//! 2. Chunks are in ascending order of their eras, none is empty, no era stands twice.
//! 3. A candidate or nominator has a bond and stands in its roster once; nobody is both.
//! 4. A chunk is freed in the era `bonding_eras` after the last that exposes it, and a slash for an era is applied
//!    before that.
//!
//! # Bounds
//! [`super::parameters::UNLOCKING_LIMIT`] chunks and [`super::parameters::NOMINATIONS_LIMIT`] targets an account;
//! rosters of at most 5,000 and 25,000.

mod bonding;
mod intentions;
mod roster;
mod slash;
mod surface;

pub use bonding::compound;
pub(super) use intentions::put_out;
pub use intentions::{candidates, nominators};
pub use roster::Kind;
pub use slash::slash;
pub use surface::{
    Bond, Candidate, Chunk, KICKS_MAX, LedgerCall, LedgerError, LedgerEvent, Nominations, Payee,
    Terms,
};

use super::{Context, Error, Origin};
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::AccountId;

/// What `account` has bonded.
#[must_use]
pub fn bond_of(state: &(impl StateRead + ?Sized), account: AccountId) -> Option<Bond> {
    read(state, &Item::Bond(account).key())
}

/// Where the rewards of `account` go; to what is bonded where nothing was said.
#[must_use]
pub fn payee_of(state: &(impl StateRead + ?Sized), account: AccountId) -> Payee {
    read(state, &Item::Payee(account).key()).unwrap_or(Payee::Staked)
}

/// Terms of a candidate.
#[must_use]
pub fn candidate(state: &(impl StateRead + ?Sized), account: AccountId) -> Option<Candidate> {
    read(state, &Item::Candidate(account).key())
}

/// Whom `account` nominates.
#[must_use]
pub fn nominations(state: &(impl StateRead + ?Sized), account: AccountId) -> Option<Nominations> {
    read(state, &Item::Nominator(account).key())
}

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] for all but signed origins, and [`LedgerError`]. Nothing has changed then.
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: LedgerCall,
) -> Result<(), Error> {
    let who = origin.signed()?;
    match call {
        LedgerCall::Bond { amount, payee } => bonding::bond(context, who, amount, payee),
        LedgerCall::BondExtra { amount } => bonding::bond_extra(context, who, amount),
        LedgerCall::Unbond { amount } => bonding::unbond(context, who, amount),
        LedgerCall::Rebond { amount } => bonding::rebond(context, who, amount),
        LedgerCall::Withdraw => bonding::withdraw(context, who),
        LedgerCall::Nominate { targets } => intentions::nominate(context, who, targets),
        LedgerCall::Validate { terms } => intentions::validate(context, who, terms),
        LedgerCall::Chill => intentions::chill(context, who),
        LedgerCall::ChillOther { account } => intentions::chill_other(context, who, account),
        LedgerCall::Kick { nominators } => intentions::kick(context, who, &nominators),
        LedgerCall::SetPayee { payee } => bonding::set_payee(context, who, payee),
        LedgerCall::Reap { account } => bonding::reap(context, account),
    }
}

#[cfg(test)]
mod tests;
