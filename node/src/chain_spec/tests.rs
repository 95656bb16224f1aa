//! What a specification may say, and that the presets are what they are.
//!
//! Refusals are judged by their sentences, since users see nothing else. The pinned genesis hashes
//! cover the encoding of the specification, the genesis state and the tree at once.

use super::{ChainSpec, DEVELOPMENT_BOND, GenesisNominator, Rotation, SpecError, StakingSpec};
use serin_consensus::rules::Threshold;
use serin_consensus::staking::{Perbill, ledger};
use serin_state::types::{Balance, Millis};
use std::collections::BTreeMap;

/// 2026-01-01 00:00:00 UTC.
const GENESIS_TIME: Millis = Millis(1_767_225_600_000);

fn preset(name: &str) -> ChainSpec {
    ChainSpec::preset(name, None, GENESIS_TIME).unwrap()
}

fn stake(spec: &mut ChainSpec) -> &mut StakingSpec {
    spec.staking.as_mut().unwrap()
}

/// The account at a position of the balances nominates others.
fn nominate(spec: &mut ChainSpec, who: usize, targets: &[usize]) {
    let account = |position: &usize| spec.balances[*position].0;
    let targets = targets.iter().map(account).collect();
    let one = GenesisNominator { account: account(&who), bond: Balance::tokens(5), targets };
    stake(spec).nominators.push(one);
}

#[test]
fn nominators_of_the_first_block_stand_in_its_state() {
    let mut spec = preset("local");
    nominate(&mut spec, 4, &[3, 1]);
    assert_eq!(spec.check(), Ok(()));
    let state: BTreeMap<_, _> =
        spec.genesis().changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let targets = vec![spec.balances[3].0, spec.balances[1].0];
    let expected = [(spec.balances[4].0, Balance::tokens(5), targets)];
    assert_eq!(ledger::nominators(&state), expected);
    assert_eq!(ledger::candidates(&state).len(), 4);
    let free = crate::runtime::query::account(&state, spec.balances[0].0).free;
    assert_eq!(free, super::DEVELOPMENT_ENDOWMENT, "the bond comes on top of the endowment");
}

#[test]
fn every_preset_can_be_used_and_reads_back_from_its_file() {
    for name in ChainSpec::PRESETS {
        let spec = preset(name);
        let read = ChainSpec::from_json(&spec.to_json()).unwrap();
        assert_eq!(read, spec, "{name}");
        assert_eq!(read.genesis(), spec.genesis(), "{name}");
    }
}

#[test]
fn genesis_hashes_of_the_presets_are_pinned() {
    let known = [
        ("dev", "0xa10af4a04fadcabb3917754c712fd3d1ce763ea69d95a1597c7e191d962a76dd"),
        ("local", "0x4aabb319fa5aa52761a87a7b85cfe24712f98b2dd192563a907882e1779df64e"),
        ("kusama", "0x2c5866f190cad56c6d15ed030941a308e43db5d829f52418f1c422a73e6f4521"),
    ];
    let found = known.map(|(name, _)| (name, preset(name).genesis().hash.to_string()));
    let expected = known.map(|(name, hash)| (name, hash.to_owned()));
    assert_eq!(found, expected, "a change of these is a new chain for everybody");
}

