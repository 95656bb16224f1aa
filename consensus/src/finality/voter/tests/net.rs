//! A deterministic network of voters in memory: virtual time, delays, loss, partitions, crashes.
//!
//! Every draw comes from the seed and a counter; a story that fails prints its seed. The network
//! checks after every output that finality never forks or falls, and that no honest voter says two
//! things.

use super::super::{
    Context, LogWrite, Output, Peer, Refused, VoteSigner, VoteVerdict, Voter, VoterCheckpoint,
    VoterConfig, VoterRequest, VoterStatus,
};
use super::chain::{TestChain, genesis};
use crate::crypto::{Check, LotteryOutput, Signed, Verifier};
use crate::finality::{
    Ancestry, BlockRef, CatchUp, Justification, SignedVote, Stage, Vote, VoteEquivocation, VoterSet,
};
use crate::rules::FinalityRules;
use serin_state::types::{
    Hash, Header, Height, LotteryProof, LotteryPublicKey, Millis, PublicKey, SetId, Signature,
    VoteWeight, Voter as Member,
};
use std::collections::BTreeMap;

/// A signature scheme that is quick and that nobody outside a test should trust.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sham;

pub(super) fn sham_sign(key: &PublicKey, payload: &[u8]) -> Signature {
    let half = Hash::of(&[&key.0[..], payload].concat());
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&half.0);
    Signature(bytes)
}

impl Verifier for Sham {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        let valid = |check: &Check<'_>| match check.signed {
            Signed::Vote(payload) => sham_sign(&check.key, payload) == check.signature,
            Signed::Statement { .. } => false,
        };
        checks.iter().map(valid).collect()
    }

    fn lottery(&self, _: &LotteryPublicKey, _: &[u8], _: &LotteryProof) -> Option<LotteryOutput> {
        None
    }
}

pub(super) fn key(node: usize) -> PublicKey {
    PublicKey(Hash::of(&[b"voter", &node.to_be_bytes()[..]].concat()).0)
}

/// A signing journal that survives crashes.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(super) key: Option<PublicKey>,
    pub(super) signed: BTreeMap<(u64, u64, u8), SignedVote>,
    /// Votes that were counted, and how many of them had to be durable.
    pub(super) logged: Vec<SignedVote>,
    pub(super) durable: usize,
    pub(super) log_fails: bool,
    /// Whether the beginning of a round cannot be written.
    pub(super) enter_fails: bool,
    /// The last round whose beginning is durable.
    pub(super) entered: u64,
}

const fn order(stage: Stage) -> u8 {
    match stage {
        Stage::Primary => 0,
        Stage::Prevote => 1,
        Stage::Precommit => 2,
    }
}

impl VoteSigner for Journal {
    fn enter_set(&mut self, _: &VoterSet) {}

    fn vote_key(&self) -> Option<PublicKey> {
        self.key
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        let voter = self.key.ok_or(Refused::Barred)?;
        let slot = (vote.set.0, vote.round.0, order(vote.stage));
        if let Some(signed) = self.signed.get(&slot) {
            return if signed.vote == *vote {
                Ok(signed.signature)
            } else {
                Err(Refused::Voted(Box::new(*signed)))
            };
        }
        if self.signed.last_key_value().is_some_and(|(last, _)| *last > slot) {
            return Err(Refused::Barred);
        }
        assert_eq!(self.durable, self.logged.len(), "what was counted is durable");
        let round = vote.round.0;
        assert!(round == 1 || self.entered == round, "the beginning of round {round} is durable");
        let signature = sham_sign(&voter, &vote.payload());
        self.signed.insert(slot, SignedVote { vote: *vote, voter, signature });
        Ok(signature)
    }

    fn log_counted(
        &mut self,
        votes: &[SignedVote],
        _: &dyn Fn(&Hash) -> Option<Header>,
        write: LogWrite,
    ) -> bool {
        self.logged.extend(votes);
        if write == LogWrite::Durable && !self.log_fails {
            self.durable = self.logged.len();
        }
        !self.log_fails
    }

    fn enter_round(&mut self, checkpoint: &VoterCheckpoint) -> bool {
        if !self.enter_fails {
            self.entered = checkpoint.round.0;
        }
        !self.enter_fails
    }
}

