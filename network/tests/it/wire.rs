//! Every message has one encoding, pinned in `tests/vectors/wire.txt` and shown in the README.

use crate::sample;
use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use serin_network::bitmap::Bitmap;
use serin_network::limits;
use serin_network::message::StateValues;
use serin_network::message::{
    BlockAnnouncement, BlocksRequest, BlocksResponse, FinalityGossip, FinalityRequest,
    FinalityResponse, Gossip, StateRequest, StateResponse, Status, TransactionList,
};
use serin_network::name::{Protocol, Topic, identify_version};
use serin_state::codec::{DecodeError, Wire, decode, encode};
use serin_state::layout::StateKey;
use serin_state::types::Block;
use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

/// A vector: the name, the bytes, and a strict reader for its type.
struct Vector {
    name: &'static str,
    bytes: Vec<u8>,
    reads: fn(&[u8]) -> bool,
}

fn vector<T: Wire + PartialEq + Debug>(name: &'static str, value: &T) -> Vector {
    let bytes = encode(value);
    assert_eq!(decode::<T>(&bytes).as_ref(), Ok(value), "{name} comes back as it went");
    Vector { name, bytes, reads: |bytes| decode::<T>(bytes).is_ok() }
}

fn vectors() -> Vec<Vector> {
    use serin_network::message::FinalityResponse::{CatchUp, Chain, Justification, LoggedVotes};
    vec![
        vector("gossip/blocks/announcement", &sample::announcement()),
        vector("gossip/votes/vote", &sample::gossip_vote()),
        vector("gossip/votes/commit", &sample::gossip_commit()),
        vector("gossip/transactions/list", &sample::list(0)),
        vector("status", &sample::status()),
        vector("blocks/request/range", &sample::range()),
        vector("blocks/request/transactions", &sample::missing_transactions()),
        vector("blocks/response/range", &sample::range_answer()),
        vector("blocks/response/transactions", &sample::transactions_answer()),
        vector("finality/request/missing-votes", &sample::missing_votes()),
        vector("finality/request/catch-up", &sample::catch_up()),
        vector("finality/request/justification", &sample::justification()),
        vector("finality/response/votes", &sample::votes_answer()),
        vector("finality/response/catch-up", &CatchUp(Some(vec![1, 2]))),
        vector("finality/response/justification", &Justification(None)),
        vector("finality/request/chain", &sample::chain()),
        vector("finality/response/chain", &Chain(Some(vec![3]))),
        vector("finality/request/logged-votes", &sample::logged_votes()),
        vector("finality/response/logged-votes", &LoggedVotes(vec![sample::vote()])),
        vector("state/request/point", &sample::point()),
        vector("state/request/range", &sample::state_range()),
        vector("state/response/point", &StateResponse::Point(Some(vec![4]))),
        vector("state/response/range", &sample::state_values()),
    ]
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Everything that is pinned, one `name = value` a line.
fn lines() -> Vec<String> {
    let genesis = sample::GENESIS;
    let mut lines = vec![
        format!("genesis = {}", hex::encode(genesis.0)),
        format!("identify = {}", identify_version(&genesis)),
    ];
    lines.extend(Topic::ALL.map(|topic| format!("topic = {}", topic.name(&genesis))));
    lines.extend(Protocol::ALL.map(|protocol| format!("protocol = {}", protocol.name(&genesis))));
    lines.push(format!("header-hash = {}", hex::encode(sample::header().hash().0)));
    lines.push(format!("transaction-hash = {}", hex::encode(sample::transaction(0).hash().0)));
    lines.push(format!("vote-payload = {}", hex::encode(sample::vote().vote.payload())));
    lines.extend(vectors().iter().map(|one| format!("{} = {}", one.name, hex::encode(&one.bytes))));
    lines
}

#[test]
fn the_wire_is_what_the_vectors_say() {
    let file = path("tests/vectors/wire.txt");
    let now = lines().join("\n") + "\n";
    if std::env::var_os("SERIN_WRITE_VECTORS").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let pinned = fs::read_to_string(&file).unwrap();
    assert_eq!(now, pinned, "a change of the wire needs a new wire version");
}

#[test]
fn the_readme_shows_the_same_vectors() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    for line in lines() {
        assert!(readme.lines().any(|shown| shown == line), "missing in README.md: {line}");
    }
}

