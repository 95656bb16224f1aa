//! The treasury: an account without a key, and who may spend from it how much.
//!
//! ```text
//!   fees, dust, lost deposits ---> treasury account ---> tips        at once
//!                                        |          ---> spends      approved, then paid out within a period
//!                                        +-------------> burnt       a share of what is left, each period
//! ```
//!
//! A referendum that passed on a spending track may approve spends up to the track's limit; several in one batch are
//! added up, so that a batch is no way round it (pallet-treasury, spend context). Approved spends are paid when
//! anybody asks, from the slot they name until the payout period is over; what the treasury cannot pay then stays
//! approved until it expires.
//!
//! # Invariants
//! 1. What leaves the account arrives at a beneficiary or is burnt: the issuance equals the sum of all accounts.
//! 2. A spend is paid at most once: its row goes with the payment.
//!
//! # Bounds
//! Every call and the step of a period read and write a fixed number of rows.

mod calls;
mod limits;
mod surface;

#[cfg(test)]
mod tests;

pub use calls::{apply, end_period};
pub(crate) use calls::{check_limit, check_powers, is_rejecter, pay, signed};
pub use limits::{limits_table, track_limits};
pub use surface::{
    Spend, SpendLimit, TreasuryCall, TreasuryError, TreasuryEvent, TreasuryParameters,
};
