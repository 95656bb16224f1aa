//! Locks: on each track the largest of what an account's votes need, and over the tracks the largest of those.
//!
//! One row an account names the amount of each track; the freeze in its account is their maximum. Freezes
//! overlap holds, so staked tokens vote, and one token votes on any number of referenda.

use crate::reasons::VOTES;
use crate::{Context, Error, TrackId};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// What an account must keep for each track, ascending; no track twice, nothing that is zero.
#[must_use]
pub fn locks<R: StateRead>(ctx: &Context<'_, R>, who: AccountId) -> Vec<(TrackId, Balance)> {
    ctx.read(Item::VotingLocks(who)).unwrap_or_default()
}

/// Locks at least `amount` on `track`. Never lowers a lock.
///
/// # Errors
/// Of the ledger: the account has freezes for as many other reasons as it can. Nothing has changed then.
pub(super) fn extend<R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    track: TrackId,
    amount: Balance,
) -> Result<(), Error> {
    if amount.is_zero() {
        return Ok(());
    }
    let frozen = ctx.ledger().account(who).frozen_for(VOTES);
    let thawed = ctx.ledger().set_freeze(who, VOTES, frozen.max(amount))?;
    ctx.take_dust(thawed);
    let mut locks = locks(ctx, who);
    match locks.binary_search_by_key(&track, |(track, _)| *track) {
        Ok(at) => {
            if let Some((_, locked)) = locks.get_mut(at) {
                *locked = amount.max(*locked);
            }
        }
        Err(at) => locks.insert(at, (track, amount)),
    }
    ctx.write(Item::VotingLocks(who), &locks);
    Ok(())
}

/// Makes the lock on `track` exactly `needed`, which is never more than before.
///
/// # Errors
/// Of the ledger, which has no reason to refuse a lower freeze. Nothing has changed then.
pub(super) fn set<R: StateRead>(
    ctx: &mut Context<'_, R>,
    who: AccountId,
    track: TrackId,
    needed: Balance,
) -> Result<(), Error> {
    let mut locks = locks(ctx, who);
    locks.retain(|(other, _)| *other != track);
    if !needed.is_zero() {
        let at = locks.partition_point(|(other, _)| *other < track);
        locks.insert(at, (track, needed));
    }
    let frozen = locks.iter().map(|(_, amount)| *amount).max().unwrap_or_default();
    let thawed = if frozen.is_zero() {
        ctx.ledger().thaw(who, VOTES)
    } else {
        ctx.ledger().set_freeze(who, VOTES, frozen)?
    };
    ctx.take_dust(thawed);
    if locks.is_empty() {
        ctx.delete(Item::VotingLocks(who));
    } else {
        ctx.write(Item::VotingLocks(who), &locks);
    }
    Ok(())
}
