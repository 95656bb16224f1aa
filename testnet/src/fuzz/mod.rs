//! What libFuzzer feeds: bytes in, nothing out; a target panics where something does not hold.
//!
//! ```text
//! testnet/fuzz     libFuzzer changes bytes and keeps those that reach new code
//!      |           corpora: testnet/fuzz/corpus/<target>
//! Target::run  <-- tests replay the corpora
//! ```
//! # Invariants
//! Whatever the bytes: no panic of the code beneath; what was read has exactly one encoding; the answers of a round do not
//! depend on the order of its votes; a core neither halts nor says what no honest one says.
//!
//! # Bounds
//! A target reads at most [`BYTES_MAX`] bytes; a core hears at most 64 messages.

mod core;
mod messages;
mod rounds;

use crate::scenario;
use crate::search::replay::{from_text, to_text};
use serin_node::chain_spec::ChainSpec;

/// Longest input, in bytes.
pub const BYTES_MAX: usize = 65_536;

/// What is fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every message of the wire, its kind in the first byte.
    Messages,
    /// A core among peers that send such messages.
    Core,
    /// Votes of a round, in two orders.
    Rounds,
    /// Texts that people paste: replay strings, scenarios and chain specifications.
    Texts,
}

impl Target {
    /// All, as they stand in the list of binaries.
    pub const EACH: [Self; 4] = [Self::Messages, Self::Core, Self::Rounds, Self::Texts];

    /// Name of the binary and of the folder of its corpus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Core => "core",
            Self::Rounds => "rounds",
            Self::Texts => "texts",
        }
    }

    /// Runs the code on `bytes`.
    ///
    /// # Panics
    /// Where something does not hold: that is the finding.
    pub fn run(self, bytes: &[u8]) {
        let bytes = bytes.get(..BYTES_MAX).unwrap_or(bytes);
        match self {
            Self::Messages => messages::run(bytes),
            Self::Core => core::run(bytes),
            Self::Rounds => rounds::run(bytes),
            Self::Texts => texts(bytes),
        }
    }
}

fn texts(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(case) = from_text(text) {
        assert_eq!(from_text(&to_text(&case)), Ok(case), "a case has one replay string");
    }
    if let Ok(scenario) = scenario::parse(text) {
        assert!(!scenario.nodes.is_empty(), "a scenario has a node");
    }
    if let Ok(spec) = ChainSpec::from_json(text) {
        let again = ChainSpec::from_json(&spec.to_json());
        assert_eq!(again, Ok(spec), "a specification is what its JSON says");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn corpora_hold() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        for target in Target::EACH {
            let files = fs::read_dir(folder.join(target.name())).unwrap();
            let mut count = 0;
            for file in files {
                target.run(&fs::read(file.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count >= 3, "the corpus of {} has {count} files", target.name());
        }
    }

    #[test]
    fn drawn_bytes_hold() {
        let random = serin_state::random::Random::from_number(7);
        for target in Target::EACH {
            for number in 0..200 {
                let bytes: Vec<u8> = (0..random.draw("length", number, 0).below(40))
                    .flat_map(|part| random.draw("bytes", number, part).bytes())
                    .collect();
                target.run(&bytes);
            }
        }
    }
}
