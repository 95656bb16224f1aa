//! Paying an era: who gets what part, and where it goes.
//!
//! ```text
//! validator = era's pay * its points / all points          commission = that * commission
//! rest      = validator - commission                       a page pays:
//!   the validator  commission * page's stake / total + (first page) rest * own / total
//!   a nominator    rest * what it stood for / total
//! ```
//! As pallet-staking 50 (`do_payout_stakers_by_page`), with every product rounded down, that of the first line too: so the parts never exceed the
//! era's pay, and what rounding leaves is never minted.
//!
//! Bounds: one page, of at most [`super::super::parameters::EXPOSURE_PAGE_LIMIT`] nominators.

use super::{EraCall, EraError, EraEvent, EraInfo, Exposure, era_info, exposure, exposure_page};
use crate::staking::ledger::{self, Payee};
use crate::staking::{Context, Error, Origin, Perbill};
use serin_state::balances::Credit;
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era};

/// What a page pays, before anybody is asked where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePay {
    /// To the validator.
    pub validator: Balance,
    /// To the nominators, in the order of the page.
    pub nominators: Vec<(AccountId, Balance)>,
}

/// Runs a call.
pub(in crate::staking) fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: &EraCall,
) -> Result<(), Error> {
    match call {
        EraCall::Payout { validator, era, page } => {
            origin.signed()?;
            payout(context, *validator, *era, *page)
        }
    }
}

fn payout<R: StateRead>(
    context: &mut Context<'_, R>,
    validator: AccountId,
    era: Era,
    page: u32,
) -> Result<(), Error> {
    let (info, mut exposure) = claimable(context, validator, era, page)?;
    let nominators = exposure_page(context.state, era, validator, page);
    let mut pay = page_pay(&info, &exposure, page, nominators);
    if context.mutated(Mutation::ST04) {
        pay.validator = pay.validator.saturating_add(exposure.commission.of_floor(pay.validator));
    }
    if !context.mutated(Mutation::ST03) {
        exposure.pay(page);
    }
    context.write(Item::Exposure(era, validator), &exposure);
    let to_validator = give(context, validator, pay.validator)?;
    let mut to_nominators = Balance::ZERO;
    for (nominator, amount) in pay.nominators {
        to_nominators = to_nominators.saturating_add(give(context, nominator, amount)?);
    }
    assert!(
        to_validator.saturating_add(to_nominators) <= info.pay.unwrap_or_default(),
        "invariant(pay): a part is not more than all"
    );
    context.event(EraEvent::Paid { era, validator, page, to_validator, to_nominators });
    Ok(())
}

/// The era and the exposure, where the page can be paid.
fn claimable<R: StateRead>(
    context: &Context<'_, R>,
    validator: AccountId,
    era: Era,
    page: u32,
) -> Result<(EraInfo, Exposure), EraError> {
    if era >= context.now.era && !context.mutated(Mutation::ST12) {
        return Err(EraError::NotEnded);
    }
    if era.saturating_add(context.parameters.eras.history_eras) < context.now.era {
        return Err(EraError::TooOld);
    }
    let info = era_info(context.state, era).ok_or(EraError::TooOld)?;
    let exposure = exposure(context.state, era, validator).ok_or(EraError::NotElected)?;
    if exposure.points == 0 {
        return Err(EraError::NothingEarned);
    }
    if page >= exposure.pages(info.page) {
        return Err(EraError::NoSuchPage);
    }
    if exposure.is_paid(page) {
        return Err(EraError::AlreadyPaid);
    }
    Ok((info, exposure))
}

/// What a page pays; a pure function of the era's rows.
#[must_use]
pub fn page_pay(
    info: &EraInfo,
    exposure: &Exposure,
    page: u32,
    nominators: Vec<(AccountId, Balance)>,
) -> PagePay {
    let part = |amount: Balance| Perbill::from_rational(amount.0, exposure.total.0);
    let earned = Perbill::from_rational(exposure.points.into(), info.points.into());
    let earned = earned.of_floor(info.pay.unwrap_or_default());
    let commission = exposure.commission.of_floor(earned);
    let rest = earned.saturating_sub(commission);
    let own = if page == 0 { exposure.own } else { Balance::ZERO };
    let on_page = nominators.iter().fold(own, |sum, (_, amount)| sum.saturating_add(*amount));
    let validator = part(own).of_floor(rest).saturating_add(part(on_page).of_floor(commission));
    // Without stake there is nobody to share with: the commission is all that is earned.
    let validator = if exposure.total.is_zero() { commission } else { validator };
    let nominators = nominators
        .into_iter()
        .map(|(nominator, amount)| (nominator, part(amount).of_floor(rest)))
        .collect();
    PagePay { validator, nominators }
}

/// Mints a reward to where `account` wants it; how much arrived. What cannot be taken is not minted.
fn give<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    amount: Balance,
) -> Result<Balance, Error> {
    let payee = ledger::payee_of(context.state, account);
    if amount.is_zero() || payee == Payee::None {
        return Ok(Balance::ZERO);
    }
    let reward = context.accounts().issue(amount)?;
    let refused = match payee {
        Payee::Staked => ledger::compound(context, account, reward),
        Payee::Stash | Payee::None => deposit(context, account, reward),
        Payee::Account(other) => deposit(context, other, reward),
    };
    match refused {
        Ok(()) => Ok(amount),
        Err(credit) => {
            let left = amount.saturating_sub(credit.amount());
            context.accounts().burn_credit(credit);
            Ok(left)
        }
    }
}

/// Gives a reward to the free tokens of an account.
fn deposit<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    reward: Credit,
) -> Result<(), Credit> {
    context.accounts().deposit(account, reward).map_err(|refused| refused.credit)
}

#[cfg(test)]
mod tests;
