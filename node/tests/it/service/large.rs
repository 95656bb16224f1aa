//! Joining a chain with many accounts over loopback: real sockets, real databases, and the time it takes.
//!
//! `SERIN_SYNC_ACCOUNTS=1000000` makes the measurement that documents quote; the default is a small share of it.

use super::process::{RunningNode, now, serin};
use serde_json::json;
use serin_node::runtime::{BalancesCall, Call, PROTOCOL_VERSION};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::random::Random;
use serin_state::types::{AccountId, Balance, Hash, Nonce, Slot, Transaction};

const SENDERS: [&str; 5] = ["//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"];
/// Transfers of one batch.
const BATCH: u32 = 256;
/// What each account gets, above the existential deposit.
const GIFT: Balance = Balance(400_000_000);

/// A chain of one validator whose blocks take as much as fits into a message.
fn chain_file(folder: &std::path::Path) -> String {
    let made = serin(&["chain-spec", "new", "--preset", "dev", "--slot-ms", "200"]);
    assert_eq!(made.code, Some(0), "{}", made.errors);
    let mut spec: serde_json::Value = serde_json::from_str(&made.output).unwrap();
    spec["parameters"]["block_weight_max"] = 200_000_000_000_u64.into();
    let file = folder.join("chain.json");
    std::fs::write(&file, spec.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn account(number: u32) -> AccountId {
    let random = Random::from_number(u64::from(number));
    let mut bytes = [0; 32];
    for (place, chunk) in (0..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&random.draw("account", 0, place).number().to_le_bytes());
    }
    AccountId(bytes)
}

/// The encoded transaction of a sender that opens `BATCH` accounts from `first` on.
fn batch(from: &str, nonce: u64, first: u32, (genesis, slot): (&Hash, u64)) -> String {
    let calls: Vec<Call> = (first..first + BATCH)
        .map(|number| Call::Balances(BalancesCall::Transfer { to: account(number), amount: GIFT }))
        .collect();
    let key = Seed::from_uri(from).unwrap().key();
    let transaction = Transaction {
        sender: key.public().into(),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(slot + 2_000),
        tip: Balance::ZERO,
        call: encode(&Call::batch(&calls)),
    };
    format!("0x{}", hex::encode(encode(&transaction.sign(&key, genesis, PROTOCOL_VERSION))))
}

fn nonce_of(node: &RunningNode, who: &str) -> u64 {
    let account = AccountId::from(Seed::from_uri(who).unwrap().key().public());
    let view = node.call("state_account", &json!([account.to_string()]))["result"].clone();
    view["nonce"].as_u64().unwrap()
}

/// Hands in batches, as many as the pool takes from each sender, until all are in blocks.
fn open_accounts(node: &RunningNode, accounts: u32) {
    let status = node.status();
    let genesis: Hash = status["genesis"].as_str().unwrap().parse().unwrap();
    let batches = u64::from(accounts.div_ceil(BATCH));
    let senders = u64::try_from(SENDERS.len()).unwrap();
    let mut sent = [0_u64; SENDERS.len()];
    for number in 0..batches {
        let place = usize::try_from(number % senders).unwrap();
        let slot = node.status()["slot"].as_u64().unwrap();
        let first = u32::try_from(number).unwrap() * BATCH;
        let bytes = batch(SENDERS[place], sent[place], first, (&genesis, slot));
        sent[place] += 1;
        let deadline = now() + std::time::Duration::from_mins(5);
        loop {
            let answer = node.call("author_submit", &json!([bytes]));
            if answer["result"].is_string() {
                break;
            }
            let refusal = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
            assert!(refusal.contains("too many") || refusal.contains("full"), "{refusal}");
            assert!(now() < deadline, "{refusal}");
        }
    }
    for (who, sent) in SENDERS.iter().zip(sent) {
        node.wait_until("the batches are in blocks", |_| nonce_of(node, who) == sent);
    }
}

#[test]
fn a_state_of_many_accounts_is_fetched_over_loopback() {
    let accounts = std::env::var("SERIN_SYNC_ACCOUNTS").ok();
    let accounts: u32 = accounts.map_or(20_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (server_base, late_base) = (at("server"), at("late"));
    let own = ["--chain", &chain, "--listen-ip", "127.0.0.1", "--port", "0", "--base-path"];
    let server = RunningNode::start(&[&own[..], &[&server_base, "--alice"]].concat());
    open_accounts(&server, accounts);
    // A point that lies above all of them.
    let height = server.status()["best"]["height"].as_u64().unwrap();
    let point = height.next_multiple_of(256).max(256);
    server.wait_until("the next sync point", |status| {
        let points = status["sync_points"].as_array().cloned().unwrap_or_default();
        points.iter().any(|served| served["height"].as_u64() == Some(point))
    });
    let more = ["--sync", "proof", "--trust-genesis", "--bootnodes", &server.address];
    let started = now();
    let mut late = RunningNode::start(&[&own[..], &[late_base.as_str()], &more[..]].concat());
    let line = late.wait_for_line("is here:");
    let seconds = started.elapsed().as_secs_f64();
    println!("{accounts} accounts: {seconds:.2} s from the start of the process; {line}");
    late.wait_for_line("the node has joined and runs");
    late.wait_final(point);
    let last = account(accounts - 1);
    let view = late.call("state_account", &json!([last.to_string()]))["result"].clone();
    assert_eq!(view["free"], GIFT.0.to_string());
}
