//! Who is paid for a vote, how often, and who is not.
//!
//! Every referendum runs its life on the storage of referenda; time alone decides where few vote.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what goes wrong in a test panics there"
)]

use super::*;
use crate::referenda::ReferendaCall;
use crate::referenda::tests::chain::{ALICE, BOB, CAROL, Chain, call_of};
use crate::referenda::tests::life;
use crate::voting::{Conviction, VotingCall, VotingError};
use crate::{Error, Event, Origin, Parameters, TrackId};
use borsh::to_vec;
use serin_state::types::Slot;

const TRACK: TrackId = TrackId(30);
const REWARD: Balance = Balance(100);

fn parameters() -> Parameters {
    let mut parameters = life::parameters();
    parameters.participation = ParticipationParameters {
        reward: REWARD,
        capital_min: Balance(50),
        votes_max: 2,
        budget: Balance(350),
        period_slots: 1_000,
    };
    parameters
}

fn standard(aye: bool, conviction: Conviction, balance: u128) -> AccountVote {
    AccountVote::Standard { aye, conviction, balance: Balance(balance) }
}

fn small(balance: u128) -> AccountVote {
    standard(true, Conviction::None, balance)
}

/// A referendum that is being decided.
fn open(chain: &mut Chain) -> ReferendumIndex {
    let index = life::submit(chain, TRACK.0, call_of(1));
    life::deposit(chain, index);
    chain.advance(chain.now.0 + 5);
    index
}

fn vote(chain: &mut Chain, who: AccountId, index: ReferendumIndex, vote: AccountVote) {
    chain.call(Origin::Signed(who), VotingCall::Vote { index, vote, reason: None }).unwrap();
}

fn remove(chain: &mut Chain, who: AccountId, index: ReferendumIndex) -> Result<(), Error> {
    chain.call(Origin::Signed(who), VotingCall::RemoveVote { track: Some(TRACK), index })
}

/// What was paid, by the events, since the last time.
fn paid(chain: &mut Chain) -> Vec<(AccountId, Balance)> {
    let events = core::mem::take(&mut chain.events);
    let rewards = events.into_iter().filter_map(|event| match event {
        Event::Participation(ParticipationEvent::Rewarded { who, amount, .. }) => {
            Some((who, amount))
        }
        _ => None,
    });
    rewards.collect()
}

/// Votes, lets the referendum end, and removes the vote.
fn one(chain: &mut Chain, who: AccountId) -> Vec<(AccountId, Balance)> {
    let index = open(chain);
    vote(chain, who, index, small(60));
    chain.advance(chain.now.0 + 40);
    remove(chain, who, index).unwrap();
    paid(chain)
}

#[test]
fn a_vote_that_stood_until_the_decision_is_paid_whatever_it_said() {
    let split = AccountVote::Split { aye: Balance(30), nay: Balance(30) };
    let none = Balance::ZERO;
    let abstain = AccountVote::SplitAbstain { aye: none, nay: none, abstain: Balance(60) };
    #[rustfmt::skip]
    let cases = [
        ("for, and it fails",        standard(true, Conviction::None, 60),            1),
        ("against",                  standard(false, Conviction::None, 60),           1),
        ("for, and it passes",       standard(true, Conviction::Locked1x, 1_000_000), 1),
        ("with the most conviction", standard(false, Conviction::Locked6x, 60),       1),
        ("both ways",                split,                                           1),
        ("neither way",              abstain,                                         1),
        ("the least capital",        small(50),                                       1),
        ("too little capital",       small(49),                                       0),
    ];
    for (why, said, times) in cases {
        let mut chain = Chain::new(parameters());
        let index = open(&mut chain);
        vote(&mut chain, BOB, index, said);
        chain.advance(100);
        let before = chain.with(|context| context.ledger().account(BOB).total());
        remove(&mut chain, BOB, index).unwrap();
        let expected = [(BOB, REWARD)].repeat(times);
        assert_eq!(paid(&mut chain), expected, "{why}");
        let after = chain.with(|context| context.ledger().account(BOB).total());
        let times = u128::try_from(times).unwrap();
        assert_eq!(after.0 - before.0, REWARD.0 * times, "{why}");
        let again = remove(&mut chain, BOB, index);
        assert_eq!(again, Err(VotingError::NotVoter.into()), "{why}: twice");
    }
}