#[cfg(feature = "libp2p")]
#[test]
fn the_name_of_a_gossip_message_is_its_content() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let topic = Topic::Votes.name(&sample::GENESIS);
    let id = serin_network::swarm::content_id(&topic, &encode(&sample::gossip_vote()));
    let line = format!("gossip-id of gossip/votes/vote = {}", hex::encode(id));
    assert!(readme.lines().any(|shown| shown == line), "missing in README.md: {line}");
}

#[test]
fn no_part_of_a_message_and_nothing_more_is_a_message() {
    for Vector { name, bytes, reads } in vectors() {
        for end in 0..bytes.len() {
            assert!(!reads(&bytes[..end]), "{name} cut at {end}");
        }
        assert!(!reads(&[bytes.as_slice(), &[0]].concat()), "{name} with a byte more");
    }
}

/// Bytes that read as one value must be the bytes that this value is written as: one encoding each.
fn one_encoding<T: Wire>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes) {
        assert_eq!(encode(&value), bytes);
    }
}

fn read_as_everything(bytes: &[u8]) {
    one_encoding::<BlockAnnouncement>(bytes);
    one_encoding::<FinalityGossip>(bytes);
    one_encoding::<TransactionList>(bytes);
    one_encoding::<Status>(bytes);
    one_encoding::<BlocksRequest>(bytes);
    one_encoding::<BlocksResponse>(bytes);
    one_encoding::<FinalityRequest>(bytes);
    one_encoding::<FinalityResponse>(bytes);
    one_encoding::<StateRequest>(bytes);
    one_encoding::<StateResponse>(bytes);
}

proptest! {
    #[test]
    fn garbage_never_panics_and_reads_back_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn a_changed_byte_never_panics_and_reads_back_the_same(
        which in 0_usize..21, at in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = vectors().swap_remove(which).bytes;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        read_as_everything(&bytes);
    }

    #[test]
    fn a_bitmap_holds_what_was_put_in(positions in proptest::collection::btree_set(0_usize..4_096, 0..200)) {
        let bitmap: Bitmap = positions.iter().copied().collect();
        prop_assert!(bitmap.iter().eq(positions.iter().copied()));
        prop_assert_eq!(decode::<Bitmap>(&encode(&bitmap)), Ok(bitmap.clone()));
        prop_assert_eq!(bitmap.count(), positions.len());
        prop_assert!(!bitmap.lacks_some_of(&bitmap) && (positions.is_empty() || Bitmap::new().lacks_some_of(&bitmap)));
    }
}

fn refused<T: Wire + Debug + PartialEq>(bytes: &[u8], why: &str) {
    assert_eq!(decode::<T>(bytes), Err(DecodeError::Malformed), "{why}");
}

fn bytes_of<T: BorshSerialize>(value: T) -> Vec<u8> {
    borsh::to_vec(&value).unwrap()
}

#[test]
fn what_no_honest_node_sends_is_refused() {
    let range = |count: u8, fields: u8| bytes_of((0_u8, 1_u8, 1_u32, 0_u8, count, fields));
    assert!(decode::<BlocksRequest>(&range(128, 7)).is_ok(), "the measure");
    let positions = |positions: Vec<u32>| bytes_of((1_u8, [0_u8; 32], positions));
    assert!(decode::<BlocksRequest>(&positions(vec![1, 5])).is_ok(), "the measure");
    let table = [
        (range(0, 7), "no blocks"),
        (range(129, 7), "more than 128 blocks"),
        (range(1, 0), "no fields"),
        (range(1, 8), "an unknown field"),
        (positions(vec![]), "no positions"),
        (positions(vec![5, 5]), "a position twice"),
        (positions(vec![5, 1]), "positions that descend"),
        (bytes_of((2_u8, [0_u8; 32])), "an unknown request"),
    ];
    for (bytes, why) in table {
        refused::<BlocksRequest>(&bytes, why);
    }
    refused::<TransactionList>(&bytes_of(0_u32), "an empty list");
    refused::<Bitmap>(&bytes_of(vec![1_u8, 0]), "a bitmap with a zero at its end");
    refused::<Bitmap>(&bytes_of(vec![1_u8; 512 + 1][..].to_vec())[..516], "a bitmap cut");
    refused::<FinalityResponse>(&[1, 2], "an option that is neither 0 nor 1");
}

