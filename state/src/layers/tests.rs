//! Tests of forks, finality, damage and crashes.
//!
//! The oracle is a plain map of values for each block; its root comes from the definition of the tree,
//! restated in the tests of `tree`.

use super::rows::{LAYERS_KEY, LayersRow, ROWS_VERSION, undo_key};
use super::*;
use crate::overlay::StateRead;
use crate::store::{Batch, Column, Durability, FaultyStore, MemoryStore};
use crate::tree::PROOF_KEYS_MAX;
use crate::tree::tests::{State, hashed_state, naive_root};
use proptest::prelude::*;

mod history;
mod import;
#[cfg(feature = "rocksdb")]
mod killed;
mod pins;

type Blocks = BTreeMap<Hash, (Height, State)>;

fn name(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

fn key(n: u8) -> StateKey {
    StateKey(Hash::of(&[n]).0)
}

/// `1=a 2=` sets key 1 and removes key 2.
fn changes(text: &str) -> Changes {
    let change = |word: &str| {
        let (n, value) = word.split_once('=').unwrap();
        let value = (!value.is_empty()).then(|| value.as_bytes().to_vec());
        (key(n.parse().unwrap()), value)
    };
    text.split_whitespace().map(change).collect()
}

fn as_changes(state: &State) -> Changes {
    state.iter().map(|(key, value)| (*key, Some(value.clone()))).collect()
}

fn apply(state: &mut State, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => state.insert(*key, value.clone()),
            None => state.remove(key),
        };
    }
}

fn add<S: Store>(layers: &mut Layers<S>, parent: Hash, block: Hash, changes: Changes) -> Hash {
    let height = layers.held_height(&parent).unwrap().next().unwrap();
    let prepared = layers.prepare(&parent, changes).unwrap();
    let root = prepared.root();
    layers.insert(block, height, prepared).unwrap();
    root
}

/// A chain of forks over genesis (`1=a 2=b`), drawn as in the module's header.
fn forks() -> Layers<MemoryStore> {
    let store = MemoryStore::new();
    let mut layers =
        Layers::create(store, name("g"), &changes("1=a 2=b"), Batch::default()).unwrap();
    for (parent, block, change) in
        [("g", "f", "1=c"), ("f", "c1", "2= 3=x"), ("c1", "c2", "1=d"), ("f", "d1", "1=e 4=y")]
    {
        add(&mut layers, name(parent), name(block), changes(change));
    }
    layers
}

/// The values of keys 1 to 4, `-` where there is none.
fn shown(layers: &Layers<impl Store>, block: &str) -> String {
    let Some(view) = layers.view(&name(block)) else { return "unknown".into() };
    let keys = [1, 2, 3, 4].map(key);
    let one = keys.map(|key| view.get(&key));
    assert_eq!(view.get_many(&keys), one, "many reads are single reads");
    let text = |value: Option<Vec<u8>>| value.map_or("-".into(), |v| String::from_utf8(v).unwrap());
    one.map(text).join(" ")
}

fn check_block(layers: &Layers<impl Store>, block: &Hash, state: &State) {
    let view = layers.view(block).unwrap();
    let keys = (0..20).map(key).chain(state.keys().copied());
    let keys: Vec<StateKey> = keys.take(PROOF_KEYS_MAX).collect();
    for key in &keys {
        assert_eq!(view.get(key), state.get(key).cloned());
    }
    let root = naive_root(state);
    assert_eq!(layers.root_of(block), Some(root));
    let proof = layers.prove(block, &keys).unwrap();
    for (key, value) in proof.verify(&root, &keys).unwrap() {
        assert_eq!(value, state.get(&key).cloned());
    }
}

