//! Two proofs that exclude each other: whether that may be, and who is guilty.
//!
//! Inputs: two final blocks of one height, the proofs that honest nodes hold, every vote that was said in public. Outputs:
//! a violation of agreement where less than a third is Byzantine; the culprits that the node's own procedure names; and a
//! violation of accountable safety where those weigh less than the rules promise, or one of them is honest.
//!
//! Bounds: those of the judge's memory of votes and headers.

use super::Judge;
use super::archive::weight_of;
use crate::lab::outcome::{ConflictInfo, CulpritInfo};
use crate::sim::crypto::{SimSigner, SimVerifier};
use serin_consensus::finality::accuse::{
    AccuseError, Case as Accused, Court, Culprit, Headers, LogLimits, Offence, VoteLog,
    accountable_weight, accuse,
};
use serin_consensus::finality::{BlockRef, Justification, VoterSet};
use serin_state::types::{Hash, Slot, Voter};

impl Judge {
    /// An honest node made `block` final, and another one `rival` at its height.
    pub(super) fn on_conflict(&mut self, node: usize, block: &BlockRef, rival: Hash) {
        let height = block.height;
        let (first, second) = (self.proof_over(&rival, block), self.proof_over(&block.hash, block));
        let tried = first.zip(second).map(|(first, second)| self.try_case(first, second));
        let mut culprits = Vec::new();
        if let Some(Ok(info)) = &tried {
            culprits = info.culprits.iter().map(|culprit| culprit.validator).collect();
        }
        let enough = self.case.is_honest_enough();
        if enough {
            let blame = if culprits.is_empty() {
                "nobody broke a rule: the rules or the code are to blame".to_owned()
            } else {
                format!("guilty are validators {culprits:?}")
            };
            let what = format!(
                "node {node} made {} final at height {height}, where another honest node made {} final; {blame}",
                short(&block.hash),
                short(&rival)
            );
            self.violate("agreement", what, culprits.clone());
        }
        match tried {
            Some(Ok(info)) => {
                self.judge_verdict(&info);
                self.conflict = Some(info);
            }
            Some(Err((why, promised))) if promised && !enough => {
                self.violate(
                    "accountable safety",
                    format!("nobody can be accused: {why}"),
                    Vec::new(),
                );
            }
            Some(Err(_)) | None => {}
        }
    }

    /// The lowest proof that covers a block.
    fn proof_over(&self, hash: &Hash, block: &BlockRef) -> Option<Justification> {
        let above = self.proofs.range((block.height, Hash::ZERO)..);
        let covers = |(_, target): &(_, Hash)| {
            self.archive.descends(target, hash, block.height) == Some(true)
        };
        above.into_iter().find(|(place, _)| covers(place)).map(|(_, proof)| proof.clone())
    }

    /// Runs the node's procedure on everything that was said. An error says why there is no verdict, and whether the rules
    /// promise one.
    fn try_case(
        &self,
        first: Justification,
        second: Justification,
    ) -> Result<ConflictInfo, (String, bool)> {
        let court = Court {
            genesis: self.genesis,
            rules: self.case.rules.finality,
            verifier: &SimVerifier,
        };
        // Proofs of different sets lead to a conflict of an earlier set, which the world meets by itself.
        if first.set() != second.set() {
            return Err(("the proofs are of different sets".to_owned(), false));
        }
        let Some(members) = self.members_of(&first, &second) else {
            return Err(("the proofs are of two sets of one number".to_owned(), false));
        };
        let set = VoterSet::new(first.set(), members).map_err(|error| (error.to_string(), true))?;
        let headers = Headers::new(self.archive.headers().map(|(_, header)| header));
        let mut log = VoteLog::new(LogLimits::offline());
        for vote in self.votes.iter().copied().chain(first.votes()).chain(second.votes()) {
            log.record(Slot(1), &vote);
        }
        let start = self.archive.start_of(first.set());
        let case = Accused { set: &set, first: &first, second: &second, start, headers: &headers };
        let verdict = accuse(&court, &case, &[log], &SimSigner::observer()).map_err(|error| {
            let promised = !matches!(
                error,
                AccuseError::NotAccountable
                    | AccuseError::BeyondChange
                    | AccuseError::MissingHeaders
            );
            (error.to_string(), promised)
        })?;
        let promised = accountable_weight(&set, &self.case.rules.finality);
        let culprits = verdict.culprits.iter().map(|culprit| self.culprit(culprit)).collect();
        Ok(ConflictInfo { first, second, culprits, promised })
    }

    /// The set that voted for both; none where two forks announced different sets under one number, since then the blocks
    /// that announce them conflict already.
    fn members_of(&self, first: &Justification, second: &Justification) -> Option<&[Voter]> {
        let voted = |members: &&Vec<Voter>| {
            let mut votes = first.votes().chain(second.votes());
            votes.all(|vote| weight_of(members, &vote.voter) > 0)
        };
        self.archive.sets(first.set()).find(voted).map(Vec::as_slice)
    }

    fn culprit(&self, culprit: &Culprit) -> CulpritInfo {
        let validator = self.voters.get(&culprit.voter).copied().unwrap_or(usize::MAX);
        let evidence = match &culprit.proof {
            Offence::Equivocation(two) => format!(
                "two {:?} votes in round {}: for {} at height {} and {} at height {}",
                two.first.vote.stage,
                two.first.vote.round.0,
                short(&two.first.vote.target.hash),
                two.first.vote.target.height,
                short(&two.second.vote.target.hash),
                two.second.vote.target.height
            ),
            Offence::Unanswered { vote, .. } => format!(
                "its {:?} vote in round {} for {} at height {} has no reason in the rounds before",
                vote.vote.stage,
                vote.vote.round.0,
                short(&vote.vote.target.hash),
                vote.vote.target.height
            ),
        };
        CulpritInfo {
            validator: u8::try_from(validator).unwrap_or(u8::MAX),
            weight: culprit.weight.0,
            byzantine: self.byzantine.has(validator),
            evidence,
        }
    }

    /// A verdict names enough, and nobody who is honest.
    pub(super) fn judge_verdict(&mut self, info: &ConflictInfo) {
        let weight = info.culprits.iter().fold(0, |sum: u64, one| sum.saturating_add(one.weight));
        let named: Vec<u8> = info.culprits.iter().map(|one| one.validator).collect();
        if weight < info.promised {
            let what =
                format!("culprits of weight {weight} are named, {} are promised", info.promised);
            self.violate("accountable safety", what, named);
        }
        for culprit in info.culprits.iter().filter(|culprit| !culprit.byzantine) {
            let what = format!(
                "validator {} is honest, and named: {}",
                culprit.validator, culprit.evidence
            );
            self.violate("no honest culprit", what, Vec::new());
        }
    }
}

/// The first four bytes of a hash.
fn short(hash: &Hash) -> String {
    hash.to_string().chars().take(8).collect()
}
