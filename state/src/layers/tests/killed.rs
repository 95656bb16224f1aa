//! A process is killed while it makes blocks final on RocksDB; the state opens and is whole.
//!
//! The test runs itself as a child, reads the heights that the child reports as final, and kills it
//! in the middle of whatever it does next. Nothing that was reported may be missing.

use super::*;
use crate::store::RocksStore;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const HOME: &str = "SERIN_TEST_KILLED_HOME";
const TEST: &str = "layers::tests::killed::a_killed_process_loses_nothing_that_was_final";

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
    let mut out = std::io::stdout();
    for height in layers.final_block().1.0 + 1.. {
        add(&mut layers, block(height - 1), block(height), change(height));
        layers.finalize(&block(height), Batch::default()).unwrap();
        writeln!(out, "final {height}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_process_loses_nothing_that_was_final() {
    if let Some(home) = std::env::var_os(HOME) {
        return live(Path::new(&home));
    }
    let home = tempfile::tempdir().unwrap();
    let mut reported = 0;
    for wait in [1, 2, 40, 7] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(HOME, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let heights = lines.filter_map(|line| {
            let line = line.unwrap();
            line.rsplit_once("final ").and_then(|(_, height)| height.parse::<u32>().ok())
        });
        reported = heights.take(wait).last().unwrap().max(reported);
        child.kill().unwrap();
        child.wait().unwrap();
        let layers = Layers::open(RocksStore::open(home.path()).unwrap()).unwrap();
        let (found, height) = layers.final_block();
        assert!(height.0 >= reported, "height {height} was reached, {reported} was reported");
        assert_eq!(found, block(height.0));
        let mut state = hashed_state(20);
        (1..=height.0).for_each(|height| apply(&mut state, &change(height)));
        check_block(&layers, &found, &state);
    }
}
