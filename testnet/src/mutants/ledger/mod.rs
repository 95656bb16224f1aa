//! The runtime alone, under drawn calls: money, nonces and governance, a block a transaction.
//!
//! ```text
//! script (drawn calls) -> chain (blocks on a state in memory) -> judge (oracles written anew)
//! ```
//! There is no network here, so thousands of blocks a second are made: what a wrong ledger does shows without one.
//! The judge knows what was asked and what came out, and keeps its own books of nonces, locks, decisions and payments.
//!
//! The life of a referendum is told by `life.rs` (`serin-testnet story`).
//! Attacks are told as tests: on governance in `story.rs`, on staking in `shuffle.rs` and `bribe.rs`.

mod chain;
mod judge;
pub mod life;
mod script;
mod turnout;

use super::Seeded;
use super::table::Kind;
use chain::Chain;
use judge::Judge;
use script::Script;
use serin_state::random::Random;

/// Blocks of a run.
const BLOCKS: u64 = 240;

/// Plays the calls that `seed` draws; what did not hold first, if anything.
#[must_use]
pub fn play(mutant: Seeded, seed: u64) -> Option<(Kind, String)> {
    let random = Random::from_number(seed);
    let mut chain = Chain::new(mutant);
    let mut script = Script::new(random, &chain);
    let mut judge = Judge::new(&chain);
    for number in 0..BLOCKS {
        let step = script.next(&chain, number)?;
        let before = chain.dump().clone();
        let made = chain.block(step.slots, &step.transaction);
        if let Err(found) = judge.look(&chain, &before, (number, &step), &made) {
            return Some(found);
        }
        script.note(&step, &made);
    }
    None
}

#[cfg(test)]
mod bribe;
#[cfg(test)]
mod shuffle;
#[cfg(test)]
mod stakers;
#[cfg(test)]
mod story;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::table::{Entry, TABLE};
    use rayon::prelude::*;

    #[test]
    fn on_the_standard_code_nothing_is_found() {
        let found = (0..24_u64)
            .into_par_iter()
            .find_map_any(|seed| play(Seeded(None), seed).map(|found| (seed, found)));
        assert_eq!(found, None);
    }

    #[test]
    fn every_seeded_bug_of_ledger_and_governance_is_found_by_its_kind_of_oracle() {
        let is_here = |entry: &&Entry| ["LG", "GV"].contains(&&entry.mutation.name()[..2]);
        let entries: Vec<&Entry> = TABLE.iter().filter(is_here).collect();
        let search = |entry: &&Entry| {
            let mutant = Seeded(Some(entry.mutation));
            let found = (0..SEEDS).find_map(|seed| Some((seed, play(mutant, seed)?)));
            (entry.mutation, found)
        };
        let mut alive = Vec::new();
        for (mutation, found) in entries.par_iter().map(search).collect::<Vec<_>>() {
            let Some((seed, (kind, what))) = found else {
                alive.push(mutation);
                continue;
            };
            println!("{mutation} by {kind} at seed {seed}: {what}");
            let expected = Entry::of(mutation).unwrap().kinds;
            assert!(expected.contains(&kind), "{mutation} is found by {kind}: {what}");
        }
        assert_eq!(alive, Vec::new(), "not found");
    }

    /// Runs that a bug may take to be found in.
    const SEEDS: u64 = 60;
}
