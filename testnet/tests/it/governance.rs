//! Governance on a real network: four processes, slots of 200 ms, and the program `serin` for every call.
//!
//! The preset `local` decides 5,040 times faster than Kusama, so the life of a root referendum takes seconds. Every test
//! has a network of its own.

use crate::running::{NODES, Running, has_node};
use serde_json::Value;
use serin_testnet::launch::rpc;
use std::process::Output;

const FOUR: &str = "validators = 4\nslot_ms = 200\n";

/// A network, and the program that talks to it.
struct Governed {
    net: Running,
}

impl Governed {
    fn start(description: &str) -> Self {
        let net = Running::start(description);
        net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 2));
        Self { net }
    }

    fn output(&self, words: &str) -> Output {
        self.net.output(words)
    }

    fn serin(&self, words: &str) -> String {
        self.net.serin(words)
    }

    fn json(&self, words: &str) -> Value {
        self.net.json(words)
    }

    fn phase(&self, index: u32) -> String {
        let view = self.json(&format!("query gov {index}"));
        view["phase"].as_str().unwrap().to_owned()
    }

    fn wait_for_phase(&self, index: u32, phase: &str) {
        self.net.wait(phase, |_| self.phase(index) == phase);
    }

    fn free(&self, account: &str) -> u128 {
        let view = self.json(&format!("query account {account}"));
        view["free"].as_str().unwrap().parse().unwrap()
    }

    /// Submits, deposits, and has three accounts vote for it.
    fn propose(&self, index: u32, track: &str, words: &str) {
        self.serin(&format!("gov submit --from //Alice --track {track} {words}"));
        self.serin(&format!("gov deposit {index} --from //Bob"));
        for voter in ["//Alice", "//Bob", "//Charlie"] {
            self.serin(&format!("gov vote {index} aye 900000 --conviction 1x --from {voter}"));
        }
    }
}

#[test]
fn from_a_submission_to_the_enacted_payment_with_a_delegation_and_a_split_vote() {
    if !has_node() {
        return;
    }
    let governed = Governed::start(FOUR);
    let before = governed.free("//Ferdie");
    let preview =
        governed.json("gov preview --track root balances.force_transfer treasury //Ferdie 0.5");
    assert_eq!(preview["needs_preimage"], false, "{preview}");
    governed.serin(
        "gov submit --from //Alice --track root balances.force_transfer treasury //Ferdie 0.5",
    );
    governed.serin("gov deposit 0 --from //Bob");
    governed.serin("gov delegate 900000 --to //Bob --track root --conviction 1x --from //Charlie");
    governed.serin("gov vote 0 split --aye 100000 --nay 50000 --from //Dave");
    governed.serin("gov vote 0 aye 900000 --conviction 1x --from //Bob");
    governed.serin("gov vote 0 aye 900000 --from //Alice");
    let view = governed.json("query gov 0");
    assert_eq!(view["votes"].as_array().unwrap().len(), 3, "{view}");
    let bob =
        view["votes"].as_array().unwrap().iter().find(|vote| vote["delegated_capital"] != "0");
    assert_eq!(bob.unwrap()["delegated_capital"], "900000000000000000", "{view}");
    governed.wait_for_phase(0, "approved");
    governed.net.wait("the payment", |_| governed.free("//Ferdie") > before);
    assert_eq!(governed.free("//Ferdie") - before, 500_000_000_000);
    governed.serin("gov refund 0 --from //Dave");
    let again = governed.output("gov refund 0 --from //Dave");
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("no deposit"), "{again:?}");
    governed.net.assert_equal_roots(&NODES);
}

