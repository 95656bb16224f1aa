//! Whatever is wrong with a file, an answer, a proof or a case gets its own refusal.

use super::Story;
use crate::finality::accuse::{
    Accusation, AccuseError, AnswerError, CHALLENGE_WINDOW_SLOTS, Case, Challenger, Court, Culprit,
    CulpritError, FileError, FinalityRecord, Headers, Input, Offence, Output, Summons, TrustedSet,
    VoteFile, check_culprit,
};
use crate::finality::{Justification, JustificationError, SignedVote, Stage};
use crate::rules::{EquivocationWeight, FinalityRules, Threshold};
use serde_json::{Value, json};
use serin_state::types::{Hash, Height, Round, SecretKey, SetId, Signature, Slot, VoteWeight};
use std::sync::Arc;

fn fork() -> Story {
    Story::new("0 A B, 0 X Y", &[1, 1, 1, 1])
}

fn open(story: &Story) -> (Accusation, Justification) {
    let first = story.justification(1, "A", "0A 1A 2A");
    let second = story.justification(2, "X", "1X 2X 3X");
    let headers = story.headers();
    let case = Case {
        set: &story.set,
        first: &first,
        second: &second,
        start: Height(10),
        headers: &headers,
    };
    let (accusation, output) = Accusation::begin(&Story::court(), &case, Slot(5)).unwrap();
    assert!(matches!(output, Output::Ask { ref asked, .. } if asked.len() == 3), "{output:?}");
    (accusation, first)
}

fn sorted(mut votes: Vec<SignedVote>) -> Vec<SignedVote> {
    votes.sort_by_key(|vote| (vote.voter, vote.vote.target));
    votes
}

#[test]
fn what_is_no_case_is_refused() {
    let story = fork();
    let a = |round| story.justification(round, "A", "0A 1A 2A");
    let x = story.justification(2, "X", "1X 2X 3X");
    let light = story.justification(1, "A", "0A 1A");
    let none = Headers::default();
    let all = story.headers();
    let two_apart = story.justification(2, "Y", "1Y 2Y 3Y");
    #[rustfmt::skip]
    let table = [
        ("one block twice",        a(1), a(2), &all, AccuseError::NoConflict),
        ("one above the other",    a(1), story.justification(2, "B", "0B 1B 2B"), &all, AccuseError::NoConflict),
        ("too light",              light.clone(), x.clone(), &all, AccuseError::Justification(JustificationError::TooLight)),
        ("no header of the chain", a(1), two_apart, &none, AccuseError::MissingHeaders),
    ];
    for (why, first, second, headers, expected) in table {
        let case =
            Case { set: &story.set, first: &first, second: &second, start: Height(10), headers };
        let refused = Accusation::begin(&Story::court(), &case, Slot(1)).map(|_| ());
        assert_eq!(refused, Err(expected), "{why}");
    }
}

#[test]
fn rules_that_hold_nobody_to_account_are_said_to() {
    let story = fork();
    let first = story.justification(1, "A", "0A 1A 2A");
    let second = story.justification(2, "X", "1X 2X 3X");
    let headers = story.headers();
    let case = Case {
        set: &story.set,
        first: &first,
        second: &second,
        start: Height(10),
        headers: &headers,
    };
    let half = Threshold::AtLeast { numerator: 1, denominator: 2 };
    #[rustfmt::skip]
    let table = [
        ("half is a majority",     FinalityRules { threshold: half, ..FinalityRules::default() }),
        ("equivocators count once", FinalityRules { equivocation: EquivocationWeight::FirstVote, ..FinalityRules::default() }),
    ];
    for (why, rules) in table {
        let court = Court { rules, ..Story::court() };
        let refused = Accusation::begin(&court, &case, Slot(1)).map(|_| ());
        assert_eq!(refused, Err(AccuseError::NotAccountable), "{why}");
    }
}

