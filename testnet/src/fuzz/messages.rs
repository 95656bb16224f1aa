//! Messages of the wire from bytes: the first one says which kind, the others are the message.
//!
//! What is read must be written again as it came: every value has one encoding, so that no hash has two sources.

use serin_network::message::{
    BlocksRequest, BlocksResponse, FinalityRequest, FinalityResponse, Gossip, Request, Response,
    StateRequest, StateResponse, Status,
};
use serin_network::name::Topic;
use serin_network::requests::RequestFailure;
use serin_state::codec::{Wire, decode, encode};
use serin_state::tree::{Proof, RangeProof};
use serin_state::types::{Block, Header, SignedTransaction};

/// A message.
pub(super) enum Message {
    Gossip(Gossip),
    Request(Request),
    Response(Result<Response, RequestFailure>),
}

pub(super) fn run(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match kind {
        20 => drop(canonical::<Header>(rest)),
        21 => drop(canonical::<Block>(rest)),
        22 => drop(canonical::<SignedTransaction>(rest)),
        23 => drop(canonical::<Proof>(rest)),
        24 => drop(canonical::<RangeProof>(rest)),
        _ => drop(message(bytes)),
    }
}

/// The message that `bytes` are, if any.
pub(super) fn message(bytes: &[u8]) -> Option<Message> {
    let (kind, rest) = bytes.split_first()?;
    let gossip = |topic| {
        let gossip = Gossip::from_bytes(topic, rest).ok()?;
        assert_eq!(gossip.to_bytes(), rest, "gossip has one encoding");
        Some(Message::Gossip(gossip))
    };
    Some(match kind {
        0 => gossip(Topic::Blocks)?,
        1 => gossip(Topic::Votes)?,
        2 => gossip(Topic::Transactions)?,
        3 => Message::Request(Request::Status(Box::new(canonical::<Status>(rest)?))),
        4 => Message::Request(Request::Blocks(canonical::<BlocksRequest>(rest)?)),
        5 => Message::Request(Request::Finality(canonical::<FinalityRequest>(rest)?)),
        6 => Message::Request(Request::State(canonical::<StateRequest>(rest)?)),
        7 => Message::Response(Ok(Response::Status(Box::new(canonical::<Status>(rest)?)))),
        8 => Message::Response(Ok(Response::Blocks(canonical::<BlocksResponse>(rest)?))),
        9 => Message::Response(Ok(Response::Finality(canonical::<FinalityResponse>(rest)?))),
        10 => Message::Response(Ok(Response::State(canonical::<StateResponse>(rest)?))),
        11 => Message::Response(Err(RequestFailure::Timeout)),
        _ => return None,
    })
}

fn canonical<T: Wire>(bytes: &[u8]) -> Option<T> {
    let value = decode::<T>(bytes).ok()?;
    assert_eq!(encode(&value), bytes, "a value has one encoding");
    Some(value)
}
