//! What votes lock, and when it is free again.
//!
//! The locking period is 100 slots.

use super::world::{TRACKS, World, account, aye, delegate, standard, vote};
use crate::voting::{AccountVote, Conviction, PriorLock, VotingCall, VotingError};
use crate::{Error, ReferendumIndex};
use serin_state::balances::{Ledger, Survival};
use serin_state::types::{Balance, Reason, Slot};

fn unlock(target: u8) -> VotingCall {
    VotingCall::Unlock { track: TRACKS[0], target: account(target) }
}

fn remove(index: u32) -> VotingCall {
    VotingCall::RemoveVote { track: Some(TRACKS[0]), index: ReferendumIndex(index) }
}

/// How long what was voted is frozen after the end, tried slot by slot.
fn locked_slots(cast: AccountVote, approved: Option<bool>) -> u64 {
    let mut world = World::new();
    let index = world.open(TRACKS[0]);
    world.must(0, vote(index, cast));
    assert_eq!(world.frozen(0), 100, "frozen while ongoing, by the sum of its parts");
    world.end(index, approved);
    world.must(0, remove(index));
    for slots in 0.. {
        world.must(1, unlock(0));
        if world.frozen(0) == 0 {
            return slots;
        }
        world.pass(1);
    }
    unreachable!("every lock ends")
}

#[test]
fn only_winners_with_conviction_stay_locked() {
    let split = AccountVote::Split { aye: Balance(60), nay: Balance(40) };
    let abstain =
        AccountVote::SplitAbstain { aye: Balance(20), nay: Balance(30), abstain: Balance(50) };
    let table = [
        ("won, 1x", standard(true, Conviction::Locked1x, 100), Some(true), 100),
        ("won, 2x", standard(true, Conviction::Locked2x, 100), Some(true), 200),
        ("won, 3x", standard(false, Conviction::Locked3x, 100), Some(false), 400),
        ("won, 6x", standard(true, Conviction::Locked6x, 100), Some(true), 3200),
        ("won without conviction", standard(true, Conviction::None, 100), Some(true), 0),
        ("lost", standard(true, Conviction::Locked6x, 100), Some(false), 0),
        ("lost against", standard(false, Conviction::Locked6x, 100), Some(true), 0),
        ("cancelled", standard(true, Conviction::Locked6x, 100), None, 0),
        ("split", split, Some(true), 0),
        ("abstained", abstain, Some(true), 0),
    ];
    for (why, cast, approved, slots) in table {
        assert_eq!(locked_slots(cast, approved), slots, "{why}");
    }
}

#[test]
fn the_largest_counts_and_not_the_sum() {
    let mut world = World::new();
    let (first, second) = (world.open(TRACKS[0]), world.open(TRACKS[1]));
    world.must(0, vote(first, aye(300)));
    world.must(0, vote(second, aye(500)));
    assert_eq!(world.frozen(0), 500);
    world.must(0, VotingCall::RemoveVote { track: None, index: ReferendumIndex(second) });
    assert_eq!(world.frozen(0), 500, "nothing thaws before it is asked for");
    world.must(7, VotingCall::Unlock { track: TRACKS[1], target: account(0) });
    assert_eq!(world.frozen(0), 300, "anyone may ask, and the other track still holds");
    let locks = world.with(|ctx| crate::voting::locks(ctx, account(0))).0;
    assert_eq!(locks, [(TRACKS[0], Balance(300))]);
}

#[test]
fn two_votes_on_one_track_lock_the_larger() {
    let mut world = World::new();
    let (first, second) = (world.open(TRACKS[0]), world.open(TRACKS[0]));
    world.must(0, vote(first, aye(300)));
    world.must(0, vote(second, aye(500)));
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 500);
    world.must(0, remove(second));
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 300);
}

#[test]
fn a_smaller_vote_does_not_lower_a_lock_before_unlock() {
    let mut world = World::new();
    let index = world.open(TRACKS[0]);
    world.must(0, vote(index, aye(500)));
    world.must(0, vote(index, aye(50)));
    assert_eq!(world.frozen(0), 500);
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 50);
}

/// The known trap: a long lock of little and a short one of much make a long one of much.
#[test]
fn merged_locks_take_the_larger_amount_and_the_later_end() {
    let mut world = World::new();
    let (long, short) = (world.open(TRACKS[0]), world.open(TRACKS[0]));
    world.must(0, vote(long, standard(true, Conviction::Locked6x, 10)));
    world.must(0, vote(short, aye(900)));
    world.end(long, Some(true));
    world.end(short, Some(true));
    world.must(0, remove(long));
    world.must(0, remove(short));
    let prior = world.records(TRACKS[0])[&account(0)].prior;
    assert_eq!(prior, PriorLock { until: Slot(1000 + 3200), amount: Balance(900) });
    world.pass(3199);
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 900);
    world.pass(1);
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 0);
}

#[test]
fn another_may_clean_up_when_the_lock_has_ended_and_not_a_slot_before() {
    let mut world = World::new();
    let index = world.open(TRACKS[0]);
    world.must(0, vote(index, aye(70)));
    world.end(index, Some(true));
    let clean = VotingCall::RemoveOtherVote {
        target: account(0),
        track: TRACKS[0],
        index: ReferendumIndex(index),
    };
    world.pass(99);
    let early = world.ask(account(1), clean.clone());
    assert_eq!(early, Err(Error::Voting(VotingError::NoPermissionYet)));
    world.pass(1);
    assert!(world.must(1, clean).is_empty(), "as published, without an event");
    world.must(1, unlock(0));
    assert_eq!(world.frozen(0), 0);
}

#[test]
fn a_delegation_locks_from_its_end() {
    let mut world = World::new();
    world.must(0, delegate(TRACKS[0], 1, 400));
    assert_eq!(world.frozen(0), 400);
    world.pass(5000);
    world.must(0, VotingCall::Undelegate { track: TRACKS[0] });
    world.pass(99);
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 400);
    world.pass(1);
    world.must(0, unlock(0));
    assert_eq!(world.frozen(0), 0);
}

#[test]
fn staked_tokens_vote_and_locked_tokens_can_be_staked() {
    let mut world = World::new();
    let index = world.open(TRACKS[0]);
    let stake = Reason(1);
    let held = Balance(super::world::ENDOWMENT - 100);
    let mut ledger = Ledger::new(&mut world.state, super::world::EXISTENTIAL_DEPOSIT);
    ledger.hold(account(0), stake, held).unwrap();
    world.must(0, vote(index, aye(super::world::ENDOWMENT)));
    let ledger = Ledger::new(&mut world.state, super::world::EXISTENTIAL_DEPOSIT);
    assert_eq!(ledger.spendable(account(0), Survival::AllowDeath), Balance::ZERO);
}

#[test]
fn a_vote_of_nothing_locks_nothing() {
    let mut world = World::new();
    let index = world.open(TRACKS[0]);
    world.ask(account(99), vote(index, aye(0))).unwrap();
    assert!(world.with(|ctx| crate::voting::locks(ctx, account(99))).0.is_empty());
    assert_eq!(world.counts(index), (0, 0, 0));
}

#[test]
fn unlocking_an_unknown_track_succeeds_and_changes_nothing_as_published() {
    let mut world = World::new();
    let before = world.changes();
    let call = VotingCall::Unlock { track: crate::TrackId(9), target: account(0) };
    assert_eq!(world.must(1, call).len(), 1);
    let changed: Vec<_> =
        world.changes().into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect();
    assert!(changed.iter().all(|(_, value)| value.is_none()), "{changed:?}");
}
