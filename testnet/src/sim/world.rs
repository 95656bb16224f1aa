//! Nodes, links and virtual time.
//!
//! Gossip goes to every node that a link leads to; there is no relaying, so what a partition keeps out is healed by the
//! nodes themselves. Requests and answers take the same links. Time moves from event to event.

use super::book::Book;
use super::check::Checker;
use super::crypto::{SimSigner, SimVerifier};
use super::event::{Event, Happening, Parcel};
use super::executions::Shared;
use super::load::Load;
use super::load::traffic::Traffic;
use super::view::View;
use crate::mutants::{Seeded, SimStore};
use crate::scenario::Scenario;
use rayon::prelude::*;
use serin_consensus::finality::SignedVote;
use serin_network::message::{FinalityGossip, Gossip, Response};
use serin_network::peers::Offence;
use serin_network::requests::RequestFailure;
use serin_node::chain_spec::ChainSpec;
use serin_node::core::join::{Anchor, Join};
use serin_node::core::{AnswerId, Core, Effect, Executions, Input, MessageId, Notification, Peer};
use serin_node::runtime::Verified;
use serin_state::random::Random;
use serin_state::types::{AccountId, Hash, Millis, ProtocolVersion, PublicKey};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// A request without an answer ends after this long, in milliseconds, as in the network layer.
const REQUEST_TIMEOUT_MS: u64 = 10_000;

/// Somebody who is none of the nodes.
pub(super) const STRANGER: Peer = Peer(u64::MAX - 1);

pub(crate) type SimCore = Core<SimStore, SimSigner, SimVerifier>;
pub(super) type SimJoin = Join<SimStore, SimVerifier>;

/// A node and what survives its crash.
pub(super) struct Node {
    pub(super) core: Option<SimCore>,
    /// In place of the core, while it joins; with the signer that the core will have.
    pub(super) join: Option<Box<(SimJoin, SimSigner)>>,
    pub(super) disk: Option<(SimStore, SimSigner)>,
    /// Which life of the node this is: parcels of an earlier one are not heard.
    pub(super) life: u64,
    pub(super) paused: Option<Vec<Input>>,
    pub(super) wake_at: Option<u64>,
    messages: u64,
    sent: u64,
    /// Requests of peers that wait for an answer: who asked, in which life, and their number.
    pub(super) answers: BTreeMap<u64, (usize, u64, u64)>,
    pub(super) traces: Vec<Hash>,
}

/// The world.
pub(super) struct World {
    pub(super) now_ms: u64,
    pub(super) checker: Checker,
    pub(super) spec: ChainSpec,
    pub(super) genesis: Hash,
    pub(super) scenario: Scenario,
    pub(super) random: Random,
    queue: BinaryHeap<Event>,
    sequence: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) cut: BTreeSet<(usize, usize)>,
    pub(super) load: Load,
    pub(super) traffic: Traffic,
    /// What the final blocks of the first node say.
    pub(super) book: Book,
    /// Seal keys with which somebody sealed twice on purpose.
    pub(super) twins: BTreeSet<PublicKey>,
    threads: Option<rayon::ThreadPool>,
    pub(super) tickets: u64,
    /// What blocks do, worked out once for all nodes; not with a seeded bug.
    pub(super) executions: Option<Arc<dyn Executions>>,
    /// What joining nodes rely on.
    pub(super) anchor: Anchor,
    /// Nodes that lie, and what they make of their answers.
    pub(super) liars: BTreeMap<usize, Lie>,
    /// Who was punished for what, in order; an honest node never is.
    pub(super) punished: Vec<(usize, usize, Offence)>,
}

/// What a liar makes of an answer that its honest core gave.
pub(super) type Lie = fn(Response) -> Response;

