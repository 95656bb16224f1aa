//! An accusation in which logs answer: for files, tests, and whoever has collected what there is.
//!
//! # Inputs and outputs
//! Two justifications and logs; the verdict. What stands in no log counts as not answered, so the verdict is as
//! good as the search for logs: a proof by silence holds until somebody shows an answer.
//!
//! # Invariants
//! Logs need not be honest. A vote that does not check is left out, and so cannot spoil the others' answer; one
//! honest log among them is enough, because more votes never make an answer worse.
//!
//! # Bounds
//! One pass over the logs' votes of a round for each round between the two justifications.

use super::accusation::answer_round;
use super::check::is_signed;
use super::tally::Ballots;
use super::{
    Accusation, AccuseError, Case, Challenge, Challenger, Court, Headers, Input, Output, Question,
    Verdict, VoteLog, check_answer,
};
use crate::crypto::Verifier;
use crate::finality::{SignedVote, Stage};

/// Runs the procedure with `logs` as the only source of answers; `challenger` signs what they leave unanswered.
///
/// # Errors
/// [`AccuseError`] where there is nothing to accuse of.
pub fn accuse<V: Verifier>(
    court: &Court<'_, V>,
    case: &Case<'_>,
    logs: &[VoteLog],
    challenger: &impl Challenger,
) -> Result<Verdict, AccuseError> {
    accuse_asking(court, case, logs, challenger, &mut |_| Vec::new())
}

/// As [`accuse`], and where `logs` do not answer a challenge, `ask` looks for further logs.
///
/// # Errors
/// [`AccuseError`] where there is nothing to accuse of.
pub fn accuse_asking<V: Verifier>(
    court: &Court<'_, V>,
    case: &Case<'_>,
    logs: &[VoteLog],
    challenger: &impl Challenger,
    ask: &mut dyn FnMut(&Challenge) -> Vec<VoteLog>,
) -> Result<Verdict, AccuseError> {
    let mut logs = logs.to_vec();
    let headers = with_headers(case.headers, &logs);
    let case = &Case { headers: &headers, ..*case };
    let (mut accusation, mut output) = Accusation::begin(court, case, headers.latest_slot())?;
    loop {
        let challenge = match output {
            Output::Ended(verdict) => return Ok(verdict),
            Output::Ask { challenge, .. } => challenge,
            // Only answers that were checked go in, and challenges as they came out.
            Output::Refused(error) => return Err(AccuseError::Answer(error)),
        };
        let mut headers = Headers::default();
        let mut votes = answer(court, case, &accusation, (&logs, &headers));
        if votes.is_none() {
            let found = ask(&challenge);
            headers = with_headers(&headers, &found);
            logs.extend(found);
            votes = answer(court, case, &accusation, (&logs, &headers));
        }
        let input = match votes {
            Some(votes) => Input::Answer { votes, headers },
            None => Input::Silence(challenger.challenge(&court.genesis, challenge)),
        };
        output = accusation.step(court, input);
    }
}

fn with_headers(headers: &Headers, logs: &[VoteLog]) -> Headers {
    let mut all = headers.clone();
    for log in logs {
        all.extend(log.headers());
    }
    all
}

/// The votes of all logs of the round that the open challenge asks for, if they are an answer.
fn answer<V: Verifier>(
    court: &Court<'_, V>,
    case: &Case<'_>,
    accusation: &Accusation,
    (logs, headers): (&[VoteLog], &Headers),
) -> Option<Vec<SignedVote>> {
    let challenge: &Challenge = accusation.challenge();
    let round = answer_round(challenge);
    let placed = if headers.is_empty() {
        None
    } else {
        let mut placed = accusation.headers().clone();
        placed.extend(headers);
        Some(placed)
    };
    let placed = placed.as_ref().unwrap_or(accusation.headers());
    let stages: &[Stage] = match challenge.question {
        Question::Estimate => &[Stage::Precommit, Stage::Prevote],
        Question::Prevotes => &[Stage::Prevote],
    };
    stages.iter().find_map(|stage| {
        let mut ballots = Ballots::default();
        let logged = logs.iter().flat_map(|log| log.votes(case.set.id(), round, *stage));
        for vote in accusation.known(round, *stage).chain(logged) {
            if case.set.contains(&vote.voter) && is_signed(court, &vote) {
                ballots.add(vote);
            }
        }
        let mut votes: Vec<SignedVote> = ballots.iter().collect();
        votes.sort_unstable_by_key(|vote| (vote.voter, vote.vote.target));
        check_answer(court, case.set, challenge, (&votes, placed)).is_ok().then_some(votes)
    })
}
