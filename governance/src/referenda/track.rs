//! Tracks: what each kind of proposal must pay, wait for and reach.
//!
//! Periods count slots. The relations between the numbers are checked once, by
//! [`ReferendaParameters::check`]; everything after relies on them.

use crate::curve::Curve;
use crate::{Origin, TrackId};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::Balance;

/// What a track is for, on this chain.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Something here has its powers.
    Here,
    /// Kusama has a use for it (slots of a relay chain), this chain has none: proposals pass and nothing
    /// accepts their origin. Kept, so that every number means what it means on Kusama.
    KusamaOnly,
}

/// One track.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Its number, as on Kusama.
    pub id: TrackId,
    /// Its name, as on Kusama.
    pub name: String,
    /// What it is for.
    pub subject: Subject,
    /// Most referenda being decided at once; others wait in the queue.
    pub max_deciding: u32,
    /// Paid before a decision starts, in units.
    pub decision_deposit: Balance,
    /// Slots from submission to the start of the decision, at least.
    pub prepare_period: u64,
    /// Slots over which the curves fall, at least one.
    pub decision_period: u64,
    /// Slots for which it must go on passing.
    pub confirm_period: u64,
    /// Slots from approval to enactment, at least.
    pub min_enactment_period: u64,
    /// Share of votes with conviction that must be for.
    pub min_approval: Curve,
    /// Share of the electorate that must support.
    pub min_support: Curve,
}

/// Numbers of the module.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct ReferendaParameters {
    /// Paid for submitting, in units.
    pub submission_deposit: Balance,
    /// Most referenda of one track that wait to be decided.
    pub max_queued: u32,
    /// Slots from submission after which a referendum without decision times out.
    pub undeciding_timeout: u64,
    /// True: alarms ring at the exactly first slot in which a referendum can pass. False: as published,
    /// where the inverse of a curve is up to 551 parts per billion off and an alarm up to a slot late; where it
    /// is a slot early, the referendum is looked at again in the next (the published one loses its alarm).
    pub exact_alarms: bool,
    /// True: a referendum that others push out of a full queue prepares again, comes back when it has more
    /// ayes or there is room, and can time out. False: as published, where it stays outside for ever if no
    /// one with fewer ayes waits.
    pub pushed_out_may_return: bool,
    /// All tracks, ascending by number.
    pub tracks: Vec<Track>,
}

/// Why tracks make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TracksError {
    /// The tracks are not ascending by number, or one stands twice.
    #[error("tracks are listed in ascending order of their numbers, each once")]
    Unsorted,
    /// A decision period without slots, or room for no decision.
    #[error("track {0:?} needs a decision period of a slot and room for a decision")]
    NoDecision(TrackId),
    /// A curve that rises.
    #[error("track {0:?} has a curve that rises")]
    RisingCurve(TrackId),
}

impl ReferendaParameters {
    /// The track of a number.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        let position = self.tracks.binary_search_by_key(&id, |track| track.id).ok()?;
        self.tracks.get(position)
    }

    /// The track on which a call with these powers is decided.
    #[must_use]
    pub fn track_for(&self, origin: Origin) -> Option<&Track> {
        match origin {
            Origin::Root => self.track(TrackId::ROOT),
            Origin::Track(TrackId::ROOT) | Origin::Signed(_) => None,
            Origin::Track(id) => self.track(id),
        }
    }

    /// Checks the relations named at the fields.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn check(&self) -> Result<(), TracksError> {
        let ids = self.tracks.iter().map(|track| track.id);
        if !ids.clone().zip(ids.skip(1)).all(|(one, next)| one < next) {
            return Err(TracksError::Unsorted);
        }
        for track in &self.tracks {
            if track.decision_period == 0 || track.max_deciding == 0 {
                return Err(TracksError::NoDecision(track.id));
            }
            if !track.min_approval.is_sound() || !track.min_support.is_sound() {
                return Err(TracksError::RisingCurve(track.id));
            }
        }
        Ok(())
    }
}
