//! The state of every block that may still matter: forks as layers over the final state.
//!
//! ```text
//!                      /- c1 -- c2        layers: changes and root of each unfinalised block
//!   ... f0 -- f1 -- F <
//!        undo rows     \- d1              F: the final block; its values lie in column `account`
//! ```
//!
//! # What it does
//! Reading walks from a block through its layers down to the final state. A fork that loses is dropped,
//! a reorganisation moves no data. Finality writes everything it changes in one synced batch, together
//! with the rows that the caller adds, so a crash leaves the state of one final block or the next.
//! What final blocks replaced is kept as undo rows, so recent final states can still be read and proved;
//! pins (`pins.rs`) keep two of them longer, for those that join late.
//!
//! # Reading order
//! `view.rs` (reading one state), `finalize.rs`, `rows.rs` and `open.rs` (the disk), `history.rs` (the past),
//! `revert.rs` (going back), `pins.rs` and `range.rs` (serving a state), `import.rs` (taking one over).
//!
//! # Inputs and outputs
//! [`Layers::prepare`] takes the changes of an executed block and gives its root; [`Layers::insert`]
//! keeps them under the block's hash; [`Layers::finalize`] makes a block and its ancestors final and
//! says what it dropped.
//!
//! # Invariants
//! 1. Every layer's parent is a layer or the final block.
//! 2. The rows of column `account` hash to the root in the `layers` row of column `meta`, after every
//!    commit. [`Layers::open`] checks it.
//! 3. A page that is loaded hashes as its parent says, or is rebuilt from the values.
//!
//! # Bounds
//! [`LAYERS_MAX`] layers and [`LAYER_BYTES_MAX`] bytes of changes, then [`Layers::insert`] refuses. Trees
//! share what they have in common; of layers more than [`TREES_HEIGHTS`] heights below the newest only every
//! 64th keeps its tree, and the rest are computed again when asked for. So 4,096 layers and more
//! cost their changes (three times, see `view.rs`) and little else. Pages of the tree in memory: about
//! the number given to [`Layers::with_pages_max`], and what unfinalised blocks touched.

mod finalize;
mod history;
mod import;
mod open;
mod pins;
mod range;
mod revert;
mod rows;
mod view;

#[cfg(test)]
mod tests;

pub use finalize::Finalized;
pub use history::{PastError, PastView, Retention, RetentionError};
pub use import::{INTERVALS, ImportError, ImportTarget, StateImport};
pub use open::{Damage, OpenError};
pub use pins::{PIN_BYTES_MAX, PINS_MAX};
pub use range::StateRange;
pub use revert::{RevertError, Reverted};
pub use view::View;

use crate::codec::encode;
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::store::{Store, StoreError};
use crate::tree::{MissingPage, PROOF_KEYS_MAX, Proof, Tree};
use crate::types::{Hash, Height};
use pins::Pin;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

/// Most unfinalised blocks that are held at a time.
pub const LAYERS_MAX: usize = 16_384;
/// Most bytes of keys and values that layers hold, the merged copies included.
pub const LAYER_BYTES_MAX: usize = 256 << 20;
/// How many heights below the newest layer every layer keeps its tree.
pub const TREES_HEIGHTS: u32 = 64;
/// Heights for which undo rows are kept: so many past final states can be read and proved.
pub const UNDO_HEIGHTS: u32 = 256;
/// Pages are written when the final height has grown by this much since the last time.
pub const FLUSH_HEIGHTS: u32 = 8;
/// Pages of the final tree that stay in memory, unless [`Layers::with_pages_max`] says otherwise.
/// About 30 MB; 100,000 accounts have 39,000 pages.
pub const PAGES_MAX: u32 = 65_536;

/// Forks over a final state. `Clone` where the store is.
#[derive(Clone, Debug)]
pub struct Layers<S> {
    store: S,
    base: Final,
    forks: BTreeMap<Hash, Layer>,
    /// Final states before the present one that undo rows lead back to, oldest first.
    past: VecDeque<Past>,
    /// Past final states that stay readable, oldest first.
    pins: Vec<Pin>,
    /// The lowest height whose values an archive can read; `None` where the store is pruned.
    history_from: Option<Height>,
    /// The tree whose pages lie in the store, and the height it belongs to.
    flushed: Tree,
    flushed_height: Height,
    /// Bytes of all layers together.
    bytes: usize,
    highest: Height,
    pages_max: u32,
    failure: OnceLock<StoreError>,
}

#[derive(Clone, Debug)]
struct Final {
    block: Hash,
    height: Height,
    tree: Tree,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Past {
    block: Hash,
    height: Height,
    root: Hash,
}

#[derive(Clone, Debug)]
struct Layer {
    parent: Hash,
    height: Height,
    root: Hash,
    changes: Arc<Changes>,
    /// Merged changes of this layer and those below it, the longest reach first.
    jumps: Vec<Jump>,
    tree: Option<Tree>,
    bytes: usize,
}

/// The changes of a run of layers as one map.
#[derive(Clone, Debug)]
struct Jump {
    /// The block below the run.
    to: Hash,
    changes: Arc<Changes>,
}

/// The state after a block that was executed but is not inserted yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    parent: Hash,
    changes: Arc<Changes>,
    tree: Tree,
}

