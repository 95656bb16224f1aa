//! What proves a block final, and what of it may be changed: nothing. And proofs of two votes.

use super::drawing::{Drawing, ROUND, SET, reference, secrets, set_of, signed, vote};
use crate::crypto::Strict;
use crate::finality::{
    ANCESTRY_MAX, BlockRef, Justification, JustificationError, Round, SignedVote, Stage,
    VoteEquivocation, VoteEquivocationError, VoterSet,
};
use crate::rules::{EquivocationWeight, FinalityRules};
use serin_state::codec::{Wire, decode, encode};
use serin_state::types::{Header, PublicKey, Round as RoundNumber, SecretKey, SetId, Signature};
use std::sync::Arc;

struct Story {
    chain: Drawing,
    secrets: Vec<SecretKey>,
    set: VoterSet,
}

impl Story {
    fn new(chains: &str, weights: &[u64]) -> Self {
        let secrets = secrets(weights.len());
        let keys: Vec<PublicKey> = secrets.iter().map(SecretKey::public).collect();
        Self { chain: Drawing::new(chains), set: set_of(&keys, weights), secrets }
    }

    fn vote(&self, voter: usize, block: &str) -> SignedVote {
        signed(&self.secrets[voter], vote(Stage::Precommit, self.chain.block(block)))
    }

    /// `"0 A, 1 B"`: votes by voter.
    fn votes(&self, text: &str) -> Vec<SignedVote> {
        let one = |text: &str| {
            let (voter, block) = text.trim().split_once(' ').unwrap();
            self.vote(voter.parse().unwrap(), block)
        };
        text.split(',').map(one).collect()
    }

    fn proof(&self, target: &str, votes: &str) -> Justification {
        Justification::new(SET, ROUND, self.chain.block(target), self.votes(votes))
    }

    fn with_headers(&self, target: &str, votes: &str) -> Justification {
        self.proof(target, votes).with_ancestry(|hash| self.chain.header(hash))
    }

    fn verify(&self, proof: &Justification) -> Result<(), JustificationError> {
        proof.verify(&self.set, &FinalityRules::default(), &Strict)
    }
}

/// The fields of a justification, as bytes are made of them.
#[derive(Clone, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Parts {
    set: SetId,
    round: RoundNumber,
    target: BlockRef,
    precommits: Vec<(PublicKey, BlockRef, Signature)>,
    ancestry: Vec<Header>,
}

fn change(proof: &Justification, change: impl Fn(&mut Parts)) -> Justification {
    let mut parts: Parts = borsh::from_slice(&encode(proof)).unwrap();
    change(&mut parts);
    decode(&encode(&parts)).unwrap()
}

#[test]
fn a_supermajority_at_or_above_the_target_proves_it() {
    use JustificationError::{BadSignature, NotAVoter, OffTarget, OtherSet, TooLight};
    let story = Story::new("0 A B C, A D, 0 X Y", &[1, 1, 1, 1]);
    #[rustfmt::skip]
    let rows = [
        ("A", "0 A, 1 A, 2 A", Ok(()), "three of four"),
        ("A", "0 A, 1 A, 2 A, 3 A", Ok(()), "all"),
        ("A", "0 A, 1 B, 2 D", Ok(()), "above it, on two chains"),
        ("A", "0 B, 1 B, 2 B", Ok(()), "a supermajority above the target proves the target"),
        ("A", "0 A, 1 A", Err(TooLight), "two of four"),
        ("A", "0 A, 1 A, 2 0", Err(TooLight), "a vote below the target is left out"),
        ("A", "0 A, 1 A, 2 X", Err(TooLight), "a vote beside the target is left out"),
        ("A", "0 A, 1 B, 2 X, 2 Y", Ok(()), "two votes of one voter count, wherever they lead (S13, S15)"),
        ("A", "0 A, 1 B, 2 0, 2 X", Ok(()), "below the target too (S13)"),
        ("A", "0 A, 1 A, 1 B", Err(TooLight), "a voter counts once"),
        ("0", "0 X, 1 A, 2 Y", Ok(()), "the first block"),
    ];
    for (target, votes, expected, why) in rows {
        assert_eq!(story.verify(&story.with_headers(target, votes)), expected, "{why}");
    }
    let proof = story.with_headers("A", "0 A, 1 B, 2 D");
    let other_set = VoterSet::new(SET.next().unwrap(), story.set.voters()).unwrap();
    let rules = FinalityRules::default();
    assert_eq!(proof.verify(&other_set, &rules, &Strict), Err(OtherSet), "of another set");
    let strangers = Story::new("0", &[1, 1, 1]);
    assert_eq!(proof.verify(&strangers.set, &rules, &Strict), Err(NotAVoter), "not members (S14)");
    let forged = change(&proof, |parts| parts.precommits[1].2 = parts.precommits[0].2);
    assert_eq!(story.verify(&forged), Err(BadSignature), "the signature of another (S26)");
    let moved = change(&proof, |parts| parts.target = story.chain.block("X"));
    assert_eq!(story.verify(&moved), Err(OffTarget), "another block");
    assert_eq!((proof.set(), proof.round()), (SET, ROUND));
    assert_eq!(proof.target(), story.chain.block("A"));
    let votes: Vec<SignedVote> = proof.votes().collect();
    assert_eq!(votes, story.votes("0 A, 1 B, 2 D"));
}

