//! Rounding never mints: whatever an era's rows hold, the parts of its pay are not more than the pay.
//!
//! And not much less: every cut is below a billionth of what is shared and a unit.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use proptest::prelude::*;
use serin_state::types::Slot;

/// A validator: points, commission, own stake, nominators' stakes.
type Drawn = (u32, u32, u128, Vec<u128>);

fn account(number: usize) -> AccountId {
    AccountId([u8::try_from(number).unwrap(); 32])
}

fn exposure_of((points, commission, own, nominators): &Drawn) -> Exposure {
    Exposure {
        own: Balance(*own),
        total: Balance(own + nominators.iter().sum::<u128>()),
        nominators: u32::try_from(nominators.len()).unwrap(),
        commission: Perbill::from_parts(*commission),
        points: *points,
        paid: Vec::new(),
    }
}

fn info(pay: u128, points: u64, page: u32) -> EraInfo {
    let pay = Some(Balance(pay));
    EraInfo { session: 0, start: Slot(1), stake: Balance::ZERO, page, points, pay }
}

/// What all pages pay to the validator, and to each nominator in their order.
fn all_pages(info: &EraInfo, drawn: &Drawn) -> (u128, Vec<u128>) {
    let exposure = exposure_of(drawn);
    let size = usize::try_from(info.page).unwrap();
    let rows: Vec<(AccountId, Balance)> =
        drawn.3.iter().enumerate().map(|(at, stake)| (account(at), Balance(*stake))).collect();
    let (mut validator, mut nominators) = (0, Vec::new());
    for page in 0..exposure.pages(info.page) {
        let first = usize::try_from(page).unwrap() * size;
        let on_page = rows[first.min(rows.len())..(first + size).min(rows.len())].to_vec();
        let pay = page_pay(info, &exposure, page, on_page);
        validator += pay.validator.0;
        nominators.extend(pay.nominators.iter().map(|(_, amount)| amount.0));
    }
    assert_eq!(nominators.len(), rows.len(), "every nominator is on one page");
    (validator, nominators)
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let stake = || prop_oneof![0..4_u128, 0..1_u128 << 64, 0..1_u128 << 100];
    let commission = prop_oneof![Just(0), Just(1_000_000_000), 0..=1_000_000_000_u32];
    (0..10_000_u32, commission, stake(), proptest::collection::vec(stake(), 0..9))
}

proptest! {
    #[test]
    fn the_parts_of_an_era_are_never_more_than_its_pay(
        set in proptest::collection::vec(drawn(), 1..6),
        page in 1..5_u32,
        pay in prop_oneof![0..100_u128, 0..1_u128 << 64, 0..1_u128 << 100],
    ) {
        let points: u64 = set.iter().map(|one| u64::from(one.0)).sum();
        let info = info(pay, points, page);
        let earning = set.iter().filter(|one| one.0 > 0);
        let mut sum = 0;
        for one in earning.clone() {
            let (validator, nominators) = all_pages(&info, one);
            sum += validator + nominators.iter().sum::<u128>();
        }
        prop_assert!(sum <= pay, "{sum} of {pay}");
        // A cut for each validator's part, for its commission on each page, for itself and for each nominator.
        let cuts: u128 = earning.clone().map(|one| {
            let exposure = exposure_of(one);
            2 + u128::from(exposure.pages(page)) + u128::try_from(one.3.len()).unwrap() + 1
        }).sum();
        let most = cuts * (pay / 1_000_000_000 + 1);
        // Where nothing stands behind a validator nobody shares what its commission leaves.
        let is_shared = earning.clone().all(|one| !exposure_of(one).total.is_zero());
        prop_assert!(points == 0 || !is_shared || pay - sum <= most, "{} of {pay} is lost, {most} at most", pay - sum);
    }

    #[test]
    fn what_a_nominator_earns_does_not_depend_on_its_page(
        one in drawn(),
        pages in (1..9_u32, 1..9_u32),
        pay in 0..1_u128 << 90,
    ) {
        let points = u64::from(one.0) + 7;
        let [first, second] =
            [pages.0, pages.1].map(|page| all_pages(&info(pay, points, page), &one));
        prop_assert_eq!(first.1, second.1);
    }
}

#[test]
fn few_units_among_few_stakers_are_never_more_than_there_are() {
    // Five among three is 5/3 each: two, were it rounded to the nearest, and six in all.
    for (pay, count, commission) in (0..40).flat_map(|pay| {
        (1..8).flat_map(move |count| [0, 500_000_000, 990_000_000].map(|one| (pay, count, one)))
    }) {
        let one: Drawn = (1, commission, 1, vec![1; count - 1]);
        for validators in 1..8 {
            let (validator, nominators) = all_pages(&info(pay, validators, 3), &one);
            let each = validator + nominators.iter().sum::<u128>();
            let sum = each * u128::from(validators);
            assert!(sum <= pay, "{sum} of {pay} to {validators} times {count} with {commission}");
        }
    }
}

#[test]
fn a_reward_shared_by_hand() {
    // 1,000 for 300 of 900 points: 333, as a third is cut to 333,333,333 billionths. Commission 10 %: 33. 300 are left for 100 of
    // its own, 200 and 100 of two nominators: 75, 150 and 75. A nominator a page: the commission goes 3/4 with the first, 1/4
    // with the second.
    let one = (300, 100_000_000, 100, vec![200, 100]);
    let exposure = exposure_of(&one);
    let info = info(1_000, 900, 1);
    let first = page_pay(&info, &exposure, 0, vec![(account(0), Balance(200))]);
    let second = page_pay(&info, &exposure, 1, vec![(account(1), Balance(100))]);
    assert_eq!((first.validator, first.nominators[0].1), (Balance(75 + 24), Balance(150)));
    assert_eq!((second.validator, second.nominators[0].1), (Balance(8), Balance(75)));
    assert_eq!(99 + 150 + 8 + 75, 332, "one of the 333 is never minted");
}
