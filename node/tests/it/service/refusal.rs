//! Transactions and questions that a running node refuses, each with a sentence that says why.
//!
//! What can only be made wrong on purpose is sent as raw JSON-RPC.

use super::process::{RunningNode, chain_file, serin};
use serde_json::json;
use serin_node::runtime::{BalancesCall, Call, SystemCall};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::types::{
    AccountId, Balance, Hash, Nonce, ProtocolVersion, SecretKey, Slot, Transaction,
};

fn key(uri: &str) -> SecretKey {
    Seed::from_uri(uri).unwrap().key()
}

/// A transfer of one token by Alice, as a wallet would make it.
fn good(slot: u64, nonce: u64) -> Transaction {
    let to = AccountId(key("//Bob").public().0);
    let call = Call::Balances(BalancesCall::Transfer { to, amount: Balance::tokens(1) });
    Transaction {
        sender: AccountId(key("//Alice").public().0),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(slot + 100),
        tip: Balance::ZERO,
        call: encode(&call),
    }
}

#[test]
fn every_bad_transaction_is_refused_with_its_reason() {
    let node = RunningNode::start(&["--dev"]);
    let status = node.wait_final(1);
    let genesis: Hash = status["genesis"].as_str().unwrap().parse().unwrap();
    let slot = status["slot"].as_u64().unwrap();
    let submit = |transaction: Transaction, signer: &str, genesis: &Hash| {
        let signed = transaction.sign(&key(signer), genesis, ProtocolVersion(1));
        let answer =
            node.call("author_submit", &json!([format!("0x{}", hex::encode(encode(&signed)))]));
        answer["error"]["message"].as_str().unwrap_or("taken").to_owned()
    };
    let nobody = AccountId(key("//Nobody").public().0);
    let remark = Call::System(SystemCall::Remark { bytes: vec![0; 100_000] });
    let cases = [
        (
            "an account without money",
            Transaction { sender: nobody, ..good(slot, 0) },
            "//Nobody",
            "does not exist",
        ),
        (
            "a tip above the balance",
            Transaction { tip: Balance::tokens(2_000_000), ..good(slot, 0) },
            "//Alice",
            "can spend",
        ),
        (
            "expired",
            Transaction { last_valid_slot: Slot(slot - 1), ..good(slot, 0) },
            "//Alice",
            "expired",
        ),
        (
            "expires too late",
            Transaction { last_valid_slot: Slot(slot + 9_999), ..good(slot, 0) },
            "//Alice",
            "is allowed now",
        ),
        ("a nonce far ahead", good(slot, 100_000), "//Alice", "too many are missing"),
        ("somebody else's signature", good(slot, 0), "//Bob", "signature"),
        ("not a call", Transaction { call: vec![255; 9], ..good(slot, 0) }, "//Alice", "call"),
        ("oversized", Transaction { call: encode(&remark), ..good(slot, 0) }, "//Alice", "bytes"),
        ("one that comes later", good(slot, 3), "//Alice", "taken"),
        ("the same again", good(slot, 3), "//Alice", "in the pool already"),
        (
            "another one in its place",
            Transaction { last_valid_slot: Slot(slot + 7), ..good(slot, 3) },
            "//Alice",
            "replacement",
        ),
    ];
    for (why, transaction, signer, part) in cases {
        let said = submit(transaction, signer, &genesis);
        assert!(said.contains(part), "{why}: {said}");
    }
    let said = submit(good(slot, 0), "//Alice", &Hash([9; 32]));
    assert!(said.contains("signature"), "another chain's: {said}");
}

