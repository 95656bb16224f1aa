//! What is done to the world: faults, repairs, transfers, judgements.
//!
//! A crash keeps what the node's disk and journal hold; a loss of power may take what was not synced. Nodes are told of
//! connections that come and go as the network layer would tell them.

use super::crypto::{SimVerifier, seal_as, session_keys};
use super::event::Happening;
use super::world::{STRANGER, SimCore, World, peer_of};
use crate::scenario::{Action, Measure};
use serin_network::message::BlockAnnouncement;
use serin_node::core::{Core, Input, MessageId, StartOptions, Ticket};
use serin_node::runtime::{Verified, body_root};
use serin_state::types::{Hash, Millis, ProtocolVersion, SignedTransaction};
use std::collections::BTreeMap;

impl World {
    pub(super) fn act(&mut self, happening: Happening) {
        match happening {
            Happening::Act(action) => self.carry_out_action(&action),
            Happening::PowerLoss(index) => self.crash(index, true),
            Happening::Load(count) => self.hand_in(count),
            Happening::Traffic(count) => self.say(count),
            Happening::Twin => self.seal_again(),
            Happening::Judge(number) => self.judge(number),
            Happening::Wake(_) | Happening::Arrival { .. } => {}
        }
    }

    fn carry_out_action(&mut self, action: &Action) {
        let index = |name: &str| self.scenario.index_of(name).unwrap_or(usize::MAX);
        match action {
            Action::Kill(name) => self.crash(index(name), false),
            Action::Restart(name) => {
                if let Err(error) = self.boot(index(name)) {
                    self.checker.violate("restart", error);
                }
            }
            Action::Pause(name) => {
                let index = index(name);
                if let Some(node) = self.nodes.get_mut(index) {
                    node.paused.get_or_insert_default();
                }
            }
            Action::Resume(name) => {
                let index = index(name);
                let waited = self.nodes.get_mut(index).and_then(|node| node.paused.take());
                if let Some(mut inputs) = waited {
                    inputs.push(Input::Wake);
                    self.work(BTreeMap::from([(index, inputs)]));
                }
            }
            Action::Partition(groups) => self.partition(groups),
            Action::Heal => self.heal(),
            Action::Transfers { count } => self.hand_in(*count),
        }
    }

    fn partition(&mut self, groups: &[Vec<String>]) {
        self.heal();
        let group_of = |index: usize| {
            let name = self.scenario.nodes.get(index).map(|node| node.name.clone());
            groups.iter().position(|group| name.as_ref().is_some_and(|name| group.contains(name)))
        };
        let count = self.nodes.len();
        let pairs = (0..count).flat_map(|one| (0..one).map(move |other| (other, one)));
        let cut: Vec<(usize, usize)> = pairs
            .filter(|(one, other)| {
                let (one, other) = (group_of(*one), group_of(*other));
                one.is_some() && other.is_some() && one != other
            })
            .collect();
        for (one, other) in cut {
            self.cut.insert((one, other));
            self.meet(one, other, false);
        }
    }

    fn heal(&mut self) {
        for (one, other) in core::mem::take(&mut self.cut) {
            self.meet(one, other, true);
        }
    }

    /// Tells two nodes that they are connected now, or no longer.
    fn meet(&mut self, one: usize, other: usize, connected: bool) {
        if !self.is_up(one) || !self.is_up(other) {
            return;
        }
        let mut inputs = BTreeMap::new();
        for (to, about) in [(one, other), (other, one)] {
            let peer = peer_of(about);
            let input =
                if connected { Input::PeerConnected(peer) } else { Input::PeerDisconnected(peer) };
            if let Some(node) = self.nodes.get_mut(to) {
                node.hear(input, to, &mut inputs);
            }
        }
        self.work(inputs);
    }

    /// Ends a node at once. What it had not synced survives its end, but not always that of the power.
    fn crash(&mut self, index: usize, power: bool) {
        let now = self.now_ms;
        let choice = self.random.draw("power", u64::try_from(index).unwrap_or(0), now).number();
        let Some(node) = self.nodes.get_mut(index) else { return };
        let left = if let Some(joined) = node.join.take() {
            node.traces.extend(joined.0.trace());
            Self::disk_of(*joined)
        } else {
            let Some(core) = node.core.take() else { return };
            node.traces.extend(core.trace());
            Some(core.into_parts())
        };
        let Some((mut store, mut signer)) = left else { return };
        signer.crash();
        if power {
            store.lose_power(choice);
        }
        node.disk = Some((store, signer));
        node.life = node.life.saturating_add(1);
        node.paused = None;
        node.wake_at = None;
        node.answers.clear();
        for other in 0..self.nodes.len() {
            if other == index || self.is_cut(index, other) {
                continue;
            }
            let mut inputs = BTreeMap::new();
            if let Some(node) = self.nodes.get_mut(other).filter(|node| node.is_up()) {
                node.hear(Input::PeerDisconnected(peer_of(index)), other, &mut inputs);
            }
            self.work(inputs);
        }
    }

