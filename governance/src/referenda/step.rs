//! The life of a referendum as one pure transition.
//!
//! Inputs: where it stands, the slot, and what happened. Outputs: where it stands now, what follows, and
//! the slot in which time alone can change it next.
//!
//! # Invariants
//! 1. From an end there is no way on: every input leaves it as it is, without effects.
//! 2. [`Effect::TakeRoom`] comes exactly when a decision starts from preparation, [`Effect::FreeRoom`]
//!    exactly when one ends; a decision that starts from the queue takes over the room of one that ended.
//! 3. [`Effect::Enact`] comes exactly with [`Outcome::Approved`].
//!
//! # Source
//! `service_referendum` of pallet-referenda 50.

use super::Track;
use crate::curve::Ppb;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Slot;

/// Where a referendum stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Phase {
    /// It waits for its deposit and the end of the prepare period.
    Preparing,
    /// It waits for room on its track.
    Queued,
    /// It is being decided and does not pass.
    Deciding {
        /// When the decision period began.
        since: Slot,
    },
    /// It is being decided and passes.
    Confirming {
        /// When the decision period began.
        since: Slot,
        /// When it is approved if it goes on passing; may lie after the decision period.
        until: Slot,
    },
    /// It is over.
    Ended(Outcome),
}

/// How a referendum ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// It passed for the whole confirm period.
    Approved,
    /// It did not pass at or after the end of its decision period.
    Rejected,
    /// Its decision did not start in time.
    TimedOut,
    /// It was ended without an outcome.
    Cancelled,
    /// It was ended, and its deposits are lost.
    Killed,
}

/// How the votes stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Of the votes with conviction, those for it.
    pub approval: Ppb,
    /// Of the electorate, those for it or abstaining.
    pub support: Ppb,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It is looked at: an alarm, a vote in the slot before, its deposit.
    Looked {
        /// True once the decision deposit is paid.
        deposited: bool,
        /// True while fewer are being decided on the track than may be.
        room: bool,
        /// How the votes stand.
        shares: Shares,
    },
    /// It is first in the queue, and one that was being decided has ended.
    Room {
        /// How the votes stand.
        shares: Shares,
    },
    /// Somebody with the powers cancels it.
    Cancel,
    /// Somebody with the powers kills it.
    Kill,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It takes a place in the queue.
    Enqueue,
    /// Its place in the queue follows its ayes.
    Renew,
    /// One more is being decided.
    TakeRoom,
    /// One fewer is; the queue moves up in the next slot.
    FreeRoom,
    /// The decision period began.
    DecisionStarted,
    /// It passes.
    ConfirmStarted,
    /// It no longer passes.
    ConfirmAborted,
    /// The call is scheduled, for this slot or later.
    Enact {
        /// The track's delay from now, at least a slot.
        earliest: Slot,
    },
    /// It is over.
    Ended(Outcome),
}

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands now.
    pub phase: Phase,
    /// What follows, in order.
    pub effects: Vec<Effect>,
    /// When to look at it again if nothing happens; `None` where only an event can change it.
    pub wake: Option<Slot>,
}

/// What a step goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The track.
    pub track: &'a Track,
    /// When the referendum was submitted.
    pub submitted: Slot,
    /// Slots from there to the timeout.
    pub undeciding_timeout: u64,
    /// Whether alarms ring exactly, see [`super::ReferendaParameters::exact_alarms`].
    pub exact_alarms: bool,
}

