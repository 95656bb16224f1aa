//! What a scenario file may say, and the sentence for what it may not.

use super::{Action, At, Measure, ScenarioError, parse};
use serin_state::types::{Balance, Millis};

#[test]
fn a_scenario_names_its_nodes_links_events_and_expectations() {
    let scenario = parse(
        r#"
        validators = 4
        slot_ms = 200
        [link]
        delay_ms = 5
        [[link_between]]
        nodes = ["alice", "dave"]
        delay_ms = 80
        [[event]]
        at = "2s"
        partition = [["alice", "bob"], ["charlie", "dave"]]
        [[event]]
        at = "12slots"
        heal = true
        [[expect]]
        at = "10s"
        what = "finalized"
        at_least = 20
        "#,
    )
    .unwrap();
    assert_eq!(scenario.nodes.len(), 4);
    assert_eq!(scenario.link(0, 3).delay_ms, 80);
    assert_eq!(scenario.link(3, 0).delay_ms, 80);
    assert_eq!(scenario.link(1, 2).delay_ms, 5);
    assert_eq!(scenario.events.len(), 2);
    assert_eq!(scenario.events[1].at, At::Slots(12));
    assert_eq!(scenario.events[1].at.millis(200), 2_400);
    assert_eq!(scenario.events[1].action, Action::Heal);
    assert_eq!(scenario.expectations[0].what, Measure::Finalized);
}

#[test]
fn nominators_stake_from_the_start_and_views_stand_for_many_validators() {
    let text = "validators = 40\nviews = 4\nnominators = 300\nnominations = 24";
    let scenario = parse(text).unwrap();
    assert_eq!(scenario.nodes.len(), 4);
    let spec = scenario.chain_spec(Millis(0)).unwrap();
    assert_eq!(spec.validators.len(), 40);
    let stake = spec.staking.as_ref().unwrap();
    assert_eq!(stake.nominators.len(), 300);
    assert!(stake.nominators.iter().all(|one| one.targets.len() == 24));
    let poor = stake.nominators.iter().filter(|one| one.bond < Balance::tokens(320)).count();
    assert!((100..200).contains(&poor), "half of them bond little, {poor} do");
    assert_eq!(scenario.chain_spec(Millis(0)).unwrap(), spec, "the same text gives the same chain");
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let cases = [
        ("more views than validators", "validators = 4\nviews = 5", "1 to as many"),
        ("views of listed nodes", "views = 1\n[[node]]\nname = \"x\"", "views needs validators"),
        ("no node at all", "slot_ms = 200", "a network has 1 to 1000 nodes, not 0"),
        ("both ways to name nodes", "validators = 1\n[[node]]\nname = \"x\"", "not both"),
        ("two of one name", "[[node]]\nname = \"x\"\n[[node]]\nname = \"x\"", "two nodes"),
        ("an unknown field", "validators = 1\nspeed = 3", "unknown field `speed`"),
        (
            "an unknown node",
            "validators = 1\n[[event]]\nat = \"1s\"\nkill = \"zoe\"",
            "no node is named \"zoe\"",
        ),
        ("no action", "validators = 1\n[[event]]\nat = \"1s\"", "an event needs one of"),
        (
            "two actions",
            "validators = 1\n[[event]]\nat = \"1s\"\nkill = \"alice\"\nheal = true",
            "exactly one action",
        ),
        ("no unit", "validators = 1\n[[event]]\nat = \"1\"\nheal = true", "is no time"),
        (
            "a node in two groups",
            "validators = 2\n[[event]]\nat = \"1s\"\npartition = [[\"alice\"], [\"alice\"]]",
            "two groups",
        ),
        (
            "more than all is lost",
            "validators = 1\n[link]\nloss_ppm = 1000001",
            "at most 1,000,000",
        ),
    ];
    for (why, text, sentence) in cases {
        let error: ScenarioError = parse(text).unwrap_err();
        assert!(error.to_string().contains(sentence), "{why}: {error}");
    }
}
