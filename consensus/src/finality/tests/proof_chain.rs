//! The proof chain: sets hand over to sets, and nothing but the one chain of links is followed.

use super::drawing::{reference, secrets};
use crate::crypto::{Check, LotteryOutput, Strict, Verifier};
use crate::finality::proof_chain::{
    FRAGMENT_LINKS_MAX, Fragment, FragmentError, Link, ProofError, Trust,
};
use crate::finality::{
    BlockRef, Justification, JustificationError, SignedVote, Stage, TOTAL_WEIGHT_MAX, Vote,
    VoterSetError,
};
use crate::rules::FinalityRules;
use serin_state::codec::{DecodeError, Wire, decode, encode};
use serin_state::types::{
    Announcements, Authority, Hash, Header, Height, LotteryProof, LotteryPublicKey, NextEpoch,
    ProtocolVersion, PublicKey, Round, SecretKey, SetId, Signature, UnsealedHeader, VoteWeight,
    Voter,
};
use std::cell::Cell;

const GENESIS: Hash = Hash([7; 32]);

fn voters(secrets: &[SecretKey]) -> Vec<Voter> {
    secrets.iter().map(|key| Voter { key: key.public(), weight: VoteWeight(1) }).collect()
}

fn header(height: u32, next_set: Option<Vec<Voter>>) -> Header {
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(1),
        parent: Hash::of(&height.to_le_bytes()),
        height: Height(height),
        claim: None,
        body_root: Hash::ZERO,
        state_root: Hash::ZERO,
        outcome_root: Hash::ZERO,
        announcements: Announcements { next_set, ..Announcements::default() },
    };
    Header { unsealed, seal: Signature([3; 64]) }
}

fn justified(set: u64, target: BlockRef, keys: &[SecretKey]) -> Justification {
    let set = SetId::first(&GENESIS).saturating_add(set);
    let vote = Vote { set, round: Round(1), stage: Stage::Precommit, target };
    let sign = |key: &SecretKey| {
        let signature = key.sign_vote(&vote.payload());
        SignedVote { vote, voter: key.public(), signature }
    };
    Justification::new(set, Round(1), target, keys.iter().map(sign).collect())
}

fn link(set: u64, header: Header, keys: &[SecretKey]) -> Link {
    let justification = justified(set, reference(&header), keys);
    Link { header, justification }
}

/// Seven keys; set `n` is four of them from the `n`-th on, in turns.
struct Story {
    keys: Vec<SecretKey>,
}

impl Story {
    fn new() -> Self {
        Self { keys: secrets(7) }
    }

    fn set(&self, number: usize) -> Vec<SecretKey> {
        (0..4).map(|place| self.keys[(number + place) % 7].clone()).collect()
    }

    fn trust(&self) -> Trust {
        Trust::genesis(GENESIS, &voters(&self.set(0))).unwrap()
    }

    /// The link that ends set `number`, at height 10 times the next number.
    fn link(&self, number: usize) -> Link {
        let height = u32::try_from(number + 1).unwrap() * 10;
        let next = voters(&self.set(number + 1));
        link(u64::try_from(number).unwrap(), header(height, Some(next)), &self.set(number))
    }

    fn fragment(&self, numbers: std::ops::Range<usize>) -> Fragment {
        Fragment { links: numbers.map(|number| self.link(number)).collect() }
    }
}

fn follow(trust: &mut Trust, link: &Link) -> Result<(), ProofError> {
    trust.follow(link, &FinalityRules::default(), &Strict)
}

