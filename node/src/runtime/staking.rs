//! Staking in the runtime: its calls are dispatched on the block's state, and what they leave is passed on.
//!
//! The rules are all in `serin_consensus::staking`; here are the context of a call, and what origins may there.

use super::Chain;
use super::dispatch::Dispatch;
use super::{DispatchError, Event};
use serin_consensus::staking::offence::Grounds;
use serin_consensus::staking::{self, Call, Context, Error, Moment};
use serin_governance::{Origin, TrackId};
use serin_state::overlay::StateRead;

/// The track that decides about staking, as on Kusama.
const STAKING_ADMIN: TrackId = TrackId(10);

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn staking(&mut self, origin: Origin, call: Call) -> Result<(), DispatchError> {
        let parameters = self.setting.staking.ok_or(Error::NoStaking)?;
        let era = staking::active_era(self.state);
        let now =
            Moment { slot: self.setting.slot, session: self.setting.session, era, elected: era };
        let deposit = self.setting.prices.parameters.existential_deposit;
        let mut context = Context::new(self.state, parameters, deposit, now);
        let done =
            staking::dispatch(&mut context, origin_of(origin), grounds(self.setting.chain), call);
        let Context { events, dust, .. } = context;
        self.events.extend(events.into_iter().map(Event::Staking));
        self.dust.merge(dust);
        Ok(done?)
    }
}

/// What evidence depends on.
pub(super) fn grounds(chain: &Chain) -> Grounds<'_> {
    Grounds { genesis: chain.genesis(), params: chain.params() }
}

/// What an origin of the runtime is to staking.
fn origin_of(origin: Origin) -> staking::Origin {
    match origin {
        Origin::Signed(account) => staking::Origin::Signed(account),
        Origin::Root => staking::Origin::Root,
        Origin::Track(STAKING_ADMIN) => staking::Origin::Admin,
        Origin::Track(_) => staking::Origin::Other,
    }
}