#[test]
fn the_command_line_says_why_a_transfer_failed_and_ends_with_one() {
    let node = RunningNode::start(&["--dev"]);
    let send = |more: &[&str]| {
        let usual = [
            "tx",
            "transfer",
            "--from",
            "//Alice",
            "--to",
            "//Bob",
            "--rpc-url",
            node.rpc.as_str(),
        ];
        serin(&[&usual[..], more].concat())
    };
    assert_eq!(send(&["--amount", "1"]).code, Some(0));
    let cases: [(&str, &[&str], i32, &str); 5] = [
        ("more than there is", &["--amount", "2000000"], 1, "failed in block"),
        ("a used nonce", &["--amount", "1", "--nonce", "0"], 1, "nonce"),
        ("expires too late", &["--amount", "1", "--expires", "99999"], 1, "is allowed now"),
        ("not an amount", &["--amount", "much"], 2, "much"),
        ("too fine an amount", &["--amount", "0.0000000000001"], 2, "0.0000000000001"),
    ];
    for (why, more, code, part) in cases {
        let ended = send(more);
        assert_eq!(ended.code, Some(code), "{why}: {}", ended.errors);
        assert!(
            ended.errors.starts_with("serin: ") && ended.errors.contains(part),
            "{why}: {}",
            ended.errors
        );
        assert_eq!(ended.errors.lines().count(), 1, "{why}: {}", ended.errors);
    }
}

#[test]
fn questions_that_make_no_sense_are_answered_with_a_sentence() {
    let node = RunningNode::start(&["--dev"]);
    let cases = [
        ("no such block", "chain_block", json!([4_000_000]), None),
        ("an unknown hash", "chain_block", json!([Hash([3; 32]).to_string()]), None),
        ("not a block", "chain_block", json!(["yesterday"]), Some("yesterday")),
        ("not an account", "state_account", json!(["5Zz"]), Some("5Zz")),
        (
            "not a state",
            "state_account",
            json!([AccountId([1; 32]).to_string(), "old"]),
            Some("old"),
        ),
        ("not a transaction", "author_submit", json!(["0x00"]), Some("not a transaction")),
        ("not hexadecimal", "author_submit", json!(["0xzz"]), Some("hexadecimal")),
        ("not a hash", "author_status", json!(["0x12"]), Some("0x12")),
        ("no such method", "author_sign", json!([]), Some("Method not found")),
    ];
    for (why, method, parameters, part) in cases {
        let answer = node.call(method, &parameters);
        match part {
            None => {
                assert!(answer["result"].is_null() && answer["error"].is_null(), "{why}: {answer}");
            }
            Some(part) => {
                let said = answer["error"]["message"].as_str().unwrap_or_default();
                assert!(said.contains(part), "{why}: {answer}");
            }
        }
    }
    let answer = node.call("author_status", &json!([Hash([3; 32]).to_string()]));
    assert_eq!(answer["result"]["state"], "unknown", "{answer}");
    let rebound = node.call_as("system_status", &json!([]), Some("evil.example"));
    assert!(!rebound.contains("genesis"), "a page that rebinds its name learns nothing: {rebound}");
}

#[test]
fn a_node_makes_and_holds_session_keys_for_one_validator_only() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path(), 4, 1_767_225_600_000);
    let base = folder.path().to_str().unwrap();
    let arguments = ["--chain", &chain, "--alice", "--base-path", base, "--listen-ip", "127.0.0.1"];
    let arguments = [&arguments[..], &["--port", "0"]].concat();
    let node = RunningNode::start(&arguments);
    let rotate = |account| serin(&["key", "rotate", "--account", account, "--rpc-url", &node.rpc]);
    let alice = rotate("//Alice");
    assert_eq!(alice.code, Some(0), "{}", alice.errors);
    for other in ["//Bob", "//Eve"] {
        let refused = rotate(other);
        assert_eq!(refused.code, Some(1), "{other}");
        assert!(refused.errors.contains("signs for one validator"), "{other}: {}", refused.errors);
    }
    node.end(nix::sys::signal::Signal::SIGTERM);
    // Somebody copies the seed of another validator into the file of later generations.
    let file = folder.path().join("local/signer/session-keys");
    let mut lines = std::fs::read_to_string(&file).unwrap();
    lines.push_str(&hex::encode(Seed::from_uri("//Bob").unwrap().as_bytes()));
    std::fs::write(&file, lines).unwrap();
    let ended = serin(&[&["node"], &arguments[..]].concat());
    assert_eq!(ended.code, Some(4), "{}", ended.errors);
    assert!(ended.errors.contains("signs for one validator"), "{}", ended.errors);
    assert!(ended.errors.contains("session-keys"), "{}", ended.errors);
}
