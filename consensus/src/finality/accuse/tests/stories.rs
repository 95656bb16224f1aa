//! Attacks drawn as text, and who is guilty of them.
//!
//! Four voters of weight 1 unless said otherwise: f = 1, q = 3, and two voters are more than the set tolerates.

use super::Story;
use crate::finality::accuse::{Accusation, AnswerError, Case, Headers, Input, Output, Question};
use crate::finality::{Justification, Stage};
use serin_state::types::{Height, Signature, Slot};

struct Script {
    why: &'static str,
    chain: &'static str,
    weights: &'static [u64],
    /// Round, target, precommits.
    first: (u64, &'static str, &'static str),
    second: (u64, &'static str, &'static str),
    logs: &'static [&'static [&'static str]],
    guilty: &'static str,
}

const FOUR: &[u64] = &[1, 1, 1, 1];

fn run(script: &Script) {
    let story = Story::new(script.chain, script.weights);
    let justification =
        |(round, target, votes)| -> Justification { story.justification(round, target, votes) };
    let (first, second) = (justification(script.first), justification(script.second));
    let logs: Vec<_> = script.logs.iter().map(|lines| story.log(lines)).collect();
    let verdict = story.accuse(&first, &second, &logs).unwrap();
    assert_eq!(story.guilty(&verdict), script.guilty, "{}", script.why);
    let turned = story.accuse(&second, &first, &logs).unwrap();
    assert_eq!(turned, verdict, "{}: the order of the two does not matter", script.why);
}

#[rustfmt::skip]
const ONE_STEP: &[Script] = &[
        Script {
            why: "one round: whoever stands in both",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (1, "X", "1X 2X 3X"),
            logs: &[], guilty: "1e 2e",
        },
        Script {
            why: "one round, by weight: 5 of 7 is a supermajority, and 4 is shared",
            chain: "0 A, 0 X", weights: &[1, 4, 1, 1],
            first: (1, "A", "0A 1A"), second: (1, "X", "1X 2X"),
            logs: &[], guilty: "1e",
        },
        Script {
            why: "the next round: 3 saw precommits that let A go, by 1 and 2 who had made it final",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 1X 2X 3X"]], guilty: "1e 2e",
        },
        Script {
            why: "3 saw prevotes for X, 0 prevotes for A: 1 and 2 cast both",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 v 1X 2X 3X"], &["1 v 0A 1A 2A"]], guilty: "1e 2e",
        },
        Script {
            why: "prevotes answered the first question, and nobody says why A was precommitted",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 v 1X 2X 3X"]], guilty: "0s1 1s1 2s1",
        },
        Script {
            why: "nobody says why A was let go in round 2",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[], guilty: "1s2 2s2 3s2",
        },
        Script {
            why: "votes that A survives are no answer: it needs one more against it",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 0A 2X 3X"]], guilty: "1s2 2s2 3s2",
        },
];

#[rustfmt::skip]
const MORE: &[Script] = &[
        Script {
            why: "three rounds: round 2 is explained by round 2's own past only as far as a log reaches",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (4, "X", "1X 2X 3X"),
            logs: &[&["3 v 1X 2X 3X", "2 c 1X 2X 3X"]], guilty: "1s2 2s2 3s2",
        },
        Script {
            why: "and with the log of round 1 too",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (4, "X", "1X 2X 3X"),
            logs: &[&["3 v 1X 2X 3X", "2 c 1X 2X 3X", "1 c 1X 2X 3X"]], guilty: "1e 2e",
        },
        Script {
            why: "equivocators of a round in between end it: more than f of them",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (3, "X", "1X 2X 3X"),
            logs: &[&["2 v 1X 1A 2X 2A"]], guilty: "1e 2e",
        },
        Script {
            why: "the votes of two logs together are the answer",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 1X 3X"], &["1 c 2X"]], guilty: "1e 2e",
        },
        Script {
            why: "the other votes of two whose precommits for A are known already",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 1X 2X"]], guilty: "1e 2e",
        },
        Script {
            why: "a justification with an equivocator: counted once, guilty anyhow",
            chain: "0 A, 0 X", weights: FOUR,
            first: (1, "A", "0A 1A 2A 2X"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 1X 2X 3X"]], guilty: "1e 2e",
        },
        Script {
            why: "seven of weight 1: f = 2, so three are guilty",
            chain: "0 A, 0 X", weights: &[1; 7],
            first: (1, "A", "0A 1A 2A 3A 4A"), second: (2, "X", "2X 3X 4X 5X 6X"),
            logs: &[&["1 c 2X 3X 4X 5X 6X"]], guilty: "2e 3e 4e",
        },
];

#[test]
fn those_who_said_two_things_or_nothing_are_guilty() {
    for script in ONE_STEP.iter().chain(MORE) {
        run(script);
    }
}

/// The paper's open spot: the block that became final lies above the estimate of those who left it, and above
/// their GHOST, not beside it.
#[test]
fn a_block_above_the_estimate_is_let_go_by_precommits() {
    #[rustfmt::skip]
    let scripts = [
        Script {
            why: "B on A: 3 had the GHOST A, and precommits for A alone rule B out",
            chain: "0 A B, A X", weights: FOUR,
            first: (1, "B", "0B 1B 2B"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 v 1A 2A 3A", "1 c 1A 2A 3A"]], guilty: "1e 2e",
        },
        Script {
            why: "the prevotes were for A only, which rules B out as well",
            chain: "0 A B, A X", weights: FOUR,
            first: (1, "B", "0B 1B 2B"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 v 1A 2A 3A"], &["1 v 0B 1B 2B"]], guilty: "1e 2e",
        },
        Script {
            why: "B three above the GHOST, precommits at three heights below it",
            chain: "0 A B C D, A X", weights: FOUR,
            first: (1, "D", "0D 1D 2D"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 c 1A 2B 30"]], guilty: "1e 2e",
        },
        Script {
            why: "the GHOST B above the estimate A: precommits for X and Y beside it, one equivocates",
            chain: "0 A B C, A X, A Y", weights: FOUR,
            first: (1, "C", "0C 1C 2C"), second: (2, "X", "1X 2X 3X"),
            logs: &[&["1 v 1B 2B 3B", "1 c 1X 1Y 2B 3B"]], guilty: "1e 2e",
        },
        Script {
            why: "a vote below B is a vote against it: nobody answers for round 2",
            chain: "0 A B, A X", weights: FOUR,
            first: (1, "B", "0B 1B 2B"), second: (3, "X", "1X 2X 3X"),
            logs: &[&["2 c 1A 2A 3A"]], guilty: "1s2 2s2 3s2",
        },
        Script {
            why: "and is explained as any other",
            chain: "0 A B, A X", weights: FOUR,
            first: (1, "B", "0B 1B 2B"), second: (3, "X", "1X 2X 3X"),
            logs: &[&["2 c 1A 2A 3A", "1 c 1A 2A 3A"]], guilty: "1e 2e",
        },
    ];
    for script in scripts {
        run(&script);
    }
}

/// Weights of which the supermajority is more than two thirds and one: n = 9, f = 2, q = 7.
#[test]
fn where_supermajorities_share_more_than_f_plus_1_a_later_round_still_promises_f_plus_1() {
    let story = Story::new("0 A, 0 X", &[1; 9]);
    let first = story.justification(1, "A", "0A 1A 2A 3A 4A 5A 6A");
    let second = story.justification(2, "X", "2X 3X 4X 5X 6X 7X 8X");
    // 5 of 9 against A is all that 8 has to see: 7 + 5 - 9 = 3 of them had voted for it.
    let log = story.log(&["1 c 4X 5X 6X 7X 8X"]);
    let verdict = story.accuse(&first, &second, &[log]).unwrap();
    assert_eq!((verdict.promised.0, story.guilty(&verdict).as_str()), (3, "4e 5e 6e"));
}

/// Where answers come one by one, as in public, and not from logs that are pooled.
#[test]
fn prevotes_that_let_a_block_go_are_set_against_those_it_was_precommitted_for() {
    let story = Story::new("0 A, 0 X", FOUR);
    let (first, second) =
        (story.justification(1, "A", "0A 1A 2A"), story.justification(3, "X", "1X 2X 3X"));
    let headers = story.headers();
    let (set, start) = (&story.set, Height(10));
    let case = Case { set, first: &first, second: &second, start, headers: &headers };
    let court = Story::court();
    let (mut accusation, _) = Accusation::begin(&court, &case, Slot(1)).unwrap();
    let mut answer = |round, stage, votes: &str| {
        let mut votes = story.votes(round, stage, votes);
        votes.sort_by_key(|vote| (vote.voter, vote.vote.target));
        let output = accusation.step(&court, Input::Answer { votes, headers: Headers::default() });
        let challenge = accusation.challenge();
        (output, challenge.round.0, challenge.question)
    };
    let (output, round, question) = answer(2, Stage::Prevote, "1X 2X 3X");
    assert_eq!((round, question), (2, Question::Estimate));
    assert!(matches!(output, Output::Ask { asked, .. } if asked.len() == 3), "those against A");
    let (output, round, question) = answer(1, Stage::Prevote, "1X 2X 3X");
    assert_eq!((round, question), (1, Question::Prevotes));
    assert!(matches!(output, Output::Ask { asked, .. } if asked.len() == 3), "those for A");
    let (output, ..) = answer(1, Stage::Precommit, "0A 1A 2A");
    assert_eq!(
        output,
        Output::Refused(AnswerError::OtherRound),
        "precommits are no reason for one"
    );
    let (output, ..) = answer(1, Stage::Prevote, "0A 1A");
    assert_eq!(output, Output::Refused(AnswerError::ShowsNothing), "two of four");
    let (output, ..) = answer(1, Stage::Prevote, "0A 1A 2A");
    let Output::Ended(verdict) = output else { panic!("{output:?}") };
    assert_eq!(story.guilty(&verdict), "1e 2e");
}

/// Logs come from strangers: votes that nobody signed are left out, and frame nobody.
#[test]
fn a_log_of_forged_votes_spoils_no_answer_and_frames_nobody() {
    let story = Story::new("0 A, 0 X", FOUR);
    let first = story.justification(1, "A", "0A 1A 2A");
    let second = story.justification(2, "X", "1X 2X 3X");
    let mut forged = story.log(&[]);
    for mut vote in story.votes(1, Stage::Precommit, "0X 30 1X 2X") {
        vote.signature = Signature([7; 64]);
        forged.record(Slot(1), &vote);
    }
    let honest = story.log(&["1 c 1X 2X 3X"]);
    for logs in [vec![forged.clone(), honest.clone()], vec![honest, forged.clone()]] {
        let verdict = story.accuse(&first, &second, &logs).unwrap();
        assert_eq!(story.guilty(&verdict), "1e 2e");
    }
    let verdict = story.accuse(&first, &second, &[forged]).unwrap();
    assert_eq!(story.guilty(&verdict), "1s2 2s2 3s2", "it answers nothing");
}
