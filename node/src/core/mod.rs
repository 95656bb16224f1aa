//! The node without its sockets: inputs go in, effects come out.
//!
//! # Flow
//! ```text
//! Input::Announcement -> announce -> import -> tree, layers, rows -> Notify, Gossip
//! Input::Finality     -> votes ---> voter --> finalise ----------> Notify, Gossip
//! Input::Wake         -> author --> import
//! Input::Response     -> sync ----> import, history
//! ```
//! Own, gossiped and synced blocks go through the same import, local and gossiped transactions through the same pool.
//!
//! # Invariants
//! 1. Nothing here reads a clock, a socket or a random source; `now` is given, and store, signer and verifier are the
//!    only collaborators.
//! 2. What must survive a crash is committed before the effect that reveals it is pushed: a seal and a vote by the
//!    signer's journal, bodies before a vote for them leaves, finality before it is told.
//! 3. The same inputs on the same store give the same effects, byte for byte.
//! 4. Once the store has failed, no effect but [`Effect::Halt`] leaves.
//!
//! # Bounds
//! Unfinalised blocks: the block tree's. Orphans and partial announcements: `orphans`. Pool: `pool`. Votes: the voter's.
//! Blocks known by name: `wanted`. Requests under way: `sync`. Authors' seals: the seal watch's. Evidence: `report`.
//! Remembered bad blocks: [`BAD_MAX`]. Peers: whoever drives the core; per peer a status and one request of each kind.

mod announce;
mod author;
mod durable;
mod effect;
mod exchange;
mod executions;
mod history;
mod import;
mod input;
pub mod join;
mod orphans;
mod points;
mod pool;
mod proofs;
mod query;
mod record;
mod report;
mod revert;
mod rows;
mod serve;
mod signer;
mod start;
mod sync;
mod trace;
mod transactions;
mod upgrade;
mod view;
mod votes;
mod wanted;

#[cfg(test)]
mod tests;

pub use effect::{Effect, Notification, SubmitError, Validation};
pub use exchange::{BLOCKS_MAGIC, BadBlock, FILE_BLOCK_BYTES_MAX, exportable, exported};
pub use executions::{Execution, Executions};
pub use history::History;
pub use input::{AnswerId, Input, MessageId, Peer, Ticket};
pub use pool::{POOL_BYTES_MAX, POOL_MAX, SENDER_MAX};
pub use query::{FinalityView, PeerView, SyncState};
pub use record::{LOG_ANSWER_MS, RECORD_HEADERS_MAX, genesis_set};
pub use revert::{RevertRefused, revert};
pub use rows::{StoredBlock, holds_blocks, holds_chain};
pub use signer::{SealRefused, SessionKeys, Signer, TwoValidators, check_one_validator};
pub use start::StartError;
use trace::Trace;
pub use upgrade::{StartOptions, UpgradeView};

use crate::runtime::Chain;
use import::Unsynced;
use orphans::{Orphans, Partial};
use pool::Pool;
use report::Reports;
use serin_consensus::crypto::Verifier;
use serin_consensus::evidence::SealWatch;
use serin_consensus::finality::voter::Voter;
use serin_consensus::leader::EpochCache;
use serin_consensus::rules::LotteryRules;
use serin_state::layers::Layers;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::store::Store;
use serin_state::types::{Hash, Millis, ProtocolVersion, Slot};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use sync::{PeerState, Purpose};
use view::Blocks;
use wanted::Wanted;

/// Bad blocks whose hashes are remembered, so that they are not executed again.
pub const BAD_MAX: usize = 1_024;

/// The node.
#[derive(Clone, Debug)]
pub struct Core<S: Store, K, V> {
    chain: Chain,
    layers: Layers<S>,
    blocks: Blocks<S::Mutant>,
    signer: K,
    verifier: V,
    voter: Voter<S::Mutant>,
    pool: Pool,
    orphans: Orphans,
    partials: BTreeMap<Hash, Partial>,
    /// Blocks that votes or descendants name and that are not here; asked for again until they are.
    wanted: Wanted,
    seals: SealWatch,
    /// Offences that the chain does not know yet.
    reports: Reports,
    epochs: EpochCache,
    bad: VecDeque<Hash>,
    peers: BTreeMap<Peer, PeerState>,
    requests: BTreeMap<u64, (Peer, Purpose)>,
    next_request: u64,
    /// The last slot in which authoring was tried, by kind: primary first, secondary later.
    tried: (Slot, bool),
    unsynced: Unsynced,
    /// Height of the last justification that is kept only because it is the newest.
    newest_proof: Option<serin_state::types::Height>,
    /// When a peer may be answered from the vote log again.
    log_answer_at: Millis,
    /// Which blocks are kept, and from where on they are here.
    history: History,
    oldest: serin_state::types::Height,
    next_status: Millis,
    wake_at: Option<Millis>,
    effects: Vec<Effect>,
    halted: bool,
    /// Newest protocol version that this node knows.
    knows: ProtocolVersion,
    /// What was last said about being too old.
    outdated: Option<String>,
    trace: Option<Trace>,
    /// With other nodes of the process, in the simulator.
    executions: Option<Arc<dyn Executions>>,
}

