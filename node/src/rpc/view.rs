//! What JSON-RPC answers: one structure an answer, with the field names that scripts rely on.
//!
//! Amounts are decimal strings in the smallest unit, because JSON numbers end at 2^53. Hashes are
//! `0x` and 64 digits, accounts SS58 addresses.

pub mod governance;
pub mod pools;
pub mod power;
pub mod staking;
pub mod treasury;

use serde::{Deserialize, Serialize};

/// A block by its place and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointView {
    /// Height on the chain.
    pub height: u32,
    /// Hash of the header.
    pub hash: String,
}

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// libp2p peer id.
    pub id: String,
    /// The address it is connected by.
    pub address: String,
    /// Height of its best block, as far as it told.
    pub best: Option<u32>,
    /// Height of its final block, as far as it told.
    #[serde(rename = "final")]
    pub finalized: Option<u32>,
    /// How long it has been connected, in milliseconds.
    pub since_ms: u64,
}

/// Whether the node keeps up, and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncView {
    /// `synced`, `syncing`, `waiting` or `joining`.
    pub state: String,
    /// In a sentence.
    pub reason: String,
    /// Peers that failed while the node joined, and how; the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureView>,
}

/// A peer that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureView {
    /// libp2p peer id, where it is still connected.
    pub peer: Option<String>,
    /// How, in a sentence.
    pub how: String,
}

/// Where finality stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetView {
    /// Number of voter set changes since genesis.
    pub id: u64,
    /// Current round.
    pub round: u64,
    /// Number of voters.
    pub voters: usize,
}

/// The protocol upgrade that was scheduled last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeView {
    /// The version to come, or that came.
    pub version: u32,
    /// The first block that follows it.
    pub height: u32,
    /// The referendum that decided it; none where the root account did.
    pub referendum: Option<u32>,
    /// Whether its height is still to come.
    pub pending: bool,
    /// Validators of the epoch whose last block told that their node knows the version.
    pub ready: u32,
    /// Validators of the epoch.
    pub validators: u32,
}

/// `system_status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Name of the node.
    pub name: String,
    /// Id of the chain.
    pub chain: String,
    /// Hash of the genesis header.
    pub genesis: String,
    /// Protocol version that the next block follows: what transactions are signed for.
    pub version: u32,
    /// Newest protocol version that this node knows.
    pub knows: u32,
    /// The upgrade that is pending, or the last one.
    pub upgrade: Option<UpgradeView>,
    /// `validator` or `observer`.
    pub role: String,
    /// Current slot.
    pub slot: u64,
    /// Current epoch.
    pub epoch: u64,
    /// Length of a slot, in milliseconds.
    pub slot_ms: u64,
    /// The head.
    pub best: PointView,
    /// The final block.
    #[serde(rename = "final")]
    pub finalized: PointView,
    /// Connected peers.
    pub peers: Vec<PeerView>,
    /// Whether the node keeps up.
    pub sync: SyncView,
    /// Where finality stands.
    pub set: SetView,
    /// Who may author the slot if nobody wins its lottery: an address.
    pub secondary_leader: Option<String>,
    /// Author of the head: an address.
    pub last_author: Option<String>,
    /// Transactions waiting.
    pub pool: usize,
    /// Milliseconds from import to finality: the median of the last blocks; absent before the first.
    pub finality_lag_ms_p50: Option<u64>,
    /// The same, exceeded by one block in a hundred.
    pub finality_lag_ms_p99: Option<u64>,
    /// The chain has an account that may do everything: for learning only.
    pub root_origin: bool,
    /// The chain follows the standard rules.
    pub standard_rules: bool,
    /// The lowest block that the node has.
    pub oldest_block: u32,
    /// The lowest final block whose values the node can read.
    pub oldest_state: u32,
    /// The newest final block that announced a voter set: what others may give to `--checkpoint`.
    #[serde(default)]
    pub checkpoint: Option<PointView>,
    /// Blocks whose whole state the node serves to those that join.
    pub sync_points: Vec<PointView>,
}

/// `state_account`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// SS58 address.
    pub address: String,
    /// The 32 bytes in hexadecimal.
    pub public_key: String,
    /// Whether the account holds anything.
    pub exists: bool,
    /// Transactions sent.
    pub nonce: u64,
    /// Transactions of the account that wait in the pool; the next nonce comes after them.
    pub pending: u64,
    /// What is not held.
    pub free: String,
    /// What is held.
    pub held: String,
    /// The largest freeze.
    pub frozen: String,
    /// What can be sent without the account being reaped.
    pub spendable: String,
    /// The block after which this is true.
    pub at: PointView,
}

/// What became of a transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeView {
    /// The call did what it says.
    pub ok: bool,
    /// Why it did not.
    pub error: Option<String>,
    /// Paid.
    pub fee: String,
    /// Picoseconds of a reference core.
    pub weight: u64,
    /// What happened, one text an event.
    pub events: Vec<String>,
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionView {
    /// Its hash.
    pub hash: String,
    /// Who sent it.
    pub sender: String,
    /// The sender's nonce.
    pub nonce: u64,
    /// The call.
    pub call: String,
    /// Paid on top of the fee.
    pub tip: String,
    /// What became of it.
    pub outcome: Option<OutcomeView>,
}

/// `chain_block`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// Hash of the header.
    pub hash: String,
    /// Height on the chain.
    pub height: u32,
    /// Hash of the parent.
    pub parent: String,
    /// Slot; 0 for genesis.
    pub slot: u64,
    /// Who made it: an address; nobody made genesis.
    pub author: Option<String>,
    /// `primary`, `secondary` or `genesis`.
    pub kind: String,
    /// Whether it is final.
    #[serde(rename = "final")]
    pub finalized: bool,
    /// Root of the state after it.
    pub state_root: String,
    /// Root of the outcomes.
    pub outcome_root: String,
    /// Protocol version.
    pub version: u32,
    /// It begins an epoch.
    pub new_epoch: bool,
    /// It announces a voter set of this size.
    pub new_set: Option<usize>,
    /// Its transactions.
    pub transactions: Vec<TransactionView>,
    /// Events of the block itself.
    pub events: Vec<String>,
    /// A justification of it is stored.
    pub justified: bool,
}

/// `author_status` and the items of `author_subscribeStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionStatusView {
    /// `pooled`, `in_block`, `final`, `dropped` or `unknown`.
    pub state: String,
    /// The block it is in.
    pub block: Option<PointView>,
    /// Why it was dropped, in a sentence.
    pub reason: Option<String>,
}

/// An item of `chain_subscribeBlocks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockNoticeView {
    /// `best` or `final`.
    pub kind: String,
    /// Height on the chain.
    pub height: u32,
    /// Hash of the header.
    pub hash: String,
}
