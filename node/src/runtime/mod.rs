//! The runtime: what transactions mean, and what a block does to the state. Pure.
//!
//! ```text
//!   bytes -> Call -> check (can it be in a block?) -> dispatch (what does it do?) -> Outcome
//!                                                        |
//!             BlockBuilder: begin, apply .., finish -> Executed -> header, state, proofs
//! ```
//!
//! # Reading order
//! 1. `call`, `origin`, `event`, `error`: the vocabulary; `weight`, `fee`, `parameters`: the prices; `version`:
//!    which rules hold.
//! 2. `verified`, `check`: which transactions may stand in a block.
//! 3. `dispatch` with the modules `system`, `upgrade` and `balances`: what calls do.
//! 4. `block`, `session`, `agenda`: building and executing; `outcome`: what is reported, and proofs of it.
//! 5. `chain`, `genesis`: what never changes; `query`: reading the state; `invariants`: what holds.

mod agenda;
mod balances;
mod block;
mod call;
mod chain;
mod check;
mod dispatch;
mod error;
mod event;
pub mod fee;
mod genesis;
mod governance;
pub mod invariants;
mod origin;
mod outcome;
mod parameters;
pub mod query;
mod session;
mod staking;
mod system;
mod upgrade;
mod verified;
mod version;
pub mod weight;
pub mod words;

#[cfg(test)]
mod tests;

pub use block::{BlockBuilder, BlockContext, Executed, body_root, execute};
pub use call::{
    BATCH_CALLS_MAX, BadCall, BalancesCall, CALL_BYTES_MAX, Call, NESTING_MAX, SystemCall,
};
pub use chain::Chain;
pub use check::{Class, Validity, check_transaction};
pub use error::{BalancesError, BlockError, DispatchError, InvalidTransaction};
pub use event::{BalancesEvent, Event, SystemEvent};
pub use fee::FeeMultiplier;
pub use genesis::Genesis;
pub use outcome::{Outcome, OutcomeProof, OutcomeProofError, outcome_leaves, outcome_root};
pub use parameters::{Parameters, ParametersError};
pub use query::session;
pub use upgrade::{LEAD_EPOCHS, Readiness, Upgrade, UpgradeError};
pub use verified::Verified;
pub use version::Protocol;

use serin_state::types::ProtocolVersion;

/// The protocol version that genesis starts with. Votes bring later ones: [`Protocol`].
pub const PROTOCOL_VERSION: ProtocolVersion = Protocol::V1.version();

/// Block hashes that the state remembers: those of the last blocks, by height modulo this.
pub const BLOCK_HASHES: u32 = 4_096;
