//! The queue alone: letters are referenda, numbers their ayes; the last is decided first.
//!
//! A property compares it with the standard library's binary search and insertion, which order the published
//! queue.

use crate::ReferendumIndex;
use crate::referenda::Queue;
use proptest::prelude::*;
use serin_state::types::Balance;

fn index(letter: char) -> ReferendumIndex {
    ReferendumIndex(u32::from(letter) - u32::from('a'))
}

fn queue(text: &str) -> Queue {
    let entry = |word: &str| {
        let (letter, ayes) = word.split_at(1);
        (index(letter.chars().next().unwrap()), Balance(ayes.parse().unwrap()))
    };
    Queue(text.split_whitespace().map(entry).collect())
}

#[test]
fn entries_are_sorted_by_ayes_and_ties_come_before_the_last_of_them() {
    // What is done, the queue before (of at most four), after, and who has to go.
    #[rustfmt::skip]
    let cases = [
        ("insert", 'x', 5, "",               "x5",             None,      "the first to wait"),
        ("insert", 'x', 5, "a3 b7",          "a3 x5 b7",       None,      "between"),
        ("insert", 'x', 7, "a3 b7",          "a3 x7 b7",       None,      "before the one that has as many"),
        ("insert", 'x', 7, "a7 b7 c7",       "a7 b7 x7 c7",    None,      "before the last of those"),
        ("insert", 'x', 5, "a1 b3 c6 d9",    "b3 x5 c6 d9",    Some('a'), "a full queue drops its first"),
        ("insert", 'x', 1, "a1 b3 c6 d9",    "a1 b3 c6 d9",    Some('x'), "which may be the new one"),
        ("insert", 'x', 0, "a1 b3 c6 d9",    "a1 b3 c6 d9",    Some('x'), "with fewer ayes all the more"),
        ("renew",  'a', 5, "a1 b3 c6",       "b3 a5 c6",       None,      "up"),
        ("renew",  'c', 2, "a1 b3 c6",       "a1 c2 b3",       None,      "down"),
        ("renew",  'b', 4, "a1 b3 c6",       "a1 b4 c6",       None,      "it stays where it is"),
        ("renew",  'a', 3, "a3 b3 c3",       "b3 a3 c3",       None,      "among equals it moves before the last"),
        ("renew",  'x', 5, "a1 b3 c6",       "a1 b3 x5 c6",    None,      "one that fell out comes back"),
        ("renew",  'x', 5, "a1 b3 c6 d9",    "b3 x5 c6 d9",    Some('a'), "over another"),
        ("renew",  'x', 1, "a1 b3 c6",       "a1 b3 c6",       None,      "but not as the first"),
        ("renew",  'x', 9, "",               "",               None,      "nor alone: as published"),
    ];
    for (what, letter, ayes, before, after, dropped, why) in cases {
        let mut waiting = queue(before);
        let entry = (index(letter), Balance(ayes));
        let gone =
            if what == "insert" { waiting.insert(entry, 4) } else { waiting.renew(entry, 4) };
        assert_eq!(waiting, queue(after), "{why}");
        assert_eq!(gone, dropped.map(index), "{why}");
    }
    assert_eq!(queue("a1 b3").pop(), Some(index('b')));
    assert_eq!(queue("").pop(), None);
}

proptest! {
    #[test]
    fn places_are_those_of_the_standard_search(
        ayes in prop::collection::vec(0_u128..6, 0..12),
        new in 0_u128..6,
    ) {
        let mut sorted = ayes;
        sorted.sort_unstable();
        let entries = (0..).map(ReferendumIndex).zip(sorted.iter().copied().map(Balance));
        let mut queue = Queue(entries.collect());
        let found = queue.0.binary_search_by_key(&Balance(new), |(_, ayes)| *ayes);
        let place = found.unwrap_or_else(|place| place);
        let mut expected = queue.0.clone();
        expected.insert(place, (ReferendumIndex(99), Balance(new)));
        prop_assert_eq!(queue.insert((ReferendumIndex(99), Balance(new)), 100), None);
        prop_assert_eq!(queue.0, expected);
    }
}
