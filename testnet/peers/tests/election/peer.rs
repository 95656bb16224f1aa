//! The same electorates in the peer.

use crate::case::Case;
use serin_consensus::staking::election::{Outcome, Score};
use sp_arithmetic::Perbill;
use sp_npos_elections::{
    BalancingConfig, ElectionScore, EvaluateSupport, Support, Supports,
    assignment_ratio_to_staked_normalized, pjr_check, seq_phragmen, t_pjr_check, to_supports,
};
use std::collections::BTreeMap;

type Account = [u8; 32];

/// What the peer elects.
pub struct Elected {
    pub winners: Vec<(Account, u128)>,
    pub supports: Supports<Account>,
    pub score: ElectionScore,
}

fn voters(case: &Case) -> Vec<(Account, u64, Vec<Account>)> {
    let targets = |ballot: &serin_consensus::staking::election::Ballot| {
        ballot.targets.iter().map(|target| target.0).collect()
    };
    case.ballots.iter().map(|one| (one.voter.0, one.stake, targets(one))).collect()
}

fn candidates(case: &Case) -> Vec<Account> {
    case.candidates.iter().map(|account| account.0).collect()
}

/// The way of a chain that elects on chain: shares in parts per billion, stakes of them, supports.
pub fn elect(case: &Case) -> Elected {
    let balancing = case.balancing.map(|balancing| BalancingConfig {
        iterations: usize::from(balancing.iterations),
        tolerance: u128::from(balancing.tolerance),
    });
    let result =
        seq_phragmen::<_, Perbill>(case.seats, candidates(case), voters(case), balancing).unwrap();
    let stakes: BTreeMap<Account, u64> =
        case.ballots.iter().map(|one| (one.voter.0, one.stake)).collect();
    let staked =
        assignment_ratio_to_staked_normalized(result.assignments, |who| stakes[who]).unwrap();
    let supports = to_supports(&staked);
    let score = supports.evaluate();
    Elected { winners: result.winners, supports, score }
}

/// Our outcome in the peer's form: by account, without winners whom nobody backs.
pub fn supports(outcome: &Outcome) -> Supports<Account> {
    let backed = outcome.winners.iter().filter(|winner| !winner.backers.is_empty());
    let support = |winner: &serin_consensus::staking::election::Winner| {
        let voters = winner.backers.iter();
        let voters = voters.map(|one| (one.voter.0, u128::from(one.stake))).collect();
        (winner.account.0, Support { total: winner.support, voters })
    };
    let mut supports: Supports<Account> = backed.map(support).collect();
    supports.sort_by_key(|(account, _)| *account);
    supports
}

pub fn score(score: Score) -> ElectionScore {
    ElectionScore {
        minimal_stake: score.minimal_stake,
        sum_stake: score.sum_stake,
        sum_stake_squared: score.sum_stake_squared,
    }
}

pub fn represented(
    case: &Case,
    supports: &Supports<Account>,
    threshold: u128,
) -> Result<(), Account> {
    t_pjr_check(supports, candidates(case), voters(case), threshold)
}

pub fn represented_by_the_standard(case: &Case, supports: &Supports<Account>) -> bool {
    pjr_check(supports, candidates(case), voters(case)).is_ok()
}
