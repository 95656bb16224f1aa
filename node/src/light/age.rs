//! How old a trusted block may be: weak subjectivity, as a function of slots.
//!
//! Whoever withdrew their stake can no longer be punished for another history signed with the old keys. So a chain of proofs
//! is worth something only from a block younger than the time for which stake stays bound (design section 5).

use serin_state::types::Slot;

/// The trusted block is older than stake stays bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the trusted block is {age} slots old, and stake is bound for {bonding} only: keys withdrawn since could sign another \
     history. Give --checkpoint HASH, a younger final block from somebody you trust, or --trust-genesis"
)]
pub struct TooOld {
    /// Slots from the trusted block until now.
    pub age: u64,
    /// For how many slots stake stays bound.
    pub bonding: u64,
}

/// Whether proofs may start from a block of slot `trusted` in slot `now`.
///
/// # Errors
/// [`TooOld`] where it is older than `bonding` slots.
pub const fn check_age(trusted: Slot, now: Slot, bonding: u64) -> Result<(), TooOld> {
    let age = now.since(trusted);
    if age > bonding { Err(TooOld { age, bonding }) } else { Ok(()) }
}
