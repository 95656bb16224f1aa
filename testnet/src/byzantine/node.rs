//! One node of an attack: a real voter machine, its signer, its view of the blocks and the log of what it saw.
//!
//! # Inputs and outputs
//! Inputs are votes and proofs that are logged; the machine itself is driven by [`World`](super::world::World), which
//! carries out what it asks for. Outputs: the log and the proofs of what became final here.
//!
//! # Invariants
//! 1. A crash keeps the signer (its journal is durable before a vote leaves), the checkpoint, the view, and what was
//!    logged before the last vote of its own or the last checkpoint: a node makes its log durable before either, since
//!    both decide what it may have to explain.
//! 2. A twin shares its identity with another node; honest nodes share theirs with nobody.

use super::blocks::{Blocks, View};
use crate::sim::crypto::{SimSigner, session_keys};
use serin_consensus::finality::voter::{VoteSigner, Voter, VoterCheckpoint, VoterConfig};
use serin_consensus::finality::{Justification, SignedVote, VoteEquivocation};
use serin_state::types::PublicKey;

/// Something a node saw, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The vote; its signature holds.
    pub(super) vote: SignedVote,
    /// Whether the node itself sent it.
    pub(super) is_own: bool,
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Which keys it has: two twins share an identity.
    pub(super) identity: usize,
    /// Run by the adversary.
    pub(super) is_byzantine: bool,
    pub(super) voter: Voter,
    pub(super) signer: SimSigner,
    pub(super) view: View,
    pub(super) checkpoint: Option<VoterCheckpoint>,
    /// Which part of the network it is in.
    pub(super) group: usize,
    pub(super) is_up: bool,
    /// Blocks that wait for their parents.
    pub(super) orphans: Vec<usize>,
    pub(super) log: Vec<Entry>,
    /// Entries of the log that survive a crash.
    durable: usize,
    /// What became final here, in order.
    pub(super) finals: Vec<Justification>,
    pub(super) evidence: Vec<VoteEquivocation>,
}

/// The vote key of an identity.
pub(super) fn vote_key(identity: usize) -> PublicKey {
    session_keys(u32::try_from(identity).unwrap_or(u32::MAX)).vote
}

impl Node {
    /// A node at genesis.
    pub(super) fn new(
        identity: usize,
        is_observer: bool,
        config: VoterConfig,
        blocks: &Blocks,
    ) -> Self {
        let number = u32::try_from(identity).unwrap_or(u32::MAX);
        let signer = if is_observer { SimSigner::observer() } else { SimSigner::validator(number) };
        let set = blocks.set_after(0).clone();
        Self {
            identity,
            is_byzantine: false,
            voter: Voter::new(config, set, blocks.name(0), signer.vote_key()),
            signer,
            view: View::new(),
            checkpoint: None,
            group: 0,
            is_up: true,
            orphans: Vec::new(),
            log: Vec::new(),
            durable: 0,
            finals: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Notes a vote whose signature holds.
    pub(super) fn note(&mut self, vote: SignedVote, is_own: bool) {
        self.log.push(Entry { vote, is_own });
        if is_own {
            self.sync_log();
        }
    }

    /// Makes durable what was logged.
    pub(super) fn sync_log(&mut self) {
        self.durable = self.log.len();
    }

    /// Ends the process: what is not durable is lost.
    pub(super) fn crash(&mut self) {
        self.is_up = false;
        self.log.truncate(self.durable);
    }

    /// Starts the process again on what is durable.
    pub(super) fn restart(&mut self, config: VoterConfig, blocks: &Blocks) {
        let last = self.view.last();
        let set = blocks.set_after(last).clone();
        let fresh = Voter::new(config, set, blocks.name(last), self.signer.vote_key());
        let chain = super::blocks::Seen { blocks, view: self.view };
        self.voter = match &self.checkpoint {
            Some(checkpoint) => fresh.resumed(checkpoint, &chain),
            None => fresh,
        };
        self.is_up = true;
    }
}