#[test]
fn what_is_no_answer_leaves_the_challenge_standing() {
    let story = fork();
    let good = sorted(story.votes(1, Stage::Precommit, "1X 2X 3X"));
    let by_stranger = {
        let mut votes = good.clone();
        let stranger = SecretKey::from_seed(&[3; 32]);
        votes[0].voter = stranger.public();
        votes[0].signature = stranger.sign_vote(&votes[0].vote.payload());
        sorted(votes)
    };
    let unsigned = {
        let mut votes = good.clone();
        votes[1].signature = Signature([1; 64]);
        votes
    };
    let foreign = {
        let mut votes = good.clone();
        votes[0].vote.set = SetId(9);
        votes
    };
    #[rustfmt::skip]
    let table = [
        ("nothing",              vec![], AnswerError::Empty),
        ("another round",        sorted(story.votes(2, Stage::Precommit, "1X 2X 3X")), AnswerError::OtherRound),
        ("a hint",               story.votes(1, Stage::Primary, "1X"), AnswerError::OtherRound),
        ("two stages",           [&good[..2], &story.votes(1, Stage::Prevote, "3X")[..]].concat(), AnswerError::OtherRound),
        ("another set",          foreign, AnswerError::OtherRound),
        ("reordered",            good.iter().rev().copied().collect(), AnswerError::NotCanonical),
        ("a vote twice",         [&good[..1], &good[..]].concat(), AnswerError::NotCanonical),
        ("a stranger's vote",    by_stranger, AnswerError::NotAVoter),
        ("three of one voter",   sorted(story.votes(1, Stage::Precommit, "1X 1A 1B 2X 3X")), AnswerError::TooMany),
        ("more than anybody could", sorted(story.votes(1, Stage::Precommit, "0X 0A 1X 1A 2X 2A 3X 3A 3B")), AnswerError::TooMany),
        ("a bad signature",      unsigned, AnswerError::BadSignature),
        ("votes A survives",     sorted(story.votes(1, Stage::Precommit, "1X 2X")), AnswerError::ShowsNothing),
    ];
    for (why, votes, expected) in table {
        let (mut accusation, _) = open(&story);
        let before = *accusation.challenge();
        let input = Input::Answer { votes, headers: Headers::default() };
        assert_eq!(accusation.step(&Story::court(), input), Output::Refused(expected), "{why}");
        assert_eq!(*accusation.challenge(), before, "{why}");
        let input = Input::Answer { votes: good.clone(), headers: Headers::default() };
        let ended = accusation.step(&Story::court(), input);
        assert!(matches!(ended, Output::Ended(_)), "{why}: and a good one still ends it");
    }
}

#[test]
fn silence_counts_for_the_challenge_that_stands_alone() {
    let story = fork();
    let (mut accusation, _) = open(&story);
    let asker = SecretKey::from_seed(&[9; 32]);
    let court = Story::court();
    let open = *accusation.challenge();
    let mut other = open;
    other.round = Round(7);
    let mut forged = asker.challenge(&court.genesis, open);
    forged.signature = Signature([0; 64]);
    let elsewhere = asker.challenge(&Hash::of(b"another chain"), open);
    for challenge in [asker.challenge(&court.genesis, other), forged, elsewhere] {
        let output = accusation.step(&court, Input::Silence(challenge));
        assert_eq!(output, Output::Refused(AnswerError::OtherChallenge));
    }
    let silence = Input::Silence(asker.challenge(&court.genesis, open));
    assert!(matches!(accusation.step(&court, silence), Output::Ended(_)));
}

fn silent(story: &Story) -> Culprit {
    let first = story.justification(1, "A", "0A 1A 2A");
    let second = story.justification(2, "X", "1X 2X 3X");
    story.accuse(&first, &second, &[]).unwrap().culprits[0].clone()
}

fn guilty(story: &Story) -> Culprit {
    let first = story.justification(1, "A", "0A 1A 2A");
    let second = story.justification(1, "X", "1X 2X 3X");
    story.accuse(&first, &second, &[]).unwrap().culprits[0].clone()
}

/// A culprit with a changed proof of silence, signed anew where the challenge changed.
fn change(
    story: &Story,
    change: impl Fn(&mut SignedVote, &mut Vec<serin_state::types::Header>, &mut Summons),
) -> Culprit {
    let mut culprit = silent(story);
    let Offence::Unanswered { vote, way, summons } = &mut culprit.proof else { panic!("silent") };
    let mut other = Summons::clone(summons);
    change(vote, way, &mut other);
    let challenge = other.challenge.challenge;
    other.challenge = SecretKey::from_seed(&[9; 32]).challenge(&Story::court().genesis, challenge);
    *summons = Arc::new(other);
    culprit
}

