//! Past values: at any final height with an archive, and at the last 256 without.
//!
//! ```text
//!   column `history`:   key ‖ height -> the value that the block at this height replaced
//!
//!   height    5        9              14 (final)
//!   row       k‖5: a   k‖9: b         none        the value of k was a until 4, b from 5 to 8,
//!                                                 and from 9 on it is what column `account` has
//! ```
//!
//! The value at height `h` is the one that was replaced first after `h`: one seek to the first row at or
//! after `k ‖ h + 1`, and the value of the final state where that row belongs to another key.
//!
//! # Invariants
//! 1. History is written in the batch that makes a block final, from the height in the row `history` of
//!    column `meta` on, without a gap. So it can only begin where nothing was pruned yet.
//!
//! # Bounds
//! An archive grows by one row for each value that a final block changes. Proofs need trees, which are
//! not kept: they reach as far back as undo rows, and to pinned blocks.

use super::pins::Replaced;
use super::view::View;
use super::{Damage, Layers};
use crate::codec::{decode_bounded, encode};
use crate::layout::StateKey;
use crate::mutant::{Mutant, Mutation};
use crate::overlay::StateRead;
use crate::store::{Batch, Column, Durability, Store, StoreError};
use crate::tree::{PROOF_KEYS_MAX, Proof};
use crate::types::{Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};

/// Key of the row in column `meta` that an archive has.
pub(super) const HISTORY_KEY: &[u8] = b"history";
/// Version of that row, and of those in column `history`.
const HISTORY_VERSION: u32 = 1;
/// Largest value that is looked at, as in an undo row.
const VALUE_BYTES_MAX: usize = 64 << 20;
/// Rows deleted in one batch when an archive becomes pruned.
const DELETE_ROWS: usize = 16_384;

/// Which past values are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Retention {
    /// Those of the last [`super::UNDO_HEIGHTS`] final heights.
    #[default]
    Pruned,
    /// All, from the first state of the store on.
    Archive,
}

/// Why past values are kept no other way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// What an archive would need is gone.
    #[error(
        "this database was pruned up to height {height}: an archive begins with an empty database. \
         Choose another directory, or go on without archive"
    )]
    Pruned {
        /// The final height.
        height: Height,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a past state is not read or proved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// Nothing is final there yet.
    #[error("height {newest} is the newest final one")]
    NotFinal {
        /// The final height.
        newest: Height,
    },
    /// Values from then are not kept.
    #[error("values before height {oldest} are not kept here: ask a node with an archive")]
    ValueGone {
        /// The lowest height with values.
        oldest: Height,
    },
    /// Proofs are made for recent states alone, also by an archive.
    #[error("states before height {oldest} can no longer be proved")]
    ProofGone {
        /// The lowest height with proofs, pinned ones aside.
        oldest: Height,
    },
    /// No key was asked, or more than [`PROOF_KEYS_MAX`].
    #[error("a proof covers between 1 and {PROOF_KEYS_MAX} keys")]
    KeyCount,
    /// The store failed, or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What says that a store is an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct HistoryRow {
    /// [`HISTORY_VERSION`] of who wrote it.
    version: u32,
    /// The lowest height whose values can be read.
    from: Height,
}

/// The state after a final block of the past.
#[derive(Clone, Debug)]
pub struct PastView<'a, S> {
    source: Source<'a, S>,
}

#[derive(Clone, Debug)]
enum Source<'a, S> {
    /// Undo rows over the final values.
    Recent(View<'a, S>),
    /// Column `history` over the final values; the height asked for.
    Archive(&'a S, Height),
}

impl<S: Store> StateRead for PastView<'_, S> {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        match &self.source {
            Source::Recent(view) => view.get(key),
            Source::Archive(..) => self.read(key).ok().flatten(),
        }
    }

    fn mutated(&self, mutation: Mutation) -> bool {
        match &self.source {
            Source::Recent(view) => view.mutated(mutation),
            Source::Archive(store, _) => store.mutant().has(mutation),
        }
    }
}

