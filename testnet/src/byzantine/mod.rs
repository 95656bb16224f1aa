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
//! Reading order: `plan`, `blocks`, `node`, `world`, `adversary`, `attack`, `case`, `checker`, `campaign`.

mod adversary;
mod attack;
mod blocks;
mod case;
mod node;
mod plan;
mod record;
mod world;

pub use plan::Class;

#[cfg(test)]
mod tests;
