//! libFuzzer on the target `texts`.
//!
//! What is fed and what must hold stands in `testnet/src/fuzz`; the corpus in `testnet/fuzz/corpus/texts`.

#![no_main]

use serin_testnet::fuzz::Target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Target::Texts.run(bytes));