#[test]
fn boot_nodes_are_no_part_of_genesis_and_everything_else_is() {
    type Change = fn(&mut ChainSpec);
    let spec = preset("local");
    let genesis = spec.genesis().hash;
    let mut other = spec.clone();
    other.bootnodes.push("/ip4/127.0.0.1/tcp/1".into());
    assert_eq!(other.genesis().hash, genesis);

    let changes: [(&str, Change); 10] = [
        ("name", |s| s.name.push('x')),
        ("id", |s| s.id.push('x')),
        ("time", |s| s.params.genesis_time_ms.0 += 1),
        ("epoch", |s| s.params.epoch_slots += 1),
        ("rules", |s| {
            s.rules.finality.threshold = Threshold::AtLeast { numerator: 1, denominator: 2 };
        }),
        ("parameters", |s| s.parameters.base_fee.0 += 1),
        ("validators", |s| s.validators.swap(0, 1)),
        ("rotation", |s| s.rotation = Some(Rotation { every_epochs: 9, active: 4 })),
        ("balances", |s| s.balances[0].1.0 += 1),
        ("root", |s| s.root = None),
    ];
    for (field, change) in changes {
        let mut other = spec.clone();
        change(&mut other);
        assert_ne!(other.genesis().hash, genesis, "{field}");
    }
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence() {
    type Change = fn(&mut ChainSpec);
    let cases: [(&str, Change, &str); 27] = [
        ("no name", |s| s.name.clear(), "name must"),
        ("an id with a slash", |s| s.id = "a/b".into(), "id must be"),
        ("an id of dots leads elsewhere", |s| s.id = "..".into(), "id must be"),
        ("a slot of nothing", |s| s.params.slot_ms = 0, "slot_ms"),
        ("an epoch of one slot", |s| s.params.epoch_slots = 1, "epoch_slots"),
        ("blocks longer than slots", |s| s.parameters.block_weight_max.0 *= 4, "than a slot"),
        (
            "an impossible threshold",
            |s| s.rules.finality.threshold = Threshold::AtLeast { numerator: 3, denominator: 2 },
            "threshold",
        ),
        ("no validator", |s| s.validators.clear(), "not 0"),
        ("a validator twice", |s| s.validators[1] = s.validators[0], "listed twice"),
        (
            "one key for seal and lottery",
            |s| s.validators[0].lottery.0 = s.validators[0].seal.0,
            "three different keys",
        ),
        (
            "one key for two validators",
            |s| s.validators[1].vote = s.validators[0].vote,
            "used once",
        ),
        (
            "more active than there are",
            |s| s.rotation = Some(Rotation { every_epochs: 1, active: 5 }),
            "rotation",
        ),
        (
            "nobody active",
            |s| s.rotation = Some(Rotation { every_epochs: 1, active: 0 }),
            "rotation",
        ),
        (
            "a set for no epoch",
            |s| s.rotation = Some(Rotation { every_epochs: 0, active: 2 }),
            "rotation",
        ),
        ("an account twice", |s| s.balances[1].0 = s.balances[0].0, "listed twice"),
        ("dust", |s| s.balances[0].1 = Balance(1), "existential deposit"),
        ("too much of it", |s| s.balances[0].1 = Balance(u128::MAX), "together"),
        (
            "no existential deposit",
            |s| s.parameters.existential_deposit = Balance::ZERO,
            "at least 1",
        ),
        ("a share above all", |s| s.parameters.treasury_share_ppm = 1_000_001, "treasury_share"),
        (
            "stake that is not there",
            |s| s.balances[0].1 = DEVELOPMENT_BOND,
            "more than its balance",
        ),
        ("stake of nothing", |s| stake(s).validator_bond = Balance(1), "least bond"),
        ("too cheap", |s| stake(s).commission = Perbill::ZERO, "min_commission"),
        ("a validator that nominates", |s| nominate(s, 0, &[1]), "stakes twice"),
        ("a target that does not validate", |s| nominate(s, 4, &[5]), "different validators"),
        ("a target twice", |s| nominate(s, 4, &[1, 1]), "different validators"),
        ("stake free before votes go", |s| s.params.bonding_slots = 479, "bonding_slots"),
        ("blocks too long to send", |s| s.parameters.block_bytes_max = 4 << 20, "4 MiB"),
    ];
    for (why, change, sentence) in cases {
        let mut spec = preset("local");
        change(&mut spec);
        let error = spec.check().unwrap_err().to_string();
        assert!(error.contains(sentence), "{why}: {error}");
        assert_eq!(ChainSpec::from_json(&spec.to_json()).unwrap_err().to_string(), error, "{why}");
    }
}

#[test]
fn the_existential_deposit_itself_is_enough() {
    let mut spec = preset("local");
    spec.staking = None;
    spec.balances[0].1 = spec.parameters.existential_deposit;
    assert_eq!(spec.check(), Ok(()));
    assert_ne!(spec.genesis().hash, preset("local").genesis().hash);
}

#[test]
fn a_file_that_is_no_specification_is_refused_by_name_and_line() {
    let good = preset("local").to_json();
    let cases = [
        ("no JSON", "{".to_owned(), "EOF"),
        ("an unknown field", good.replacen("\"id\"", "\"idd\"", 1), "unknown field `idd`"),
        (
            "an unknown parameter",
            good.replacen("base_fee", "basefee", 1),
            "unknown field `basefee`",
        ),
        ("an unknown rule", good.replacen("primary-then-length", "luck", 1), "luck"),
        ("a bad address", good.replacen("5FA9", "5FA8", 1), "address"),
        ("a missing field", "{\"name\": \"x\"}".to_owned(), "missing field"),
    ];
    for (why, text, part) in cases {
        let error = ChainSpec::from_json(&text).unwrap_err();
        assert!(matches!(error, SpecError::Json(_)), "{why}: {error}");
        assert!(error.to_string().contains(part), "{why}: {error}");
    }
}

#[test]
fn a_preset_that_does_not_exist_is_named() {
    let error = ChainSpec::preset("polkadot", None, GENESIS_TIME).unwrap_err();
    assert_eq!(error.to_string(), "there is no preset \"polkadot\": choose dev, local or kusama");
    let none = ChainSpec::preset("local", Some(0), GENESIS_TIME).unwrap_err();
    assert_eq!(none, SpecError::ValidatorCount(0));
}

#[test]
fn other_slots_keep_the_parts_that_count_in_slots() {
    let cases = [
        (200, 50, 20, "the tests' networks"),
        (1_000, 250, 100, "the preset itself"),
        (6_000, 1_500, 600, "slots as long as Kusama's"),
    ];
    for (slot_ms, secondary_delay_ms, gossip_ms, why) in cases {
        let spec = ChainSpec::local(4, slot_ms, GENESIS_TIME);
        assert_eq!(spec.check(), Ok(()), "{why}");
        let found = (spec.params.secondary_delay_ms, spec.params.gossip_ms);
        assert_eq!(found, (secondary_delay_ms, gossip_ms), "{why}");
        assert_eq!(spec.parameters.block_weight_max.0, slot_ms * 1_000_000_000 / 3, "{why}");
    }
}

#[test]
fn a_rotation_moves_on_by_one_validator() {
    let mut spec = ChainSpec::local(5, 1_000, GENESIS_TIME);
    spec.rotation = Some(Rotation { every_epochs: 2, active: 4 });
    let keys = |session: u64| -> Vec<usize> {
        let voters = spec.validators_at(session).unwrap();
        let position = |key| spec.validators.iter().position(|one| one.vote == key).unwrap();
        voters.voters().iter().map(|voter| position(voter.key)).collect()
    };
    let expected = [
        (0, [0, 1, 2, 3]),
        (1, [0, 1, 2, 3]),
        (2, [1, 2, 3, 4]),
        (3, [1, 2, 3, 4]),
        (4, [2, 3, 4, 0]),
        (9, [4, 0, 1, 2]),
        (10, [0, 1, 2, 3]),
    ];
    for (session, members) in expected {
        assert_eq!(keys(session), members, "session {session}");
    }
}
