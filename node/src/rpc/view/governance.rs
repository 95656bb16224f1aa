//! What JSON-RPC answers about governance. Scripts rely on the names.
//!
//! Shares are in parts per billion, amounts decimal strings in the smallest unit, times slots.

use super::UpgradeView;
use super::power::{PowerView, TurnoutView};
use serde::{Deserialize, Serialize};

/// `governance_overview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernanceView {
    /// Current slot of the head.
    pub slot: u64,
    /// All tokens.
    pub issuance: String,
    /// What the treasury has.
    pub treasury: String,
    /// What can vote: support is a share of it.
    pub electorate: String,
    /// How many referenda there have ever been.
    pub count: u32,
    /// Those that can be voted on, and the last that ended.
    pub referenda: Vec<ReferendumView>,
    /// Accounts that have voted or delegated, as far as this node has seen.
    pub participants: usize,
    /// Tokens of all accounts that have taken part.
    pub participants_tokens: String,
    /// These as a share of the electorate.
    pub participation_ppb: u32,
    /// How these tokens are spread among them.
    pub power: PowerView,
    /// The upgrade that is pending, or the last one.
    pub upgrade: Option<UpgradeView>,
}

/// `governance_referendum`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferendumView {
    /// Its number.
    pub index: u32,
    /// Number of its track.
    pub track: u16,
    /// Name of its track.
    pub track_name: String,
    /// `preparing`, `queued`, `deciding`, `confirming`, or how it ended: `approved`, `rejected`, `timed_out`,
    /// `cancelled`, `killed`.
    pub phase: String,
    /// What is proposed, in words; of an ended one nothing.
    pub proposal: Option<String>,
    /// Slot of its submission; of an ended one that of its end.
    pub slot: u64,
    /// Address of who submitted it.
    pub submitter: Option<String>,
    /// Address of who paid the decision deposit.
    pub depositor: Option<String>,
    /// When its decision began.
    pub deciding_since: Option<u64>,
    /// When its decision ends at the latest, unless it is being confirmed then.
    pub decides_until: Option<u64>,
    /// When it is approved, if it goes on passing.
    pub confirms_until: Option<u64>,
    /// Votes with conviction for it.
    pub ayes: String,
    /// Votes with conviction against it.
    pub nays: String,
    /// Tokens for it or abstaining.
    pub support: String,
    /// Share of the votes that are for it.
    pub approval_ppb: u32,
    /// Share of the electorate that supports it.
    pub support_ppb: u32,
    /// The approval asked now.
    pub approval_threshold_ppb: u32,
    /// The support asked now.
    pub support_threshold_ppb: u32,
    /// Votes with conviction for it that are missing now.
    pub votes_missing: String,
    /// Tokens that are missing for support now.
    pub support_missing: String,
    /// The slot from which it passes, if no vote changes and it will.
    pub passes_from: Option<u64>,
    /// The slot in which it is approved, if no vote changes and it will be.
    pub approved_at: Option<u64>,
    /// The slot in which it is rejected, if no vote changes and it will be.
    pub rejected_at: Option<u64>,
    /// Votes with conviction for it that are missing at the end of its decision, when least is asked.
    pub votes_missing_at_end: Option<String>,
    /// Tokens that are missing for support at the end of its decision.
    pub support_missing_at_end: Option<String>,
    /// What comes next if no vote changes, in a sentence.
    pub outlook: String,
    /// The approval asked, at ten points of the decision period from its start to its end.
    pub approval_curve_ppb: Vec<u32>,
    /// The support asked, likewise.
    pub support_curve_ppb: Vec<u32>,
    /// The heaviest votes that this node knows of; not in the overview.
    pub votes: Vec<VoteView>,
    /// Who takes part; not in the overview, and nothing of an ended one whose votes are gone.
    pub turnout: Option<TurnoutView>,
    /// How votes with conviction are spread among those who vote, with what is lent to them.
    pub power: Option<PowerView>,
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteView {
    /// Address.
    pub account: String,
    /// In words: `aye 10 SRN at 2x`.
    pub vote: String,
    /// Its own votes with conviction and those that it carries for others.
    pub weight: String,
    /// Votes that others have lent to it.
    pub delegated_votes: String,
    /// Tokens of these.
    pub delegated_capital: String,
    /// How many have lent them.
    pub delegators: u32,
    /// Whether its vote carries them: one that splits does not.
    pub is_carried: bool,
}

/// An item of `governance_tracks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackView {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Whether something here accepts its powers.
    pub has_subject: bool,
    /// Most referenda being decided at once.
    pub max_deciding: u32,
    /// How many are being decided.
    pub deciding: u32,
    /// How many wait for that.
    pub queued: u32,
    /// The decision deposit.
    pub decision_deposit: String,
    /// Slots until a decision can begin.
    pub prepare_period: u64,
    /// Slots over which the curves fall.
    pub decision_period: u64,
    /// Slots for which it must go on passing.
    pub confirm_period: u64,
    /// Slots from approval to enactment at least.
    pub min_enactment_period: u64,
    /// The approval asked, at eleven points of the decision period from its start to its end.
    pub approval_curve_ppb: Vec<u32>,
    /// The support asked, likewise.
    pub support_curve_ppb: Vec<u32>,
}

/// `governance_preview`: what a proposal would cost and need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewView {
    /// The call in words.
    pub call: String,
    /// Length of its bytes.
    pub bytes: usize,
    /// Hash of its bytes.
    pub hash: String,
    /// Whether it has to be noted as a preimage.
    pub needs_preimage: bool,
    /// What keeping the preimage costs while it is kept; zero where none is needed.
    pub preimage_deposit: String,
    /// What submitting costs until the end.
    pub submission_deposit: String,
    /// Whether this node's rules know the call in the present protocol version.
    pub is_known: bool,
    /// Weight of the call, and what is kept for such calls in a block, in picoseconds.
    pub weight: u64,
    /// What scheduled calls of a block may weigh together.
    pub weight_max: u64,
    /// The track.
    pub track: TrackView,
    /// Tokens that must support it at the start of the decision.
    pub support_at_start: String,
    /// Tokens that must support it at the end.
    pub support_at_end: String,
    /// Slots from submission to enactment, if it passes at once.
    pub fastest_slots: u64,
}