#[test]
fn every_fork_reads_its_own_state() {
    let layers = forks();
    assert_eq!(shown(&layers, "g"), "a b - -");
    assert_eq!(shown(&layers, "f"), "c b - -");
    assert_eq!(shown(&layers, "c1"), "c - x -");
    assert_eq!(shown(&layers, "c2"), "d - x -");
    assert_eq!(shown(&layers, "d1"), "e b - y");
    assert_eq!(shown(&layers, "other"), "unknown");
}

#[test]
fn finality_drops_the_fork_that_lost_and_keeps_the_past() {
    let mut layers = forks();
    let done = layers.finalize(&name("c1"), Batch::default()).unwrap();
    assert_eq!(done.enacted, [name("f"), name("c1")]);
    assert_eq!(done.dropped, [name("d1")]);
    assert_eq!(layers.final_block(), (name("c1"), Height(2)));
    assert_eq!(layers.unfinalised(), 1);
    assert_eq!(shown(&layers, "c2"), "d - x -");
    assert_eq!(shown(&layers, "c1"), "c - x -");
    assert_eq!(shown(&layers, "f"), "c b - -", "a past final block, through undo rows");
    assert_eq!(shown(&layers, "g"), "a b - -");
    assert_eq!(shown(&layers, "d1"), "unknown");
    let again = layers.finalize(&name("c1"), Batch::default()).unwrap();
    assert_eq!(again, Finalized::default(), "final already");
    assert_eq!(layers.store().get(Column::Account, &key(2).0), None);
    assert_eq!(layers.store().get(Column::Account, &key(3).0), Some(b"x".to_vec()));
}

#[test]
fn the_callers_rows_are_committed_with_finality() {
    let mut layers = forks();
    let mut extra = Batch::default();
    extra.put(Column::Block, "mark", "f");
    layers.finalize(&name("f"), extra).unwrap();
    assert_eq!(layers.store().get(Column::Block, b"mark"), Some(b"f".to_vec()));
    let mut extra = Batch::default();
    extra.put(Column::Block, "mark", "again");
    layers.finalize(&name("f"), extra).unwrap();
    assert_eq!(layers.store().get(Column::Block, b"mark"), Some(b"again".to_vec()));
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    let mut layers = forks();
    let f = name("f");
    let prepare = |layers: &Layers<MemoryStore>| layers.prepare(&f, changes("1=z")).unwrap();
    let prepared = prepare(&layers);
    assert_eq!(layers.insert(name("c1"), Height(2), prepared), Err(LayerError::Known));
    let prepared = prepare(&layers);
    let height = LayerError::Height { parent: Height(1), claimed: Height(3) };
    assert_eq!(layers.insert(name("n"), Height(3), prepared), Err(height));
    let prepared = prepare(&layers);
    layers.finalize(&name("c1"), Batch::default()).unwrap();
    assert_eq!(layers.insert(name("n"), Height(2), prepared), Err(LayerError::UnknownParent));
    assert!(layers.prepare(&f, changes("1=z")).is_none(), "nothing builds below the final block");
    assert!(layers.prepare(&name("none"), Changes::new()).is_none());
}

#[test]
fn more_bytes_than_allowed_are_refused_until_something_is_final() {
    let mut layers = forks();
    let large = || Changes::from([(key(9), Some(vec![7; LAYER_BYTES_MAX / 4]))]);
    let mut parent = name("c2");
    let mut inserted = 0;
    let refused = loop {
        let block = Hash::of(&parent.0);
        let height = layers.held_height(&parent).unwrap().next().unwrap();
        match layers.insert(block, height, layers.prepare(&parent, large()).unwrap()) {
            Ok(()) => parent = block,
            Err(error) => break error,
        }
        inserted += 1;
    };
    assert!(matches!(refused, LayerError::Full { layers: 7, .. }), "{refused:?}");
    assert_eq!(inserted, 3);
    layers.finalize(&parent, Batch::default()).unwrap();
    let height = layers.held_height(&parent).unwrap().next().unwrap();
    let prepared = layers.prepare(&parent, changes("1=q")).unwrap();
    layers.insert(name("n"), height, prepared).unwrap();
}

