//! Joining against honest servers, liars, and crashes at every instant.
//!
//! The chain is made once and cloned from disk, so that each case costs only the joining itself.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small numbers of a test, which looks for one effect among many"
)]

use super::*;
use crate::mutants::Seeded;
use crate::scenario::{Scenario, parse};
use crate::sim::event::Happening;
use crate::sim::run::simulated_spec;
use crate::sim::world::{Lie, SimCore};
use serin_network::message::{FinalityResponse, Response, StateResponse, StateValues};
use serin_node::core::join::{Anchor, Failure};
use serin_state::types::{Hash, Height};
use std::sync::OnceLock;

/// Four validators that rotate, and one node that comes late, by proof.
fn scenario() -> Scenario {
    parse(
        r#"
        epoch_slots = 20
        rotation_epochs = 2
        rotation_active = 3
        [[node]]
        name = "alice"
        [[node]]
        name = "bob"
        [[node]]
        name = "charlie"
        [[node]]
        name = "dave"
        [[node]]
        name = "late"
        validator = false
        late = true
        sync = "proof"
        "#,
    )
    .unwrap()
}

const LATE: usize = 4;

/// All servers but one.
const LIARS: [usize; 3] = [0, 1, 2];

/// Disks of the four after 600 slots with transfers: blocks 256 and 512 are sync points, and the set has changed 15 times.
fn disks() -> &'static Vec<(SimStore, SimSigner)> {
    static DISKS: OnceLock<Vec<(SimStore, SimSigner)>> = OnceLock::new();
    DISKS.get_or_init(|| {
        let mut world = fresh();
        for index in 0..LATE {
            world.boot(index).unwrap();
        }
        for slot in 0..600 {
            world.schedule(world.now_ms.saturating_add(500), Happening::Load(3));
            run_to(&mut world, slot + 1);
        }
        let take = |node: &mut crate::sim::world::Node| node.core.take().unwrap().into_parts();
        world.nodes.iter_mut().take(LATE).map(take).collect()
    })
}

/// A world in which nobody runs yet.
fn fresh() -> World {
    let mut empty = scenario();
    empty.nodes.iter_mut().for_each(|node| node.late = true);
    let spec = simulated_spec(&empty).unwrap();
    World::new(empty, spec, 9, 1, Seeded::default()).unwrap()
}

fn run_to(world: &mut World, slot: u64) {
    let end = world.spec.params.genesis_time_ms.0 + slot * world.spec.params.slot_ms;
    while world.step(end) {}
}

/// The four again, at slot 600.
fn world() -> World {
    let mut world = fresh();
    run_to(&mut world, 600);
    for (node, disk) in world.nodes.iter_mut().zip(disks()) {
        node.disk = Some(disk.clone());
    }
    for index in 0..LATE {
        world.boot(index).unwrap();
    }
    world
}

fn late(world: &World) -> Option<&SimCore> {
    world.nodes[LATE].core.as_ref()
}

/// Runs until the late node runs, at most `slots` more.
fn until_joined(world: &mut World, slots: u64) -> bool {
    let first = (world.now_ms - world.spec.params.genesis_time_ms.0) / world.spec.params.slot_ms;
    for slot in first..first + slots {
        if late(world).is_some() {
            return true;
        }
        run_to(world, slot + 1);
    }
    late(world).is_some()
}

fn root_at(core: &SimCore, height: Height) -> Option<Hash> {
    let hash = core.hash_of(height)?;
    core.layers().root_of(&hash)
}

fn check_joined(world: &mut World, why: &str) {
    assert!(until_joined(world, 60), "{why}: {:?}", view(world));
    let joined = late(world).unwrap();
    assert!(joined.oldest_block() > Height(256), "{why}: not by blocks");
    let point = joined.finalized().height;
    let served = world.nodes[0].core.as_ref().unwrap();
    assert_eq!(root_at(joined, point), root_at(served, point), "{why}");
    let slot = (world.now_ms - world.spec.params.genesis_time_ms.0) / world.spec.params.slot_ms;
    run_to(world, slot + 40);
    let (joined, served) = (late(world).unwrap(), world.nodes[0].core.as_ref().unwrap());
    assert!(joined.finalized().height.0 + 3 >= served.finalized().height.0, "{why}: follows");
    assert_eq!(world.checker.verdict().0, &[], "{why}");
}

