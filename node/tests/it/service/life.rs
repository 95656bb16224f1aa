//! Nodes that live: they produce, make final, agree, end, and go on where they were.
//!
//! Real processes, real sockets, real files.

use super::process::{PATIENCE, RunningNode, chain_file, get, serin};
use jsonrpsee::ws_client::WsClientBuilder;
use nix::sys::signal::Signal;
use serde_json::json;
use serin_node::rpc::api::ApiClient;
use std::collections::BTreeSet;
use tokio::time::timeout;

#[test]
fn a_development_node_makes_blocks_final_and_ends_cleanly_on_a_signal() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let node = RunningNode::start(&["--dev"]);
        let status = node.wait_final(2);
        assert_eq!(status["role"], "validator");
        assert_eq!(status["chain"], "dev");
        assert_eq!(status["root_origin"], true, "the status says what power there is");
        assert_eq!(status["standard_rules"], true);
        assert_eq!(status["set"]["voters"], 1);
        assert_eq!(node.end(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_transfer_is_taken_put_into_a_block_and_made_final() {
    let node = RunningNode::start(&["--dev"]);
    let url = node.rpc.as_str();
    let sent = serin(&[
        "tx",
        "transfer",
        "--from",
        "//Alice",
        "--to",
        "//Bob",
        "--amount",
        "1.5",
        "--wait",
        "final",
        "--json",
        "--rpc-url",
        url,
    ]);
    assert_eq!(sent.code, Some(0), "{}", sent.errors);
    let sent: serde_json::Value = serde_json::from_str(&sent.output).unwrap();
    assert_eq!(sent["state"], "final");
    let block = node.call("chain_block", &json!([sent["block"]["hash"]]))["result"].clone();
    assert_eq!(block["transactions"][0]["hash"], sent["hash"]);
    assert_eq!(block["transactions"][0]["outcome"]["ok"], true);
    assert_eq!(block["final"], true);
    let bob = serin(&["query", "account", "//Bob", "--at", "final", "--json", "--rpc-url", url]);
    let bob: serde_json::Value = serde_json::from_str(&bob.output).unwrap();
    assert_eq!(bob["free"], "1000001500000000000", "a million tokens and 1.5, in units of 1e-12");
    let alice = serin(&["query", "account", "//Alice", "--json", "--rpc-url", url]);
    let alice: serde_json::Value = serde_json::from_str(&alice.output).unwrap();
    assert_eq!(alice["nonce"], 1);
    assert_eq!(node.end(Signal::SIGTERM), Some(0));
}

#[test]
fn a_node_goes_on_where_it_was_after_a_clean_end_and_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path(), 1, 1_767_225_600_000);
    let base = folder.path().to_str().unwrap();
    let arguments = [
        "--chain",
        &chain,
        "--alice",
        "--base-path",
        base,
        "--listen-ip",
        "127.0.0.1",
        "--port",
        "0",
    ];
    let endpoints = folder.path().join("local/endpoints.json");
    let mut height = 0;
    for (signal, code) in
        [(Signal::SIGTERM, Some(0)), (Signal::SIGKILL, None), (Signal::SIGINT, Some(0))]
    {
        let node = RunningNode::start(&arguments);
        assert!(endpoints.exists(), "whoever waits for the file can ask the node");
        let told = std::fs::read_to_string(&endpoints).unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!((&told["rpc"], &told["address"]), (&json!(node.rpc), &json!(node.address)));
        assert!(get(told["prometheus"].as_str().unwrap()).contains("serin_final_height"));
        let before = node.status()["final"]["height"].as_u64().unwrap();
        assert!(before + 1 >= height, "{before} after {height}: finality does not go back");
        let status = node.wait_final(height + 3);
        height = status["final"]["height"].as_u64().unwrap();
        assert_eq!(node.end(signal), code, "{signal}");
        assert_eq!(endpoints.exists(), code.is_none(), "a clean end takes the file away");
    }
}

#[test]
fn two_nodes_started_by_hand_agree_on_what_is_final() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path(), 2, 1_767_225_600_000);
    let local = ["--chain", &chain, "--tmp", "--listen-ip", "127.0.0.1", "--port", "0"];
    let alice = RunningNode::start(&[&local[..], &["--alice"]].concat());
    let bob = RunningNode::start(&[&local[..], &["--bob", "--bootnodes", &alice.address]].concat());
    let status = bob.wait_final(3);
    let (height, hash) = (&status["final"]["height"], &status["final"]["hash"]);
    alice.wait_final(height.as_u64().unwrap());
    let block = alice.call("chain_block", &json!([height]))["result"].clone();
    assert_eq!(block["hash"], *hash);
    assert_eq!(bob.end(Signal::SIGTERM), Some(0));
    let left = alice.wait_until("the end of Bob", |status| status["peers"] == json!([]));
    assert_eq!(left["sync"]["state"], "waiting", "{left}");
    assert_eq!(alice.end(Signal::SIGTERM), Some(0));
}

#[test]
fn the_end_of_its_launcher_ends_a_node() {
    // Its standard input is empty here: the launcher is gone before the node listens.
    let ports = ["--rpc-port", "0", "--prometheus-port", "0"];
    let ended = serin(&[&["node", "--dev", "--control", "stdin"][..], &ports].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
}

#[test]
fn subscribers_hear_of_blocks_and_of_their_transaction() {
    let node = RunningNode::start(&["--dev"]);
    let url = node.rpc.replace("http", "ws");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let heard = runtime.block_on(async {
        let client = WsClientBuilder::default().build(&url).await.unwrap();
        let mut blocks = client.subscribe_blocks().await.unwrap();
        let hash = send(&node);
        let mut states = client.subscribe_status(hash).await.unwrap();
        let mut heard = Vec::new();
        while heard.last().is_none_or(|state| state != "final") {
            let view = timeout(PATIENCE, states.next()).await.unwrap().unwrap().unwrap();
            heard.push(view.state);
        }
        let mut kinds = BTreeSet::new();
        while kinds.len() < 2 {
            let notice = timeout(PATIENCE, blocks.next()).await.unwrap().unwrap().unwrap();
            kinds.insert(notice.kind);
        }
        heard.extend(kinds);
        heard
    });
    // Between the answer to the submission and the subscription a block may come and become final.
    let end = heard.iter().skip_while(|state| *state != "final").cloned().collect::<Vec<_>>();
    assert_eq!(end, ["final", "best", "final"], "{heard:?}");
}

/// The hash of a new transfer that nobody has waited for.
fn send(node: &RunningNode) -> String {
    let sent = serin(&[
        "tx",
        "transfer",
        "--from",
        "//Alice",
        "--to",
        "//Bob",
        "--amount",
        "1",
        "--wait",
        "none",
        "--json",
        "--rpc-url",
        &node.rpc,
    ]);
    let sent: serde_json::Value = serde_json::from_str(&sent.output).unwrap();
    sent["hash"].as_str().unwrap().to_owned()
}
