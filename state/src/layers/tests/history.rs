//! Tests of past values, of archives, and of going back.
//!
//! The oracle is a plain copy of the whole state at every final height.

use super::super::history::HISTORY_KEY;
use super::*;
use crate::mutant::Standard;
use crate::types::Height;
use core::sync::atomic::{AtomicUsize, Ordering};

type Copies = Vec<(Hash, State)>;

/// A store that counts what is asked of it.
#[derive(Debug, Default)]
struct Counting {
    rows: MemoryStore,
    gets: AtomicUsize,
    seeks: AtomicUsize,
}

impl Counting {
    fn take(&self) -> (usize, usize) {
        (self.seeks.swap(0, Ordering::Relaxed), self.gets.swap(0, Ordering::Relaxed))
    }
}

impl Store for Counting {
    type Mutant = Standard;

    fn mutant(&self) -> Standard {
        Standard
    }

    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.rows.get(column, key)
    }

    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        assert_eq!(limit, 1, "a seek reads one row");
        self.seeks.fetch_add(1, Ordering::Relaxed);
        self.rows.scan(column, from, limit)
    }

    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        self.rows.commit(batch, durability)
    }

    fn failure(&self) -> Option<StoreError> {
        None
    }
}

/// The layers of a counting store, which are opened without counting.
fn over(store: Counting) -> Layers<Counting> {
    let Layers { base, past, flushed, flushed_height, history_from, .. } =
        Layers::open(store.rows.clone()).unwrap();
    let mut layers = Layers::with_base(store, base, past, (flushed_height, flushed));
    layers.history_from = history_from;
    layers
}

fn block(height: u32) -> Hash {
    Hash::of(&height.to_le_bytes())
}

fn start<S: Store>(store: S, retention: Retention) -> (Layers<S>, Copies) {
    let state = State::from([(key(0), b"g".to_vec()), (key(1), b"h".to_vec())]);
    let genesis = as_changes(&state);
    let mut layers = Layers::create(store, block(0), &genesis, Batch::default()).unwrap();
    layers.retain(retention).unwrap();
    (layers, vec![(block(0), state)])
}

/// Makes one more block final; its copy joins the others.
fn grow<S: Store>(layers: &mut Layers<S>, copies: &mut Copies, change: Changes) {
    let child = extend(layers, copies, change);
    layers.finalize(&child, Batch::default()).unwrap();
}

/// Adds one more block that will be final.
fn extend<S: Store>(layers: &mut Layers<S>, copies: &mut Copies, change: Changes) -> Hash {
    let (parent, mut state) = copies.last().unwrap().clone();
    let child = Hash::of(&[parent.0.as_slice(), &copies.len().to_string().into_bytes()].concat());
    apply(&mut state, &change);
    add(layers, parent, child, change);
    copies.push((child, state));
    child
}

fn height(index: usize) -> Height {
    Height(u32::try_from(index).unwrap())
}

/// Every height from `oldest` on reads as its copy, and those below are refused.
fn check_past(layers: &Layers<impl Store>, copies: &Copies, oldest: Height) {
    assert_eq!(layers.oldest_values(), oldest);
    for (index, (_, state)) in copies.iter().enumerate() {
        let at = height(index);
        for key in (0..9).map(key) {
            let found = layers.value_at(at, &key);
            if at < oldest {
                assert_eq!(found, Err(PastError::ValueGone { oldest }), "{at}");
            } else {
                assert_eq!(found, Ok(state.get(&key).cloned()), "{at}");
                assert_eq!(layers.past(at).unwrap().get(&key), state.get(&key).cloned());
            }
        }
    }
    let newest = height(copies.len() - 1);
    let above = layers.value_at(newest.next().unwrap(), &key(0));
    assert_eq!(above, Err(PastError::NotFinal { newest }));
}

