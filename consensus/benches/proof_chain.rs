//! What it costs to follow the proof chain: 1,000 changes of a set of 100 validators, on one core.
//!
//! `cargo bench -p serin-consensus --bench proof_chain`. The chain is made before the clock starts; every
//! signature is real, and each is checked by the one rule of the chain. Sets differ in one member, and justifications hold the
//! votes of a bare supermajority (67) or of all.
#![allow(clippy::print_stdout, reason = "a benchmark prints its rows")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "not part of a node")]
#![allow(clippy::indexing_slicing, reason = "not part of a node")]

use serin_consensus::crypto::{Remembering, Strict, Verifier};
use serin_consensus::finality::proof_chain::{Link, Trust};
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage, Vote};
use serin_consensus::rules::FinalityRules;
use serin_state::codec::{decode, encode};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, Round, SecretKey, SetId, Signature,
    UnsealedHeader, VoteWeight, Voter,
};
use std::time::{Duration, Instant};

const CHANGES: usize = 1_000;
const VALIDATORS: usize = 100;
const GENESIS: Hash = Hash([7; 32]);

fn voters(keys: &[SecretKey]) -> Vec<Voter> {
    keys.iter().map(|key| Voter { key: key.public(), weight: VoteWeight(1) }).collect()
}

fn header(number: usize, next: &[Voter]) -> Header {
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(1),
        parent: Hash::of(&number.to_string().into_bytes()),
        height: Height(u32::try_from(number + 1).unwrap() * 600),
        claim: None,
        body_root: Hash::ZERO,
        state_root: Hash::ZERO,
        outcome_root: Hash::ZERO,
        announcements: Announcements { next_set: Some(next.to_vec()), ..Announcements::default() },
    };
    Header { unsealed, seal: Signature([3; 64]) }
}

fn link(number: usize, keys: &[SecretKey], next: &[Voter]) -> Vec<u8> {
    let header = header(number, next);
    let target = BlockRef { hash: header.hash(), height: header.height() };
    let set = SetId::first(&GENESIS).saturating_add(u64::try_from(number).unwrap());
    let vote = Vote { set, round: Round(1), stage: Stage::Precommit, target };
    let sign = |key: &SecretKey| {
        let signature = key.sign_vote(&vote.payload());
        SignedVote { vote, voter: key.public(), signature }
    };
    let votes = keys.iter().map(sign).collect();
    encode(&Link { header, justification: Justification::new(set, Round(1), target, votes) })
}

fn main() {
    let key = |number: usize| SecretKey::from_seed(&Hash::of(&number.to_string().into_bytes()).0);
    let keys: Vec<SecretKey> = (0..=CHANGES + VALIDATORS).map(key).collect();
    for signers in [67, VALIDATORS] {
        let one = |number: usize| {
            let next = voters(&keys[number + 1..=number + VALIDATORS]);
            link(number, &keys[number..number + signers], &next)
        };
        let links: Vec<Vec<u8>> = (0..CHANGES).map(one).collect();
        let bytes: usize = links.iter().map(Vec::len).sum();
        let first = voters(&keys[..VALIDATORS]);
        let rows = [
            ("keys decoded once", follow(&links, &first, &Remembering::default())),
            ("one at a time", follow(&links, &first, &Strict)),
        ];
        for (how, (wall, core)) in rows {
            println!(
                "{CHANGES} changes, {signers} of {VALIDATORS} signed, {bytes} bytes, {how}: {wall:.2?}, on the core {core:.2?}"
            );
        }
    }
}

/// How long it took, and how much of that on a core: on a busy machine they differ.
fn follow(links: &[Vec<u8>], first: &[Voter], verifier: &impl Verifier) -> (Duration, Duration) {
    let mut trust = Trust::genesis(GENESIS, first).unwrap();
    let (start, busy) = (Instant::now(), on_core());
    for bytes in links {
        let link: Link = decode(bytes).unwrap();
        trust.follow(&link, &FinalityRules::default(), verifier).unwrap();
    }
    assert_eq!(trust.set().shown(), u64::try_from(links.len()).unwrap());
    (start.elapsed(), on_core().saturating_sub(busy))
}

/// What the system has counted for this thread; zero where it does not say.
fn on_core() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counted.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}
