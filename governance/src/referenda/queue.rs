//! Referenda of one track that wait to be decided, the one with most ayes last: pure.
//!
//! A full queue drops its first. Where two have the same ayes, the later one waits before the last of them,
//! as in pallet-referenda 50 (whose order comes from the standard library's binary search; here it is
//! spelled out, so that no compiler can change it). Entries of referenda that were cancelled meanwhile
//! stay until they come up.

use crate::ReferendumIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Balance;

/// The waiting referenda with the ayes by which they are sorted, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Queue(pub Vec<(ReferendumIndex, Balance)>);

impl Queue {
    /// Lets a referendum wait. Returns the one that has to go, which may be itself.
    pub fn insert(
        &mut self,
        entry: (ReferendumIndex, Balance),
        max: u32,
    ) -> Option<ReferendumIndex> {
        let place = self.place(entry.1);
        self.insert_at(place, entry, max)
    }

    /// Moves a waiting referendum to where its ayes put it, and lets one back in that is not in the queue,
    /// unless it would be the first. Returns the one that has to go.
    pub fn renew(
        &mut self,
        entry: (ReferendumIndex, Balance),
        max: u32,
    ) -> Option<ReferendumIndex> {
        let (index, ayes) = entry;
        let place = self.place(ayes);
        match self.0.iter().position(|(waiting, _)| *waiting == index) {
            Some(old) => {
                self.0.remove(old);
                let place = if place > old { place.saturating_sub(1) } else { place };
                self.0.insert(place, entry);
                None
            }
            None if place > 0 => self.insert_at(place, entry, max),
            None => None,
        }
    }

    /// Takes the referendum with most ayes.
    pub fn pop(&mut self) -> Option<ReferendumIndex> {
        self.0.pop().map(|(index, _)| index)
    }

    /// Where a referendum with so many ayes belongs: before the last that has as many.
    fn place(&self, ayes: Balance) -> usize {
        let after = self.0.partition_point(|(_, other)| *other <= ayes);
        let last = after.checked_sub(1);
        last.filter(|last| self.0.get(*last).is_some_and(|(_, other)| *other == ayes))
            .unwrap_or(after)
    }

    fn insert_at(
        &mut self,
        place: usize,
        entry: (ReferendumIndex, Balance),
        max: u32,
    ) -> Option<ReferendumIndex> {
        let has_room = u32::try_from(self.0.len()).is_ok_and(|waiting| waiting < max);
        if has_room {
            self.0.insert(place, entry);
            return None;
        }
        if place == 0 {
            return Some(entry.0);
        }
        let (dropped, _) = self.0.remove(0);
        self.0.insert(place.saturating_sub(1), entry);
        Some(dropped)
    }
}
