//! Staking on a real network: four processes with stake, short slots and short epochs.
//!
//! The preset `local` has eras of two epochs and takes a slash three eras after the offence.

use crate::running::{NODES, Running, has_node};
use serde_json::Value;
use serin_state::derive::Seed;
use serin_state::types::AccountId;
use serin_testnet::launch::remote::Request;
use serin_testnet::launch::rpc;

const FOUR: &str = "validators = 4\nslot_ms = 100\nepoch_slots = 30\n";

fn address(uri: &str) -> String {
    AccountId::from(Seed::from_uri(uri).unwrap().key().public()).to_string()
}

/// What is held of an account on the newest state of `node`.
fn held(net: &Running, node: &str, uri: &str) -> Option<u128> {
    let (url, parameters) = (net.url(node)?, serde_json::json!([address(uri), null]));
    let view: Value = rpc::call(&url, "state_account", &parameters).ok()?;
    view["held"].as_str()?.parse().ok()
}

#[test]
fn a_twin_is_reported_slashed_once_and_finality_goes_on() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 2));
    let bonded = held(&net, "alice", "//Dave").unwrap();
    assert!(bonded > 0, "validators of the preset have stake");
    // At the beginning of an era, so that offence, report and disabling fall into one.
    let before = era(&net);
    net.wait("an era begins", |net| era(net) > before);
    net.ask(&Request::Twin { node: "dave".to_owned() });
    // One of four: (3 * 1 / 4)^2 = 56.25 %.
    let left = bonded - bonded * 5_625 / 10_000;
    let seen = |net: &Running| {
        let log = std::fs::read_to_string(net.folder().join("alice/log")).unwrap_or_default();
        log.contains("sealed two")
    };
    net.wait("the others see it", seen);
    // Before the next era: each has a slash of its own.
    net.kill("dave-twin");
    net.wait("the offender is disabled", |net| disabled(net) == [address("//Dave")]);
    let guilty = era(&net);
    net.wait("the next era", |net| era(net) > guilty);
    assert_eq!(disabled(&net), [] as [String; 0], "for the rest of the era, and no longer");
    net.wait("the slash", |net| held(net, "alice", "//Dave").is_some_and(|now| now < bonded));
    assert_eq!(held(&net, "alice", "//Dave"), Some(left));
    net.wait_for_finality(&["alice", "bob", "charlie"], 40);
    assert_eq!(held(&net, "alice", "//Dave"), Some(left), "once, however often it offended");
    for honest in ["//Alice", "//Bob", "//Charlie"] {
        assert_eq!(held(&net, "bob", honest), Some(bonded), "{honest} loses nothing");
    }
    net.assert_equal_roots(&["alice", "bob", "charlie"]);
}

/// The era of Alice's head.
fn era(net: &Running) -> u64 {
    net.json("query staking")["era"].as_u64().unwrap()
}

/// The validators that make no more blocks in the era.
fn disabled(net: &Running) -> Vec<String> {
    let view = net.json("query staking");
    let seats = view["validators"].as_array().unwrap().iter();
    let out = seats.filter(|seat| seat["disabled"] == true);
    out.map(|seat| seat["account"].as_str().unwrap().to_owned()).collect()
}

const FIFTH: &str = r#"
slot_ms = 100
epoch_slots = 20
[[node]]
name = "alice"
[[node]]
name = "bob"
[[node]]
name = "charlie"
[[node]]
name = "dave"
[[node]]
name = "eve"
validator = false
arguments = ["--key-uri", "//Eve"]
"#;

/// The accounts with a seat in the era that goes on, and the points of each.
fn seats(net: &Running) -> Vec<(String, u64)> {
    let view = net.json("query staking");
    let seats = view["validators"].as_array().unwrap().iter().map(|seat| {
        (seat["account"].as_str().unwrap().to_owned(), seat["points"].as_u64().unwrap())
    });
    seats.collect()
}

fn points(net: &Running, uri: &str) -> u64 {
    let account = address(uri);
    seats(net).into_iter().find(|(who, _)| *who == account).map_or(0, |(_, points)| points)
}

fn free(net: &Running, uri: &str) -> u128 {
    let view = net.json(&format!("query account {uri}"));
    view["free"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_fifth_node_joins_and_a_validator_leaves_without_a_restart_of_anyone() {
    if !has_node() {
        return;
    }
    let net = Running::start(FIFTH);
    let all = ["alice", "bob", "charlie", "dave", "eve"];
    net.wait("five nodes finalise", |net| all.iter().all(|node| net.finalized(node) >= 2));
    net.serin("staking bond 1000 --payee stash --from //Eve");
    // Keys that the running node makes for itself: no secret but its own can sign with them.
    let made = net.output_of("eve", "key rotate --account //Eve");
    let made = String::from_utf8(made.stdout).unwrap();
    net.serin(&format!("staking set-keys --keys {} --from //Eve", made.trim()));
    net.serin("staking validate --commission 10 --from //Eve");
    net.serin("staking bond 500000 --payee stash --from //Ferdie");
    net.serin("staking nominate //Eve --from //Ferdie");
    let bonded = held(&net, "alice", "//Bob").unwrap();
    net.serin("staking chill --from //Bob");
    net.serin(&format!("staking unbond {} --from //Bob", bonded / 1_000_000_000_000));
    let early = net.output("staking withdraw --from //Bob");
    let sentence = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(sentence.contains("nothing can be withdrawn yet"), "{sentence}");
    assert_eq!(held(&net, "alice", "//Bob"), Some(bonded), "nothing is free before its era");

    let names = |uris: &[&str]| {
        let mut names: Vec<String> = uris.iter().map(|uri| address(uri)).collect();
        names.sort();
        names
    };
    let expected = names(&["//Alice", "//Charlie", "//Dave", "//Eve"]);
    net.wait("the set with the fifth and without the second", |net| {
        let mut seated: Vec<String> = seats(net).into_iter().map(|(account, _)| account).collect();
        seated.sort();
        seated == expected
    });
    net.wait("the fifth makes blocks", |net| points(net, "//Eve") > 0);

    // All four seats weigh the same: without Charlie finality needs the votes of the three others, and so of the fifth.
    net.kill("charlie");
    net.wait_for_finality(&["alice", "dave", "eve", "bob"], 10);

    let due = |net: &Running| {
        let view = net.json("query staking //Bob");
        let chunk = view["unlocking"][0]["era"].as_u64().unwrap();
        view["era"].as_u64().unwrap() >= chunk
    };
    net.wait("the end of the bonding duration", due);
    let before = free(&net, "//Bob");
    net.serin("staking withdraw --from //Bob");
    assert_eq!(held(&net, "alice", "//Bob"), Some(0));
    let gained = free(&net, "//Bob") - before;
    assert!(
        gained < bonded && bonded - gained < 1_000_000_000_000,
        "the bond less a fee: {gained}"
    );
    net.assert_equal_roots(&["alice", "bob", "dave", "eve"]);
}
