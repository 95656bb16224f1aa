//! The life of a whitelisted call: polled, passed, dispatched once; and what is refused.
//!
//! Alice has rank 4 (3 votes), Bob and Carol rank 3 (1 vote each), Dave rank 2 (none): 5 votes in all, of which
//! half, three, are asked for.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong in a test panics there"
)]

use super::{Ballot, Poll, WhitelistCall, WhitelistError, WhitelistEvent, is_whitelisted, poll};
use crate::collective::{CollectiveCall, roll};
use crate::curve::Ppb;
use crate::preimages::{PreimageCall, PreimageError, Status};
use crate::referenda::tests::chain::{ALICE, BOB, CAROL, Chain};
use crate::{Call, Error, Event, Origin, Parameters, TrackId};
use proptest::prelude::*;
use serin_state::layout::Item;
use serin_state::types::{AccountId, Hash, Slot};

const DAVE: AccountId = AccountId([4; 32]);
const CALLER: Origin = Origin::Track(TrackId::WHITELISTED_CALLER);
/// Weighs five microseconds in the chain of the tests.
const BYTES: [u8; 2] = [5, 5];
const PERIOD: u64 = 10;

fn hash() -> Hash {
    Hash::of(&BYTES)
}

fn chain() -> Chain {
    let mut parameters = Parameters::default();
    parameters.whitelist.poll_period = PERIOD;
    parameters.whitelist.polls_max = 2;
    parameters.preimages.deposit_base = serin_state::types::Balance(10);
    parameters.preimages.deposit_byte = serin_state::types::Balance(1);
    let mut chain = Chain::new(parameters);
    for (who, rank) in [(ALICE, 4), (BOB, 3), (CAROL, 3), (DAVE, 2)] {
        chain.call(Origin::Root, CollectiveCall::Add { who }).unwrap();
        for _ in 0..rank {
            chain.call(Origin::Root, CollectiveCall::Promote { who }).unwrap();
        }
    }
    for bytes in [&BYTES[..], &[1], &[2], &[3], &[4]] {
        chain.call(Origin::Signed(DAVE), PreimageCall::Note { bytes: bytes.to_vec() }).unwrap();
    }
    chain.events.clear();
    chain
}

fn vote(chain: &mut Chain, who: AccountId, aye: bool) {
    chain.call(Origin::Signed(who), WhitelistCall::Vote { hash: hash(), aye }).unwrap();
}

fn listed(chain: &mut Chain, hash: Hash) -> bool {
    chain.with(|context| is_whitelisted(context, hash))
}

fn requests(chain: &mut Chain, hash: Hash) -> u32 {
    match chain.with(|context| context.read(Item::PreimageStatus(hash))) {
        Some(Status::Requested { count, .. }) => count,
        Some(Status::Unrequested { .. }) | None => 0,
    }
}

#[test]
fn a_call_that_the_collective_vouches_for_is_dispatched_once_as_root() {
    let mut chain = chain();
    vote(&mut chain, BOB, true);
    vote(&mut chain, CAROL, true);
    assert!(!listed(&mut chain, hash()), "two of five votes are less than half");
    vote(&mut chain, CAROL, false);
    vote(&mut chain, ALICE, true);
    assert!(listed(&mut chain, hash()), "four of five are more than half");
    assert_eq!(chain.with(|context| poll(context, hash())), None, "the poll is over");
    let unnote = PreimageCall::Unnote { hash: hash() };
    chain.call(Origin::Signed(DAVE), unnote).unwrap();
    chain.call(CALLER, WhitelistCall::Dispatch { hash: hash() }).unwrap();
    let again = chain.call(CALLER, WhitelistCall::Dispatch { hash: hash() });
    assert_eq!(again, Err(Error::Whitelist(WhitelistError::NotWhitelisted)));
    assert_eq!(requests(&mut chain, hash()), 1, "only the agenda asks for the bytes");
    chain.advance(4);
    assert_eq!(chain.enacted.len(), 1);
    let (slot, due) = &chain.enacted[0];
    assert_eq!((*slot, due.origin), (Slot(2), Origin::Root));
    assert_eq!(due.bytes, BYTES);
    assert_eq!(requests(&mut chain, hash()), 0, "nobody asks for the bytes any more");
}

