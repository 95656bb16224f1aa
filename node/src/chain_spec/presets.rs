//! The three presets, every number with its unit, its relation to others and its source.
//!
//! | | `dev` | `local` | `kusama` |
//! |---|---|---|---|
//! | validators | 1, Alice | 4 by default | 4 by default (Kusama elects 1,000) |
//! | slot | 1 s | 1 s | 6 s |
//! | epoch | 60 slots: a minute | 60 slots | 600 slots: an hour |
//! | chance of a primary leader | 1 of 4 | 1 of 4 | 1 of 4 |
//! | a secondary author waits | not at all | a quarter slot | not at all |
//! | finality waits for gossip | a tenth slot | a tenth slot | 2 s |
//! | stake stays bound for | 168 epochs | 168 epochs | 168 epochs: 28 eras, 7 days |
//! | root account | Alice | Alice | none |
//! | governance | minutes: 5,040 times faster | likewise | Kusama's 16 tracks |
//! | an era | 2 epochs | 2 epochs | 6 epochs |
//! | unbonding takes | 4 eras | 4 eras | 28 eras |
//! | seats | 16 | 16 | 1,000 |
//!
//! All keys are development keys: known to everybody. Kusama's numbers are those of
//! polkadot-fellows/runtimes `relay/kusama` (slot, epoch, chance, secondary slots) and of the GRANDPA
//! gossip duration set there in polkadot PR 5448. Prices are [`Parameters::kusama`] everywhere.

use super::{ChainSpec, GenesisValidator, Inherited, SpecError, StakingSpec};
use crate::runtime::Parameters;
use serin_consensus::leader::VALIDATORS_MAX;
use serin_consensus::leader::vrf::LotterySecret;
use serin_consensus::params::Params;
use serin_consensus::rules::Rules;
use serin_consensus::staking;
use serin_state::derive::{Seed, SessionSeeds};
use serin_state::types::{AccountId, Balance, Millis};

/// The development accounts that the ecosystem's tools know by name.
pub const DEVELOPMENT_NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// What each development account has at the start.
pub const DEVELOPMENT_ENDOWMENT: Balance = Balance::tokens(1_000_000);

/// What each validator of a preset bonds at the start, besides its endowment.
pub const DEVELOPMENT_BOND: Balance = Balance::tokens(1_000_000);

/// What the treasury has at the start: enough to live, so that it can take fees.
const TREASURY_ENDOWMENT: Balance = Balance::tokens(1);

/// The secret of the development validator at `position`, from zero: `//Alice` to `//Ferdie`, then
/// `//Validator//7` and on. Known to everybody.
#[must_use]
pub fn development_uri(position: usize) -> String {
    DEVELOPMENT_NAMES.get(position).map_or_else(
        || format!("//Validator//{}", position.saturating_add(1)),
        |name| format!("//{name}"),
    )
}

