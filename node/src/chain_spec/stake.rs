//! Whether the stake of a specification can be bonded: what the calls of the first block would refuse.
//!
//! Genesis bonds by the calls that anybody would use and relies on what is checked here.

use super::{ChainSpec, GenesisNominator, SpecError, StakingSpec};
use serin_state::types::{AccountId, Balance};
use std::collections::{BTreeMap, BTreeSet};

/// Checks every relation of `spec.staking`.
pub(super) fn check(spec: &ChainSpec) -> Result<(), SpecError> {
    let Some(stake) = &spec.staking else { return Ok(()) };
    stake.parameters.check()?;
    let numbers = &stake.parameters;
    let sessions = u64::from(numbers.bonding.bonding_eras)
        .saturating_mul(numbers.eras.sessions_per_era.into());
    if sessions.saturating_mul(spec.params.epoch_slots) > spec.params.bonding_slots {
        return Err(SpecError::BondingAboveVotes(spec.params.bonding_slots));
    }
    let balances: BTreeMap<AccountId, Balance> = spec.balances.iter().copied().collect();
    let deposit = spec.parameters.existential_deposit;
    let spendable = |account: &AccountId| {
        balances.get(account).copied().unwrap_or_default().saturating_sub(deposit)
    };
    let bounds = &numbers.election;
    let known: BTreeSet<AccountId> = spec.validators.iter().map(|one| one.account).collect();
    let mut stakers = BTreeSet::new();
    let validators = spec.validators.iter().map(|one| (one.account, Role::Validator));
    let nominators = stake.nominators.iter().map(|one| (one.account, Role::Nominator(one)));
    let mut counts = [bounds.candidates_max, bounds.nominators_max];
    for (account, role) in validators.chain(nominators) {
        let refuse = |why| Err(SpecError::Stake { account, why });
        let [candidates, nominators] = &mut counts;
        let (bond, least, room) = match role {
            Role::Validator => {
                (stake.validator_bond, numbers.bonding.min_validator_bond, candidates)
            }
            Role::Nominator(one) => (one.bond, numbers.bonding.min_nominator_bond, nominators),
        };
        let Some(left) = room.checked_sub(1) else {
            return refuse("does not fit: more stake than candidates_max or nominators_max allow");
        };
        *room = left;
        if !stakers.insert(account) {
            return refuse("stakes twice");
        }
        if bond < least.max(deposit).max(Balance(1)) {
            return refuse("bonds less than the least bond");
        }
        if bond > spendable(&account) {
            return refuse("bonds more than its balance without the existential deposit");
        }
        if let Some(why) = wrong(role, &known, stake) {
            return refuse(why);
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Role<'a> {
    Validator,
    Nominator(&'a GenesisNominator),
}

/// What a call would refuse about commission or targets.
fn wrong(role: Role<'_>, known: &BTreeSet<AccountId>, stake: &StakingSpec) -> Option<&'static str> {
    let numbers = &stake.parameters.bonding;
    match role {
        Role::Validator => (stake.commission < numbers.min_commission)
            .then_some("has a commission below min_commission"),
        Role::Nominator(one) => {
            let most = usize::try_from(numbers.nominations_max).unwrap_or(usize::MAX);
            let distinct: BTreeSet<&AccountId> = one.targets.iter().collect();
            let sound = (1..=most).contains(&one.targets.len())
                && distinct.len() == one.targets.len()
                && distinct.iter().all(|target| known.contains(target));
            (!sound).then_some("must nominate 1 to nominations_max different validators")
        }
    }
}
