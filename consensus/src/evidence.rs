//! Proof that an author sealed two headers for one slot, and the watch that finds it.
//!
//! Two seals of one key over different headers of one slot are an offence by themselves, whatever
//! fork they stand on: an honest signer seals a slot once and sends the same bytes again. The seal
//! is part of a header's hash and Ed25519 here is deterministic and strict, so a second seal over
//! equal fields is one too.
//!
//! # Inputs and outputs
//! [`SealWatch::on_header`] takes every checked header; [`SealEquivocation::check`] judges a proof.
//!
//! # Invariants
//! 1. A proof has one form: the header with the lower hash stands first.
//! 2. A watch reports an author and slot once.
//!
//! # Bounds
//! [`WATCH_SLOTS`] slots, [`WATCH_HEADERS_MAX`] headers and [`WATCH_BYTES_MAX`] bytes of them.

use crate::crypto::{Check, Signed, Verifier};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::{
    codec::{Wire, encode},
    types::{Hash, Header, PublicKey, Slot},
};
use std::collections::BTreeMap;

/// How many slots a watch looks back from the highest slot it has seen.
pub const WATCH_SLOTS: u64 = 1_000;

/// Most headers that a watch keeps; the oldest slots give way.
pub const WATCH_HEADERS_MAX: usize = 4_096;

/// Most bytes of headers that a watch keeps: 16 MiB; the oldest slots give way.
pub const WATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Two different headers that one key sealed for one slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SealEquivocation {
    /// Who sealed both.
    pub author: PublicKey,
    /// The header with the lower hash.
    pub first: Header,
    /// The other.
    pub second: Header,
}

impl Wire for SealEquivocation {
    const BYTES_MAX: usize = 32 + 2 * Header::BYTES_MAX;
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
    pub fn new(author: PublicKey, one: Header, other: Header) -> Self {
        let (first, second) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
        Self { author, first, second }
    }

    /// Checks the proof on the chain with hash `genesis`, and returns the slot. Whether the author
    /// was an authority then is for the caller.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub fn check<V: Verifier>(&self, genesis: &Hash, verifier: &V) -> Result<Slot, EvidenceError> {
        if self.first.hash() >= self.second.hash() {
            return Err(EvidenceError::NotOrdered);
        }
        let slots = (self.first.unsealed.claim, self.second.unsealed.claim);
        let slot = match slots {
            (Some(first), Some(second)) if first.slot == second.slot => first.slot,
            _ => return Err(EvidenceError::OtherSlot),
        };
        let statements =
            [self.first.unsealed.seal_statement(), self.second.unsealed.seal_statement()];
        let [first, second] = &statements;
        let check = |statement: &'_ [u8; 32], header: &Header| {
            let signed = Signed::Statement { domain: Header::DOMAIN, genesis, statement };
            verifier.signature(Check { key: self.author, signed, signature: header.seal })
        };
        if check(first, &self.first) && check(second, &self.second) {
            Ok(slot)
        } else {
            Err(EvidenceError::BadSeal)
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
enum Sealed {
    /// The first header, with its hash and the length of its encoding.
    Once { header: Box<Header>, hash: Hash, bytes: usize },
    /// A second one was seen and reported.
    Reported,
}

/// Finds authors that seal two headers for one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SealWatch {
    sealed: BTreeMap<(Slot, PublicKey), Sealed>,
    bytes: usize,
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
        let encoded = encode(header);
        let (hash, bytes) = (Hash::of(&encoded), encoded.len());
        let kept = self.sealed.get(&(slot, author));
        match kept {
            Some(Sealed::Reported) => Watched::Known,
            Some(Sealed::Once { hash: known, .. }) if *known == hash => Watched::Known,
            Some(Sealed::Once { header: first, bytes: freed, .. }) => {
                let proof = SealEquivocation::new(author, (**first).clone(), header.clone());
                self.bytes = self.bytes.saturating_sub(*freed);
                self.sealed.insert((slot, author), Sealed::Reported);
                Watched::Equivocation(Box::new(proof))
            }
            None => {
                let sealed = Sealed::Once { header: Box::new(header.clone()), hash, bytes };
                self.sealed.insert((slot, author), sealed);
                self.bytes = self.bytes.saturating_add(bytes);
                self.highest = self.highest.max(slot);
                self.drop_oldest();
                Watched::New
            }
        }
    }

    fn drop_oldest(&mut self) {
        let lowest = self.lowest();
        while let Some(((slot, _), _)) = self.sealed.first_key_value() {
            let over = self.sealed.len() > WATCH_HEADERS_MAX || self.bytes > WATCH_BYTES_MAX;
            if *slot >= lowest && !over {
                break;
            }
            if let Some((_, Sealed::Once { bytes, .. })) = self.sealed.pop_first() {
                self.bytes = self.bytes.saturating_sub(bytes);
            }
        }
        assert!(
            self.sealed.len() <= WATCH_HEADERS_MAX && self.bytes <= WATCH_BYTES_MAX,
            "invariant(watch): a seal watch stays within its bounds"
        );
    }

    fn lowest(&self) -> Slot {
        self.highest.saturating_sub(WATCH_SLOTS.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
