//! The overlay against a model that copies the whole state at every frame.
//!
//! Random sequences of writes, deletions and frames; after each step every key reads alike.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    Begin,
    Keep,
    Discard,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..6_u8, any::<u8>()).prop_map(|(key, value)| Op::Put(key, value)),
        3 => (0..6_u8).prop_map(Op::Delete),
        2 => Just(Op::Begin),
        1 => Just(Op::Keep),
        1 => Just(Op::Discard),
    ]
}

type State = BTreeMap<StateKey, Vec<u8>>;

fn key(number: u8) -> StateKey {
    StateKey([number; 32])
}

fn base() -> State {
    (0..3).map(|number| (key(number), vec![number])).collect()
}

/// The model: a stack of full copies, the lowest being what is kept.
fn step(copies: &mut Vec<State>, op: &Op) {
    let top = copies.last().cloned().unwrap();
    match op {
        Op::Put(at, value) => {
            copies.last_mut().unwrap().insert(key(*at), vec![*value]);
        }
        Op::Delete(at) => {
            copies.last_mut().unwrap().remove(&key(*at));
        }
        Op::Begin => copies.push(top),
        Op::Keep if copies.len() > 1 => {
            copies.pop();
            *copies.last_mut().unwrap() = top;
        }
        Op::Discard if copies.len() > 1 => {
            copies.pop();
        }
        Op::Keep | Op::Discard => {}
    }
}

proptest! {
    #[test]
    fn frames_are_kept_or_dropped_as_whole_copies_would_be(
        ops in prop::collection::vec(op(), 0..60),
    ) {
        let mut overlay = Overlay::new(base());
        let mut copies = vec![base()];
        for op in &ops {
            match op {
                Op::Put(at, value) => overlay.put(key(*at), vec![*value]),
                Op::Delete(at) => overlay.delete(key(*at)),
                Op::Begin => overlay.begin(),
                Op::Keep => overlay.keep(),
                Op::Discard => overlay.discard(),
            }
            step(&mut copies, op);
            for number in 0..6 {
                let expected = copies.last().unwrap().get(&key(number)).cloned();
                prop_assert_eq!(overlay.get(&key(number)), expected, "after {:?}", op);
            }
        }
        // Frames still open are dropped; the changes make the lowest copy out of the base.
        let mut state = base();
        for (key, value) in overlay.into_changes() {
            match value {
                Some(value) => state.insert(key, value),
                None => state.remove(&key),
            };
        }
        prop_assert_eq!(&state, &copies[0]);
    }
}

#[test]
fn a_value_that_does_not_decode_reads_as_absent() {
    let mut overlay = Overlay::new(State::new());
    overlay.put(key(1), vec![1, 2]);
    assert_eq!(read::<u64>(&overlay, &key(1)), None);
    overlay.write(key(1), &7_u64);
    assert_eq!(read(&overlay, &key(1)), Some(7_u64));
    assert_eq!(read::<u32>(&overlay, &key(1)), None, "bytes are left over");
}
