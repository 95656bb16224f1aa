//! Agendas: the tasks of each slot, placed and cancelled.
//!
//! A place in an agenda stays a task's own until it is gone: cancelled tasks leave holes, and a full agenda
//! fills holes before it refuses. Preimages of placed calls are requested, so that nobody takes them away.

use super::calendar;
use super::surface::{Proposal, SchedulerError, SchedulerEvent};
use crate::{Context, Origin, ReferendumIndex, TrackId, preimages};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::{Hash, Slot};

/// Where a task stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Address {
    /// The agenda.
    pub slot: Slot,
    /// The place in it, from 0.
    pub index: u32,
}

/// What a task is called, so that it can be found again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct TaskName(pub [u8; 32]);

impl TaskName {
    /// The enactment of a referendum that passed.
    #[must_use]
    pub fn enactment(ReferendumIndex(index): ReferendumIndex) -> Self {
        let mut name = *b"enactment of referendum         ";
        if let Some(end) = name.last_chunk_mut() {
            *end = index.to_be_bytes();
        }
        Self(name)
    }
}

impl TaskName {
    /// The referendum of which this is the enactment; `None` for every other name.
    #[must_use]
    pub fn referendum(self) -> Option<ReferendumIndex> {
        let [.., a, b, c, d] = self.0;
        let index = ReferendumIndex(u32::from_be_bytes([a, b, c, d]));
        (self == Self::enactment(index)).then_some(index)
    }
}

/// What a task does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Work {
    /// The alarm of a referendum rings.
    Alarm(ReferendumIndex),
    /// Looks at referenda of which the tallies changed.
    Look(Vec<ReferendumIndex>),
    /// Lets the next in the queue of a track be decided.
    FewerDeciding(TrackId),
    /// Dispatches a call.
    Call {
        /// With whose powers.
        origin: Origin,
        /// The call.
        proposal: Proposal,
    },
}

/// One thing to do at a slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Task {
    /// By which it can be cancelled.
    pub name: Option<TaskName>,
    /// The lower, the sooner within its slot.
    pub priority: u8,
    /// What it does.
    pub work: Work,
}

/// What is to be done at a slot, by place.
#[must_use]
pub fn agenda<R: StateRead>(context: &Context<'_, R>, slot: Slot) -> Vec<Option<Task>> {
    context.read(Item::Agenda(slot)).unwrap_or_default()
}

/// Where the task of a name stands.
#[must_use]
pub fn named<R: StateRead>(context: &Context<'_, R>, name: TaskName) -> Option<Address> {
    context.read(Item::TaskAddress(name.0))
}

/// Places a task at a slot, or soon after where that is full.
///
/// # Errors
/// [`SchedulerError::NameTaken`], [`SchedulerError::InPast`], [`SchedulerError::Full`].
pub fn place<R: StateRead>(
    context: &mut Context<'_, R>,
    slot: Slot,
    task: Task,
) -> Result<Address, SchedulerError> {
    if task.name.is_some_and(|name| named(context, name).is_some()) {
        return Err(SchedulerError::NameTaken);
    }
    if slot <= context.now {
        return Err(SchedulerError::InPast);
    }
    let (slot, mut tasks) = with_room(context, slot)?;
    let (name, requests, is_call) = (task.name, lookup(&task), is_call(&task));
    let index = put(&mut tasks, task, context.parameters.scheduler.items_max);
    let address = Address { slot, index };
    store(context, slot, tasks);
    if let Some(name) = name {
        context.write(Item::TaskAddress(name.0), &address);
    }
    if let Some(hash) = requests {
        preimages::request(context, hash);
    }
    if is_call {
        context.event(SchedulerEvent::Scheduled { address });
    }
    Ok(address)
}

/// Places a task in the next slot, however full that is: what would be lost with it cannot be told again.
pub(crate) fn place_next<R: StateRead>(context: &mut Context<'_, R>, task: Task) {
    let slot = context.now.saturating_add(1);
    let mut tasks = agenda(context, slot);
    tasks.push(Some(task));
    store(context, slot, tasks);
}

/// Has referenda looked at in the next slot. One row is written, however many they are.
pub(crate) fn look_next<R: StateRead>(
    context: &mut Context<'_, R>,
    indices: &[ReferendumIndex],
    priority: u8,
) {
    let slot = context.now.saturating_add(1);
    let mut tasks = agenda(context, slot);
    let mut added: Vec<ReferendumIndex> = indices.to_vec();
    added.retain(|index| !is_among(&tasks, *index));
    if added.is_empty() {
        return;
    }
    match tasks.last_mut() {
        Some(Some(Task { work: Work::Look(looked_at), .. })) => looked_at.extend(added),
        Some(_) | None => {
            tasks.push(Some(Task { name: None, priority, work: Work::Look(added) }));
        }
    }
    store(context, slot, tasks);
}

/// Alarms of referenda that ring in the next slot, with their places.
pub(crate) fn alarms_next<R: StateRead>(
    context: &Context<'_, R>,
) -> Vec<(ReferendumIndex, Address)> {
    let slot = context.now.saturating_add(1);
    let tasks = agenda(context, slot);
    let alarm = |(index, task): (u32, &Option<Task>)| match task {
        Some(Task { work: Work::Alarm(alarmed), .. }) => Some((*alarmed, Address { slot, index })),
        Some(_) | None => None,
    };
    (0..).zip(&tasks).filter_map(alarm).collect()
}

