//! The numbers of governance for the presets of chains, and the relations that hold between them.
//!
//! Each module has its own numbers and their sources; here they are put together, with one clock for all periods.

use crate::Parameters;
use crate::bounties::BountyParameters;
use crate::collective::CollectiveParameters;
use crate::participation::ParticipationParameters;
use crate::preimages::PreimageParameters;
use crate::referenda::{ReferendaParameters, TracksError};
use crate::scheduler::SchedulerParameters;
use crate::treasury::TreasuryParameters;
use crate::voting::VotingParameters;
use crate::whitelist::WhitelistParameters;

/// How many times faster everything goes on a network on one machine: 14 days become four minutes.
pub const LOCAL_SPEED: u64 = 5_040;

/// Slots of six seconds in the seven days for which a conviction of 1x locks.
const LOCKING_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Most tracks there can be: calls on all of them are weighed for so many.
pub const TRACKS_MAX: usize = 16;

/// Why numbers of governance make no sense. Part of outcomes; append-only.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    thiserror::Error,
)]
pub enum ParametersError {
    /// Tracks are not in order, have no time to decide, or curves that rise.
    #[error(
        "tracks must be ascending, each with a decision period, room for a decision, and curves that fall"
    )]
    Tracks,
    /// More tracks than calls are weighed for.
    #[error("there are at most {TRACKS_MAX} tracks, and one of them has number 0")]
    TrackCount,
    /// An account could not vote.
    #[error("voting.votes_max must be between 1 and 512")]
    VotesMax,
    /// Nothing could be scheduled.
    #[error("scheduler.items_max must be between 1 and 256, and weight_max hold a millisecond")]
    Scheduler,
    /// The treasury would burn more than it has, or list spending tracks without an end.
    #[error(
        "treasury.burn_ppm must be at most 1000000, spend_period at least 1, limits at most 16"
    )]
    Treasury,
    /// A queue without an end.
    #[error("referenda.max_queued must be at most 1000")]
    MaxQueued,
    /// A poll would be too large to keep, or nothing is asked of it.
    #[error(
        "collective.members_max must be at most 250, whitelist.rank_min at most 9, threshold above 0, \
         polls_max at most 100"
    )]
    Collective,
    /// Winners could leave before what they decided happens.
    #[error(
        "voting.locking_period_slots must be at least the longest min_enactment_period of a track"
    )]
    Locking,
    /// Bounties without a value or with deposits out of bounds.
    #[error(
        "bounties.curator_share_ppm must be at most 1000000, curator_deposit_min at most \
         curator_deposit_max, update_period and value_min above 0"
    )]
    Bounties,
    /// A reward for taking part without bounds.
    #[error(
        "participation: with a reward above zero, votes_max, period_slots and capital_min must be \
         above zero and budget at least the reward"
    )]
    Participation,
}

impl From<TracksError> for ParametersError {
    fn from(_: TracksError) -> Self {
        Self::Tracks
    }
}

impl Parameters {
    /// As on Kusama, for slots of so many milliseconds.
    #[must_use]
    pub fn kusama(slot_ms: u64) -> Self {
        Self::faster(ReferendaParameters::kusama(slot_ms), slot_ms, 1)
    }

    /// As on Kusama, with all periods as short as suits a network on one machine, and the improvements on.
    #[must_use]
    pub fn local(slot_ms: u64) -> Self {
        Self::faster(ReferendaParameters::local(slot_ms), slot_ms, LOCAL_SPEED)
    }

    fn faster(referenda: ReferendaParameters, slot_ms: u64, speed: u64) -> Self {
        let clock_ms = slot_ms.saturating_mul(speed);
        Self {
            referenda,
            preimages: PreimageParameters::default(),
            scheduler: SchedulerParameters::default(),
            voting: VotingParameters {
                locking_period_slots: LOCKING_MS.div_ceil(clock_ms.max(1)),
                ..VotingParameters::default()
            },
            treasury: TreasuryParameters::faster(slot_ms, speed),
            collective: CollectiveParameters::default(),
            whitelist: WhitelistParameters::faster(slot_ms, speed),
            bounties: BountyParameters::faster(slot_ms, speed),
            participation: ParticipationParameters::default(),
        }
    }

    /// Checks the relations between the numbers.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn check(&self) -> Result<(), ParametersError> {
        use ParametersError as Error;
        const MILLISECOND: u64 = 1_000_000_000;
        self.referenda.check()?;
        let tracks = &self.referenda.tracks;
        let (votes, items) = (self.voting.votes_max, self.scheduler.items_max);
        let serves = self.scheduler.is_sound() && self.scheduler.weight_max.0 >= MILLISECOND;
        let burns = self.treasury.burn_ppm <= 1_000_000 && self.treasury.spend_period > 0;
        let rooted = tracks.first().is_some_and(|track| track.id == crate::TrackId::ROOT);
        let enacting = tracks.iter().map(|track| track.min_enactment_period).max();
        let locks = self.voting.locking_period_slots >= enacting.unwrap_or_default();
        let relations = [
            (rooted && tracks.len() <= TRACKS_MAX, Error::TrackCount),
            ((1..=512).contains(&votes), Error::VotesMax),
            ((1..=256).contains(&items) && serves, Error::Scheduler),
            (self.referenda.max_queued <= 1_000, Error::MaxQueued),
            (self.collective.members_max <= 250 && self.whitelist.is_sound(), Error::Collective),
            (burns && self.treasury.limits.len() <= TRACKS_MAX, Error::Treasury),
            (locks, Error::Locking),
            (self.bounties.is_sound(), Error::Bounties),
            (self.participation.is_sound(), Error::Participation),
        ];
        relations.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(error))
    }
}

#[cfg(test)]
mod tests;