#[test]
fn events_tell_the_poll_in_order() {
    let mut chain = chain();
    vote(&mut chain, BOB, true);
    vote(&mut chain, ALICE, true);
    let hash = hash();
    let of = Event::Whitelist;
    let expected = [
        Event::Preimages(crate::preimages::PreimageEvent::Requested { hash }),
        of(WhitelistEvent::Opened { hash, end: Slot(1 + PERIOD) }),
        of(WhitelistEvent::Voted { hash, who: BOB, aye: true, votes: 1 }),
        of(WhitelistEvent::Voted { hash, who: ALICE, aye: true, votes: 3 }),
        of(WhitelistEvent::Whitelisted { hash }),
    ];
    assert_eq!(chain.events, expected);
}

#[test]
fn a_poll_that_fails_is_cleared_by_anyone_and_can_be_opened_again() {
    let mut chain = chain();
    vote(&mut chain, BOB, true);
    chain.advance(PERIOD + 1);
    chain.call(Origin::Signed(DAVE), WhitelistCall::Clear { hash: hash() }).unwrap();
    assert_eq!(chain.with(|context| poll(context, hash())), None);
    assert_eq!(requests(&mut chain, hash()), 0, "the bytes are asked for no more");
    vote(&mut chain, ALICE, true);
    assert!(listed(&mut chain, hash()));
}

#[test]
fn root_whitelists_at_once_and_takes_it_back() {
    let mut chain = chain();
    vote(&mut chain, BOB, true);
    chain.call(Origin::Root, WhitelistCall::Add { hash: hash() }).unwrap();
    assert!(listed(&mut chain, hash()));
    assert_eq!(chain.with(|context| poll(context, hash())), None, "never polled and listed");
    chain.call(Origin::Root, WhitelistCall::Remove { hash: hash() }).unwrap();
    assert!(!listed(&mut chain, hash()));
    assert_eq!(requests(&mut chain, hash()), 0);
}

#[test]
fn a_member_of_higher_rank_later_votes_with_it_when_it_votes_again() {
    let mut chain = chain();
    vote(&mut chain, BOB, true);
    chain.call(Origin::Root, CollectiveCall::Promote { who: BOB }).unwrap();
    assert_eq!(chain.with(|context| poll(context, hash())).unwrap().ayes(), 1);
    vote(&mut chain, BOB, true);
    assert!(!listed(&mut chain, hash()), "three of seven");
    assert_eq!(chain.with(|context| poll(context, hash())).unwrap().ayes(), 3);
}

/// `chain()` with the hash of [2] whitelisted and its bytes taken away by root's mistake, a poll that has ended on that of [3], and
/// an open one on that of [4].
fn prepared() -> Chain {
    let mut chain = chain();
    let voted = |bytes: &[u8]| WhitelistCall::Vote { hash: Hash::of(bytes), aye: true };
    chain.call(Origin::Root, WhitelistCall::Add { hash: Hash::of(&[2]) }).unwrap();
    chain.call(Origin::Root, PreimageCall::Unrequest { hash: Hash::of(&[2]) }).unwrap();
    chain.call(Origin::Signed(DAVE), PreimageCall::Unnote { hash: Hash::of(&[2]) }).unwrap();
    chain.call(Origin::Signed(BOB), voted(&[3])).unwrap();
    chain.advance(PERIOD + 1);
    chain.call(Origin::Signed(BOB), voted(&[4])).unwrap();
    chain
}

