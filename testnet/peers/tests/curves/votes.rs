//! What votes weigh, add up to and lock, beside the types of pallet-conviction-voting 50.
//!
//! Amounts come from all 128 bits, so that every saturation is met.

use super::random;
use frame_support::traits::{ConstU32, VoteTally};
use pallet_conviction_voting::{
    AccountVote as PublishedVote, Casting, Conviction as PublishedConviction, Delegating,
    Delegations, Tally as Published, Vote, Voting,
};
use serin_governance::ReferendumIndex;
use serin_governance::curve::Ppb;
use serin_governance::tally::Tally;
use serin_governance::voting::{AccountVote, Cast, Conviction, Delegation, Power, Record, Side};
use serin_state::types::{AccountId, Balance, Slot};
use sp_arithmetic::Perbill;
use std::cell::Cell;

thread_local! {
    static ELECTORATE: Cell<u128> = const { Cell::new(0) };
}

/// The electorate of the published tally, which asks a type for it.
struct Electorate;

impl frame_support::traits::Get<u128> for Electorate {
    fn get() -> u128 {
        ELECTORATE.get()
    }
}

/// What a published account does: balances, accounts, block numbers, polls, votes at most.
type PublishedVoting = Voting<u128, u64, u64, u32, ConstU32<8>>;
type PublishedTally = Published<u128, Electorate>;

/// An amount: mostly as a chain has them, and now and then near the end of the range.
fn amount(high: u64, low: u64) -> u128 {
    let wide = u128::from(high) << 64 | u128::from(low);
    match high % 8 {
        0 => wide,
        1 => u128::MAX - u128::from(low % 16),
        2 => u128::from(low % 32),
        _ => wide % (1 << 80),
    }
}

fn conviction(number: u64) -> (Conviction, PublishedConviction) {
    let at = u8::try_from(number % 7).unwrap();
    (Conviction::ALL[usize::from(at)], PublishedConviction::try_from(at).unwrap())
}

fn vote(index: u64) -> (AccountVote, PublishedVote<u128>) {
    let [a, b, c, d] = random("vote", index);
    let (first, second, third) = (amount(a, b), amount(b, c), amount(c, d));
    let parts = (Balance(first), Balance(second), Balance(third));
    match d % 5 {
        0 => (
            AccountVote::Split { aye: parts.0, nay: parts.1 },
            PublishedVote::Split { aye: first, nay: second },
        ),
        1 => (
            AccountVote::SplitAbstain { aye: parts.0, nay: parts.1, abstain: parts.2 },
            PublishedVote::SplitAbstain { aye: first, nay: second, abstain: third },
        ),
        kind => {
            let ((ours, theirs), aye) = (conviction(c), kind % 2 == 0);
            (
                AccountVote::Standard { aye, conviction: ours, balance: parts.0 },
                PublishedVote::Standard { vote: Vote { aye, conviction: theirs }, balance: first },
            )
        }
    }
}

fn same(ours: &Tally, theirs: &PublishedTally) -> bool {
    (ours.ayes.0, ours.nays.0, ours.support.0) == (theirs.ayes, theirs.nays, theirs.support)
}

fn is_same_share(ours: Ppb, theirs: Perbill) -> bool {
    ours.parts() == theirs.deconstruct()
}

#[test]
fn convictions_weigh_and_lock_the_same() {
    for index in 0..serin_peers::inputs(20_000) {
        let [a, b, c, _] = random("conviction", index);
        let ((ours, theirs), capital) = (conviction(c), amount(a, b));
        let power = ours.power(Balance(capital));
        let published = theirs.votes(capital);
        assert_eq!((power.votes.0, power.capital.0), (published.votes, published.capital));
        assert_eq!(ours.lock_periods(), u64::from(theirs.lock_periods()));
    }
}

#[test]
fn votes_have_the_same_balance_and_side() {
    for index in 0..serin_peers::inputs(20_000) {
        let (ours, theirs) = vote(index);
        assert_eq!(ours.balance().0, theirs.balance(), "{theirs:?}");
        let side = theirs.as_standard().map(|aye| if aye { Side::Aye } else { Side::Nay });
        assert_eq!(ours.carries(false), side, "{theirs:?}");
    }
}