#[derive(Clone, Debug)]
pub(super) enum Message {
    Block(Box<Header>),
    Vote(SignedVote),
    Commit(Justification),
    Status(VoterStatus),
    Request(VoterRequest),
    Votes(Vec<SignedVote>),
    CatchUp(Option<CatchUp>),
}

#[derive(Clone, Debug)]
enum Event {
    Deliver { from: usize, to: usize, message: Box<Message> },
    Wake { node: usize },
    Slot,
    Status,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) chain: TestChain,
    pub(super) voter: Voter,
    pub(super) journal: Journal,
    checkpoint: Option<VoterCheckpoint>,
    pub(super) up: bool,
    pub(super) twofaced: bool,
    pub(super) proofs: BTreeMap<Height, Justification>,
    pub(super) evidence: Vec<VoteEquivocation>,
    orphans: Vec<Header>,
    pub(super) said: Vec<SignedVote>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) gossip_ms: u64,
    pub(super) slot_ms: u64,
    pub(super) status_ms: u64,
    pub(super) delay_ms: (u64, u64),
    /// Of a thousand votes and proofs, on each link.
    pub(super) loss: u64,
    /// Whether accepted votes are passed on.
    pub(super) relay: bool,
    /// Whether gossiped proofs are lost, all of them.
    pub(super) mute_proofs: bool,
    /// Final heights that a node keeps.
    pub(super) keep: u32,
    pub(super) rules: FinalityRules,
    /// Of a thousand slots, those with two authors.
    pub(super) forks: u64,
}

