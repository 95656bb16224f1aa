//! Reading the state after one block: maps of changes, nearest first, over the rows of the final state.
//!
//! For a layer the maps are those of its ancestors. Every 16th and 256th height holds the changes of the
//! 16 or 256 layers below as one map, so a read looks into at most 45 maps on a chain of 4,096 layers, and
//! every change lies in memory at most three times. Such a map stays right when the final block moves
//! into its run: the chain is the same, and the map has the newest value of each key.
//!
//! For a past final block the maps are undo rows, oldest first: the first one that knows a key has the
//! value from before.

use super::rows::{UndoRow, undo_key};
use super::{Jump, Layers, merge_below};
use crate::layout::StateKey;
use crate::mutant::{Mutant, Mutation};
use crate::overlay::{Changes, StateRead};
use crate::store::{Column, Store};
use crate::tree::{Leaf, Page, PageSource, Path, Tree, leaf_hash, page_with_leaves};
use crate::types::{Hash, Height};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs of layers that are merged into one map, the longest first. Each divides the one before.
const SPANS: [u32; 2] = [256, 16];
/// Rows read from the store at a time when a subtree is rebuilt.
const SCAN_ROWS: usize = 1_024;

/// The state after one block.
#[derive(Clone, Debug)]
pub struct View<'a, S> {
    /// The first map that knows a key decides.
    pub(super) maps: Vec<Cow<'a, Changes>>,
    pub(super) store: &'a S,
}

impl<S: Store> StateRead for View<'_, S> {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        match self.changed(key) {
            Some(value) => value.clone(),
            None => self.store.get(Column::Account, &key.0),
        }
    }

    #[inline]
    fn mutated(&self, mutation: Mutation) -> bool {
        self.store.mutant().has(mutation)
    }
}

impl<S: Store> View<'_, S> {
    /// The values at several keys, in their order. One request to the store; fastest where `keys` are
    /// sorted.
    #[must_use]
    pub fn get_many(&self, keys: &[StateKey]) -> Vec<Option<Vec<u8>>> {
        let below: Vec<&[u8]> = keys
            .iter()
            .filter(|key| self.changed(key).is_none())
            .map(|key| key.0.as_slice())
            .collect();
        let mut rows = self.store.get_many(Column::Account, &below).into_iter();
        keys.iter()
            .map(|key| match self.changed(key) {
                Some(value) => value.clone(),
                None => rows.next().flatten(),
            })
            .collect()
    }

    /// What the maps say about a key; `None` where they say nothing.
    fn changed(&self, key: &StateKey) -> Option<&Option<Vec<u8>>> {
        self.maps.iter().find_map(|map| map.get(key))
    }

    /// All maps as one.
    pub(super) fn flattened(&self) -> Changes {
        let mut merged = Changes::new();
        for map in &self.maps {
            merge_below(&mut merged, map);
        }
        merged
    }

    /// The leaves below `path`, sorted by key.
    fn leaves(&self, path: &Path) -> Option<Vec<Leaf>> {
        let mut leaves = BTreeMap::new();
        let mut from = path.first_key().0.to_vec();
        'rows: loop {
            let rows = self.store.scan(Column::Account, &from, SCAN_ROWS);
            let Some((last, _)) = rows.last() else { break };
            from.clone_from(last);
            from.push(0);
            for (key, value) in rows {
                let key = StateKey(key.try_into().ok()?);
                if !path.contains(&key) {
                    break 'rows;
                }
                leaves.insert(key, leaf_hash(&key, &value));
            }
        }
        for map in self.maps.iter().rev() {
            let below = map.range(path.first_key()..).take_while(|(key, _)| path.contains(key));
            for (key, value) in below {
                match value {
                    Some(value) => leaves.insert(*key, leaf_hash(key, value)),
                    None => leaves.remove(key),
                };
            }
        }
        Some(leaves.into_iter().map(|(key, hash)| Leaf { key, hash }).collect())
    }
}

/// Pages come from their rows where those are of this state, and from the values where they are not.
impl<S: Store> PageSource for View<'_, S> {
    fn load(&self, path: &Path, hash: &Hash) -> Option<Arc<Page>> {
        let row = self.store.get(Column::Page, &path.row_key());
        let stored = row.and_then(|row| Page::decode(&row)).filter(|page| page.hash() == *hash);
        stored.map(Arc::new).or_else(|| page_with_leaves(*path, &self.leaves(path)?))
    }
}

impl<S: Store> Layers<S> {
    /// The view of a layer or the final block.
    pub(super) fn layered(&self, block: &Hash) -> View<'_, S> {
        let mut maps = Vec::new();
        let mut at = block;
        while let Some(layer) = self.forks.get(at) {
            let jump = layer.jumps.first();
            maps.push(Cow::Borrowed(&**jump.map_or(&layer.changes, |jump| &jump.changes)));
            at = jump.map_or(&layer.parent, |jump| &jump.to);
        }
        View { maps, store: &self.store }
    }

    /// The merged maps of a new layer on `parent`: one for each span that its height divides into.
    pub(super) fn jumps(&self, parent: &Hash, height: Height, changes: &Changes) -> Vec<Jump> {
        let due = SPANS.iter().filter(|span| height.0.is_multiple_of(**span));
        due.map(|span| self.jump(parent, height.saturating_sub(*span), changes)).collect()
    }

    /// Merges `changes` and the layers from `parent` down to those above height `until`.
    fn jump(&self, parent: &Hash, until: Height, changes: &Changes) -> Jump {
        let mut merged = changes.clone();
        let mut at = *parent;
        while let Some(layer) = self.forks.get(&at).filter(|layer| layer.height > until) {
            // Runs inside are of shorter spans, which divide this one, so none reaches past `until`.
            let jump = layer.jumps.first();
            merge_below(&mut merged, jump.map_or(&layer.changes, |jump| &jump.changes));
            at = jump.map_or(layer.parent, |jump| jump.to);
        }
        Jump { to: at, changes: Arc::new(merged) }
    }

    /// The view of a final block before the present one, or `None` where undo rows do not reach it.
    pub(super) fn past_view(&self, block: &Hash) -> Option<View<'_, S>> {
        let past = self.past_of(block)?;
        let mut maps = Vec::new();
        let mut height = past.height;
        while height < self.base.height {
            height = height.next()?;
            let row = self.store.get(Column::Undo, &undo_key(height))?;
            maps.push(Cow::Owned(UndoRow::decode(&row)?.changes()));
        }
        Some(View { maps, store: &self.store })
    }

    /// The tree of a final block before the present one.
    pub(super) fn past_tree(&self, block: &Hash) -> Option<Tree> {
        let past = self.past_of(block)?;
        let merged = self.past_view(block)?.flattened();
        let tree = self.advance(&self.base.tree, &self.base.block, &merged)?;
        (tree.root() == past.root).then_some(tree)
    }
}