#[test]
fn links_lead_from_genesis_over_every_change_and_from_any_fragment_on() {
    let story = Story::new();
    let rules = FinalityRules::default();
    let mut trust = story.trust();
    trust.follow_fragment(&story.fragment(0..9), &rules, &Strict).unwrap();
    assert_eq!(trust.set(), SetId::first(&GENESIS).saturating_add(9));
    assert_eq!(trust.header, reference(&story.link(8).header));
    let mut in_pieces = story.trust();
    for piece in [0..1, 1..5, 5..9] {
        let bytes = encode(&story.fragment(piece));
        in_pieces.follow_fragment(&decode(&bytes).unwrap(), &rules, &Strict).unwrap();
    }
    assert_eq!(in_pieces, trust);
    let mut resumed = Trust::checkpoint(trust.header, trust.voters.clone());
    assert_eq!(
        follow(&mut resumed, &story.link(9)),
        Ok(()),
        "a checkpoint is a start like genesis"
    );
    // A header that announces nothing is proven too, and leaves the set.
    let last = link(9, header(95, None), &story.set(9));
    assert_eq!(follow(&mut trust, &last), Err(ProofError::NoChange), "it moves no set on");
    trust.advance(&last, &rules, &Strict).unwrap();
    assert_eq!(trust.header, reference(&last.header));
    assert_eq!(trust.set(), SetId::first(&GENESIS).saturating_add(9));
    assert_eq!(follow(&mut trust, &story.link(9)), Ok(()), "and the chain goes on above it");
}

#[test]
fn what_is_no_next_link_is_refused_with_its_reason_and_changes_nothing() {
    let story = Story::new();
    let mut trust = story.trust();
    follow(&mut trust, &story.link(0)).unwrap();
    let good = story.link(1);
    let with_header = |header: Header| link(1, header, &story.set(1));
    let next = || Some(voters(&story.set(2)));
    let twice = || Some([voters(&story.set(2)), voters(&story.set(2))].concat());
    let mut foreign = good.clone();
    foreign.justification = Justification::new(SetId(1), Round(1), reference(&good.header), vec![]);
    let mut elsewhere = good.clone();
    elsewhere.header = header(20, Some(voters(&story.set(3))));
    let mut large = header(20, next());
    let authority = Authority {
        seal: PublicKey([1; 32]),
        lottery: LotteryPublicKey([2; 32]),
        weight: VoteWeight(1),
    };
    let authorities = Some(vec![authority; Header::BYTES_MAX / 72]);
    large.unsealed.announcements.next_epoch =
        Some(NextEpoch { randomness: Hash::ZERO, authorities });
    let heavy = |weight| {
        let mut voters = voters(&story.set(2));
        voters[0].weight = VoteWeight(weight);
        Some(voters)
    };
    let justification = ProofError::Justification;
    #[rustfmt::skip]
    let rows = [
        ("of another chain", foreign, ProofError::Foreign),
        ("repeated", story.link(0), ProofError::Stale { found: 0, trusted: 1 }),
        ("reordered or truncated", story.link(2), ProofError::Gap { found: 2, trusted: 1 }),
        ("below what is proven", with_header(header(9, next())), ProofError::Below { proven: Height(10) }),
        ("another block at the proven height", with_header(header(10, next())), ProofError::Contradiction { height: Height(10) }),
        ("the proven block once more", link(1, story.link(0).header, &story.set(1)), ProofError::Below { proven: Height(10) }),
        ("the proof of another header", elsewhere, ProofError::OtherBlock),
        ("more bytes than a header has", with_header(large), ProofError::TooLarge),
        ("announces nothing", with_header(header(20, None)), ProofError::NoChange),
        ("announces nobody", with_header(header(20, Some(vec![]))), ProofError::Set(VoterSetError::Empty)),
        ("announces one twice", with_header(header(20, twice())), ProofError::Set(VoterSetError::SameKey)),
        ("announces weight 0", with_header(header(20, heavy(0))), ProofError::Set(VoterSetError::NoWeight)),
        ("announces too much", with_header(header(20, heavy(TOTAL_WEIGHT_MAX))), ProofError::Set(VoterSetError::TotalTooLarge)),
        ("by too few", link(1, good.header.clone(), &story.set(1)[..2]), justification(JustificationError::TooLight)),
        ("by the next set itself", link(1, good.header.clone(), &story.set(2)), justification(JustificationError::NotAVoter)),
        ("by the set before", link(1, good.header.clone(), &story.set(0)), justification(JustificationError::NotAVoter)),
    ];
    let before = trust.clone();
    for (why, link, expected) in rows {
        assert_eq!(follow(&mut trust, &link), Err(expected), "{why}");
        assert_eq!(trust, before, "{why}: nothing changes");
    }
    assert_eq!(follow(&mut trust, &good), Ok(()));
}