impl Settings {
    pub(super) fn seed(seed: u64) -> Self {
        Self {
            seed,
            gossip_ms: 100,
            slot_ms: 1_000,
            status_ms: 300,
            delay_ms: (2, 20),
            loss: 0,
            relay: false,
            mute_proofs: false,
            keep: 1_000,
            rules: FinalityRules::default(),
            forks: 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Net {
    pub(super) settings: Settings,
    pub(super) nodes: Vec<Node>,
    pub(super) now: u64,
    pub(super) sets: BTreeMap<BlockRef, VoterSet>,
    pub(super) announce_at: BTreeMap<u32, VoterSet>,
    /// Which group a node is in; groups do not hear each other.
    pub(super) groups: Vec<usize>,
    pub(super) authoring: bool,
    /// Which votes get lost beyond chance: (from, to, vote).
    pub(super) lost: fn(usize, usize, &SignedVote) -> bool,
    queue: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    drawn: u64,
    born: BTreeMap<BlockRef, u64>,
    /// Time from a block's birth to its finality on a node, for each node.
    pub(super) lags: Vec<u64>,
    said: BTreeMap<(PublicKey, u64, u64, Stage), BlockRef>,
}

impl Net {
    pub(super) fn new(settings: Settings, count: usize) -> Self {
        let set = set_of(1, 0..count);
        let nodes = (0..count).map(|node| Node::new(node, &settings, set.clone())).collect();
        let mut net = Self {
            settings,
            nodes,
            now: 1_000,
            sets: BTreeMap::from([(genesis(), set)]),
            announce_at: BTreeMap::new(),
            groups: vec![0; count],
            authoring: true,
            lost: |_, _, _| false,
            queue: BTreeMap::new(),
            sequence: 0,
            drawn: 0,
            born: BTreeMap::new(),
            lags: Vec::new(),
            said: BTreeMap::new(),
        };
        net.push(net.now + settings.slot_ms, Event::Slot);
        net.push(net.now + settings.status_ms, Event::Status);
        net
    }

    /// Makes `set` the one that votes from genesis on.
    pub(super) fn set_first(&mut self, set: VoterSet) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            *node = Node::new(index, &self.settings, set.clone());
        }
        self.sets.insert(genesis(), set);
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.drawn += 1;
        let parts = [self.settings.seed.to_le_bytes(), self.drawn.to_le_bytes()].concat();
        let [a, b, c, d, ..] = Hash::of(&parts).0;
        u64::from(u32::from_le_bytes([a, b, c, d])) % below.max(1)
    }

    fn push(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), event);
    }

    /// Runs until `time` has passed.
    pub(super) fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some((&(at, sequence), _)) = self.queue.first_key_value() {
            if at > end {
                break;
            }
            let event = self.queue.remove(&(at, sequence)).unwrap();
            self.now = at;
            self.handle(event);
        }
        self.now = end;
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Slot => {
                self.push(self.now + self.settings.slot_ms, Event::Slot);
                if self.authoring {
                    let authors = if self.draw(1_000) < self.settings.forks { 2 } else { 1 };
                    for _ in 0..authors {
                        let author =
                            usize::try_from(self.draw(u64::try_from(self.nodes.len()).unwrap()))
                                .unwrap();
                        self.author(author);
                    }
                }
            }
            Event::Status => {
                self.push(self.now + self.settings.status_ms, Event::Status);
                for node in 0..self.nodes.len() {
                    let status = Message::Status(self.nodes[node].voter.status());
                    self.broadcast(node, &status);
                }
            }
            Event::Wake { node } => {
                if self.nodes[node].up {
                    self.with(node, Voter::on_wake);
                }
            }
            Event::Deliver { from, to, message } => {
                if self.nodes[to].up && self.groups[from] == self.groups[to] {
                    self.deliver(from, to, *message);
                }
            }
        }
    }

    fn author(&mut self, author: usize) {
        if !self.nodes[author].up {
            return;
        }
        let chain = &self.nodes[author].chain;
        let parent = chain.best(&chain.last_final).unwrap();
        let header = super::chain::header(parent, self.sequence);
        let block = super::chain::reference(&header);
        self.born.insert(block, self.now);
        if let Some(set) = self.announce_at.get(&block.height.0) {
            self.sets.insert(block, set.clone());
        }
        self.block(author, header.clone());
        self.broadcast(author, &Message::Block(Box::new(header)));
    }

    fn block(&mut self, node: usize, header: Header) {
        let mut ready = vec![header];
        while let Some(header) = ready.pop() {
            let block = super::chain::reference(&header);
            let announcing = self.sets.contains_key(&block);
            let at = &mut self.nodes[node];
            if at.chain.contains(&block) {
                continue;
            }
            if !at.chain.insert(&header) {
                at.orphans.push(header);
                continue;
            }
            if announcing {
                at.chain.announcing.insert(block);
            }
            ready.extend(
                at.orphans.iter().filter(|waiting| waiting.parent() == block.hash).cloned(),
            );
            at.orphans.retain(|waiting| waiting.parent() != block.hash);
            self.with(node, Voter::on_block);
        }
    }

    pub(super) fn broadcast(&mut self, from: usize, message: &Message) {
        for to in 0..self.nodes.len() {
            self.send(from, to, message.clone());
        }
    }

    pub(super) fn send(&mut self, from: usize, to: usize, message: Message) {
        let chance = self.draw(1_000) < self.settings.loss;
        let lossy = match &message {
            Message::Vote(vote) => chance || (self.lost)(from, to, vote),
            Message::Commit(_) => chance || self.settings.mute_proofs,
            Message::Block(_)
            | Message::Status(_)
            | Message::Request(_)
            | Message::Votes(_)
            | Message::CatchUp(_) => false,
        };
        if from == to || lossy || !self.nodes[from].up || self.groups[from] != self.groups[to] {
            return;
        }
        let (low, high) = self.settings.delay_ms;
        let at = self.now + low + self.draw(high - low + 1);
        self.push(at, Event::Deliver { from, to, message: Box::new(message) });
    }

    fn deliver(&mut self, from: usize, to: usize, message: Message) {
        let peer = Peer(u64::try_from(from).unwrap());
        match message {
            Message::Block(header) => self.block(to, *header),
            Message::Vote(vote) => {
                let verdict = self.with(to, |voter, context| voter.on_vote(context, vote));
                self.honest(from, verdict);
                if self.settings.relay && verdict == VoteVerdict::Accept {
                    self.broadcast(to, &Message::Vote(vote));
                }
            }
            Message::Commit(proof) => {
                let verdict = self.with(to, |voter, context| voter.on_commit(context, &proof));
                self.honest(from, verdict);
            }
            Message::Status(status) => {
                self.sync(from, to);
                self.with(to, |voter, context| voter.on_peer_status(context.now, peer, &status));
            }
            Message::Request(request) => {
                let voter = &self.nodes[to].voter;
                let answer = match request {
                    VoterRequest::Votes { .. } => Message::Votes(voter.serve_votes(&request)),
                    VoterRequest::CatchUp { .. } => {
                        Message::CatchUp(voter.serve_catch_up(&request))
                    }
                };
                self.send(to, from, answer);
            }
            Message::Votes(votes) => {
                self.with(to, |voter, context| voter.on_votes(context, peer, &votes)).unwrap();
            }
            Message::CatchUp(Some(catch_up)) => {
                self.with(to, |voter, context| voter.on_catch_up(context, peer, catch_up)).unwrap();
            }
            Message::CatchUp(None) => self.nodes[to].voter.on_request_failed(peer),
        }
    }

    fn honest(&self, from: usize, verdict: VoteVerdict) {
        let seed = self.settings.seed;
        assert!(
            !matches!(verdict, VoteVerdict::Reject(_)),
            "seed {seed}: {from} is rejected: {verdict:?}"
        );
    }

    /// What the node's sync does beside the voter: fetches blocks and proofs that the peer has.
    fn sync(&mut self, from: usize, to: usize) {
        for header in self.nodes[from].chain.headers_in_order() {
            self.block(to, header);
        }
        let behind = self.nodes[to].chain.last_final.height;
        let proofs: Vec<_> = self.nodes[from]
            .proofs
            .range(behind.next().unwrap()..)
            .map(|(_, proof)| proof.clone())
            .collect();
        for proof in proofs {
            self.with(to, |voter, context| voter.on_commit(context, &proof));
        }
    }

    /// Calls a node's voter and carries out what it asks for.
    fn with<R>(
        &mut self,
        node: usize,
        call: impl FnOnce(&mut Voter, &mut Context<'_, TestChain, Journal, Sham>) -> R,
    ) -> R::Told
    where
        R: Answer,
    {
        let now = Millis(self.now);
        let at = &mut self.nodes[node];
        let mut context =
            Context { chain: &at.chain, signer: &mut at.journal, verifier: &Sham, now };
        let (told, outputs) = call(&mut at.voter, &mut context).split();
        self.carry_out(node, outputs);
        told
    }

    fn carry_out(&mut self, node: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Checkpoint(checkpoint) => self.nodes[node].checkpoint = Some(checkpoint),
                Output::Broadcast(vote) => self.speak(node, vote),
                Output::BroadcastCommit(proof) => self.broadcast(node, &Message::Commit(proof)),
                Output::Finalize(proof) => self.finalize(node, proof),
                Output::Request { peer, request } => {
                    self.send(node, usize::try_from(peer.0).unwrap(), Message::Request(request));
                }
                Output::WantBlock(_) => {}
                Output::Evidence(proof) => self.nodes[node].evidence.push(proof),
                Output::WakeAt(at) => {
                    assert!(at.0 > self.now, "a wake-up in the past would spin");
                    self.push(at.0, Event::Wake { node });
                }
            }
        }
    }

    fn speak(&mut self, node: usize, signed: SignedVote) {
        let vote = signed.vote;
        let slot = (signed.voter, vote.set.0, vote.round.0, vote.stage);
        let before = *self.said.entry(slot).or_insert(vote.target);
        assert_eq!(before, vote.target, "seed {}: {node} says two things", self.settings.seed);
        self.nodes[node].said.push(signed);
        if !self.nodes[node].twofaced || vote.stage == Stage::Primary {
            self.broadcast(node, &Message::Vote(signed));
            return;
        }
        // One half hears the vote, the other half one for an ancestor.
        let lower = Height(vote.target.height.0.saturating_sub(1));
        let target =
            self.nodes[node].chain.ancestor_at(&vote.target.hash, lower).unwrap_or(vote.target);
        let other = Vote { target, ..vote };
        let signature = sham_sign(&signed.voter, &other.payload());
        let other = SignedVote { vote: other, voter: signed.voter, signature };
        for to in 0..self.nodes.len() {
            self.send(node, to, Message::Vote(if to % 2 == 0 { signed } else { other }));
        }
    }

    fn finalize(&mut self, node: usize, proof: Justification) {
        let block = proof.target();
        let seed = self.settings.seed;
        let at = &self.nodes[node];
        assert!(
            block.height > at.chain.last_final.height,
            "seed {seed}: {node} finalises backwards"
        );
        assert!(
            at.chain.descends(&at.chain.last_final, &block),
            "seed {seed}: {node} forks finality"
        );
        for other in &self.nodes {
            let one = other.chain.last_final;
            let (low, high) = if one.height < block.height { (one, block) } else { (block, one) };
            assert!(
                at.chain.descends(&low, &high) || other.chain.descends(&low, &high),
                "seed {seed}: finality forks"
            );
        }
        if let Some(born) = self.born.get(&block) {
            self.lags.push(self.now - born);
        }
        let at = &mut self.nodes[node];
        at.proofs.insert(block.height, proof);
        at.chain.finalize(block, self.settings.keep);
        at.proofs.retain(|height, _| height.0 + self.settings.keep >= block.height.0);
        let set = self.sets.get(&block).cloned();
        self.with(node, |voter, context| voter.on_finalized(context, block, set));
    }

    /// Ends a node's process; its journal, checkpoint and blocks stay.
    pub(super) fn crash(&mut self, node: usize) {
        self.nodes[node].up = false;
    }

    /// Starts it again.
    pub(super) fn restart(&mut self, node: usize) {
        let set = self.set_after(self.nodes[node].chain.last_final, node);
        let settings = self.settings;
        let at = &mut self.nodes[node];
        at.up = true;
        let fresh = Voter::new(settings.config(), set, at.chain.last_final, at.journal.key);
        at.voter = match &at.checkpoint {
            Some(checkpoint) => fresh.resumed(checkpoint, &at.chain),
            None => fresh,
        };
        self.with(node, Voter::on_wake);
    }

    fn set_after(&self, last_final: BlockRef, node: usize) -> VoterSet {
        let chain = &self.nodes[node].chain;
        let passed = self.sets.iter().filter(|(block, _)| chain.descends(block, &last_final));
        passed.max_by_key(|(block, _)| block.height).unwrap().1.clone()
    }

    /// The lowest and highest final height of the nodes that are up.
    pub(super) fn finals(&self) -> (u32, u32) {
        let up =
            || self.nodes.iter().filter(|node| node.up).map(|node| node.chain.last_final.height.0);
        (up().min().unwrap(), up().max().unwrap())
    }

    /// The highest block of all nodes.
    pub(super) fn best(&self) -> u32 {
        let best = |node: &Node| node.chain.best(&node.chain.last_final).unwrap().height.0;
        self.nodes.iter().map(best).max().unwrap()
    }
}

