//! Who offended together, and how far each is to be slashed for an era.
//!
//! One [`Offence`] row a place holds its distinct offenders; when one more is reported, all of them rise to the new
//! share. One [`Slash`] row a validator and era holds the largest share of all its offences of that era and what of it
//! was taken: a share is taken once, and a later rise costs the difference only.
//!
//! # Invariants
//! 1. `taken <= share` in every [`Slash`]; both only grow.
//! 2. A slash with `taken < share` waits in exactly one queue.
//!
//! # Bounds
//! Rows of an era are listed and removed, [`FORGET_MAX`] a block, once it can no longer be slashed. An offence has at
//! most as many offenders as its set has members.

use super::{OffenceEvent, Place, slash_fraction};
use crate::staking::{Context, Perbill};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::{AccountId, Era};

/// Rows of past eras that are removed in a block at most.
pub const FORGET_MAX: usize = 64;

/// Entries of a page of the list of an era's rows.
const PAGE: u32 = 64;

/// Offences of one kind in one place.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offence {
    /// How many validators the session had.
    pub validators: u32,
    /// The distinct offenders, in order.
    pub offenders: Vec<AccountId>,
}

/// What a validator loses for an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Slash {
    /// The largest share of its offences.
    pub share: Perbill,
    /// What of it was taken, or cancelled.
    pub taken: Perbill,
    /// Who reported first.
    pub reporter: AccountId,
    /// The era in which the rest is taken, while there is a rest.
    pub due: Option<Era>,
}

/// A row that belongs to an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
enum Row {
    Offence(Place),
    Slash(AccountId),
}

fn place_item(place: Place) -> Item {
    match place {
        Place::Slot(slot) => Item::Offence { kind: 0, set: 0, time: slot.0 },
        Place::Round(set, round) => Item::Offence { kind: 1, set: set.0, time: round.0 },
    }
}

/// The offences at `place`.
#[must_use]
pub fn offence<R: StateRead>(context: &Context<'_, R>, place: Place) -> Option<Offence> {
    context.read(place_item(place))
}

/// What `account` loses for `era`.
#[must_use]
pub fn slash_of<R: StateRead>(
    context: &Context<'_, R>,
    era: Era,
    account: AccountId,
) -> Option<Slash> {
    context.read(Item::Slash(era, account))
}

/// Adds an offender to those of `place`; `false` where it is known there.
pub(super) fn add<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    place: Place,
    offender: AccountId,
    validators: u32,
) -> Option<Offence> {
    let known = offence(context, place);
    let is_new = known.is_none();
    let mut offence = known.unwrap_or_else(|| Offence { validators, offenders: Vec::new() });
    let at = offence.offenders.binary_search(&offender).err()?;
    offence.offenders.insert(at, offender);
    context.write(place_item(place), &offence);
    if is_new {
        list(context, era, Row::Offence(place));
    }
    Some(offence)
}

/// The share of each offender of an offence.
pub(super) fn share_of(offence: &Offence) -> Perbill {
    let together = u32::try_from(offence.offenders.len()).unwrap_or(u32::MAX);
    slash_fraction(together, offence.validators)
}

/// Raises what `account` loses for `era` to `share`, if that is more, and queues the rest.
pub(super) fn raise<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    account: AccountId,
    share: Perbill,
    reporter: AccountId,
) {
    let known = slash_of(context, era, account);
    let mut slash =
        known.unwrap_or(Slash { share: Perbill::ZERO, taken: Perbill::ZERO, reporter, due: None });
    if share <= slash.share {
        return;
    }
    slash.share = share;
    if slash.due.is_none() {
        let due = due_era(context, era);
        slash.due = Some(due);
        super::slash::queue(context, due, era, account);
    }
    context.write(Item::Slash(era, account), &slash);
    if known.is_none() {
        list(context, era, Row::Slash(account));
    }
    context.event(OffenceEvent::SlashReported { era, account, share, due: slash.due });
}

