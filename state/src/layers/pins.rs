//! Pins: past final states that stay readable as a whole while newer blocks become final.
//!
//! A node that joins late reads the state of one block in many parts and takes minutes for it. The store
//! has the newest final state only, so a pin keeps the tree of its block, which shares what did not
//! change, and the old value of every key that changed since. Each finality adds to it.
//!
//! # Inputs and outputs
//! [`Layers::pin`] takes a final block; [`Layers::view`], [`Layers::prove`] and [`Layers::read_range`] answer for it.
//!
//! # Invariants
//! 1. The rows of column `account` with `reverse` over them are the state of the pin's block.
//!
//! # Bounds
//! [`PINS_MAX`] pins; the oldest goes. A pin whose old values take more than [`PIN_BYTES_MAX`] goes too, and
//! whoever was reading it must begin at a newer one. A pin's tree holds on to the pages that were in memory when it was made.
//! Pins are not on the disk: after a restart the caller may pin a block again as long as undo rows lead back to it.

use super::view::View;
use super::{Layers, bytes_of};
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::store::Store;
use crate::tree::Tree;
use crate::types::{Hash, Height};
use std::borrow::Cow;

/// Most pins at a time.
pub const PINS_MAX: usize = 2;
/// Most bytes of keys and old values that a pin holds.
pub const PIN_BYTES_MAX: usize = 64 << 20;

/// A past final state.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    pub(super) block: Hash,
    pub(super) height: Height,
    pub(super) tree: Tree,
    /// Values from before, of all keys that changed since.
    reverse: Changes,
    /// What `reverse` takes, roughly.
    bytes: usize,
}

impl<S: Store> Layers<S> {
    /// Keeps the state of `block`, the final one or one of the last [`super::UNDO_HEIGHTS`] before it, until
    /// [`PINS_MAX`] newer ones are pinned. False where that is not possible: the block is unknown, older
    /// than all pins of a full set, or changed too much since.
    pub fn pin(&mut self, block: &Hash) -> bool {
        if self.pin_of(block).is_some() {
            return true;
        }
        let Some(pin) = self.make_pin(block) else { return false };
        self.pins.push(pin);
        self.pins.sort_by_key(|pin| pin.height);
        if self.pins.len() > PINS_MAX {
            self.pins.remove(0);
        }
        assert!(self.pins.len() <= PINS_MAX, "invariant(pins): the oldest goes");
        self.pin_of(block).is_some()
    }

    /// Block, height and root of each pinned state, the oldest first.
    #[must_use]
    pub fn pins(&self) -> Vec<(Hash, Height, Hash)> {
        self.pins.iter().map(|pin| (pin.block, pin.height, pin.tree.root())).collect()
    }

    pub(super) fn pin_of(&self, block: &Hash) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.block == *block)
    }

    /// The view of a pinned block.
    pub(super) fn pinned_view(&self, block: &Hash) -> Option<View<'_, S>> {
        let pin = self.pin_of(block)?;
        Some(View { maps: vec![Cow::Borrowed(&pin.reverse)], store: &self.store })
    }

    fn make_pin(&self, block: &Hash) -> Option<Pin> {
        let (height, tree, reverse) = if *block == self.base.block {
            (self.base.height, self.base.tree.clone(), Changes::new())
        } else {
            let past = self.past_of(block)?;
            (past.height, self.past_tree(block)?, self.past_view(block)?.flattened())
        };
        let bytes = bytes_of(&reverse);
        let pin = Pin { block: *block, height, tree, reverse, bytes };
        (bytes <= PIN_BYTES_MAX).then_some(pin)
    }

    /// Takes over what newly final blocks replaced, lowest block first. Drops pins that grow too large.
    pub(super) fn extend_pins(&mut self, replaced: &[Replaced]) {
        for pin in &mut self.pins {
            for (key, value) in replaced.iter().flatten() {
                // The older value wins: it is the one from before all changes.
                if !pin.reverse.contains_key(key) {
                    pin.reverse.insert(*key, value.clone());
                    let bytes = 96_usize.saturating_add(value.as_ref().map_or(0, Vec::len));
                    pin.bytes = pin.bytes.saturating_add(bytes);
                }
            }
        }
        self.pins.retain(|pin| pin.bytes <= PIN_BYTES_MAX);
    }
}

/// What one final block replaced: keys in order, with the values from before.
pub(super) type Replaced = Vec<(StateKey, Option<Vec<u8>>)>;
