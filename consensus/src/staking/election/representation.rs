//! Whether an outcome leaves a group without the seats that it could pay for.
//!
//! Proportional justified representation (the paper, section 5, definition 1 and the test that follows it): for
//! a threshold t, a group that agrees on r candidates and has a stake of r * t shall have r of them elected. It holds
//! where no candidate without a seat could collect t from what its backers can spare, while they leave every
//! winner of theirs with at least t. Shares are rounded to parts per billion as in sp-npos-elections 44.

use super::{Electorate, Outcome, Winner};
use crate::staking::perbill::Perbill;
use serin_state::types::{AccountId, Balance};
use std::collections::{BTreeMap, BTreeSet};

/// A candidate without a seat who could have had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{candidate} has no seat, though its backers can spare {spare} for it")]
pub struct NotRepresented {
    /// The one whose backers can spare the most; of equal ones the greatest account.
    pub candidate: AccountId,
    /// How much they can spare, at least the threshold, in scaled stake.
    pub spare: u128,
}

/// The threshold of the standard property: the stake of all ballots, for each winner with backers.
#[must_use]
pub fn standard_threshold(electorate: &Electorate, outcome: &Outcome) -> u128 {
    let stakes = electorate.ballots().iter().map(|ballot| u128::from(ballot.stake));
    let all = stakes.fold(0_u128, u128::saturating_add);
    let seats = outcome.backed().fold(0_u128, |seats, _| seats.saturating_add(1)).max(1);
    all.checked_div(seats).unwrap_or(0)
}

/// Checks that nobody without a seat could collect `threshold`.
///
/// # Errors
/// The counter-example with the most to spare.
pub fn check_representation(
    electorate: &Electorate,
    outcome: &Outcome,
    threshold: u128,
) -> Result<(), NotRepresented> {
    let kept = kept_by_voter(outcome, threshold);
    let elected: BTreeSet<AccountId> = outcome.backed().map(|one| one.account).collect();
    let mut spare = vec![0_u128; electorate.candidates().len()];
    for (ballot, targets) in electorate.approvals() {
        let kept = kept.get(&ballot.voter).copied().unwrap_or(0);
        let slack = u128::from(ballot.stake).saturating_sub(kept);
        for target in targets {
            if let Some(spare) = spare.get_mut(*target) {
                *spare = spare.saturating_add(slack);
            }
        }
    }
    let open = electorate.candidates().iter().zip(spare);
    let open = open.filter(|(account, _)| !elected.contains(account));
    match open.map(|(candidate, spare)| (spare, *candidate)).max() {
        Some((spare, candidate)) if spare >= threshold => Err(NotRepresented { candidate, spare }),
        Some(_) | None => Ok(()),
    }
}

/// What each voter has to leave behind its winners, so that none falls below `threshold` by its share.
fn kept_by_voter(outcome: &Outcome, threshold: u128) -> BTreeMap<AccountId, u128> {
    let mut kept: BTreeMap<AccountId, u128> = BTreeMap::new();
    for Winner { support, backers, .. } in outcome.backed() {
        let share = Perbill::from_rational(threshold, *support);
        for backing in backers {
            let part = share.of(Balance(u128::from(backing.stake)));
            let sum = kept.entry(backing.voter).or_default();
            *sum = sum.saturating_add(part.0);
        }
    }
    kept
}
