//! Staking in the runtime: its calls are dispatched on the block's state, and what they leave is passed on.
//!
//! The rules are all in `serin_consensus::staking`; here are the context of a call, what origins may there, and where blocks turn eras.

use super::dispatch::Dispatch;
use super::{BlockContext, Chain, DispatchError, Event, Parameters};
use serin_consensus::staking::era::{self, SessionTurn, Turned};
use serin_consensus::staking::offence::{self, Grounds};
use serin_consensus::staking::{self, Call, Context, Error, Moment};
use serin_governance::{Origin, TrackId};
use serin_state::balances::Credit;
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Slot, Weight};

/// The track that decides about staking, as on Kusama.
const STAKING_ADMIN: TrackId = TrackId(10);

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn staking(&mut self, origin: Origin, call: Call) -> Result<(), DispatchError> {
        let parameters = self.setting.staking.ok_or(Error::NoStaking)?;
        let now = moment(self.state, self.setting.slot, self.setting.session);
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

/// The clocks of staking in a block.
fn moment(state: &impl StateRead, slot: Slot, session: u64) -> Moment {
    Moment { slot, session, era: staking::active_era(state), elected: era::elected_era(state) }
}

/// What eras need in the blocks of a chain that elects its validators.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eras<'a> {
    pub(super) parameters: &'a staking::Parameters,
    /// Least free amount of a living account.
    pub(super) deposit: Balance,
    /// What a block may cost, and with it an election.
    pub(super) weight_max: Weight,
}

impl<'a> Eras<'a> {
    /// The eras of a chain; none where the specification names the validators of every session.
    pub(super) fn of(
        chain: &Chain,
        parameters: Option<&'a staking::Parameters>,
        numbers: &Parameters,
    ) -> Option<Self> {
        let parameters = parameters.filter(|_| chain.spec().rotation.is_none())?;
        let (deposit, weight_max) = (numbers.existential_deposit, numbers.block_weight_max);
        Some(Self { parameters, deposit, weight_max })
    }

    /// Ends, begins and elects what is due in a block that begins a session.
    pub(super) fn begin_session<R: StateRead>(
        &self,
        state: &mut Overlay<R>,
        block: &BlockContext<'_>,
    ) -> (Turned, Vec<Event>) {
        let now = moment(state, block.slot, block.session.number().saturating_add(1));
        let mut context = Context::new(state, self.parameters, self.deposit, now);
        let spec = block.chain.spec();
        let announced = block.session.next();
        let turn =
            SessionTurn { slot_ms: spec.params.slot_ms, announced, weight_max: self.weight_max };
        let turned = era::begin_session(&mut context, turn);
        (turned, context.events.into_iter().map(Event::Staking).collect())
    }

    /// What every block does: counts for its author, takes a part of due slashes, and forgets a part of what is too old.
    pub(super) fn on_block<R: StateRead>(
        &self,
        state: &mut Overlay<R>,
        (slot, session): (Slot, u64),
        author: AccountId,
    ) -> (Vec<Event>, Credit) {
        let now = moment(state, slot, session);
        let mut context = Context::new(state, self.parameters, self.deposit, now);
        era::note_author(&mut context, author);
        offence::on_block::<era::Rows, R>(&mut context);
        era::prune(&mut context);
        let Context { events, dust, .. } = context;
        (events.into_iter().map(Event::Staking).collect(), dust)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_track_of_governance_decides_about_slashes_and_no_track_else() {
        let admins = (0..=u16::MAX).map(TrackId).filter(|track| {
            let origin = origin_of(Origin::Track(*track));
            assert!(origin.root().is_err() && origin.signed().is_err(), "{track:?}");
            origin.admin().is_ok()
        });
        assert_eq!(admins.collect::<Vec<_>>(), [STAKING_ADMIN]);
        assert_eq!(origin_of(Origin::Root), staking::Origin::Root);
    }
}
