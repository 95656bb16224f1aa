//! Real nodes that come late: one fetches every block, one the proof chain and a state, and is killed meanwhile.
//!
//! Short slots: 2,000 blocks take about two minutes.

use crate::running::{Running, has_node};
use serin_testnet::launch::clock::pause;

const NETWORK: &str = r#"
slot_ms = 60
epoch_slots = 60
rotation_epochs = 3
rotation_active = 4
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
[[node]]
name = "full"
validator = false
late = true
[[node]]
name = "proof"
validator = false
late = true
sync = "proof"
"#;

const SERVERS: [&str; 5] = ["alice", "bob", "charlie", "dave", "eve"];

#[test]
fn after_two_thousand_blocks_nodes_join_by_blocks_and_by_proof_through_kills() {
    if !has_node() {
        return;
    }
    let net = Running::start(NETWORK);
    net.wait("five nodes finalise", |net| SERVERS.iter().all(|node| net.finalized(node) >= 3));
    net.wait_ms(300_000, "2,000 blocks", |net| net.finalized("alice") >= 2_000);
    let changes = net.status("alice").map_or(0, |status| status.set.id);
    assert!(changes >= 10, "{changes} changes of the set");
    net.restart("full");
    net.restart("proof");
    // Killed while it starts, while it proves, while it fetches: whatever it was doing then.
    for wait_ms in [5, 120, 180, 250, 320, 400] {
        pause(wait_ms);
        net.kill("proof");
        net.restart("proof");
    }
    let joined = |node: &str| net.finalized(node) + 20 >= net.finalized("alice");
    net.wait_ms(120_000, "both have joined", |_| joined("full") && joined("proof"));
    let oldest = |node: &str| net.status(node).map(|status| status.oldest_block);
    net.wait("the older blocks have come too", |_| oldest("proof") == Some(0));
    net.assert_equal_roots(&["alice", "full", "proof"]);
    assert_eq!(net.block("proof", 1_234), net.block("alice", 1_234));
    let log = std::fs::read_to_string(net.folder().join("proof").join("log")).unwrap();
    assert!(log.contains("is proven final over"), "it came by proof: {log}");
}
