//! Candidates and nominators: who may be which, and that rosters hold exactly them.
//!
//! Refusals stand in tables; each leaves the state as it was.

use super::*;

fn kick(nominators: &[u8]) -> LedgerCall {
    LedgerCall::Kick { nominators: nominators.iter().map(|index| id(*index)).collect() }
}

fn members(stage: &Stage, kind: Kind) -> Vec<u8> {
    kind.members(&stage.state).iter().map(|who| who.0[0]).collect()
}

/// Candidates 1 to 3, and 4, 5 and 6 with a bond.
fn candidates_and_bonds() -> Stage {
    let mut stage = Stage::new(9);
    for who in 1..=3 {
        stage.bond(who, 500).candidate(who);
    }
    stage.bond(4, 500).bond(5, 500).bond(6, 99);
    stage
}

#[test]
fn candidates_and_nominators_are_listed_with_their_stake() {
    let mut stage = candidates_and_bonds();
    stage.done(4, nominate(&[3, 1])).unbond(4, 50);
    let listed: Vec<_> = candidates(&stage.state);
    let expected = [1, 2, 3].map(|who| (id(who), terms(10, false), Balance(500)));
    assert_eq!(listed, expected);
    assert_eq!(nominators(&stage.state), [(id(4), Balance(450), vec![id(3), id(1)])]);
}

#[test]
fn who_begins_the_one_ends_the_other() {
    let mut stage = candidates_and_bonds();
    stage.done(1, nominate(&[2, 3]));
    assert_eq!(members(&stage, Kind::Candidates), [3, 2], "the last takes the place");
    assert_eq!(members(&stage, Kind::Nominators), [1]);
    assert_eq!(candidate(&stage.state, id(3)).unwrap().place, 0);
    stage.candidate(1).done(1, LedgerCall::Validate { terms: terms(20, true) });
    assert_eq!(members(&stage, Kind::Candidates), [3, 2, 1]);
    assert_eq!(members(&stage, Kind::Nominators), [0_u8; 0]);
    assert_eq!(candidate(&stage.state, id(1)).unwrap().terms, terms(20, true));
    stage.done(2, LedgerCall::Chill);
    assert_eq!(members(&stage, Kind::Candidates), [3, 1]);
}

#[test]
fn intentions_that_do_not_hold_are_refused() {
    let mut stage = candidates_and_bonds();
    stage.bond(7, 199).done(2, LedgerCall::Validate { terms: terms(10, true) });
    stage.done(4, nominate(&[1]));
    let validate = |percent| LedgerCall::Validate { terms: terms(percent, false) };
    let too_many: Vec<u8> = (1..=25).collect();
    let not_bonded = Error::Ledger(LedgerError::NotBonded);
    stage.refuses(&[
        ("a nominator without a bond", 9, nominate(&[1]), not_bonded),
        ("a nominator with too little", 6, nominate(&[1]), LedgerError::BelowMinimum.into()),
        ("no target", 4, nominate(&[]), LedgerError::NoTargets.into()),
        ("25 targets", 4, nominate(&too_many), LedgerError::TooManyTargets.into()),
        ("a target twice", 4, nominate(&[1, 3, 1]), LedgerError::DuplicateTarget.into()),
        (
            "a target that does not validate",
            4,
            nominate(&[1, 5]),
            LedgerError::UnknownTarget.into(),
        ),
        ("oneself, who does not validate", 4, nominate(&[4]), LedgerError::UnknownTarget.into()),
        ("a blocked target", 4, nominate(&[2]), LedgerError::BlockedTarget.into()),
        ("a candidate without a bond", 9, validate(10), not_bonded),
        ("a candidate with too little", 7, validate(10), LedgerError::BelowMinimum.into()),
        ("too cheap", 5, validate(9), LedgerError::CommissionTooLow.into()),
        ("chilling without a bond", 9, LedgerCall::Chill, not_bonded),
        ("chilling who does nothing", 5, LedgerCall::Chill, LedgerError::NotStaking.into()),
        ("unbonding below a nominator's least", 4, unbond(401), LedgerError::BelowMinimum.into()),
        ("unbonding all of a candidate's", 1, unbond(500), LedgerError::BelowMinimum.into()),
        ("kicking without validating", 4, kick(&[5]), LedgerError::NotCandidate.into()),
        ("kicking nobody", 1, kick(&[]), LedgerError::NoTargets.into()),
        ("kicking too many", 1, kick(&[4; KICKS_MAX + 1]), LedgerError::TooManyKicks.into()),
    ]);
}