#[test]
fn a_culprit_whose_proof_was_touched_is_no_culprit() {
    let story = Story::new("0 A B, 0 X Y", &[1, 1, 1, 1]);
    let check = |culprit: &Culprit| check_culprit(&Story::court(), &story.set, culprit);
    assert_eq!((check(&silent(&story)), check(&guilty(&story))), (Ok(()), Ok(())));
    let votes = |round, stage, text: &str| story.votes(round, stage, text)[0];
    let honest = story.set.index_of(&silent(&story).voter).unwrap();
    let by = |round, stage, name: &str| votes(round, stage, &format!("{honest}{name}"));
    let other_member = Culprit { voter: story.secrets[0].public(), ..silent(&story) };
    let stranger = Culprit { voter: SecretKey::from_seed(&[3; 32]).public(), ..silent(&story) };
    let heavier = Culprit { weight: VoteWeight(2), ..silent(&story) };
    #[rustfmt::skip]
    let table = [
        ("another member",      other_member, CulpritError::OtherVoter),
        ("a stranger",          stranger, CulpritError::NotAVoter),
        ("another weight",      heavier, CulpritError::NotAVoter),
        ("a vote of the round of the block", change(&story, |vote, _, _| *vote = by(1, Stage::Precommit, "X")), CulpritError::NotObliged),
        ("a challenge about the round of the block", change(&story, |vote, _, summons| {
            *vote = by(1, Stage::Precommit, "X");
            summons.challenge.challenge.round = Round(1);
        }), CulpritError::NotObliged),
        ("a hint",              change(&story, |vote, _, _| *vote = by(2, Stage::Primary, "X")), CulpritError::NotObliged),
        ("a vote for the block", change(&story, |vote, _, _| *vote = by(2, Stage::Precommit, "A")), CulpritError::BadWay),
        ("a vote above the block, without its header", change(&story, |vote, _, _| *vote = by(2, Stage::Precommit, "B")), CulpritError::BadWay),
        ("a vote above the block, with it", change(&story, |vote, way, _| {
            *vote = by(2, Stage::Precommit, "B");
            *way = vec![story.drawing.header(&story.drawing.block("B").hash).unwrap()];
        }), CulpritError::BadWay),
        ("a header too many",   change(&story, |_, way, _| way.push(story.drawing.header(&story.drawing.block("Y").hash).unwrap())), CulpritError::BadWay),
        ("a forged vote",       change(&story, |vote, _, _| vote.signature = Signature([0; 64])), CulpritError::BadVote),
        ("a vote of another set", change(&story, |vote, _, _| vote.vote.set = SetId(1)), CulpritError::OtherVoter),
        ("a short window",      change(&story, |_, _, summons| summons.challenge.challenge.until = Slot(CHALLENGE_WINDOW_SLOTS - 1)), CulpritError::ShortWindow),
        ("another block",       change(&story, |_, _, summons| summons.challenge.challenge.block = story.drawing.block("B")), CulpritError::OtherBlock),
        ("a light justification", change(&story, |_, _, summons| summons.justification = Arc::new(story.justification(1, "A", "0A 1A"))), CulpritError::Justification(JustificationError::TooLight)),
    ];
    for (why, culprit, expected) in table {
        assert_eq!(check(&culprit), Err(expected), "{why}");
    }
    let mut unsigned = silent(&story);
    if let Offence::Unanswered { summons, .. } = &mut unsigned.proof {
        let mut other = Summons::clone(summons);
        other.challenge.signature = Signature([0; 64]);
        *summons = Arc::new(other);
    }
    assert_eq!(check(&unsigned), Err(CulpritError::BadChallenge));
}

