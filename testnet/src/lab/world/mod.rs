//! Nodes, their links and virtual time, for one case.
//!
//! # Inputs and outputs
//! Events in the order of their time go in; each node's core answers with effects, which become events. The judge is told
//! of everything that it has to look at.
//!
//! # Invariants
//! 1. A draw is keyed by the link or node and a number there: events that are taken away move no others.
//! 2. Gossip that a node accepts reaches everybody: the node passes it on to whoever the sender left out.
//! 3. After the case's GST nothing is lost or cut, whatever adversaries do.
//!
//! # Bounds
//! [`EVENTS_MAX`] events a slot and node; [`LETTERS_MAX`] gossip messages are remembered for passing on.

mod attack;
mod fault;
mod forge;
mod link;
mod node;
mod pretend;
mod queue;
mod record;
mod wake;

use super::case::{Case, Nodes};
use super::outcome::{Happened, Reached, RunOptions};
use super::run::Booted;
use crate::check::Judge;
use crate::sim::load::Load as Transfers;
use node::Node;
use queue::{Happening, Parcel, Queue};
use record::Recorder;
use serin_network::message::Gossip;
use serin_node::chain_spec::ChainSpec;
use serin_node::core::{
    AnswerId, Effect, Executions, Input, MessageId, Notification, Peer, Validation,
};
use serin_state::random::Random;
use serin_state::types::{Hash, Millis};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Events of a slot and node above which a run counts as running away.
const EVENTS_MAX: u64 = 20_000;
/// Gossip messages that are remembered, so that they can be passed on.
const LETTERS_MAX: usize = 4_096;

/// A gossip message, and who was sent it.
#[derive(Clone, Debug)]
struct Letter {
    gossip: Arc<Gossip>,
    told: Nodes,
}

/// The world of one run.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) case: &'a Case,
    options: RunOptions,
    pub(super) spec: &'a ChainSpec,
    executions: Option<&'a Arc<dyn Executions>>,
    genesis: Hash,
    genesis_ms: u64,
    /// Events of a slot and node above which the run counts as running away.
    events_max: u64,
    /// Whether the run was stopped at a violation.
    stopped: bool,
    /// Milliseconds since the epoch that nodes are told.
    now: u64,
    end: u64,
    random: Random,
    queue: Queue,
    nodes: Vec<Node>,
    /// Which half of which twin a node is.
    twins: BTreeMap<usize, Twin>,
    byzantine: Nodes,
    kind: bool,
    /// Faults that last, by number.
    broken: BTreeSet<usize>,
    letters: VecDeque<Letter>,
    letters_before: u64,
    /// Parcels so far on each link.
    sent: Vec<u32>,
    transfers: Transfers,
    pub(super) judge: Judge,
    pub(super) reached: Reached,
    pub(super) states: BTreeSet<u64>,
    pub(super) steps: u64,
    trace: u64,
    pub(super) recorder: Option<Box<Recorder>>,
    /// Blocks by height, for adversaries to vote for.
    targets: VecDeque<serin_consensus::finality::BlockRef>,
}

/// One of two cores with the same keys.
#[derive(Clone, Copy, Debug)]
struct Twin {
    /// Whom the first half talks to.
    side: Nodes,
    first: bool,
}

