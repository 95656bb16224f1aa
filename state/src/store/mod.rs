//! Durable rows: columns of keys and values, and one atomic way to change them.
//!
//! The trait is all that the node asks of a database. RocksDB is behind it in production, a map in
//! memory in tests, a disk that may lose power in the simulator.

use crate::mutant::Mutant;

mod faulty;
mod memory;
#[cfg(feature = "rocksdb")]
mod rocks;

#[cfg(test)]
mod tests;

pub use faulty::FaultyStore;
pub use memory::MemoryStore;
#[cfg(feature = "rocksdb")]
pub use rocks::{FORMAT_VERSION, RocksOpenError, RocksOptions, RocksStore};

/// A named space of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// State of the final block: hashed key to value.
    Account,
    /// Pages of the state tree, by path.
    Page,
    /// What final blocks changed, reversed, by height (big-endian).
    Undo,
    /// Headers, bodies, justifications and their indexes.
    Block,
    /// Single facts: genesis, final block, best block, format version.
    Meta,
    /// Archive only: values that final blocks replaced, by key and height (big-endian).
    History,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 6] =
        [Self::Account, Self::Page, Self::Undo, Self::Block, Self::Meta, Self::History];
}

/// Whether a commit returns before or after the rows survive the loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Durability {
    /// Survives the end of the process; the loss of power may take it, latest first.
    Buffered,
    /// Survives the loss of power, with everything committed before it.
    Synced,
}

/// Changes to rows that are made together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Batch {
    /// Column, key, and the new value or `None` to delete; later ones win.
    pub rows: Vec<(Column, Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// Sets a row.
    pub fn put(&mut self, column: Column, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.rows.push((column, key.into(), Some(value.into())));
    }

    /// Deletes a row.
    pub fn delete(&mut self, column: Column, key: impl Into<Vec<u8>>) {
        self.rows.push((column, key.into(), None));
    }
}

/// A database that no longer does what it is asked. The node stops: nothing it would say is sure.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StoreError {
    /// The disk refused to read or write.
    #[error("the database failed: {0}")]
    Io(String),
    /// There is no space left.
    #[error("the disk is full")]
    Full,
}

/// Durable rows.
///
/// Reads do not return errors. A failed read is remembered in [`Store::failure`] and answers
/// `None`; the core asks for it before it reveals anything, and stops. Stores are read from several
/// threads while a root is computed, hence `Sync`.
pub trait Store: Sync {
    /// Which seeded bug the code has that works on this store; [`Standard`](crate::mutant::Standard), which has none,
    /// everywhere but in the simulator.
    type Mutant: Mutant + Eq + core::hash::Hash + core::fmt::Debug + Send + Sync;

    /// The seeded bug.
    fn mutant(&self) -> Self::Mutant;

    /// The value of a row.
    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>>;

    /// Values of several rows of a column, in the order of `keys`.
    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        keys.iter().map(|key| self.get(column, key)).collect()
    }

    /// At most `limit` rows with keys at or after `from`, in the order of their keys.
    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)>;

    /// Makes all rows of the batch, or none.
    ///
    /// # Errors
    /// [`StoreError`]; then the store has failed for good.
    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), StoreError>;

    /// The first failure, if there was one.
    fn failure(&self) -> Option<StoreError>;
}

/// A borrowed store, for work that gives it back whatever becomes of it.
impl<S: Store> Store for &mut S {
    type Mutant = S::Mutant;

    fn mutant(&self) -> S::Mutant {
        (**self).mutant()
    }

    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>> {
        (**self).get(column, key)
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        (**self).get_many(column, keys)
    }

    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        (**self).scan(column, from, limit)
    }

    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        (**self).commit(batch, durability)
    }

    fn failure(&self) -> Option<StoreError> {
        (**self).failure()
    }
}
