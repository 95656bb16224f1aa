//! Taking over the state of one final block from others, part by part, into an empty store.
//!
//! # What it does
//! Keys are cut in [`INTERVALS`] intervals by their first four bits. Each is filled from its start upwards with
//! ranges that the caller has verified against the root. The rows of a range and the progress are committed together,
//! so whatever instant the process ends at, what is covered is whole and the rest is asked for again.
//! [`StateImport::finish`] computes the tree from the rows alone, compares its root with the one asked for,
//! and makes the state the final one in a single synced batch.
//!
//! # Inputs and outputs
//! Verified ranges in; at the end [`Layers`] whose final block is the target, without a past.
//!
//! # Invariants
//! 1. Column `account` holds exactly the entries of the covered keys, after every commit.
//! 2. There is never both a row `import` and a row `layers`: [`Layers::open`] sees one or the other.
//! 3. Before rows are deleted, the row `import` says so: what is half deleted is never resumed.
//!
//! # Bounds
//! Memory: one range while it is put, and pages of about [`GROUP_LEAVES`] leaves while finishing.

use super::rows::LAYERS_KEY;
use super::{Final, Layers};
use crate::codec::{decode_bounded, encode};
use crate::layout::StateKey;
use crate::store::{Batch, Column, Durability, Store, StoreError};
use crate::tree::{Leaf, PageRows, Path, Subtree, leaf_hash};
use crate::types::{Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::VecDeque;
use std::vec;

/// Intervals that are filled apart from each other.
pub const INTERVALS: usize = 16;
/// Key of the row in column `meta` that says how far an import is.
pub(super) const IMPORT_KEY: &[u8] = b"import";
/// Version of that row.
const IMPORT_VERSION: u32 = 1;
/// Largest such row: sixteen keys, and what stands before them.
const IMPORT_BYTES_MAX: usize = 1_024;
/// Rows deleted in one batch.
const DELETE_ROWS: usize = 16_384;
/// Rows read at a time while finishing.
const SCAN_ROWS: usize = 1_024;
/// About so many leaves are worked on between two commits of pages.
const GROUP_LEAVES: u64 = 65_536;
/// Splits of the key space while finishing, in nibbles.
const SPLIT_MAX: u8 = 5;

/// The state that is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ImportTarget {
    /// The final block after which it stands.
    pub block: Hash,
    /// Its height.
    pub height: Height,
    /// Root of the state.
    pub root: Hash,
}

