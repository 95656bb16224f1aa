//! What the vote log keeps, over restarts, cuts and damage.

use super::{Record, SEGMENT_BYTES_MAX, VoteLogError, VoteLogFile, framed, path_of, read};
use serin_consensus::finality::accuse::Place;
use serin_consensus::finality::voter::LogWrite;
use serin_consensus::finality::{BlockRef, SignedVote, Stage, Vote};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, PublicKey, Round, SetId, Signature,
    UnsealedHeader,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

const GENESIS: Hash = Hash([7; 32]);
const WEEK: Duration = Duration::from_hours(7 * 24);

fn open(folder: &Path) -> VoteLogFile {
    VoteLogFile::open(folder, GENESIS, WEEK).unwrap()
}

/// A chain of headers, lowest first.
fn chain(length: u32) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for height in 0..length {
        let unsealed = UnsealedHeader {
            version: ProtocolVersion(1),
            knows: ProtocolVersion(1),
            parent: headers.last().map_or(Hash::ZERO, Header::hash),
            height: Height(height),
            claim: None,
            body_root: Hash::ZERO,
            state_root: Hash::ZERO,
            outcome_root: Hash::ZERO,
            announcements: Announcements { next_epoch: None, next_set: None },
        };
        headers.push(Header { unsealed, seal: Signature([0; 64]) });
    }
    headers
}

fn block(header: &Header) -> BlockRef {
    BlockRef { hash: header.hash(), height: header.height() }
}

fn vote(round: u64, voter: u8, target: BlockRef) -> SignedVote {
    let vote = Vote { set: SetId(1), round: Round(round), stage: Stage::Prevote, target };
    SignedVote { vote, voter: PublicKey([voter; 32]), signature: Signature([voter; 64]) }
}

fn everything(folder: &Path) -> Vec<SignedVote> {
    read(folder, &GENESIS, |_| true).unwrap().iter().collect()
}

#[test]
fn what_was_logged_durably_is_read_back_with_the_headers_of_its_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let headers = chain(6);
    let by_hash: BTreeMap<Hash, Header> = headers.iter().map(|h| (h.hash(), h.clone())).collect();
    let header = |hash: &Hash| by_hash.get(hash).cloned();
    let votes = [vote(1, 1, block(&headers[4])), vote(1, 2, block(&headers[5]))];
    let mut log = open(folder.path());
    assert!(log.log(&votes, &header, LogWrite::Buffered));
    assert_eq!(everything(folder.path()), [], "it waits in memory");
    assert_eq!(log.round(SetId(1), Round(1)).len(), 2, "but the node itself sees it");
    assert!(log.log(&[], &header, LogWrite::Durable));
    let logged = read(folder.path(), &GENESIS, |_| true).unwrap();
    assert_eq!(logged.iter().collect::<Vec<_>>(), votes);
    let place = logged.headers().place(&block(&headers[0]), &block(&headers[5]));
    assert_eq!((logged.headers().len(), place), (6, Place::Above), "each header once");
}

