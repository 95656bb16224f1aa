//! Blocks that are known by name only: votes or descendants name them, and they are asked for until they are here.
//!
//! Inputs: names with heights, the final height. Outputs: which one to ask for next.
//!
//! Invariants: a name that a voter or an author of the set signed for is never given up for one that anybody could
//! have made up.
//!
//! Bounds: [`WANTED_MAX`] names, at most half of them made up. Where there is no room, the made-up name with the
//! highest height goes, since the lowest ones are needed first.

use serin_state::types::{Hash, Height};
use std::collections::BTreeMap;

/// Most names.
pub(super) const WANTED_MAX: usize = 64;

/// Who stands for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Source {
    /// A header whose claim or a vote whose signature was checked.
    Signed,
    /// A peer alone: the parent of a header that nothing is known about.
    Told,
}

/// The names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Wanted(BTreeMap<Hash, (Height, Source)>);

impl Wanted {
    /// Takes a name in; false where there is no room for it.
    pub(super) fn insert(&mut self, hash: Hash, height: Height, source: Source) -> bool {
        if let Some((_, known)) = self.0.get_mut(&hash) {
            *known = source.min(*known);
            return true;
        }
        let told = self.0.values().filter(|(_, source)| *source == Source::Told).count();
        let full = match source {
            Source::Signed => self.0.len() >= WANTED_MAX,
            Source::Told => self.0.len() >= WANTED_MAX || told >= WANTED_MAX.div_euclid(2),
        };
        if full && !self.make_room(height, source) {
            return false;
        }
        self.0.insert(hash, (height, source));
        assert!(self.0.len() <= WANTED_MAX, "invariant(wanted): as many names as there may be");
        true
    }

    /// Gives up the highest made-up name, unless the new one is made up as well and higher.
    fn make_room(&mut self, height: Height, source: Source) -> bool {
        let told = self.0.iter().filter(|(_, (_, source))| *source == Source::Told);
        let highest = told.map(|(hash, (height, _))| (*height, *hash)).max();
        let found = highest.filter(|(at, _)| source == Source::Signed || *at > height);
        found.is_some_and(|(_, hash)| self.0.remove(&hash).is_some())
    }

    /// Forgets those that `keep` refuses.
    pub(super) fn retain(&mut self, keep: impl Fn(&Hash, Height) -> bool) {
        self.0.retain(|hash, (height, _)| keep(hash, *height));
    }

    /// The name whose turn it is, where turns are counted from zero.
    pub(super) fn in_turn(&self, turn: u64) -> Option<(Hash, Height)> {
        let place = turn.checked_rem(u64::try_from(self.0.len()).ok()?)?;
        let (hash, (height, _)) = self.0.iter().nth(usize::try_from(place).ok()?)?;
        Some((*hash, *height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u32) -> Hash {
        Hash::of(&number.to_be_bytes())
    }

    fn has(wanted: &Wanted, number: u32) -> bool {
        wanted.0.contains_key(&name(number))
    }

    #[test]
    fn names_that_a_peer_made_up_never_push_out_signed_ones() {
        let mut wanted = Wanted::default();
        for number in 0..1_000 {
            wanted.insert(name(number), Height(10), Source::Told);
        }
        assert_eq!(wanted.0.len(), WANTED_MAX / 2);
        for number in 2_000..2_064 {
            assert!(wanted.insert(name(number), Height(90), Source::Signed), "{number}");
        }
        assert!(!wanted.insert(name(3_000), Height(1), Source::Signed), "all are signed");
        assert!(!wanted.insert(name(3_001), Height(1), Source::Told));
        assert!((2_000..2_064).all(|number| has(&wanted, number)));
    }

    #[test]
    fn of_made_up_names_the_lowest_stay_and_a_signature_makes_one_sure() {
        let mut wanted = Wanted::default();
        for number in 0..32 {
            assert!(wanted.insert(name(number), Height(100 + number), Source::Told));
        }
        assert!(wanted.insert(name(31), Height(131), Source::Signed));
        assert!(wanted.insert(name(40), Height(500), Source::Told), "there is room again");
        assert!(!wanted.insert(name(41), Height(600), Source::Told), "higher than all");
        assert!(wanted.insert(name(42), Height(5), Source::Told));
        assert!(!has(&wanted, 40), "the highest of the made-up ones went");
        assert!(has(&wanted, 31) && has(&wanted, 42));
    }

    #[test]
    fn every_name_has_its_turn() {
        let mut wanted = Wanted::default();
        assert_eq!(wanted.in_turn(5), None);
        for number in 0..5 {
            wanted.insert(name(number), Height(number), Source::Signed);
        }
        let mut asked: Vec<_> = (7..12).filter_map(|turn| wanted.in_turn(turn)).collect();
        asked.sort_by_key(|(_, height)| *height);
        asked.dedup();
        assert_eq!(asked.len(), 5);
        wanted.retain(|_, height| height > Height(3));
        assert_eq!(wanted.in_turn(9), Some((name(4), Height(4))));
    }
}
