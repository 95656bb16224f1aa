//! What is brought against a validator: two signatures that one key may not both make, and whose key it was.
//!
//! A report names the session in which the offender served and shows it in that session's list, so only the keys of
//! that session count, whatever was registered before or since, and nobody else can be named. The signatures are
//! checked before a report enters a block or a pool, as those of transactions are; everything that depends on the
//! state is checked here, cheap questions first.

use super::OffenceError;
use crate::crypto::Verifier;
use crate::evidence::SealEquivocation;
use crate::finality::VoteEquivocation;
use crate::leader::membership::{Membership, SessionRecord, check_membership};
use crate::params::Params;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use serin_state::types::{AccountId, Hash, PublicKey, Round, SetId, Slot};

/// Two signatures of one key that prove an offence by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Evidence {
    /// Two headers sealed for one slot.
    Seals(Box<SealEquivocation>),
    /// Two votes in one stage of one round.
    Votes(Box<VoteEquivocation>),
}

/// Where offences count as committed together.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Place {
    /// In the same slot.
    Slot(Slot),
    /// In the same round of the same set.
    Round(SetId, Round),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(slot) => write!(formatter, "slot {slot}"),
            Self::Round(set, round) => write!(formatter, "round {round} of set {}", set.shown()),
        }
    }
}

/// Evidence, the session that it belongs to, and who is thanked for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Report {
    /// The offence.
    pub evidence: Evidence,
    /// The session in which the offender served.
    pub session: u64,
    /// The offender in the list of that session.
    pub membership: Membership,
    /// Who receives the reporter's part of the slash.
    pub beneficiary: AccountId,
}

/// What never changes on a chain and evidence depends on.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// Hash of the genesis header.
    pub genesis: &'a Hash,
    /// Timing.
    pub params: &'a Params,
}

impl Evidence {
    /// Whose key made both signatures.
    #[must_use]
    pub fn key(&self) -> PublicKey {
        match self {
            Self::Seals(proof) => proof.author,
            Self::Votes(proof) => proof.first.voter,
        }
    }

    /// Checks both signatures, and that they prove an offence.
    ///
    /// # Errors
    /// [`OffenceError::NoOffence`].
    pub fn check<V: Verifier>(&self, genesis: &Hash, verifier: &V) -> Result<(), OffenceError> {
        let holds = match self {
            Self::Seals(proof) => proof.check(genesis, verifier).is_ok(),
            Self::Votes(proof) => proof.check(verifier).is_ok(),
        };
        if holds { Ok(()) } else { Err(OffenceError::NoOffence) }
    }

    /// Where the offence counts; `None` for seals of no slot.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Seals(proof) => proof.check_form().ok().map(Place::Slot),
            Self::Votes(proof) => {
                let vote = &proof.first.vote;
                Some(Place::Round(vote.set, vote.round))
            }
        }
    }
}

impl Report {
    /// Checks that the offender held the key in the session that `record` remembers and that the offence falls into
    /// it. Returns the offender and the place.
    ///
    /// # Errors
    /// [`OffenceError::NoOffence`], [`OffenceError::OtherSession`], [`OffenceError::NotAMember`].
    pub fn judge(
        &self,
        grounds: Grounds<'_>,
        record: &SessionRecord,
    ) -> Result<(AccountId, Place), OffenceError> {
        let place = self.evidence.place().ok_or(OffenceError::NoOffence)?;
        let falls = match place {
            Place::Slot(slot) => grounds.params.epoch_of(slot) == record.epoch,
            Place::Round(set, _) => set == record.set_id(grounds.genesis),
        };
        if !falls {
            return Err(OffenceError::OtherSession);
        }
        let member = &self.membership.member;
        let key = match self.evidence {
            Evidence::Seals(_) => member.seal,
            Evidence::Votes(_) => member.vote,
        };
        if key != self.evidence.key() {
            return Err(OffenceError::NotAMember);
        }
        check_membership(record, &self.membership).map_err(|_| OffenceError::NotAMember)?;
        Ok((member.account, place))
    }
}
