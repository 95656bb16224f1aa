//! The one way in for blocks, whoever made or sent them: known, orphan, checked, executed, kept, chosen.
//!
//! Children that waited are taken in a loop. A block that its author made wrong is remembered by hash, so that it is not
//! executed again. A body that is not the header's says nothing about the block: it is the fault of whoever sent it, and
//! if it were remembered, a peer could make this node refuse the chain by sending good headers with wrong bodies.

use super::executions::Execution;
use super::orphans::Incoming;
use super::rows::{self, StoredBlock};
use super::view::Executed as Known;
use super::{BAD_MAX, Core, Effect, Notification, Peer, Signer, Validation};
use crate::runtime::{self, BlockContext, BlockError, Executed, Verified, body_root, query};
use serin_consensus::chain::{BLOCKS_MAX, HeadChange, TreeBlock};
use serin_consensus::crypto::Verifier;
use serin_consensus::evidence::Watched;
use serin_consensus::finality::BlockRef;
use serin_consensus::leader::{CheckedClaim, HeaderContext, HeaderError, check_header};
use serin_consensus::staking::offence::Evidence;
use serin_consensus::verdict::Verdict;
use serin_network::peers::Offence;
use serin_state::layers::Prepared;
use serin_state::mutant::Mutation;
use serin_state::store::{Batch, Durability, Store};
use serin_state::types::{AccountId, Hash, Height, Millis, SignedTransaction, Slot};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether rows were committed that a loss of power could still take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Unsynced(pub(super) bool);

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Imported {
    /// It is in the tree now.
    New,
    /// It was, or lies at or below the final block.
    Known,
    /// Its parent is not here; it waits.
    Orphan,
    /// It is refused.
    Refused(Verdict),
}

/// Why a block was not executed to the end, or not to what its header says.
enum Fault {
    /// The author made it wrong: every node finds the same.
    Author,
    /// The body is not the header's.
    Sender,
    /// This node cannot tell: it is too old, or its store failed.
    Node,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Takes a block in, and then the blocks that waited for it.
    pub(super) fn import(&mut self, now: Millis, block: Incoming) -> Imported {
        let mut first = None;
        let mut waiting = vec![block];
        while let Some(block) = waiting.pop() {
            let (hash, height) = (block.hash, block.header.height());
            let imported = self.import_one(now, block);
            if imported == Imported::New && !self.mutated(Mutation::SY01) {
                waiting.extend(self.orphans.take_children(&hash, height));
            }
            first.get_or_insert(imported);
        }
        self.enact_at_import(now);
        self.tell_voter_of_blocks(now);
        first.unwrap_or(Imported::Known)
    }

    fn import_one(&mut self, now: Millis, block: Incoming) -> Imported {
        let (from, message, hash) = (block.from, block.message, block.hash);
        let slot_now = self.slot_at(now);
        let imported = if self.blocks.tree.contains(&hash)
            || block.header.height() <= self.blocks.tree.root().height
        {
            // It may bring the proof of finality that was missing here.
            if self.blocks.tree.contains(&hash) {
                self.import_justification(now, from, block.justification);
            }
            Imported::Known
        } else if self.bad.contains(&hash) {
            Imported::Refused(Verdict::Punish)
        } else if self.blocks.tree.contains(&block.header.parent()) {
            let justification = block.justification.clone();
            match self.check_and_keep(slot_now, block) {
                Ok(()) => {
                    self.import_justification(now, from, justification);
                    Imported::New
                }
                Err(verdict) => Imported::Refused(verdict),
            }
        } else if has_own_body(&block) {
            self.orphans.insert(block);
            Imported::Orphan
        } else {
            Imported::Refused(Verdict::Punish)
        };
        if let Some(message) = message {
            let validation = match imported {
                Imported::New => Validation::Accept,
                Imported::Refused(Verdict::Punish) => Validation::Reject,
                Imported::Known | Imported::Orphan | Imported::Refused(_) => Validation::Ignore,
            };
            self.effects.push(Effect::Validate(message, validation));
        }
        if imported == Imported::Refused(Verdict::Punish)
            && let Some(peer) = from
        {
            self.effects.push(Effect::Punish(peer, Offence::InvalidBlock));
        }
        imported
    }