/// What `input` does at slot `now` to a referendum in `phase`.
#[must_use]
pub fn step(rules: &Rules<'_>, now: Slot, phase: Phase, input: Input) -> Step {
    match (phase, input) {
        (Phase::Preparing, Input::Looked { deposited, room, shares }) => {
            let prepared = rules.submitted.saturating_add(rules.track.prepare_period);
            let timeout = rules.submitted.saturating_add(rules.undeciding_timeout);
            match (deposited, now >= prepared) {
                (true, true) if room => rules.start(now, shares, vec![Effect::TakeRoom]),
                (true, true) => stay(Phase::Queued, vec![Effect::Enqueue], None),
                (true, false) | (false, _) if now >= timeout => {
                    end(Outcome::TimedOut, Vec::new())
                }
                (true, false) => stay(phase, Vec::new(), Some(prepared)),
                (false, _) => stay(phase, Vec::new(), Some(timeout)),
            }
        }

        (Phase::Queued, Input::Looked { .. }) => stay(phase, vec![Effect::Renew], None),
        (Phase::Queued, Input::Room { shares }) => rules.start(now, shares, Vec::new()),

        (Phase::Deciding { since }, Input::Looked { shares, .. }) => {
            if rules.is_passing(now, since, shares) {
                rules.confirm(now, since, vec![Effect::ConfirmStarted])
            } else if now >= since.saturating_add(rules.track.decision_period) {
                end(Outcome::Rejected, vec![Effect::FreeRoom])
            } else {
                stay(phase, Vec::new(), Some(rules.turn(now, since, shares)))
            }
        }
        (Phase::Confirming { since, until }, Input::Looked { shares, .. }) => {
            if !rules.is_passing(now, since, shares) {
                rules.knocked_out(now, since, shares)
            } else if now >= until {
                let delay = rules.track.min_enactment_period.max(1);
                let earliest = now.saturating_add(delay);
                end(Outcome::Approved, vec![Effect::FreeRoom, Effect::Enact { earliest }])
            } else {
                stay(phase, Vec::new(), Some(until))
            }
        }

        (Phase::Preparing | Phase::Queued, Input::Cancel) => end(Outcome::Cancelled, Vec::new()),
        (Phase::Preparing | Phase::Queued, Input::Kill) => end(Outcome::Killed, Vec::new()),
        (Phase::Deciding { .. } | Phase::Confirming { .. }, Input::Cancel) => {
            end(Outcome::Cancelled, vec![Effect::FreeRoom])
        }
        (Phase::Deciding { .. } | Phase::Confirming { .. }, Input::Kill) => {
            end(Outcome::Killed, vec![Effect::FreeRoom])
        }

        // Only the queue is given room.
        (
            Phase::Preparing | Phase::Deciding { .. } | Phase::Confirming { .. },
            Input::Room { .. },
        )
        // Invariant 1.
        | (
            Phase::Ended(_),
            Input::Looked { .. } | Input::Room { .. } | Input::Cancel | Input::Kill,
        ) => stay(phase, Vec::new(), None),
    }
}

impl Rules<'_> {
    /// The decision period begins, perhaps passing from the start.
    fn start(&self, now: Slot, shares: Shares, mut effects: Vec<Effect>) -> Step {
        effects.push(Effect::DecisionStarted);
        if self.is_passing(now, now, shares) {
            effects.push(Effect::ConfirmStarted);
            self.confirm(now, now, effects)
        } else {
            let wake = self.turn(now, now, shares);
            stay(Phase::Deciding { since: now }, effects, Some(wake))
        }
    }

    /// The confirm period begins. One without slots ends in the next; there the published alarm fails.
    fn confirm(&self, now: Slot, since: Slot, effects: Vec<Effect>) -> Step {
        let until = now.saturating_add(self.track.confirm_period);
        let wake = until.max(now.saturating_add(1));
        stay(Phase::Confirming { since, until }, effects, Some(wake))
    }

    /// It no longer passes: the confirm period is lost, and after the decision period everything.
    fn knocked_out(&self, now: Slot, since: Slot, shares: Shares) -> Step {
        if now >= since.saturating_add(self.track.decision_period) {
            return end(Outcome::Rejected, vec![Effect::FreeRoom]);
        }
        let wake = self.turn(now, since, shares);
        stay(Phase::Deciding { since }, vec![Effect::ConfirmAborted], Some(wake))
    }

    /// True where both thresholds are reached at `now`.
    #[must_use]
    pub fn is_passing(&self, now: Slot, since: Slot, shares: Shares) -> bool {
        let passed = self.passed(now, since);
        self.track.min_support.passing(passed, shares.support)
            && self.track.min_approval.passing(passed, shares.approval)
    }

    /// The share of the decision period that has passed, rounded down.
    #[must_use]
    pub fn passed(&self, now: Slot, since: Slot) -> Ppb {
        Ppb::ratio(now.since(since).into(), self.track.decision_period.into())
    }

    /// The slot in which it begins to pass, or is rejected, if no vote changes.
    #[must_use]
    pub fn turn(&self, now: Slot, since: Slot, shares: Shares) -> Slot {
        let (approval, support) = (&self.track.min_approval, &self.track.min_support);
        let delay = if self.exact_alarms {
            approval.delay(shares.approval).max(support.delay(shares.support))
        } else {
            let approval = approval.delay_as_published(shares.approval);
            approval.max(support.delay_as_published(shares.support))
        };
        let turn = since.saturating_add(delay.of_slots_up(self.track.decision_period));
        // The published inverse can be early: then the next slot will do. There the published alarm fails.
        turn.max(now.saturating_add(1))
    }
}

const fn stay(phase: Phase, effects: Vec<Effect>, wake: Option<Slot>) -> Step {
    Step { phase, effects, wake }
}

fn end(outcome: Outcome, mut effects: Vec<Effect>) -> Step {
    effects.push(Effect::Ended(outcome));
    Step { phase: Phase::Ended(outcome), effects, wake: None }
}
