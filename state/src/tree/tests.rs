//! Tests of the tree: its root against the definition, independence of history, proofs, pages.
//!
//! The oracle [`naive_root`] restates the definition bit by bit and shares no code with the tree.

use super::*;
use crate::codec::{decode, encode};
use crate::layout::StateKey;
use crate::overlay::Changes;
use crate::types::{Hash, Purpose};
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) type State = BTreeMap<StateKey, Vec<u8>>;

/// The root by definition: a leaf alone is its own subtree, an empty one is zero.
pub(crate) fn naive_root(state: &State) -> Hash {
    let leaves: Vec<(&StateKey, Hash)> = state
        .iter()
        .map(|(key, value)| (key, Hash::personal(Purpose::StateLeaf, &[&key.0, value])))
        .collect();
    naive(&leaves, 0)
}

fn naive(leaves: &[(&StateKey, Hash)], depth: usize) -> Hash {
    match leaves {
        [] => Hash::ZERO,
        [(_, hash)] => *hash,
        _ => {
            let one = |key: &StateKey| (key.0[depth / 8] >> (7 - depth % 8)) & 1 == 1;
            let (right, left): (Vec<_>, Vec<_>) = leaves.iter().copied().partition(|l| one(l.0));
            let (left, right) = (naive(&left, depth + 1), naive(&right, depth + 1));
            Hash::personal(Purpose::StateNode, &[&left.0, &right.0])
        }
    }
}

/// Keys that lie close together and far apart: few distinct bytes, at chosen places.
fn any_key() -> impl Strategy<Value = StateKey> {
    (0_usize..32, any::<u8>(), 0_u8..4).prop_map(|(place, byte, first)| {
        let mut key = [0; 32];
        key[0] = first << 6;
        key[place] ^= byte;
        StateKey(key)
    })
}

fn any_changes() -> impl Strategy<Value = Changes> {
    let value = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..40));
    proptest::collection::btree_map(any_key(), value, 0..40)
}

fn apply(state: &mut State, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => state.insert(*key, value.clone()),
            None => state.remove(key),
        };
    }
}

fn as_changes(state: &State) -> Changes {
    state.iter().map(|(key, value)| (*key, Some(value.clone()))).collect()
}

fn tree_of(state: &State) -> Tree {
    Tree::empty().update(&NoPages, &as_changes(state)).unwrap()
}

/// `count` hashed keys, as a real state has them.
pub(crate) fn hashed_state(count: u32) -> State {
    let key = |n: u32| StateKey(Hash::of(&n.to_le_bytes()).0);
    (0..count).map(|n| (key(n), n.to_le_bytes().to_vec())).collect()
}

/// Rows of pages in a map.
#[derive(Default)]
struct Pages(BTreeMap<Vec<u8>, Vec<u8>>);

impl Pages {
    fn write(&mut self, rows: PageRows) {
        for (path, row) in rows {
            match row {
                Some(row) => self.0.insert(path.row_key(), row),
                None => self.0.remove(&path.row_key()),
            };
        }
    }
}

impl PageSource for Pages {
    fn load(&self, path: &Path, _hash: &Hash) -> Option<Arc<Page>> {
        Page::decode(self.0.get(&path.row_key())?).map(Arc::new)
    }
}

#[test]
fn roots_of_small_trees_follow_the_definition() {
    let key = |first: u8| StateKey([first; 32]);
    let leaf = |first: u8| Hash::personal(Purpose::StateLeaf, &[&[first; 32], &[first]]);
    let node = |l: Hash, r: Hash| Hash::personal(Purpose::StateNode, &[&l.0, &r.0]);
    #[rustfmt::skip]
    let cases: [(&str, &[u8], Hash); 5] = [
        ("no leaf is zero",                         &[],           Hash::ZERO),
        ("one leaf stands at the top",              &[0x80],       leaf(0x80)),
        ("two leaves part at the first bit",        &[0x00, 0x80], node(leaf(0), leaf(0x80))),
        ("a shared first bit leaves an empty side", &[0x80, 0xc0],
            node(Hash::ZERO, node(leaf(0x80), leaf(0xc0)))),
        ("a lone leaf rises",                       &[0x00, 0x80, 0xc0],
            node(leaf(0), node(leaf(0x80), leaf(0xc0)))),
    ];
    for (why, firsts, root) in cases {
        let state: State = firsts.iter().map(|first| (key(*first), vec![*first])).collect();
        assert_eq!(tree_of(&state).root(), root, "{why}");
        assert_eq!(naive_root(&state), root, "{why} (oracle)");
    }
}

