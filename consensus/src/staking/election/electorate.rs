//! Who may be elected and who votes for whom: the checked input of an election.
//!
//! Only [`Electorate::new`] makes one, so everything after relies on the bounds and on no account standing twice
//! in a list. A target that is no candidate, or that a ballot names again, is passed over: a nomination outlives
//! the candidacy of its target.

use super::{Balancing, Outcome, outcome, phragmen};
use serin_state::types::AccountId;
use std::ops::Range;

/// Most candidates of one election. Kusama takes 2,500.
pub const CANDIDATES_MAX: usize = 8_192;
/// Most ballots of one election. Kusama takes 12,500.
pub const BALLOTS_MAX: usize = 65_536;
/// Most targets on one ballot. Kusama: 24.
pub const TARGETS_MAX: usize = 24;

/// One voter's approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Who votes.
    pub voter: AccountId,
    /// What the vote weighs: the voter's stake, scaled by [`super::Scale`].
    pub stake: u64,
    /// Who is approved, at most [`TARGETS_MAX`]; the order decides nothing but how remainders of one unit fall.
    pub targets: Vec<AccountId>,
}

/// Why lists are not the input of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElectorateError {
    /// More than [`CANDIDATES_MAX`].
    #[error("{0} candidates are more than {CANDIDATES_MAX}")]
    TooManyCandidates(usize),
    /// More than [`BALLOTS_MAX`].
    #[error("{0} ballots are more than {BALLOTS_MAX}")]
    TooManyBallots(usize),
    /// More than [`TARGETS_MAX`] on one ballot.
    #[error("{voter} names {targets} targets, more than {TARGETS_MAX}")]
    TooManyTargets {
        /// Whose ballot.
        voter: AccountId,
        /// How many stand on it.
        targets: usize,
    },
    /// The account stands among the candidates twice.
    #[error("{0} stands among the candidates twice")]
    DuplicateCandidate(AccountId),
    /// The account has two ballots.
    #[error("{0} has two ballots")]
    DuplicateVoter(AccountId),
}

/// The checked input of an election.
#[derive(Clone, Debug)]
pub struct Electorate {
    candidates: Vec<AccountId>,
    ballots: Vec<Ballot>,
    /// The candidates approved by all ballots, one ballot after the other, by their index.
    approvals: Vec<usize>,
    /// Where the approvals of a ballot stand in `approvals`.
    ranges: Vec<Range<usize>>,
}

impl Electorate {
    /// Checks bounds and duplicates, and finds the candidates that ballots name.
    ///
    /// The order of both lists is part of the input: of candidates with equal scores the first is elected first.
    ///
    /// # Errors
    /// The first bound that is passed, or the account that stands twice.
    pub fn new(candidates: Vec<AccountId>, ballots: Vec<Ballot>) -> Result<Self, ElectorateError> {
        check_bounds(&candidates, &ballots)?;
        let indices = sorted(candidates.iter().copied());
        if let Some(twice) = first_duplicate(&indices) {
            return Err(ElectorateError::DuplicateCandidate(twice));
        }
        if let Some(twice) = first_duplicate(&sorted(ballots.iter().map(|ballot| ballot.voter))) {
            return Err(ElectorateError::DuplicateVoter(twice));
        }
        let mut approvals = Vec::new();
        let mut ranges = Vec::with_capacity(ballots.len());
        for ballot in &ballots {
            let first = approvals.len();
            for target in &ballot.targets {
                let found = indices.binary_search_by_key(target, |(account, _)| *account).ok();
                let Some((_, index)) = found.and_then(|at| indices.get(at)) else { continue };
                let is_new = approvals.get(first..).is_some_and(|own| !own.contains(index));
                if is_new {
                    approvals.push(*index);
                }
            }
            ranges.push(first..approvals.len());
        }
        assert_eq!(ranges.len(), ballots.len(), "every ballot has its approvals");
        Ok(Self { candidates, ballots, approvals, ranges })
    }

    /// Gives `seats` seats, or as many as there are candidates.
    #[must_use]
    pub fn elect(&self, seats: usize, balancing: Option<Balancing>) -> Outcome {
        let (winners, mut spread) = phragmen::run(self, seats);
        if let Some(balancing) = balancing {
            spread.balance(balancing);
        }
        outcome::of(self, &winners, &spread)
    }

    /// The candidates, in the order given.
    #[must_use]
    pub fn candidates(&self) -> &[AccountId] {
        &self.candidates
    }

    /// The ballots, in the order given.
    #[must_use]
    pub fn ballots(&self) -> &[Ballot] {
        &self.ballots
    }

    /// Each ballot with the indices of the candidates it approves.
    pub(super) fn approvals(&self) -> impl Iterator<Item = (&Ballot, &[usize])> {
        let targets = |range: &Range<usize>| self.approvals.get(range.clone()).unwrap_or_default();
        self.ballots.iter().zip(self.ranges.iter().map(targets))
    }

    /// How many approvals there are in all.
    pub(super) fn approvals_count(&self) -> usize {
        self.approvals.len()
    }
}

fn check_bounds(candidates: &[AccountId], ballots: &[Ballot]) -> Result<(), ElectorateError> {
    if candidates.len() > CANDIDATES_MAX {
        return Err(ElectorateError::TooManyCandidates(candidates.len()));
    }
    if ballots.len() > BALLOTS_MAX {
        return Err(ElectorateError::TooManyBallots(ballots.len()));
    }
    match ballots.iter().find(|ballot| ballot.targets.len() > TARGETS_MAX) {
        Some(Ballot { voter, targets, .. }) => {
            Err(ElectorateError::TooManyTargets { voter: *voter, targets: targets.len() })
        }
        None => Ok(()),
    }
}

/// Accounts with their place in the list, by account.
fn sorted(accounts: impl Iterator<Item = AccountId>) -> Vec<(AccountId, usize)> {
    let mut indices: Vec<_> = accounts.enumerate().map(|(at, account)| (account, at)).collect();
    indices.sort_unstable();
    indices
}

fn first_duplicate(sorted: &[(AccountId, usize)]) -> Option<AccountId> {
    let mut pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs.find(|(one, next)| one.0 == next.0).map(|(one, _)| one.0)
}
