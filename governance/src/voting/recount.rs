//! Counting a track's votes anew, from nothing but what each account has said.
//!
//! Independent of how tallies are kept: it reads the records alone, adds what delegations give to whom, and
//! counts every vote. Tests, the simulator and whoever doubts a tally compare.

use super::{Power, Record};
use crate::ReferendumIndex;
use crate::tally::Tally;
use serin_state::types::AccountId;
use std::collections::BTreeMap;

/// The tallies of all referenda of a track that the records of all its accounts have votes on, ended ones
/// included; `None` where a sum leaves its range. `abstention_carries` is the chain's parameter.
#[must_use]
pub fn tallies(
    records: &BTreeMap<AccountId, Record>,
    abstention_carries: bool,
) -> Option<BTreeMap<ReferendumIndex, Tally>> {
    let mut tallies = BTreeMap::new();
    for (who, record) in records {
        for cast in &record.votes {
            let tally: &mut Tally = tallies.entry(cast.index).or_default();
            *tally = tally.with(&cast.vote)?;
            if let Some(side) = cast.vote.carries(abstention_carries) {
                *tally = tally.raised(side, lent(records, *who, cast.index));
            }
        }
    }
    Some(tallies)
}

/// What others lend to a vote of `who` on `index`: all who delegate to `who` and have no vote there.
#[must_use]
pub fn lent(
    records: &BTreeMap<AccountId, Record>,
    who: AccountId,
    index: ReferendumIndex,
) -> Power {
    let silent = records.values().filter(|record| record.cast(index).is_none());
    let delegations = silent.filter_map(|record| record.delegation);
    let to_me = delegations.filter(|delegation| delegation.target == who);
    to_me.fold(Power::ZERO, |sum, delegation| sum.saturating_add(delegation.power()))
}
