//! Opening a chain: from nothing, or from what a store holds.
//!
//! Unfinalised blocks that were kept are executed again; the state of the final block is checked by the layers.

use super::history::History;
use super::import::Unsynced;
use super::orphans::Orphans;
use super::pool::Pool;
use super::view::{Blocks, Executed, FINAL_KEPT};
use super::wanted::Wanted;
use super::{Core, Effect, Reports, Signer, StartOptions, Trace, rows};
use crate::chain_spec::ChainSpec;
use crate::runtime::{Chain, query};
use borsh::BorshDeserialize;
use serin_consensus::chain::{BLOCKS_MAX, BlockTree, TreeBlock};
use serin_consensus::crypto::Verifier;
use serin_consensus::evidence::SealWatch;
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::voter::{Voter, VoterCheckpoint, VoterConfig};
use serin_consensus::finality::{VoterSet, VoterSetError};
use serin_consensus::leader::{EpochCache, Session};
use serin_state::layers::{ImportError, Layers, OpenError};
use serin_state::mutant::Mutation;
use serin_state::store::{Batch, Column, Store, StoreError};
use serin_state::types::{ClaimKind, Hash, Header, Height, Millis, ProtocolVersion, Slot};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Why a node cannot start on its store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The store holds another chain.
    #[error(
        "the database holds the chain with genesis {found}, and the specification is of {expected}; use another --base-path, or delete the database with: serin purge-chain"
    )]
    OtherChain {
        /// What the store holds.
        found: Hash,
        /// What the specification gives.
        expected: Hash,
    },
    /// The state cannot be opened.
    #[error(
        "the database cannot be used: {0}. Delete it with: serin purge-chain; the node then fetches the chain again"
    )]
    State(#[from] OpenError),
    /// Rows that belong to the final block are missing or unreadable.
    #[error(
        "the database is damaged: the final block {0} is not in it. Delete it with: serin purge-chain; the node then fetches the chain again"
    )]
    NoFinalBlock(Hash),
    /// The disk refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A state was being fetched and is not whole.
    #[error(
        "the database holds a state that is half fetched: start with --sync proof to go on, or delete it with: serin purge-chain"
    )]
    Joining,
    /// The state that is being fetched cannot be used.
    #[error(
        "the state that is being fetched cannot be used: {0}. Delete the database with: serin purge-chain; the node then fetches it again"
    )]
    Import(#[from] ImportError),
    /// The state names no voter set: the database was written by something else.
    #[error("the database is damaged: {0}")]
    Voters(#[from] VoterSetError),
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Opens the chain of `spec` in `store`, or begins it there.
    ///
    /// # Errors
    /// [`StartError`], as a sentence that says what to do.
    pub fn start(
        spec: ChainSpec,
        store: S,
        mut signer: K,
        verifier: V,
        options: StartOptions,
    ) -> Result<Self, StartError> {
        let genesis = spec.genesis();
        let chain = Chain::new(spec, genesis.hash);
        let layers = match store.get(Column::Meta, rows::GENESIS) {
            None if super::join::is_pending(&store) => return Err(StartError::Joining),
            None => begin(store, &genesis.header, &genesis.changes)?,
            Some(found) if found == genesis.hash.0 => Layers::open(store)?,
            Some(found) => return Err(other_chain(found, genesis.hash)),
        };
        let (final_hash, _) = layers.final_block();
        let root = rows::block(layers.store(), &final_hash);
        let root = root.ok_or(StartError::NoFinalBlock(final_hash))?.header;
        let (session, version) = session_of(&layers, &final_hash)?;
        let root = Executed { header: Arc::new(root), session: Arc::clone(&session), version };
        let blocks = blocks_above(&chain, &layers, root);
        let set = VoterSet::new(session.set_id(chain.genesis()), session.voters())?;
        let rules = chain.rules().finality.with_mutant(layers.store().mutant());
        let config = VoterConfig { rules, gossip_ms: chain.params().gossip_ms };
        signer.enter_set(&set);
        let voter = Voter::new(config, set, blocks.tree.root(), signer.vote_key());
        let (newest_proof, oldest) =
            (rows::newest_proof(layers.store()), rows::oldest(layers.store()));
        let mut core = Self {
            epochs: EpochCache::warm(&session, chain.params()),
            chain,
            layers,
            blocks,
            signer,
            verifier,
            voter,
            pool: Pool::default(),
            orphans: Orphans::default(),
            partials: BTreeMap::new(),
            wanted: Wanted::default(),
            seals: SealWatch::new(),
            reports: Reports::default(),
            bad: VecDeque::new(),
            peers: BTreeMap::new(),
            requests: BTreeMap::new(),
            next_request: 0,
            tried: (Slot::ZERO, true),
            unsynced: Unsynced::default(),
            newest_proof,
            log_answer_at: Millis::ZERO,
            history: History::default(),
            oldest,
            next_status: Millis::ZERO,
            wake_at: None,
            effects: Vec::new(),
            halted: false,
            knows: options.knows,
            outdated: None,
            trace: None,
            executions: None,
        };
        core.pin_kept_points();
        core.import_kept();
        core.resume_voter();
        // What happened before this start was told then.
        core.effects.retain(|effect| matches!(effect, Effect::Halt(_)));
        core.trace = options.traced.then(Trace::default);
        core.say_outdated_again();
        Ok(core)
    }

    /// The same node, whose requests are numbered from here on: answers to those of a [`super::join::Join`] before it are
    /// not taken for its own.
    #[must_use]
    pub const fn numbered_from(mut self, next_request: u64) -> Self {
        self.next_request = next_request;
        self
    }

    /// Executes the unfinalised blocks that the store kept, lowest first.
    fn import_kept(&mut self) {
        for hash in rows::open_blocks(self.layers.store(), BLOCKS_MAX) {
            if let Some(block) = rows::block(self.layers.store(), &hash) {
                self.import_from_store(hash, block);
            }
        }
    }

    fn resume_voter(&mut self) {
        let row = self.layers.store().get(Column::Meta, rows::CHECKPOINT);
        let row = row.filter(|_| !self.mutated(Mutation::PS04));
        let checkpoint = row.and_then(|row| VoterCheckpoint::try_from_slice(&row).ok());
        if let Some(checkpoint) = checkpoint {
            let voter = self.voter.clone();
            self.voter = voter.resumed(&checkpoint, &self.blocks);
        }
    }
}

fn begin<S: Store>(
    store: S,
    header: &Header,
    changes: &serin_state::overlay::Changes,
) -> Result<Layers<S>, StartError> {
    let hash = header.hash();
    let mut extra = Batch::default();
    extra.put(Column::Meta, rows::GENESIS, hash.0);
    let block = rows::StoredBlock {
        header: header.clone(),
        body: Vec::new(),
        outcomes: Vec::new(),
        events: Vec::new(),
    };
    rows::put_block(&mut extra, &hash, &block);
    rows::put_final(&mut extra, &hash, Height::ZERO);
    Ok(Layers::create(store, hash, changes, extra)?)
}

/// Epochs and voters after a block, and the version that its children follow.
fn session_of<S: Store>(
    layers: &Layers<S>,
    block: &Hash,
) -> Result<(Arc<Session>, ProtocolVersion), StartError> {
    let view = layers.view(block).ok_or(StartError::NoFinalBlock(*block))?;
    Ok((Arc::new(query::session(&view)), query::version(&view)))
}

/// The tree above the final block, and what is known of the final blocks before it.
fn blocks_above<S: Store>(chain: &Chain, layers: &Layers<S>, root: Executed) -> Blocks<S::Mutant> {
    let (hash, height) = layers.final_block();
    let kind = root.header.unsealed.claim.map_or(ClaimKind::Secondary, |claim| claim.kind);
    let tree_root = TreeBlock {
        hash,
        parent: root.header.parent(),
        height,
        slot: root.header.slot(),
        kind,
        score: 0,
    };
    let rules = chain.rules().chain.with_mutant(layers.store().mutant());
    let tree = BlockTree::new(rules, tree_root);
    let mut blocks = Blocks::new(tree, root);
    let kept = u32::try_from(FINAL_KEPT).unwrap_or(u32::MAX);
    for below in height.saturating_sub(kept).0..height.0 {
        let below = Height(below);
        let found = rows::final_hash(layers.store(), below);
        let header =
            found.and_then(|hash| Some((hash, rows::block(layers.store(), &hash)?.header)));
        if let Some((hash, header)) = header {
            blocks.note_final(BlockRef { hash, height: below }, Arc::new(header));
        }
    }
    blocks
}

/// The database begins with another genesis.
fn other_chain(found: Vec<u8>, expected: Hash) -> StartError {
    StartError::OtherChain { found: Hash(found.try_into().unwrap_or_default()), expected }
}