impl<S: Store> PastView<'_, S> {
    /// The value at `key`, or what is wrong with the row that should hold it.
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StoreError> {
        match &self.source {
            Source::Recent(view) => Ok(view.get(key)),
            Source::Archive(store, height) => archived(*store, key, *height),
        }
    }
}

impl<S: Store> Layers<S> {
    /// Decides which past values are kept from now on. An archive is asked for before the first block becomes
    /// final. The store remembers what was decided, so this is called where the operator said something, and
    /// not with a default, which would end an archive.
    ///
    /// An archive may become pruned: then its history is deleted, in batches of bounded size, and never comes
    /// back. A pruned store never becomes an archive.
    ///
    /// # Errors
    /// [`RetentionError`].
    pub fn retain(&mut self, retention: Retention) -> Result<(), RetentionError> {
        match (retention, self.history_from) {
            (Retention::Archive, Some(_)) => Ok(()),
            (Retention::Archive, None) if self.past.is_empty() => Ok(self.begin_history()?),
            (Retention::Archive, None) => Err(RetentionError::Pruned { height: self.base.height }),
            (Retention::Pruned, _) => Ok(self.end_history()?),
        }
    }

    /// Which past values are kept.
    #[must_use]
    pub const fn retention(&self) -> Retention {
        if self.history_from.is_some() { Retention::Archive } else { Retention::Pruned }
    }

    /// The lowest final height whose values can be read.
    #[must_use]
    pub fn oldest_values(&self) -> Height {
        self.history_from.unwrap_or_else(|| self.oldest_proofs())
    }

    /// The lowest final height whose state can be proved, pinned ones aside.
    #[must_use]
    pub fn oldest_proofs(&self) -> Height {
        self.past.front().map_or(self.base.height, |past| past.height)
    }

