//! A process is killed while it makes blocks final on RocksDB, or takes a state over; the state is whole.
//!
//! The test runs itself as a child, reads what the child reports as done, and kills it in the middle of
//! whatever it does next. Nothing that was reported may be missing.

use super::*;
use crate::store::RocksStore;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const HOME: &str = "SERIN_TEST_KILLED_HOME";
const LIFE: &str = "layers::tests::killed::a_killed_process_loses_nothing_that_was_final";
/// What a child reports when it has everything that it takes over.
const WHOLE: &str = "whole";
const ACCOUNTS: u32 = 20_000;
const IMPORT: &str = "layers::tests::killed::a_killed_import_goes_on_where_it_was";

fn change(height: u32) -> Changes {
    let n = u8::try_from(height % 200).unwrap();
    let value = (!height.is_multiple_of(5)).then(|| height.to_le_bytes().to_vec());
    Changes::from([(key(n), value), (key(n / 2), Some(vec![n]))])
}

fn block(height: u32) -> Hash {
    Hash::of(&height.to_le_bytes())
}

/// Makes block after block final, from wherever the store stands, until it is killed.
fn live(home: &Path) {
    let store = RocksStore::open(home).unwrap();
    let mut layers = if store.get(Column::Meta, LAYERS_KEY).is_some() {
        Layers::open(store).unwrap()
    } else {
        let genesis = as_changes(&hashed_state(20));
        Layers::create(store, block(0), &genesis, Batch::default()).unwrap()
    };
    for height in layers.final_block().1.0 + 1.. {
        add(&mut layers, block(height - 1), block(height), change(height));
        layers.finalize(&block(height), Batch::default()).unwrap();
        report(&height.to_string());
    }
}

/// Runs `test` as a child and kills it after it reported `wait` times, or [`WHOLE`]. Gives the last report.
fn run_and_kill(test: &str, home: &Path, wait: usize) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(HOME, home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reports = lines.filter_map(|line| Some(line.unwrap().rsplit_once("final ")?.1.to_string()));
    let mut last = String::new();
    for report in reports.take(wait) {
        last = report;
        if last == WHOLE {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    last
}

fn report(text: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "final {text}").unwrap();
    out.flush().unwrap();
}

#[test]
fn a_killed_process_loses_nothing_that_was_final() {
    if let Some(home) = std::env::var_os(HOME) {
        return live(Path::new(&home));
    }
    let home = tempfile::tempdir().unwrap();
    let mut reported = 0;
    for wait in [1, 2, 40, 7] {
        let height: u32 = run_and_kill(LIFE, home.path(), wait).parse().unwrap();
        reported = height.max(reported);
        let layers = Layers::open(RocksStore::open(home.path()).unwrap()).unwrap();
        let (found, height) = layers.final_block();
        assert!(height.0 >= reported, "height {height} was reached, {reported} was reported");
        assert_eq!(found, block(height.0));
        let mut state = hashed_state(20);
        (1..=height.0).for_each(|height| apply(&mut state, &change(height)));
        check_block(&layers, &found, &state);
    }
}

/// Takes a state over, from wherever the store stands, until it is killed.
fn take_over(home: &Path) {
    let (from, _) = import::source(ACCOUNTS);
    let store = RocksStore::open(home).unwrap();
    let mut import = if StateImport::pending(&store).unwrap().is_some() {
        StateImport::resume(store).unwrap()
    } else {
        StateImport::begin(store, import::target(&from)).unwrap()
    };
    while import::feed(&mut import, &from, 0, 5_000).unwrap() {
        report(&import.entries().to_string());
    }
    report(WHOLE);
    // Killed from here on, it is in the middle of the tree or of the last commit.
    import.finish(Batch::default()).unwrap();
}

#[test]
fn a_killed_import_goes_on_where_it_was() {
    if let Some(home) = std::env::var_os(HOME) {
        return take_over(Path::new(&home));
    }
    let home = tempfile::tempdir().unwrap();
    let (from, state) = import::source(ACCOUNTS);
    for wait in [1, 2, 40, 7, usize::MAX, usize::MAX] {
        let report = run_and_kill(IMPORT, home.path(), wait);
        let store = RocksStore::open(home.path()).unwrap();
        if StateImport::pending(&store).unwrap().is_none() {
            break;
        }
        let import = StateImport::resume(store).unwrap();
        let reported = if report == WHOLE { u64::from(ACCOUNTS) } else { report.parse().unwrap() };
        assert!(import.entries() >= reported, "{reported} were reported");
        assert_eq!(import.missing().is_empty(), import.entries() == u64::from(ACCOUNTS));
    }
    let store = RocksStore::open(home.path()).unwrap();
    let layers = if StateImport::pending(&store).unwrap().is_some() {
        StateImport::resume(store).unwrap().finish(Batch::default()).unwrap()
    } else {
        Layers::open(store).unwrap()
    };
    let block = from.final_block().0;
    assert_eq!(layers.final_block().0, block);
    for column in [Column::Account, Column::Page] {
        let rows = |store: &dyn Store<Mutant = crate::mutant::Standard>| {
            store.scan(column, &[], usize::MAX)
        };
        assert_eq!(rows(layers.store()), rows(from.store()), "{column:?}");
    }
    check_block(&layers, &block, &state);
}
