//! Violations across set changes: which set is to blame.

use super::Story;
use crate::finality::accuse::{
    AccuseError, Case, ChainError, Conflict, FinalityRecord, SetChange, TrustedSet, VoteLog,
    accuse, last_common_conflict,
};
use crate::finality::proof_chain::ProofError;
use crate::finality::tests::drawing::{reference, signed};
use crate::finality::{BlockRef, Justification, Stage, Vote};
use serin_state::types::{
    Announcements, Hash, Header, Height, Round, SecretKey, SetId, Signature, UnsealedHeader,
    VoteWeight, Voter,
};

/// Two sets of four after one another, with blocks between that are made by hand.
struct Chain {
    story: Story,
    next: Vec<SecretKey>,
}

fn header(parent: &Header, salt: &str, next_set: Option<Vec<Voter>>) -> Header {
    let announcements = Announcements { next_epoch: None, next_set };
    let unsealed = UnsealedHeader {
        parent: parent.hash(),
        height: parent.height().next().unwrap(),
        body_root: Hash::of(salt.as_bytes()),
        announcements,
        ..parent.unsealed.clone()
    };
    Header { unsealed, seal: Signature([0; 64]) }
}

impl Chain {
    fn new() -> Self {
        let story = Story::new("0 A", &[1; 4]);
        let next = (50..54).map(|seed| SecretKey::from_seed(&[seed; 32])).collect();
        Self { story, next }
    }

    fn root(&self) -> Header {
        self.story.drawing.header(&self.story.drawing.block("0").hash).unwrap()
    }

    fn next_voters(&self) -> Vec<Voter> {
        self.next.iter().map(|key| Voter { key: key.public(), weight: VoteWeight(1) }).collect()
    }

    fn justify(by: &[&SecretKey], set: SetId, round: u64, target: BlockRef) -> Justification {
        let vote = Vote { set, round: Round(round), stage: Stage::Precommit, target };
        let votes = by.iter().map(|secret| signed(secret, vote)).collect();
        Justification::new(set, Round(round), target, votes)
    }

    fn trusted(&self) -> TrustedSet {
        TrustedSet { set: self.story.set.clone(), start: Height(10) }
    }

    fn by_first(
        &self,
        voters: core::ops::Range<usize>,
        round: u64,
        block: &Header,
    ) -> Justification {
        let by: Vec<_> = self.story.secrets[voters].iter().collect();
        Self::justify(&by, self.story.set.id(), round, reference(block))
    }

    fn by_next(
        &self,
        voters: core::ops::Range<usize>,
        round: u64,
        block: &Header,
    ) -> Justification {
        let by: Vec<_> = self.next[voters].iter().collect();
        Self::justify(&by, self.story.set.id().next().unwrap(), round, reference(block))
    }

    fn conflict(
        &self,
        one: &FinalityRecord,
        other: &FinalityRecord,
    ) -> Result<Conflict, ChainError> {
        last_common_conflict(&Story::court(), self.trusted(), one, other)
    }
}

/// The set that is to blame, and who is guilty in it.
fn blame(conflict: &Conflict, logs: &[VoteLog]) -> Result<(SetId, usize), AccuseError> {
    let case = Case {
        set: &conflict.common.set,
        first: &conflict.first,
        second: &conflict.second,
        start: conflict.common.start,
        headers: &conflict.headers,
    };
    let verdict = accuse(&Story::court(), &case, logs, &SecretKey::from_seed(&[9; 32]))?;
    Ok((verdict.set, verdict.culprits.len()))
}

fn record(
    changes: Vec<SetChange>,
    justification: Justification,
    headers: &[&Header],
) -> FinalityRecord {
    FinalityRecord {
        changes,
        justification,
        headers: headers.iter().map(|h| (*h).clone()).collect(),
    }
}