impl ChainSpec {
    /// The names of the presets.
    pub const PRESETS: [&'static str; 3] = ["dev", "local", "kusama"];

    /// The preset called `name`, with slot 0 at `genesis_time`; `validators` replaces its own number.
    ///
    /// # Errors
    /// [`SpecError::UnknownPreset`], and what [`ChainSpec::check`] refuses.
    pub fn preset(
        name: &str,
        validators: Option<usize>,
        genesis_time: Millis,
    ) -> Result<Self, SpecError> {
        let spec = match name {
            "dev" => Self::development(validators.unwrap_or(1), genesis_time),
            "local" => Self::local(validators.unwrap_or(4), 1_000, genesis_time),
            "kusama" => Self::kusama(validators.unwrap_or(4), genesis_time),
            _ => return Err(SpecError::UnknownPreset(name.to_owned())),
        };
        spec.check()?;
        Ok(spec)
    }

    /// One node for development: no waiting, Alice may do everything.
    #[must_use]
    pub fn development(validators: usize, genesis_time: Millis) -> Self {
        let mut spec = Self::local(validators, 1_000, genesis_time);
        "Development".clone_into(&mut spec.name);
        "dev".clone_into(&mut spec.id);
        spec.params.secondary_delay_ms = 0;
        spec
    }

    /// A network on one machine.
    #[must_use]
    pub fn local(validators: usize, slot_ms: u64, genesis_time: Millis) -> Self {
        let params = Params {
            genesis_time_ms: genesis_time,
            slot_ms: 1_000,
            epoch_slots: 60,
            primary_numerator: 1,
            primary_denominator: 4,
            secondary_delay_ms: 250,
            gossip_ms: 100,
            bonding_slots: 28 * 6 * 60,
        };
        let mut spec = Self::with_development_keys("local", "Local testnet", params, validators);
        spec.root = spec.validators.first().map(|validator| validator.account);
        spec.governance = serin_governance::Parameters::local(params.slot_ms);
        spec.staking =
            Some(stake(staking::Parameters::local(params.slot_ms), spec.validators.len()));
        spec.with_slot_ms(slot_ms)
    }

    /// Kusama's numbers with development keys.
    #[must_use]
    pub fn kusama(validators: usize, genesis_time: Millis) -> Self {
        let params = Params {
            genesis_time_ms: genesis_time,
            slot_ms: 6_000,
            epoch_slots: 600,
            primary_numerator: 1,
            primary_denominator: 4,
            secondary_delay_ms: 0,
            gossip_ms: 2_000,
            bonding_slots: 28 * 6 * 600,
        };
        Self::with_development_keys("kusama", "Kusama's numbers", params, validators)
    }

    /// The same with other slots: what is a part of a slot (a secondary author's waiting, gossip, the weight
    /// of a block) keeps its part.
    #[must_use]
    pub fn with_slot_ms(mut self, slot_ms: u64) -> Self {
        let before = self.params.slot_ms;
        let part = |ms: u64| ms.saturating_mul(slot_ms).checked_div(before).unwrap_or(ms);
        self.params.secondary_delay_ms = part(self.params.secondary_delay_ms);
        self.params.gossip_ms = part(self.params.gossip_ms).max(1);
        self.params.slot_ms = slot_ms;
        self.parameters.block_weight_max = Parameters::weight_of_slot(slot_ms);
        self
    }

    fn with_development_keys(id: &str, name: &str, params: Params, validators: usize) -> Self {
        // One more than are allowed is enough for `check` to refuse.
        let count = validators.min(VALIDATORS_MAX.saturating_add(1));
        let known = count.max(DEVELOPMENT_NAMES.len());
        let keys: Vec<GenesisValidator> =
            (0..known).filter_map(|position| validator(&development_uri(position))).collect();
        let mut balances: Vec<(AccountId, Balance)> =
            keys.iter().map(|one| (one.account, DEVELOPMENT_ENDOWMENT)).collect();
        for (_, amount) in balances.iter_mut().take(count) {
            *amount = amount.saturating_add(DEVELOPMENT_BOND);
        }
        balances.push((AccountId::of_module(b"treasury"), TREASURY_ENDOWMENT));
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            params,
            rules: Rules::standard(),
            parameters: Parameters::kusama(params.slot_ms),
            governance: serin_governance::Parameters::kusama(params.slot_ms),
            staking: Some(stake(staking::Parameters::kusama(params.slot_ms), count)),
            validators: keys.into_iter().take(count).collect(),
            rotation: None,
            balances,
            root: None,
            inherited: Inherited::default(),
            bootnodes: Vec::new(),
        }
    }
}

/// Stake of the presets: every validator bonds the same and finds a seat, and nobody nominates yet.
fn stake(mut parameters: staking::Parameters, validators: usize) -> StakingSpec {
    let seats = u32::try_from(validators).unwrap_or(u32::MAX);
    parameters.election.seats = parameters.election.seats.max(seats);
    StakingSpec {
        parameters,
        validator_bond: DEVELOPMENT_BOND,
        commission: parameters.bonding.min_commission,
        nominators: Vec::new(),
    }
}

/// The validator whose keys belong to the secret `uri`.
fn validator(uri: &str) -> Option<GenesisValidator> {
    let seed = Seed::from_uri(uri).ok()?;
    let session = SessionSeeds::of(&seed);
    Some(GenesisValidator {
        account: seed.key().public().into(),
        seal: session.seal.key().public(),
        lottery: LotterySecret::from_seed(session.lottery.as_bytes()).public(),
        vote: session.vote.key().public(),
    })
}
