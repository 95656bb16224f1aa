//! Members and ranks: who may set them, what a rank weighs, and that the roll is the members counted anew.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what goes wrong in a test panics there"
)]

use super::{CollectiveCall, CollectiveError, CollectiveEvent, Rank, Roll, roll, standing};
use crate::referenda::tests::chain::{ALICE, BOB, CAROL, Chain};
use crate::{Call, Error, Event, Origin, Parameters, TrackId};
use proptest::prelude::*;
use serin_state::types::AccountId;
use std::collections::BTreeMap;

fn chain(members_max: u32) -> Chain {
    let mut parameters = Parameters::default();
    parameters.collective.members_max = members_max;
    Chain::new(parameters)
}

/// The roll counted from the rank of each of these accounts.
fn counted(chain: &mut Chain, accounts: &[AccountId]) -> Roll {
    let mut counts = [0; 10];
    for who in accounts {
        if let Some(rank) = chain.with(|context| standing(context, *who)) {
            counts[usize::from(rank.0)] += 1;
        }
    }
    Roll(counts)
}

#[test]
fn a_rank_has_the_votes_of_the_published_table() {
    let above_third: Vec<u32> = (0..=9).map(|rank| Rank(rank).votes(Rank(3))).collect();
    assert_eq!(above_third, [0, 0, 0, 1, 3, 6, 10, 15, 21, 28]);
    assert_eq!(Rank(9).votes(Rank(0)), 55);
    assert_eq!(Roll([5, 5, 5, 2, 1, 0, 0, 0, 0, 1]).votes(Rank(3)), 2 + 3 + 28);
}

#[test]
fn a_member_rises_falls_and_leaves() {
    let mut chain = chain(10);
    let admin = Origin::Track(TrackId::FELLOWSHIP_ADMIN);
    chain.call(admin, CollectiveCall::Add { who: ALICE }).unwrap();
    chain.call(Origin::Root, CollectiveCall::Promote { who: ALICE }).unwrap();
    chain.call(admin, CollectiveCall::Demote { who: ALICE }).unwrap();
    chain.call(admin, CollectiveCall::Demote { who: ALICE }).unwrap();
    chain.call(admin, CollectiveCall::Add { who: ALICE }).unwrap();
    chain.call(admin, CollectiveCall::Promote { who: ALICE }).unwrap();
    chain.call(admin, CollectiveCall::Remove { who: ALICE }).unwrap();
    let (added, removed) =
        (CollectiveEvent::Added { who: ALICE }, CollectiveEvent::Removed { who: ALICE });
    let ranked = |rank| CollectiveEvent::Ranked { who: ALICE, rank: Rank(rank) };
    let expected = [added, ranked(1), ranked(0), removed, added, ranked(1), removed];
    assert_eq!(chain.events, expected.map(Event::Collective));
    assert_eq!(chain.with(|context| roll(context)), Roll::default());
    assert_eq!(chain.with(|context| standing(context, ALICE)), None);
}

#[test]
fn bad_calls_are_refused_by_name_and_change_nothing() {
    let mut chain = chain(2);
    for who in [ALICE, BOB] {
        chain.call(Origin::Root, CollectiveCall::Add { who }).unwrap();
    }
    for _ in 0..9 {
        chain.call(Origin::Root, CollectiveCall::Promote { who: BOB }).unwrap();
    }
    let is = Error::Collective;
    #[rustfmt::skip]
    let cases = [
        ("a member sets nobody",         Origin::Signed(BOB),        CollectiveCall::Promote { who: ALICE }, Error::BadOrigin),
        ("another track does not",       Origin::Track(TrackId(14)), CollectiveCall::Remove { who: ALICE },  Error::BadOrigin),
        ("a member is taken in twice",   Origin::Root,               CollectiveCall::Add { who: ALICE },     is(CollectiveError::AlreadyMember)),
        ("a third where two may be",     Origin::Root,               CollectiveCall::Add { who: CAROL },     is(CollectiveError::Full)),
        ("a stranger has no rank",       Origin::Root,               CollectiveCall::Promote { who: CAROL }, is(CollectiveError::NotMember)),
        ("a stranger falls no further",  Origin::Root,               CollectiveCall::Demote { who: CAROL },  is(CollectiveError::NotMember)),
        ("a stranger cannot leave",      Origin::Root,               CollectiveCall::Remove { who: CAROL },  is(CollectiveError::NotMember)),
        ("nobody is above the highest",  Origin::Root,               CollectiveCall::Promote { who: BOB },   is(CollectiveError::HighestRank)),
    ];
    let before = chain.state.clone().into_changes();
    for (why, origin, call, error) in cases {
        // Without a frame around it: the call itself leaves no trace.
        assert_eq!(chain.run(origin, Call::Collective(call)), Err(error), "{why}");
        assert_eq!(chain.state.clone().into_changes(), before, "{why}");
    }
}

proptest! {
    #[test]
    fn the_roll_is_the_members_counted_anew(
        calls in prop::collection::vec((0_u8..4, 1_u8..6), 0..120),
    ) {
        let mut chain = chain(3);
        let accounts: Vec<AccountId> = (1..6).map(|id| AccountId([id; 32])).collect();
        let mut model: BTreeMap<AccountId, u8> = BTreeMap::new();
        for (verb, id) in calls {
            let who = AccountId([id; 32]);
            let (call, next) = match (verb, model.get(&who).copied()) {
                (0, None) if model.len() < 3 => (CollectiveCall::Add { who }, Some(Some(0))),
                (0, _) => (CollectiveCall::Add { who }, None),
                (1, Some(rank)) if rank < 9 => (CollectiveCall::Promote { who }, Some(Some(rank + 1))),
                (1, _) => (CollectiveCall::Promote { who }, None),
                (2, Some(rank)) => (CollectiveCall::Demote { who }, Some(rank.checked_sub(1))),
                (2, None) => (CollectiveCall::Demote { who }, None),
                (_, Some(_)) => (CollectiveCall::Remove { who }, Some(None)),
                (_, None) => (CollectiveCall::Remove { who }, None),
            };
            prop_assert_eq!(chain.call(Origin::Root, call).is_ok(), next.is_some());
            match next {
                Some(Some(rank)) => { model.insert(who, rank); }
                Some(None) => { model.remove(&who); }
                None => {}
            }
            for who in &accounts {
                let rank = chain.with(|context| standing(context, *who));
                prop_assert_eq!(rank.map(|rank| rank.0), model.get(who).copied());
            }
            let counted = counted(&mut chain, &accounts);
            prop_assert_eq!(chain.with(|context| roll(context)), counted);
        }
    }
}
