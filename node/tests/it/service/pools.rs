//! Pools from the command line: a pool is made, joined, asked about and left, and what cannot be done is said in a sentence.
//!
//! One development node with slots of a second; every command waits until its transaction is final.

use super::process::{RunningNode, serin};
use nix::sys::signal::Signal;
use serde_json::Value;

fn run(node: &RunningNode, command: &str) -> (Option<i32>, String) {
    let mut words: Vec<&str> = command.split(' ').collect();
    words.extend(["--rpc-url", node.rpc.as_str()]);
    let ended = serin(&words);
    (ended.code, format!("{}{}", ended.output, ended.errors))
}

fn done(node: &RunningNode, command: &str) {
    let (code, said) = run(node, command);
    assert_eq!(code, Some(0), "{command}: {said}");
}

fn asked(node: &RunningNode, command: &str) -> Value {
    let (code, said) = run(node, command);
    assert_eq!(code, Some(0), "{command}: {said}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_pool_is_made_joined_and_left_and_refusals_say_why() {
    let node = RunningNode::start(&["--dev"]);
    node.wait_final(1);
    done(&node, "pools create 100 --bouncer none --from //Bob");
    done(&node, "pools nominate 0 //Alice --from //Bob");
    done(&node, "pools join 0 5 --from //Charlie");
    done(&node, "pools bond-extra 2 --from //Charlie");
    done(&node, "pools commission 0 5 --payee //Dave --from //Bob");
    done(&node, "pools set-roles 0 --nominator //Eve --from //Bob");
    done(&node, "pools unbond 3 --from //Charlie");
    let view = asked(&node, "query pools --json");
    let pool = &view["pools"][0];
    assert_eq!((&view["living"], &view["members"]), (&1.into(), &2.into()));
    assert_eq!(pool["active"], "104000000000000");
    assert_eq!(pool["leaving"], "3000000000000");
    assert_eq!(pool["commission_ppb"], 50_000_000);
    assert!(pool["bouncer"].is_null() && pool["root"] == pool["depositor"], "{pool}");
    assert!(pool["nominator"] != pool["root"], "{pool}");
    assert_eq!(pool["targets"].as_array().unwrap().len(), 1);
    let member = asked(&node, "query pools //Charlie --json");
    assert_eq!(member["worth"], "4000000000000");
    assert_eq!(member["share_ppb"], 4_000_000_000_u64 / 104, "4 of 104 tokens");
    done(&node, "pools unbond --all --from //Charlie");
    let member = asked(&node, "query pools //Charlie --json");
    assert_eq!((member["points"].as_str(), member["worth"].as_str()), (Some("0"), Some("0")));
    assert_eq!(member["unbonding"][0]["worth"], "7000000000000");

    let refusals = [
        ("pools join 0 5 --from //Charlie", 1, "in a pool: leave it first"),
        ("pools join 7 5 --from //Dave", 1, "there is no such pool"),
        ("pools join 0 0.001 --from //Dave", 1, "below the minimum"),
        ("pools withdraw --from //Charlie", 1, "nothing can be withdrawn yet"),
        ("pools commission 0 11 --from //Bob", 1, "above what the chain allows"),
        ("pools unbond --all --from //Dave", 1, "is in no pool: serin pools join"),
        ("pools set-roles 7 --from //Bob", 1, "there is no pool 7: serin query pools"),
        ("pools set-state 0 shut --from //Bob", 2, "open, blocked or destroying"),
        ("pools commission 0 much --from //Bob", 2, "a share in percent"),
        ("pools create 5 --root nobody --from //Dave", 2, "a role is an account or none"),
        ("query pools //Dave", 1, "is in no pool"),
    ];
    for (command, code, sentence) in refusals {
        let (ended, said) = run(&node, command);
        assert_eq!(ended, Some(code), "{command}: {said}");
        assert!(said.contains(sentence), "{command}: {said}");
    }
    assert_eq!(node.end(Signal::SIGTERM), Some(0));
}
