//! What others may look at: a read-only view of the node for RPC, launcher and tests.
//!
//! Nothing here changes the node. Answers are about the head or a block that is held; what is not held answers
//! `None`, never a guess.

use super::author::UNFINALISED_MAX;
use super::rows::{self, StoredBlock};
use super::{Core, Peer, Signer, Trace};
use crate::runtime::{Chain, query};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::leader::{Member, Session};
use serin_state::layers::Layers;
use serin_state::store::Store;
use serin_state::types::{Account, AccountId, Hash, Height, Millis, Round, SetId, Slot};
use std::sync::Arc;

/// Whether the node keeps up, and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncState {
    /// It is at the head of what its peers told.
    Synced,
    /// It fetches blocks.
    Syncing {
        /// The highest block that a peer told of.
        target: Height,
    },
    /// It waits, for the reason in the sentence.
    Waiting(String),
}

/// Where finality stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalityView {
    /// The voter set.
    pub set: SetId,
    /// Its round.
    pub round: Round,
    /// How many voters it has.
    pub voters: usize,
    /// Whether this node votes in it.
    pub votes: bool,
}

/// What a peer told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// The peer.
    pub peer: Peer,
    /// Its head.
    pub best: Option<BlockRef>,
    /// Its final block.
    pub finalized: Option<BlockRef>,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// The chain.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The head.
    pub const fn head(&self) -> BlockRef {
        self.blocks.tree.head()
    }

    /// The final block.
    pub const fn finalized(&self) -> BlockRef {
        self.blocks.tree.root()
    }

    /// Forks and states.
    pub const fn layers(&self) -> &Layers<S> {
        &self.layers
    }

    /// Who signs.
    pub const fn signer(&self) -> &K {
        &self.signer
    }

    /// Who signs, to give it another key. What it has signed stays its own affair.
    pub const fn signer_mut(&mut self) -> &mut K {
        &mut self.signer
    }

    /// Ends the core and gives back what survives it: the store and the signer.
    pub fn into_parts(self) -> (S, K)
    where
        S: Clone,
    {
        (self.layers.store().clone(), self.signer)
    }

    /// Epochs and voters after the head.
    #[must_use]
    pub fn session(&self) -> Option<Arc<Session>> {
        let head = self.blocks.tree.head().hash;
        self.blocks.executed.get(&head).map(|block| Arc::clone(&block.session))
    }

    /// Hash of the block at a height of the best chain.
    #[must_use]
    pub fn hash_of(&self, height: Height) -> Option<Hash> {
        self.hash_at(height)
    }

    /// A kept block.
    #[must_use]
    pub fn block(&self, hash: &Hash) -> Option<StoredBlock> {
        rows::block(self.layers.store(), hash)
    }

    /// The store itself, for the simulator's faults of the disk. Its rows are the core's.
    pub const fn disk_mut(&mut self) -> &mut S {
        self.layers.store_mut()
    }

    /// The encoded justification of the final block at `height`, where it is kept.
    #[must_use]
    pub fn justification(&self, height: Height) -> Option<Vec<u8>> {
        rows::justification(self.layers.store(), height)
    }

    /// Whether a justification of the final block at `height` is kept.
    #[must_use]
    pub fn is_justified(&self, height: Height) -> bool {
        rows::justification(self.layers.store(), height).is_some()
    }

    /// An account after a block whose state is held.
    #[must_use]
    pub fn account(&self, id: AccountId, block: &Hash) -> Option<Account> {
        self.layers.view(block).map(|view| query::account(&view, id))
    }

    /// Waiting transactions of an account that follow on its nonce.
    #[must_use]
    pub fn pending_of(&self, id: AccountId) -> u64 {
        let head = self.blocks.tree.head().hash;
        let nonce = self.account(id, &head).map(|account| account.nonce).unwrap_or_default();
        self.pool.run_of(&id, nonce)
    }

    /// How many transactions wait.
    pub fn pool_len(&self) -> usize {
        self.pool.len()
    }

    /// How many blocks wait for their parents.
    pub fn orphans_len(&self) -> usize {
        self.orphans.len()
    }

    /// A block that waits for its parent although that is here: there is none.
    #[must_use]
    pub fn forgotten_orphan(&self) -> Option<Hash> {
        let here = |parent: &Hash, height| {
            self.blocks.tree.get(parent).is_some_and(|block| block.height == height)
        };
        self.orphans.child_of(here)
    }

    /// Where finality stands.
    #[must_use]
    pub fn finality(&self) -> FinalityView {
        FinalityView {
            set: self.voter.set().id(),
            round: self.voter.round_number(),
            voters: self.voter.set().len(),
            votes: self.voter.is_voter(),
        }
    }

    /// What the peers told.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerView> {
        let view = |(peer, state): (&Peer, &super::sync::PeerState)| PeerView {
            peer: *peer,
            best: state.best,
            finalized: state.finalized,
        };
        self.peers.iter().map(view).collect()
    }

    /// Whether the node keeps up.
    #[must_use]
    pub fn sync_state(&self, now: Millis) -> SyncState {
        if self.next_version() > self.knows
            && let Some(outdated) = self.outdated()
        {
            return SyncState::Waiting(outdated);
        }
        let head = self.blocks.tree.head();
        let bests = self.peers.values().filter_map(|state| state.best);
        let target = bests.map(|best| best.height).max().unwrap_or(head.height);
        if target > head.height.saturating_add(2) {
            return SyncState::Syncing { target };
        }
        if self.peers.is_empty() && self.voter.set().len() > 1 {
            return SyncState::Waiting("no peer is connected".to_owned());
        }
        let lag = head.height.since(self.blocks.tree.root().height);
        if lag >= UNFINALISED_MAX {
            return SyncState::Waiting(format!(
                "{lag} blocks are not final, so this node makes no more until some are"
            ));
        }
        if lag > 16 {
            let round = self.voter.round_number();
            return SyncState::Waiting(format!(
                "{lag} blocks are not final: round {round} lacks votes of a supermajority"
            ));
        }
        let head_slot = self.blocks.tree.get(&head.hash).map_or(Slot::ZERO, |block| block.slot);
        if self.slot_at(now).since(head_slot) > 16 && head.height > Height::ZERO {
            return SyncState::Waiting("no block has come for more than 16 slots".to_owned());
        }
        SyncState::Synced
    }

    /// Who makes the block of `slot` on the head if nobody wins its lottery.
    #[must_use]
    pub fn secondary_author(&self, slot: Slot) -> Option<Member> {
        let session = self.session()?;
        let epoch = session.epoch_for(self.chain.params(), slot);
        session.member_at(self.chain.params(), slot, epoch.secondary_author(slot)).copied()
    }

    /// The account of a block's author.
    #[must_use]
    pub fn author_of(&self, block: &StoredBlock) -> Option<AccountId> {
        let claim = block.header.unsealed.claim?;
        let parent = self.blocks.executed.get(&block.header.parent());
        let session = match parent {
            Some(parent) => Arc::clone(&parent.session),
            None => Arc::new(query::session(&self.layers.view(&block.header.parent())?)),
        };
        let member = session.member_at(self.chain.params(), claim.slot, claim.author)?;
        Some(member.account)
    }

    /// The rolling hash over inputs and effects, where it was asked for.
    pub fn trace(&self) -> Option<Hash> {
        self.trace.as_ref().map(Trace::hash)
    }
}
