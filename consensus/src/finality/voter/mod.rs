//! The finality voter: takes part in rounds, one after the other, until the next voter set takes
//! over.
//!
//! # What it does
//! A pure machine over [`Round`]s. The caller feeds it blocks, votes, proofs, statuses and the
//! time; it answers with [`Output`]s. It signs through [`VoteSigner`], whose journal is durable
//! before a vote exists, and it reads the chain through [`VoterChain`]. Read `ballot.rs` for when
//! votes go out, `cast.rs` for what they say, `intake.rs` for what is believed, `heal.rs` for lost
//! votes, `change.rs` for voter sets and restarts.
//!
//! ```text
//!         something new, or a vote                       r completable, E(r-1) final
//! round r ------------------------> open --> prevote --> precommit ------------------> round r+1
//!                                                           \--> Finalize, on_finalized --/
//! ```
//!
//! # Invariants
//! 1. Round r+1 begins only when r is completable, our votes of r are cast or barred, and the
//!    estimate of r-1 is final.
//! 2. A vote that left is in the journal; a refused vote is never tried in another form.
//! 3. Finality only rises, along one chain: each `Finalize` names a descendant of the last final
//!    block.
//! 4. Between `Finalize` and `on_finalized` nothing is cast, so nobody votes beyond a block that
//!    changes the set.
//! 5. No vote is cast in a round that was caught up with.
//! 6. No vote is cast while the estimate of the round before is on a chain that lost to finality, and none off it.
//! 7. Every vote that was counted is in the log before a vote of ours is signed.
//!
//! # Bounds
//! Three rounds are kept (current, the one before for its estimate, one more to serve others). n
//! voters: at most 2 votes a stage and voter and round; 24 votes a voter held for later;
//! [`NEXT_SET_VOTES_MAX`] votes of the next set; [`REQUESTS_MAX`] open requests; one proof to send,
//! one proof and one catch-up waiting for blocks.

mod ballot;
mod cast;
mod change;
mod context;
mod heal;
mod held;
mod intake;
mod message;
#[cfg(test)]
mod tests;

pub use context::{Context, LogWrite, Refused, VoteSigner, VoterChain};
pub use heal::{CATCH_UP_DISTANCE, REQUEST_TIMEOUT_MS, REQUESTS_MAX, VOTES_PER_RESPONSE_MAX};
pub use message::{
    IgnoreReason, Output, Peer, RejectReason, VoteVerdict, VoterCheckpoint, VoterRequest,
    VoterStatus,
};

use crate::crypto::Verifier;
use crate::finality::{BlockRef, CatchUp, Justification, Round, SignedVote, Stage, VoterSet};
use crate::rules::FinalityRules;
use ballot::Ballot;
use heal::Requests;
use held::Held;
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{Hash, Height, Millis, PublicKey, Purpose, Round as RoundNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rounds ahead of ours whose votes are kept until we get there; later ones are caught up with.
pub const ROUNDS_AHEAD_MAX: u64 = 2;
/// Votes of the next set that are kept before it takes over: its voters are not known yet.
pub const NEXT_SET_VOTES_MAX: usize = 8_192;

/// What a voter is set up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VoterConfig<M = Standard> {
    /// The rules of the chain.
    pub rules: FinalityRules<M>,
    /// T: the gossip delay votes wait for, in milliseconds. `Params::gossip_ms`.
    pub gossip_ms: u64,
}