    /// The state after the final block at `height`.
    ///
    /// # Errors
    /// [`PastError::NotFinal`] above the final height, [`PastError::ValueGone`] where the values are not
    /// kept.
    pub fn past(&self, height: Height) -> Result<PastView<'_, S>, PastError> {
        if height > self.base.height {
            return Err(PastError::NotFinal { newest: self.base.height });
        }
        if self.history_from.is_some_and(|from| from <= height) {
            return Ok(PastView { source: Source::Archive(&self.store, height) });
        }
        let gone = PastError::ValueGone { oldest: self.oldest_values() };
        let block = self.final_at(height).ok_or(gone)?;
        let view = self.view(&block).ok_or_else(|| self.unread())?;
        Ok(PastView { source: Source::Recent(view) })
    }

    /// The value at `key` after the final block at `height`, `None` where there was none. With an
    /// archive one seek, and one read where the value did not change since.
    ///
    /// # Errors
    /// As [`Layers::past`], and where the store failed.
    pub fn value_at(&self, height: Height, key: &StateKey) -> Result<Option<Vec<u8>>, PastError> {
        let value = self.past(height)?.read(key)?;
        self.failure().map_or(Ok(value), |error| Err(error.into()))
    }

    /// The proof of what the state after the final block at `height` held at `keys`.
    ///
    /// # Errors
    /// [`PastError::ProofGone`] more than [`super::UNDO_HEIGHTS`] below the final height, pinned blocks aside; the
    /// others as they say.
    pub fn prove_at(&self, height: Height, keys: &[StateKey]) -> Result<Proof, PastError> {
        if height > self.base.height {
            return Err(PastError::NotFinal { newest: self.base.height });
        }
        if keys.is_empty() || keys.len() > PROOF_KEYS_MAX {
            return Err(PastError::KeyCount);
        }
        let gone = PastError::ProofGone { oldest: self.oldest_proofs() };
        let block = self.final_at(height).ok_or(gone)?;
        self.prove(&block, keys).ok_or_else(|| self.unread())
    }

    /// The final block at `height`, where its whole state is known: the final one, those that undo rows
    /// lead back to, and pinned ones.
    #[must_use]
    pub fn final_at(&self, height: Height) -> Option<Hash> {
        if height == self.base.height {
            return Some(self.base.block);
        }
        let past = self.past.iter().find(|past| past.height == height).map(|past| past.block);
        let pinned = || self.pins().into_iter().find(|pin| pin.1 == height).map(|pin| pin.0);
        past.or_else(pinned)
    }

    /// Adds what the block at `height` replaced, where the store is an archive.
    pub(super) fn write_history(&self, height: Height, replaced: &Replaced, batch: &mut Batch) {
        if self.history_from.is_none() {
            return;
        }
        for (key, value) in replaced {
            batch.put(Column::History, history_key(key, height), encode(value));
        }
    }

    /// Removes what [`Layers::write_history`] added.
    pub(super) fn unwrite_history(&self, height: Height, replaced: &Replaced, batch: &mut Batch) {
        if self.history_from.is_none() {
            return;
        }
        for (key, _) in replaced {
            batch.delete(Column::History, history_key(key, height));
        }
    }

    fn begin_history(&mut self) -> Result<(), StoreError> {
        let from = self.base.height;
        let mut batch = Batch::default();
        let row = HistoryRow { version: HISTORY_VERSION, from };
        batch.put(Column::Meta, HISTORY_KEY, encode(&row));
        self.store.commit(batch, Durability::Synced)?;
        self.history_from = Some(from);
        Ok(())
    }

    /// Deletes the history; what a crash leaves of it is deleted by the next call.
    fn end_history(&mut self) -> Result<(), StoreError> {
        if self.history_from.is_some() {
            let mut batch = Batch::default();
            batch.delete(Column::Meta, HISTORY_KEY);
            self.store.commit(batch, Durability::Synced)?;
            self.history_from = None;
        }
        loop {
            let rows = self.store.scan(Column::History, &[], DELETE_ROWS);
            if let Some(error) = self.store.failure() {
                return Err(error);
            }
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::default();
            for (key, _) in rows {
                batch.delete(Column::History, key);
            }
            self.store.commit(batch, Durability::Buffered)?;
        }
    }

    fn unread(&self) -> PastError {
        let unread = || StoreError::Io("a past state cannot be read".into());
        PastError::Store(self.failure().unwrap_or_else(unread))
    }
}

/// The height from which on a store keeps history; `Ok(None)` where it is none, an error where the row is unreadable.
pub(super) fn history_from(store: &impl Store) -> Result<Option<Height>, Damage> {
    let Some(bytes) = store.get(Column::Meta, HISTORY_KEY) else { return Ok(None) };
    let row = decode_bounded::<HistoryRow>(&bytes, 8).ok();
    let row = row.filter(|row| row.version == HISTORY_VERSION);
    row.map(|row| Some(row.from)).ok_or(Damage::History)
}

/// The value that was replaced first after `height`, or that of the final state where none was.
fn archived(
    store: &impl Store,
    key: &StateKey,
    height: Height,
) -> Result<Option<Vec<u8>>, StoreError> {
    let after = height.next().map(|after| history_key(key, after));
    let rows = after.map(|from| store.scan(Column::History, &from, 1)).unwrap_or_default();
    let Some((_, value)) = rows.into_iter().find(|(row, _)| row.starts_with(&key.0)) else {
        return Ok(store.get(Column::Account, &key.0));
    };
    let damaged = |_| StoreError::Io("a row of column `history` is unreadable".into());
    decode_bounded(&value, VALUE_BYTES_MAX).map_err(damaged)
}

/// Key of a row of history: big-endian, so that rows of a key lie in the order of heights.
fn history_key(key: &StateKey, height: Height) -> Vec<u8> {
    [&key.0[..], &height.0.to_be_bytes()].concat()
}
