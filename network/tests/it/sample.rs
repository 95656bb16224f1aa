//! One fixed value of every message, small enough to read in hexadecimal.

use serin_consensus::finality::{BlockRef, SignedVote, Stage, Vote};
use serin_network::bitmap::Bitmap;
use serin_network::message::{
    BlockAnnouncement, BlockData, BlockRange, BlocksRequest, BlocksResponse, Direction, Fields,
    FinalityGossip, FinalityRequest, FinalityResponse, RangeStart, RoundVotes, StateRequest,
    StateResponse, StateValues, Status, TransactionList,
};
use serin_state::layout::StateKey;
use serin_state::types::{
    AccountId, Announcements, AuthorityIndex, Balance, ClaimKind, Hash, Header, Height,
    LotteryProof, Nonce, ProtocolVersion, PublicKey, Round, SetId, Signature, SignedTransaction,
    Slot, SlotClaim, Transaction, TransactionSignature, UnsealedHeader,
};

/// The genesis of every test.
pub(crate) const GENESIS: Hash = Hash([7; 32]);

pub(crate) fn header() -> Header {
    let claim = SlotClaim {
        slot: Slot(9),
        author: AuthorityIndex(2),
        kind: ClaimKind::Primary,
        proof: LotteryProof([3; 80]),
    };
    let unsealed = UnsealedHeader {
        version: ProtocolVersion(1),
        knows: ProtocolVersion(2),
        parent: Hash([1; 32]),
        height: Height(5),
        claim: Some(claim),
        body_root: Hash([2; 32]),
        state_root: Hash([3; 32]),
        outcome_root: Hash([4; 32]),
        announcements: Announcements::default(),
    };
    Header { unsealed, seal: Signature([5; 64]) }
}

pub(crate) fn transaction(nonce: u64) -> SignedTransaction {
    let transaction = Transaction {
        sender: AccountId([6; 32]),
        nonce: Nonce(nonce),
        last_valid_slot: Slot(64),
        tip: Balance(0),
        call: vec![1, 2, 3],
    };
    let signature = TransactionSignature::Ed25519(Signature([8; 64]));
    SignedTransaction { transaction, signature }
}

pub(crate) fn vote() -> SignedVote {
    let target = BlockRef { hash: Hash([9; 32]), height: Height(5) };
    let vote = Vote { set: SetId(1 << 32), round: Round(3), stage: Stage::Precommit, target };
    SignedVote { vote, voter: PublicKey([10; 32]), signature: Signature([11; 64]) }
}

pub(crate) fn announcement() -> BlockAnnouncement {
    BlockAnnouncement { header: header(), transactions: vec![transaction(0).hash()] }
}

pub(crate) fn list(nonce: u64) -> TransactionList {
    TransactionList(vec![transaction(nonce)])
}

pub(crate) fn gossip_vote() -> FinalityGossip {
    FinalityGossip::Vote(vote())
}

pub(crate) fn gossip_commit() -> FinalityGossip {
    FinalityGossip::Commit(vec![0xc0, 0xff, 0xee])
}

pub(crate) fn round_votes() -> RoundVotes {
    RoundVotes { prevotes: [0, 1, 9].into_iter().collect(), precommits: Bitmap::new() }
}

pub(crate) fn status() -> Status {
    Status {
        version: 1,
        genesis: GENESIS,
        best: BlockRef { hash: Hash([12; 32]), height: Height(8) },
        finalized: BlockRef { hash: Hash([13; 32]), height: Height(6) },
        set: SetId(1 << 32),
        round: Round(3),
        current: round_votes(),
        previous: RoundVotes::default(),
        version_max: ProtocolVersion(2),
        oldest_block: Height(1),
        oldest_state: Height(4),
        points: vec![BlockRef { hash: Hash([14; 32]), height: Height(4) }],
    }
}

pub(crate) fn range() -> BlocksRequest {
    BlocksRequest::Range(BlockRange {
        start: RangeStart::Height(Height(1)),
        direction: Direction::Ascending,
        count: 128,
        fields: Fields::HEADER.and(Fields::JUSTIFICATION),
    })
}

pub(crate) fn missing_transactions() -> BlocksRequest {
    BlocksRequest::Transactions { block: header().hash(), positions: vec![0, 4] }
}

pub(crate) fn range_answer() -> BlocksResponse {
    BlocksResponse::Range(vec![BlockData {
        hash: header().hash(),
        header: None,
        body: Some(vec![transaction(0)]),
        justification: Some(vec![0xab]),
    }])
}

pub(crate) fn transactions_answer() -> BlocksResponse {
    BlocksResponse::Transactions(vec![transaction(0)])
}

pub(crate) fn missing_votes() -> FinalityRequest {
    FinalityRequest::MissingVotes { set: SetId(1 << 32), round: Round(3), have: round_votes() }
}

pub(crate) fn catch_up() -> FinalityRequest {
    FinalityRequest::CatchUp { set: SetId(1 << 32), round: Round(3) }
}

pub(crate) fn justification() -> FinalityRequest {
    FinalityRequest::Justification { height: Height(6) }
}

pub(crate) fn votes_answer() -> FinalityResponse {
    FinalityResponse::Votes(vec![vote()])
}

pub(crate) fn chain() -> FinalityRequest {
    FinalityRequest::Chain { set: SetId(1 << 32) }
}

pub(crate) fn logged_votes() -> FinalityRequest {
    FinalityRequest::LoggedVotes { set: SetId(1 << 32), round: Round(3), stage: Stage::Precommit }
}

pub(crate) fn point() -> StateRequest {
    StateRequest::Point { block: Hash([14; 32]) }
}

pub(crate) fn state_range() -> StateRequest {
    StateRequest::Range { block: Hash([14; 32]), from: StateKey([0; 32]), to: StateKey([0x0f; 32]) }
}

pub(crate) fn state_values() -> StateResponse {
    let entries = vec![(StateKey([2; 32]), vec![0xaa, 0xbb])];
    StateResponse::Range(Some(StateValues { last: StateKey([2; 32]), entries, proof: vec![0xcc] }))
}
