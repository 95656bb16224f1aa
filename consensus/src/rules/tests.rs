//! The names of the rules in files and their encoding: both are part of chain specifications.
//!
//! A change here is a change of every genesis hash.

use super::*;

#[test]
fn the_standard_rules_are_written_with_these_names() {
    let expected = r#"{"lottery":{"secondary":"verifiable","randomness":"every-primary","hidden_wins":"refused"},"chain":{"weight":"primary-then-length","tie":"lower-lottery"},"finality":{"threshold":"two-thirds","equivocation":"every-block","vote_target":"head","third_precommit_rule":"on","set_change":"at-finality","estimate":"possible","prevote_base":"estimate","precommit_bound":"estimate","round_start":"estimate-final","hint":"on"}}"#;
    assert_eq!(serde_json::to_string(&Rules::standard()).unwrap(), expected);
    assert_eq!(serde_json::from_str::<Rules>(expected).unwrap(), Rules::standard());
}

#[test]
fn what_a_file_leaves_out_is_standard_and_what_it_invents_is_refused() {
    assert_eq!(serde_json::from_str::<Rules>("{}").unwrap(), Rules::standard());
    let changed: Rules = serde_json::from_str(r#"{"chain":{"tie":"first-seen"}}"#).unwrap();
    let mut expected = Rules::standard();
    expected.chain.tie = TieBreak::FirstSeen;
    assert_eq!(changed, expected);
    for text in [r#"{"chains":{}}"#, r#"{"chain":{"ties":1}}"#, r#"{"chain":{"tie":"best"}}"#] {
        assert!(serde_json::from_str::<Rules>(text).is_err(), "{text}");
    }
}

#[test]
fn the_encoding_of_the_standard_rules_is_pinned() {
    // One byte a choice, in the order of the fields: genesis hashes depend on it.
    assert_eq!(borsh::to_vec(&Rules::standard()).unwrap(), [0; 15]);
    let mut other = Rules::standard();
    other.finality.threshold = Threshold::AtLeast { numerator: 3, denominator: 4 };
    let bytes = borsh::to_vec(&other).unwrap();
    assert_eq!(bytes, [0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(borsh::from_slice::<Rules>(&bytes).unwrap(), other);
}

#[test]
fn every_rule_is_set_by_the_name_of_its_field_and_shows_what_it_was_set_to() {
    let names: Vec<&str> = Rules::all().iter().map(|rule| rule.name).collect();
    let value = serde_json::to_value(Rules::standard()).unwrap();
    let fields = value.as_object().unwrap().iter().flat_map(|(group, fields)| {
        let fields = fields.as_object().unwrap();
        fields.keys().map(move |field| format!("{group}.{field}"))
    });
    let mut fields: Vec<String> = fields.collect();
    let mut listed = names.clone();
    listed.sort_unstable();
    fields.sort();
    assert_eq!(listed, fields, "the list is the fields");
    for rule in Rules::all() {
        assert_eq!(
            rule.standard(),
            rule.choices[0].name,
            "{}: the standard stands first",
            rule.name
        );
        for choice in rule.choices {
            let written = if choice.name == "N/M" { "3/4" } else { choice.name };
            let mut rules = Rules::standard();
            rules.set(rule.name, written).unwrap();
            assert_eq!(rule.value(&rules), written);
            let text = serde_json::to_string(&rules).unwrap();
            assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules, "{text}");
            let expected = (written != rule.standard()).then(|| format!("{}={written}", rule.name));
            assert_eq!(rules.changed(), expected.into_iter().collect::<Vec<_>>());
            assert!(choice.meaning.trim().ends_with('.'), "{}: {}", rule.name, choice.name);
        }
    }
}

#[test]
fn a_rule_that_cannot_be_set_is_refused_with_a_sentence() {
    #[rustfmt::skip]
    let table = [
        ("finality.threshold", "a rule is set as NAME=VALUE, for instance finality.threshold=1/2, not as finality.threshold"),
        ("finality.threshold=0/2", "finality.threshold cannot be 0/2: it is two-thirds, N/M, paper"),
        ("finality.threshold=3/2", "finality.threshold cannot be 3/2: it is two-thirds, N/M, paper"),
        ("finality.threshold=1/x", "finality.threshold cannot be 1/x: it is two-thirds, N/M, paper"),
        ("chain.tie=", "chain.tie cannot be : it is lower-lottery, first-seen, lower-hash"),
    ];
    for (text, sentence) in table {
        let mut rules = Rules::standard();
        assert_eq!(rules.set_from(text).unwrap_err().to_string(), sentence);
        assert_eq!(rules, Rules::standard(), "{text}: nothing changes");
    }
    let unknown = Rules::standard().set_from("chain.ties=x").unwrap_err().to_string();
    assert!(unknown.starts_with("there is no rule chain.ties; the rules are lottery.secondary, "));
    let mut rules = Rules::standard();
    rules.set_from(" finality.threshold = 1/2 ").unwrap();
    assert_eq!(rules.changed(), ["finality.threshold=1/2"]);
}
