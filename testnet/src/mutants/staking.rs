//! Staking under drawn calls of every module: four full cores in virtual time, epochs of ten slots, and validators that seal
//! twice.
//!
//! What fires is what the simulator's own judge says: the invariants of whole states, the supply told from events, and the
//! books of rewards, withdrawals, slashes and disabling.

use super::Seeded;
use super::table::Kind;
use crate::scenario::Scenario;
use crate::sim::{Options, run};

/// Slots of a run: eight eras.
const SLOTS: u64 = 180;
/// Slots between two validators that seal twice: two in most eras.
const TWIN_EVERY_SLOTS: u64 = 7;

/// Plays the traffic that `seed` draws; what did not hold, in the order in which it was seen.
#[must_use]
pub fn play(mutant: Seeded, seed: u64) -> Vec<(Kind, String)> {
    let mut scenario = Scenario::of_validators(4);
    scenario.epoch_slots = Some(10);
    scenario.link.delay_ms = 40;
    let options = Options {
        seed,
        slots: SLOTS,
        threads: 1,
        transfers_per_slot: 0,
        traffic_per_slot: 4,
        twin_every_slots: TWIN_EVERY_SLOTS,
        faults: false,
        mutation: mutant.0,
        scenario,
    };
    let Ok(report) = run(&options, |_| {}) else { return Vec::new() };
    report.violations.iter().filter_map(|text| kind_of(text)).collect()
}

fn kind_of(text: &str) -> Option<(Kind, String)> {
    let (invariant, what) = text.split_once(": ")?;
    let kind = match invariant {
        "staking" => Kind::Staking,
        "money" | "supply" => Kind::Money,
        "nonces" => Kind::Nonce,
        "enactment" => Kind::Governance,
        "agreement" => Kind::Agreement,
        "monotone finality" => Kind::Monotone,
        "liveness" => Kind::Liveness,
        _ => return None,
    };
    Some((kind, what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::table::{Entry, TABLE};
    use rayon::prelude::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Runs that a bug may take to be found in.
    const SEEDS: u64 = 12;

    #[test]
    fn on_the_standard_code_nothing_is_found() {
        let found: Vec<_> = (0..8_u64)
            .into_par_iter()
            .flat_map_iter(|seed| play(Seeded(None), seed).into_iter().map(move |one| (seed, one)))
            .collect();
        assert_eq!(found, Vec::new());
    }

    #[test]
    fn every_seeded_bug_of_staking_is_found_by_its_kind_of_oracle() {
        let is_here = |entry: &&Entry| entry.mutation.name().starts_with("ST");
        let entries: Vec<&Entry> = TABLE.iter().filter(is_here).collect();
        let search = |entry: &&Entry| {
            let mutant = Seeded(Some(entry.mutation));
            let kills = |seed: u64| {
                let ran = catch_unwind(AssertUnwindSafe(|| play(mutant, seed)));
                let found =
                    ran.unwrap_or_else(|_| vec![(Kind::Crash, "a node panicked".to_owned())]);
                let found = found.into_iter().find(|(kind, _)| entry.kinds.contains(kind))?;
                Some((seed, found))
            };
            (entry.mutation, (0..SEEDS).find_map(kills))
        };
        let mut alive = Vec::new();
        for (mutation, found) in entries.par_iter().map(search).collect::<Vec<_>>() {
            match found {
                Some((seed, (kind, what))) => {
                    println!("{mutation} by {kind} at seed {seed}: {what}");
                }
                None => alive.push(mutation),
            }
        }
        assert_eq!(alive, Vec::new(), "not found");
    }
}
