//! What the root of a pool has promised about its commission.

use super::*;

#[test]
fn promises_about_commission_are_only_made_stricter() {
    let percent = Perbill::from_percent;
    let global = percent(50);
    let payee = |share| Payee { share: percent(share), account: account(1) };
    let mut commission = Commission::default();
    commission.set(payee(20), global, Slot(5)).unwrap();
    assert_eq!(commission.set(payee(51), global, Slot(5)), Err(PoolError::CommissionAboveGlobal));
    assert_eq!(commission.promise_most(percent(51), global), Err(PoolError::CommissionAboveGlobal));
    commission.promise_most(percent(15), global).unwrap();
    assert_eq!(commission.share(), percent(15), "lowered to the promise");
    assert_eq!(commission.promise_most(percent(16), global), Err(PoolError::PromiseNotStricter));
    assert_eq!(commission.set(payee(16), global, Slot(5)), Err(PoolError::CommissionAboveMax));
    commission.set(payee(1), global, Slot(6)).unwrap();

    let rate = |rise, delay_slots| ChangeRate { rise_max: percent(rise), delay_slots };
    commission.promise_rate(rate(3, 10), Slot(10)).unwrap();
    for looser in [rate(4, 10), rate(3, 9), rate(1, 9)] {
        let refused = commission.promise_rate(looser, Slot(10));
        assert_eq!(refused, Err(PoolError::PromiseNotStricter), "{looser:?}");
    }
    let too_fast = Err(PoolError::CommissionTooFast);
    assert_eq!(commission.set(payee(2), global, Slot(19)), too_fast, "too soon after the promise");
    assert_eq!(commission.set(payee(5), global, Slot(20)), too_fast, "too much at once");
    commission.set(payee(4), global, Slot(20)).unwrap();
    assert_eq!(commission.set(payee(5), global, Slot(29)), too_fast, "too soon after a change");
    commission.set(payee(0), global, Slot(21)).unwrap();
    assert_eq!(commission.current, None, "a fall is never too fast");
}
