//! Tallies against figures of pallet-conviction-voting 50, and against their own inverse.

use super::Tally;
use crate::curve::Ppb;
use crate::voting::{AccountVote, Conviction, Power, Side};
use proptest::prelude::*;
use serin_state::types::Balance;

fn standard(aye: bool, conviction: Conviction, balance: u128) -> AccountVote {
    AccountVote::Standard { aye, conviction, balance: Balance(balance) }
}

fn any_vote() -> impl Strategy<Value = AccountVote> {
    let amount = || (0_u64..1 << 50).prop_map(|units| Balance(units.into()));
    prop_oneof![
        (any::<bool>(), 0_usize..7, amount()).prop_map(|(aye, conviction, balance)| {
            AccountVote::Standard { aye, conviction: Conviction::ALL[conviction], balance }
        }),
        (amount(), amount()).prop_map(|(aye, nay)| AccountVote::Split { aye, nay }),
        (amount(), amount(), amount()).prop_map(|(aye, nay, abstain)| AccountVote::SplitAbstain {
            aye,
            nay,
            abstain
        }),
    ]
}

#[test]
fn votes_count_as_on_kusama() {
    let table = [
        ("for", standard(true, Conviction::Locked2x, 100), (200, 0, 100)),
        ("against is no support", standard(false, Conviction::Locked6x, 100), (0, 600, 0)),
        ("no conviction: a tenth, down", standard(true, Conviction::None, 19), (1, 0, 19)),
        ("split", AccountVote::Split { aye: Balance(50), nay: Balance(29) }, (5, 2, 50)),
        (
            "abstention is support and nothing else",
            AccountVote::SplitAbstain { aye: Balance(10), nay: Balance(10), abstain: Balance(7) },
            (1, 1, 17),
        ),
        (
            "six times too much stops at the end",
            standard(true, Conviction::Locked6x, u128::MAX),
            (u128::MAX, 0, u128::MAX),
        ),
    ];
    for (why, vote, (ayes, nays, support)) in table {
        let tally = Tally::EMPTY.with(&vote).unwrap();
        assert_eq!((tally.ayes.0, tally.nays.0, tally.support.0), (ayes, nays, support), "{why}");
    }
}

#[test]
fn approval_and_support_are_the_published_ones() {
    let tally = Tally { ayes: Balance(804), nays: Balance(127), support: Balance(1240) };
    assert_eq!(tally.approval(), Ppb::from_parts(863_587_540));
    assert_eq!(tally.support(Balance(1_000_000)), Ppb::from_parts(1_240_000));
    assert_eq!(Tally::EMPTY.approval(), Ppb::ZERO, "nobody voted");
    assert_eq!(Tally::EMPTY.support(Balance::ZERO), Ppb::ONE, "nobody can vote");
}

#[test]
fn what_leaves_the_range_is_refused() {
    let full = Tally { ayes: Balance(u128::MAX), ..Tally::EMPTY };
    assert_eq!(full.with(&standard(true, Conviction::Locked1x, 1)), None);
    assert_eq!(Tally::EMPTY.without(&standard(false, Conviction::Locked1x, 1)), None);
    let power = Power { votes: Balance(5), capital: Balance(5) };
    assert_eq!(full.raised(Side::Aye, power).ayes, Balance(u128::MAX));
    assert_eq!(Tally::EMPTY.lowered(Side::Nay, power), Tally::EMPTY);
}

#[test]
fn the_encoding_of_a_tally_is_fixed() {
    let tally = Tally { ayes: Balance(1), nays: Balance(2), support: Balance(3) };
    let bytes = borsh::to_vec(&tally).unwrap();
    let expected: Vec<u8> = [1_u128, 2, 3].into_iter().flat_map(u128::to_le_bytes).collect();
    assert_eq!(bytes, expected);
}

proptest! {
    #[test]
    fn removing_a_vote_undoes_adding_it(
        votes in prop::collection::vec(any_vote(), 1..8),
        delegated in 0_u64..1 << 50,
    ) {
        let power = Conviction::Locked3x.power(Balance(delegated.into()));
        let before = votes.iter().try_fold(Tally::EMPTY, Tally::with).unwrap();
        for vote in &votes {
            let mut tally = before.with(vote).unwrap();
            for side in [Side::Aye, Side::Nay, Side::Abstain] {
                tally = tally.raised(side, power).lowered(side, power);
            }
            prop_assert_eq!(tally.without(vote), Some(before));
        }
    }

    #[test]
    fn support_never_counts_a_vote_against(balance in any::<u64>(), conviction in 0_usize..7) {
        let vote = standard(false, Conviction::ALL[conviction], balance.into());
        prop_assert_eq!(Tally::of(&vote).support, Balance::ZERO);
    }
}