#[test]
fn each_start_goes_on_in_a_new_segment_and_rounds_are_found_in_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let target = block(&chain(1)[0]);
    for round in 1..=20 {
        let mut log = open(folder.path());
        assert!(log.log(&[vote(round, 1, target)], &|_| None, LogWrite::Durable));
        for earlier in 1..=round {
            let found: Vec<_> = log.round(SetId(1), Round(earlier)).iter().collect();
            assert_eq!(found, [vote(earlier, 1, target)], "round {earlier} in round {round}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 20);
    assert_eq!(everything(folder.path()).len(), 20);
    let some = read(folder.path(), &GENESIS, |vote| vote.round.0 > 15).unwrap();
    assert_eq!(some.len(), 5);
    let log = open(folder.path());
    assert!(log.segments_of(SetId(1), Round(10)).len() <= 8, "not the whole log");
    assert!(log.round(SetId(2), Round(10)).is_empty());
}

#[test]
fn a_full_segment_is_followed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let target = block(&chain(1)[0]);
    let mut log = open(folder.path());
    let voters: Vec<u8> = (0..200).collect();
    let mut round = 0;
    while fs::read_dir(folder.path()).unwrap().count() < 4 {
        round += 1;
        let votes: Vec<_> = voters.iter().map(|voter| vote(round, *voter, target)).collect();
        assert!(log.log(&votes, &|_| None, LogWrite::Durable));
    }
    let largest = fs::metadata(path_of(folder.path(), 1)).unwrap().len();
    assert!(usize::try_from(largest).unwrap() <= SEGMENT_BYTES_MAX + 64 * 1024, "{largest}");
    assert_eq!(log.round(SetId(1), Round(round)).len(), 200);
    assert_eq!(log.round(SetId(1), Round(round / 2)).len(), 200);
    assert_eq!(everything(folder.path()).len(), 200 * usize::try_from(round).unwrap());
}

#[test]
fn segments_older_than_the_bonding_duration_go() {
    let folder = tempfile::tempdir().unwrap();
    let target = block(&chain(1)[0]);
    for round in 1..=3 {
        assert!(open(folder.path()).log(&[vote(round, 1, target)], &|_| None, LogWrite::Durable));
    }
    let old = fs::File::open(path_of(folder.path(), 1)).unwrap();
    old.set_modified(old.metadata().unwrap().modified().unwrap() - 2 * WEEK).unwrap();
    let log = open(folder.path());
    assert_eq!(everything(folder.path()).len(), 2);
    assert!(log.round(SetId(1), Round(1)).is_empty());
}

#[test]
fn a_cut_loses_what_was_not_whole_and_damage_is_named() {
    let target = block(&chain(1)[0]);
    let records: Vec<Vec<u8>> = [
        Record::Opened { genesis: GENESIS, from: (SetId(1), Round(1)) },
        Record::Votes { vote: vote(1, 1, target).vote, by: vec![] },
        Record::Header(Box::new(chain(1)[0].clone())),
    ]
    .iter()
    .map(framed)
    .collect();
    let whole = records.concat();
    for length in 0..whole.len() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path_of(folder.path(), 1), &whole[..length]).unwrap();
        let kept = read(folder.path(), &GENESIS, |_| true).map(|log| log.headers().len());
        assert_eq!(kept.unwrap(), 0, "cut at {length}");
        open(folder.path());
    }
    for position in 0..whole.len() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = whole.clone();
        bytes[position] ^= 1;
        fs::write(path_of(folder.path(), 1), &bytes).unwrap();
        let headers = read(folder.path(), &GENESIS, |_| true).map(|log| log.headers().len());
        // A length that points beyond the end looks like a cut; everything else is damage.
        assert!(!matches!(headers, Ok(1)), "a flip at {position} went unseen");
    }
}

#[test]
fn the_log_of_another_chain_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = block(&chain(1)[0]);
    assert!(open(folder.path()).log(&[vote(1, 1, target)], &|_| None, LogWrite::Durable));
    let other = VoteLogFile::open(folder.path(), Hash([8; 32]), WEEK);
    assert!(matches!(other, Err(VoteLogError::Foreign(_))), "{other:?}");
    let other = read(folder.path(), &Hash([8; 32]), |_| true);
    assert!(matches!(other, Err(VoteLogError::Foreign(_))), "{other:?}");
}

#[test]
fn a_log_that_cannot_be_written_says_so_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let target = block(&chain(1)[0]);
    let mut log = open(folder.path());
    fs::remove_dir_all(folder.path()).unwrap();
    assert!(!log.log(&[vote(1, 1, target)], &|_| None, LogWrite::Durable));
    fs::create_dir_all(folder.path()).unwrap();
    assert!(!log.log(&[vote(1, 1, target)], &|_| None, LogWrite::Durable), "until a restart");
}
