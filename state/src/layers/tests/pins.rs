//! Tests of pinned states and of reading a state part by part.
//!
//! The oracle is a plain copy of the whole state, made when the block was pinned.

use super::*;
use crate::tree::RangeError;

const FIRST: StateKey = StateKey([0; 32]);
const LAST: StateKey = StateKey([0xff; 32]);

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

/// Reads the state after `block` from one end to the other; every part must be proved.
fn read_all(layers: &Layers<impl Store>, block: &Hash, bytes_max: usize) -> State {
    let root = layers.root_of(block).unwrap();
    let (mut state, mut from) = (State::new(), FIRST);
    loop {
        let part = layers.read_range(block, &from, &LAST, bytes_max).unwrap();
        part.proof.verify(&root, &from, &part.last, &part.entries).unwrap();
        state.extend(part.entries);
        if part.last == LAST {
            return state;
        }
        from = after(&part.last);
    }
}

/// Makes one block final on the final block.
fn grow(layers: &mut Layers<impl Store>, state: &mut State, change: Changes) -> Hash {
    let (parent, height) = layers.final_block();
    let block = Hash::of(&height.0.to_le_bytes());
    apply(state, &change);
    add(layers, parent, block, change);
    layers.finalize(&block, Batch::default()).unwrap();
    block
}

fn start(accounts: u32) -> (Layers<MemoryStore>, State) {
    let state = hashed_state(accounts);
    let genesis = as_changes(&state);
    (Layers::create(MemoryStore::new(), name("g"), &genesis, Batch::default()).unwrap(), state)
}

#[test]
fn a_state_is_read_in_parts_of_any_size() {
    let (layers, state) = start(700);
    for (why, bytes_max, parts) in [
        ("one entry at a time", 1, 701),
        ("two entries of 40 bytes", 41, 351),
        ("exactly two", 80, 351),
        ("more than a scan of the store", 600 * 40, 2),
        ("all at once", usize::MAX, 1),
    ] {
        let mut from = FIRST;
        let mut count = 1;
        while let Some(part) = layers.read_range(&name("g"), &from, &LAST, bytes_max)
            && part.last != LAST
        {
            assert_eq!(part.entries.last().map(|entry| entry.0), Some(part.last), "{why}");
            from = after(&part.last);
            count += 1;
        }
        assert_eq!(count, parts, "{why}");
        assert_eq!(read_all(&layers, &name("g"), bytes_max), state, "{why}");
    }
}

#[test]
fn a_range_without_entries_is_covered_to_its_end() {
    let (layers, state) = start(50);
    let first = *state.keys().next().unwrap();
    let from = after(&first);
    let part = layers.read_range(&name("g"), &from, &from, 100).unwrap();
    assert_eq!((part.entries.len(), part.last), (0, from));
    part.proof.verify(&naive_root(&state), &from, &from, &[]).unwrap();
    let withheld = part.proof.verify(&naive_root(&state), &first, &from, &[]);
    assert_eq!(withheld, Err(RangeError::NotCanonical), "the leaf before it is not covered");
    assert_eq!(layers.read_range(&name("g"), &from, &first, 100), None, "backwards");
    assert_eq!(layers.read_range(&name("x"), &first, &from, 100), None, "unknown");
}

#[test]
fn layers_and_past_final_states_are_read_as_well() {
    let mut layers = forks();
    let read = |layers: &Layers<MemoryStore>, block: &str| {
        let state = read_all(layers, &name(block), 38);
        let texts = state.values().map(|value| String::from_utf8_lossy(value).into_owned());
        let mut texts: Vec<String> = texts.collect();
        texts.sort_unstable();
        texts.join(" ")
    };
    assert_eq!(read(&layers, "d1"), "b e y");
    assert_eq!(read(&layers, "c2"), "d x");
    layers.finalize(&name("c2"), Batch::default()).unwrap();
    for (block, values) in [("g", "a b"), ("f", "b c"), ("c1", "c x"), ("c2", "d x")] {
        assert_eq!(read(&layers, block), values, "{block}");
    }
}

#[test]
fn a_pin_outlives_the_undo_rows() {
    let (mut layers, mut state) = start(300);
    let mut layers = {
        assert!(layers.pin(&name("g")));
        layers.with_pages_max(50)
    };
    let genesis = state.clone();
    let blocks: Vec<Hash> = (1..=UNDO_HEIGHTS + 20)
        .map(|n| {
            let n = u8::try_from(n % 256).unwrap();
            grow(&mut layers, &mut state, Changes::from([(key(n), Some(vec![n, 1]))]))
        })
        .collect();
    assert!(!layers.contains(&blocks[0]) && layers.contains(&name("g")));
    assert_eq!(layers.pins(), [(name("g"), Height(0), naive_root(&genesis))]);
    assert_eq!(read_all(&layers, &name("g"), 1_000), genesis);
    check_block(&layers, &name("g"), &genesis);
    assert_eq!(layers.failure(), None);
    let opened = Layers::open(layers.store().clone()).unwrap();
    assert_eq!(opened.pins(), [], "pins are in memory");
    assert!(opened.read_range(&name("g"), &FIRST, &LAST, 1).is_none());
}

