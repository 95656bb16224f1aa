//! Accountable safety: two conflicting justifications in, the guilty out (GRANDPA paper, theorem 4.1).
//!
//! ```text
//! (B, r) and (B', r'), r <= r', on two chains, by one set
//!
//!   r = r'    who precommitted for both                                  guilty: equivocation
//!   r < r'    k = r':  voters of (B', r') voted off B in round k
//!             ask:     which votes of round k-1 showed that B could not be final?   [Estimate]
//!               nobody answers ------------------------------------------ guilty: all who were asked
//!               votes S of round k-1 answer
//!                  k-1 > r              its voters against B are asked next: k := k-1
//!                  k-1 = r, precommits  S and the precommits for B share equivocators  guilty: they
//!                  k-1 = r, prevotes    ask those who precommitted B:
//!                                       which prevotes supported it?                 [Prevotes]
//!                     nobody answers ------------------------------------ guilty: all who were asked
//!                     prevotes T         S and T share equivocators       guilty: they
//! ```
//!
//! # Messages
//! A [`Challenge`] names set, round, block, question and window; anybody signs it ([`SignedChallenge`]) and publishes
//! it. It obliges every voter of the set whose own signed vote of that round is off the block (Estimate), or is a
//! precommit for it (Prevotes). An answer is a list of signed votes of one round and stage with the headers that
//! place them ([`check_answer`]); anybody may give it within the window of [`CHALLENGE_WINDOW_SLOTS`], and one valid
//! answer frees all. Votes prove themselves, so an answer needs no signature of its own.
//!
//! # Why an honest voter always has the answer (lemma 4.3, for the rules of our voter)
//! A voter writes every vote it counts to its log, and that is durable before its own vote is signed. It votes in
//! round k > 1 only for descendants of E, its estimate of round k-1 (or for the block that changes the set, where E
//! lies beyond it), and not at all while E lost to finality. So if its vote is off B then E was. Either B was on the
//! chain of g(V), the GHOST of the prevotes of round k-1 it had counted, or above it; then precommits ruled B out:
//! B is above E on that chain, or above g(V), and a round is completable only once no child of g(V) above E can
//! win (*the spot that the paper leaves open*). Or g(V) is on another chain than B; then its supermajority of
//! prevotes is against B, and q > 2 (n - q) makes that enough. Votes that came later only add to either. A round that
//! was caught up with was counted from its votes, so they are in the log; nobody votes in it. Round 1 has no round
//! before it and is never asked about. A voter that precommitted B had a GHOST at B or above: the prevotes answer.
//!
//! A justification for a block beyond one that changes the set binds nobody: honest voters stop at the change.
//! Such a challenge is refuted by the header of the change ([`is_beyond_change`]).
//!
//! # Across sets
//! Each set is named by a block that the set before it made final. Of two chains of justifications that part,
//! the first differing ones are by one set, the last common one, and conflict: [`last_common_conflict`].
//!
//! # Reading order
//! `challenge`, `verdict`, `log`, `headers`, `tally`, `accusation` (the machine), `check` (what a stranger
//! runs), `offline` ([`accuse()`]), `chain` (sets), `export` (files).

mod accusation;
mod chain;
mod challenge;
mod check;
mod export;
mod headers;
mod log;
mod offline;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use accusation::{Accusation, Case, Input, Output};
pub use chain::{
    ChainError, Conflict, FinalityRecord, SET_CHANGES_MAX, SetChange, TrustedSet,
    last_common_conflict,
};
pub use challenge::{
    CHALLENGE_WINDOW_SLOTS, Challenge, Challenger, Question, SignedChallenge, Summons,
};
pub use check::{AnswerError, CulpritError, check_answer, check_culprit};
pub use export::{Evidence, FILE_BYTES_MAX, FileError, HEADERS_MAX, VOTES_MAX, VoteFile};
pub use headers::{Headers, Place, is_beyond_change};
pub use log::{LogLimits, Recorded, VoteLog};
pub use offline::{accuse, accuse_asking};
pub use tally::accountable_weight;
pub use verdict::{Court, Culprit, Offence, Verdict};

use crate::finality::JustificationError;

/// Why there is nothing to accuse of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccuseError {
    /// A justification proves nothing.
    #[error("a justification does not hold: {0}")]
    Justification(JustificationError),
    /// One block descends from the other.
    #[error("the two blocks lie on one chain: there is no violation")]
    NoConflict,
    /// The headers do not show how the two blocks, or the votes for them, lie.
    #[error(
        "headers are missing between the two blocks and where their chains part; add those of both chains"
    )]
    MissingHeaders,
    /// A justification is for a block beyond one that changes the set.
    #[error("a justification is for a block beyond one that changes the set: it is void")]
    BeyondChange,
    /// The threshold or the weight of equivocators is such that nobody need be guilty.
    #[error(
        "under the finality rules of this chain two conflicting justifications need no guilty voter"
    )]
    NotAccountable,
    /// An input of the procedure was refused.
    #[error("{0}")]
    Answer(AnswerError),
}
