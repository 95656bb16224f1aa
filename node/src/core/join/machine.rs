//! The machine: which stage it is in, what each input does to it, and what it tells of itself.
//!
//! Inputs and effects are those of the core; what joining has no use for is answered as by a node that has
//! nothing. The stages themselves stand in `prove.rs` and `fetch.rs`.

use super::fetch::Fetch;
use super::point::{POINT_HEIGHTS, SyncPoint};
use super::servers::{Failure, Servers};
use super::{Anchor, JoinError, rows};
use crate::chain_spec::ChainSpec;
use crate::core::{
    AnswerId, Effect, Input, Notification, Peer, SubmitError, Trace, Validation, start::StartError,
};
use crate::runtime::{Chain, Protocol, query};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::proof_chain::Trust;
use serin_network::limits::WIRE_VERSION;
use serin_network::message::{
    BlocksRequest, BlocksResponse, FinalityRequest, FinalityResponse, Request, Response,
    RoundVotes, StateRequest, StateResponse, Status,
};
use serin_network::peers::Offence;
use serin_network::requests::RequestFailure;
use serin_state::layout::StateKey;
use serin_state::store::{Batch, Durability, Store, StoreError};
use serin_state::types::{Hash, Height, Millis, Round, SetId};
use std::collections::BTreeMap;

/// Slots between two exchanges of statuses.
const STATUS_SLOTS: u64 = 2;

/// A node that fetches what it needs to run.
#[derive(Clone, Debug)]
pub struct Join<S, V> {
    pub(super) chain: Chain,
    pub(super) verifier: V,
    pub(super) trust: Trust,
    pub(super) anchor: Anchor,
    /// The named block was seen on the proven chain.
    pub(super) anchored: bool,
    pub(super) stage: Stage<S>,
    pub(super) servers: Servers,
    pub(super) requests: BTreeMap<u64, (Peer, Asked)>,
    next_request: u64,
    next_status: Millis,
    wake_at: Option<Millis>,
    pub(super) effects: Vec<Effect>,
    halted: bool,
    trace: Option<Trace>,
}

/// How far it is.
#[derive(Clone, Debug)]
pub(super) enum Stage<S> {
    /// For a peer that serves a point.
    Looking(S),
    /// That the point is final.
    Proving(S, Proving),
    /// The state.
    Fetching(Box<Fetch<S>>),
    /// Nothing is left to do.
    Done(S),
    /// The store has failed, or is on its way from one stage to the next.
    Moving,
}

/// What is known of the point so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proving {
    pub(super) target: BlockRef,
    /// Whoever served it, and the proof; not believed before its set is.
    pub(super) point: Option<(Peer, SyncPoint)>,
    /// It holds.
    pub(super) proven: bool,
}

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Status,
    Chain,
    Point,
    Values(super::fetch::Part),
}

/// How far joining is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinStage {
    /// No peer serves a point yet.
    Looking,
    /// Links of the proof chain are being checked.
    Proving {
        /// Voter sets proven so far.
        sets: u64,
        /// Height of the point.
        target: Height,
    },
    /// Values are being fetched.
    Fetching {
        /// Height of the point.
        target: Height,
        /// Parts of the key space that are here, in thousandths.
        permille: u64,
        /// Values that are here.
        values: u64,
    },
    /// The node can run.
    Done,
}

/// What joining does, waits for, and has suffered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinView {
    /// How far it is.
    pub stage: JoinStage,
    /// What it does or waits for, in a sentence.
    pub sentence: String,
    /// Peers that failed, and how; the newest last.
    pub failures: Vec<Failure>,
}

