//! The authenticated tree: one root over all keys and values of a state, and proofs against it.
//!
//! ```text
//!                 root                      binary Merkle tree over 256-bit keys,
//!            0 /       \ 1                  most significant bit first
//!            node       leaf 1011..         a leaf stands at the shallowest place that is its own
//!         0 /    \ 1
//!   leaf 00..    node                       hash(node)  = BLAKE2b(left ‖ right), personal state-node
//!             0 /    \ 1                    hash(leaf)  = BLAKE2b(key ‖ value),  personal state-leaf
//!       leaf 010..   leaf 011..             hash(empty) = 32 zero bytes
//! ```
//!
//! The root depends on the content alone, never on the order or history of changes. Four levels are
//! packed in a [`Page`] of 16 slots. Trees are persistent: an update shares every page that it does not
//! change with the tree it came from, so forks cost what they change and a clone costs nothing.
//! A subtree may be a stub, a hash whose page a [`PageSource`] reads when it is needed.
//!
//! # Reading order
//! `page.rs` (slots and hashing), `update.rs` (changing, building), `stream.rs` (building from leaves
//! in order), `flush.rs` (which rows of pages
//! changed, stubs), `proof.rs` (presence and absence), `range.rs` (all keys between two), both walking
//! over `place.rs`, `list.rs` (Merkle lists and mountain ranges).
//!
//! # Bounds
//! Keys are hashed, so depth is about `log2(keys)`; recursion ends at 64 pages or 256 bits in any case.

mod flush;
pub mod list;
mod page;
mod path;
mod place;
mod proof;
mod range;
mod stream;
mod update;

#[cfg(test)]
pub(crate) mod tests;

pub use flush::PageRows;
pub use page::Page;
pub use path::{DEPTH_MAX, Path};
pub use proof::{Answers, PROOF_KEYS_MAX, Proof, ProofError, Step};
pub use range::{RangeError, RangeProof, RangeStep, STEPS_MAX};

use crate::types::Hash;
use page::Slot;
use std::sync::Arc;

pub(crate) use page::{Leaf, leaf_hash};
pub(crate) use stream::Subtree;
pub(crate) use update::page_with_leaves;

/// Where the pages of stubs come from.
pub trait PageSource: Sync {
    /// The page at `path` whose root is `hash`, or `None` where there is none.
    ///
    /// The caller checks the hash of what comes back.
    fn load(&self, path: &Path, hash: &Hash) -> Option<Arc<Page>>;
}

/// The source of a tree that is wholly in memory: it has no pages.
#[derive(Clone, Copy, Debug)]
pub struct NoPages;

impl PageSource for NoPages {
    fn load(&self, _path: &Path, _hash: &Hash) -> Option<Arc<Page>> {
        None
    }
}

/// A page that neither lies in the store nor follows from the values there: the store is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page at depth {} of the state tree is missing or damaged", path.depth())]
pub struct MissingPage {
    /// Where the page hangs.
    pub path: Path,
}

/// A state as a Merkle tree. Cheap to clone; updates return a new tree and leave the old one.
#[derive(Clone, Debug)]
pub struct Tree {
    root: Slot,
}

impl Default for Tree {
    fn default() -> Self {
        Self::empty()
    }
}

impl Tree {
    /// The tree without leaves; its root is [`Hash::ZERO`].
    #[must_use]
    pub const fn empty() -> Self {
        Self { root: Slot::Empty }
    }

    /// The tree with this root, none of it in memory. Its first use loads the topmost page.
    #[must_use]
    pub fn from_root_stub(root: Hash) -> Self {
        if root == Hash::ZERO { Self::empty() } else { Self { root: Slot::Stub(root) } }
    }

    /// The Merkle root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root.node().hash()
    }

    /// How many pages this tree reaches in memory, shared ones included.
    #[must_use]
    pub fn resident_pages(&self) -> u32 {
        self.root.resident()
    }
}

/// The page of a slot that stands for two leaves or more, from memory or from `source`.
fn page_of(
    slot: &Slot,
    path: &Path,
    source: &dyn PageSource,
) -> Result<Option<Arc<Page>>, MissingPage> {
    match slot {
        Slot::Empty | Slot::Leaf(_) => Ok(None),
        Slot::Page(page) => Ok(Some(Arc::clone(page))),
        Slot::Stub(hash) => {
            let page = source.load(path, hash).filter(|page| page.hash() == *hash);
            page.map(Some).ok_or(MissingPage { path: *path })
        }
    }
}
