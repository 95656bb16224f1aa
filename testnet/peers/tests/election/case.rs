//! Random electorates.

use serin_consensus::staking::election::{Balancing, Ballot, Electorate};
use serin_state::types::{AccountId, Hash, Purpose};

/// One electorate, as both sides get it.
#[derive(Debug)]
pub struct Case {
    pub candidates: Vec<AccountId>,
    pub ballots: Vec<Ballot>,
    pub seats: usize,
    pub balancing: Option<Balancing>,
}

/// A stream of random numbers.
struct Random {
    seed: u64,
    number: u64,
    drawn: u64,
}

impl Random {
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let parts = [self.seed.to_le_bytes(), self.number.to_le_bytes(), self.drawn.to_le_bytes()];
        let hash = Hash::personal(Purpose::Random, &[&parts[0], &parts[1], &parts[2]]);
        u64::from_le_bytes(hash.0[..8].try_into().unwrap())
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).unwrap())).unwrap()
    }
}

/// The account of a candidate or a voter; accounts are not in the order of their numbers.
fn account(kind: u8, number: usize) -> AccountId {
    let number = u64::try_from(number).unwrap().to_le_bytes();
    AccountId(Hash::personal(Purpose::Random, &[&[kind], &number]).0)
}

fn stake(random: &mut Random, kind: u64) -> u64 {
    match kind {
        0 => random.below(4),
        1 => 100,
        2 => [10, 20, 30, 60][random.index(4)],
        3 => 1 + random.below(1_000_000),
        4 => random.draw() >> 20,
        5 => u64::MAX - random.below(3),
        // From all lengths.
        _ => random.draw() >> random.below(64),
    }
}

impl Case {
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Random { seed, number, drawn: 0 };
        let candidates = 1 + random.index(14);
        let voters = random.index(30);
        let seats = random.index(candidates + 3);
        let kind = random.below(7);
        Self::random(&mut random, (candidates, voters, seats), kind)
    }

    /// A hundred candidates, a thousand voters, fifty seats; balanced if `number` is odd.
    pub fn large(seed: u64, number: u64) -> Self {
        let mut random = Random { seed: seed + 1, number, drawn: 0 };
        let mut case = Self::random(&mut random, (100, 1_000, 50), 4);
        case.balancing = (number % 2 == 1).then_some(Balancing { iterations: 10, tolerance: 0 });
        case
    }

    fn random(random: &mut Random, sizes: (usize, usize, usize), kind: u64) -> Self {
        let (candidates, voters, seats) = sizes;
        let list = (0..candidates).map(|number| account(0, number)).collect();
        let mut ballots: Vec<Ballot> = Vec::new();
        let targets_max = [2, 4, 24][random.index(3)];
        for number in 0..voters {
            let mut ballot = Ballot {
                voter: account(1, number),
                stake: stake(random, kind),
                // One in so many is no candidate, and duplicates happen.
                targets: (0..random.index(targets_max + 1))
                    .map(|_| account(0, random.index(candidates + 1)))
                    .collect(),
            };
            if let (true, Some(copied)) = (random.below(3) == 0, ballots.last()) {
                ballot.targets.clone_from(&copied.targets);
                if random.below(2) == 0 {
                    ballot.targets.reverse();
                }
                if random.below(2) == 0 {
                    ballot.stake = copied.stake;
                }
            }
            ballots.push(ballot);
        }
        let iterations = u8::try_from(random.below(12)).unwrap();
        let tolerance = [0, 0, 1, 10, 1_000_000][random.index(5)];
        let balancing = Balancing { iterations, tolerance };
        let balancing = (random.below(2) == 0).then_some(balancing);
        Self { candidates: list, ballots, seats, balancing }
    }

    pub fn electorate(&self) -> Electorate {
        Electorate::new(self.candidates.clone(), self.ballots.clone()).unwrap()
    }

    /// Two candidates have the same backing, so that the order of the input decides.
    pub fn has_equals(&self) -> bool {
        let approval = |candidate: &AccountId| {
            let backers = self.ballots.iter().filter(|ballot| ballot.targets.contains(candidate));
            backers.map(|ballot| u128::from(ballot.stake)).sum::<u128>()
        };
        let mut approvals: Vec<u128> = self.candidates.iter().map(approval).collect();
        approvals.sort_unstable();
        approvals.windows(2).any(|pair| pair[0] == pair[1])
    }
}