fn view(world: &World) -> Option<serin_node::core::join::JoinView> {
    world.nodes[LATE].join.as_ref().map(|joined| joined.0.view())
}

#[test]
fn the_state_comes_first_and_older_blocks_afterwards() {
    let mut world = world();
    world.boot(LATE).unwrap();
    check_joined(&mut world, "honest servers");
    let joined = late(&world).unwrap();
    assert_eq!(joined.oldest_block(), Height::ZERO, "history has come");
    for height in (0..512).step_by(37).map(Height) {
        let hash = joined.hash_of(height).unwrap();
        let ours = joined.block(&hash).unwrap();
        let theirs = world.nodes[1].core.as_ref().unwrap().block(&hash).unwrap();
        assert_eq!((ours.header, ours.body), (theirs.header, theirs.body), "{height}");
    }
    assert!(joined.fragment(serin_state::types::SetId::first(&world.genesis)).is_some());
}

fn flip(bytes: &mut [u8], at: usize) {
    if let Some(byte) = bytes.get_mut(at % bytes.len().max(1)) {
        *byte ^= 1;
    }
}

fn in_chain(mut response: Response, lie: fn(&mut Vec<u8>)) -> Response {
    if let Response::Finality(FinalityResponse::Chain(Some(bytes))) = &mut response {
        lie(bytes);
    }
    response
}

fn in_point(mut response: Response, lie: fn(&mut Vec<u8>)) -> Response {
    if let Response::State(StateResponse::Point(Some(bytes))) = &mut response {
        lie(bytes);
    }
    response
}

fn in_range(mut response: Response, lie: fn(&mut StateValues)) -> Response {
    if let Response::State(StateResponse::Range(Some(values))) = &mut response {
        lie(values);
    }
    response
}

fn no_range(response: Response) -> Response {
    let is_range = matches!(response, Response::State(StateResponse::Range(_)));
    if is_range { Response::State(StateResponse::Range(None)) } else { response }
}

fn another_point(mut response: Response) -> Response {
    if let Response::Status(status) = &mut response
        && let Some(point) = status.points.last_mut()
    {
        point.height = Height(point.height.0 + 256);
        point.hash.0[0] ^= 1;
    }
    response
}

/// A proof ends with a signature and an empty list of headers.
fn flip_signature(bytes: &mut [u8]) {
    let at = bytes.len() - 20;
    flip(bytes, at);
}

#[rustfmt::skip]
const LIES: [(&str, Lie); 10] = [
    ("a byte of the proof chain",            |it| in_chain(it, |bytes| flip(bytes, 700))),
    ("a proof chain cut short",              |it| in_chain(it, |bytes| bytes.truncate(bytes.len() / 2))),
    ("a byte of the point's header",         |it| in_point(it, |bytes| flip(bytes, 90))),
    ("a signature of the point's proof",     |it| in_point(it, |bytes| flip_signature(bytes))),
    ("a value",                              |it| in_range(it, |range| flip(&mut range.entries[0].1, 3))),
    ("a value left out",                     |it| in_range(it, |range| drop(range.entries.pop()))),
    ("a byte of a range proof",              |it| in_range(it, |range| flip(&mut range.proof, 9))),
    ("another range than was asked for",     |it| in_range(it, |range| range.last.0[0] ^= 0x80)),
    ("a point that there is not",            another_point),
    ("nothing where it claims to serve",     no_range),
];

/// Which peers the late node named while it joined, for all to see.
fn named_while_joining(world: &mut World) -> Vec<Failure> {
    let mut failures = Vec::new();
    for _ in 0..60_000 {
        failures.extend(view(world).map(|view| view.failures).unwrap_or_default());
        if late(world).is_some() {
            break;
        }
        let limit = world.now_ms + 1_000;
        world.step(limit);
    }
    failures
}

