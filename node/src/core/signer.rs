//! Who signs for this node. The journal behind it is durable before a signature is returned.
//!
//! The core calls it directly and treats a refusal as a fact: the slot or round is taken as used. Implementations:
//! the journal of the service, and the simulator's own.

use serin_consensus::finality::accuse::VoteLog;
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::leader::EpochData;
use serin_state::types::{
    Hash, LotteryProof, LotteryPublicKey, PublicKey, Round, SetId, Signature, Slot,
};

/// Public session keys of a validator: three keys, never shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKeys {
    /// Seals headers.
    pub seal: PublicKey,
    /// Plays the lottery.
    pub lottery: LotteryPublicKey,
    /// Votes.
    pub vote: PublicKey,
}

/// Why there is no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealRefused {
    /// There are no keys.
    #[error("this node has no keys")]
    NoKey,
    /// The journal holds another seal for this slot, or one for a later slot.
    #[error("the journal holds a seal for this slot or a later one")]
    AlreadySigned,
    /// The journal could not be written.
    #[error("the journal could not be written")]
    JournalFailed,
}

/// Signs seals, votes and lottery proofs. Seal slots strictly grow; the same statement may be sealed again.
pub trait Signer: VoteSigner {
    /// Takes up, of the keys that it holds, the seal key that stands in `epoch`, and the lottery key beside it.
    fn enter_epoch(&mut self, _epoch: &EpochData) {}

    /// The public keys that are taken up; `None` for a node that only follows.
    fn identity(&self) -> Option<SessionKeys>;

    /// The lottery proof for `alpha`; `None` without keys. Deterministic, so it needs no journal.
    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof>;

    /// Seals a header of `slot` on the chain with hash `genesis`.
    ///
    /// # Errors
    /// [`SealRefused`].
    fn seal(
        &mut self,
        slot: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused>;

    /// Signs the statement of a transaction that brings evidence, with the seal key in [`Domain::Transaction`]. The
    /// account of that key has no tokens, so nothing else can be done in its name.
    ///
    /// [`Domain::Transaction`]: serin_state::types::Domain::Transaction
    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature>;

    /// The votes of a round in the vote log, with headers of their blocks; `None` without a log. Reads the disk where the
    /// log is there: for questions that peers and clients ask rarely.
    fn logged(&self, _set: SetId, _round: Round) -> Option<VoteLog> {
        None
    }
}
