//! Making the first state, and opening one that is on the disk.
//!
//! Opening reads every value once (about 0.5 s for a million), builds the tree and compares its root
//! with the stored one. Pages in the store are not trusted: they only save work later on.

use super::history::history_from;
use super::import::IMPORT_KEY;
use super::rows::{LAYERS_KEY, LayersRow, ROWS_VERSION, UndoRow, undo_key};
use super::{Final, Layers, PAGES_MAX, Past};
use crate::codec::{decode_bounded, encode};
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::store::{Batch, Column, Durability, Store, StoreError};
use crate::tree::{NoPages, Tree, leaf_hash};
use crate::types::{Hash, Height};
use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;

/// Rows read at a time.
const SCAN_ROWS: usize = 16_384;

/// Why a state does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The store holds no state: it is new, or its making was interrupted.
    #[error("the store holds no state yet")]
    Missing,
    /// Only a part of a state is there: it is being imported.
    #[error("the state is still being imported from other nodes")]
    ImportPending,
    /// Written by another version.
    #[error("the state has format {found}, this program knows {ROWS_VERSION}")]
    Format {
        /// The version it has.
        found: u32,
    },
    /// Rows do not hold what they should.
    #[error("the state is damaged: {0}; remove the database and sync again")]
    Damaged(Damage),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which rows are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The row that says what the others amount to.
    #[error("the row `layers` of column `meta` is unreadable")]
    Meta,
    /// The row that says from where on values of the past are kept.
    #[error("the row `history` of column `meta` is unreadable")]
    History,
    /// A key of column `account` is not 32 bytes.
    #[error("column `account` has a row with a key that is none")]
    Key,
    /// The values are not those of the final block.
    #[error(
        "the values of the final state hash to {found}, and to {stored} when they were written"
    )]
    Root {
        /// The root in the `layers` row.
        stored: Hash,
        /// The root over the values.
        found: Hash,
    },
    /// An undo row is missing, unreadable, or of another chain.
    #[error("the undo row of height {0} is missing or unreadable")]
    Undo(Height),
}

impl<S: Store> Layers<S> {
    /// Writes the first state into an empty store, in one synced batch with the rows of `extra`.
    ///
    /// # Errors
    /// [`StoreError`]; also where the store holds a state already.
    pub fn create(
        mut store: S,
        genesis_block: Hash,
        changes: &Changes,
        extra: Batch,
    ) -> Result<Self, StoreError> {
        let held = |key| store.get(Column::Meta, key).is_some();
        if held(LAYERS_KEY) || held(IMPORT_KEY) {
            return Err(StoreError::Io("the store holds a state already".into()));
        }
        let missing = |_| StoreError::Io("an empty tree needs no pages".into());
        let tree = Tree::empty().update(&NoPages, changes).map_err(missing)?;
        let base = Final { block: genesis_block, height: Height::ZERO, tree };
        let mut batch = Batch::default();
        for (key, value) in changes {
            batch.rows.push((Column::Account, key.0.to_vec(), value.clone()));
        }
        for (path, row) in base.tree.rows_since(&Tree::empty(), &NoPages) {
            batch.rows.push((Column::Page, path.row_key(), row));
        }
        let row = Self::row(&base, None, (Height::ZERO, base.tree.root()));
        batch.put(Column::Meta, LAYERS_KEY, encode(&row));
        batch.rows.extend(extra.rows);
        store.commit(batch, Durability::Synced)?;
        let flushed = base.tree.clone();
        Ok(Self::with_base(store, base, VecDeque::new(), (Height::ZERO, flushed)))
    }

    /// Opens the state that a store holds, and checks it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(store: S) -> Result<Self, OpenError> {
        let row = match store.get(Column::Meta, LAYERS_KEY) {
            Some(row) => read_row(&row)?,
            None => return Err(store.failure().map_or_else(|| absent(&store), OpenError::Store)),
        };
        let opened = check(&store, &row);
        // A read that failed looks like an absent row; it must not be taken for damage.
        if let Some(error) = store.failure() {
            return Err(error.into());
        }
        let (tree, past, history_from) = opened.map_err(OpenError::Damaged)?;
        // Where the pages are of this state, the tree in memory stands for them.
        let flushed = if row.pages_root == row.root {
            tree.clone()
        } else {
            Tree::from_root_stub(row.pages_root)
        };
        let base = Final { block: row.block, height: row.height, tree };
        let mut layers = Self::with_base(store, base, past, (row.pages_height, flushed));
        layers.history_from = history_from;
        Ok(layers)
    }

    /// Layers over a final state that lies in the store.
    pub(super) fn with_base(
        store: S,
        base: Final,
        past: VecDeque<Past>,
        (flushed_height, flushed): (Height, Tree),
    ) -> Self {
        Self {
            store,
            highest: base.height,
            base,
            forks: BTreeMap::new(),
            past,
            pins: Vec::new(),
            history_from: None,
            flushed,
            flushed_height,
            bytes: 0,
            pages_max: PAGES_MAX,
            failure: OnceLock::new(),
        }
    }
}

/// Why a store has no state.
fn absent(store: &impl Store) -> OpenError {
    let importing = store.get(Column::Meta, IMPORT_KEY).is_some();
    if importing { OpenError::ImportPending } else { OpenError::Missing }
}

fn read_row(bytes: &[u8]) -> Result<LayersRow, OpenError> {
    let version = bytes.get(..4).and_then(|version| decode_bounded::<u32>(version, 4).ok());
    match version {
        Some(ROWS_VERSION) => LayersRow::decode(bytes).ok_or(OpenError::Damaged(Damage::Meta)),
        Some(found) => Err(OpenError::Format { found }),
        None => Err(OpenError::Damaged(Damage::Meta)),
    }
}

/// The tree, the past final blocks, and where an archive begins.
type Checked = (Tree, VecDeque<Past>, Option<Height>);

fn check(store: &impl Store, row: &LayersRow) -> Result<Checked, Damage> {
    let tree = tree_of_values(store)?;
    if tree.root() != row.root {
        return Err(Damage::Root { stored: row.root, found: tree.root() });
    }
    Ok((tree, past_of_undo(store, row)?, history_from(store)?))
}

/// The tree over all values.
fn tree_of_values(store: &impl Store) -> Result<Tree, Damage> {
    let mut tree = Tree::empty();
    let mut from = Vec::new();
    loop {
        let rows = store.scan(Column::Account, &from, SCAN_ROWS);
        let Some((last, _)) = rows.last() else { return Ok(tree) };
        from.clone_from(last);
        from.push(0);
        let mut leaves = Vec::with_capacity(rows.len());
        for (key, value) in rows {
            let key = StateKey(key.try_into().map_err(|_| Damage::Key)?);
            leaves.push((key, Some(leaf_hash(&key, &value))));
        }
        tree = tree.update_leaves(&NoPages, &leaves).map_err(|_| Damage::Key)?;
    }
}

/// The past final blocks that undo rows lead back to, oldest first.
fn past_of_undo(store: &impl Store, row: &LayersRow) -> Result<VecDeque<Past>, Damage> {
    let mut past = VecDeque::new();
    let (mut block, mut height) = (row.block, row.height);
    while height >= row.undo_from {
        let undo = store.get(Column::Undo, &undo_key(height));
        let undo = undo.and_then(|undo| UndoRow::decode(&undo));
        let undo = undo.filter(|undo| undo.block == block).ok_or(Damage::Undo(height))?;
        height = height.previous().ok_or(Damage::Meta)?;
        block = undo.parent;
        past.push_front(Past { block, height, root: undo.parent_root });
    }
    Ok(past)
}
