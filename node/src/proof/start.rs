//! Where a proof starts: from a hash that somebody trusts to the voters, rules and timing of the chain.
//!
//! The hash is that of the genesis block, or of a checkpoint. Its header names a state root, and the state proof shows
//! the session (who votes above the block) and the specification (by which rules, and how long a slot
//! is). So nothing has to be believed besides the hash.

use crate::chain_spec::ChainSpec;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::finality::proof_chain::Trust;
use serin_consensus::finality::{BlockRef, VoterSet, VoterSetError};
use serin_consensus::leader::{Member, SessionHead};
use serin_consensus::params::Params;
use serin_consensus::rules::FinalityRules;
use serin_state::codec::Wire;
use serin_state::layout::{Item, StateKey};
use serin_state::tree::{NoPages, Proof, ProofError, Tree};
use serin_state::types::{Hash, Header, Voter};
use std::collections::BTreeMap;

/// A header, and what its state says about voters and rules.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Start {
    /// Of genesis or of a checkpoint: a final block.
    pub header: Header,
    /// Of [`Start::keys`] in its state.
    pub state: Proof,
}

impl Wire for Start {
    const BYTES_MAX: usize = Header::BYTES_MAX + Proof::BYTES_MAX;
}

/// What follows from a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Hash of the genesis block: the name of the chain.
    pub genesis: Hash,
    /// For people, as `Local testnet`.
    pub name: String,
    /// How votes count.
    pub rules: FinalityRules,
    /// When slots are, and for how long stake stays bound.
    pub params: Params,
    /// The block, and who votes above it.
    pub trust: Trust,
    /// Its header.
    pub header: Header,
}

/// Why a start is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Its header is of another block than the trusted one.
    #[error("it starts at block {found} and not at the trusted {trusted}")]
    OtherBlock {
        /// Of the header.
        found: Hash,
        /// What was trusted.
        trusted: Hash,
    },
    /// Its state is not that of the header.
    #[error("voters and rules do not belong to the state of its first block: {0}")]
    State(ProofError),
    /// A value is missing, or not an encoding.
    #[error("the state of its first block holds no voters or no rules")]
    NoValue,
    /// The voters are none.
    #[error("the voters of its first block are none: {0}")]
    Voters(#[from] VoterSetError),
}

impl Start {
    /// What is proven of the state: session, the validators of its epoch, and specification.
    #[must_use]
    pub fn keys() -> [StateKey; 3] {
        [Item::Session, Item::Validators, Item::Specification].map(|item| item.key())
    }

    /// The start of the chain of `spec`: its genesis block. `None` where the specification does not hold its own relations.
    #[must_use]
    pub fn genesis(spec: &ChainSpec) -> Option<Self> {
        let genesis = spec.genesis();
        let tree = Tree::empty().update(&NoPages, &genesis.changes).ok()?;
        let values = genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let values: BTreeMap<StateKey, Vec<u8>> = values.collect();
        let state = tree.prove(&NoPages, &values, &Self::keys()).ok()?;
        Some(Self { header: genesis.header, state })
    }

    /// Checks that it starts at the block with hash `trusted`, on the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn verify(&self, trusted: &Hash, genesis: &Hash) -> Result<Ground, StartError> {
        let found = self.header.hash();
        if found != *trusted {
            return Err(StartError::OtherBlock { found, trusted: *trusted });
        }
        let root = &self.header.unsealed.state_root;
        let answers = self.state.verify(root, &Self::keys()).map_err(StartError::State)?;
        let value = |item: Item| {
            let key = item.key();
            answers.iter().find(|(asked, _)| *asked == key).and_then(|(_, value)| value.as_deref())
        };
        let head: SessionHead = decoded(value(Item::Session))?;
        let members: Vec<Member> = decoded(value(Item::Validators))?;
        let spec: ChainSpec = decoded(value(Item::Specification))?;
        let voters: Vec<Voter> = members.iter().map(Member::voter).collect();
        let voters = VoterSet::new(head.set_id(genesis), &voters)?;
        let block = BlockRef { hash: found, height: self.header.height() };
        Ok(Ground {
            genesis: *genesis,
            name: spec.name,
            rules: spec.rules.finality,
            params: spec.params,
            trust: Trust::checkpoint(block, voters),
            header: self.header.clone(),
        })
    }
}

fn decoded<T: BorshDeserialize>(value: Option<&[u8]>) -> Result<T, StartError> {
    T::try_from_slice(value.ok_or(StartError::NoValue)?).map_err(|_| StartError::NoValue)
}
