//! Starts that cannot be: each ends with exit code 4 and one sentence that says what to do.
//!
//! Wrong usage is exit code 2, what is refuted 3, what fails at a running node 1.

use super::process::{RunningNode, chain_file, serin};
use nix::sys::signal::Signal;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

/// The one line that a failed command says.
fn check(why: &str, arguments: &[&str], code: i32, part: &str) {
    let ended = serin(arguments);
    assert_eq!(ended.code, Some(code), "{why}: {}", ended.errors);
    let lines: Vec<&str> =
        ended.errors.lines().filter(|line| line.starts_with("serin: ")).collect();
    assert_eq!(lines.len(), 1, "{why}: {}", ended.errors);
    assert!(lines[0].contains(part), "{why}: {}", lines[0]);
    assert!(!ended.errors.contains("panicked"), "{why}: {}", ended.errors);
}

fn node<'a>(base: &'a str, chain: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["node", "--base-path", base, "--chain", chain, "--listen-ip", "127.0.0.1"];
    let ports = ["--port", "0", "--rpc-port", "0", "--prometheus-port", "0"];
    let given = |flag: &str| more.contains(&flag);
    let ports = ports.chunks(2).filter(|pair| !given(pair[0])).flatten().copied();
    usual.into_iter().chain(ports).chain(more.iter().copied()).collect()
}

/// Runs Alice on the chain until two blocks are final.
fn run_once(base: &str, chain: &str) {
    let usual = ["--base-path", base, "--chain", chain, "--listen-ip", "127.0.0.1", "--port", "0"];
    let running = RunningNode::start(&[&usual[..], &["--alice"]].concat());
    running.wait_final(2);
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}

#[test]
fn a_port_in_use_is_named_with_the_argument_that_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--rpc-port", "--prometheus-port", "--port"] {
        check(flag, &node(base, "dev", &[flag, &port]), 4, &format!("{flag} chooses another port"));
    }
}

#[test]
fn what_a_user_names_wrongly_is_named_back() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_str().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = file("text.json", "this is no JSON");
    let empty = file("empty.json", "{}");
    let good = fs::read_to_string(chain_file(folder.path(), 1, 5)).unwrap();
    let shared = file("rule.json", &good.replace("\"slot_ms\": 200", "\"slot_ms\": 0"));
    let mut without: serde_json::Value = serde_json::from_str(&good).unwrap();
    without["staking"] = serde_json::Value::Null;
    let fixed = file("fixed.json", &without.to_string());
    let cases: [(&str, &str, &[&str], &str); 7] = [
        ("missing chain file", "/nowhere/chain.json", &[], "/nowhere/chain.json"),
        ("not JSON", &text, &[], "not a chain specification"),
        ("a field is missing", &empty, &[], "missing field"),
        ("a relation does not hold", &shared, &[], "params"),
        ("a secret that is none", "dev", &["--key-uri", "not a phrase"], "--key-uri"),
        (
            "keys of no validator on a chain where nobody can become one",
            &fixed,
            &["--key-uri", "//Nobody"],
            "belong to none of the 1 validators",
        ),
        ("a bootnode without its name", "dev", &["--bootnodes", "/ip4/127.0.0.1/tcp/1"], "/p2p/"),
    ];
    for (why, chain, more, part) in cases {
        check(why, &node(base, chain, more), 4, part);
    }
    check("no such account", &["query", "account", "nobody"], 2, "nobody");
    let url = ["--rpc-url", "http://127.0.0.1:1"];
    check("no node", &[&["query", "status"][..], &url].concat(), 1, "no node answers");
    check("a bad specification", &["chain-spec", "check", &empty], 3, "missing field");
    check("purging unasked", &["purge-chain", "--chain", "dev", "-d", base], 2, "--yes");
}

#[test]
fn a_database_serves_one_process_and_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_str().unwrap();
    let chain = chain_file(folder.path(), 1, 1_767_225_600_000);
    let usual = ["--base-path", base, "--chain", &chain, "--listen-ip", "127.0.0.1", "--port", "0"];
    let first = RunningNode::start(&[&usual[..], &["--alice"]].concat());
    check("held", &node(base, &chain, &["--alice"]), 4, "another process holds the database");
    first.wait_final(1);
    assert_eq!(first.end(Signal::SIGTERM), Some(0));

    let other = chain_file(folder.path(), 1, 1_767_225_600_001);
    check(
        "another chain",
        &node(base, &other, &[]),
        4,
        "belongs to another chain; use another --base-path",
    );
    check("another chain's journal", &node(base, &other, &["--alice"]), 4, "another chain");
}

fn overwrite(path: &Path, bytes: &[u8]) {
    assert!(path.exists(), "{} is what the test damages", path.display());
    fs::write(path, bytes).unwrap();
}

#[test]
fn damage_is_found_and_never_signed_over() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_str().unwrap();
    let chain = chain_file(folder.path(), 1, 1_767_225_600_000);
    run_once(base, &chain);
    let data = folder.path().join("local");
    let start = node(base, &chain, &["--alice"]);

    let journal = data.join("signer/journal");
    let good = fs::read(&journal).unwrap();
    let mut flipped = good.clone();
    flipped[20] ^= 1;
    overwrite(&journal, &flipped);
    check("a flipped bit in the journal", &start, 4, "damaged at byte 0");
    fs::remove_file(&journal).unwrap();
    check("no journal, but blocks", &start, 4, "--new-signer");
    fs::write(&journal, good).unwrap();

    overwrite(&data.join("db/CURRENT"), b"nothing\n");
    check("a damaged database", &start, 4, "the database");
    let purge = serin(&["purge-chain", "--chain", &chain, "-d", base, "--yes"]);
    assert_eq!(purge.code, Some(0), "{}", purge.errors);
    assert!(journal.exists() && !data.join("db").exists(), "the journal stays");
    // The only node of the chain has lost it. It begins anew, and votes for nothing in rounds it voted in before.
    let usual = ["--base-path", base, "--chain", &chain, "--listen-ip", "127.0.0.1", "--port", "0"];
    let running = RunningNode::start(&[&usual[..], &["--alice"]].concat());
    let status =
        running.wait_until("a block", |status| status["best"]["height"].as_u64() > Some(3));
    assert_eq!(status["final"]["height"], 0, "{status}");
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}

#[test]
fn a_new_signer_is_a_word_of_the_operator() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_str().unwrap();
    let chain = chain_file(folder.path(), 1, 1_767_225_600_000);
    run_once(base, &chain);
    fs::remove_file(folder.path().join("local/signer/journal")).unwrap();
    let usual = ["--base-path", base, "--chain", &chain, "--listen-ip", "127.0.0.1", "--port", "0"];
    let running = RunningNode::start(&[&usual[..], &["--alice", "--new-signer"]].concat());
    running.wait_final(4);
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}