#[test]
fn thousands_of_unfinalised_blocks_read_and_root_as_the_definition_says() {
    let genesis = hashed_state(100);
    let mut layers =
        Layers::create(MemoryStore::new(), name("g"), &as_changes(&genesis), Batch::default())
            .unwrap();
    let mut state = genesis;
    let mut parent = name("g");
    let mut blocks = Blocks::new();
    for height in 1..=5_000_u32 {
        let n = u8::try_from(height % 251).unwrap();
        let value = (!height.is_multiple_of(3)).then(|| height.to_le_bytes().to_vec());
        let change = Changes::from([(key(n), value), (key(n ^ 1), Some(vec![n]))]);
        apply(&mut state, &change);
        let block = Hash::of(&height.to_le_bytes());
        add(&mut layers, parent, block, change);
        if height.is_multiple_of(499) {
            blocks.insert(block, (Height(height), state.clone()));
        }
        parent = block;
    }
    for (block, (_, state)) in &blocks {
        check_block(&layers, block, state);
    }
    assert!(layers.layered(&parent).maps.len() <= 46, "reads stay short");
    let trees = layers.forks.values().filter(|layer| layer.tree.is_some()).count();
    assert!(trees <= 5_000 / 64 + 130, "{trees} trees are kept");
    // Finality somewhere in the middle of runs of merged changes.
    let (middle, _) = *blocks.iter().find(|(_, (height, _))| height.0 == 499 * 3).as_ref().unwrap();
    layers.finalize(middle, Batch::default()).unwrap();
    for (block, (height, state)) in &blocks {
        if height.0 >= 499 * 3 {
            check_block(&layers, block, state);
        } else {
            assert!(!layers.contains(block), "height {height} is more than 256 below");
        }
    }
    let old = Hash::of(&(499_u32 * 3 - UNDO_HEIGHTS).to_le_bytes());
    assert!(layers.contains(&old) && layers.prove(&old, &[key(1)]).is_some());
    assert!(!layers.contains(&Hash::of(&(499_u32 * 3 - UNDO_HEIGHTS - 1).to_le_bytes())));
    let undo = layers.store().scan(Column::Undo, &[], usize::MAX);
    assert_eq!(undo.len(), usize::try_from(UNDO_HEIGHTS).unwrap());
    Layers::open(layers.store().clone()).unwrap();
}

#[test]
fn memory_stays_near_the_number_of_pages_asked_for() {
    let state = hashed_state(3_000);
    let genesis = as_changes(&state);
    let layers = Layers::create(MemoryStore::new(), name("g"), &genesis, Batch::default()).unwrap();
    assert!(layers.base.tree.resident_pages() > 900);
    let mut layers = layers.with_pages_max(300);
    let mut state = state;
    let mut parent = name("g");
    for height in 1..=40_u32 {
        let block = Hash::of(&height.to_le_bytes());
        let n = u8::try_from(height).unwrap();
        let change = Changes::from([(key(n), Some(vec![n])), (key(n - 1), None)]);
        apply(&mut state, &change);
        add(&mut layers, parent, block, change);
        parent = block;
        if height.is_multiple_of(4) {
            layers.finalize(&block, Batch::default()).unwrap();
            check_block(&layers, &block, &state);
        }
    }
    let pages = layers.base.tree.resident_pages();
    assert!(pages <= 400, "{pages} pages in memory");
    assert!(layers.flushed.resident_pages() <= 400, "nor does the flushed tree hold on to them");
    assert_eq!(layers.failure(), None);
    Layers::open(layers.store().clone()).unwrap();
}

