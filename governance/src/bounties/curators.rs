//! Who looks after a bounty: asked, agreed, gone, and what the curator does meanwhile.
//!
//! A curator's deposit is held from acceptance until the bounty is claimed, closed or given back; it goes to the
//! treasury when others take the bounty away.

use super::calls::known;
use super::{Bounty, BountyError, BountyEvent, BountyStatus};
use crate::deposits::Deposit;
use crate::reasons::CURATOR_DEPOSIT;
use crate::treasury::{check_powers, is_rejecter};
use crate::{Context, Error, Origin};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

pub(super) fn propose<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    index: u32,
    (curator, fee): (AccountId, Balance),
) -> Result<(), Error> {
    check_powers(context, origin, Balance::ZERO)?;
    let bounty = known(context, index)?;
    check_powers(context, origin, bounty.value)?;
    if !matches!(bounty.status, BountyStatus::Funded | BountyStatus::Offered { .. }) {
        return Err(BountyError::WrongStage.into());
    }
    if fee >= bounty.value {
        return Err(BountyError::FeeTooLarge.into());
    }
    let status = BountyStatus::Offered { curator };
    context.write(Item::Bounty(index), &Bounty { fee, status, ..bounty });
    context.event(BountyEvent::CuratorProposed { index, curator });
    Ok(())
}

pub(super) fn accept<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    index: u32,
) -> Result<(), Error> {
    let bounty = known(context, index)?;
    let BountyStatus::Offered { curator } = bounty.status else {
        return Err(BountyError::WrongStage.into());
    };
    if who != curator {
        return Err(BountyError::NotCurator.into());
    }
    let parameters = &context.parameters.bounties;
    let update_due = context.now.saturating_add(parameters.update_period);
    let amount = parameters.curator_deposit(bounty.fee);
    let deposit = Deposit::take(context, curator, amount, CURATOR_DEPOSIT)?;
    let status = BountyStatus::Active { curator, update_due };
    let active = Bounty { curator_deposit: Some(deposit), status, ..bounty };
    context.write(Item::Bounty(index), &active);
    context.event(BountyEvent::CuratorAccepted { index, curator });
    Ok(())
}

/// Whether the deposit is lost when `origin` takes the bounty from its curator.
fn loses<R: StateRead>(
    context: &Context<'_, R>,
    origin: Origin,
    status: BountyStatus,
) -> Result<bool, Error> {
    let rejects = is_rejecter(origin);
    let by = |curator: AccountId| origin == Origin::Signed(curator);
    match status {
        BountyStatus::Proposed | BountyStatus::Funded => Err(BountyError::WrongStage.into()),
        BountyStatus::Offered { curator } | BountyStatus::Active { curator, .. } if by(curator) => {
            Ok(false)
        }
        BountyStatus::Active { .. } | BountyStatus::Pending { .. } if rejects => Ok(true),
        BountyStatus::Offered { .. } if rejects => Ok(false),
        BountyStatus::Active { update_due, .. } if matches!(origin, Origin::Signed(_)) => {
            if context.now > update_due { Ok(true) } else { Err(BountyError::TooEarly.into()) }
        }
        BountyStatus::Offered { .. }
        | BountyStatus::Active { .. }
        | BountyStatus::Pending { .. } => Err(Error::BadOrigin),
    }
}

pub(super) fn unassign<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    index: u32,
) -> Result<(), Error> {
    let bounty = known(context, index)?;
    let loses = loses(context, origin, bounty.status)?;
    let mut slashed = Balance::ZERO;
    match bounty.curator_deposit {
        Some(deposit) if loses => {
            slashed = deposit.amount;
            deposit.slash(context, CURATOR_DEPOSIT);
        }
        Some(deposit) => deposit.refund(context, CURATOR_DEPOSIT),
        None => {}
    }
    let status = BountyStatus::Funded;
    context.write(Item::Bounty(index), &Bounty { curator_deposit: None, status, ..bounty });
    context.event(BountyEvent::CuratorUnassigned { index, slashed });
    Ok(())
}

/// The active bounty that `who` looks after.
fn of_curator<R: StateRead>(
    context: &Context<'_, R>,
    who: AccountId,
    index: u32,
) -> Result<Bounty, Error> {
    let bounty = known(context, index)?;
    match bounty.status {
        BountyStatus::Active { curator, .. } if curator == who => Ok(bounty),
        BountyStatus::Active { .. } => Err(BountyError::NotCurator.into()),
        BountyStatus::Proposed
        | BountyStatus::Funded
        | BountyStatus::Offered { .. }
        | BountyStatus::Pending { .. } => Err(BountyError::WrongStage.into()),
    }
}

pub(super) fn award<R: StateRead>(
    context: &mut Context<'_, R>,
    curator: AccountId,
    index: u32,
    beneficiary: AccountId,
) -> Result<(), Error> {
    let bounty = of_curator(context, curator, index)?;
    let unlocks = context.now.saturating_add(context.parameters.bounties.payout_delay);
    let status = BountyStatus::Pending { curator, beneficiary, unlocks };
    context.write(Item::Bounty(index), &Bounty { status, ..bounty });
    context.event(BountyEvent::Awarded { index, beneficiary });
    Ok(())
}

pub(super) fn extend<R: StateRead>(
    context: &mut Context<'_, R>,
    curator: AccountId,
    index: u32,
) -> Result<(), Error> {
    let bounty = of_curator(context, curator, index)?;
    let update_due = context.now.saturating_add(context.parameters.bounties.update_period);
    let status = BountyStatus::Active { curator, update_due };
    context.write(Item::Bounty(index), &Bounty { status, ..bounty });
    context.event(BountyEvent::Extended { index, update_due });
    Ok(())
}
