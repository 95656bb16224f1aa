//! Blocks that leave a database and come back, final blocks that are taken back, and values of the past.
//!
//! Real processes on real files; every refusal is shown with its sentence and exit code.

use super::process::{RunningNode, chain_file, now_ms, serin};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::path::Path;

/// A stopped node with at least `height` final blocks, and two transfers in early ones.
fn stopped_node(folder: &Path, state: &str, height: u64) -> (String, String) {
    let chain = chain_file(folder, 1, now_ms());
    let base = folder.join(format!("base-{state}")).to_str().unwrap().to_owned();
    let own = ["--chain", &chain, "--base-path", &base, "--alice", "--state", state];
    let node =
        RunningNode::start(&[&own[..], &["--listen-ip", "127.0.0.1", "--port", "0"]].concat());
    for _ in 0..2 {
        let sent = serin(&[
            "tx",
            "transfer",
            "--from",
            "//Alice",
            "--to",
            "//Bob",
            "--amount",
            "5",
            "--wait",
            "final",
            "--rpc-url",
            &node.rpc,
        ]);
        assert_eq!(sent.code, Some(0), "{}", sent.errors);
    }
    node.wait_final(height);
    assert_eq!(node.end(Signal::SIGTERM), Some(0));
    (chain, base)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn blocks_go_to_a_file_and_into_another_database_with_all_checks() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, base) = stopped_node(folder.path(), "pruned", 20);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, other) = (at("blocks.bin"), at("other"));
    let own = ["--chain", chain.as_str(), "--base-path"];
    let exported = serin(&[&["export-blocks", "--json"], &own[..], &[&base, &file]].concat());
    assert_eq!(exported.code, Some(0), "{}", exported.errors);
    let count = json_of(&exported.output)["blocks"].as_u64().unwrap();
    assert!(count >= 20);
    let import = |file: &str, base: &str| {
        serin(&[&["import-blocks", "--json"], &own[..], &[base, file]].concat())
    };
    let first = import(&file, &other);
    assert_eq!(first.code, Some(0), "{}", first.errors);
    assert_eq!(json_of(&first.output)["new"].as_u64(), Some(count));
    let again = import(&file, &other);
    assert_eq!(json_of(&again.output)["new"], 0, "what is there is not taken again");

    let whole = std::fs::read(&file).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = at(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let second =
        51 + 4 + usize::try_from(u32::from_le_bytes(whole[51..55].try_into().unwrap())).unwrap();
    let changed = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes
    };
    let reordered = [&whole[..51], &whole[second..]].concat();
    let mut oversized = whole.clone();
    oversized[54] = 0x7f;
    #[rustfmt::skip]
    let cases = [
        ("truncated",         whole[..whole.len() - 9].to_vec(), "breaks off"),
        ("another file",      b"something else entirely, and long enough for a head of a file".to_vec(), "not a file of serin export-blocks"),
        ("another chain",     changed(20),          "genesis"),
        ("a block missing",   reordered,            "blocks before it are missing"),
        ("a changed byte",    changed(second + 90), "number 1"),
        ("too long a block",  oversized,            "at most"),
    ];
    for (number, (why, bytes, sentence)) in cases.into_iter().enumerate() {
        let path = write(&format!("bad-{number}.bin"), &bytes);
        let refused = import(&path, &at(&format!("fresh-{number}")));
        assert_eq!(refused.code, Some(3), "{why}: {}", refused.errors);
        assert!(refused.errors.contains(sentence), "{why}: {}", refused.errors);
    }
    let beyond =
        serin(&[&["export-blocks", "--to", "100000"], &own[..], &[&base, &at("no.bin")]].concat());
    assert_eq!(beyond.code, Some(2), "{}", beyond.errors);
}

#[test]
fn final_blocks_are_taken_back_and_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, base) = stopped_node(folder.path(), "pruned", 20);
    let file = folder.path().join("blocks.bin").to_str().unwrap().to_owned();
    let own = ["--chain", chain.as_str(), "--base-path", base.as_str()];
    let run = |command: &[&str], more: &[&str]| serin(&[command, &own[..], more].concat());
    assert_eq!(run(&["export-blocks"], &[&file]).code, Some(0));
    for (blocks, sentence) in [("0", "at least one"), ("100000", "are final")] {
        let refused = run(&["revert"], &[blocks]);
        assert_eq!(refused.code, Some(1), "{}", refused.errors);
        assert!(refused.errors.contains(sentence), "{}", refused.errors);
    }
    let reverted = run(&["revert"], &["12"]);
    assert_eq!(reverted.code, Some(0), "{}", reverted.errors);
    assert!(reverted.errors.contains("still bars"), "{}", reverted.errors);
    let imported = run(&["import-blocks", "--json"], &[&file]);
    assert_eq!(imported.code, Some(0), "{}", imported.errors);
    assert_eq!(json_of(&imported.output)["new"], 12, "the ones that were taken back");

    let node =
        RunningNode::start(&[&own[..], &["--listen-ip", "127.0.0.1", "--port", "0"]].concat());
    let locked = run(&["revert"], &["1"]);
    assert_eq!(locked.code, Some(4), "a running node holds its database: {}", locked.errors);
    drop(node);
}

#[test]
fn an_archive_knows_every_account_at_every_height_and_others_say_how_far_back_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, base) = stopped_node(folder.path(), "archive", 270);
    let own = ["--chain", chain.as_str(), "--base-path", base.as_str()];
    let net = ["--listen-ip", "127.0.0.1", "--port", "0"];
    let bob = |node: &RunningNode, at: &str| {
        let account =
            serin(&["query", "account", "//Bob", "--at", at, "--json", "--rpc-url", &node.rpc]);
        (account.code, account.output, account.errors)
    };
    let node = RunningNode::start(&[&own[..], &net[..]].concat());
    assert_eq!(node.status()["oldest_state"], json!(0));
    let (code, output, errors) = bob(&node, "0");
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(json_of(&output)["free"], "1000000000000000000", "at genesis");
    let (_, output, _) = bob(&node, "final");
    assert_eq!(json_of(&output)["free"], "1000010000000000000", "after both transfers");
    let (code, _, errors) = bob(&node, "100000");
    assert_ne!(code, Some(0));
    assert!(errors.contains("no block at height"), "{errors}");
    assert_eq!(node.end(Signal::SIGTERM), Some(0));

    let node = RunningNode::start(&[&own[..], &net[..], &["--state", "pruned"]].concat());
    let (code, _, errors) = bob(&node, "0");
    assert_ne!(code, Some(0));
    assert!(
        errors.contains("oldest") || errors.contains("256") || errors.contains("kept"),
        "{errors}"
    );
    assert_eq!(node.end(Signal::SIGTERM), Some(0));
    let archive = serin(
        &[
            &["node", "--rpc-port", "0", "--prometheus-port", "0", "--state", "archive"],
            &own[..],
            &net[..],
        ]
        .concat(),
    );
    assert_eq!(archive.code, Some(4), "{}", archive.errors);
    assert!(
        archive.errors.contains("an archive begins with an empty database"),
        "{}",
        archive.errors
    );
}
