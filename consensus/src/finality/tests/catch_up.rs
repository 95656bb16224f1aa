//! What a voter that is behind believes of a completed round, before it has its blocks.

use super::drawing::{Drawing, ROUND, secrets, set_of, signed, vote};
use crate::crypto::Strict;
use crate::finality::{CatchUp, CatchUpError, Round, SignedVote, Stage, VoterSet};
use crate::rules::FinalityRules;
use serin_state::codec::{Wire, decode, encode};
use serin_state::types::{PublicKey, Round as RoundNumber, SecretKey, SetId};
use std::sync::Arc;

fn completed() -> (Drawing, VoterSet, Vec<SecretKey>, CatchUp) {
    let chain = Drawing::new("0 A B, 0 X");
    let secrets = secrets(5);
    let keys: Vec<PublicKey> = secrets[..4].iter().map(SecretKey::public).collect();
    let set = set_of(&keys, &[1; 4]);
    let mut round =
        Round::new(&Arc::new(set.clone()), ROUND, chain.block("0"), &FinalityRules::default());
    // The order of arrival is another than that of the proof.
    for (voter, stage, block) in [
        (2, Stage::Prevote, "B"),
        (3, Stage::Precommit, "X"),
        (1, Stage::Prevote, "A"),
        (0, Stage::Prevote, "A"),
        (3, Stage::Precommit, "A"),
        (1, Stage::Precommit, "A"),
        (0, Stage::Precommit, "A"),
    ] {
        round.import(&chain, signed(&secrets[voter], vote(stage, chain.block(block))));
    }
    assert!(round.completable());
    let catch_up = round.catch_up();
    (chain, set, secrets, catch_up)
}

#[test]
fn the_votes_of_a_completed_round_bring_another_node_to_the_same_answers() {
    let (chain, set, _, catch_up) = completed();
    let rules = FinalityRules::default();
    assert_eq!(catch_up.verify(&set, &rules, &Strict), Ok(()));
    let received: CatchUp = decode(&encode(&catch_up)).unwrap();
    assert_eq!(received, catch_up);
    let mut round = Round::new(&Arc::new(set), received.round, received.base, &rules);
    for signed in &received.votes {
        round.import(&chain, *signed);
    }
    assert!(round.completable());
    assert_eq!(chain.name(round.finalized()), "A");
    assert_eq!(round.catch_up(), catch_up);
    assert!(decode::<CatchUp>(&vec![0; CatchUp::BYTES_MAX + 1]).is_err(), "too long");
}

#[test]
fn what_is_no_completed_round_is_refused() {
    use CatchUpError::{BadSignature, NotAVoter, NotCanonical, OtherRound, TooLight, TooMany};
    let (chain, set, secrets, good) = completed();
    let by = |voter: usize, stage, block| signed(&secrets[voter], vote(stage, chain.block(block)));
    let with = |votes: &[SignedVote]| {
        CatchUp::new(good.set, good.round, good.base, [&good.votes[..], votes].concat())
    };
    let bent = |change: &dyn Fn(&mut CatchUp)| {
        let mut catch_up = good.clone();
        change(&mut catch_up);
        catch_up
    };
    #[rustfmt::skip]
    let rows = [
        (with(&[]), Ok(()), "as it is"),
        (with(&[by(3, Stage::Prevote, "X")]), Ok(()), "one vote more"),
        (bent(&|c| c.set = SetId(1)), Err(OtherRound), "of another set"),
        (bent(&|c| c.round = RoundNumber(9)), Err(OtherRound), "votes of another round"),
        (bent(&|c| c.votes[0].vote.set = SetId(1)), Err(OtherRound), "a vote of another set"),
        (with(&[by(3, Stage::Primary, "A")]), Err(OtherRound), "a hint"),
        (with(&[by(4, Stage::Prevote, "A")]), Err(NotAVoter), "a stranger"),
        (with(&[by(3, Stage::Precommit, "0")]), Err(TooMany), "three votes of one"),
        (bent(&|c| c.votes = vec![c.votes[0]; 17]), Err(TooMany), "more than the set can have"),
        (bent(&|c| c.votes.swap(0, 1)), Err(NotCanonical), "out of order"),
        (with(&[good.votes[2]]), Err(NotCanonical), "one vote twice"),
        (bent(&|c| { c.votes.remove(0); }), Err(TooLight), "two of four prevoted"),
        (bent(&|c| { c.votes.remove(3); }), Err(TooLight), "two of four precommitted"),
        (bent(&|c| c.votes[1].signature = c.votes[0].signature), Err(BadSignature), "a signature"),
        (bent(&|c| c.votes = Vec::new()), Err(TooLight), "no votes"),
    ];
    for (catch_up, expected, why) in rows {
        assert_eq!(catch_up.verify(&set, &FinalityRules::default(), &Strict), expected, "{why}");
    }
    let next = VoterSet::new(set.id().next().unwrap(), set.voters()).unwrap();
    let verdict = good.verify(&next, &FinalityRules::default(), &Strict);
    assert_eq!(verdict, Err(OtherRound), "of the set before");
}
