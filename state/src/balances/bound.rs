//! The lists of holds and freezes: sorted by reason, no reason twice, no zero, bounded.
//!
//! Both kinds of list have the same shape and rules; what their amounts mean is said in `balances`.

use super::BalanceError;
use crate::types::{Balance, Bound, REASONS_MAX, Reason};

/// The amount for `reason`; zero where there is none.
pub(super) fn get(list: &[Bound], reason: Reason) -> Balance {
    list.iter().find(|bound| bound.reason == reason).map_or(Balance::ZERO, |bound| bound.amount)
}

/// Makes the amount for `reason` exactly `amount`; zero removes the entry.
pub(super) fn set(
    list: &mut Vec<Bound>,
    reason: Reason,
    amount: Balance,
) -> Result<(), BalanceError> {
    match list.binary_search_by_key(&reason, |bound| bound.reason) {
        Ok(at) if amount.is_zero() => {
            list.remove(at);
        }
        Ok(at) => {
            if let Some(bound) = list.get_mut(at) {
                bound.amount = amount;
            }
        }
        Err(_) if amount.is_zero() => {}
        Err(_) if list.len() >= REASONS_MAX => return Err(BalanceError::TooManyReasons),
        Err(at) => list.insert(at, Bound { reason, amount }),
    }
    Ok(())
}

/// True for a list that keeps the rules above.
pub(super) fn is_sound(list: &[Bound]) -> bool {
    let is_sorted = list.windows(2).all(|pair| match pair {
        [first, second] => first.reason < second.reason,
        _ => false,
    });
    is_sorted && list.len() <= REASONS_MAX && list.iter().all(|bound| !bound.amount.is_zero())
}
