//! The accusation as a machine: from two conflicting justifications of one set to those who are guilty.
//!
//! # Inputs and outputs
//! Two justifications and the headers between them begin it. Then answers come in, or the end of a window
//! without one; challenges go out, and at last a [`Verdict`]. The order of the questions is drawn in the module.
//!
//! # Invariants
//! 1. Each step ends the accusation or goes down one round, so it ends.
//! 2. What counts was checked here: membership, signature, place.
//! 3. A verdict weighs at least [`accountable_weight`](super::accountable_weight).
//!
//! # Bounds
//! Votes of two rounds and the two justifications, at most two votes a voter and stage; one challenge at a time.

use super::tally::{Ballots, Quorum, Tally, follows_rounds, weight_of};
use super::{
    AccuseError, AnswerError, CHALLENGE_WINDOW_SLOTS, Challenge, Court, Culprit, Headers, Offence,
    Place, Question, SignedChallenge, Summons, Verdict, check_answer, is_beyond_change,
};
use crate::crypto::Verifier;
use crate::finality::{BlockRef, Justification, SignedVote, Stage, VoterSet};
use serin_state::types::{Height, PublicKey, Round, Slot, VoteWeight};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Two justifications of one set for blocks on different chains.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The set.
    pub set: &'a VoterSet,
    /// One justification.
    pub first: &'a Justification,
    /// The other one.
    pub second: &'a Justification,
    /// Height of the block that the set began with.
    pub start: Height,
    /// Headers: from both targets down to where their chains part.
    pub headers: &'a Headers,
}

/// What goes into an accusation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Votes that somebody gives in answer, and headers that place them.
    Answer {
        /// The votes, of the round and stage that the question asks for, sorted by voter and target.
        votes: Vec<SignedVote>,
        /// Headers from the blocks of the votes down to the height of the challenged block.
        headers: Headers,
    },
    /// The window of this challenge is over, and nobody answered.
    Silence(SignedChallenge),
}

/// What an accusation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Put this challenge to these voters: their votes oblige them.
    Ask {
        /// The challenge.
        challenge: Challenge,
        /// The votes that oblige, by voter.
        asked: Vec<SignedVote>,
    },
    /// The answer is none; the challenge stands.
    Refused(AnswerError),
    /// It is over.
    Ended(Verdict),
}

/// What is being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Inquiry {
    challenge: Challenge,
    asked: Vec<SignedVote>,
}

/// An accusation under way.
#[derive(Clone, Debug)]
pub struct Accusation {
    set: VoterSet,
    quorum: Quorum,
    /// The justification of the earlier round: the question is always why its target was let go.
    earlier: Arc<Justification>,
    headers: Headers,
    known: BTreeMap<(Round, Stage), Ballots>,
    inquiry: Inquiry,
    slot: Slot,
}

impl Accusation {
    /// Begins in slot `now`: checks that there is a conflict, and asks the first question or ends at once.
    ///
    /// # Errors
    /// [`AccuseError`] where there is nothing to accuse of.
    pub fn begin<V: Verifier>(
        court: &Court<'_, V>,
        case: &Case<'_>,
        now: Slot,
    ) -> Result<(Self, Output), AccuseError> {
        for justification in [case.first, case.second] {
            justification
                .verify(case.set, &court.rules, court.verifier)
                .map_err(AccuseError::Justification)?;
        }
        let mut headers = case.headers.clone();
        for header in case.first.ancestry().iter().chain(case.second.ancestry()) {
            headers.insert(header);
        }
        check_conflict(&headers, &case.first.target(), &case.second.target())?;
        let targets = [case.first.target(), case.second.target()];
        if targets.iter().any(|target| is_beyond_change(&headers, case.start, target)) {
            return Err(AccuseError::BeyondChange);
        }
        let place = |justification: &Justification| (justification.round(), justification.target());
        let in_order = place(case.first) <= place(case.second);
        let (earlier, later) =
            if in_order { (case.first, case.second) } else { (case.second, case.first) };
        let quorum = Quorum::new(case.set, &court.rules);
        let one_round = earlier.round() == later.round();
        let follows = one_round || follows_rounds(&quorum, &court.rules);
        if quorum.shared() == 0 || !follows {
            return Err(AccuseError::NotAccountable);
        }
        let mut accusation = Self {
            set: case.set.clone(),
            quorum,
            earlier: Arc::new(earlier.clone()),
            headers,
            known: BTreeMap::new(),
            inquiry: Inquiry { challenge: opening(earlier, now), asked: Vec::new() },
            slot: now,
        };
        accusation.keep(earlier.votes().chain(later.votes()));
        let output = accusation.open(court, later.round())?;
        Ok((accusation, output))
    }

    /// One round: who is in both justifications for two blocks is guilty. Two rounds: the voters of the later
    /// one are asked.
    fn open<V>(&mut self, court: &Court<'_, V>, later: Round) -> Result<Output, AccuseError> {
        if later == self.earlier.round() {
            return Ok(self.end(court, Vec::new()));
        }
        let tally = self.tally(later, Stage::Precommit);
        if !tally.impossible(&self.quorum) {
            return Err(AccuseError::MissingHeaders);
        }
        Ok(self.go_on(court, later, Stage::Precommit, tally))
    }

    /// Takes what came in.
    pub fn step<V: Verifier>(&mut self, court: &Court<'_, V>, input: Input) -> Output {
        match input {
            Input::Answer { votes, headers } => self.on_answer(court, &votes, &headers),
            Input::Silence(challenge) => self.on_silence(court, challenge),
        }
    }

