//! Tests of taking over a state: from honest ranges, with the process killed wherever it may be.
//!
//! The source is a pinned state that is read part by part, as a node that joins reads it.

use super::super::import::IMPORT_KEY;
use super::*;

pub(super) fn source(accounts: u32) -> (Layers<MemoryStore>, State) {
    let state = hashed_state(accounts);
    let genesis = as_changes(&state);
    let mut layers =
        Layers::create(MemoryStore::new(), name("g"), &genesis, Batch::default()).unwrap();
    layers.pin(&name("g"));
    (layers, state)
}

pub(super) fn target(layers: &Layers<impl Store>) -> ImportTarget {
    let (block, _) = layers.final_block();
    ImportTarget { block, height: Height(700), root: layers.root_of(&block).unwrap() }
}

/// Asks for the next part of the interval that `choice` picks. False where nothing is missing.
pub(super) fn feed<S: Store>(
    import: &mut StateImport<S>,
    from: &Layers<MemoryStore>,
    choice: usize,
    bytes_max: usize,
) -> Result<bool, ImportError> {
    let missing = import.missing();
    if missing.is_empty() {
        return Ok(false);
    }
    let (first, end) = missing[choice % missing.len()];
    let (block, _) = from.final_block();
    let root = from.root_of(&block).unwrap();
    let part = from.read_range(&block, &first, &end, bytes_max).unwrap();
    part.proof.verify(&root, &first, &part.last, &part.entries).unwrap();
    import.put(&first, &part.last, &part.entries)?;
    Ok(true)
}

fn fill<S: Store>(import: &mut StateImport<S>, from: &Layers<MemoryStore>, bytes_max: usize) {
    while feed(import, from, 0, bytes_max).unwrap() {}
}

fn rows(column: Column, store: &impl Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.scan(column, &[], usize::MAX)
}

/// The imported state is the source's, to the last row, and lives on.
fn check_imported<S: Store + Clone>(layers: Layers<S>, from: &Layers<MemoryStore>, state: &State) {
    let block = from.final_block().0;
    assert_eq!(layers.final_block(), (block, Height(700)));
    for column in [Column::Account, Column::Page, Column::Undo] {
        assert_eq!(rows(column, layers.store()), rows(column, from.store()), "{column:?}");
    }
    assert_eq!(layers.store().get(Column::Meta, IMPORT_KEY), None);
    check_block(&layers, &block, state);
    let opened = Layers::open(layers.store().clone()).unwrap();
    assert_eq!(opened.digest(), layers.digest());
    for mut layers in [layers, opened] {
        let mut state = state.clone();
        let change = changes("1=a 2=b 3=c");
        apply(&mut state, &change);
        add(&mut layers, block, name("next"), change);
        layers.finalize(&name("next"), Batch::default()).unwrap();
        check_block(&layers, &name("next"), &state);
        check_block(&layers, &block, &from_copy(from));
        assert_eq!(layers.failure(), None);
    }
}

fn from_copy(from: &Layers<MemoryStore>) -> State {
    let rows = from.store().scan(Column::Account, &[], usize::MAX);
    rows.into_iter().map(|(key, value)| (StateKey(key.try_into().unwrap()), value)).collect()
}

#[test]
fn an_imported_state_is_the_one_it_was_read_from() {
    for (accounts, bytes_max) in [(0, 1), (1, 1), (3, 1), (500, 300), (20_000, 100_000)] {
        let (from, state) = source(accounts);
        let mut import = StateImport::begin(MemoryStore::new(), target(&from)).unwrap();
        assert_eq!(import.missing().len(), INTERVALS);
        fill(&mut import, &from, bytes_max);
        assert_eq!(import.entries(), u64::from(accounts));
        let mut extra = Batch::default();
        extra.put(Column::Block, "mark", "imported");
        let layers = import.finish(extra).unwrap();
        assert_eq!(layers.store().get(Column::Block, b"mark"), Some(b"imported".to_vec()));
        check_imported(layers, &from, &state);
    }
}