impl<'a> World<'a> {
    pub(super) fn new(case: &'a Case, options: RunOptions, booted: &'a Booted) -> Self {
        let (spec, cores) = (&booted.spec, &booted.cores);
        let count = cores.len();
        let mut nodes: Vec<Node> =
            cores.iter().cloned().enumerate().map(|(at, core)| Node::new(core, at)).collect();
        let mut twins = BTreeMap::new();
        for adversary in &case.adversaries {
            let super::case::Attack::Twins { side } = adversary.kind else { continue };
            for validator in adversary.nodes.iter().filter(|at| *at < count) {
                if twins.contains_key(&validator) || nodes.len() >= super::case::NODES_MAX {
                    continue;
                }
                let Some(core) = cores.get(validator) else { continue };
                twins.insert(validator, Twin { side, first: true });
                twins.insert(nodes.len(), Twin { side, first: false });
                nodes.push(Node::new(core.clone(), validator));
            }
        }
        let genesis = nodes.first().and_then(|node| node.core.as_ref());
        let genesis = genesis.map(|core| *core.chain().genesis()).unwrap_or_default();
        let accounts = spec.balances.iter().map(|(account, _)| *account).collect();
        let genesis_ms = spec.params.genesis_time_ms.0;
        let links = nodes.len().saturating_mul(nodes.len());
        let length = u64::from(case.slots).saturating_mul(u64::from(case.slot_ms));
        let judge = Judge::new(case, spec, genesis);
        let recorder = options.record.then(|| Box::new(Recorder::new(case, &nodes)));
        Self {
            case,
            options,
            spec,
            executions: booted.executions.as_ref(),
            genesis,
            genesis_ms,
            events_max: EVENTS_MAX,
            stopped: false,
            now: genesis_ms,
            end: genesis_ms.saturating_add(length),
            random: Random::from_number(case.seed),
            queue: Queue::default(),
            nodes,
            twins,
            byzantine: case.byzantine(),
            kind: false,
            broken: BTreeSet::new(),
            letters: VecDeque::new(),
            letters_before: 0,
            sent: vec![0; links],
            transfers: Transfers::new(accounts),
            judge,
            reached: Reached::default(),
            states: BTreeSet::new(),
            steps: 0,
            trace: 0,
            recorder,
            targets: VecDeque::new(),
        }
    }

    /// Runs to the end, or to the first violation where asked for.
    pub(super) fn run(&mut self) {
        self.schedule();
        for node in 0..self.nodes.len() {
            self.give(node, Input::Wake);
        }
        for one in 0..self.nodes.len() {
            for other in 0..one {
                self.meet(one, other, true);
            }
        }
        let nodes = u64::try_from(self.nodes.len()).unwrap_or(1);
        let budget =
            self.events_max.saturating_mul(nodes).saturating_mul(u64::from(self.case.slots));
        let until = self.end.saturating_sub(1);
        let mut events = 0_u64;
        while let Some((at, happening)) = self.queue.pop(until) {
            self.now = at;
            self.happen(happening);
            events = events.saturating_add(1);
            if events > budget {
                self.judge.violate(
                    "bounded work",
                    format!("more than {budget} events"),
                    Vec::new(),
                );
                break;
            }
            if self.options.stop && self.judge.is_violated() {
                self.stopped = true;
                break;
            }
        }
        self.now = self.now.max(until);
    }

    /// The hash over all events so far.
    pub(super) const fn trace_hash(&self) -> u64 {
        self.trace
    }

    /// Milliseconds since the genesis time.
    pub(super) fn millis(&self) -> u32 {
        u32::try_from(self.now.saturating_sub(self.genesis_ms)).unwrap_or(u32::MAX)
    }

    fn schedule(&mut self) {
        let at = |ms: u32| self.genesis_ms.saturating_add(u64::from(ms));
        for (number, fault) in self.case.faults.iter().enumerate() {
            self.queue.push(at(fault.at_ms), Happening::Break(number));
            let end = fault.at_ms.saturating_add(fault.lasts_ms);
            self.queue.push(at(end), Happening::Mend(number));
        }
        for (number, clock) in self.case.clocks.iter().enumerate() {
            self.queue.push(at(clock.at_ms), Happening::Clock(number));
        }
        for load in &self.case.load {
            for turn in 0..u32::from(load.count) {
                let later = turn.saturating_mul(u32::from(self.case.slot_ms));
                self.queue.push(at(load.at_ms.saturating_add(later)), Happening::Load);
            }
        }
        let slot_ms = u64::from(self.case.slot_ms);
        let gst = u64::from(self.case.gst_slot).saturating_mul(slot_ms);
        self.queue.push(self.genesis_ms.saturating_add(gst), Happening::Kind);
        if self.options.novelty {
            self.queue.push(self.genesis_ms.saturating_add(slot_ms), Happening::Slot);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(node) => {
                let due = self.nodes.get(node).is_some_and(|node| node.wake_at == self.now);
                if due {
                    if let Some(node) = self.nodes.get_mut(node) {
                        node.wake_at = u64::MAX;
                    }
                    self.wake(node);
                }
            }
            Happening::Arrival { to, from, parcel, recorded } => {
                match self.worked_at(to.0, &parcel) {
                    Some(at) => {
                        self.queue.push(at, Happening::Worked { to, from, parcel, recorded });
                    }
                    None => self.arrive(to, from, parcel, recorded),
                }
            }
            Happening::Worked { to, from, parcel, recorded } => {
                self.arrive(to, from, parcel, recorded);
            }
            Happening::Break(number) => self.break_down(number),
            Happening::Mend(number) => self.mend(number),
            Happening::Clock(number) => self.set_clock(number),
            Happening::Load => self.hand_in(),
            Happening::Kind => self.become_kind(),
            Happening::Slot => {
                self.note_state();
                self.queue
                    .push(self.now.saturating_add(u64::from(self.case.slot_ms)), Happening::Slot);
            }
        }
    }

