//! Elections by hand, by property, and beside a plain restatement of the method.
//!
//! The comparison with sp-npos-elections, on many more electorates, is in `testnet/peers`.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::normalise::normalise;
use super::*;
use proptest::prelude::*;
use serin_state::types::{AccountId, Balance};

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn electorate(candidates: &[u8], ballots: &[(u8, u64, &[u8])]) -> Electorate {
    let ballot = |(voter, stake, targets): &(u8, u64, &[u8])| Ballot {
        voter: account(*voter),
        stake: *stake,
        targets: targets.iter().copied().map(account).collect(),
    };
    let candidates = candidates.iter().copied().map(account).collect();
    Electorate::new(candidates, ballots.iter().map(ballot).collect()).unwrap()
}

/// Winners with their support.
fn supports(outcome: &Outcome) -> Vec<(u8, u128)> {
    outcome.winners.iter().map(|winner| (winner.account.0[0], winner.support)).collect()
}

/// Five voters, five candidates; what the winners are for three seats is in every row of the first two tests.
fn five() -> Electorate {
    electorate(
        &[1, 2, 3, 4, 5],
        &[
            (10, 10, &[1, 2]),
            (20, 20, &[1, 3]),
            (30, 30, &[2, 3]),
            (40, 40, &[4]),
            (50, 5, &[5, 1]),
        ],
    )
}

#[test]
fn three_seats_among_five_as_computed_by_others() {
    let outcome = five().elect(3, None);
    assert_eq!(supports(&outcome), [(3, 40), (4, 40), (1, 25)]);
    let score = Score { minimal_stake: 25, sum_stake: 105, sum_stake_squared: 3825 };
    assert_eq!(outcome.score(), score);
    let backers: Vec<_> = outcome.winners[2].backers.iter().map(|one| one.stake).collect();
    assert_eq!(backers, [10, 10, 5], "twenty are halved between 1 and 3");
}

#[test]
fn balancing_evens_supports_and_keeps_the_winners() {
    let plain = five().elect(3, None);
    let balanced = five().elect(3, Some(Balancing { iterations: 10, tolerance: 0 }));
    assert_eq!(supports(&balanced), [(3, 33), (4, 40), (1, 32)]);
    let score = Score { minimal_stake: 32, sum_stake: 105, sum_stake_squared: 3713 };
    assert_eq!(balanced.score(), score);
    assert!(balanced.score() > plain.score());
    let idle = [(0, 0, "no pass"), (10, 100, "no gap is as wide as the tolerance")];
    for (iterations, tolerance, why) in idle {
        assert_eq!(five().elect(3, Some(Balancing { iterations, tolerance })), plain, "{why}");
    }
}

#[test]
fn who_wins() {
    struct Case {
        why: &'static str,
        candidates: &'static [u8],
        ballots: &'static [(u8, u64, &'static [u8])],
        seats: usize,
        winners: &'static [(u8, u128)],
    }
    #[rustfmt::skip]
    let cases = [
        Case { why: "of equals the first in the list", candidates: &[7, 3, 5], seats: 2,
               ballots: &[(1, 9, &[3]), (2, 9, &[5]), (3, 9, &[7])], winners: &[(7, 9), (3, 9)] },
        Case { why: "more seats than candidates, and an odd unit to the first", candidates: &[1, 2], seats: 9,
               ballots: &[(3, 5, &[1, 2])], winners: &[(1, 3), (2, 2)] },
        Case { why: "no seats", candidates: &[1], seats: 0, ballots: &[(3, 5, &[1])], winners: &[] },
        Case { why: "nobody votes: seats go by the list", candidates: &[2, 1], seats: 1,
               ballots: &[], winners: &[(2, 0)] },
        Case { why: "a vote without stake is behind nobody", candidates: &[1, 2], seats: 2,
               ballots: &[(3, 0, &[1]), (4, 1, &[2])], winners: &[(2, 1), (1, 0)] },
        Case { why: "targets that are no candidates, or stand twice, are passed over", candidates: &[1, 2],
               seats: 1, ballots: &[(3, 5, &[9, 1, 1]), (4, 6, &[9, 2])], winners: &[(2, 6)] },
        Case { why: "a second seat for the same voters costs them: 40 of 100 get one of two",
               candidates: &[1, 2, 3], seats: 2, ballots: &[(4, 60, &[1, 2]), (5, 40, &[3])],
               winners: &[(1, 60), (3, 40)] },
    ];
    for Case { why, candidates, ballots, seats, winners } in cases {
        let outcome = electorate(candidates, ballots).elect(seats, None);
        assert_eq!(supports(&outcome), winners, "{why}");
    }
}

