//! Measures against textbook values, and voices against a tally.

#![expect(clippy::arithmetic_side_effects, reason = "tests count small numbers and fail loudly")]

use super::{Concentration, Turnout, gini, nakamoto, power, voices};
use crate::curve::Ppb;
use crate::tally::Tally;
use crate::voting::{AccountVote, Cast, Conviction, Delegation, Record, Side, recount};
use crate::{ReferendumIndex, voting};
use core::num::NonZeroU32;
use proptest::prelude::*;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeMap;

const INDEX: ReferendumIndex = ReferendumIndex(7);

fn balances(weights: &[u128]) -> Vec<Balance> {
    weights.iter().copied().map(Balance).collect()
}

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn casting(vote: AccountVote) -> Record {
    Record { votes: vec![Cast { index: INDEX, page: 0, vote }], ..Record::default() }
}

fn aye(balance: u128) -> AccountVote {
    let conviction = Conviction::Locked2x;
    AccountVote::Standard { aye: true, conviction, balance: Balance(balance) }
}

fn delegating(to: u8, balance: u128) -> Record {
    let delegation = Delegation::new(account(to), Conviction::Locked1x, Balance(balance));
    Record { delegation: Some(delegation), ..Record::default() }
}

/// 1 votes for with two delegators, 2 splits with one, 5 waits.
fn records() -> BTreeMap<AccountId, Record> {
    let split = AccountVote::Split { aye: Balance(100), nay: Balance(50) };
    BTreeMap::from([
        (account(1), casting(aye(10))),
        (account(2), casting(split)),
        (account(3), delegating(1, 1000)),
        (account(4), delegating(1, 500)),
        (account(5), delegating(2, 700)),
    ])
}

#[test]
fn a_voice_has_its_own_weight_and_what_is_lent_to_it() {
    let voices = voices(&records(), INDEX, false);
    let [first, second] = &voices[..] else { panic!("two vote") };
    assert_eq!((first.who, first.delegators), (account(1), 2));
    assert_eq!((first.direct.ayes, first.delegated.ayes), (Balance(20), Balance(1500)));
    assert_eq!(first.votes(), Balance(1520));
    assert_eq!((second.who, second.delegators), (account(2), 1));
    assert_eq!((second.votes(), second.delegated), (Balance(15), Tally::EMPTY));
    assert_eq!(second.lent.capital, Balance(700), "what a split leaves out is shown");
}

#[test]
fn who_votes_while_delegating_is_a_voice_and_lends_nothing() {
    let mut records = records();
    let vote = Cast { index: INDEX, page: 0, vote: aye(3) };
    records.get_mut(&account(3)).unwrap().votes.push(vote);
    let voices = voices(&records, INDEX, false);
    let of = |number| voices.iter().find(|voice| voice.who == account(number)).unwrap();
    assert_eq!((of(1).delegators, of(1).lent.capital), (1, Balance(500)));
    assert_eq!(of(3).votes(), Balance(6));
}

#[test]
fn turnout_counts_stake_and_heads_that_take_part() {
    let voices = voices(&records(), INDEX, false);
    let turnout = Turnout::of(&voices, false, (Balance(10_000), 10));
    let expected = Turnout {
        capital: Balance(10 + 1500 + 150),
        by_stake: Ppb::from_parts(166_000_000),
        heads: 4,
        by_head: Ppb::percent(40),
        voters: 2,
    };
    assert_eq!(turnout, expected);
    let nobody = Turnout::of(&[], false, (Balance::ZERO, 0));
    assert_eq!((nobody.by_stake, nobody.by_head), (Ppb::ZERO, Ppb::ZERO));
}

#[test]
fn gini_of_known_lists() {
    let table: [(&str, &[u128], u32); 7] = [
        ("nobody", &[], 0),
        ("nothing", &[0, 0], 0),
        ("all the same", &[5, 5, 5, 5], 0),
        ("one of four has all", &[0, 9, 0, 0], 750_000_000),
        ("1 to 4", &[4, 1, 3, 2], 250_000_000),
        ("one alone", &[7], 0),
        ("the largest numbers", &[u128::MAX, 0], 500_000_000),
    ];
    for (why, weights, expected) in table {
        assert_eq!(gini(&balances(weights)), Ppb::from_parts(expected), "{why}");
    }
}

#[test]
fn nakamoto_counts_the_fewest_that_are_more_than_a_part() {
    let (two, three) = (NonZeroU32::new(2).unwrap(), NonZeroU32::new(3).unwrap());
    let table: [(&str, &[u128], u32, u32, u32); 7] = [
        ("nobody", &[], 0, 0, 0),
        ("one has all", &[0, 10], 1, 1, 1),
        ("exactly half is not more", &[5, 5], 1, 2, 2),
        ("exactly a third is not more", &[1, 1, 1], 2, 2, 3),
        ("ten equal", &[1; 10], 4, 6, 7),
        ("the heaviest first", &[1, 1, 1, 4], 1, 1, 2),
        ("too large to double", &[u128::MAX / 2, u128::MAX / 2], 1, 2, 2),
    ];
    for (why, weights, third, half, two_thirds) in table {
        let weights = balances(weights);
        let found = [(1, three), (1, two), (2, three)].map(|share| nakamoto(&weights, share));
        assert_eq!(found, [third, half, two_thirds], "{why}");
    }
}