#[test]
fn a_lean_proof_has_as_few_votes_as_prove_the_target() {
    let rules = FinalityRules::default();
    #[rustfmt::skip]
    let rows = [
        (&[1, 1, 1, 1][..], "0 A, 1 A, 2 A, 3 A", 3, "three of four are enough"),
        (&[1, 1, 1, 1][..], "0 A, 1 A, 2 B, 3 A", 3, "a vote above the target goes, with its header"),
        (&[1, 1, 1, 1][..], "0 A, 1 A, 2 X, 2 Y, 3 A", 3, "an equivocator goes"),
        (&[1, 1, 1, 1][..], "0 A, 1 B, 2 D, 3 A", 4, "two at the target alone are too few: it stays as it is"),
        (&[5, 1, 1, 1][..], "0 A, 1 A, 2 A, 3 A", 2, "the heaviest count first"),
    ];
    for (weights, votes, kept, why) in rows {
        let story = Story::new("0 A B C, A D, 0 X Y", weights);
        let proof = story.with_headers("A", votes);
        let lean = proof.lean(&story.set, &rules);
        assert_eq!(story.verify(&lean), Ok(()), "{why}");
        assert_eq!(lean.precommits().len(), kept, "{why}");
        assert_eq!((lean.target(), lean.round()), (proof.target(), proof.round()));
        assert_eq!(lean.lean(&story.set, &rules), lean, "{why}: nothing is left to leave out");
    }
}

#[test]
fn weights_count_and_not_heads() {
    let story = Story::new("0 A", &[5, 1, 1, 1]);
    // n = 8, f = 2, the threshold is 6.
    let rows = [
        ("0 A, 1 A", Ok(()), "two heads of weight 6"),
        ("1 A, 2 A, 3 A", Err(JustificationError::TooLight), "three of four heads, weight 3"),
        ("0 A", Err(JustificationError::TooLight), "weight 5"),
    ];
    for (votes, expected, why) in rows {
        assert_eq!(story.verify(&story.with_headers("A", votes)), expected, "{why}");
    }
}

#[test]
fn headers_are_exactly_the_ways_from_the_target() {
    use JustificationError::{NotCanonical, OffTarget, TooLarge, UnusedHeader};
    let story = Story::new("0 A B C E, A D, 0 X", &[1, 1, 1, 1]);
    let proof = story.with_headers("A", "0 C, 1 C, 2 D");
    let names: Vec<_> =
        proof.ancestry().iter().map(|header| story.chain.name(Some(reference(header)))).collect();
    assert!(names == ["B", "D", "C"] || names == ["D", "B", "C"], "by height: {names:?}");
    assert_eq!(story.verify(&proof), Ok(()));
    let header = |name: &str| story.chain.header(&story.chain.block(name).hash).unwrap();
    let with = |name: &str| {
        change(&proof, |parts| {
            parts.ancestry.push(header(name));
            parts.ancestry.sort_by_key(|header| (header.height(), header.hash()));
        })
    };
    #[rustfmt::skip]
    let rows = [
        (story.proof("A", "0 C, 1 C, 2 D"), OffTarget, "no headers"),
        (change(&proof, |p| { p.ancestry.remove(0); }), OffTarget, "one is missing"),
        (change(&proof, |p| { p.ancestry.remove(2); }), OffTarget, "the one of a voted block is missing"),
        (with("E"), UnusedHeader, "one above all votes (S23)"),
        (with("A"), UnusedHeader, "the target's own (S23)"),
        (with("0"), UnusedHeader, "one below the target (S23)"),
        (with("X"), UnusedHeader, "one beside (S23)"),
        (change(&proof, |p| p.ancestry.push(p.ancestry[2].clone())), NotCanonical, "one twice"),
        (change(&proof, |p| p.ancestry.swap(1, 2)), NotCanonical, "not by height"),
        (change(&proof, |p| p.ancestry.swap(0, 1)), NotCanonical, "not by hash"),
        (change(&proof, |p| p.target.height = header("B").height()), OffTarget, "a target at a wrong height"),
        (change(&proof, |p| p.precommits[0].1.height = header("B").height()), OffTarget, "a vote at a wrong height"),
        (change(&proof, |p| p.precommits[0].1 = story.chain.block("0")), OffTarget, "a vote below"),
        (change(&proof, |p| p.ancestry = vec![header("B"); ANCESTRY_MAX + 1]), TooLarge, "too many"),
    ];
    for (bent, expected, why) in rows {
        assert_eq!(story.verify(&bent), Err(expected), "{why}");
    }
}

