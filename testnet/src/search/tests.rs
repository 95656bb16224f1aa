//! Tests of replay strings, shrinking and strategies.

use super::campaign::{Options, campaign};
use super::replay::{SHRUNK_MAX, from_text, to_text};
use super::script::SCRIPTS;
use super::shrink::shrink;
use super::strategy::{Corpus, Strategy, case_of};
use super::swarm::{Bounds, draw};
use crate::lab::{Case, Lab, RunOptions};
use serin_consensus::rules::Rules;

const GOLDEN: &str = include_str!("../../golden/traces.txt");

fn bounds(rule: &str) -> Bounds {
    let mut rules = Rules::standard();
    if !rule.is_empty() {
        rules.set_from(rule).unwrap();
    }
    Bounds { validators: None, rules, mutation: None }
}

fn options(strategy: Strategy, bounds: Bounds, jobs: usize) -> Options {
    Options {
        strategy,
        bounds,
        seed: 1,
        first: 0,
        runs: 64,
        millis: u64::MAX,
        shard: (0, 1),
        jobs,
        goes_on: false,
    }
}

#[test]
fn a_case_survives_its_replay_string_and_a_changed_letter_does_not() {
    for seed in 0..200 {
        let case = draw(&bounds("finality.threshold=1/2"), seed);
        let text = to_text(&case);
        assert!(text.len() <= SHRUNK_MAX, "{seed}: {}", text.len());
        assert_eq!(from_text(&text), Ok(case), "{seed}");
        let place = 10 + usize::try_from(seed).unwrap() % (text.len() - 10);
        let letter = if &text[place..=place] == "z" { "y" } else { "z" };
        let broken = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
        assert!(from_text(&broken).is_err(), "{seed}: {broken}");
    }
}

#[test]
fn what_is_no_replay_string_is_refused_with_a_sentence() {
    let good = to_text(&Case::quiet(1, 4, 10));
    for (text, why) in [
        ("", "begins with"),
        ("serin2:abc", "begins with"),
        ("serin1:", "too short"),
        ("serin1:0OIl", "base58"),
        (&good[..good.len() - 3], "copied in full"),
    ] {
        assert!(from_text(text).unwrap_err().contains(why), "{text}");
    }
}

#[test]
fn half_of_the_weight_is_not_enough_and_the_case_is_made_small() {
    let report =
        campaign(&options(Strategy::Script, bounds("finality.threshold=1/2"), 2), |_, _| {})
            .unwrap();
    let failed = report.failures.first().unwrap();
    let oracle = failed.outcome.violations[0].oracle;
    assert_eq!(oracle, "agreement");
    let mut lab = Lab::default();
    let shrunk = shrink(&mut lab, &failed.case, oracle, 60_000).unwrap();
    assert!(shrunk.case.elements() <= 3, "{:?}", shrunk.case);
    assert!(shrunk.case.slots <= failed.case.slots);
    assert!(to_text(&shrunk.case).len() <= SHRUNK_MAX);
    assert_eq!(shrunk.outcome.violations[0].oracle, oracle);
    let mut unchanged = shrunk.case.clone();
    unchanged.rules = Rules::standard();
    assert_eq!(lab.run(&unchanged, RunOptions::default()).unwrap().violations, []);
}

#[test]
fn every_strategy_makes_cases_that_run_and_does_not_depend_on_threads() {
    for strategy in Strategy::EACH {
        let mut one = Vec::new();
        let mut four = Vec::new();
        let hash = |list: &mut Vec<u64>, trace: u64| list.push(trace);
        let mut few = options(strategy, bounds(""), 1);
        few.runs = 20;
        let first = campaign(&few, |_, ran| hash(&mut one, ran.outcome.trace_hash)).unwrap();
        few.jobs = 4;
        campaign(&few, |_, ran| hash(&mut four, ran.outcome.trace_hash)).unwrap();
        let parted = one.iter().zip(&four).position(|(one, four)| one != four);
        assert_eq!(parted, None, "{}: run {parted:?} differs with four threads", strategy.name());
        assert!(first.failures.is_empty(), "{}: {:?}", strategy.name(), first.failures);
    }
}

#[test]
fn scripts_and_schedules_differ_from_each_other() {
    let corpus = Corpus::default();
    let bounds = bounds("");
    let mut scripts: Vec<Case> =
        (0..SCRIPTS.len()).map(|at| super::script::script(&bounds, at, 7)).collect();
    scripts.dedup();
    assert_eq!(scripts.len(), SCRIPTS.len());
    let mut twins: Vec<Case> =
        (0..64).map(|turn| case_of(Strategy::Twins, &bounds, &corpus, (1, turn))).collect();
    twins.dedup();
    assert_eq!(twins.len(), 64);
}

/// Cases that failed once, each a file: replay string, oracle or `nothing`, why it is kept.
#[test]
fn regressions_fail_as_they_did_and_twice_in_the_same_way() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut lab = Lab::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut lines = text.lines();
        let case = from_text(lines.next().unwrap()).unwrap();
        let expected = lines.next().unwrap();
        let first = lab.run(&case, RunOptions::default()).unwrap();
        let fires = first.violations.iter().any(|violation| violation.oracle == expected);
        assert!(
            fires || (expected == "nothing" && first.violations.is_empty()),
            "{file:?}: {:?}",
            first.violations
        );
        let thread = std::thread::spawn(move || crate::lab::run(&case, RunOptions::default()));
        let again = thread.join().unwrap().unwrap();
        assert_eq!(first.trace_hash, again.trace_hash, "{file:?}");
    }
}

/// Runs whose hash over all events stands in a file. Debug and release run this test, so one list stands for both; with the
/// three of the simulator there are twenty.
#[test]
fn golden_runs_of_every_strategy_keep_their_trace_in_every_build() {
    let pinned: Vec<&str> = GOLDEN.lines().filter(|line| !line.starts_with('#')).collect();
    let strategies =
        [(Strategy::Random, 3), (Strategy::Twins, 3), (Strategy::Pct, 3), (Strategy::Script, 8)];
    let mut lab = Lab::default();
    let mut now = Vec::new();
    for (strategy, count) in strategies {
        for number in 0..count {
            let case = case_of(strategy, &bounds(""), &Corpus::default(), (1, number));
            let outcome = lab.run(&case, RunOptions::default()).unwrap();
            assert_eq!(outcome.violations, [], "{} {number}", strategy.name());
            let (name, hash) = (strategy.name(), outcome.trace_hash);
            now.push(format!("{name} {number} {:016x} {} inputs", hash, outcome.steps));
        }
    }
    assert_eq!(now, pinned, "as they are now:\n{}", now.join("\n"));
}
