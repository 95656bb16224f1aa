//! Phragmen's method in sequence: seat after seat to the candidate whose backers would bear the least load.
//!
//! Every voter bears a load, and a seat costs one unit of it, shared by the backers of its winner in proportion to
//! their stake (the paper, section 4.1). In each round a candidate's score is what the load of its backers would
//! become: `(1 + sum of stake * load) / sum of stake`, over its backers. The lowest score wins, the first of equal
//! ones, and becomes the load of the winner's backers.
//!
//! Numbers are fractions of `ONE` with the rounding of sp-npos-elections 44. There every round computes all scores
//! again. Here a candidate's score is a sum that is kept: only the parts of voters whose load changed are replaced.
//! The result is the same to the last bit, because a sum of integers does not depend on the order; it is kept in
//! more than 128 bits ([`Sum`]), since where stakes are a few units the reference saturates.
//!
//! # Bounds
//! Rounds are at most the candidates; a round costs the approvals of the winner's backers and a look at all
//! candidates. Nothing is allocated in a round.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices come from an Electorate, which made them; stakes are below 2^64 and ballots at most 2^16, so \
              that sums of stakes stay below 2^80; divisors are approvals of voters with stake, never zero; a \
              Sum has 2^32 times the room of its largest part"
)]

use super::{Electorate, spread::Spread};
use crate::staking::perbill::mul_div;
use std::ops::Range;

/// The load of one, the whole cost of a seat.
const ONE: u128 = u128::MAX;

/// A sum of numbers of 128 bits, exact: high part times 2^128, and low part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    high: u32,
    low: u128,
}

impl Sum {
    /// Puts `new` in the place of `old`, which is part of the sum.
    fn replace(&mut self, old: u128, new: u128) {
        let (low, borrow) = self.low.overflowing_sub(old);
        let (low, carry) = low.overflowing_add(new);
        self.high = self.high + u32::from(carry) - u32::from(borrow);
        self.low = low;
    }

    /// The sum, or the largest number of 128 bits.
    const fn saturated(&self) -> u128 {
        if self.high == 0 { self.low } else { u128::MAX }
    }
}

/// A candidate in the run.
#[derive(Clone, Debug, Default)]
struct Candidate {
    /// The stake of all who approve it.
    approval: u128,
    /// What the load of its backers would become.
    score: Sum,
    is_elected: bool,
    /// The load of the winner of the last round that touched it, for each unit of approval.
    per_unit: Quotient,
    /// Where its backers stand in the list of all.
    backers: Range<usize>,
}

/// A load by an approval: the same for all backers whom one winner has in common with a candidate, so it is divided once.
#[derive(Clone, Copy, Debug, Default)]
struct Quotient {
    load: u128,
    whole: u128,
    rest: u128,
}

impl Quotient {
    const fn new(load: u128, divisor: u128) -> Self {
        let whole = load / divisor;
        Self { load, whole, rest: load - whole * divisor }
    }

    /// `load * stake / divisor`, rounded down.
    ///
    /// The product has up to 192 bits. Where the divisor is below 2^64, as every approval is on a chain whose scale makes
    /// the whole issuance fit, the rest times a stake is below 2^128 and one division does.
    fn times(&self, stake: u128, divisor: u128) -> u128 {
        let rest = match self.rest.checked_mul(stake) {
            Some(product) => product / divisor,
            None => mul_div(self.rest, stake, divisor),
        };
        self.whole.saturating_mul(stake).saturating_add(rest)
    }
}

impl Candidate {
    /// Orders candidates: without any stake behind it the score is infinite.
    const fn rank(&self) -> (bool, u128) {
        (self.approval == 0, self.score.saturated())
    }
}

/// A voter in the run.
#[derive(Clone, Debug)]
struct Voter {
    stake: u128,
    load: u128,
    edges: Range<usize>,
}

/// One approval of one voter.
#[derive(Clone, Debug)]
struct Edge {
    candidate: usize,
    /// What this voter adds to the candidate's score.
    part: u128,
}

