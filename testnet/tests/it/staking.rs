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
    net.wait("the slash", |net| held(net, "alice", "//Dave").is_some_and(|now| now < bonded));
    assert_eq!(held(&net, "alice", "//Dave"), Some(left));
    net.wait_for_finality(&["alice", "bob", "charlie"], 40);
    assert_eq!(held(&net, "alice", "//Dave"), Some(left), "once, however often it offended");
    for honest in ["//Alice", "//Bob", "//Charlie"] {
        assert_eq!(held(&net, "bob", honest), Some(bonded), "{honest} loses nothing");
    }
    net.assert_equal_roots(&["alice", "bob", "charlie"]);
}
