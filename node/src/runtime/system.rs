//! The module `system`: remarks, and changing parameters.
//!
//! Calls inside calls (`as_root`, `batch`) are the dispatcher's own; upgrades stand in [`super::upgrade`].

use super::dispatch::Dispatch;
use super::origin::{check_root, check_signed};
use super::{DispatchError, Event, SystemCall, SystemEvent};
use serin_consensus::staking::Error;
use serin_governance::Origin;
use serin_state::layout::Item;
use serin_state::overlay::StateRead;
use serin_state::types::Hash;

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn system(&mut self, origin: Origin, call: SystemCall) -> Result<(), DispatchError> {
        match call {
            SystemCall::Remark { .. } => Ok(()),
            SystemCall::RemarkWithEvent { bytes } => {
                let sender = check_signed(origin).ok();
                let hash = Hash::of(&bytes);
                self.event(Event::System(SystemEvent::Remarked { sender, hash }));
                Ok(())
            }
            SystemCall::SetParameters { parameters } => {
                check_root(origin)?;
                parameters.check().map_err(DispatchError::Parameters)?;
                self.state.write(Item::Parameters.key(), &*parameters);
                self.event(Event::System(SystemEvent::ParametersSet));
                Ok(())
            }
            SystemCall::SetGovernance { parameters } => {
                check_root(origin)?;
                parameters.check().map_err(DispatchError::GovernanceParameters)?;
                self.state.write(Item::Governance.key(), &*parameters);
                self.event(Event::System(SystemEvent::ParametersSet));
                Ok(())
            }
            SystemCall::SetStaking { parameters } => {
                check_root(origin)?;
                if self.setting.staking.is_none() {
                    return Err(Error::NoStaking.into());
                }
                parameters.check().map_err(DispatchError::StakingParameters)?;
                self.state.write(Item::Staking.key(), &*parameters);
                self.event(Event::System(SystemEvent::ParametersSet));
                Ok(())
            }
            SystemCall::ScheduleUpgrade { version, height } => {
                self.schedule_upgrade(origin, version, height)
            }
            SystemCall::StopUpgrade => self.stop_upgrade(origin),
            // The dispatcher goes inside these itself; what reaches this line has nothing inside.
            SystemCall::AsRoot { .. } | SystemCall::Batch { .. } => Err(DispatchError::BadCall),
        }
    }
}
