//! A disk that may lose power, fill up or break: for the simulator and for crash tests.
//!
//! # What it does
//! Reads see every commit at once. The loss of power takes commits that were not synced, the latest
//! first: any number of the oldest of them may have reached the disk by themselves, and of the next one
//! a part of its rows. Order is kept, as a write-ahead log keeps it. Such a torn commit fails its
//! checksum, so it is not read back; a test tears the log of the real database and finds the same.
//!
//! # Invariants
//! 1. Undoing `unsynced`, the latest first, takes the rows back to what is synced.
//! 2. After a fault nothing is ever committed again until [`FaultyStore::repair`].
//!
//! # Bounds
//! What unsynced commits replaced waits in memory until the next synced commit.

use super::memory::MemoryStore;
use super::{Batch, Column, Durability, Store, StoreError};
use crate::mutant::{Mutant, Mutation, Standard};
use crate::types::Hash;

/// A store in memory that tells what is synced from what is not, and fails on request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FaultyStore<M = Standard> {
    mutant: M,
    current: MemoryStore,
    /// For each commit that is not synced, what undoes it.
    unsynced: Vec<Batch>,
    commits: u64,
    fault: Option<(u64, StoreError)>,
    failure: Option<StoreError>,
}

impl FaultyStore {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds these rows, all synced.
    #[must_use]
    pub fn with_rows(rows: MemoryStore) -> Self {
        Self { current: rows, ..Self::default() }
    }
}

impl<M: Mutant> FaultyStore<M> {
    /// The same disk, under code with this seeded bug.
    #[must_use]
    pub fn with_mutant<N>(self, mutant: N) -> FaultyStore<N> {
        let Self { current, unsynced, commits, fault, failure, .. } = self;
        FaultyStore { mutant, current, unsynced, commits, fault, failure }
    }

    /// The power goes and comes back. Of the commits not synced, the oldest `choice % (n + 1)` had
    /// reached the disk, and half of the rows of the next one. Returns how many of them are lost.
    pub fn lose_power(&mut self, choice: u64) -> usize {
        let waiting = self.unsynced.len();
        let kept = u64::try_from(waiting)
            .ok()
            .and_then(|waiting| choice.checked_rem(waiting.saturating_add(1)))
            .and_then(|kept| usize::try_from(kept).ok())
            .unwrap_or(0);
        if self.mutant.has(Mutation::PS11)
            && let Some(torn) = self.unsynced.get_mut(kept)
        {
            // What undoes the rows stands in the reverse order of writing: the second half is what had reached the disk.
            torn.rows.truncate(torn.rows.len().div_euclid(2));
        }
        for undo in self.unsynced.drain(..).skip(kept).rev() {
            self.current.apply(undo);
        }
        waiting.saturating_sub(kept)
    }

    /// The commit number `at` (counted from zero, see [`FaultyStore::commits`]) and all after it
    /// fail with `error` and change nothing.
    pub fn fail_at(&mut self, at: u64, error: StoreError) {
        self.fault = Some((at, error));
    }

    /// The disk works again and the failure is forgotten, as after a restart with a new disk.
    pub fn repair(&mut self) {
        self.fault = None;
        self.failure = None;
    }

    /// How many commits there were, those that failed included.
    #[must_use]
    pub const fn commits(&self) -> u64 {
        self.commits
    }

    /// How many commits the loss of power could take now.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// What would be on the disk if every unsynced commit were lost now.
    #[must_use]
    pub fn synced(&self) -> MemoryStore {
        let mut synced = self.current.clone();
        for undo in self.unsynced.iter().rev() {
            synced.apply(undo.clone());
        }
        synced
    }

    /// Hash over the rows that reads see.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.current.digest()
    }

    /// Fails from now on, whatever is asked.
    fn break_down(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.failure = Some(error.clone());
        Err(error)
    }
}

impl<M: Mutant + Eq + core::hash::Hash + core::fmt::Debug + Send + Sync> Store for FaultyStore<M> {
    type Mutant = M;

    fn mutant(&self) -> M {
        self.mutant
    }

    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>> {
        self.current.get(column, key)
    }

    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.current.scan(column, from, limit)
    }

    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        let number = self.commits;
        self.commits = self.commits.saturating_add(1);
        if let Some(error) = self.failure.clone() {
            return Err(error);
        }
        if let Some((at, error)) = self.fault.clone()
            && number >= at
        {
            return self.break_down(error);
        }
        match durability {
            Durability::Buffered => self.unsynced.push(self.current.apply_reversibly(batch)),
            Durability::Synced => {
                self.current.apply(batch);
                self.unsynced.clear();
            }
        }
        Ok(())
    }

    fn failure(&self) -> Option<StoreError> {
        self.failure.clone()
    }
}
