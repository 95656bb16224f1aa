//! The machine over its storage: a step is taken, and what follows from it is written.
//!
//! Inputs: alarms, votes, deposits, cancellations. Outputs: rows, alarms, events, a scheduled call.
//! Invariants: an ongoing referendum knows of at most one alarm; it is cancelled before the next is set, but
//! where [`nudge`] says otherwise. What is written at the end of one step is what the next one starts from.
//! Bounds: one referendum a step, one queue of at most `max_queued` entries, two agendas.

use super::row::{self, Ended, Ongoing, Referendum};
use super::{Effect, Input, Outcome, Phase, Queue, ReferendaEvent, Rules, Shares, Track, step};
use crate::curve::Ppb;
use crate::reasons::REFERENDUM_DEPOSIT;
use crate::scheduler::{self, Address, Task, TaskName, Work};
use crate::tally::Tally;
use crate::voting::{Completed, Polls, ballots};
use crate::{Context, ReferendumIndex, TrackId};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{Slot, Weight};

/// What an alarm weighs at most, in picoseconds: a row, a tally page, a queue and two agendas.
pub const ALARM_WEIGHT: Weight = Weight(60_000_000);
/// Alarms come after calls that are due in the same slot, as on Kusama.
const ALARM_PRIORITY: u8 = 128;
/// Enactments, as on Kusama.
const ENACTMENT_PRIORITY: u8 = 63;

/// Why a referendum is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bell {
    /// Its own alarm, or one that it had, from this place.
    Alarm(Address),
    /// Its tally changed in the slot before.
    Tally,
}

/// Referenda, as voting sees them.
#[derive(Clone, Copy, Debug)]
pub struct Referenda;

impl Polls for Referenda {
    fn tracks<R: StateRead>(ctx: &Context<'_, R>) -> Vec<TrackId> {
        ctx.parameters.referenda.tracks.iter().map(|track| track.id).collect()
    }

    fn completed<R: StateRead>(ctx: &Context<'_, R>, index: ReferendumIndex) -> Option<Completed> {
        let Referendum::Ended(ended) = row::get(ctx, index)? else { return None };
        match ended.outcome {
            Outcome::Approved => Some(Completed { ended: ended.at, approved: true }),
            Outcome::Rejected => Some(Completed { ended: ended.at, approved: false }),
            Outcome::TimedOut | Outcome::Cancelled | Outcome::Killed => None,
        }
    }

    fn on_tallies_changed<R: StateRead>(
        ctx: &mut Context<'_, R>,
        _track: TrackId,
        indices: &[ReferendumIndex],
    ) {
        let mut indices = indices.to_vec();
        // Where its own alarm rings in the next slot, that will do.
        for (index, address) in scheduler::alarms_next(ctx) {
            let rings = row::ongoing(ctx, index).is_some_and(|row| row.alarm == Some(address));
            indices.retain(|changed| *changed != index || !rings);
        }
        scheduler::look_next(ctx, &indices, ALARM_PRIORITY);
    }
}

/// When a referendum is looked at next, if nothing happens before.
#[must_use]
pub fn alarm_of<R: StateRead>(context: &Context<'_, R>, index: ReferendumIndex) -> Option<Slot> {
    let ongoing = row::ongoing(context, index)?;
    let next = context.now.saturating_add(1);
    if scheduler::is_looked_at(context, next, index) {
        return Some(next);
    }
    ongoing.alarm.map(|address| address.slot)
}

/// Who waits for a decision on a track.
#[must_use]
pub fn queue<R: StateRead>(context: &Context<'_, R>, track: TrackId) -> Queue {
    context.read(Item::ReferendumQueue(track.0)).unwrap_or_default()
}

/// How many are being decided on a track, with those whose room is freed in the next slot.
#[must_use]
pub fn deciding_count<R: StateRead>(context: &Context<'_, R>, track: TrackId) -> u32 {
    context.read(Item::DecidingCount(track.0)).unwrap_or_default()
}

/// Looks after a referendum of which the bell rang. One that has ended is left alone.
///
/// A vote leaves the alarm where it is, for the cost of a delegation; it is taken when the vote is looked at.
/// But an alarm that was set in this very slot stays, and the referendum gets a second one: a decision that
/// starts from the queue while its referendum is to be looked at does so. As published, both ring: the order in
/// which two referenda end in one slot shows it. A ring changes nothing that time or votes have not changed.
pub(crate) fn nudge<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    bell: Bell,
) {
    let Some(mut ongoing) = row::ongoing(context, index) else { return };
    let is_old = ongoing.alarm_set != context.now;
    let takes = match bell {
        Bell::Tally => is_old,
        Bell::Alarm(address) => {
            let is_other = ongoing.alarm != Some(address);
            is_old && is_other && scheduler::is_looked_at(context, address.slot, index)
        }
    };
    if takes {
        drop_alarm(context, &mut ongoing);
    }
    ongoing.alarm = None;
    look(context, index, ongoing);
}

