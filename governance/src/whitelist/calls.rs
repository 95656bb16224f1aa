//! The calls of the module over its storage: a poll or a mark under the hash of a call.
//!
//! Every call checks everything before it writes anything.

use super::{Ballot, Poll, WhitelistCall, WhitelistError, WhitelistEvent};
use crate::scheduler::{self, Proposal, Task, Work};
use crate::{Context, Error, Origin, TrackId, collective, preimages};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Hash};

/// Before alarms and other calls of the slot: what is whitelisted is urgent.
const PRIORITY: u8 = 0;

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`], those of [`WhitelistError`], and for a dispatch those of the scheduler.
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: WhitelistCall,
) -> Result<(), Error> {
    match (call, origin) {
        (WhitelistCall::Vote { hash, aye }, Origin::Signed(who)) => vote(context, who, hash, aye),
        (WhitelistCall::Clear { hash }, Origin::Signed(_)) => clear(context, hash),
        (WhitelistCall::Add { hash }, Origin::Root) => add(context, hash),
        (WhitelistCall::Remove { hash }, Origin::Root) => remove(context, hash),
        (
            WhitelistCall::Dispatch { hash },
            Origin::Root | Origin::Track(TrackId::WHITELISTED_CALLER),
        ) => dispatch(context, hash),
        (
            WhitelistCall::Vote { .. }
            | WhitelistCall::Clear { .. }
            | WhitelistCall::Add { .. }
            | WhitelistCall::Remove { .. }
            | WhitelistCall::Dispatch { .. },
            Origin::Signed(_) | Origin::Root | Origin::Track(_),
        ) => Err(Error::BadOrigin),
    }
}

/// True where a call may be dispatched by the track `whitelisted_caller`.
#[must_use]
pub fn is_whitelisted<R: StateRead>(context: &Context<'_, R>, hash: Hash) -> bool {
    context.read(Item::Whitelisted(hash)).unwrap_or(false)
}

/// The poll on a call, open or ended; `None` where there is none.
#[must_use]
pub fn poll<R: StateRead>(context: &Context<'_, R>, hash: Hash) -> Option<Poll> {
    context.read(Item::WhitelistPoll(hash))
}

fn vote<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    hash: Hash,
    aye: bool,
) -> Result<(), Error> {
    let parameters = context.parameters;
    let rules = &parameters.whitelist;
    let rank = collective::standing(context, who).ok_or(WhitelistError::RankTooLow)?;
    let votes = rank.votes(rules.rank_min);
    if votes == 0 {
        return Err(WhitelistError::RankTooLow.into());
    }
    if is_whitelisted(context, hash) {
        return Err(WhitelistError::AlreadyWhitelisted.into());
    }
    let before = poll(context, hash);
    let opens = before.is_none();
    let mut poll = match before {
        Some(poll) if context.now >= poll.end => return Err(WhitelistError::Ended.into()),
        Some(poll) => poll,
        None if !aye => return Err(WhitelistError::NoPoll.into()),
        None if polls(context) >= rules.polls_max => {
            return Err(WhitelistError::TooManyPolls.into());
        }
        None if preimages::len(context, hash).is_none() => {
            return Err(WhitelistError::NotNoted.into());
        }
        None => Poll::until(context.now.saturating_add(rules.poll_period.max(1))),
    };
    if !poll.put(Ballot { who, aye, votes }, parameters.collective.members_max) {
        return Err(WhitelistError::TooManyBallots.into());
    }
    if opens {
        let count = polls(context).saturating_add(1);
        context.write(Item::WhitelistPollCount, &count);
        preimages::request(context, hash);
        context.event(WhitelistEvent::Opened { hash, end: poll.end });
    }
    context.event(WhitelistEvent::Voted { hash, who, aye, votes });
    let all = collective::roll(context).votes(rules.rank_min);
    if aye && poll.is_passed(rules.threshold, all) {
        context.write(Item::WhitelistPoll(hash), &poll);
        close(context, hash);
        mark(context, hash);
    } else {
        context.write(Item::WhitelistPoll(hash), &poll);
    }
    Ok(())
}

fn clear<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) -> Result<(), Error> {
    let poll = poll(context, hash).ok_or(WhitelistError::NoPoll)?;
    if context.now < poll.end {
        return Err(WhitelistError::Open.into());
    }
    close(context, hash);
    ask_no_more(context, hash);
    context.event(WhitelistEvent::Cleared { hash });
    Ok(())
}

fn add<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) -> Result<(), Error> {
    if is_whitelisted(context, hash) {
        return Err(WhitelistError::AlreadyWhitelisted.into());
    }
    if poll(context, hash).is_some() {
        close(context, hash);
    } else if preimages::len(context, hash).is_some() {
        preimages::request(context, hash);
    } else {
        return Err(WhitelistError::NotNoted.into());
    }
    mark(context, hash);
    Ok(())
}

fn remove<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) -> Result<(), Error> {
    check_whitelisted(context, hash)?;
    unmark(context, hash);
    context.event(WhitelistEvent::Removed { hash });
    Ok(())
}

/// Places the call on the agenda of the next slot. The agenda asks for the bytes before the list stops to.
fn dispatch<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) -> Result<(), Error> {
    check_whitelisted(context, hash)?;
    let len = preimages::len(context, hash).ok_or(WhitelistError::NotNoted)?;
    let work = Work::Call { origin: Origin::Root, proposal: Proposal::Lookup { hash, len } };
    let task = Task { name: None, priority: PRIORITY, work };
    scheduler::place(context, context.now.saturating_add(1), task)?;
    unmark(context, hash);
    context.event(WhitelistEvent::Dispatched { hash });
    Ok(())
}

fn check_whitelisted<R: StateRead>(
    context: &Context<'_, R>,
    hash: Hash,
) -> Result<(), WhitelistError> {
    if is_whitelisted(context, hash) { Ok(()) } else { Err(WhitelistError::NotWhitelisted) }
}

fn mark<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) {
    context.write(Item::Whitelisted(hash), &true);
    context.event(WhitelistEvent::Whitelisted { hash });
}

fn unmark<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) {
    context.delete(Item::Whitelisted(hash));
    ask_no_more(context, hash);
}

/// Takes the request of a poll or a mark back. Where root did so before, none is left to take.
fn ask_no_more<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) {
    preimages::unrequest(context, hash).unwrap_or_default();
}

fn close<R: StateRead>(context: &mut Context<'_, R>, hash: Hash) {
    let count = polls(context);
    assert!(count > 0, "invariant(polls): a poll that is closed was counted");
    context.delete(Item::WhitelistPoll(hash));
    context.write(Item::WhitelistPollCount, &count.saturating_sub(1));
}

fn polls<R: StateRead>(context: &Context<'_, R>) -> u32 {
    context.read(Item::WhitelistPollCount).unwrap_or_default()
}
