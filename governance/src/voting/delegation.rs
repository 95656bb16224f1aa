//! Delegation: another votes with one's weight, on one track or on all.
//!
//! # Cost
//! One delegation reads and writes the record of the delegator, the record of the delegate, the locks and the
//! account of the delegator, and the pages of the track's tallies on which the delegate has votes: one page
//! while the track has at most [`super::ballots::PAGE_MAX`] open referenda. None of it is more rows for more
//! votes of the delegate, more delegators or more voters; a vote costs two additions in memory.
//!
//! A delegation to one who delegates himself waits, and counts for nothing until he votes himself.

use super::cast::{lock_end, votes_max};
use super::pages::Pages;
use super::{Conviction, Delegation, Polls, Power, Record, VotingError, VotingEvent, locks};
use crate::tally::Tally;
use crate::{Context, Error, TrackId};
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// Lets another vote with the weight of `who` on one track.
///
/// # Errors
/// [`VotingError::Nonsense`], [`VotingError::BadClass`], [`VotingError::InsufficientFunds`],
/// [`VotingError::AlreadyDelegating`], [`VotingError::AlreadyVoting`], and of the ledger. Nothing has changed
/// then.
pub(super) fn delegate<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    track: TrackId,
    delegation: Delegation,
) -> Result<(), Error> {
    if who == delegation.target {
        return Err(VotingError::Nonsense.into());
    }
    if P::tracks(ctx).binary_search(&track).is_err() {
        return Err(VotingError::BadClass.into());
    }
    if delegation.balance > ctx.ledger().account(who).total() {
        return Err(VotingError::InsufficientFunds.into());
    }
    let mut record = Record::read(ctx, who, track);
    if record.delegation.is_some() {
        return Err(VotingError::AlreadyDelegating.into());
    }
    if !record.votes.is_empty() && !ctx.parameters.voting.vote_while_delegating {
        return Err(VotingError::AlreadyVoting.into());
    }
    let (target, power) = (delegation.target, delegation.power());
    let mut delegate = Record::read(ctx, target, track);
    for own in &record.votes {
        if !delegate.retract(own.index, power, votes_max(ctx)) {
            return Err(VotingError::MaxVotesReached.into());
        }
    }
    if !ctx.mutated(Mutation::GV03) {
        delegate.received = delegate.received.saturating_add(power);
    }
    locks::extend(ctx, who, track, delegation.balance)?;
    record.delegation = Some(delegation);
    record.write(ctx, who, track);
    delegate.write(ctx, target, track);
    lend::<P, R>(ctx, (track, &record), &delegate, |tally, side| tally.raised(side, power));
    ctx.event(VotingEvent::Delegated { who, target, track });
    Ok(())
}

/// Ends the delegation of `who` on one track. The lock of its conviction starts now.
///
/// # Errors
/// [`VotingError::NotDelegating`]. Nothing has changed then.
pub(super) fn undelegate<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    track: TrackId,
) -> Result<(), Error> {
    let mut record = Record::read(ctx, who, track);
    let delegation = record.delegation.take().ok_or(VotingError::NotDelegating)?;
    let (target, power) = (delegation.target, delegation.power());
    let mut delegate = Record::read(ctx, target, track);
    for own in &record.votes {
        delegate.restore(own.index, power);
    }
    delegate.received = delegate.received.saturating_sub(power);
    let until = lock_end(ctx, ctx.now, delegation.conviction.lock_periods());
    if !ctx.mutated(Mutation::GV04) {
        record.prior.accumulate(until, delegation.balance);
    }
    record.write(ctx, who, track);
    delegate.write(ctx, target, track);
    if !ctx.mutated(Mutation::GV01) {
        lend::<P, R>(ctx, (track, &record), &delegate, |tally, side| tally.lowered(side, power));
    }
    ctx.event(VotingEvent::Undelegated { who, track });
    Ok(())
}

/// [`delegate`] on every track, or on none.
///
/// # Errors
/// As [`delegate`], for the first track that refuses. Nothing has changed then.
pub(super) fn delegate_all<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    delegation: Delegation,
) -> Result<(), Error> {
    let events = ctx.events.len();
    ctx.state.begin();
    let mut tracks = P::tracks(ctx).into_iter();
    if let Err(error) = tracks.try_for_each(|track| delegate::<P, R>(ctx, who, track, delegation)) {
        // Raising a freeze leaves no dust, so that the state and the events are all there is to undo.
        ctx.state.discard();
        ctx.events.truncate(events);
        return Err(error);
    }
    ctx.state.keep();
    Ok(())
}

/// [`undelegate`] on every track on which `who` delegates.
///
/// # Errors
/// [`VotingError::NotDelegating`] where there is none.
pub(super) fn undelegate_all<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
) -> Result<(), Error> {
    let mut tracks = P::tracks(ctx);
    tracks.retain(|track| Record::read(ctx, who, *track).delegation.is_some());
    if tracks.is_empty() {
        return Err(VotingError::NotDelegating.into());
    }
    tracks.into_iter().try_for_each(|track| undelegate::<P, R>(ctx, who, track))
}

/// Changes the tallies of the ongoing referenda that the delegate has voted on in a way that carries, and the
/// delegator has not.
fn lend<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    (track, delegator): (TrackId, &Record),
    delegate: &Record,
    change: impl Fn(Tally, super::Side) -> Tally,
) {
    let abstention_carries = ctx.parameters.voting.abstention_carries;
    let mut pages = Pages::new(track);
    for cast in &delegate.votes {
        if let Some(side) = cast.vote.carries(abstention_carries)
            && delegator.cast(cast.index).is_none()
            && let Some(tally) = pages.get(ctx, cast.page, cast.index)
        {
            pages.set(cast.page, cast.index, change(tally, side));
        }
    }
    pages.store::<P, R>(ctx);
}

impl Delegation {
    /// A delegation of `balance` to `target`.
    #[must_use]
    pub const fn new(target: AccountId, conviction: Conviction, balance: Balance) -> Self {
        Self { target, conviction, balance }
    }

    /// What the delegate votes with for it.
    #[must_use]
    pub fn power(&self) -> Power {
        self.conviction.power(self.balance)
    }
}