#[test]
fn who_nominates_a_candidate_already_keeps_it_when_it_is_blocked_or_chills() {
    let mut stage = candidates_and_bonds();
    stage.done(4, nominate(&[1, 2]));
    stage.done(1, LedgerCall::Validate { terms: terms(10, true) }).done(2, LedgerCall::Chill);
    stage.done(4, nominate(&[2, 3, 1]));
    let refused =
        [("a new nominator does not", 5, nominate(&[1]), LedgerError::BlockedTarget.into())];
    stage.refuses(&refused);
}

#[test]
fn rosters_are_full_at_their_bounds_and_members_may_change_their_mind() {
    let mut stage = candidates_and_bonds();
    stage.parameters.election.candidates_max = 3;
    stage.parameters.election.nominators_max = 1;
    stage.done(4, nominate(&[1]));
    stage.refuses(&[
        (
            "a fourth candidate",
            5,
            LedgerCall::Validate { terms: terms(10, false) },
            LedgerError::TooManyCandidates.into(),
        ),
        ("a second nominator", 5, nominate(&[1]), LedgerError::TooManyNominators.into()),
    ]);
    stage.done(4, nominate(&[2])).done(1, LedgerCall::Validate { terms: terms(15, false) });
}

#[test]
fn another_is_chilled_only_below_the_minimum_and_in_a_roster_that_is_nearly_full() {
    let mut stage = candidates_and_bonds();
    stage.done(4, nominate(&[1]));
    let chill = |who| LedgerCall::ChillOther { account: id(who) };
    let refused = Error::Ledger(LedgerError::CannotChillOther);
    stage.parameters.bonding.min_validator_bond = Balance(501);
    stage.refuses(&[("there is room", 9, chill(1), refused)]);
    stage.parameters.election.candidates_max = 3;
    stage.parameters.election.nominators_max = 1;
    stage.refuses(&[
        ("enough stake", 9, chill(4), refused),
        ("neither", 9, chill(5), LedgerError::NotStaking.into()),
        ("no bond", 9, chill(9), LedgerError::NotBonded.into()),
    ]);
    stage.done(9, chill(1)).done(2, chill(2));
    assert_eq!(members(&stage, Kind::Candidates), [3], "three of three are above nine tenths");
    stage.refuses(&[("there is room again", 9, chill(3), refused)]);
}

#[test]
fn a_kicked_nominator_keeps_its_other_targets_and_is_chilled_without_any() {
    let mut stage = candidates_and_bonds();
    stage.done(4, nominate(&[1, 2])).done(5, nominate(&[1]));
    let events = stage.run(1, kick(&[4, 5, 6, 4])).unwrap();
    let of = |event: LedgerEvent| Event::Ledger(event);
    let kicked = |who| of(LedgerEvent::Kicked { nominator: id(who), candidate: id(1) });
    let chilled = of(LedgerEvent::Chilled { account: id(5) });
    assert_eq!(events, [kicked(4), kicked(5), chilled]);
    assert_eq!(nominators(&stage.state), [(id(4), Balance(500), vec![id(2)])]);
}

#[test]
fn rosters_of_many_pages_lose_and_gain_members_without_gaps() {
    let mut stage = Stage::new(0);
    let who = |index: u32| {
        let mut account = [0xee; 32];
        account[..4].copy_from_slice(&index.to_le_bytes());
        AccountId(account)
    };
    let mut expected = Vec::new();
    stage.within(|context| {
        for index in 0..300 {
            let place = Kind::Candidates.join(context, who(index));
            context
                .write(Item::Candidate(who(index)), &Candidate { terms: terms(10, false), place });
            expected.push(who(index));
        }
        // A fixed walk over places, until nobody is left.
        for step in 0..300_usize {
            let place = step * 7_919 % expected.len();
            let left = expected.swap_remove(place);
            context.delete(Item::Candidate(left));
            Kind::Candidates.leave(context, u32::try_from(place).unwrap());
            assert_eq!(Kind::Candidates.members(context.state), expected);
            for (place, member) in expected.iter().enumerate() {
                let row = candidate(context.state, *member).unwrap();
                assert_eq!(usize::try_from(row.place), Ok(place));
            }
        }
    });
    assert!(Kind::Candidates.is_empty(&stage.state));
    let left = stage.state.into_changes().into_values().flatten().count();
    assert_eq!(left, 0, "an empty roster leaves nothing behind");
}
