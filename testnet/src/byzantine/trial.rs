//! A pair of conflicting proofs before the procedure, with honest nodes that answer from their logs.
//!
//! # Inputs and outputs
//! Inputs: a [`Case`] and two of its proofs. Outputs: the verdict and how it came about, or a typed refusal.
//!
//! The machine is driven as it is online: each question goes to the honest nodes one by one, and each that was asked has to
//! have the answer in its own log (lemma 4.3 of the paper). The same pair then goes through [`accuse()`], which reads all
//! logs at once, among them one that the adversary wrote.
//!
//! Bounds: those of the case, and [`HOSTILE_VOTES`] votes a voter, stage and round of a proof in the adversary's log.

use super::case::Case;
use crate::sim::crypto::{SimSigner, SimVerifier};
use serin_consensus::finality::accuse::{
    Accusation, AccuseError, Case as Accused, ChainError, Challenge, Challenger, Conflict, Court,
    FinalityRecord, Headers, Input, LogLimits, Output, Question, SetChange, TrustedSet, Verdict,
    VoteLog, accuse, check_answer, last_common_conflict,
};
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage, Vote};
use serin_consensus::rules::FinalityRules;
use serin_state::random::Random;
use serin_state::types::{Hash, Height, PublicKey, Round, SetId, Signature, Slot};
use std::collections::BTreeSet;

/// Votes of each Byzantine voter in the adversary's log, a round and stage.
const HOSTILE_VOTES: u64 = 2;

/// A step that the procedure took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Branch {
    /// Both proofs are of one round.
    OneRound,
    /// Precommits answered why a block was let go.
    PrecommitsAnswered,
    /// Prevotes answered it.
    PrevotesAnswered,
    /// Prevotes answered why a block was precommitted.
    SupportAnswered,
    /// Nobody said why a block was let go.
    EstimateUnanswered,
    /// Nobody said why a block was precommitted.
    SupportUnanswered,
    /// The proofs were of different sets.
    OtherSets,
}

impl Branch {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::OneRound,
        Self::PrecommitsAnswered,
        Self::PrevotesAnswered,
        Self::SupportAnswered,
        Self::EstimateUnanswered,
        Self::SupportUnanswered,
        Self::OtherSets,
    ];

    /// Its name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OneRound => "one round",
            Self::PrecommitsAnswered => "answered by precommits",
            Self::PrevotesAnswered => "answered by prevotes",
            Self::SupportAnswered => "support answered",
            Self::EstimateUnanswered => "estimate unanswered",
            Self::SupportUnanswered => "support unanswered",
            Self::OtherSets => "across sets",
        }
    }
}

/// Why there was no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The records do not lead to a set.
    Chain(ChainError),
    /// The procedure has nothing to accuse of.
    Accuse(AccuseError),
}

/// How a pair came out.
#[derive(Debug)]
pub(super) struct Ruling {
    /// What is accused, by one set.
    pub(super) conflict: Conflict,
    pub(super) branches: Vec<Branch>,
    /// With answers by honest nodes one by one.
    pub(super) online: Verdict,
    /// With all logs at once.
    pub(super) offline: Verdict,
    /// An honest voter was asked and its own log had no answer.
    pub(super) speechless: Option<PublicKey>,
}

/// What all pairs of a case share.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) case: &'a Case,
    headers: Headers,
    logs: Vec<(PublicKey, VoteLog)>,
    /// All honest logs in one.
    together: VoteLog,
    /// The log of the adversary, then the honest ones.
    all: Vec<VoteLog>,
    /// What the adversary wrote.
    pub(super) hostile: Vec<SignedVote>,
    genesis: Hash,
    challenger: SimSigner,
    /// The stage that a log is asked for first.
    first_stage: Stage,
}

