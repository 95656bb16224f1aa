//! Encodings of votes and proofs: pinned for ever, exactly one for each value, refused unless perfect.

use super::drawing::{Drawing, ROUND, SET, secrets, signed, vote};
use crate::finality::proof_chain::{Fragment, Link};
use crate::finality::{CatchUp, Justification, SeenVotes, SignedVote, Stage, VoteEquivocation};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt::Debug;
use serin_state::codec::{decode_bounded, encode};
use std::{env, fs};

/// A name, the encoding of its sample, and how bytes are read and written again.
struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    again: fn(&[u8]) -> Option<Vec<u8>>,
}

fn row<T>(name: &'static str, value: &T) -> Row
where
    T: BorshSerialize + BorshDeserialize + PartialEq + Debug,
{
    let bytes = encode(value);
    assert_eq!(decode_bounded::<T>(&bytes, bytes.len()).as_ref(), Ok(value), "{name}");
    let again = |bytes: &[u8]| decode_bounded::<T>(bytes, 1 << 16).ok().map(|value| encode(&value));
    Row { name, bytes, again }
}

/// Keys, signatures and blocks follow from numbers and names, so every sample is the same for ever.
fn all() -> Vec<Row> {
    let chain = Drawing::new("0 A B, 0 X");
    let secrets = secrets(3);
    let by = |voter: usize, stage, name| signed(&secrets[voter], vote(stage, chain.block(name)));
    let precommits: Vec<SignedVote> =
        [(0, "A"), (1, "B"), (2, "X"), (2, "0")].map(|(v, at)| by(v, Stage::Precommit, at)).into();
    let proof = Justification::new(SET, ROUND, chain.block("A"), precommits.clone());
    let proof = proof.with_ancestry(|hash| chain.header(hash));
    assert_eq!((proof.precommits().len(), proof.ancestry().len()), (4, 1), "with every part");
    let header = chain.header(&chain.block("A").hash).unwrap();
    let link = Link { header, justification: proof.clone() };
    let votes = [&[by(0, Stage::Prevote, "A")], &precommits[..]].concat();
    let mut seen = SeenVotes::default();
    for (stage, index) in [(Stage::Prevote, 0), (Stage::Prevote, 9), (Stage::Precommit, 7)] {
        seen.insert(stage, index);
    }
    let (first, second) = (by(2, Stage::Prevote, "A"), by(2, Stage::Prevote, "X"));
    vec![
        row("BlockRef", &chain.block("B")),
        row("SignedVote.prevote", &first),
        row("SignedVote.precommit", &by(0, Stage::Precommit, "A")),
        row("SignedVote.hint", &by(0, Stage::Primary, "A")),
        row("VoteEquivocation", &VoteEquivocation { first, second }),
        row("SeenVotes", &seen),
        row("Justification", &proof),
        row("Fragment", &Fragment { links: vec![link] }),
        row("CatchUp", &CatchUp::new(SET, ROUND, chain.block("0"), votes)),
    ]
}

#[test]
fn every_encoding_is_the_pinned_one() {
    let mut lines = vec!["# votes and proofs, then the encoding of their samples".to_owned()];
    lines.extend(all().iter().map(|row| format!("{} {}", row.name, hex::encode(&row.bytes))));
    let payload = vote(Stage::Precommit, Drawing::new("0 A").block("A")).payload();
    lines.push(format!("Vote.payload {}", hex::encode(payload)));
    let text = lines.join("\n") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/finality.txt");
    if env::var_os("SERIN_BLESS").is_some() {
        fs::write(path, &text).unwrap();
    }
    let pinned = fs::read_to_string(path).unwrap();
    for (found, expected) in text.lines().zip(pinned.lines()) {
        assert_eq!(found, expected, "the wire changed; if it must, bless it and say why");
    }
    assert_eq!(text.lines().count(), pinned.lines().count(), "a type was added or removed");
}

#[test]
fn bytes_too_many_or_too_few_are_refused() {
    for Row { name, bytes, again } in all() {
        for length in 0..bytes.len() {
            assert_eq!(again(&bytes[..length]), None, "{name} cut to {length} bytes");
        }
        for extra in [0, 1, 0xff] {
            assert_eq!(again(&[&bytes[..], &[extra]].concat()), None, "{name} with a byte more");
        }
    }
}

#[test]
fn no_value_has_a_second_encoding() {
    for Row { name, bytes, again } in all() {
        for place in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[place / 8] ^= 1 << (place % 8);
            if let Some(written) = again(&bent) {
                assert_eq!(written, bent, "{name}, bit {place}");
            }
        }
    }
}