fn file(story: &Story) -> Value {
    let log = story.log(&["1 c 1X 2X 3X", "2 v 0X 1X 1A"]);
    let record = FinalityRecord {
        changes: Vec::new(),
        justification: story.justification(1, "A", "0A 1A 2A"),
        headers: story.drawing.headers().cloned().collect(),
    };
    let trusted = TrustedSet { set: story.set.clone(), start: Height(10) };
    let file = VoteFile::new(Story::court().genesis, &log, Some((&trusted, &record)));
    let text = file.to_json();
    let evidence = VoteFile::check(&Story::court(), &text).unwrap();
    assert_eq!(evidence.record.as_ref().map(|(set, _)| set), Some(&trusted));
    assert!(log.iter().eq(evidence.log.iter()), "votes come back as they went");
    assert_eq!(evidence.record.unwrap().1.justification, record.justification);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_bad_file_is_refused_in_its_own_words() {
    let story = fork();
    let good = file(&story);
    let check = |value: &Value| VoteFile::check(&Story::court(), &value.to_string()).map(|_| ());
    assert_eq!(check(&good), Ok(()));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        check(&value).unwrap_err()
    };
    let malformed = |error: &FileError| matches!(error, FileError::Malformed(_));
    for (why, error) in [
        ("no votes", changed(&|file| drop(file.as_object_mut().unwrap().remove("votes")))),
        ("a field more", changed(&|file| file["note"] = json!("hello"))),
        ("a stage that is none", changed(&|file| file["votes"][0]["stage"] = json!("primary"))),
        ("a header cut short", changed(&|file| file["headers"][0] = json!("0100"))),
        ("no hexadecimal", changed(&|file| file["headers"][0] = json!("xyz"))),
        (
            "a justification cut short",
            changed(&|file| file["record"]["justification"] = json!("01")),
        ),
    ] {
        assert!(malformed(&error), "{why}: {error}");
    }
    let twice = changed(&|file| {
        let vote = file["votes"][0].clone();
        file["votes"].as_array_mut().unwrap().insert(0, vote);
    });
    let reordered = changed(&|file| file["votes"].as_array_mut().unwrap().swap(0, 1));
    let raised = changed(&|file| file["votes"][0]["height"] = json!(99));
    let unsigned =
        changed(&|file| file["votes"][0]["signature"] = file["votes"][1]["signature"].clone());
    let stale = changed(&|file| {
        file["votes"][0]["set"] = json!(1);
    });
    let trusted_twice = changed(&|file| {
        let voter = file["record"]["trusted"]["voters"][0].clone();
        file["record"]["trusted"]["voters"].as_array_mut().unwrap().push(voter);
    });
    let other = Hash::of(b"another chain");
    #[rustfmt::skip]
    let table = [
        ("another format", changed(&|file| file["format"] = json!("serin-votes/2")), FileError::OtherFormat("serin-votes/2".into())),
        ("another chain",  changed(&|file| file["genesis"] = json!(other.to_string())), FileError::Foreign(other)),
        ("a vote twice",   twice, FileError::NotCanonical(1)),
        ("reordered",      reordered, FileError::NotCanonical(1)),
        ("a height that the header contradicts", raised, FileError::Contradiction(0)),
        ("another's signature", unsigned, FileError::BadSignature(0)),
        ("a set before the trusted one", stale, FileError::Stale(0)),
        ("a voter twice in the set", trusted_twice, FileError::BadSet(crate::finality::VoterSetError::SameKey)),
    ];
    for (why, found, expected) in table {
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let text = file(&fork()).to_string();
    for length in (0..text.len()).step_by(37) {
        let cut = VoteFile::check(&Story::court(), &text[..length]).map(|_| ());
        assert!(matches!(cut, Err(FileError::Malformed(_))), "cut at {length}: {cut:?}");
    }
}

#[test]
fn three_votes_of_one_voter_are_one_too_many_for_a_file() {
    let story = fork();
    let mut value = file(&story);
    let votes = story.votes(3, Stage::Prevote, "1A 1X 1B");
    let mut rows: Vec<Value> = votes
        .iter()
        .map(|vote| {
            json!({ "set": vote.vote.set, "round": 3, "stage": "prevote", "voter": vote.voter,
                "hash": vote.vote.target.hash, "height": vote.vote.target.height, "signature": vote.signature })
        })
        .collect();
    let key = |row: &Value| (row["height"].as_u64(), row["hash"].as_str().map(str::to_owned));
    rows.sort_by_key(key);
    let list = value["votes"].as_array_mut().unwrap();
    list.extend(rows);
    let position = list.len() - 1;
    let refused = VoteFile::check(&Story::court(), &value.to_string()).map(|_| ());
    assert_eq!(refused, Err(FileError::Third(position)));
}