/// The finality machine of one node. Cloned and hashed freely, so that runs can branch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Voter<M = Standard> {
    config: VoterConfig<M>,
    /// Our key, where it belongs to the set.
    key: Option<PublicKey>,
    set: Arc<VoterSet>,
    last_final: BlockRef,
    /// The estimate of the round before when the current one began.
    estimate: BlockRef,
    /// The block of `estimate` was not there after a restart. Nothing is cast until it is, or until
    /// finality is as high.
    estimate_missing: bool,
    current: Round<M>,
    ballot: Ballot,
    /// Whether the beginning of this round may not be durable yet.
    unwritten: bool,
    previous: Option<Round<M>>,
    older: Option<Round<M>>,
    held: Held,
    next_set: BTreeMap<(RoundNumber, Stage, PublicKey), SignedVote>,
    /// Equivocations that were told, of the rounds that are kept.
    told: BTreeSet<(RoundNumber, Stage, PublicKey)>,
    requests: Requests,
    /// `Finalize` was asked for this block and not answered yet.
    paused: Option<BlockRef>,
    /// A proof of ours, and when to send it.
    commit: Option<(Millis, Justification)>,
    /// The highest block that a proof was seen or sent for.
    commit_seen: Option<Height>,
    waiting_proof: Option<Justification>,
    waiting_catch_up: Option<CatchUp>,
    /// Votes that were counted and not handed to the log yet: none between two steps.
    unlogged: Vec<SignedVote>,
}

impl<M: Mutant> Voter<M> {
    /// Time passed: the wake-up that [`Output::WakeAt`] asked for, or an earlier one.
    pub fn on_wake<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
    ) -> Vec<Output> {
        let mut out = Vec::new();
        self.step(context, &mut out);
        out
    }

    /// Blocks were imported, or the head changed.
    pub fn on_block<C: VoterChain, S: VoteSigner, V: Verifier>(
        &mut self,
        context: &mut Context<'_, C, S, V>,
    ) -> Vec<Output> {
        let mut out = Vec::new();
        self.release(context.chain, &mut out);
        self.resume_catch_up(context.chain, &mut out);
        self.step(context, &mut out);
        out
    }

    /// The set that votes.
    #[must_use]
    pub fn set(&self) -> &VoterSet {
        &self.set
    }

    /// The round we are in.
    #[must_use]
    pub fn round_number(&self) -> RoundNumber {
        self.current.number()
    }

    /// The round before the current one: what it decided binds our votes.
    #[must_use]
    pub const fn previous_round(&self) -> Option<&Round<M>> {
        self.previous.as_ref()
    }

    /// The last final block the voter was told of.
    #[must_use]
    pub const fn last_final(&self) -> BlockRef {
        self.last_final
    }

    /// Whether our key votes in this set.
    #[must_use]
    pub const fn is_voter(&self) -> bool {
        self.key.is_some()
    }

    /// How many votes are kept for later rounds, later blocks or the next set.
    #[must_use]
    pub fn votes_held(&self) -> usize {
        self.held.len().saturating_add(self.next_set.len())
    }

    /// Whether this seeded bug is in here: never outside the simulator.
    fn mutated(&self, mutation: Mutation) -> bool {
        self.config.rules.mutant.has(mutation)
    }

    fn is_primary(&self) -> bool {
        self.key == Some(self.set.primary(self.current.number()))
    }

    /// A round that is kept.
    fn round(&self, number: RoundNumber) -> Option<&Round<M>> {
        let mut live = self.older.iter().chain(&self.previous).chain([&self.current]);
        live.find(|round| round.number() == number)
    }

    fn round_mut(&mut self, number: RoundNumber) -> Option<&mut Round<M>> {
        let mut live = self.older.iter_mut().chain(&mut self.previous).chain([&mut self.current]);
        live.find(|round| round.number() == number)
    }

    fn round_at(&self, number: RoundNumber, base: BlockRef) -> Round<M> {
        Round::new(&self.set, number, base, &self.config.rules)
    }
}

impl<M: core::hash::Hash> Voter<M> {
    /// A hash of everything in here, for traces and searches. The same on all machines of one word
    /// size.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::personal(Purpose::Trace, &[&self.hashed_bytes()])
    }

    fn hashed_bytes(&self) -> Vec<u8> {
        let mut bytes = Bytes(Vec::new());
        core::hash::Hash::hash(self, &mut bytes);
        bytes.0
    }
}

/// Collects what is hashed.
struct Bytes(Vec<u8>);

impl core::hash::Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