    /// The cores of the nodes that follow the rules and are up.
    pub(super) fn honest_cores(&self) -> Vec<(usize, &crate::sim::world::SimCore)> {
        let cores = self.nodes.iter().enumerate();
        let up = cores.filter_map(|(index, node)| Some((index, node.core.as_ref()?)));
        up.filter(|(index, _)| self.is_honest(*index)).collect()
    }

    /// Lets the judge look at the state in the middle of the run.
    fn keep_middle(&mut self) {
        let honest = (0..self.nodes.len()).find(|index| self.is_honest(*index));
        let core = honest.and_then(|index| self.nodes.get(index)?.core.as_ref());
        if let Some(core) = core {
            self.judge.on_middle(core);
        }
    }

    /// Judges how the run ended, unless it was stopped before: then nobody had the time to agree.
    pub(super) fn judge_end(&mut self) {
        if self.stopped {
            return;
        }
        let byzantine = self.byzantine;
        let cores = self.nodes.iter().enumerate();
        let up =
            cores.filter_map(|(index, node)| Some((index, node.validator, node.core.as_ref()?)));
        let honest = up.filter(|(_, validator, _)| !byzantine.has(*validator));
        let honest: Vec<(usize, &crate::sim::world::SimCore)> =
            honest.map(|(index, _, core)| (index, core)).collect();
        self.judge.at_end(&honest);
    }

