//! Amounts as text: what people write, what programs pass, and what is refused.
//!
//! Nothing is ever rounded, and the two forms are not mixed up.

use super::*;
use proptest::prelude::*;

#[test]
fn amounts_in_tokens_are_read_exactly_or_refused() {
    use BalanceParseError::{Malformed, TooFine, TooLarge};
    #[rustfmt::skip]
    let cases = [
        ("whole tokens",             "12",                   Ok(12_000_000_000_000)),
        ("with the unit",            "12 SRN",               Ok(12_000_000_000_000)),
        ("the unit without a space", "12SRN",                Ok(12_000_000_000_000)),
        ("a fraction",               "12.5",                 Ok(12_500_000_000_000)),
        ("the smallest unit",        "0.000000000001",       Ok(1)),
        ("needless zeroes",          "1.5000000000000000",   Ok(1_500_000_000_000)),
        ("nothing",                  "0",                    Ok(0)),
        ("half of the smallest",     "0.0000000000005",      Err(TooFine)),
        ("the largest",              "340282366920938463463374607.431768211455", Ok(u128::MAX)),
        ("one above the largest",    "340282366920938463463374607.431768211456", Err(TooLarge)),
        ("far above",                "999999999999999999999999999999999999999999", Err(TooLarge)),
        ("empty",                    "",                     Err(Malformed)),
        ("only the unit",            "SRN",                  Err(Malformed)),
        ("no whole part",            ".5",                   Err(Malformed)),
        ("no fraction",              "5.",                   Err(Malformed)),
        ("two points",               "1.2.3",                Err(Malformed)),
        ("negative",                 "-1",                   Err(Malformed)),
        ("a plus",                   "+1",                   Err(Malformed)),
        ("a comma",                  "1,5",                  Err(Malformed)),
        ("an exponent",              "1e3",                  Err(Malformed)),
        ("a space before",           " 1",                   Err(Malformed)),
        ("another unit",             "1 KSM",                Err(Malformed)),
        ("digits of another script", "\u{0661}",             Err(Malformed)),
    ];
    for (why, text, amount) in cases {
        assert_eq!(Balance::parse(text), amount.map(Balance), "{why}: {text}");
    }
}

#[test]
fn serde_form_is_a_decimal_string_of_smallest_units() {
    assert_eq!(serde_json::to_string(&Balance(u128::MAX)).unwrap(), format!("\"{}\"", u128::MAX));
    #[rustfmt::skip]
    let cases = [
        ("the largest",      format!("\"{}\"", u128::MAX), Some(Balance(u128::MAX))),
        ("a JSON number",    "12".into(),                  None),
        ("tokens",           "\"12.5\"".into(),            None),
        ("a unit",           "\"12 SRN\"".into(),          None),
        ("a sign",           "\"+12\"".into(),             None),
        ("empty",            "\"\"".into(),                None),
        ("above 128 bits",   format!("\"{}0\"", u128::MAX), None),
    ];
    for (why, json, amount) in cases {
        assert_eq!(serde_json::from_str(&json).ok(), amount, "{why}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(amount: u128) {
        prop_assert_eq!(Balance::parse(&Balance(amount).to_string()), Ok(Balance(amount)));
    }
}