#[test]
fn a_large_tree_has_the_root_of_the_definition_and_parallel_equals_sequential() {
    let state = hashed_state(5_000);
    let changes = as_changes(&state);
    let tree = Tree::empty().update(&NoPages, &changes).unwrap();
    assert_eq!(tree.root(), naive_root(&state));
    let sequential = Tree::empty().update_sequential(&NoPages, &changes).unwrap();
    assert_eq!(tree.root(), sequential.root());
    let half: Changes = changes.keys().step_by(2).map(|key| (*key, None)).collect();
    let mut rest = state;
    apply(&mut rest, &half);
    assert_eq!(tree.update(&NoPages, &half).unwrap().root(), naive_root(&rest));
    assert_eq!(sequential.update_sequential(&NoPages, &half).unwrap().root(), naive_root(&rest));
}

#[test]
fn removing_everything_leaves_nothing() {
    let state = hashed_state(300);
    let gone: Changes = state.keys().map(|key| (*key, None)).collect();
    let empty = tree_of(&state).update(&NoPages, &gone).unwrap();
    assert_eq!(empty.root(), Hash::ZERO);
    assert_eq!(empty.resident_pages(), 0);
}

#[test]
fn an_update_shares_the_pages_it_does_not_touch() {
    let state = hashed_state(2_000);
    let tree = tree_of(&state);
    let one: Changes = state.keys().take(1).map(|key| (*key, Some(vec![9]))).collect();
    let rows = tree.update(&NoPages, &one).unwrap().rows_since(&tree, &NoPages);
    assert!(rows.len() <= 5, "one change rewrites one path, not {} pages", rows.len());
    let same: Changes = one.keys().map(|key| (*key, state.get(key).cloned())).collect();
    assert!(tree.update(&NoPages, &same).unwrap().rows_since(&tree, &NoPages).is_empty());
}

#[test]
fn a_page_row_with_any_bit_flipped_is_not_that_page() {
    let tree = tree_of(&hashed_state(40));
    let rows = tree.rows_since(&Tree::empty(), &NoPages);
    for (path, row) in rows {
        let row = row.unwrap();
        let page = Page::decode(&row).unwrap();
        assert_eq!(page.encode(), row, "rows have one form");
        for bit in 0..row.len() * 8 {
            let mut flipped = row.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Page::decode(&flipped).is_none(), "bit {bit} of the page at {path:?}");
        }
    }
}

#[test]
fn stubs_without_their_pages_are_a_typed_error() {
    let state = hashed_state(100);
    let tree = Tree::from_root_stub(tree_of(&state).root());
    let one: Changes = state.keys().take(1).map(|key| (*key, None)).collect();
    let missing = tree.update(&NoPages, &one).unwrap_err();
    assert_eq!(missing, MissingPage { path: Path::ROOT });
    let other = tree_of(&hashed_state(99)).rows_since(&Tree::empty(), &NoPages);
    let mut wrong = Pages::default();
    wrong.write(other);
    assert_eq!(tree.update(&wrong, &one).unwrap_err(), missing, "another page than asked for");
}

