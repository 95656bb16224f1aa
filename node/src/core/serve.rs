//! Answering peers, within the limits of the wire.
//!
//! Inputs: requests that the network has charged to the peer's budget. Outputs: one answer each, shorter where this
//! node has less or the answer would grow too large. Bounds: blocks and bytes of an answer.

use super::{AnswerId, Core, Effect, Peer, Signer, rows};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::voter::VoterRequest;
use serin_consensus::finality::{Ancestry, SeenVotes, Stage};
use serin_network::bitmap::Bitmap;
use serin_network::limits::{RESPONSE_BLOCKS_MAX, VOTERS_MAX};
use serin_network::message::{
    BlockData, BlockRange, BlocksRequest, BlocksResponse, Direction, Fields, FinalityRequest,
    FinalityResponse, RangeStart, Request, Response, RoundVotes,
};
use serin_state::codec::encode;
use serin_state::store::Store;
use serin_state::types::{Hash, Height, Millis, SignedTransaction};

/// Bytes of blocks in one answer: well below the limit of the wire, 16 MiB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Seen votes as the wire carries them, for a set of `voters`.
pub(super) fn to_wire(seen: &SeenVotes, voters: usize) -> RoundVotes {
    let bits = |stage| {
        let mut bits = Bitmap::new();
        (0..voters.min(VOTERS_MAX))
            .filter(|index| seen.contains(stage, *index))
            .for_each(|index| bits.insert(index));
        bits
    };
    RoundVotes { prevotes: bits(Stage::Prevote), precommits: bits(Stage::Precommit) }
}

/// Seen votes as the voter reads them.
pub(super) fn from_wire(votes: &RoundVotes) -> SeenVotes {
    let mut seen = SeenVotes::default();
    for (stage, bits) in [(Stage::Prevote, &votes.prevotes), (Stage::Precommit, &votes.precommits)]
    {
        bits.iter().for_each(|index| seen.insert(stage, index));
    }
    seen
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    pub(super) fn on_request(&mut self, now: Millis, from: Peer, id: AnswerId, request: Request) {
        let response = match request {
            Request::Status(status) => {
                let own = Response::Status(Box::new(self.own_status()));
                self.on_status(now, from, &status);
                own
            }
            Request::Blocks(BlocksRequest::Range(range)) => {
                Response::Blocks(BlocksResponse::Range(self.run(range)))
            }
            Request::Blocks(BlocksRequest::Transactions { block, positions }) => {
                Response::Blocks(BlocksResponse::Transactions(self.picked(&block, &positions)))
            }
            Request::Finality(request) => Response::Finality(self.answer_finality(now, request)),
            Request::State(request) => Response::State(self.answer_state(&request)),
        };
        self.effects.push(Effect::Respond(id, response));
    }

    fn answer_finality(&mut self, now: Millis, request: FinalityRequest) -> FinalityResponse {
        match request {
            FinalityRequest::MissingVotes { set, round, have } => {
                let seen = from_wire(&have);
                let request = VoterRequest::Votes { set, round, seen };
                FinalityResponse::Votes(self.voter.serve_votes(&request))
            }
            FinalityRequest::CatchUp { set, round } => {
                let request = VoterRequest::CatchUp { set, round };
                let catch_up = self.voter.serve_catch_up(&request);
                FinalityResponse::CatchUp(catch_up.map(|catch_up| encode(&catch_up)))
            }
            FinalityRequest::Justification { height } => FinalityResponse::Justification(
                rows::justification_from(self.layers.store(), height),
            ),
            FinalityRequest::Chain { set } => FinalityResponse::Chain(self.fragment(set)),
            FinalityRequest::LoggedVotes { set, round, stage } => {
                FinalityResponse::LoggedVotes(self.logged_page(now, set, round, stage))
            }
        }
    }

    fn picked(&self, block: &Hash, positions: &[u32]) -> Vec<SignedTransaction> {
        let body = self.body_of(block);
        let at = |position: &u32| body.get(usize::try_from(*position).ok()?).cloned();
        positions.iter().filter_map(at).collect()
    }

    /// Hash of the block at `height` of our best chain.
    pub(super) fn hash_at(&self, height: Height) -> Option<Hash> {
        let head = self.blocks.tree.head();
        let near = self.blocks.ancestor_at(&head.hash, height).map(|block| block.hash);
        near.or_else(|| rows::final_hash(self.layers.store(), height))
    }

    /// Blocks in the asked direction, as many as are here and fit.
    fn run(&self, range: BlockRange) -> Vec<BlockData> {
        let mut next = match range.start {
            RangeStart::Hash(hash) => Some(hash),
            RangeStart::Height(height) => self.hash_at(height),
        };
        let mut run = Vec::new();
        let mut bytes = 0_usize;
        while let Some(hash) = next {
            let Some(block) = rows::block(self.layers.store(), &hash) else { break };
            let height = block.header.height();
            let parent = block.header.parent();
            let data = self.data_of(hash, block, range.fields);
            bytes = bytes.saturating_add(encode(&data).len());
            if bytes > ANSWER_BYTES_MAX && !run.is_empty() {
                break;
            }
            run.push(data);
            if run.len() >= usize::from(range.count).min(RESPONSE_BLOCKS_MAX) {
                break;
            }
            next = match range.direction {
                Direction::Ascending => {
                    let on_best = self.hash_at(height) == Some(hash);
                    height.next().filter(|_| on_best).and_then(|height| self.hash_at(height))
                }
                Direction::Descending => (height > Height::ZERO).then_some(parent),
            };
        }
        run
    }

    fn data_of(&self, hash: Hash, block: rows::StoredBlock, fields: Fields) -> BlockData {
        let height = block.header.height();
        let is_final = rows::final_hash(self.layers.store(), height) == Some(hash);
        let justification = (is_final && fields.contains(Fields::JUSTIFICATION))
            .then(|| rows::justification(self.layers.store(), height))
            .flatten();
        BlockData {
            hash,
            header: fields.contains(Fields::HEADER).then_some(block.header),
            body: fields.contains(Fields::BODY).then_some(block.body),
            justification,
        }
    }
}
