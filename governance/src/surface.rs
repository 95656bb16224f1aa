//! The surface of the crate, a part a module: numbers, calls, refusals, events.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use crate::bounties::{BountyCall, BountyError, BountyEvent, BountyParameters};
use crate::collective::{CollectiveCall, CollectiveError, CollectiveEvent, CollectiveParameters};
use crate::participation::{ParticipationEvent, ParticipationParameters};
use crate::preimages::{PreimageCall, PreimageError, PreimageEvent, PreimageParameters};
use crate::referenda::{ReferendaCall, ReferendaError, ReferendaEvent, ReferendaParameters};
use crate::scheduler::{SchedulerCall, SchedulerError, SchedulerEvent, SchedulerParameters};
use crate::treasury::{TreasuryCall, TreasuryError, TreasuryEvent, TreasuryParameters};
use crate::voting::{VotingCall, VotingError, VotingEvent, VotingParameters};
use crate::whitelist::{WhitelistCall, WhitelistError, WhitelistEvent, WhitelistParameters};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::balances::BalanceError;

/// Every number of governance; one value in state that governance itself may change. A part a module.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Referenda.
    pub referenda: ReferendaParameters,
    /// Preimages.
    pub preimages: PreimageParameters,
    /// The scheduler.
    pub scheduler: SchedulerParameters,
    /// Votes and delegations.
    pub voting: VotingParameters,
    /// The treasury.
    pub treasury: TreasuryParameters,
    /// The collective.
    pub collective: CollectiveParameters,
    /// The whitelist.
    pub whitelist: WhitelistParameters,
    /// Bounties.
    pub bounties: BountyParameters,
    /// The reward for taking part.
    pub participation: ParticipationParameters,
}

/// What can be asked of governance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Call {
    /// Votes and delegation.
    Voting(VotingCall),
    /// Referenda.
    Referenda(ReferendaCall),
    /// Preimages.
    Preimages(PreimageCall),
    /// The treasury.
    Treasury(TreasuryCall),
    /// The scheduler.
    Scheduler(SchedulerCall),
    /// The collective.
    Collective(CollectiveCall),
    /// The whitelist.
    Whitelist(WhitelistCall),
    /// Bounties.
    Bounties(BountyCall),
}

/// Why governance refuses. Nothing has changed then.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum Error {
    /// The origin does not have the powers that the call asks for.
    #[error("the origin may not do this")]
    BadOrigin,
    /// The account cannot pay, hold or lock that much.
    #[error("the account has too little for this")]
    TooLittle,
    /// The ledger refused for another reason than too little.
    #[error("the ledger refused the amount")]
    Ledger,
    /// Votes and delegation.
    #[error("voting: {0}")]
    Voting(VotingError),
    /// Referenda.
    #[error("referenda: {0}")]
    Referenda(ReferendaError),
    /// Preimages.
    #[error("preimages: {0}")]
    Preimages(PreimageError),
    /// The treasury.
    #[error("treasury: {0}")]
    Treasury(TreasuryError),
    /// The scheduler.
    #[error("scheduler: {0}")]
    Scheduler(SchedulerError),
    /// The collective.
    #[error("collective: {0}")]
    Collective(CollectiveError),
    /// The whitelist.
    #[error("whitelist: {0}")]
    Whitelist(WhitelistError),
    /// Bounties.
    #[error("bounties: {0}")]
    Bounties(BountyError),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Event {
    /// To votes and delegations.
    Voting(VotingEvent),
    /// To referenda.
    Referenda(ReferendaEvent),
    /// To preimages.
    Preimages(PreimageEvent),
    /// To the treasury.
    Treasury(TreasuryEvent),
    /// To scheduled calls.
    Scheduler(SchedulerEvent),
    /// To the collective.
    Collective(CollectiveEvent),
    /// To the whitelist.
    Whitelist(WhitelistEvent),
    /// To bounties.
    Bounties(BountyEvent),
    /// To those who took part.
    Participation(ParticipationEvent),
}

impl From<BalanceError> for Error {
    fn from(error: BalanceError) -> Self {
        match error {
            BalanceError::TooLittle { .. }
            | BalanceError::TooLittleHeld { .. }
            | BalanceError::FreezeAboveTotal { .. } => Self::TooLittle,
            BalanceError::BelowExistentialDeposit { .. }
            | BalanceError::NoAccount
            | BalanceError::TooManyReasons
            | BalanceError::Overflow
            | BalanceError::LastNonce => Self::Ledger,
        }
    }
}

impl From<VotingError> for Error {
    fn from(error: VotingError) -> Self {
        Self::Voting(error)
    }
}

impl From<VotingEvent> for Event {
    fn from(event: VotingEvent) -> Self {
        Self::Voting(event)
    }
}

impl From<ReferendaError> for Error {
    fn from(error: ReferendaError) -> Self {
        Self::Referenda(error)
    }
}

impl From<ReferendaEvent> for Event {
    fn from(event: ReferendaEvent) -> Self {
        Self::Referenda(event)
    }
}

impl From<PreimageError> for Error {
    fn from(error: PreimageError) -> Self {
        Self::Preimages(error)
    }
}

impl From<PreimageEvent> for Event {
    fn from(event: PreimageEvent) -> Self {
        Self::Preimages(event)
    }
}

impl From<TreasuryError> for Error {
    fn from(error: TreasuryError) -> Self {
        Self::Treasury(error)
    }
}

impl From<TreasuryEvent> for Event {
    fn from(event: TreasuryEvent) -> Self {
        Self::Treasury(event)
    }
}

impl From<SchedulerError> for Error {
    fn from(error: SchedulerError) -> Self {
        Self::Scheduler(error)
    }
}

impl From<SchedulerEvent> for Event {
    fn from(event: SchedulerEvent) -> Self {
        Self::Scheduler(event)
    }
}

impl From<CollectiveError> for Error {
    fn from(error: CollectiveError) -> Self {
        Self::Collective(error)
    }
}

impl From<CollectiveEvent> for Event {
    fn from(event: CollectiveEvent) -> Self {
        Self::Collective(event)
    }
}

impl From<WhitelistError> for Error {
    fn from(error: WhitelistError) -> Self {
        Self::Whitelist(error)
    }
}

impl From<WhitelistEvent> for Event {
    fn from(event: WhitelistEvent) -> Self {
        Self::Whitelist(event)
    }
}

impl From<BountyError> for Error {
    fn from(error: BountyError) -> Self {
        Self::Bounties(error)
    }
}

impl From<BountyEvent> for Event {
    fn from(event: BountyEvent) -> Self {
        Self::Bounties(event)
    }
}

impl From<ParticipationEvent> for Event {
    fn from(event: ParticipationEvent) -> Self {
        Self::Participation(event)
    }
}
