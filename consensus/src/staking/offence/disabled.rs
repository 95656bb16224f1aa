//! Who may author no more in this era, because of an offence.
//!
//! At most `(n - 1) / 3` validators are disabled, so that an attack cannot stop the chain by having many disabled.
//! Where the places are taken a worse offender takes that of the mildest, who is enabled again (polkadot-sdk,
//! `UpToLimitWithReEnablingDisablingStrategy`, factor 3). Finality weight is not touched: the voters of a set stay
//! the voters until the next set.

use crate::staking::perbill::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::AccountId;

/// The disabled validators of an era and how severe their offences are; ordered by account, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Disabled {
    members: Vec<(AccountId, Perbill)>,
}

/// What an offence changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabling {
    /// The offender has a place now.
    Disabled,
    /// It took the place of this one.
    InPlaceOf(AccountId),
    /// It had a place already, or none is left for so mild an offence.
    Unchanged,
}

/// Places for disabled validators among `validators`.
#[must_use]
pub const fn disabled_max(validators: u32) -> u32 {
    validators.saturating_sub(1).div_euclid(3)
}

impl Disabled {
    /// Whether `account` is disabled.
    #[must_use]
    pub fn contains(&self, account: &AccountId) -> bool {
        self.place(account).is_ok()
    }

    /// The disabled ones and the severity of their worst offences.
    #[must_use]
    pub fn members(&self) -> &[(AccountId, Perbill)] {
        &self.members
    }

    fn place(&self, account: &AccountId) -> Result<usize, usize> {
        self.members.binary_search_by_key(account, |(member, _)| *member)
    }

    /// Counts an offence of `account`, one of `validators`.
    pub fn count(&mut self, account: AccountId, severity: Perbill, validators: u32) -> Disabling {
        match self.place(&account) {
            Ok(place) => {
                if let Some((_, known)) = self.members.get_mut(place) {
                    *known = severity.max(*known);
                }
                return Disabling::Unchanged;
            }
            Err(_) if self.members.len() < places(validators) => {
                self.insert(account, severity);
                return Disabling::Disabled;
            }
            Err(_) => {}
        }
        let mildest = self.members.iter().min_by_key(|(_, severity)| *severity).copied();
        match mildest {
            Some((mildest, least)) if least < severity => {
                self.members.retain(|(member, _)| *member != mildest);
                self.insert(account, severity);
                Disabling::InPlaceOf(mildest)
            }
            Some(_) | None => Disabling::Unchanged,
        }
    }

    fn insert(&mut self, account: AccountId, severity: Perbill) {
        if let Err(place) = self.place(&account) {
            self.members.insert(place, (account, severity));
        }
    }
}

fn places(validators: u32) -> usize {
    usize::try_from(disabled_max(validators)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn account(number: u8) -> AccountId {
        AccountId([number; 32])
    }

    #[test]
    fn a_worse_offender_takes_the_place_of_the_mildest() {
        let share = Perbill::from_percent;
        let mut disabled = Disabled::default();
        #[rustfmt::skip]
        let steps = [
            (1, 10, Disabling::Disabled,             "the first of two places among seven"),
            (1, 30, Disabling::Unchanged,            "it has a place; the offence is remembered as 30 %"),
            (2, 20, Disabling::Disabled,             "the second place"),
            (3, 20, Disabling::Unchanged,            "no milder one is there"),
            (3, 25, Disabling::InPlaceOf(account(2)), "20 % is milder"),
            (4, 26, Disabling::InPlaceOf(account(3)), "25 % is milder, 30 % stays"),
        ];
        for (number, percent, expected, why) in steps {
            assert_eq!(disabled.count(account(number), share(percent), 7), expected, "{why}");
        }
        let members: Vec<_> = disabled.members().iter().map(|(member, _)| *member).collect();
        assert_eq!(members, [account(1), account(4)]);
    }

    #[test]
    fn a_third_of_the_validators_is_never_disabled() {
        for (validators, places) in [(0, 0), (1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (1_000, 333)] {
            assert_eq!(disabled_max(validators), places, "{validators}");
            let mut disabled = Disabled::default();
            for number in 0..10 {
                disabled.count(account(number), Perbill::ONE, validators);
            }
            assert_eq!(disabled.members().len(), usize::try_from(places.min(10)).unwrap());
        }
    }
}
