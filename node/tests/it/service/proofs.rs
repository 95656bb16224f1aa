//! Proofs from outside: written by one process, checked by another, followed by a third; and a server that lies.
//!
//! The chain begins now, so its genesis block is young enough to be trusted.
#![allow(clippy::disallowed_methods, reason = "a chain that begins now needs the real clock")]

use super::process::{PATIENCE, RunningNode, chain_file, serin};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn young_node(folder: &std::path::Path) -> (RunningNode, String) {
    let chain = chain_file(folder, 1, now_ms());
    let node = RunningNode::start(&["--chain", &chain, "--alice", "--tmp", "--port", "0"]);
    node.wait_final(3);
    let genesis = node.status()["genesis"].as_str().unwrap().to_owned();
    (node, genesis)
}

#[test]
fn proofs_are_written_checked_and_followed_by_processes() {
    let folder = tempfile::tempdir().unwrap();
    let (node, genesis) = young_node(folder.path());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let questions: [(&str, &[&str]); 4] = [
        ("header", &["header"]),
        ("ancestor", &["header", "1"]),
        ("account", &["account", "//Alice"]),
        ("nobody", &["account", &format!("0x{}", "09".repeat(32))]),
    ];
    for (name, question) in questions {
        let out = file(name);
        let head = ["query", "proof", "--rpc-url", &node.rpc, "--out", &out];
        let made = serin(&[&head[..], question].concat());
        assert_eq!(made.code, Some(0), "{name}: {}", made.errors);
        let checked = serin(&["verify-proof", &out, "--genesis", &genesis, "--json"]);
        assert_eq!(checked.code, Some(0), "{name}: {}", checked.errors);
        let view: Value = serde_json::from_str(&checked.output).unwrap();
        assert_eq!(view["genesis"], genesis, "{name}");
        assert_eq!(
            view["exists"],
            if name == "nobody" {
                false.into()
            } else if name == "account" {
                true.into()
            } else {
                Value::Null
            }
        );
        let mut bytes = std::fs::read(&out).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&out, bytes).unwrap();
        let refused = serin(&["verify-proof", &out, "--genesis", &genesis]);
        assert_eq!(refused.code, Some(3), "{name}");
        assert!(refused.errors.contains("refused") && refused.errors.contains("damaged"));
    }
    let trust = file("trust");
    let follow = ["light", "--genesis", &genesis, "--rpc-url", &node.rpc, "--trust-file", &trust];
    let mut heights = Vec::new();
    for _ in 0..2 {
        let followed = serin(&[&follow[..], &["--once", "--json"]].concat());
        assert_eq!(followed.code, Some(0), "{}", followed.errors);
        let view: Value = serde_json::from_str(&followed.output).unwrap();
        heights.push(view["block"]["height"].as_u64().unwrap());
        node.wait_final(heights[0] + 1);
    }
    assert!(heights[1] > heights[0], "{heights:?}");
    let read = serin(&[&follow[..], &["--json", "account", "//Bob"]].concat());
    let view: Value = serde_json::from_str(&read.output).unwrap();
    assert_eq!((view["proves"].as_str(), view["exists"].as_bool()), (Some("account"), Some(true)));
}

/// Passes one call after the other on to the node, and bends the end of what it answers.
fn liar(node: &str) -> String {
    let socket = node.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            drop(lie(stream, &socket));
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn lie(mut stream: TcpStream, socket: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut upstream = TcpStream::connect(socket)?;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {socket}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = String::new();
    upstream.read_to_string(&mut answer)?;
    let mut bytes = answer.into_bytes();
    // The last digits of the answer stand before the quote that ends it.
    if let Some(quote) = bytes.iter().rposition(|byte| *byte == b'"') {
        let digit = &mut bytes[quote - 12];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    stream.write_all(&bytes)
}

#[test]
fn a_server_that_lies_is_named_and_the_next_one_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (node, genesis) = young_node(folder.path());
    let liar = liar(&node.rpc);
    let ask = ["light", "--genesis", &genesis, "--once"];
    let alone = serin(&[&ask[..], &["--rpc-url", &liar]].concat());
    assert_eq!(alone.code, Some(3), "{}", alone.errors);
    assert!(alone.errors.contains(&format!("refused an answer of {liar}")), "{}", alone.errors);
    let both = serin(&[&ask[..], &["--rpc-url", &liar, "--rpc-url", &node.rpc]].concat());
    assert_eq!(both.code, Some(0), "{}", both.errors);
    assert!(both.errors.contains(&liar), "{}", both.errors);
    assert!(both.output.starts_with("final"), "{}", both.output);
}

#[test]
fn a_chain_older_than_stake_stays_bound_asks_for_the_users_word() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path(), 1, now_ms() - 1_000_000_000);
    let node = RunningNode::start(&["--chain", &chain, "--alice", "--tmp", "--port", "0"]);
    let status = node.wait_final(2);
    let genesis = status["genesis"].as_str().unwrap();
    let ask = ["light", "--genesis", genesis, "--rpc-url", &node.rpc, "--once"];
    let refused = serin(&ask);
    assert_eq!(refused.code, Some(2));
    assert!(refused.errors.contains("--trust-genesis"), "{}", refused.errors);
    assert_eq!(serin(&[&ask[..], &["--trust-genesis"]].concat()).code, Some(0));
    let checkpoint = status["final"]["hash"].as_str().unwrap();
    let followed = serin(&[&ask[..], &["--checkpoint", checkpoint]].concat());
    assert_eq!(followed.code, Some(0), "{}", followed.errors);
}
