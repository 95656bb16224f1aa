//! Places: the nodes of the binary tree one by one, as proofs walk them.
//!
//! Pages keep four levels together; a place is one node of those levels, with what is needed to go
//! on to its children. Pages that are not in memory come from a [`PageSource`].

use super::page::{Node, Page, Slot};
use super::{Leaf, MissingPage, PageSource, Path, Tree, page_of};
use std::sync::Arc;

/// A node of the binary tree while it is walked: a slot, or a part of a page's slots.
pub(super) enum Place {
    Whole(Slot, Path),
    Part { page: Arc<Page>, path: Path, from: u8, len: u8 },
}

impl Place {
    /// Where every walk begins.
    pub(super) fn root(tree: &Tree) -> Self {
        Self::Whole(tree.root.clone(), Path::ROOT)
    }

    /// The node as its parent sees it.
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Whole(slot, _) => slot.node(),
            Self::Part { page, from, len, .. } => page.node_above(*from, *len),
        }
    }

    fn part(page: &Arc<Page>, path: Path, from: u8, len: u8) -> Self {
        if len == 1 {
            return Self::Whole(page.slot(from).clone(), path.child(from));
        }
        Self::Part { page: Arc::clone(page), path, from, len }
    }

    /// The children of an inner node.
    pub(super) fn children(&self, source: &dyn PageSource) -> Result<(Self, Self), MissingPage> {
        let (page, path, from, len) = match self {
            Self::Whole(slot, path) => {
                let page = page_of(slot, path, source)?.ok_or(MissingPage { path: *path })?;
                (page, *path, 0, 16)
            }
            Self::Part { page, path, from, len } => (Arc::clone(page), *path, *from, *len),
        };
        let half = len / 2;
        let left = Self::part(&page, path, from, half);
        Ok((left, Self::part(&page, path, from.saturating_add(half), half)))
    }

    /// The leaf of a place that has exactly one.
    pub(super) fn leaf(&self) -> Option<Leaf> {
        let lone = |slot: &Slot| match slot {
            Slot::Leaf(leaf) => Some(*leaf),
            Slot::Empty | Slot::Page(_) | Slot::Stub(_) => None,
        };
        match self {
            Self::Whole(slot, _) => lone(slot),
            Self::Part { page, from, len, .. } => {
                (*from..from.saturating_add(*len)).find_map(|number| lone(page.slot(number)))
            }
        }
    }

    /// The slot or page that it is, or is a part of.
    pub(super) const fn path(&self) -> Path {
        match self {
            Self::Whole(_, path) | Self::Part { path, .. } => *path,
        }
    }
}
