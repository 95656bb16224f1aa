//! Uncommitted changes over a state that does not change: begin, keep, drop.
//!
//! A block is executed on one [`Overlay`]; every transaction opens a frame on it that is kept where
//! the call succeeds and dropped where it fails. Nothing here knows what the bytes mean.

use crate::layout::StateKey;
use crate::mutant::Mutation;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;

/// Changed keys in the order of the tree; `None` deletes.
pub type Changes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// A state that can be read.
pub trait StateRead {
    /// The value at `key`, or `None` where there is none.
    fn get(&self, key: &StateKey) -> Option<Vec<u8>>;

    /// Whether this seeded bug is in the code that works on the state: never outside the simulator.
    #[inline]
    fn mutated(&self, _: Mutation) -> bool {
        false
    }
}

impl<R: StateRead + ?Sized> StateRead for &R {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        (**self).get(key)
    }

    #[inline]
    fn mutated(&self, mutation: Mutation) -> bool {
        (**self).mutated(mutation)
    }
}

/// A state in memory, for tests and for building genesis.
impl StateRead for BTreeMap<StateKey, Vec<u8>> {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        Self::get(self, key).cloned()
    }
}

/// Reads and decodes the value at `key`.
///
/// A value that does not decode reads as absent: only the runtime writes values, so this is reached
/// by a damaged store alone, which the root check on opening finds.
pub fn read<T: BorshDeserialize>(state: &(impl StateRead + ?Sized), key: &StateKey) -> Option<T> {
    state.get(key).and_then(|bytes| T::try_from_slice(&bytes).ok())
}

/// Changes on top of a state, in nested frames.
///
/// # Invariants
/// 1. There is always a lowest frame; `keep` and `discard` end only frames that `begin` opened.
/// 2. The base is never written.
#[derive(Clone, Debug)]
pub struct Overlay<R> {
    base: R,
    lowest: Changes,
    frames: Vec<Changes>,
}

impl<R: StateRead> Overlay<R> {
    /// An overlay without changes.
    pub const fn new(base: R) -> Self {
        Self { base, lowest: Changes::new(), frames: Vec::new() }
    }

    /// Sets the bytes at `key`.
    pub fn put(&mut self, key: StateKey, value: Vec<u8>) {
        self.top().insert(key, Some(value));
    }

    /// Encodes and sets the value at `key`.
    pub fn write<T: BorshSerialize>(&mut self, key: StateKey, value: &T) {
        self.put(key, crate::codec::encode(value));
    }

    /// Removes what is at `key`.
    pub fn delete(&mut self, key: StateKey) {
        self.top().insert(key, None);
    }

    /// Opens a frame: what follows can be kept or dropped as a whole.
    pub fn begin(&mut self) {
        self.frames.push(Changes::new());
    }

    /// Merges the innermost frame into the one below it. Without an open frame, does nothing.
    pub fn keep(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.top().extend(frame);
        }
    }

    /// Forgets the innermost frame. Without an open frame, does nothing.
    pub fn discard(&mut self) {
        self.frames.pop();
    }

    /// All kept changes. Frames still open are dropped.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        self.lowest
    }

    fn top(&mut self) -> &mut Changes {
        self.frames.last_mut().unwrap_or(&mut self.lowest)
    }
}

impl<R: StateRead> StateRead for Overlay<R> {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        let changed = self.frames.iter().rev().chain([&self.lowest]).find_map(|f| f.get(key));
        changed.cloned().unwrap_or_else(|| self.base.get(key))
    }

    #[inline]
    fn mutated(&self, mutation: Mutation) -> bool {
        self.base.mutated(mutation)
    }
}

#[cfg(test)]
mod tests;
