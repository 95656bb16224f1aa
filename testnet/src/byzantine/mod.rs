//! Attacks on finality by more than a third of the weight, and who is named for them.
//!
//! ```text
//! plan -> world (real voter machines, virtual time) -> case: two conflicting proofs, honest logs
//!           ^                                             |
//!       adversary (twins, vote splitters, scripts)        v
//!                                        accusation -> checker (written from the paper alone)
//! ```
//! Honest nodes run the voter machine of the node as it is; only their surroundings are simulated. The adversary sees
//! every honest vote at once, decides when and where messages arrive, and signs whatever it likes with its own keys.
//!
//! Reading order: `plan`, `parties`, `blocks`, `node`, `world`, `adversary`, `attack`, `case`, `trial`, `record`, `checker`, `judge`,
//! `campaign`.

mod adversary;
mod attack;
mod blocks;
mod campaign;
mod case;
mod checker;
mod judge;
mod node;
mod parties;
mod plan;
mod record;
mod trial;
mod world;

pub use campaign::{COMPLETE_RUNS_MIN, ClassReport, Options, Report, campaign, parse_replay};
pub use judge::{Outcome, Sight, judge};
pub use plan::Class;

#[cfg(test)]
mod tests;
