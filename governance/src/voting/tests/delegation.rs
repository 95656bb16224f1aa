//! What delegates vote with.
//!
//! Account 1 is the delegate, 0 delegates to it.

use super::world::{TRACKS, World, account, aye, delegate, standard, vote, voted};
use crate::voting::{AccountVote, Conviction, VotingCall, VotingError, VotingEvent};
use crate::{Error, Event, ReferendumIndex};
use serin_state::types::Balance;

const TRACK: crate::TrackId = TRACKS[0];

fn undelegate() -> VotingCall {
    VotingCall::Undelegate { track: TRACK }
}

fn remove(index: u32) -> VotingCall {
    VotingCall::RemoveVote { track: Some(TRACK), index: ReferendumIndex(index) }
}

fn abstain(balance: u128) -> AccountVote {
    let (aye, nay) = (Balance::ZERO, Balance::ZERO);
    AccountVote::SplitAbstain { aye, nay, abstain: Balance(balance) }
}

#[test]
fn a_delegation_counts_in_votes_before_and_after_it() {
    let mut world = World::new();
    let (before, after) = (world.open(TRACK), world.open(TRACK));
    world.must(1, vote(before, standard(false, Conviction::Locked2x, 10)));
    let events = world.must(0, delegate(TRACK, 1, 100));
    let expected = VotingEvent::Delegated { who: account(0), target: account(1), track: TRACK };
    assert_eq!(events, [Event::Voting(expected)]);
    assert_eq!(world.counts(before), (0, 20 + 100, 0));
    assert!(voted(&world.must(1, vote(after, aye(10)))));
    assert_eq!(world.counts(after), (110, 0, 110));
    assert_eq!(world.take_told(), [0, 0, 1].map(ReferendumIndex));
    let events = world.must(0, undelegate());
    let expected = VotingEvent::Undelegated { who: account(0), track: TRACK };
    assert_eq!(events, [Event::Voting(expected)]);
    assert_eq!((world.counts(before), world.counts(after)), ((0, 20, 0), (10, 0, 10)));
    assert_eq!(world.take_told(), [0, 1].map(ReferendumIndex));
}

#[test]
fn splits_and_other_tracks_carry_nothing() {
    let mut world = World::new();
    let (split, other) = (world.open(TRACK), world.open(TRACKS[1]));
    world.must(0, delegate(TRACK, 1, 100));
    let half = AccountVote::Split { aye: Balance(10), nay: Balance(10) };
    world.must(1, vote(split, half));
    world.must(1, vote(other, aye(10)));
    assert_eq!((world.counts(split), world.counts(other)), ((1, 1, 10), (10, 0, 10)));
    world.must(1, vote(split, aye(5)));
    assert_eq!(world.counts(split), (105, 0, 105), "a standard vote carries from now on");
    world.must(1, vote(split, half));
    assert_eq!(world.counts(split), (1, 1, 10));
}

#[test]
fn a_delegation_to_one_who_delegates_waits() {
    let mut world = World::new();
    let index = world.open(TRACK);
    world.must(2, vote(index, aye(1)));
    world.must(1, delegate(TRACK, 2, 20));
    world.must(0, delegate(TRACK, 1, 100));
    assert_eq!(world.counts(index), (21, 0, 21), "it is not passed on");
    world.must(1, undelegate());
    world.must(1, vote(index, aye(3)));
    assert_eq!(world.counts(index), (104, 0, 104), "it has stayed with the delegate");
}

#[test]
fn ended_referenda_do_not_change() {
    let mut world = World::new();
    let (ended, cancelled) = (world.open(TRACK), world.open(TRACK));
    world.must(1, vote(ended, aye(10)));
    world.must(1, vote(cancelled, aye(10)));
    world.end(ended, Some(true));
    assert_eq!(world.end(cancelled, None).ayes, Balance(10));
    // The page has a new referendum where the old ones were.
    let new = world.open(TRACK);
    world.take_told();
    world.must(0, delegate(TRACK, 1, 100));
    assert_eq!(world.take_told(), []);
    assert_eq!(world.counts(new), (0, 0, 0));
}

