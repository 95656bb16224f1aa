//! Search: how runs are chosen, what is kept of those that fail, and what is proven where all are tried.
//!
//! ```text
//! strategy -> case -> lab::run -> outcome -> shrink -> replay string, report
//!    ^                               |
//!    '------- new abstract states ---'          exhaustive: every run of a small model
//! ```
//! Reading order: `swarm` (random cases), `script` (attacks as seeds), `strategy`, `campaign`, `shrink`, `replay`,
//! `exhaustive`.

pub mod campaign;
pub mod exhaustive;
pub mod replay;
pub mod script;
pub mod shrink;
pub mod strategy;
pub mod swarm;
#[cfg(test)]
mod tests;
