//! Recovery for good: three of four validators are lost for ever, and a new chain goes on from the final state of the one left.
//!
//! Real processes. The new validators have keys of their own; the old accounts have what they had.

use super::process::{RunningNode, serin};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use serin_node::runtime::{Call, PROTOCOL_VERSION};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::types::{AccountId, Balance, Hash, Nonce, Slot, Transaction};
use std::path::Path;

const OLD: [&str; 4] = ["//Alice", "//Bob", "//Charlie", "//Dave"];
const NEW: [&str; 4] = ["//Eve", "//Ferdie", "//Validator//7", "//Validator//8"];

fn spec(validators: usize) -> Value {
    let count = validators.to_string();
    let made = serin(&[
        "chain-spec",
        "new",
        "--preset",
        "local",
        "--slot-ms",
        "200",
        "--validators",
        &count,
    ]);
    assert_eq!(made.code, Some(0), "{}", made.errors);
    serde_json::from_str(&made.output).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Starts a validator for each key, each knowing those before it.
fn start(folder: &Path, chain: &str, keys: &[&str]) -> Vec<RunningNode> {
    let mut nodes: Vec<RunningNode> = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let base = folder.join(format!("{number}-{}", chain.len())).to_str().unwrap().to_owned();
        let mut arguments = vec![
            "--chain",
            chain,
            "--base-path",
            &base,
            "--key-uri",
            key,
            "--listen-ip",
            "127.0.0.1",
            "--port",
            "0",
        ];
        let known: Vec<String> = nodes.iter().map(|node| node.address.clone()).collect();
        for address in &known {
            arguments.extend(["--bootnodes", address]);
        }
        nodes.push(RunningNode::start(&arguments));
    }
    nodes
}

fn account(node: &RunningNode, who: &str) -> Value {
    let id = AccountId::from(Seed::from_uri(who).unwrap().key().public());
    node.call("state_account", &json!([id.to_string(), "final"]))["result"].clone()
}

/// Sends tokens and waits until that is final.
fn transfer(node: &RunningNode, from: &str, to: &str, amount: &str) {
    let who = ["tx", "transfer", "--from", from, "--to", to, "--amount", amount];
    let sent = serin(&[&who[..], &["--wait", "final", "--rpc-url", &node.rpc]].concat());
    assert_eq!(sent.code, Some(0), "{}", sent.errors);
}

fn nonces(node: &RunningNode) -> Vec<Value> {
    OLD.iter().map(|who| account(node, who)["nonce"].clone()).collect()
}

/// Exports the state of the node that is left, and makes a chain of it with four other validators: the file of the state,
/// that of the validators, and that of the chain.
fn fork(folder: &Path, old_chain: &str) -> (String, String, String) {
    let base = folder.join(format!("0-{}", old_chain.len()));
    let state = folder.join("state.json").to_str().unwrap().to_owned();
    let of_old = ["--base-path", base.to_str().unwrap(), "--chain", old_chain, &state];
    let exported = serin(&[&["chain-spec", "export-state"], &of_old[..]].concat());
    assert_eq!(exported.code, Some(0), "{}", exported.errors);
    let mut with_new = spec(8);
    let new_validators: Vec<Value> = with_new["validators"].as_array().unwrap()[4..].to_vec();
    with_new["validators"] = new_validators.into();
    let with_new = write(folder, "with-new.json", &with_new.to_string());
    let of_new = [&state, "--validators-from", &with_new, "--id", "local"];
    let forked = serin(&[&["chain-spec", "fork-from"], &of_new[..]].concat());
    assert_eq!(forked.code, Some(0), "{}", forked.errors);
    let new_chain = write(folder, "the-new-one.json", &forked.output);
    (state, with_new, new_chain)
}

#[test]
fn a_new_chain_goes_on_from_the_final_state_when_most_validators_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    let old_chain = write(folder.path(), "old.json", &spec(4).to_string());
    let mut nodes = start(folder.path(), &old_chain, &OLD);
    transfer(&nodes[0], "//Alice", "//Bob", "123");
    let (before, bob) = (nonces(&nodes[0]), account(&nodes[0], "//Bob")["free"].clone());
    let old_genesis: Hash = nodes[0].status()["genesis"].as_str().unwrap().parse().unwrap();
    drop(nodes.split_off(1));
    assert_eq!(nodes.remove(0).end(Signal::SIGTERM), Some(0));

    let (state, with_new, new_chain) = fork(folder.path(), &old_chain);
    let nodes = start(folder.path(), &new_chain, &NEW);
    for node in &nodes {
        node.wait_final(5);
    }
    assert_eq!(account(&nodes[1], "//Bob")["free"], bob, "balances are the old ones");
    assert_eq!(nonces(&nodes[1]), before, "nonces too, so nothing can be replayed");
    transfer(&nodes[2], "//Bob", "//Alice", "1");
    an_old_signature_is_refused(&nodes[0], &old_genesis, before[0].as_u64().unwrap());
    changed_states_are_refused(folder.path(), &state, &with_new);
}

fn an_old_signature_is_refused(node: &RunningNode, old_genesis: &Hash, nonce: u64) {
    let key = Seed::from_uri("//Alice").unwrap().key();
    let to = AccountId::from(Seed::from_uri("//Bob").unwrap().key().public());
    let transaction = Transaction {
        sender: key.public().into(),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(node.status()["slot"].as_u64().unwrap() + 100),
        tip: Balance::ZERO,
        call: encode(&Call::transfer(to, Balance::tokens(1))),
    };
    let of_old = transaction.sign(&key, old_genesis, PROTOCOL_VERSION);
    let bytes = format!("0x{}", hex::encode(encode(&of_old)));
    let refused = node.call("author_submit", &json!([bytes]));
    assert!(refused["error"]["message"].as_str().unwrap().contains("signature"), "{refused}");
}

fn changed_states_are_refused(folder: &Path, state: &str, with_new: &str) {
    let text = std::fs::read_to_string(state).unwrap();
    let mut one_less: Value = serde_json::from_str(&text).unwrap();
    let values = one_less["values"].as_object_mut().unwrap();
    let first = values.keys().next().unwrap().clone();
    values.remove(&first);
    let cases = [
        ("no key", text.replacen("\"values\":{\"", "\"values\":{\"00", 1), "not a state file"),
        ("a value left out", one_less.to_string(), "changed or cut"),
    ];
    for (why, text, sentence) in cases {
        let file = write(folder, "bad.json", &text);
        let refused = serin(&["chain-spec", "fork-from", &file, "--validators-from", with_new]);
        assert_eq!(refused.code, Some(3), "{why}: {}", refused.errors);
        assert!(refused.errors.contains(sentence), "{why}: {}", refused.errors);
    }
}