/// What an account must keep: random votes or a delegation, and locks merged and expired on the way.
#[test]
fn records_lock_the_same() {
    for index in 0..serin_peers::inputs(20_000) {
        let [a, b, c, d] = random("record", index);
        let (mut ours, mut theirs) = (Record::default(), PublishedVoting::default());
        if d % 3 == 0 {
            let ((own, published), balance) = (conviction(a), amount(b, c));
            ours.delegation = Some(Delegation::new(AccountId([1; 32]), own, Balance(balance)));
            theirs = PublishedVoting::Delegating(Delegating {
                balance,
                target: 1,
                conviction: published,
                delegations: Delegations::default(),
                prior: Default::default(),
            });
        } else if let PublishedVoting::Casting(Casting { votes, .. }) = &mut theirs {
            for number in 0..d % 6 {
                let (own, published) = vote(index * 8 + number);
                let poll = u32::try_from(number).unwrap();
                ours.votes.push(Cast { index: ReferendumIndex(poll), page: 0, vote: own });
                votes.try_push((poll, published)).unwrap();
            }
        }
        for step in 0..a % 5 {
            let [until, high, low, now] = random("lock", index * 8 + step);
            let (until, now, locked) = (until % 100, now % 120, amount(high, low));
            ours.prior.accumulate(Slot(until), Balance(locked));
            match &mut theirs {
                PublishedVoting::Casting(casting) => casting.prior.accumulate(until, locked),
                PublishedVoting::Delegating(delegating) => {
                    delegating.prior.accumulate(until, locked);
                }
            }
            assert_eq!(ours.locked().0, theirs.locked_balance(), "{index}, before {now}");
            ours.prior.expire(Slot(now));
            theirs.rejig(now);
            assert_eq!(ours.locked().0, theirs.locked_balance(), "{index}, at {now}");
        }
        assert_eq!(ours.locked().0, theirs.locked_balance(), "{index}");
    }
}

/// Adds and removes random votes and delegations; a refused one ends the sequence on both sides.
#[test]
fn tallies_are_equal_after_every_step() {
    let sequences = serin_peers::inputs(20_000) / 20;
    for sequence in 0..sequences {
        let (mut ours, mut theirs) = (Tally::EMPTY, PublishedTally::from_parts(0, 0, 0));
        for step in 0..20 {
            let index = sequence * 20 + step;
            let [a, b, c, d] = random("step", index);
            let (cast, published) = vote(index - d % (step + 1));
            let (votes, capital) = (amount(a, b), amount(b, c));
            let power = Power { votes: Balance(votes), capital: Balance(capital) };
            let (side, aye) = if d % 2 == 0 { (Side::Aye, true) } else { (Side::Nay, false) };
            let changed = match c % 4 {
                0 => ours.with(&cast).zip(theirs.add(published)),
                1 => ours.without(&cast).zip(theirs.remove(published)),
                2 => {
                    theirs.increase(aye, Delegations { votes, capital });
                    Some((ours.raised(side, power), ()))
                }
                _ => {
                    theirs.reduce(aye, Delegations { votes, capital });
                    Some((ours.lowered(side, power), ()))
                }
            };
            let Some((after, ())) = changed else { break };
            ours = after;
            assert!(same(&ours, &theirs), "{ours:?} and {theirs:?} after step {index}");
            ELECTORATE.set(amount(c, a));
            let support = VoteTally::<u128, u16>::support(&theirs, 0);
            let approval = VoteTally::<u128, u16>::approval(&theirs, 0);
            assert!(is_same_share(ours.support(Balance(ELECTORATE.get())), support), "{index}");
            assert!(is_same_share(ours.approval(), approval), "{index}");
        }
    }
}

/// A side that refuses alone would end a sequence unseen: refusals are compared by themselves.
#[test]
fn the_same_votes_are_refused() {
    for index in 0..serin_peers::inputs(20_000) {
        let [a, b, c, d] = random("tally", index);
        let (ayes, nays, support) = (amount(a, b), amount(b, c), amount(c, d));
        let ours = Tally { ayes: Balance(ayes), nays: Balance(nays), support: Balance(support) };
        let (cast, published) = vote(index);
        let mut theirs = PublishedTally::from_parts(ayes, nays, support);
        let added = theirs.add(published).is_some();
        assert_eq!(ours.with(&cast).is_some(), added, "{published:?}");
        let mut theirs = PublishedTally::from_parts(ayes, nays, support);
        let removed = theirs.remove(published).is_some();
        assert_eq!(ours.without(&cast).is_some(), removed, "{published:?}");
    }
}
