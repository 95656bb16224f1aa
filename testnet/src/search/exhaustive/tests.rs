//! Tests of the exhaustive search on the trees that are small enough for every build.
//!
//! The whole model, with three blocks, is searched by `serin-testnet search`; what it says stands in the README.

use super::*;
use machine::PHASES;

fn on_small_trees(rules: &Rules, mutation: Option<Mutation>) -> (Report, Option<Told>) {
    let subject = rules.finality.with_mutant(Seeded(mutation));
    let mut report = Report {
        verdict: Verdict::Safe,
        states: 0,
        boards: 0,
        local_states: 0,
        transitions: 0,
        trees: 0,
        told: None,
    };
    let told = (1..=2).find_map(|blocks| search_trees(&mut report, blocks, (subject, None)));
    (report, told)
}

#[test]
fn the_standard_rules_are_safe_on_two_blocks() {
    let (report, told) = on_small_trees(&Rules::standard(), None);
    assert!(told.is_none(), "{told:?}");
    assert_eq!(report.trees, 3);
    assert!(report.states > 1_000, "{report:?}");
    assert_eq!(PHASES, 5);
}

#[test]
fn two_of_four_are_not_enough_and_the_shortest_way_is_told() {
    let mut rules = Rules::standard();
    rules.set_from("finality.threshold=1/2").unwrap();
    let (_, told) = on_small_trees(&rules, None);
    let told = told.unwrap();
    assert_eq!(told.tree, "A, B");
    assert!(told.sentences.iter().any(|line| line.contains("they conflict")), "{told:?}");
}
