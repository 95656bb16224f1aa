//! The two checks that a stranger makes: is this an answer, and is this culprit guilty.
//!
//! They share nothing with the procedure but the types, and need no log: the set, the rules and the proof. That
//! nobody answered cannot be shown by a proof; a stranger takes it from where challenges and answers are
//! published, and refutes it with any answer that [`check_answer`] takes.
//!
//! Bounds: one signature check a vote, one walk down the headers that are given.

use super::tally::{Ballots, Quorum, follows_rounds};
use super::{
    CHALLENGE_WINDOW_SLOTS, Challenge, Court, Culprit, Headers, Offence, Place, Question, Summons,
};
use crate::crypto::{Check, Signed, Verifier};
use crate::finality::{JustificationError, SignedVote, Stage, VoteEquivocationError, VoterSet};
use serin_state::types::{Header, Round};

/// Why votes are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// There are none.
    #[error("the answer holds no vote")]
    Empty,
    /// More than two a voter.
    #[error("the answer holds more votes than the set can have cast")]
    TooMany,
    /// Of another set, of another round than asked for, of two stages, or of a stage that answers nothing here.
    #[error("the answer holds a vote of another set, round or stage than the question asks for")]
    OtherRound,
    /// Not sorted by voter and target, or a vote twice.
    #[error("the votes of the answer are not sorted by voter and block, or one stands in it twice")]
    NotCanonical,
    /// By somebody outside the set.
    #[error("a vote of the answer is not by a member of the set")]
    NotAVoter,
    /// A signature does not hold.
    #[error("a signature in the answer does not hold")]
    BadSignature,
    /// The votes do not show what was asked.
    #[error(
        "the votes do not show what was asked for, or headers that would place them are missing"
    )]
    ShowsNothing,
    /// The challenge is not the one that stands, or its signature does not hold.
    #[error("the challenge is not the one that stands, or its signature does not hold")]
    OtherChallenge,
}

/// Checks an answer, votes and the headers that place their blocks: `Ok` with the stage of the votes if it frees
/// everybody who was asked.
///
/// # Errors
/// [`AnswerError`], cheap checks first.
pub fn check_answer<V: Verifier>(
    court: &Court<'_, V>,
    set: &VoterSet,
    challenge: &Challenge,
    (votes, headers): (&[SignedVote], &Headers),
) -> Result<Stage, AnswerError> {
    let stage = votes.first().ok_or(AnswerError::Empty)?.vote.stage;
    if votes.len() > set.len().saturating_mul(2) {
        return Err(AnswerError::TooMany);
    }
    let round = match challenge.question {
        Question::Estimate => challenge.round.previous().ok_or(AnswerError::OtherRound)?,
        Question::Prevotes => challenge.round,
    };
    let answers = match stage {
        Stage::Prevote => true,
        Stage::Precommit => challenge.question == Question::Estimate,
        Stage::Primary => false,
    };
    let belongs = |signed: &SignedVote| {
        let vote = &signed.vote;
        (vote.set, vote.round, vote.stage) == (set.id(), round, stage)
    };
    if !answers || challenge.set != set.id() || !votes.iter().all(belongs) {
        return Err(AnswerError::OtherRound);
    }
    check_votes(court, set, votes)?;
    let mut ballots = Ballots::default();
    for vote in votes {
        ballots.add(*vote);
    }
    let tally = ballots.tally(set, headers, &challenge.block);
    let quorum = Quorum::new(set, &court.rules);
    let shows = match challenge.question {
        Question::Estimate => tally.impossible(&quorum),
        Question::Prevotes => tally.supported(&quorum),
    };
    if shows { Ok(stage) } else { Err(AnswerError::ShowsNothing) }
}

fn check_votes<V: Verifier>(
    court: &Court<'_, V>,
    set: &VoterSet,
    votes: &[SignedVote],
) -> Result<(), AnswerError> {
    let place = |signed: &SignedVote| (signed.voter, signed.vote.target);
    if !votes.is_sorted_by(|one, next| place(one) < place(next)) {
        return Err(AnswerError::NotCanonical);
    }
    for of_one in votes.chunk_by(|one, next| one.voter == next.voter) {
        if of_one.len() > 2 {
            return Err(AnswerError::TooMany);
        }
        if !of_one.first().is_some_and(|vote| set.contains(&vote.voter)) {
            return Err(AnswerError::NotAVoter);
        }
    }
    if votes.iter().all(|vote| is_signed(court, vote)) {
        Ok(())
    } else {
        Err(AnswerError::BadSignature)
    }
}

/// Whether the signature of a vote holds.
pub(super) fn is_signed<V: Verifier>(court: &Court<'_, V>, vote: &SignedVote) -> bool {
    let payload = vote.vote.payload();
    court.verifier.signature(Check {
        key: vote.voter,
        signed: Signed::Vote(&payload),
        signature: vote.signature,
    })
}

