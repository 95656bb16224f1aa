//! Random staking traffic on real processes for three eras, and an audit of every final block by another reader.
//!
//! The audit takes the exported blocks into a node in memory, with real signatures, and looks into the whole state after
//! every block: `check_state` restates the rules.

use crate::running::{NODES, Running, has_node};
use serin_consensus::crypto::Strict;
use serin_consensus::staking::era::{EraCall, elected_era};
use serin_consensus::staking::ledger::{LedgerCall, Payee, Terms};
use serin_consensus::staking::{Call as Staking, Perbill};
use serin_node::chain_spec::{ChainSpec, development_uri};
use serin_node::core::{BLOCKS_MAGIC, Core, StartOptions};
use serin_node::runtime::Call;
use serin_node::runtime::invariants::{Dump, check_election, check_state, check_step};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::layers::Layers;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::read;
use serin_state::store::{Column, MemoryStore, Store};
use serin_state::types::{
    AccountId, Balance, Era, Hash, Millis, Nonce, ProtocolVersion, SecretKey, Slot, Transaction,
};
use serin_testnet::launch::clock::pause;
use serin_testnet::launch::{node_program, rpc};
use serin_testnet::sim::crypto::SimSigner;
use std::process::Command;

const FOUR: &str = "validators = 4\nslot_ms = 100\nepoch_slots = 20\n";
const SEED: u64 = 2_026;

/// A small generator: what is drawn depends on the seed alone.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn key(position: usize) -> SecretKey {
    Seed::from_uri(&development_uri(position)).unwrap().key()
}

fn account(position: usize) -> AccountId {
    key(position).public().into()
}

/// A call that may succeed or be refused: both happen.
fn draw(draws: &mut Draws, era: u32) -> (usize, Staking) {
    let who = usize::try_from(draws.below(6)).unwrap();
    let amount = Balance::tokens(draws.below(2_000).into());
    let validator = account(usize::try_from(draws.below(5)).unwrap());
    let call = match draws.below(12) {
        0 | 1 => LedgerCall::Bond { amount, payee: Payee::Stash },
        2 | 3 => LedgerCall::BondExtra { amount },
        4 | 5 => LedgerCall::Unbond { amount },
        6 => LedgerCall::Rebond { amount },
        7 => LedgerCall::Withdraw,
        8 if who >= 4 => LedgerCall::Nominate { targets: vec![validator] },
        9 if who == 5 => LedgerCall::Chill,
        10 if who < 4 => {
            let commission = Perbill::from_percent(u32::try_from(draws.below(100)).unwrap());
            LedgerCall::Validate { terms: Terms { commission, blocked: false } }
        }
        _ => {
            let payout = EraCall::Payout { validator, era: Era(era.saturating_sub(1)), page: 0 };
            return (who, Staking::Era(payout));
        }
    };
    (who, Staking::Ledger(call))
}

/// Sends calls through the nodes in turn until the end of era 3; how many were taken.
fn traffic(net: &Running) -> u32 {
    let mut draws = Draws(SEED);
    let (mut nonces, mut taken) = ([0_u64; 6], 0);
    let genesis: Hash = net.status("alice").unwrap().genesis.parse().unwrap();
    loop {
        let view = net.json("query staking");
        let era = u32::try_from(view["era"].as_u64().unwrap()).unwrap();
        if era >= 4 {
            return taken;
        }
        for node in NODES {
            let (who, call) = draw(&mut draws, era);
            let url = net.url(node).unwrap();
            let status = rpc::status(&url).unwrap();
            let transaction = Transaction {
                sender: account(who),
                nonce: Nonce(nonces[who]),
                last_valid_slot: Slot(status.slot + 500),
                tip: Balance::ZERO,
                call: encode(&Call::Staking(call)),
            };
            let signed = transaction.sign(&key(who), &genesis, ProtocolVersion(status.version));
            if rpc::submit(&url, &encode(&signed)).is_ok() {
                nonces[who] += 1;
                taken += 1;
            }
        }
        pause(100);
    }
}

/// The final blocks of a stopped node.
fn exported(net: &Running, node: &str) -> Vec<Vec<u8>> {
    let file = net.folder().join("blocks.bin");
    let exported = Command::new(node_program().unwrap())
        .args(["export-blocks", "--base-path"])
        .arg(net.folder().join(node))
        .arg("--chain")
        .arg(net.folder().join("chain.json"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let bytes = std::fs::read(file).unwrap();
    let mut rest = &bytes[BLOCKS_MAGIC.len() + 36..];
    let mut blocks = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (block, after) = after.split_at(u32::from_le_bytes(*length).try_into().unwrap());
        blocks.push(block.to_vec());
        rest = after;
    }
    blocks
}

fn dump(store: &MemoryStore) -> Dump {
    let rows = store.scan(Column::Account, &[], usize::MAX);
    rows.into_iter().map(|(key, value)| (StateKey(key.try_into().unwrap()), value)).collect()
}

/// The state after a block on the one after its parent; once a block is final, its changes are in the store.
fn state_after(before: &Dump, layers: &Layers<MemoryStore>, block: &Hash) -> Dump {
    let Some(changes) = layers.changes_of(block) else { return dump(layers.store()) };
    let mut after = before.clone();
    for (key, value) in changes {
        match value {
            Some(value) => after.insert(*key, value.clone()),
            None => after.remove(key),
        };
    }
    after
}

fn issuance(state: &Dump) -> Balance {
    read(state, &Item::Issuance.key()).unwrap()
}

#[test]
fn three_eras_of_random_staking_traffic_keep_every_invariant_on_real_processes() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 2));
    let taken = traffic(&net);
    assert!(taken > 50, "{taken} calls were taken");
    net.assert_equal_roots(&NODES);
    net.kill("alice");

    let blocks = exported(&net, "alice");
    let text = std::fs::read_to_string(net.folder().join("chain.json")).unwrap();
    let spec = ChainSpec::from_json(&text).unwrap();
    let (store, signer) = (MemoryStore::new(), SimSigner::observer());
    let options = StartOptions::default();
    let mut core = Core::start(spec, store, signer, Strict, options).unwrap();
    let mut before = dump(core.layers().store());
    let (mut elections, first) = (0, issuance(&before));
    for block in &blocks {
        core.import_from_file(Millis(u64::MAX / 2), block).unwrap();
        let head = core.head();
        let after = state_after(&before, core.layers(), &head.hash);
        let seen = format!("seed {SEED}, block {}", head.height);
        check_state(&after).unwrap_or_else(|error| panic!("{seen}: {error}"));
        check_step(&before, &after).unwrap_or_else(|error| panic!("{seen}: {error}"));
        if elected_era(&after) != elected_era(&before) {
            check_election(&after).unwrap_or_else(|error| panic!("{seen}: {error}"));
            elections += 1;
        }
        before = after;
    }
    println!("{taken} calls, {} blocks, {elections} elections", blocks.len());
    assert!(blocks.len() > 100, "{} blocks", blocks.len());
    assert!(elections >= 3, "{elections} elections were looked into");
    assert!(issuance(&before) > first, "rewards were paid");
}
