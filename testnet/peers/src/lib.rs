//! Serin side by side with software that nobody here wrote.
//!
//! Each feature brings one peer and the tests in `tests/` that drive both with the same inputs; run
//! one as `cargo test --features vrf`. By default a test takes a seeded share of its inputs; the
//! variable [`INPUTS_VARIABLE`] names another count.

use std::env;

/// How many random inputs a comparison takes; without it each has its own default share.
pub const INPUTS_VARIABLE: &str = "SERIN_PEER_INPUTS";

/// The number of random inputs asked for, or `share`.
///
/// # Panics
/// Where the variable is set and not a number: a comparison that silently runs another count than the
/// one asked for says nothing.
#[must_use]
pub fn inputs(share: u64) -> u64 {
    match env::var(INPUTS_VARIABLE) {
        Ok(text) => match text.parse() {
            Ok(count) => count,
            Err(_) => panic!("{INPUTS_VARIABLE} must be a number, not {text:?}"),
        },
        Err(_) => share,
    }
}
