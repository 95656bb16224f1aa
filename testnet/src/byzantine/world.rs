//! The network of an attack: nodes, virtual time, messages on their way, and what the adversary does to them.
//!
//! # Inputs and outputs
//! Events in order of their time: deliveries, wake-ups, slots, statuses, crashes. Outputs: the nodes' logs and proofs,
//! and for the adversary every vote that an honest node just sent.
//!
//! # Invariants
//! 1. Equal seeds give equal runs: nothing but the seed and the counters here decide.
//! 2. No honest voter signs two votes for one set, round and stage.
//! 3. What is cut is kept back, not lost, if the run says so: the network is asynchronous, not broken.
//!
//! # Bounds
//! [`EVENTS_MAX`] events a run; [`KEPT_BACK_MAX`] messages kept back.

use super::blocks::{Blocks, Seen};
use super::node::Node;
use crate::sim::crypto::{SimSigner, SimVerifier};
use serin_consensus::finality::voter::{
    Context, Output, Peer, Voter, VoterConfig, VoterRequest, VoterStatus,
};
use serin_consensus::finality::{BlockRef, CatchUp, Justification, SignedVote, Stage};
use serin_state::random::Random;
use serin_state::types::{Millis, PublicKey, Round, SetId};
use std::collections::BTreeMap;

/// Most events of a run; a run that needs more ends there.
pub(super) const EVENTS_MAX: usize = 60_000;
/// Most messages that are kept back until the network heals.
const KEPT_BACK_MAX: usize = 4_000;
/// Time between two statuses of a node.
const STATUS_MS: u64 = 300;
/// T, the gossip delay that voters wait for.
pub(super) const GOSSIP_MS: u64 = 100;

/// What one node sends to another.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Block(usize),
    Vote(SignedVote),
    Commit(Box<Justification>),
    Status(Box<VoterStatus>),
    Request(Box<VoterRequest>),
    Votes(Vec<SignedVote>),
    CatchUp(Option<Box<CatchUp>>),
}

/// What happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Deliver {
        from: usize,
        to: usize,
        message: Message,
    },
    Wake(usize),
    /// Somebody of the group makes a block.
    Slot(usize),
    Status,
    Crash(usize),
    Restart(usize),
    /// The adversary's next step.
    Act(usize),
}

/// What does not pass between the groups.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    pub(super) blocks: bool,
    /// Hints and prevotes; precommits.
    pub(super) votes: [bool; 2],
    /// Proofs of finality, statuses, requests and answers.
    pub(super) rest: bool,
    /// Whether what is cut arrives once the network heals.
    pub(super) keeps_back: bool,
}

/// How links and slots are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Least delay of a message, and how much may be added to it.
    pub(super) delay_ms: (u64, u64),
    /// Of each group.
    pub(super) slot_ms: [u64; 2],
}

/// The network.
#[derive(Debug)]
pub(super) struct World {
    random: Random,
    pub(super) config: VoterConfig,
    pace: Pace,
    pub(super) blocks: Blocks,
    pub(super) nodes: Vec<Node>,
    pub(super) now: u64,
    pub(super) cut: Cut,
    /// Groups that make no blocks for the moment.
    pub(super) rests: [bool; 2],
    queue: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    sent: u64,
    slots: u64,
    kept_back: Vec<(usize, usize, Message)>,
    /// Votes that honest nodes sent and the adversary has not looked at: sender and vote.
    pub(super) heard: Vec<(usize, SignedVote)>,
    signed: BTreeMap<(PublicKey, SetId, Round, Stage), BlockRef>,
    /// Every valid proof that some honest node made or was shown, each once.
    pub(super) proofs: Vec<Justification>,
}

impl World {
    /// A network at genesis whose nodes are all in group 0.
    pub(super) fn new(seed: Random, config: VoterConfig, pace: Pace, blocks: Blocks) -> Self {
        let mut world = Self {
            random: seed,
            config,
            pace,
            blocks,
            nodes: Vec::new(),
            now: 1_000,
            cut: Cut::default(),
            rests: [false; 2],
            queue: BTreeMap::new(),
            sequence: 0,
            sent: 0,
            slots: 0,
            kept_back: Vec::new(),
            heard: Vec::new(),
            signed: BTreeMap::new(),
            proofs: Vec::new(),
        };
        world.after(50, Event::Slot(0));
        world.after(STATUS_MS, Event::Status);
        world
    }

