//! Bonding, unbonding and withdrawing: the life of a bond.
//!
//! What a call cannot do in full it refuses. Amounts move by holds alone, so a bond never makes or loses tokens;
//! the row of the bond and the hold change together, and the assertion in `store` compares them.

use super::{
    Bond, Chunk, LedgerError, LedgerEvent, Payee, bond_of, candidate, intentions, nominations,
};
use crate::staking::reasons::BONDED;
use crate::staking::{Context, Error, keys, offence};
use serin_state::balances::Credit;
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// The bond of `who`.
pub(super) fn bonded<R: StateRead>(
    context: &Context<'_, R>,
    who: AccountId,
) -> Result<Bond, Error> {
    bond_of(context.state, who).ok_or(Error::Ledger(LedgerError::NotBonded))
}

pub(super) fn bond<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
    payee: Payee,
) -> Result<(), Error> {
    if bond_of(context.state, who).is_some() {
        return Err(LedgerError::AlreadyBonded.into());
    }
    if amount.is_zero() || amount < context.existential_deposit {
        return Err(LedgerError::BelowMinimum.into());
    }
    context.accounts().hold(who, BONDED, amount)?;
    let bond = Bond { total: amount, active: amount, unlocking: Vec::new() };
    store(context, who, &bond);
    context.write(Item::Payee(who), &payee);
    context.event(LedgerEvent::Bonded { account: who, amount });
    Ok(())
}

pub(super) fn bond_extra<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    let bond = bonded(context, who)?;
    if amount.is_zero() {
        return Err(LedgerError::Zero.into());
    }
    if bond.active.saturating_add(amount) < context.existential_deposit {
        return Err(LedgerError::BelowMinimum.into());
    }
    add(context, who, bond, amount)
}

/// Holds `amount` of what is free and counts it as active.
fn add<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    mut bond: Bond,
    amount: Balance,
) -> Result<(), Error> {
    context.accounts().hold(who, BONDED, amount)?;
    bond.total = bond.total.saturating_add(amount);
    bond.active = bond.active.saturating_add(amount);
    store(context, who, &bond);
    context.event(LedgerEvent::Bonded { account: who, amount });
    Ok(())
}

/// Gives a reward to `who` and bonds it on top of its bond.
///
/// # Errors
/// The reward, where there is no bond or the account cannot take it.
pub fn compound<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    reward: Credit,
) -> Result<(), Credit> {
    let amount = reward.amount();
    let Some(bond) = bond_of(context.state, who) else { return Err(reward) };
    if amount.is_zero() {
        return Ok(());
    }
    context.accounts().deposit(who, reward).map_err(|refused| refused.credit)?;
    // An account whose free part stays below the existential deposit keeps the reward free.
    let _kept_free = add(context, who, bond, amount).is_err();
    Ok(())
}

pub(super) fn unbond<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    let mut bond = bonded(context, who)?;
    if amount.is_zero() {
        return Err(LedgerError::Zero.into());
    }
    let limit = usize::try_from(context.parameters.bonding.unlocking_max).unwrap_or(usize::MAX);
    if bond.unlocking.len() >= limit {
        // As pallet-staking: what is due makes room.
        check_nothing_owed(context)?;
        bond = free_due(context, who, bond);
        if bond.unlocking.len() >= limit {
            return Err(LedgerError::NoMoreChunks.into());
        }
    }
    let rest = bond.active.checked_sub(amount).ok_or(LedgerError::AboveActive)?;
    let rest = if rest < context.existential_deposit { Balance::ZERO } else { rest };
    let amount = bond.active.saturating_sub(rest);
    if rest < least_bond(context, who) {
        return Err(LedgerError::BelowMinimum.into());
    }
    // Stake that is unbonded after an election is exposed in the era it was for.
    let wait = context.parameters.bonding.bonding_eras;
    let wait = if context.mutated(Mutation::ST01) { 0 } else { wait };
    let era = context.now.elected.saturating_add(wait);
    bond.active = rest;
    // A shorter bonding duration never lets newer chunks overtake older ones.
    let era = bond.unlocking.last().map_or(era, |last| era.max(last.era));
    match bond.unlocking.last_mut() {
        Some(last) if last.era == era => last.amount = last.amount.saturating_add(amount),
        Some(_) | None => bond.unlocking.push(Chunk { amount, era }),
    }
    store(context, who, &bond);
    context.event(LedgerEvent::Unbonded { account: who, amount, era });
    Ok(())
}

/// The least active stake that what `who` does asks for.
fn least_bond<R: StateRead>(context: &Context<'_, R>, who: AccountId) -> Balance {
    let numbers = &context.parameters.bonding;
    if nominations(context.state, who).is_some() {
        numbers.min_nominator_bond.max(context.existential_deposit)
    } else if candidate(context.state, who).is_some() {
        numbers.min_validator_bond.max(context.existential_deposit)
    } else {
        Balance::ZERO
    }
}