#[test]
fn the_last_common_set_is_to_blame() {
    let chain = Chain::new();
    let root = chain.root();
    let change = header(&root, "change", Some(chain.next_voters()));
    let rival = header(&root, "rival", Some(chain.next_voters()));
    let left = header(&change, "left", None);
    let right = header(&change, "right", None);
    let above_rival = header(&rival, "above", None);
    let to = |block: &Header, by, round| SetChange {
        header: block.clone(),
        justification: chain.by_first(by, round, block),
    };
    let first = chain.story.set.id();
    let second = first.next().unwrap();
    let with_change = |by: core::ops::Range<usize>, block: &Header| {
        record(vec![to(&change, 0..3, 4)], chain.by_next(by, 1, block), &[&left, &right, &change])
    };
    #[rustfmt::skip]
    let table = [
        ("both in the second set", with_change(0..3, &left), with_change(1..4, &right), second, 2),
        ("two changes by the first set", with_change(0..3, &left),
            record(vec![to(&rival, 1..4, 4)], chain.by_next(0..3, 1, &above_rival), &[&above_rival]), first, 2),
        ("a block of the first set against its change", with_change(0..3, &left),
            record(vec![], chain.by_first(1..4, 4, &rival), &[&rival]), first, 2),
        ("in different rounds of the first set", with_change(0..3, &left),
            record(vec![to(&rival, 1..4, 6)], chain.by_next(0..3, 1, &above_rival), &[&above_rival]), first, 3),
    ];
    for (why, one, other, set, culprits) in table {
        for (one, other) in [(&one, &other), (&other, &one)] {
            let conflict = chain.conflict(one, other).unwrap();
            assert_eq!(blame(&conflict, &[]), Ok((set, culprits)), "{why}");
        }
    }
}

#[test]
fn finality_on_one_chain_across_sets_accuses_nobody() {
    let chain = Chain::new();
    let root = chain.root();
    let below = header(&root, "below", None);
    let change = header(&below, "change", Some(chain.next_voters()));
    let left = header(&change, "left", None);
    let link =
        SetChange { header: change.clone(), justification: chain.by_first(0..3, 4, &change) };
    let long = record(vec![link], chain.by_next(0..3, 1, &left), &[&left, &change, &below]);
    let short = record(vec![], chain.by_first(1..4, 2, &below), &[&below]);
    let conflict = chain.conflict(&long, &short).unwrap();
    assert_eq!(blame(&conflict, &[]), Err(AccuseError::NoConflict));
}

/// Whoever is many enough can sign beyond the block that ends their set. Honest voters stop there, and must not be
/// asked why.
#[test]
fn a_justification_beyond_the_change_of_its_set_accuses_nobody() {
    let chain = Chain::new();
    let root = chain.root();
    let change = header(&root, "change", Some(chain.next_voters()));
    let beyond = header(&change, "beyond", None);
    let rival = header(&root, "rival", None);
    let one = record(vec![], chain.by_first(0..3, 1, &beyond), &[&beyond, &change]);
    let other = record(vec![], chain.by_first(1..4, 2, &rival), &[&rival]);
    let conflict = chain.conflict(&one, &other).unwrap();
    assert_eq!(blame(&conflict, &[]), Err(AccuseError::BeyondChange));
}

#[test]
fn a_common_change_that_proves_nothing_is_refused() {
    let chain = Chain::new();
    let root = chain.root();
    let change = header(&root, "change", Some(chain.next_voters()));
    let plain = header(&root, "plain", None);
    let left = header(&change, "left", None);
    let good = chain.by_first(0..3, 1, &change);
    let tip = || chain.by_next(0..3, 1, &left);
    let table = [
        (
            "of another block",
            change.clone(),
            chain.by_first(0..3, 1, &plain),
            ProofError::OtherBlock,
        ),
        ("without a set", plain.clone(), chain.by_first(0..3, 1, &plain), ProofError::NoChange),
        (
            "by another set",
            change.clone(),
            chain.by_next(0..3, 1, &change),
            ProofError::Gap { found: 1, trusted: 0 },
        ),
    ];
    for (why, header, justification, expected) in table {
        let changes = vec![SetChange { header, justification }];
        let one = record(changes.clone(), tip(), &[]);
        let refused = chain.conflict(&one, &one).unwrap_err();
        assert_eq!(refused, ChainError::Change { position: 0, error: expected }, "{why}");
    }
    let fine = record(vec![SetChange { header: change, justification: good }], tip(), &[&left]);
    assert_eq!(blame(&chain.conflict(&fine, &fine).unwrap(), &[]), Err(AccuseError::NoConflict));
}