impl<'a> Trial<'a> {
    /// Reads the logs of a case.
    pub(super) fn new(case: &'a Case, random: &Random) -> Self {
        let log = |votes: &mut dyn Iterator<Item = &SignedVote>| {
            let mut log = VoteLog::new(LogLimits::offline());
            for vote in votes {
                log.record(Slot(1), vote);
            }
            log
        };
        let votes = |said: &'a super::case::Testimony| said.log.iter().map(|entry| &entry.vote);
        let together = log(&mut case.testimonies.iter().flat_map(votes));
        let testimonies = case.testimonies.iter();
        let logs: Vec<(PublicKey, VoteLog)> =
            testimonies.map(|said| (said.key, log(&mut votes(said)))).collect();
        let hostile = hostile_votes(case, random);
        let honest = logs.iter().map(|(_, log)| log.clone());
        let all = core::iter::once(log(&mut hostile.iter())).chain(honest).collect();
        Self {
            case,
            headers: Headers::new(&case.headers),
            logs,
            together,
            all,
            hostile,
            genesis: case.headers.first().map(serin_state::types::Header::hash).unwrap_or_default(),
            challenger: SimSigner::validator(u32::MAX),
            first_stage: if random.draw("stage", 6, 0).below(2) == 0 {
                Stage::Prevote
            } else {
                Stage::Precommit
            },
        }
    }

    fn court(&self) -> Court<'static, SimVerifier> {
        Court { genesis: self.genesis, rules: FinalityRules::default(), verifier: &SimVerifier }
    }

    /// Tries two proofs.
    pub(super) fn hear(
        &self,
        first: &Justification,
        second: &Justification,
    ) -> Result<Ruling, Refusal> {
        let court = self.court();
        let trusted = TrustedSet { set: self.case.first_set.clone(), start: Height::ZERO };
        let records = [self.record_of(first), self.record_of(second)];
        let [one, other] = &records;
        let conflict = last_common_conflict(&court, trusted, one, other).map_err(Refusal::Chain)?;
        let accused = Accused {
            set: &conflict.common.set,
            first: &conflict.first,
            second: &conflict.second,
            start: conflict.common.start,
            headers: &self.headers,
        };
        let mut branches = Vec::new();
        if first.set() != second.set() || first.set() != conflict.common.set.id() {
            branches.push(Branch::OtherSets);
        }
        let mut speechless = None;
        let online = self.ask(&accused, &mut branches, &mut speechless).map_err(Refusal::Accuse)?;
        let offline = accuse(&court, &accused, &self.all, &self.challenger);
        let offline = offline.map_err(Refusal::Accuse)?;
        Ok(Ruling { conflict, branches, online, offline, speechless })
    }

    /// Drives the machine with answers by honest nodes.
    fn ask(
        &self,
        accused: &Accused<'_>,
        branches: &mut Vec<Branch>,
        speechless: &mut Option<PublicKey>,
    ) -> Result<Verdict, AccuseError> {
        let court = self.court();
        let (mut accusation, mut output) = Accusation::begin(&court, accused, Slot(1))?;
        if matches!(output, Output::Ended(_)) {
            branches.push(Branch::OneRound);
        }
        loop {
            let (challenge, asked) = match output {
                Output::Ended(verdict) => return Ok(verdict),
                Output::Ask { challenge, asked } => (challenge, asked),
                Output::Refused(error) => return Err(AccuseError::Answer(error)),
            };
            let mut answers = self.logs.iter().filter_map(|(key, log)| {
                let votes = self.answer(accused, &challenge, log);
                let is_asked = asked.iter().any(|vote| vote.voter == *key);
                if votes.is_none() && is_asked {
                    *speechless = Some(*key);
                }
                votes
            });
            // The last one: every log is looked at. What no log shows alone, all may show together.
            let alone = answers.by_ref().last();
            let answer = alone.or_else(|| self.answer(accused, &challenge, &self.together));
            branches.push(branch(&challenge, answer.as_deref()));
            let input = match answer {
                Some(votes) => Input::Answer { votes, headers: Headers::default() },
                None => Input::Silence(self.challenger.challenge(&self.genesis, challenge)),
            };
            output = accusation.step(&court, input);
        }
    }

    /// What one log has to say.
    fn answer(
        &self,
        accused: &Accused<'_>,
        challenge: &Challenge,
        log: &VoteLog,
    ) -> Option<Vec<SignedVote>> {
        let (round, stages): (Round, &[Stage]) = match challenge.question {
            Question::Estimate => {
                (challenge.round.previous()?, &[self.first_stage, Stage::Precommit, Stage::Prevote])
            }
            Question::Prevotes => (challenge.round, &[Stage::Prevote]),
        };
        stages.iter().find_map(|stage| {
            let mut votes: Vec<SignedVote> = log.votes(challenge.set, round, *stage).collect();
            votes.sort_unstable_by_key(|vote| (vote.voter, vote.vote.target));
            let answer = (&votes[..], &self.headers);
            let shows = check_answer(&self.court(), accused.set, challenge, answer).is_ok();
            shows.then_some(votes)
        })
    }

    /// The set changes on the way to a proof, each with its own proof, and the proof.
    fn record_of(&self, proof: &Justification) -> FinalityRecord {
        let passed = proof.set().since(self.case.first_set.id());
        let mut announcing = Vec::new();
        let mut hash = proof.target().hash;
        while let Some(header) = self.headers.get(&hash) {
            if header.unsealed.announcements.next_set.is_some() {
                announcing.push(header.clone());
            }
            hash = header.parent();
        }
        let in_order = announcing.into_iter().rev();
        let changes = in_order.take(usize::try_from(passed).unwrap_or(0)).filter_map(|header| {
            let block = BlockRef { hash: header.hash(), height: header.height() };
            let mut proofs = self.case.proofs.iter();
            let justification = proofs.find(|known| known.target() == block)?.clone();
            Some(SetChange { header, justification })
        });
        FinalityRecord {
            changes: changes.collect(),
            justification: proof.clone(),
            headers: self.case.headers.clone(),
        }
    }
}

