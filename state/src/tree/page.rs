//! Pages: four levels of the binary tree packed into sixteen slots.
//!
//! # Invariants
//! 1. A [`Slot::Page`] or [`Slot::Stub`] stands for two leaves or more; a lone leaf stands in the
//!    slot itself. So the shape depends on the keys alone, and removing never looks at siblings.
//! 2. `hash` is the Merkle root over the slots; a row whose slots hash to something else is refused.
//!
//! # Bounds
//! A page takes about 100 bytes and 72 for each slot in use. Pages with eight slots or more also keep
//! the nodes above their four quarters (132 bytes), so that one change costs at most six hashes.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "slots are numbered below 16, which the types and assertions beside them keep"
)]

use crate::codec::{decode_bounded, encode};
use crate::layout::StateKey;
use crate::types::{Hash, Purpose};
use borsh::{BorshDeserialize, BorshSerialize};
use std::sync::Arc;

/// Slots of a page.
pub(crate) const SLOTS: usize = 16;
/// From this many slots in use on, a page keeps the nodes above its quarters.
const DENSE: usize = 8;
/// Largest row of a page: 16 leaves.
const ROW_BYTES_MAX: usize = 2 + SLOTS * 65 + CHECKSUM_BYTES;
/// The hash of a page does not cover the keys of its leaves; the first bytes of a hash over the row do.
const CHECKSUM_BYTES: usize = 8;

/// A key and the hash over it and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Leaf {
    pub(crate) key: StateKey,
    pub(crate) hash: Hash,
}

/// What hangs in one of the sixteen places of a page.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// No leaf.
    Empty,
    /// One leaf.
    Leaf(Leaf),
    /// Two leaves or more.
    Page(Arc<Page>),
    /// Two leaves or more that are not in memory: the hash of their page.
    Stub(Hash),
}

/// Four levels of the tree. Made by [`crate::tree::Tree`] alone.
#[derive(Clone, Debug)]
pub struct Page {
    /// Bit `n` is set where slot `n` is not empty.
    occupied: u16,
    /// The slots in use, in order.
    slots: Box<[Slot]>,
    quarters: Option<Box<[Node; 4]>>,
    hash: Hash,
    /// Pages in memory from here down, this one included.
    resident: u32,
}

/// A node of the binary tree, as its parent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Empty,
    Leaf(Hash),
    Inner(Hash),
}

/// A slot as it lies in a row.
#[derive(BorshSerialize, BorshDeserialize)]
enum SlotRow {
    Leaf(Leaf),
    Page(Hash),
}

impl Node {
    pub(crate) const fn hash(&self) -> Hash {
        match self {
            Self::Empty => Hash::ZERO,
            Self::Leaf(hash) | Self::Inner(hash) => *hash,
        }
    }

    /// The parent of two nodes: a lone leaf rises to the shallowest place that is its own.
    pub(crate) fn join(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Empty, Self::Empty) => Self::Empty,
            (Self::Empty, Self::Leaf(hash)) | (Self::Leaf(hash), Self::Empty) => Self::Leaf(hash),
            (Self::Empty | Self::Leaf(_) | Self::Inner(_), _) => {
                Self::Inner(node_hash(&left.hash(), &right.hash()))
            }
        }
    }
}

/// Hash over key and value: one BLAKE2b compression for values up to 96 bytes.
pub(crate) fn leaf_hash(key: &StateKey, value: &[u8]) -> Hash {
    Hash::personal(Purpose::StateLeaf, &[&key.0, value])
}

/// Hash of an inner node.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::personal(Purpose::StateNode, &[&left.0, &right.0])
}

