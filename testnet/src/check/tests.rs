//! Every oracle fires: on seeded bugs, or on observations that are made up where no bug brings them about.

use super::ending::{chi_limit, chi_square};
use super::{Judge, ORACLES};
use crate::lab::case::{Adversary, Attack, Forgery, Nodes};
use crate::lab::outcome::ConflictInfo;
use crate::lab::{Case, Lab, RunOptions};
use crate::mutants::SimStore;
use crate::search::replay::from_text;
use crate::sim::crypto::{SimSigner, SimVerifier};
use borsh::BorshDeserialize;
use serin_consensus::finality::{BlockRef, Justification};
use serin_consensus::rules::{Rules, SecondarySlots, Threshold};
use serin_node::chain_spec::ChainSpec;
use serin_node::core::{Core, StartOptions};
use serin_state::codec::encode;
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::types::{Account, Hash, Millis, Nonce, Round, SetId};
use std::collections::{BTreeMap, BTreeSet};

fn judge(validators: usize) -> Judge {
    let case = Case::quiet(1, validators, 400);
    let spec = ChainSpec::local(validators, 1_000, Millis(0));
    Judge::new(&case, &spec, Hash::ZERO)
}

fn fired(judge: &Judge) -> Vec<&'static str> {
    judge.verdict().0.iter().map(|violation| violation.oracle).collect()
}

/// The oracles that fire when a case is run; a panic is one of them.
fn fires(case: &Case) -> BTreeSet<&'static str> {
    let outcome = Lab::default().run_caught(case, RunOptions::default()).unwrap();
    outcome.violations.iter().map(|violation| violation.oracle).collect()
}

#[test]
fn every_oracle_has_a_name_of_its_own_a_meaning_and_a_source() {
    let names: BTreeSet<&str> = ORACLES.iter().map(|oracle| oracle.name).collect();
    assert_eq!(names.len(), ORACLES.len());
    assert!(ORACLES.iter().all(|oracle| !oracle.meaning.is_empty() && !oracle.source.is_empty()));
}

#[test]
fn oracles_fire_on_the_bugs_that_they_found_and_on_nothing_without_them() {
    for line in include_str!("../../golden/oracles.txt").lines().filter(|one| !one.starts_with('#'))
    {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [oracle, mutation, replay] = parts[..] else { panic!("not three parts: {line}") };
        let case = from_text(replay).unwrap();
        assert_eq!(case.mutation.map(Mutation::name), Some(mutation), "{oracle}");
        assert!(fires(&case).contains(oracle), "{oracle} is silent on {mutation}");
        let right = Case { mutation: None, ..case };
        assert_eq!(fires(&right), BTreeSet::new(), "{oracle} on the right code");
    }
}

#[test]
fn oracles_fire_on_cases_that_were_made_for_them() {
    let with = |mutation: &str, seed: u64| {
        let mut case = Case::quiet(seed, 4, 54);
        case.gst_slot = 20;
        case.mutation = (!mutation.is_empty()).then(|| mutation.parse().unwrap());
        case
    };
    let mut halves = with("", 1);
    halves.rules.finality.threshold = Threshold::AtLeast { numerator: 1, denominator: 2 };
    let side = Nodes(0b0011);
    let what = crate::lab::case::Broken::Partition { side };
    halves.faults.push(crate::lab::case::Fault { at_ms: 0, lasts_ms: 16_000, what });
    let mut load = with("LG05", 0);
    load.load.push(crate::lab::case::Load { at_ms: 500, count: 20 });
    let forge = |seed: u64| {
        let mut case = with("BP18", seed);
        let kind = Attack::Forge { what: Forgery::State };
        case.adversaries.push(Adversary {
            nodes: Nodes::of(3),
            at_ms: 50_000,
            ppm: 1_000_000,
            kind,
        });
        case
    };
    let sparse = |seed: u64| {
        let mut case = Case::quiet(seed, 4, 60);
        case.rules.lottery.secondary = SecondarySlots::Off;
        case
    };
    let mut epochs = with("BP06", 3);
    epochs.epoch_slots = 3;
    epochs.rules.lottery.secondary = SecondarySlots::Off;
    let cases = [
        ("agreement", vec![halves], "two halves decide apart"),
        ("money", vec![load], "fees that vanish"),
        ("equal roots", (0..24).map(forge).collect(), "a last block that names another state"),
        ("chain growth", (0..16).map(sparse).collect(), "three slots in four are empty"),
        (
            "no panic",
            (0..6).map(|seed| Case { seed, ..epochs.clone() }).collect(),
            "epochs skipped",
        ),
    ];
    for (oracle, cases, reason) in cases {
        assert!(cases.iter().any(|case| fires(case).contains(oracle)), "{oracle}: {reason}");
    }
}