/// Liars among the servers are named, dropped and punished, and the honest one serves.
#[test]
fn a_server_that_lies_in_any_message_is_dropped_and_others_serve() {
    for (why, lie) in LIES {
        let mut world = world();
        for liar in LIARS {
            world.liars.insert(liar, lie);
        }
        world.boot(LATE).unwrap();
        let failures = named_while_joining(&mut world);
        assert!(
            failures.iter().any(|failure| LIARS.map(peer_of).contains(&failure.peer))
                || why.contains("point that"),
            "{why}: a liar is named: {failures:?}"
        );
        assert!(
            failures.iter().all(|failure| LIARS.map(peer_of).contains(&failure.peer)),
            "{why}: nobody else is: {failures:?}"
        );
        // Silence is no proof of a lie: only what no honest node sends is punished.
        let may_be_honest = why.starts_with("nothing") || why.contains("point that");
        let punished = world.punished.iter().any(|(by, who, _)| *by == LATE && LIARS.contains(who));
        assert_eq!(punished, !may_be_honest, "{why}");
        world.liars.clear();
        check_joined(&mut world, why);
    }
}

#[test]
fn a_node_that_is_killed_while_it_joins_goes_on_where_it_was() {
    // The state is small, so every message is a step: the node is killed after each of the first hundred.
    for steps in (0..100).step_by(7) {
        let mut world = world();
        world.scenario.link.jitter_ms = 40;
        world.boot(LATE).unwrap();
        for kill in 0..4_u64 {
            for _ in 0..steps {
                let limit = world.now_ms + 1_000;
                world.step(limit);
            }
            let power = kill % 2 == 1;
            let happening = if power {
                Happening::PowerLoss(LATE)
            } else {
                Happening::Act(crate::scenario::Action::Kill("late".to_owned()))
            };
            world.act(happening);
            assert!(world.nodes[LATE].disk.is_some(), "{steps} steps: the disk is there");
            world.boot(LATE).unwrap();
        }
        assert!(until_joined(&mut world, 60), "{steps} steps: {:?}", view(&world));
        let slot = (world.now_ms - world.spec.params.genesis_time_ms.0) / world.spec.params.slot_ms;
        run_to(&mut world, slot + 20);
        let (joined, served) = (late(&world).unwrap(), world.nodes[0].core.as_ref().unwrap());
        let height = joined.finalized().height.min(served.finalized().height);
        assert_eq!(root_at(joined, height), root_at(served, height), "{steps} steps");
        assert_eq!(world.checker.verdict().0, &[], "{steps} steps");
    }
}

#[test]
fn without_a_peer_it_says_what_it_waits_for() {
    let mut alone = fresh();
    alone.boot(LATE).unwrap();
    assert!(view(&alone).unwrap().sentence.contains("no peer is connected"));
    let mut young = fresh();
    for index in 0..=LATE {
        young.boot(index).unwrap();
    }
    run_to(&mut young, 30);
    assert!(late(&young).is_some_and(|core| core.oldest_block() == Height::ZERO), "by blocks");
}

#[test]
fn after_two_thousand_blocks_a_node_joins_by_blocks_and_one_by_proof_to_the_same_root() {
    let scenario = parse(
        r#"
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
        "#,
    )
    .unwrap();
    let spec = simulated_spec(&scenario).unwrap();
    let mut world = World::new(scenario, spec, 3, 1, Seeded::default()).unwrap();
    for slot in 0..2_010 {
        world.schedule(world.now_ms.saturating_add(500), Happening::Load(1));
        run_to(&mut world, slot + 1);
    }
    let changes = world.nodes[0].core.as_ref().unwrap().finality().set.shown();
    assert!(changes >= 10, "{changes} changes of the set");
    world.boot(5).unwrap();
    world.boot(6).unwrap();
    run_to(&mut world, 2_100);
    let [served, full, proof] = [0, 5, 6].map(|index| world.nodes[index].core.as_ref().unwrap());
    let height =
        [served, full, proof].map(|core| core.finalized().height).into_iter().min().unwrap();
    assert!(height >= Height(2_050), "both follow: {height}");
    let roots = [served, full, proof].map(|core| root_at(core, height));
    assert!(roots[0].is_some() && roots.iter().all(|root| *root == roots[0]), "{roots:?}");
    assert_eq!(full.finality().set, proof.finality().set);
    assert_eq!(world.checker.verdict().0, &[]);
}

