//! Merkle lists: one hash over a sequence, proofs of single items, and growing a list item by item.
//!
//! ```text
//! root = H(length as 8 bytes, little-endian ‖ top)          top of nothing = 32 zero bytes
//!
//!            top                  the left subtree is the largest full one: five items are 4 + 1,
//!           /   \                 the shape of RFC 6962 section 2.1
//!        full    e
//!       /    \
//!     a b    c d
//! ```
//!
//! Leaves and nodes are personalised differently, and the length is bound in, so a root stands for
//! one sequence. A [`Mountain`] holds the peaks (the full subtrees) alone and reaches the same root.
//!
//! # Bounds
//! Memory of [`list_root`] is one hash an item; of a [`Mountain`], at most 64 hashes.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "lengths are halved or compared before they are subtracted, and divisors are constants"
)]

use crate::codec::Wire;
use crate::types::{Hash, Purpose};
use borsh::{BorshDeserialize, BorshSerialize};

/// The root over `items`, in order.
#[must_use]
pub fn list_root<T: AsRef<[u8]>>(items: &[T]) -> Hash {
    let mut mountain = Mountain::default();
    for item in items {
        mountain.append(item.as_ref());
    }
    mountain.root()
}

/// That one item stands at one place of a list with a known root.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct ListProof {
    /// Place of the item, from zero.
    pub index: u64,
    /// Length of the list.
    pub count: u64,
    /// Hashes beside the way up, lowest first.
    pub siblings: Vec<Hash>,
}

impl Wire for ListProof {
    /// Two numbers, a length, and a hash for each of at most 64 levels.
    const BYTES_MAX: usize = 8 + 8 + 4 + 64 * 32;
}

/// Why the proof of an item is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListProofError {
    /// The list ends before the place.
    #[error("the list has no item at this place")]
    OutOfRange,
    /// Not as many hashes as the place and the length ask for.
    #[error("the proof has too many or too few hashes")]
    WrongLength,
    /// Another root comes out.
    #[error("the proof belongs to another root or item")]
    WrongRoot,
}

impl ListProof {
    /// The proof for the item at `index`, or `None` where there is none.
    #[must_use]
    pub fn new<T: AsRef<[u8]>>(items: &[T], index: usize) -> Option<Self> {
        items.get(index)?;
        let mut level: Vec<Hash> = items.iter().map(|item| leaf(item.as_ref())).collect();
        let mut place = index;
        let mut siblings = Vec::new();
        while level.len() > 1 {
            siblings.extend(level.get(place ^ 1));
            level = level.chunks(2).map(join_chunk).collect();
            place /= 2;
        }
        let index = u64::try_from(index).ok()?;
        Some(Self { index, count: u64::try_from(items.len()).ok()?, siblings })
    }

    /// Checks that `item` stands at [`ListProof::index`] of the list with `root`.
    ///
    /// # Errors
    /// [`ListProofError`]; a proof has one form and every byte of it counts.
    pub fn verify(&self, root: &Hash, item: &[u8]) -> Result<(), ListProofError> {
        if self.index >= self.count {
            return Err(ListProofError::OutOfRange);
        }
        let (mut place, mut last) = (self.index, self.count - 1);
        let mut siblings = self.siblings.iter();
        let mut hash = leaf(item);
        while last > 0 {
            let left_of_it = place % 2 == 1;
            // The last node of a level of odd length has nothing beside it and rises as it is.
            if left_of_it || place < last {
                let sibling = siblings.next().ok_or(ListProofError::WrongLength)?;
                hash = if left_of_it { node(sibling, &hash) } else { node(&hash, sibling) };
            }
            place /= 2;
            last /= 2;
        }
        if siblings.next().is_some() {
            return Err(ListProofError::WrongLength);
        }
        if close(self.count, &hash) == *root { Ok(()) } else { Err(ListProofError::WrongRoot) }
    }
}

/// A list that only grows, kept as its peaks: a Merkle mountain range.
///
/// # Invariants
/// 1. There is one peak for each one-bit of `count`, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Mountain {
    /// How many items there are.
    pub count: u64,
    /// Roots of the full subtrees, the largest first.
    pub peaks: Vec<Hash>,
}

impl Wire for Mountain {
    /// A number, a length, and at most 64 peaks.
    const BYTES_MAX: usize = 8 + 4 + 64 * 32;
}

impl Mountain {
    /// Adds `item` at the end.
    pub fn append(&mut self, item: &[u8]) {
        let mut hash = leaf(item);
        // Every trailing one-bit of the length is a peak as high as the new one: they join.
        for _ in 0..self.count.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.count = self.count.saturating_add(1);
        debug_assert!(u32::try_from(self.peaks.len()) == Ok(self.count.count_ones()));
    }

    /// The root: that of [`list_root`] over all items appended.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(first) = peaks.next() else { return close(0, &Hash::ZERO) };
        let top = peaks.fold(*first, |right, left| node(left, &right));
        close(self.count, &top)
    }
}

fn leaf(item: &[u8]) -> Hash {
    Hash::personal(Purpose::ListLeaf, &[item])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::personal(Purpose::ListNode, &[&left.0, &right.0])
}

/// Binds the length in. 40 bytes are hashed, so this is never taken for a node of 64.
fn close(count: u64, top: &Hash) -> Hash {
    Hash::personal(Purpose::ListNode, &[&count.to_le_bytes(), &top.0])
}

fn join_chunk(chunk: &[Hash]) -> Hash {
    match chunk {
        [left, right] => node(left, right),
        [alone, ..] => *alone,
        [] => Hash::ZERO,
    }
}
