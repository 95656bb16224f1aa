//! The election: who of the candidates gets a seat, and how much of whose stake stands behind each.
//!
//! ```text
//! Electorate (checked) -> phragmen (seats) -> Spread (stake of voters on winners) -> Outcome
//!                                               ^ balance, by parameter              |-> Score
//!                                                                                    '-> representation
//! ```
//! The method of Phragmen in sequence: "Validator election in nominated proof-of-stake" (arXiv 2004.12990, the
//! paper below), section 4 and appendix A, as Kusama computes it. Winners, their order, every stake and the score
//! are equal to those of sp-npos-elections 44, to the last unit: `testnet/peers` compares them. Integers only.

mod balance;
mod electorate;
mod normalise;
mod outcome;
mod phragmen;
mod representation;
mod room;
mod scale;
mod spread;
#[cfg(test)]
mod tests;

pub use balance::Balancing;
pub use electorate::{
    BALLOTS_MAX, Ballot, CANDIDATES_MAX, Electorate, ElectorateError, TARGETS_MAX,
};
pub use outcome::{Backing, Outcome, Score, Winner};
pub use representation::{NotRepresented, check_representation, standard_threshold};
pub use room::Room;
pub use scale::Scale;
