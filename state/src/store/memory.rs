//! A store in memory: for tests, for light tools, and under the simulator's disk.
//!
//! Nothing survives the end of the process, and nothing fails. A clone shares the rows until one of
//! the two changes a column.

use super::{Batch, Column, Durability, Store, StoreError};
use crate::codec::encode;
use crate::mutant::Standard;
use crate::types::Hash;
use std::collections::BTreeMap;
use std::sync::Arc;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Rows in memory. Two are equal where all their rows are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemoryStore {
    /// Columns without rows are absent, so that equal contents are equal stores.
    columns: BTreeMap<Column, Arc<Rows>>,
}

impl MemoryStore {
    /// A store without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hash over all rows: equal for equal contents.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let columns: Vec<Hash> = Column::ALL
            .iter()
            .map(|column| {
                self.columns.get(column).map_or(Hash::ZERO, |rows| Hash::of(&encode(&**rows)))
            })
            .collect();
        Hash::of(&encode(&columns))
    }

    /// How many rows a column has.
    #[must_use]
    pub fn len(&self, column: Column) -> usize {
        self.columns.get(&column).map_or(0, |rows| rows.len())
    }

    /// True where there are no rows at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Makes the changes of `batch`, in order.
    pub(super) fn apply(&mut self, batch: Batch) {
        for (column, key, value) in batch.rows {
            self.set(column, key, value);
        }
        self.columns.retain(|_, rows| !rows.is_empty());
    }

    /// Makes the changes of `batch`, and gives the batch that undoes them.
    pub(super) fn apply_reversibly(&mut self, batch: Batch) -> Batch {
        let mut undo = Batch::default();
        for (column, key, value) in batch.rows {
            let before = self.set(column, key.clone(), value);
            undo.rows.push((column, key, before));
        }
        undo.rows.reverse();
        self.columns.retain(|_, rows| !rows.is_empty());
        undo
    }

    /// Sets or removes one row, and gives what was there.
    fn set(&mut self, column: Column, key: Vec<u8>, value: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let rows = Arc::make_mut(self.columns.entry(column).or_default());
        match value {
            Some(value) => rows.insert(key, value),
            None => rows.remove(&key),
        }
    }
}

impl Store for MemoryStore {
    type Mutant = Standard;

    fn mutant(&self) -> Standard {
        Standard
    }

    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>> {
        self.columns.get(&column)?.get(key).cloned()
    }

    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Some(rows) = self.columns.get(&column) else { return Vec::new() };
        let found = rows.range(from.to_vec()..).take(limit);
        found.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn commit(&mut self, batch: Batch, _durability: Durability) -> Result<(), StoreError> {
        self.apply(batch);
        Ok(())
    }

    fn failure(&self) -> Option<StoreError> {
        None
    }
}
