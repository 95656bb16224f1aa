//! One run from its seed to its judgement: what it reached, and what did not hold in it.
//!
//! # Inputs and outputs
//! A class and a seed in; an [`Outcome`] out. Runs share nothing, so they may be judged in any order.
//!
//! # What has to hold
//! - A pair of conflicting proofs is convicted, and the checker confirms it: with honest nodes answering one by one, and
//!   with all logs and one lying log at once.
//! - Every honest voter that is asked has the answer in its own log.
//! - A proof beyond a block that changes the set is refused as void, and nothing else is.
//! - Two proofs on one chain are refused: there is no violation.
//! - Whoever is seen voting twice in an honest log, or is reported by an honest voter machine, is Byzantine.
//! - Without a third of Byzantine weight nothing conflicts.

use super::attack::run;
use super::case::Case;
use super::checker::check;
use super::plan::{Class, Plan};
use super::record::{Record, limits};
use super::trial::{Branch, Refusal, Ruling, Trial};
use serin_consensus::finality::Justification;
use serin_consensus::finality::accuse::AccuseError;
use serin_state::random::Random;
use std::collections::BTreeSet;

/// Most pairs of a run that are tried, and most pairs on one chain.
const PAIRS_MAX: usize = 4;

/// Something that a campaign has to have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// A violation in a run of this class.
    Violation(Class),
    /// The procedure took this step.
    Step(&'static str),
    /// A violation with unequal weights.
    UnequalWeights,
    /// A violation with at most half of the weight Byzantine.
    UpToHalf,
    /// A violation with more than half, and no supermajority.
    UpToTwoThirds,
    /// A violation with a Byzantine supermajority.
    Supermajority,
    /// A violation in a run in which an honest node crashed and came back.
    CrashInViolation,
    /// A proof beyond a change of the set was refused.
    VoidProof,
    /// Two proofs on one chain were refused.
    OneChain,
    /// An honest run in which nodes crashed.
    CrashInPeace,
    /// A minority was seen voting twice, and nobody else.
    MinorityCaught,
}

impl Sight {
    /// All that a complete campaign sees.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let attacks = Class::ATTACKS.into_iter().filter(|class| *class != Class::BeyondChange);
        let steps = Branch::ALL.into_iter().map(|branch| Self::Step(branch.name()));
        let rest = [
            Self::UnequalWeights,
            Self::UpToHalf,
            Self::UpToTwoThirds,
            Self::Supermajority,
            Self::CrashInViolation,
            Self::VoidProof,
            Self::OneChain,
            Self::CrashInPeace,
            Self::MinorityCaught,
        ];
        attacks.map(Self::Violation).chain(steps).chain(rest).collect()
    }

    /// What it is called in reports.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Violation(class) => format!("violation by {}", class.name()),
            Self::Step(step) => step.to_owned(),
            Self::UnequalWeights => "violation with unequal weights".to_owned(),
            Self::UpToHalf => "violation with at most half Byzantine".to_owned(),
            Self::UpToTwoThirds => "violation with more than half Byzantine".to_owned(),
            Self::Supermajority => "violation with a Byzantine supermajority".to_owned(),
            Self::CrashInViolation => "violation with a crash of an honest node".to_owned(),
            Self::VoidProof => "proof beyond a change of the set refused".to_owned(),
            Self::OneChain => "proofs on one chain refused".to_owned(),
            Self::CrashInPeace => "crash without a violation".to_owned(),
            Self::MinorityCaught => "minority seen voting twice".to_owned(),
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// There were two conflicting proofs of one set that bind its voters.
    pub is_violation: bool,
    /// Pairs of conflicting proofs that were convicted.
    pub convicted: u64,
    /// Pairs on one chain that were refused.
    pub refused: u64,
    /// Blocks that nodes made final.
    pub finals: u64,
    /// What was seen.
    pub sights: BTreeSet<Sight>,
    /// The first thing that did not hold.
    pub failure: Option<String>,
}

/// Runs and judges.
#[must_use]
pub fn judge(class: Class, seed: u64) -> Outcome {
    let plan = Plan::draw(class, seed);
    let random = plan.random;
    let shape = Shape::of(&plan);
    let Some(case) = run(plan) else {
        let failure = Some("the drawn weights make no voter set".to_owned());
        return Outcome { failure, ..Outcome::default() };
    };
    let mut outcome =
        Outcome { finals: u64::try_from(case.finals).unwrap_or(u64::MAX), ..Outcome::default() };
    outcome.failure = fill(&mut outcome, &case, (&random, shape)).err();
    outcome
}

/// What of a plan is worth seeing in a violation.
#[derive(Clone, Copy, Debug)]
struct Shape {
    has_unequal_weights: bool,
    has_crash: bool,
}

impl Shape {
    fn of(plan: &Plan) -> Self {
        let first = plan.weights.first();
        Self {
            has_unequal_weights: plan.weights.iter().any(|weight| Some(weight) != first),
            has_crash: plan.crashes.iter().any(|crash| crash.at_ms < plan.end_ms),
        }
    }
}

