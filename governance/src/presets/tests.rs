//! The numbers of every preset hold together, and each relation that is broken is named.
//!
//! One table: what is changed in Kusama's numbers, and what the check says then.

use super::*;
use crate::curve::{Curve, Ppb};
use serin_state::types::{Balance, Weight};

type Change = fn(&mut Parameters);

#[test]
fn the_numbers_of_presets_hold_together() {
    for slot_ms in [500, 1_000, 6_000] {
        assert_eq!(Parameters::kusama(slot_ms).check(), Ok(()), "kusama, {slot_ms} ms");
        assert_eq!(Parameters::local(slot_ms).check(), Ok(()), "local, {slot_ms} ms");
    }
}

#[test]
fn numbers_that_make_no_sense_are_refused_by_name() {
    use ParametersError as Error;
    #[rustfmt::skip]
    let cases: [(&str, Change, Error); 20] = [
        ("two tracks change places",          |all| all.referenda.tracks.swap(0, 1),                             Error::Tracks),
        ("no time to decide",                 |all| all.referenda.tracks[3].decision_period = 0,                 Error::Tracks),
        ("no room for a decision",            |all| all.referenda.tracks[3].max_deciding = 0,                    Error::Tracks),
        ("a curve that rises",                |all| all.referenda.tracks[3].min_support = rising(),              Error::Tracks),
        ("no root track",                     |all| drop(all.referenda.tracks.remove(0)),                        Error::TrackCount),
        ("no votes",                          |all| all.voting.votes_max = 0,                                    Error::VotesMax),
        ("more votes than calls weigh",       |all| all.voting.votes_max = 513,                                  Error::VotesMax),
        ("nothing can be scheduled",          |all| all.scheduler.items_max = 0,                                 Error::Scheduler),
        ("the agenda has no weight",          |all| all.scheduler.weight_max = Weight(0),                        Error::Scheduler),
        ("a queue without an end",            |all| all.referenda.max_queued = 1_001,                            Error::MaxQueued),
        ("a collective too large",            |all| all.collective.members_max = 251,                            Error::Collective),
        ("more burnt than there is",          |all| all.treasury.burn_ppm = 1_000_001,                           Error::Treasury),
        ("a period of no slots",              |all| all.treasury.spend_period = 0,                               Error::Treasury),
        ("winners leave before the outcome",  |all| all.voting.locking_period_slots = 14_399,                    Error::Locking),
        ("a track that enacts after they left", |all| all.referenda.tracks[0].min_enactment_period = 100_801,    Error::Locking),
        ("a curator's share above all",       |all| all.bounties.curator_share_ppm = 1_000_001,                  Error::Bounties),
        ("a least deposit above the largest", |all| all.bounties.curator_deposit_max = Balance(1),               Error::Bounties),
        ("a reward without an end",           |all| all.participation.reward = Balance(1),                       Error::Participation),
        ("a reward above the budget",         |all| all.participation = unpayable(),                             Error::Participation),
        ("a bounty worth nothing",            |all| all.bounties.value_min = Balance::ZERO,                      Error::Bounties),
    ];
    for (why, change, expected) in cases {
        let mut parameters = Parameters::kusama(6_000);
        change(&mut parameters);
        assert_eq!(parameters.check(), Err(expected), "{why}");
    }
    let mut parameters = Parameters::kusama(6_000);
    parameters.voting.locking_period_slots = 14_400;
    assert_eq!(parameters.check(), Ok(()), "just as long as the longest enactment");
}

fn unpayable() -> ParticipationParameters {
    let (reward, capital_min, budget) = (Balance(2), Balance(1), Balance(1));
    ParticipationParameters { reward, capital_min, votes_max: 1, budget, period_slots: 1 }
}

fn rising() -> Curve {
    Curve::Linear { length: Ppb::ONE, floor: Ppb::ONE, ceil: Ppb::ZERO }
}
