//! Voting, taking votes back, and freeing what they locked.
//!
//! Each function checks everything before it writes anything, in the order of pallet-conviction-voting 50,
//! so that the same refusal comes first.

use super::ballots::{self, Place};
use super::pages::Pages;
use super::{AccountVote, Cast, Polls, Power, Record, VotingError, VotingEvent, locks};
use crate::tally::Tally;
use crate::{Context, Error, ReferendumIndex, TrackId, participation};
use core::mem;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Slot};

/// What may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Every vote: it is the voter's own wish.
    Any,
    /// Only a vote without a lock, on an ended referendum.
    Expired,
}

/// Votes, or votes anew.
///
/// # Errors
/// [`VotingError::InsufficientFunds`], [`VotingError::NotOngoing`], [`VotingError::AlreadyDelegating`],
/// [`VotingError::MaxVotesReached`], and of the ledger. Nothing has changed then.
pub(super) fn vote<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    index: ReferendumIndex,
    vote: AccountVote,
) -> Result<(), Error> {
    if vote.balance() > ctx.ledger().account(who).total() {
        return Err(VotingError::InsufficientFunds.into());
    }
    let Place { track, page } = ballots::place(ctx, index).ok_or(VotingError::NotOngoing)?;
    let mut record = Record::read(ctx, who, track);
    if record.delegation.is_some() && !ctx.parameters.voting.vote_while_delegating {
        return Err(VotingError::AlreadyDelegating.into());
    }
    let mut pages = Pages::new(track);
    let mut tally = pages.get(ctx, page, index).ok_or(VotingError::NotOngoing)?;
    let mut delegate = None;
    let carried = record.carried(index);
    let cast = Cast { index, page, vote };
    match record.position(index) {
        Ok(at) => {
            if let Some(place) = record.votes.get_mut(at) {
                let former = mem::replace(place, cast);
                tally = exclude(ctx, tally, &former.vote, carried)?;
            }
        }
        Err(_) if record.votes.len() >= votes_max(ctx) => {
            return Err(VotingError::MaxVotesReached.into());
        }
        Err(at) => {
            record.votes.insert(at, cast);
            if !ctx.mutated(Mutation::GV08) {
                delegate = claw_back(ctx, &record, (track, index), &mut tally)?;
            }
        }
    }
    let tally = include(ctx, tally, &vote, carried)?;
    if !ctx.mutated(Mutation::GV05) {
        locks::extend(ctx, who, track, vote.balance())?;
    }
    write_both(ctx, track, (who, record), delegate);
    pages.set(page, index, tally);
    pages.store::<P, R>(ctx);
    ctx.event(VotingEvent::Voted { who, vote, index });
    Ok(())
}

/// Takes a vote back.
///
/// # Errors
/// [`VotingError::ClassNeeded`], [`VotingError::NotVoter`], [`VotingError::NoPermission`],
/// [`VotingError::NoPermissionYet`]. Nothing has changed then.
pub(super) fn remove<P: Polls, R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    (track, index): (Option<TrackId>, ReferendumIndex),
    scope: Scope,
) -> Result<(), Error> {
    let ongoing_on = ballots::place(ctx, index).map(|place| place.track);
    let track = track.or(ongoing_on).ok_or(VotingError::ClassNeeded)?;
    let mut record = Record::read(ctx, who, track);
    if record.is_published_delegator(ctx) {
        return Ok(());
    }
    let at = record.position(index).map_err(|_| VotingError::NotVoter)?;
    let carried = record.carried(index);
    let cast = record.votes.remove(at);
    let mut pages = Pages::new(track);
    let ongoing = pages.get(ctx, cast.page, index);
    let mut tally = ongoing.unwrap_or_default();
    if ongoing.is_some() {
        if scope == Scope::Expired {
            return Err(VotingError::NoPermission.into());
        }
        tally = exclude(ctx, tally, &cast.vote, carried)?;
    } else if let Some((until, amount)) = lock_left::<P, R>(ctx, &cast) {
        if scope == Scope::Expired {
            return Err(VotingError::NoPermissionYet.into());
        }
        if !ctx.mutated(Mutation::GV06) {
            record.prior.accumulate(until, amount);
        }
    }
    let delegate = if ctx.mutated(Mutation::GV07) {
        None
    } else {
        give_back(ctx, &record, (track, index), &mut tally)
    };
    write_both(ctx, track, (who, record), delegate);
    if ongoing.is_some() {
        pages.set(cast.page, index, tally);
        pages.store::<P, R>(ctx);
        ctx.event(VotingEvent::VoteRemoved { who, vote: cast.vote, index });
    } else if P::completed(ctx, index).is_some() {
        participation::reward(ctx, who, (index, &cast.vote));
    }
    Ok(())
}