impl Slot {
    pub(crate) fn node(&self) -> Node {
        match self {
            Self::Empty => Node::Empty,
            Self::Leaf(leaf) => Node::Leaf(leaf.hash),
            Self::Page(page) => Node::Inner(page.hash),
            Self::Stub(hash) => Node::Inner(*hash),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(crate) fn resident(&self) -> u32 {
        match self {
            Self::Page(page) => page.resident,
            Self::Empty | Self::Leaf(_) | Self::Stub(_) => 0,
        }
    }
}

impl Page {
    /// Packs sixteen slots. What is equal in `old`, all slots but those in `dirty`, is not rehashed.
    pub(crate) fn pack(slots: [Slot; SLOTS], old: Option<&Self>, dirty: u16) -> Self {
        let nodes = slots.each_ref().map(Slot::node);
        let known = old.and_then(|page| page.quarters.as_deref());
        let quarters = std::array::from_fn(|quarter| match known {
            Some(known) if dirty & (0xf << (quarter * 4)) == 0 => known[quarter],
            Some(_) | None => quarter_node(&nodes, quarter),
        });
        let [a, b, c, d] = quarters;
        let top = Node::join(Node::join(a, b), Node::join(c, d));
        let resident = slots.iter().fold(1_u32, |sum, slot| sum.saturating_add(slot.resident()));
        let mut occupied = 0;
        for (number, slot) in slots.iter().enumerate() {
            occupied |= u16::from(!slot.is_empty()) << number;
        }
        let count = occupied.count_ones();
        let mut used = Vec::with_capacity(usize::try_from(count).unwrap_or(SLOTS));
        used.extend(slots.into_iter().filter(|slot| !slot.is_empty()));
        let slots = used.into_boxed_slice();
        let quarters = (slots.len() >= DENSE).then(|| Box::new(quarters));
        Self { occupied, slots, quarters, hash: top.hash(), resident }
    }

    /// The root over the slots.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    pub(crate) const fn resident(&self) -> u32 {
        self.resident
    }

    pub(crate) fn slot(&self, number: u8) -> &Slot {
        assert!(number < 16, "invariant(page): 16 slots");
        if self.occupied & (1 << number) == 0 {
            return &Slot::Empty;
        }
        let below = self.occupied & ((1 << number) - 1);
        &self.slots[usize::from(u8::try_from(below.count_ones()).unwrap_or(u8::MAX))]
    }

    /// All sixteen slots. Pages in them are shared, not copied.
    pub(crate) fn unpack(&self) -> [Slot; SLOTS] {
        let mut number = 0;
        [(); SLOTS].map(|()| {
            let slot = self.slot(number).clone();
            number += 1;
            slot
        })
    }

    /// The node above slots `from .. from + len`, where `len` is a power of two.
    pub(crate) fn node_above(&self, from: u8, len: u8) -> Node {
        if len == 1 {
            return self.slot(from).node();
        }
        let half = len / 2;
        Node::join(self.node_above(from, half), self.node_above(from + half, half))
    }

    /// The page as it lies in its row.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let rows = self.slots.iter().filter_map(|slot| match slot {
            Slot::Empty => None,
            Slot::Leaf(leaf) => Some(SlotRow::Leaf(*leaf)),
            Slot::Page(page) => Some(SlotRow::Page(page.hash)),
            Slot::Stub(hash) => Some(SlotRow::Page(*hash)),
        });
        let mut bytes = encode(&self.occupied);
        for row in rows {
            bytes.extend_from_slice(&encode(&row));
        }
        let checksum = Hash::of(&bytes);
        bytes.extend_from_slice(&checksum.0[..CHECKSUM_BYTES]);
        bytes
    }

    /// Reads a row, or `None` where it is not one. Whether it is the right page, its hash tells.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > ROW_BYTES_MAX {
            return None;
        }
        let (bytes, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
        if Hash::of(bytes).0[..CHECKSUM_BYTES] != *checksum {
            return None;
        }
        let (head, mut rest) = bytes.split_at_checked(2)?;
        let occupied: u16 = decode_bounded(head, 2).ok()?;
        let mut slots = [(); SLOTS].map(|()| Slot::Empty);
        for (number, slot) in slots.iter_mut().enumerate() {
            if occupied & (1 << number) != 0 {
                *slot = match SlotRow::deserialize(&mut rest).ok()? {
                    SlotRow::Leaf(leaf) => Slot::Leaf(leaf),
                    SlotRow::Page(hash) => Slot::Stub(hash),
                };
            }
        }
        rest.is_empty().then(|| Self::pack(slots, None, u16::MAX))
    }
}

/// What sixteen slots amount to in the page above (invariant 1).
pub(crate) fn settle(slots: [Slot; SLOTS], old: Option<&Page>, dirty: u16) -> Slot {
    let mut used = slots.iter().filter(|slot| !slot.is_empty());
    match (used.next(), used.next()) {
        (None, _) => Slot::Empty,
        (Some(Slot::Leaf(leaf)), None) => Slot::Leaf(*leaf),
        (Some(_), _) => Slot::Page(Arc::new(Page::pack(slots, old, dirty))),
    }
}

fn quarter_node(nodes: &[Node; SLOTS], quarter: usize) -> Node {
    let first = quarter * 4;
    let left = Node::join(nodes[first], nodes[first + 1]);
    Node::join(left, Node::join(nodes[first + 2], nodes[first + 3]))
}
