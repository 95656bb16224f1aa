//! What a node that votes alone logs, tells peers of its log, and holds for final.

use super::{TestCore, alice, at};
use crate::core::{AnswerId, Effect, Input, LOG_ANSWER_MS, Peer};
use serin_consensus::finality::Stage;
use serin_network::message::{FinalityRequest, FinalityResponse, Request, Response};
use serin_state::types::{Height, Millis, Round};

fn ask(core: &mut TestCore, now: Millis, round: Round, stage: Stage) -> Vec<Round> {
    let set = core.finality().set;
    let request = Request::Finality(FinalityRequest::LoggedVotes { set, round, stage });
    let input = Input::Request { from: Peer(1), id: AnswerId(1), request };
    let votes = core.on_input(now, input).into_iter().find_map(|effect| match effect {
        Effect::Respond(_, Response::Finality(FinalityResponse::LoggedVotes(votes))) => Some(votes),
        _ => None,
    });
    votes.unwrap().iter().map(|vote| vote.vote.round).collect()
}

#[test]
fn logged_votes_of_an_old_round_are_told_to_peers_now_and_then() {
    let mut core = alice();
    for slot in 1..=10 {
        core.on_input(at(slot), Input::Wake);
    }
    let old = Round(2);
    assert!(core.finality().round > Round(8), "the round is long over");
    let later = |answers: u64| Millis(at(10).0 + answers * LOG_ANSWER_MS);
    assert_eq!(ask(&mut core, later(0), old, Stage::Prevote), [old]);
    assert_eq!(ask(&mut core, later(0), old, Stage::Precommit), [], "too soon after the last");
    assert_eq!(ask(&mut core, later(1), old, Stage::Precommit), [old]);
    assert_eq!(ask(&mut core, later(2), old, Stage::Primary), [], "hints are not logged");
    assert_eq!(ask(&mut core, later(3), Round(100), Stage::Prevote), []);
}

#[test]
fn a_record_leads_from_genesis_to_what_is_final() {
    let mut core = alice();
    assert!(core.finality_record(None).is_none(), "nothing is final");
    for slot in 1..=10 {
        core.on_input(at(slot), Input::Wake);
    }
    let (trusted, record) = core.finality_record(None).unwrap();
    let target = core.finalized();
    assert_eq!(record.justification.target(), target);
    assert_eq!((trusted.start, record.changes.len()), (Height::ZERO, 0));
    let heights: Vec<u32> = record.headers.iter().map(|header| header.height().0).collect();
    assert!(heights.iter().copied().eq((1..=target.height.0).rev()), "{heights:?}");
}
