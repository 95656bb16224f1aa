//! Proof that an author sealed two headers for one slot, and the watch that finds it.
//!
//! Two seals of one key over different headers of one slot are an offence by themselves, whatever
//! fork they stand on: an honest signer seals a slot once and sends the same bytes again. Ed25519
//! here is deterministic and strict, so a second seal over equal fields is one too. A proof holds what was
//! sealed and not the whole headers: it fits into a transaction however large the sets are.
//!
//! # Inputs and outputs
//! [`SealWatch::on_header`] takes every checked header; [`SealEquivocation::check`] judges a proof.
//!
//! # Invariants
//! 1. A proof has one form: the header with the lower hash stands first.
//! 2. A watch reports an author and slot once.
//!
//! # Bounds
//! [`WATCH_SLOTS`] slots, [`WATCH_HEADERS_MAX`] headers, of each less than 500 bytes.

use crate::crypto::{Check, Signed, Verifier};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::{
    codec::{Wire, encode},
    types::{Hash, Header, PublicKey, SealedFields, Signature, Slot},
};
use std::collections::BTreeMap;

/// How many slots a watch looks back from the highest slot it has seen.
pub const WATCH_SLOTS: u64 = 1_000;

/// Most headers that a watch keeps; the oldest slots give way.
pub const WATCH_HEADERS_MAX: usize = 4_096;

/// The sealed part of a header and its seal: what an offence rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Sealed {
    /// What was sealed.
    pub fields: SealedFields,
    /// The author's signature in [`Domain::Seal`](serin_state::types::Domain::Seal).
    pub seal: Signature,
}

impl Sealed {
    /// Of a header.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self { fields: header.unsealed.sealed_fields(), seal: header.seal }
    }

    /// BLAKE2b-256 over the encoding: orders the two of a proof.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&encode(self))
    }

    fn holds<V: Verifier>(&self, author: PublicKey, genesis: &Hash, verifier: &V) -> bool {
        let statement = &self.fields.statement()[..];
        let signed = Signed::Statement { domain: Header::DOMAIN, genesis, statement };
        verifier.signature(Check { key: author, signed, signature: self.seal })
    }
}

/// Two different headers that one key sealed for one slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SealEquivocation {
    /// Who sealed both.
    pub author: PublicKey,
    /// The one with the lower hash.
    pub first: Sealed,
    /// The other.
    pub second: Sealed,
}

impl Wire for SealEquivocation {
    const BYTES_MAX: usize = 1_024;
}

/// Why two headers prove nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The hashes are equal, or stand in the wrong order.
    #[error("the headers must differ, the lower hash first")]
    NotOrdered,
    /// They do not claim the same slot.
    #[error("the headers do not claim one slot")]
    OtherSlot,
    /// A seal is not the author's.
    #[error("a seal does not hold for the author")]
    BadSeal,
}

impl SealEquivocation {
    /// Puts two headers into the one form of a proof. Checks nothing.
    #[must_use]
    pub fn new(author: PublicKey, one: Sealed, other: Sealed) -> Self {
        let (first, second) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
        Self { author, first, second }
    }

    /// Checks the proof on the chain with hash `genesis`, and returns the slot. Whether the author
    /// was an authority then is for the caller.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub fn check<V: Verifier>(&self, genesis: &Hash, verifier: &V) -> Result<Slot, EvidenceError> {
        let slot = self.check_form()?;
        let both = [&self.first, &self.second];
        if both.iter().all(|one| one.holds(self.author, genesis, verifier)) {
            Ok(slot)
        } else {
            Err(EvidenceError::BadSeal)
        }
    }

    /// Checks everything but the seals, and returns the slot.
    ///
    /// # Errors
    /// [`EvidenceError::NotOrdered`], [`EvidenceError::OtherSlot`].
    pub fn check_form(&self) -> Result<Slot, EvidenceError> {
        if self.first.hash() >= self.second.hash() {
            return Err(EvidenceError::NotOrdered);
        }
        match (self.first.fields.claim, self.second.fields.claim) {
            (Some(first), Some(second)) if first.slot == second.slot => Ok(first.slot),
            _ => Err(EvidenceError::OtherSlot),
        }
    }
}

/// What a watch made of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The first header of its author and slot.
    New,
    /// Seen before, or its author was reported for the slot, or it is too old to be kept.
    Known,
    /// The author sealed another header for the slot.
    Equivocation(Box<SealEquivocation>),
}

/// What is kept of an author's slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kept {
    /// The first header that was seen.
    Once(Box<Sealed>),
    /// A second one was seen and reported.
    Reported,
}

/// Finds authors that seal two headers for one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SealWatch {
    sealed: BTreeMap<(Slot, PublicKey), Kept>,
    highest: Slot,
}

impl SealWatch {
    /// A watch that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many authors' slots are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sealed.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sealed.is_empty()
    }

    /// Takes a header whose claim and seal hold for `author`.
    pub fn on_header(&mut self, author: PublicKey, header: &Header) -> Watched {
        let slot = header.slot();
        if slot < self.lowest() {
            return Watched::Known;
        }
        let sealed = Sealed::of(header);
        match self.sealed.get(&(slot, author)) {
            Some(Kept::Reported) => Watched::Known,
            Some(Kept::Once(known)) if **known == sealed => Watched::Known,
            Some(Kept::Once(first)) => {
                let proof = SealEquivocation::new(author, **first, sealed);
                self.sealed.insert((slot, author), Kept::Reported);
                Watched::Equivocation(Box::new(proof))
            }
            None => {
                self.sealed.insert((slot, author), Kept::Once(Box::new(sealed)));
                self.highest = self.highest.max(slot);
                self.drop_oldest();
                Watched::New
            }
        }
    }

    fn drop_oldest(&mut self) {
        let lowest = self.lowest();
        while let Some(((slot, _), _)) = self.sealed.first_key_value() {
            if *slot >= lowest && self.sealed.len() <= WATCH_HEADERS_MAX {
                break;
            }
            self.sealed.pop_first();
        }
        assert!(
            self.sealed.len() <= WATCH_HEADERS_MAX,
            "invariant(watch): a seal watch stays within its bounds"
        );
    }

    fn lowest(&self) -> Slot {
        self.highest.saturating_sub(WATCH_SLOTS.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