fn branch(challenge: &Challenge, answer: Option<&[SignedVote]>) -> Branch {
    let stage = answer.and_then(<[SignedVote]>::first).map(|vote| vote.vote.stage);
    match (challenge.question, stage) {
        (Question::Estimate, None) => Branch::EstimateUnanswered,
        (Question::Estimate, Some(Stage::Prevote)) => Branch::PrevotesAnswered,
        (Question::Estimate, Some(Stage::Precommit | Stage::Primary)) => Branch::PrecommitsAnswered,
        (Question::Prevotes, None) => Branch::SupportUnanswered,
        (Question::Prevotes, Some(_)) => Branch::SupportAnswered,
    }
}

/// What a lying log holds: votes for drawn blocks in the rounds of the proofs, by Byzantine voters with good
/// signatures, and by honest ones with bad ones.
fn hostile_votes(case: &Case, random: &Random) -> Vec<SignedVote> {
    let blocks: Vec<BlockRef> = case
        .headers
        .iter()
        .map(|header| BlockRef { hash: header.hash(), height: header.height() })
        .collect();
    let rounds: BTreeSet<(SetId, Round)> =
        case.proofs.iter().map(|proof| (proof.set(), proof.round())).collect();
    let mut votes = Vec::new();
    let mut drawn = 0_u64;
    for (identity, voter, is_byzantine) in &case.identities {
        let mut signer = SimSigner::validator(*identity);
        for (set, round) in &rounds {
            for turn in 0..HOSTILE_VOTES.saturating_mul(2) {
                drawn = drawn.saturating_add(1);
                let stage = if turn.is_multiple_of(2) { Stage::Prevote } else { Stage::Precommit };
                let Some(target) = random.draw("hostile", 6, drawn).pick(&blocks).copied() else {
                    continue;
                };
                let vote = Vote { set: *set, round: *round, stage, target };
                let fresh = SimSigner::validator(*identity);
                let signature = match core::mem::replace(&mut signer, fresh).sign_vote(&vote) {
                    Ok(signature) if *is_byzantine => signature,
                    Ok(_) | Err(_) => Signature([7; 64]),
                };
                votes.push(SignedVote { vote, voter: *voter, signature });
            }
        }
    }
    votes
}
