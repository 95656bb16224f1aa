//! Cases as the laboratory runs them: equal, quiet, faulty, hostile.

use super::case::{Adversary, Attack, Broken, Case, Fault, Link, Load, Meddling, Nodes};
use super::outcome::Happened;
use super::*;
use crate::search::swarm::{Bounds, draw};
use borsh::BorshDeserialize;
use serin_consensus::rules::Rules;
use serin_state::codec::encode;

fn outcome(case: &Case) -> Outcome {
    let options = RunOptions { novelty: true, ..RunOptions::default() };
    run(case, options).unwrap()
}

#[test]
fn a_quiet_case_makes_a_chain_that_becomes_final() {
    let outcome = outcome(&Case::quiet(7, 4, 40));
    assert_eq!(outcome.violations, []);
    assert!(outcome.finalized >= 30, "{outcome:?}");
    assert!(!outcome.states.is_empty());
}

#[test]
fn equal_cases_give_equal_outcomes_and_other_seeds_give_others() {
    let mut case = Case::quiet(3, 4, 40);
    case.link = Link { delay_ms: 20, jitter_ms: 300, loss_ppm: 50_000, ..Link::default() };
    case.gst_slot = 20;
    let first = outcome(&case);
    assert_eq!(first.trace_hash, outcome(&case).trace_hash);
    case.seed = 4;
    assert_ne!(first.trace_hash, outcome(&case).trace_hash);
}

#[test]
fn sharing_what_blocks_do_changes_no_outcome() {
    let bounds = Bounds { validators: Some(4), rules: Rules::standard(), mutation: None };
    let (mut shares, mut alone) = (Lab::default(), Lab::without_sharing());
    for seed in 0..30 {
        let case = draw(&bounds, seed);
        let one = shares.run(&case, RunOptions::default()).unwrap();
        let other = alone.run(&case, RunOptions::default()).unwrap();
        assert_eq!(one.trace_hash, other.trace_hash, "seed {seed}");
        assert_eq!((one.best, one.finalized), (other.best, other.finalized), "seed {seed}");
    }
}

#[test]
fn where_two_runs_part_the_first_event_of_both_is_told() {
    let case = Case::quiet(3, 4, 8);
    let mut late = case.clone();
    late.meddling.push(Meddling { from: 1, to: 2, number: 4, delay_ms: Some(70) });
    let recorded = |case: &Case| {
        let options = RunOptions { record: true, ..RunOptions::default() };
        *run(case, options).unwrap().record.unwrap()
    };
    let (one, other) = (recorded(&case), recorded(&late));
    assert_eq!(one.parted(&recorded(&case)), None);
    let (before, after) = one.parted(&other).unwrap();
    let before = before.unwrap();
    // The message that is late is missing in the other run at its time, and nothing differs before it.
    assert_eq!((before.node, before.what), (2, Happened::Message));
    assert!(after.unwrap().at_ms >= before.at_ms);
    let same = one.trace.iter().zip(&other.trace).take_while(|(one, other)| one == other).count();
    assert_eq!(one.trace[same], before);
}

#[test]
fn a_node_that_joins_in_the_place_of_another_gets_the_chain_and_votes_again() {
    let mut case = Case::quiet(5, 4, 40);
    case.gst_slot = 30;
    let what = Broken::Replace { node: 1 };
    case.faults.push(Fault { at_ms: 10_000, lasts_ms: 8_000, what });
    let options = RunOptions { record: true, ..RunOptions::default() };
    let joined = run(&case, options).unwrap();
    assert_eq!(joined.violations, []);
    assert!(joined.finalized >= 30, "{joined:?}");
    assert_eq!(joined.reached.restart, 1);
    // Without the fourth validator nothing is final any more, unless the new one votes.
    case.adversaries.push(Adversary {
        nodes: Nodes::of(2),
        at_ms: 25_000,
        ppm: 1_000_000,
        kind: Attack::Silent,
    });
    let three = run(&case, options).unwrap();
    assert_eq!(three.violations, []);
    assert!(three.finalized >= 30, "{three:?}");
}

#[test]
fn a_busy_node_is_behind_by_what_its_work_takes() {
    let lag = |execute_ms: u16| {
        let mut case = Case::quiet(5, 4, 20);
        case.gst_slot = 20;
        let what = Broken::Busy { node: 1, check_ms: 0, execute_ms };
        case.faults.push(Fault { at_ms: 0, lasts_ms: 20_000, what });
        let outcome = outcome(&case);
        (outcome.best, outcome.finalized)
    };
    let (quick, slow) = (lag(0), lag(3_000));
    assert_eq!(quick.0, 19, "{quick:?}");
    // Three of four make blocks; the fourth has taken in one of three seconds each.
    assert!((4..=7).contains(&slow.0), "{slow:?}");
}