#[test]
fn an_archive_reads_every_height_and_a_pruned_store_the_last_256() {
    let (mut archive, mut copies) = start(MemoryStore::new(), Retention::Archive);
    let (mut pruned, mut same) = start(MemoryStore::new(), Retention::Pruned);
    for n in 1..300_u32 {
        let value = (!n.is_multiple_of(7)).then(|| n.to_le_bytes().to_vec());
        let change = Changes::from([(key(u8::try_from(n * n % 9).unwrap()), value)]);
        grow(&mut archive, &mut copies, change.clone());
        grow(&mut pruned, &mut same, change);
    }
    assert_eq!(copies, same);
    check_past(&archive, &copies, Height(0));
    check_past(&pruned, &copies, Height(299 - UNDO_HEIGHTS));
    for layers in [&archive, &pruned] {
        let oldest = Height(299 - UNDO_HEIGHTS);
        assert_eq!(layers.oldest_proofs(), oldest);
        let gone = layers.prove_at(oldest.previous().unwrap(), &[key(1)]);
        assert_eq!(gone, Err(PastError::ProofGone { oldest }));
        let proof = layers.prove_at(oldest, &[key(1)]).unwrap();
        let (_, state) = &copies[usize::try_from(oldest.0).unwrap()];
        let answers = proof.verify(&naive_root(state), &[key(1)]).unwrap();
        assert_eq!(answers, [(key(1), state.get(&key(1)).cloned())]);
        assert_eq!(layers.prove_at(oldest, &[]), Err(PastError::KeyCount));
        let newest = Height(299);
        let future = layers.prove_at(Height(300), &[key(1)]);
        assert_eq!(future, Err(PastError::NotFinal { newest }));
    }
    assert_eq!(pruned.store().len(Column::History), 0);
    let opened = Layers::open(archive.store().clone()).unwrap();
    assert_eq!(opened.retention(), Retention::Archive);
    check_past(&opened, &copies, Height(0));
}

#[test]
fn a_read_of_an_archive_is_one_seek_and_a_read_where_nothing_changed_since() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Archive);
    for n in 1..=3 * u8::try_from(UNDO_HEIGHTS / 4).unwrap() {
        grow(&mut layers, &mut copies, Changes::from([(key(n % 5 + 1), Some(vec![n]))]));
    }
    let counted = over(Counting { rows: layers.store().clone(), ..Counting::default() });
    for (index, (_, state)) in copies.iter().enumerate() {
        for key in (0..9).map(key) {
            let value = counted.value_at(height(index), &key).unwrap();
            assert_eq!(value, state.get(&key).cloned());
            let (seeks, gets) = counted.store().take();
            assert_eq!(seeks, 1, "height {index}");
            let since = copies[index..].iter().any(|(_, later)| later.get(&key) != state.get(&key));
            assert!(gets == usize::from(!since), "height {index}: {gets} reads");
        }
    }
}

#[test]
fn what_is_kept_is_decided_before_anything_is_pruned() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Pruned);
    layers.retain(Retention::Archive).unwrap();
    layers.retain(Retention::Archive).unwrap();
    assert_eq!(layers.retention(), Retention::Archive, "nothing is final but the beginning");
    layers.retain(Retention::Pruned).unwrap();
    grow(&mut layers, &mut copies, changes("1=a"));
    let refused = layers.retain(Retention::Archive);
    assert_eq!(refused, Err(RetentionError::Pruned { height: Height(1) }));
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("pruned up to height 1") && text.contains("another directory"), "{text}");
}

