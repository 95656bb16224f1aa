//! What never changes on a chain: its specification and genesis hash, at hand without the state.
//!
//! The state holds the specification too (genesis commits to it); decoding it for every block would be
//! waste. A clone shares it.

use crate::chain_spec::{ChainSpec, GenesisValidator};
use serin_consensus::leader::{Session, Validators};
use serin_consensus::params::Params;
use serin_consensus::rules::Rules;
use serin_state::types::{AccountId, Authority, Hash, PublicKey, Slot, VoteWeight, Voter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chain's specification and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    genesis: Hash,
    spec: Arc<ChainSpec>,
    accounts: Arc<BTreeMap<PublicKey, AccountId>>,
}

impl Chain {
    /// The chain of `spec`, whose genesis header has hash `genesis`.
    #[must_use]
    pub fn new(spec: ChainSpec, genesis: Hash) -> Self {
        let accounts = spec.validators.iter().map(|one| (one.seal, one.account)).collect();
        Self { genesis, accounts: Arc::new(accounts), spec: Arc::new(spec) }
    }

    /// Hash of the genesis header: the name of the chain in every signature.
    #[must_use]
    pub const fn genesis(&self) -> &Hash {
        &self.genesis
    }

    /// The specification.
    #[must_use]
    pub fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// Timing and lottery.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.spec.params
    }

    /// The choices of consensus.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.spec.rules
    }

    /// The account that may use the powers of root, on chains for learners.
    #[must_use]
    pub fn root(&self) -> Option<AccountId> {
        self.spec.root
    }

    /// The account of the validator that seals with `seal`.
    #[must_use]
    pub fn account_of(&self, seal: &PublicKey) -> Option<AccountId> {
        self.accounts.get(seal).copied()
    }

    /// The validators of epoch `e + 2`, where a child block at `slot` begins epoch `e + 1` and the
    /// specification rotates them; `None` where they stay.
    #[must_use]
    pub fn successor(&self, session: &Session, slot: Slot) -> Option<Validators> {
        if self.spec.rotation.is_none() || !session.begins_epoch(self.params(), slot) {
            return None;
        }
        self.spec.validators_at(session.number().saturating_add(2))
    }
}

impl ChainSpec {
    /// Who authors and votes in `session` (epochs with blocks, genesis is session 0); `None` where the
    /// specification does not hold its own relations.
    ///
    /// Under a rotation a window of `active` validators moves on by one every `every_epochs` sessions, so
    /// neighbouring sets differ in one member. Everybody weighs the same, as on Kusama.
    #[must_use]
    pub fn validators_at(&self, session: u64) -> Option<Validators> {
        let (first, active) = match &self.rotation {
            None => (0, self.validators.len()),
            Some(rotation) => {
                let turn = session.checked_div(rotation.every_epochs)?;
                let count = u64::try_from(self.validators.len()).ok()?;
                let first = usize::try_from(turn.checked_rem(count)?).ok()?;
                (first, usize::try_from(rotation.active).ok()?)
            }
        };
        let window = self.validators.iter().cycle().skip(first).take(active);
        let (authorities, voters) = window.map(entries).unzip();
        Validators::new(authorities, voters).ok()
    }
}

fn entries(validator: &GenesisValidator) -> (Authority, Voter) {
    const EQUAL: VoteWeight = VoteWeight(1);
    let authority = Authority { seal: validator.seal, lottery: validator.lottery, weight: EQUAL };
    (authority, Voter { key: validator.vote, weight: EQUAL })
}