    /// Checks the header of a block whose parent is executed.
    pub(super) fn check_header(
        &mut self,
        slot_now: Slot,
        header: &serin_state::types::Header,
    ) -> Result<CheckedClaim, HeaderError> {
        let parent =
            self.blocks.executed.get(&header.parent()).ok_or(HeaderError::UnknownParent)?;
        let session = Arc::clone(&parent.session);
        let epoch = self.epochs.epoch_for(&session, self.chain.params(), header.slot());
        let context = HeaderContext {
            genesis: self.chain.genesis(),
            params: self.chain.params(),
            rules: &self.lottery_rules(),
            parent: &parent.header,
            version: parent.version,
            epoch: &epoch,
            slot_now,
            verifier: &self.verifier,
        };
        let checked = check_header(&context, header)?;
        if let Some(author) = epoch.authority(checked.author)
            && let Watched::Equivocation(evidence) = self.seals.on_header(author.seal, header)
            && !self.mutated(Mutation::EV01)
        {
            self.reports.keep(Evidence::Seals(evidence.clone()));
            self.tell(Notification::SealEquivocation(evidence));
        }
        Ok(checked)
    }

    fn check_and_keep(&mut self, slot_now: Slot, block: Incoming) -> Result<(), Verdict> {
        let claim = match block.claim {
            Some(claim) => claim,
            None => self.check_header(slot_now, &block.header).map_err(|error| error.verdict())?,
        };
        if self.blocks.tree.len() >= BLOCKS_MAX && !self.make_room(block.header.height()) {
            return Err(Verdict::Retry);
        }
        match self.execute(&block, &claim) {
            Ok((executed, prepared)) => self.keep(block, &claim, executed, prepared),
            Err(Fault::Author) => {
                self.bad.push_back(block.hash);
                if self.bad.len() > BAD_MAX {
                    self.bad.pop_front();
                }
                Err(Verdict::Punish)
            }
            Err(Fault::Sender) => Err(Verdict::Punish),
            Err(Fault::Node) => Err(Verdict::Ignore),
        }
    }

    /// Drops the highest block of a full tree for one at `height`, if that is lower: however long a fork a peer makes up,
    /// blocks near the final one find their place, and with them the proof that ends the fork.
    fn make_room(&mut self, height: Height) -> bool {
        let Some(dropped) = self.blocks.tree.drop_highest_leaf(height) else { return false };
        let BlockRef { hash, height } = dropped.block;
        if let Some(change) = dropped.head_change {
            self.on_head_change(change);
        }
        self.blocks.executed.remove(&hash);
        let had_state = self.layers.drop_leaf(&hash);
        assert!(
            had_state,
            "invariant(layers): every block of the tree has one, and no child of a leaf"
        );
        let mut batch = Batch::default();
        rows::delete_block(&mut batch, &hash, height);
        // A failure is remembered by the store, and nothing leaves after it.
        drop(self.layers.store_mut().commit(batch, Durability::Buffered));
        true
    }

    /// Executes and compares with the header.
    fn execute(
        &self,
        block: &Incoming,
        claim: &CheckedClaim,
    ) -> Result<(Executed, Prepared), Fault> {
        let parent_hash = block.header.parent();
        let parent = self.blocks.executed.get(&parent_hash).ok_or(Fault::Node)?;
        if parent.version > self.knows {
            return Err(Fault::Node);
        }
        let context = BlockContext {
            chain: &self.chain,
            parent: &parent.header,
            slot: block.header.slot(),
            claim,
            session: &parent.session,
            knows: block.header.unsealed.knows,
        };
        let hashes: Vec<Hash> = block.body.iter().map(Verified::hash).collect();
        let known = self.executions.as_ref().and_then(|known| known.of(&block.hash));
        if let Some(Execution { executed, prepared }) = known
            && body_root(&hashes) == block.header.unsealed.body_root
        {
            return Ok((executed, prepared));
        }
        let view = self.layers.view(&parent_hash).ok_or(Fault::Node)?;
        let mut executed = runtime::execute(view, &context, &block.header.unsealed, &block.body)
            .map_err(|error| fault_of(&error))
            .map_err(|fault| if self.mutated(Mutation::SY02) { Fault::Author } else { fault })?;
        let changes = core::mem::take(&mut executed.changes);
        let prepared = self.layers.prepare(&parent_hash, changes).ok_or(Fault::Node)?;
        if prepared.root() == block.header.unsealed.state_root || self.mutated(Mutation::BP18) {
            let execution = Execution { executed, prepared };
            if let Some(executions) = &self.executions {
                executions.keep(block.hash, &execution);
            }
            Ok((execution.executed, execution.prepared))
        } else {
            Err(Fault::Author)
        }
    }

