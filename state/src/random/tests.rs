//! Counter-based randomness: values depend on their key alone, and are spread evenly.
//!
//! The pinned values were computed with Python's `hashlib.blake2b`, which knows personalisation.

use super::*;
use std::collections::BTreeSet;

#[test]
fn a_value_depends_on_every_part_of_its_key_and_on_nothing_else() {
    let value = |seed, purpose, node, sequence| {
        Random::from_number(seed).draw(purpose, node, sequence).bytes()
    };
    let base = value(7, "delay", 1, 2);
    let values = BTreeSet::from([
        base,
        value(8, "delay", 1, 2),
        value(7, "loss", 1, 2),
        value(7, "", 1, 2),
        value(7, "delay", 2, 2),
        value(7, "delay", 2, 1),
        value(7, "delay", 1, 3),
    ]);
    assert_eq!(values.len(), 7);
    assert_eq!(value(7, "delay", 1, 2), base, "drawing other values changed nothing");
}

#[test]
fn values_are_those_of_another_implementation() {
    // python3: hashlib.blake2b(seed32 + node8 + seq8 + b"delay", digest_size=32, person=b"serin:random\0\0\0\0")
    let draw = |sequence| Random::from_number(7).draw("delay", 1, sequence);
    assert_eq!(
        hex::encode(draw(2).bytes()),
        "ddcd6ce174cca534eacf1bf299dfb1afa4ed51b63bf8e81ea50e3b0a47e54276"
    );
    assert_eq!(draw(2).number(), 3_793_663_063_499_787_741);
    assert_eq!(draw(2).below(1_000), 29);
}

#[test]
fn numbers_below_a_bound_are_spread_evenly() {
    let random = Random::from_number(1);
    let mut counts = [0_u32; 6];
    for sequence in 0..60_000 {
        counts[usize::try_from(random.draw("die", 0, sequence).below(6)).unwrap()] += 1;
    }
    // Five standard deviations of a fair die are 457.
    assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 457), "seed 1: {counts:?}");
}

#[test]
fn bounds_and_chances_hold_at_their_ends() {
    let random = Random::from_number(3);
    for sequence in 0..1_000 {
        let draw = || random.draw("ends", 9, sequence);
        assert_eq!(draw().below(0), 0, "nothing lies below zero");
        assert_eq!(draw().below(1), 0);
        assert!(draw().below(u64::MAX) < u64::MAX);
        assert!(!draw().chance_ppm(0));
        assert!(draw().chance_ppm(1_000_000));
        assert!(draw().chance_ppm(u32::MAX));
        assert_eq!(draw().pick::<u8>(&[]), None);
        assert_eq!(draw().pick(&[5]), Some(&5));
    }
    let hits = (0..100_000).filter(|&n| random.draw("rare", 0, n).chance_ppm(10_000)).count();
    assert!((850..1_150).contains(&hits), "seed 3: one in a hundred came {hits} times in 100,000");
}