/// Takes the step of a referendum that is looked at. Its alarm has been taken.
pub(super) fn look<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    ongoing: Ongoing,
) {
    let parameters = context.parameters;
    let Some(track) = parameters.referenda.track(ongoing.track) else {
        // Governance took the track away: only a cancellation can end what is left on it.
        row::store(context, index, &Referendum::Ongoing(Box::new(ongoing)));
        return;
    };
    let tally = ballots::tally(context, index).unwrap_or_default();
    let input = Input::Looked {
        deposited: ongoing.decision_deposit.is_some(),
        room: deciding_count(context, track.id) < track.max_deciding
            || context.mutated(Mutation::GV11),
        shares: shares(context, tally),
    };
    take(context, index, ongoing, (track, tally), input);
}

/// One fewer is being decided on a track: the first of the queue follows, or there is room.
///
/// Entries of referenda that are no longer ongoing are passed over. Where no other is left they stay, as
/// published.
pub(crate) fn fewer_deciding<R: StateRead>(context: &mut Context<'_, R>, id: TrackId) {
    let parameters = context.parameters;
    let mut queue = queue(context, id);
    while let Some(index) = queue.pop() {
        let Some(ongoing) = row::ongoing(context, index) else { continue };
        let Some(track) = parameters.referenda.track(ongoing.track) else { continue };
        context.write(Item::ReferendumQueue(id.0), &queue);
        let tally = ballots::tally(context, index).unwrap_or_default();
        let input = Input::Room { shares: shares(context, tally) };
        take(context, index, ongoing, (track, tally), input);
        return;
    }
    let count = deciding_count(context, id).saturating_sub(1);
    context.write(Item::DecidingCount(id.0), &count);
}

/// Ends a referendum by force. Its alarm is taken with it.
pub(super) fn end_by_force<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    ongoing: Ongoing,
    input: Input,
) {
    let tracks = &context.parameters.referenda;
    // Of a track that is no more, any other will do: an end by force asks for none of its numbers.
    let Some(track) = tracks.track(ongoing.track).or_else(|| tracks.tracks.first()) else { return };
    let tally = ballots::tally(context, index).unwrap_or_default();
    take(context, index, ongoing, (track, tally), input);
}

/// Takes the alarm of a referendum away.
pub(super) fn drop_alarm<R: StateRead>(context: &mut Context<'_, R>, ongoing: &mut Ongoing) {
    if let Some(address) = ongoing.alarm.take() {
        // Where its slot is being served, the agenda has let go of it, and it rings.
        scheduler::cancel(context, address).unwrap_or_default();
    }
}

/// Has the alarm of a referendum at `wake`, and a look that was due in the next slot nowhere else.
fn ensure_alarm<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    ongoing: &mut Ongoing,
    wake: Option<Slot>,
) {
    let next = context.now.saturating_add(1);
    let is_looked_at = scheduler::is_looked_at(context, next, index);
    if is_looked_at && wake == Some(next) {
        return drop_alarm(context, ongoing);
    }
    if !is_looked_at && wake.is_some() && ongoing.alarm.map(|alarm| alarm.slot) == wake {
        return;
    }
    if is_looked_at {
        scheduler::look_no_more(context, index);
    }
    drop_alarm(context, ongoing);
    ongoing.alarm = wake.and_then(|slot| set_alarm(context, index, slot));
    ongoing.alarm_set = context.now;
}

/// Sets the alarm of a referendum that has none. A full agenda leaves it without one, until a vote.
pub(super) fn set_alarm<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    slot: Slot,
) -> Option<Address> {
    let work = Work::Alarm(index);
    scheduler::place(context, slot, Task { name: None, priority: ALARM_PRIORITY, work }).ok()
}

/// Takes a step, writes the row, then what follows from it.
fn take<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    mut ongoing: Ongoing,
    (track, tally): (&Track, Tally),
    input: Input,
) {
    let parameters = &context.parameters.referenda;
    let rules = Rules {
        track,
        submitted: ongoing.submitted,
        undeciding_timeout: parameters.undeciding_timeout,
        exact_alarms: parameters.exact_alarms,
    };
    let step = step(&rules, context.now, ongoing.phase, input);
    let mut pushed_out = None;
    for effect in &step.effects {
        pushed_out = pushed_out.or(perform(context, index, (&ongoing, tally), *effect));
    }
    ongoing.phase = step.phase;
    match step.phase {
        Phase::Ended(outcome) => {
            drop_alarm(context, &mut ongoing);
            let ended = close(context, index, &ongoing, outcome);
            row::store(context, index, &Referendum::Ended(ended));
        }
        Phase::Preparing | Phase::Queued | Phase::Deciding { .. } | Phase::Confirming { .. } => {
            ensure_alarm(context, index, &mut ongoing, step.wake);
            row::store(context, index, &Referendum::Ongoing(Box::new(ongoing)));
        }
    }
    if let Some(index) = pushed_out {
        push_out(context, index);
    }
}

