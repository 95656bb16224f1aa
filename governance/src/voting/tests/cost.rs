//! What calls cost in rows: whatever the delegate's votes, the voters, the delegators.
//!
//! Rows are counted at the state under the overlay, each once. `benches/voting.rs` measures the time.

use super::world::{TRACKS, World, account, aye, delegate, numbered, vote};
use crate::voting::ballots::PAGE_MAX;
use crate::voting::{Conviction, VotingCall};
use serin_state::types::Balance;

const TRACK: crate::TrackId = TRACKS[0];

/// A world with `open` referenda on the track; account 1 has voted on the first `votes` of them.
fn world(open: usize, votes: u32) -> World {
    let mut world = World::new();
    world.parameters.voting.votes_max = 512;
    for _ in 0..open {
        world.open(TRACK);
    }
    for index in 0..votes {
        world.must(1, vote(index, aye(10)));
    }
    world
}

#[test]
fn a_delegation_reads_and_writes_as_many_rows_for_one_vote_as_for_64() {
    let mut costs = Vec::new();
    for votes in [1, 2, 64] {
        let mut world = world(PAGE_MAX, votes);
        let first = world.rows(|world| drop(world.must(0, delegate(TRACK, 1, 100))));
        let again = world.rows(|world| drop(world.must(2, delegate(TRACK, 1, 100))));
        let undelegate = VotingCall::Undelegate { track: TRACK };
        let back = world.rows(|world| drop(world.must(0, undelegate)));
        costs.push((first, again, back));
    }
    println!("rows (read, written) of a delegation, another, its end: {costs:?}");
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
    let ((read, written), ..) = costs[0];
    assert!(read <= 6 && written <= 6, "two records, locks, account, page, notice: {costs:?}");
}

#[test]
fn a_delegate_with_512_votes_costs_a_page_for_64_of_them() {
    let mut world = world(512, 512);
    let (read, written) = world.rows(|world| drop(world.must(0, delegate(TRACK, 1, 100))));
    println!("rows (read, written) of a delegation with 512 votes: {read}, {written}");
    let pages = 512 / PAGE_MAX;
    assert!(read <= 5 + pages && written <= 5 + pages, "{read}, {written}; published: 520");
}

#[test]
fn a_vote_costs_the_same_rows_whatever_the_voters_and_the_open_referenda() {
    let mut costs = Vec::new();
    for (open, voters) in [(1, 1), (1, 2000), (1000, 1), (1000, 2000)] {
        let mut world = world(open, 0);
        for number in 0..voters {
            world.endow(numbered(number), 1000);
            world.ask(numbered(number), vote(0, aye(1))).unwrap();
        }
        costs.push(world.rows(|world| drop(world.must(0, vote(0, aye(5))))));
    }
    println!("rows (read, written) of a vote: {costs:?}");
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
}

#[test]
fn delegators_cost_their_delegate_nothing() {
    let mut costs = Vec::new();
    for delegators in [1, 2000] {
        let mut world = world(1, 0);
        for number in 0..delegators {
            world.endow(numbered(number), 1000);
            let call = VotingCall::Delegate {
                track: TRACK,
                to: account(1),
                conviction: Conviction::Locked3x,
                balance: Balance(1000),
            };
            world.ask(numbered(number), call).unwrap();
        }
        costs.push(world.rows(|world| drop(world.must(1, vote(0, aye(5))))));
        assert_eq!(world.counts(0).0, u128::from(delegators) * 3000 + 5);
    }
    assert_eq!(costs[0], costs[1]);
}
