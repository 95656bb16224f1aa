//! A few nodes with real keys in one process: what one says, the others hear at once.
//!
//! Slots are walked through in steps of 50 ms; votes, blocks and requests are passed on until nobody has anything to say.
//! The simulator has faults and delays; this has signatures that strangers can check.

use crate::world::GENESIS_TIME;
use serin_consensus::crypto::Strict;
use serin_consensus::finality::voter::{Refused, VoteSigner};
use serin_consensus::finality::{Vote, VoterSet};
use serin_consensus::leader::vrf::LotterySecret;
use serin_network::message::Gossip;
use serin_node::chain_spec::{ChainSpec, Rotation, development_uri};
use serin_node::core::{
    AnswerId, Core, Effect, Input, MessageId, Peer, SealRefused, SessionKeys, Signer, StartOptions,
    Ticket,
};
use serin_node::runtime::{Call, PROTOCOL_VERSION, Verified};
use serin_state::codec::encode;
use serin_state::derive::SessionSeeds;
use serin_state::store::MemoryStore;
use serin_state::types::{
    Balance, Domain, Hash, LotteryProof, Millis, Nonce, PublicKey, SecretKey, Signature,
    SignedTransaction, Slot, Transaction,
};
use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) type NetCore = Core<MemoryStore, Keys, Strict>;

/// Real keys; it has one life, so it needs no journal.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    seal: SecretKey,
    lottery: Arc<LotterySecret>,
    vote: SecretKey,
}

impl Keys {
    fn of(index: usize) -> Self {
        let seeds = SessionSeeds::from_uri(&development_uri(index)).unwrap();
        let lottery = LotterySecret::from_seed(seeds.lottery.as_bytes()).into();
        Self { seal: seeds.seal.key(), lottery, vote: seeds.vote.key() }
    }
}

impl VoteSigner for Keys {
    fn enter_set(&mut self, _: &VoterSet) {}

    fn vote_key(&self) -> Option<PublicKey> {
        Some(self.vote.public())
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        Ok(self.vote.sign_vote(&vote.payload()))
    }
}

impl Signer for Keys {
    fn identity(&self) -> Option<SessionKeys> {
        Some(SessionKeys {
            seal: self.seal.public(),
            lottery: self.lottery.public(),
            vote: self.vote.public(),
        })
    }

    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof> {
        Some(self.lottery.prove(alpha))
    }

    fn seal(
        &mut self,
        _: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused> {
        Ok(self.seal.sign(Domain::Seal, genesis, statement))
    }

    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature> {
        Some(self.seal.sign(Domain::Transaction, genesis, statement))
    }
}

/// Nodes that hear each other.
pub(crate) struct Net {
    pub(crate) spec: ChainSpec,
    pub(crate) nodes: Vec<NetCore>,
    slot: u64,
    messages: u64,
}

/// Three validators, of which two take turns, another pair in each epoch of four slots.
pub(crate) fn taking_turns() -> ChainSpec {
    let mut spec = ChainSpec::local(3, 1_000, GENESIS_TIME);
    spec.rotation = Some(Rotation { every_epochs: 1, active: 2 });
    spec.params.epoch_slots = 4;
    spec.params.secondary_delay_ms = 0;
    spec.params.gossip_ms = 50;
    spec
}

impl Net {
    pub(crate) fn new(spec: ChainSpec) -> Self {
        let count = spec.validators.len();
        Self::of(spec, count)
    }

    /// `count` nodes with the keys of the first development accounts, validators or not.
    pub(crate) fn of(spec: ChainSpec, count: usize) -> Self {
        let start = |index: usize| {
            Core::start(
                spec.clone(),
                MemoryStore::new(),
                Keys::of(index),
                Strict,
                StartOptions::default(),
            )
            .unwrap()
        };
        let nodes: Vec<NetCore> = (0..count).map(start).collect();
        let mut net = Self { spec, nodes, slot: 0, messages: 0 };
        let count = net.nodes.len();
        let meet =
            |to: usize| (0..count).filter(move |from| *from != to).map(move |from| (to, from));
        let inputs = (0..count).flat_map(meet);
        let inputs = inputs.map(|(to, from)| (to, Input::PeerConnected(peer(from)))).collect();
        net.pass(Millis(GENESIS_TIME.0), inputs);
        net
    }