#[test]
fn a_state_that_is_half_imported_does_not_open() {
    let (from, _) = source(100);
    let mut import = StateImport::begin(MemoryStore::new(), target(&from)).unwrap();
    feed(&mut import, &from, 3, 100).unwrap();
    let store = import.store().clone();
    assert!(matches!(Layers::open(store.clone()), Err(OpenError::ImportPending)));
    let genesis = Changes::new();
    assert!(Layers::create(store.clone(), name("g"), &genesis, Batch::default()).is_err());
    assert_eq!(StateImport::pending(&store), Ok(Some(target(&from))));
    assert_eq!(StateImport::pending(from.store()), Ok(None));
    let again = StateImport::begin(store.clone(), target(&from)).unwrap_err();
    assert_eq!(again, ImportError::Pending);
    let resumed = StateImport::resume(store).unwrap();
    assert_eq!(resumed.missing(), import.missing());
    assert_eq!(
        import.finish(Batch::default()).unwrap_err(),
        ImportError::Incomplete { missing: 16 }
    );
}

#[test]
fn only_an_empty_store_is_imported_into() {
    let (from, _) = source(3);
    let begin = |store| StateImport::begin(store, target(&from)).unwrap_err();
    assert_eq!(begin(from.store().clone()), ImportError::NotEmpty);
    for column in [Column::Account, Column::Page, Column::Undo] {
        let mut store = MemoryStore::new();
        let mut batch = Batch::default();
        batch.put(column, "a", "b");
        store.commit(batch, Durability::Synced).unwrap();
        assert_eq!(begin(store), ImportError::NotEmpty, "{column:?}");
    }
    assert_eq!(StateImport::resume(MemoryStore::new()).unwrap_err(), ImportError::Missing);
}

#[test]
fn ranges_that_do_not_fit_change_nothing() {
    let (from, _) = source(50);
    let mut import = StateImport::begin(MemoryStore::new(), target(&from)).unwrap();
    let key = |first: u8, last: u8| {
        let mut key = [first; 32];
        key[31] = last;
        StateKey(key)
    };
    let (start, end) = (StateKey([0; 32]), import.missing()[0].1);
    let entry = |key: StateKey| (key, vec![1]);
    import.put(&start, &key(1, 9), &[entry(start), entry(key(1, 9))]).unwrap();
    let before = import.store().digest();
    let (next, to) = (key(1, 10), key(2, 0));
    #[rustfmt::skip]
    let cases: [(&str, ImportError, StateKey, StateKey, &[_]); 9] = [
        ("covered already",             ImportError::NotNext, start, to,        &[]),
        ("a gap before it",             ImportError::NotNext, key(1, 11), to,   &[]),
        ("inside another interval",     ImportError::NotNext, key(0x11, 0), end, &[]),
        ("into the next interval",      ImportError::NotNext, next, StateKey([0x10; 32]), &[]),
        ("backwards",                   ImportError::NotNext, next, start,      &[]),
        ("an entry before the range",   ImportError::Entries, next, to,         &[entry(key(1, 9))]),
        ("an entry after the range",    ImportError::Entries, next, to,         &[entry(key(2, 1))]),
        ("entries out of order",        ImportError::Entries, next, to,         &[entry(to), entry(next)]),
        ("an entry twice",              ImportError::Entries, next, to,         &[entry(next), entry(next)]),
    ];
    for (why, error, from, to, entries) in cases {
        assert_eq!(import.put(&from, &to, entries), Err(error), "{why}");
        assert_eq!(import.store().digest(), before, "{why}");
    }
    import.put(&next, &end, &[]).unwrap();
    assert_eq!(import.missing().len(), INTERVALS - 1);
    let done = import.put(&end, &end, &[]).unwrap_err();
    assert_eq!(done, ImportError::NotNext, "the interval is complete");
}

