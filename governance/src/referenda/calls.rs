//! The calls of the module over its storage.
//!
//! Every one checks origin, referendum, track and money before it writes anything; what a step of the
//! machine leads to is written by `service`.

use super::row::{self, Ongoing, Referendum};
use super::service::{clear_metadata, end_by_force, look, set_alarm};
use super::{Enactment, Input, Outcome, Phase, ReferendaCall, ReferendaError, ReferendaEvent};
use crate::deposits::Deposit;
use crate::reasons::REFERENDUM_DEPOSIT;
use crate::scheduler::Proposal;
use crate::voting::ballots;
use crate::{Context, Error, Origin, ReferendumIndex, TrackId, preimages};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Hash};

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`], [`Error::TooLittle`] and those of [`ReferendaError`].
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    call: ReferendaCall,
) -> Result<(), Error> {
    match call {
        ReferendaCall::Submit { origin: powers, proposal, enactment } => {
            submit(context, signed(origin)?, powers, (proposal, enactment))
        }
        ReferendaCall::PlaceDecisionDeposit { index } => {
            place_decision_deposit(context, signed(origin)?, index)
        }
        ReferendaCall::RefundDecisionDeposit { index } => {
            signed_or_root(origin)?;
            refund_decision_deposit(context, index)
        }
        ReferendaCall::Cancel { index } => {
            if !context.mutated(Mutation::GV10) {
                powers(origin, TrackId::REFERENDUM_CANCELLER)?;
            }
            let ongoing = ongoing(context, index)?;
            end_by_force(context, index, ongoing, Input::Cancel);
            Ok(())
        }
        ReferendaCall::Kill { index } => {
            powers(origin, TrackId::REFERENDUM_KILLER)?;
            let ongoing = ongoing(context, index)?;
            end_by_force(context, index, ongoing, Input::Kill);
            Ok(())
        }
        ReferendaCall::RefundSubmissionDeposit { index } => {
            signed_or_root(origin)?;
            refund_submission_deposit(context, index)
        }
        ReferendaCall::SetMetadata { index, hash } => {
            set_metadata(context, signed(origin)?, index, hash)
        }
    }
}

fn submit<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    powers: Origin,
    (proposal, enactment): (Proposal, Enactment),
) -> Result<(), Error> {
    if !proposal.is_bounded() {
        return Err(ReferendaError::ProposalTooLong.into());
    }
    if let Proposal::Lookup { hash, len } = &proposal
        && preimages::len(context, *hash).is_some_and(|noted| noted != *len)
    {
        return Err(ReferendaError::PreimageLengthDiffers.into());
    }
    let parameters = &context.parameters.referenda;
    let track = parameters.track_for(powers).ok_or(ReferendaError::NoTrack)?.id;
    let (amount, timeout) = (parameters.submission_deposit, parameters.undeciding_timeout);
    let submission_deposit = Deposit::take(context, who, amount, REFERENDUM_DEPOSIT)?;
    let count: u32 = context.read(Item::ReferendumCount).unwrap_or_default();
    context.write(Item::ReferendumCount, &count.saturating_add(1));
    let index = ReferendumIndex(count);
    ballots::open(context, track, index);
    let submitted = context.now;
    let alarm = set_alarm(context, index, submitted.saturating_add(timeout));
    let ongoing = Ongoing {
        track,
        origin: powers,
        proposal: proposal.clone(),
        enactment,
        submitted,
        submission_deposit,
        decision_deposit: None,
        phase: Phase::Preparing,
        alarm,
        alarm_set: submitted,
    };
    row::store(context, index, &Referendum::Ongoing(Box::new(ongoing)));
    context.event(ReferendaEvent::Submitted { index, track, proposal });
    Ok(())
}

fn place_decision_deposit<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    index: ReferendumIndex,
) -> Result<(), Error> {
    let mut ongoing = ongoing(context, index)?;
    if ongoing.decision_deposit.is_some() {
        return Err(ReferendaError::HasDeposit.into());
    }
    let track = context.parameters.referenda.track(ongoing.track);
    let amount = track.ok_or(ReferendaError::NoTrack)?.decision_deposit;
    let deposit = Deposit::take(context, who, amount, REFERENDUM_DEPOSIT)?;
    ongoing.decision_deposit = Some(deposit);
    look(context, index, ongoing);
    context.event(ReferendaEvent::DecisionDepositPlaced { index, who, amount });
    Ok(())
}

fn refund_decision_deposit<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
) -> Result<(), Error> {
    let mut ended = match row::get(context, index).ok_or(ReferendaError::BadReferendum)? {
        Referendum::Ended(ended) => ended,
        Referendum::Ongoing(ongoing) if ongoing.decision_deposit.is_none() => {
            return Err(ReferendaError::NoDeposit.into());
        }
        Referendum::Ongoing(_) => return Err(ReferendaError::Unfinished.into()),
    };
    let deposit = ended.decision_deposit.take().ok_or(ReferendaError::NoDeposit)?;
    deposit.refund(context, REFERENDUM_DEPOSIT);
    if !context.mutated(Mutation::GV09) {
        row::store(context, index, &Referendum::Ended(ended));
    }
    let Deposit { who, amount } = deposit;
    context.event(ReferendaEvent::DecisionDepositRefunded { index, who, amount });
    Ok(())
}

fn refund_submission_deposit<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
) -> Result<(), Error> {
    let referendum = row::get(context, index).ok_or(ReferendaError::BadReferendum)?;
    let Referendum::Ended(mut ended) = referendum else {
        return Err(ReferendaError::BadStatus.into());
    };
    match ended.outcome {
        Outcome::Approved | Outcome::Cancelled => {}
        Outcome::Rejected | Outcome::TimedOut | Outcome::Killed => {
            return Err(ReferendaError::BadStatus.into());
        }
    }
    let deposit = ended.submission_deposit.take().ok_or(ReferendaError::NoDeposit)?;
    deposit.refund(context, REFERENDUM_DEPOSIT);
    row::store(context, index, &Referendum::Ended(ended));
    let Deposit { who, amount } = deposit;
    context.event(ReferendaEvent::SubmissionDepositRefunded { index, who, amount });
    Ok(())
}

fn set_metadata<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    index: ReferendumIndex,
    hash: Option<Hash>,
) -> Result<(), Error> {
    let is_forbidden = |ongoing: &Ongoing| ongoing.submission_deposit.who != who;
    let Some(hash) = hash else {
        if row::ongoing(context, index).as_ref().is_some_and(is_forbidden) {
            return Err(ReferendaError::NoPermission.into());
        }
        clear_metadata(context, index);
        return Ok(());
    };
    if is_forbidden(&ongoing(context, index)?) {
        return Err(ReferendaError::NoPermission.into());
    }
    if preimages::len(context, hash).is_none() {
        return Err(ReferendaError::PreimageNotExist.into());
    }
    context.write(Item::ReferendumMetadata(index.0), &hash);
    context.event(ReferendaEvent::MetadataSet { index, hash });
    Ok(())
}

fn ongoing<R: StateRead>(
    context: &Context<'_, R>,
    index: ReferendumIndex,
) -> Result<Ongoing, ReferendaError> {
    row::ongoing(context, index).ok_or(ReferendaError::NotOngoing)
}

const fn signed(origin: Origin) -> Result<AccountId, Error> {
    match origin {
        Origin::Signed(who) => Ok(who),
        Origin::Root | Origin::Track(_) => Err(Error::BadOrigin),
    }
}

const fn signed_or_root(origin: Origin) -> Result<(), Error> {
    match origin {
        Origin::Signed(_) | Origin::Root => Ok(()),
        Origin::Track(_) => Err(Error::BadOrigin),
    }
}

/// Root, or the outcome of a track.
fn powers(origin: Origin, track: TrackId) -> Result<(), Error> {
    if origin == Origin::Root || origin == Origin::Track(track) {
        Ok(())
    } else {
        Err(Error::BadOrigin)
    }
}
