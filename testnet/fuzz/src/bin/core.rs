//! libFuzzer on the target `core`.
//!
//! What is fed and what must hold stands in `testnet/src/fuzz`; the corpus in `testnet/fuzz/corpus/core`.

#![no_main]

use serin_testnet::fuzz::Target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Target::Core.run(bytes));
