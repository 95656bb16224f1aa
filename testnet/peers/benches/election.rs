//! What an election costs, beside sp-npos-elections 44 in the same run: `cargo bench --features election`.
//!
//! Up to Kusama's size: 2,000 candidates, 12,500 voters with 24 targets each, 1,000 seats. Both get the same electorate and do
//! the same: from accounts to the supports of all winners, without balancing and with ten passes. Times are those on the core,
//! so that other work of the machine does not count. Ours is run five times and the slowest taken, the peer once; winners and
//! supports have to be equal.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]

use serin_consensus::staking::election::{Balancing, Ballot, Electorate, Outcome};
use serin_state::types::{AccountId, Hash, Purpose};
use sp_arithmetic::Perbill;
use sp_npos_elections::{
    BalancingConfig, Supports, assignment_ratio_to_staked_normalized, seq_phragmen, to_supports,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// The seed of the electorates.
const SEED: u64 = 0x5e81_0e1e;
const TARGETS: usize = 24;
const RUNS: usize = 5;

type Account = [u8; 32];

fn random(kind: u8, number: usize, part: usize) -> Hash {
    let numbers = [number, part].map(|number| u64::try_from(number).unwrap().to_le_bytes());
    Hash::personal(Purpose::Random, &[&[kind], &SEED.to_le_bytes(), &numbers[0], &numbers[1]])
}

fn below(hash: Hash, bound: usize) -> usize {
    let number = u64::from_le_bytes(hash.0[..8].try_into().unwrap());
    usize::try_from(number % u64::try_from(bound).unwrap()).unwrap()
}

fn candidate(number: usize) -> AccountId {
    AccountId(random(0, number, 0).0)
}

fn electorate(candidates: usize, voters: usize) -> (Vec<AccountId>, Vec<Ballot>) {
    let ballot = |number| {
        let mut targets: Vec<usize> = Vec::new();
        for part in 0.. {
            let target = below(random(1, number, part), candidates);
            if !targets.contains(&target) {
                targets.push(target);
            }
            if targets.len() == TARGETS {
                break;
            }
        }
        // 0.1 to 1,300 tokens of twelve decimals: on the average what a vote weighs on Kusama.
        let stake = 100_000_000_000 + below(random(2, number, 0), 1_300_000_000_000_000);
        Ballot {
            voter: AccountId(random(3, number, 0).0),
            stake: u64::try_from(stake).unwrap(),
            targets: targets.into_iter().map(candidate).collect(),
        }
    };
    ((0..candidates).map(candidate).collect(), (0..voters).map(ballot).collect())
}

/// How long this thread was on a core. Linux only: elsewhere all times are zero.
fn on_core() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let busy = counted.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(busy.unwrap_or(0))
}

/// Winners with the stake behind them, and all supports.
type Elected = (Vec<(Account, u128)>, Supports<Account>);

fn peer(
    (candidates, ballots): &(Vec<AccountId>, Vec<Ballot>),
    seats: usize,
    balancing: Option<Balancing>,
) -> (Elected, Duration) {
    let candidates: Vec<Account> = candidates.iter().map(|account| account.0).collect();
    let targets = |one: &Ballot| one.targets.iter().map(|target| target.0).collect();
    let voters: Vec<(Account, u64, Vec<Account>)> =
        ballots.iter().map(|one| (one.voter.0, one.stake, targets(one))).collect();
    let stakes: BTreeMap<Account, u64> =
        ballots.iter().map(|one| (one.voter.0, one.stake)).collect();
    let balancing = balancing.map(|balancing| BalancingConfig {
        iterations: usize::from(balancing.iterations),
        tolerance: u128::from(balancing.tolerance),
    });
    let started = on_core();
    let elected = seq_phragmen::<_, Perbill>(seats, candidates, voters, balancing).unwrap();
    let staked =
        assignment_ratio_to_staked_normalized(elected.assignments, |who| stakes[who]).unwrap();
    let supports = to_supports(&staked);
    ((elected.winners, supports), on_core().saturating_sub(started))
}

fn ours(
    (candidates, ballots): &(Vec<AccountId>, Vec<Ballot>),
    seats: usize,
    balancing: Option<Balancing>,
) -> (Outcome, Duration) {
    let (candidates, ballots) = (candidates.clone(), ballots.clone());
    let started = on_core();
    let outcome = Electorate::new(candidates, ballots).unwrap().elect(seats, balancing);
    (outcome, on_core().saturating_sub(started))
}

fn check(outcome: &Outcome, (winners, supports): &Elected) {
    let own: Vec<_> = outcome.winners.iter().map(|one| (one.account.0, one.backed)).collect();
    assert_eq!(own, *winners, "winners");
    let supports: BTreeMap<_, _> = supports.iter().map(|(who, support)| (who, support)).collect();
    for winner in outcome.winners.iter().filter(|winner| !winner.backers.is_empty()) {
        let theirs = supports[&winner.account.0];
        let own = winner.backers.iter().map(|one| (one.voter.0, u128::from(one.stake)));
        assert_eq!(own.collect::<Vec<_>>(), theirs.voters, "support of {}", winner.account);
    }
}

fn main() {
    for (candidates, voters, seats) in
        [(100, 1_000, 50), (1_000, 5_000, 300), (2_000, 12_500, 1_000)]
    {
        let input = electorate(candidates, voters);
        for iterations in [0, 10] {
            let balancing = (iterations > 0).then_some(Balancing { iterations, tolerance: 0 });
            let (elected, slow) = peer(&input, seats, balancing);
            let mut slowest = Duration::ZERO;
            for _ in 0..RUNS {
                let (outcome, fast) = ours(&input, seats, balancing);
                check(&outcome, &elected);
                slowest = slowest.max(fast);
            }
            let times = slow.as_micros() / slowest.as_micros().max(1);
            println!(
                "{candidates} candidates, {voters} voters of {TARGETS} targets, {seats} seats, {iterations} passes: \
                 peer {slow:.2?}, ours {slowest:.2?}, {times} times faster"
            );
        }
    }
}
