//! The table of oracles.

use super::ORACLES;
use std::collections::BTreeSet;

#[test]
fn every_oracle_has_a_name_of_its_own_a_meaning_and_a_source() {
    let names: BTreeSet<&str> = ORACLES.iter().map(|oracle| oracle.name).collect();
    assert_eq!(names.len(), ORACLES.len());
    assert!(ORACLES.iter().all(|oracle| !oracle.meaning.is_empty() && !oracle.source.is_empty()));
}