fn fill(
    outcome: &mut Outcome,
    case: &Case,
    (random, shape): (&Random, Shape),
) -> Result<(), String> {
    let record = Record::new(case);
    check_evidence(outcome, case, &record)?;
    let trial = Trial::new(case, random);
    let mut more = record.clone();
    for vote in &trial.hostile {
        more.add(vote);
    }
    let records = [&record, &more];
    for (one, other) in drawn(random, "conflict", &case.conflicts) {
        let Some(pair) = pair_of(case, one, other) else { continue };
        try_conflict(outcome, &trial, records, pair)?;
    }
    if case.class.is_peaceful() {
        if !case.conflicts.is_empty() {
            return Err("two final blocks conflict without a third of Byzantine weight".to_owned());
        }
        if shape.has_crash {
            outcome.sights.insert(Sight::CrashInPeace);
        }
    }
    if outcome.is_violation {
        outcome.sights.insert(Sight::Violation(case.class));
        if shape.has_unequal_weights {
            outcome.sights.insert(Sight::UnequalWeights);
        }
        if shape.has_crash {
            outcome.sights.insert(Sight::CrashInViolation);
        }
    }
    let places = 0..case.proofs.len();
    let pairs: Vec<(usize, usize)> = places
        .flat_map(|one| (0..=one).map(move |other| (other, one)))
        .filter(|pair| !case.conflicts.contains(pair))
        .collect();
    for (one, other) in drawn(random, "one chain", &pairs) {
        let Some(pair) = pair_of(case, one, other) else { continue };
        try_peace(outcome, &trial, &record, pair)?;
    }
    Ok(())
}

/// A few of `pairs`, drawn.
fn drawn(random: &Random, what: &str, pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    if pairs.len() <= PAIRS_MAX {
        return pairs.to_vec();
    }
    let pick = |turn| random.draw(what, 7, turn).pick(pairs).copied();
    (0..).map_while(pick).take(PAIRS_MAX).collect()
}

type Pair<'a> = (&'a Justification, &'a Justification);

fn pair_of(case: &Case, one: usize, other: usize) -> Option<Pair<'_>> {
    Some((case.proofs.get(one)?, case.proofs.get(other)?))
}

/// Honest logs and machines name Byzantine voters only.
fn check_evidence(outcome: &mut Outcome, case: &Case, record: &Record) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for said in &case.testimonies {
        seen.extend(said.evidence.iter().map(|proof| proof.first.voter));
    }
    for set in record.sets() {
        seen.extend(record.equivocators(set));
    }
    if let Some(framed) = seen.difference(&case.byzantine).next() {
        return Err(format!("{framed:?} is honest, and seen voting twice"));
    }
    if case.class == Class::Minority && !seen.is_empty() {
        outcome.sights.insert(Sight::MinorityCaught);
    }
    Ok(())
}

/// Proofs for blocks that conflict.
fn try_conflict(
    outcome: &mut Outcome,
    trial: &Trial<'_>,
    records: [&Record; 2],
    (one, other): Pair<'_>,
) -> Result<(), String> {
    let [record, _] = records;
    let (set, _) = record.common_set(&one.target(), &other.target());
    let is_beyond = |proof: &Justification, beside: &Justification| {
        proof.set() == set && record.is_beyond_change(&proof.target(), &beside.target())
    };
    let is_void = is_beyond(one, other) || is_beyond(other, one);
    let place = || format!("rounds {} and {}", one.round(), other.round());
    match trial.hear(one, other) {
        Err(Refusal::Accuse(AccuseError::BeyondChange)) if is_void => {
            outcome.sights.insert(Sight::VoidProof);
            Ok(())
        }
        Err(refusal) => Err(format!("{}: refused: {refusal:?}", place())),
        Ok(_) if is_void => Err(format!("{}: a void proof is heard", place())),
        Ok(ruling) => {
            confirm(outcome, trial.case, records, &ruling)
                .map_err(|why| format!("{}: {why}", place()))?;
            outcome.is_violation = true;
            outcome.convicted = outcome.convicted.saturating_add(1);
            let steps = ruling.branches.iter().map(|branch| Sight::Step(branch.name()));
            outcome.sights.extend(steps);
            Ok(())
        }
    }
}

/// The checker agrees with both verdicts: by the honest logs, and with the adversary's besides.
fn confirm(
    outcome: &mut Outcome,
    case: &Case,
    [record, more]: [&Record; 2],
    ruling: &Ruling,
) -> Result<(), String> {
    if let Some(voter) = ruling.speechless {
        return Err(format!("{voter:?} is honest, and its log has no answer"));
    }
    let conflict = &ruling.conflict;
    check(case, record, conflict, &ruling.online)?;
    check(case, more, conflict, &ruling.offline).map_err(|why| format!("all logs: {why}"))?;
    let (_, members) = record.common_set(&conflict.first.target(), &conflict.second.target());
    let (_, threshold) = limits(&members);
    let total = super::record::weigh(&members, members.keys());
    let byzantine = super::record::weigh(&members, &case.byzantine);
    outcome.sights.insert(if byzantine >= threshold {
        Sight::Supermajority
    } else if byzantine > total.div_euclid(2) {
        Sight::UpToTwoThirds
    } else {
        Sight::UpToHalf
    });
    Ok(())
}

/// Proofs for blocks on one chain.
fn try_peace(
    outcome: &mut Outcome,
    trial: &Trial<'_>,
    record: &Record,
    (one, other): Pair<'_>,
) -> Result<(), String> {
    if record.conflict(&one.target(), &other.target()) {
        return Ok(());
    }
    match trial.hear(one, other) {
        Err(Refusal::Accuse(AccuseError::NoConflict)) => {
            outcome.refused = outcome.refused.saturating_add(1);
            outcome.sights.insert(Sight::OneChain);
            Ok(())
        }
        Err(refusal) => Err(format!("two proofs on one chain: {refusal:?}")),
        Ok(_) => Err("two proofs on one chain are convicted".to_owned()),
    }
}
