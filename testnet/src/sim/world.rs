//! Nodes, links and virtual time.
//!
//! Gossip goes to every node that a link leads to; there is no relaying, so what a partition keeps out is healed by the
//! nodes themselves. Requests and answers take the same links. Time moves from event to event.

use super::check::Checker;
use super::crypto::{SimSigner, SimVerifier};
use super::event::{Event, Happening, Parcel};
use super::load::Load;
use crate::scenario::{Action, Scenario};
use rayon::prelude::*;
use serin_network::requests::RequestFailure;
use serin_node::chain_spec::ChainSpec;
use serin_node::core::{
    AnswerId, Core, Effect, Input, MessageId, Notification, Peer, Ticket,
};
use serin_node::runtime::Verified;
use serin_state::random::Random;
use serin_state::store::FaultyStore;
use serin_state::types::{Hash, Millis};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// A request without an answer ends after this long, in milliseconds, as in the network layer.
const REQUEST_TIMEOUT_MS: u64 = 10_000;

type SimCore = Core<FaultyStore, SimSigner, SimVerifier>;

/// A node and what survives its crash.
struct Node {
    core: Option<SimCore>,
    disk: Option<(FaultyStore, SimSigner)>,
    /// Which life of the node this is: parcels of an earlier one are not heard.
    life: u64,
    paused: Option<Vec<Input>>,
    wake_at: Option<u64>,
    messages: u64,
    sent: u64,
    /// Requests of peers that wait for an answer: who asked, in which life, and their number.
    answers: BTreeMap<u64, (usize, u64, u64)>,
    traces: Vec<Hash>,
}

/// The world.
pub(super) struct World {
    pub(super) now_ms: u64,
    pub(super) checker: Checker,
    spec: ChainSpec,
    genesis: Hash,
    scenario: Scenario,
    random: Random,
    queue: BinaryHeap<Event>,
    sequence: u64,
    nodes: Vec<Node>,
    cut: BTreeSet<(usize, usize)>,
    load: Load,
    threads: Option<rayon::ThreadPool>,
    tickets: u64,
}

impl World {
    pub(super) fn new(
        scenario: Scenario,
        spec: ChainSpec,
        seed: u64,
        threads: usize,
    ) -> Result<Self, String> {
        let mut validators = 0_u32;
        let mut nodes = Vec::new();
        for node in &scenario.nodes {
            let signer = if node.validator {
                validators = validators.saturating_add(1);
                SimSigner::validator(validators.saturating_sub(1))
            } else {
                SimSigner::observer()
            };
            nodes.push(Node::new(FaultyStore::new(), signer));
        }
        let genesis = spec.genesis().hash;
        let accounts = spec.balances.iter().map(|(account, _)| *account).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = if threads > 1 { Some(pool.map_err(|error| error.to_string())?) } else { None };
        let mut world = Self {
            now_ms: spec.params.genesis_time_ms.0,
            checker: Checker::default(),
            spec,
            genesis,
            scenario,
            random: Random::from_number(seed),
            queue: BinaryHeap::new(),
            sequence: 0,
            nodes,
            cut: BTreeSet::new(),
            load: Load::new(accounts),
            threads,
            tickets: 0,
        };
        for index in 0..world.nodes.len() {
            world.boot(index)?;
        }
        Ok(world)
    }

    pub(super) fn schedule(&mut self, at_ms: u64, happening: Happening) {
        self.sequence = self.sequence.saturating_add(1);
        self.queue.push(Event { at_ms, sequence: self.sequence, happening });
    }