#[test]
fn the_largest_stakes_are_spent_to_the_unit() {
    let most = u64::MAX;
    let largest = electorate(&[1, 2], &[(3, most, &[1]), (4, most, &[1]), (5, most, &[1, 2])]);
    let even = largest.elect(2, Some(Balancing { iterations: 9, tolerance: 0 }));
    assert_eq!(supports(&even), [(1, 2 * u128::from(most)), (2, u128::from(most))]);
    let sum: u128 = largest.elect(2, None).winners.iter().map(|one| one.support).sum();
    assert_eq!(sum, 3 * u128::from(most));
}

#[test]
fn input_out_of_bounds_is_refused() {
    let ballot = |voter, targets| Ballot {
        voter: account(voter),
        stake: 1,
        targets: vec![account(1); targets],
    };
    let many = |count: usize| -> Vec<AccountId> {
        let number = |at: usize| u32::try_from(at).unwrap().to_be_bytes().repeat(8);
        (0..count).map(|at| AccountId(number(at).try_into().unwrap())).collect()
    };
    let ballots = |count| -> Vec<Ballot> {
        many(count).into_iter().map(|voter| Ballot { voter, ..ballot(1, 0) }).collect()
    };
    let list = |candidates: &[u8]| candidates.iter().copied().map(account).collect::<Vec<_>>();
    let (above, voters) = (CANDIDATES_MAX + 1, BALLOTS_MAX + 1);
    let targets = TARGETS_MAX + 1;
    let voter = account(9);
    #[rustfmt::skip]
    let cases = [
        (many(above), vec![], ElectorateError::TooManyCandidates(above)),
        (list(&[1]), ballots(voters), ElectorateError::TooManyBallots(voters)),
        (list(&[1]), vec![ballot(9, targets)], ElectorateError::TooManyTargets { voter, targets }),
        (list(&[1, 2, 1]), vec![], ElectorateError::DuplicateCandidate(account(1))),
        (list(&[1]), vec![ballot(9, 1), ballot(8, 1), ballot(9, 1)], ElectorateError::DuplicateVoter(voter)),
    ];
    for (candidates, ballots, refused) in cases {
        assert_eq!(Electorate::new(candidates, ballots).unwrap_err(), refused);
    }
    let at_bounds = Electorate::new(many(CANDIDATES_MAX), vec![ballot(9, TARGETS_MAX)]);
    assert!(at_bounds.is_ok());
    assert!(Electorate::new(list(&[1]), ballots(BALLOTS_MAX)).is_ok());
}

#[test]
fn shares_are_made_to_sum_up() {
    #[rustfmt::skip]
    let cases: [(&[u128], u128, &[u128], &str); 11] = [
        (&[8, 9, 7, 10], 40, &[10, 10, 10, 10], "all below the average rise to it"),
        (&[7, 7, 7, 10], 40, &[11, 11, 8, 10], "the smallest in the order of the list"),
        (&[7, 8, 7, 10], 40, &[11, 8, 11, 10], "the smallest, wherever it stands"),
        (&[8, 11, 9, 10], 40, &[10, 11, 9, 10], "one above the average stays"),
        (&[12, 11, 13, 10], 40, &[10, 10, 10, 10], "all above fall"),
        (&[13, 13, 12, 10], 40, &[9, 9, 12, 10], "the largest, and of equal ones the last, falls first"),
        (&[13, 12, 13, 10], 40, &[9, 12, 9, 10], "the largest, wherever it stands"),
        (&[1, 100, 100], 10, &[1, 9, 0], "what one cannot give is taken from the next"),
        (&[1, 8, 9], 1, &[0, 1, 0], "nearly all is taken"),
        (&[4, 6], 10, &[4, 6], "nothing to do"),
        (&[], 10, &[], "nobody to give to"),
    ];
    for (values, target, expected, why) in cases {
        let mut values = values.to_vec();
        normalise(&mut values, target);
        assert_eq!(values, expected, "{why}");
    }
}

