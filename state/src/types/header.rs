//! The header of a block: who made it, on what, and what is true after it.
//!
//! The fields stand in the order in which they are encoded, hashed and sealed. There is no
//! timestamp (a block's time is the start of its slot) and no free-form digest: what a header can
//! announce is typed.

use super::{
    AuthorityIndex, Domain, Hash, Height, LotteryPublicKey, ProtocolVersion, PublicKey, Signature,
    Slot, VoteWeight,
};
use crate::codec::{Wire, encode};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// How the author came by the slot.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum ClaimKind {
    /// The author's lottery value is below its threshold. Adds one to the weight of the chain.
    Primary,
    /// The author is the one that the epoch's randomness names for a slot nobody else may lead.
    Secondary,
}

/// A proof of the slot lottery: ECVRF-EDWARDS25519-SHA512-ELL2, RFC 9381 section 5.5, 80 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct LotteryProof(pub [u8; 80]);

impl fmt::Debug for LotteryProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(formatter, "0x{}..", hex::encode([a, b, c, d]))
    }
}

/// The right to make a block in a slot, as the header claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SlotClaim {
    /// The slot.
    pub slot: Slot,
    /// The author's position in the authorities of the slot's epoch.
    pub author: AuthorityIndex,
    /// By lottery or by turn.
    pub kind: ClaimKind,
    /// The lottery proof over the slot; secondary claims carry one too.
    pub proof: LotteryProof,
}

/// One block producer of an epoch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Authority {
    /// Signs headers.
    pub seal: PublicKey,
    /// Takes part in the lottery. Never equal to `seal`.
    pub lottery: LotteryPublicKey,
    /// Share in the lottery relative to the others of the list, at least 1.
    pub weight: VoteWeight,
}

/// One voter of a finality set.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Voter {
    /// Signs votes; unique within its set.
    pub key: PublicKey,
    /// Voting power, at least 1.
    pub weight: VoteWeight,
}

/// What the first block of epoch `e + 1` says about epoch `e + 2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct NextEpoch {
    /// Randomness of epoch `e + 2`.
    pub randomness: Hash,
    /// Authorities of epoch `e + 2`; `None` where they are those of epoch `e + 1`.
    pub authorities: Option<Vec<Authority>>,
}

/// What a block announces to clients that follow headers only. Equal to the session state after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Announcements {
    /// Present in the first block of every epoch, absent elsewhere.
    pub next_epoch: Option<NextEpoch>,
    /// The finality set that begins after this block is final; only where it changes.
    pub next_set: Option<Vec<Voter>>,
}

/// Everything of a header but the seal: what the author signs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct UnsealedHeader {
    /// Rules this block follows, read from the parent's state.
    pub version: ProtocolVersion,
    /// Newest version that the author's node knows: what it says about upgrades to come. Nothing but what
    /// people are shown depends on it.
    pub knows: ProtocolVersion,
    /// Hash of the parent's header; zero for genesis.
    pub parent: Hash,
    /// One above the parent's.
    pub height: Height,
    /// The right to the slot; `None` for genesis alone.
    pub claim: Option<SlotClaim>,
    /// Merkle list over the transactions of the body.
    pub body_root: Hash,
    /// Root of the state tree after this block.
    pub state_root: Hash,
    /// Merkle list over the outcomes: one a transaction in order, the block's own events last.
    pub outcome_root: Hash,
    /// New epoch and voter set, where this block begins one.
    pub announcements: Announcements,
}

/// A header: the unsealed part and the author's seal over it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// What is sealed.
    pub unsealed: UnsealedHeader,
    /// The author's signature in [`Domain::Seal`]; zeroes for genesis.
    pub seal: Signature,
}

/// What a seal signs: an [`UnsealedHeader`] whose announcements are replaced by their hash. It has at most 350 bytes however
/// large the sets are, so that a double seal of any two headers can be proven within a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SealedFields {
    /// As in the header.
    pub version: ProtocolVersion,
    /// As in the header.
    pub knows: ProtocolVersion,
    /// As in the header.
    pub parent: Hash,
    /// As in the header.
    pub height: Height,
    /// As in the header.
    pub claim: Option<SlotClaim>,
    /// As in the header.
    pub body_root: Hash,
    /// As in the header.
    pub state_root: Hash,
    /// As in the header.
    pub outcome_root: Hash,
    /// BLAKE2b-256 over the encoded announcements.
    pub announcements: Hash,
}

impl SealedFields {
    /// What the author signs: a hash, always inside [`Domain::Seal`].
    #[must_use]
    pub fn statement(&self) -> [u8; 32] {
        Hash::of(&encode(self)).0
    }
}

impl UnsealedHeader {
    /// The part that is sealed.
    #[must_use]
    pub fn sealed_fields(&self) -> SealedFields {
        SealedFields {
            version: self.version,
            knows: self.knows,
            parent: self.parent,
            height: self.height,
            claim: self.claim,
            body_root: self.body_root,
            state_root: self.state_root,
            outcome_root: self.outcome_root,
            announcements: Hash::of(&encode(&self.announcements)),
        }
    }

    /// What the author signs: see [`SealedFields::statement`].
    #[must_use]
    pub fn seal_statement(&self) -> [u8; 32] {
        self.sealed_fields().statement()
    }
}

impl Header {
    /// The name of the block: plain BLAKE2b-256 over the encoded header, seal included.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&encode(self))
    }

    /// Height on the chain.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.unsealed.height
    }

    /// Hash of the parent.
    #[must_use]
    pub const fn parent(&self) -> Hash {
        self.unsealed.parent
    }

    /// The slot; genesis counts as slot 0.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.unsealed.claim.map_or(Slot::ZERO, |claim| claim.slot)
    }

    /// The domain of a seal, named here so that nobody has to guess it.
    pub const DOMAIN: Domain = Domain::Seal;
}

impl Wire for Header {
    const BYTES_MAX: usize = 256 * 1024;
}
