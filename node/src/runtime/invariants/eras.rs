//! What holds of eras after every block: rows name each other and their sums are sums.
//!
//! Read from the rows themselves. What a whole bond is exposed with is compared where the set was elected in the block of the state: later bonds
//! change and exposures do not.

use super::{Dump, Violation};
use serin_consensus::staking::election::Scale;
use serin_consensus::staking::era::{self, EraInfo, Exposure, Seat};
use serin_consensus::staking::ledger::Bond;
use serin_consensus::staking::offence::record;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::read;
use serin_state::types::{AccountId, Balance, Era};
use std::collections::BTreeMap;

/// Every key that eras and offences may have in `state`.
pub(super) fn keys(state: &Dump) -> Vec<StateKey> {
    let numbers = serin_consensus::staking::parameters(state);
    // A slash may wait for an era to come.
    let ahead = numbers.map_or(0, |numbers| numbers.bonding.bonding_eras);
    let last = era::elected_era(state).saturating_add(ahead);
    era::items(state).iter().chain(&record::items(state, last)).map(Item::key).collect()
}

/// Checks the rows of every era.
pub(super) fn check(state: &Dump) -> Result<(), Violation> {
    // The oldest may be half deleted.
    eras(state)
        .skip(1)
        .chain(Some(era::elected_era(state)))
        .try_for_each(|era| check_era(state, era))
}

/// Checks that what the newest set is exposed with is what was bonded, in the state after its election, to the last unit of a vote:
/// where the issuance is above 2^64 units, a vote stands for several ([`Scale`]), and what is left of a bond backs nobody, as on
/// Kusama.
///
/// # Errors
/// [`Violation::Exposed`]: somebody backs anybody and stands for more than it has bonded, or for less.
pub fn check_election(state: &Dump) -> Result<(), Violation> {
    let scale = Scale::of_issuance(read(state, &Item::Issuance.key()).unwrap_or_default());
    let era = era::elected_era(state);
    let mut exposed: BTreeMap<AccountId, Balance> = BTreeMap::new();
    for Seat { account, .. } in era::seats(state, era) {
        let Some(exposure) = era::exposure(state, era, account) else { continue };
        let pages = page_count(state, era, &exposure);
        let pages = (0..pages).flat_map(|page| era::exposure_page(state, era, account, page));
        for (who, amount) in pages.chain([(account, exposure.own)]) {
            let sum = exposed.entry(who).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    for (account, stated) in exposed {
        let bond: Bond = read(state, &Item::Bond(account).key()).unwrap_or_default();
        if stated != scale.balance(scale.vote(bond.active).into()) {
            return Err(Violation::Exposed { account, stated, active: bond.active });
        }
    }
    Ok(())
}

fn eras(state: &Dump) -> impl Iterator<Item = Era> + use<> {
    (era::oldest_era(state).0..=era::elected_era(state).0).map(Era)
}

fn page_count(state: &Dump, era: Era, exposure: &Exposure) -> u32 {
    exposure.pages(era::era_info(state, era).map_or(1, |info| info.page))
}

fn check_era(state: &Dump, era: Era) -> Result<(), Violation> {
    let seats = era::seats(state, era);
    let Some(EraInfo { stake, points, .. }) = era::era_info(state, era) else {
        return if seats.is_empty() { Ok(()) } else { Err(Violation::Era(era)) };
    };
    let (mut stakes, mut counted) = (Balance::ZERO, 0_u64);
    for Seat { account, weight } in seats {
        let exposure = era::exposure(state, era, account).ok_or(Violation::Era(era))?;
        let pages = page_count(state, era, &exposure);
        let backers: Vec<(AccountId, Balance)> =
            (0..pages).flat_map(|page| era::exposure_page(state, era, account, page)).collect();
        let sum = backers.iter().fold(exposure.own, |sum, (_, one)| sum.saturating_add(*one));
        let sound = usize::try_from(exposure.nominators) == Ok(backers.len()) && weight.0 > 0;
        if sum != exposure.total
            || !sound
            || !era::exposure_page(state, era, account, pages).is_empty()
        {
            return Err(Violation::Era(era));
        }
        stakes = stakes.saturating_add(exposure.total);
        counted = counted.saturating_add(exposure.points.into());
    }
    if stakes == stake && counted == points { Ok(()) } else { Err(Violation::Era(era)) }
}