#[test]
fn an_archive_that_becomes_pruned_loses_its_history_whenever_it_is_stopped() {
    for fault in 0..4 {
        let (mut layers, mut copies) = start(FaultyStore::new(), Retention::Archive);
        for n in 1..UNDO_HEIGHTS + 10 {
            let n = u8::try_from(n % 256).unwrap();
            grow(&mut layers, &mut copies, Changes::from([(key(n % 9), Some(vec![n]))]));
        }
        let commits = layers.store().commits();
        layers.store_mut().fail_at(commits + fault, StoreError::Full);
        let stopped = layers.retain(Retention::Pruned);
        let mut disk = layers.store().clone();
        disk.repair();
        disk.lose_power(0);
        let mut layers = Layers::open(disk).unwrap();
        if fault == 0 {
            assert_eq!(stopped, Err(RetentionError::Store(StoreError::Full)));
            assert_eq!(layers.retention(), Retention::Archive);
            check_past(&layers, &copies, Height(0));
        } else {
            assert_eq!(layers.retention(), Retention::Pruned);
            check_past(&layers, &copies, Height(9));
        }
        layers.retain(Retention::Pruned).unwrap();
        assert_eq!(layers.store().scan(Column::History, &[], 1), []);
        assert!(layers.retain(Retention::Archive).is_err(), "it never comes back");
    }
}

#[test]
fn the_rows_of_an_archive_are_pinned() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Archive);
    assert_eq!(layers.store().get(Column::Meta, HISTORY_KEY), Some(vec![1, 0, 0, 0, 0, 0, 0, 0]));
    grow(&mut layers, &mut copies, changes("1=ab 2=c"));
    grow(&mut layers, &mut copies, changes("1="));
    let row = |n: u8, height: u8| layers.store().get(Column::History, &row_key(n, height));
    assert_eq!(row(1, 1), Some(vec![1, 1, 0, 0, 0, b'h']), "what genesis held");
    assert_eq!(row(1, 2), Some(vec![1, 2, 0, 0, 0, b'a', b'b']), "what the first block wrote");
    assert_eq!(row(2, 1), Some(vec![0]), "there was none");
    assert_eq!(layers.store().len(Column::History), 3);
}

fn row_key(n: u8, height: u8) -> Vec<u8> {
    [&key(n).0[..], &[0, 0, 0, height]].concat()
}

#[test]
fn damaged_history_is_told_and_never_taken_for_a_value() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Archive);
    grow(&mut layers, &mut copies, changes("1=a"));
    let (row, _) = layers.store().scan(Column::History, &[], 1).remove(0);
    assert_eq!(row, row_key(1, 1));
    let mut batch = Batch::default();
    batch.put(Column::History, row, [1, 9, 9]);
    layers.store_mut().commit(batch, Durability::Synced).unwrap();
    let found = layers.value_at(Height(0), &key(1));
    assert!(matches!(found, Err(PastError::Store(StoreError::Io(_)))), "{found:?}");
    for row in [&[2, 0, 0, 0, 0, 0, 0, 0][..], &[1, 0, 0], &[]] {
        let mut batch = Batch::default();
        batch.put(Column::Meta, HISTORY_KEY, row);
        let mut store = layers.store().clone();
        store.commit(batch, Durability::Synced).unwrap();
        let error = Layers::open(store).unwrap_err();
        assert_eq!(error, OpenError::Damaged(Damage::History), "{row:?}");
    }
}

#[test]
fn an_archive_of_an_imported_state_begins_where_that_stands() {
    let target = ImportTarget { block: block(5), height: Height(500), root: Hash::ZERO };
    let mut import = StateImport::begin(MemoryStore::new(), target).unwrap();
    for (from, to) in import.missing() {
        import.put(&from, &to, &[]).unwrap();
    }
    let mut layers = import.finish(Batch::default()).unwrap();
    layers.retain(Retention::Archive).unwrap();
    add(&mut layers, block(5), block(6), changes("1=a"));
    layers.finalize(&block(6), Batch::default()).unwrap();
    assert_eq!(layers.value_at(Height(500), &key(1)), Ok(None));
    assert_eq!(layers.value_at(Height(501), &key(1)), Ok(Some(b"a".to_vec())));
    let gone = layers.value_at(Height(499), &key(1));
    assert_eq!(gone, Err(PastError::ValueGone { oldest: Height(500) }));
}