/// A slash for `era` is taken so many eras later, or now where that has passed (pallet-staking: `slash_era +
/// SlashDeferDuration + 1`, so always before the stake of that era is free).
fn due_era<R: StateRead>(context: &Context<'_, R>, era: Era) -> Era {
    let defer = context.parameters.offences.slash_defer_eras;
    let due = if defer == 0 { era } else { era.saturating_add(defer).saturating_add(1) };
    due.max(context.now.era)
}

fn list<R: StateRead>(context: &mut Context<'_, R>, era: Era, row: Row) {
    let count: u32 = context.read(Item::OffenceCount(era)).unwrap_or_default();
    let page = Item::OffenceList(era, count.div_euclid(PAGE));
    let mut rows: Vec<Row> = context.read(page).unwrap_or_default();
    rows.push(row);
    context.write(page, &rows);
    context.write(Item::OffenceCount(era), &count.saturating_add(1));
}

/// Every item that offences and slashes of `era` may have written: for whoever looks through a whole state.
#[must_use]
pub fn items_of(state: &(impl StateRead + ?Sized), era: Era) -> Vec<Item> {
    let count: u32 = read(state, &Item::OffenceCount(era).key()).unwrap_or_default();
    let mut items = vec![Item::OffenceCount(era), Item::SlashQueue(era)];
    for page in 0..count.div_ceil(PAGE) {
        let page = Item::OffenceList(era, page);
        let rows: Vec<Row> = read(state, &page.key()).unwrap_or_default();
        items.push(page);
        items.extend(rows.into_iter().map(|row| match row {
            Row::Offence(place) => place_item(place),
            Row::Slash(account) => Item::Slash(era, account),
        }));
    }
    items
}

/// Removes rows of eras that can no longer be slashed, a bounded number.
pub(super) fn forget<R: StateRead>(context: &mut Context<'_, R>) {
    let first: Era = context.read(Item::OffencesKept).unwrap_or_default();
    let bonding = context.parameters.bonding.bonding_eras;
    if first.saturating_add(bonding).saturating_add(1) >= context.now.era {
        return;
    }
    let count: u32 = context.read(Item::OffenceCount(first)).unwrap_or_default();
    let Some(page) = count.checked_sub(1).map(|last| last.div_euclid(PAGE)) else {
        context.write(Item::OffencesKept, &first.saturating_add(1));
        return;
    };
    let rows: Vec<Row> = context.read(Item::OffenceList(first, page)).unwrap_or_default();
    for row in rows {
        match row {
            Row::Offence(place) => context.delete(place_item(place)),
            Row::Slash(account) => context.delete(Item::Slash(first, account)),
        }
    }
    context.delete(Item::OffenceList(first, page));
    if page == 0 {
        context.delete(Item::OffenceCount(first));
        context.write(Item::OffencesKept, &first.saturating_add(1));
    } else {
        context.write(Item::OffenceCount(first), &page.saturating_mul(PAGE));
    }
}

/// Every item of offences in a state, of the eras up to `last`.
#[must_use]
pub fn items(state: &(impl StateRead + ?Sized), last: Era) -> Vec<Item> {
    let mut items = vec![Item::SlashWork, Item::SlashesDone, Item::Disabled, Item::OffencesKept];
    let first: Era = read(state, &Item::OffencesKept.key()).unwrap_or_default();
    for era in (first.0..=last.0).map(Era) {
        items.extend([Item::SlashQueue(era), Item::OffenceCount(era)]);
        let count: u32 = read(state, &Item::OffenceCount(era).key()).unwrap_or_default();
        for page in 0..count.div_ceil(PAGE) {
            let page = Item::OffenceList(era, page);
            items.push(page);
            let rows: Vec<Row> = read(state, &page.key()).unwrap_or_default();
            items.extend(rows.into_iter().map(|row| match row {
                Row::Offence(place) => place_item(place),
                Row::Slash(account) => Item::Slash(era, account),
            }));
        }
    }
    items
}
