//! Where in the code a rule is read or a seeded bug stands, found in the sources that the program was built from.
//!
//! A rule is marked at its line with `rule(name)`; a seeded bug is named there. The sources are part of the program, so
//! what is said is about this very build. A test compares the list of files with the tree.

use core::fmt;
use serin_state::mutant::Mutation;

macro_rules! sources {
    ($($path:literal,)+) => {
        /// Files in which rules are read or bugs are seeded, with their text.
        pub const SOURCES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../../", $path))),)+];
    };
}

sources! {
    "consensus/src/chain/order.rs",
    "consensus/src/chain/tree.rs",
    "consensus/src/chain/walk.rs",
    "consensus/src/finality/graph.rs",
    "consensus/src/finality/justification.rs",
    "consensus/src/finality/round.rs",
    "consensus/src/finality/vote.rs",
    "consensus/src/finality/voter/cast.rs",
    "consensus/src/finality/voter/change.rs",
    "consensus/src/finality/voter/heal.rs",
    "consensus/src/finality/voter/intake.rs",
    "consensus/src/finality/voter_set.rs",
    "consensus/src/leader/claim.rs",
    "consensus/src/leader/session.rs",
    "consensus/src/leader/verify.rs",
    "consensus/src/staking/era/exposure.rs",
    "consensus/src/staking/era/reward.rs",
    "consensus/src/staking/era/turn.rs",
    "consensus/src/staking/ledger/bonding.rs",
    "consensus/src/staking/ledger/intentions.rs",
    "consensus/src/staking/offence/calls.rs",
    "consensus/src/staking/offence/slash.rs",
    "consensus/src/staking/pools/members.rs",
    "governance/src/context.rs",
    "governance/src/participation/mod.rs",
    "governance/src/referenda/calls.rs",
    "governance/src/referenda/service.rs",
    "governance/src/treasury/calls.rs",
    "governance/src/voting/cast.rs",
    "governance/src/voting/delegation.rs",
    "node/src/core/author.rs",
    "node/src/core/durable.rs",
    "node/src/core/import.rs",
    "node/src/core/start.rs",
    "node/src/core/view.rs",
    "node/src/core/votes.rs",
    "node/src/runtime/block.rs",
    "node/src/runtime/check.rs",
    "node/src/runtime/dispatch.rs",
    "state/src/balances.rs",
    "state/src/layers/finalize.rs",
    "state/src/store/faulty.rs",
    "testnet/src/sim/crypto.rs",
}

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path from the root of the repository.
    pub path: &'static str,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.path, self.line)
    }
}

/// The line that reads the rule with this name: the one after its mark.
#[must_use]
pub fn place_of_rule(name: &str) -> Option<Place> {
    let mark = format!("// rule({name})");
    let mut places = find(|line| line.trim() == mark);
    places.next().map(|place| Place { line: place.line.saturating_add(1), ..place })
}

/// The first line at which a bug is seeded.
#[must_use]
pub fn place_of_mutation(mutation: Mutation) -> Option<Place> {
    let name = format!("Mutation::{mutation}");
    find(|line| line.contains(&name)).next()
}

fn find(matches: impl Fn(&str) -> bool) -> impl Iterator<Item = Place> {
    SOURCES.iter().flat_map(move |(path, text)| {
        let found = (1..).zip(text.lines()).filter(|(_, line)| matches(line));
        found.map(|(line, _)| Place { path, line }).collect::<Vec<_>>()
    })
}