#[test]
fn bad_calls_are_refused_by_name_and_change_nothing() {
    let mut chain = prepared();
    let (hash, listed) = (hash(), Hash::of(&[2]));
    let unknown = Hash::of(&[99]);
    let (ended, open) = (Hash::of(&[3]), Hash::of(&[4]));
    let signed = Origin::Signed;
    let aye = |hash| WhitelistCall::Vote { hash, aye: true };
    let nay = |hash| WhitelistCall::Vote { hash, aye: false };
    let is = Error::Whitelist;
    #[rustfmt::skip]
    let cases = [
        ("root has no rank",                  Origin::Root,               aye(hash), Error::BadOrigin),
        ("a track has none",                  CALLER,                     aye(hash), Error::BadOrigin),
        ("rank 2 is too low",                 signed(DAVE),               aye(hash), is(WhitelistError::RankTooLow)),
        ("a stranger is no member",           signed(AccountId([9; 32])), aye(hash), is(WhitelistError::RankTooLow)),
        ("a nay opens no poll",               signed(BOB),                nay(hash), is(WhitelistError::NoPoll)),
        ("nobody can read it",                Origin::Root,               WhitelistCall::Add { hash: unknown }, is(WhitelistError::NotNoted)),
        ("two polls are there already",       signed(BOB),                aye(hash), is(WhitelistError::TooManyPolls)),
        ("the poll has ended",                signed(BOB),                aye(ended), is(WhitelistError::Ended)),
        ("it is whitelisted",                 signed(BOB),                aye(listed), is(WhitelistError::AlreadyWhitelisted)),
        ("nothing to clear",                  signed(BOB),                WhitelistCall::Clear { hash }, is(WhitelistError::NoPoll)),
        ("still open",                        signed(BOB),                WhitelistCall::Clear { hash: open }, is(WhitelistError::Open)),
        ("root clears nothing",               Origin::Root,               WhitelistCall::Clear { hash: ended }, Error::BadOrigin),
        ("a member alone adds nothing",       signed(ALICE),              WhitelistCall::Add { hash }, Error::BadOrigin),
        ("twice",                             Origin::Root,               WhitelistCall::Add { hash: listed }, is(WhitelistError::AlreadyWhitelisted)),
        ("the track does not remove",         CALLER,                     WhitelistCall::Remove { hash: listed }, Error::BadOrigin),
        ("not there to remove",               Origin::Root,               WhitelistCall::Remove { hash }, is(WhitelistError::NotWhitelisted)),
        ("anyone cannot dispatch",            signed(ALICE),              WhitelistCall::Dispatch { hash: listed }, Error::BadOrigin),
        ("another track cannot",              Origin::Track(TrackId(11)), WhitelistCall::Dispatch { hash: listed }, Error::BadOrigin),
        ("nobody vouches for it",             CALLER,                     WhitelistCall::Dispatch { hash }, is(WhitelistError::NotWhitelisted)),
        ("not even root dispatches it",       Origin::Root,               WhitelistCall::Dispatch { hash: open }, is(WhitelistError::NotWhitelisted)),
        ("the bytes are not there",           CALLER,                     WhitelistCall::Dispatch { hash: listed }, is(WhitelistError::NotNoted)),
    ];
    let before = chain.state.clone().into_changes();
    for (why, origin, call, error) in cases {
        // Without a frame around it: the call itself leaves no trace.
        assert_eq!(chain.run(origin, Call::Whitelist(call)), Err(error), "{why}");
        assert_eq!(chain.state.clone().into_changes(), before, "{why}");
    }
}

#[test]
fn a_poll_opens_only_on_bytes_that_are_there() {
    let mut chain = chain();
    let unknown = WhitelistCall::Vote { hash: Hash::of(&[99]), aye: true };
    let before = chain.state.clone().into_changes();
    let refused = chain.run(Origin::Signed(ALICE), Call::Whitelist(unknown));
    assert_eq!(refused, Err(Error::Whitelist(WhitelistError::NotNoted)));
    assert_eq!(chain.state.clone().into_changes(), before);
}

#[test]
fn a_full_agenda_refuses_a_dispatch_and_the_call_stays_whitelisted() {
    let mut chain = chain();
    chain.parameters.scheduler.items_max = 0;
    chain.call(Origin::Root, WhitelistCall::Add { hash: hash() }).unwrap();
    let refused = chain.call(CALLER, WhitelistCall::Dispatch { hash: hash() });
    assert_eq!(refused, Err(Error::Scheduler(crate::scheduler::SchedulerError::Full)));
    assert!(listed(&mut chain, hash()));
}

#[test]
fn a_poll_holds_as_many_ballots_as_members_are_allowed() {
    let mut poll = Poll::until(Slot(9));
    let ballot = |id, aye| Ballot { who: AccountId([id; 32]), aye, votes: 1 };
    assert!(poll.put(ballot(1, true), 2) && poll.put(ballot(2, true), 2));
    assert!(!poll.put(ballot(3, true), 2), "a third is refused");
    assert!(poll.put(ballot(1, false), 2), "one is replaced");
    assert_eq!((poll.ayes(), poll.ballots.len()), (1, 2));
}

