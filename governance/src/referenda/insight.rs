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
    /// What is missing at the end of the decision period, when least is asked; nothing before the decision.
    pub needs: Option<Needs>,
    /// What comes next if nothing changes.
    pub outlook: Outlook,
}

/// What has to be added, and by when, for a referendum to pass at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// The last slot in which passing counts.
    pub by: Slot,
    /// Votes with conviction for it, in units, if nobody else votes against.
    pub votes: Balance,
    /// Tokens that support it, in units.
    pub support: Balance,
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
            needs: since(phase).map(|since| needs(rules, (now, since), tally, electorate)),
            outlook: outlook(rules, now, phase, shares),
        }
    }
}

/// What `tally` lacks at the end of the decision period; after that, of what is asked from then on.
fn needs(
    rules: &Rules<'_>,
    (now, since): (Slot, Slot),
    tally: Tally,
    electorate: Balance,
) -> Needs {
    let by = since.saturating_add(rules.track.decision_period).max(now);
    let passed = rules.passed(by, since);
    let support = part(electorate, rules.track.min_support.threshold(passed));
    Needs {
        by,
        votes: votes_missing(tally, rules.track.min_approval.threshold(passed)),
        support: support.saturating_sub(tally.support),
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

/// One sentence, for people: `rejected in slot 5120 if nothing changes; needs 12.4 SRN more support by then`.
impl fmt::Display for Insight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = (self.support_missing, self.votes_missing);
        match (self.outlook, self.needs) {
            (Outlook::Waiting, _) => formatter.write_str("its decision has not begun"),
            (Outlook::Ended, _) => formatter.write_str("it is over"),
            (Outlook::Approved { passes, slot }, _) => {
                write!(formatter, "passes from slot {passes} on, approved in slot {slot}")?;
                formatter.write_str(" if nothing changes")
            }
            (Outlook::Rejected { slot }, Some(Needs { by, votes, support })) => {
                write!(formatter, "rejected in slot {slot} if nothing changes")?;
                write_missing(formatter, (support, votes), format_args!("by slot {by}"))
            }
            (Outlook::Rejected { slot }, None) => {
                write!(formatter, "rejected in slot {slot} if nothing changes")
            }
        }?;
        write_missing(formatter, now, format_args!("now"))
    }
}

/// Of (support, votes) what is not nothing.
fn write_missing(
    formatter: &mut fmt::Formatter<'_>,
    (support, votes): (Balance, Balance),
    when: fmt::Arguments<'_>,
) -> fmt::Result {
    match (support.is_zero(), votes.is_zero()) {
        (true, true) => Ok(()),
        (false, true) => write!(formatter, "; needs {support} more support {when}"),
        (true, false) => write!(formatter, "; needs {votes} more votes for it {when}"),
        (false, false) => {
            write!(formatter, "; needs {support} more support and {votes} more votes for it {when}")
        }
    }
}
