//! Tests of reports: they stand alone, escape what they are given, and say what is to blame.

use super::*;
use crate::lab::case::{Broken, Fault, Nodes};
use crate::lab::{RunOptions, run};
use crate::search::replay::to_text;
use serin_consensus::rules::Rules;

fn split(rule: &str, validators: usize) -> (Case, Outcome) {
    let mut case = Case::quiet(1, validators, 20);
    case.rules = Rules::standard();
    case.rules.set_from(rule).unwrap();
    case.gst_slot = 20;
    let side = Nodes::all(validators / 2);
    let what = Broken::Partition { side };
    case.faults.push(Fault { at_ms: 0, lasts_ms: 20_000, what });
    let options = RunOptions { record: true, stop: true, novelty: false };
    let outcome = run(&case, options).unwrap();
    (case, outcome)
}

#[test]
fn a_page_stands_alone_and_says_that_the_rule_is_to_blame() {
    let (case, outcome) = split("finality.threshold=1/2", 4);
    let replay = to_text(&case);
    let oracle = outcome.violations.first().unwrap().oracle;
    let finding = Finding {
        case: &case,
        outcome: &outcome,
        oracle,
        replay: &replay,
        shrunk: "a <b> & \"c\"",
    };
    let page = page(&finding);
    for outside in ["http://", "https://", "src=", "href=", "@import", "url("] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(outside), "the page has {outside}");
    }
    assert!(page.contains("a &lt;b&gt; &amp; &quot;c&quot;") && !page.contains("<b>"));
    assert!(page.contains("finality.threshold"), "the rule is named");
    assert!(page.contains(".rs:"), "with its line");
    let text = markdown(&finding);
    assert!(text.contains("alone is to blame"), "{text}");
    assert!(text.contains("makes block"), "{text}");
}