#[test]
fn a_group_that_could_pay_for_a_seat_is_named() {
    // 1 has the only seat; the 60 behind 2 alone are more than the threshold of all for one seat.
    let outcome = electorate(&[1, 2], &[(8, 40, &[1]), (9, 60, &[2])]);
    let unfair = electorate(&[1], &[(8, 40, &[1]), (9, 60, &[2])]).elect(1, None);
    let refused = NotRepresented { candidate: account(2), spare: 60 };
    assert_eq!(check_representation(&outcome, &unfair, 60), Err(refused));
    assert_eq!(check_representation(&outcome, &unfair, 61), Ok(()));
    assert_eq!(standard_threshold(&outcome, &unfair), 100);
    // What a voter has in a winner above the threshold can be spared: half of 40 here.
    let shared = electorate(&[1, 2], &[(8, 40, &[1, 2])]);
    let one = shared.elect(1, None);
    let refused = NotRepresented { candidate: account(2), spare: 20 };
    assert_eq!(check_representation(&shared, &one, 20), Err(refused));
}

#[test]
fn votes_are_balances_while_the_issuance_fits() {
    let most = u128::from(u64::MAX);
    let fine = Scale::of_issuance(Balance(most));
    assert_eq!((fine.vote(Balance(7)), fine.balance(7)), (7, Balance(7)));
    let coarse = Scale::of_issuance(Balance(most * 1_000));
    assert_eq!(coarse.vote(Balance(6_999)), 6, "rounded down");
    assert_eq!(coarse.balance(6), Balance(6_000));
    assert_eq!(coarse.vote(Balance(u128::MAX)), u64::MAX, "more than there is");
    assert_eq!(Scale::of_issuance(Balance(0)).vote(Balance(5)), 5);
}

/// The winners by the text of the method: every score anew in every round, without anything kept.
fn plain_winners(electorate: &Electorate, seats: usize) -> Vec<AccountId> {
    let ballots = electorate.ballots();
    let approves = |ballot: &Ballot, who: &AccountId| ballot.targets.contains(who);
    let mut loads = vec![0_u128; ballots.len()];
    let mut winners: Vec<AccountId> = Vec::new();
    for _ in 0..seats.min(electorate.candidates().len()) {
        let score = |who: &AccountId| {
            let backers = || ballots.iter().zip(&loads).filter(|(ballot, _)| approves(ballot, who));
            let approval: u128 = backers().map(|(ballot, _)| u128::from(ballot.stake)).sum();
            if approval == 0 {
                return (true, u128::MAX);
            }
            let part = |load: u128, stake: u64| {
                // Stakes of these tests are below 2^20: split the load so that products fit.
                let (high, low) = (load / approval, load % approval);
                high * u128::from(stake) + low * u128::from(stake) / approval
            };
            let parts = backers().map(|(ballot, load)| part(*load, ballot.stake));
            (false, parts.fold(u128::MAX / approval, u128::saturating_add))
        };
        let open = electorate.candidates().iter().filter(|who| !winners.contains(who));
        let Some((best, (_, load))) = open.map(|who| (*who, score(who))).min_by_key(|one| one.1)
        else {
            break;
        };
        for (ballot, own) in ballots.iter().zip(&mut loads) {
            if approves(ballot, &best) {
                *own = load;
            }
        }
        winners.push(best);
    }
    winners
}

fn electorates() -> impl Strategy<Value = Electorate> {
    let stake = prop_oneof![0_u64..4, Just(100), 1_u64..1_000_000];
    let targets = prop::collection::vec(0_u8..10, 0..6);
    let ballots = prop::collection::vec((stake, targets), 0..25);
    (1_u8..10, ballots).prop_map(|(candidates, ballots)| {
        let candidates: Vec<u8> = (0..candidates).collect();
        let ballots: Vec<(u8, u64, Vec<u8>)> =
            (100..).zip(ballots).map(|(voter, (stake, targets))| (voter, stake, targets)).collect();
        let ballots: Vec<(u8, u64, &[u8])> =
            ballots.iter().map(|(voter, stake, targets)| (*voter, *stake, &targets[..])).collect();
        electorate(&candidates, &ballots)
    })
}

fn balancings() -> impl Strategy<Value = Option<Balancing>> {
    prop::option::of((0_u8..5, 0_u64..3))
        .prop_map(|some| some.map(|(iterations, tolerance)| Balancing { iterations, tolerance }))
}

