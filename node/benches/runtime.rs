//! What a block costs the runtime: transfers without their signatures, and what comes with every block.
//!
//! `cargo bench -p serin-node --no-default-features --bench runtime`. One line a row: the median over the
//! rounds. The limit beside it, in the same run on one core, is checking the transfers' signatures: the
//! work that nobody can leave out. The state is a map in memory; reads of a disk come on top.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "not part of a node")]

use serin_consensus::leader::{CheckedClaim, Session};
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::{
    BlockBuilder, BlockContext, Call, Chain, Executed, PROTOCOL_VERSION, Verified,
};
use serin_state::codec::encode;
use serin_state::layout::StateKey;
use serin_state::types::{
    AccountId, AuthorityIndex, Balance, ClaimKind, Epoch, Hash, Header, Millis, Nonce, SecretKey,
    SignedTransaction, Slot, Transaction,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 9;
const SENDERS: u64 = 1_000;
const ACCOUNTS: u64 = 100_000;
const TRANSFERS: u64 = 5_000;

fn key(number: u64) -> SecretKey {
    SecretKey::from_seed(&Hash::of(&number.to_le_bytes()).0)
}

/// Receivers need no key.
fn receiver(number: u64) -> AccountId {
    AccountId(Hash::of(&(number + SENDERS).to_le_bytes()).0)
}

struct Bench {
    chain: Chain,
    head: Header,
    session: Session,
    state: BTreeMap<StateKey, Vec<u8>>,
}

impl Bench {
    fn new(validators: usize, accounts: u64) -> Self {
        let mut spec = ChainSpec::local(validators, 6_000, Millis(0));
        let senders = (0..SENDERS.min(accounts)).map(|number| key(number).public().into());
        let everybody = senders.chain((0..accounts).map(receiver));
        spec.balances.extend(everybody.map(|account: AccountId| (account, Balance::tokens(10))));
        let genesis = spec.genesis();
        let state =
            genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let session = serin_node::runtime::session(&state);
        Self { chain: Chain::new(spec, genesis.hash), head: genesis.header, session, state }
    }

    fn block(&self, body: &[Verified<SignedTransaction>]) -> Executed {
        let claim = CheckedClaim {
            kind: ClaimKind::Primary,
            author: AuthorityIndex(0),
            epoch: Epoch(0),
            score: 0,
            randomness: Hash::ZERO,
        };
        let (chain, parent, session) = (&self.chain, &self.head, &self.session);
        let (slot, claim) = (Slot(1), &claim);
        let context = BlockContext { chain, parent, slot, claim, session, knows: PROTOCOL_VERSION };
        let mut builder = BlockBuilder::begin(&self.state, &context).unwrap();
        for transaction in body {
            assert!(builder.apply(transaction).unwrap().result.is_ok());
        }
        builder.finish()
    }
}

fn transfers(bench: &Bench) -> Vec<SignedTransaction> {
    let keys: Vec<SecretKey> = (0..SENDERS).map(key).collect();
    (0..TRANSFERS)
        .zip(keys.iter().cycle())
        .map(|(number, key)| {
            let call = Call::transfer(receiver(number * 19 % ACCOUNTS), Balance(1_000));
            let transaction = Transaction {
                sender: key.public().into(),
                nonce: Nonce(number / SENDERS),
                last_valid_slot: Slot(100),
                tip: Balance::ZERO,
                call: encode(&call),
            };
            transaction.sign(key, bench.chain.genesis(), PROTOCOL_VERSION)
        })
        .collect()
}

fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let result = work();
            let time = start.elapsed();
            drop(result);
            time
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn row(name: &str, time: Duration, count: u64) {
    let each = time.as_nanos() / u128::from(count);
    println!("{name:<52} {time:>9.2?}   {each:>8} ns each");
}

fn main() {
    let bench = Bench::new(4, ACCOUNTS);
    let signed = transfers(&bench);
    let check = |one: SignedTransaction| {
        Verified::check(one, bench.chain.genesis(), PROTOCOL_VERSION).unwrap()
    };
    let check_all = || -> Vec<_> { signed.iter().cloned().map(check).collect() };
    let body = check_all();
    row("checking the signature of a transfer", median(check_all), TRANSFERS);
    row("a block of transfers, each", median(|| bench.block(&body)), TRANSFERS);
    for validators in [4, 100, 1_000] {
        let bench = Bench::new(validators, 10);
        let name = format!("an empty block, {validators} validators");
        let blocks = || -> Vec<Executed> { (0..10).map(|_| bench.block(&[])).collect() };
        row(&name, median(blocks), 10);
    }
}