#[test]
fn a_nonce_that_falls_is_seen_at_the_end() {
    let spec = ChainSpec::local(4, 1_000, Millis(0));
    let account = spec.balances[0].0;
    let options = StartOptions::default();
    let core = Core::start(spec, SimStore::default(), SimSigner::observer(), SimVerifier, options)
        .unwrap();
    let mut judge = judge(4);
    judge.on_middle(&core);
    judge.at_end(&[(0, &core)]);
    assert!(!fired(&judge).contains(&"nonces"));
    let (_, dump) = judge.middle.as_mut().unwrap();
    let row = dump.get_mut(&Item::Account(account).key()).unwrap();
    let mut before = Account::try_from_slice(row).unwrap();
    before.nonce = Nonce(5);
    *row = encode(&before);
    judge.at_end(&[(0, &core)]);
    assert!(fired(&judge).contains(&"nonces"));
}

#[test]
fn a_verdict_that_names_too_little_is_against_accountable_safety() {
    let proof = |height: u8| {
        let target = BlockRef { hash: Hash([height; 32]), height: serin_state::types::Height(1) };
        Justification::new(SetId(1), Round(1), target, Vec::new())
    };
    let mut judge = judge(4);
    let (first, second) = (proof(1), proof(2));
    judge.judge_verdict(&ConflictInfo { first, second, culprits: Vec::new(), promised: 2 });
    assert_eq!(fired(&judge), ["accountable safety"]);
}

#[test]
fn shares_that_chance_does_not_explain_are_unfair() {
    let cases = [
        ([100, 100, 100, 100], false, "just even"),
        ([120, 85, 105, 90], false, "chance"),
        ([250, 50, 50, 50], true, "one makes most"),
        ([133, 133, 134, 0], true, "one makes nothing"),
        ([60, 20, 10, 10], false, "too few blocks to tell"),
    ];
    for (made, unfair, reason) in cases {
        let mut judge = judge(4);
        let shares: BTreeMap<usize, u32> = made.into_iter().enumerate().collect();
        judge.judge_fairness(&shares);
        assert_eq!(fired(&judge), if unfair { vec!["fair leaders"] } else { vec![] }, "{reason}");
    }
    // 50 and 30 made where 40 are due: 100/40 each.
    assert_eq!(chi_square(&[50, 30], &[1, 1]), 5);
    assert!(chi_limit(4) < 60 && chi_limit(1_000) < 1_400);
}

#[test]
fn leaders_of_a_long_quiet_run_are_fair() {
    let mut case = Case::quiet(5, 4, 260);
    case.rules = Rules::standard();
    assert_eq!(fires(&case), BTreeSet::new());
}

#[test]
fn honest_validators_make_at_least_half_of_their_share() {
    let cases = [
        ([40, 30, 30, 0], false, "the traitor makes nothing"),
        ([13, 12, 12, 63], false, "37 of 100, half of three quarters"),
        ([12, 12, 12, 64], true, "36 of 100"),
    ];
    for (made, poor, reason) in cases {
        let mut judge = judge(4);
        judge.byzantine = Nodes::of(3);
        let shares: BTreeMap<usize, u32> = made.into_iter().enumerate().collect();
        judge.judge_shares(&shares);
        assert_eq!(fired(&judge), if poor { vec!["chain quality"] } else { vec![] }, "{reason}");
    }
}

#[test]
fn no_oracle_is_without_a_test_that_makes_it_fire() {
    let here = include_str!("tests.rs").split("fn no_oracle_is_without").next().unwrap();
    let world = include_str!("../lab/world/tests.rs");
    let found = include_str!("../../golden/oracles.txt");
    for oracle in ORACLES {
        let named = format!("\"{}\"", oracle.name);
        let on_a_bug = found.lines().any(|line| line.starts_with(&format!("{} | ", oracle.name)));
        let is_fired = here.contains(&named) || world.contains(&named) || on_a_bug;
        assert!(is_fired, "nothing makes {} fire", oracle.name);
    }
}