#[test]
fn votes_stand_in_one_order_and_at_most_twice() {
    use JustificationError::{NotCanonical, TooLarge, TooManyOfOne};
    let story = Story::new("0 A, 0 X, 0 Y", &[1, 1, 1, 1]);
    let proof = story.with_headers("A", "0 A, 1 A, 2 A, 3 X, 3 Y");
    assert_eq!(story.verify(&proof), Ok(()));
    #[rustfmt::skip]
    let rows = [
        (change(&proof, |p| p.precommits.swap(0, 1)), NotCanonical, "voters swapped"),
        (change(&proof, |p| p.precommits.swap(3, 4)), NotCanonical, "the two votes of one swapped"),
        (change(&proof, |p| p.precommits[1] = p.precommits[0]), NotCanonical, "one vote twice"),
        (story.with_headers("A", "0 A, 1 A, 2 A, 3 X, 3 Y, 3 A"), TooManyOfOne, "three votes of one"),
        (story.with_headers("A", "0 A, 0 X, 0 Y, 1 A, 1 X, 1 Y, 2 A, 2 X, 2 Y"), TooLarge, "nine of at most eight"),
    ];
    for (bent, expected, why) in rows {
        assert_eq!(story.verify(&bent), Err(expected), "{why}");
    }
    // S25 in a proof: two signatures on one vote are no equivocation, so its voter does not count twice
    // nor for a block it did not vote for.
    let twice = change(&proof, |parts| {
        parts.precommits[4] = (parts.precommits[3].0, parts.precommits[3].1, Signature([9; 64]));
    });
    assert_eq!(story.verify(&twice), Err(NotCanonical));
    // Where only first votes count, one voter has one vote.
    let first = FinalityRules { equivocation: EquivocationWeight::FirstVote, ..Default::default() };
    assert_eq!(proof.verify(&story.set, &first, &Strict), Err(TooManyOfOne));
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let story = Story::new("0 A B, A D, 0 X", &[1, 1, 1, 1]);
    let proof = story.with_headers("A", "0 A, 1 B, 2 0, 2 X");
    assert_eq!(story.verify(&proof), Ok(()));
    let bytes = encode(&proof);
    for place in 0..bytes.len() * 8 {
        let mut bent = bytes.clone();
        bent[place / 8] ^= 1 << (place % 8);
        if let Ok(bent) = decode::<Justification>(&bent) {
            assert!(story.verify(&bent).is_err(), "bit {place} of {}", bytes.len() * 8);
        }
    }
    let long = [&bytes[..], &[0]].concat();
    assert!(decode::<Justification>(&long).is_err(), "a byte behind");
    assert!(decode::<Justification>(&bytes[..bytes.len() - 1]).is_err(), "a byte short");
    assert!(decode::<Justification>(&vec![0; Justification::BYTES_MAX + 1]).is_err(), "too long");
}

