//! The wire: everything that one node says to another, and nothing else.
//!
//! Three gossip topics and four request protocols. Each message is one borsh value without an
//! envelope: the topic or protocol names its type. Reading is strict: a size limit before anything
//! is allocated, a count limit before a list is read, no bytes left over, no second encoding of a
//! value. `network/README.md` is the same in words, for clients in other languages.
//!
//! Proofs of finality travel as bytes: only the node's core knows what they must prove.

mod list;

pub(crate) use list::read_list;

use crate::bitmap::Bitmap;
use crate::limits::{
    ANNOUNCEMENT_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, BLOCKS_REQUEST_BYTES_MAX,
    BLOCKS_RESPONSE_BYTES_MAX, FINALITY_GOSSIP_BYTES_MAX, FINALITY_REQUEST_BYTES_MAX,
    FINALITY_RESPONSE_BYTES_MAX, LIST_BYTES_MAX, LIST_TRANSACTIONS_MAX, PROOF_BYTES_MAX,
    RANGE_ENTRIES_MAX, RANGE_PROOF_BYTES_MAX, RESPONSE_BLOCKS_MAX, RESPONSE_VOTES_MAX,
    STATE_REQUEST_BYTES_MAX, STATE_RESPONSE_BYTES_MAX, STATUS_BYTES_MAX, SYNC_POINTS_MAX,
};
use crate::name::{Protocol, Topic};
use borsh::{BorshDeserialize, BorshSerialize, io};
use list::{malformed, read_block_count, read_body, read_positions, read_proof, read_some};
use serin_consensus::finality::{BlockRef, SignedVote, Stage};
use serin_state::codec::{self, DecodeError, Wire};
use serin_state::layout::StateKey;
use serin_state::types::{Hash, Header, Height, ProtocolVersion, Round, SetId, SignedTransaction};

// ---- Gossip ----------------------------------------------------------------------------------

/// A new block without its body: receivers rebuild it from their pool and ask for what they lack
/// ([`BlocksRequest::Transactions`]).
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct BlockAnnouncement {
    /// The sealed header.
    pub header: Header,
    /// Hashes of the transactions in the order of the body.
    #[borsh(deserialize_with = "read_list::<_, _, BLOCK_TRANSACTIONS_MAX>")]
    pub transactions: Vec<Hash>,
}

/// What the votes topic carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum FinalityGossip {
    /// One vote.
    Vote(SignedVote),
    /// The encoded justification of a newly final block, so that nodes whose votes were lost need
    /// not count themselves.
    Commit(#[borsh(deserialize_with = "read_list::<_, _, PROOF_BYTES_MAX>")] Vec<u8>),
}

/// Transactions on their way to every pool. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct TransactionList(
    /// In no particular order.
    #[borsh(deserialize_with = "read_some::<_, _, LIST_TRANSACTIONS_MAX>")]
    pub Vec<SignedTransaction>,
);

/// A gossip message of any topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize)]
pub enum Gossip {
    /// On [`Topic::Blocks`].
    Block(Box<BlockAnnouncement>),
    /// On [`Topic::Votes`].
    Finality(FinalityGossip),
    /// On [`Topic::Transactions`].
    Transactions(TransactionList),
}

impl Gossip {
    /// Where it is gossiped.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Block(_) => Topic::Blocks,
            Self::Finality(_) => Topic::Votes,
            Self::Transactions(_) => Topic::Transactions,
        }
    }

    /// The bytes on the wire: the inner value, since the topic names its type.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Block(announcement) => codec::encode(announcement.as_ref()),
            Self::Finality(message) => codec::encode(message),
            Self::Transactions(list) => codec::encode(list),
        }
    }

    /// Reads a message of `topic`.
    ///
    /// # Errors
    /// [`DecodeError`] for bytes that no honest node of this wire version sends.
    pub fn from_bytes(topic: Topic, bytes: &[u8]) -> Result<Self, DecodeError> {
        match topic {
            Topic::Blocks => codec::decode(bytes).map(|value| Self::Block(Box::new(value))),
            Topic::Votes => codec::decode(bytes).map(Self::Finality),
            Topic::Transactions => codec::decode(bytes).map(Self::Transactions),
        }
    }
}

