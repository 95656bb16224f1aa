//! The validators of an epoch: its block producers and its finality voters, checked once.
//!
//! Where they come from (genesis, a rotation by specification, an election) is not known here; everything
//! after [`Validators::new`] may rely on what it checks. A list is told by its root, a Merkle list over its
//! members in order: lists are compared by it, and [`super::membership`] proves one member from it.
//!
//! Bounds: [`VALIDATORS_MAX`] members; a clone shares them.

use borsh::{BorshDeserialize, BorshSerialize};
use core::hash::{Hash as CoreHash, Hasher};
use serin_state::codec::encode;
use serin_state::tree::list::list_root;
use serin_state::types::{
    AccountId, Authority, Hash, LotteryPublicKey, PublicKey, VoteWeight, Voter,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most validators of an epoch: its authorities and voters must fit into one header's announcements
/// (72 and 40 bytes each; a header has at most 256 KiB).
pub const VALIDATORS_MAX: usize = 2_048;

/// The total weight of a list stays below this.
const WEIGHT_TOTAL_LIMIT: u64 = 1 << 62;

/// Why a list cannot be the validators of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorsError {
    /// The list is empty.
    #[error("there must be at least one validator")]
    Empty,
    /// The list is longer than [`VALIDATORS_MAX`].
    #[error("there are more than {VALIDATORS_MAX} validators")]
    TooMany,
    /// A weight is zero.
    #[error("every weight must be at least 1")]
    WeightZero,
    /// The weights of a list reach 2^62.
    #[error("the total weight must stay below 2^62")]
    WeightTotal,
    /// A key stands twice, or serves two purposes.
    #[error("a key may be used once and for one purpose")]
    KeyRepeated,
}

/// One validator of a list: who it is, and the three keys it has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Receives the author's share of fees; in the ledger of staking this is the stash.
    pub account: AccountId,
    /// Signs headers.
    pub seal: PublicKey,
    /// Takes part in the slot lottery.
    pub lottery: LotteryPublicKey,
    /// Signs finality votes.
    pub vote: PublicKey,
    /// In the lottery and in finality, at least 1.
    pub weight: VoteWeight,
}

impl Member {
    /// As a block producer.
    #[must_use]
    pub const fn authority(&self) -> Authority {
        Authority { seal: self.seal, lottery: self.lottery, weight: self.weight }
    }

    /// As a voter of finality.
    #[must_use]
    pub const fn voter(&self) -> Voter {
        Voter { key: self.vote, weight: self.weight }
    }
}

/// Validators that take their turn together.
#[derive(Clone, Debug)]
pub struct Validators(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    root: Hash,
    members: Vec<Member>,
    authorities: Vec<Authority>,
    voters: Vec<Voter>,
}

impl Validators {
    /// Checks a list. Its order is kept: an authority's index, and the order of a round's primaries, count in it.
    ///
    /// # Errors
    /// See [`ValidatorsError`].
    pub fn new(members: Vec<Member>) -> Result<Self, ValidatorsError> {
        match members.len() {
            0 => return Err(ValidatorsError::Empty),
            1..=VALIDATORS_MAX => {}
            _ => return Err(ValidatorsError::TooMany),
        }
        check_weights(&members)?;
        let keys: BTreeSet<[u8; 32]> =
            members.iter().flat_map(|one| [one.seal.0, one.lottery.0, one.vote.0]).collect();
        if keys.len() != members.len().saturating_mul(3) {
            return Err(ValidatorsError::KeyRepeated);
        }
        let root = list_root(&members.iter().map(encode).collect::<Vec<_>>());
        let authorities = members.iter().map(Member::authority).collect();
        let voters = members.iter().map(Member::voter).collect();
        Ok(Self(Arc::new(Lists { root, members, authorities, voters })))
    }

    /// The Merkle list over the encoded members, in order: it stands for the whole list.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.root
    }

    /// Everybody, in order.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.0.members
    }

    /// The block producers, in the order of the members.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.0.authorities
    }

    /// The finality voters, in the order of the members.
    #[must_use]
    pub fn voters(&self) -> &[Voter] {
        &self.0.voters
    }
}

/// Lists are equal where their roots are.
impl PartialEq for Validators {
    fn eq(&self, other: &Self) -> bool {
        self.0.root == other.0.root
    }
}

impl Eq for Validators {}

impl CoreHash for Validators {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.root.hash(state);
    }
}

fn check_weights(members: &[Member]) -> Result<(), ValidatorsError> {
    let mut total = 0_u64;
    for member in members {
        if member.weight.0 == 0 {
            return Err(ValidatorsError::WeightZero);
        }
        total = total.checked_add(member.weight.0).ok_or(ValidatorsError::WeightTotal)?;
    }
    if total < WEIGHT_TOTAL_LIMIT { Ok(()) } else { Err(ValidatorsError::WeightTotal) }
}

#[cfg(test)]
mod tests;