#[test]
fn one_call_delegates_on_all_tracks_and_one_ends_all() {
    let mut world = World::new();
    let open = TRACKS.map(|track| world.open(track));
    for index in open {
        world.must(1, vote(index, aye(10)));
    }
    let all = VotingCall::DelegateAll {
        to: account(1),
        conviction: Conviction::Locked2x,
        balance: Balance(100),
    };
    assert_eq!(world.must(0, all).len(), TRACKS.len(), "an event a track");
    assert_eq!(open.map(|index| world.counts(index)), [(210, 0, 110); 3]);
    assert_eq!(world.frozen(0), 100, "locks overlap");
    world.must(0, VotingCall::Undelegate { track: TRACKS[1] });
    assert_eq!(world.must(0, VotingCall::UndelegateAll).len(), TRACKS.len() - 1);
    assert_eq!(open.map(|index| world.counts(index)), [(10, 0, 10); 3]);
}

#[test]
fn an_abstention_carries_support_only_where_the_chain_says_so() {
    for (carries, expected) in [(false, (0, 0, 10)), (true, (0, 0, 110))] {
        let mut world = World::new();
        world.parameters.voting.abstention_carries = carries;
        let (before, after) = (world.open(TRACK), world.open(TRACK));
        world.must(1, vote(before, abstain(10)));
        world.must(0, delegate(TRACK, 1, 100));
        world.must(1, vote(after, abstain(10)));
        assert_eq!((world.counts(before), world.counts(after)), (expected, expected));
        world.must(0, undelegate());
        assert_eq!((world.counts(before), world.counts(after)), ((0, 0, 10), (0, 0, 10)));
    }
}

#[test]
fn one_who_delegates_votes_himself_where_the_chain_says_so() {
    let mut world = World::new();
    world.parameters.voting.vote_while_delegating = true;
    let (own, other) = (world.open(TRACK), world.open(TRACK));
    world.must(0, delegate(TRACK, 1, 100));
    world.must(1, vote(own, aye(10)));
    world.must(1, vote(other, aye(10)));
    assert_eq!(world.counts(own), (110, 0, 110));
    world.must(0, vote(own, standard(false, Conviction::Locked1x, 7)));
    assert_eq!(world.counts(own), (10, 7, 10), "all of it is taken back, on that referendum");
    assert_eq!(world.counts(other), (110, 0, 110));
    world.must(0, vote(own, aye(8)));
    assert_eq!(world.counts(own), (18, 0, 18), "voting anew takes nothing more back");
    world.must(1, vote(own, standard(false, Conviction::Locked1x, 10)));
    assert_eq!(world.counts(own), (8, 10, 8));
    world.must(0, remove(own));
    assert_eq!(world.counts(own), (0, 110, 0), "and the delegate has it again");
    world.must(0, vote(own, aye(8)));
    world.must(0, undelegate());
    assert_eq!((world.counts(own), world.counts(other)), ((8, 10, 8), (10, 0, 10)));
    world.must(0, delegate(TRACK, 1, 50));
    assert_eq!((world.counts(own), world.counts(other)), ((8, 10, 8), (60, 0, 60)));
    let record = world.records(TRACK)[&account(1)].clone();
    assert_eq!(record.carried(ReferendumIndex(own)).capital, Balance::ZERO);
    world.must(0, undelegate());
    world.must(2, delegate(TRACK, 1, 30));
    assert_eq!((world.counts(own), world.counts(other)), ((8, 40, 8), (40, 0, 40)));
}

#[test]
fn voting_while_delegating_is_bounded_by_the_votes_a_record_can_have() {
    let mut world = World::new();
    world.parameters.voting.vote_while_delegating = true;
    let open: Vec<u32> = (0..5).map(|_| world.open(TRACK)).collect();
    for who in [0, 2] {
        world.must(who, delegate(TRACK, 1, 100));
    }
    for index in &open[..4] {
        world.must(0, vote(*index, aye(1)));
    }
    world.must(2, vote(open[0], aye(1)));
    let before = world.changes();
    let refused = world.ask(account(2), vote(open[4], aye(1)));
    assert_eq!(refused, Err(Error::Voting(VotingError::MaxVotesReached)));
    assert_eq!(world.changes(), before);
    world.must(0, remove(open[3]));
    world.must(2, vote(open[4], aye(1)));
}