/// Thaws what no vote on the track holds any longer. Succeeds where there is nothing to thaw, and on any
/// track number, as published.
///
/// # Errors
/// Of the ledger, which has no reason to refuse a lower freeze.
pub(super) fn unlock<R: StateRead>(
    ctx: &mut Context<'_, R>,
    target: AccountId,
    track: TrackId,
) -> Result<(), Error> {
    let mut record = Record::read(ctx, target, track);
    record.prior.expire(ctx.now);
    locks::set(ctx, target, track, record.locked())?;
    record.write(ctx, target, track);
    ctx.event(VotingEvent::VoteUnlocked { who: target, track });
    Ok(())
}

/// Votes that an account has on a track at most.
pub(super) fn votes_max<R: StateRead>(ctx: &Context<'_, R>) -> usize {
    usize::try_from(ctx.parameters.voting.votes_max).unwrap_or(usize::MAX)
}

/// When tokens that a winner or a former delegator has locked since `from` are free.
pub(super) fn lock_end<R: StateRead>(ctx: &Context<'_, R>, from: Slot, periods: u64) -> Slot {
    let slots = ctx.parameters.voting.locking_period_slots.saturating_mul(periods);
    Slot(from.0.saturating_add(slots))
}

/// What a vote on an ended referendum still locks, and until when.
fn lock_left<P: Polls, R: StateRead>(ctx: &Context<'_, R>, cast: &Cast) -> Option<(Slot, Balance)> {
    let completed = P::completed(ctx, cast.index)?;
    let (periods, amount) = cast.vote.locked_if(completed.approved)?;
    let until = lock_end(ctx, completed.ended, periods);
    (ctx.now < until).then_some((until, amount))
}

/// The tally with a vote and what it carries.
fn include<R: StateRead>(
    ctx: &Context<'_, R>,
    tally: Tally,
    vote: &AccountVote,
    carried: Power,
) -> Result<Tally, VotingError> {
    let tally = tally.with(vote).ok_or(VotingError::Overflow)?;
    let side = vote.carries(ctx.parameters.voting.abstention_carries);
    Ok(side.map_or(tally, |side| tally.raised(side, carried)))
}

/// The tally without a vote and what it carried.
fn exclude<R: StateRead>(
    ctx: &Context<'_, R>,
    tally: Tally,
    vote: &AccountVote,
    carried: Power,
) -> Result<Tally, VotingError> {
    let tally = tally.without(vote).ok_or(VotingError::Overflow)?;
    let side = vote.carries(ctx.parameters.voting.abstention_carries);
    let side = side.filter(|_| !ctx.mutated(Mutation::GV02));
    Ok(side.map_or(tally, |side| tally.lowered(side, carried)))
}

/// A delegate whose record changes with the vote of one who delegated to it.
type Delegate = Option<(AccountId, Record)>;

/// Takes the weight of a delegator who votes himself away from the delegate, on this referendum (RFC-150).
fn claw_back<R: StateRead>(
    ctx: &Context<'_, R>,
    record: &Record,
    (track, index): (TrackId, ReferendumIndex),
    tally: &mut Tally,
) -> Result<Delegate, VotingError> {
    let Some(delegation) = record.delegation else { return Ok(None) };
    let mut delegate = Record::read(ctx, delegation.target, track);
    let before = delegate.carried(index);
    if !delegate.retract(index, delegation.power(), votes_max(ctx)) {
        return Err(VotingError::MaxVotesReached);
    }
    shift(ctx, &delegate, (index, before), tally);
    Ok(Some((delegation.target, delegate)))
}

/// Gives the weight of a delegator who has taken his vote back to the delegate again (RFC-150).
fn give_back<R: StateRead>(
    ctx: &Context<'_, R>,
    record: &Record,
    (track, index): (TrackId, ReferendumIndex),
    tally: &mut Tally,
) -> Delegate {
    let delegation = record.delegation?;
    let mut delegate = Record::read(ctx, delegation.target, track);
    let before = delegate.carried(index);
    delegate.restore(index, delegation.power());
    shift(ctx, &delegate, (index, before), tally);
    Some((delegation.target, delegate))
}

/// Makes the tally count what a delegate's vote carries now and not what it did `before`.
fn shift<R: StateRead>(
    ctx: &Context<'_, R>,
    delegate: &Record,
    (index, before): (ReferendumIndex, Power),
    tally: &mut Tally,
) {
    let abstention_carries = ctx.parameters.voting.abstention_carries;
    if let Some(cast) = delegate.cast(index)
        && let Some(side) = cast.vote.carries(abstention_carries)
    {
        *tally = tally.lowered(side, before).raised(side, delegate.carried(index));
    }
}

fn write_both<R: StateRead>(
    ctx: &mut Context<'_, R>,
    track: TrackId,
    (who, record): (AccountId, Record),
    delegate: Delegate,
) {
    record.write(ctx, who, track);
    if let Some((delegate, record)) = delegate {
        assert!(delegate != who, "invariant(voting): nobody delegates to himself");
        record.write(ctx, delegate, track);
    }
}
