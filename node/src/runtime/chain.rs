//! What never changes on a chain: its specification and genesis hash, at hand without the state.
//!
//! The state holds the specification too (genesis commits to it); decoding it for every block would be
//! waste. A clone shares it.

use crate::chain_spec::{ChainSpec, GenesisValidator};
use serin_consensus::leader::{Member, Session, Validators};
use serin_consensus::params::Params;
use serin_consensus::rules::Rules;
use serin_state::types::{AccountId, Hash, Slot, VoteWeight};
use std::sync::Arc;

/// A chain's specification and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    genesis: Hash,
    spec: Arc<ChainSpec>,
}

impl Chain {
    /// The chain of `spec`, whose genesis header has hash `genesis`.
    #[must_use]
    pub fn new(spec: ChainSpec, genesis: Hash) -> Self {
        Self { genesis, spec: Arc::new(spec) }
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
        Validators::new(window.map(GenesisValidator::member).collect()).ok()
    }
}

impl GenesisValidator {
    /// As a validator of an epoch: everybody weighs the same.
    #[must_use]
    pub const fn member(&self) -> Member {
        let Self { account, seal, lottery, vote } = *self;
        Member { account, seal, lottery, vote, weight: VoteWeight(1) }
    }
}
