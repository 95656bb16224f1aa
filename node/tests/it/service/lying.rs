//! A real node joins by proof between an honest server and one that lies: the liar is named, banned, and not needed.
//!
//! The liar passes every question on to the honest node and changes what comes back, so its lies are as good as they get.

use super::process::{RunningNode, serin};
use serin_network::message::{FinalityResponse, Request, Response, StateResponse};
use serin_network::swarm::{self, AnswerId, Command, Config, Event, Handle, PeerId, Registry};
use serin_state::types::Hash;
use std::collections::BTreeMap;
use std::time::Duration;

type Lie = fn(&mut Response);

const LIES: [(&str, Lie); 3] = [
    ("a value of the state", |response| {
        if let Response::State(StateResponse::Range(Some(range))) = response
            && let Some((_, value)) = range.entries.first_mut()
            && let Some(byte) = value.first_mut()
        {
            *byte ^= 1;
        }
    }),
    ("the proof of the point", |response| {
        if let Response::State(StateResponse::Point(Some(bytes))) = response
            && let Some(byte) = bytes.get_mut(90)
        {
            *byte ^= 1;
        }
    }),
    ("the proof chain", |response| {
        if let Response::Finality(FinalityResponse::Chain(Some(bytes))) = response {
            bytes.truncate(bytes.len() / 2);
        }
    }),
];

/// Passes questions on and lies in the answers, until it is dropped.
async fn lie_for_ever(mut handle: Handle, honest: PeerId, lie: Lie) {
    let mut waiting: BTreeMap<u64, AnswerId> = BTreeMap::new();
    let mut next = 0_u64;
    while let Some(event) = handle.events.recv().await {
        let command = match event {
            Event::Request { peer, id, request } if peer != honest => {
                next += 1;
                waiting.insert(next, id);
                Command::Request { peer: honest, id: next, request }
            }
            Event::Response { id, result: Ok(mut response), .. } => {
                let Some(answer) = waiting.remove(&id) else { continue };
                lie(&mut response);
                Command::Respond { id: answer, response }
            }
            // The honest node asks how the liar does: as itself.
            Event::Request { id, request: Request::Status(status), .. } => {
                Command::Respond { id, response: Response::Status(status) }
            }
            Event::PeerConnected { .. }
            | Event::PeerDisconnected { .. }
            | Event::Gossip { .. }
            | Event::Request { .. }
            | Event::Response { .. }
            | Event::PeerBanned { .. }
            | Event::Listening(_) => continue,
        };
        if handle.commands.send(command).await.is_err() {
            return;
        }
    }
}

/// A chain file with slots of 50 ms that begins now, with sets that change every 40 slots.
fn chain_file(folder: &std::path::Path) -> String {
    let made =
        serin(&["chain-spec", "new", "--preset", "local", "--validators", "2", "--slot-ms", "50"]);
    assert_eq!(made.code, Some(0), "{}", made.errors);
    let mut spec: serde_json::Value = serde_json::from_str(&made.output).unwrap();
    spec["params"]["epoch_slots"] = 40.into();
    spec["rotation"] = serde_json::json!({"every_epochs": 1, "active": 1});
    let file = folder.join("chain.json");
    std::fs::write(&file, spec.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn arguments<'a>(chain: &'a str, base: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own = ["--chain", chain, "--base-path", base, "--listen-ip", "127.0.0.1", "--port", "0"];
    own.iter().chain(more).copied().collect()
}

#[test]
fn a_server_that_lies_is_named_and_dropped_and_the_node_joins_from_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain_file(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let alice = RunningNode::start(&arguments(&chain, &at("alice"), &["--alice"]));
    let bob = ["--bob", "--bootnodes", alice.address.as_str()];
    let _bob = RunningNode::start(&arguments(&chain, &at("bob"), &bob));
    alice.wait_final(262);
    let genesis: Hash = alice.status()["genesis"].as_str().unwrap().parse().unwrap();
    let honest: swarm::Multiaddr = alice.address.parse().unwrap();
    let honest_peer = alice.address.rsplit('/').next().unwrap().parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (number, (what, lie)) in (1_u8..).zip(LIES) {
        let mut config = Config::local(genesis, [number; 32]);
        config.bootnodes = vec![honest.clone()];
        let liar = runtime.block_on(swarm::start(config, &mut Registry::default())).unwrap();
        let (address, name) = (liar.dial_address().to_string(), liar.local_peer.to_string());
        let task = runtime.spawn(lie_for_ever(liar, honest_peer, lie));
        // It knows the liar alone at first, so that it is asked.
        let base = at(&format!("late-{number}"));
        let more = ["--sync", "proof", "--control", "stdin", "--bootnodes", address.as_str()];
        let mut late = RunningNode::start_controlled(&arguments(&chain, &base, &more));
        let line = late.wait_for_line("a peer failed");
        assert!(line.contains(&name), "{what}: {line}");
        late.tell(&format!("connect {}", alice.address));
        late.wait_for_line("the node has joined and runs");
        let target = alice.status()["final"]["height"].as_u64().unwrap();
        late.wait_final(target);
        task.abort();
    }
    runtime.shutdown_timeout(Duration::from_secs(1));
}
