//! Votes of the finality protocol and their signed payload.
//!
//! The payload has the field's exact 53 bytes, so foreign software can check our votes and this code
//! checks those of Polkadot. It does not name the chain; the set id does (see `SetId::first`).

use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{Hash, Height, PublicKey, Round, SetId, Signature, VOTE_PAYLOAD_BYTES};

/// A block, by hash and height: what votes name.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct BlockRef {
    /// Hash of its header.
    pub hash: Hash,
    /// Its height.
    pub height: Height,
}

/// Which vote of a round it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Stage {
    /// The first vote: the best chain.
    Prevote,
    /// The second: what the prevotes agreed on.
    Precommit,
    /// The hint of the round's primary: the estimate of the round before. Never counted.
    Primary,
}

/// What a voter says in a round.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Vote {
    /// Which set votes.
    pub set: SetId,
    /// In which round.
    pub round: Round,
    /// Which vote of the round.
    pub stage: Stage,
    /// For which block.
    pub target: BlockRef,
}

impl Vote {
    /// The signed bytes: stage u8, hash, height u32, round u64, set u64, integers little-endian.
    #[must_use]
    pub fn payload(&self) -> [u8; VOTE_PAYLOAD_BYTES] {
        let stage: u8 = match self.stage {
            Stage::Prevote => 0,
            Stage::Precommit => 1,
            Stage::Primary => 2,
        };
        let mut payload = [0; VOTE_PAYLOAD_BYTES];
        let parts: [&[u8]; 5] = [
            &[stage],
            &self.target.hash.0,
            &self.target.height.0.to_le_bytes(),
            &self.round.0.to_le_bytes(),
            &self.set.0.to_le_bytes(),
        ];
        let bytes = parts.concat();
        debug_assert_eq!(bytes.len(), VOTE_PAYLOAD_BYTES);
        for (to, from) in payload.iter_mut().zip(bytes) {
            *to = from;
        }
        payload
    }

    /// [`Vote::payload`], as code with a seeded bug signs and checks it.
    #[must_use]
    pub fn payload_by<M: Mutant>(&self, mutant: M) -> [u8; VOTE_PAYLOAD_BYTES] {
        let mut vote = *self;
        if mutant.has(Mutation::GF12) {
            vote.round = Round::ZERO;
        }
        if mutant.has(Mutation::GF13) {
            vote.set = SetId(0);
        }
        if mutant.has(Mutation::GF14) && vote.stage == Stage::Precommit {
            vote.stage = Stage::Prevote;
        }
        vote.payload()
    }
}

/// A vote with who made it and the signature over its payload.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct SignedVote {
    /// What is said.
    pub vote: Vote,
    /// By whom.
    pub voter: PublicKey,
    /// Over [`Vote::payload`].
    pub signature: Signature,
}