    /// Adds a node with the keys of another, whose headers tell an older version.
    pub(crate) fn add_twin(&mut self, of: usize, knows: serin_state::types::ProtocolVersion) {
        let options = StartOptions { knows, ..StartOptions::default() };
        let keys = Keys::of(of);
        let twin = Core::start(self.spec.clone(), MemoryStore::new(), keys, Strict, options);
        let new = self.nodes.len();
        self.nodes.push(twin.unwrap());
        let meet = |other| {
            [(other, Input::PeerConnected(peer(new))), (new, Input::PeerConnected(peer(other)))]
        };
        self.pass(
            Millis(GENESIS_TIME.0 + self.slot * 1_000 + 970),
            (0..new).flat_map(meet).collect(),
        );
    }

    /// Ends the last node.
    pub(crate) fn drop_last(&mut self) {
        self.nodes.pop();
        let gone = peer(self.nodes.len());
        let left = (0..self.nodes.len()).map(|to| (to, Input::PeerDisconnected(gone)));
        self.pass(Millis(GENESIS_TIME.0 + self.slot * 1_000 + 980), left.collect());
    }

    /// Lets time go on until the slot with this number is over.
    pub(crate) fn run_to(&mut self, slot: u64) {
        while self.slot < slot {
            self.slot += 1;
            for step in 0..20 {
                let now = Millis(GENESIS_TIME.0 + self.slot * 1_000 + step * 50);
                let wake = (0..self.nodes.len()).map(|node| (node, Input::Wake)).collect();
                self.pass(now, wake);
            }
        }
    }

    /// Hands a transfer of development account `from` to node 0.
    pub(crate) fn submit(&mut self, from: usize, nonce: u64, call: &Call) -> SignedTransaction {
        let transaction = Transaction {
            sender: crate::world::id(from),
            nonce: Nonce(nonce),
            last_valid_slot: Slot(self.slot + 50),
            tip: Balance::ZERO,
            call: encode(call),
        };
        let genesis = *self.nodes[0].chain().genesis();
        let signed = transaction.sign(&crate::world::key(from), &genesis, PROTOCOL_VERSION);
        let verified = Verified::check(signed.clone(), &genesis, PROTOCOL_VERSION).unwrap();
        let input = Input::Submit { ticket: Ticket(0), transaction: Box::new(verified) };
        self.pass(Millis(GENESIS_TIME.0 + self.slot * 1_000 + 960), VecDeque::from([(0, input)]));
        signed
    }

    fn pass(&mut self, now: Millis, mut inputs: VecDeque<(usize, Input)>) {
        // Who waits for which answer: the number stands for asker and request.
        let mut asked: Vec<(usize, u64)> = Vec::new();
        while let Some((to, input)) = inputs.pop_front() {
            for effect in self.nodes[to].on_input(now, input) {
                match effect {
                    Effect::Gossip(gossip) => inputs.extend(self.heard(to, &gossip)),
                    Effect::Request { peer: whom, id, request } => {
                        let answer = AnswerId(asked.len() as u64);
                        asked.push((to, id));
                        let index = usize::try_from(whom.0).unwrap();
                        inputs.push_back((
                            index,
                            Input::Request { from: peer(to), id: answer, request },
                        ));
                    }
                    Effect::Respond(answer, response) => {
                        let (asker, id) = asked[usize::try_from(answer.0).unwrap()];
                        let response = Input::Response { from: peer(to), id, result: Ok(response) };
                        inputs.push_back((asker, response));
                    }
                    Effect::Halt(why) => panic!("node {to} stopped: {why}"),
                    Effect::Punish(whom, offence) => panic!("{whom:?} is punished: {offence:?}"),
                    Effect::Validate(..)
                    | Effect::WakeAt(_)
                    | Effect::Reply(..)
                    | Effect::Notify(_) => {}
                }
            }
        }
    }

    fn heard(&mut self, from: usize, gossip: &Gossip) -> Vec<(usize, Input)> {
        let mut heard = Vec::new();
        for to in (0..self.nodes.len()).filter(|to| *to != from) {
            self.messages += 1;
            let (from, id) = (peer(from), MessageId(self.messages));
            let input = match gossip.clone() {
                Gossip::Block(announcement) => Input::Announcement { from, id, announcement },
                Gossip::Finality(message) => Input::Finality { from, id, message },
                Gossip::Transactions(list) => {
                    let genesis = self.spec.genesis().hash;
                    let check = |one| Verified::check(one, &genesis, PROTOCOL_VERSION).unwrap();
                    Input::Transactions { from, id, list: list.0.into_iter().map(check).collect() }
                }
            };
            heard.push((to, input));
        }
        heard
    }
}

fn peer(index: usize) -> Peer {
    Peer(index as u64)
}
