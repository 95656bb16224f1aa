//! Peers that lie, hold back and repeat themselves; and forks that finality decides.
//!
//! Each story is one that an earlier version of the core got wrong.

use super::super::BAD_MAX;
use super::super::orphans::{Incoming, ORPHAN_BYTES_MAX, Orphans};
use super::*;
use serin_network::message::{BlockData, BlocksRequest, BlocksResponse, Request, Response, Status};

const OTHER: Peer = Peer(8);

fn requests(effects: &[Effect]) -> Vec<(Peer, u64, Request)> {
    let request = |effect: &Effect| match effect {
        Effect::Request { peer, id, request } => Some((*peer, *id, request.clone())),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

fn blocks_request(effects: &[Effect]) -> Option<(Peer, u64, Request)> {
    let mut found = requests(effects).into_iter();
    found.find(|(.., request)| matches!(request, Request::Blocks(_)))
}

fn answer(core: &mut TestCore, now: Millis, request: Request) -> Response {
    let input = Input::Request { from: Peer(1), id: AnswerId(1), request };
    let response = core.on_input(now, input).into_iter().find_map(|effect| match effect {
        Effect::Respond(_, response) => Some(response),
        _ => None,
    });
    response.unwrap()
}

fn respond(core: &mut TestCore, now: Millis, id: u64, response: Response) -> Vec<Effect> {
    core.on_input(now, Input::Response { from: PEER, id, result: Ok(response) })
}

/// What `core` tells of itself.
fn status(core: &mut TestCore, now: Millis) -> Box<Status> {
    let effects = core.on_input(now, Input::PeerConnected(Peer(1)));
    let told = requests(&effects).into_iter().find_map(|(.., request)| match request {
        Request::Status(status) => Some(status),
        _ => None,
    });
    core.on_input(now, Input::PeerDisconnected(Peer(1)));
    told.unwrap()
}

/// Lets `peer` tell `core` of itself.
fn tell(core: &mut TestCore, now: Millis, status: Box<Status>) -> Vec<Effect> {
    let request = Request::Status(status);
    core.on_input(now, Input::Request { from: PEER, id: AnswerId(2), request })
}

/// Lets `core` fetch at `now` what `source` had at `then`, until it asks for no more.
fn sync(core: &mut TestCore, now: Millis, source: &mut TestCore, then: Millis) {
    let told = status(source, then);
    let mut effects = tell(core, now, told);
    for _ in 0..16 {
        let Some((_, id, request)) = blocks_request(&effects) else { return };
        let response = answer(source, then, request);
        effects = respond(core, now, id, response);
    }
    panic!("it asks without an end");
}

#[test]
fn a_wrong_body_of_a_peer_does_not_make_its_block_bad() {
    let mut alice = alice();
    let (one, two) = (block(&mut alice, 1), block(&mut alice, 2));
    let mut watcher = watcher();
    let effects = announce(&mut watcher, 2, two.clone());
    let (_, id, request) = blocks_request(&effects).unwrap();
    let mut response = answer(&mut alice, at(2), request);
    if let Response::Blocks(BlocksResponse::Range(run)) = &mut response {
        for data in run {
            data.body = Some(vec![transfer("//Bob", 0, 5).into_inner()]);
        }
    }
    let effects = respond(&mut watcher, at(2), id, response);
    assert_eq!(verdict(&effects).1, Some(Offence::InvalidBlock), "its sender is punished");
    assert_eq!(watcher.head().height, Height(0));
    for (slot, good) in [(1, one), (2, two)] {
        let effects = announce(&mut watcher, 2, good);
        assert_eq!(verdict(&effects), (Some(Validation::Accept), None), "block {slot}");
    }
    assert_eq!(watcher.head(), alice.head());
}

#[test]
fn a_wrong_body_does_not_wait_for_its_parent_either() {
    let mut alice = alice();
    let (_, mut two) = (block(&mut alice, 1), block(&mut alice, 2));
    two.header.unsealed.parent = Hash([3; 32]);
    let mut watcher = watcher();
    let effects = announce(&mut watcher, 2, two.clone());
    let (_, id, _) = blocks_request(&effects).unwrap();
    let data = BlockData {
        hash: two.header.hash(),
        header: Some(two.header),
        body: Some(vec![transfer("//Bob", 0, 5).into_inner()]),
        justification: None,
    };
    let effects =
        respond(&mut watcher, at(2), id, Response::Blocks(BlocksResponse::Range(vec![data])));
    assert_eq!(verdict(&effects).1, Some(Offence::InvalidBlock));
    assert_eq!(watcher.orphans_len(), 0);
}

#[test]
fn blocks_that_were_executed_and_refused_are_remembered_up_to_a_bound() {
    let mut watcher = watcher();
    let good = block(&mut alice(), 1);
    for number in 0..BAD_MAX + 3 {
        let mut bad = good.clone();
        bad.header.unsealed.state_root = Hash::of(&number.to_be_bytes());
        reseal(&mut bad, "//Alice");
        let effects = announce(&mut watcher, 1, bad);
        assert_eq!(verdict(&effects).0, Some(Validation::Reject));
    }
    assert_eq!(watcher.bad.len(), BAD_MAX);
}

#[test]
fn a_proof_that_comes_with_a_block_that_is_here_makes_it_final() {
    let mut alice = alice();
    let mut watcher = watcher();
    for slot in 1..=3 {
        let announcement = block(&mut alice, slot);
        announce(&mut watcher, slot, announcement);
    }
    assert_eq!((watcher.head(), watcher.finalized().height), (alice.head(), Height(0)));
    sync(&mut watcher, at(3), &mut alice, at(3));
    assert_eq!(watcher.finalized(), alice.finalized());
}

#[test]
fn transactions_of_the_fork_that_finality_drops_wait_again() {
    // The same validator with the same keys twice, so that there are two valid chains:
    //   genesis -- a1 (a transfer) -- a2      seen first, the head
    //           \- b1                         proved final
    let (mut a, mut b) = (alice(), alice());
    let paid = submit(&mut a, at(0), transfer("//Bob", 0, 5)).unwrap();
    let (a1, a2, _b1) = (block(&mut a, 1), block(&mut a, 2), block(&mut b, 1));
    let mut watcher = watcher();
    let body = transfer("//Bob", 0, 5);
    assert!(submit(&mut watcher, at(1), body).is_ok());
    announce(&mut watcher, 2, a1);
    announce(&mut watcher, 2, a2);
    assert_eq!((watcher.head().height, watcher.pool_len()), (Height(2), 0));
    sync(&mut watcher, at(2), &mut b, at(1));
    assert_eq!(watcher.finalized().height, Height(1));
    assert_eq!((watcher.finalized(), watcher.head()), (b.finalized(), b.head()));
    assert!(watcher.pool.get(&paid).is_some(), "the transfer waits for another block");
}

#[test]
fn a_body_that_is_held_back_is_asked_of_another_peer() {
    let mut alice = alice();
    submit(&mut alice, at(0), transfer("//Bob", 0, 5)).unwrap();
    let announcement = block(&mut alice, 1);
    let mut watcher = watcher();
    watcher.on_input(at(0), Input::PeerConnected(OTHER));
    let effects = announce(&mut watcher, 1, announcement);
    let (first, _, request) = blocks_request(&effects).unwrap();
    assert!(matches!(request, Request::Blocks(BlocksRequest::Transactions { .. })));
    assert_eq!(first, PEER, "who announced it is asked first");
    let wake = effects.iter().find_map(|effect| match effect {
        Effect::WakeAt(at) => Some(*at),
        _ => None,
    });
    let later = wake.unwrap();
    assert!(later < at(2), "and another one well before the slot is over");
    let effects = watcher.on_input(later, Input::Wake);
    let (second, id, request) = blocks_request(&effects).unwrap();
    assert_eq!(second, OTHER);
    let response = answer(&mut alice, later, request);
    let input = Input::Response { from: OTHER, id, result: Ok(response) };
    let effects = watcher.on_input(later, input);
    assert_eq!(verdict(&effects).0, Some(Validation::Accept));
    assert_eq!(watcher.head(), alice.head());
}

#[test]
fn a_claimed_height_does_not_keep_a_validator_from_its_slots() {
    let mut alice = alice();
    alice.on_input(at(0), Input::PeerConnected(PEER));
    block(&mut alice, 1);
    let mut claim = status(&mut alice, at(1));
    claim.best.height = Height(u32::MAX);
    claim.best.hash = Hash([9; 32]);
    let effects = tell(&mut alice, at(1), claim);
    assert!(blocks_request(&effects).is_some(), "it is asked, and does not answer");
    block(&mut alice, 2);
    assert_eq!(alice.head().height, Height(2));
}

#[test]
fn a_peer_that_claims_blocks_and_gives_none_is_asked_less_and_less() {
    let mut watcher = watcher();
    let mut claim = status(&mut alice(), at(1));
    claim.best.height = Height(40);
    claim.best.hash = Hash([9; 32]);
    let mut asked = 0;
    for slot in 1..200 {
        let effects = tell(&mut watcher, at(slot), claim.clone());
        if let Some((_, id, _)) = blocks_request(&effects) {
            asked += 1;
            let nothing = Response::Blocks(BlocksResponse::Range(Vec::new()));
            let effects = respond(&mut watcher, at(slot), id, nothing);
            assert_eq!(blocks_request(&effects), None, "and not at once");
        }
    }
    assert!((2..=10).contains(&asked), "{asked} times in 199 statuses");
}

#[test]
fn a_peer_that_sends_the_same_blocks_again_is_not_asked_for_ever() {
    let mut alice = alice();
    for slot in 1..=10 {
        block(&mut alice, slot);
    }
    let mut watcher = watcher();
    let mut claim = status(&mut alice, at(10));
    claim.best.height = Height(1_000);
    claim.best.hash = Hash([9; 32]);
    let effects = tell(&mut watcher, at(10), claim);
    let (_, mut id, request) = blocks_request(&effects).unwrap();
    let run = answer(&mut alice, at(10), request);
    for _ in 0..4 {
        let effects = respond(&mut watcher, at(10), id, run.clone());
        let Some((_, next, _)) = blocks_request(&effects) else { return };
        id = next;
    }
    panic!("it asks without an end");
}

#[test]
fn orphans_are_bounded_in_bytes_and_one_peer_fills_at_most_half() {
    let header = block(&mut alice(), 1).header;
    let mut orphans = Orphans::default();
    let megabyte = 1024 * 1024;
    let mut give = |peer: Peer, number: u32| {
        let mut header = header.clone();
        header.unsealed.height = Height(number);
        orphans.insert(Incoming {
            from: Some(peer),
            message: None,
            hash: header.hash(),
            header,
            claim: None,
            body: Vec::new(),
            justification: Some(vec![0; megabyte]),
        });
        orphans.len() * megabyte
    };
    let of_one = (1..100).map(|number| give(PEER, number)).max().unwrap();
    assert!(of_one <= ORPHAN_BYTES_MAX / 2, "{of_one} bytes of one peer");
    let of_all = (1..300).map(|number| give(Peer(100 + u64::from(number)), 1_000 + number)).max();
    assert!(of_all.unwrap() <= ORPHAN_BYTES_MAX, "{of_all:?} bytes of all");
}

/// A private fork of 10,000 blocks, as whoever holds old keys can make one, without a proof that any of it is final.
#[test]
fn a_fork_of_ten_thousand_blocks_without_a_proof_costs_bounded_memory_and_ends_with_one() {
    const FORK: u64 = 10_000;
    let (mut honest, mut private) = (alice(), alice());
    block(&mut honest, 1);
    for slot in 2..FORK + 2 {
        block(&mut private, slot);
    }
    let now = FORK + 10;
    let mut victim = watcher();
    let told = status(&mut private, at(now));
    let mut effects = tell(&mut victim, at(now), told);
    let mut fed = 0;
    while let Some((_, id, request)) = blocks_request(&effects) {
        let mut response = answer(&mut private, at(now), request);
        if let Response::Blocks(BlocksResponse::Range(run)) = &mut response {
            for data in &mut *run {
                data.justification = None;
            }
            fed += run.len();
        }
        effects = respond(&mut victim, at(now), id, response);
    }
    assert!(fed > 8_000, "the fork was taken as far as it goes: {fed}");
    assert!(victim.blocks.tree.len() <= serin_consensus::chain::BLOCKS_MAX);
    assert!(victim.layers.unfinalised() <= serin_consensus::chain::BLOCKS_MAX);
    assert_eq!(victim.finalized().height, Height(0), "nothing of it is final");
    // One honest block at height 1 finds its place, and its proof ends the fork.
    let later = 4 * now;
    block(&mut honest, later);
    sync(&mut victim, at(later + 1), &mut honest, at(later + 1));
    assert_eq!(victim.finalized(), honest.finalized());
    assert_eq!(victim.blocks.tree.len(), 1, "nothing is left of the fork");
    assert_eq!(victim.layers.unfinalised(), 0);
}