proptest! {
    #[test]
    fn keeping_scores_gives_the_winners_of_counting_anew(input in electorates(), seats in 0_usize..12) {
        let winners: Vec<_> = input.elect(seats, None).winners.iter().map(|one| one.account).collect();
        prop_assert_eq!(winners, plain_winners(&input, seats));
    }

    #[test]
    fn a_voter_with_a_winner_spends_its_stake_to_the_unit(
        input in electorates(),
        seats in 0_usize..12,
        balancing in balancings(),
    ) {
        let outcome = input.elect(seats, balancing);
        for ballot in input.ballots() {
            let mut spent = 0;
            let mut has_winner = false;
            for winner in &outcome.winners {
                let own = winner.backers.iter().filter(|one| one.voter == ballot.voter);
                spent += own.map(|one| one.stake).sum::<u64>();
                has_winner |= ballot.targets.contains(&winner.account);
            }
            // A stake of fewer units than targets may round to nothing on each.
            let is_tiny = ballot.stake < 6 && spent == 0;
            let due = if has_winner { ballot.stake } else { 0 };
            prop_assert!(is_tiny || spent == due);
        }
        for winner in &outcome.winners {
            let sum: u128 = winner.backers.iter().map(|one| u128::from(one.stake)).sum();
            prop_assert_eq!(sum, winner.support);
            let apart = sum.abs_diff(winner.backed);
            prop_assert!(apart <= 25 * 24, "rounding moves a few units a voter: {}", apart);
        }
    }

    #[test]
    fn balancing_changes_neither_winners_nor_the_sum_and_squares_do_not_grow(
        input in electorates(),
        seats in 0_usize..12,
        iterations in 1_u8..6,
    ) {
        let plain = input.elect(seats, None);
        let balanced = input.elect(seats, Some(Balancing { iterations, tolerance: 0 }));
        let names = |outcome: &Outcome| -> Vec<AccountId> {
            outcome.winners.iter().map(|one| one.account).collect()
        };
        prop_assert_eq!(names(&plain), names(&balanced));
        let squares = |outcome: &Outcome| -> u128 {
            outcome.winners.iter().map(|one| one.backed * one.backed).sum()
        };
        // The units that rounding leaves over go to a winner each: a square grows by twice its support for one.
        let largest = plain.winners.iter().map(|one| one.backed).max().unwrap_or(0);
        prop_assert!(squares(&balanced) <= squares(&plain) + 2 * 25 * 24 * (largest + 1));
        let sum = |outcome: &Outcome| outcome.winners.iter().map(|one| one.backed).sum::<u128>();
        prop_assert_eq!(sum(&plain), sum(&balanced));
    }

    #[test]
    fn one_more_backer_never_unseats(input in electorates(), seats in 1_usize..12, stake in 1_u64..1_000) {
        let before = input.elect(seats, None);
        for (place, winner) in before.winners.iter().enumerate() {
            let mut ballots = input.ballots().to_vec();
            let targets = vec![winner.account];
            ballots.push(Ballot { voter: account(255), stake, targets });
            let more = Electorate::new(input.candidates().to_vec(), ballots).unwrap();
            let after = more.elect(seats, None);
            let now = after.winners.iter().position(|one| one.account == winner.account);
            prop_assert!(now.is_some_and(|now| now <= place), "from {} to {:?}", place, now);
        }
    }

    #[test]
    fn every_group_gets_the_seats_it_pays_for(input in electorates(), seats in 1_usize..12) {
        let outcome = input.elect(seats, None);
        // A unit is lost where shares are rounded, for each voter and winner at most.
        let threshold = standard_threshold(&input, &outcome) + 25 * 24;
        prop_assert_eq!(check_representation(&input, &outcome, threshold), Ok(()));
    }

    #[test]
    fn shares_reach_their_sum_with_the_least_change(
        values in prop::collection::vec(0_u128..1_000, 1..24),
        target in 0_u128..30_000,
    ) {
        let mut normalised = values.clone();
        normalise(&mut normalised, target);
        prop_assert_eq!(normalised.iter().sum::<u128>(), target);
        let grows = target >= values.iter().sum();
        for (before, after) in values.iter().zip(&normalised) {
            let is_one_way = if grows { after >= before } else { after <= before };
            prop_assert!(is_one_way);
        }
    }
}