#[test]
fn a_state_with_another_root_is_refused_and_deleted_whenever_the_disk_fails() {
    let (from, state) = source(300);
    let honest = target(&from);
    let asked = ImportTarget { root: Hash::of(b"other"), ..honest };
    for fault in 0..30 {
        let mut disk = FaultyStore::new();
        let mut import = StateImport::begin(&mut disk, asked).unwrap();
        fill(&mut import, &from, 1_000);
        disk.commit(Batch::default(), Durability::Synced).unwrap();
        disk.fail_at(disk.commits() + fault, StoreError::Full);
        let import = StateImport::resume(&mut disk).unwrap();
        let error = import.finish(Batch::default()).unwrap_err();
        if error == (ImportError::WrongRoot { expected: asked.root, found: honest.root }) {
            assert!(fault > 3, "pages, the note that it is abandoned, and what is deleted");
            assert!(disk.synced().is_empty(), "nothing is left");
            let mut import = StateImport::begin(MemoryStore::new(), honest).unwrap();
            fill(&mut import, &from, 1_000);
            return check_imported(import.finish(Batch::default()).unwrap(), &from, &state);
        }
        assert_eq!(error, ImportError::Store(StoreError::Full), "commit {fault}");
        disk.repair();
        disk.lose_power(fault);
        match StateImport::resume(&mut disk) {
            Ok(import) => assert!(import.finish(Batch::default()).is_err()),
            Err(error) => assert_eq!(error, ImportError::Missing),
        }
        assert!(disk.synced().is_empty(), "nothing is left after commit {fault} failed");
    }
    panic!("the wrong root was never told");
}

#[test]
fn what_is_half_deleted_is_never_resumed() {
    let (from, state) = source(200);
    for fault in 0..8 {
        let mut disk = FaultyStore::new();
        let mut import = StateImport::begin(&mut disk, target(&from)).unwrap();
        fill(&mut import, &from, 2_000);
        disk.commit(Batch::default(), Durability::Synced).unwrap();
        disk.fail_at(disk.commits() + fault, StoreError::Full);
        let abandoned = StateImport::resume(&mut disk).unwrap().abandon().is_ok();
        disk.repair();
        disk.lose_power(fault);
        let pending = StateImport::pending(&disk).unwrap();
        assert_eq!(pending.is_some(), fault == 0, "only before anything was deleted");
        if fault == 0 {
            let import = StateImport::resume(disk).unwrap();
            check_imported(import.finish(Batch::default()).unwrap(), &from, &state);
            continue;
        }
        assert!(matches!(Layers::open(disk.clone()), Err(OpenError::ImportPending)) != abandoned);
        // Beginning anew deletes what is left.
        let mut import = StateImport::begin(disk, target(&from)).unwrap();
        assert_eq!(import.store().synced().len(Column::Account), 0, "fault {fault}");
        fill(&mut import, &from, 2_000);
        check_imported(import.finish(Batch::default()).unwrap(), &from, &state);
    }
}

#[test]
fn the_row_of_an_import_is_pinned() {
    let (from, _) = source(10);
    let mut import = StateImport::begin(MemoryStore::new(), target(&from)).unwrap();
    let (_, end) = import.missing()[0];
    import.put(&StateKey([0; 32]), &end, &[]).unwrap();
    let row = import.store().get(Column::Meta, IMPORT_KEY).unwrap();
    let ImportTarget { block, root, .. } = import.target();
    let mut bytes = [&[1, 0, 0, 0][..], &block.0, &[188, 2, 0, 0], &root.0, &[0; 9], &[0]].concat();
    for index in 1..16 {
        bytes.extend([1, index << 4]);
        bytes.extend([0; 31]);
    }
    assert_eq!(row, bytes);
    let harm = |row: &[u8]| {
        let mut store = import.store().clone();
        let mut batch = Batch::default();
        batch.put(Column::Meta, IMPORT_KEY, row);
        store.commit(batch, Durability::Synced).unwrap();
        StateImport::resume(store).unwrap_err()
    };
    let mut foreign = row.clone();
    foreign[83] = 0x20;
    #[rustfmt::skip]
    let cases: [(&str, ImportError, &[u8]); 5] = [
        ("another version",             ImportError::Format { found: 2 }, &[2, 0, 0, 0]),
        ("no version",                  ImportError::Damaged, &[1, 0, 0]),
        ("a byte too few",              ImportError::Damaged, &row[..row.len() - 1]),
        ("a byte too many",             ImportError::Damaged, &[&row[..], &[0]].concat()),
        ("a key of another interval",   ImportError::Damaged, &foreign),
    ];
    for (why, error, row) in cases {
        assert_eq!(harm(row), error, "{why}");
    }
}

