//! Tests of the stores: one list of behaviours that each of them must show, then what is special.
//!
//! The oracle of the shared part is a plain map.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Model = BTreeMap<(Column, Vec<u8>), Vec<u8>>;

fn put(rows: &[(Column, &str, &str)]) -> Batch {
    let mut batch = Batch::default();
    for (column, key, value) in rows {
        batch.put(*column, *key, *value);
    }
    batch
}

fn check_as_model(store: &impl Store, model: &Model) {
    for column in Column::ALL {
        let expected: Vec<(Vec<u8>, Vec<u8>)> = model
            .iter()
            .filter(|((found, _), _)| *found == column)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        assert_eq!(store.scan(column, &[], usize::MAX), expected, "{column:?}");
        let keys: Vec<&[u8]> = expected.iter().map(|(key, _)| key.as_slice()).collect();
        let values: Vec<Option<Vec<u8>>> = expected.iter().map(|row| Some(row.1.clone())).collect();
        assert_eq!(store.get_many(column, &keys), values);
        assert_eq!(store.get(column, b"absent"), None);
    }
    assert_eq!(store.failure(), None);
}

/// What every store does.
fn check_store(store: &mut impl Store) {
    let mut batch =
        put(&[(Column::Meta, "a", "1"), (Column::Meta, "b", "2"), (Column::Page, "a", "3")]);
    batch.delete(Column::Meta, "b");
    batch.put(Column::Meta, "c", "");
    store.commit(batch, Durability::Buffered).unwrap();
    assert_eq!(store.get(Column::Meta, b"a"), Some(b"1".to_vec()));
    assert_eq!(store.get(Column::Meta, b"b"), None, "later rows of a batch win");
    assert_eq!(store.get(Column::Meta, b"c"), Some(vec![]), "an empty value is a value");
    assert_eq!(store.get(Column::Page, b"a"), Some(b"3".to_vec()), "columns are apart");
    let many = store.get_many(Column::Meta, &[b"c", b"b", b"a"]);
    assert_eq!(many, [Some(vec![]), None, Some(b"1".to_vec())], "in the order asked");
    store
        .commit(put(&[(Column::Block, "x", "1"), (Column::Block, "y", "2")]), Durability::Synced)
        .unwrap();
    let rows = |from: &str, limit| -> Vec<Vec<u8>> {
        store.scan(Column::Block, from.as_bytes(), limit).into_iter().map(|row| row.0).collect()
    };
    assert_eq!(rows("", 9), [b"x", b"y"]);
    assert_eq!(rows("x", 1), [b"x"], "from the key itself");
    assert_eq!(rows("xx", 9), [b"y"], "or the next one");
    assert_eq!(rows("z", 9), Vec::<Vec<u8>>::new());
    assert_eq!(store.failure(), None);
}

fn any_batch() -> impl Strategy<Value = Batch> {
    let column = proptest::sample::select(Column::ALL.to_vec());
    let key = proptest::collection::vec(0_u8..3, 0..3);
    let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3));
    proptest::collection::vec((column, key, value), 0..8).prop_map(|rows| Batch { rows })
}

fn apply(model: &mut Model, batch: &Batch) {
    for (column, key, value) in &batch.rows {
        match value {
            Some(value) => model.insert((*column, key.clone()), value.clone()),
            None => model.remove(&(*column, key.clone())),
        };
    }
}

#[test]
fn stores_in_memory_do_what_every_store_does() {
    check_store(&mut MemoryStore::new());
    check_store(&mut FaultyStore::new());
}

#[test]
fn a_clone_does_not_see_later_commits() {
    let mut store = MemoryStore::new();
    store.commit(put(&[(Column::Meta, "a", "1")]), Durability::Synced).unwrap();
    let before = store.clone();
    assert_eq!(before.digest(), store.digest());
    store.commit(put(&[(Column::Meta, "a", "2")]), Durability::Synced).unwrap();
    assert_eq!(before.get(Column::Meta, b"a"), Some(b"1".to_vec()));
    assert_ne!(before.digest(), store.digest());
}

#[test]
fn equal_rows_are_equal_stores_whatever_their_history() {
    let mut store = MemoryStore::new();
    store.commit(put(&[(Column::Undo, "a", "1")]), Durability::Synced).unwrap();
    let mut gone = Batch::default();
    gone.delete(Column::Undo, "a");
    store.commit(gone, Durability::Synced).unwrap();
    assert_eq!(store, MemoryStore::new());
    assert_eq!(store.digest(), MemoryStore::new().digest());
}