#[test]
fn what_a_round_made_final_it_can_show() {
    // S15: two of the six that support A are the votes of one liar, off the chain of A.
    let story = Story::new("0 A B C, 0 X, 0 Y", &[1, 1, 1, 1]);
    let set = Arc::new(story.set.clone());
    let mut round = Round::new(&set, ROUND, story.chain.block("0"), &FinalityRules::default());
    assert_eq!(round.justification(&story.chain), None);
    for voter in 0..3 {
        let prevote = signed(&story.secrets[voter], vote(Stage::Prevote, story.chain.block("B")));
        round.import(&story.chain, prevote);
    }
    for signed in story.votes("0 B, 1 C, 2 X, 3 0, 2 Y") {
        round.import(&story.chain, signed);
    }
    assert_eq!(story.chain.name(round.finalized()), "B");
    let proof = round.justification(&story.chain).unwrap();
    assert_eq!(proof, story.proof("B", "0 B, 1 C, 2 X, 2 Y"), "without the vote below");
    let proof = proof.with_ancestry(|hash| story.chain.header(hash));
    assert_eq!(story.verify(&proof), Ok(()));

    let rules = FinalityRules { equivocation: EquivocationWeight::FirstVote, ..Default::default() };
    let mut round = Round::new(&set, ROUND, story.chain.block("0"), &rules);
    for voter in 0..3 {
        let prevote = signed(&story.secrets[voter], vote(Stage::Prevote, story.chain.block("B")));
        round.import(&story.chain, prevote);
    }
    for signed in story.votes("0 B, 1 C, 2 X, 3 B, 2 B") {
        round.import(&story.chain, signed);
    }
    let proof = round.justification(&story.chain).unwrap();
    let proof = proof.with_ancestry(|hash| story.chain.header(hash));
    assert_eq!(proof.verify(&set, &rules, &Strict), Ok(()), "first votes alone");
}

#[test]
fn a_vote_whose_way_is_too_long_or_not_found_is_left_out() {
    let mut story = Story::new("0 A B C", &[1, 1, 1, 1]);
    let proof = story.proof("A", "0 A, 1 A, 2 A, 3 C");
    let whole = proof.clone().with_ancestry(|hash| story.chain.header(hash));
    assert_eq!((whole.precommits().len(), whole.ancestry().len()), (4, 2));
    story.chain.forget("B");
    let part = proof.with_ancestry(|hash| story.chain.header(hash));
    assert_eq!((part.precommits().len(), part.ancestry().len()), (3, 0));
    assert_eq!(story.verify(&part), Ok(()));

    let names: Vec<String> = (1..=ANCESTRY_MAX + 1).map(|name| name.to_string()).collect();
    let long = Story::new(&format!("0 {}", names.join(" ")), &[1]);
    let at_most = long.with_headers("0", &format!("0 {ANCESTRY_MAX}"));
    assert_eq!(long.verify(&at_most), Ok(()));
    let too_long = long.with_headers("0", &format!("0 {}", ANCESTRY_MAX + 1));
    assert_eq!(too_long.precommits(), [], "one header more than a proof may have");
}

#[test]
fn two_votes_prove_an_offence_only_where_an_honest_voter_never_makes_both() {
    use VoteEquivocationError::{BadSignature, Hint, NotTogether, SameTarget};
    let story = Story::new("0 A, 0 B", &[1, 1]);
    let (a, b) = (story.chain.block("A"), story.chain.block("B"));
    let by = |voter: usize, stage, target| signed(&story.secrets[voter], vote(stage, target));
    let of = |change: &dyn Fn(&mut crate::finality::Vote)| {
        let mut other = vote(Stage::Prevote, b);
        change(&mut other);
        signed(&story.secrets[0], other)
    };
    let first = by(0, Stage::Prevote, a);
    let bad = SignedVote { signature: first.signature, ..by(0, Stage::Prevote, b) };
    #[rustfmt::skip]
    let rows = [
        (first, by(0, Stage::Prevote, b), Ok(()), "two blocks"),
        (by(0, Stage::Precommit, a), by(0, Stage::Precommit, b), Ok(()), "in the other stage"),
        (first, by(0, Stage::Precommit, b), Err(NotTogether), "two stages"),
        (first, by(1, Stage::Prevote, b), Err(NotTogether), "two voters"),
        (first, of(&|vote| vote.round = RoundNumber(4)), Err(NotTogether), "two rounds"),
        (first, of(&|vote| vote.set = SetId(8)), Err(NotTogether), "two sets"),
        (first, first, Err(SameTarget), "one vote"),
        (first, SignedVote { signature: Signature([1; 64]), ..first }, Err(SameTarget), "two signatures on one vote (S25)"),
        (by(0, Stage::Primary, a), by(0, Stage::Primary, b), Err(Hint), "hints"),
        (first, bad, Err(BadSignature), "the second signature"),
        (bad, first, Err(BadSignature), "the first signature"),
    ];
    for (first, second, expected, why) in rows {
        assert_eq!(VoteEquivocation { first, second }.check(&Strict), expected, "{why}");
    }
}
