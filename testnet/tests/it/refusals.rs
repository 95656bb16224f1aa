//! What the launcher refuses: one sentence and the right exit code each.

use crate::running::{FOUR, Running, has_node, launcher};
use serin_testnet::launch::remote::{Request, ask};

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = launcher(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn mistakes_get_a_sentence_and_their_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("nothing").display().to_string();
    let bad = folder.path().join("bad.toml");
    std::fs::write(&bad, "validators = 2\nspeed = 3\n").unwrap();
    let slow = folder.path().join("slow.toml");
    std::fs::write(&slow, "validators = 2\n[link]\ndelay_ms = 5\n").unwrap();
    let (bad, slow) = (bad.display().to_string(), slow.display().to_string());
    let cases: [(&str, &[&str], i32, &str); 9] = [
        ("no network there", &["kill", "bob", "--dir", &empty], 4, "no network is running"),
        ("an unknown field", &["up", "--topology", &bad], 2, "unknown field"),
        ("a missing file", &["up", "--topology", "/nonexistent"], 2, "No such file"),
        ("no condition", &["up", "--until", "height>3"], 2, "is no condition"),
        ("no validators", &["up", "--validators", "0"], 2, "1 to 100 validators"),
        ("one group", &["partition", "alice,bob"], 2, "NAMES"),
        ("too many for a chain", &["sim", "--validators", "5000"], 2, "1 to 2,048"),
        ("too many for the simulator", &["sim", "--validators", "1500"], 2, "give --views"),
        ("more views than validators", &["sim", "--views", "5"], 2, "as many views as"),
    ];
    for (why, arguments, code, sentence) in cases {
        let (exit, text) = refused(arguments);
        assert_eq!(exit, Some(code), "{why}: {text}");
        assert!(text.contains(sentence), "{why}: {text}");
    }
    if has_node() {
        let dir = folder.path().join("net").display().to_string();
        let (exit, text) = refused(&["up", "--topology", &slow, "--dir", &dir]);
        assert_eq!(exit, Some(4), "{text}");
        assert!(text.contains("serin-testnet sim"), "{text}");
    }
}

#[test]
fn a_running_network_refuses_unknown_names_and_a_second_launcher() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("a node listens", |net| net.status("alice").is_some());
    let error = ask(&net.folder(), &Request::Kill { node: "zoe".into() }).unwrap_err();
    assert!(error.to_string().contains("alice, bob, charlie, dave"), "{error}");
    let dir = net.folder().display().to_string();
    let (exit, text) = refused(&["up", "--dir", &dir]);
    assert_eq!(exit, Some(4), "{text}");
    assert!(text.contains("serin-testnet down"), "{text}");
}
