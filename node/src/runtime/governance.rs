//! Governance in the runtime: its calls are dispatched on the block's state, and what they leave is passed on.
//!
//! The rules are all in `serin_governance`; here is the context of a call.

use super::dispatch::Dispatch;
use super::{DispatchError, Event};
use serin_governance::{Call, Context, Origin};
use serin_state::overlay::StateRead;

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn governance(&mut self, origin: Origin, call: Call) -> Result<(), DispatchError> {
        self.in_governance(|context| serin_governance::dispatch(context, origin, call))?;
        Ok(())
    }

    /// Does something with governance's state, and keeps events and dust.
    pub(super) fn in_governance<T>(&mut self, act: impl FnOnce(&mut Context<'_, R>) -> T) -> T {
        let prices = self.setting.prices;
        let deposit = prices.parameters.existential_deposit;
        let slot = self.setting.slot;
        let mut context = Context::new(self.state, self.setting.governance, deposit, slot);
        context.spent = self.spent;
        let done = act(&mut context);
        let Context { events, dust, spent, .. } = context;
        self.spent = spent;
        self.events.extend(events.into_iter().map(Event::Governance));
        self.dust.merge(dust);
        done
    }
}
