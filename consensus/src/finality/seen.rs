//! Which votes of a round somebody has seen: a bit for each voter and stage.
//!
//! Peers exchange it to find out who lacks what. Bounds: as many bits as the set has voters, rounded up to bytes,
//! at most [`VOTERS_MAX`](super::VOTERS_MAX); no trailing zero byte, so that a set of bits has one encoding.

use super::{Stage, VOTERS_MAX};
use borsh::{BorshDeserialize, BorshSerialize};

/// Bytes of a bitmap that [`SeenVotes::forgetting`] clears: 512 voters, whose votes fill one response.
const PART_BYTES: usize = 64;

/// Seen votes of one round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SeenVotes {
    prevotes: Vec<u8>,
    precommits: Vec<u8>,
}

impl SeenVotes {
    /// From bitmaps as they came from a peer; what lies beyond the largest set is cut off.
    #[must_use]
    pub fn from_bits(mut prevotes: Vec<u8>, mut precommits: Vec<u8>) -> Self {
        for bits in [&mut prevotes, &mut precommits] {
            bits.truncate(VOTERS_MAX.div_ceil(8));
            while bits.last() == Some(&0) {
                bits.pop();
            }
        }
        Self { prevotes, precommits }
    }

    /// Bits of the prevotes, voter 0 in the lowest bit of the first byte.
    #[must_use]
    pub fn prevotes(&self) -> &[u8] {
        &self.prevotes
    }

    /// Bits of the precommits.
    #[must_use]
    pub fn precommits(&self) -> &[u8] {
        &self.precommits
    }

    /// The same without a part of the voters, another one with each `turn`: whoever is asked with it sends the votes of
    /// that part again. All of them, where there are 512 or fewer.
    #[must_use]
    pub fn forgetting(self, turn: u64) -> Self {
        let bytes = self.prevotes.len().max(self.precommits.len());
        let parts = u64::try_from(bytes.div_ceil(PART_BYTES)).unwrap_or(1).max(1);
        let part = usize::try_from(turn.rem_euclid(parts)).unwrap_or(0);
        let cleared = |mut bits: Vec<u8>| {
            let part = bits.iter_mut().skip(part.saturating_mul(PART_BYTES)).take(PART_BYTES);
            part.for_each(|byte| *byte = 0);
            bits
        };
        Self::from_bits(cleared(self.prevotes), cleared(self.precommits))
    }

    /// Notes the vote of the voter at `index`. Hints are not noted.
    pub fn insert(&mut self, stage: Stage, index: usize) {
        let bits = match stage {
            Stage::Prevote => &mut self.prevotes,
            Stage::Precommit => &mut self.precommits,
            Stage::Primary => return,
        };
        let (byte, bit) = (index.div_euclid(8), index.rem_euclid(8));
        if index >= VOTERS_MAX {
            return;
        }
        if bits.len() <= byte {
            bits.resize(byte.saturating_add(1), 0);
        }
        if let Some(byte) = bits.get_mut(byte) {
            *byte |= 1_u8.rotate_left(u32::try_from(bit).unwrap_or(0));
        }
    }

    /// Whether the vote of the voter at `index` was seen.
    #[must_use]
    pub fn contains(&self, stage: Stage, index: usize) -> bool {
        let bits = match stage {
            Stage::Prevote => &self.prevotes,
            Stage::Precommit => &self.precommits,
            Stage::Primary => return false,
        };
        let mask = 1_u8.rotate_left(u32::try_from(index.rem_euclid(8)).unwrap_or(0));
        bits.get(index.div_euclid(8)).is_some_and(|byte| byte & mask != 0)
    }

    /// Whether something was seen here that `other` has not.
    #[must_use]
    pub fn has_more_than(&self, other: &Self) -> bool {
        let more = |ours: &[u8], theirs: &[u8]| {
            let theirs = theirs.iter().copied().chain(core::iter::repeat(0));
            ours.iter().zip(theirs).any(|(our, their)| our & !their != 0)
        };
        more(&self.prevotes, &other.prevotes) || more(&self.precommits, &other.precommits)
    }
}
