//! The calls: evidence is judged and counted, slashes are cancelled.
//!
//! Inputs: a call whose embedded signatures were checked before. Outputs: rows, events, or a typed refusal.

use super::evidence::Grounds;
use super::{
    DisabledIn, Disabling, OffenceCall, OffenceError, OffenceEvent, Place, Report, disabled,
    record, slash, slash_fraction,
};
use crate::leader::membership::SessionRecord;
use crate::staking::{Context, Error, Origin};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Era};

/// A report that holds on the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    offender: AccountId,
    place: Place,
    era: Era,
    validators: u32,
}

/// Runs a call. The signatures of evidence were checked before.
///
/// # Errors
/// [`Error::BadOrigin`] and [`OffenceError`]; nothing has changed then.
pub fn apply<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    grounds: Grounds<'_>,
    call: &OffenceCall,
) -> Result<(), Error> {
    match call {
        OffenceCall::Report { report } => {
            origin.signed()?;
            let judged = check_report(context, grounds, report)?;
            count(context, judged, report.beneficiary)?;
        }
        OffenceCall::Cancel { era, account } => {
            origin.admin()?;
            slash::cancel(context, *era, *account)?;
        }
    }
    Ok(())
}

/// Whether a report holds on the state. Its signatures are checked elsewhere.
///
/// # Errors
/// [`OffenceError`], the first thing that is wrong.
pub fn check_report<R: StateRead>(
    context: &Context<'_, R>,
    grounds: Grounds<'_>,
    report: &Report,
) -> Result<Judged, OffenceError> {
    let record: SessionRecord =
        context.read(Item::SessionRecord(report.session)).ok_or(OffenceError::UnknownSession)?;
    let (offender, place) = report.judge(grounds, &record)?;
    let era = Era(record.era);
    if era.saturating_add(context.parameters.bonding.bonding_eras) <= context.now.era {
        return Err(OffenceError::Expired);
    }
    let known = record::offence(context, place);
    if known.is_some_and(|known| known.offenders.binary_search(&offender).is_ok()) {
        return Err(OffenceError::Known);
    }
    Ok(Judged { offender, place, era, validators: record.count })
}

/// Whether a report raises what its offender loses: then it is free.
#[must_use]
pub fn is_worth_it<R: StateRead>(context: &Context<'_, R>, judged: &Judged) -> bool {
    let others = record::offence(context, judged.place).map_or(0, |known| known.offenders.len());
    let together = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
    let share = slash_fraction(together, judged.validators);
    let known = record::slash_of(context, judged.era, judged.offender);
    known.is_none_or(|known| share > known.share)
}

/// Counts the offence: everybody who offended in its place rises to the new share and is disabled.
fn count<R: StateRead>(
    context: &mut Context<'_, R>,
    judged: Judged,
    beneficiary: AccountId,
) -> Result<(), OffenceError> {
    let Judged { offender, place, era, validators } = judged;
    let offence =
        record::add(context, era, place, offender, validators).ok_or(OffenceError::Known)?;
    context.event(OffenceEvent::Reported { account: offender, place, era });
    let share = record::share_of(&offence);
    for account in &offence.offenders {
        record::raise(context, era, *account, share, beneficiary);
        if era == context.now.era {
            disable(context, *account, share, validators);
        }
    }
    Ok(())
}

fn disable<R: StateRead>(
    context: &mut Context<'_, R>,
    account: AccountId,
    share: crate::staking::Perbill,
    validators: u32,
) {
    let era = context.now.era;
    let mut disabled = disabled(context.state, era);
    let all = validators.saturating_mul(3).saturating_add(1);
    let places = if context.mutated(Mutation::ST09) { all } else { validators };
    let in_place_of = match disabled.count(account, share, places) {
        Disabling::Disabled => None,
        Disabling::InPlaceOf(other) => Some(other),
        // The severity may have risen.
        Disabling::Unchanged => {
            context.write(Item::Disabled, &DisabledIn { era, disabled });
            return;
        }
    };
    context.write(Item::Disabled, &DisabledIn { era, disabled });
    context.event(OffenceEvent::Disabled { account, in_place_of });
}