/// Why an import does not begin or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// There is nothing to resume.
    #[error("no import was begun in this database")]
    Missing,
    /// Another one is under way.
    #[error("an import is under way: resume or abandon it first")]
    Pending,
    /// The store holds a state, or parts of one.
    #[error("the database holds a state already; a state is imported into an empty one")]
    NotEmpty,
    /// Written by another version.
    #[error("the import was begun by another version (format {found}): remove the database")]
    Format {
        /// The version it has.
        found: u32,
    },
    /// The row that says how far it is does not hold what it should, or a key is none.
    #[error("the import is damaged: remove the database and sync again")]
    Damaged,
    /// The range does not begin where its interval goes on, or leaves the interval.
    #[error("the range does not follow on what is covered")]
    NotNext,
    /// Entries are out of order or outside their range.
    #[error("the entries are out of order or outside their range")]
    Entries,
    /// Not all keys are covered yet.
    #[error("{missing} of {INTERVALS} intervals are not complete")]
    Incomplete {
        /// Intervals with keys that are not covered.
        missing: usize,
    },
    /// The entries amount to another state. Everything imported is deleted.
    #[error("the imported state has the root {found}, and {expected} was asked for")]
    WrongRoot {
        /// What was asked for.
        expected: Hash,
        /// What was computed.
        found: Hash,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far an import is, as it lies in column `meta`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct ImportRow {
    /// [`IMPORT_VERSION`]. First, so that any version can read it.
    version: u32,
    target: ImportTarget,
    /// True from the moment that its rows are being deleted.
    abandoned: bool,
    /// Entries put so far.
    entries: u64,
    /// The first key of each interval that is not covered, or `None` where all are.
    next: [Option<StateKey>; INTERVALS],
}

/// An import under way.
#[derive(Clone, Debug)]
pub struct StateImport<S> {
    store: S,
    row: ImportRow,
}

impl<S: Store> StateImport<S> {
    /// Begins to import the state `target` into a store without state.
    ///
    /// # Errors
    /// [`ImportError::Pending`], [`ImportError::NotEmpty`], or what the store refuses.
    pub fn begin(mut store: S, target: ImportTarget) -> Result<Self, ImportError> {
        match read_row(&store) {
            Ok(Some(row)) if row.abandoned => wipe(&mut store)?,
            Ok(None) => {}
            Ok(Some(_)) => return Err(ImportError::Pending),
            Err(error) => return Err(error),
        }
        let state = [Column::Account, Column::Page, Column::Undo, Column::History];
        let empty = state.iter().all(|column| store.scan(*column, &[], 1).is_empty());
        if !empty || store.get(Column::Meta, LAYERS_KEY).is_some() {
            return Err(ImportError::NotEmpty);
        }
        let next = core::array::from_fn(|index| Some(interval(index).0));
        let row = ImportRow { version: IMPORT_VERSION, target, abandoned: false, entries: 0, next };
        let mut import = Self { store, row };
        let mut batch = Batch::default();
        batch.put(Column::Meta, IMPORT_KEY, encode(&import.row));
        import.commit(batch, Durability::Synced)?;
        Ok(import)
    }

    /// Goes on with the import that was begun in this store. One that was being abandoned is deleted to the end,
    /// and counts as missing.
    ///
    /// # Errors
    /// [`ImportError::Missing`] and what is wrong with the row.
    pub fn resume(mut store: S) -> Result<Self, ImportError> {
        match read_row(&store)? {
            Some(row) if row.abandoned => {
                wipe(&mut store)?;
                Err(ImportError::Missing)
            }
            Some(row) => Ok(Self { store, row }),
            None => Err(ImportError::Missing),
        }
    }

    /// What is being imported into `store`, where an import was begun and neither finished nor abandoned.
    ///
    /// # Errors
    /// What is wrong with the row, or the store.
    pub fn pending(store: &S) -> Result<Option<ImportTarget>, ImportError> {
        Ok(read_row(store)?.filter(|row| !row.abandoned).map(|row| row.target))
    }

    /// What is imported.
    #[must_use]
    pub const fn target(&self) -> ImportTarget {
        self.row.target
    }

    /// How many entries were put, in this life of the process and before.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.row.entries
    }

    /// The store, for columns that are the caller's, as [`Layers::store`].
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store, as a crash would leave it.
    #[must_use]
    pub fn into_store(self) -> S {
        self.store
    }

    /// The keys that are not covered yet, first and last of each interval that has any.
    #[must_use]
    pub fn missing(&self) -> Vec<(StateKey, StateKey)> {
        let ends = (0..INTERVALS).map(|index| interval(index).1);
        self.row.next.iter().zip(ends).filter_map(|(next, end)| Some(((*next)?, end))).collect()
    }

    /// Takes over all entries from key `from` to key `to`, which the caller has verified. `from` is one of the first
    /// keys in [`StateImport::missing`] and `to` lies in the same interval. Not synced: the loss of power
    /// may take the latest ranges, in order.
    ///
    /// # Errors
    /// [`ImportError::NotNext`] and [`ImportError::Entries`], then nothing changes; or the store's.
    pub fn put(
        &mut self,
        from: &StateKey,
        to: &StateKey,
        entries: &[(StateKey, Vec<u8>)],
    ) -> Result<(), ImportError> {
        let index = interval_of(from);
        let end = interval(index).1;
        let slot = self.row.next.get(index).copied().flatten();
        if slot != Some(*from) || to < from || *to > end {
            return Err(ImportError::NotNext);
        }
        let inside = entries.iter().all(|(key, _)| from <= key && key <= to);
        if !inside || !entries.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(ImportError::Entries);
        }
        let mut row = self.row.clone();
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        row.entries = row.entries.saturating_add(count);
        if let Some(next) = row.next.get_mut(index) {
            *next = if *to == end { None } else { to.successor() };
        }
        let mut batch = Batch::default();
        for (key, value) in entries {
            batch.put(Column::Account, key.0, value.clone());
        }
        batch.put(Column::Meta, IMPORT_KEY, encode(&row));
        self.commit(batch, Durability::Buffered)?;
        self.row = row;
        Ok(())
    }

    /// Computes the tree over everything that was put, writes its pages, and makes the target the final state in
    /// one synced batch with the rows of `extra`. The process may end at any instant: then the import is still pending and
    /// is finished again.
    ///
    /// # Errors
    /// [`ImportError::Incomplete`]; [`ImportError::WrongRoot`], then all that was imported is gone; or the
    /// store's.
    pub fn finish(mut self, extra: Batch) -> Result<Layers<S>, ImportError> {
        let missing = self.missing().len();
        if missing > 0 {
            return Err(ImportError::Incomplete { missing });
        }
        let ImportTarget { block, height, root } = self.row.target;
        let tree = self.rebuild(Path::ROOT, split_depth(self.row.entries))?.into_tree();
        if tree.root() != root {
            let wrong = ImportError::WrongRoot { expected: root, found: tree.root() };
            self.abandon()?;
            return Err(wrong);
        }
        let base = Final { block, height, tree };
        let mut batch = Batch::default();
        let row = Layers::<S>::row(&base, None, (height, root));
        batch.put(Column::Meta, LAYERS_KEY, encode(&row));
        batch.delete(Column::Meta, IMPORT_KEY);
        batch.rows.extend(extra.rows);
        self.commit(batch, Durability::Synced)?;
        let flushed = base.tree.clone();
        Ok(Layers::with_base(self.store, base, VecDeque::new(), (height, flushed)))
    }

    /// Deletes all that was imported, in batches of bounded size, and gives the store back without a state.
    ///
    /// # Errors
    /// The store's; then [`StateImport::resume`] goes on deleting.
    pub fn abandon(mut self) -> Result<S, ImportError> {
        self.row.abandoned = true;
        let mut batch = Batch::default();
        batch.put(Column::Meta, IMPORT_KEY, encode(&self.row));
        self.commit(batch, Durability::Synced)?;
        wipe(&mut self.store)?;
        Ok(self.store)
    }

    /// The subtree at `path`: its sixteen parts side by side where they are small enough, else one after the other.
    /// Pages are committed as they are finished.
    fn rebuild(&mut self, path: Path, split: u8) -> Result<Subtree, ImportError> {
        let mut rows = PageRows::new();
        let parts = if path.depth().saturating_add(1) >= split {
            let built = build_parts(&self.store, path);
            let parts = built.into_iter().map(|(part, pages)| {
                rows.extend(pages);
                part
            });
            parts.collect()
        } else {
            let parts = (0..16).map(|number| self.rebuild(path.child(number), split));
            parts.collect::<Result<Vec<Subtree>, ImportError>>()?
        };
        let parts: [Subtree; 16] = parts.try_into().map_err(|_| ImportError::Damaged)?;
        let whole = Subtree::join(path, parts, &mut rows);
        // A read that failed looks like an absent row; nothing may be made of it.
        if let Some(error) = self.store.failure() {
            return Err(error.into());
        }
        let mut batch = Batch::default();
        let row = |(path, row): (Path, _)| (Column::Page, path.row_key(), row);
        batch.rows.extend(rows.into_iter().map(row));
        self.commit(batch, Durability::Buffered)?;
        Ok(whole)
    }

    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), ImportError> {
        if let Some(error) = self.store.failure() {
            return Err(error.into());
        }
        Ok(self.store.commit(batch, durability)?)
    }
}

