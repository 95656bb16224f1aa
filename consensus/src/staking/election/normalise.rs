//! Shares that shall have a given sum and have nearly that sum, because each was rounded.
//!
//! Where the sum is short, the smallest grow first; where it is too large, the largest shrink first. What falls to whom
//! follows sp-arithmetic 29 (`normalize`) to the unit, since the stake behind every winner depends on it.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "places are below the count, which is at most TARGETS_MAX and not zero where it divides; values and \
              target are below 2^80"
)]

use super::TARGETS_MAX;

/// Makes `values`, at most [`TARGETS_MAX`] of them, sum up to `target`; nothing where there are none.
pub(super) fn normalise(values: &mut [u128], target: u128) {
    let count = values.len();
    let sum: u128 = values.iter().sum();
    if count == 0 || sum == target {
        return;
    }
    assert!(count <= TARGETS_MAX, "a ballot has at most {TARGETS_MAX} targets");
    let mut order: [usize; TARGETS_MAX] = core::array::from_fn(|at| at);
    let order = &mut order[..count];
    order.sort_unstable_by_key(|&at| (values[at], at));
    if sum < target {
        raise(values, order, target, target - sum);
    } else {
        lower(values, order, sum - target);
    }
    debug_assert_eq!(values.iter().sum::<u128>(), target, "the sum is the target");
}

/// Adds `missing` in as many equal steps as there are values and then in units, always to the value whose turn it is:
/// the smallest until it reaches the average of `target`, then the next, in a ring.
fn raise(values: &mut [u128], order: &[usize], target: u128, missing: u128) {
    let count = order.iter().fold(0_u128, |count, _| count + 1);
    let (step, units) = (missing / count, missing % count);
    let mut turn = order.iter().cycle().peekable();
    let mut add = |amount| {
        let Some(&&at) = turn.peek() else { return };
        values[at] += amount;
        if values[at] >= target / count {
            turn.next();
        }
    };
    if step > 0 {
        for _ in order {
            add(step);
        }
    }
    for _ in 0..units {
        add(1);
    }
}

/// Takes `excess` in as many equal steps as there are values and then in units, always from the value whose turn it
/// is: the largest until it is no larger than the smallest was, then the next, in a ring. What a value cannot give
/// is taken in units.
///
/// # Bounds
/// Values are shares of one stake, each rounded or a few units too large: `excess` is small beside the largest.
fn lower(values: &mut [u128], order: &[usize], excess: u128) {
    let count = order.iter().fold(0_u128, |count, _| count + 1);
    let floor = values[order[0]];
    let (step, mut units) = (excess / count, excess % count);
    let mut turn = order.iter().rev().cycle().peekable();
    if step > 0 {
        for _ in order {
            let Some(&&at) = turn.peek() else { return };
            units += step.saturating_sub(values[at]);
            values[at] = values[at].saturating_sub(step);
            if values[at] <= floor {
                turn.next();
            }
        }
    }
    while units > 0 {
        let Some(&&at) = turn.peek() else { return };
        let can_give = values[at] > 0;
        if can_give {
            values[at] -= 1;
            units -= 1;
        }
        if !can_give || values[at] <= floor {
            turn.next();
        }
    }
}