#[test]
fn stale_damaged_and_missing_pages_are_rebuilt_from_the_values() {
    let genesis = as_changes(&hashed_state(500));
    let layers = Layers::create(MemoryStore::new(), name("g"), &genesis, Batch::default()).unwrap();
    let root = layers.root_of(&name("g")).unwrap();
    let pages = layers.store().scan(Column::Page, &[], usize::MAX);
    for harm in ["gone", "flipped"] {
        let mut layers = layers.clone();
        let mut batch = Batch::default();
        for (key, mut row) in pages.clone() {
            row[3] ^= 1;
            batch.rows.push((Column::Page, key, (harm == "flipped").then_some(row)));
        }
        layers.store_mut().commit(batch, Durability::Synced).unwrap();
        layers.base.tree = Tree::from_root_stub(root);
        add(&mut layers, name("g"), name("f"), changes("1=a"));
        let mut state = hashed_state(500);
        apply(&mut state, &changes("1=a"));
        check_block(&layers, &name("f"), &state);
    }
}

#[test]
fn a_page_of_a_layer_is_rebuilt_from_the_layers_above_the_values() {
    let mut layers = forks();
    let prepared = layers.prepare(&name("c2"), changes("1=q 3= 5=z")).unwrap();
    layers.insert(name("c3"), Height(4), prepared).unwrap();
    let root = layers.root_of(&name("c3")).unwrap();
    layers.forks.get_mut(&name("c3")).unwrap().tree = Some(Tree::from_root_stub(root));
    add(&mut layers, name("c3"), name("c4"), changes("6=y"));
    let text = [(1, "q"), (5, "z"), (6, "y")];
    let state = text.map(|(n, value)| (key(n), value.as_bytes().to_vec())).into_iter().collect();
    check_block(&layers, &name("c4"), &state);
}

#[test]
fn values_damaged_under_a_running_node_are_found_when_they_are_needed() {
    let genesis = as_changes(&hashed_state(500));
    let mut layers =
        Layers::create(MemoryStore::new(), name("g"), &genesis, Batch::default()).unwrap();
    let root = layers.root_of(&name("g")).unwrap();
    let mut batch = Batch::default();
    for (key, _) in layers.store().scan(Column::Page, &[], usize::MAX) {
        batch.delete(Column::Page, key);
    }
    let (first, _) = genesis.first_key_value().unwrap();
    batch.put(Column::Account, first.0, "other");
    layers.store_mut().commit(batch, Durability::Synced).unwrap();
    layers.base.tree = Tree::from_root_stub(root);
    assert!(layers.prepare(&name("g"), changes("1=a")).is_none());
    assert!(matches!(layers.failure(), Some(StoreError::Io(_))));
}

#[test]
fn a_store_is_created_once_and_not_opened_before() {
    assert!(matches!(Layers::open(MemoryStore::new()), Err(OpenError::Missing)));
    let store = forks().store().clone();
    let again = Layers::create(store, name("g"), &Changes::new(), Batch::default());
    assert!(matches!(again, Err(StoreError::Io(_))));
}

#[test]
fn opening_gives_the_final_state_and_its_past_back() {
    let mut layers = forks();
    layers.finalize(&name("c2"), Batch::default()).unwrap();
    let opened = Layers::open(layers.store().clone()).unwrap();
    assert_eq!(opened.digest(), layers.digest());
    for block in ["g", "f", "c1", "c2"] {
        assert_eq!(shown(&opened, block), shown(&layers, block));
        assert_eq!(opened.root_of(&name(block)), layers.root_of(&name(block)));
    }
}