#[test]
fn a_count_that_lies_is_refused_before_its_list_is_read() {
    let lie = |count: u32| [vec![0_u8], bytes_of(count), vec![0; 64]].concat();
    refused::<BlocksResponse>(&lie(129), "129 blocks");
    refused::<BlocksResponse>(&lie(u32::MAX), "four billion blocks");
    refused::<FinalityResponse>(&lie(4_097), "4,097 votes");
    refused::<TransactionList>(&bytes_of(u32::MAX), "four billion transactions");
    refused::<FinalityGossip>(&[1, 255, 255, 255, 255], "a proof of four gigabytes");
}

#[test]
fn too_many_bytes_are_refused_unread() {
    fn check<T: Wire + Debug>(bytes_max: usize) {
        assert_eq!(T::BYTES_MAX, bytes_max);
        let long = vec![0; bytes_max + 1];
        let error = decode::<T>(&long).unwrap_err();
        assert_eq!(error, DecodeError::TooLong { bytes: bytes_max + 1, bytes_max });
    }
    check::<BlockAnnouncement>(256 * 1024 + 1024 * 1024 + 4);
    check::<FinalityGossip>(1024 * 1024 + 5);
    check::<TransactionList>(512 * 1024 + 4);
    check::<Status>(2_274);
    check::<BlocksRequest>(131_109);
    check::<BlocksResponse>(16 * 1024 * 1024);
    check::<FinalityRequest>(1_049);
    check::<FinalityResponse>(1024 * 1024 + 6);
    check::<StateRequest>(97);
    check::<StateResponse>(12 * 1024 * 1024);
}

#[test]
fn the_limits_leave_room_for_the_largest_honest_message() {
    let full: Bitmap = (0..limits::VOTERS_MAX).collect();
    let mut status = sample::status();
    status.current.prevotes = full.clone();
    status.current.precommits = full.clone();
    status.previous.prevotes = full.clone();
    status.previous.precommits = full.clone();
    status.points = vec![status.best; limits::SYNC_POINTS_MAX];
    assert_eq!(encode(&status).len(), Status::BYTES_MAX);
    assert_eq!(encode(&full).len(), Bitmap::BYTES_MAX);
    let smallest = encode(&sample::transaction(0)).len() - 3;
    assert_eq!(smallest, 133, "a transaction with an empty call");
    assert!(Block::BYTES_MAX / smallest <= limits::BLOCK_TRANSACTIONS_MAX);
    let votes = vec![sample::vote(); limits::RESPONSE_VOTES_MAX];
    assert!(decode::<FinalityResponse>(&encode(&FinalityResponse::Votes(votes))).is_ok());
    let entry = (StateKey([1; 32]), vec![0; limits::RANGE_BYTES / limits::RANGE_ENTRIES_MAX]);
    let values = StateValues {
        last: entry.0,
        entries: vec![entry; limits::RANGE_ENTRIES_MAX],
        proof: vec![0; limits::RANGE_PROOF_BYTES_MAX],
    };
    let largest = encode(&StateResponse::Range(Some(values))).len() + Block::BYTES_MAX;
    assert!(largest <= StateResponse::BYTES_MAX);
}

#[test]
fn gossip_is_read_by_its_topic_alone() {
    let messages = [
        Gossip::Block(Box::new(sample::announcement())),
        Gossip::Finality(sample::gossip_vote()),
        Gossip::Transactions(sample::list(0)),
    ];
    for message in messages {
        assert_eq!(Gossip::from_bytes(message.topic(), &message.to_bytes()), Ok(message.clone()));
    }
    // The plain borsh reader is what a careless client would use: it must agree.
    let bytes = encode(&sample::status());
    assert_eq!(Status::try_from_slice(&bytes).unwrap(), sample::status());
}
