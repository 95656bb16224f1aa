//! What a block costs the state: the root of an update, and reading, root and commit together.
//!
//! `cargo bench -p serin-state --bench tree [-- ACCOUNTS UPDATES]`, by default 100,000 accounts and batches of
//! 10,000. One line a row: the median over the rounds, and the physical limit beside it: the hashes that the
//! update cannot do without, measured in the same run on one core.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "not part of a node")]

use serin_state::layers::Layers;
use serin_state::layout::StateKey;
use serin_state::overlay::Changes;
use serin_state::store::{Batch, MemoryStore, Store};
use serin_state::tree::{NoPages, Tree};
use serin_state::types::{Hash, Height, Purpose};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 15;

fn key(account: u32) -> StateKey {
    StateKey(Hash::of(&account.to_le_bytes()).0)
}

/// `count` accounts spread over the first `accounts`, with values of 56 bytes.
fn updates(accounts: u32, count: u32, round: u32) -> Changes {
    let pick = |n: u32| (n * (accounts / count) + round) % accounts;
    let value = |n: u32| [n.to_le_bytes(), round.to_le_bytes()].concat().repeat(7);
    (0..count).map(|n| (key(pick(n)), Some(value(n)))).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn row(name: &str, time: Duration, count: u32) {
    let each = time.as_nanos() / u128::from(count);
    println!("{name:<44} {time:>9.2?}   {each:>6} ns an update");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn roots(tree: &Tree, accounts: u32, count: u32) {
    let batches: Vec<Changes> =
        (0..ROUNDS).map(|round| updates(accounts, count, round + 1)).collect();
    let run = |work: &dyn Fn(&Changes) -> Tree| {
        median(batches.iter().map(|changes| timed(|| work(changes)).1).collect())
    };
    row("root of an update, all cores", run(&|c| tree.update(&NoPages, c).unwrap()), count);
    row(
        "root of an update, one core",
        run(&|c| tree.update_sequential(&NoPages, c).unwrap()),
        count,
    );
    // The leaf, and the inner nodes above it that no other update shares: log2(accounts / updates) + 2.
    let nodes = (accounts / count).max(1).ilog2() + 2;
    let hashes = || {
        for changes in batches.iter().take(1) {
            for (key, value) in changes {
                let value = value.as_deref().unwrap();
                let mut hash = Hash::personal(Purpose::StateLeaf, &[&key.0, value]);
                for _ in 0..nodes {
                    hash = Hash::personal(Purpose::StateNode, &[&hash.0, &key.0]);
                }
                assert!(std::hint::black_box(hash) != Hash::ZERO);
            }
        }
    };
    let limit = median((0..ROUNDS).map(|_| timed(hashes).1).collect());
    row(&format!("limit: {} hashes an update, one core", nodes + 1), limit, count);
}

/// Reading every value, the root, and finality with its commit.
fn blocks<S: Store>(name: &str, store: S, accounts: u32, count: u32) {
    let genesis = updates(accounts, accounts, 0);
    let mut layers = Layers::create(store, Hash::ZERO, &genesis, Batch::default()).unwrap();
    let mut parent = Hash::ZERO;
    let (mut reads, mut roots, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let changes = updates(accounts, count, round);
        let keys: Vec<StateKey> = changes.keys().copied().collect();
        reads.push(
            timed(|| assert!(layers.view(&parent).unwrap().get_many(&keys).len() == keys.len())).1,
        );
        let (prepared, time) = timed(|| layers.prepare(&parent, changes).unwrap());
        roots.push(time);
        let block = Hash::of(&round.to_le_bytes());
        layers.insert(block, Height(round), prepared).unwrap();
        commits.push(timed(|| layers.finalize(&block, Batch::default()).unwrap()).1);
        parent = block;
    }
    row(&format!("{name}: sorted reads"), median(reads), count);
    row(&format!("{name}: root"), median(roots), count);
    row(&format!("{name}: finality (undo, values, sync)"), median(commits), count);
}

fn main() {
    let numbers: Vec<u32> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let accounts = numbers.first().copied().unwrap_or(100_000).max(1);
    let count = numbers.get(1).copied().unwrap_or(10_000).clamp(1, accounts);
    println!("{accounts} accounts, {count} updates, median of {ROUNDS}");
    let genesis = updates(accounts, accounts, 0);
    let (tree, time) = timed(|| Tree::empty().update(&NoPages, &genesis).unwrap());
    row("building the tree", time, accounts);
    println!("{:<44} {:>9}", "pages in memory", tree.resident_pages());
    roots(&tree, accounts, count);
    blocks("memory", MemoryStore::new(), accounts, count);
    #[cfg(feature = "rocksdb")]
    {
        let home = tempfile::tempdir().unwrap();
        let store = serin_state::store::RocksStore::open(home.path()).unwrap();
        blocks("RocksDB", store, accounts, count);
    }
}
