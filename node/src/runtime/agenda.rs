//! What is due in a block: alarms of referenda and calls that passed, before any transaction.
//!
//! # Inputs and outputs
//! The scheduler of governance tells what is due, in slot order; each call runs with the powers it was given, in a frame
//! of its own, and what it did stands in the block's events. A call of a later protocol version is no call yet: the
//! scheduler drops it and says so.
//!
//! # Bounds
//! The part of a block's weight that ordinary transactions leave. What does not fit waits for the next block.

use super::{BlockBuilder, Call, Event, SystemEvent};
use serin_governance::scheduler::{Due, Service, TaskName};
use serin_governance::treasury;
use serin_state::overlay::StateRead;
use serin_state::types::Weight;

impl<R: StateRead> BlockBuilder<'_, R> {
    /// Serves what is due.
    pub(super) fn serve_agenda(&mut self) {
        self.end_period();
        let budget = self.reserved_weight();
        let mut service = Service::new(budget);
        while let Some(due) = self.next_due(&mut service) {
            self.run_due(&mut service, &due);
        }
        self.agenda_weight = Weight(budget.0.saturating_sub(service.left().0));
        assert!(self.agenda_weight <= budget, "invariant(agenda): it keeps to the reserved part");
    }

    /// What ends with a period of the treasury.
    fn end_period(&mut self) {
        let mut dispatch = self.dispatching(None);
        dispatch.in_governance(treasury::end_period);
        let (events, dust) = (dispatch.events, dispatch.dust);
        self.block_events.extend(events);
        self.dust.merge(dust);
    }

    /// The weight that is kept for governance.
    fn reserved_weight(&self) -> Weight {
        let parameters = &self.prices.parameters;
        let ordinary = parameters.ordinary_weight_max();
        let reserved = Weight(parameters.block_weight_max.0.saturating_sub(ordinary.0));
        reserved.min(self.governance.scheduler.weight_max)
    }

    fn next_due(&mut self, service: &mut Service) -> Option<Due> {
        let protocol = self.prices.protocol;
        let weigh = |bytes: &[u8]| {
            let call = Call::decode(bytes, protocol).ok()?;
            call.weigh(protocol).ok()
        };
        let mut dispatch = self.dispatching(None);
        let due = dispatch.in_governance(|context| service.next(context, &weigh));
        let (events, dust) = (dispatch.events, dispatch.dust);
        self.block_events.extend(events);
        self.dust.merge(dust);
        due
    }

    fn run_due(&mut self, service: &mut Service, due: &Due) {
        let referendum = due.name.and_then(TaskName::referendum);
        let done = self.dispatching(referendum).run(due.origin, &due.bytes);
        self.block_events.extend(done.events);
        self.dust.merge(done.dust);
        if let Err(error) = done.result {
            self.block_events.push(Event::System(SystemEvent::DueCallFailed { error }));
        }
        let succeeded = done.result.is_ok();
        let mut dispatch = self.dispatching(None);
        dispatch.in_governance(|context| service.done(context, due, succeeded, due.weight));
        let events = dispatch.events;
        self.block_events.extend(events);
    }
}
