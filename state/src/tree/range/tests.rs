//! Tests of range proofs: against a naive tree, and against every way to change one.
//!
//! The oracle is [`naive_root`], which states the definition of the tree and shares no code with it.

use super::*;
use crate::codec::{decode, encode};
use crate::overlay::Changes;
use crate::tree::NoPages;
use crate::tree::tests::{State, hashed_state, naive_root};
use proptest::prelude::*;

type Entries = Vec<(StateKey, Vec<u8>)>;

fn tree_of(state: &State) -> Tree {
    let changes: Changes = state.iter().map(|(key, value)| (*key, Some(value.clone()))).collect();
    Tree::empty().update(&NoPages, &changes).unwrap()
}

fn within(state: &State, from: &StateKey, to: &StateKey) -> Entries {
    state.range(*from..=*to).map(|(key, value)| (*key, value.clone())).collect()
}

/// The proof of a range and its entries; it must hold.
fn proved(state: &State, from: &StateKey, to: &StateKey) -> (RangeProof, Entries) {
    let entries = within(state, from, to);
    let proof = tree_of(state).prove_range(&NoPages, state, from, to).unwrap();
    assert_eq!(proof.verify(&naive_root(state), from, to, &entries), Ok(()), "{from:?} {to:?}");
    (proof, entries)
}

fn after(key: &StateKey) -> StateKey {
    let mut next = *key;
    for byte in next.0.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    next
}

fn before(key: &StateKey) -> StateKey {
    let mut previous = *key;
    for byte in previous.0.iter_mut().rev() {
        *byte = byte.wrapping_sub(1);
        if *byte != 0xff {
            break;
        }
    }
    previous
}

const FIRST: StateKey = StateKey([0; 32]);
const LAST: StateKey = StateKey([0xff; 32]);

/// A few ranges of a state with at least four keys, with why each is there.
fn samples(state: &State) -> Vec<(&'static str, StateKey, StateKey)> {
    let keys: Vec<StateKey> = state.keys().copied().collect();
    let (low, high) = (keys[keys.len() / 4], keys[keys.len() / 2]);
    vec![
        ("all keys", FIRST, LAST),
        ("from the start", FIRST, high),
        ("to the end", low, LAST),
        ("from one leaf to another", low, high),
        ("just short of both", after(&low), before(&high)),
        ("just around both", before(&low), after(&high)),
        ("one leaf", low, low),
        ("one key beside a leaf", after(&low), after(&low)),
        ("between neighbours", after(&keys[1]), before(&keys[2])),
        ("the first key there is", FIRST, FIRST),
        ("the last key there is", LAST, LAST),
    ]
}

#[test]
fn ranges_hold_exactly_their_entries_at_every_kind_of_boundary() {
    for count in [4, 5, 16, 200, 3_000] {
        let state = hashed_state(count);
        for (why, from, to) in samples(&state) {
            let (proof, entries) = proved(&state, &from, &to);
            assert_eq!(decode::<RangeProof>(&encode(&proof)), Ok(proof.clone()), "{why}");
            assert!(proof.steps.len() < 2 * 40, "{why}: {} steps", proof.steps.len());
            assert_eq!(entries.len(), state.range(from..=to).count(), "{why}");
        }
    }
}

#[test]
fn the_whole_state_needs_no_proof_but_its_root() {
    let (proof, _) = proved(&hashed_state(50), &FIRST, &LAST);
    assert_eq!(proof.steps, []);
    let (proof, entries) = proved(&State::new(), &FIRST, &LAST);
    assert_eq!((proof.steps.len(), entries.len()), (0, 0));
    let (proof, _) = proved(&State::new(), &FIRST, &FIRST);
    assert_eq!(proof.steps, [RangeStep::Empty]);
}