fn check_proof(state: &State, keys: &[StateKey]) -> Proof {
    let tree = tree_of(state);
    let proof = tree.prove(&NoPages, state, keys).unwrap();
    let answers = proof.verify(&tree.root(), keys).unwrap();
    let mut asked = keys.to_vec();
    asked.sort_unstable();
    asked.dedup();
    let expected: Vec<_> = asked.iter().map(|key| (*key, state.get(key).cloned())).collect();
    assert_eq!(answers, expected);
    proof
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let state = hashed_state(200);
    let mut keys: Vec<StateKey> = state.keys().step_by(23).copied().collect();
    keys.extend((0..8_u8).map(|n| StateKey(Hash::of(&[n, 77]).0)));
    // A key next to a leaf: proved absent by showing that leaf.
    let mut near = keys[0];
    near.0[31] ^= 1;
    keys.push(near);
    let root = naive_root(&state);
    let bytes = encode(&check_proof(&state, &keys));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let refused = decode::<Proof>(&flipped).map(|proof| proof.verify(&root, &keys));
        assert!(!matches!(refused, Ok(Ok(_))), "bit {bit} does not matter");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert!(decode::<Proof>(&longer).is_err(), "a trailing byte");
    assert!(decode::<Proof>(&bytes[..bytes.len() - 1]).is_err(), "a missing byte");
}

#[test]
fn proofs_that_could_be_said_otherwise_are_refused() {
    let state = hashed_state(50);
    let root = naive_root(&state);
    let keys: Vec<StateKey> = state.keys().take(2).copied().collect();
    let good = check_proof(&state, &keys);
    let last = good.steps.len() - 1;
    let value = state[&keys[1]].clone();
    let change = |edit: &dyn Fn(&mut Vec<Step>)| {
        let mut proof = good.clone();
        edit(&mut proof.steps);
        proof.verify(&root, &keys)
    };
    #[rustfmt::skip]
    let cases: [(&str, ProofError, Result<Answers, ProofError>); 7] = [
        ("a node too many",         ProofError::Unused,       change(&|s| s.push(Step::Empty))),
        ("a node too few",          ProofError::Truncated,    change(&|s| { s.pop(); })),
        ("no node",                 ProofError::Truncated,    change(&Vec::clear)),
        ("a found leaf said to be alone", ProofError::NotCanonical,
            change(&|s| s[last] = Step::Lone { key: keys[1], value: value.clone() })),
        ("nothing where there is much", ProofError::Unused,   change(&|s| s[0] = Step::Empty)),
        ("an empty side with a hash", ProofError::NotCanonical, change(&|s| s[0] = Step::Beside(Hash::ZERO))),
        ("another value",           ProofError::WrongRoot,    change(&|s| s[last] = Step::Found(vec![]))),
    ];
    for (why, error, found) in cases {
        assert_eq!(found, Err(error), "{why}");
    }
    assert_eq!(good.verify(&root, &[]), Err(ProofError::KeyCount));
    let many: Vec<StateKey> = hashed_state(1_025).into_keys().collect();
    assert_eq!(good.verify(&root, &many), Err(ProofError::KeyCount));
    assert!(good.verify(&Hash::of(b"other"), &keys).is_err());
    assert!(good.verify(&root, &keys[..1]).is_err(), "a proof is for its keys");
}

#[test]
fn a_lone_leaf_from_elsewhere_is_refused_before_any_hash_is_compared() {
    let state = State::from([(StateKey([0; 32]), vec![1]), (StateKey([0x80; 32]), vec![2])]);
    let mut near = StateKey([0x80; 32]);
    near.0[31] = 0;
    let mut proof = check_proof(&state, &[near]);
    let Some(Step::Lone { key, .. }) = proof.steps.last_mut() else {
        panic!("absent beside a leaf")
    };
    *key = StateKey([0x70; 32]);
    assert_eq!(proof.verify(&naive_root(&state), &[near]), Err(ProofError::NotCanonical));
}

#[test]
fn an_empty_side_has_one_form() {
    let state = State::from([(StateKey([0x80; 32]), vec![1]), (StateKey([0xc0; 32]), vec![2])]);
    let keys = [StateKey([0x80; 32])];
    let proof = check_proof(&state, &keys);
    assert_eq!(proof.steps[0], Step::BesideNothing);
    let mut forked = proof;
    forked.steps.splice(..1, [Step::Fork, Step::Empty]);
    assert_eq!(forked.verify(&naive_root(&state), &keys), Err(ProofError::NotCanonical));
}

