//! What a specification may say, and that the presets are what they are.

use super::{ChainSpec, Turns};
use serin_state::types::Balance;

#[test]
fn every_preset_can_be_used_and_reads_back_from_its_file() {
    for name in ChainSpec::PRESETS {
        let spec = ChainSpec::preset(name, None).unwrap();
        let read = ChainSpec::from_json(&spec.to_json()).unwrap();
        assert_eq!(read, spec, "{name}");
        assert_eq!(read.genesis().hash, spec.genesis().hash, "{name}");
    }
}

#[test]
fn boot_nodes_are_no_part_of_genesis_and_everything_else_is() {
    let spec = ChainSpec::preset("local", None).unwrap();
    let genesis = spec.genesis().hash;
    let mut other = spec.clone();
    other.bootnodes.push("/ip4/127.0.0.1/tcp/1".into());
    assert_eq!(other.genesis().hash, genesis);
    let mut other = spec.clone();
    other.params.epoch_slots += 1;
    assert_ne!(other.genesis().hash, genesis);
    let mut other = spec;
    other.balances[0].1 = Balance(other.balances[0].1.0 + 1);
    assert_ne!(other.genesis().hash, genesis);
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence() {
    type Change = fn(&mut ChainSpec);
    let cases: [(&str, Change, &str); 8] = [
        ("an id with a slash", |s| s.id = "a/b".into(), "id must be"),
        ("no validator", |s| s.validators.clear(), "validators"),
        (
            "one key for two purposes",
            |s| s.validators[0].vote = s.validators[0].seal,
            "two purposes",
        ),
        ("a slot of nothing", |s| s.params.slot_ms = 0, "slot_ms"),
        ("an account twice", |s| s.balances[1].0 = s.balances[0].0, "twice"),
        ("an endowment of dust", |s| s.balances[0].1 = Balance(1), "existential deposit"),
        ("a share above all", |s| s.parameters.author_share_ppm = 1_000_001, "share"),
        (
            "more active than there are",
            |s| s.rotation = Some(Turns { every_sessions: 1, active: 9 }),
            "rotation",
        ),
    ];
    for (why, change, sentence) in cases {
        let mut spec = ChainSpec::preset("local", None).unwrap();
        change(&mut spec);
        let error = spec.check().unwrap_err().to_string();
        assert!(error.contains(sentence), "{why}: {error}");
        assert!(ChainSpec::from_json(&spec.to_json()).is_err(), "{why}");
    }
    let unknown =
        ChainSpec::preset("local", None).unwrap().to_json().replacen("\"id\"", "\"idd\"", 1);
    assert!(ChainSpec::from_json(&unknown).unwrap_err().to_string().contains("idd"));
}

#[test]
fn turns_move_on_by_one_validator() {
    let mut spec = ChainSpec::preset("local", Some(5)).unwrap();
    spec.rotation = Some(Turns { every_sessions: 2, active: 4 });
    let first = spec.validators_of(0).unwrap();
    assert_eq!(spec.validators_of(1).unwrap(), first);
    let second = spec.validators_of(2).unwrap();
    assert_ne!(second, first);
    assert_eq!(second.voters().len(), 4);
    assert_eq!(spec.validators_of(10).unwrap(), first, "five turns of two sessions later");
}