impl World {
    pub(super) fn new(
        scenario: Scenario,
        spec: ChainSpec,
        seed: u64,
        threads: usize,
        mutant: Seeded,
    ) -> Result<Self, String> {
        let genesis = spec.genesis().hash;
        let all = u32::try_from(spec.validators.len()).unwrap_or(u32::MAX);
        let own = scenario.nodes.iter().filter(|node| node.validator).count();
        let mut validators = 0_u32;
        let mut nodes = Vec::new();
        for node in &scenario.nodes {
            let signer = if node.validator {
                let number = validators;
                validators = validators.saturating_add(1);
                let signer = SimSigner::validator(number);
                if scenario.views.is_some() {
                    let sharing = (number..all).step_by(own);
                    signer.with_view(View::new(sharing, genesis, spec.rules.lottery))
                } else {
                    signer
                }
            } else {
                SimSigner::observer()
            };
            let signer = signer.with_mutant(mutant);
            nodes.push(Node::new(SimStore::default().with_mutant(mutant), signer));
        }
        let accounts: Vec<AccountId> = spec.balances.iter().map(|(account, _)| *account).collect();
        let random = Random::from_number(seed);
        let traffic = Traffic::new(random, &accounts, spec.validators.len(), spec.root);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let threads =
            if threads > 1 { Some(pool.map_err(|error| error.to_string())?) } else { None };
        let mut world = Self {
            now_ms: spec.params.genesis_time_ms.0,
            checker: Checker::new(traffic.names()),
            spec,
            genesis,
            scenario,
            random,
            queue: BinaryHeap::new(),
            sequence: 0,
            nodes,
            cut: BTreeSet::new(),
            load: Load::new(accounts),
            traffic,
            book: Book::default(),
            twins: BTreeSet::new(),
            threads,
            tickets: 0,
            executions: (mutant == Seeded(None)).then(Shared::keeper),
            anchor: Anchor::Genesis,
            liars: BTreeMap::new(),
            punished: Vec::new(),
        };
        for index in 0..world.nodes.len() {
            if world.scenario.nodes.get(index).is_some_and(|node| !node.late) {
                world.boot(index)?;
            }
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
                other @ (Happening::Act(_)
                | Happening::PowerLoss(_)
                | Happening::Load(_)
                | Happening::Traffic(_)
                | Happening::Twin
                | Happening::Judge(_)) => {
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
        if node.life != life || !node.is_up() {
            return;
        }
        let peer = peer_of(from);
        let input = match parcel {
            Parcel::Gossip(_) | Parcel::Request(..) if is_cut => return,
            Parcel::Gossip(gossip) => {
                node.messages = node.messages.saturating_add(1);
                {
                    let core = node.core.as_ref();
                    let version = core.map_or(ProtocolVersion::ZERO, SimCore::next_version);
                    let id = MessageId(node.messages);
                    gossip_input((peer, id), &gossip, &self.genesis, version)
                }
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
    pub(super) fn work(&mut self, inputs: BTreeMap<usize, Vec<Input>>) {
        if inputs.is_empty() {
            return;
        }
        let now = Millis(self.now_ms);
        let mut jobs: Vec<(usize, &mut SimCore, Vec<Input>)> = Vec::new();
        let mut waiting = inputs;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if let Some(core) = node.core.as_mut()
                && let Some(inputs) = waiting.remove(&index)
            {
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
        for (index, inputs) in waiting {
            self.work_joining(index, inputs);
        }
    }

    pub(super) fn carry_out(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Gossip(gossip) => {
                let others = self.say_with(index, &gossip);
                self.gossip(index, gossip, false);
                for vote in others {
                    let vote = Gossip::Finality(FinalityGossip::Vote(vote));
                    self.gossip(index, vote, true);
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
                let response = match self.liars.get(&index) {
                    Some(lie) => lie(response),
                    None => response,
                };
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
                if index == 0 {
                    self.keep_book(&blocks);
                }
            }
            Effect::Notify(Notification::VoteEquivocation(evidence)) => {
                let what = format!("{:?} voted twice", evidence.first.voter);
                self.checker.violate("own votes", what);
            }
            Effect::Notify(Notification::SealEquivocation(evidence))
                if self.twins.contains(&evidence.author) => {}
            Effect::Notify(Notification::SealEquivocation(evidence)) => {
                let what = format!("{:?} sealed two blocks for a slot", evidence.author);
                self.checker.violate("own votes", what);
            }
            Effect::Punish(peer, offence) => {
                let punished = index_of(peer).unwrap_or(usize::MAX);
                self.punished.push((index, punished, offence));
                if self.liars.contains_key(&punished) || peer == STRANGER {
                    return;
                }
                let what = format!("node {index} punishes {peer:?}: {offence}");
                self.checker.violate("no honest node is punished", what);
            }
            Effect::Halt(reason) => {
                self.checker.violate("no halt", format!("node {index}: {reason}"));
            }
            Effect::Validate(..) | Effect::Reply(..) | Effect::Notify(_) => {}
        }
    }

    /// What those say too who share the view of this node.
    fn say_with(&self, index: usize, gossip: &Gossip) -> Vec<SignedVote> {
        let core = self.nodes.get(index).and_then(|node| node.core.as_ref());
        match (core, gossip) {
            (Some(core), Gossip::Finality(FinalityGossip::Vote(vote))) => {
                core.signer().others(vote)
            }
            (Some(_) | None, _) => Vec::new(),
        }
    }

    /// Tells all others, and the node itself where it is not its own word.
    fn gossip(&mut self, index: usize, gossip: Gossip, itself: bool) {
        let gossip = Arc::new(gossip);
        for to in 0..self.nodes.len() {
            if to != index || itself {
                self.send(index, to, Parcel::Gossip(Arc::clone(&gossip)));
            }
        }
    }

    /// Sends a parcel over the link, if it is not cut and the parcel not lost.
    fn send(&mut self, from: usize, to: usize, parcel: Parcel) {
        if self.is_cut(from, to) || !self.is_up(to) {
            return;
        }
        let link = self.scenario.link(from, to);
        let Some(node) = self.nodes.get_mut(from) else { return };
        node.sent = node.sent.saturating_add(1);
        let (sender, sequence) = (u64::try_from(from).unwrap_or(0), node.sent);
        if link.loss_ppm > 0 && self.random.draw("loss", sender, sequence).chance_ppm(link.loss_ppm)
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

    pub(super) fn is_up(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(Node::is_up)
    }

    fn life(&self, index: usize) -> u64 {
        self.nodes.get(index).map_or(0, |node| node.life)
    }

    pub(super) fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cut.contains(&(one.min(other), one.max(other)))
    }

    /// Nodes that are up.
    pub(super) fn cores(&self) -> impl Iterator<Item = (usize, &SimCore)> {
        let up = self.nodes.iter().enumerate();
        up.filter_map(|(index, node)| node.core.as_ref().map(|core| (index, core)))
    }

    /// Looks into the final states of all nodes that are up.
    pub(super) fn check_states(&mut self) {
        self.check_supply();
        let stores: Vec<(usize, SimStore)> =
            self.cores().map(|(index, core)| (index, core.layers().store().clone())).collect();
        for (index, store) in stores {
            self.checker.on_state(index, &store);
        }
    }

    /// The hash over everything that every node of every life took in and gave out.
    pub(super) fn trace_hash(&self) -> Hash {
        let of_node = |node: &Node| {
            let live = node.core.as_ref().and_then(SimCore::trace);
            node.traces.iter().copied().chain(live).collect::<Vec<Hash>>()
        };
        let all: Vec<Hash> = self.nodes.iter().flat_map(of_node).collect();
        Hash::of(&serin_state::codec::encode(&all))
    }
}

impl Node {
    fn new(store: SimStore, signer: SimSigner) -> Self {
        Self {
            core: None,
            join: None,
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

    /// Whether it hears what is sent to it.
    pub(super) const fn is_up(&self) -> bool {
        self.core.is_some() || self.join.is_some()
    }

    /// Takes an input now, or later where the node stands still.
    pub(super) fn hear(
        &mut self,
        input: Input,
        index: usize,
        inputs: &mut BTreeMap<usize, Vec<Input>>,
    ) {
        match &mut self.paused {
            Some(waiting) => waiting.push(input),
            None => inputs.entry(index).or_default().push(input),
        }
    }
}

pub(super) fn peer_of(index: usize) -> Peer {
    Peer(u64::try_from(index).unwrap_or(u64::MAX))
}

fn index_of(peer: Peer) -> Option<usize> {
    usize::try_from(peer.0).ok()
}

/// What a node hears of a gossip message; nothing where a signature in it does not hold.
pub(crate) fn gossip_input(
    (from, id): (Peer, MessageId),
    gossip: &Gossip,
    genesis: &Hash,
    version: ProtocolVersion,
) -> Option<Input> {
    match gossip {
        Gossip::Block(announcement) => {
            Some(Input::Announcement { from, id, announcement: announcement.clone() })
        }
        Gossip::Finality(message) => Some(Input::Finality { from, id, message: message.clone() }),
        Gossip::Transactions(list) => {
            let list: Result<Vec<_>, _> = list
                .0
                .iter()
                .map(|one| Verified::check_near(&SimVerifier, one.clone(), genesis, version))
                .collect();
            Some(Input::Transactions { from, id, list: list.ok()? })
        }
    }
}
