//! The rows of an era: written when its set is elected, read for rewards and slashes, deleted bit by bit.
//!
//! # Invariants
//! 1. An exposure's total is its own stake and that of every nominator on its pages; an era's stake is the sum over its validators.
//! 2. An era's points are the sum over its validators.
//! 3. Rows of an era are there until `history_eras` and the bonding duration have passed, whichever is longer.
//!
//! # Bounds
//! [`ROWS_PRUNED`] rows are deleted a block.

use super::{EraInfo, Exposure, Seat, active_era, elected_era};
use crate::staking::offence::Exposures;
use crate::staking::{Context, Perbill};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::{StateRead, read};
use serin_state::types::{AccountId, Balance, Era, Slot};
use std::collections::BTreeSet;

/// Rows of old eras that one block deletes.
pub const ROWS_PRUNED: u32 = 64;

/// Who stands behind a validator with how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backing {
    /// The validator.
    pub account: AccountId,
    /// What it takes of its rewards before they are shared.
    pub commission: Perbill,
    /// Its own stake.
    pub own: Balance,
    /// Its nominators, none with nothing.
    pub nominators: Vec<(AccountId, Balance)>,
}

impl Backing {
    /// All that stands behind the validator.
    #[must_use]
    pub fn total(&self) -> Balance {
        self.nominators.iter().fold(self.own, |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

/// The rows of eras, as offences ask for them.
#[derive(Clone, Copy, Debug)]
pub struct Rows;

impl Exposures for Rows {
    fn page<R: StateRead>(
        context: &Context<'_, R>,
        era: Era,
        account: AccountId,
        page: u32,
    ) -> Option<Vec<(AccountId, Balance)>> {
        let exposure = exposure(context.state, era, account)?;
        let size = era_info(context.state, era)?.page;
        let own = (page == 0).then_some((account, exposure.own));
        let nominators = exposure_page(context.state, era, account, page);
        (page < exposure.pages(size)).then(|| own.into_iter().chain(nominators).collect())
    }
}

/// How far old eras are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Pruning {
    /// The oldest era with rows.
    era: Era,
    /// Validators of it that are done.
    seat: u32,
    /// Pages of the next validator that are done.
    page: u32,
}

/// What is known of an era; `None` for one without elected set, and for one that is forgotten.
#[must_use]
pub fn era_info(state: &(impl StateRead + ?Sized), era: Era) -> Option<EraInfo> {
    read(state, &Item::EraInfo(era).key())
}

/// Who was elected for an era, in the order of the authorities; nobody where that is not known.
#[must_use]
pub fn seats(state: &(impl StateRead + ?Sized), era: Era) -> Vec<Seat> {
    read(state, &Item::EraValidators(era).key()).unwrap_or_default()
}

/// What stood behind a validator in an era.
#[must_use]
pub fn exposure(
    state: &(impl StateRead + ?Sized),
    era: Era,
    validator: AccountId,
) -> Option<Exposure> {
    read(state, &Item::Exposure(era, validator).key())
}

/// The nominators on a page of an exposure, with what each stood for.
#[must_use]
pub fn exposure_page(
    state: &(impl StateRead + ?Sized),
    era: Era,
    validator: AccountId,
    page: u32,
) -> Vec<(AccountId, Balance)> {
    read(state, &Item::ExposurePage(era, validator, page).key()).unwrap_or_default()
}

/// The oldest era of which there are rows.
#[must_use]
pub fn oldest_era(state: &(impl StateRead + ?Sized)) -> Era {
    read::<Pruning>(state, &Item::EraPruning.key()).unwrap_or_default().era
}

/// Everybody who has a seat in an era of which there are rows.
#[must_use]
pub fn seated(state: &(impl StateRead + ?Sized)) -> BTreeSet<AccountId> {
    let eras = (oldest_era(state).0..=elected_era(state).0).map(Era);
    eras.flat_map(|era| seats(state, era)).map(|seat| seat.account).collect()
}

/// Every item of eras in a state; of those that are half deleted, all that there were.
#[must_use]
pub fn items(state: &(impl StateRead + ?Sized)) -> Vec<Item> {
    let mut items = vec![Item::EraPruning];
    for era in (oldest_era(state).0..=elected_era(state).0).map(Era) {
        items.extend([Item::EraInfo(era), Item::EraValidators(era)]);
        let size = era_info(state, era).map_or(1, |info| info.page);
        for Seat { account, .. } in seats(state, era) {
            items.push(Item::Exposure(era, account));
            let pages = exposure(state, era, account).map_or(0, |one| one.pages(size));
            items.extend((0..pages).map(|page| Item::ExposurePage(era, account, page)));
        }
    }
    items
}

impl Exposure {
    /// How many pages of `size` nominators it has: at least the one that pays the validator.
    #[must_use]
    pub fn pages(&self, size: u32) -> u32 {
        self.nominators.div_ceil(size.max(1)).max(1)
    }

    /// Whether a page was paid.
    #[must_use]
    pub fn is_paid(&self, page: u32) -> bool {
        let (byte, bit) = place_of(page);
        self.paid.get(byte).is_some_and(|byte| byte & bit != 0)
    }

    /// Marks a page as paid.
    pub(super) fn pay(&mut self, page: u32) {
        let (byte, bit) = place_of(page);
        if self.paid.len() <= byte {
            self.paid.resize(byte.saturating_add(1), 0);
        }
        if let Some(byte) = self.paid.get_mut(byte) {
            *byte |= bit;
        }
    }
}

fn place_of(page: u32) -> (usize, u8) {
    let byte = usize::try_from(page.div_euclid(8)).unwrap_or(usize::MAX);
    (byte, 1_u8.checked_shl(page.rem_euclid(8)).unwrap_or(0))
}

/// Writes the rows of `era` for a set that begins with `session`; what stands behind all of it.
pub(super) fn write<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    session: u64,
    set: &[(Seat, Backing)],
) -> Balance {
    let page = context.parameters.eras.exposure_page.max(1);
    let size = usize::try_from(page).unwrap_or(usize::MAX);
    let mut stake = Balance::ZERO;
    for (_, backing) in set {
        let total = backing.total();
        let own_alone = context.mutated(Mutation::ST06) && !backing.nominators.is_empty();
        let total = if own_alone { backing.own } else { total };
        let exposure = Exposure {
            own: backing.own,
            total,
            nominators: u32::try_from(backing.nominators.len()).unwrap_or(u32::MAX),
            commission: backing.commission,
            points: 0,
            paid: Vec::new(),
        };
        stake = stake.saturating_add(total);
        context.write(Item::Exposure(era, backing.account), &exposure);
        for (number, nominators) in (0..).zip(backing.nominators.chunks(size)) {
            context.write(Item::ExposurePage(era, backing.account, number), &nominators);
        }
    }
    let seats: Vec<Seat> = set.iter().map(|(seat, _)| *seat).collect();
    context.write(Item::EraValidators(era), &seats);
    let start = Slot::ZERO;
    let info = EraInfo { session, start, stake, page, points: 0, pay: None };
    context.write(Item::EraInfo(era), &info);
    stake
}

/// Counts a block of `author` in the era. The first block of a chain begins its first era: the slots before it are not paid for.
pub fn note_author<R: StateRead>(context: &mut Context<'_, R>, author: AccountId) {
    let era = context.now.era;
    let points = context.parameters.eras.points_per_block;
    let Some(mut exposure) = exposure(context.state, era, author) else { return };
    let Some(mut info) = era_info(context.state, era) else { return };
    let twice = if context.mutated(Mutation::ST05) { points } else { 0 };
    exposure.points = exposure.points.saturating_add(points).saturating_add(twice);
    if info.start == Slot::ZERO {
        info.start = context.now.slot;
    }
    info.points = info.points.saturating_add(points.into());
    context.write(Item::Exposure(era, author), &exposure);
    context.write(Item::EraInfo(era), &info);
}

/// There is nothing before `era`.
pub(super) fn begin_history<R: StateRead>(context: &mut Context<'_, R>, era: Era) {
    context.write(Item::EraPruning, &Pruning { era, seat: 0, page: 0 });
}

/// Deletes some rows of eras that nobody can claim or be slashed for any more.
pub fn prune<R: StateRead>(context: &mut Context<'_, R>) {
    let mut pruning: Pruning = context.read(Item::EraPruning).unwrap_or_default();
    let numbers = context.parameters;
    let kept = numbers.eras.history_eras.max(numbers.bonding.bonding_eras);
    if pruning.era.saturating_add(kept) >= active_era(context.state) {
        return;
    }
    let era = pruning.era;
    let page = era_info(context.state, era).map_or(1, |info| info.page);
    let mut left = ROWS_PRUNED;
    let done = usize::try_from(pruning.seat).unwrap_or(usize::MAX);
    for Seat { account, .. } in seats(context.state, era).into_iter().skip(done) {
        let pages = exposure(context.state, era, account).map_or(0, |one| one.pages(page));
        while pruning.page < pages && left > 0 {
            context.delete(Item::ExposurePage(era, account, pruning.page));
            pruning.page = pruning.page.saturating_add(1);
            left = left.saturating_sub(1);
        }
        if left == 0 {
            context.write(Item::EraPruning, &pruning);
            return;
        }
        context.delete(Item::Exposure(era, account));
        left = left.saturating_sub(1);
        pruning = Pruning { era, seat: pruning.seat.saturating_add(1), page: 0 };
    }
    context.delete(Item::EraValidators(era));
    context.delete(Item::EraInfo(era));
    context.write(Item::EraPruning, &Pruning { era: era.saturating_add(1), seat: 0, page: 0 });
}