#[test]
fn damaged_rows_are_named_when_a_state_opens() {
    type Harm = fn(&mut Batch);
    type Expected = fn(&OpenError) -> bool;
    let mut layers = forks();
    layers.finalize(&name("c1"), Batch::default()).unwrap();
    let store = layers.store().clone();
    #[rustfmt::skip]
    let cases: [(&str, Harm, Expected); 9] = [
        ("a value differs", |b| b.put(Column::Account, key(1).0, "?"),
            |e| matches!(e, OpenError::Damaged(Damage::Root { .. }))),
        ("a value is gone", |b| b.delete(Column::Account, key(3).0),
            |e| matches!(e, OpenError::Damaged(Damage::Root { .. }))),
        ("a value too many", |b| b.put(Column::Account, key(9).0, ""),
            |e| matches!(e, OpenError::Damaged(Damage::Root { .. }))),
        ("a key of 31 bytes", |b| b.put(Column::Account, [1; 31], ""),
            |e| *e == OpenError::Damaged(Damage::Key)),
        ("the meta row is cut", |b| b.put(Column::Meta, LAYERS_KEY, ROWS_VERSION.to_le_bytes()),
            |e| *e == OpenError::Damaged(Damage::Meta)),
        ("the meta row is empty", |b| b.put(Column::Meta, LAYERS_KEY, ""),
            |e| *e == OpenError::Damaged(Damage::Meta)),
        ("another version", |b| b.put(Column::Meta, LAYERS_KEY, 9_u32.to_le_bytes()),
            |e| *e == OpenError::Format { found: 9 }),
        ("an undo row is gone", |b| b.delete(Column::Undo, undo_key(Height(1))),
            |e| *e == OpenError::Damaged(Damage::Undo(Height(1)))),
        ("an undo row is unreadable", |b| b.put(Column::Undo, undo_key(Height(2)), "?"),
            |e| *e == OpenError::Damaged(Damage::Undo(Height(2)))),
    ];
    for (why, harm, expected) in cases {
        let mut store = store.clone();
        let mut batch = Batch::default();
        harm(&mut batch);
        store.commit(batch, Durability::Synced).unwrap();
        let error = Layers::open(store).unwrap_err();
        assert!(expected(&error), "{why}: {error:?}");
    }
    Layers::open(store).unwrap();
}

#[test]
fn the_row_in_meta_is_pinned() {
    let layers = forks();
    let bytes = layers.store().get(Column::Meta, LAYERS_KEY).unwrap();
    let row = LayersRow::decode(&bytes).unwrap();
    assert_eq!((row.version, row.block, row.height), (ROWS_VERSION, name("g"), Height(0)));
    assert_eq!((row.undo_from, row.pages_height, row.pages_root), (Height(1), Height(0), row.root));
    assert_eq!(bytes.len(), 112);
}

#[test]
fn a_disk_that_fails_leaves_the_layers_as_they_were() {
    for error in [StoreError::Full, StoreError::Io("broken".into())] {
        let mut store = FaultyStore::new();
        store.fail_at(1, error.clone());
        let mut layers =
            Layers::create(store, name("g"), &changes("1=a"), Batch::default()).unwrap();
        add(&mut layers, name("g"), name("f"), changes("1=b"));
        let before = layers.digest();
        assert_eq!(layers.finalize(&name("f"), Batch::default()), Err(error.clone()));
        assert_eq!(layers.digest(), before);
        assert_eq!(layers.failure(), Some(error));
        let mut disk = layers.store().clone();
        disk.repair();
        disk.lose_power(0);
        assert_eq!(Layers::open(disk).unwrap().final_block(), (name("g"), Height(0)));
    }
}

/// One step of a random life: a block on a held one, or finality of a held one.
#[derive(Clone, Debug)]
enum Act {
    Add { parent: usize, changes: Changes },
    Finalize { block: usize },
    Note,
    LosePower { choice: u64 },
}

fn any_act() -> impl Strategy<Value = Act> {
    let value = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..5));
    let change = proptest::collection::btree_map((0_u8..20).prop_map(key), value, 0..6);
    prop_oneof![
        8 => (any::<usize>(), change).prop_map(|(parent, changes)| Act::Add { parent, changes }),
        2 => any::<usize>().prop_map(|block| Act::Finalize { block }),
        1 => Just(Act::Note),
        1 => any::<u64>().prop_map(|choice| Act::LosePower { choice }),
    ]
}