/// How deep the key space is split so that sixteen neighbours have about [`GROUP_LEAVES`] leaves.
fn split_depth(entries: u64) -> u8 {
    let (mut depth, mut leaves) = (1, entries);
    while leaves > GROUP_LEAVES && depth < SPLIT_MAX {
        leaves /= 16;
        depth = depth.saturating_add(1);
    }
    depth
}

#[cfg(feature = "parallel")]
fn build_parts<S: Store>(store: &S, path: Path) -> Vec<(Subtree, PageRows)> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    (0..16_u8).into_par_iter().map(|number| build_part(store, path.child(number))).collect()
}

#[cfg(not(feature = "parallel"))]
fn build_parts<S: Store>(store: &S, path: Path) -> Vec<(Subtree, PageRows)> {
    (0..16_u8).map(|number| build_part(store, path.child(number))).collect()
}

fn build_part<S: Store>(store: &S, path: Path) -> (Subtree, PageRows) {
    let from = Some(path.first_key().0.to_vec());
    let leaves = Leaves { store, path, from, rows: Vec::new().into_iter() };
    let mut pages = PageRows::new();
    (Subtree::build(path, leaves, &mut pages), pages)
}

/// The leaves below a path, from the rows of column `account`.
struct Leaves<'a, S> {
    store: &'a S,
    path: Path,
    /// Where to read on; `None` at the end.
    from: Option<Vec<u8>>,
    rows: vec::IntoIter<(Vec<u8>, Vec<u8>)>,
}

