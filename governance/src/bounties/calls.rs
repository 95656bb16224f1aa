//! Proposing, approving, paying and closing bounties.
//!
//! Whatever fails leaves everything as it was: the caller drops what was written.

use super::{
    Bounty, BountyCall, BountyError, BountyEvent, BountyStatus, DESCRIPTION_BYTES_MAX, curators,
};
use crate::deposits::Deposit;
use crate::reasons::{BOUNTY_DEPOSIT, CURATOR_DEPOSIT};
use crate::treasury::{check_limit, check_powers, is_rejecter, pay, signed};
use crate::{Context, Error, Origin};
use serin_state::balances::Survival;
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`], those of [`BountyError`], [`crate::treasury::TreasuryError`] where the treasury or the track
/// cannot pay, and those of the ledger.
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: BountyCall,
) -> Result<(), Error> {
    match call {
        BountyCall::Propose { value, description } => {
            propose(context, signed(origin)?, value, &description)
        }
        BountyCall::Approve { index } => approve(context, origin, index),
        BountyCall::ProposeCurator { index, curator, fee } => {
            curators::propose(context, origin, index, (curator, fee))
        }
        BountyCall::AcceptCurator { index } => curators::accept(context, signed(origin)?, index),
        BountyCall::UnassignCurator { index } => curators::unassign(context, origin, index),
        BountyCall::Award { index, beneficiary } => {
            curators::award(context, signed(origin)?, index, beneficiary)
        }
        BountyCall::Claim { index } => {
            signed(origin)?;
            claim(context, index)
        }
        BountyCall::Close { index } => close(context, origin, index),
        BountyCall::Extend { index } => curators::extend(context, signed(origin)?, index),
    }
}

/// The account of a bounty's money. Nobody has its key.
#[must_use]
pub fn account(index: u32) -> AccountId {
    AccountId::of_module(&[b"bounty".as_slice(), &index.to_le_bytes()].concat())
}

/// A bounty that has not ended.
#[must_use]
pub fn get<R: StateRead>(context: &Context<'_, R>, index: u32) -> Option<Bounty> {
    context.read(Item::Bounty(index))
}

/// A bounty that has not ended, or the refusal.
pub(super) fn known<R: StateRead>(context: &Context<'_, R>, index: u32) -> Result<Bounty, Error> {
    get(context, index).ok_or_else(|| BountyError::Unknown.into())
}

fn propose<R: StateRead>(
    context: &mut Context<'_, R>,
    proposer: AccountId,
    value: Balance,
    description: &str,
) -> Result<(), Error> {
    let parameters = &context.parameters.bounties;
    if !(1..=DESCRIPTION_BYTES_MAX).contains(&description.len()) {
        return Err(BountyError::Description.into());
    }
    if value < parameters.value_min {
        return Err(BountyError::ValueTooSmall.into());
    }
    let bytes = u128::try_from(description.len()).unwrap_or(u128::MAX);
    let text = Balance(parameters.deposit_per_byte.0.saturating_mul(bytes));
    let amount = parameters.deposit_base.saturating_add(text);
    let index: u32 = context.read(Item::BountyCount).unwrap_or_default();
    let next = index.checked_add(1).ok_or(BountyError::TooMany)?;
    let bond = Deposit::take(context, proposer, amount, BOUNTY_DEPOSIT)?;
    let bounty = Bounty {
        value,
        fee: Balance::ZERO,
        bond: Some(bond),
        curator_deposit: None,
        status: BountyStatus::Proposed,
    };
    context.write(Item::BountyCount, &next);
    context.write(Item::Bounty(index), &bounty);
    context.write(Item::BountyDescription(index), &description.to_owned());
    context.event(BountyEvent::Proposed { index });
    Ok(())
}

fn approve<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    index: u32,
) -> Result<(), Error> {
    check_powers(context, origin, Balance::ZERO)?;
    let bounty = known(context, index)?;
    let value = bounty.value;
    check_limit(context, origin, value)?;
    if bounty.status != BountyStatus::Proposed {
        return Err(BountyError::WrongStage.into());
    }
    pay(context, account(index), value)?;
    context.spent = context.spent.saturating_add(value);
    if let Some(bond) = bounty.bond {
        bond.refund(context, BOUNTY_DEPOSIT);
    }
    let funded = Bounty { bond: None, status: BountyStatus::Funded, ..bounty };
    context.write(Item::Bounty(index), &funded);
    context.event(BountyEvent::Funded { index, value });
    Ok(())
}

fn claim<R: StateRead>(context: &mut Context<'_, R>, index: u32) -> Result<(), Error> {
    let bounty = known(context, index)?;
    let BountyStatus::Pending { curator, beneficiary, unlocks } = bounty.status else {
        return Err(BountyError::WrongStage.into());
    };
    if context.now < unlocks {
        return Err(BountyError::TooEarly.into());
    }
    let pot = account(index);
    let balance = context.ledger().spendable(pot, Survival::AllowDeath);
    let fee = bounty.fee.min(balance);
    let payout = balance.saturating_sub(fee);
    // The fee first: what is left may end the account, a fee below the existential deposit may not stay in it.
    empty(context, pot, curator, fee)?;
    empty(context, pot, beneficiary, payout)?;
    if let Some(deposit) = bounty.curator_deposit {
        deposit.refund(context, CURATOR_DEPOSIT);
    }
    forget(context, index);
    context.event(BountyEvent::Claimed { index, payout, fee });
    Ok(())
}

fn close<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    index: u32,
) -> Result<(), Error> {
    if !is_rejecter(origin) {
        return Err(Error::BadOrigin);
    }
    let bounty = known(context, index)?;
    match bounty.status {
        BountyStatus::Proposed => {
            let bond = bounty.bond.map_or(Balance::ZERO, |bond| bond.amount);
            if let Some(bond) = bounty.bond {
                bond.slash(context, BOUNTY_DEPOSIT);
            }
            forget(context, index);
            context.event(BountyEvent::Rejected { index, bond });
            return Ok(());
        }
        BountyStatus::Pending { .. } => return Err(BountyError::Awarded.into()),
        BountyStatus::Funded | BountyStatus::Offered { .. } | BountyStatus::Active { .. } => {}
    }
    if let Some(deposit) = bounty.curator_deposit {
        deposit.refund(context, CURATOR_DEPOSIT);
    }
    let pot = account(index);
    let balance = context.ledger().spendable(pot, Survival::AllowDeath);
    empty(context, pot, Context::<R>::treasury(), balance)?;
    forget(context, index);
    context.event(BountyEvent::Closed { index });
    Ok(())
}

/// Pays from a bounty's account, which may end with it.
fn empty<R: StateRead>(
    context: &mut Context<'_, R>,
    pot: AccountId,
    to: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    if !amount.is_zero() {
        let dust = context.ledger().transfer(pot, to, amount, Survival::AllowDeath)?;
        context.take_dust(dust);
    }
    Ok(())
}

fn forget<R: StateRead>(context: &mut Context<'_, R>, index: u32) {
    context.delete(Item::Bounty(index));
    context.delete(Item::BountyDescription(index));
}
