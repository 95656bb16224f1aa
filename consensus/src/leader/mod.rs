//! Block production: who may make a block in a slot, and is this header entitled to it.
//!
//! ```text
//!   vrf      proof and output of the lottery (RFC 9381)
//!   lottery  what an output means: score, randomness, threshold
//!   fixed    the numbers of the threshold
//!   epoch    the data that all slots of an epoch share: randomness, authorities, thresholds
//!   claim    taking a slot        verify   checking the header of one who did
//!   session  epochs and voter sets as the state of a chain holds them      validators  one set, checked
//!   membership  that somebody was in it
//! ```

mod claim;
mod epoch;
mod fixed;
#[cfg(test)]
pub(crate) mod fixture;
pub mod lottery;
pub mod membership;
mod session;
mod validators;
mod verify;
pub mod vrf;

pub use claim::{Claimed, LotteryContext, Prover, claim_slot};
pub use epoch::{EPOCHS_CACHED, EpochCache, EpochData};
pub use session::{BlockEntry, Session, SessionHead};
pub use validators::{Member, VALIDATORS_MAX, Validators, ValidatorsError};
pub use verify::{CheckedClaim, HeaderContext, HeaderError, SLOTS_AHEAD_MAX, check_header};