    /// Schedules an event.
    pub(super) fn after(&mut self, ms: u64, event: Event) {
        self.sequence = self.sequence.saturating_add(1);
        self.queue.insert((self.now.saturating_add(ms), self.sequence), event);
    }

    /// Takes the next event that is due by `end`.
    pub(super) fn next(&mut self, end: u64) -> Option<Event> {
        let (&(at, sequence), _) = self.queue.first_key_value()?;
        if at > end {
            return None;
        }
        self.now = at;
        self.queue.remove(&(at, sequence))
    }

    /// Carries out an event; steps of the adversary are the caller's.
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, message } => self.deliver(from, to, message),
            Event::Wake(node) => {
                self.with(node, |voter, context| ((), voter.on_wake(context)));
            }
            Event::Slot(group) => self.slot(group),
            Event::Status => self.status(),
            Event::Crash(node) => {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.crash();
                }
            }
            Event::Restart(number) => {
                if let Some(node) = self.nodes.get_mut(number).filter(|node| !node.is_up) {
                    node.restart(self.config, &self.blocks);
                    self.with(number, |voter, context| ((), voter.on_wake(context)));
                }
            }
            Event::Act(_) => {}
        }
    }

    // --- blocks ---------------------------------------------------------------------------------

    fn slot(&mut self, group: usize) {
        let pause = self.pace.slot_ms.get(group).copied().unwrap_or(500);
        self.after(pause, Event::Slot(group));
        self.slots = self.slots.saturating_add(1);
        let authors: Vec<usize> =
            self.members(group).filter(|at| self.nodes.get(*at).is_some_and(|n| n.is_up)).collect();
        let drawn = self.random.draw("author", 0, self.slots);
        let Some(author) = drawn.pick(&authors).copied() else { return };
        let Some(view) = self.nodes.get(author).map(|node| node.view) else { return };
        if self.blocks.has_room() && self.rests.get(group) == Some(&false) {
            let parent = view.best(&self.blocks, view.last());
            let block = self.blocks.grow(parent, None);
            self.give(author, block);
            self.broadcast(author, &Message::Block(block));
        }
    }

    /// The nodes of a group.
    pub(super) fn members(&self, group: usize) -> impl Iterator<Item = usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.group == group).map(|(at, _)| at)
    }

    /// Gives a block to a node, with those that waited for it.
    pub(super) fn give(&mut self, number: usize, block: usize) {
        let mut ready = vec![block];
        let mut grew = false;
        while let Some(block) = ready.pop() {
            let Some(node) = self.nodes.get_mut(number).filter(|node| node.is_up) else { return };
            if node.view.has(block) {
                continue;
            }
            if !node.view.insert(&self.blocks, block) {
                node.orphans.push(block);
                continue;
            }
            grew = true;
            let blocks = &self.blocks;
            let (follow, wait): (Vec<usize>, Vec<usize>) =
                node.orphans.iter().partition(|waiting| blocks.parent(**waiting) == block);
            node.orphans = wait;
            ready.extend(follow);
        }
        if grew {
            self.with(number, |voter, context| ((), voter.on_block(context)));
        }
    }

    /// Gives a block with all its ancestors to every node of a group.
    pub(super) fn give_chain(&mut self, group: usize, block: usize) {
        let members: Vec<usize> = self.members(group).collect();
        for node in members {
            let mut way = Vec::new();
            let mut at = block;
            while at != 0 && self.nodes.get(node).is_some_and(|node| !node.view.has(at)) {
                way.push(at);
                at = self.blocks.parent(at);
            }
            for block in way.into_iter().rev() {
                self.give(node, block);
            }
        }
    }

    // --- messages -------------------------------------------------------------------------------

    fn is_cut(&self, message: &Message) -> bool {
        match message {
            Message::Block(_) => self.cut.blocks,
            Message::Vote(vote) => match vote.vote.stage {
                Stage::Prevote | Stage::Primary => self.cut.votes[0],
                Stage::Precommit => self.cut.votes[1],
            },
            Message::Commit(_)
            | Message::Status(_)
            | Message::Request(_)
            | Message::Votes(_)
            | Message::CatchUp(_) => self.cut.rest,
        }
    }

    pub(super) fn broadcast(&mut self, from: usize, message: &Message) {
        for to in 0..self.nodes.len() {
            self.send(from, to, message.clone());
        }
    }

    pub(super) fn send(&mut self, from: usize, to: usize, message: Message) {
        let group = |at: usize| self.nodes.get(at).map(|node| node.group);
        if from == to || group(to).is_none() {
            return;
        }
        if group(from) != group(to) && self.is_cut(&message) {
            if self.cut.keeps_back && self.kept_back.len() < KEPT_BACK_MAX {
                self.kept_back.push((from, to, message));
            }
            return;
        }
        let delay = self.delay(from, to);
        self.after(delay, Event::Deliver { from, to, message });
    }

    /// Drawn for every message alone.
    fn delay(&mut self, from: usize, to: usize) -> u64 {
        self.sent = self.sent.saturating_add(1);
        let link = u64::try_from(from.saturating_mul(64).saturating_add(to)).unwrap_or(0);
        let drawn = self.random.draw("delay", link, self.sent);
        let (least_ms, spread_ms) = self.pace.delay_ms;
        least_ms.saturating_add(drawn.below(spread_ms.saturating_add(1)))
    }

    /// Ends the partition; what was kept back is on its way.
    pub(super) fn heal(&mut self) {
        self.cut = Cut::default();
        for node in &mut self.nodes {
            node.group = 0;
        }
        for (from, to, message) in core::mem::take(&mut self.kept_back) {
            self.send(from, to, message);
        }
    }

    fn status(&mut self) {
        self.after(STATUS_MS, Event::Status);
        let count = u64::try_from(self.nodes.len()).unwrap_or(1);
        for from in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(from).filter(|node| node.is_up) else { continue };
            let status = Message::Status(Box::new(node.voter.status()));
            let sender = u64::try_from(from).unwrap_or(0);
            for turn in 0..2 {
                let sequence = self.now.saturating_mul(2).saturating_add(turn);
                let to = self.random.draw("status", sender, sequence).below(count);
                self.send(from, usize::try_from(to).unwrap_or(0), status.clone());
            }
        }
    }

    fn deliver(&mut self, from: usize, to: usize, message: Message) {
        if !self.nodes.get(to).is_some_and(|node| node.is_up) {
            return;
        }
        let peer = Peer(u64::try_from(from).unwrap_or(0));
        match message {
            Message::Block(block) => self.give(to, block),
            Message::Vote(vote) => {
                self.note(to, &[vote]);
                self.with(to, |voter, context| ((), voter.on_vote(context, vote).1));
            }
            Message::Commit(proof) => self.show(to, &proof),
            Message::Status(status) => {
                self.sync(from, to);
                self.with(to, |voter, context| {
                    ((), voter.on_peer_status(context.now, peer, &status))
                });
            }
            Message::Request(request) => self.serve(to, from, &request),
            Message::Votes(votes) => {
                self.note(to, &votes);
                self.with(to, |voter, context| ((), voter.on_votes(context, peer, &votes).1));
            }
            Message::CatchUp(Some(catch_up)) => {
                self.note(to, &catch_up.votes);
                self.with(to, |voter, context| ((), voter.on_catch_up(context, peer, *catch_up).1));
            }
            Message::CatchUp(None) => {
                if let Some(node) = self.nodes.get_mut(to) {
                    node.voter.on_request_failed(peer);
                }
            }
        }
    }

    fn serve(&mut self, server: usize, asker: usize, request: &VoterRequest) {
        let Some(voter) = self.nodes.get(server).map(|node| &node.voter) else { return };
        let answer = match request {
            VoterRequest::Votes { .. } => Message::Votes(voter.serve_votes(request)),
            VoterRequest::CatchUp { .. } => {
                Message::CatchUp(voter.serve_catch_up(request).map(Box::new))
            }
        };
        self.send(server, asker, answer);
    }

    /// What a node's sync does beside the voter: fetches blocks and proofs that the peer has.
    fn sync(&mut self, from: usize, to: usize) {
        let Some((view, proofs)) =
            self.nodes.get(from).map(|node| (node.view, node.finals.clone()))
        else {
            return;
        };
        for block in view.positions() {
            self.give(to, block);
        }
        for proof in proofs {
            let behind = |node: &Node| self.blocks.name(node.view.last()).height;
            if self.nodes.get(to).is_some_and(|node| behind(node) < proof.target().height) {
                self.show(to, &proof);
            }
        }
    }

    /// A proof of finality reaches a node.
    pub(super) fn show(&mut self, to: usize, proof: &Justification) {
        let votes: Vec<SignedVote> = proof.votes().collect();
        let target = self.blocks.position(&proof.target().hash);
        let is_valid = self.nodes.get(to).zip(target).is_some_and(|(node, target)| {
            let set = node.voter.set();
            self.blocks.leads_from(set, target)
                && proof.verify(set, &self.config.rules, &SimVerifier).is_ok()
        });
        if is_valid {
            self.note(to, &votes);
            self.keep(to, proof);
        }
        self.with(to, |voter, context| ((), voter.on_commit(context, proof).1));
    }

    fn keep(&mut self, node: usize, proof: &Justification) {
        let place = |proof: &Justification| (proof.set(), proof.round(), proof.target());
        let is_known = self.proofs.iter().any(|known| place(known) == place(proof));
        if !is_known && self.nodes.get(node).is_some_and(|node| !node.is_byzantine) {
            self.proofs.push(proof.clone());
        }
    }

    /// Logs votes that reached a node.
    fn note(&mut self, to: usize, votes: &[SignedVote]) {
        if let Some(node) = self.nodes.get_mut(to).filter(|node| !node.is_byzantine) {
            for vote in votes {
                node.note(*vote, false);
            }
        }
    }

    // --- the voter ------------------------------------------------------------------------------

    /// Calls a node's voter and carries out what it asks for.
    pub(super) fn with<R>(
        &mut self,
        number: usize,
        call: impl FnOnce(
            &mut Voter,
            &mut Context<'_, Seen<'_>, SimSigner, SimVerifier>,
        ) -> (R, Vec<Output>),
    ) -> Option<R> {
        let now = Millis(self.now);
        let node = self.nodes.get_mut(number).filter(|node| node.is_up)?;
        let chain = Seen { blocks: &self.blocks, view: node.view };
        let signer = &mut node.signer;
        let mut context = Context { chain: &chain, signer, verifier: &SimVerifier, now };
        let (told, outputs) = call(&mut node.voter, &mut context);
        for output in outputs {
            self.carry_out(number, output);
        }
        Some(told)
    }

    fn carry_out(&mut self, number: usize, output: Output) {
        let Some(node) = self.nodes.get_mut(number) else { return };
        match output {
            Output::Checkpoint(checkpoint) => {
                node.sync_log();
                node.checkpoint = Some(checkpoint);
            }
            Output::Broadcast(vote) => self.speak(number, vote),
            Output::BroadcastCommit(proof) => {
                self.broadcast(number, &Message::Commit(Box::new(proof)));
            }
            Output::Finalize(proof) => self.finalize(number, proof),
            Output::Request { peer, request } => {
                let to = usize::try_from(peer.0).unwrap_or(0);
                self.send(number, to, Message::Request(Box::new(request)));
            }
            Output::WantBlock(_) => {}
            Output::Evidence(proof) => node.evidence.push(proof),
            Output::WakeAt(at) => {
                let pause = at.0.saturating_sub(self.now).max(1);
                self.after(pause, Event::Wake(number));
            }
        }
    }

    fn speak(&mut self, number: usize, signed: SignedVote) {
        let Some(node) = self.nodes.get_mut(number) else { return };
        if !node.is_byzantine {
            let vote = signed.vote;
            let place = (signed.voter, vote.set, vote.round, vote.stage);
            let before = *self.signed.entry(place).or_insert(vote.target);
            assert_eq!(before, vote.target, "invariant(votes): an honest voter says one thing");
            node.note(signed, true);
            self.heard.push((number, signed));
        }
        self.broadcast(number, &Message::Vote(signed));
    }

    fn finalize(&mut self, number: usize, proof: Justification) {
        self.keep(number, &proof);
        let Some(node) = self.nodes.get_mut(number) else { return };
        let target = proof.target();
        let position = self.blocks.position(&target.hash).filter(|at| node.view.has(*at));
        let Some(position) = position else { return };
        node.view.finalize(&self.blocks, position);
        node.finals.push(proof);
        let set = self.blocks.set_after(position);
        let new_set = (set.id() != node.voter.set().id()).then(|| set.clone());
        self.with(number, |voter, context| ((), voter.on_finalized(context, target, new_set)));
    }
}