// ---- Status ----------------------------------------------------------------------------------

/// Whose votes of one round a node has, by position in the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct RoundVotes {
    /// Whose prevotes.
    pub prevotes: Bitmap,
    /// Whose precommits.
    pub precommits: Bitmap,
}

/// What a node is and knows. Sent on connecting and whenever it changes; the answer is the other's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Status {
    /// [`crate::limits::WIRE_VERSION`] of the sender.
    pub version: u16,
    /// Hash of its genesis header.
    pub genesis: Hash,
    /// Its head.
    pub best: BlockRef,
    /// Its last final block.
    pub finalized: BlockRef,
    /// The finality set it votes in or follows.
    pub set: SetId,
    /// The round of that set it is in, from 1.
    pub round: Round,
    /// The votes it has of `round`.
    pub current: RoundVotes,
    /// The votes it has of the round before; empty in round 1.
    pub previous: RoundVotes,
    /// The newest protocol version that it knows.
    pub version_max: ProtocolVersion,
    /// The lowest block that it can send with its body; it has every one from there to its head.
    pub oldest_block: Height,
    /// The lowest final block whose values it can read.
    pub oldest_state: Height,
    /// Final blocks whose whole state it serves ([`StateRequest`]), lowest first.
    #[borsh(deserialize_with = "read_list::<_, _, SYNC_POINTS_MAX>")]
    pub points: Vec<BlockRef>,
}

// ---- Blocks ----------------------------------------------------------------------------------

/// Where a range of blocks begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum RangeStart {
    /// At this block, wherever it is.
    Hash(Hash),
    /// At this height of the answering node's best chain.
    Height(Height),
}

/// Which way a range goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Direction {
    /// To children, along the answering node's best chain; a start off that chain gives nothing.
    Ascending,
    /// To parents.
    Descending,
}

/// What is wanted of each block: bit 0 header, bit 1 body, bit 2 justification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize)]
pub struct Fields(u8);

impl Fields {
    /// The header.
    pub const HEADER: Self = Self(1);
    /// The transactions.
    pub const BODY: Self = Self(2);
    /// The justification, where the answering node has one.
    pub const JUSTIFICATION: Self = Self(4);
    /// All three.
    pub const ALL: Self = Self(7);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True where everything of `other` is wanted.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BorshDeserialize for Fields {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bits = u8::deserialize_reader(reader)?;
        if bits == 0 || bits > Self::ALL.0 {
            return Err(malformed("fields are 1 to 7"));
        }
        Ok(Self(bits))
    }
}

/// A run of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct BlockRange {
    /// The first block.
    pub start: RangeStart,
    /// Where it goes from there.
    pub direction: Direction,
    /// How many at most, the first included: 1 to 128.
    #[borsh(deserialize_with = "read_block_count")]
    pub count: u8,
    /// What of each.
    pub fields: Fields,
}

/// A request on [`Protocol::Blocks`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BlocksRequest {
    /// A run of blocks.
    Range(BlockRange),
    /// Transactions of one block, by position in its body.
    Transactions {
        /// The block.
        block: Hash,
        /// Strictly ascending positions, at least one.
        #[borsh(deserialize_with = "read_positions")]
        positions: Vec<u32>,
    },
}

/// What a node knows of one block. The asked fields it has are present, the others absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct BlockData {
    /// Hash of the header.
    pub hash: Hash,
    /// The header.
    pub header: Option<Header>,
    /// The transactions.
    #[borsh(deserialize_with = "read_body")]
    pub body: Option<Vec<SignedTransaction>>,
    /// The encoded justification.
    #[borsh(deserialize_with = "read_proof")]
    pub justification: Option<Vec<u8>>,
}