#[test]
fn every_flipped_bit_of_a_range_proof_is_refused() {
    let state = hashed_state(60);
    let root = naive_root(&state);
    for (why, from, to) in samples(&state) {
        let (proof, entries) = proved(&state, &from, &to);
        let bytes = encode(&proof);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refused = decode::<RangeProof>(&flipped)
                .map(|proof| proof.verify(&root, &from, &to, &entries));
            assert!(!matches!(refused, Ok(Ok(()))), "{why}: bit {bit} does not matter");
        }
        for length in 0..bytes.len() {
            assert!(decode::<RangeProof>(&bytes[..length]).is_err(), "{why}: {length} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(decode::<RangeProof>(&longer).is_err(), "{why}: a trailing byte");
    }
}

#[test]
fn entries_omitted_added_changed_or_reordered_are_refused() {
    let state = hashed_state(60);
    let root = naive_root(&state);
    for (why, from, to) in samples(&state) {
        let (proof, entries) = proved(&state, &from, &to);
        let check = |entries: &[(StateKey, Vec<u8>)]| proof.verify(&root, &from, &to, entries);
        for at in 0..entries.len() {
            let mut other = entries.clone();
            other.remove(at);
            assert!(check(&other).is_err(), "{why}: without entry {at}");
            let mut other = entries.clone();
            other[at].1.push(0);
            assert_eq!(check(&other), Err(RangeError::WrongRoot), "{why}: entry {at} longer");
            let mut other = entries.clone();
            other[at].0 = after(&other[at].0);
            assert!(check(&other).is_err(), "{why}: entry {at} under the next key");
            let mut other = entries.clone();
            other.insert(at, entries[at].clone());
            assert_eq!(check(&other), Err(RangeError::Entries), "{why}: entry {at} twice");
            if at > 0 {
                let mut other = entries.clone();
                other.swap(at - 1, at);
                assert_eq!(check(&other), Err(RangeError::Entries), "{why}: {at} before");
            }
        }
        for key in [from, to] {
            if entries.binary_search_by(|entry| entry.0.cmp(&key)).is_err() {
                let mut other = entries.clone();
                let place = other.partition_point(|entry| entry.0 < key);
                other.insert(place, (key, vec![1]));
                assert!(check(&other).is_err(), "{why}: an entry too many");
            }
        }
    }
}

#[test]
fn steps_removed_added_or_swapped_and_other_questions_are_refused() {
    let state = hashed_state(60);
    let root = naive_root(&state);
    for (why, from, to) in samples(&state) {
        let (good, entries) = proved(&state, &from, &to);
        let check =
            |steps: Vec<RangeStep>| RangeProof { steps }.verify(&root, &from, &to, &entries);
        for at in 0..good.steps.len() {
            let mut steps = good.steps.clone();
            steps.remove(at);
            assert!(check(steps).is_err(), "{why}: without step {at}");
            let mut steps = good.steps.clone();
            steps.insert(at, steps[at].clone());
            assert!(check(steps).is_err(), "{why}: step {at} twice");
            for other in at + 1..good.steps.len() {
                let mut steps = good.steps.clone();
                steps.swap(at, other);
                if steps != good.steps {
                    assert!(check(steps).is_err(), "{why}: steps {at} and {other} swapped");
                }
            }
        }
        let mut steps = good.steps.clone();
        steps.push(RangeStep::Empty);
        assert_eq!(check(steps), Err(RangeError::Unused), "{why}");
        let elsewhere = good.verify(&Hash::of(b"other"), &from, &to, &entries);
        assert_eq!(elsewhere, Err(RangeError::WrongRoot), "{why}");
        assert!(good.verify(&Hash::ZERO, &from, &to, &entries).is_err(), "{why}");
        if from < to {
            let refused = good.verify(&root, &to, &from, &entries);
            assert_eq!(refused, Err(RangeError::Backwards), "{why}");
        }
    }
}

#[test]
fn a_leaf_of_the_range_is_not_passed_off_as_a_neighbour_outside() {
    let mut forged = 0;
    for count in [1, 2, 3, 60] {
        let state = hashed_state(count);
        let root = naive_root(&state);
        for key in state.keys() {
            let (good, entries) = proved(&state, key, key);
            for (at, step) in good.steps.iter().enumerate() {
                if *step != RangeStep::Only {
                    continue;
                }
                // Every hash is right; only the entry is kept back.
                let (key, value) = entries[0].clone();
                let mut proof = good.clone();
                proof.steps[at] = RangeStep::Lone { key, value };
                assert_eq!(proof.verify(&root, &key, &key, &[]), Err(RangeError::NotCanonical));
                forged += 1;
            }
        }
    }
    assert_eq!(forged, 66, "every leaf was kept back once");
}

/// Everything that a forger could say about a small tree: its own hashes, leaves and shapes.
fn alphabet(state: &State) -> Vec<RangeStep> {
    use RangeStep::{Beside, BesideNothing, Empty, Fork, Lone, Only};
    let mut steps = vec![Empty, Only, Fork, BesideNothing];
    for (key, value) in state {
        steps.push(Lone { key: *key, value: value.clone() });
        steps.push(Beside(leaf_hash(key, value)));
    }
    for key in state.keys() {
        let honest = tree_of(state).prove_range(&NoPages, state, key, key).unwrap();
        steps.extend(honest.steps.into_iter().filter(|step| matches!(step, Beside(_))));
    }
    steps.sort_by_key(encode);
    steps.dedup();
    steps
}

#[test]
fn nothing_said_with_the_words_of_the_tree_itself_holds_but_the_truth() {
    let key = |n: u8| StateKey([n; 32]);
    let mut tried = 0_u32;
    for firsts in [&[0x00, 0x40, 0x50, 0xa0, 0xb0][..], &[0x10, 0x11, 0x90], &[0x77], &[]] {
        let state: State = firsts.iter().map(|n| (key(*n), vec![*n])).collect();
        let (root, words) = (naive_root(&state), alphabet(&state));
        for (from, to) in [(0x40, 0xa0), (0x41, 0x90), (0x10, 0x10), (0xb1, 0xff), (0x00, 0x77)] {
            let (from, to) = (key(from), key(to));
            let (good, entries) = proved(&state, &from, &to);
            let known: Entries = state.clone().into_iter().collect();
            for chosen in 0..1_u32 << known.len() {
                let kept = (0..).zip(&known).filter(|(bit, _)| chosen >> bit & 1 == 1);
                let said: Entries = kept.map(|(_, entry)| entry.clone()).collect();
                let mut check = |steps: &[RangeStep]| {
                    let proof = RangeProof { steps: steps.to_vec() };
                    let holds = proof.verify(&root, &from, &to, &said).is_ok();
                    assert_eq!(holds, proof == good && said == entries, "{steps:?}");
                    tried += 1;
                };
                check(&good.steps);
                for at in 0..good.steps.len() {
                    for (word, second) in
                        words.iter().flat_map(|w| words.iter().map(move |v| (w, v)))
                    {
                        // One step becomes another, or two, or swallows the one behind it.
                        let mut steps = good.steps.clone();
                        steps[at] = word.clone();
                        check(&steps);
                        steps.insert(at + 1, second.clone());
                        check(&steps);
                        steps.truncate(at + 2);
                        check(&steps);
                    }
                }
            }
        }
    }
    assert!(tried > 100_000, "{tried} forgeries");
}

#[test]
fn an_honest_proof_of_a_smaller_range_does_not_stand_for_a_larger_one() {
    let state = hashed_state(60);
    let root = naive_root(&state);
    let keys: Vec<StateKey> = state.keys().copied().collect();
    let (proof, entries) = proved(&state, &keys[10], &keys[20]);
    assert!(proof.verify(&root, &keys[10], &keys[21], &entries).is_err(), "one more at the end");
    assert!(proof.verify(&root, &keys[9], &keys[20], &entries).is_err(), "one more at the start");
    assert_eq!(
        proof.verify(&root, &keys[11], &keys[20], &entries),
        Err(RangeError::Entries),
        "one less"
    );
}

#[test]
fn a_proof_of_the_wrong_shape_has_its_own_error() {
    let key = |first: u8| StateKey([first; 32]);
    let state: State = [0x10, 0x20, 0x90].map(|n| (key(n), vec![n])).into();
    let root = naive_root(&state);
    let (from, to) = (key(0x15), key(0x95));
    let (good, entries) = proved(&state, &from, &to);
    assert_eq!(good.steps.first(), Some(&RangeStep::Fork));
    let change = |edit: &dyn Fn(&mut Vec<RangeStep>)| {
        let mut proof = good.clone();
        edit(&mut proof.steps);
        proof.verify(&root, &from, &to, &entries)
    };
    let foreign = RangeStep::Lone { key: key(0x80), value: vec![] };
    let inside = RangeStep::Lone { key: key(0x91), value: vec![] };
    let last = good.steps.len() - 1;
    #[rustfmt::skip]
    let cases: [(&str, RangeError, Result<(), RangeError>); 9] = [
        ("no step",                        RangeError::Truncated,    change(&Vec::clear)),
        ("a step too few",                 RangeError::Truncated,    change(&|s| { s.pop(); })),
        ("nothing where entries are",      RangeError::NotCanonical, change(&|s| s[0] = RangeStep::Empty)),
        ("one leaf where there are two",   RangeError::NotCanonical, change(&|s| s[0] = RangeStep::Only)),
        ("a side in the range as a hash",  RangeError::NotCanonical, change(&|s| s[0] = RangeStep::Beside(root))),
        ("a side in the range as nothing", RangeError::NotCanonical, change(&|s| s[0] = RangeStep::BesideNothing)),
        ("an empty side with a hash",      RangeError::NotCanonical, change(&|s| s[1] = RangeStep::Beside(Hash::ZERO))),
        ("a leaf from elsewhere",          RangeError::NotCanonical, change(&|s| s[last] = foreign.clone())),
        ("a leaf of the range kept back",  RangeError::NotCanonical, change(&|s| s[last] = inside.clone())),
    ];
    for (why, error, found) in cases {
        assert_eq!(found, Err(error), "{why}: {:?}", good.steps);
    }
}

#[test]
fn more_steps_than_a_tree_has_levels_are_refused_before_they_are_read() {
    let steps = |count: u32| [&count.to_le_bytes()[..], &vec![5; STEPS_MAX + 1]].concat();
    assert!(decode::<RangeProof>(&steps(u32::MAX)).is_err());
    assert!(decode::<RangeProof>(&steps(513)).is_err());
    let most = RangeProof { steps: vec![RangeStep::BesideNothing; STEPS_MAX] };
    let read = decode::<RangeProof>(&encode(&most)).unwrap();
    let (one, other) = (StateKey([0x55; 32]), StateKey([0xaa; 32]));
    assert!(read.verify(&Hash::ZERO, &one, &one, &[]).is_err(), "a walk without an end");
    assert!(read.verify(&Hash::ZERO, &one, &other, &[]).is_err());
}

#[test]
fn two_keys_that_differ_in_the_last_bit_are_told_apart() {
    let mut low = StateKey([0x77; 32]);
    low.0[31] = 0x76;
    let high = StateKey([0x77; 32]);
    let state = State::from([(low, vec![1]), (high, vec![2])]);
    for (from, to) in [(low, low), (high, high), (low, high), (FIRST, low), (high, LAST)] {
        let (proof, _) = proved(&state, &from, &to);
        assert!(proof.steps.len() >= 255, "down to the last bit");
    }
}

#[test]
fn the_encoding_of_a_range_proof_is_pinned() {
    let proof = RangeProof {
        steps: vec![
            RangeStep::Empty,
            RangeStep::Only,
            RangeStep::Lone { key: StateKey([3; 32]), value: vec![9] },
            RangeStep::Fork,
            RangeStep::Beside(Hash([1; 32])),
            RangeStep::BesideNothing,
        ],
    };
    let bytes =
        [&[6, 0, 0, 0, 0, 1, 2][..], &[3; 32], &[1, 0, 0, 0, 9, 3, 4], &[1; 32], &[5]].concat();
    assert_eq!(encode(&proof), bytes);
}

/// Keys that lie close together and far apart.
fn any_key() -> impl Strategy<Value = StateKey> {
    (0_usize..32, any::<u8>(), 0_u8..4).prop_map(|(place, byte, first)| {
        let mut key = [0; 32];
        key[0] = first << 6;
        key[place] ^= byte;
        StateKey(key)
    })
}

fn any_state() -> impl Strategy<Value = State> {
    proptest::collection::btree_map(any_key(), proptest::collection::vec(any::<u8>(), 0..9), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_range_is_accepted_with_its_entries_and_no_others(
        state in any_state(),
        other in any_state(),
        ends in (any_key(), any_key()),
        nearly in (any_key(), any_key()),
    ) {
        let sorted = |(a, b): (StateKey, StateKey)| if a <= b { (a, b) } else { (b, a) };
        let (from, to) = sorted(ends);
        let (proof, entries) = proved(&state, &from, &to);
        let root = naive_root(&state);
        let foreign = within(&other, &from, &to);
        let accepted = proof.verify(&root, &from, &to, &foreign).is_ok();
        prop_assert_eq!(accepted, foreign == entries);
        // A proof of another range is good for this one only where both say the same.
        let (low, high) = sorted(nearly);
        let (second, _) = proved(&state, &low, &high);
        let accepted = second.verify(&root, &from, &to, &entries).is_ok();
        prop_assert_eq!(accepted, second == proof);
        let (third, _) = proved(&other, &from, &to);
        prop_assert_eq!(third.verify(&root, &from, &to, &entries).is_ok(), third == proof);
    }

    #[test]
    fn forged_range_proofs_are_refused_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ends in (any_key(), any_key()),
        state in any_state(),
    ) {
        if let Ok(proof) = decode::<RangeProof>(&bytes) {
            let entries: Entries = state.into_iter().collect();
            prop_assert!(proof.verify(&Hash::of(b"a root"), &ends.0, &ends.1, &entries).is_err());
        }
    }
}
