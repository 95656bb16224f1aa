//! The presets, every number with its unit and source, and the development keys that they use.
//!
//! Genesis times are fixed, so that two nodes started with the same preset are on one chain; the first block after a
//! long silence skips the epochs in between. The launcher sets the time at which it starts.

use super::{ChainSpec, ChainSpecError, GenesisValidator};
use crate::runtime::Parameters;
use serin_consensus::leader::vrf::LotterySecret;
use serin_consensus::params::Params;
use serin_consensus::rules::Rules;
use serin_state::derive::{Seed, SessionSeeds};
use serin_state::types::{AccountId, Balance, Millis};

/// When slot 0 of the presets begins: 2026-01-01 00:00:00 UTC.
const GENESIS_TIME: Millis = Millis(1_767_225_600_000);

/// What every development account holds.
const ENDOWMENT: Balance = Balance::tokens(1_000_000);

/// Most validators that a preset is made for.
const VALIDATORS_MAX: usize = 1_000;

/// Names of the development accounts, in the order in which validators take them.
const NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// The derivation path of validator number `index`: `//Alice` to `//Ferdie`, then `//Validator//7` and on.
#[must_use]
pub fn development_uri(index: usize) -> String {
    NAMES.get(index).map_or_else(
        || format!("//Validator//{}", index.saturating_add(1)),
        |name| format!("//{name}"),
    )
}

/// What people call the account of [`development_uri`].
#[must_use]
pub fn development_name(index: usize) -> String {
    NAMES.get(index).map_or_else(
        || format!("Validator {}", index.saturating_add(1)),
        |name| (*name).to_owned(),
    )
}

/// Timing for a network on one machine.
const LOCAL: Params = Params {
    genesis_time_ms: GENESIS_TIME,
    slot_ms: 1_000,
    // Two minutes: short enough to see many epochs, long enough for several rounds in each.
    epoch_slots: 120,
    primary_numerator: 1,
    primary_denominator: 4,
    // A secondary author waits a quarter slot for a primary block.
    secondary_delay_ms: 250,
    // A message reaches everybody on one machine well within a quarter slot.
    gossip_ms: 250,
};

/// Kusama's timing (relay/kusama constants; sc-consensus-babe for c, polkadot PR 5448 for gossip).
const KUSAMA: Params = Params {
    genesis_time_ms: GENESIS_TIME,
    slot_ms: 6_000,
    epoch_slots: 600,
    primary_numerator: 1,
    primary_denominator: 4,
    secondary_delay_ms: 0,
    gossip_ms: 2_000,
};

const _: () = assert!(LOCAL.check().is_ok() && KUSAMA.check().is_ok());

impl ChainSpec {
    /// A preset with development keys: `dev` with 1 validator, `local` and `kusama` with 4, unless another number
    /// is given.
    ///
    /// # Errors
    /// [`ChainSpecError::UnknownPreset`], and for a number of validators that is no set.
    pub fn preset(name: &str, validators: Option<usize>) -> Result<Self, ChainSpecError> {
        let (params, count, root) = match name {
            "dev" => (LOCAL, 1, true),
            "local" => (LOCAL, 4, true),
            "kusama" => (KUSAMA, 4, false),
            _ => return Err(ChainSpecError::UnknownPreset(name.to_owned())),
        };
        let count = validators.unwrap_or(count).min(VALIDATORS_MAX);
        let spec = Self {
            name: format!("Serin {name}"),
            id: name.to_owned(),
            params,
            rules: Rules::standard(),
            parameters: Parameters::kusama(),
            validators: (0..count).map(validator).collect(),
            rotation: None,
            balances: (0..count.max(NAMES.len())).map(|n| (account(n), ENDOWMENT)).collect(),
            root: root.then(|| account(0)),
            bootnodes: Vec::new(),
        };
        spec.check()?;
        Ok(spec)
    }
}

fn seed(index: usize) -> Seed {
    let seed = Seed::from_uri(&development_uri(index));
    assert!(seed.is_ok(), "invariant(development): the paths above are hard junctions");
    seed.unwrap_or_else(|_| Seed::new([0; 32]))
}

fn account(index: usize) -> AccountId {
    seed(index).key().public().into()
}

fn validator(index: usize) -> GenesisValidator {
    let seeds = SessionSeeds::of(&seed(index));
    GenesisValidator {
        account: account(index),
        seal: seeds.seal.key().public(),
        lottery: LotterySecret::from_seed(seeds.lottery.as_bytes()).public(),
        vote: seeds.vote.key().public(),
    }
}