/// A response on [`Protocol::Blocks`]. Shorter than asked where the node has or can send no more
/// (the limit is [`BLOCKS_RESPONSE_BYTES_MAX`]); empty where it has nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BlocksResponse {
    /// To [`BlocksRequest::Range`]: consecutive blocks in the asked direction.
    Range(#[borsh(deserialize_with = "read_list::<_, _, RESPONSE_BLOCKS_MAX>")] Vec<BlockData>),
    /// To [`BlocksRequest::Transactions`]: in the order of the asked positions.
    Transactions(
        #[borsh(deserialize_with = "read_list::<_, _, BLOCK_TRANSACTIONS_MAX>")]
        Vec<SignedTransaction>,
    ),
}

// ---- Finality --------------------------------------------------------------------------------

/// A request on [`Protocol::Finality`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum FinalityRequest {
    /// Votes of a round that the asking node lacks.
    MissingVotes {
        /// The set.
        set: SetId,
        /// The round.
        round: Round,
        /// What the asking node has.
        have: RoundVotes,
    },
    /// A proof that a later round than the asking node's can be joined.
    CatchUp {
        /// The set.
        set: SetId,
        /// The round the asking node is in.
        round: Round,
    },
    /// The justification of the first justified block at this height or above.
    Justification {
        /// The height.
        height: Height,
    },
    /// The proof chain from the change that ends `set` on.
    Chain {
        /// The set that the asking node trusts.
        set: SetId,
    },
    /// Votes of a round from the vote log, which reaches back for the bonding duration: to explain votes long after
    /// their round.
    LoggedVotes {
        /// The set.
        set: SetId,
        /// The round.
        round: Round,
        /// Prevotes or precommits; of hints there is nothing.
        stage: Stage,
    },
}

/// A response on [`Protocol::Finality`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum FinalityResponse {
    /// To [`FinalityRequest::MissingVotes`].
    Votes(#[borsh(deserialize_with = "read_list::<_, _, RESPONSE_VOTES_MAX>")] Vec<SignedVote>),
    /// To [`FinalityRequest::CatchUp`]: the encoded proof, if the node has one.
    CatchUp(#[borsh(deserialize_with = "read_proof")] Option<Vec<u8>>),
    /// To [`FinalityRequest::Justification`]: encoded, if the node has one.
    Justification(#[borsh(deserialize_with = "read_proof")] Option<Vec<u8>>),
    /// To [`FinalityRequest::Chain`]: an encoded fragment; nothing where that set has not ended here.
    Chain(#[borsh(deserialize_with = "read_proof")] Option<Vec<u8>>),
    /// To [`FinalityRequest::LoggedVotes`]: sorted by voter, at most two of each.
    LoggedVotes(
        #[borsh(deserialize_with = "read_list::<_, _, RESPONSE_VOTES_MAX>")] Vec<SignedVote>,
    ),
}

// ---- State -----------------------------------------------------------------------------------

/// A request on [`Protocol::State`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum StateRequest {
    /// The proof that a block whose state is served is final.
    Point {
        /// One of the points of the answering node's status.
        block: Hash,
    },
    /// Values in the order of their keys.
    Range {
        /// After this block: one of the points of the answering node's status.
        block: Hash,
        /// The first key.
        from: StateKey,
        /// The last key, not below `from`.
        to: StateKey,
    },
}

/// Values of the state after one block, with the proof that none is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct StateValues {
    /// The last key that is covered: the asked one, or that of the last value where not all fitted.
    pub last: StateKey,
    /// Keys and values in ascending order.
    #[borsh(deserialize_with = "read_list::<_, _, RANGE_ENTRIES_MAX>")]
    pub entries: Vec<(StateKey, Vec<u8>)>,
    /// The encoded range proof.
    #[borsh(deserialize_with = "read_list::<_, _, RANGE_PROOF_BYTES_MAX>")]
    pub proof: Vec<u8>,
}

/// A response on [`Protocol::State`]. Nothing where the node does not serve that block's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum StateResponse {
    /// To [`StateRequest::Point`]: the encoded proof.
    Point(#[borsh(deserialize_with = "read_proof")] Option<Vec<u8>>),
    /// To [`StateRequest::Range`].
    Range(Option<StateValues>),
}

// ---- Any protocol ----------------------------------------------------------------------------

/// A request of any protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize)]
pub enum Request {
    /// On [`Protocol::Status`].
    Status(Box<Status>),
    /// On [`Protocol::Blocks`].
    Blocks(BlocksRequest),
    /// On [`Protocol::Finality`].
    Finality(FinalityRequest),
    /// On [`Protocol::State`].
    State(StateRequest),
}

impl Request {
    /// The protocol it is sent on.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Status(_) => Protocol::Status,
            Self::Blocks(_) => Protocol::Blocks,
            Self::Finality(_) => Protocol::Finality,
            Self::State(_) => Protocol::State,
        }
    }
}

