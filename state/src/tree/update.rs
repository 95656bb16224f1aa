//! Changing a tree: sorted changes fall through the pages, and only touched paths are rehashed.
//!
//! With feature `parallel`, large updates are split by the first two nibbles over all cores. The parts
//! are disjoint and come back in order, so the result does not depend on it.

use super::page::{Page, SLOTS, Slot, settle};
use super::path::nibble;
use super::{Leaf, MissingPage, PageSource, Path, Tree, leaf_hash, page_of};
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::types::Hash;
use std::sync::Arc;

/// From this many changes on, the slots of a page are worked on in parallel.
#[cfg(feature = "parallel")]
const PARALLEL_CHANGES_MIN: usize = 128;

/// A changed leaf: its new hash, or `None` where it goes.
pub(crate) type Change = (StateKey, Option<Hash>);

/// What stays the same while an update falls through the tree.
#[derive(Clone, Copy)]
struct Update<'a> {
    source: &'a dyn PageSource,
    #[cfg(feature = "parallel")]
    parallel: bool,
}

impl Tree {
    /// The tree after `changes`: `None` removes a key, and removing an absent key changes nothing.
    ///
    /// # Errors
    /// [`MissingPage`] where a stub on the way cannot be loaded from `source`.
    pub fn update(&self, source: &dyn PageSource, changes: &Changes) -> Result<Self, MissingPage> {
        self.update_leaves(source, &hash_leaves(changes))
    }

    /// As [`Tree::update`], on one core.
    ///
    /// # Errors
    /// As [`Tree::update`].
    pub fn update_sequential(
        &self,
        source: &dyn PageSource,
        changes: &Changes,
    ) -> Result<Self, MissingPage> {
        let leaves: Vec<Change> = changes.iter().map(hash_leaf).collect();
        let update = Update::new(source, false);
        Ok(Self { root: update.slot(&self.root, Path::ROOT, &leaves)? })
    }

    /// As [`Tree::update`], with leaves that are hashed already, sorted by key without repetition.
    pub(crate) fn update_leaves(
        &self,
        source: &dyn PageSource,
        leaves: &[Change],
    ) -> Result<Self, MissingPage> {
        debug_assert!(leaves.is_sorted_by(|a, b| a.0 < b.0), "changes are sorted by key");
        let update = Update::new(source, true);
        Ok(Self { root: update.slot(&self.root, Path::ROOT, leaves)? })
    }
}

/// The slot at `path` that holds exactly these leaves, sorted by key.
fn build(path: Path, leaves: &[Leaf]) -> Slot {
    match leaves {
        [] => Slot::Empty,
        [leaf] => Slot::Leaf(*leaf),
        _ => {
            let mut slots = [(); SLOTS].map(|()| Slot::Empty);
            for (number, part) in groups(leaves, path.depth(), |leaf| &leaf.key) {
                if let Some(slot) = slots.get_mut(usize::from(number)) {
                    *slot = build(path.child(number), part);
                }
            }
            settle(slots, None, u16::MAX)
        }
    }
}

/// The page at `path` that holds exactly these leaves, sorted by key; `None` for fewer than two.
pub(crate) fn page_with_leaves(path: Path, leaves: &[Leaf]) -> Option<Arc<Page>> {
    match build(path, leaves) {
        Slot::Page(page) => Some(page),
        Slot::Empty | Slot::Leaf(_) | Slot::Stub(_) => None,
    }
}

impl<'a> Update<'a> {
    #[cfg(feature = "parallel")]
    const fn new(source: &'a dyn PageSource, parallel: bool) -> Self {
        Self { source, parallel }
    }

    #[cfg(not(feature = "parallel"))]
    const fn new(source: &'a dyn PageSource, _parallel: bool) -> Self {
        Self { source }
    }

    fn slot(self, slot: &Slot, path: Path, changes: &[Change]) -> Result<Slot, MissingPage> {
        if changes.is_empty() {
            return Ok(slot.clone());
        }
        match slot {
            Slot::Empty => Ok(build(path, &merge(None, changes))),
            Slot::Leaf(leaf) => Ok(build(path, &merge(Some(*leaf), changes))),
            Slot::Page(page) => self.page(slot, page, path, changes),
            Slot::Stub(_) => match page_of(slot, &path, self.source)? {
                Some(page) => self.page(slot, &page, path, changes),
                None => Err(MissingPage { path }),
            },
        }
    }