impl Prepared {
    /// The root of the state tree after the block.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The block that it builds on.
    #[must_use]
    pub const fn parent(&self) -> Hash {
        self.parent
    }
}

/// Why a layer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// The block has a layer, or is final.
    #[error("the block has its state already")]
    Known,
    /// The parent is neither a layer nor the final block, or no longer.
    #[error("the state of the parent is not held")]
    UnknownParent,
    /// The height is not one above the parent's.
    #[error("the height {claimed} does not follow on {parent}")]
    Height {
        /// The parent's.
        parent: Height,
        /// What was given.
        claimed: Height,
    },
    /// [`LAYERS_MAX`] or [`LAYER_BYTES_MAX`] is reached: nothing became final for too long.
    #[error("{layers} unfinalised blocks with {bytes} bytes: no room until one is final")]
    Full {
        /// Layers held.
        layers: usize,
        /// Bytes they hold.
        bytes: usize,
    },
}

impl<S: Store> Layers<S> {
    /// Sets how many pages of the final tree stay in memory, about 0.5 KB each.
    #[must_use]
    pub const fn with_pages_max(mut self, pages_max: u32) -> Self {
        self.pages_max = pages_max;
        self
    }

    /// The state after `block`: a layer, the final block, a pinned one, or one of the last
    /// [`UNDO_HEIGHTS`] final blocks. `None` for any other.
    #[must_use]
    pub fn view(&self, block: &Hash) -> Option<View<'_, S>> {
        if self.holds(block) {
            return Some(self.layered(block));
        }
        self.pinned_view(block).or_else(|| self.past_view(block))
    }

    /// The state after a child of `parent` with these changes, or `None` where the state of `parent`
    /// is not held or cannot be read; then [`Layers::failure`] says so.
    #[must_use]
    pub fn prepare(&self, parent: &Hash, changes: Changes) -> Option<Prepared> {
        let tree = self.tree(parent)?;
        let tree = self.sound(tree.update(&self.layered(parent), &changes))?;
        Some(Prepared { parent: *parent, changes: Arc::new(changes), tree })
    }

    /// Keeps what was prepared as the state of `block`.
    ///
    /// # Errors
    /// [`LayerError`]; then nothing changes.
    pub fn insert(
        &mut self,
        block: Hash,
        height: Height,
        prepared: Prepared,
    ) -> Result<(), LayerError> {
        if self.contains(&block) {
            return Err(LayerError::Known);
        }
        let parent = self.held_height(&prepared.parent).ok_or(LayerError::UnknownParent)?;
        if parent.next() != Some(height) {
            return Err(LayerError::Height { parent, claimed: height });
        }
        let Prepared { parent, changes, tree } = prepared;
        let jumps = self.jumps(&parent, height, &changes);
        let own = [&changes].into_iter().chain(jumps.iter().map(|jump| &jump.changes));
        let bytes = own.fold(0_usize, |sum, map| sum.saturating_add(bytes_of(map)));
        let total = self.bytes.saturating_add(bytes);
        if self.forks.len() >= LAYERS_MAX || total > LAYER_BYTES_MAX {
            return Err(LayerError::Full { layers: self.forks.len(), bytes: self.bytes });
        }
        let root = tree.root();
        let layer = Layer { parent, height, root, changes, jumps, tree: Some(tree), bytes };
        self.forks.insert(block, layer);
        self.bytes = total;
        self.forget_trees(height);
        Ok(())
    }

    /// True where [`Layers::view`] has a state for `block`.
    #[must_use]
    pub fn contains(&self, block: &Hash) -> bool {
        self.root_of(block).is_some()
    }

    /// Root of the state after `block`, where it is held.
    #[must_use]
    pub fn root_of(&self, block: &Hash) -> Option<Hash> {
        if *block == self.base.block {
            return Some(self.base.tree.root());
        }
        let layer = self.forks.get(block).map(|layer| layer.root);
        let pinned = || self.pin_of(block).map(|pin| pin.tree.root());
        layer.or_else(pinned).or_else(|| self.past_of(block).map(|past| past.root))
    }

    /// Hash and height of the final block.
    #[must_use]
    pub const fn final_block(&self) -> (Hash, Height) {
        (self.base.block, self.base.height)
    }

    /// The rows, without what is in memory only.
    #[must_use]
    pub fn into_store(self) -> S {
        self.store
    }

    /// Forgets the state of an unfinalised block on which none stands; false for any other.
    pub fn drop_leaf(&mut self, block: &Hash) -> bool {
        if self.forks.values().any(|layer| layer.parent == *block) {
            return false;
        }
        let Some(layer) = self.forks.remove(block) else { return false };
        self.bytes = self.bytes.saturating_sub(layer.bytes);
        true
    }

    /// How many unfinalised blocks are held.
    #[must_use]
    pub fn unfinalised(&self) -> usize {
        self.forks.len()
    }

    /// What an unfinalised block changed.
    #[must_use]
    pub fn changes_of(&self, block: &Hash) -> Option<&Changes> {
        self.forks.get(block).map(|layer| &*layer.changes)
    }

    /// The proof of what the state after `block` holds at `keys`, for any block that
    /// [`Layers::view`] knows. `None` for others, for no key or more than [`PROOF_KEYS_MAX`], or where the
    /// store failed.
    #[must_use]
    pub fn prove(&self, block: &Hash, keys: &[StateKey]) -> Option<Proof> {
        if keys.is_empty() || keys.len() > PROOF_KEYS_MAX {
            return None;
        }
        let view = self.view(block)?;
        let tree = self.tree_at(block)?;
        self.sound(tree.prove(&view, &view, keys))
    }

    /// The rows under the layers.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The rows under the layers, for columns that are the caller's: `block`, and keys of `meta` but
    /// `layers`. Writing to the others breaks invariant 2.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// The first failure of the store, or damage found since opening. Nothing is sure after it.
    #[must_use]
    pub fn failure(&self) -> Option<StoreError> {
        self.store.failure().or_else(|| self.failure.get().cloned())
    }

    /// Hash over what is held in memory: the final block, and the root of each layer. Pins do not count:
    /// they are copies of what was.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let layers = self.forks.iter().map(|(block, layer)| (*block, layer.parent, layer.root));
        let layers: Vec<(Hash, Hash, Hash)> = layers.collect();
        let base = (self.base.block, self.base.height, self.base.tree.root());
        Hash::of(&encode(&(base, self.flushed_height, layers)))
    }

    /// True for layers and the final block.
    fn holds(&self, block: &Hash) -> bool {
        self.held_height(block).is_some()
    }

    fn held_height(&self, block: &Hash) -> Option<Height> {
        if *block == self.base.block {
            return Some(self.base.height);
        }
        self.forks.get(block).map(|layer| layer.height)
    }

    fn past_of(&self, block: &Hash) -> Option<&Past> {
        self.past.iter().find(|past| past.block == *block)
    }

    /// The tree of any state that can be viewed.
    fn tree_at(&self, block: &Hash) -> Option<Tree> {
        if self.holds(block) {
            return self.tree(block);
        }
        let pinned = self.pin_of(block).map(|pin| pin.tree.clone());
        pinned.or_else(|| self.past_tree(block))
    }

    /// The tree after a layer or the final block, computed again where it was let go.
    fn tree(&self, block: &Hash) -> Option<Tree> {
        let mut merged = Changes::new();
        let mut at = *block;
        while let Some(layer) = self.forks.get(&at) {
            if let Some(tree) = &layer.tree {
                return self.advance(tree, &at, &merged);
            }
            merge_below(&mut merged, &layer.changes);
            at = layer.parent;
        }
        // invariant(layers): every walk down ends at the final block.
        if at == self.base.block { self.advance(&self.base.tree, &at, &merged) } else { None }
    }

    fn advance(&self, tree: &Tree, block: &Hash, changes: &Changes) -> Option<Tree> {
        if changes.is_empty() {
            return Some(tree.clone());
        }
        self.sound(tree.update(&self.layered(block), changes))
    }

    /// Remembers damage, so that [`Layers::failure`] tells of it.
    fn sound<T>(&self, result: Result<T, MissingPage>) -> Option<T> {
        let remember = |error: MissingPage| {
            self.failure.get_or_init(|| StoreError::Io(error.to_string()));
        };
        result.map_err(remember).ok()
    }

    /// Lets go of trees far below the newest layer. The heights are visited once each.
    fn forget_trees(&mut self, height: Height) {
        if height <= self.highest {
            return;
        }
        self.highest = height;
        let far = height.saturating_sub(TREES_HEIGHTS);
        if !height.0.is_multiple_of(TREES_HEIGHTS) {
            return;
        }
        for layer in self.forks.values_mut() {
            if layer.height < far && !layer.height.0.is_multiple_of(TREES_HEIGHTS) {
                layer.tree = None;
            }
        }
    }
}

/// Adds what `older` has and `newer` does not.
fn merge_below(newer: &mut Changes, older: &Changes) {
    for (key, value) in older {
        newer.entry(*key).or_insert_with(|| value.clone());
    }
}

/// What a map of changes takes in memory, roughly: keys, values, and the map's own nodes.
fn bytes_of(changes: &Changes) -> usize {
    changes.values().fold(256, |sum, value| {
        let value = value.as_ref().map_or(0, Vec::len);
        sum.saturating_add(96).saturating_add(value)
    })
}
