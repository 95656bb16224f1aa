//! Serving a block: what is due, in slot order and by priority, within the budget.
//!
//! Inputs: the context of the block, a budget of weight, and what a call weighs. Outputs: alarms that ran,
//! and calls for the runtime, one at a time.
//! Invariants: a task runs at most once; what does not fit stays where it is.
//! Bounds: the budget; an agenda is read once a block.

use super::agenda::{
    Address, Task, TaskName, Work, agenda, forget_name, forget_preimage, is_call, lookup, store,
};
use super::calendar::first_from;
use super::surface::{Proposal, SchedulerEvent};
use crate::referenda::Bell;
use crate::{Context, Origin, preimages, referenda};
use serin_state::overlay::StateRead;
use serin_state::types::{Hash, Slot, Weight};

/// What looking at one agenda weighs, in picoseconds.
pub const AGENDA_WEIGHT: Weight = Weight(2_000_000);
/// What serving one task weighs on top of its call, in picoseconds.
pub const TASK_WEIGHT: Weight = Weight(3_000_000);
/// What each byte of a preimage weighs on top, in picoseconds.
const BYTE_WEIGHT: u64 = 1_000;

/// A call that is due. The runtime dispatches it and tells [`Service::done`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Where it stood.
    pub address: Address,
    /// What it was called.
    pub name: Option<TaskName>,
    /// With whose powers it runs.
    pub origin: Origin,
    /// The encoded call.
    pub bytes: Vec<u8>,
    /// What it may weigh.
    pub weight: Weight,
    /// Its preimage, which is no longer asked for once it has run.
    pub preimage: Option<Hash>,
}

/// The agendas of one block, while they are served.
#[derive(Debug)]
pub struct Service {
    left: Weight,
    is_first: bool,
    from: Slot,
    open: Option<Open>,
    incomplete: Option<Slot>,
}

/// The agenda being served.
#[derive(Debug)]
struct Open {
    slot: Slot,
    tasks: Vec<Option<Task>>,
    /// Places still to be served, the next one last.
    order: Vec<usize>,
}

/// What became of a task.
enum Served {
    /// It is for the runtime.
    Due(Due),
    /// It is over.
    Over,
    /// It stays, or what is left of it.
    PutOff(Task),
}

impl Service {
    /// Starts a block, with what its scheduled calls may weigh.
    #[must_use]
    pub const fn new(budget: Weight) -> Self {
        Self { left: budget, is_first: true, from: Slot::ZERO, open: None, incomplete: None }
    }

    /// What scheduled calls may still weigh in this block.
    #[must_use]
    pub const fn left(&self) -> Weight {
        self.left
    }

    /// The next call that is due; alarms on the way to it are served. `None` ends the block.
    ///
    /// `weigh` is what a call may weigh, and `None` for bytes that are no call.
    pub fn next<R: StateRead>(
        &mut self,
        context: &mut Context<'_, R>,
        weigh: &dyn Fn(&[u8]) -> Option<Weight>,
    ) -> Option<Due> {
        loop {
            let Some(mut open) = self.open.take().or_else(|| self.open_next(context)) else {
                self.finish(context);
                return None;
            };
            let Some(place) = open.order.pop() else {
                self.close(context, open);
                continue;
            };
            if self.left < TASK_WEIGHT {
                self.close(context, open);
                continue;
            }
            let Some(task) = open.tasks.get_mut(place).and_then(Option::take) else {
                self.open = Some(open);
                continue;
            };
            let address =
                Address { slot: open.slot, index: u32::try_from(place).unwrap_or(u32::MAX) };
            let served = self.serve(context, weigh, address, task);
            if let Served::PutOff(task) = served {
                if let Some(kept) = open.tasks.get_mut(place) {
                    *kept = Some(task);
                }
                self.open = Some(open);
                continue;
            }
            self.open = Some(open);
            if let Served::Due(due) = served {
                return Some(due);
            }
        }
    }

    /// Tells how a call went and what it weighed in the end.
    pub fn done<R: StateRead>(
        &mut self,
        context: &mut Context<'_, R>,
        due: &Due,
        succeeded: bool,
        used: Weight,
    ) {
        self.left = self.left.saturating_sub(used.min(due.weight).0);
        self.is_first = false;
        let (address, name) = (due.address, due.name);
        context.event(SchedulerEvent::Dispatched { address, name, succeeded });
        forget_preimage(context, due.preimage);
    }

    fn serve<R: StateRead>(
        &mut self,
        context: &mut Context<'_, R>,
        weigh: &dyn Fn(&[u8]) -> Option<Weight>,
        address: Address,
        task: Task,
    ) -> Served {
        self.left = self.left.saturating_sub(TASK_WEIGHT.0);
        match task {
            Task { work: Work::Alarm(index), .. } => {
                if !self.has_room_for_alarm() {
                    return Served::PutOff(task);
                }
                referenda::nudge(context, index, Bell::Alarm(address));
                Served::Over
            }
            Task { work: Work::FewerDeciding(track), .. } => {
                if !self.has_room_for_alarm() {
                    return Served::PutOff(task);
                }
                referenda::fewer_deciding(context, track);
                Served::Over
            }
            Task { work: Work::Look(indices), name, priority } => {
                let mut left = indices.into_iter();
                while let Some(index) = left.as_slice().first().copied() {
                    if !self.has_room_for_alarm() {
                        let work = Work::Look(left.collect());
                        return Served::PutOff(Task { name, priority, work });
                    }
                    left.next();
                    referenda::nudge(context, index, Bell::Tally);
                }
                Served::Over
            }
            Task { work: Work::Call { .. }, .. } => self.call(context, weigh, address, task),
        }
    }

