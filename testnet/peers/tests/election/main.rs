//! Elections beside sp-npos-elections 44, the crate that elects Kusama's validators.
//!
//! Random electorates, small on purpose: equal stakes, stakes of nothing and of a few units, stakes near 2^64, ballots
//! that are copies of others, targets that are no candidates or stand twice, more seats than candidates. Equal are the
//! winners and their order, the stake behind each, every support of every voter, the score, the order of scores, and
//! the verdict on representation with its counter-example; without balancing and with.

mod case;
mod peer;

use case::Case;
use serin_consensus::staking::election::{
    Outcome, Score, check_representation, standard_threshold,
};

/// The seed of all electorates, printed with the first difference.
const SEED: u64 = 0x5e81_0e1e;

/// What the random electorates happened to hold.
#[derive(Debug, Default)]
struct Seen {
    ties: u64,
    balanced: u64,
    unbacked: u64,
    tiny: u64,
    not_represented: u64,
}

fn compare(case: &Case, number: u64, seen: &mut Seen) -> Outcome {
    let why = || format!("case {number}, seed {SEED:#x}: {case:?}");
    let electorate = case.electorate();
    let ours = electorate.elect(case.seats, case.balancing);
    let theirs = peer::elect(case);
    let winners: Vec<_> = ours.winners.iter().map(|one| (one.account.0, one.backed)).collect();
    assert_eq!(winners, theirs.winners, "winners of {}", why());
    assert_eq!(peer::supports(&ours), theirs.supports, "supports of {}", why());
    let score = ours.score();
    assert_eq!(
        (score.minimal_stake, score.sum_stake, score.sum_stake_squared),
        (theirs.score.minimal_stake, theirs.score.sum_stake, theirs.score.sum_stake_squared),
        "score of {}",
        why()
    );
    let standard = standard_threshold(&electorate, &ours);
    for threshold in [standard, standard / 2, standard.saturating_mul(2), 0, 1, score.minimal_stake]
    {
        let verdict = check_representation(&electorate, &ours, threshold);
        let verdict = verdict.map_err(|refused| refused.candidate.0);
        let peers = peer::represented(case, &theirs.supports, threshold);
        assert_eq!(verdict, peers, "representation at {threshold} of {}", why());
        seen.not_represented += u64::from(verdict.is_err());
    }
    assert_eq!(
        check_representation(&electorate, &ours, standard).is_ok(),
        peer::represented_by_the_standard(case, &theirs.supports),
        "the standard threshold of {}",
        why()
    );
    seen.ties += u64::from(case.has_equals());
    seen.balanced += u64::from(case.balancing.is_some());
    seen.unbacked += u64::from(ours.winners.iter().any(|one| one.backed == 0));
    seen.tiny += u64::from(case.ballots.iter().any(|one| (1..4).contains(&one.stake)));
    ours
}

#[test]
fn every_seat_stake_and_score_is_equal() {
    let count = serin_peers::inputs(2_000);
    let mut seen = Seen::default();
    let mut scores = Vec::new();
    for number in 0..count {
        let case = Case::new(SEED, number);
        let outcome = compare(&case, number, &mut seen);
        scores.push(outcome.score());
    }
    println!("{count} random electorates (seed {SEED:#x}): no difference; {seen:?}");
    assert!(seen.ties * 4 > count, "ties are met: {seen:?}");
    assert!(seen.balanced * 3 > count && seen.balanced < count, "both ways are met: {seen:?}");
    assert!(seen.unbacked * 20 > count, "winners without backers are met: {seen:?}");
    assert!(seen.tiny * 10 > count, "stakes of a few units are met: {seen:?}");
    assert!(seen.not_represented > count, "verdicts differ: {seen:?}");
    for pair in scores.windows(2) {
        assert_eq!(pair[0].cmp(&pair[1]), peer::score(pair[0]).cmp(&peer::score(pair[1])));
    }
}

#[test]
fn scores_are_ordered_alike_where_they_tie() {
    let values = [0, 1, 2, u128::MAX];
    let mut scores = Vec::new();
    for minimal_stake in values {
        for sum_stake in values {
            for sum_stake_squared in values {
                scores.push(Score { minimal_stake, sum_stake, sum_stake_squared });
            }
        }
    }
    for one in &scores {
        for other in &scores {
            assert_eq!(
                one.cmp(other),
                peer::score(*one).cmp(&peer::score(*other)),
                "{one:?}, {other:?}"
            );
        }
    }
}

#[test]
fn a_network_of_a_thousand_voters_is_equal() {
    let mut seen = Seen::default();
    for number in 0..2 {
        compare(&Case::large(SEED, number), number, &mut seen);
    }
}
