//! Building a tree from leaves that come in order, without holding it in memory.
//!
//! A page is finished when the first leaf behind it is seen. Its row is handed out at once and only its hash is
//! kept, so memory is one page for each level, whatever the number of leaves. Subtrees that were built
//! apart, on several cores, are joined to the page above them.

use super::page::{Leaf, SLOTS, Slot, settle};
use super::path::Path;
use super::{PageRows, Tree};

/// A built subtree: what hangs in the slot above it. Its pages are rows already.
#[derive(Clone, Debug)]
pub(crate) struct Subtree(Slot);

impl Subtree {
    /// The subtree at `path` with all leaves below it that come next; they ascend. The rows of its pages are added to `rows`.
    pub(crate) fn build(
        path: Path,
        leaves: impl Iterator<Item = Leaf>,
        rows: &mut PageRows,
    ) -> Self {
        let mut leaves = Lookahead::new(leaves);
        Self(slot(path, &mut leaves, rows))
    }

    /// The subtree at `path` whose slots hold these, one for each nibble. The row of its page is added.
    pub(crate) fn join(path: Path, parts: [Self; SLOTS], rows: &mut PageRows) -> Self {
        Self(finish(path, parts.map(|part| part.0), rows))
    }

    /// The tree, where this was built at the root. All of its pages are stubs.
    pub(crate) fn into_tree(self) -> Tree {
        Tree { root: self.0 }
    }
}

/// Leaves with the next two in sight: one alone stands in a slot, two make a page.
struct Lookahead<I> {
    leaves: I,
    first: Option<Leaf>,
    second: Option<Leaf>,
}

impl<I: Iterator<Item = Leaf>> Lookahead<I> {
    fn new(mut leaves: I) -> Self {
        let first = leaves.next();
        let second = leaves.next();
        Self { leaves, first, second }
    }

    fn take(&mut self) -> Option<Leaf> {
        let next = self.leaves.next();
        let taken = core::mem::replace(&mut self.first, core::mem::replace(&mut self.second, next));
        if let (Some(taken), Some(first)) = (&taken, &self.first) {
            assert!(taken.key < first.key, "invariant(stream): leaves ascend");
        }
        taken
    }
}

fn slot<I: Iterator<Item = Leaf>>(
    path: Path,
    leaves: &mut Lookahead<I>,
    rows: &mut PageRows,
) -> Slot {
    let below = |leaf: &Option<Leaf>| leaf.as_ref().is_some_and(|leaf| path.contains(&leaf.key));
    match (below(&leaves.first), below(&leaves.second)) {
        (false, _) => Slot::Empty,
        (true, false) => leaves.take().map_or(Slot::Empty, Slot::Leaf),
        (true, true) => {
            let mut number = 0;
            let slots = [(); SLOTS].map(|()| {
                let slot = slot(path.child(number), leaves, rows);
                number = number.saturating_add(1);
                slot
            });
            finish(path, slots, rows)
        }
    }
}

/// The page of these slots becomes a row and a stub; less than two leaves need none.
fn finish(path: Path, slots: [Slot; SLOTS], rows: &mut PageRows) -> Slot {
    match settle(slots, None, u16::MAX) {
        Slot::Page(page) => {
            rows.push((path, Some(page.encode())));
            Slot::Stub(page.hash())
        }
        other @ (Slot::Empty | Slot::Leaf(_) | Slot::Stub(_)) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hashed_state;
    use super::*;
    use crate::layout::StateKey;
    use crate::overlay::Changes;
    use crate::tree::{NoPages, leaf_hash};

    fn leaves(changes: &Changes, below: Path) -> impl Iterator<Item = Leaf> {
        let leaf = |(key, value): (&StateKey, &Option<Vec<u8>>)| Leaf {
            key: *key,
            hash: leaf_hash(key, value.as_deref().unwrap()),
        };
        changes.iter().map(leaf).filter(move |leaf| below.contains(&leaf.key))
    }

    #[test]
    fn leaves_in_order_give_the_tree_and_the_pages_of_an_update() {
        for count in [0, 1, 2, 3, 17, 400, 5_000] {
            let state = hashed_state(count);
            let changes: Changes = state.into_iter().map(|(key, v)| (key, Some(v))).collect();
            let tree = Tree::empty().update(&NoPages, &changes).unwrap();
            let mut expected = tree.rows_since(&Tree::empty(), &NoPages);
            expected.sort_unstable();
            let mut rows = PageRows::new();
            let whole = Subtree::build(Path::ROOT, leaves(&changes, Path::ROOT), &mut rows);
            assert_eq!(whole.into_tree().root(), tree.root(), "{count} leaves");
            rows.sort_unstable();
            assert_eq!(rows, expected, "{count} leaves");
            let mut rows = PageRows::new();
            let parts = core::array::from_fn(|number| {
                let path = Path::ROOT.child(u8::try_from(number).unwrap());
                Subtree::build(path, leaves(&changes, path), &mut rows)
            });
            let joined = Subtree::join(Path::ROOT, parts, &mut rows);
            assert_eq!(joined.into_tree().root(), tree.root(), "{count} leaves in sixteen parts");
            rows.sort_unstable();
            assert_eq!(rows, expected, "{count} leaves in sixteen parts");
        }
    }
}