#[test]
fn a_fragment_is_followed_up_to_its_first_bad_link() {
    let story = Story::new();
    let mut fragment = story.fragment(0..5);
    fragment.links.swap(2, 3);
    let mut trust = story.trust();
    let error = trust.follow_fragment(&fragment, &FinalityRules::default(), &Strict).unwrap_err();
    let expected = ProofError::Gap { found: 3, trusted: 2 };
    assert_eq!(error, FragmentError { index: 2, error: expected });
    assert_eq!(trust.set().shown(), 2, "the links before it hold");
    assert_eq!(
        trust.follow_fragment(&story.fragment(2..5), &FinalityRules::default(), &Strict),
        Ok(())
    );
}

#[test]
fn every_byte_of_a_fragment_counts() {
    let story = Story::new();
    let bytes = encode(&story.fragment(0..2));
    let rules = FinalityRules::default();
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= flip;
            let Ok(fragment) = decode::<Fragment>(&changed) else { continue };
            let followed = story.trust().follow_fragment(&fragment, &rules, &Strict);
            assert!(followed.is_err(), "byte {place} flipped by {flip:#x} is accepted");
        }
    }
    for length in 0..bytes.len() {
        assert_eq!(decode::<Fragment>(&bytes[..length]), Err(DecodeError::Malformed), "{length}");
    }
}

#[test]
fn fragments_are_bounded_before_they_are_read() {
    let count = |count: u32| [&count.to_le_bytes()[..], &[0; 64]].concat();
    let too_many = u32::try_from(FRAGMENT_LINKS_MAX).unwrap() + 1;
    let too_long = vec![0; Fragment::BYTES_MAX + 1];
    #[rustfmt::skip]
    let rows = [
        ("no link", count(0), DecodeError::Malformed),
        ("too many links", count(too_many), DecodeError::Malformed),
        ("a length that is made up", count(u32::MAX), DecodeError::Malformed),
        ("more bytes than a message has", too_long, DecodeError::TooLong { bytes: Fragment::BYTES_MAX + 1, bytes_max: Fragment::BYTES_MAX }),
    ];
    for (why, bytes, expected) in rows {
        assert_eq!(decode::<Fragment>(&bytes), Err(expected), "{why}");
    }
}

/// Counts the signatures that are checked.
#[derive(Default)]
struct Counting(Cell<usize>);

impl Verifier for Counting {
    fn signatures(&self, checks: &[Check<'_>]) -> Vec<bool> {
        self.0.set(self.0.get() + checks.len());
        Strict.signatures(checks)
    }

    fn lottery(&self, _: &LotteryPublicKey, _: &[u8], _: &LotteryProof) -> Option<LotteryOutput> {
        None
    }
}

#[test]
fn links_that_cannot_hold_cost_no_signature() {
    let story = Story::new();
    let verifier = Counting::default();
    let rules = FinalityRules::default();
    let mut trust = story.trust();
    let voter = Voter { key: PublicKey([1; 32]), weight: VoteWeight(0) };
    for bad in [
        story.link(1),
        link(0, header(10, Some(vec![voter])), &story.set(0)),
        link(0, header(10, None), &story.set(0)),
        link(0, header(0, Some(voters(&story.set(1)))), &story.set(0)),
    ] {
        assert!(trust.follow(&bad, &rules, &verifier).is_err());
    }
    assert_eq!(verifier.0.get(), 0);
    trust.follow(&story.link(0), &rules, &verifier).unwrap();
    assert_eq!(verifier.0.get(), 4);
}
