//! What breaks and is mended: nodes, disks, links, clocks.
//!
//! Inputs: the case's faults by number. Outputs: changes of nodes and links. A crash keeps the disk as it is; a loss of power
//! keeps what was synced and a part of the rest. A node that is replaced comes back with an empty disk. Whatever has not been mended by the case's GST is mended then.
//!
//! Bounds: those of the case's lists.

use super::super::case::{Attack, Broken};
use super::super::outcome::Happened;
use super::node::Armed;
use super::{World, peer_of};
use crate::mutants::{Seeded, SimStore};
use crate::sim::crypto::SimVerifier;
use serin_node::core::{Core, Input, StartOptions};
use serin_state::store::StoreError;

/// A clock that is wrong by more milliseconds than this excuses its node from liveness and blame.
const SKEW_EXCUSED_MS: u64 = 100;

impl Broken {
    /// Whether nothing passes from one node to another while this lasts.
    pub(super) fn cuts(self, from: usize, to: usize) -> bool {
        match self {
            Self::Partition { side } => side.has(from) != side.has(to),
            Self::OneWay { side } => side.has(from) && !side.has(to),
            Self::Crash { .. }
            | Self::PowerLoss { .. }
            | Self::PowerLossAfter { .. }
            | Self::DiskFull { .. }
            | Self::Pause { .. }
            | Self::Busy { .. }
            | Self::Replace { .. } => false,
        }
    }

    const fn node(self) -> Option<u8> {
        match self {
            Self::Crash { node }
            | Self::PowerLoss { node, .. }
            | Self::PowerLossAfter { node, .. }
            | Self::DiskFull { node }
            | Self::Pause { node }
            | Self::Busy { node, .. }
            | Self::Replace { node } => Some(node),
            Self::Partition { .. } | Self::OneWay { .. } => None,
        }
    }
}

