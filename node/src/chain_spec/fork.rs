//! A new chain from the final state of another one: recovery when more than f of its voters is lost for ever.
//!
//! There is no forced change of validators. What people agree on instead is a new genesis: it has the old accounts, nonces,
//! issuance and votes, new validators, and a hash of its own, so no old signature counts on it. Slots go on counting from the
//! old genesis time, so every lock and agenda keeps its slot.
//!
//! Bounds: the values go into the JSON form of the specification, and so keep to its limit.

use super::{ChainSpec, GenesisValidator, SpecError};
use crate::runtime::{BLOCK_HASHES, Parameters};
use borsh::BorshDeserialize;
use serde::{Deserialize, Serialize};
use serin_consensus::leader::SessionHead;
use serin_consensus::staking::era;
use serin_consensus::staking::ledger::Kind;
use serin_consensus::staking::offence::record;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::{Changes, read};
use serin_state::tree::{NoPages, Tree};
use serin_state::types::{Hash, Height};
use std::collections::{BTreeMap, BTreeSet};

/// Values that a genesis takes over from another chain, in the order of their keys. As JSON: hexadecimal keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "BTreeMap<String, String>", try_from = "BTreeMap<String, String>")]
pub struct Inherited(pub Vec<(StateKey, Vec<u8>)>);

impl Inherited {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Inherited> for BTreeMap<String, String> {
    fn from(Inherited(values): Inherited) -> Self {
        values.into_iter().map(|(key, value)| (hex::encode(key.0), hex::encode(value))).collect()
    }
}

impl TryFrom<BTreeMap<String, String>> for Inherited {
    type Error = hex::FromHexError;

    fn try_from(values: BTreeMap<String, String>) -> Result<Self, hex::FromHexError> {
        let read = |(key, value): (String, String)| {
            let mut bytes = [0; 32];
            hex::decode_to_slice(&key, &mut bytes)?;
            Ok((StateKey(bytes), hex::decode(&value)?))
        };
        let mut values = values.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        values.sort_unstable();
        Ok(Self(values))
    }
}

/// The state after a final block, in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateFile {
    /// Hash of the genesis header of its chain.
    pub genesis: Hash,
    /// The block.
    pub block: Hash,
    /// Its height.
    pub height: Height,
    /// Root of the state after it.
    pub state_root: Hash,
    /// Everything that the state holds.
    pub values: Inherited,
}

/// Why a state makes no new chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Not a file of `serin chain-spec export-state`.
    #[error("not a state file: {0}")]
    Json(String),
    /// The values are not those of the root.
    #[error(
        "the values have the state root {found}, and the file says {said}: it was changed or cut"
    )]
    Root {
        /// Of the values.
        found: Hash,
        /// In the file.
        said: Hash,
    },
    /// There is no specification in it.
    #[error("the state holds no chain specification that this release can read")]
    NoSpecification,
    /// The new specification cannot be used.
    #[error("the new specification: {0}")]
    Spec(#[from] SpecError),
}

impl StateFile {
    /// Reads the JSON form and checks its root.
    ///
    /// # Errors
    /// [`ForkError`], a sentence for the user.
    pub fn from_json(text: &str) -> Result<Self, ForkError> {
        let file: Self =
            serde_json::from_str(text).map_err(|error| ForkError::Json(error.to_string()))?;
        let changes: Changes =
            file.values.0.iter().map(|(key, value)| (*key, Some(value.clone()))).collect();
        let tree = Tree::empty().update(&NoPages, &changes);
        let found = tree.map_or(Hash::ZERO, |tree| tree.root());
        if found == file.state_root {
            Ok(file)
        } else {
            Err(ForkError::Root { found, said: file.state_root })
        }
    }

    /// The specification of a new chain that goes on from this state with other validators.
    ///
    /// The state is what a final block of the old chain says, by its root; its money is not added up again: keys are hashes,
    /// so the rows of an account that nobody names cannot be told from other values.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn fork(
        &self,
        validators: Vec<GenesisValidator>,
        (id, name): (Option<String>, Option<String>),
    ) -> Result<ChainSpec, ForkError> {
        let state: BTreeMap<StateKey, Vec<u8>> = self.values.0.iter().cloned().collect();
        let bytes = state.get(&Item::Specification.key()).ok_or(ForkError::NoSpecification)?;
        let mut spec = ChainSpec::try_from_slice(bytes).map_err(|_| ForkError::NoSpecification)?;
        let mut own = own_items(&spec);
        own.extend(candidacies(&state));
        own.extend(history(&state));
        let kept = state.iter().filter(|(key, _)| !own.contains(key));
        let parameters: Option<Parameters> = read(&state, &Item::Parameters.key());
        spec.parameters = parameters.unwrap_or(spec.parameters);
        spec.governance = read(&state, &Item::Governance.key()).unwrap_or(spec.governance);
        spec.inherited = Inherited(kept.map(|(key, value)| (*key, value.clone())).collect());
        spec.name = name.unwrap_or_else(|| format!("{} fork", spec.name));
        spec.id = id.unwrap_or_else(|| format!("{}-fork", spec.id));
        spec.validators = validators;
        spec.rotation = None;
        // Bonds and the numbers of staking are inherited; the new validators bond by calls, as anybody.
        spec.staking = None;
        spec.balances = Vec::new();
        spec.bootnodes = Vec::new();
        spec.check()?;
        Ok(spec)
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every field has a JSON form, so the error cannot occur.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a genesis writes itself, or what belongs to the blocks of the old chain.
fn own_items(spec: &ChainSpec) -> BTreeSet<StateKey> {
    let single = [
        Item::Specification,
        Item::Parameters,
        Item::Governance,
        Item::Session,
        Item::Validators,
        Item::NextValidators,
        Item::OldestSession,
        Item::Version,
        Item::FeeMultiplier,
        Item::Mountain,
        Item::Upgrade,
    ];
    let hashes = (0..BLOCK_HASHES).map(Item::BlockHash);
    let knows = spec.validators.iter().map(|validator| Item::Knows(validator.account));
    single.into_iter().chain(hashes).chain(knows).map(|item| item.key()).collect()
}

/// Candidacies of the old chain: its validators are lost, and nobody is to elect them again.
fn candidacies(state: &BTreeMap<StateKey, Vec<u8>>) -> Vec<StateKey> {
    let members = Kind::Candidates.members(state);
    let pages = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let roster = (0..pages).map(|page| Item::Roster(0, page)).chain([Item::RosterLength(0)]);
    let rows = members.into_iter().map(Item::Candidate);
    roster.chain(rows).map(|item| item.key()).collect()
}

/// Eras ahead for which slashes may wait.
const OFFENCE_ERAS: u32 = 1_024;

/// Sessions, eras and offences of the old chain: the new one begins with session 0, in the same era with other validators.
fn history(state: &BTreeMap<StateKey, Vec<u8>>) -> Vec<StateKey> {
    let head: Option<SessionHead> = read(state, &Item::Session.key());
    let records = 0..=head.map_or(0, |head| head.number());
    let records = records.map(Item::SessionRecord);
    let mut rows = era::items(state);
    let last = era::elected_era(state).saturating_add(OFFENCE_ERAS);
    rows.extend(record::items(state, last));
    let knows = era::seated(state).into_iter().map(Item::Knows);
    records.chain(knows).chain(rows.iter().copied()).map(|item| item.key()).collect()
}

/// Whether values can stand in a genesis: each key once.
pub(super) fn is_sound(inherited: &Inherited) -> bool {
    inherited.0.is_sorted_by(|one, next| one.0 < next.0)
}

#[cfg(test)]
mod tests;