impl<S: Store, V: Verifier> Join<S, V> {
    /// Begins to join the chain of `spec`, or goes on where a store was left.
    ///
    /// # Errors
    /// [`StartError`], where the specification makes no voter set or the store failed.
    pub fn start(
        spec: ChainSpec,
        store: S,
        verifier: V,
        anchor: Anchor,
        traced: bool,
    ) -> Result<Self, StartError> {
        let genesis = spec.genesis();
        let values = genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let state: BTreeMap<StateKey, Vec<u8>> = values.collect();
        let session = query::session(&state);
        let set = SetId::first(&genesis.hash);
        let trust = Trust::genesis(genesis.hash, session.voters())?;
        assert_eq!(trust.set(), set, "invariant(trust): it begins with the first set");
        let mut join = Self {
            chain: Chain::new(spec, genesis.hash),
            verifier,
            trust,
            anchor,
            anchored: anchor == Anchor::Genesis,
            stage: Stage::Moving,
            servers: Servers::default(),
            requests: BTreeMap::new(),
            next_request: 0,
            next_status: Millis::ZERO,
            wake_at: None,
            effects: Vec::new(),
            halted: false,
            trace: traced.then(Trace::default),
        };
        join.stage = if let Some(point) = rows::point(&store) {
            Stage::Fetching(Box::new(Fetch::resume(store, point)?))
        } else {
            join.follow_kept(&store);
            Stage::Looking(store)
        };
        join.advance(Millis::ZERO);
        join.effects.clear();
        Ok(join)
    }

    /// Moves by one input at time `now`, which never falls.
    pub fn on_input(&mut self, now: Millis, input: Input) -> Vec<Effect> {
        if self.halted {
            return Vec::new();
        }
        if let Some(trace) = &mut self.trace {
            trace.on_input(now, &input);
        }
        match input {
            Input::Wake => {}
            Input::PeerConnected(peer) => {
                self.servers.enter(peer);
                self.ask_status(peer);
            }
            Input::PeerDisconnected(peer) => self.on_peer_gone(peer),
            Input::Announcement { id, .. }
            | Input::Finality { id, .. }
            | Input::Transactions { id, .. } => {
                self.effects.push(Effect::Validate(id, Validation::Ignore));
            }
            Input::Submit { ticket, .. } => {
                let refusal = SubmitError::Invalid(self.view().sentence);
                self.effects.push(Effect::Reply(ticket, Err(refusal)));
            }
            Input::Request { from, id, request } => self.on_request(from, id, &request),
            Input::Response { from, id, result } => self.on_response(now, from, id, result),
        }
        self.on_time(now);
        let effects = core::mem::take(&mut self.effects);
        if let Some(trace) = &mut self.trace {
            trace.on_effects(&effects);
        }
        effects
    }

    /// The store, where joining is done.
    #[must_use]
    pub fn into_store(self) -> Option<S> {
        match self.stage {
            Stage::Done(store) => Some(store),
            Stage::Looking(_) | Stage::Proving(..) | Stage::Fetching(_) | Stage::Moving => None,
        }
    }

    /// What a crash leaves of it.
    #[must_use]
    pub fn into_disk(self) -> Option<S> {
        match self.stage {
            Stage::Done(store) | Stage::Looking(store) | Stage::Proving(store, _) => Some(store),
            Stage::Fetching(fetch) => Some(fetch.into_store()),
            Stage::Moving => None,
        }
    }

