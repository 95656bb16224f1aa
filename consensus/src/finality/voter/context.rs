//! What the voter asks of its surroundings: the chain, the signing journal, the signature check.
//!
//! Inputs: none of its own; a [`Context`] goes with every call. Outputs: answers only. The traits
//! are implemented by the node's core and by test doubles.
//!
//! Invariants: the voter never holds on to a context, reads no clock, and signs through
//! [`VoteSigner`] alone.

use super::VoterCheckpoint;
use crate::finality::{Ancestry, BlockRef, SignedVote, Vote, VoterSet};
use serin_state::types::{Hash, Header, Millis, PublicKey, Signature};

/// The blocks as the voter sees them. All answers are about blocks that are executed and kept.
///
/// [`Ancestry`] has to place final blocks too, by the one final chain, down to at least the 1,024th
/// below the last: a round began before the block that it makes final, and late votes for what lies
/// below still count in it. Blocks of chains that lost to finality need not be placed.
pub trait VoterChain: Ancestry {
    /// Whether `block` was executed here with this height and can be placed: it is final and kept,
    /// or descends from the last final block.
    fn knows(&self, block: &BlockRef) -> bool;

    /// The head of the best chain that contains `base`: `base` itself where it has no child.
    /// `None` where `base` is not known or lies on a chain that lost.
    fn best_containing(&self, base: &BlockRef) -> Option<BlockRef>;

    /// `target`, or the first unfinalised block on its chain that announces a voter set, whichever
    /// is lower. Nobody votes beyond such a block before it is final.
    fn vote_limit(&self, target: &BlockRef) -> BlockRef;

    /// The header of a block, for the way from a final block up to those that were voted for.
    fn header(&self, hash: &Hash) -> Option<Header>;
}

/// Why there is no signature for a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The journal holds this other vote of ours for the same set, round and stage. It is sent
    /// again in place of the new one: a restart never decides twice.
    Voted(Box<SignedVote>),
    /// The journal stands beyond this set, round and stage, or could not be written.
    Barred,
}

/// How sure a write to the vote log has to be when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogWrite {
    /// It may be lost with the power.
    Buffered,
    /// It and all before it survive a loss of power.
    Durable,
}

/// Who signs. The journal behind it is durable before a signature is returned.
pub trait VoteSigner {
    /// Takes up, of the keys that it holds, the one that stands in `set`: keys change with sets alone. Whoever wraps a signer
    /// passes it on.
    fn enter_set(&mut self, set: &VoterSet);

    /// The key votes are made with; `None` for an observer.
    fn vote_key(&self) -> Option<PublicKey>;

    /// Signs `vote`. (set, round, stage) strictly grow, where a hint comes *before* the prevote and
    /// the prevote before the precommit, other than their order in the payload. The same vote may
    /// be signed again.
    ///
    /// # Errors
    /// [`Refused`] where the journal bars the vote.
    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused>;

    /// Logs votes of any voter that were counted since the last call, in that order, for the day when somebody asks
    /// why we voted as we did ([`accuse`](crate::finality::accuse)). The function finds a header of a block that is
    /// kept, for the ways from their blocks to the final one. Called with [`LogWrite::Durable`] before each
    /// [`VoteSigner::sign_vote`], since the journal repeats a vote after a crash and what it rested on must still be
    /// there. Votes may come again after a restart.
    ///
    /// Returns `false` where the log could not be written: then nothing is signed. A signer without a log keeps
    /// nothing and returns `true`.
    fn log_counted(
        &mut self,
        _votes: &[SignedVote],
        _header: &dyn Fn(&Hash) -> Option<Header>,
        _write: LogWrite,
    ) -> bool {
        true
    }

    /// Makes the round that is voted in next durable. Called before the first [`VoteSigner::sign_vote`] of a round: the
    /// journal that survives a crash repeats votes of its last round alone, so a voter that came back in the round before
    /// could repeat none of its votes there, and nobody else could have them (found by the laboratory).
    ///
    /// Returns `false` where it could not be written: then nothing is signed. The caller is told of the same checkpoint
    /// by [`Output::Checkpoint`](super::Output::Checkpoint) afterwards.
    fn enter_round(&mut self, _checkpoint: &VoterCheckpoint) -> bool {
        true
    }
}

/// What every call of the voter is given.
#[derive(Debug)]
pub struct Context<'a, C, S, V> {
    /// The blocks.
    pub chain: &'a C,
    /// Our key and its journal.
    pub signer: &'a mut S,
    /// The signature check.
    pub verifier: &'a V,
    /// The time of the call. Never below that of an earlier call.
    pub now: Millis,
}
