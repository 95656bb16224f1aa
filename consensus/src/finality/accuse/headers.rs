//! Headers by hash: whether one block descends from another, shown by the headers between them.
//!
//! # Inputs and outputs
//! Headers from anybody: a hash binds its parent, so a header need not be believed to be followed. Places of
//! blocks, and the headers that show a place, out.
//!
//! # Invariants
//! A vote is `Above` or `Off` a block only where that is shown; a height that its header contradicts shows
//! nothing.
//!
//! # Bounds
//! The caller bounds how many are kept. A look-up walks down as many headers as the heights differ.

use crate::finality::BlockRef;
use serin_state::types::{Hash, Header, Height, Slot};
use std::collections::BTreeMap;

/// Where a block stands to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// It is that block or descends from it.
    Above,
    /// It is another one and does not descend from it.
    Off,
    /// The headers that would show it are missing.
    Unknown,
}

/// Headers, each under its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<Hash, Header>);

impl Headers {
    /// These headers.
    #[must_use]
    pub fn new<'a>(headers: impl IntoIterator<Item = &'a Header>) -> Self {
        let mut all = Self::default();
        for header in headers {
            all.insert(header);
        }
        all
    }

    /// Adds a header. Returns whether it was new.
    pub fn insert(&mut self, header: &Header) -> bool {
        self.0.insert(header.hash(), header.clone()).is_none()
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(hash, header)| (*hash, header.clone())));
    }

    /// The header with this hash.
    #[must_use]
    pub fn get(&self, hash: &Hash) -> Option<&Header> {
        self.0.get(hash)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by hash.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.values()
    }

    /// The latest slot that a header names.
    #[must_use]
    pub fn latest_slot(&self) -> Slot {
        self.iter().map(Header::slot).max().unwrap_or(Slot::ZERO)
    }

    /// Where `block` stands to `base`.
    #[must_use]
    pub fn place(&self, base: &BlockRef, block: &BlockRef) -> Place {
        self.walk(base, block, |_| {})
    }

    /// Where `block` stands to `base`, and the headers that show it, highest first: those of `block` and of
    /// its ancestors above the height of `base`.
    #[must_use]
    pub fn way(&self, base: &BlockRef, block: &BlockRef) -> (Place, Vec<Header>) {
        let mut way = Vec::new();
        let place = self.walk(base, block, |header| way.push(header.clone()));
        (place, way)
    }

    fn walk(&self, base: &BlockRef, block: &BlockRef, mut visit: impl FnMut(&Header)) -> Place {
        let mut at = *block;
        while at.height > base.height {
            let header = self.0.get(&at.hash).filter(|header| header.height() == at.height);
            let (Some(header), Some(height)) = (header, at.height.previous()) else {
                return Place::Unknown;
            };
            visit(header);
            at = BlockRef { hash: header.parent(), height };
        }
        if at == *base { Place::Above } else { Place::Off }
    }
}

/// Whether the headers show that a block strictly between the height `start`, where a set began, and `block`
/// announces another set: then no honest voter of the set votes for `block`, and a justification of it is void.
#[must_use]
pub fn is_beyond_change(headers: &Headers, start: Height, block: &BlockRef) -> bool {
    let mut hash = block.hash;
    let mut below = false;
    while let Some(header) = headers.get(&hash).filter(|header| header.height() > start) {
        if below && header.unsealed.announcements.next_set.is_some() {
            return true;
        }
        below = true;
        hash = header.parent();
    }
    false
}
