//! Every rule and every seeded bug has its line in the code, and the list of files is complete.

use super::source::{SOURCES, place_of_mutation, place_of_rule};
use super::table::TABLE;
use serin_consensus::rules::Rules;
use serin_state::mutant::Mutation;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_list_of_sources_is_every_file_that_reads_a_rule_or_has_a_seeded_bug() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for package in ["state", "consensus", "governance", "network", "node", "testnet"] {
        sources_below(&root.join(package).join("src"), &mut files);
    }
    let names: Vec<String> = Mutation::ALL.iter().map(|one| format!("Mutation::{one}")).collect();
    let marked = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.contains("// rule(") || names.iter().any(|name| text.contains(name))
    };
    let relative = |path: PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    // The example of the module's own documentation is no seeded bug.
    let expected: BTreeSet<String> = files
        .into_iter()
        .filter(marked)
        .map(relative)
        .filter(|path| path != "state/src/mutant.rs" && !path.starts_with("testnet/src/mutants/"))
        .collect();
    let listed: BTreeSet<String> = SOURCES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_rule_is_read_at_one_marked_line() {
    for rule in Rules::all() {
        let place = place_of_rule(rule.name).unwrap_or_else(|| panic!("{} has no mark", rule.name));
        let (_, text) = SOURCES.iter().find(|(path, _)| *path == place.path).unwrap();
        let after: Vec<&str> = text.lines().skip(place.line - 1).take(3).collect();
        let field = rule.name.split_once('.').unwrap().1;
        assert!(after.iter().any(|line| line.contains(field)), "{place}: {after:?}");
        let mark = format!("// rule({})", rule.name);
        let marks = SOURCES.iter().map(|(_, text)| text.matches(&mark).count());
        assert_eq!(marks.sum::<usize>(), 1, "{mark}");
    }
    let marks = SOURCES.iter().map(|(_, text)| text.matches("// rule(").count());
    assert_eq!(marks.sum::<usize>(), Rules::all().len(), "no mark of a rule that there is not");
}

#[test]
fn every_seeded_bug_stands_somewhere() {
    for mutation in Mutation::ALL {
        assert!(place_of_mutation(*mutation).is_some(), "{mutation} changes nothing");
    }
}

#[test]
fn the_table_is_the_list_of_seeded_bugs_in_order() {
    let listed: Vec<Mutation> = TABLE.iter().map(|entry| entry.mutation).collect();
    assert_eq!(listed, Mutation::ALL);
    for entry in TABLE {
        assert!((1..=4).contains(&entry.tier) && !entry.source.is_empty(), "{entry:?}");
        assert!(entry.mutation.what().ends_with('.'), "{}", entry.mutation);
    }
    let of_governance = TABLE.iter().filter(|entry| entry.mutation.name().starts_with("GV"));
    assert!(of_governance.count() >= 15 && TABLE.len() >= 75);
}
