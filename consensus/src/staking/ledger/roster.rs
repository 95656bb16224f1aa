//! The list of all candidates, and that of all nominators: paged, without an order that means anything.
//!
//! Who leaves is replaced by the last, so that a change touches two pages at most. The row of a member knows its
//! place; the pages hold ids alone, so that a snapshot reads them all quickly.
//!
//! # Bounds
//! [`PAGE`] ids a page; the callers bound how many members there are.

use super::{Candidate, Nominations};
use crate::staking::Context;
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::types::AccountId;

/// Ids on a page: 4 KiB.
const PAGE: u32 = 128;

/// Which roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Those who want to be elected.
    Candidates,
    /// Those who nominate.
    Nominators,
}

impl Kind {
    const fn tag(self) -> u8 {
        match self {
            Self::Candidates => 0,
            Self::Nominators => 1,
        }
    }

    /// How many members it has.
    #[must_use]
    pub fn len(self, state: &(impl StateRead + ?Sized)) -> u32 {
        read(state, &Item::RosterLength(self.tag()).key()).unwrap_or(0)
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(self, state: &(impl StateRead + ?Sized)) -> bool {
        self.len(state) == 0
    }

    /// All members, by their places.
    #[must_use]
    pub fn members(self, state: &(impl StateRead + ?Sized)) -> Vec<AccountId> {
        let pages = self.len(state).div_ceil(PAGE);
        let pages = (0..pages).map(|page| self.page(state, page));
        pages.flatten().collect()
    }

    fn page(self, state: &(impl StateRead + ?Sized), page: u32) -> Vec<AccountId> {
        read(state, &Item::Roster(self.tag(), page).key()).unwrap_or_default()
    }

    /// Adds `who` behind the last, and says where that is.
    pub(super) fn join<R: StateRead>(self, context: &mut Context<'_, R>, who: AccountId) -> u32 {
        let place = self.len(context.state);
        let number = place.checked_div(PAGE).unwrap_or(0);
        let mut page = self.page(context.state, number);
        page.push(who);
        self.write(context, number, &page);
        self.set_len(context, place.saturating_add(1));
        place
    }

    /// Takes out whoever has `place`; the last takes it.
    pub(super) fn leave<R: StateRead>(self, context: &mut Context<'_, R>, place: u32) {
        let length = self.len(context.state);
        assert!(place < length, "invariant(roster): a member's place is in the roster");
        let last = length.saturating_sub(1);
        let number = last.checked_div(PAGE).unwrap_or(0);
        let mut page = self.page(context.state, number);
        let moved = page.pop();
        self.write(context, number, &page);
        self.set_len(context, last);
        if let Some(moved) = moved.filter(|_| place != last) {
            self.put(context, place, moved);
        }
    }

    /// Gives `place` to `who`.
    fn put<R: StateRead>(self, context: &mut Context<'_, R>, place: u32, who: AccountId) {
        let number = place.checked_div(PAGE).unwrap_or(0);
        let mut page = self.page(context.state, number);
        let within = usize::try_from(place.checked_rem(PAGE).unwrap_or(0)).unwrap_or(0);
        if let Some(slot) = page.get_mut(within) {
            *slot = who;
        }
        self.write(context, number, &page);
        match self {
            Self::Candidates => {
                if let Some(row) = context.read::<Candidate>(Item::Candidate(who)) {
                    context.write(Item::Candidate(who), &Candidate { place, ..row });
                }
            }
            Self::Nominators => {
                if let Some(row) = context.read::<Nominations>(Item::Nominator(who)) {
                    context.write(Item::Nominator(who), &Nominations { place, ..row });
                }
            }
        }
    }

    fn write<R: StateRead>(self, context: &mut Context<'_, R>, number: u32, page: &[AccountId]) {
        let item = Item::Roster(self.tag(), number);
        if page.is_empty() {
            context.delete(item);
        } else {
            context.state.put(item.key(), serin_state::codec::encode(page));
        }
    }

    fn set_len<R: StateRead>(self, context: &mut Context<'_, R>, length: u32) {
        let item = Item::RosterLength(self.tag());
        if length == 0 {
            context.delete(item);
        } else {
            context.write(item, &length);
        }
    }
}