    /// Whether a node follows the rules and its clock is right: whom liveness and blame are about.
    pub(super) fn is_honest(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| !self.byzantine.has(node.validator))
    }

    /// Gives a node an input, and carries out what it answers.
    fn give(&mut self, index: usize, input: Input) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(index) else { return };
        if let Some(waiting) = &mut node.paused {
            waiting.push(input);
            return;
        }
        let shown = node.clock(now);
        let Some(core) = node.core.as_mut() else { return };
        self.steps = self.steps.saturating_add(1);
        let effects = core.on_input(shown, input);
        if let Some(armed) = node.armed
            && node.core.as_ref().is_some_and(|core| core.layers().store().commits() > armed.commit)
        {
            self.fail_power(index);
            return;
        }
        let is_head = |effect: &Effect| matches!(effect, Effect::Notify(Notification::Head { .. }));
        let moved = effects.iter().any(is_head);
        for effect in effects {
            self.carry_out(index, effect);
        }
        if self.is_honest(index)
            && let Some(core) = self.nodes.get(index).and_then(|node| node.core.as_ref())
        {
            self.judge.on_done(index, moved, core);
        }
        self.ask_again(index);
    }

    /// A wake-up that came too early by a clock that was set back is still to come.
    fn ask_again(&mut self, index: usize) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(index) else { return };
        if node.wake_at == u64::MAX && node.asked != u64::MAX {
            node.wake_at = node.time_of(node.asked).max(now.saturating_add(1));
            self.queue.push(node.wake_at, Happening::Wake(index));
        }
    }

    fn carry_out(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Gossip(gossip) => self.gossip(index, gossip),
            Effect::Validate(id, Validation::Accept) => self.pass_on(index, id),
            Effect::Request { peer, id, request } => self.request(index, peer, id, request),
            Effect::Respond(AnswerId(answer), response) => {
                let asked = self.nodes.get_mut(index).and_then(|node| node.answers.remove(&answer));
                if let Some((to, life, id)) = asked
                    && self.life(to) == life
                {
                    let response = self.answered(index, response);
                    self.send(index, to, Parcel::Response(id, Ok(Box::new(response))), 0);
                }
            }
            Effect::WakeAt(at) => {
                let now = self.now;
                let Some(node) = self.nodes.get_mut(index) else { return };
                node.asked = at.0;
                let at = node.time_of(at.0).max(now);
                if node.wake_at != at {
                    node.wake_at = at;
                    self.queue.push(at, Happening::Wake(index));
                }
            }
            Effect::Notify(news) => self.on_news(index, &news),
            Effect::Punish(peer, offence) => {
                let Ok(punished) = usize::try_from(peer.0) else { return };
                let excused = self.is_excused(punished) || self.is_excused(index);
                if !excused && self.is_honest(punished) && self.is_honest(index) {
                    let what = format!("node {index} punishes node {punished}: {offence}");
                    self.judge.violate("no honest node is punished", what, Vec::new());
                }
            }
            Effect::Halt(reason) => {
                if self.is_honest(index) {
                    let what = format!("node {index} stops: {reason}");
                    self.judge.violate("no halt", what, Vec::new());
                }
            }
            Effect::Validate(..) | Effect::Reply(..) => {}
        }
    }

    fn on_news(&mut self, index: usize, news: &Notification) {
        let Some(validator) = self.nodes.get(index).map(|node| node.validator) else { return };
        let honest = !self.byzantine.has(validator);
        match news {
            Notification::Finalized(blocks) => {
                self.mark(
                    index,
                    Happened::Final,
                    blocks.last().map_or(0, |block| low(&block.hash)),
                );
                if honest && let Some(core) = self.nodes.get(index).and_then(|n| n.core.as_ref()) {
                    self.judge.on_final(index, blocks, core);
                    self.reached.add(&core::mem::take(&mut self.judge.reached));
                    self.reached.finalized = self
                        .reached
                        .finalized
                        .saturating_add(u64::try_from(blocks.len()).unwrap_or(0));
                }
            }
            Notification::Head { retracted, enacted, .. } => {
                self.mark(
                    index,
                    Happened::Head,
                    enacted.last().map_or(0, |block| low(&block.hash)),
                );
                if honest && let Some(core) = self.nodes.get(index).and_then(|n| n.core.as_ref()) {
                    let until = self.spec.params.slot_at(Millis(self.shown(index)));
                    self.judge.on_head(index, enacted, core, until);
                }
                if !retracted.is_empty() {
                    self.reached.reorganisation = self.reached.reorganisation.saturating_add(1);
                }
            }
            Notification::VoteEquivocation(evidence) => {
                self.reached.vote_equivocation = self.reached.vote_equivocation.saturating_add(1);
                if honest {
                    self.judge.on_vote_evidence(index, evidence);
                }
            }
            Notification::SealEquivocation(evidence) => {
                self.reached.seal_equivocation = self.reached.seal_equivocation.saturating_add(1);
                if honest {
                    self.judge.on_seal_evidence(index, evidence);
                }
            }
            Notification::SetChanged { .. } if honest => {
                self.reached.set_change = self.reached.set_change.saturating_add(1);
            }
            Notification::SetChanged { .. }
            | Notification::Pooled(_)
            | Notification::Dropped(..)
            | Notification::Outdated(_)
            | Notification::Joining(_)
            | Notification::PeerFailed(..) => {}
        }
        self.record_view(index);
    }

    /// Adds an event to the hash over all of them.
    fn mark(&mut self, index: usize, what: Happened, value: u64) {
        let node = u64::try_from(index).unwrap_or(u64::MAX);
        for part in [self.now, node.wrapping_shl(8) ^ what.code(), value] {
            self.trace = mix(self.trace, part);
        }
        self.record_mark(index, what, value);
    }

    /// What the clock of a node showed last.
    fn shown(&self, index: usize) -> u64 {
        self.nodes.get(index).map_or(0, Node::shown)
    }

    fn life(&self, index: usize) -> u32 {
        self.nodes.get(index).map_or(0, |node| node.life)
    }

    pub(super) fn recorded(&mut self) -> Option<Box<super::outcome::Record>> {
        self.recorder.take().map(|recorder| Box::new(recorder.record))
    }
}

/// The first eight bytes.
pub(super) fn low(hash: &Hash) -> u64 {
    hash.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// One step of a rolling 64-bit hash (the finaliser of `SplitMix64` over the sum).
pub(crate) const fn mix(hash: u64, value: u64) -> u64 {
    let sum = hash.rotate_left(5) ^ value;
    let one = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let two = (one ^ (one >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    two ^ (two >> 31)
}

fn message_id(number: u64) -> MessageId {
    MessageId(number)
}

fn peer_of(index: usize) -> Peer {
    Peer(u64::try_from(index).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
