//! Names of gossip topics and of request protocols. They carry the genesis hash, so peers of two
//! chains have nothing to say to each other.
//!
//! Only this file spells them: whoever subscribes or opens a stream asks here.

use crate::limits::{
    ANNOUNCEMENT_BYTES_MAX, FINALITY_GOSSIP_BYTES_MAX, LIST_BYTES_MAX, WIRE_VERSION,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::Hash;

/// What is gossiped: one topic a kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Topic {
    /// [`crate::message::BlockAnnouncement`].
    Blocks,
    /// [`crate::message::FinalityGossip`].
    Votes,
    /// [`crate::message::TransactionList`].
    Transactions,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Blocks, Self::Votes, Self::Transactions];

    /// The name on the chain with this genesis hash, as `/0a1b2c3d/blocks/1`.
    #[must_use]
    pub fn name(self, genesis: &Hash) -> String {
        let kind = match self {
            Self::Blocks => "blocks",
            Self::Votes => "votes",
            Self::Transactions => "transactions",
        };
        format!("/{}/{kind}/{WIRE_VERSION}", genesis_short(genesis))
    }

    /// Largest message, in bytes.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Blocks => ANNOUNCEMENT_BYTES_MAX,
            Self::Votes => FINALITY_GOSSIP_BYTES_MAX,
            Self::Transactions => LIST_BYTES_MAX,
        }
    }
}

/// What is asked and answered: one protocol a kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Protocol {
    /// [`crate::message::Status`] in both directions.
    Status,
    /// [`crate::message::BlocksRequest`].
    Blocks,
    /// [`crate::message::FinalityRequest`].
    Finality,
    /// [`crate::message::StateRequest`].
    State,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 4] = [Self::Status, Self::Blocks, Self::Finality, Self::State];

    /// The name on the chain with this genesis hash, as `/<64 hex>/blocks/1`.
    #[must_use]
    pub fn name(self, genesis: &Hash) -> String {
        let kind = match self {
            Self::Status => "status",
            Self::Blocks => "blocks",
            Self::Finality => "finality",
            Self::State => "state",
        };
        let digits = genesis.to_string();
        let digits = digits.strip_prefix("0x").unwrap_or(&digits);
        format!("/{digits}/{kind}/{WIRE_VERSION}")
    }
}

/// The first eight hexadecimal digits of a genesis hash.
#[must_use]
pub fn genesis_short(genesis: &Hash) -> String {
    genesis.to_string().chars().skip(2).take(8).collect()
}

/// What a node says of itself in libp2p's identify: `/serin/<first 8 hex of genesis>/1`.
#[must_use]
pub fn identify_version(genesis: &Hash) -> String {
    format!("/serin/{}/{WIRE_VERSION}", genesis_short(genesis))
}

/// The name of the Kademlia protocol, so that tables of two chains never mix.
#[must_use]
pub fn discovery_name(genesis: &Hash) -> String {
    format!("/{}/kad/{WIRE_VERSION}", genesis_short(genesis))
}
