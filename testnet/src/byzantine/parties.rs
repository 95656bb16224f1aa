//! Who votes with which weight, who of them is Byzantine, and on which side of the split the others are.
//!
//! Inputs: the source of randomness and the class of the run. Outputs: weights, a mask, sides. A split is of use to an
//! adversary only where either side makes blocks final with its help, so sides are drawn until they do.
//!
//! Bounds: 4 to 13 voters; [`SHARES_TRIED`] draws of the sides for each number of Byzantine voters.

use super::plan::Class;
use serin_consensus::finality::VoterSet;
use serin_state::random::Random;
use serin_state::types::{SetId, VoteWeight, Voter};

/// Least and most voters of a run.
const VOTERS: (u64, u64) = (4, 13);

/// Tries to share the honest voters out so that either side can make blocks final.
pub(super) const SHARES_TRIED: u64 = 24;

/// The number of the first set.
pub(super) const FIRST_SET: SetId = SetId(7 << 32);

/// The set with these weights; a weight of zero is no member.
pub(super) fn set_of(id: SetId, weights: &[u64]) -> Option<VoterSet> {
    let members = weights.iter().enumerate().filter(|(_, weight)| **weight > 0);
    let voters: Vec<Voter> = members
        .map(|(identity, weight)| Voter {
            key: super::node::vote_key(identity),
            weight: VoteWeight(*weight),
        })
        .collect();
    VoterSet::new(id, &voters).ok()
}

/// f and the threshold n - f, written from the paper: this file does not ask the code under test.
pub(super) fn quorum(weights: &[u64]) -> (u64, u64) {
    let total = sum(weights.iter().copied());
    let faulty = total.saturating_sub(1).div_euclid(3);
    (faulty, total.saturating_sub(faulty))
}

pub(super) fn sum(weights: impl Iterator<Item = u64>) -> u64 {
    weights.fold(0, u64::saturating_add)
}

pub(super) fn draw_weights(random: &Random) -> Vec<u64> {
    let (low, high) = VOTERS;
    let voters = low.saturating_add(
        random.draw("voters", 0, 0).below(high.saturating_sub(low).saturating_add(1)),
    );
    let kind = random.draw("weights", 0, 0).below(20);
    let weight = |voter: u64| {
        let drawn = random.draw("weight", voter, 0);
        match kind {
            0..=9 => 1,
            10..=16 => drawn.below(10).saturating_add(1),
            // One heavy voter among light ones.
            _ if voter == 0 => voters.saturating_add(drawn.below(4)),
            _ => drawn.below(3).saturating_add(1),
        }
    };
    (0..voters).map(weight).collect()
}

/// Whether the honest voters of a side and the Byzantine ones are a supermajority.
pub(super) fn can_finalise(
    weights: &[u64],
    byzantine: &[bool],
    sides: &[usize],
    side: usize,
) -> bool {
    let (_, threshold) = quorum(weights);
    let members = weights.iter().zip(byzantine).zip(sides);
    let reached = members.filter(|((_, byzantine), at)| **byzantine || **at == side);
    sum(reached.map(|((weight, _), _)| *weight)) >= threshold
}

/// Whether at most f is Byzantine.
pub(super) fn is_minority(weights: &[u64], byzantine: &[bool]) -> bool {
    let members = weights.iter().zip(byzantine).filter(|(_, byzantine)| **byzantine);
    sum(members.map(|(weight, _)| *weight)) <= quorum(weights).0
}

/// Who is Byzantine, and on which side the others are.
pub(super) fn draw_sides(
    random: &Random,
    class: Class,
    weights: &[u64],
) -> (Vec<bool>, Vec<usize>) {
    let (faulty, threshold) = quorum(weights);
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|voter| random.draw("order", u64::try_from(*voter).unwrap_or(0), 0).number());
    let bracket = random.draw("bracket", 0, 0).below(6);
    let least = match (class, bracket) {
        (Class::Honest, _) => 0,
        _ if class.needs_quorum() => threshold,
        (_, 0..=2) => faulty.saturating_add(1),
        (_, 3 | 4) => sum(weights.iter().copied()).div_euclid(2).saturating_add(1),
        (_, _) => threshold,
    };
    let mut byzantine = vec![false; weights.len()];
    let mut weight = 0_u64;
    let honest_min = if class.needs_quorum() { 1 } else { 2 };
    let mut honest = weights.len();
    for voter in order {
        let own = weights.get(voter).copied().unwrap_or(0);
        if class == Class::Minority {
            if weight.saturating_add(own) > faulty {
                continue;
            }
        } else if weight >= least && shared_out(random, class, weights, &byzantine).is_some() {
            break;
        }
        if class == Class::Honest || honest <= honest_min {
            break;
        }
        if let Some(is_byzantine) = byzantine.get_mut(voter) {
            *is_byzantine = true;
            weight = weight.saturating_add(own);
            honest = honest.saturating_sub(1);
        }
    }
    let sides = shared_out(random, class, weights, &byzantine)
        .unwrap_or_else(|| split(random, &byzantine, 0));
    (byzantine, sides)
}

/// Sides on which both can make blocks final, if some are found.
fn shared_out(
    random: &Random,
    class: Class,
    weights: &[u64],
    byzantine: &[bool],
) -> Option<Vec<usize>> {
    (0..SHARES_TRIED).map(|attempt| split(random, byzantine, attempt)).find(|sides| {
        let has_voter = |side: usize| {
            byzantine.iter().zip(sides).any(|(byzantine, at)| !byzantine && *at == side)
        };
        let both = [0, 1].into_iter().all(|side| can_finalise(weights, byzantine, sides, side));
        // A supermajority can do without; all others answer or surprise voters on either side.
        let heard = if class.needs_quorum() && class != Class::Overruled {
            true
        } else {
            has_voter(0) && has_voter(1)
        };
        both && heard
    })
}

fn split(random: &Random, byzantine: &[bool], attempt: u64) -> Vec<usize> {
    let side = |voter: usize| {
        let drawn = random.draw("side", u64::try_from(voter).unwrap_or(0), attempt).below(2);
        usize::try_from(drawn).unwrap_or(0)
    };
    (0..byzantine.len()).map(side).collect()
}