    /// Moves to the next time at which something happens, up to `until_ms`; false when there is nothing more.
    pub(super) fn step(&mut self, until_ms: u64) -> bool {
        let Some(at_ms) = self.queue.peek().map(|event| event.at_ms).filter(|at| *at <= until_ms)
        else {
            self.now_ms = until_ms;
            return false;
        };
        self.now_ms = at_ms;
        let mut inputs: BTreeMap<usize, Vec<Input>> = BTreeMap::new();
        while let Some(event) = self.queue.peek().filter(|event| event.at_ms == at_ms) {
            let happening = event.happening.clone();
            self.queue.pop();
            match happening {
                Happening::Wake(node) => self.on_wake(node, &mut inputs),
                Happening::Arrival { to, from, parcel } => {
                    self.on_arrival(to, from, parcel, &mut inputs);
                }
                other => {
                    self.work(core::mem::take(&mut inputs));
                    self.act(other);
                }
            }
        }
        self.work(inputs);
        true
    }

    fn on_wake(&mut self, index: usize, inputs: &mut BTreeMap<usize, Vec<Input>>) {
        let now = self.now_ms;
        let Some(node) = self.nodes.get_mut(index) else { return };
        if node.wake_at == Some(now) {
            node.wake_at = None;
            node.hear(Input::Wake, index, inputs);
        }
    }

    fn on_arrival(
        &mut self,
        (to, life): (usize, u64),
        (from, from_life): (usize, u64),
        parcel: Parcel,
        inputs: &mut BTreeMap<usize, Vec<Input>>,
    ) {
        let is_cut = self.is_cut(from, to);
        let Some(node) = self.nodes.get_mut(to) else { return };
        if node.life != life || node.core.is_none() {
            return;
        }
        let peer = peer_of(from);
        let input = match parcel {
            Parcel::Gossip(_) | Parcel::Request(..) if is_cut => return,
            Parcel::Gossip(gossip) => {
                node.messages = node.messages.saturating_add(1);
                gossip_input(peer, MessageId(node.messages), &gossip, &self.genesis)
            }
            Parcel::Request(id, request) => {
                node.messages = node.messages.saturating_add(1);
                node.answers.insert(node.messages, (from, from_life, id));
                Some(Input::Request { from: peer, id: AnswerId(node.messages), request })
            }
            Parcel::Response(id, result) => Some(Input::Response { from: peer, id, result }),
        };
        if let Some(input) = input {
            node.hear(input, to, inputs);
        }
    }