#[test]
fn at_most_two_states_are_pinned_and_the_oldest_goes() {
    let (mut layers, mut state) = start(30);
    let blocks: Vec<Hash> = (0..4)
        .map(|n| grow(&mut layers, &mut state, Changes::from([(key(n), Some(vec![n]))])))
        .collect();
    let heights = |layers: &Layers<MemoryStore>| -> Vec<u32> {
        layers.pins().iter().map(|(_, height, _)| height.0).collect()
    };
    assert!(layers.pin(&blocks[2]));
    assert!(layers.pin(&blocks[2]), "twice is once");
    assert_eq!(heights(&layers), [3]);
    assert!(layers.pin(&blocks[1]), "a past final block, through its undo rows");
    assert_eq!(heights(&layers), [2, 3]);
    assert!(!layers.pin(&blocks[0]), "older than both");
    assert!(!layers.pin(&name("x")), "unknown");
    assert!(layers.pin(&blocks[3]));
    assert_eq!(heights(&layers), [3, 4]);
    add(&mut layers, blocks[3], name("n"), changes("1=a"));
    assert!(!layers.pin(&name("n")), "not final");
}

#[test]
fn a_pin_is_made_again_after_a_restart_while_undo_rows_lead_back() {
    let (mut layers, mut state) = start(100);
    let block = grow(&mut layers, &mut state, changes("1=a 2=b"));
    let pinned = state.clone();
    grow(&mut layers, &mut state, changes("1=c 2= 3=x"));
    grow(&mut layers, &mut state, changes("3= 4=y"));
    let mut opened = Layers::open(layers.store().clone()).unwrap();
    assert!(opened.pin(&block));
    for n in 0..UNDO_HEIGHTS + 5 {
        let n = u8::try_from(n % 256).unwrap();
        grow(&mut opened, &mut state, Changes::from([(key(n), Some(vec![n]))]));
    }
    assert!(opened.past_of(&block).is_none());
    assert_eq!(read_all(&opened, &block, 500), pinned);
}

#[test]
fn a_pin_that_grows_too_large_is_dropped() {
    let large = |n: u8| Changes::from([(key(n), Some(vec![n; PIN_BYTES_MAX / 4]))]);
    let (mut layers, mut state) = start(10);
    for n in 0..4 {
        grow(&mut layers, &mut state, large(n));
    }
    assert!(layers.pin(&layers.final_block().0));
    for n in 0..3 {
        grow(&mut layers, &mut state, large(n).into_keys().map(|key| (key, None)).collect());
        assert_eq!(layers.pins().len(), 1, "{n} of four quarters");
    }
    let past = layers.final_block().0;
    grow(&mut layers, &mut state, Changes::from([(key(3), None)]));
    assert_eq!(layers.pins(), [], "with the keys it is more than the bound");
    assert!(layers.pin(&past), "newer states change less");
}

/// One step in the life of a chain that is being read.
#[derive(Clone, Debug)]
enum Act {
    Grow(Vec<Changes>),
    Pin { back: usize },
    Read { bytes_max: usize },
    Restart,
}

fn any_act() -> impl Strategy<Value = Act> {
    let value = proptest::option::weighted(0.6, proptest::collection::vec(any::<u8>(), 0..5));
    let change = proptest::collection::btree_map((0_u8..60).prop_map(key), value, 0..9);
    prop_oneof![
        6 => proptest::collection::vec(change, 1..4).prop_map(Act::Grow),
        2 => (0_usize..6).prop_map(|back| Act::Pin { back }),
        2 => (1_usize..900).prop_map(|bytes_max| Act::Read { bytes_max }),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn pins_equal_copies_of_the_whole_state(
        acts in proptest::collection::vec(any_act(), 1..40),
        pages_max in prop_oneof![Just(1_u32), Just(PAGES_MAX)],
    ) {
        let (layers, mut state) = start(40);
        let mut layers = layers.with_pages_max(pages_max);
        // The states of all final blocks so far, and which of them should be pinned.
        let mut copies = vec![(name("g"), state.clone())];
        let mut pinned: Vec<usize> = Vec::new();
        for act in acts {
            match act {
                Act::Grow(batch) => {
                    // Several blocks become final at once.
                    let mut parent = layers.final_block().0;
                    for change in batch {
                        apply(&mut state, &change);
                        let block = Hash::of(&[parent.0, [7; 32]].concat());
                        add(&mut layers, parent, block, change);
                        copies.push((block, state.clone()));
                        parent = block;
                    }
                    layers.finalize(&parent, Batch::default()).unwrap();
                }
                Act::Pin { back } => {
                    let at = copies.len().saturating_sub(back + 1);
                    let made = layers.pin(&copies[at].0);
                    pinned.push(at);
                    pinned.sort_unstable();
                    pinned.dedup();
                    if pinned.len() > PINS_MAX {
                        pinned.remove(0);
                    }
                    prop_assert_eq!(made, pinned.contains(&at));
                }
                Act::Read { bytes_max } => {
                    for at in &pinned {
                        let (block, copy) = &copies[*at];
                        prop_assert_eq!(&read_all(&layers, block, bytes_max), copy);
                    }
                }
                Act::Restart => {
                    layers = Layers::open(layers.store().clone()).unwrap();
                    layers = layers.with_pages_max(pages_max);
                    pinned.clear();
                }
            }
            let found: Vec<Hash> = layers.pins().into_iter().map(|pin| pin.0).collect();
            let expected: Vec<Hash> = pinned.iter().map(|at| copies[*at].0).collect();
            prop_assert_eq!(found, expected);
        }
        for at in &pinned {
            let (block, copy) = &copies[*at];
            // Far beyond what undo rows reach it is the pin alone that knows.
            layers.past.clear();
            check_block(&layers, block, copy);
            prop_assert_eq!(&read_all(&layers, block, 300), copy);
        }
        prop_assert_eq!(layers.failure(), None);
    }
}
