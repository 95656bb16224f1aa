//! The rows that layers write: one in `meta`, and one in `undo` for each final height.
//!
//! Both are borsh, as everything on the disk.

use super::{Final, Layers, Past};
use crate::codec::decode_bounded;
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::types::{Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};

/// Key of [`LayersRow`] in column `meta`.
pub(super) const LAYERS_KEY: &[u8] = b"layers";
/// Version of the rows described here.
pub(super) const ROWS_VERSION: u32 = 1;
/// Largest row that is looked at: a block that changed 64 MiB of values.
const UNDO_BYTES_MAX: usize = 64 << 20;

/// What the rows of the other columns amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct LayersRow {
    /// [`ROWS_VERSION`] of who wrote it. First, so that any version can read it.
    pub(super) version: u32,
    /// The final block.
    pub(super) block: Hash,
    /// Its height.
    pub(super) height: Height,
    /// Root over column `account`.
    pub(super) root: Hash,
    /// The final height whose pages lie in column `page`.
    pub(super) pages_height: Height,
    /// The root of those pages.
    pub(super) pages_root: Hash,
    /// Undo rows exist from here to `height`; one above `height` where there are none.
    pub(super) undo_from: Height,
}

/// What a final block replaced.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct UndoRow {
    /// The block.
    pub(super) block: Hash,
    /// Its parent, whose state this leads back to.
    pub(super) parent: Hash,
    /// Root of that state.
    pub(super) parent_root: Hash,
    /// Keys the block changed, sorted, with the values from before.
    pub(super) reverse: Vec<(StateKey, Option<Vec<u8>>)>,
}

impl LayersRow {
    /// Reads a row of this version.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        decode_bounded(bytes, 4 + 4 * 3 + 32 * 3).ok()
    }
}

impl UndoRow {
    /// Reads a row, or `None` where it is not one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let row: Self = decode_bounded(bytes, UNDO_BYTES_MAX).ok()?;
        row.reverse.is_sorted_by(|a, b| a.0 < b.0).then_some(row)
    }

    /// The changes that lead back.
    pub(super) fn changes(self) -> Changes {
        self.reverse.into_iter().collect()
    }
}

/// Key of the undo row of the block at `height`: big-endian, so that rows lie in order.
pub(super) const fn undo_key(height: Height) -> [u8; 4] {
    height.0.to_be_bytes()
}

impl<S> Layers<S> {
    /// The `meta` row for a final state, with undo rows back to the oldest of `past`.
    pub(super) fn row(base: &Final, oldest: Option<&Past>, pages: (Height, Hash)) -> LayersRow {
        let undo_from = oldest.map_or(base.height, |past| past.height).saturating_add(1);
        LayersRow {
            version: ROWS_VERSION,
            block: base.block,
            height: base.height,
            root: base.tree.root(),
            pages_height: pages.0,
            pages_root: pages.1,
            undo_from,
        }
    }
}