    /// Whether the store opens as a chain now.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_))
    }

    /// The number above those of all requests, for the core that comes after ([`crate::core::Core::numbered_from`]).
    #[must_use]
    pub const fn next_request(&self) -> u64 {
        self.next_request
    }

    /// The rolling hash over inputs and effects, where it was asked for.
    pub fn trace(&self) -> Option<Hash> {
        self.trace.as_ref().map(Trace::hash)
    }

    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What it does and waits for.
    #[must_use]
    pub fn view(&self) -> JoinView {
        let (stage, sentence) = match &self.stage {
            Stage::Looking(_) => (JoinStage::Looking, self.looking_sentence()),
            Stage::Proving(_, proving) => {
                let (sets, target) = (self.trust.set().shown(), proving.target.height);
                let sentence = if proving.proven {
                    format!(
                        "looks for the block of --checkpoint in the proof chain: it is not in its {sets} changes of the voter set so far"
                    )
                } else {
                    format!(
                        "checks the proof chain: {sets} changes of the voter set so far, on the way to block {target}"
                    )
                };
                (JoinStage::Proving { sets, target }, sentence)
            }
            Stage::Fetching(fetch) => fetch.view(&self.servers),
            Stage::Done(_) => (JoinStage::Done, "the state is here".to_owned()),
            Stage::Moving => (JoinStage::Looking, "the database has failed".to_owned()),
        };
        JoinView { stage, sentence, failures: self.servers.failures() }
    }

    fn looking_sentence(&self) -> String {
        if self.servers.all().is_empty() {
            return "waits for a peer that serves a state: no peer is connected".to_owned();
        }
        format!(
            "waits for a peer that serves a state: none of {} does now; states are served from block {POINT_HEIGHTS} on",
            self.servers.all().len()
        )
    }

    /// What time alone brings, and the next wake-up.
    fn on_time(&mut self, now: Millis) {
        if now >= self.next_status {
            let slot_ms = self.chain.params().slot_ms;
            self.next_status = now.saturating_add(slot_ms.saturating_mul(STATUS_SLOTS));
            for peer in self.servers.all() {
                self.ask_status(peer);
            }
        }
        self.advance(now);
        let later = Millis(now.0.saturating_add(1));
        let resting = self.servers.next_wake(now).unwrap_or(self.next_status);
        let next = self.next_status.min(resting).max(later);
        if self.wake_at != Some(next) {
            self.wake_at = Some(next);
            self.effects.push(Effect::WakeAt(next));
        }
    }

    /// Does what can be done without another answer.
    fn advance(&mut self, now: Millis) {
        self.look(now);
        self.prove(now);
        self.fetch(now);
    }

    /// Chooses a point; or ends, where the chain is so young that its blocks are the shorter way.
    fn look(&mut self, now: Millis) {
        if !matches!(self.stage, Stage::Looking(_)) {
            return;
        }
        let young = self.servers.all_below(Height(POINT_HEIGHTS));
        let point = self.servers.best_point(now);
        let Stage::Looking(store) = core::mem::replace(&mut self.stage, Stage::Moving) else {
            return;
        };
        self.stage = match point {
            Some(target) => Stage::Proving(store, Proving { target, point: None, proven: false }),
            None if young => Stage::Done(store),
            None => Stage::Looking(store),
        };
    }

    /// Begins again: nobody serves the point any more, or it was none.
    pub(super) fn look_again(&mut self, store: S) {
        self.stage = Stage::Looking(store);
    }

    pub(super) fn tell(&mut self, sentence: String) {
        self.effects.push(Effect::Notify(Notification::Joining(sentence)));
    }

    /// A peer sent what no honest node sends.
    pub(super) fn drop_liar(&mut self, now: Millis, peer: Peer, error: &JoinError) {
        self.servers.drop_peer(now, peer, error.to_string());
        self.effects.push(Effect::Notify(Notification::PeerFailed(peer, error.to_string())));
        self.effects.push(Effect::Punish(peer, Offence::InvalidProof));
    }

    /// A peer did not deliver; it may have reasons.
    pub(super) fn note_failure(&mut self, now: Millis, peer: Peer, how: String) {
        self.effects.push(Effect::Notify(Notification::PeerFailed(peer, how.clone())));
        self.servers.fail(now, peer, how);
    }

    /// The disk refused: nothing goes on.
    pub(super) fn halt(&mut self, error: &StoreError) {
        self.halted = true;
        self.stage = Stage::Moving;
        self.effects.push(Effect::Halt(error.to_string()));
    }

    pub(super) fn commit(
        store: &mut S,
        batch: Batch,
        durability: Durability,
    ) -> Result<(), StoreError> {
        store.commit(batch, durability)
    }

    pub(super) fn ask(&mut self, peer: Peer, request: Request, asked: Asked) {
        let id = self.next_request;
        self.next_request = self.next_request.saturating_add(1);
        self.requests.insert(id, (peer, asked));
        self.effects.push(Effect::Request { peer, id, request });
    }

    fn ask_status(&mut self, peer: Peer) {
        if !self.requests.values().any(|under_way| *under_way == (peer, Asked::Status)) {
            let status = Request::Status(Box::new(self.own_status()));
            self.ask(peer, status, Asked::Status);
        }
    }

    /// What a node tells that has genesis only.
    fn own_status(&self) -> Status {
        let genesis = BlockRef { hash: *self.chain.genesis(), height: Height::ZERO };
        Status {
            version: WIRE_VERSION,
            genesis: *self.chain.genesis(),
            best: genesis,
            finalized: genesis,
            set: SetId::first(self.chain.genesis()),
            round: Round(1),
            current: RoundVotes::default(),
            previous: RoundVotes::default(),
            version_max: Protocol::NEWEST.version(),
            oldest_block: Height::ZERO,
            oldest_state: Height::ZERO,
            points: Vec::new(),
        }
    }

    fn on_peer_gone(&mut self, peer: Peer) {
        self.servers.leave(peer);
        let of_peer = self.requests.extract_if(.., |_, (asked, _)| *asked == peer);
        let ended: Vec<Asked> = of_peer.map(|(_, (_, asked))| asked).collect();
        for asked in ended {
            self.free(asked);
        }
    }

    /// What was asked for is not under way any more.
    fn free(&mut self, asked: Asked) {
        if let (Asked::Values(part), Stage::Fetching(fetch)) = (asked, &mut self.stage) {
            fetch.free(&part);
        }
    }

    /// Answers a peer as a node that has nothing yet.
    fn on_request(&mut self, from: Peer, id: AnswerId, request: &Request) {
        let response = match request {
            Request::Status(status) => {
                self.on_status(from, status);
                Response::Status(Box::new(self.own_status()))
            }
            Request::Blocks(BlocksRequest::Range(_)) => {
                Response::Blocks(BlocksResponse::Range(Vec::new()))
            }
            Request::Blocks(BlocksRequest::Transactions { .. }) => {
                Response::Blocks(BlocksResponse::Transactions(Vec::new()))
            }
            Request::Finality(request) => Response::Finality(match request {
                FinalityRequest::MissingVotes { .. } => FinalityResponse::Votes(Vec::new()),
                FinalityRequest::CatchUp { .. } => FinalityResponse::CatchUp(None),
                FinalityRequest::Justification { .. } => FinalityResponse::Justification(None),
                FinalityRequest::Chain { .. } => FinalityResponse::Chain(None),
                FinalityRequest::LoggedVotes { .. } => FinalityResponse::LoggedVotes(Vec::new()),
            }),
            Request::State(StateRequest::Point { .. }) => {
                Response::State(StateResponse::Point(None))
            }
            Request::State(StateRequest::Range { .. }) => {
                Response::State(StateResponse::Range(None))
            }
        };
        self.effects.push(Effect::Respond(id, response));
    }

    fn on_status(&mut self, from: Peer, status: &Status) {
        if status.genesis == *self.chain.genesis() {
            self.servers.on_status(from, status);
        } else {
            self.effects.push(Effect::Punish(from, Offence::OtherGenesis));
        }
    }

    fn on_response(
        &mut self,
        now: Millis,
        from: Peer,
        id: u64,
        result: Result<Response, RequestFailure>,
    ) {
        let Some((_, asked)) = self.requests.remove(&id) else { return };
        if asked != Asked::Status {
            self.servers.give_back(from);
        }
        self.free(asked);
        match (asked, result) {
            (Asked::Status, Ok(Response::Status(status))) => self.on_status(from, &status),
            (Asked::Chain, Ok(Response::Finality(FinalityResponse::Chain(fragment)))) => {
                self.on_fragment(now, from, fragment.as_deref());
            }
            (Asked::Point, Ok(Response::State(StateResponse::Point(point)))) => {
                self.on_point(now, from, point.as_deref());
            }
            (Asked::Values(part), Ok(Response::State(StateResponse::Range(values)))) => {
                self.on_values(now, from, part, values);
            }
            (_, Ok(_)) => {
                let how = "it gave an answer that does not fit the question".to_owned();
                self.servers.drop_peer(now, from, how.clone());
                self.effects.push(Effect::Notify(Notification::PeerFailed(from, how)));
                self.effects.push(Effect::Punish(from, Offence::WrongAnswer));
            }
            (Asked::Status, Err(_)) => {}
            (_, Err(failure)) => self.note_failure(now, from, format!("{failure}")),
        }
    }
}
