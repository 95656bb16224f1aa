//! Nodes that are killed, stopped and cut off; and what the others do meanwhile.

use crate::running::{FOUR, NODES, Running, has_node, launcher};
use serin_testnet::launch::clock::pause;
use serin_testnet::launch::remote::Request;

#[test]
fn up_ends_with_a_summary_when_the_condition_holds() {
    if !has_node() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = launcher(&["up", "--until", "finalized>=20", "--timeout", "120", "--json"])
        .args(["--slot-ms", "200", "--dir"])
        .arg(folder.path().join("net"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let last = stdout.lines().last().unwrap();
    let summary: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(summary["reached"], true, "{summary}");
    let names = [
        "best",
        "finalized",
        "first_block_ms",
        "first_final_ms",
        "finality_lag_ms_p50",
        "finality_lag_ms_p99",
    ];
    for name in names {
        assert!(summary[name].is_u64(), "{name}: {summary}");
    }
    assert_eq!(summary["nodes"].as_array().unwrap().len(), 4);
    for name in ["peers", "best", "finalized", "rss_mb"] {
        assert!(summary["nodes"][0][name].is_u64(), "{name}: {summary}");
    }
}

#[test]
fn a_condition_that_does_not_come_ends_with_exit_code_3() {
    if !has_node() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output =
        launcher(&["up", "--validators", "1", "--until", "best>=100000", "--timeout", "2"])
            .arg("--dir")
            .arg(folder.path().join("net"))
            .output()
            .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn three_of_four_finalise_two_of_four_only_make_blocks_and_all_recover() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 3));
    net.kill("bob");
    net.wait_for_finality(&["alice", "charlie", "dave"], 5);
    net.kill("alice");
    // A round that had all its votes may still end.
    net.wait("blocks go on", |net| net.best("dave") > net.finalized("dave") + 5);
    let (stuck, best) = (net.finalized("dave"), net.best("dave"));
    net.wait("blocks go on without finality", |net| net.best("dave") > best + 5);
    assert_eq!(net.finalized("dave"), stuck, "half of the weight finalises nothing");
    net.restart("alice");
    net.restart("bob");
    net.wait_for_finality(&NODES, 5);
    net.assert_equal_roots(&NODES);
}

#[test]
fn a_partition_in_halves_finalises_nothing_new_and_heals_by_itself() {
    if !has_node() {
        return;
    }
    let net = Running::start(FOUR);
    net.wait("four nodes finalise", |net| NODES.iter().all(|node| net.finalized(node) >= 3));
    let groups = vec![vec!["alice".into(), "bob".into()], vec!["charlie".into(), "dave".into()]];
    net.ask(&Request::Partition { groups });
    net.wait("the halves are apart", |net| {
        NODES.iter().all(|node| net.status(node).is_some_and(|status| status.peers.len() == 1))
    });
    let stuck: Vec<u32> = NODES.iter().map(|node| net.finalized(node)).collect();
    let best = net.best("dave");
    net.wait("both halves make blocks", |net| net.best("dave") > best + 10);
    let still: Vec<u32> = NODES.iter().map(|node| net.finalized(node)).collect();
    let highest = stuck.iter().max().unwrap();
    assert!(still.iter().all(|height| height <= highest), "{stuck:?} then {still:?}");
    net.ask(&Request::Heal);
    net.wait_for_finality(&NODES, 15);
    net.assert_equal_roots(&NODES);
}

#[test]
fn sets_that_rotate_every_two_epochs_keep_finalising_over_a_crash() {
    if !has_node() {
        return;
    }
    let net = Running::start(
        "validators = 5\nslot_ms = 200\nepoch_slots = 10\nrotation_epochs = 2\nrotation_active = 4\n",
    );
    let nodes = ["alice", "bob", "charlie", "dave", "eve"];
    let changes = |net: &Running| net.status("eve").map_or(0, |status| status.set.id);
    net.wait("a set changes", |net| changes(net) >= 1);
    net.kill("bob");
    net.wait("sets change with one of five down", |net| changes(net) >= 3);
    net.restart("bob");
    net.wait_for_finality(&nodes, 10);
    net.assert_equal_roots(&nodes);
}

#[test]
fn nodes_end_with_their_launcher_even_a_stopped_one() {
    if !has_node() {
        return;
    }
    let mut net = Running::start(FOUR);
    net.wait("four nodes listen", |net| NODES.iter().all(|node| net.status(node).is_some()));
    net.ask(&Request::Pause { node: "dave".into() });
    let pids = net.pids(&NODES);
    net.kill_launcher();
    let lives = |pid: &u32| {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // An ended process that nobody waited for is a zombie.
        !state.is_empty() && !state.contains(") Z ")
    };
    for _ in 0..200 {
        if !pids.iter().any(lives) {
            return;
        }
        pause(50);
    }
    panic!("still running: {:?}", pids.iter().filter(|pid| lives(pid)).collect::<Vec<_>>());
}