    fn page(
        self,
        slot: &Slot,
        page: &Page,
        path: Path,
        changes: &[Change],
    ) -> Result<Slot, MissingPage> {
        let mut slots = page.unpack();
        let dirty = self.slots(&mut slots, path, changes)?;
        // What is as it was stays shared with the tree it came from.
        if dirty == 0 { Ok(slot.clone()) } else { Ok(settle(slots, Some(page), dirty)) }
    }

    /// Changes the slots of the page at `path`; a bit is set for each that is another afterwards.
    fn slots(
        self,
        slots: &mut [Slot; SLOTS],
        path: Path,
        changes: &[Change],
    ) -> Result<u16, MissingPage> {
        #[cfg(feature = "parallel")]
        if self.parallel && path.depth() < 2 && changes.len() >= PARALLEL_CHANGES_MIN {
            return self.slots_in_parallel(slots, path, changes);
        }
        let mut dirty = 0;
        for (number, part) in groups(changes, path.depth(), |change| &change.0) {
            if let Some(slot) = slots.get_mut(usize::from(number))
                && self.replace(slot, path.child(number), part)?
            {
                dirty |= 1 << number;
            }
        }
        Ok(dirty)
    }

    #[cfg(feature = "parallel")]
    fn slots_in_parallel(
        self,
        slots: &mut [Slot; SLOTS],
        path: Path,
        changes: &[Change],
    ) -> Result<u16, MissingPage> {
        use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};
        let mut parts: [&[Change]; SLOTS] = [&[]; SLOTS];
        for (number, part) in groups(changes, path.depth(), |change| &change.0) {
            if let Some(place) = parts.get_mut(usize::from(number)) {
                *place = part;
            }
        }
        let mut jobs: Vec<(u8, &mut Slot, &[Change])> = (0..)
            .zip(slots)
            .zip(parts)
            .map(|((number, slot), part)| (number, slot, part))
            .collect();
        let job = |(number, slot, part): &mut (u8, &mut Slot, &[Change])| {
            let changed = self.replace(slot, path.child(*number), part)?;
            Ok(u16::from(changed) << *number)
        };
        jobs.par_iter_mut().map(job).try_reduce(|| 0, |a, b| Ok(a | b))
    }

    /// Changes one slot; true where it is another afterwards.
    fn replace(self, slot: &mut Slot, path: Path, changes: &[Change]) -> Result<bool, MissingPage> {
        let new = self.slot(slot, path, changes)?;
        let changed = new.node() != slot.node();
        if changed {
            *slot = new;
        }
        Ok(changed)
    }
}

/// Cuts what is sorted by key into runs of equal nibble `depth`.
fn groups<T>(
    items: &[T],
    depth: u8,
    key: impl Fn(&T) -> &StateKey,
) -> impl Iterator<Item = (u8, &[T])> {
    let mut rest = items;
    core::iter::from_fn(move || {
        let number = nibble(key(rest.first()?), depth);
        let end = rest.partition_point(|item| nibble(key(item), depth) <= number);
        let (group, after) = rest.split_at(end);
        rest = after;
        Some((number, group))
    })
}

/// The leaves that remain of a lone leaf and changes around it, sorted.
fn merge(leaf: Option<Leaf>, changes: &[Change]) -> Vec<Leaf> {
    let mut kept: Vec<Leaf> = changes
        .iter()
        .filter_map(|(key, hash)| hash.map(|hash| Leaf { key: *key, hash }))
        .collect();
    if let Some(leaf) = leaf
        && changes.binary_search_by(|(key, _)| key.cmp(&leaf.key)).is_err()
    {
        let place = kept.partition_point(|other| other.key < leaf.key);
        kept.insert(place, leaf);
    }
    kept
}

fn hash_leaf((key, value): (&StateKey, &Option<Vec<u8>>)) -> Change {
    (*key, value.as_ref().map(|value| leaf_hash(key, value)))
}

#[cfg(feature = "parallel")]
fn hash_leaves(changes: &Changes) -> Vec<Change> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    if changes.len() < PARALLEL_CHANGES_MIN {
        return changes.iter().map(hash_leaf).collect();
    }
    let rows: Vec<_> = changes.iter().collect();
    rows.into_par_iter().map(hash_leaf).collect()
}

#[cfg(not(feature = "parallel"))]
fn hash_leaves(changes: &Changes) -> Vec<Change> {
    changes.iter().map(hash_leaf).collect()
}