pub(super) fn rebond<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    amount: Balance,
) -> Result<(), Error> {
    let mut bond = bonded(context, who)?;
    if bond.unlocking.is_empty() {
        return Err(LedgerError::NothingUnbonds.into());
    }
    if amount.is_zero() {
        return Err(LedgerError::Zero.into());
    }
    if amount > bond.total.saturating_sub(bond.active) {
        return Err(LedgerError::AboveUnbonding.into());
    }
    let mut left = amount;
    while let Some(chunk) = bond.unlocking.last_mut() {
        let part = chunk.amount.min(left);
        if !context.mutated(Mutation::ST18) {
            chunk.amount = chunk.amount.saturating_sub(part);
        }
        left = left.saturating_sub(part);
        if !chunk.amount.is_zero() {
            break;
        }
        bond.unlocking.pop();
        if left.is_zero() {
            break;
        }
    }
    bond.active = bond.active.saturating_add(amount);
    if bond.active < context.existential_deposit {
        return Err(LedgerError::BelowMinimum.into());
    }
    store(context, who, &bond);
    context.event(LedgerEvent::Bonded { account: who, amount });
    Ok(())
}

pub(super) fn withdraw<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
) -> Result<(), Error> {
    let bond = bonded(context, who)?;
    let era = context.now.era;
    let is_due = bond.unlocking.first().is_some_and(|chunk| chunk.era <= era);
    let is_over = bond.unlocking.is_empty() && bond.active < context.existential_deposit;
    if !is_due && !is_over {
        return Err(LedgerError::NothingToWithdraw.into());
    }
    check_nothing_owed(context)?;
    let bond = free_due(context, who, bond);
    if bond.unlocking.is_empty() && bond.active < context.existential_deposit {
        end(context, who, &bond);
    }
    Ok(())
}

/// A chunk may be free in the very era in which a slash for the last era that exposed it is due: the slash comes
/// first, and it may take more blocks than one.
fn check_nothing_owed<R: StateRead>(context: &Context<'_, R>) -> Result<(), LedgerError> {
    if offence::slash::is_due(context) { Err(LedgerError::SlashDue) } else { Ok(()) }
}

/// Frees the chunks that have waited long enough.
fn free_due<R: StateRead>(context: &mut Context<'_, R>, who: AccountId, mut bond: Bond) -> Bond {
    let early = u32::from(context.mutated(Mutation::ST02));
    let era = context.now.era.saturating_add(early);
    let count = bond.unlocking.iter().take_while(|chunk| chunk.era <= era).count();
    let amount = bond
        .unlocking
        .drain(..count)
        .fold(Balance::ZERO, |sum, chunk| sum.saturating_add(chunk.amount));
    if amount.is_zero() {
        return bond;
    }
    bond.total = bond.total.saturating_sub(amount);
    release(context, who, amount);
    store(context, who, &bond);
    context.event(LedgerEvent::Withdrawn { account: who, amount });
    bond
}

fn release<R: StateRead>(context: &mut Context<'_, R>, who: AccountId, amount: Balance) {
    let released = context.accounts().release(who, BONDED, amount);
    assert!(released.is_ok(), "invariant(bond): what the row counts is held");
    if let Ok(dust) = released {
        context.take_dust(dust);
    }
}

/// Ends the bond of `who`: what is left is free, and nothing is known about the account any more.
fn end<R: StateRead>(context: &mut Context<'_, R>, who: AccountId, bond: &Bond) {
    if intentions::withdraw(context, who) {
        context.event(LedgerEvent::Chilled { account: who });
    }
    context.delete(Item::Bond(who));
    context.delete(Item::Payee(who));
    keys::forget(context, who);
    if !bond.total.is_zero() {
        release(context, who, bond.total);
    }
    context.event(LedgerEvent::Ended { account: who });
}

pub(super) fn set_payee<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    payee: Payee,
) -> Result<(), Error> {
    bonded(context, who)?;
    context.write(Item::Payee(who), &payee);
    context.event(LedgerEvent::PayeeSet { account: who, payee });
    Ok(())
}

pub(super) fn reap<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
) -> Result<(), Error> {
    let bond = bonded(context, account)?;
    if bond.total >= context.existential_deposit && !bond.total.is_zero() {
        return Err(LedgerError::NotReapable.into());
    }
    end(context, account, &bond);
    Ok(())
}

/// Writes the row, and sees that it counts what is held.
pub(super) fn store<R: StateRead>(context: &mut Context<'_, R>, who: AccountId, bond: &Bond) {
    let chunks =
        bond.unlocking.iter().fold(Balance::ZERO, |sum, chunk| sum.saturating_add(chunk.amount));
    let held = context.accounts().account(who).held_for(BONDED);
    assert_eq!(bond.total, held, "invariant(bond): the row counts what is held");
    assert_eq!(
        bond.total,
        bond.active.saturating_add(chunks),
        "invariant(bond): parts make the total"
    );
    context.write(Item::Bond(who), bond);
}