#[test]
fn of_two_failures_of_one_disk_the_later_counts() {
    let mut case = Case::quiet(5, 4, 60);
    case.gst_slot = 20;
    let fault = |at_ms, what| Fault { at_ms, lasts_ms: 5_000, what };
    case.faults.push(fault(6_000, Broken::PowerLoss { node: 1, step: 9 }));
    case.faults.push(fault(6_500, Broken::PowerLossAfter { node: 1, step: 400 }));
    assert_eq!(outcome(&case).violations, []);
}

#[test]
fn a_case_survives_its_encoding() {
    let mut case = Case::quiet(9, 7, 30);
    case.mutation = Some("GF01".parse().unwrap());
    case.load.push(Load { at_ms: 500, count: 3 });
    let bytes = encode(&case);
    assert_eq!(Case::try_from_slice(&bytes).unwrap(), case);
    assert!(bytes.len() < 250, "{}", bytes.len());
}

#[test]
fn faults_pass_and_the_network_goes_on() {
    let whats = [
        Broken::Crash { node: 1 },
        Broken::PowerLoss { node: 1, step: 0 },
        Broken::PowerLoss { node: 1, step: 3 },
        Broken::PowerLossAfter { node: 1, step: 2 },
        Broken::DiskFull { node: 1 },
        Broken::Pause { node: 1 },
        Broken::Partition { side: Nodes(0b0011) },
        Broken::OneWay { side: Nodes(0b0001) },
        Broken::Busy { node: 1, check_ms: 20, execute_ms: 700 },
    ];
    for what in whats {
        let mut case = Case::quiet(5, 4, 60);
        case.gst_slot = 20;
        case.faults.push(Fault { at_ms: 4_300, lasts_ms: 8_000, what });
        let outcome = outcome(&case);
        assert_eq!(outcome.violations, [], "{what:?}");
        assert!(outcome.finalized >= 40, "{what:?}: {}", outcome.finalized);
    }
}

#[test]
fn a_minority_that_attacks_in_any_way_does_no_harm() {
    use super::case::{Forgery, Kind, Pretence, Scope};
    let side = Nodes(0b0001);
    let attacks = [
        Attack::Twins { side },
        Attack::SealTwice { side },
        Attack::VoteTwice { side },
        Attack::VoteLow,
        Attack::Withhold { what: Kind::Block, from: side },
        Attack::Late { what: Kind::Precommit, by_ms: 900 },
        Attack::Early { by_ms: 900 },
        Attack::SplitVotes { side },
        Attack::LieRound { by: 2 },
        Attack::LieSet { by: 1 },
        Attack::LongRange { depth: 3 },
        Attack::StaleKeys,
        Attack::Grind,
        Attack::Spam { copies: 4 },
        Attack::Censor,
        Attack::Mutate { scope: Scope::Small },
        Attack::Mutate { scope: Scope::Any },
        Attack::Mutate { scope: Scope::Future },
        Attack::Forge { what: Forgery::NotWon },
        Attack::Forge { what: Forgery::HiddenWin },
        Attack::Forge { what: Forgery::OthersTurn },
        Attack::Forge { what: Forgery::Future },
        Attack::Forge { what: Forgery::Seal },
        Attack::Forge { what: Forgery::State },
        Attack::Forge { what: Forgery::Outcomes },
        Attack::Forge { what: Forgery::Epoch },
        Attack::Forge { what: Forgery::Set },
        Attack::Pretend { what: Pretence::Votes },
        Attack::Pretend { what: Pretence::NextSet },
        Attack::Pretend { what: Pretence::Answers },
        Attack::Pretend { what: Pretence::CatchUp },
        Attack::Pretend { what: Pretence::LightProof },
        Attack::Pretend { what: Pretence::StrangersProof },
        Attack::Pretend { what: Pretence::LongProof },
        Attack::WrongBody,
        Attack::Silent,
        Attack::Wedge { side: Nodes(0b0011) },
    ];
    for kind in attacks {
        let mut case = Case::quiet(11, 4, 60);
        case.load.push(Load { at_ms: 500, count: 20 });
        case.adversaries.push(Adversary { nodes: Nodes(0b1000), at_ms: 0, ppm: 700_000, kind });
        let outcome = outcome(&case);
        assert_eq!(outcome.violations, [], "{kind:?}");
    }
}
