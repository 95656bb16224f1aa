//! The calls of the module over its storage, and the step at the end of a period.
//!
//! Every call checks origin, limit and spend before it writes anything.

use super::{Spend, TreasuryCall, TreasuryError, TreasuryEvent};
use crate::{Context, Error, Origin, TrackId};
use serin_state::balances::{BalanceError, Survival};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Slot};

/// The track whose referenda look after the treasury.
const TREASURER: TrackId = TrackId(11);
/// The tracks that may pay at once: small and big tipper, and the treasurer. Others approve spends.
const TIPPERS: [TrackId; 3] = [TREASURER, TrackId(30), TrackId(31)];
/// Parts in a million.
const PPM: u128 = 1_000_000;

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] and those of [`TreasuryError`]; [`Error::Ledger`] where the beneficiary would not live.
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: TreasuryCall,
) -> Result<(), Error> {
    match call {
        TreasuryCall::Payout { index } => payout(context, origin, index),
        TreasuryCall::Spend { amount, beneficiary, valid_from } => {
            check_limit(context, origin, amount)?;
            let valid_from = valid_from.unwrap_or(context.now).max(context.now);
            let expires = valid_from.saturating_add(context.parameters.treasury.payout_period);
            if expires <= valid_from {
                return Err(TreasuryError::BeginsTooLate.into());
            }
            context.spent = context.spent.saturating_add(amount);
            let index: u32 = context.read(Item::SpendCount).unwrap_or_default();
            context.write(Item::SpendCount, &index.saturating_add(1));
            let spend = Spend { amount, beneficiary, valid_from, expires };
            context.write(Item::Spend(index), &spend);
            context.event(TreasuryEvent::Approved { index, amount, beneficiary });
            Ok(())
        }
        TreasuryCall::Tip { amount, beneficiary } => {
            if matches!(origin, Origin::Track(track) if !TIPPERS.contains(&track)) {
                return Err(Error::BadOrigin);
            }
            check_limit(context, origin, amount)?;
            pay(context, beneficiary, amount)?;
            context.spent = context.spent.saturating_add(amount);
            context.event(TreasuryEvent::Tipped { amount, beneficiary });
            Ok(())
        }
        TreasuryCall::Void { index } => {
            if !is_rejecter(origin) {
                return Err(Error::BadOrigin);
            }
            spend_of(context, index)?;
            context.delete(Item::Spend(index));
            context.event(TreasuryEvent::Voided { index });
            Ok(())
        }
        TreasuryCall::Clear { index } => {
            signed(origin)?;
            let spend = spend_of(context, index)?;
            if context.now < spend.expires {
                return Err(TreasuryError::NotExpired.into());
            }
            context.delete(Item::Spend(index));
            context.event(TreasuryEvent::Cleared { index });
            Ok(())
        }
    }
}

/// Burns a share of the treasury at the first block at or after the end of each period. To be called once a block.
///
/// The slot of the next end is kept, so that another length, by vote, holds from the next period on; the first period
/// begins with the first block.
pub fn end_period<R: StateRead>(context: &mut Context<'_, R>) {
    let parameters = &context.parameters.treasury;
    let (length, share) = (parameters.spend_period.max(1), u128::from(parameters.burn_ppm));
    let Some(end) = context.read::<Slot>(Item::TreasuryPeriod) else {
        context.write(Item::TreasuryPeriod, &context.now.saturating_add(length));
        return;
    };
    if context.now < end {
        return;
    }
    let whole = context.now.since(end).div_euclid(length).saturating_add(1);
    context.write(Item::TreasuryPeriod, &end.saturating_add(whole.saturating_mul(length)));
    let treasury = Context::<R>::treasury();
    let spendable = context.ledger().spendable(treasury, Survival::KeepAlive);
    let amount = Balance(spendable.0.saturating_mul(share).div_euclid(PPM)).min(spendable);
    if amount.is_zero() {
        return;
    }
    if let Ok(dust) = context.ledger().burn(treasury, amount, Survival::KeepAlive) {
        context.take_dust(dust);
        context.event(TreasuryEvent::Burnt { amount });
    }
}

fn payout<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    index: u32,
) -> Result<(), Error> {
    signed(origin)?;
    let spend = spend_of(context, index)?;
    if context.now < spend.valid_from {
        return Err(TreasuryError::TooEarly.into());
    }
    if context.now >= spend.expires {
        return Err(TreasuryError::Expired.into());
    }
    pay(context, spend.beneficiary, spend.amount)?;
    if !context.mutated(Mutation::GV15) {
        context.delete(Item::Spend(index));
    }
    context.event(TreasuryEvent::Paid { index });
    Ok(())
}

/// Whether these powers may spend `amount` on top of what the same dispatch has spent.
pub(crate) fn check_limit<R: StateRead>(
    context: &Context<'_, R>,
    origin: Origin,
    amount: Balance,
) -> Result<(), Error> {
    if amount.is_zero() {
        return Err(TreasuryError::Zero.into());
    }
    check_powers(context, origin, Balance::ZERO)?;
    if origin == Origin::Root {
        return Ok(());
    }
    let before = if context.mutated(Mutation::GV16) { Balance::ZERO } else { context.spent };
    let sum = before.checked_add(amount).ok_or(TreasuryError::OverLimit)?;
    check_powers(context, origin, sum)
}

/// Whether these powers reach so far, whatever else the same dispatch has spent.
pub(crate) fn check_powers<R: StateRead>(
    context: &Context<'_, R>,
    origin: Origin,
    amount: Balance,
) -> Result<(), Error> {
    match origin {
        Origin::Root => Ok(()),
        Origin::Signed(_) => Err(Error::BadOrigin),
        Origin::Track(track) => {
            let limit = context.parameters.treasury.limit_of(track);
            if limit.is_zero() {
                return Err(Error::BadOrigin);
            }
            if amount <= limit { Ok(()) } else { Err(TreasuryError::OverLimit.into()) }
        }
    }
}

/// Whether these powers may take back what others approved: root and the treasurer.
pub(crate) const fn is_rejecter(origin: Origin) -> bool {
    matches!(origin, Origin::Root | Origin::Track(TREASURER))
}

/// Pays from the treasury, which lives on.
pub(crate) fn pay<R: StateRead>(
    context: &mut Context<'_, R>,
    to: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    let treasury = Context::<R>::treasury();
    let paid = context.ledger().transfer(treasury, to, amount, Survival::KeepAlive);
    let dust = paid.map_err(|error| {
        if matches!(error, BalanceError::TooLittle { .. }) {
            TreasuryError::TreasuryTooPoor.into()
        } else {
            Error::from(error)
        }
    })?;
    context.take_dust(dust);
    Ok(())
}

fn spend_of<R: StateRead>(context: &Context<'_, R>, index: u32) -> Result<Spend, Error> {
    context.read(Item::Spend(index)).ok_or_else(|| TreasuryError::UnknownSpend.into())
}

/// The account behind an origin.
pub(crate) const fn signed(origin: Origin) -> Result<AccountId, Error> {
    match origin {
        Origin::Signed(account) => Ok(account),
        Origin::Root | Origin::Track(_) => Err(Error::BadOrigin),
    }
}
