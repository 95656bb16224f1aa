//! What proofs cost: one account, a range of accounts, and taking over a whole state from ranges.
//!
//! `cargo bench -p serin-state --bench proof [-- ACCOUNTS]`, by default 1,000,000 accounts. One line a row: the median
//! over the rounds, with the size of what goes over the wire. An import is one round: reading ranges as a serving node
//! does, verifying them, putting them, and finishing with the root and the pages.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "not part of a node")]

use serin_state::codec::encode;
use serin_state::layers::{ImportTarget, Layers, StateImport};
use serin_state::layout::StateKey;
use serin_state::overlay::Changes;
use serin_state::store::{Batch, MemoryStore, Store};
use serin_state::types::{Hash, Height};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 501;
const RANGE_ROUNDS: u32 = 51;
/// Accounts in a range, and what they take: a key, a length and 56 bytes each.
const RANGE: u32 = 4_096;
const ENTRY_BYTES: u32 = 36 + 56;

fn key(account: u32) -> StateKey {
    StateKey(Hash::of(&account.to_le_bytes()).0)
}

fn genesis(accounts: u32) -> Changes {
    (0..accounts).map(|n| (key(n), Some(n.to_le_bytes().repeat(14)))).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn row(name: &str, time: Duration, note: &str) {
    println!("{name:<52} {time:>10.2?}   {note}");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// One account that is there, and one that is not.
fn accounts<S: Store>(name: &str, layers: &Layers<S>, root: &Hash, count: u32) {
    for (what, first) in [("present", 0), ("absent", count)] {
        let (mut made, mut checked, mut bytes) = (Vec::new(), Vec::new(), 0);
        for round in 0..ROUNDS {
            let key = key(first + round * (count / ROUNDS).max(1) % count);
            let (proof, time) = timed(|| layers.prove(&Hash::ZERO, &[key]).unwrap());
            made.push(time);
            bytes = encode(&proof).len();
            let (answers, time) = timed(|| proof.verify(root, &[key]).unwrap());
            checked.push(time);
            assert!(answers.iter().all(|(_, value)| value.is_some() == (what == "present")));
        }
        let size = format!("{bytes} bytes");
        row(&format!("{name}: proof of an account, {what}, made"), median(made), &size);
        row(&format!("{name}: proof of an account, {what}, checked"), median(checked), &size);
    }
}

fn ranges<S: Store>(name: &str, layers: &Layers<S>, root: &Hash) {
    let (mut made, mut checked, mut size) = (Vec::new(), Vec::new(), String::new());
    let bytes_max = usize::try_from(RANGE * ENTRY_BYTES).unwrap();
    for round in 0..RANGE_ROUNDS {
        let (from, to) = (key(round), StateKey::LAST);
        let read = || layers.read_range(&Hash::ZERO, &from, &to, bytes_max).unwrap();
        let (part, time) = timed(read);
        made.push(time);
        let verify = || part.proof.verify(root, &from, &part.last, &part.entries);
        let (result, time) = timed(verify);
        result.unwrap();
        checked.push(time);
        let proof = encode(&part.proof).len();
        size = format!("{} entries, {proof} bytes of proof", part.entries.len());
    }
    row(&format!("{name}: range of {RANGE} read and proved"), median(made), &size);
    row(&format!("{name}: range of {RANGE} checked"), median(checked), &size);
}

fn import<S: Store>(name: &str, from: &Layers<impl Store>, store: S) {
    let root = from.root_of(&Hash::ZERO).unwrap();
    let target = ImportTarget { block: Hash::ZERO, height: Height(1), root };
    let mut import = StateImport::begin(store, target).unwrap();
    let (mut reads, mut checks, mut puts) = <(Duration, Duration, Duration)>::default();
    let bytes_max = usize::try_from(RANGE * ENTRY_BYTES).unwrap();
    while let Some((first, end)) = import.missing().first().copied() {
        let read = || from.read_range(&Hash::ZERO, &first, &end, bytes_max).unwrap();
        let (part, time) = timed(read);
        reads += time;
        checks += timed(|| part.proof.verify(&root, &first, &part.last, &part.entries).unwrap()).1;
        puts += timed(|| import.put(&first, &part.last, &part.entries).unwrap()).1;
    }
    let note = format!("{} entries", import.entries());
    let (_, finish) = timed(|| import.finish(Batch::default()).unwrap());
    row(&format!("{name}: import, the sender reads and proves"), reads, &note);
    row(&format!("{name}: import, ranges are checked"), checks, &note);
    row(&format!("{name}: import, rows are put"), puts, &note);
    row(&format!("{name}: import, tree and pages, end"), finish, &note);
    row(&format!("{name}: import, all of it"), reads + checks + puts + finish, &note);
}

fn rows<S: Store>(name: &str, from: S, to: S, count: u32) {
    let genesis = genesis(count);
    let mut layers = Layers::create(from, Hash::ZERO, &genesis, Batch::default()).unwrap();
    assert!(layers.pin(&Hash::ZERO));
    let root = layers.root_of(&Hash::ZERO).unwrap();
    accounts(name, &layers, &root, count);
    ranges(name, &layers, &root);
    import(name, &layers, to);
}

fn main() {
    let number = std::env::args().find_map(|word| word.parse().ok());
    let count = number.unwrap_or(1_000_000).max(1);
    println!("{count} accounts");
    rows("memory", MemoryStore::new(), MemoryStore::new(), count);
    #[cfg(feature = "rocksdb")]
    {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let open = |home: &tempfile::TempDir| serin_state::store::RocksStore::open(home.path());
        rows("RocksDB", open(&from).unwrap(), open(&to).unwrap(), count);
    }
}
