//! `serin-testnet`: a network on this machine, and the simulator.
//!
//! Results and JSON go to standard output, progress to standard error. Exit codes: 0 done, 1 failed
//! while running, 2 wrong usage, 3 an expectation or invariant did not hold, 4 could not start.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