#[test]
fn the_threshold_is_reached_exactly() {
    let mut poll = Poll::until(Slot(9));
    assert!(!poll.is_passed(Ppb::ZERO, 0), "nobody vouches for anything by silence");
    assert!(poll.put(Ballot { who: ALICE, aye: true, votes: 2 }, 9));
    for (percent, all, passes) in [(50, 4, true), (50, 5, false), (40, 5, true), (100, 2, true)] {
        assert_eq!(poll.is_passed(Ppb::percent(percent), all), passes, "{percent} % of {all}");
    }
    let third = Ppb::from_parts(333_333_334);
    assert!(!poll.is_passed(third, 6), "a billionth more than a third is more than two of six");
}

#[test]
fn encodings_are_pinned() {
    let vote = Call::Whitelist(WhitelistCall::Vote { hash: Hash([7; 32]), aye: true });
    assert_eq!(hex::encode(borsh::to_vec(&vote).unwrap()), format!("0600{}01", "07".repeat(32)));
    let add = Call::Collective(CollectiveCall::Remove { who: ALICE });
    assert_eq!(hex::encode(borsh::to_vec(&add).unwrap()), format!("0503{}", "01".repeat(32)));
    let mut poll = Poll::until(Slot(258));
    assert!(poll.put(Ballot { who: ALICE, aye: true, votes: 3 }, 9));
    let row = format!("020100000000000001000000{}0103000000", "01".repeat(32));
    assert_eq!(hex::encode(borsh::to_vec(&poll).unwrap()), row);
}

proptest! {
    /// Whatever is asked in whatever order: polls are counted, a hash is never polled and listed, list and
    /// polls ask for each preimage exactly once, and what is listed had its share or root's word.
    #[test]
    fn the_list_and_the_polls_are_kept_in_order(
        steps in prop::collection::vec((0_u8..8, 1_u8..5, 0_u8..3, any::<bool>()), 0..80),
    ) {
        let mut chain = chain();
        let hashes = [[1_u8], [2], [3]].map(|bytes| Hash::of(&bytes));
        for (verb, id, of, aye) in steps {
            let (who, hash) = (AccountId([id; 32]), hashes[usize::from(of)]);
            let was_listed = listed(&mut chain, hash);
            let (origin, call) = match verb {
                0..=4 => (Origin::Signed(who), WhitelistCall::Vote { hash, aye }),
                5 => (Origin::Signed(who), WhitelistCall::Clear { hash }),
                6 if aye => (Origin::Root, WhitelistCall::Add { hash }),
                _ => (Origin::Root, WhitelistCall::Remove { hash }),
            };
            let before = chain.with(|context| poll(context, hash));
            let is_done = chain.call(origin, call).is_ok();
            if is_done && verb <= 4 && !was_listed && listed(&mut chain, hash) {
                let votes = |id: AccountId| if id == ALICE { 3 } else { 1 };
                let earlier = before.map(|poll| poll.ballots).unwrap_or_default();
                let others = earlier.iter().filter(|ballot| ballot.aye && ballot.who != who);
                let sum: u32 = others.map(|ballot| votes(ballot.who)).sum::<u32>() + votes(who);
                prop_assert!(aye && 2 * sum >= 5, "{} of 5 passed", sum);
            }
            let open = hashes.iter().filter(|hash| {
                chain.with(|context| poll(context, **hash)).is_some()
            }).count();
            let kept: u32 =
                chain.with(|context| context.read(Item::WhitelistPollCount).unwrap_or_default());
            prop_assert_eq!(usize::try_from(kept).unwrap(), open);
            prop_assert!(kept <= 2);
            for hash in hashes {
                let is_listed = listed(&mut chain, hash);
                let is_polled = chain.with(|context| poll(context, hash)).is_some();
                prop_assert!(!(is_listed && is_polled));
                prop_assert_eq!(requests(&mut chain, hash), u32::from(is_listed || is_polled));
            }
            if verb == 7 {
                let next = chain.now.0 + 4;
                chain.advance(next);
            }
        }
    }
}

#[test]
fn what_root_took_back_before_is_not_taken_twice() {
    let mut chain = chain();
    chain.call(Origin::Root, WhitelistCall::Add { hash: hash() }).unwrap();
    chain.call(Origin::Root, PreimageCall::Unrequest { hash: hash() }).unwrap();
    chain.call(Origin::Root, WhitelistCall::Remove { hash: hash() }).unwrap();
    let refused = chain.call(Origin::Root, PreimageCall::Unrequest { hash: hash() });
    assert_eq!(refused, Err(Error::Preimages(PreimageError::NotRequested)));
    assert_eq!(chain.with(|context| roll(context).members()), 4);
}