/// What a call of the voter gives back: outputs, alone or with a word for the caller.
pub(super) trait Answer {
    type Told;
    fn split(self) -> (Self::Told, Vec<Output>);
}

impl Answer for Vec<Output> {
    type Told = ();
    fn split(self) -> ((), Vec<Output>) {
        ((), self)
    }
}

impl<T> Answer for (T, Vec<Output>) {
    type Told = T;
    fn split(self) -> (T, Vec<Output>) {
        self
    }
}

impl Settings {
    pub(super) fn config(&self) -> VoterConfig {
        VoterConfig { rules: self.rules, gossip_ms: self.gossip_ms }
    }
}

impl Node {
    fn new(node: usize, settings: &Settings, set: VoterSet) -> Self {
        let key = key(node);
        Self {
            chain: TestChain::new(),
            voter: Voter::new(settings.config(), set, genesis(), Some(key)),
            journal: Journal { key: Some(key), ..Journal::default() },
            checkpoint: None,
            up: true,
            twofaced: false,
            proofs: BTreeMap::new(),
            evidence: Vec::new(),
            orphans: Vec::new(),
            said: Vec::new(),
        }
    }
}

pub(super) fn set_of(id: u64, nodes: impl Iterator<Item = usize>) -> VoterSet {
    let voter = |node| Member { key: key(node), weight: VoteWeight(1) };
    VoterSet::new(SetId(id), &nodes.map(voter).collect::<Vec<_>>()).unwrap()
}
