//! Making a block final: one atomic, synced batch, then the forks that lost are dropped.
//!
//! # Order
//! Everything is computed and committed first; memory changes only after the commit returned. A commit
//! that fails leaves the layers as they were.

use super::pins::Replaced;
use super::rows::{LAYERS_KEY, UndoRow, undo_key};
use super::{FLUSH_HEIGHTS, Final, Layers, Past, UNDO_HEIGHTS};
use crate::codec::encode;
use crate::layout::StateKey;
use crate::mutant::{Mutant, Mutation};
use crate::overlay::Changes;
use crate::store::{Batch, Column, Durability, Store, StoreError};
use crate::tree::Tree;
use crate::types::{Hash, Height};
use std::collections::{BTreeSet, VecDeque};

/// Subtrees hanging deeper than this many pages may leave memory.
const STUB_DEPTH: u8 = 2;

/// What became final, and what can no longer be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finalized {
    /// Blocks that became final, lowest first; empty where the block was final already.
    pub enacted: Vec<Hash>,
    /// Blocks of forks that lost, lowest first, then by hash. Their states are gone.
    pub dropped: Vec<Hash>,
}

/// The new final state before it is committed.
struct Step {
    batch: Batch,
    base: Final,
    past: VecDeque<Past>,
    enacted: Vec<Hash>,
    /// What each of them replaced.
    replaced: Vec<Replaced>,
    flushes: bool,
}

impl<S: Store> Layers<S> {
    /// Makes `block` and its ancestors final, in one synced batch with the rows of `extra`.
    ///
    /// The batch holds the values, undo rows, the `layers` row of `meta`, and every
    /// [`FLUSH_HEIGHTS`] heights the pages that changed. `block` is a layer or the final block itself.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed, and the store has failed for good.
    pub fn finalize(&mut self, block: &Hash, extra: Batch) -> Result<Finalized, StoreError> {
        assert!(self.holds(block), "invariant(layers): only what is held becomes final");
        if let Some(error) = self.failure() {
            return Err(error);
        }
        if *block == self.base.block {
            if !extra.rows.is_empty() {
                self.store.commit(extra, Durability::Synced)?;
            }
            return Ok(Finalized::default());
        }
        let Some(mut step) = self.step(block) else {
            let unread = || StoreError::Io("the state of a layer cannot be read".into());
            return Err(self.failure().unwrap_or_else(unread));
        };
        step.batch.rows.extend(extra.rows);
        let batch = core::mem::take(&mut step.batch);
        let durability = if self.store.mutant().has(Mutation::PS03) {
            Durability::Buffered
        } else {
            Durability::Synced
        };
        self.store.commit(batch, durability)?;
        Ok(self.take(step))
    }

    /// Computes everything that making `block` final writes.
    fn step(&self, block: &Hash) -> Option<Step> {
        let height = self.held_height(block)?;
        let base = Final { block: *block, height, tree: self.tree(block)? };
        let enacted = self.chain_to(block);
        let mut batch = Batch::default();
        let mut past = self.past.clone();
        let replaced = self.write_values(&enacted, &mut batch, &mut past)?;
        while past.len() > usize::try_from(UNDO_HEIGHTS).unwrap_or(usize::MAX) {
            if let Some(height) = past.pop_front().and_then(|oldest| oldest.height.next()) {
                batch.delete(Column::Undo, undo_key(height));
            }
        }
        let flushes = height.since(self.flushed_height) >= FLUSH_HEIGHTS;
        let mut pages = (self.flushed_height, self.flushed.root());
        if flushes {
            pages = (height, base.tree.root());
            for (path, row) in base.tree.rows_since(&self.flushed, &self.layered(block)) {
                batch.rows.push((Column::Page, path.row_key(), row));
            }
        }
        batch.put(Column::Meta, LAYERS_KEY, encode(&Self::row(&base, past.front(), pages)));
        Some(Step { batch, base, past, enacted, replaced, flushes })
    }

    /// Blocks from above the final one up to `block`, lowest first.
    fn chain_to(&self, block: &Hash) -> Vec<Hash> {
        let mut chain = Vec::new();
        let mut at = *block;
        while let Some(layer) = self.forks.get(&at) {
            chain.push(at);
            at = layer.parent;
        }
        assert!(
            at == self.base.block,
            "invariant(layers): every walk down ends at the final block"
        );
        chain.reverse();
        chain
    }

