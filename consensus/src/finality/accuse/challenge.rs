//! What is asked of voters, in public and signed, and for how long.
//!
//! Anybody may challenge: the signature only names who asks and when, so that a stranger can look for the
//! answer where the challenger did. A challenge is about a block that a justification of `set` made final, and
//! is put to everybody whose own vote obliges it to know the answer. Whoever has the answer may give it, and
//! one valid answer frees all who were asked.
//!
//! Bounds: a window of at least [`CHALLENGE_WINDOW_SLOTS`].

use super::Court;
use crate::crypto::{Check, Signed, Verifier};
use crate::finality::{BlockRef, Justification};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::encode;
use serin_state::types::{Domain, Hash, PublicKey, Round, SecretKey, SetId, Signature, Slot};
use std::sync::Arc;

/// Slots that an answer may take: a day of slots of six seconds. Long enough for an operator to start a node
/// that holds a log, short against the bonding duration.
pub const CHALLENGE_WINDOW_SLOTS: u64 = 14_400;

/// What is to be explained.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Question {
    /// "You voted in the round for a block that does not descend from this one. Which votes of the round before
    /// showed that this one could not become final in it?" The answer is a set of prevotes or of precommits.
    Estimate,
    /// "You precommitted this block or one above it in the round. Which prevotes of the round supported it?" The
    /// answer is a set of prevotes.
    Prevotes,
}

/// A question about a block, put to the voters of a round.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Challenge {
    /// The set.
    pub set: SetId,
    /// The round of the votes that have to be explained.
    pub round: Round,
    /// What is asked.
    pub question: Question,
    /// The block, which is final by a justification of the set.
    pub block: BlockRef,
    /// The slot of the challenge.
    pub asked: Slot,
    /// The last slot of the window, at least [`CHALLENGE_WINDOW_SLOTS`] after `asked`.
    pub until: Slot,
}

/// A challenge, and who put it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct SignedChallenge {
    /// What is asked.
    pub challenge: Challenge,
    /// By whom. Any key will do.
    pub challenger: PublicKey,
    /// Over the encoded challenge in [`Domain::Challenge`].
    pub signature: Signature,
}

impl SignedChallenge {
    /// Whether the signature holds on the chain with hash `genesis`.
    #[must_use]
    pub fn holds<V: Verifier>(&self, court: &Court<'_, V>) -> bool {
        court.verifier.signature(Check {
            key: self.challenger,
            signed: Signed::Statement {
                domain: Domain::Challenge,
                genesis: &court.genesis,
                statement: &encode(&self.challenge),
            },
            signature: self.signature,
        })
    }
}

/// A challenge with the justification that it rests on. Culprits of one challenge share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summons {
    /// The challenge.
    pub challenge: SignedChallenge,
    /// Proof that its block is final.
    pub justification: Arc<Justification>,
}

/// Who puts challenges.
pub trait Challenger {
    /// Signs a challenge for the chain with hash `genesis`.
    fn challenge(&self, genesis: &Hash, challenge: Challenge) -> SignedChallenge;
}

impl Challenger for SecretKey {
    fn challenge(&self, genesis: &Hash, challenge: Challenge) -> SignedChallenge {
        let signature = self.sign(Domain::Challenge, genesis, &encode(&challenge));
        SignedChallenge { challenge, challenger: self.public(), signature }
    }
}