    /// Starts a node on its disk, and connects it with everybody it can reach.
    pub(super) fn boot(&mut self, index: usize) -> Result<(), String> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some((store, signer)) = node.disk.take() else { return Ok(()) };
        let options = self.start_options(index);
        if let Some((store, signer)) = self.join(index, (store, signer))? {
            let core = Core::start(self.spec.clone(), store, signer, SimVerifier, options)
                .map_err(|error| format!("node {index} cannot start: {error}"))?;
            self.checker.on_restart(index, core.finalized());
            let core = match &self.executions {
                Some(executions) => core.sharing(executions),
                None => core,
            };
            if let Some(node) = self.nodes.get_mut(index) {
                node.core = Some(core);
            }
        }
        self.work(BTreeMap::from([(index, vec![Input::Wake])]));
        for other in 0..self.nodes.len() {
            if other != index && !self.is_cut(index, other) {
                self.meet(index, other, true);
            }
        }
        Ok(())
    }

    /// How a node is started: traced, and with the versions that the scenario lets it know.
    pub(super) fn start_options(&self, index: usize) -> StartOptions {
        let max = self.scenario.nodes.get(index).and_then(|node| node.protocol_max);
        let newest = StartOptions::default().knows;
        let knows = max.map_or(newest, |version| ProtocolVersion(version).min(newest));
        StartOptions { traced: true, knows }
    }

    /// Hands in transfers at the nodes in turn; one that is down loses its part.
    fn hand_in(&mut self, count: u32) {
        let slot = self.spec.params.slot_at(Millis(self.now_ms));
        let version = self.cores().map(|(_, core)| core.next_version()).max().unwrap_or_default();
        for _ in 0..count {
            let next = self.load.next(&self.genesis, slot, version);
            let Some((turn, transaction)) = next else { return };
            self.submit(turn, transaction);
        }
    }

    /// Hands in calls of every module, drawn on the state of the first node that is up.
    fn say(&mut self, count: u32) {
        let slot = self.spec.params.slot_at(Millis(self.now_ms));
        for turn in 0..count {
            let Some(core) = self.nodes.iter().find_map(|node| node.core.as_ref()) else { return };
            let Some(state) = core.layers().view(&core.head().hash) else { return };
            let now = (slot, core.next_version());
            if let Some(transaction) = self.traffic.next(&state, &self.genesis, now) {
                self.submit(usize::try_from(turn).unwrap_or(0), transaction);
            }
        }
    }

    /// Hands a transaction in at one of the nodes that are up.
    fn submit(&mut self, turn: usize, transaction: Verified<SignedTransaction>) {
        let up: Vec<usize> = self.cores().map(|(index, _)| index).collect();
        let Some(index) = turn.checked_rem(up.len()).and_then(|place| up.get(place)) else {
            return;
        };
        self.tickets = self.tickets.saturating_add(1);
        let ticket = Ticket(self.tickets);
        let mut inputs = BTreeMap::new();
        if let Some(node) = self.nodes.get_mut(*index) {
            let input = Input::Submit { ticket, transaction: Box::new(transaction) };
            node.hear(input, *index, &mut inputs);
        }
        self.work(inputs);
    }

    /// Announces a second block for the slot of the first node's head, sealed with the keys of its author: what a twin does.
    fn seal_again(&mut self) {
        let Some(core) = self.nodes.iter().find_map(|node| node.core.as_ref()) else { return };
        let Some(block) = core.block(&core.head().hash) else { return };
        let author = core.author_of(&block);
        let seats = self.spec.validators.iter().position(|one| Some(one.account) == author);
        let Some(number) = seats.and_then(|index| u32::try_from(index).ok()) else { return };
        let mut header = block.header;
        header.unsealed.body_root = body_root(&[]);
        header.unsealed.outcome_root = Hash::of(b"another block");
        let statement = header.unsealed.seal_statement();
        header.seal = seal_as(number, &self.genesis, &statement);
        self.twins.insert(session_keys(number).seal);
        let from = STRANGER;
        for index in 0..self.nodes.len() {
            let mut inputs = BTreeMap::new();
            if let Some(node) = self.nodes.get_mut(index).filter(|node| node.core.is_some()) {
                let transactions = Vec::new();
                let announcement = BlockAnnouncement { header: header.clone(), transactions };
                let announcement = Box::new(announcement);
                let id = MessageId(u64::MAX);
                node.hear(Input::Announcement { from, id, announcement }, index, &mut inputs);
            }
            self.work(inputs);
        }
    }

    fn judge(&mut self, number: usize) {
        let Some(expectation) = self.scenario.expectations.get(number).cloned() else { return };
        let measure = |core: &SimCore| match expectation.what {
            Measure::Best => u64::from(core.head().height.0),
            Measure::Finalized => u64::from(core.finalized().height.0),
            Measure::Epoch => core.session().map_or(0, |s| s.epoch().0),
        };
        let values: Vec<u64> = self.cores().map(|(_, core)| measure(core)).collect();
        let lowest = values.iter().min().copied().unwrap_or(0);
        let highest = values.iter().max().copied().unwrap_or(0);
        let held = expectation.at_least.is_none_or(|bound| lowest >= bound)
            && expectation.at_most.is_none_or(|bound| highest <= bound);
        if !held {
            let what = format!("{expectation:?}: measured {lowest} to {highest}");
            self.checker.violate("expectation", what);
        }
    }
}