/// Why a culprit's proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CulpritError {
    /// Not in the set, or with another weight.
    #[error("the accused is not a member of the set with this weight")]
    NotAVoter,
    /// The votes of the proof are by somebody else, or of another set.
    #[error("the proof is about another voter or another set")]
    OtherVoter,
    /// Two votes that do not exclude each other.
    #[error("the two votes prove no equivocation: {0}")]
    Equivocation(VoteEquivocationError),
    /// The justification does not hold.
    #[error("the justification that the challenge rests on does not hold: {0}")]
    Justification(JustificationError),
    /// The challenge is not about the target of the justification, or not of its set.
    #[error("the challenge is not about the block of the justification")]
    OtherBlock,
    /// The window is too short.
    #[error("the window of the challenge is shorter than {CHALLENGE_WINDOW_SLOTS} slots")]
    ShortWindow,
    /// The challenge is not signed by its challenger.
    #[error("the signature of the challenge does not hold")]
    BadChallenge,
    /// The vote is not of the round of the challenge, or that round obliges to nothing.
    #[error("the vote does not oblige its voter to answer this challenge")]
    NotObliged,
    /// The signature of the vote does not hold.
    #[error("the signature of the vote does not hold")]
    BadVote,
    /// The headers do not show where the block of the vote stands.
    #[error("the headers do not show that the vote obliges, or there are others among them")]
    BadWay,
    /// The rules of the chain promise nothing from one round to the next.
    #[error("the rules of this chain do not hold anybody to account from one round to the next")]
    NotAccountable,
}

/// Checks that a culprit of `set` is guilty; of a challenge, that nobody who kept its votes could have failed to
/// answer it.
///
/// # Errors
/// [`CulpritError`].
pub fn check_culprit<V: Verifier>(
    court: &Court<'_, V>,
    set: &VoterSet,
    culprit: &Culprit,
) -> Result<(), CulpritError> {
    let member = set.index_of(&culprit.voter).and_then(|index| set.get(index));
    if member.is_none_or(|member| member.weight != culprit.weight) {
        return Err(CulpritError::NotAVoter);
    }
    match &culprit.proof {
        Offence::Equivocation(proof) => {
            if proof.first.voter != culprit.voter || proof.first.vote.set != set.id() {
                return Err(CulpritError::OtherVoter);
            }
            proof.check(court.verifier).map_err(CulpritError::Equivocation)
        }
        Offence::Unanswered { vote, way, summons } => {
            if vote.voter != culprit.voter || vote.vote.set != set.id() {
                return Err(CulpritError::OtherVoter);
            }
            check_summons(court, set, summons)?;
            check_obliged(&summons.challenge.challenge, summons.justification.round(), vote)?;
            check_way(&summons.challenge.challenge, vote, way)?;
            if is_signed(court, vote) { Ok(()) } else { Err(CulpritError::BadVote) }
        }
    }
}

fn check_summons<V: Verifier>(
    court: &Court<'_, V>,
    set: &VoterSet,
    summons: &Summons,
) -> Result<(), CulpritError> {
    let challenge = &summons.challenge.challenge;
    if !follows_rounds(&Quorum::new(set, &court.rules), &court.rules) {
        return Err(CulpritError::NotAccountable);
    }
    if challenge.set != set.id() || challenge.block != summons.justification.target() {
        return Err(CulpritError::OtherBlock);
    }
    if challenge.until.since(challenge.asked) < CHALLENGE_WINDOW_SLOTS {
        return Err(CulpritError::ShortWindow);
    }
    summons
        .justification
        .verify(set, &court.rules, court.verifier)
        .map_err(CulpritError::Justification)?;
    if summons.challenge.holds(court) { Ok(()) } else { Err(CulpritError::BadChallenge) }
}

/// A vote of a later round off the block obliges to [`Question::Estimate`]; a precommit of the very round for
/// the block obliges to [`Question::Prevotes`].
fn check_obliged(
    challenge: &Challenge,
    justified: Round,
    vote: &SignedVote,
) -> Result<(), CulpritError> {
    let is_counted = vote.vote.stage != Stage::Primary;
    let obliges = match challenge.question {
        Question::Estimate => is_counted && challenge.round > justified,
        Question::Prevotes => vote.vote.stage == Stage::Precommit && challenge.round == justified,
    };
    if obliges && vote.vote.round == challenge.round {
        Ok(())
    } else {
        Err(CulpritError::NotObliged)
    }
}

/// The headers show the place of the vote's block, and none is there that does not.
fn check_way(challenge: &Challenge, vote: &SignedVote, way: &[Header]) -> Result<(), CulpritError> {
    let (place, needed) = Headers::new(way).way(&challenge.block, &vote.vote.target);
    let expected = match challenge.question {
        Question::Estimate => Place::Off,
        Question::Prevotes => Place::Above,
    };
    if place == expected && needed == way { Ok(()) } else { Err(CulpritError::BadWay) }
}