#[test]
fn any_number_of_unsynced_commits_may_survive_and_each_whole_or_not_at_all() {
    let mut disk = FaultyStore::new();
    for n in 0..3_u8 {
        let mut batch = Batch::default();
        batch.put(Column::Block, [n], [n]);
        batch.put(Column::Undo, [n], [n]);
        disk.commit(batch, Durability::Buffered).unwrap();
    }
    for (choice, lost) in [(0, 3), (1, 2), (2, 1), (3, 0), (4, 3), (u64::MAX, 0)] {
        let mut disk = disk.clone();
        assert_eq!(disk.lose_power(choice), lost, "choice {choice}");
        assert_eq!(disk.synced().len(Column::Block), 3 - lost);
        assert_eq!(disk.synced().len(Column::Undo), 3 - lost, "choice {choice}");
    }
}

#[test]
fn a_full_disk_changes_nothing_and_stays_full_until_repaired() {
    let mut store = FaultyStore::new();
    store.commit(put(&[(Column::Meta, "a", "1")]), Durability::Synced).unwrap();
    store.fail_at(2, StoreError::Full);
    store.commit(put(&[(Column::Meta, "b", "2")]), Durability::Buffered).unwrap();
    let rows = put(&[(Column::Meta, "a", "9"), (Column::Meta, "c", "3")]);
    assert_eq!(store.commit(rows.clone(), Durability::Synced), Err(StoreError::Full));
    assert_eq!(store.get(Column::Meta, b"a"), Some(b"1".to_vec()));
    assert_eq!(store.failure(), Some(StoreError::Full));
    assert_eq!(store.commit(rows.clone(), Durability::Synced), Err(StoreError::Full));
    store.repair();
    store.commit(rows, Durability::Synced).unwrap();
    assert_eq!(store.get(Column::Meta, b"c"), Some(b"3".to_vec()));
}

proptest! {
    #[test]
    fn memory_is_a_map(batches in proptest::collection::vec(any_batch(), 0..8)) {
        let (mut store, mut model) = (MemoryStore::new(), Model::new());
        for batch in batches {
            apply(&mut model, &batch);
            store.commit(batch, Durability::Buffered).unwrap();
        }
        check_as_model(&store, &model);
    }

    #[test]
    fn power_loss_takes_the_latest_unsynced_commits_and_no_others(
        batches in proptest::collection::vec((any_batch(), any::<bool>()), 0..10),
        choice in any::<u64>(),
    ) {
        let mut store = FaultyStore::new();
        let mut models = vec![Model::new()];
        let mut synced = 0;
        for (batch, sync) in batches {
            let mut model = models.last().unwrap().clone();
            apply(&mut model, &batch);
            models.push(model);
            let durability = if sync { Durability::Synced } else { Durability::Buffered };
            store.commit(batch, durability).unwrap();
            if sync {
                synced = models.len() - 1;
            }
        }
        check_as_model(&store, models.last().unwrap());
        prop_assert_eq!(store.unsynced(), models.len() - 1 - synced);
        let lost = store.lose_power(choice);
        let survived = models.len() - 1 - lost;
        prop_assert!(survived >= synced, "a synced commit is never lost");
        check_as_model(&store, &models[survived]);
        prop_assert_eq!(store.lose_power(0), 0, "what survived is on the disk");
    }
}