/// One step in the life of an import.
#[derive(Clone, Debug)]
enum Act {
    Put {
        choice: usize,
        bytes_max: usize,
    },
    /// The process ends; of what was not synced the disk has a part.
    Kill {
        choice: u64,
    },
    /// The commit after so many fails, and the disk is repaired.
    Break {
        after: u64,
    },
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (any::<usize>(), 1_usize..4_000)
            .prop_map(|(choice, bytes_max)| Act::Put { choice, bytes_max }),
        1 => any::<u64>().prop_map(|choice| Act::Kill { choice }),
        1 => (0_u64..6).prop_map(|after| Act::Break { after }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_import_that_is_killed_anywhere_is_resumed_and_ends_with_the_same_state(
        acts in proptest::collection::vec(any_act(), 1..60),
        ends in proptest::collection::vec((0_u64..30, any::<u64>()), 0..6),
        accounts in 0_u32..600,
    ) {
        let (from, state) = source(accounts);
        let mut disk = FaultyStore::new();
        StateImport::begin(&mut disk, target(&from)).unwrap();
        for act in acts {
            match act {
                Act::Put { choice, bytes_max } => {
                    let mut import = StateImport::resume(&mut disk).unwrap();
                    let before = import.missing();
                    match feed(&mut import, &from, choice, bytes_max) {
                        Ok(more) => prop_assert!(!more || import.missing() != before),
                        Err(error) => {
                            prop_assert_eq!(error, ImportError::Store(StoreError::Full));
                            prop_assert_eq!(import.missing(), before);
                            disk.repair();
                        }
                    }
                }
                Act::Kill { choice } => {
                    disk.lose_power(choice);
                }
                Act::Break { after } => disk.fail_at(disk.commits() + after, StoreError::Full),
            }
            // What is covered is whole, whatever happened.
            let import = StateImport::resume(&mut disk).unwrap();
            let covered = |key: &StateKey| {
                !import.missing().iter().any(|(from, to)| from <= key && key <= to)
            };
            let expected: State = state.clone().into_iter().filter(|(k, _)| covered(k)).collect();
            let rows = import.store().scan(Column::Account, &[], usize::MAX);
            let found: State =
                rows.into_iter().map(|(k, v)| (StateKey(k.try_into().unwrap()), v)).collect();
            prop_assert_eq!(found, expected);
        }
        disk.repair();
        fill(&mut StateImport::resume(&mut disk).unwrap(), &from, 3_000);
        for (after, choice) in ends {
            disk.fail_at(disk.commits() + after, StoreError::Full);
            let Ok(import) = StateImport::resume(&mut disk) else { break };
            let result = import.finish(Batch::default()).map(drop);
            disk.repair();
            disk.lose_power(choice);
            match result {
                Ok(()) => {
                    let layers = Layers::open(disk).unwrap();
                    check_imported(layers, &from, &state);
                    return Ok(());
                }
                Err(error) => prop_assert_eq!(error, ImportError::Store(StoreError::Full)),
            }
            // The loss of power may have taken ranges that were never synced.
            fill(&mut StateImport::resume(&mut disk).unwrap(), &from, 3_000);
        }
        let import = StateImport::resume(disk).unwrap();
        check_imported(import.finish(Batch::default()).unwrap(), &from, &state);
    }
}