impl<S: Store> Iterator for Leaves<'_, S> {
    type Item = Leaf;

    fn next(&mut self) -> Option<Leaf> {
        loop {
            for (key, value) in self.rows.by_ref() {
                // Only `put` writes rows, so this passes over what a damaged disk holds; the root tells.
                let Ok(key) = <[u8; 32]>::try_from(key).map(StateKey) else { continue };
                let below = self.path.contains(&key);
                return below.then(|| Leaf { key, hash: leaf_hash(&key, &value) });
            }
            let rows = self.store.scan(Column::Account, &self.from.take()?, SCAN_ROWS);
            if let Some((last, _)) = rows.last().filter(|_| rows.len() == SCAN_ROWS) {
                let mut from = last.clone();
                from.push(0);
                self.from = Some(from);
            }
            self.rows = rows.into_iter();
        }
    }
}

/// First and last key of an interval.
fn interval(index: usize) -> (StateKey, StateKey) {
    let nibble = u8::try_from(index).unwrap_or(u8::MAX);
    assert!(nibble < 16, "invariant(import): {INTERVALS} intervals");
    let (mut first, mut last) = (StateKey([0; 32]), StateKey([0xff; 32]));
    first.0[0] = nibble << 4;
    last.0[0] = (nibble << 4) | 0x0f;
    (first, last)
}

fn interval_of(key: &StateKey) -> usize {
    usize::from(key.0[0] >> 4)
}

fn read_row(store: &impl Store) -> Result<Option<ImportRow>, ImportError> {
    let Some(bytes) = store.get(Column::Meta, IMPORT_KEY) else {
        return store.failure().map_or(Ok(None), |error| Err(error.into()));
    };
    let version = bytes.get(..4).and_then(|version| decode_bounded::<u32>(version, 4).ok());
    match version {
        Some(IMPORT_VERSION) => {}
        Some(found) => return Err(ImportError::Format { found }),
        None => return Err(ImportError::Damaged),
    }
    let row: ImportRow =
        decode_bounded(&bytes, IMPORT_BYTES_MAX).map_err(|_| ImportError::Damaged)?;
    let own = |(index, next): (usize, &Option<StateKey>)| {
        next.as_ref().is_none_or(|key| interval_of(key) == index)
    };
    if row.next.iter().enumerate().all(own) { Ok(Some(row)) } else { Err(ImportError::Damaged) }
}

/// Deletes accounts and pages, and the row of the import with the last of them.
fn wipe(store: &mut impl Store) -> Result<(), ImportError> {
    for column in [Column::Page, Column::Account] {
        loop {
            let rows = store.scan(column, &[], DELETE_ROWS);
            if let Some(error) = store.failure() {
                return Err(error.into());
            }
            if rows.is_empty() {
                break;
            }
            let mut batch = Batch::default();
            for (key, _) in rows {
                batch.delete(column, key);
            }
            store.commit(batch, Durability::Buffered)?;
        }
    }
    let mut batch = Batch::default();
    batch.delete(Column::Meta, IMPORT_KEY);
    Ok(store.commit(batch, Durability::Synced)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::tree::tests::{hashed_state, naive_root};

    #[test]
    fn the_key_space_may_be_split_at_any_depth() {
        let state = hashed_state(900);
        let target = ImportTarget { block: Hash::ZERO, height: Height(1), root: Hash::ZERO };
        let mut import = StateImport::begin(MemoryStore::new(), target).unwrap();
        let rows = state.iter().map(|(key, v)| (Column::Account, key.0.to_vec(), Some(v.clone())));
        let batch = Batch { rows: rows.collect() };
        import.commit(batch, Durability::Synced).unwrap();
        let mut pages = None;
        for split in 1..=3 {
            let tree = import.rebuild(Path::ROOT, split).unwrap().into_tree();
            assert_eq!(tree.root(), naive_root(&state), "split {split}");
            let found = import.store.scan(Column::Page, &[], usize::MAX);
            assert_eq!(*pages.get_or_insert_with(|| found.clone()), found, "split {split}");
        }
    }

    #[test]
    fn many_accounts_are_split_into_groups_that_fit_in_memory() {
        for (entries, depth) in
            [(0, 1), (65_536, 1), (65_537, 2), (1_000_000, 2), (100_000_000, 4), (u64::MAX, 5)]
        {
            assert_eq!(split_depth(entries), depth, "{entries} entries");
        }
    }
}