#[cfg(feature = "rocksdb")]
mod rocks {
    use super::*;
    use std::path::Path;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn files(path: &Path, end: &str) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(path).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|found| found == end)).collect()
    }

    #[test]
    fn rocks_does_what_every_store_does_and_keeps_it() {
        let home = directory();
        check_store(&mut RocksStore::open(home.path()).unwrap());
        let store = RocksStore::open(home.path()).unwrap();
        assert_eq!(store.get(Column::Block, b"y"), Some(b"2".to_vec()));
        assert_eq!(store.get(Column::Meta, b"a"), Some(b"1".to_vec()));
    }

    #[test]
    fn rocks_is_a_map_after_every_reopening() {
        let home = directory();
        let mut model = Model::new();
        model.insert((Column::Meta, b"format".to_vec()), FORMAT_VERSION.to_le_bytes().to_vec());
        for round in 0..4_u8 {
            let mut store = RocksStore::open(home.path()).unwrap();
            for n in 0..50_u8 {
                let mut batch = put(&[(Column::Account, "shared", "x")]);
                batch.put(Column::ALL[usize::from(n % 6)], [n ^ round], [round, n]);
                batch.delete(Column::ALL[usize::from(n % 6)], [n.wrapping_mul(7)]);
                apply(&mut model, &batch);
                store.commit(batch, Durability::Buffered).unwrap();
            }
            check_as_model(&store, &model);
        }
    }

    #[test]
    fn a_database_in_use_is_told_from_a_missing_one() {
        let home = directory();
        let missing = home.path().join("nothing");
        let options = RocksOptions { create: false, ..RocksOptions::default() };
        let error = RocksStore::open_with(&missing, options).unwrap_err();
        assert_eq!(error, RocksOpenError::Missing(missing.clone()));
        assert!(!missing.exists(), "asking for a database does not make one");
        let held = RocksStore::open(home.path()).unwrap();
        let error = RocksStore::open(home.path()).unwrap_err();
        assert_eq!(error, RocksOpenError::Held(home.path().to_owned()));
        drop(held);
        RocksStore::open_with(home.path(), options).unwrap();
    }

    #[test]
    fn a_database_from_before_the_history_is_opened_and_gets_its_column() {
        let home = directory();
        {
            let mut options = rocksdb::Options::default();
            options.create_if_missing(true);
            options.create_missing_column_families(true);
            let columns = ["account", "page", "undo", "block", "meta"];
            let db = rocksdb::DB::open_cf(&options, home.path(), columns).unwrap();
            let meta = db.cf_handle("meta").unwrap();
            db.put_cf(meta, "format", 1_u32.to_le_bytes()).unwrap();
            db.put_cf(meta, "a", "1").unwrap();
        }
        let mut store = RocksStore::open(home.path()).unwrap();
        assert_eq!(store.get(Column::Meta, b"a"), Some(b"1".to_vec()));
        assert_eq!(store.scan(Column::History, &[], 9), []);
        store.commit(put(&[(Column::History, "k", "v")]), Durability::Synced).unwrap();
        drop(store);
        let store = RocksStore::open(home.path()).unwrap();
        assert_eq!(store.get(Column::History, b"k"), Some(b"v".to_vec()));
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let home = directory();
        let mut store = RocksStore::open(home.path()).unwrap();
        let mut batch = Batch::default();
        batch.put(Column::Meta, "format", 7_u32.to_le_bytes());
        store.commit(batch, Durability::Synced).unwrap();
        drop(store);
        let error = RocksStore::open(home.path()).unwrap_err();
        assert_eq!(error, RocksOpenError::Format { found: 7 });
    }

    #[test]
    fn missing_and_overwritten_files_are_damage() {
        type Harm = fn(&Path);
        #[rustfmt::skip]
        let cases: [(&str, Harm); 4] = [
            ("no manifest", |home| {
                for entry in std::fs::read_dir(home).unwrap() {
                    let path = entry.unwrap().path();
                    if path.to_string_lossy().contains("MANIFEST") { std::fs::remove_file(path).unwrap(); }
                }
            }),
            ("CURRENT names nothing", |home| std::fs::write(home.join("CURRENT"), "?").unwrap()),
            ("CURRENT is gone", |home| std::fs::remove_file(home.join("CURRENT")).unwrap()),
            ("a table file is gone", |home| std::fs::remove_file(&files(home, "sst")[0]).unwrap()),
        ];
        for (why, harm) in cases {
            let home = directory();
            for _ in 0..2 {
                // Opening flushes the log of the run before into a table file.
                let mut store = RocksStore::open(home.path()).unwrap();
                store.commit(put(&[(Column::Meta, "a", "1")]), Durability::Synced).unwrap();
            }
            harm(home.path());
            let error = RocksStore::open(home.path()).unwrap_err();
            assert!(matches!(error, RocksOpenError::Damaged(_)), "{why}: {error:?}");
        }
    }

    #[test]
    fn a_torn_log_gives_back_a_prefix_of_the_commits() {
        let home = directory();
        let mut store = RocksStore::open(home.path()).unwrap();
        for n in 0..20_u8 {
            let mut batch = Batch::default();
            batch.put(Column::Account, [n], [n]);
            batch.put(Column::Block, [n], vec![n; 100]);
            store.commit(batch, Durability::Buffered).unwrap();
        }
        drop(store);
        let log = files(home.path(), "log").into_iter().max().unwrap();
        let bytes = std::fs::read(&log).unwrap();
        for cut in [1, 150, 1_000] {
            std::fs::write(&log, &bytes[..bytes.len() - cut]).unwrap();
            let copy = directory();
            for entry in std::fs::read_dir(home.path()).unwrap() {
                let path = entry.unwrap().path();
                std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
            }
            let store = RocksStore::open(copy.path()).unwrap();
            let keys = |column| -> Vec<Vec<u8>> {
                store.scan(column, &[], 99).into_iter().map(|row| row.0).collect()
            };
            let found = keys(Column::Account);
            assert!(found.len() < 20, "{cut} bytes are missing");
            let prefix: Vec<Vec<u8>> = (0..20_u8).take(found.len()).map(|n| vec![n]).collect();
            assert_eq!(found, prefix, "in order, none torn out");
            assert_eq!(keys(Column::Block), prefix, "both columns or none");
        }
    }
}