#[test]
fn subtrees_that_changed_stay_in_memory_when_cold_ones_leave() {
    let state = hashed_state(2_000);
    let tree = tree_of(&state);
    let one: Changes = state.keys().take(1).map(|key| (*key, Some(vec![9]))).collect();
    let changed = tree.update(&NoPages, &one).unwrap();
    let demoted = changed.demote(&tree, 1);
    assert_eq!(demoted.root(), changed.root());
    assert!(demoted.resident_pages() > 1, "the path that changed");
    assert!(demoted.update(&NoPages, &one).is_ok(), "needs no page from elsewhere");
    assert!(demoted.resident_pages() * 8 < changed.resident_pages());
    assert_eq!(changed.demote(&changed, 1).resident_pages(), 1);
}

#[test]
fn the_empty_tree_proves_that_nothing_is_there() {
    let proof = check_proof(&State::new(), &[StateKey([7; 32])]);
    assert_eq!(proof.steps, [Step::Empty]);
}

#[test]
fn an_endless_walk_ends_at_256_bits() {
    let proof = Proof { steps: vec![Step::BesideNothing; 5_000] };
    let refused = proof.verify(&Hash::ZERO, &[StateKey([0; 32])]);
    assert_eq!(refused, Err(ProofError::NotCanonical));
}

#[test]
fn the_encoding_of_a_proof_is_pinned() {
    let proof = Proof {
        steps: vec![
            Step::Fork,
            Step::Beside(Hash([1; 32])),
            Step::BesideNothing,
            Step::Found(vec![2]),
            Step::Lone { key: StateKey([3; 32]), value: vec![] },
            Step::Empty,
        ],
    };
    let bytes =
        [&[6, 0, 0, 0, 3, 4][..], &[1; 32], &[5, 1, 1, 0, 0, 0, 2, 2], &[3; 32], &[0, 0, 0, 0, 0]];
    assert_eq!(encode(&proof), bytes.concat());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_root_depends_on_content_alone(batches in proptest::collection::vec(any_changes(), 1..6)) {
        let mut state = State::new();
        let mut tree = Tree::empty();
        for changes in &batches {
            let sequential = tree.update_sequential(&NoPages, changes).unwrap();
            tree = tree.update(&NoPages, changes).unwrap();
            apply(&mut state, changes);
            prop_assert_eq!(tree.root(), naive_root(&state));
            prop_assert_eq!(sequential.root(), tree.root());
        }
        let fresh = tree_of(&state);
        prop_assert_eq!(fresh.root(), tree.root());
        // Not only the root: the pages are the same too, whatever the history.
        prop_assert_eq!(fresh.resident_pages(), tree.resident_pages());
    }

    #[test]
    fn written_pages_give_the_tree_back(
        batches in proptest::collection::vec(any_changes(), 1..5),
        last in any_changes(),
        depth in 0_u8..4,
    ) {
        let (mut state, mut pages) = (State::new(), Pages::default());
        let (mut tree, mut flushed) = (Tree::empty(), Tree::empty());
        for changes in &batches {
            tree = tree.update(&pages, changes).unwrap();
            apply(&mut state, changes);
            pages.write(tree.rows_since(&flushed, &pages));
            prop_assert!(tree.rows_since(&tree, &pages).is_empty());
            tree = tree.demote(&tree, depth);
            flushed = tree.clone();
        }
        // Exactly the pages of the content, none left over.
        let mut fresh = Pages::default();
        fresh.write(tree_of(&state).rows_since(&Tree::empty(), &NoPages));
        prop_assert_eq!(&pages.0, &fresh.0);
        tree = tree.update(&pages, &last).unwrap();
        apply(&mut state, &last);
        prop_assert_eq!(tree.root(), naive_root(&state));
        let keys: Vec<StateKey> = last.keys().copied().collect();
        if !keys.is_empty() {
            let proof = tree.prove(&pages, &state, &keys).unwrap();
            prop_assert!(proof.verify(&tree.root(), &keys).is_ok());
        }
    }

    #[test]
    fn proofs_answer_as_the_state_does(
        changes in any_changes(),
        keys in proptest::collection::vec(any_key(), 1..12),
    ) {
        let mut state = State::new();
        apply(&mut state, &changes);
        check_proof(&state, &keys);
    }

    #[test]
    fn forged_proofs_are_refused_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        keys in proptest::collection::vec(any_key(), 0..5),
    ) {
        if let Ok(proof) = decode::<Proof>(&bytes) {
            prop_assert!(proof.verify(&Hash::of(b"a root"), &keys).is_err());
        }
    }
}

