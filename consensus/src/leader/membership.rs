//! That somebody was a validator in a session, shown by a path to the session's root.
//!
//! State keeps one [`SessionRecord`] a session for the bonding duration. Its root is that of the list of validators, so evidence of
//! an offence names its session and brings a [`Membership`]; the keys and weight in it are then those that the offender had there,
//! whatever it registered since. Nobody who was not in the list can be named.
//!
//! Bounds: a proof has one hash for each level over [`super::VALIDATORS_MAX`] members.

use super::{Member, Validators};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::{Wire, encode};
use serin_state::tree::list::{ListProof, ListProofError};
use serin_state::types::{AuthorityIndex, Epoch, Hash, SetId, Slot};

/// What state remembers of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SessionRecord {
    /// The epoch: every slot of it belongs to this session, and none besides.
    pub epoch: Epoch,
    /// The era of staking that the session belongs to.
    pub era: u32,
    /// Voter sets announced up to its first block, that one included: tells the set of [`SessionRecord::set_id`].
    pub set_changes: u64,
    /// Slot of its first block.
    pub start: Slot,
    /// How many validators it has.
    pub count: u32,
    /// The root of their list.
    pub root: Hash,
}

impl SessionRecord {
    /// The voter set that the session's validators are, on the chain with this genesis hash.
    #[must_use]
    pub const fn set_id(&self, genesis: &Hash) -> SetId {
        SetId::first(genesis).saturating_add(self.set_changes)
    }
}

/// A member of a session's list with the way up to its root.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Membership {
    /// Who, with the keys of that session.
    pub member: Member,
    /// From the member to the root; names its place in the list.
    pub proof: ListProof,
}

impl Wire for Membership {
    const BYTES_MAX: usize = 136 + ListProof::BYTES_MAX;
}

impl Membership {
    /// The member's place among the authorities.
    #[must_use]
    pub fn index(&self) -> AuthorityIndex {
        AuthorityIndex(u32::try_from(self.proof.index).unwrap_or(u32::MAX))
    }
}

/// Shows that the member at `index` stands in the list; `None` where there is none.
#[must_use]
pub fn prove_membership(validators: &Validators, index: AuthorityIndex) -> Option<Membership> {
    let index = usize::try_from(index.0).ok()?;
    let member = *validators.members().get(index)?;
    let items: Vec<Vec<u8>> = validators.members().iter().map(encode).collect();
    Some(Membership { member, proof: ListProof::new(&items, index)? })
}

/// Whether the member stands in the list that `record` remembers.
///
/// # Errors
/// [`ListProofError`]; a list of another length is of another root.
pub fn check_membership(
    record: &SessionRecord,
    membership: &Membership,
) -> Result<(), ListProofError> {
    if membership.proof.count != u64::from(record.count) {
        return Err(ListProofError::WrongRoot);
    }
    membership.proof.verify(&record.root, &encode(&membership.member))
}

#[cfg(test)]
mod tests;
