//! How a referendum stands, in the words of who asks: what is missing, and when it would pass.
//!
//! Pure: the machine is asked what it would do if nothing changed. Nothing here decides anything.

use super::{Phase, Rules, Shares};
use crate::curve::Ppb;
use crate::tally::Tally;
use core::fmt;
use serde::Serialize;
use serin_state::types::{Balance, Slot};

/// How an ongoing referendum stands at a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Insight {
    /// The votes.
    pub tally: Tally,
    /// Share of the votes that are for it, in parts per billion.
    pub approval: Ppb,
    /// Share of the electorate that supports it, in parts per billion.
    pub support: Ppb,
    /// The approval that is asked now; at the start of its decision, where that has not begun.
    pub approval_threshold: Ppb,
    /// The support that is asked now.
    pub support_threshold: Ppb,
    /// Votes with conviction that are missing for approval, in units.
    pub votes_missing: Balance,
    /// Tokens that are missing for support, in units.
    pub support_missing: Balance,
    /// What comes next if nothing changes.
    pub outlook: Outlook,
}

/// What comes next if no vote changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// Its decision has not begun.
    Waiting,
    /// It will be approved.
    Approved {
        /// From when it passes.
        passes: Slot,
        /// When.
        slot: Slot,
    },
    /// It will be rejected.
    Rejected {
        /// When.
        slot: Slot,
    },
    /// It is over.
    Ended,
}

impl Insight {
    /// How a referendum in `phase` with these votes stands at `now`.
    #[must_use]
    pub fn of(
        rules: &Rules<'_>,
        now: Slot,
        phase: Phase,
        tally: Tally,
        electorate: Balance,
    ) -> Self {
        let shares = Shares { approval: tally.approval(), support: tally.support(electorate) };
        let passed = since(phase).map_or(Ppb::ZERO, |since| rules.passed(now, since));
        let approval_threshold = rules.track.min_approval.threshold(passed);
        let support_threshold = rules.track.min_support.threshold(passed);
        Self {
            tally,
            approval: shares.approval,
            support: shares.support,
            approval_threshold,
            support_threshold,
            votes_missing: votes_missing(tally, approval_threshold),
            support_missing: part(electorate, support_threshold).saturating_sub(tally.support),
            outlook: outlook(rules, now, phase, shares),
        }
    }
}

/// What would happen to a referendum in `phase` if its shares stayed as they are.
///
/// The curves never rise, so what passes goes on passing: the first slot in which it passes decides.
fn outlook(rules: &Rules<'_>, now: Slot, phase: Phase, shares: Shares) -> Outlook {
    let exact = Rules { exact_alarms: true, ..*rules };
    match phase {
        Phase::Preparing | Phase::Queued => Outlook::Waiting,
        Phase::Ended(_) => Outlook::Ended,
        Phase::Confirming { since, until } if rules.is_passing(now, since, shares) => {
            Outlook::Approved { passes: now, slot: until.max(now) }
        }
        Phase::Deciding { since } | Phase::Confirming { since, .. } => {
            let passes = if rules.is_passing(now, since, shares) {
                now
            } else {
                exact.turn(now, since, shares)
            };
            if rules.is_passing(passes, since, shares) {
                let slot = passes.saturating_add(rules.track.confirm_period);
                Outlook::Approved { passes, slot }
            } else {
                let end = since.saturating_add(rules.track.decision_period);
                Outlook::Rejected { slot: end.max(now) }
            }
        }
    }
}

const fn since(phase: Phase) -> Option<Slot> {
    match phase {
        Phase::Deciding { since } | Phase::Confirming { since, .. } => Some(since),
        Phase::Preparing | Phase::Queued | Phase::Ended(_) => None,
    }
}

/// The fewest ayes that reach `threshold` if nobody else votes against: the smallest a with
/// (ayes + a) / (ayes + a + nays) at or above it. Not to be had at a threshold of all votes with a nay:
/// then as many as there can be.
fn votes_missing(tally: Tally, threshold: Ppb) -> Balance {
    let is_enough = |more: u128| {
        let ayes = tally.ayes.saturating_add(Balance(more));
        Tally { ayes, ..tally }.approval() >= threshold
    };
    let (mut low, mut high) = (0_u128, u128::MAX / 4);
    while low < high {
        let middle = low.midpoint(high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Balance(low)
}

/// The least amount whose share of `whole` is `share`.
fn part(whole: Balance, share: Ppb) -> Balance {
    let (mut low, mut high) = (0_u128, whole.0);
    while low < high {
        let middle = low.midpoint(high);
        if Ppb::ratio(middle, whole.0) >= share {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Balance(low)
}

/// One sentence, for people: `needs 12.4 SRN more support by slot 5120`.
impl fmt::Display for Insight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outlook {
            Outlook::Waiting => formatter.write_str("its decision has not begun"),
            Outlook::Ended => formatter.write_str("it is over"),
            Outlook::Approved { passes, slot } => {
                write!(formatter, "passes from slot {passes} on, approved in slot {slot}")?;
                formatter.write_str(" if nothing changes")
            }
            Outlook::Rejected { slot } => {
                write!(formatter, "rejected in slot {slot} if nothing changes")
            }
        }?;
        match (self.support_missing.is_zero(), self.votes_missing.is_zero()) {
            (true, true) => Ok(()),
            (false, true) => write!(formatter, "; needs {} more support now", self.support_missing),
            (true, false) => {
                write!(formatter, "; needs {} more votes for it now", self.votes_missing)
            }
            (false, false) => write!(
                formatter,
                "; needs {} more support and {} more votes for it now",
                self.support_missing, self.votes_missing
            ),
        }
    }
}