    /// Keeps an executed block: its layer, its rows, its place in the tree.
    pub(super) fn keep(
        &mut self,
        block: Incoming,
        claim: &CheckedClaim,
        executed: Executed,
        prepared: Prepared,
    ) -> Result<(), Verdict> {
        let (hash, header) = (block.hash, block.header);
        self.layers.insert(hash, header.height(), prepared).map_err(|_| Verdict::Ignore)?;
        let after = self.layers.view(&hash).ok_or(Verdict::Ignore)?;
        let (session, version) = (executed.session, query::version(&after));
        let stored = StoredBlock {
            header: header.clone(),
            body: block.body.into_iter().map(Verified::into_inner).collect(),
            outcomes: executed.outcomes,
            events: executed.block_events,
        };
        let mut batch = Batch::default();
        rows::put_block(&mut batch, &hash, &stored);
        // A failure is remembered by the store, and nothing leaves after it.
        drop(self.layers.store_mut().commit(batch, Durability::Buffered));
        self.unsynced.0 = true;
        self.reports.remember(&session);
        let known = Known { header: Arc::new(header), session: Arc::new(session), version };
        let tree_block = TreeBlock {
            hash,
            parent: known.header.parent(),
            height: known.header.height(),
            slot: known.header.slot(),
            kind: claim.kind,
            score: claim.score,
        };
        self.blocks.executed.insert(hash, known);
        match self.blocks.tree.insert(tree_block) {
            Ok(change) => {
                if let Some(change) = change {
                    self.on_head_change(change);
                }
                Ok(())
            }
            Err(error) => {
                self.blocks.executed.remove(&hash);
                Err(error.verdict())
            }
        }
    }

    /// The head moved: transactions come back from blocks that lost it and leave with those that have it.
    pub(super) fn on_head_change(&mut self, change: HeadChange) {
        let HeadChange { retracted, enacted } = change;
        let mut senders: BTreeSet<AccountId> = BTreeSet::new();
        for block in &retracted {
            for transaction in self.body_of(&block.hash) {
                senders.insert(transaction.transaction.sender);
                self.give_back(transaction);
            }
        }
        for block in &enacted {
            for transaction in self.body_of(&block.hash) {
                senders.insert(transaction.transaction.sender);
                self.pool.remove(&transaction.hash());
            }
        }
        self.sweep_pool(&senders);
        let head = self.blocks.tree.head();
        self.tell(Notification::Head { head, retracted, enacted });
        self.watch_upgrade();
    }

    pub(super) fn body_of(&self, hash: &Hash) -> Vec<SignedTransaction> {
        rows::block(self.layers.store(), hash).map(|block| block.body).unwrap_or_default()
    }

    /// A block that was imported before the node was started.
    pub(super) fn import_from_store(&mut self, hash: Hash, block: StoredBlock) {
        let version = block.header.unsealed.version;
        let genesis = *self.chain.genesis();
        let body: Result<Vec<_>, _> = block
            .body
            .into_iter()
            .map(|one| Verified::check_with(&self.verifier, one, &genesis, version))
            .collect();
        let slot = block.header.slot();
        if let Ok(body) = body
            && self.blocks.tree.contains(&block.header.parent())
        {
            let incoming = Incoming {
                from: None,
                message: None,
                header: block.header,
                hash,
                claim: None,
                body,
                justification: None,
            };
            // One that is refused now was of a fork that the final state excludes.
            let _refused = self.check_and_keep(slot, incoming).is_err();
        }
    }

    /// Whether a peer's block is worth asking for.
    pub(super) fn lacks(&self, hash: &Hash) -> bool {
        !self.blocks.tree.contains(hash) && !self.bad.contains(hash)
    }

    /// Books what a peer did.
    pub(super) fn punish(&mut self, peer: Peer, offence: Offence) {
        self.effects.push(Effect::Punish(peer, offence));
    }
}

/// Whether the transactions are those that the header names.
fn has_own_body(block: &Incoming) -> bool {
    let hashes: Vec<Hash> = block.body.iter().map(Verified::hash).collect();
    body_root(&hashes) == block.header.unsealed.body_root
}

const fn fault_of(error: &BlockError) -> Fault {
    match error {
        BlockError::BodyRoot => Fault::Sender,
        BlockError::UnknownVersion { .. } => Fault::Node,
        BlockError::WrongVersion { .. }
        | BlockError::Transaction { .. }
        | BlockError::Announcements
        | BlockError::AuthorDisabled { .. }
        | BlockError::OutcomeRoot => Fault::Author,
    }
}
