//! The calls of the module over its storage: a rank a member, and the roll.
//!
//! Every call checks everything before it writes anything.

use super::{CollectiveCall, CollectiveError, CollectiveEvent, Rank, Roll};
use crate::{Context, Error, Origin, TrackId};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::AccountId;

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] and those of [`CollectiveError`].
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: CollectiveCall,
) -> Result<(), Error> {
    if !matches!(origin, Origin::Root | Origin::Track(TrackId::FELLOWSHIP_ADMIN)) {
        return Err(Error::BadOrigin);
    }
    match call {
        CollectiveCall::Add { who } => add(context, who),
        CollectiveCall::Promote { who } => {
            let rank = member(context, who)?;
            let to = rank.up().ok_or(CollectiveError::HighestRank)?;
            set(context, who, (Some(rank), Some(to)));
            Ok(())
        }
        CollectiveCall::Demote { who } => {
            let rank = member(context, who)?;
            set(context, who, (Some(rank), rank.down()));
            Ok(())
        }
        CollectiveCall::Remove { who } => {
            let rank = member(context, who)?;
            set(context, who, (Some(rank), None));
            Ok(())
        }
    }
}

/// The rank of a member; `None` for everybody else.
#[must_use]
pub fn standing<R: StateRead>(context: &Context<'_, R>, who: AccountId) -> Option<Rank> {
    context.read(Item::Member(who))
}

/// How many members each rank has.
#[must_use]
pub fn roll<R: StateRead>(context: &Context<'_, R>) -> Roll {
    context.read(Item::CollectiveRoll).unwrap_or_default()
}

fn add<R: StateRead>(context: &mut Context<'_, R>, who: AccountId) -> Result<(), Error> {
    if standing(context, who).is_some() {
        return Err(CollectiveError::AlreadyMember.into());
    }
    if roll(context).members() >= context.parameters.collective.members_max {
        return Err(CollectiveError::Full.into());
    }
    set(context, who, (None, Some(Rank::LOWEST)));
    Ok(())
}

fn member<R: StateRead>(context: &Context<'_, R>, who: AccountId) -> Result<Rank, CollectiveError> {
    standing(context, who).ok_or(CollectiveError::NotMember)
}

/// Moves somebody to a rank, into the collective or out of it.
fn set<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    (from, to): (Option<Rank>, Option<Rank>),
) {
    let moved = roll(context).moved(from, to);
    context.write(Item::CollectiveRoll, &moved);
    match (from, to) {
        (_, None) => {
            context.delete(Item::Member(who));
            context.event(CollectiveEvent::Removed { who });
        }
        (None, Some(rank)) => {
            context.write(Item::Member(who), &rank);
            context.event(CollectiveEvent::Added { who });
        }
        (Some(_), Some(rank)) => {
            context.write(Item::Member(who), &rank);
            context.event(CollectiveEvent::Ranked { who, rank });
        }
    }
}
