//! The pages of one track that a call works on: each read once, and written once where it changed.
//!
//! A call that fails before [`Pages::store`] has written nothing.

use super::Polls;
use super::ballots::Page;
use crate::tally::Tally;
use crate::{Context, ReferendumIndex, TrackId};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use std::collections::BTreeMap;

/// Pages read so far.
#[derive(Debug)]
pub(super) struct Pages {
    track: TrackId,
    read: BTreeMap<u32, Read>,
    changed: Vec<ReferendumIndex>,
}

#[derive(Debug)]
struct Read {
    page: Page,
    is_changed: bool,
}

impl Pages {
    pub(super) const fn new(track: TrackId) -> Self {
        Self { track, read: BTreeMap::new(), changed: Vec::new() }
    }

    /// The tally of `index`, said to be on page `at`; `None` where it is no longer ongoing.
    pub(super) fn get<R: StateRead>(
        &mut self,
        ctx: &Context<'_, R>,
        at: u32,
        index: ReferendumIndex,
    ) -> Option<Tally> {
        let item = Item::TallyPage(self.track.0, at);
        let read = self.read.entry(at).or_insert_with(|| Read {
            page: ctx.read(item).unwrap_or_default(),
            is_changed: false,
        });
        read.page.get(index)
    }

    /// Sets the tally of `index`, which [`Pages::get`] has found on page `at`.
    pub(super) fn set(&mut self, at: u32, index: ReferendumIndex, tally: Tally) {
        if let Some(read) = self.read.get_mut(&at)
            && read.page.set(index, tally)
        {
            read.is_changed = true;
            self.changed.push(index);
        }
    }

    /// Writes what changed and tells whoever conducts the referenda.
    pub(super) fn store<P: Polls, R: StateRead>(self, ctx: &mut Context<'_, R>) {
        let Self { track, read, mut changed } = self;
        for (at, Read { page, .. }) in read.into_iter().filter(|(_, read)| read.is_changed) {
            ctx.write(Item::TallyPage(track.0, at), &page);
        }
        changed.sort_unstable();
        changed.dedup();
        if !changed.is_empty() {
            P::on_tallies_changed(ctx, track, &changed);
        }
    }
}
