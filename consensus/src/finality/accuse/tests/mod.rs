//! Scripts, tables and properties of accusations.
//!
//! A story is a drawing of blocks, voters by number with their weights, and their votes as text: `"0A 1A 2X"` are
//! votes of voters 0 and 1 for A and of voter 2 for X.

mod chains;
mod logs;
mod models;
mod refusals;
mod stories;

use super::{
    AccuseError, Case, Court, Culprit, Headers, LogLimits, Offence, Verdict, VoteLog, accuse,
    check_culprit,
};
use crate::crypto::Strict;
use crate::finality::tests::drawing::{Drawing, SET, secrets, set_of, signed};
use crate::finality::{Justification, SignedVote, Stage, Vote, VoterSet};
use crate::rules::FinalityRules;
use serin_state::types::{Hash, Height, PublicKey, Round, SecretKey, Slot};

/// Blocks and voters.
struct Story {
    drawing: Drawing,
    secrets: Vec<SecretKey>,
    set: VoterSet,
}

impl Story {
    fn new(drawing: &str, weights: &[u64]) -> Self {
        let secrets = secrets(weights.len());
        let keys: Vec<PublicKey> = secrets.iter().map(SecretKey::public).collect();
        Self { drawing: Drawing::new(drawing), set: set_of(&keys, weights), secrets }
    }

    /// Votes from text.
    fn votes(&self, round: u64, stage: Stage, text: &str) -> Vec<SignedVote> {
        let one = |word: &str| {
            let (voter, name) = word.split_at(1);
            let target = self.drawing.block(name);
            let vote = Vote { set: SET, round: Round(round), stage, target };
            signed(&self.secrets[voter.parse::<usize>().unwrap()], vote)
        };
        text.split_whitespace().map(one).collect()
    }

    fn justification(&self, round: u64, target: &str, votes: &str) -> Justification {
        let votes = self.votes(round, Stage::Precommit, votes);
        let proof = Justification::new(SET, Round(round), self.drawing.block(target), votes);
        proof.with_ancestry(|hash| self.drawing.header(hash))
    }

    /// A log from lines `round stage votes`, stage `v` for prevotes and `c` for precommits.
    fn log(&self, lines: &[&str]) -> VoteLog {
        let mut log = VoteLog::new(LogLimits::offline());
        for line in lines {
            let mut words = line.splitn(3, ' ');
            let round = words.next().unwrap().parse().unwrap();
            let stage = if words.next() == Some("v") { Stage::Prevote } else { Stage::Precommit };
            for vote in self.votes(round, stage, words.next().unwrap_or_default()) {
                log.record(Slot(round), &vote);
            }
        }
        log
    }

    fn headers(&self) -> Headers {
        let all: Vec<_> = self.drawing.headers().cloned().collect();
        Headers::new(&all)
    }

    fn court() -> Court<'static, Strict> {
        Court { genesis: Hash::of(b"genesis"), rules: FinalityRules::default(), verifier: &Strict }
    }

    fn accuse(
        &self,
        first: &Justification,
        second: &Justification,
        logs: &[VoteLog],
    ) -> Result<Verdict, AccuseError> {
        let headers = self.headers();
        let case = Case { set: &self.set, first, second, start: Height(10), headers: &headers };
        accuse(&Self::court(), &case, logs, &SecretKey::from_seed(&[9; 32]))
    }

    /// Who is guilty of what, after every proof was checked: `e` for an equivocation, and the round and `s` for
    /// silence, as in `"1e 2e 3s4"`.
    fn guilty(&self, verdict: &Verdict) -> String {
        let one = |culprit: &Culprit| {
            assert_eq!(check_culprit(&Self::court(), &self.set, culprit), Ok(()));
            let voter = self.set.index_of(&culprit.voter).unwrap();
            match &culprit.proof {
                Offence::Equivocation(_) => format!("{voter}e"),
                Offence::Unanswered { summons, .. } => {
                    format!("{voter}s{}", summons.challenge.challenge.round)
                }
            }
        };
        assert!(verdict.weight() >= verdict.promised, "{verdict:?}");
        verdict.culprits.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}
