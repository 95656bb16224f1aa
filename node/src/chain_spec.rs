//! The chain specification: everything that the nodes of a chain must agree on, in one value.
//!
//! Written as JSON by people and scripts, encoded into the genesis state, so that the genesis hash
//! commits to all of it. Bootnodes travel with it and are no part of it: they may change.

mod check;
mod fork;
mod presets;
mod stake;

#[cfg(test)]
mod tests;

pub use check::SpecError;
pub use fork::{ForkError, Inherited, StateFile};
pub use presets::{DEVELOPMENT_BOND, DEVELOPMENT_ENDOWMENT, DEVELOPMENT_NAMES, development_uri};

use crate::runtime::Parameters;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_consensus::params::Params;
use serin_consensus::rules::Rules;
use serin_consensus::staking::{self, Perbill};
use serin_state::types::{AccountId, Balance, LotteryPublicKey, PublicKey};

/// Longest JSON form that is read, in bytes.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A chain before its first block. [`ChainSpec::check`] holds for every value in use.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    /// For people, as `Local testnet`.
    pub name: String,
    /// For directories: 1 to 32 small letters, digits and dashes.
    pub id: String,
    /// Timing and lottery.
    pub params: Params,
    /// The choices of consensus.
    pub rules: Rules,
    /// Prices and limits at the start; governance may change them.
    pub parameters: Parameters,
    /// Numbers of governance at the start; governance may change them.
    pub governance: serin_governance::Parameters,
    /// Stake at the start; without it the validators below stay, and staking's calls are refused.
    pub staking: Option<StakingSpec>,
    /// Who produces and finalises at the start, 1 to 2,048.
    pub validators: Vec<GenesisValidator>,
    /// Which of them are active when, in place of elections and eras; `None`: all of them, until others are elected.
    pub rotation: Option<Rotation>,
    /// Who has what at the start, in units; no account twice, none below the existential deposit.
    pub balances: Vec<(AccountId, Balance)>,
    /// The account that may do everything. For learning and tests only: the status of every node says so.
    pub root: Option<AccountId>,
    /// Values taken over from the final state of another chain ([`StateFile::fork`]). They stand in the genesis state, and so
    /// the genesis hash commits to them; the specification in the state does not repeat them.
    #[borsh(skip)]
    #[serde(default, skip_serializing_if = "Inherited::is_empty")]
    pub inherited: Inherited,
    /// Peers to start with, as multiaddresses. Not part of genesis.
    #[borsh(skip)]
    #[serde(default)]
    pub bootnodes: Vec<String>,
}

/// Stake at the start of a chain.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct StakingSpec {
    /// Numbers of staking at the start; governance may change them.
    pub parameters: staking::Parameters,
    /// What each validator bonds of its balance; all of them are candidates. At least `min_validator_bond`.
    pub validator_bond: Balance,
    /// What the validators take of their rewards before they are shared.
    pub commission: Perbill,
    /// Who nominates whom; no account twice, and no validator.
    pub nominators: Vec<GenesisNominator>,
}

/// An account that nominates from the start.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct GenesisNominator {
    /// Who.
    pub account: AccountId,
    /// How much of its balance it bonds.
    pub bond: Balance,
    /// Validators of the specification, 1 to 24 different ones.
    pub targets: Vec<AccountId>,
}

/// A validator and its three session keys, never shared between purposes.
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
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Receives the author's share of fees.
    pub account: AccountId,
    /// Signs headers.
    pub seal: PublicKey,
    /// Takes part in the slot lottery.
    pub lottery: LotteryPublicKey,
    /// Signs finality votes.
    pub vote: PublicKey,
}

/// A schedule of validator sets, until staking elects them: a window over the list of validators that
/// moves on by one.
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
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How many epochs with blocks a set serves, at least 1.
    pub every_epochs: u64,
    /// How many validators are in it, at least 1, at most all.
    pub active: u32,
}

impl ChainSpec {
    /// Reads the JSON form and checks it.
    ///
    /// # Errors
    /// [`SpecError`], a sentence for the user.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        if text.len() > JSON_BYTES_MAX {
            return Err(SpecError::TooLong { bytes: text.len() });
        }
        let spec: Self =
            serde_json::from_str(text).map_err(|error| SpecError::Json(error.to_string()))?;
        spec.check()?;
        Ok(spec)
    }

    /// The JSON form, indented.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every field has a JSON form, so the error cannot occur.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