mod lists {
    use super::super::list::*;
    use super::*;

    /// RFC 6962 section 2.1: split at the largest power of two below the length.
    fn naive_top(items: &[Vec<u8>]) -> Hash {
        match items {
            [] => Hash::ZERO,
            [item] => Hash::personal(Purpose::ListLeaf, &[item]),
            _ => {
                let split = items.len().next_power_of_two() / 2;
                let (left, right) = (naive_top(&items[..split]), naive_top(&items[split..]));
                Hash::personal(Purpose::ListNode, &[&left.0, &right.0])
            }
        }
    }

    fn items(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| n.to_string().into_bytes()).collect()
    }

    #[test]
    fn list_roots_follow_the_definition_at_every_length() {
        for count in 0..70 {
            let items = items(count);
            let length = u64::try_from(count).unwrap().to_le_bytes();
            let top = naive_top(&items);
            let root = Hash::personal(Purpose::ListNode, &[&length, &top.0]);
            assert_eq!(list_root(&items), root, "{count} items");
        }
    }

    #[test]
    fn every_item_is_proved_and_every_flip_refused() {
        for count in [1, 2, 3, 5, 8, 13] {
            let items = items(count);
            let root = list_root(&items);
            for (index, item) in items.iter().enumerate() {
                let proof = ListProof::new(&items, index).unwrap();
                proof.verify(&root, item).unwrap();
                assert_eq!(proof.verify(&root, b"other"), Err(ListProofError::WrongRoot));
                let bytes = encode(&proof);
                for bit in 0..bytes.len() * 8 {
                    let mut flipped = bytes.clone();
                    flipped[bit / 8] ^= 1 << (bit % 8);
                    let refused = decode::<ListProof>(&flipped).map(|p| p.verify(&root, item));
                    assert!(!matches!(refused, Ok(Ok(()))), "bit {bit}, item {index} of {count}");
                }
            }
            assert!(ListProof::new(&items, count).is_none());
        }
    }

    #[test]
    fn list_proofs_of_the_wrong_shape_are_refused() {
        let items = items(5);
        let root = list_root(&items);
        let good = ListProof::new(&items, 4).unwrap();
        assert_eq!(good.siblings.len(), 1, "the fifth of five has one hash beside it");
        let mut long = good.clone();
        long.siblings.push(Hash::ZERO);
        let mut short = good.clone();
        short.siblings.clear();
        let outside = ListProof { index: 5, ..good.clone() };
        let endless = ListProof { count: u64::MAX, ..good };
        #[rustfmt::skip]
        let cases = [
            ("a hash too many", long,    ListProofError::WrongLength),
            ("a hash too few",  short,   ListProofError::WrongLength),
            ("no such item",    outside, ListProofError::OutOfRange),
            ("another length",  endless, ListProofError::WrongLength),
        ];
        for (why, proof, error) in cases {
            assert_eq!(proof.verify(&root, &items[4]), Err(error), "{why}");
        }
    }

    #[test]
    fn the_encodings_of_lists_are_pinned() {
        let proof = ListProof { index: 1, count: 2, siblings: vec![Hash([3; 32])] };
        let head = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        assert_eq!(encode(&proof), [&head[..], &[3; 32]].concat());
        let mountain = Mountain { count: 1, peaks: vec![Hash([4; 32])] };
        assert_eq!(
            encode(&mountain),
            [&[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0][..], &[4; 32]].concat()
        );
    }

    #[test]
    fn a_mountain_keeps_one_peak_for_each_one_bit_of_its_length() {
        let mut mountain = Mountain::default();
        assert_eq!(mountain.root(), list_root::<Vec<u8>>(&[]));
        for (n, item) in items(40).iter().enumerate() {
            mountain.append(item);
            assert_eq!(mountain.peaks.len(), usize::try_from((n + 1).count_ones()).unwrap());
            assert_eq!(mountain.root(), list_root(&items(n + 1)));
        }
    }
}