#[test]
fn a_checkpoint_must_be_on_the_proven_chain_before_or_after_the_point() {
    let served = world();
    let core = served.nodes[0].core.as_ref().unwrap();
    let newest = core.checkpoint().unwrap();
    let point = *core.sync_points().last().unwrap();
    assert!(newest.height > point.height, "the set has changed since the point");
    let first = core.block(&core.hash_of(Height(1)).unwrap()).unwrap().header;
    let announces = |height: &u32| {
        let block = core.block(&core.hash_of(Height(*height))?)?;
        block.header.unsealed.announcements.next_set.as_ref().map(|_| block.header.hash())
    };
    let old = (1..point.height.0).find_map(|height| announces(&height)).unwrap();
    for (named, joins, why) in [
        (newest.hash, true, "it announces a set, after the point"),
        (old, true, "it announces a set, before the point"),
        (point.hash, true, "it is the point"),
        (first.hash(), false, "a block that announces nothing proves nothing"),
        (Hash([7; 32]), false, "a block of another chain"),
    ] {
        let mut world = world();
        world.anchor = Anchor::Checkpoint(named);
        world.boot(LATE).unwrap();
        assert_eq!(until_joined(&mut world, 30), joins, "{why}: {:?}", view(&world));
        if !joins {
            let sentence = view(&world).unwrap().sentence;
            assert!(sentence.contains("looks for the block of --checkpoint"), "{why}: {sentence}");
        }
    }
}

#[test]
fn every_byte_of_a_sync_points_proof_counts() {
    use crate::sim::crypto::SimVerifier;
    use serin_consensus::finality::BlockRef;
    use serin_consensus::finality::proof_chain::{Fragment, Trust};
    use serin_network::message::{Request, StateRequest};
    use serin_node::core::Input;
    use serin_node::core::join::SyncPoint;
    use serin_node::core::{AnswerId, Effect};
    use serin_state::codec::decode;
    use serin_state::types::SetId;

    let mut world = world();
    let (genesis, spec) = (world.genesis, world.spec.clone());
    let now = Millis(world.now_ms);
    let core = world.nodes[0].core.as_mut().unwrap();
    let rules = spec.rules.finality;
    let point: BlockRef = *core.sync_points().last().unwrap();
    let request = Request::State(StateRequest::Point { block: point.hash });
    let effects = core.on_input(now, Input::Request { from: peer_of(1), id: AnswerId(9), request });
    let bytes = effects.into_iter().find_map(|effect| match effect {
        Effect::Respond(_, Response::State(StateResponse::Point(bytes))) => bytes,
        _ => None,
    });
    let bytes = bytes.unwrap();
    let proof: SyncPoint = decode(&bytes).unwrap();
    let state: BTreeMap<_, Vec<u8>> =
        spec.genesis().changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let voters = serin_node::runtime::session(&state);
    let mut trust = Trust::genesis(genesis, voters.voters()).unwrap();
    assert_eq!(trust.set(), SetId::first(&genesis));
    while trust.set() < proof.justification.set() {
        let fragment: Fragment = decode(&core.fragment(trust.set()).unwrap()).unwrap();
        for link in fragment
            .links
            .iter()
            .take_while(|link| link.justification.set() < proof.justification.set())
        {
            trust.follow(link, &rules, &SimVerifier).unwrap();
        }
    }
    let holds =
        |proof: &SyncPoint| proof.verify(point, &trust.voters, &rules, &SimVerifier).is_ok();
    assert!(holds(&proof));
    for at in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            assert!(!decode::<SyncPoint>(&flipped).is_ok_and(|proof| holds(&proof)), "byte {at}");
        }
    }
}