/// A response of any protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize)]
pub enum Response {
    /// On [`Protocol::Status`].
    Status(Box<Status>),
    /// On [`Protocol::Blocks`].
    Blocks(BlocksResponse),
    /// On [`Protocol::Finality`].
    Finality(FinalityResponse),
    /// On [`Protocol::State`].
    State(StateResponse),
}

impl Response {
    /// The protocol it is sent on.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Status(_) => Protocol::Status,
            Self::Blocks(_) => Protocol::Blocks,
            Self::Finality(_) => Protocol::Finality,
            Self::State(_) => Protocol::State,
        }
    }

    /// True where this kind of response answers that kind of request. Contents are for the core.
    #[must_use]
    pub const fn answers(&self, request: &Request) -> bool {
        match (request, self) {
            (Request::Status(_), Self::Status(_)) => true,
            (Request::Blocks(asked), Self::Blocks(given)) => matches!(
                (asked, given),
                (BlocksRequest::Range(_), BlocksResponse::Range(_))
                    | (BlocksRequest::Transactions { .. }, BlocksResponse::Transactions(_))
            ),
            (Request::Finality(asked), Self::Finality(given)) => matches!(
                (asked, given),
                (FinalityRequest::MissingVotes { .. }, FinalityResponse::Votes(_))
                    | (FinalityRequest::CatchUp { .. }, FinalityResponse::CatchUp(_))
                    | (FinalityRequest::Justification { .. }, FinalityResponse::Justification(_))
                    | (FinalityRequest::Chain { .. }, FinalityResponse::Chain(_))
                    | (FinalityRequest::LoggedVotes { .. }, FinalityResponse::LoggedVotes(_))
            ),
            (Request::State(asked), Self::State(given)) => matches!(
                (asked, given),
                (StateRequest::Point { .. }, StateResponse::Point(_))
                    | (StateRequest::Range { .. }, StateResponse::Range(_))
            ),
            (
                Request::Status(_) | Request::Blocks(_) | Request::Finality(_) | Request::State(_),
                _,
            ) => false,
        }
    }
}

macro_rules! wire {
    ($($name:ty: $bytes_max:expr;)*) => {$(
        impl Wire for $name {
            const BYTES_MAX: usize = $bytes_max;
        }
    )*};
}
wire! {
    BlockAnnouncement: ANNOUNCEMENT_BYTES_MAX;
    FinalityGossip: FINALITY_GOSSIP_BYTES_MAX;
    TransactionList: LIST_BYTES_MAX;
    Status: STATUS_BYTES_MAX;
    BlocksRequest: BLOCKS_REQUEST_BYTES_MAX;
    BlocksResponse: BLOCKS_RESPONSE_BYTES_MAX;
    FinalityRequest: FINALITY_REQUEST_BYTES_MAX;
    FinalityResponse: FINALITY_RESPONSE_BYTES_MAX;
    StateRequest: STATE_REQUEST_BYTES_MAX;
    StateResponse: STATE_RESPONSE_BYTES_MAX;
}
