//! Validating, nominating and neither: who stands in which roster.
//!
//! A change counts from the next election on. Nobody stands in both rosters: who begins the one ends the other.

use super::bonding::bonded;
use super::{
    Bond, Candidate, KICKS_MAX, Kind, LedgerError, LedgerEvent, Nominations, Terms, bond_of,
    candidate, nominations,
};
use crate::staking::parameters::NOMINATIONS_LIMIT;
use crate::staking::{Context, Error};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeSet;

/// All candidates with their terms and active stake, by their places in the roster.
#[must_use]
pub fn candidates(state: &(impl StateRead + ?Sized)) -> Vec<(AccountId, Terms, Balance)> {
    let members = Kind::Candidates.members(state);
    let row = |who| Some((who, candidate(state, who)?.terms, bond_of(state, who)?.active));
    members.into_iter().filter_map(row).collect()
}

/// All nominators with their active stake and targets, by their places in the roster. A target may have chilled
/// since it was named.
#[must_use]
pub fn nominators(state: &(impl StateRead + ?Sized)) -> Vec<(AccountId, Balance, Vec<AccountId>)> {
    let members = Kind::Nominators.members(state);
    let stake = |bond: Bond| {
        if state.mutated(Mutation::ST07) { bond.total } else { bond.active }
    };
    let row = |who| Some((who, stake(bond_of(state, who)?), nominations(state, who)?.targets));
    members.into_iter().filter_map(row).collect()
}

pub(super) fn nominate<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    targets: Vec<AccountId>,
) -> Result<(), Error> {
    let Bond { active, .. } = bonded(context, who)?;
    let numbers = &context.parameters.bonding;
    if active < numbers.min_nominator_bond || active.is_zero() {
        return Err(LedgerError::BelowMinimum.into());
    }
    let old = nominations(context.state, who);
    let room = context.parameters.election.nominators_max;
    if old.is_none() && Kind::Nominators.len(context.state) >= room {
        return Err(LedgerError::TooManyNominators.into());
    }
    let named = old.as_ref().map_or(&[][..], |old| &old.targets);
    check_targets(context, &targets, named)?;
    if let Some(candidate) = candidate(context.state, who) {
        context.delete(Item::Candidate(who));
        Kind::Candidates.leave(context, candidate.place);
    }
    let place = match old {
        Some(old) => old.place,
        None => Kind::Nominators.join(context, who),
    };
    let count = u32::try_from(targets.len()).unwrap_or(NOMINATIONS_LIMIT);
    let row = Nominations { targets, since: context.now.era, place };
    context.write(Item::Nominator(who), &row);
    context.event(LedgerEvent::Nominated { account: who, targets: count });
    Ok(())
}

/// One to so many different candidates; of those that are blocked only `named` ones.
fn check_targets<R: StateRead>(
    context: &Context<'_, R>,
    targets: &[AccountId],
    named: &[AccountId],
) -> Result<(), LedgerError> {
    let most = context.parameters.bonding.nominations_max.min(NOMINATIONS_LIMIT);
    if targets.is_empty() {
        return Err(LedgerError::NoTargets);
    }
    if u32::try_from(targets.len()).unwrap_or(u32::MAX) > most {
        return Err(LedgerError::TooManyTargets);
    }
    let mut seen = BTreeSet::new();
    for target in targets {
        if !seen.insert(target) {
            return Err(LedgerError::DuplicateTarget);
        }
        if named.contains(target) {
            continue;
        }
        let candidate = candidate(context.state, *target).ok_or(LedgerError::UnknownTarget)?;
        if candidate.terms.blocked {
            return Err(LedgerError::BlockedTarget);
        }
    }
    Ok(())
}

