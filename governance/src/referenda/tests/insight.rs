//! What people are told, against what then happens.
//!
//! The outlook is checked by letting the time pass; what is missing, by giving exactly that, and one less.

use super::life::track;
use crate::referenda::insight::{Insight, Outlook};
use crate::referenda::{Input, Outcome, Phase, Rules, Shares, step};
use crate::tally::Tally;
use proptest::prelude::*;
use serin_state::types::{Balance, Slot};

const ELECTORATE: Balance = Balance(4_000_000);

fn tally(ayes: u128, nays: u128, support: u128) -> Tally {
    Tally { ayes: Balance(ayes), nays: Balance(nays), support: Balance(support) }
}

#[test]
fn it_is_said_what_is_missing_and_when_it_would_pass() {
    let track = track(30, 2);
    let rules =
        Rules { track: &track, submitted: Slot(1), undeciding_timeout: 30, exact_alarms: true };
    let deciding = Phase::Deciding { since: Slot(5) };
    let confirming = Phase::Confirming { since: Slot(5), until: Slot(20) };
    #[rustfmt::skip]
    let cases = [
        ("no votes",             Slot(5),  deciding,   tally(0, 0, 0),                 "rejected in slot 25 if nothing changes; needs 0.000000000001 SRN more votes for it by slot 25; needs 0.000002 SRN more support and"),
        ("support is missing",   Slot(5),  deciding,   tally(900_000, 0, 900_000),     "passes from slot 16 on, approved in slot 19 if nothing changes; needs 0.0000011 SRN more support now"),
        ("it passes",            Slot(18), confirming, tally(900_000, 0, 900_000),     "passes from slot 18 on, approved in slot 20 if nothing changes"),
        ("votes are missing",    Slot(15), deciding,   tally(1_000, 1_000, 3_000_000), "passes from slot 25 on, approved in slot 28 if nothing changes; needs 0.000000002 SRN more votes for it now"),
        ("it waits",             Slot(5),  Phase::Queued, tally(3, 0, 2_000_000),      "its decision has not begun"),
        ("it is over",           Slot(5),  Phase::Ended(Outcome::Killed), tally(3, 0, 2_000_000), "it is over"),
    ];
    for (why, now, phase, tally, said) in cases {
        let insight = Insight::of(&rules, now, phase, tally, ELECTORATE);
        assert!(insight.to_string().starts_with(said), "{why}: {insight}");
    }
}

proptest! {
    #[test]
    fn what_is_said_comes_true(
        ayes in 0_u128..2_000_000,
        nays in 0_u128..2_000_000,
        support in 0_u128..4_000_000,
        at in 5_u64..25,
    ) {
        let track = track(30, 2);
        let rules =
            Rules { track: &track, submitted: Slot(1), undeciding_timeout: 30, exact_alarms: true };
        let tally = tally(ayes, nays, support);
        let shares = Shares { approval: tally.approval(), support: tally.support(ELECTORATE) };
        let mut phase = Phase::Deciding { since: Slot(5) };
        let insight = Insight::of(&rules, Slot(at), phase, tally, ELECTORATE);
        let mut ended = None;
        for slot in at..60 {
            let input = Input::Looked { deposited: true, room: true, shares };
            phase = step(&rules, Slot(slot), phase, input).phase;
            if let (None, Phase::Ended(outcome)) = (ended, phase) {
                ended = Some((outcome, Slot(slot)));
            }
        }
        let told = match insight.outlook {
            Outlook::Approved { slot, .. } => Some((Outcome::Approved, slot)),
            Outlook::Rejected { slot } => Some((Outcome::Rejected, slot)),
            Outlook::Waiting | Outlook::Ended => None,
        };
        prop_assert_eq!(told, ended);
        // What is needed by the end is enough there: with it, it is approved.
        let needs = insight.needs.unwrap();
        if matches!(insight.outlook, Outlook::Rejected { .. }) && needs.votes.0 < u128::MAX / 8 {
            let with = Tally {
                ayes: tally.ayes.saturating_add(needs.votes),
                support: tally.support.saturating_add(needs.support),
                ..tally
            };
            let then = Insight::of(&rules, Slot(at), Phase::Deciding { since: Slot(5) }, with, ELECTORATE);
            prop_assert!(matches!(then.outlook, Outlook::Approved { .. }), "{}", then);
            prop_assert!(then.needs.unwrap().support.is_zero());
        }
        // Exactly what is missing is enough, and one less is not.
        let missing = insight.support_missing;
        let with = Tally { support: tally.support.saturating_add(missing), ..tally };
        prop_assert!(with.support(ELECTORATE) >= insight.support_threshold);
        if missing > Balance(0) {
            let less = Tally { support: Balance(with.support.0 - 1), ..tally };
            prop_assert!(less.support(ELECTORATE) < insight.support_threshold);
        }
        let missing = insight.votes_missing;
        if missing.0 < u128::MAX / 8 {
            let with = Tally { ayes: tally.ayes.saturating_add(missing), ..tally };
            prop_assert!(with.approval() >= insight.approval_threshold);
            if missing > Balance(0) {
                let less = Tally { ayes: Balance(with.ayes.0 - 1), ..tally };
                prop_assert!(less.approval() < insight.approval_threshold);
            }
        }
    }
}
