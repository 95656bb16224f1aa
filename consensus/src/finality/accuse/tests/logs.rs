//! What a log keeps, and for how long.

use super::Story;
use crate::finality::Stage;
use crate::finality::accuse::{LogLimits, Recorded, VoteLog};
use crate::finality::tests::drawing::SET;
use serin_state::types::{Round, Slot};

#[test]
fn a_log_keeps_two_votes_of_a_voter_and_no_hints() {
    let story = Story::new("0 A B, 0 X", &[1, 1]);
    let mut log = VoteLog::new(LogLimits::offline());
    let vote = |stage, text: &str| story.votes(1, stage, text)[0];
    let first = vote(Stage::Prevote, "0A");
    #[rustfmt::skip]
    let table = [
        ("the first",           first, Recorded::New),
        ("again",               first, Recorded::Known),
        ("for another block",   vote(Stage::Prevote, "0X"), Recorded::Second(first)),
        ("that again",          vote(Stage::Prevote, "0X"), Recorded::Known),
        ("a third",             vote(Stage::Prevote, "0B"), Recorded::Third),
        ("of the other stage",  vote(Stage::Precommit, "0B"), Recorded::New),
        ("of another voter",    vote(Stage::Prevote, "1A"), Recorded::New),
        ("a hint",              vote(Stage::Primary, "1A"), Recorded::NotKept),
    ];
    for (why, vote, expected) in table {
        assert_eq!(log.record(Slot(1), &vote), expected, "{why}");
    }
    assert_eq!((log.len(), log.iter().count()), (4, 4));
    assert_eq!(log.votes(SET, Round(1), Stage::Prevote).count(), 3);
    assert_eq!(log.votes(SET, Round(2), Stage::Prevote).count(), 0);
}

#[test]
fn the_oldest_rounds_go_when_there_are_too_many_votes_or_they_are_too_old() {
    let story = Story::new("0 A", &[1, 1, 1]);
    let limits = LogLimits { votes_max: 9, headers_max: 1, age_slots_max: 50 };
    let mut log = VoteLog::new(limits);
    for round in 1..=20 {
        for vote in story.votes(round, Stage::Prevote, "0A 1A 2A") {
            log.record(Slot(round * 10), &vote);
            assert!(log.len() <= 9 && log.len() == log.iter().count(), "round {round}");
        }
    }
    let kept: Vec<u64> = log.rounds().map(|(_, round)| round.0).collect();
    assert_eq!(kept, [18, 19, 20], "whole rounds");
    log.forget_old(Slot(230));
    assert_eq!(log.rounds().count(), 3, "at the limit");
    log.forget_old(Slot(231));
    assert_eq!(log.rounds().map(|(_, round)| round.0).collect::<Vec<_>>(), [19, 20]);
    let late = story.votes(3, Stage::Prevote, "0A")[0];
    log.record(Slot(231), &late);
    let headers: Vec<_> = story.drawing.headers().cloned().collect();
    assert!(log.record_header(&headers[0]) && !log.record_header(&headers[1]), "one header");
}