/// Picks, counted from the newest, so that chains grow long.
fn pick(blocks: &Blocks, layers: &Layers<FaultyStore>, choice: usize) -> Hash {
    let mut held: Vec<(Height, Hash)> =
        blocks.iter().map(|(block, (height, _))| (*height, *block)).collect();
    held.retain(|(_, block)| layers.holds(block));
    held.sort_unstable();
    held.reverse();
    held[choice % held.len().min(4)].1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn forks_finality_and_power_loss_agree_with_plain_maps(
        acts in proptest::collection::vec(any_act(), 1..120),
        pages_max in 0_u32..12,
    ) {
        let genesis = hashed_state(40);
        let mut blocks = Blocks::from([(name("g"), (Height(0), genesis.clone()))]);
        let layers = Layers::create(
            FaultyStore::new(), name("g"), &as_changes(&genesis), Batch::default(),
        ).unwrap();
        let mut layers = layers.with_pages_max(pages_max);
        for (number, act) in acts.into_iter().enumerate() {
            match act {
                Act::Add { parent, changes } => {
                    let parent = pick(&blocks, &layers, parent);
                    let (height, mut state) = blocks[&parent].clone();
                    apply(&mut state, &changes);
                    let block = Hash::of(&number.to_string().into_bytes());
                    prop_assert_eq!(add(&mut layers, parent, block, changes), naive_root(&state));
                    blocks.insert(block, (height.next().unwrap(), state));
                }
                Act::Finalize { block } => {
                    let block = pick(&blocks, &layers, block);
                    let done = layers.finalize(&block, Batch::default()).unwrap();
                    for block in done.dropped {
                        prop_assert!(!layers.contains(&block));
                        blocks.remove(&block);
                    }
                }
                Act::Note => {
                    let mut batch = Batch::default();
                    batch.put(Column::Block, number.to_string(), "body");
                    layers.store_mut().commit(batch, Durability::Buffered).unwrap();
                }
                Act::LosePower { choice } => {
                    let before = layers.final_block();
                    let mut disk = layers.store().clone();
                    disk.lose_power(choice);
                    layers = Layers::open(disk).unwrap().with_pages_max(pages_max);
                    prop_assert_eq!(layers.final_block(), before);
                    blocks.retain(|block, _| layers.contains(block));
                }
            }
        }
        for (block, (_, state)) in &blocks {
            check_block(&layers, block, state);
        }
        prop_assert_eq!(layers.failure(), None);
    }

    #[test]
    fn a_crash_between_any_two_commits_gives_one_final_state_or_the_next(
        batches in proptest::collection::vec(0_u8..20, 2..30),
        crash in 0_u64..40,
    ) {
        let mut disk = FaultyStore::new();
        disk.fail_at(crash, StoreError::Io("the power is gone".into()));
        let created = Layers::create(disk, name("g"), &changes("1=a"), Batch::default());
        prop_assert_eq!(created.is_err(), crash == 0);
        let Ok(mut layers) = created else { return Ok(()) };
        let (mut parent, mut state) = (name("g"), State::from([(key(1), b"a".to_vec())]));
        let mut last = (parent, state.clone());
        for n in batches {
            let block = Hash::of(&parent.0);
            let change = Changes::from([(key(n), (n % 4 != 0).then(|| vec![n]))]);
            apply(&mut state, &change);
            add(&mut layers, parent, block, change);
            parent = block;
            if n % 2 == 0 {
                match layers.finalize(&block, Batch::default()) {
                    Ok(_) => last = (block, state.clone()),
                    Err(_) => break,
                }
            }
        }
        let mut disk = layers.store().clone();
        disk.lose_power(crash);
        disk.repair();
        let opened = Layers::open(disk).unwrap();
        prop_assert_eq!(opened.final_block().0, last.0);
        check_block(&opened, &last.0, &last.1);
    }
}
