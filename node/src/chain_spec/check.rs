//! Whether a specification can be used: every relation, each refusal a sentence for the user.
//!
//! Relations of one part are checked where the part is defined (`Params`, `Parameters`, `Validators`); here
//! are those between parts. Both the reading of JSON and the presets end here.

use super::{ChainSpec, GenesisValidator, JSON_BYTES_MAX, Rotation};
use crate::runtime::{Parameters, ParametersError};
use serin_consensus::leader::{VALIDATORS_MAX, Validators, ValidatorsError};
use serin_consensus::params::ParamsError;
use serin_consensus::rules::Threshold;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeSet;

/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 32;
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Why a specification cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Not the JSON form: a syntax error, an unknown or missing field, a malformed key or address.
    #[error("not a chain specification: {0}")]
    Json(String),
    /// The JSON form is too long.
    #[error("a chain specification of {bytes} bytes is too long: at most {JSON_BYTES_MAX}")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// There is no such preset.
    #[error("there is no preset {0:?}: choose dev, local or kusama")]
    UnknownPreset(String),
    /// `name`.
    #[error("name must have 1 to {NAME_BYTES_MAX} bytes")]
    Name,
    /// `id`.
    #[error(
        "id must be 1 to {ID_BYTES_MAX} small letters, digits and dashes: it names a directory"
    )]
    Id,
    /// `params`.
    #[error("params: {0}")]
    Params(#[from] ParamsError),
    /// `parameters`.
    #[error("parameters: {0}")]
    Parameters(#[from] ParametersError),
    /// `governance`.
    #[error("governance: {0}")]
    Governance(#[from] serin_governance::ParametersError),
    /// `rules.finality.threshold`.
    #[error("rules.finality.threshold: the numerator must be above 0 and at most the denominator")]
    Threshold,
    /// Blocks could not be executed within a slot.
    #[error("parameters.block_weight_max is longer than a slot: at most {most_ps} picoseconds")]
    WeightAboveSlot {
        /// The length of a slot.
        most_ps: u64,
    },
    /// `validators`.
    #[error("validators: there must be 1 to {VALIDATORS_MAX}, not {0}")]
    ValidatorCount(usize),
    /// An account is listed as a validator twice.
    #[error("validators: {0} is listed twice")]
    ValidatorTwice(AccountId),
    /// A validator's keys are not three different ones.
    #[error("validators: seal, lottery and vote key of {0} must be three different keys")]
    SharedKey(AccountId),
    /// Keys of two validators.
    #[error("validators: {0}")]
    Validators(#[from] ValidatorsError),
    /// `rotation`.
    #[error(
        "rotation: every_epochs must be at least 1, and active between 1 and the {0} validators"
    )]
    Rotation(usize),
    /// An account has two balances.
    #[error("balances: {0} is listed twice")]
    BalanceTwice(AccountId),
    /// A balance no account can live with.
    #[error("balances: {account} has {amount}, below the existential deposit of {deposit}")]
    BelowExistentialDeposit {
        /// Whose.
        account: AccountId,
        /// How much.
        amount: Balance,
        /// `parameters.existential_deposit`.
        deposit: Balance,
    },
    /// `staking.parameters`.
    #[error("staking: {0}")]
    Staking(#[from] serin_consensus::staking::ParametersError),
    /// Stake that could not be bonded or nominated by a call.
    #[error("staking: {account} {why}")]
    Stake {
        /// Whose.
        account: AccountId,
        /// What is wrong.
        why: &'static str,
    },
    /// Stake would be free before votes are forgotten.
    #[error(
        "staking: bonding_eras of sessions_per_era epochs must be at most params.bonding_slots, which are {0}"
    )]
    BondingAboveVotes(u64),
    /// A key stands in `inherited` twice.
    #[error("inherited: a key stands in it twice")]
    Inherited,
    /// The balances leave 128 bits together.
    #[error("balances: together they are more than any balance can be")]
    Issuance,
}

impl ChainSpec {
    /// Checks every relation named at the fields.
    ///
    /// # Errors
    /// The first relation that does not hold.
    pub fn check(&self) -> Result<(), SpecError> {
        self.check_names()?;
        self.params.check()?;
        self.parameters.check()?;
        self.governance.check()?;
        check_weight(&self.parameters, self.params.slot_ms)?;
        if let Threshold::AtLeast { numerator, denominator } = self.rules.finality.threshold
            && (numerator == 0 || numerator > denominator)
        {
            return Err(SpecError::Threshold);
        }
        self.check_validators()?;
        check_rotation(self.rotation.as_ref(), self.validators.len())?;
        if !super::fork::is_sound(&self.inherited) {
            return Err(SpecError::Inherited);
        }
        self.check_balances()?;
        super::stake::check(self)
    }

    fn check_names(&self) -> Result<(), SpecError> {
        if !(1..=NAME_BYTES_MAX).contains(&self.name.len()) {
            return Err(SpecError::Name);
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=ID_BYTES_MAX).contains(&self.id.len()) || !self.id.bytes().all(allowed) {
            return Err(SpecError::Id);
        }
        Ok(())
    }

    fn check_validators(&self) -> Result<(), SpecError> {
        let count = self.validators.len();
        if !(1..=VALIDATORS_MAX).contains(&count) {
            return Err(SpecError::ValidatorCount(count));
        }
        let mut accounts = BTreeSet::new();
        for one in &self.validators {
            if !accounts.insert(one.account) {
                return Err(SpecError::ValidatorTwice(one.account));
            }
            let keys = BTreeSet::from([one.seal.0, one.lottery.0, one.vote.0]);
            if keys.len() < 3 {
                return Err(SpecError::SharedKey(one.account));
            }
        }
        // All of them at once, so that every set of a rotation is sound too.
        Validators::new(self.validators.iter().map(GenesisValidator::member).collect())?;
        Ok(())
    }

    fn check_balances(&self) -> Result<(), SpecError> {
        let deposit = self.parameters.existential_deposit;
        let mut accounts = BTreeSet::new();
        let mut issuance = Balance::ZERO;
        for (account, amount) in &self.balances {
            let (account, amount) = (*account, *amount);
            if !accounts.insert(account) {
                return Err(SpecError::BalanceTwice(account));
            }
            if amount < deposit {
                return Err(SpecError::BelowExistentialDeposit { account, amount, deposit });
            }
            issuance = issuance.checked_add(amount).ok_or(SpecError::Issuance)?;
        }
        Ok(())
    }
}

fn check_weight(parameters: &Parameters, slot_ms: u64) -> Result<(), SpecError> {
    const PICOSECONDS_PER_MS: u64 = 1_000_000_000;
    let most_ps = slot_ms.saturating_mul(PICOSECONDS_PER_MS);
    if parameters.block_weight_max.0 > most_ps {
        return Err(SpecError::WeightAboveSlot { most_ps });
    }
    Ok(())
}

fn check_rotation(rotation: Option<&Rotation>, validators: usize) -> Result<(), SpecError> {
    let Some(rotation) = rotation else { return Ok(()) };
    let active = usize::try_from(rotation.active).unwrap_or(usize::MAX);
    if rotation.every_epochs == 0 || !(1..=validators).contains(&active) {
        return Err(SpecError::Rotation(validators));
    }
    Ok(())
}