/// Everything that decides what the node does next, so that a search can tell its states apart. Left out are what follows
/// from the rest (caches, the tree's pages) and what only looks on (the trace).
impl<S: Store, K: core::hash::Hash, V> core::hash::Hash for Core<S, K, V> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.chain.genesis().hash(state);
        self.layers.digest().hash(state);
        self.blocks.hash(state);
        self.signer.hash(state);
        self.voter.hash(state);
        self.pool.hash(state);
        (&self.orphans, &self.partials, &self.wanted).hash(state);
        self.seals.hash(state);
        self.reports.hash(state);
        self.bad.hash(state);
        (&self.peers, &self.requests, self.next_request).hash(state);
        (self.tried, self.unsynced, self.newest_proof, self.log_answer_at).hash(state);
        (self.history, self.oldest).hash(state);
        (self.next_status, self.wake_at, self.halted, self.knows, &self.outdated).hash(state);
    }
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// The same node, sharing what executing blocks gives with others of the same chain and code.
    #[must_use]
    pub fn sharing(mut self, executions: &Arc<dyn Executions>) -> Self {
        self.executions = Some(Arc::clone(executions));
        self
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
            Input::PeerConnected(peer) => self.on_peer(now, peer),
            Input::PeerDisconnected(peer) => self.on_peer_gone(now, peer),
            Input::Announcement { from, id, announcement } => {
                self.on_announcement(now, from, id, announcement);
            }
            Input::Finality { from, id, message } => self.on_finality(now, from, id, message),
            Input::Transactions { from, id, list } => self.on_transactions(now, from, id, list),
            Input::Submit { ticket, transaction } => self.on_submit(now, ticket, *transaction),
            Input::Request { from, id, request } => self.on_request(now, from, id, request),
            Input::Response { from, id, result } => self.on_response(now, from, id, result),
        }
        self.on_time(now);
        self.leave()
    }

    /// What time alone brings: authoring, votes, statuses; and the next wake-up.
    fn on_time(&mut self, now: Millis) {
        self.author(now);
        self.wake_voter(now);
        self.keep_in_touch(now);
        self.bring_evidence(now);
        self.ask_others_for_bodies(now);
        let next = self.next_wake(now);
        if self.wake_at != Some(next) {
            self.wake_at = Some(next);
            self.effects.push(Effect::WakeAt(next));
        }
    }

    /// Lets the effects out, if the store still does what it is asked.
    fn leave(&mut self) -> Vec<Effect> {
        let mut effects = core::mem::take(&mut self.effects);
        if let Some(error) = self.layers.failure() {
            self.halted = true;
            effects = vec![Effect::Halt(error.to_string())];
        }
        if let Some(trace) = &mut self.trace {
            trace.on_effects(&effects);
        }
        effects
    }

    fn lottery_rules(&self) -> LotteryRules<S::Mutant> {
        self.chain.rules().lottery.with_mutant(self.layers.store().mutant())
    }

    /// Whether this seeded bug is in here: never outside the simulator.
    fn mutated(&self, mutation: Mutation) -> bool {
        self.layers.store().mutant().has(mutation)
    }

    fn slot_at(&self, now: Millis) -> Slot {
        self.chain.params().slot_at(now)
    }

    fn next_wake(&self, now: Millis) -> Millis {
        let later = Millis(now.0.saturating_add(1));
        let voter = self.voter.next_wake(now).map(|at| at.max(later));
        [Some(self.next_authoring(now)), voter, Some(self.next_status), self.next_body_wake()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(later)
            .max(later)
    }

    fn tell(&mut self, news: Notification) {
        self.effects.push(Effect::Notify(news));
    }
}
