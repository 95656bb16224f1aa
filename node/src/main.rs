//! The program `serin`: a node and its tools.
//!
//! Everything is in the library, so that tests and the launcher can use it; see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    serin_node::cli::main()
}
