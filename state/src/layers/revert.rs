//! Going back to an earlier final state, for an operator who must.
//!
//! Finality is not taken back by the protocol; this is for repair on a stopped node, and for chains that
//! are tried out. Undo rows lead back, and the root that they recorded is checked before anything is written.
//!
//! # Invariants
//! 1. One synced batch: a crash leaves the old final state or the new one.
//! 2. Pins at or below the new final block stay right: their old values cover every key that goes back.
//!
//! # Bounds
//! At most [`super::UNDO_HEIGHTS`] heights, also with an archive: older roots were not kept, so nothing could
//! be checked. Memory: the values that go back.

use super::rows::{LAYERS_KEY, UndoRow, undo_key};
use super::{Final, Layers, Past};
use crate::codec::encode;
use crate::store::{Batch, Column, Durability, Store, StoreError};
use crate::types::{Hash, Height};
use std::collections::VecDeque;

/// What is no longer final, and what is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverted {
    /// The final block now.
    pub block: Hash,
    /// Blocks that were final, lowest first.
    pub undone: Vec<Hash>,
    /// Unfinalised blocks, lowest first, then by hash. Their states are gone.
    pub dropped: Vec<Hash>,
}

/// Why a state does not go back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevertError {
    /// Nothing is final there yet.
    #[error("height {newest} is the newest final one: there is nothing to take back")]
    NotFinal {
        /// The final height.
        newest: Height,
    },
    /// What was replaced since is not kept.
    #[error(
        "states before height {oldest} are gone: go back to a height from {oldest} on, or sync again"
    )]
    Gone {
        /// The lowest height that can be gone back to.
        oldest: Height,
    },
    /// Undo rows lead to another root than they recorded.
    #[error("the undo rows do not lead back to height {to}: the state is damaged; sync again")]
    Damaged {
        /// What was asked for.
        to: Height,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: Store> Layers<S> {
    /// Makes the final block at height `to` the final one again, in one synced batch with the rows of `extra`.
    /// Unfinalised blocks are dropped.
    ///
    /// # Errors
    /// [`RevertError`]; then nothing changed.
    pub fn revert(&mut self, to: Height, extra: Batch) -> Result<Reverted, RevertError> {
        if let Some(error) = self.failure() {
            return Err(error.into());
        }
        if to > self.base.height {
            return Err(RevertError::NotFinal { newest: self.base.height });
        }
        let mut batch = Batch::default();
        let base = if to == self.base.height { None } else { Some(self.back(to, &mut batch)?) };
        batch.rows.extend(extra.rows);
        self.store.commit(batch, Durability::Synced)?;
        let undone = base.map_or_else(Vec::new, |base| self.stand_at(base));
        Ok(Reverted { block: self.base.block, undone, dropped: self.drop_forks() })
    }

    /// Computes the state at `to` and writes everything that going back changes.
    fn back(&self, to: Height, batch: &mut Batch) -> Result<Final, RevertError> {
        let gone = RevertError::Gone { oldest: self.oldest_proofs() };
        let past = *self.past.iter().find(|past| past.height == to).ok_or(gone)?;
        let damaged = || self.failure().map_or(RevertError::Damaged { to }, RevertError::Store);
        let view = self.past_view(&past.block).ok_or_else(damaged)?;
        let tree = self.past_tree(&past.block).ok_or_else(damaged)?;
        assert!(tree.root() == past.root, "invariant(revert): the recorded root");
        let values = view.flattened().into_iter();
        batch.rows.extend(values.map(|(key, value)| (Column::Account, key.0.to_vec(), value)));
        let mut height = self.base.height;
        while height > to {
            let undo = self.store.get(Column::Undo, &undo_key(height));
            let undo = undo.and_then(|row| UndoRow::decode(&row)).ok_or_else(damaged)?;
            self.unwrite_history(height, &undo.reverse, batch);
            batch.delete(Column::Undo, undo_key(height));
            height = height.previous().ok_or_else(damaged)?;
        }
        for (path, row) in tree.rows_since(&self.flushed, &view) {
            batch.rows.push((Column::Page, path.row_key(), row));
        }
        let base = Final { block: past.block, height: to, tree };
        let oldest = self.past.front().filter(|oldest| oldest.height < to);
        let pages = (to, base.tree.root());
        batch.put(Column::Meta, LAYERS_KEY, encode(&Self::row(&base, oldest, pages)));
        Ok(base)
    }

    /// Takes over what was committed; gives the blocks that are no longer final.
    fn stand_at(&mut self, base: Final) -> Vec<Hash> {
        let above = self.past.iter().filter(|past| past.height > base.height);
        let undone = above.map(|past| past.block).chain([self.base.block]).collect();
        let kept: VecDeque<Past> =
            self.past.iter().filter(|past| past.height < base.height).copied().collect();
        self.past = kept;
        self.pins.retain(|pin| pin.height <= base.height);
        self.flushed = base.tree.clone();
        self.flushed_height = base.height;
        self.base = base;
        undone
    }

    fn drop_forks(&mut self) -> Vec<Hash> {
        let forks = core::mem::take(&mut self.forks);
        let mut dropped: Vec<(Height, Hash)> =
            forks.iter().map(|(block, layer)| (layer.height, *block)).collect();
        dropped.sort_unstable();
        self.bytes = 0;
        self.highest = self.base.height;
        dropped.into_iter().map(|(_, block)| block).collect()
    }
}