/// True where a referendum is looked at in a slot because its tally changed.
pub(crate) fn is_looked_at<R: StateRead>(
    context: &Context<'_, R>,
    slot: Slot,
    index: ReferendumIndex,
) -> bool {
    is_among(&agenda(context, slot), index)
}

/// Takes back what [`look_next`] did for a referendum.
pub(crate) fn look_no_more<R: StateRead>(context: &mut Context<'_, R>, index: ReferendumIndex) {
    let slot = context.now.saturating_add(1);
    let mut tasks = agenda(context, slot);
    for place in &mut tasks {
        let Some(Task { work: Work::Look(indices), .. }) = place else { continue };
        indices.retain(|looked_at| *looked_at != index);
        if indices.is_empty() {
            *place = None;
        }
    }
    store(context, slot, tasks);
}

/// Takes the task at a place away.
///
/// # Errors
/// [`SchedulerError::NotFound`].
pub fn cancel<R: StateRead>(
    context: &mut Context<'_, R>,
    address: Address,
) -> Result<(), SchedulerError> {
    let mut tasks = agenda(context, address.slot);
    let place = usize::try_from(address.index).ok().and_then(|index| tasks.get_mut(index));
    let task = place.and_then(Option::take).ok_or(SchedulerError::NotFound)?;
    store(context, address.slot, tasks);
    forget_name(context, task.name);
    forget_preimage(context, lookup(&task));
    if is_call(&task) {
        context.event(SchedulerEvent::Cancelled { address });
    }
    Ok(())
}

/// Takes the task of a name away.
///
/// # Errors
/// [`SchedulerError::NotFound`].
pub fn cancel_named<R: StateRead>(
    context: &mut Context<'_, R>,
    name: TaskName,
) -> Result<(), SchedulerError> {
    let address = named(context, name).ok_or(SchedulerError::NotFound)?;
    cancel(context, address)
}

/// Sets the agenda of a slot; holes at its end go, and an agenda of holes goes as a whole.
pub(super) fn store<R: StateRead>(
    context: &mut Context<'_, R>,
    slot: Slot,
    mut tasks: Vec<Option<Task>>,
) {
    let used = tasks.iter().rposition(Option::is_some).map_or(0, |last| last.saturating_add(1));
    tasks.truncate(used);
    if tasks.is_empty() {
        context.delete(Item::Agenda(slot));
        calendar::unmark(context, slot);
    } else {
        context.write(Item::Agenda(slot), &tasks);
        calendar::mark(context, slot);
    }
}

/// Frees the name of a task that is gone.
pub(super) fn forget_name<R: StateRead>(context: &mut Context<'_, R>, name: Option<TaskName>) {
    if let Some(name) = name {
        context.delete(Item::TaskAddress(name.0));
    }
}

/// Takes the request of a task that is gone back. Where root did so before, nothing is left to take.
pub(super) fn forget_preimage<R: StateRead>(context: &mut Context<'_, R>, hash: Option<Hash>) {
    if let Some(hash) = hash {
        preimages::unrequest(context, hash).unwrap_or_default();
    }
}

pub(super) const fn is_call(task: &Task) -> bool {
    matches!(task.work, Work::Call { .. })
}

/// The first slot from `slot` on that has room, and its agenda.
fn with_room<R: StateRead>(
    context: &Context<'_, R>,
    slot: Slot,
) -> Result<(Slot, Vec<Option<Task>>), SchedulerError> {
    let parameters = &context.parameters.scheduler;
    for later in 0..=u64::from(parameters.later_slots_max) {
        let slot = slot.saturating_add(later);
        let tasks = agenda(context, slot);
        let used = tasks.iter().filter(|task| task.is_some()).count();
        if u32::try_from(used).is_ok_and(|used| used < parameters.items_max) {
            return Ok((slot, tasks));
        }
    }
    Err(SchedulerError::Full)
}

/// Puts a task at the end, or into the first hole of an agenda that has no more places. There is one.
fn put(tasks: &mut Vec<Option<Task>>, task: Task, items_max: u32) -> u32 {
    let hole = tasks.iter().position(Option::is_none);
    let is_long = u32::try_from(tasks.len()).map_or(true, |places| places >= items_max);
    let index = match hole {
        Some(hole) if is_long => hole,
        Some(_) | None => {
            tasks.push(None);
            tasks.len().saturating_sub(1)
        }
    };
    if let Some(place) = tasks.get_mut(index) {
        *place = Some(task);
    }
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// True where a look at a referendum is among the tasks.
fn is_among(tasks: &[Option<Task>], index: ReferendumIndex) -> bool {
    tasks.iter().flatten().any(|task| match &task.work {
        Work::Look(indices) => indices.contains(&index),
        Work::Alarm(_) | Work::FewerDeciding(_) | Work::Call { .. } => false,
    })
}

/// The preimage that a task asks for.
pub(super) const fn lookup(task: &Task) -> Option<Hash> {
    match &task.work {
        Work::Call { proposal: Proposal::Lookup { hash, .. }, .. } => Some(*hash),
        Work::Call { proposal: Proposal::Inline(_), .. }
        | Work::Alarm(_)
        | Work::Look(_)
        | Work::FewerDeciding(_) => None,
    }
}
