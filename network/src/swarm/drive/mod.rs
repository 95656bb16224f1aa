//! The task that owns the swarm.
//!
//! Inputs: commands of the node, events of libp2p, a tick of 100 ms. Outputs: [`Event`]s.
//!
//! # Invariants
//! 1. For each peer `PeerConnected` comes before, and `PeerDisconnected` after, everything else.
//! 2. Every request of the node ends in exactly one response event.
//! 3. Nothing waits for the node: gossip that finds no room is dropped and counted, and beyond
//!    `OUTBOX_MAX` other events the swarm is read no further until the node has caught up.
//!
//! # Bounds
//! Every table has its limit in [`crate::limits`].

mod commands;
mod connections;
mod gossip;
mod requests;

use super::admission::Clock;
use super::api::{AnswerId, Command, Config, Departure, Event};
use super::behaviour::{Behaviour, BehaviourEvent};
use super::counters::Counters;
use crate::budget::Budget;
use crate::limits::{BUDGETS_MAX, OUTBOX_MAX};
use crate::peers::{Offence, Sentence};
use crate::reconnect::Reconnect;
use crate::requests::Requests;
use connections::PeerState;
use futures::StreamExt;
use libp2p::metrics::{Metrics, Recorder};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Swarm};
use requests::Answer;
use serin_state::types::{Hash, Millis};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(100);

/// The two channels to the node.
pub(super) struct Channels {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<Event>,
}

/// The owner of the swarm.
pub(super) struct Drive {
    swarm: Swarm<Behaviour>,
    clock: Clock,
    genesis: Hash,
    out_peers: usize,
    channels: Channels,
    outbox: VecDeque<Event>,
    counters: Counters,
    metrics: Metrics,
    peers: BTreeMap<PeerId, PeerState>,
    budgets: BTreeMap<PeerId, Budget>,
    /// Why we are about to lose a peer, where we know it before libp2p tells.
    leaving: BTreeMap<PeerId, Departure>,
    departures: BTreeMap<PeerId, Departure>,
    reconnect: Reconnect<PeerId, Multiaddr>,
    validations: gossip::Validations,
    requests: Requests<PeerId, crate::message::Request>,
    sent: BTreeMap<requests::SentId, u64>,
    answers: BTreeMap<AnswerId, Answer>,
    next_answer: u64,
}

impl Drive {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        clock: Clock,
        config: &Config,
        channels: Channels,
        (counters, metrics): (Counters, Metrics),
    ) -> Self {
        Self {
            swarm,
            clock,
            genesis: config.genesis,
            out_peers: config.out_peers,
            channels,
            outbox: VecDeque::new(),
            counters,
            metrics,
            peers: BTreeMap::new(),
            budgets: BTreeMap::new(),
            leaving: BTreeMap::new(),
            departures: BTreeMap::new(),
            reconnect: Reconnect::new(),
            validations: gossip::Validations::default(),
            requests: Requests::new(),
            sent: BTreeMap::new(),
            answers: BTreeMap::new(),
            next_answer: 0,
        }
    }

    /// Runs until the node wants it to end, or is gone.
    pub(super) async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let events = self.channels.events.clone();
        loop {
            let readable = self.outbox.len() < OUTBOX_MAX;
            let waiting = !self.outbox.is_empty();
            tokio::select! {
                command = self.channels.commands.recv() => match command {
                    None | Some(Command::Shutdown) => return,
                    Some(command) => self.on_command(command),
                },
                room = events.reserve(), if waiting => match room {
                    Err(_) => return,
                    Ok(room) => if let Some(event) = self.outbox.pop_front() {
                        room.send(event);
                    },
                },
                event = self.swarm.select_next_some(), if readable => self.on_event(event),
                _ = tick.tick() => self.on_tick(),
            }
        }
    }

    fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Tells the node, in order.
    fn tell(&mut self, event: Event) {
        let left = if self.outbox.is_empty() {
            self.channels.events.try_send(event).err()
        } else {
            Some(mpsc::error::TrySendError::Full(event))
        };
        match left {
            Some(mpsc::error::TrySendError::Full(event)) => self.outbox.push_back(event),
            // Nobody listens: the command channel ends the task.
            Some(mpsc::error::TrySendError::Closed(_)) | None => {}
        }
    }

    /// Books an offence; bans and cuts the peer when the measure is full.
    fn punish(&mut self, peer: PeerId, offence: Offence) {
        let now = self.now();
        let address = self.peers.get(&peer).and_then(PeerState::ip);
        let admission = &mut self.swarm.behaviour_mut().admission;
        if admission.peers.ban_of(now, &peer).is_some() {
            return;
        }
        self.counters.on_offence(offence);
        let sentence = admission.peers.on_offence(now, &peer, address, offence);
        if let Sentence::Banned { .. } = sentence {
            tracing::info!(%peer, %offence, "peer banned");
            self.counters.bans.inc();
            self.tell(Event::PeerBanned { peer, offence });
            self.cut(peer, Departure::Banned(offence));
        }
    }

    fn budget(&mut self, peer: PeerId) -> &mut Budget {
        let now = self.now();
        if !self.budgets.contains_key(&peer) && self.budgets.len() >= BUDGETS_MAX {
            let gone = self.budgets.keys().find(|peer| !self.peers.contains_key(peer)).copied();
            if let Some(gone) = gone {
                self.budgets.remove(&gone);
            }
        }
        self.budgets.entry(peer).or_insert_with(|| Budget::new(now))
    }

    fn on_tick(&mut self) {
        let now = self.now();
        self.expire_requests(now);
        self.answers.retain(|_, answer| answer.is_open());
        self.swarm.behaviour_mut().admission.peers.expire(now);
        let peers = &self.peers;
        self.budgets.retain(|peer, budget| peers.contains_key(peer) || !budget.is_full(now));
        self.dial_due(now);
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        self.metrics.record(&event);
        if let SwarmEvent::Behaviour(event) = event {
            self.on_behaviour(event);
        } else {
            self.on_connection(event);
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Admission(never) => match never {},
            BehaviourEvent::Identify(event) => {
                self.metrics.record(&event);
                self.on_identify(event);
            }
            BehaviourEvent::Ping(event) => {
                self.metrics.record(&event);
                self.on_ping(&event);
            }
            BehaviourEvent::Discovery(event) => {
                self.metrics.record(&event);
                self.on_discovery(event);
            }
            BehaviourEvent::Gossip(event) => {
                self.metrics.record(&event);
                self.on_gossip(event);
            }
            BehaviourEvent::Status(event) => self.on_exchange(event),
            BehaviourEvent::Blocks(event) => self.on_exchange(event),
            BehaviourEvent::Finality(event) => self.on_exchange(event),
            BehaviourEvent::State(event) => self.on_exchange(event),
        }
    }
}
