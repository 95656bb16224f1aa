//! What JSON-RPC answers about staking. Scripts rely on the names.
//!
//! Shares are in parts per billion, amounts decimal strings in the smallest unit, accounts addresses.

use serde::{Deserialize, Serialize};

/// `staking_overview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StakingView {
    /// The era of the head.
    pub era: u32,
    /// The newest era with an elected set: this one, or the next.
    pub elected_era: u32,
    /// The session of the head.
    pub session: u64,
    /// The first session of the era.
    pub era_session: u64,
    /// How many sessions an era has.
    pub sessions_per_era: u32,
    /// For how many eras stake stays bound after it was unbonded.
    pub bonding_eras: u32,
    /// How many validators are elected at most.
    pub seats: u32,
    /// All tokens.
    pub issuance: String,
    /// What stands behind the validators of the era.
    pub staked: String,
    /// That as a share of all tokens.
    pub staked_ppb: u32,
    /// What validators and nominators would earn together if the era ended now.
    pub expected_pay: String,
    /// The validators of the era, in the order of their seats.
    pub validators: Vec<ValidatorView>,
    /// How many candidates there are.
    pub candidates: u32,
    /// How many nominators there are.
    pub nominators: u32,
    /// Whom an election would elect now, with what would stand behind each; those with the most first.
    pub preview: Vec<SeatView>,
    /// Candidates that an election would not elect now.
    pub waiting: Vec<String>,
    /// Validators of the era before that made no block although many were expected of them.
    pub offline: Vec<String>,
    /// How unequal the stakes of the era's validators are: 0 all alike, near a billion one has all.
    pub gini_ppb: u32,
    /// How few validators have more than a third of the stake: enough to stop finality.
    pub nakamoto_third: u32,
    /// How few validators have more than two thirds of the stake: enough to decide finality.
    pub nakamoto_two_thirds: u32,
}

/// A validator of an era.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorView {
    /// Who.
    pub account: String,
    /// Its own stake.
    pub own: String,
    /// With that of its nominators.
    pub total: String,
    /// How many nominators stand behind it.
    pub nominators: u32,
    /// What it takes of its rewards, in parts per billion.
    pub commission_ppb: u32,
    /// What it has done.
    pub points: u32,
    /// What it and its nominators would earn together if the era ended now.
    pub expected_pay: String,
    /// Whether it makes no more blocks in this era, because of an offence.
    pub disabled: bool,
}

/// A seat in an election.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatView {
    /// Who.
    pub account: String,
    /// What would stand behind it.
    pub total: String,
}

/// `staking_account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StakerView {
    /// Who.
    pub account: String,
    /// The era of the head.
    pub era: u32,
    /// All that is bonded.
    pub total: String,
    /// What counts in the next election.
    pub active: String,
    /// What unbonds.
    pub unlocking: Vec<ChunkView>,
    /// Where rewards go: `staked`, `stash`, `none` or an address; null without a bond.
    pub payee: Option<String>,
    /// `validates`, `nominates` or `idle`.
    pub intention: String,
    /// What it takes of its rewards as a candidate.
    pub commission_ppb: Option<u32>,
    /// Whether it takes new nominations as a candidate.
    pub blocked: bool,
    /// Whom it nominates.
    pub targets: Vec<String>,
    /// Its session keys, the oldest first.
    pub keys: Vec<KeysView>,
    /// What stands behind it as a validator of the era; null for one that has no seat.
    pub exposure: Option<ExposureView>,
    /// What it earned as a validator, the newest era first.
    pub rewards: Vec<RewardView>,
}

/// What stands behind a validator of the era.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureView {
    /// The validator and what it has done.
    pub validator: ValidatorView,
    /// Its nominators, the first 512.
    pub nominators: Vec<BackerView>,
}

/// A nominator behind a validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackerView {
    /// Who.
    pub account: String,
    /// With how much of its stake.
    pub stake: String,
}

/// A part that unbonds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkView {
    /// How much.
    pub amount: String,
    /// The first era in which it may be withdrawn.
    pub era: u32,
}

/// Session keys that were set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    /// The first session in which they seal and vote.
    pub signing_from: u64,
    /// The first session in which they play the lottery.
    pub lottery_from: u64,
    /// The seal key; null where the keys were purged.
    pub seal: Option<String>,
    /// The lottery key.
    pub lottery: Option<String>,
    /// The vote key.
    pub vote: Option<String>,
}

/// What a validator earned in an era.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardView {
    /// The era.
    pub era: u32,
    /// Its points.
    pub points: u32,
    /// What the pages of its exposure earn together, itself included.
    pub pay: String,
    /// Pages of its exposure.
    pub pages: u32,
    /// Pages that nobody has claimed yet: `serin staking payout`.
    pub unclaimed: Vec<u32>,
}
