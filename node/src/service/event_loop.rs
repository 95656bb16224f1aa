//! The event loop: the one owner of the core. What happens goes in, effects are carried out in order.
//!
//! # Inputs and outputs
//! In: network events, questions of JSON-RPC, the deadline that the core asked for, lines of a
//! launcher, signals. Out: network commands, answers, notices.
//!
//! # Invariants
//! 1. The time that the core is given never falls, whatever the wall clock does.
//! 2. Transactions enter the core with checked signatures only.
//! 3. The effects of one input are carried out before the next input goes in. The core waits for the
//!    disk inside a call; this runs on the main thread, so no worker of the sockets waits with it.
//!
//! # Bounds
//! All channels are bounded. Waiting tickets: as many as questions wait in the channel of JSON-RPC.

use super::metrics::Metrics;
use super::news::News;
use super::peers::PeerNumbers;
use super::stage::Stage;
use super::start::next_command;
use super::{About, Clock, ControlLine, NodeCore, PeerAbout, ServiceError};
use crate::core::{
    AnswerId, Effect, Input, MessageId, Notification, Peer, SubmitError, Ticket, Validation,
    check_one_validator,
};
use crate::rpc::answer;
use crate::rpc::backend::{Ask, Frontend, Node, TransactionLog};
use crate::runtime::Verified;
use serin_consensus::crypto::Strict;
use serin_network::message::{Gossip, TransactionList};
use serin_network::peers::Offence;
use serin_network::swarm::{self, Command, Event, PeerId, Verdict};
use serin_state::codec::encode;
use serin_state::types::{AccountId, Hash, Millis};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

/// The longest sleep, in milliseconds: after it a clock that was set is noticed.
const SLEEP_MS_MAX: u64 = 1_000;

type Answer = oneshot::Sender<Result<Hash, SubmitError>>;

/// Something the loop woke for.
enum Woken {
    Network(Option<Box<Event>>),
    Ask(Option<Ask>),
    Control(ControlLine),
    Deadline,
    Signal,
}

/// A node that runs.
pub(super) struct EventLoop {
    stage: Stage,
    network: swarm::Handle,
    frontend: Frontend,
    metrics: Metrics,
    about: About,
    numbers: PeerNumbers,
    transactions: TransactionLog,
    tickets: BTreeMap<Ticket, Answer>,
    next_ticket: u64,
    clock: Clock,
    now: Millis,
    wake_at: Millis,
}

impl EventLoop {
    pub(super) fn new(
        stage: Stage,
        network: swarm::Handle,
        frontend: Frontend,
        metrics: Metrics,
        about: About,
    ) -> Self {
        Self {
            stage,
            network,
            frontend,
            metrics,
            about,
            numbers: PeerNumbers::default(),
            transactions: TransactionLog::default(),
            tickets: BTreeMap::new(),
            next_ticket: 0,
            clock: Clock,
            now: Millis::ZERO,
            wake_at: Millis::ZERO,
        }
    }

