//! A node: its core, what survives its end, and its clock.
//!
//! Inputs of a node that stands still wait. A clock may be wrong, but what it shows never falls, as the core is promised.
//! Bounds: one core, one disk; answers that wait as long as the core's.

use crate::mutants::SimStore;
use crate::sim::crypto::SimSigner;
use crate::sim::world::SimCore;
use serin_node::core::Input;
use serin_state::types::Millis;
use std::collections::BTreeMap;

/// When the power fails, by the number of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Armed {
    /// The write that is the last one.
    pub(super) commit: u64,
    /// Whether that write happens.
    pub(super) after: bool,
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    /// While it is up.
    pub(super) core: Option<SimCore>,
    /// While it is down.
    pub(super) disk: Option<(SimStore, SimSigner)>,
    /// The validator whose keys it has.
    pub(super) validator: usize,
    /// Parcels to and from an earlier life are not heard.
    pub(super) life: u32,
    /// What waits while it stands still.
    pub(super) paused: Option<Vec<Input>>,
    /// The time that it asked for.
    pub(super) wake_at: u64,
    /// What its clock shows then.
    pub(super) asked: u64,
    /// What its clock shows more than the time, in milliseconds.
    pub(super) skew: i64,
    /// What its clock showed last.
    shown: u64,
    /// Answers that peers wait for: who asked, in which life, and their number.
    pub(super) answers: BTreeMap<u64, (usize, u32, u64)>,
    /// Requests and submissions so far.
    pub(super) numbered: u64,
    /// When its power fails.
    pub(super) armed: Option<Armed>,
    /// Until when its line is busy with what it sent.
    pub(super) busy_until: u64,
    /// Until when it works off what it was sent, where that takes time.
    pub(super) works_until: u64,
    /// A copy of an earlier self, for attacks with old blocks and keys.
    pub(super) past: Option<Box<SimCore>>,
    /// How often it acted against the rules: numbers its draws.
    pub(super) acts: u64,
    /// The last slot for which it forged a block.
    pub(super) forged: u64,
}

impl Node {
    pub(super) const fn new(core: SimCore, validator: usize) -> Self {
        Self {
            core: Some(core),
            disk: None,
            validator,
            life: 0,
            paused: None,
            wake_at: u64::MAX,
            asked: u64::MAX,
            skew: 0,
            shown: 0,
            answers: BTreeMap::new(),
            numbered: 0,
            armed: None,
            busy_until: 0,
            works_until: 0,
            past: None,
            acts: 0,
            forged: 0,
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        self.core.is_some()
    }

    /// What its clock shows at a time.
    pub(super) fn clock(&mut self, now: u64) -> Millis {
        self.shown = self.shown.max(now.saturating_add_signed(self.skew));
        Millis(self.shown)
    }

    /// What its clock showed last: it never falls, also where it is set back.
    pub(super) const fn shown(&self) -> u64 {
        self.shown
    }

    /// The time at which its clock will show so much.
    pub(super) const fn time_of(&self, shown: u64) -> u64 {
        shown.saturating_add_signed(self.skew.saturating_neg())
    }

    /// A number for a request or submission.
    pub(super) const fn number(&mut self) -> u64 {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }
}