#[test]
fn what_was_not_decided_or_not_voted_on_pays_nothing() {
    let mut chain = Chain::new(parameters());
    let taken_back = open(&mut chain);
    vote(&mut chain, BOB, taken_back, small(60));
    remove(&mut chain, BOB, taken_back).unwrap();
    assert_eq!(paid(&mut chain), [], "taken back before the decision");
    let cancelled = open(&mut chain);
    vote(&mut chain, BOB, cancelled, small(60));
    chain.call(Origin::Root, ReferendaCall::Cancel { index: cancelled }).unwrap();
    remove(&mut chain, BOB, cancelled).unwrap();
    assert_eq!(paid(&mut chain), [], "cancelled");
    let never_decided = life::submit(&mut chain, TRACK.0, call_of(1));
    vote(&mut chain, BOB, never_decided, small(60));
    chain.advance(chain.now.0 + 100);
    remove(&mut chain, BOB, never_decided).unwrap();
    assert_eq!(paid(&mut chain), [], "nobody paid the decision deposit");
    let lent = open(&mut chain);
    let (to, conviction, balance) = (ALICE, Conviction::None, Balance(60));
    let delegate = VotingCall::Delegate { track: TRACK, to, conviction, balance };
    chain.call(Origin::Signed(CAROL), delegate).unwrap();
    vote(&mut chain, ALICE, lent, small(60));
    chain.advance(chain.now.0 + 40);
    remove(&mut chain, ALICE, lent).unwrap();
    assert_eq!(paid(&mut chain), [(ALICE, REWARD)], "who lends a vote does not vote");
}

#[test]
fn an_account_is_paid_for_so_many_votes_a_period_and_all_for_so_much() {
    let mut chain = Chain::new(parameters());
    assert_eq!(one(&mut chain, BOB), [(BOB, REWARD)]);
    assert_eq!(one(&mut chain, BOB), [(BOB, REWARD)]);
    assert_eq!(one(&mut chain, BOB), [], "a third vote in the period");
    assert_eq!(one(&mut chain, CAROL), [(CAROL, REWARD)]);
    assert_eq!(one(&mut chain, ALICE), [], "400 would be above the budget");
    chain.advance(chain.now.0 + 1_000);
    assert_eq!(one(&mut chain, BOB), [(BOB, REWARD)], "another period");
}

#[test]
fn anybody_may_remove_a_vote_that_locks_nothing_and_the_voter_is_paid() {
    let mut chain = Chain::new(parameters());
    let index = open(&mut chain);
    vote(&mut chain, BOB, index, small(60));
    chain.advance(100);
    let call = VotingCall::RemoveOtherVote { target: BOB, track: TRACK, index };
    chain.call(Origin::Signed(CAROL), call).unwrap();
    assert_eq!(paid(&mut chain), [(BOB, REWARD)]);
}

#[test]
fn a_treasury_that_is_too_poor_pays_nothing_and_refuses_nothing() {
    let mut chain = Chain::new(parameters());
    let treasury = Context::<std::collections::BTreeMap<_, _>>::treasury();
    chain.with(|context| {
        let rest = context.ledger().account(treasury).free.saturating_sub(Balance(60));
        let burnt =
            context.ledger().burn(treasury, rest, serin_state::balances::Survival::KeepAlive);
        context.take_dust(burnt.unwrap());
    });
    assert_eq!(one(&mut chain, BOB), []);
}

#[test]
fn without_a_reward_no_row_is_written() {
    let mut chain = Chain::new(life::parameters());
    assert_eq!(one(&mut chain, BOB), []);
    let rows = chain.state.clone().into_changes();
    for item in [Item::ParticipationPeriod, Item::Participation(BOB)] {
        assert!(!rows.contains_key(&item.key()), "{item:?}");
    }
}

#[test]
fn rows_numbers_and_events_have_these_bytes() {
    let five = 5_u128.to_le_bytes();
    let period = Period { number: 2, ends: Slot(3), paid: Balance(5) };
    let expected = [&[2, 0, 0, 0, 0, 0, 0, 0][..], &[3, 0, 0, 0, 0, 0, 0, 0], &five].concat();
    assert_eq!(to_vec(&period).unwrap(), expected);
    let taken = Taken { period: 2, votes: 3 };
    assert_eq!(to_vec(&taken).unwrap(), [2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    let (who, index) = (AccountId([9; 32]), ReferendumIndex(7));
    let event =
        Event::Participation(ParticipationEvent::Rewarded { who, index, amount: Balance(5) });
    let expected = [&[8, 0][..], &[9; 32], &[7, 0, 0, 0], &five].concat();
    assert_eq!(to_vec(&event).unwrap(), expected);
    let numbers = ParticipationParameters {
        reward: Balance(5),
        capital_min: Balance(5),
        votes_max: 6,
        budget: Balance(5),
        period_slots: 7,
    };
    let expected = [&five[..], &five, &[6, 0, 0, 0], &five, &[7, 0, 0, 0, 0, 0, 0, 0]].concat();
    assert_eq!(to_vec(&numbers).unwrap(), expected);
}