/// Does what one effect asks. Returns who was pushed out of the queue.
fn perform<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    (ongoing, tally): (&Ongoing, Tally),
    effect: Effect,
) -> Option<ReferendumIndex> {
    let track = ongoing.track;
    let entry = (index, tally.ayes);
    let max = context.parameters.referenda.max_queued;
    match effect {
        Effect::Enqueue => return requeue(context, track, |queue| queue.insert(entry, max)),
        Effect::Renew => return requeue(context, track, |queue| queue.renew(entry, max)),
        Effect::TakeRoom => {
            let count = deciding_count(context, track).saturating_add(1);
            context.write(Item::DecidingCount(track.0), &count);
        }
        Effect::FreeRoom if context.mutated(Mutation::GV14) => {}
        Effect::FreeRoom => {
            let work = Work::FewerDeciding(track);
            scheduler::place_next(context, Task { name: None, priority: ALARM_PRIORITY, work });
        }
        Effect::DecisionStarted => {
            context.event(ReferendaEvent::DecisionStarted { index, track, tally });
        }
        Effect::ConfirmStarted => context.event(ReferendaEvent::ConfirmStarted { index }),
        Effect::ConfirmAborted => context.event(ReferendaEvent::ConfirmAborted { index }),
        Effect::Enact { earliest } => enact(context, index, ongoing, earliest),
        Effect::Ended(outcome) => context.event(match outcome {
            Outcome::Approved => ReferendaEvent::Confirmed { index, tally },
            Outcome::Rejected => ReferendaEvent::Rejected { index, tally },
            Outcome::TimedOut => ReferendaEvent::TimedOut { index, tally },
            Outcome::Cancelled => ReferendaEvent::Cancelled { index, tally },
            Outcome::Killed => ReferendaEvent::Killed { index, tally },
        }),
    }
    None
}

fn requeue<R: StateRead>(
    context: &mut Context<'_, R>,
    track: TrackId,
    change: impl FnOnce(&mut Queue) -> Option<ReferendumIndex>,
) -> Option<ReferendumIndex> {
    let mut queue = queue(context, track);
    let pushed_out = change(&mut queue);
    context.write(Item::ReferendumQueue(track.0), &queue);
    pushed_out
}

/// Lets one that fell out of a full queue prepare again, where the parameters say so.
fn push_out<R: StateRead>(context: &mut Context<'_, R>, index: ReferendumIndex) {
    let parameters = &context.parameters.referenda;
    if !parameters.pushed_out_may_return {
        return;
    }
    let timeout = parameters.undeciding_timeout;
    let Some(mut ongoing) = row::ongoing(context, index) else { return };
    drop_alarm(context, &mut ongoing);
    ongoing.phase = Phase::Preparing;
    let ends = ongoing.submitted.saturating_add(timeout);
    ongoing.alarm = set_alarm(context, index, ends.max(context.now.saturating_add(1)));
    ongoing.alarm_set = context.now;
    row::store(context, index, &Referendum::Ongoing(Box::new(ongoing)));
}

fn enact<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    ongoing: &Ongoing,
    earliest: Slot,
) {
    let asked = ongoing.enactment.slot(context.now);
    let slot = if context.mutated(Mutation::GV13) { asked } else { asked.max(earliest) };
    let work = Work::Call { origin: ongoing.origin, proposal: ongoing.proposal.clone() };
    let name = Some(TaskName::enactment(index));
    let task = Task { name, priority: ENACTMENT_PRIORITY, work };
    if scheduler::place(context, slot, task).is_err() {
        context.event(ReferendaEvent::NotScheduled { index });
    }
}

/// The row of a referendum that ends now. A killed one loses its deposits and its metadata.
fn close<R: StateRead>(
    context: &mut Context<'_, R>,
    index: ReferendumIndex,
    ongoing: &Ongoing,
    outcome: Outcome,
) -> Ended {
    let tally = ballots::close(context, index);
    assert!(tally.is_some(), "invariant(referenda): an ongoing referendum has a tally");
    let mut ended = Ended {
        outcome,
        at: context.now,
        track: ongoing.track,
        tally: tally.unwrap_or_default(),
        submission_deposit: Some(ongoing.submission_deposit),
        decision_deposit: ongoing.decision_deposit,
    };
    if outcome == Outcome::Killed {
        let deposits = [ended.submission_deposit.take(), ended.decision_deposit.take()];
        for deposit in deposits.into_iter().flatten() {
            if !context.mutated(Mutation::GV12) {
                deposit.slash(context, REFERENDUM_DEPOSIT);
            }
            let (who, amount) = (deposit.who, deposit.amount);
            context.event(ReferendaEvent::DepositSlashed { who, amount });
        }
        clear_metadata(context, index);
    }
    ended
}

/// Takes the metadata of a referendum away, if it has any.
pub(super) fn clear_metadata<R: StateRead>(context: &mut Context<'_, R>, index: ReferendumIndex) {
    let item = Item::ReferendumMetadata(index.0);
    if let Some(hash) = context.read(item) {
        context.delete(item);
        context.event(ReferendaEvent::MetadataCleared { index, hash });
    }
}

fn shares<R: StateRead>(context: &mut Context<'_, R>, tally: Tally) -> Shares {
    let electorate = context.electorate();
    let support =
        if context.mutated(Mutation::GV17) { Ppb::ONE } else { tally.support(electorate) };
    Shares { approval: tally.approval(), support }
}