pub(super) fn validate<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    terms: Terms,
) -> Result<(), Error> {
    let Bond { active, .. } = bonded(context, who)?;
    let numbers = &context.parameters.bonding;
    if active < numbers.min_validator_bond || active.is_zero() {
        return Err(LedgerError::BelowMinimum.into());
    }
    if terms.commission < numbers.min_commission {
        return Err(LedgerError::CommissionTooLow.into());
    }
    let old = candidate(context.state, who);
    let room = context.parameters.election.candidates_max;
    if old.is_none() && Kind::Candidates.len(context.state) >= room {
        return Err(LedgerError::TooManyCandidates.into());
    }
    if let Some(nominations) = nominations(context.state, who)
        && !context.mutated(Mutation::ST15)
    {
        context.delete(Item::Nominator(who));
        Kind::Nominators.leave(context, nominations.place);
    }
    let place = match old {
        Some(old) => old.place,
        None => Kind::Candidates.join(context, who),
    };
    context.write(Item::Candidate(who), &Candidate { terms, place });
    context.event(LedgerEvent::TermsSet { account: who, terms });
    Ok(())
}

/// Takes `who` out of the roster it is in; whether there was one.
pub(super) fn withdraw<R: StateRead>(context: &mut Context<'_, R>, who: AccountId) -> bool {
    if let Some(candidate) = candidate(context.state, who) {
        context.delete(Item::Candidate(who));
        if !context.mutated(Mutation::ST13) {
            Kind::Candidates.leave(context, candidate.place);
        }
        return true;
    }
    let Some(nominations) = nominations(context.state, who) else { return false };
    context.delete(Item::Nominator(who));
    Kind::Nominators.leave(context, nominations.place);
    true
}

/// Chills a candidate that did not ask for it; whether it was one.
pub(in crate::staking) fn put_out<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
) -> bool {
    if candidate(context.state, who).is_none() || !withdraw(context, who) {
        return false;
    }
    context.event(LedgerEvent::Chilled { account: who });
    true
}

pub(super) fn chill<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
) -> Result<(), Error> {
    bonded(context, who)?;
    if !withdraw(context, who) {
        return Err(LedgerError::NotStaking.into());
    }
    context.event(LedgerEvent::Chilled { account: who });
    Ok(())
}

pub(super) fn chill_other<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    account: AccountId,
) -> Result<(), Error> {
    let Bond { active, .. } = bonded(context, account)?;
    if who != account && !may_be_chilled(context, account, active) {
        return Err(LedgerError::CannotChillOther.into());
    }
    chill(context, account)
}

/// Whether the roster of `account` is nearly full and its stake below what it takes to join.
fn may_be_chilled<R: StateRead>(
    context: &Context<'_, R>,
    account: AccountId,
    active: Balance,
) -> bool {
    let (bonding, election) = (&context.parameters.bonding, &context.parameters.election);
    let (kind, room, least) = if nominations(context.state, account).is_some() {
        (Kind::Nominators, election.nominators_max, bonding.min_nominator_bond)
    } else {
        (Kind::Candidates, election.candidates_max, bonding.min_validator_bond)
    };
    let threshold = bonding.chill_threshold.of_floor(Balance(room.into()));
    Balance(kind.len(context.state).into()) > threshold && active < least
}

pub(super) fn kick<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    nominators: &[AccountId],
) -> Result<(), Error> {
    if nominators.len() > KICKS_MAX {
        return Err(LedgerError::TooManyKicks.into());
    }
    if nominators.is_empty() {
        return Err(LedgerError::NoTargets.into());
    }
    if candidate(context.state, who).is_none() {
        return Err(LedgerError::NotCandidate.into());
    }
    for nominator in nominators {
        kick_one(context, who, *nominator);
    }
    Ok(())
}

/// Takes `candidate` off the list of `nominator`, who is chilled where nothing else stands on it.
fn kick_one<R: StateRead>(
    context: &mut Context<'_, R>,
    candidate: AccountId,
    nominator: AccountId,
) {
    let Some(mut row) = nominations(context.state, nominator) else { return };
    let before = row.targets.len();
    row.targets.retain(|target| *target != candidate);
    if row.targets.len() == before {
        return;
    }
    context.event(LedgerEvent::Kicked { nominator, candidate });
    if row.targets.is_empty() && !context.mutated(Mutation::ST14) {
        withdraw(context, nominator);
        context.event(LedgerEvent::Chilled { account: nominator });
    } else {
        context.write(Item::Nominator(nominator), &row);
    }
}
