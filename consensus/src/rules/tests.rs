//! The names of the rules in files and their encoding: both are part of chain specifications.
//!
//! A change here is a change of every genesis hash.

use super::*;

#[test]
fn the_standard_rules_are_written_with_these_names() {
    let expected = r#"{"lottery":{"secondary":"verifiable","randomness":"every-primary"},"chain":{"weight":"primary-then-length","tie":"lower-lottery"},"finality":{"threshold":"two-thirds","equivocation":"every-block","vote_target":"head","third_precommit_rule":"on","set_change":"at-finality"}}"#;
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
    assert_eq!(borsh::to_vec(&Rules::standard()).unwrap(), [0; 9]);
    let mut other = Rules::standard();
    other.finality.threshold = Threshold::AtLeast { numerator: 3, denominator: 4 };
    let bytes = borsh::to_vec(&other).unwrap();
    assert_eq!(bytes, [0, 0, 0, 0, 1, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(borsh::from_slice::<Rules>(&bytes).unwrap(), other);
}