impl World<'_> {
    pub(super) fn break_down(&mut self, number: usize) {
        let Some(fault) = self.case.faults.get(number).copied() else { return };
        if self.kind {
            return;
        }
        let node = fault.what.node().map(usize::from);
        self.record_event(node, || format!("{:?} for {} ms", fault.what, fault.lasts_ms));
        self.broken.insert(number);
        match fault.what {
            Broken::Crash { node } => self.crash(usize::from(node), false),
            Broken::PowerLoss { node, step: 0 } | Broken::PowerLossAfter { node, step: 0 } => {
                self.crash(usize::from(node), true);
            }
            Broken::PowerLoss { node, step } => self.arm(usize::from(node), step, false),
            Broken::PowerLossAfter { node, step } => self.arm(usize::from(node), step, true),
            Broken::DiskFull { node } => self.arm(usize::from(node), 1, false),
            Broken::Replace { node } => self.leave(usize::from(node)),
            Broken::Pause { node } => {
                if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                    node.paused.get_or_insert_default();
                }
            }
            Broken::Partition { side } => {
                for one in 0..self.nodes.len() {
                    for other in 0..one {
                        if side.has(one) != side.has(other) {
                            self.tell_of_link(one, other, false);
                        }
                    }
                }
            }
            Broken::OneWay { .. } | Broken::Busy { .. } => {}
        }
    }

    pub(super) fn mend(&mut self, number: usize) {
        let Some(fault) = self.case.faults.get(number).copied() else { return };
        if !self.broken.remove(&number) {
            return;
        }
        let node = fault.what.node().map(usize::from);
        self.record_event(node, || format!("{:?} is over", fault.what));
        match fault.what {
            Broken::Crash { node }
            | Broken::PowerLoss { node, .. }
            | Broken::PowerLossAfter { node, .. }
            | Broken::DiskFull { node }
            | Broken::Replace { node } => self.repair(usize::from(node)),
            Broken::Pause { node } => self.resume(usize::from(node)),
            Broken::Busy { .. } => {}
            Broken::Partition { side } | Broken::OneWay { side } => {
                for one in 0..self.nodes.len() {
                    for other in 0..one {
                        if side.has(one) != side.has(other) {
                            self.meet(one, other, true);
                        }
                    }
                }
            }
        }
    }

    /// The network is kind from now on: what is broken is mended, and clocks go right.
    pub(super) fn become_kind(&mut self) {
        self.kind = true;
        if !self.case.load.is_empty() {
            self.keep_middle();
        }
        let lasting: Vec<usize> = self.broken.iter().copied().collect();
        for number in lasting {
            self.mend(number);
        }
        for index in 0..self.nodes.len() {
            self.shift_clock(index, 0);
        }
    }

    pub(super) fn set_clock(&mut self, number: usize) {
        let Some(clock) = self.case.clocks.get(number) else { return };
        if self.kind {
            return;
        }
        let index = usize::from(clock.node);
        let ahead = self.early(index);
        self.record_event(Some(index), || format!("its clock is wrong by {} ms", clock.by_ms));
        self.shift_clock(index, i64::from(clock.by_ms).saturating_add(ahead));
    }

    /// A node's clock is wrong by so much from now on: what it waits for comes earlier or later.
    fn shift_clock(&mut self, index: usize, skew: i64) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(index).filter(|node| node.skew != skew) else { return };
        node.skew = skew;
        if node.wake_at != u64::MAX {
            node.wake_at = node.time_of(node.asked).max(now);
            self.queue.push(node.wake_at, super::queue::Happening::Wake(index));
        }
    }

    /// How much an adversary's clock is ahead on purpose.
    fn early(&self, index: usize) -> i64 {
        let Some(validator) = self.nodes.get(index).map(|node| node.validator) else { return 0 };
        let of = |attack: &super::super::case::Adversary| {
            if let Attack::Early { by_ms } = attack.kind
                && attack.nodes.has(validator)
            {
                return i64::from(by_ms);
            }
            0
        };
        self.case.adversaries.iter().map(of).max().unwrap_or(0)
    }

    /// Whether a node's clock was ever so wrong that others may take it for an offender.
    pub(super) fn is_excused(&self, index: usize) -> bool {
        let wrong = |clock: &super::super::case::Clock| {
            usize::from(clock.node) == index
                && u64::from(clock.by_ms.unsigned_abs()) > SKEW_EXCUSED_MS
        };
        self.case.clocks.iter().any(wrong)
    }

    fn arm(&mut self, index: usize, step: u16, after: bool) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let Some(core) = node.core.as_mut() else { return };
        let store = core.disk_mut();
        // Of two failures that are waited for the later counts: the first one's write must not fail any more.
        store.repair();
        let commit = store.commits().saturating_add(u64::from(step)).saturating_sub(1);
        if !after {
            store.fail_at(commit, StoreError::Full);
        }
        node.armed = Some(Armed { commit, after });
    }

    /// The power goes because the write that was waited for has come.
    pub(super) fn fail_power(&mut self, index: usize) {
        self.record_event(Some(index), || "its power fails at a write".to_owned());
        self.crash(index, true);
    }

    /// Ends a node at once. What it had not synced survives its end, but not always that of the power.
    fn crash(&mut self, index: usize, power: bool) {
        let choice =
            self.random.draw("power", u64::try_from(index).unwrap_or(0), self.now).number();
        let Some(node) = self.nodes.get_mut(index) else { return };
        node.armed = None;
        let Some(core) = node.core.take() else { return };
        let (mut store, mut signer) = core.into_parts();
        signer.crash();
        store.repair();
        if power {
            store.lose_power(choice);
        }
        node.disk = Some((store, signer));
        node.life = node.life.saturating_add(1);
        node.paused = None;
        node.wake_at = u64::MAX;
        node.asked = u64::MAX;
        node.answers.clear();
        node.past = None;
        self.mark(index, Happened::End, u64::from(power));
        for other in 0..self.nodes.len() {
            if other != index && !self.is_cut(index, other) {
                self.give(other, Input::PeerDisconnected(peer_of(index)));
            }
        }
    }

    /// A node goes and takes its disk along; what its keys signed stays with them.
    fn leave(&mut self, index: usize) {
        self.crash(index, false);
        if let Some((store, _)) = self.nodes.get_mut(index).and_then(|node| node.disk.as_mut()) {
            *store = SimStore::default().with_mutant(Seeded(self.case.mutation));
            self.judge.on_replaced(index);
        }
    }

    /// Takes back a failure that has not come, or starts the node on its disk.
    fn repair(&mut self, index: usize) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        if let Some(core) = node.core.as_mut() {
            if node.armed.take().is_some() {
                core.disk_mut().repair();
            }
            return;
        }
        let Some((store, signer)) = node.disk.take() else { return };
        self.reached.restart = self.reached.restart.saturating_add(1);
        let started =
            Core::start(self.spec.clone(), store, signer, SimVerifier, StartOptions::default());
        let core = match started {
            Ok(core) => match self.executions {
                Some(executions) => core.sharing(executions),
                None => core,
            },
            Err(error) => {
                let what = format!("node {index} cannot start again: {error}");
                self.judge.violate("restart", what, Vec::new());
                return;
            }
        };
        if self.is_honest(index) {
            self.judge.on_restart(index, core.finalized());
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.core = Some(core);
        }
        self.mark(index, Happened::Restart, 0);
        self.give(index, Input::Wake);
        for other in 0..self.nodes.len() {
            if other != index {
                self.meet(index, other, true);
            }
        }
    }

    fn resume(&mut self, index: usize) {
        let waited = self.nodes.get_mut(index).and_then(|node| node.paused.take());
        for input in waited.unwrap_or_default() {
            self.give(index, input);
        }
        self.give(index, Input::Wake);
    }

    /// Connects two nodes, if nothing keeps them apart.
    pub(super) fn meet(&mut self, one: usize, other: usize, connected: bool) {
        if !self.is_cut(one, other) && !self.is_cut(other, one) {
            self.tell_of_link(one, other, connected);
        }
    }

    fn tell_of_link(&mut self, one: usize, other: usize, connected: bool) {
        let is_up = |index: usize| self.nodes.get(index).is_some_and(super::Node::is_up);
        if !is_up(one) || !is_up(other) {
            return;
        }
        for (to, about) in [(one, other), (other, one)] {
            let peer = peer_of(about);
            let input =
                if connected { Input::PeerConnected(peer) } else { Input::PeerDisconnected(peer) };
            self.give(to, input);
        }
    }
}
