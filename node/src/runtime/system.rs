//! The module `system`: remarks, and changing parameters.
//!
//! Calls inside calls (`as_root`, `batch`) are the dispatcher's own.

use super::dispatch::Dispatch;
use super::{DispatchError, Event, Origin, SystemCall, SystemEvent};
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::Hash;

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn system(&mut self, origin: Origin, call: SystemCall) -> Result<(), DispatchError> {
        match call {
            SystemCall::Remark { .. } => Ok(()),
            SystemCall::RemarkWithEvent { bytes } => {
                let sender = origin.check_signed().ok();
                let hash = Hash::of(&bytes);
                self.event(Event::System(SystemEvent::Remarked { sender, hash }));
                Ok(())
            }
            SystemCall::SetParameters { parameters } => {
                origin.check_root()?;
                parameters.check().map_err(DispatchError::Parameters)?;
                self.state.write(Item::Parameters.key(), &*parameters);
                self.event(Event::System(SystemEvent::ParametersSet));
                Ok(())
            }
            // The dispatcher goes inside these itself; what reaches this line has nothing inside.
            SystemCall::AsRoot { .. } | SystemCall::Batch { .. } => Err(DispatchError::BadCall),
        }
    }
}