    /// Runs until a signal, the launcher or a failure ends it.
    pub(super) async fn run(
        mut self,
        mut control: Option<mpsc::Receiver<ControlLine>>,
    ) -> Result<(), ServiceError> {
        let refused = |error: std::io::Error| ServiceError::System(error.to_string());
        let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
        let ended = loop {
            let woken = self.woken(&mut control, (&mut interrupt, &mut terminate)).await;
            match self.on_woken(woken).await {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.end().await;
        ended
    }

    async fn woken(
        &mut self,
        control: &mut Option<mpsc::Receiver<ControlLine>>,
        (interrupt, terminate): (&mut Signal, &mut Signal),
    ) -> Woken {
        let sleep = self.clock.until(self.wake_at).min(Duration::from_millis(SLEEP_MS_MAX));
        tokio::select! {
            event = self.network.events.recv() => Woken::Network(event.map(Box::new)),
            ask = self.frontend.asks.recv() => Woken::Ask(ask),
            line = next_command(control) => Woken::Control(line),
            () = tokio::time::sleep(sleep) => Woken::Deadline,
            _ = interrupt.recv() => Woken::Signal,
            _ = terminate.recv() => Woken::Signal,
        }
    }

    /// Whether the node goes on.
    async fn on_woken(&mut self, woken: Woken) -> Result<bool, ServiceError> {
        match woken {
            Woken::Network(Some(event)) => self.on_event(*event).await?,
            Woken::Network(None) => {
                return Err(ServiceError::Halted("the network has ended".to_owned()));
            }
            Woken::Ask(Some(ask)) => self.on_ask(ask).await?,
            Woken::Deadline => self.input(Input::Wake).await?,
            Woken::Control(line) => return Ok(self.on_control(line).await),
            Woken::Ask(None) | Woken::Signal => return Ok(false),
        }
        Ok(true)
    }

    async fn on_event(&mut self, event: Event) -> Result<(), ServiceError> {
        match event {
            Event::PeerConnected { peer, address, outbound } => {
                tracing::info!(%peer, %address, outbound, "peer connected");
                let number = self.numbers.enter(peer);
                let (address, since) = (address.to_string(), self.clock.now());
                self.about.peers.insert(number, PeerAbout { id: peer, address, since });
                self.input(Input::PeerConnected(number)).await
            }
            Event::PeerDisconnected { peer, reason } => {
                tracing::info!(%peer, %reason, "peer disconnected");
                let Some(number) = self.numbers.leave(&peer) else { return Ok(()) };
                self.about.peers.remove(&number);
                self.input(Input::PeerDisconnected(number)).await
            }
            Event::Gossip { id, peer, message } => self.on_gossip(id, peer, message).await,
            Event::Request { peer, id, request } => match self.numbers.of(&peer) {
                Some(from) => {
                    self.input(Input::Request { from, id: AnswerId(id.0), request }).await
                }
                None => Ok(()),
            },
            // The core has given up what it asked a peer that went.
            Event::Response { peer, id, result } => match self.numbers.of(&peer) {
                Some(from) => self.input(Input::Response { from, id, result }).await,
                None => Ok(()),
            },
            Event::PeerBanned { peer, offence } => {
                tracing::warn!(%peer, "peer banned: it {offence}");
                Ok(())
            }
            Event::Listening(address) => {
                tracing::info!(%address, "listens");
                Ok(())
            }
        }
    }

    async fn on_gossip(
        &mut self,
        id: swarm::MessageId,
        peer: PeerId,
        message: Gossip,
    ) -> Result<(), ServiceError> {
        let message_id = MessageId(id.0);
        let Some(from) = self.numbers.of(&peer) else {
            self.command(Command::Validate { id, verdict: Verdict::Ignore }).await;
            return Ok(());
        };
        let input = match message {
            Gossip::Block(announcement) => {
                Input::Announcement { from, id: message_id, announcement }
            }
            Gossip::Finality(message) => Input::Finality { from, id: message_id, message },
            Gossip::Transactions(TransactionList(list)) => {
                let Some(core) = self.stage.core() else {
                    // Who joins has no state to check them against.
                    self.command(Command::Validate { id, verdict: Verdict::Ignore }).await;
                    return Ok(());
                };
                let (genesis, version) = (*core.chain().genesis(), core.next_version());
                let check = |one| Verified::check_near(&Strict, one, &genesis, version);
                let Ok(list) = list.into_iter().map(check).collect::<Result<Vec<_>, _>>() else {
                    self.command(Command::Validate { id, verdict: Verdict::Reject }).await;
                    let offence = Offence::InvalidTransaction;
                    self.command(Command::Punish { peer, offence }).await;
                    return Ok(());
                };
                Input::Transactions { from, id: message_id, list }
            }
        };
        self.input(input).await
    }

    async fn on_ask(&mut self, ask: Ask) -> Result<(), ServiceError> {
        match ask {
            Ask::Look(question) => {
                match &self.stage {
                    Stage::Running(core) => {
                        let (transactions, about) = (&self.transactions, &self.about);
                        question(Ok(&Node { core, transactions, about }));
                    }
                    Stage::Joining(joining) => question(Err(joining.join.view().sentence)),
                    Stage::Between => {}
                }
                Ok(())
            }
            Ask::Status(answer) => {
                let (transactions, about) = (&self.transactions, &self.about);
                let view = match &self.stage {
                    Stage::Running(core) => {
                        Some(answer::status(&Node { core, transactions, about }))
                    }
                    Stage::Joining(joining) => Some(answer::joining(&joining.join, about)),
                    Stage::Between => None,
                };
                if let Some(view) = view {
                    // A client that no longer waits is no failure.
                    drop(answer.send(view));
                }
                Ok(())
            }
            Ask::Rotate { account, answer } => {
                let made = match &mut self.stage {
                    Stage::Running(core) => rotate(core, account).inspect(|_| {
                        self.about.is_validator = true;
                    }),
                    Stage::Joining(_) | Stage::Between => {
                        Err("the node joins the chain: ask again when it has".to_owned())
                    }
                };
                drop(answer.send(made));
                Ok(())
            }
            Ask::Submit { transaction, answer } => {
                let ticket = Ticket(self.next_ticket);
                self.next_ticket = self.next_ticket.saturating_add(1);
                self.tickets.insert(ticket, answer);
                self.input(Input::Submit { ticket, transaction }).await
            }
        }
    }

    /// Whether the node goes on.
    async fn on_control(&mut self, line: ControlLine) -> bool {
        let command = match &line {
            ControlLine::Connect(address) => address.parse().ok().map(Command::AddPeer),
            ControlLine::Block(peer) => peer.parse().ok().map(Command::Block),
            ControlLine::Allow(peer) => peer.parse().ok().map(Command::Allow),
            ControlLine::End => return false,
        };
        if let Some(command) = command {
            self.command(command).await;
        } else {
            tracing::warn!(?line, "neither an address nor a peer");
        }
        true
    }

    /// Moves the core and carries out what it wants.
    async fn input(&mut self, input: Input) -> Result<(), ServiceError> {
        self.now = self.now.max(self.clock.now());
        for effect in self.stage.on_input(self.now, input) {
            self.carry_out(effect).await?;
        }
        if self.stage.take_over()? {
            self.introduce().await?;
        }
        self.show();
        Ok(())
    }

    /// Tells a core that has just taken over who is connected.
    async fn introduce(&mut self) -> Result<(), ServiceError> {
        tracing::info!("the node has joined and runs");
        let peers = self.about.peers.keys().map(|peer| Input::PeerConnected(*peer));
        let inputs: Vec<Input> = core::iter::once(Input::Wake).chain(peers).collect();
        for input in inputs {
            for effect in self.stage.on_input(self.now, input) {
                self.carry_out(effect).await?;
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<(), ServiceError> {
        match effect {
            Effect::Gossip(gossip) => self.command(Command::Publish(gossip)).await,
            Effect::Validate(id, validation) => {
                let verdict = match validation {
                    Validation::Accept => Verdict::Accept,
                    Validation::Reject => Verdict::Reject,
                    Validation::Ignore => Verdict::Ignore,
                };
                self.command(Command::Validate { id: swarm::MessageId(id.0), verdict }).await;
            }
            Effect::Request { peer, id, request } => {
                if let Some(peer) = self.about.id(peer) {
                    self.command(Command::Request { peer, id, request }).await;
                }
            }
            Effect::Respond(id, response) => {
                self.command(Command::Respond { id: swarm::AnswerId(id.0), response }).await;
            }
            Effect::WakeAt(at) => self.wake_at = at,
            Effect::Punish(peer, offence) => self.punish(peer, offence).await,
            Effect::Reply(ticket, result) => {
                if let Some(answer) = self.tickets.remove(&ticket) {
                    // A client that no longer waits is no failure.
                    drop(answer.send(result));
                }
            }
            Effect::Notify(Notification::Joining(sentence)) => tracing::info!("{sentence}"),
            Effect::Notify(Notification::PeerFailed(peer, how)) => {
                let peer = self.about.id(peer).map(|id| id.to_string()).unwrap_or_default();
                tracing::warn!(peer, "a peer failed: {how}");
            }
            Effect::Notify(news) => {
                let Some(core) = self.stage.core() else { return Ok(()) };
                let mut listeners = News {
                    core,
                    frontend: &self.frontend,
                    transactions: &mut self.transactions,
                    lag: &mut self.about.lag,
                    participants: &mut self.about.participants,
                    now: self.now,
                };
                listeners.tell(news);
            }
            Effect::Halt(reason) => return Err(ServiceError::Halted(reason)),
        }
        Ok(())
    }

    async fn punish(&self, peer: Peer, offence: Offence) {
        if let Some(peer) = self.about.id(peer) {
            tracing::debug!(%peer, "it {offence}");
            self.command(Command::Punish { peer, offence }).await;
        }
    }

    async fn command(&self, command: Command) {
        if self.network.commands.send(command).await.is_err() {
            tracing::debug!("the network has ended");
        }
    }

    /// Brings the metrics up to date.
    fn show(&self) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.peers.set(count(self.about.peers.len()));
        let Some(core) = self.stage.core() else { return };
        self.metrics.best_height.set(i64::from(core.head().height.0));
        self.metrics.final_height.set(i64::from(core.finalized().height.0));
        self.metrics.pool.set(count(core.pool_len()));
        self.metrics.round.set(number(core.finality().round.0));
    }

    /// Lets the network say goodbye and closes the database.
    async fn end(self) {
        self.command(Command::Shutdown).await;
        if let Err(error) = self.network.task.await {
            tracing::debug!(%error, "the network did not end well");
        }
    }
}

/// Makes session keys with which `account` can be registered, where the node signs for nobody else.
fn rotate(core: &mut NodeCore, account: AccountId) -> Result<Vec<u8>, String> {
    if let Some(session) = core.session() {
        check_one_validator(&session, &core.signer().seals(), Some(account))
            .map_err(|error| error.to_string())?;
    }
    let made = core.signer_mut().rotate(account).map_err(|error| error.to_string())?;
    Ok(encode(&made))
}