    /// Rows of values and undo rows for a chain of layers; each one's parent joins `past`. Gives what
    /// each replaced.
    fn write_values(
        &self,
        chain: &[Hash],
        batch: &mut Batch,
        past: &mut VecDeque<Past>,
    ) -> Option<Vec<Replaced>> {
        let (mut written, mut replaced) = (Changes::new(), Vec::with_capacity(chain.len()));
        let (mut parent, mut height) = (self.base.block, self.base.height);
        for block in chain {
            let layer = self.forks.get(block)?;
            let parent_root = self.root_of(&parent)?;
            let reverse = self.reverse(&layer.changes, &written);
            let undo = UndoRow { block: *block, parent, parent_root, reverse };
            batch.put(Column::Undo, undo_key(layer.height), encode(&undo));
            self.write_history(layer.height, &undo.reverse, batch);
            replaced.push(undo.reverse);
            past.push_back(Past { block: parent, height, root: parent_root });
            written.extend(layer.changes.iter().map(|(key, value)| (*key, value.clone())));
            (parent, height) = (*block, layer.height);
        }
        if self.store.mutant().has(Mutation::PS10) {
            written.retain(|_, value| value.is_some());
        }
        let rows = written.into_iter().map(|(key, value)| (Column::Account, key.0.to_vec(), value));
        batch.rows.extend(rows);
        Some(replaced)
    }

    /// The values at changed keys before the change, given what the batch has changed already.
    fn reverse(&self, changes: &Changes, written: &Changes) -> Replaced {
        let unwritten: Vec<&[u8]> = changes
            .keys()
            .filter(|key| !written.contains_key(key))
            .map(|key| key.0.as_slice())
            .collect();
        let mut rows = self.store.get_many(Column::Account, &unwritten).into_iter();
        let before = |key: &StateKey| match written.get(key) {
            Some(value) => value.clone(),
            None => rows.next().flatten(),
        };
        let mut before = before;
        changes.keys().map(|key| (*key, before(key))).collect()
    }

    /// Takes over what was committed.
    fn take(&mut self, step: Step) -> Finalized {
        let Step { base, past, enacted, replaced, flushes, .. } = step;
        self.extend_pins(&replaced);
        self.base = base;
        self.past = past;
        for block in &enacted {
            self.forks.remove(block);
        }
        let dropped = self.drop_losers();
        self.bytes =
            self.forks.values().fold(0, |sum: usize, layer| sum.saturating_add(layer.bytes));
        if flushes {
            self.flushed_height = self.base.height;
            let cold = core::mem::replace(&mut self.flushed, self.base.tree.clone());
            self.bound_memory(&cold);
        }
        Finalized { enacted, dropped }
    }

    /// Removes every layer that does not descend from the final block.
    fn drop_losers(&mut self) -> Vec<Hash> {
        let mut by_height: Vec<(Height, Hash)> =
            self.forks.iter().map(|(block, layer)| (layer.height, *block)).collect();
        by_height.sort_unstable();
        let mut kept = BTreeSet::from([self.base.block]);
        let mut dropped = Vec::new();
        for (_, block) in by_height {
            if self.forks.get(&block).is_some_and(|layer| kept.contains(&layer.parent)) {
                kept.insert(block);
            } else {
                self.forks.remove(&block);
                dropped.push(block);
            }
        }
        dropped
    }

    /// Lets subtrees go that did not change since `cold` was flushed, or all of them if that is not
    /// enough. Only right after a flush: then every page of the final tree has its row.
    fn bound_memory(&mut self, cold: &Tree) {
        if self.base.tree.resident_pages() <= self.pages_max {
            return;
        }
        let mut tree = self.base.tree.demote(cold, STUB_DEPTH);
        if tree.resident_pages() > self.pages_max {
            tree = tree.demote(&tree, STUB_DEPTH);
        }
        assert!(tree.root() == self.base.tree.root(), "invariant(stub): a stub hashes as its page");
        self.base.tree = tree.clone();
        self.flushed = tree;
        // Trees of layers share the pages that shall go; they are computed again when asked for.
        for layer in self.forks.values_mut() {
            layer.tree = None;
        }
    }
}