#[test]
fn a_parameter_changes_and_a_referendum_is_cancelled_and_another_killed() {
    if !has_node() {
        return;
    }
    let governed = Governed::start(FOUR);
    governed.propose(0, "root", "system.set_parameters base_fee=7");
    governed.serin("tx call --from //Eve bounties.propose 100 a wallet for phones");
    let treasury = governed.json("gov treasury");
    let bounty = &treasury["bounties"][0];
    assert_eq!(bounty["description"], "a wallet for phones", "{treasury}");
    assert_eq!(bounty["stage"], "proposed", "{treasury}");
    governed.serin("gov submit --from //Dave --track root system.remark spam");
    governed.serin("gov submit --from //Dave --track root system.remark more");
    governed.serin("gov cancel 1 --from //Alice");
    governed.serin("gov kill 2 --from //Alice");
    for index in [3, 4] {
        governed.serin(&format!("gov deposit {index} --from //Bob"));
        for voter in ["//Alice", "//Bob", "//Charlie"] {
            governed.serin(&format!("gov vote {index} aye 900000 --conviction 1x --from {voter}"));
        }
    }
    governed.wait_for_phase(1, "cancelled");
    governed.wait_for_phase(2, "killed");
    governed.wait_for_phase(0, "approved");
    let fee = |governed: &Governed| {
        let url = governed.net.url("alice").unwrap();
        let view = rpc::call::<Value>(&url, "state_parameters", &serde_json::json!([]));
        view.map(|view| view["parameters"]["base_fee"].clone()).ok()
    };
    governed.net.wait("the parameter", |_| fee(&governed) == Some("7".into()));
    governed.net.assert_equal_roots(&NODES);
}

#[test]
fn a_confirmation_is_aborted_at_the_last_moment() {
    if !has_node() {
        return;
    }
    let governed = Governed::start(FOUR);
    governed.propose(0, "root", "balances.force_transfer treasury //Ferdie 0.5");
    governed.wait_for_phase(0, "confirming");
    let until = governed.json("query gov 0")["confirms_until"].as_u64().unwrap();
    governed.net.wait("the last moment", |net| {
        net.status("alice").is_some_and(|status| status.slot + 4 >= until)
    });
    governed.serin("gov vote 0 nay 900000 --conviction 6x --from //Eve");
    governed.wait_for_phase(0, "deciding");
    let view = governed.json("query gov 0");
    assert!(view["votes_missing"] != "0", "{view}");
}

#[test]
fn an_upgrade_by_vote_stops_the_node_that_does_not_know_it_and_the_others_go_on() {
    if !has_node() {
        return;
    }
    let nodes = "slot_ms = 200\nepoch_slots = 10\n[[node]]\nname = \"alice\"\n[[node]]\nname = \"bob\"\n\
                 [[node]]\nname = \"charlie\"\n[[node]]\nname = \"dave\"\nprotocol_max = 1\n";
    let governed = Governed::start(nodes);
    let height = governed.net.best("alice") + 140;
    governed.propose(0, "root", &format!("system.schedule_upgrade 2 {height}"));
    governed.serin("gov vote 0 aye 900000 --from //Dave");
    governed.net.wait("the upgrade is pending", |net| {
        net.status("alice").and_then(|status| status.upgrade).is_some()
    });
    let upgrade = governed.net.status("alice").unwrap().upgrade.unwrap();
    assert_eq!((upgrade.version, upgrade.height, upgrade.referendum), (2, height, Some(0)));
    assert_eq!((upgrade.ready, upgrade.validators), (3, 4), "dave's blocks tell version 1");
    governed.net.wait("three go on", |net| {
        ["alice", "bob", "charlie"].iter().all(|node| net.finalized(node) > height + 5)
    });
    let dave = governed.net.status("dave").unwrap();
    assert_eq!(dave.best.height, height - 1, "it stops before the height");
    for part in ["protocol version 2", &format!("block {height}"), "referendum 0"] {
        assert!(dave.sync.reason.contains(part), "{part}: {}", dave.sync.reason);
    }
    assert_eq!(governed.net.status("alice").unwrap().version, 2);
    assert!(
        governed.net.block("dave", 2) == governed.net.block("alice", 2),
        "it serves what it has"
    );
    governed.serin("tx transfer --from //Bob --to //Dave --amount 1");
    governed.serin("tx call --from //Bob balances.burn 1");
}
