//! Seeded bugs: each changes one line of the code that a node runs, and only the simulator can choose one.
//!
//! The consensus lab measures itself by the bugs that it finds. They are compiled once, next to the right line, and
//! chosen at run time by a value of a type that implements [`Mutant`]. Everything outside the simulator has [`Standard`]
//! there: of no size, always without a bug, so the compiler leaves nothing of the question.
//!
//! ```
//! use serin_state::mutant::{Mutant, Mutation, Standard};
//!
//! fn majority<M: Mutant>(votes: u32, of: u32, mutant: M) -> bool {
//!     if mutant.has(Mutation::GF01) { votes * 2 >= of } else { votes * 2 > of }
//! }
//! assert!(!majority(2, 4, Standard));
//! ```
//!
//! # How it travels
//! A [`Store`](crate::store::Store) has one ([`Store::mutant`](crate::store::Store::mutant)): whoever works on a store or on
//! the state in it asks there ([`StateRead::mutated`]), and the core hands it to the consensus machines inside their rules.
//!
//! # Invariants
//! 1. [`Standard`] has no bug: `has` is `false` for all.
//! 2. The names of mutations are stable: reports, corpora and regression files use them. They are never encoded into
//!    anything that a chain keeps.

mod list;

pub use list::{Mutation, UnknownMutation};

use crate::overlay::StateRead;

/// Which seeded bug there is, if any.
pub trait Mutant: Copy {
    /// Whether it is this one.
    fn has(self, mutation: Mutation) -> bool;
}

/// No bug: what every program but the simulator runs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standard;

impl Mutant for Standard {
    #[inline]
    fn has(self, _: Mutation) -> bool {
        false
    }
}

/// What works on a state asks the state.
impl<R: StateRead + ?Sized> Mutant for &R {
    #[inline]
    fn has(self, mutation: Mutation) -> bool {
        self.mutated(mutation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FaultyStore, MemoryStore, Store};
    use std::collections::BTreeMap;

    #[test]
    fn the_standard_takes_no_room_and_has_no_bug() {
        assert_eq!(size_of::<Standard>(), 0);
        let state = BTreeMap::<crate::layout::StateKey, Vec<u8>>::new();
        for mutation in Mutation::ALL {
            assert!(!Standard.has(*mutation), "{mutation}");
            assert!(!MemoryStore::new().mutant().has(*mutation), "{mutation}");
            assert!(!FaultyStore::new().mutant().has(*mutation), "{mutation}");
            assert!(!(&state).has(*mutation), "{mutation}");
        }
    }

    #[test]
    fn a_mutation_is_found_by_the_name_that_it_shows() {
        let mut names = std::collections::BTreeSet::new();
        for mutation in Mutation::ALL {
            let name = mutation.to_string();
            assert_eq!(name.parse(), Ok(*mutation));
            assert_eq!(name.to_lowercase().parse(), Ok(*mutation), "case does not matter");
            assert!(names.insert(name.clone()), "{name} twice");
            let (area, number) = name.split_at(2);
            assert!(area.chars().all(|letter| letter.is_ascii_uppercase()), "{name}");
            assert!(number.len() == 2 && number.parse::<u8>().is_ok(), "{name}");
        }
        assert_eq!(
            "XX99".parse::<Mutation>().unwrap_err().to_string(),
            "there is no mutation XX99"
        );
    }
}