    /// Votes that are known already and count with an answer to what is asked now.
    pub fn known(&self, round: Round, stage: Stage) -> impl Iterator<Item = SignedVote> + '_ {
        self.known.get(&(round, stage)).into_iter().flat_map(Ballots::iter)
    }

    /// What is asked now.
    #[must_use]
    pub const fn challenge(&self) -> &Challenge {
        &self.inquiry.challenge
    }

    /// The headers it knows.
    pub(super) const fn headers(&self) -> &Headers {
        &self.headers
    }

    fn on_answer<V: Verifier>(
        &mut self,
        court: &Court<'_, V>,
        votes: &[SignedVote],
        headers: &Headers,
    ) -> Output {
        let challenge = self.inquiry.challenge;
        let placed = if headers.is_empty() {
            None
        } else {
            let mut placed = self.headers.clone();
            placed.extend(headers);
            Some(placed)
        };
        let all = placed.as_ref().unwrap_or(&self.headers);
        let stage = match check_answer(court, &self.set, &challenge, (votes, all)) {
            Ok(stage) => stage,
            Err(error) => return Output::Refused(error),
        };
        if let Some(placed) = placed {
            self.headers = placed;
        }
        self.keep(votes.iter().copied());
        let round = answer_round(&challenge);
        let tally = self.tally(round, stage);
        self.go_on(court, round, stage, tally)
    }

    /// What follows from votes of `round` that made the block impossible, or that it was precommitted for.
    fn go_on<V>(
        &mut self,
        court: &Court<'_, V>,
        round: Round,
        stage: Stage,
        tally: Tally,
    ) -> Output {
        let answered = self.inquiry.challenge.question == Question::Prevotes;
        if answered || tally.too_many_equivocate(&self.quorum) {
            return self.end(court, Vec::new());
        }
        let (question, asked) = if round > self.earlier.round() {
            (Question::Estimate, tally.opponents)
        } else {
            assert_eq!(stage, Stage::Prevote, "invariant(accuse): precommits end it");
            (Question::Prevotes, self.tally(round, Stage::Precommit).supporters)
        };
        let challenge = Challenge { round, question, ..self.inquiry.challenge };
        self.inquiry = Inquiry { challenge, asked: asked.clone() };
        Output::Ask { challenge, asked }
    }

    fn on_silence<V: Verifier>(
        &mut self,
        court: &Court<'_, V>,
        challenge: SignedChallenge,
    ) -> Output {
        if challenge.challenge != self.inquiry.challenge || !challenge.holds(court) {
            return Output::Refused(AnswerError::OtherChallenge);
        }
        let summons = Arc::new(Summons { challenge, justification: Arc::clone(&self.earlier) });
        let unanswered = |vote: &SignedVote| {
            let (_, way) = self.headers.way(&self.earlier.target(), &vote.vote.target);
            let summons = Arc::clone(&summons);
            Offence::Unanswered { vote: Box::new(*vote), way, summons }
        };
        let silent: Vec<(PublicKey, Offence)> =
            self.inquiry.asked.iter().map(|vote| (vote.voter, unanswered(vote))).collect();
        self.end(court, silent)
    }

    /// The silent and everybody who is known to equivocate.
    fn end<V>(&self, court: &Court<'_, V>, silent: Vec<(PublicKey, Offence)>) -> Output {
        let mut guilty: BTreeMap<PublicKey, Offence> = silent.into_iter().collect();
        for proof in self.known.values().flat_map(Ballots::equivocations) {
            guilty.insert(proof.first.voter, Offence::Equivocation(Box::new(proof)));
        }
        let culprit = |(voter, proof)| {
            let weight = VoteWeight(weight_of(&self.set, &voter));
            Culprit { voter, weight, proof }
        };
        let culprits = guilty.into_iter().map(culprit).collect();
        let verdict = Verdict::new(&self.set, &court.rules, culprits);
        assert!(verdict.weight() >= verdict.promised, "invariant(accuse): enough are guilty");
        Output::Ended(verdict)
    }

    fn keep(&mut self, votes: impl Iterator<Item = SignedVote>) {
        for vote in votes {
            self.known.entry((vote.vote.round, vote.vote.stage)).or_default().add(vote);
        }
    }

    fn tally(&self, round: Round, stage: Stage) -> Tally {
        let ballots = self.known.get(&(round, stage));
        ballots.map_or_else(Tally::default, |ballots| {
            ballots.tally(&self.set, &self.headers, &self.earlier.target())
        })
    }

    /// The slot in which it began.
    #[must_use]
    pub const fn began(&self) -> Slot {
        self.slot
    }
}

/// The round whose votes answer a challenge.
pub(super) fn answer_round(challenge: &Challenge) -> Round {
    match challenge.question {
        Question::Estimate => challenge.round.saturating_sub(1),
        Question::Prevotes => challenge.round,
    }
}

/// The challenge before anybody is asked: it names what all of them will be about.
fn opening(earlier: &Justification, now: Slot) -> Challenge {
    Challenge {
        set: earlier.set(),
        round: earlier.round(),
        question: Question::Estimate,
        block: earlier.target(),
        asked: now,
        until: now.saturating_add(CHALLENGE_WINDOW_SLOTS),
    }
}

/// Neither block descends from the other.
fn check_conflict(headers: &Headers, one: &BlockRef, other: &BlockRef) -> Result<(), AccuseError> {
    let (lower, higher) = if one.height <= other.height { (one, other) } else { (other, one) };
    match headers.place(lower, higher) {
        Place::Off => Ok(()),
        Place::Above => Err(AccuseError::NoConflict),
        Place::Unknown => Err(AccuseError::MissingHeaders),
    }
}
