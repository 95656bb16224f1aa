//! Tallies of all ongoing referenda, in pages of one track.
//!
//! A delegation changes the tally of every referendum that the delegate has voted on. Were each tally a
//! row of its own, as published, that would be a row read and written for each of up to 512 votes. Here a
//! row holds the tallies of up to [`PAGE_MAX`] ongoing referenda of one track, and a vote remembers its page: a
//! delegation touches the pages of the track, one while the track has at most [`PAGE_MAX`] open.
//!
//! # Invariants
//! 1. A ballot row exists exactly for an ongoing referendum, and its page has the tally.
//! 2. A page is sorted by index, has no index twice and at most [`PAGE_MAX`] entries; an empty one is no row.
//! 3. The counts of a track's pages are those of the pages.
//!
//! # Bounds
//! A referendum is opened on the first page with room, so a track with n open ones has as many pages as it
//! needed at its peak, and those that are not empty are at most n. A page is below 3.4 kB.

use crate::tally::Tally;
use crate::{Context, ReferendumIndex, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;

/// Tallies a page has at most.
pub const PAGE_MAX: usize = 64;

/// Where the tally of an ongoing referendum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Place {
    pub(super) track: TrackId,
    pub(super) page: u32,
}

/// Tallies of one track, ascending by index.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Page(Vec<(ReferendumIndex, Tally)>);

/// Opens an empty tally: from here on the referendum can be voted on. Indices ascend.
pub fn open<R: StateRead>(ctx: &mut Context<'_, R>, track: TrackId, index: ReferendumIndex) {
    assert!(place(ctx, index).is_none(), "invariant(ballots): a referendum is opened once");
    let mut counts = counts(ctx, track);
    let free = counts.iter().position(|count| usize::from(*count) < PAGE_MAX);
    let at = free.unwrap_or(counts.len());
    if at == counts.len() {
        counts.push(0);
    }
    let Ok(page) = u32::try_from(at) else { return };
    let mut entries: Page = ctx.read(Item::TallyPage(track.0, page)).unwrap_or_default();
    if let Err(position) = entries.position(index) {
        entries.0.insert(position, (index, Tally::EMPTY));
    }
    set_count(&mut counts, at, entries.0.len());
    ctx.write(Item::TallyPage(track.0, page), &entries);
    ctx.write(Item::TallyPages(track.0), &counts);
    ctx.write(Item::Ballot(index.0), &Place { track, page });
}

/// Closes the tally of a referendum that has ended and returns it; `None` where it was not open. Votes on
/// it stay with their voters until they are removed.
pub fn close<R: StateRead>(ctx: &mut Context<'_, R>, index: ReferendumIndex) -> Option<Tally> {
    let Place { track, page } = place(ctx, index)?;
    let mut entries: Page = ctx.read(Item::TallyPage(track.0, page)).unwrap_or_default();
    let position = entries.position(index).ok()?;
    let (_, tally) = entries.0.remove(position);
    let mut counts = counts(ctx, track);
    set_count(&mut counts, usize::try_from(page).ok()?, entries.0.len());
    while counts.last() == Some(&0) {
        counts.pop();
    }
    if entries.0.is_empty() {
        ctx.delete(Item::TallyPage(track.0, page));
    } else {
        ctx.write(Item::TallyPage(track.0, page), &entries);
    }
    if counts.is_empty() {
        ctx.delete(Item::TallyPages(track.0));
    } else {
        ctx.write(Item::TallyPages(track.0), &counts);
    }
    ctx.delete(Item::Ballot(index.0));
    Some(tally)
}

/// How an ongoing referendum stands; `None` for every other.
#[must_use]
pub fn tally<R: StateRead>(ctx: &Context<'_, R>, index: ReferendumIndex) -> Option<Tally> {
    let Place { track, page } = place(ctx, index)?;
    let entries: Page = ctx.read(Item::TallyPage(track.0, page))?;
    entries.get(index)
}

/// How all ongoing referenda of a track stand, ascending by index. Reads one row a page.
#[must_use]
pub fn tallies<R: StateRead>(
    ctx: &Context<'_, R>,
    track: TrackId,
) -> Vec<(ReferendumIndex, Tally)> {
    let pages = 0..u32::try_from(counts(ctx, track).len()).unwrap_or(u32::MAX);
    let entries = pages.filter_map(|page| ctx.read::<Page>(Item::TallyPage(track.0, page)));
    let mut all: Vec<_> = entries.flat_map(|page| page.0).collect();
    all.sort_unstable_by_key(|(index, _)| *index);
    all
}

/// Where the tally of a referendum is, while it is ongoing.
pub(super) fn place<R: StateRead>(ctx: &Context<'_, R>, index: ReferendumIndex) -> Option<Place> {
    ctx.read(Item::Ballot(index.0))
}

impl Page {
    fn position(&self, index: ReferendumIndex) -> Result<usize, usize> {
        self.0.binary_search_by_key(&index, |(index, _)| *index)
    }

    /// The tally of `index`, if it is here.
    pub(super) fn get(&self, index: ReferendumIndex) -> Option<Tally> {
        let position = self.position(index).ok()?;
        self.0.get(position).map(|(_, tally)| *tally)
    }

    /// Sets the tally of `index`; false where it is not here.
    pub(super) fn set(&mut self, index: ReferendumIndex, tally: Tally) -> bool {
        let place = self.position(index).ok().and_then(|position| self.0.get_mut(position));
        place.map(|(_, place)| *place = tally).is_some()
    }
}

fn counts<R: StateRead>(ctx: &Context<'_, R>, track: TrackId) -> Vec<u8> {
    ctx.read(Item::TallyPages(track.0)).unwrap_or_default()
}

fn set_count(counts: &mut [u8], at: usize, count: usize) {
    assert!(count <= PAGE_MAX, "invariant(ballots): a page has room for what is on it");
    if let (Some(place), Ok(count)) = (counts.get_mut(at), u8::try_from(count)) {
        *place = count;
    }
}