#[test]
fn going_back_gives_the_state_the_rows_and_the_past_of_then() {
    for retention in [Retention::Pruned, Retention::Archive] {
        let (mut layers, mut copies) = start(MemoryStore::new(), retention);
        let words = ["1=a 2=b", "1=c", "2= 3=d", "1= 4=e", "3=f", "4= 1=g"];
        let mut stores = vec![layers.store().clone()];
        for word in words {
            grow(&mut layers, &mut copies, changes(word));
            stores.push(layers.store().clone());
        }
        add(&mut layers, copies[6].0, name("fork"), changes("9=z"));
        let mut extra = Batch::default();
        extra.put(Column::Block, "mark", "back");
        let done = layers.revert(Height(3), extra).unwrap();
        assert_eq!((done.block, done.dropped), (copies[3].0, vec![name("fork")]));
        assert_eq!(done.undone, copies[4..].iter().map(|copy| copy.0).collect::<Vec<Hash>>());
        assert_eq!(layers.store().get(Column::Block, b"mark"), Some(b"back".to_vec()));
        for column in [Column::Account, Column::Undo, Column::History] {
            let rows = |store: &MemoryStore| store.scan(column, &[], usize::MAX);
            assert_eq!(rows(layers.store()), rows(&stores[3]), "{column:?}");
        }
        copies.truncate(4);
        let opened = Layers::open(layers.store().clone()).unwrap();
        assert_eq!(opened.digest(), layers.digest());
        for mut layers in [layers, opened] {
            let mut copies = copies.clone();
            check_past(&layers, &copies, Height(0));
            for word in ["1=x", "5=y"] {
                grow(&mut layers, &mut copies, changes(word));
            }
            check_past(&layers, &copies, Height(0));
            check_block(&layers, &copies[5].0, &copies[5].1);
            assert_eq!(layers.failure(), None);
        }
    }
}

#[test]
fn only_heights_that_undo_rows_reach_are_gone_back_to() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Archive);
    for n in 0..UNDO_HEIGHTS + 10 {
        let n = u8::try_from(n % 256).unwrap();
        grow(&mut layers, &mut copies, Changes::from([(key(n % 9), Some(vec![n]))]));
    }
    let before = (layers.digest(), layers.store().digest());
    let oldest = Height(10);
    let gone = layers.revert(Height(9), Batch::default());
    assert_eq!(gone, Err(RevertError::Gone { oldest }));
    let newest = Height(UNDO_HEIGHTS + 10);
    let future = layers.revert(newest.next().unwrap(), Batch::default());
    assert_eq!(future, Err(RevertError::NotFinal { newest }));
    assert_eq!((layers.digest(), layers.store().digest()), before);
    let nothing = layers.revert(newest, Batch::default()).unwrap();
    assert_eq!((nothing.undone, nothing.dropped), (vec![], vec![]));
    layers.revert(oldest, Batch::default()).unwrap();
    assert_eq!(layers.oldest_proofs(), oldest, "nothing is left to go back by");
    copies.truncate(11);
    check_past(&layers, &copies, Height(0));
    let opened = Layers::open(layers.store().clone()).unwrap();
    check_past(&opened, &copies, Height(0));
}

#[test]
fn undo_rows_that_lead_elsewhere_are_found_before_anything_is_written() {
    let (mut layers, mut copies) = start(MemoryStore::new(), Retention::Pruned);
    for word in ["1=a 2=b", "1=c", "2= 3=d"] {
        grow(&mut layers, &mut copies, changes(word));
    }
    let row = layers.store().get(Column::Undo, &undo_key(Height(2))).unwrap();
    for harm in ["flipped", "gone"] {
        let mut layers = layers.clone();
        let mut other = row.clone();
        *other.last_mut().unwrap() ^= 1;
        let mut batch = Batch::default();
        batch.rows.push((
            Column::Undo,
            undo_key(Height(2)).to_vec(),
            (harm == "flipped").then_some(other),
        ));
        layers.store_mut().commit(batch, Durability::Synced).unwrap();
        let before = (layers.digest(), layers.store().digest());
        let refused = layers.revert(Height(1), Batch::default());
        assert_eq!(refused, Err(RevertError::Damaged { to: Height(1) }), "{harm}");
        assert_eq!((layers.digest(), layers.store().digest()), before, "{harm}");
        layers.revert(Height(2), Batch::default()).unwrap();
    }
}

