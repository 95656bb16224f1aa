//! Rows of pages: which differ between two trees, and which parts of a tree may leave memory.
//!
//! There are no dirty flags. Two trees are compared by hash from the top; equal hashes mean equal
//! subtrees, so the cost is what differs. A stale row does no harm: pages are checked by their hash
//! when they are loaded, and rebuilt from the values where the hash is another.

use super::page::{Page, Slot, settle};
use super::path::Path;
use super::{PageSource, Tree, page_of};
use std::sync::Arc;

/// Rows of pages that change: the path and its new row, or `None` where it goes.
pub type PageRows = Vec<(Path, Option<Vec<u8>>)>;

impl Tree {
    /// The rows that turn the pages of `flushed` into those of this tree.
    ///
    /// Pages of `flushed` that `source` does not have count as absent: then more is written, nothing
    /// less.
    #[must_use]
    pub fn rows_since(&self, flushed: &Self, source: &dyn PageSource) -> PageRows {
        let mut rows = PageRows::new();
        collect(&self.root, &flushed.root, Path::ROOT, source, &mut rows);
        rows
    }

    /// The tree with its cold subtrees as stubs: those at `depth` or deeper that are as in `reference`.
    #[must_use]
    pub fn demote(&self, reference: &Self, depth: u8) -> Self {
        Self { root: demote(&self.root, &reference.root, Path::ROOT, depth) }
    }
}

fn collect(new: &Slot, old: &Slot, path: Path, source: &dyn PageSource, rows: &mut PageRows) {
    if new.node() == old.node() {
        return;
    }
    let old_page = page_of(old, &path, source).ok().flatten();
    let new_page = page_of(new, &path, source).ok().flatten();
    match &new_page {
        Some(page) => rows.push((path, Some(page.encode()))),
        None if old_page.is_some() => rows.push((path, None)),
        None => return,
    }
    for number in 0..16 {
        let new = new_page.as_ref().map_or(&Slot::Empty, |page| page.slot(number));
        let old = old_page.as_ref().map_or(&Slot::Empty, |page| page.slot(number));
        let holds_pages = |slot: &Slot| matches!(slot, Slot::Page(_) | Slot::Stub(_));
        if holds_pages(new) || holds_pages(old) {
            collect(new, old, path.child(number), source, rows);
        }
    }
}

fn demote(slot: &Slot, reference: &Slot, path: Path, depth: u8) -> Slot {
    let Slot::Page(page) = slot else { return slot.clone() };
    if path.depth() >= depth && slot.node() == reference.node() {
        return Slot::Stub(page.hash());
    }
    let reference_page = match reference {
        Slot::Page(page) => Some(page),
        Slot::Empty | Slot::Leaf(_) | Slot::Stub(_) => None,
    };
    let unchanged = slot.node() == reference.node();
    let mut slots = page.unpack();
    for (number, slot) in (0_u8..).zip(slots.iter_mut()) {
        // Below a page that is equal everything is equal, whether or not the reference has it here.
        let same = slot.clone();
        let other = reference_page.map(|page| page.slot(number));
        let other = if unchanged { &same } else { other.unwrap_or(&Slot::Empty) };
        *slot = demote(slot, other, path.child(number), depth);
    }
    repack(slots, page)
}

/// Packs slots that hash as before.
fn repack(slots: [Slot; 16], page: &Arc<Page>) -> Slot {
    let packed = settle(slots, Some(page), 0);
    debug_assert_eq!(packed.node().hash(), page.hash(), "a stub hashes as its page");
    if packed.resident() == page.resident() { Slot::Page(Arc::clone(page)) } else { packed }
}
