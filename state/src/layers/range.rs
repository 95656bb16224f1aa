//! Reading a part of a state in the order of its keys, with the proof that nothing is left out.
//!
//! This is what a node serves to those that join late: entries up to a number of bytes, the last key
//! that they cover, and the range proof for exactly that part.
//!
//! # Bounds
//! Memory: the entries asked for, and [`SCAN_ROWS`] rows of the store. Values that are hidden by the maps of a
//! view are read and skipped.

use super::{Layers, View};
use crate::layout::StateKey;
use crate::store::{Column, Store};
use crate::tree::RangeProof;
use crate::types::Hash;
use core::iter::Peekable;
use std::collections::btree_map;
use std::vec;

/// Rows read from the store at a time: few at first, as whoever asks for little pays for little.
const SCAN_ROWS_MIN: usize = 16;
/// And at most so many.
const SCAN_ROWS: usize = 512;
/// What an entry takes besides its value: the key, and the length of the value.
const ENTRY_BYTES: usize = 36;

/// All entries of a state from a key that was asked for up to `last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRange {
    /// Keys in strictly ascending order, with their values.
    pub entries: Vec<(StateKey, Vec<u8>)>,
    /// The last key covered: the end that was asked for where everything fitted, otherwise the key of
    /// the last entry.
    pub last: StateKey,
    /// That nothing else lies between.
    pub proof: RangeProof,
}

impl<S: Store> Layers<S> {
    /// What the state after `block` holds from key `from` to key `to`, both included, for any block that
    /// [`Layers::view`] knows. Ends after the entry that reaches `bytes_max` bytes (36 an entry, and its
    /// value), so there is at least one where there is any.
    ///
    /// Cheap for layers, the final block and pinned ones. For other final blocks all undo rows since then
    /// are read and their tree is computed, so strangers are served from pins.
    ///
    /// `None` for other blocks, for a range that ends before it begins, and where the store failed.
    #[must_use]
    pub fn read_range(
        &self,
        block: &Hash,
        from: &StateKey,
        to: &StateKey,
        bytes_max: usize,
    ) -> Option<StateRange> {
        if from > to {
            return None;
        }
        let view = self.view(block)?;
        let (mut entries, mut last, mut bytes) = (Vec::new(), *to, 0_usize);
        for (key, value) in view.range(from, to) {
            bytes = bytes.saturating_add(ENTRY_BYTES).saturating_add(value.len());
            entries.push((key, value));
            if bytes >= bytes_max {
                last = key;
                break;
            }
        }
        let tree = self.tree_at(block)?;
        let proof = self.sound(tree.prove_range(&view, &view, from, &last))?;
        self.failure().is_none().then_some(StateRange { entries, last, proof })
    }
}

impl<S: Store> View<'_, S> {
    /// Keys and values from key `from` to key `to`, both included, in order.
    ///
    /// Rows with keys that are none are passed over; opening a state finds them.
    pub(super) fn range(&self, from: &StateKey, to: &StateKey) -> Entries<'_, S> {
        Entries {
            store: self.store,
            next: Some(from.0.to_vec()),
            scan_rows: SCAN_ROWS_MIN,
            to: *to,
            rows: Vec::new().into_iter().peekable(),
            changed: self.maps.iter().map(|map| map.range(*from..=*to).peekable()).collect(),
        }
    }
}

/// Entries of a view in order: rows of the store, and the maps over them.
pub(super) struct Entries<'a, S> {
    store: &'a S,
    /// Where the store is read next; `None` where it has no more rows in the range.
    next: Option<Vec<u8>>,
    /// How many rows are read then.
    scan_rows: usize,
    to: StateKey,
    rows: Peekable<vec::IntoIter<(StateKey, Vec<u8>)>>,
    changed: Vec<Peekable<btree_map::Range<'a, StateKey, Option<Vec<u8>>>>>,
}

impl<S: Store> Entries<'_, S> {
    /// Makes sure that the next row of the store is in memory, if there is one in the range.
    fn refill(&mut self) {
        while self.rows.peek().is_none()
            && let Some(from) = self.next.take()
        {
            let rows = self.store.scan(Column::Account, &from, self.scan_rows);
            let more = rows.len() == self.scan_rows;
            self.scan_rows = self.scan_rows.saturating_mul(2).min(SCAN_ROWS);
            self.next = rows.last().filter(|(last, _)| more && *last < self.to.0.to_vec()).map(
                |(last, _)| {
                    let mut after = last.clone();
                    after.push(0);
                    after
                },
            );
            let entry = |(key, value): (Vec<u8>, _)| Some((StateKey(key.try_into().ok()?), value));
            let mut rows: Vec<(StateKey, Vec<u8>)> = rows.into_iter().filter_map(entry).collect();
            rows.retain(|(key, _)| *key <= self.to);
            self.rows = rows.into_iter().peekable();
        }
    }
}

impl<S: Store> Iterator for Entries<'_, S> {
    type Item = (StateKey, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.refill();
            let stored = self.rows.peek().map(|(key, _)| *key);
            let changed = self.changed.iter_mut().filter_map(|map| Some(*map.peek()?.0)).min();
            let key = stored.into_iter().chain(changed).min()?;
            let row = self.rows.next_if(|(stored, _)| *stored == key);
            // The first map that knows the key decides; the others go past it too.
            let mut decided: Option<&Option<Vec<u8>>> = None;
            for map in &mut self.changed {
                if let Some((_, value)) = map.next_if(|(changed, _)| **changed == key) {
                    decided = decided.or(Some(value));
                }
            }
            match decided {
                Some(Some(value)) => return Some((key, value.clone())),
                Some(None) => {}
                None => return row,
            }
        }
    }
}