#[test]
fn banzhaf_of_known_games() {
    let table: [(&str, &[u128], &[u32]); 5] = [
        ("a dictator", &[51, 25, 24], &[1_000_000_000, 0, 0]),
        ("three of which any two win", &[49, 49, 2], &[333_333_333; 3]),
        // Swings of 4, 3, 2, 1 with a bar above 5: 5, 3, 3 and 1.
        ("4 3 2 1", &[1, 2, 3, 4], &[416_666_666, 250_000_000, 250_000_000, 83_333_333]),
        ("nobody", &[], &[]),
        ("zeroes have no power", &[0, 3], &[1_000_000_000]),
    ];
    for (why, weights, expected) in table {
        let power = power(&balances(weights));
        let parts: Vec<u32> = power.shares.iter().map(|share| share.parts()).collect();
        assert_eq!((&parts[..], power.is_exact), (expected, true), "{why}");
    }
}

#[test]
fn an_estimate_says_so_and_is_close() {
    // 21 voters of whom one weighs as much as eleven others; all others are alike.
    let mut weights = vec![1_u128; 20];
    weights.push(11);
    let estimate = power(&balances(&weights));
    assert!(!estimate.is_exact);
    // The heavy one changes all coalitions of 5 to 15 of 20, each other one those of 14 C 19 4 and 15.
    let choose = |n: u64, k: u64| (0..k).fold(1_u64, |sum, at| sum * (n - at) / (at + 1));
    let heavy: u64 = (5..=15).map(|k| choose(20, k)).sum();
    let light = choose(19, 15) + choose(19, 4);
    let expected = heavy * 1_000_000_000 / (heavy + 20 * light);
    let heaviest = u64::from(estimate.shares[0].parts());
    assert!(heaviest.abs_diff(expected) < 30_000_000, "{heaviest} and {expected}");
    assert_eq!(estimate, power(&balances(&weights)), "the same on every node");
}

#[test]
fn a_crowd_is_estimated_by_its_heaviest() {
    let weights: Vec<u128> = (1..=500).collect();
    let concentration = Concentration::of(&balances(&weights));
    assert_eq!(concentration.banzhaf.shares.len(), super::INDIVIDUALS_MAX);
    assert!(concentration.nakamoto_third < concentration.nakamoto_half);
}

proptest! {
    #[test]
    fn gini_is_the_mean_difference(weights in prop::collection::vec(0_u64..1 << 40, 1..30)) {
        let total: u128 = weights.iter().copied().map(u128::from).sum();
        let pairs = weights.iter().flat_map(|a| weights.iter().map(|b| a.abs_diff(*b)));
        let differences: u128 = pairs.map(u128::from).sum();
        let count = u128::try_from(weights.len()).unwrap();
        let expected = (differences * 1_000_000_000).checked_div(2 * count * total).unwrap_or(0);
        let balances: Vec<Balance> = weights.iter().map(|w| Balance((*w).into())).collect();
        prop_assert_eq!(u128::from(gini(&balances).parts()), expected);
    }

    #[test]
    fn voices_add_up_to_the_recount(
        convictions in prop::collection::vec((0_usize..7, 0_u128..1000, 0_u8..6), 6),
    ) {
        let mut all = BTreeMap::new();
        for (who, (conviction, balance, kind)) in (0_u8..).zip(convictions) {
            let (conviction, balance) = (Conviction::ALL[conviction], Balance(balance));
            let record = match kind {
                0 => casting(AccountVote::Split { aye: balance, nay: balance }),
                1 | 2 => casting(AccountVote::Standard { aye: kind == 1, conviction, balance }),
                _ => delegating((who + kind) % 6, balance.0),
            };
            all.insert(account(who), record);
        }
        let sum = voices(&all, INDEX, false).iter().fold(Tally::EMPTY, |sum, voice| {
            let own = sum.with(&voice.vote).unwrap();
            let votes = voice.delegated.ayes.saturating_add(voice.delegated.nays);
            let power = voting::Power { votes, capital: voice.delegated.support };
            let side = voice.vote.carries(false).unwrap_or(Side::Abstain);
            own.raised(side, power)
        });
        let counted = recount::tallies(&all, false).unwrap();
        prop_assert_eq!(sum, counted.get(&INDEX).copied().unwrap_or_default());
    }
}