/// One step in the life of a chain that goes back now and then.
#[derive(Clone, Debug)]
enum Act {
    Grow(Vec<Changes>),
    Pin,
    Revert { back: usize, fails: bool },
    Restart,
}

fn any_act() -> impl Strategy<Value = Act> {
    let value = proptest::option::weighted(0.6, proptest::collection::vec(any::<u8>(), 0..5));
    let change = proptest::collection::btree_map((0_u8..60).prop_map(key), value, 0..15);
    prop_oneof![
        8 => proptest::collection::vec(change, 1..4).prop_map(Act::Grow),
        1 => Just(Act::Pin),
        2 => (0_usize..12, any::<bool>()).prop_map(|(back, fails)| Act::Revert { back, fails }),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_past_reads_as_its_copies_and_a_crash_while_going_back_leaves_old_or_new(
        acts in proptest::collection::vec(any_act(), 1..50),
        archive in any::<bool>(),
        pages_max in prop_oneof![Just(1_u32), Just(PAGES_MAX)],
    ) {
        let retention = if archive { Retention::Archive } else { Retention::Pruned };
        let (layers, mut copies) = start(FaultyStore::new(), retention);
        let mut layers = layers.with_pages_max(pages_max);
        for act in acts {
            match act {
                Act::Grow(batch) => {
                    let add = |change| extend(&mut layers, &mut copies, change);
                    let last = batch.into_iter().map(add).last().unwrap();
                    layers.finalize(&last, Batch::default()).unwrap();
                }
                Act::Pin => prop_assert!(layers.pin(&layers.final_block().0)),
                Act::Revert { back, fails } => {
                    let to = copies.len().saturating_sub(back + 1);
                    let before = layers.store().digest();
                    if fails {
                        let at = layers.store().commits();
                        layers.store_mut().fail_at(at, StoreError::Full);
                    }
                    let done = layers.revert(height(to), Batch::default());
                    prop_assert_eq!(done.is_err(), fails);
                    if fails {
                        layers.store_mut().repair();
                        prop_assert_eq!(layers.store().digest(), before);
                    } else {
                        copies.truncate(to + 1);
                        // Exactly the pages of that state, none left over.
                        let genesis = as_changes(&copies[to].1);
                        let fresh = Layers::create(
                            MemoryStore::new(), block(0), &genesis, Batch::default());
                        let pages = |store: &dyn Store<Mutant = Standard>| store.scan(Column::Page, &[], 999);
                        let moved = back > 0 && to > 0;
                        prop_assert!(!moved || pages(layers.store()) == pages(fresh.unwrap().store()));
                    }
                }
                Act::Restart => {
                    let mut disk = layers.store().clone();
                    disk.lose_power(0);
                    layers = Layers::open(disk).unwrap().with_pages_max(pages_max);
                    prop_assert_eq!(layers.retention(), retention);
                }
            }
            let (block, state) = copies.last().unwrap();
            check_block(&layers, block, state);
            for (block, height, _) in layers.pins() {
                let (copied, state) = &copies[usize::try_from(height.0).unwrap()];
                prop_assert_eq!(block, *copied);
                check_block(&layers, &block, state);
            }
        }
        check_past(&layers, &copies, Height(0));
        prop_assert_eq!(layers.failure(), None);
        Layers::open(layers.store().clone()).unwrap();
    }
}
