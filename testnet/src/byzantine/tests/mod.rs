//! Seeded runs of every class, and what the checker finds in verdicts that were tampered with.

mod reference;

use super::{Options, campaign};

#[test]
fn survey() {
    let start = crate::launch::clock::Stopwatch::start();
    let report = campaign(&Options { runs: 2_000, seed: 1, jobs: 3 }, |_, _| {}).unwrap();
    println!("{report:#?} {} ms", start.millis());
}