    /// Takes the weight of an alarm, if it is there. The first task of a block always runs.
    fn has_room_for_alarm(&mut self) -> bool {
        if self.left < referenda::ALARM_WEIGHT && !self.is_first {
            return false;
        }
        self.left = self.left.saturating_sub(referenda::ALARM_WEIGHT.0);
        self.is_first = false;
        true
    }

    fn call<R: StateRead>(
        &mut self,
        context: &mut Context<'_, R>,
        weigh: &dyn Fn(&[u8]) -> Option<Weight>,
        address: Address,
        task: Task,
    ) -> Served {
        let (name, preimage) = (task.name, lookup(&task));
        let Work::Call { origin, proposal } = &task.work else { return Served::Over };
        // A call that ran before it in this slot may have cancelled it.
        if !stands(context, address) {
            return Served::Over;
        }
        let bytes = self.fetch(context, proposal);
        let Some((bytes, weight)) = bytes.and_then(|bytes| weighed(bytes, weigh)) else {
            context.event(SchedulerEvent::CallUnavailable { address, name });
            forget_name(context, name);
            forget_preimage(context, preimage);
            return Served::Over;
        };
        if weight <= self.left {
            forget_name(context, name);
            return Served::Due(Due { address, name, origin: *origin, bytes, weight, preimage });
        }
        if !self.is_first {
            return Served::PutOff(task);
        }
        forget_name(context, name);
        forget_preimage(context, preimage);
        context.event(SchedulerEvent::PermanentlyOverweight { address, name });
        Served::Over
    }

    fn fetch<R: StateRead>(
        &mut self,
        context: &Context<'_, R>,
        proposal: &Proposal,
    ) -> Option<Vec<u8>> {
        match proposal {
            Proposal::Inline(bytes) => Some(bytes.clone()),
            Proposal::Lookup { hash, len } => {
                self.left = self.left.saturating_sub(u64::from(*len).saturating_mul(BYTE_WEIGHT));
                let is_there = preimages::len(context, *hash) == Some(*len);
                if is_there { preimages::bytes(context, *hash) } else { None }
            }
        }
    }

    fn open_next<R: StateRead>(&mut self, context: &Context<'_, R>) -> Option<Open> {
        let slot = first_from(context, self.from).filter(|slot| *slot <= context.now)?;
        if self.left < AGENDA_WEIGHT {
            self.incomplete = Some(self.incomplete.map_or(slot, |earlier| earlier.min(slot)));
            return None;
        }
        self.left = self.left.saturating_sub(AGENDA_WEIGHT.0);
        self.from = slot.saturating_add(1);
        let tasks = agenda(context, slot);
        let priority =
            |place: &usize| tasks.get(*place).and_then(Option::as_ref).map(|t| t.priority);
        let mut order: Vec<usize> =
            (0..tasks.len()).filter(|place| priority(place).is_some()).collect();
        order.sort_by_key(priority);
        order.reverse();
        Some(Open { slot, tasks, order })
    }

    /// Keeps what is left of an agenda, less what was cancelled meanwhile.
    fn close<R: StateRead>(&mut self, context: &mut Context<'_, R>, open: Open) {
        let Open { slot, mut tasks, .. } = open;
        let stored = agenda(context, slot);
        for (place, task) in tasks.iter_mut().enumerate() {
            if task.as_ref().is_some_and(is_call) && !matches!(stored.get(place), Some(Some(_))) {
                *task = None;
            }
        }
        let is_left = tasks.iter().any(Option::is_some);
        store(context, slot, tasks);
        self.is_first = false;
        if is_left {
            self.incomplete = Some(self.incomplete.map_or(slot, |earlier| earlier.min(slot)));
        }
    }

    fn finish<R: StateRead>(&mut self, context: &mut Context<'_, R>) {
        if let Some(slot) = self.incomplete.take() {
            context.event(SchedulerEvent::AgendaIncomplete { slot });
        }
        // Another call finds nothing more in this block.
        self.from = context.now.saturating_add(1);
    }
}

/// True where a task still stands at a place.
fn stands<R: StateRead>(context: &Context<'_, R>, address: Address) -> bool {
    let index = usize::try_from(address.index).unwrap_or(usize::MAX);
    matches!(agenda(context, address.slot).get(index), Some(Some(_)))
}

fn weighed(bytes: Vec<u8>, weigh: &dyn Fn(&[u8]) -> Option<Weight>) -> Option<(Vec<u8>, Weight)> {
    let weight = weigh(&bytes)?;
    Some((bytes, weight))
}