/// The whole run; vectors of edges are in the order of voters.
struct Run {
    candidates: Vec<Candidate>,
    voters: Vec<Voter>,
    edges: Vec<Edge>,
    /// By edge: the load it brought to its voter, when its candidate was elected.
    loads: Vec<u128>,
    /// The voter and the edge of every approval, by candidate.
    backers: Vec<(usize, usize)>,
}

/// The indices of the winners, in the order of their election, and the stake behind them.
pub(super) fn run(electorate: &Electorate, seats: usize) -> (Vec<usize>, Spread) {
    let mut run = Run::new(electorate);
    let seats = seats.min(run.candidates.len());
    let mut winners = Vec::with_capacity(seats);
    for _ in 0..seats {
        let Some(best) = run.best() else { break };
        run.seat(best);
        winners.push(best);
    }
    assert_eq!(winners.len(), seats, "every round finds a winner while candidates are left");
    (winners, run.spread())
}

impl Run {
    fn new(electorate: &Electorate) -> Self {
        let mut candidates = vec![Candidate::default(); electorate.candidates().len()];
        let mut edges = Vec::with_capacity(electorate.approvals_count());
        let mut voters = Vec::with_capacity(electorate.ballots().len());
        for (ballot, targets) in electorate.approvals() {
            let first = edges.len();
            for target in targets {
                candidates[*target].approval += u128::from(ballot.stake);
                candidates[*target].backers.end += 1;
                edges.push(Edge { candidate: *target, part: 0 });
            }
            let edges = first..edges.len();
            voters.push(Voter { stake: u128::from(ballot.stake), load: 0, edges });
        }
        let mut first = 0;
        for candidate in &mut candidates {
            // The numerator of the score: one unit of load for the seat itself.
            candidate.score.low = ONE.checked_div(candidate.approval).unwrap_or(ONE);
            let backers = candidate.backers.end;
            candidate.backers = first..first;
            first += backers;
        }
        let mut backers = vec![(0, 0); edges.len()];
        for (index, voter) in voters.iter().enumerate() {
            for edge in voter.edges.clone() {
                let candidate = &mut candidates[edges[edge].candidate];
                backers[candidate.backers.end] = (index, edge);
                candidate.backers.end += 1;
            }
        }
        let loads = vec![0; edges.len()];
        Self { candidates, voters, edges, loads, backers }
    }

    /// The candidate without a seat of the lowest score, the first of equal ones.
    fn best(&self) -> Option<usize> {
        let open = self.candidates.iter().enumerate().filter(|(_, one)| !one.is_elected);
        open.min_by_key(|(_, one)| one.rank()).map(|(index, _)| index)
    }

    /// Elects `winner`: its score becomes the load of its backers, and changes their parts in other scores.
    fn seat(&mut self, winner: usize) {
        let candidate = &mut self.candidates[winner];
        assert!(!candidate.is_elected, "a candidate wins one seat");
        candidate.is_elected = true;
        let score = candidate.score.saturated();
        for at in candidate.backers.clone() {
            let (index, edge) = self.backers[at];
            let voter = &mut self.voters[index];
            // Rounding can leave a score a little below an earlier one.
            self.loads[edge] = score.saturating_sub(voter.load);
            voter.load = score;
            if voter.stake == 0 {
                continue;
            }
            for edge in &mut self.edges[voter.edges.clone()] {
                let other = &mut self.candidates[edge.candidate];
                if !other.is_elected {
                    if other.per_unit.load != score {
                        other.per_unit = Quotient::new(score, other.approval);
                    }
                    let part = other.per_unit.times(voter.stake, other.approval);
                    other.score.replace(edge.part, part);
                    edge.part = part;
                }
            }
        }
    }

    /// Spreads each voter's stake over its winners in proportion to the load that each brought.
    fn spread(self) -> Spread {
        let mut spread = Spread::new(self.candidates.len(), self.voters.len(), self.edges.len());
        for voter in &self.voters {
            for edge in voter.edges.clone() {
                let candidate = self.edges[edge].candidate;
                if self.candidates[candidate].is_elected {
                    spread.push(candidate, mul_div(self.loads[edge], voter.stake, voter.load));
                }
            }
            spread.close_voter(voter.stake);
        }
        spread
    }
}