    /// Lets every node work off its inputs; on several threads where there are several nodes.
    fn work(&mut self, inputs: BTreeMap<usize, Vec<Input>>) {
        if inputs.is_empty() {
            return;
        }
        let now = Millis(self.now_ms);
        let mut jobs: Vec<(usize, &mut SimCore, Vec<Input>)> = Vec::new();
        let mut waiting = inputs;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if let (Some(inputs), Some(core)) = (waiting.remove(&index), node.core.as_mut()) {
                jobs.push((index, core, inputs));
            }
        }
        let run = |(index, core, inputs): (usize, &mut SimCore, Vec<Input>)| {
            let effects = inputs.into_iter().flat_map(|input| core.on_input(now, input)).collect();
            (index, effects)
        };
        let done: Vec<(usize, Vec<Effect>)> = match &self.threads {
            Some(pool) if jobs.len() > 1 => {
                pool.install(|| jobs.into_par_iter().map(run).collect())
            }
            Some(_) | None => jobs.into_iter().map(run).collect(),
        };
        for (index, effects) in done {
            for effect in effects {
                self.carry_out(index, effect);
            }
        }
    }

    fn carry_out(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Gossip(gossip) => {
                let gossip = Arc::new(gossip);
                for to in 0..self.nodes.len() {
                    if to != index {
                        self.send(index, to, Parcel::Gossip(Arc::clone(&gossip)));
                    }
                }
            }
            Effect::Request { peer, id, request } => {
                if let Some(to) = index_of(peer) {
                    self.send(index, to, Parcel::Request(id, request));
                    let life = self.life(index);
                    let failed = Parcel::Response(id, Err(RequestFailure::Timeout));
                    let at = self.now_ms.saturating_add(REQUEST_TIMEOUT_MS);
                    let (to, from) = ((index, life), (to, self.life(to)));
                    self.schedule(at, Happening::Arrival { to, from, parcel: failed });
                }
            }
            Effect::Respond(AnswerId(answer), response) => {
                let asked = self.nodes.get_mut(index).and_then(|node| node.answers.remove(&answer));
                if let Some((to, life, id)) = asked
                    && self.life(to) == life
                {
                    self.send(index, to, Parcel::Response(id, Ok(response)));
                }
            }
            Effect::WakeAt(Millis(at)) => {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.wake_at = Some(at.max(self.now_ms));
                }
                self.schedule(at.max(self.now_ms), Happening::Wake(index));
            }
            Effect::Notify(Notification::Finalized(blocks)) => {
                self.checker.on_final(index, &blocks);
            }
            Effect::Notify(Notification::VoteEquivocation(evidence)) => {
                let what = format!("{:?} voted twice", evidence.first.voter);
                self.checker.violate("own votes", what);
            }
            Effect::Notify(Notification::SealEquivocation(evidence)) => {
                let what = format!("{:?} sealed two blocks for a slot", evidence.author);
                self.checker.violate("own votes", what);
            }
            Effect::Punish(peer, offence) => {
                let what = format!("node {index} punishes {peer:?}: {offence}");
                self.checker.violate("no honest node is punished", what);
            }
            Effect::Halt(reason) => {
                self.checker.violate("no halt", format!("node {index}: {reason}"));
            }
            Effect::Validate(..) | Effect::Reply(..) | Effect::Notify(_) => {}
        }
    }

    /// Sends a parcel over the link, if it is not cut and the parcel not lost.
    fn send(&mut self, from: usize, to: usize, parcel: Parcel) {
        if self.is_cut(from, to) || self.nodes.get(to).is_none_or(|node| node.core.is_none()) {
            return;
        }
        let link = self.scenario.link(from, to);
        let Some(node) = self.nodes.get_mut(from) else { return };
        node.sent = node.sent.saturating_add(1);
        let (sender, sequence) = (u64::try_from(from).unwrap_or(0), node.sent);
        if link.loss_ppm > 0
            && self.random.draw("loss", sender, sequence).chance_ppm(link.loss_ppm)
        {
            return;
        }
        let jitter = if link.jitter_ms > 0 {
            self.random.draw("jitter", sender, sequence).below(link.jitter_ms.saturating_add(1))
        } else {
            0
        };
        let at = self.now_ms.saturating_add(link.delay_ms.max(1)).saturating_add(jitter);
        let (to, from) = ((to, self.life(to)), (from, self.life(from)));
        self.schedule(at, Happening::Arrival { to, from, parcel });
    }

    fn life(&self, index: usize) -> u64 {
        self.nodes.get(index).map_or(0, |node| node.life)
    }

    fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cut.contains(&(one.min(other), one.max(other)))
    }

    fn act(&mut self, happening: Happening) {
        match happening {
            Happening::Act(action) => self.carry_out_action(&action),
            Happening::PowerLoss(index) => self.crash(index, true),
            Happening::Load(count) => self.hand_in(count),
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
        let up = |index: usize| self.nodes.get(index).is_some_and(|node| node.core.is_some());
        if !up(one) || !up(other) {
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
        let Some(core) = node.core.take() else { return };
        node.traces.extend(core.trace().map(|trace| trace.0));
        let (mut store, signer) = core.into_parts();
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
            if let Some(node) = self.nodes.get_mut(other).filter(|node| node.core.is_some()) {
                node.hear(Input::PeerDisconnected(peer_of(index)), other, &mut inputs);
            }
            self.work(inputs);
        }
    }

    /// Starts a node on its disk, and connects it with everybody it can reach.
    fn boot(&mut self, index: usize) -> Result<(), String> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some((store, signer)) = node.disk.take() else { return Ok(()) };
        let core = Core::start(self.spec.clone(), store, signer, SimVerifier, true)
            .map_err(|error| format!("node {index} cannot start: {error}"))?;
        self.checker.on_restart(index, core.finalized());
        node.core = Some(core);
        self.work(BTreeMap::from([(index, vec![Input::Wake])]));
        for other in 0..self.nodes.len() {
            if other != index && !self.is_cut(index, other) {
                self.meet(index, other, true);
            }
        }
        Ok(())
    }

    /// Hands in transfers at the nodes in turn; one that is down loses its part.
    fn hand_in(&mut self, count: u32) {
        let slot = self.spec.params.slot_at(Millis(self.now_ms));
        for _ in 0..count {
            let Some((turn, transaction)) = self.load.next(&self.genesis, slot) else { return };
            let up: Vec<usize> = (0..self.nodes.len())
                .filter(|index| self.nodes.get(*index).is_some_and(|node| node.core.is_some()))
                .collect();
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
    }

    fn judge(&mut self, number: usize) {
        let Some(expectation) = self.scenario.expectations.get(number).cloned() else { return };
        let measure = |core: &SimCore| match expectation.what {
            crate::scenario::Measure::Best => u64::from(core.head().height.0),
            crate::scenario::Measure::Finalized => u64::from(core.finalized().height.0),
            crate::scenario::Measure::Epoch => core.session().map_or(0, |s| s.epoch().0),
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

    /// Nodes that are up.
    pub(super) fn cores(&self) -> impl Iterator<Item = (usize, &SimCore)> {
        let up = self.nodes.iter().enumerate();
        up.filter_map(|(index, node)| node.core.as_ref().map(|core| (index, core)))
    }

    /// Looks into the final states of all nodes that are up.
    pub(super) fn check_states(&mut self) {
        let stores: Vec<(usize, FaultyStore)> =
            self.cores().map(|(index, core)| (index, core.layers().store().clone())).collect();
        for (index, store) in stores {
            self.checker.on_state(index, &store);
        }
    }

    /// The hash over everything that every node of every life took in and gave out.
    pub(super) fn trace_hash(&self) -> Hash {
        let of_node = |node: &Node| {
            let live = node.core.as_ref().and_then(SimCore::trace).map(|trace| trace.0);
            node.traces.iter().copied().chain(live).collect::<Vec<Hash>>()
        };
        let all: Vec<Hash> = self.nodes.iter().flat_map(of_node).collect();
        Hash::of(&serin_state::codec::encode(&all))
    }
}

impl Node {
    fn new(store: FaultyStore, signer: SimSigner) -> Self {
        Self {
            core: None,
            disk: Some((store, signer)),
            life: 0,
            paused: None,
            wake_at: None,
            messages: 0,
            sent: 0,
            answers: BTreeMap::new(),
            traces: Vec::new(),
        }
    }

    /// Takes an input now, or later where the node stands still.
    fn hear(&mut self, input: Input, index: usize, inputs: &mut BTreeMap<usize, Vec<Input>>) {
        match &mut self.paused {
            Some(waiting) => waiting.push(input),
            None => inputs.entry(index).or_default().push(input),
        }
    }
}

fn peer_of(index: usize) -> Peer {
    Peer(u64::try_from(index).unwrap_or(u64::MAX))
}

fn index_of(peer: Peer) -> Option<usize> {
    usize::try_from(peer.0).ok()
}

fn gossip_input(
    from: Peer,
    id: MessageId,
    gossip: &serin_network::message::Gossip,
    genesis: &Hash,
) -> Option<Input> {
    use serin_network::message::Gossip;
    match gossip {
        Gossip::Block(announcement) => {
            Some(Input::Announcement { from, id, announcement: announcement.clone() })
        }
        Gossip::Finality(message) => {
            Some(Input::Finality { from, id, message: message.clone() })
        }
        Gossip::Transactions(list) => {
            let version = serin_node::runtime::PROTOCOL_VERSION;
            let list: Result<Vec<_>, _> = list
                .0
                .iter()
                .map(|one| Verified::check_with(&SimVerifier, one.clone(), genesis, version))
                .collect();
            Some(Input::Transactions { from, id, list: list.ok()? })
        }
    }
}
