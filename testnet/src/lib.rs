//! Local networks of real processes, and the simulator that runs the node's own core.
//!
//! ```text
//! scenario        one description of a run (TOML)
//!    |  \
//! launch  sim     on processes; in virtual time
//! ```
//! Reading order: `scenario`, `sim`, `mutants`, `launch`.

pub mod byzantine;
pub mod check;
pub mod fuzz;
pub mod lab;
pub mod launch;
pub mod mutants;
pub mod report;
pub mod scenario;
pub mod search;
pub mod sim;
