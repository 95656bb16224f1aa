//! The program `serin` from outside: started, asked, sent wrong things, ended, killed.
//!
//! `process.rs` starts nodes on free ports and asks them; nothing here sleeps: what is waited for is a line
//! of the node's log, its end, or an answer, each with a deadline.

mod archive;
mod fork;
mod large;
mod life;
mod lying;
mod pools;
mod process;
mod proofs;
mod refusal;
mod start;
