//! Upgrade by vote: a protocol version, the height from which it holds, and what validators know of it.
//!
//! # Flow
//! ```text
//! schedule_upgrade (root track) -> Upgrade in state -> block before the height ends -> version of the state
//!                                      | stop_upgrade                                  |
//!                                      v                                               v
//!                                  forgotten                    a node that does not know it stops there
//! ```
//! The header of every block tells the newest version that its author's node knows; the state keeps the last
//! word of each validator, so that everybody sees who is ready. Nothing depends on it: the vote decides.
//!
//! # Invariants
//! 1. Versions come one after the other; at most one upgrade is pending.
//! 2. Between scheduling and the height lie at least [`LEAD_EPOCHS`] epochs of slots.

use super::dispatch::Dispatch;
use super::origin::check_root;
use super::{DispatchError, Event, SystemEvent, query};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_governance::{Origin, ReferendumIndex};
use serin_state::layout::Item;
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Height, ProtocolVersion};

/// Epochs that an upgrade is known before it holds. A block takes a slot at least, so counting blocks gives
/// operators no less time.
pub const LEAD_EPOCHS: u32 = 2;

/// An upgrade: pending until the state has its version, and kept after that, so that a node that stops can
/// say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Upgrade {
    /// The version to come.
    pub version: ProtocolVersion,
    /// The first block that follows it.
    pub height: Height,
    /// The referendum that decided it; `None` where the root account did.
    pub referendum: Option<ReferendumIndex>,
}

/// Who knows a version, of the validators of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Validators whose last block told this version or a newer one.
    pub ready: u32,
    /// All of them.
    pub validators: u32,
}

/// Why an upgrade is not scheduled or stopped. Part of outcomes; append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum UpgradeError {
    /// Another version than the one after the present one.
    #[error("versions come one after the other: the next one is {next}")]
    NotNext {
        /// The only one that may be scheduled.
        next: ProtocolVersion,
    },
    /// The height is too near.
    #[error(
        "the height is too near: {LEAD_EPOCHS} epochs have to pass, so {earliest} is the earliest"
    )]
    TooSoon {
        /// The lowest height that is allowed.
        earliest: Height,
    },
    /// There is nothing to stop.
    #[error("no upgrade is pending")]
    NonePending,
}

impl Upgrade {
    /// The upgrade that the next blocks are heading for, on `state`.
    pub fn pending(state: &(impl StateRead + ?Sized)) -> Option<Self> {
        query::upgrade(state).filter(|upgrade| upgrade.version > query::version(state))
    }
}

impl Readiness {
    /// How many of `validators` know `version`, as far as their blocks told.
    pub fn of(
        state: &(impl StateRead + ?Sized),
        validators: impl IntoIterator<Item = AccountId>,
        version: ProtocolVersion,
    ) -> Self {
        validators.into_iter().fold(Self::default(), |sum, account| {
            let knows = query::knows(state, account).is_some_and(|known| known >= version);
            Self {
                ready: sum.ready.saturating_add(u32::from(knows)),
                validators: sum.validators.saturating_add(1),
            }
        })
    }
}

impl<R: StateRead> Dispatch<'_, R> {
    pub(super) fn schedule_upgrade(
        &mut self,
        origin: Origin,
        version: ProtocolVersion,
        height: Height,
    ) -> Result<(), DispatchError> {
        check_root(origin)?;
        let next = query::version(self.state).saturating_add(1);
        if version != next {
            return Err(UpgradeError::NotNext { next }.into());
        }
        let epoch = u32::try_from(self.setting.chain.params().epoch_slots).unwrap_or(u32::MAX);
        let earliest = self.setting.height.saturating_add(epoch.saturating_mul(LEAD_EPOCHS));
        if height < earliest {
            return Err(UpgradeError::TooSoon { earliest }.into());
        }
        let referendum = self.referendum;
        self.state.write(Item::Upgrade.key(), &Upgrade { version, height, referendum });
        self.event(Event::System(SystemEvent::UpgradeScheduled { version, height }));
        Ok(())
    }

    pub(super) fn stop_upgrade(&mut self, origin: Origin) -> Result<(), DispatchError> {
        check_root(origin)?;
        let pending = Upgrade::pending(self.state).ok_or(UpgradeError::NonePending)?;
        let Upgrade { version, height, .. } = pending;
        self.state.delete(Item::Upgrade.key());
        self.event(Event::System(SystemEvent::UpgradeStopped { version, height }));
        Ok(())
    }
}

/// Keeps the author's word on what its node knows.
pub(super) fn note_known<R: StateRead>(
    state: &mut Overlay<R>,
    author: AccountId,
    knows: ProtocolVersion,
) {
    if query::knows(state, author) != Some(knows) {
        state.write(Item::Knows(author).key(), &knows);
    }
}

/// At the end of the block at `height`: whether the next one follows another version.
pub(super) fn switch<R: StateRead>(state: &mut Overlay<R>, height: Height) -> Option<Event> {
    let Upgrade { version, height: first, .. } = Upgrade::pending(state)?;
    if first > height.saturating_add(1) {
        return None;
    }
    assert!(first.since(height) == 1, "invariant(upgrade): no block passes the height of one");
    state.write(Item::Version.key(), &version);
    Some(Event::System(SystemEvent::Upgraded { version }))
}
